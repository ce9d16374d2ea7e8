"""Who somebody is: PINs, roles, sessions, and patience with wrong tries. No I/O; times are loop ns.

There are two roles: `view` sees everything, `operate` may also ask for things. Without any PIN everybody who comes
by loopback operates. With one, everybody has to say it, on loopback too: a proxy on this machine would make strangers
look like neighbours.

After a wrong try an address waits a second until the next is looked at, then two, four, up to a minute; the house as
a whole looks at one try a second once there were many. While somebody waits, a right PIN is not looked at either, or
the wait would say nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cuelang.plan import NS
from cuelang.web.fault import Fault

Role = Literal["view", "operate"]

OPERATE_PIN, VIEW_PIN = "CUELANG_PIN", "CUELANG_VIEW_PIN"
SHORTEST = 4
LASTS = 24 * 3600 * NS
"""A session, from the login on: longer than any show."""
SESSIONS = 256
ADDRESSES = 1024
LONGEST_WAIT = 60 * NS
FORGIVEN = 15 * 60 * NS
"""After this time without a wrong try an address begins anew."""
MANY = 20
"""Wrong tries of the whole house within `FORGIVEN`, after which all tries are slow."""


class BadPin(Exception):
    """A PIN that cannot be used; the message says why."""


def pins(environment: Mapping[str, str]) -> dict[Role, str]:
    """Those that are set. Raises BadPin."""
    found: dict[Role, str] = {}
    names: tuple[tuple[Role, str], ...] = (("operate", OPERATE_PIN), ("view", VIEW_PIN))
    for role, name in names:
        pin = environment.get(name, "")
        if pin and len(pin) < SHORTEST:
            raise BadPin(f"{name} is too short: a PIN has at least {SHORTEST} characters.")
        if pin:
            found[role] = pin
    if "view" in found and "operate" not in found:
        raise BadPin(f"{VIEW_PIN} is set and {OPERATE_PIN} is not: then nobody could operate. Set both.")
    if len(set(found.values())) < len(found):
        raise BadPin(f"{OPERATE_PIN} and {VIEW_PIN} are the same: then nobody could only look.")
    return found


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    last: int = 0
    until: int = 0


class Door:
    def __init__(self, known: Mapping[Role, str]) -> None:
        self._pins = dict(known)
        self._sessions: OrderedDict[bytes, tuple[Role, int]] = OrderedDict()
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._house = _Tries()

    @property
    def locked(self) -> bool:
        """Whether a PIN is asked for."""
        return bool(self._pins)

    def try_pin(self, pin: str, address: str, now: int) -> Role:
        """The role of whoever says this PIN. Raises Fault when it is wrong, or comes too soon after a wrong one."""
        tries = self._tries.get(address) or _Tries()
        wait = max(tries.until, self._house.until) - now
        if wait > 0:
            seconds = -(-wait // NS)
            raise Fault(
                429, "slow_down", f"Too many wrong PINs: the next try is looked at in {seconds} s.",
                "Wait, and try again.",
                retry_after=seconds,
            )  # fmt: skip
        said, role = _digest(pin), None
        for name, known in self._pins.items():  # both are compared, whichever fits
            if hmac.compare_digest(said, _digest(known)):
                role = name
        if role is not None:
            self._tries.pop(address, None)
            return role
        self._wrong(address, tries, now)
        raise Fault(401, "wrong_pin", "This PIN is wrong.", "Ask whoever started the show for it.")

    def _wrong(self, address: str, tries: _Tries, now: int) -> None:
        for one in (tries, self._house):
            if now - one.last > FORGIVEN:
                one.wrong = 0
            one.wrong, one.last = one.wrong + 1, now
        tries.until = now + min(NS << min(tries.wrong - 1, 10), LONGEST_WAIT)
        if self._house.wrong >= MANY:
            self._house.until = now + NS
        self._tries[address] = tries
        self._tries.move_to_end(address)
        if len(self._tries) > ADDRESSES:
            self._tries.popitem(last=False)

    # --- sessions ------------------------------------------------------------------------------------------

    def open_session(self, role: Role, now: int) -> str:
        """A new one; what is returned is all that opens it."""
        token = secrets.token_urlsafe(32)
        self._sessions[_digest(token)] = (role, now + LASTS)
        if len(self._sessions) > SESSIONS:
            self._sessions.popitem(last=False)
        return token

    def close_session(self, token: str) -> None:
        self._sessions.pop(_digest(token), None)

    def of_session(self, token: str, now: int) -> Role | None:
        role, until = self._sessions.get(_digest(token), (None, 0))
        return role if now < until else None


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
