"""Addresses of cameras, inputs and outputs: a row for each URL scheme, for cameras with the defaults of their manual.

Pure text work. What opens such an address (transport, driver, door) is in `cuelang/rig.py` and `cuelang/triggers`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

from msgspec import Struct

from cuelang.plain import UserError

Family = Literal["visca", "pelco-d", "pelco-p", "cgi", "panasonic", "canon"]
BY_WEB: tuple[Family, ...] = ("cgi", "panasonic", "canon")
"""Families of cameras that are spoken to by HTTP at their own address."""


class Scheme(Struct, frozen=True):
    """`port` None: a serial path or a name instead of a host. `last` is the highest camera address on a line; over a
    network more than 1 means that a converter to RS-485 may be there."""

    family: Family
    port: int | None = None
    last: int = 1
    baud: int = 9600


SCHEMES: dict[str, Scheme] = {
    "visca+udp": Scheme("visca", 1259, last=7),
    "visca+tcp": Scheme("visca", 5678, last=7),
    "sony": Scheme("visca", 52381),
    "visca+serial": Scheme("visca", None, last=7),
    "pelco-d": Scheme("pelco-d", None, last=255, baud=2400),
    "pelco-p": Scheme("pelco-p", None, last=255, baud=2400),
    "cgi": Scheme("cgi", 80),
    "panasonic": Scheme("panasonic", 80),
    "canon": Scheme("canon", 80),
    "sim": Scheme("visca", None),
}


class BadAddress(UserError, ValueError):
    """The message says what is wrong and what to write."""


class Address(Struct, frozen=True):
    """Where a camera is. `host` for network links (also the name of `sim://name`), `path` for serial lines. `chained`:
    it has cameras beside it at the same host and port, told apart by their numbers."""

    scheme: str
    family: Family
    host: str = ""
    port: int | None = None
    path: str = ""
    camera: int = 1
    baud: int = 9600
    chained: bool = False

    def __str__(self) -> str:
        if self.scheme == "sim":
            return f"sim://{self.host}"
        if self.path:
            query = f"address={self.camera}&baud={self.baud}"
            where = f"?port={self.path}&{query}" if "://" in self.path else f"{self.path}?{query}"
            return f"{self.scheme}://{where}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{f'?address={self.camera}' if self.chained else ''}"


_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def impossible(host: str) -> str:
    """Why no machine can have this name or address, as the end of a sentence; empty for one that may exist."""
    if ":" in host:
        try:
            ipaddress.IPv6Address(host.replace("%25", "%"))
        except ValueError:
            return "is not a valid IPv6 address"
        return ""
    last = host.rstrip(".").rpartition(".")[2]
    if last.isdigit() or re.fullmatch(r"[0-9.,]+", host):  # no top-level domain is a number
        parts = host.split(".")
        for part in parts:
            if part.isascii() and part.isdigit() and int(part[:10]) > 255:
                return f"is not a valid IP address: {part} is more than 255"
        if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
            return "is not a valid IP address: it needs four numbers, as in 10.0.0.21"
        if any(len(part) > 1 and part[0] == "0" for part in parts):
            return "is not a valid IP address: its numbers cannot begin with 0"
        return ""
    try:
        name = host.removesuffix(".").encode("idna").decode()
    except UnicodeError:
        return "is not a valid host name"
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        return "is not a valid host name"
    return ""


def nobody_at(host: str) -> str:
    """Why this address is not that of one machine, as the end of a sentence; empty for a name and for an address that
    may be one. For what is sent to, and not for where one listens."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if address.is_unspecified:
        return "is not the address of a machine; it stands for all addresses of this one"
    if address.is_multicast or address == ipaddress.IPv4Address("255.255.255.255"):
        return "is not the address of one machine, but of many"
    return ""


def split_url(url: str) -> tuple[SplitResult, int | None]:
    """The parts of a URL and its port. Raises ValueError with a sentence without a full stop."""
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets
        raise ValueError("the brackets of an IPv6 address are wrong, as in [fe80::1]") from None
    where = parts.netloc.rpartition("@")[2]
    number = where.rpartition("]")[2].partition(":")[2]
    if ":" in number and "." not in where and not where.startswith("["):
        raise ValueError("an IPv6 address needs brackets, as in [fe80::1]")
    if number and not (number.isascii() and number.isdigit() and int(number) < 65536):
        raise ValueError(f"“{number}” is not a port; ports are 1 to 65535")
    return parts, parts.port


def has_secret(parts: SplitResult) -> bool:
    """Whether a name or a password is in the address, where everybody would read it."""
    return parts.username is not None or parts.password is not None or "@" in parts.netloc


