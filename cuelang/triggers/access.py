"""Who may speak to an input, and what they may do.

`allow` names networks; a sender outside them is a stranger, whatever it says. A `passcode` is the name of an
environment variable, and a sender has rights once it has sent `/connect "…"` with its content: one passcode, or
several with the rights of each, as QLab has them: `5577, 1111:view, 2222:view+control`. `view` reads, `control` fires;
`edit` is known for the sake of QLab's clients, but nothing of a sheet can be changed from outside. A sender that may
come in at all may panic and stop.

Guessing is slow: after a wrong passcode a machine is not listened to for a second, then two, then four, up to a
minute, on whatever connection it tries. By UDP a sender's address is free to invent, so after many wrong ones from
anywhere one try a second is looked at, but for machines that have had the right one before. A client that only asks
whether a passcode is needed (`/connect` alone) has not guessed.
"""

from __future__ import annotations

import errno
import hmac
import sys
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from cuelang.address import may_hold_a_password
from cuelang.plain import UserError
from cuelang.plan import Port
from cuelang.protocols.osc import Argument
from cuelang.triggers.limits import FORGIVEN_NS, Newest, backoff
from cuelang.units import NS

Rights = frozenset[str]
WORDS = ("view", "edit", "control")
ALL: Rights = frozenset(WORDS)
NONE: Rights = frozenset()

MAX_WRONG = 20
"""Wrong passcodes from anywhere, after which all strangers' tries are slow."""
HOSTS = 1024
"""Machines that are remembered; beyond that the oldest is forgotten."""


class InputError(UserError, OSError):
    """An input that cannot be opened. The message names it and says what to do."""

    code = 1


class Seldom:
    """Lets one of many through each `every` ns, and counts the others."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._next: int | None = None
        self.held_back = 0

    def ready(self, now: int) -> bool:
        if self._next is not None and now < self._next:
            self.held_back += 1
            return False
        self._next = now + self._every
        return True

    def others(self) -> str:
        """` (and 12 more)` since the last one, and restarts the count."""
        count, self.held_back = self.held_back, 0
        return f" (and {count} more)" if count else ""


def cannot_open(port: Port, error: OSError | ValueError) -> InputError:
    number = error.errno if isinstance(error, OSError) else None
    other = "give the input another port" if _named(port) else "listen elsewhere: --input osc+udp://127.0.0.1:53001"
    reserved = f"Windows has reserved this port, as it does for Hyper-V and Docker; {other}"
    why = {
        errno.EADDRINUSE: f"another program has this port. Close it, or {other}",
        errno.EADDRNOTAVAIL: "this machine does not have that address",
        errno.EACCES: reserved
        if sys.platform == "win32"
        else "this user may not open this port; ports below 1024 are reserved",
    }.get(number or 0, str(error))
    return InputError(f"{subject(port)} cannot be opened: {why}.")


def _named(port: Port) -> bool:
    """Not so: OSC's own port, and one from the command line."""
    return port.name not in ("", port.url)


def called(port: Port) -> str:
    return f"the input {port.name} ({port.url})" if _named(port) else f"the OSC input {port.url}"


def subject(port: Port) -> str:
    """The input's name at the beginning of a sentence."""
    text = called(port)
    return text[0].upper() + text[1:]


def passcodes(text: str) -> list[tuple[str, Rights]]:
    """The content of the environment variable. A text in which no part names rights is one passcode as it is."""
    found: list[tuple[str, Rights]] = []
    named = False
    for part in text.split(","):
        code, colon, words = part.strip().rpartition(":")
        rights = frozenset(words.split("+"))
        if colon and code and rights <= ALL:
            named = True
            found.append((code, rights))
        elif part.strip():
            found.append((part.strip(), ALL))
    if named:
        return found
    return [(text, ALL)] if text else []


def granted(rights: Rights) -> str:
    """As QLab answers: `ok:view|edit|control`."""
    return "ok:" + "|".join(word for word in WORDS if word in rights)


class InputAccess:
    """The door of one input. `problem` gets what is wrong with its declaration."""

    def __init__(self, port: Port, environ: Mapping[str, str], problem: Callable[[str], None]) -> None:
        self.port = port
        self._networks: list[IPv4Network | IPv6Network] = []
        for text in port.allow:
            try:
                self._networks.append(ip_network(text, strict=False))
            except ValueError:
                problem(f"{subject(port)}: `allow` entry “{text}” is not a network and is ignored.")
        known = port.passcode is not None and may_hold_a_password(port.passcode)
        self._codes = passcodes(environ.get(port.passcode or "", "")) if known else []
        if port.passcode and not self._codes:
            problem(f"{subject(port)} rejects everyone: environment variable {port.passcode} is not set.")
        self._allowed: Newest[str, bool] = Newest(HOSTS)
        self._tries: Newest[str, tuple[int, int]] = Newest(HOSTS)
        """Of a machine: wrong tries one after the other, and when (loop ns) it is listened to again."""
        self._known: Newest[str, None] = Newest(HOSTS)
        """Machines that have had a right passcode."""
        self._wrong, self._last_wrong, self._until = 0, 0, 0
        """Wrong tries from anywhere, when the last one was, and when the next one is looked at."""

    @property
    def open(self) -> bool:
        """Whether no passcode is needed."""
        return self.port.passcode is None

    def stranger(self, host: str) -> str:
        """Why this machine is not heard at all; empty if it is."""
        allowed = self._allowed.get(host)
        if allowed is None:
            allowed = self._allowed.keep(host, self._look_up(host))
        return "" if allowed else f"{host} is not in the `allow` of {called(self.port)}"

    def refusal(self, host: str) -> str:
        """Why a sender that can show no passcode is not heard; empty if it is."""
        if self.open:
            return self.stranger(host)
        return self.stranger(host) or f"{called(self.port)} needs a passcode, which this protocol cannot send"

    def _look_up(self, host: str) -> bool:
        if not self.port.allow:
            return True
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    def connect(self, host: str, arguments: tuple[Argument, ...], now: int) -> tuple[Rights, str]:
        """Try a passcode. The rights that it gives, and, if it was a wrong guess, what to tell the operator."""
        if self.open:
            return ALL, ""
        given = str(arguments[0]) if arguments else ""
        if not given:
            return NONE, ""
        wrong, until = self._tries.get(host, (0, 0))
        if host not in self._known and now < self._until:
            return NONE, "too many wrong passcodes; limited to one attempt a second"
        if now < until:
            return NONE, f"wrong passcode; locked out for {max(1, (until - now) // NS)} s"
        rights = NONE
        for code, gives in self._codes:
            if hmac.compare_digest(given.encode("utf-8", "replace"), code.encode()):
                rights |= gives
        if rights:
            self._tries.pop(host, None)
            self._known.keep(host, None)
            return rights, ""
        self._wrong = 1 if now - self._last_wrong > FORGIVEN_NS else self._wrong + 1
        self._last_wrong = now
        if self._wrong >= MAX_WRONG:
            self._until = now + NS
        self._tries.keep(host, (wrong + 1, now + backoff(wrong + 1)))
        return NONE, f"wrong passcode for {called(self.port)}"
