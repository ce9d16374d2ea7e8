"""Camera addresses: one row for each URL scheme, with the defaults of the cameras' manual.

Pure text work. What opens such an address (transport, driver, simulator end) is in `cuelang/rig.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

Family = Literal["visca", "pelco-d", "pelco-p", "cgi"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """`port` None: a serial path or a name instead of a host. `last` is the highest camera address on a line."""

    family: Family
    port: int | None = None
    last: int = 1
    baud: int = 9600


SCHEMES: dict[str, Scheme] = {
    "visca+udp": Scheme("visca", 1259),
    "visca+tcp": Scheme("visca", 5678),
    "sony": Scheme("visca", 52381),
    "visca+serial": Scheme("visca", None, last=7),
    "pelco-d": Scheme("pelco-d", None, last=255, baud=2400),
    "pelco-p": Scheme("pelco-p", None, last=255, baud=2400),
    "cgi": Scheme("cgi", 80),
    "sim": Scheme("visca", None),
}


class BadAddress(ValueError):
    """The message says what is wrong and what to write."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a camera is. `host` for network links (also the name of `sim://name`), `path` for serial lines."""

    scheme: str
    family: Family
    host: str = ""
    port: int | None = None
    path: str = ""
    camera: int = 1
    baud: int = 9600

    @property
    def line(self) -> str:
        """What cameras that share one line have in common."""
        return self.path or f"{self.scheme}://{self.host}:{self.port}"

    def __str__(self) -> str:
        if self.scheme == "sim":
            return f"sim://{self.host}"
        if self.path:
            query = f"address={self.camera}&baud={self.baud}"
            where = f"?port={self.path}&{query}" if "://" in self.path else f"{self.path}?{query}"
            return f"{self.scheme}://{where}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse(url: str) -> Address:
    """Read a camera's URL, filling in every default. Raises BadAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"“{url}” is not a camera address: {error}.") from None
    scheme = SCHEMES.get(parts.scheme)
    if scheme is None or "://" not in url:
        raise BadAddress(f"“{url}” does not begin with one of {', '.join(f'{name}://' for name in SCHEMES)}.")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("A camera address holds no name and no password; write a `login` line under the camera.")
    if parts.fragment:
        raise BadAddress(f"“{url}” has a “#”, which means nothing here.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "sim":
        if not parts.netloc or options or parts.path.strip("/"):
            raise BadAddress("A simulated camera is written sim://name.")
        return Address("sim", "visca", host=parts.netloc)
    if scheme.port is not None:
        if not parts.hostname:
            raise BadAddress(f"“{url}” names no host.")
        if port == 0:
            raise BadAddress("Port 0 cannot be sent to; ports are 1 to 65535.")
        if parts.path not in ("", "/") or options:
            raise BadAddress(f"“{url}” has more than a host and a port.")
        return Address(parts.scheme, scheme.family, host=parts.hostname, port=port or scheme.port)
    return _serial(url, parts.scheme, scheme, parts.netloc + parts.path, options)


def _serial(url: str, name: str, scheme: Scheme, path: str, options: dict[str, str]) -> Address:
    path = options.pop("port", path)
    if not path:
        raise BadAddress(f"“{url}” names no serial port, as in {name}:///dev/ttyUSB0.")
    camera = _number(options.pop("address", "1"), "address", 1, scheme.last)
    baud = _number(options.pop("baud", str(scheme.baud)), "baud", 300, 1_000_000)
    if options:
        raise BadAddress(f"“{next(iter(options))}” is no option of a serial line; there are address, baud and port.")
    return Address(name, scheme.family, path=path, camera=camera, baud=baud)


def _number(text: str, what: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise BadAddress(f"{what}={text}: a number from {low} to {high} is needed.")
    return int(text)