def parse(url: str) -> Address:
    """Read a camera's URL, filling in every default. Raises BadAddress."""
    try:
        parts, port = split_url(url)
    except ValueError as error:
        raise BadAddress(f"“{re.sub('//[^/]*@', '//', url)}” is not a camera address: {error}.") from None
    scheme = SCHEMES.get(parts.scheme)
    if scheme is None or "://" not in url:
        raise BadAddress(f"“{url}” does not begin with one of {', '.join(f'{name}://' for name in SCHEMES)}.")
    if has_secret(parts):
        raise BadAddress("Do not put a user name or password in the address; add a `login` line under the camera.")
    if parts.fragment:
        raise BadAddress(f"“{url}” contains a “#”, which is not allowed here.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "sim":
        if not parts.netloc or options or parts.path.strip("/"):
            raise BadAddress("Write a simulated camera as sim://name.")
        return Address("sim", "visca", host=parts.netloc)
    if scheme.port is not None:
        if not parts.hostname:
            raise BadAddress(f"“{url}” has no host.")
        if port == 0:
            raise BadAddress("Port 0 is not valid; ports are 1 to 65535.")
        wrong = impossible(parts.hostname)
        if wrong:
            raise BadAddress(f"“{parts.hostname}” {wrong}.")
        chained = "address" in options and scheme.last > 1
        camera = _number(options.pop("address"), "address", 1, scheme.last) if chained else 1
        if parts.path not in ("", "/") or options:
            other = "; only `?address=2` may follow, for a converter with several cameras" if scheme.last > 1 else ""
            raise BadAddress(f"“{url}” has more than a host and a port{other}.")
        return Address(
            parts.scheme, scheme.family, host=parts.hostname, port=port or scheme.port, camera=camera, chained=chained
        )
    return _serial(url, parts.scheme, scheme, parts.netloc + parts.path, options)


def parse_far(url: str) -> Address:
    """`parse`, for a camera that is spoken to: one that is simulated may listen at every address of this machine."""
    found = parse(url)
    wrong = nobody_at(found.host) if found.scheme != "sim" else ""
    if wrong:
        raise BadAddress(f"“{found.host}” {wrong}.")
    return found


_WINDOWS_PORT = re.compile(r"/*COM[0-9]{1,3}/?", re.IGNORECASE)
_EXAMPLE = "{0}:///dev/ttyUSB0 (on macOS {0}:///dev/cu.usbserial-1, on Windows {0}://COM3)"


def _serial(url: str, name: str, scheme: Scheme, path: str, options: dict[str, str]) -> Address:
    if "port" not in options and not path.startswith("/") and "." in path.partition("/")[0]:
        raise BadAddress(
            f"“{path}” is not a serial port, for example {_EXAMPLE.format(name)}. For a converter on the network write "
            f"{name}://?port=socket://{path.partition('/')[0].partition(':')[0]}:4001."
        )
    path = options.pop("port", path)
    if not path:
        raise BadAddress(f"“{url}” has no serial port, for example {_EXAMPLE.format(name)}.")
    if _WINDOWS_PORT.fullmatch(path):
        path = path.strip("/").upper()
    camera = _number(options.pop("address", "1"), "address", 1, scheme.last)
    baud = _number(options.pop("baud", str(scheme.baud)), "baud", 300, 1_000_000)
    if options:
        raise BadAddress(f"Unknown serial option “{next(iter(options))}”. Options: address, baud, port.")
    return Address(name, scheme.family, path=path, camera=camera, baud=baud)


def _number(text: str, what: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise BadAddress(f"{what}={text}: a number from {low} to {high} is needed.")
    return int(text)


# --- inputs and outputs --------------------------------------------------------------------------------------

PortKind = Literal["osc", "midi", "tsl", "http", "dmx", "ltc", "mqtt", ""]

PORT_KINDS: dict[str, PortKind] = {
    "osc+udp": "osc", "osc+tcp": "osc", "midi": "midi", "tsl+udp": "tsl", "tsl+tcp": "tsl", "http": "http",
    "sacn": "dmx", "artnet": "dmx", "ltc": "ltc", "mqtt": "mqtt", "mqtts": "mqtt",
}  # fmt: skip
_NAMED = ("midi", "ltc")
EVERYWHERE = "0.0.0.0"


class PortAddress(Struct, frozen=True):
    """Where an input listens, or an output sends to.

    `host` and `port` are those of a socket; `name` is a MIDI port, a sound device or file, or the number of a universe.
    `options` follow the question mark. `kind` is empty where there is none."""

    url: str
    scheme: str = ""
    kind: PortKind = ""
    host: str = ""
    port: int | None = None
    name: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def option(self, name: str, default: str = "") -> str:
        return dict(self.options).get(name, default)

    @property
    def is_open(self) -> bool:
        """Whether an input can be reached from outside this machine."""
        if self.kind in _NAMED or self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return True

    @property
    def works_by_itself(self) -> bool:
        """Whether an output has something to do though no line sends anything to it."""
        return self.kind == "osc" and not dict(self.options).keys().isdisjoint(("eos", "feedback"))


def port_at(url: str) -> PortAddress:
    """Read the URL of an input or output, with its port. Raises ValueError for one that cannot be read; `port_url` of
    `cuelang/lang/ports.py` finds what else may be wrong with one."""
    scheme, _, rest = url.partition(":")
    kind = PORT_KINDS.get(scheme, "")
    if kind in _NAMED:
        name, _, query = rest.partition("?") if kind == "ltc" else (rest, "", "")
        return PortAddress(url, scheme, kind, name=name.strip(), options=tuple(parse_qsl(query)))
    if not kind:
        raise ValueError(f"“{url}” does not begin with one of {', '.join(f'{name}:' for name in PORT_KINDS)}")
    parts, port = split_url(url)
    options = tuple(parse_qsl(parts.query, keep_blank_values=True))
    if kind == "dmx":
        host = dict(options).get("host", EVERYWHERE)
        return PortAddress(url, scheme, kind, host, name=parts.netloc, options=options)
    return PortAddress(url, scheme, kind, parts.hostname or "", port, options=options)


def unread(url: str) -> PortAddress:
    """Of a URL with a mistake: what it is to be, by its first word."""
    scheme = url.partition(":")[0]
    return PortAddress(url, scheme, PORT_KINDS.get(scheme, ""))


# --- switchers -----------------------------------------------------------------------------------------------

SwitcherKind = Literal["obs", "atem", "vmix", "sim"]

SWITCHER_PORTS: dict[SwitcherKind, int] = {"obs": 4455, "atem": 9910, "vmix": 8099}
"""Of each kind that can be reached; `sim` has none."""

_SWITCHERS: dict[str, SwitcherKind] = {**{kind: kind for kind in SWITCHER_PORTS}, "sim": "sim"}


class SwitcherAddress(Struct, frozen=True):
    """Where a switcher is. `url` says it with every default filled in, `host` of a simulated one is its name, and `me`
    is the mix effect of an ATEM, from 1."""

    url: str
    kind: SwitcherKind
    host: str
    port: int = 0
    me: int = 1


def parse_switcher(url: str) -> SwitcherAddress:
    """Read a switcher's URL, filling in every default. Raises BadAddress."""
    try:
        parts, port = split_url(url)
    except ValueError as bad:
        raise BadAddress(f"“{url}” is not a valid address: {bad}.") from None
    kind = _SWITCHERS.get(parts.scheme)
    if kind is None or "://" not in url:
        raise BadAddress(f"“{url}” does not begin with one of {', '.join(f'{name}://' for name in _SWITCHERS)}.")
    if parts.username is not None or parts.password is not None:
        raise BadAddress(
            "A switcher's address cannot contain a user name or password; add a `password from` line under it."
        )
    if not parts.hostname:
        raise BadAddress(f"“{url}” has no host.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    me = options.pop("me", None) if kind == "atem" else None
    if me is not None and not (me.isascii() and me.isdigit() and 1 <= int(me) <= 8):
        raise BadAddress(f"me={me}: a mix effect is a number from 1 to 8.")
    if options or parts.path not in ("", "/") or parts.fragment:
        raise BadAddress(f"“{url}” has more than a host and a port.")
    if kind == "sim":
        if port is not None:
            raise BadAddress("Write a simulated switcher as sim://name.")
        return SwitcherAddress(f"sim://{parts.netloc}", kind, parts.hostname)
    if port == 0:
        raise BadAddress("Port 0 is not valid; ports are 1 to 65535.")
    wrong = impossible(parts.hostname) or nobody_at(parts.hostname)
    if wrong:
        raise BadAddress(f"“{parts.hostname}” {wrong}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = port or SWITCHER_PORTS[kind]
    query = f"?me={int(me)}" if me is not None else ""
    return SwitcherAddress(f"{kind}://{host}:{port}{query}", kind, parts.hostname, port, int(me or 1))


# --- passwords -----------------------------------------------------------------------------------------------
# A sheet or a rig comes from elsewhere now and then, and names the host that a password is sent to as well. So it may
# take a password only from a variable that clearly holds one for this, and from nothing else in the environment.

PASSWORD_ENDINGS = ("_PASSWORD", "_PASSCODE", "_PIN")
OWN_VARIABLES = "CUELANG_"
"""The program's own PINs: no camera and no desk needs them."""
PASSWORD_HINT = "End its name in _PASSWORD, _PASSCODE or _PIN, or allow it with --allow-env NAME."

_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_allowed: frozenset[str] = frozenset()


def allow_passwords_in(names: Iterable[str]) -> None:
    """What `--allow-env` names, replacing what it named before: for the whole process."""
    global _allowed  # noqa: PLW0603 - one command line, one process
    _allowed = frozenset(names)


def may_hold_a_password(name: str) -> bool:
    """Whether a sheet may have this environment variable read for a password."""
    if not _VARIABLE.fullmatch(name):
        return False
    return name in _allowed or (name.endswith(PASSWORD_ENDINGS) and not name.startswith(OWN_VARIABLES))
