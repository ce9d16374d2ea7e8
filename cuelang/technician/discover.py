"""Cameras and switchers on this network, found by asking everybody at once.

Nothing is sent but searches and inquiries: VISCA's version inquiry to the broadcast address, plain (UDP 1259) and with
Sony's header (52381); Sony's search of its setup software (52380); an ONVIF probe (WS-Discovery, multicast 3702); and
multicast DNS for ATEM switchers (5353). Which camera answers is probed as `cuelang camera probe` does. OBS and vMix
have no search: they are looked for on this machine and on the hosts that are named.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from cuelang import clock
from cuelang.plain import plain, quoted
from cuelang.protocols import mdns
from cuelang.technician import probe
from cuelang.transports.datagrams import DatagramAdapter, Sender
from cuelang.units import MS

LISTEN_FOR_NS = 1500 * MS
"""How long answers are waited for; ONVIF lets a camera take up to half a second."""
PORTS = {"visca": 1259, "sony": 52381, "setup": 52380, "onvif": 3702, "mdns": 5353, "obs": 4455, "vmix": 8099}
GROUPS = {"onvif": "239.255.255.250", "mdns": mdns.GROUP}
_BLACKMAGIC = "_blackmagic._tcp.local"
_VERSION = bytes.fromhex("81 09 00 02 ff")
_SONY_VERSION = bytes.fromhex("01 10 00 05 00 00 00 01") + _VERSION
_SETUP = b"\x02ENQ:network\xff\x03"
_ATEM = mdns.question(_BLACKMAGIC)
_PROBE = b"""\
<?xml version="1.0" encoding="UTF-8"?>\
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"\
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:n="http://www.onvif.org/ver10/network/wsdl">\
<e:Header><w:MessageID>uuid:6d0b1d4a-8c5e-4a57-9a70-63756c616e67</w:MessageID>\
<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>\
<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>\
<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"""
_PREFERRED = ("panasonic", "canon", "visca+udp", "sony", "visca+tcp", "cgi")
"""Of several protocols that a camera answers, the one for the rig."""


class Device(Struct, frozen=True):
    """`urls`: the addresses that answer, the best first. `by`: which searches found it. `about` is what it says of
    itself. A device that no known protocol reaches has no `urls`."""

    host: str
    kind: str
    urls: tuple[str, ...]
    by: tuple[str, ...]
    about: str = ""


class Answers:
    """Who has answered to which search, and what was in it."""

    def __init__(self) -> None:
        self.by: dict[str, dict[str, str]] = {}

    def add(self, host: str, search: str, about: str = "") -> None:
        known = self.by.setdefault(host, {})
        known[search] = known.get(search) or about


def read(search: str, data: bytes) -> str | None:
    """What an answer says of its sender; None: it is not an answer to this search."""
    if search == "visca":
        return "" if len(data) >= 7 and data[0] & 0x8F == 0x80 and data[1] == 0x50 and data.endswith(b"\xff") else None
    if search == "sony":
        return "" if data[:2] == b"\x01\x11" and len(data) >= 15 else None
    if search == "setup":
        if not data.startswith(b"\x02MAC:"):
            return None
        fields = dict(part.split(":", 1) for part in data[1:].decode("latin-1").split("\xff") if ":" in part)
        return " ".join(part for part in (fields.get("MODEL", ""), fields.get("NAME", "")) if part)
    if search == "mdns":
        atem = (name for name, about in mdns.texts(data).items() if about.get("class") == "AtemSwitcher")
        return next((name.removesuffix(f".{_BLACKMAGIC}") for name in atem), None)
    if b"ProbeMatch" not in data:
        return None
    text = data.decode("utf-8", "replace")
    scopes = re.findall(r"onvif://www\.onvif\.org/(name|hardware)/([^\s<]+)", text)
    return " ".join(dict.fromkeys(_unescaped(value) for _, value in sorted(scopes, reverse=True)))


def _unescaped(text: str) -> str:
    from urllib.parse import unquote

    return unquote(text).replace("_", " ")


async def discover(
    hosts: Iterable[str] = (), *, ports: Mapping[str, int] = PORTS, wide: bool = True, listen_for: int = LISTEN_FOR_NS
) -> list[Device]:
    """Search, and probe who has answered. `hosts` are asked besides this machine and, if `wide`, the network."""
    named = ["127.0.0.1", *hosts]
    here_on = networks() if wide else []
    targets = [*named, *(["255.255.255.255"] if wide else ()), *(broadcast for _, broadcast in here_on)]
    answers = Answers()
    questions = {"visca": _VERSION, "sony": _SONY_VERSION, "setup": _SETUP, "onvif": _PROBE, "mdns": _ATEM}
    links = []
    here = clock.current()
    try:
        for search, question in questions.items():
            link = await _opened(answers, search)
            links.append(link)
            for host in named if search in GROUPS else targets:
                with contextlib.suppress(OSError):  # no network, or no such host
                    link.sendto(question, (host, ports[search]))
            if search in GROUPS and wide:
                _to_group(link, question, (GROUPS[search], ports[search]), [address for address, _ in here_on])
        mixers = asyncio.gather(*(_mixer(kind, host, ports[kind]) for host in named for kind in ("obs", "vmix")))
        await here.sleep_until(here.now() + listen_for)
    finally:
        for link in links:
            link.close()
    atems = [_atem(host, by.pop("mdns")) for host, by in sorted(answers.by.items()) if "mdns" in by]
    cameras = await asyncio.gather(*(_camera(host, by, ports) for host, by in sorted(answers.by.items()) if by))
    return [*cameras, *atems, *(one for one in await mixers if one is not None)]


async def _opened(answers: Answers, search: str) -> asyncio.DatagramTransport:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.setblocking(False)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    link.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    link.bind(("", 0))

    def heard(data: bytes, sender: Sender) -> None:
        about = read(search, data)
        if about is not None:
            answers.add(sender[0], search, about)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: DatagramAdapter(heard), sock=link)
    return transport


def _to_group(link: asyncio.DatagramTransport, question: bytes, to: tuple[str, int], addresses: list[str]) -> None:
    """Into each network: left to itself the system takes the one with the way to the Internet, and the cameras of many
    shows are in another."""
    sock = link.get_extra_info("socket")
    for address in addresses or (None,):
        with contextlib.suppress(OSError):  # it is gone meanwhile, or no network at all
            if address is not None:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
            link.sendto(question, to)


def networks() -> list[tuple[str, str]]:
    """Of each network of this machine: its own address there, and that for everybody. Elsewhere than on Linux, none."""
    found: list[tuple[str, str]] = []
    if sys.platform == "linux":
        import fcntl

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            for _, name in socket.if_nameindex():
                asked = struct.pack("256s", name[:15].encode())
                with contextlib.suppress(OSError):  # an interface without an address
                    own, everybody = (
                        socket.inet_ntoa(fcntl.ioctl(link.fileno(), what, asked)[20:24])
                        for what in (0x8915, 0x8919)  # SIOCGIFADDR, SIOCGIFBRDADDR
                    )
                    if everybody != "0.0.0.0":
                        found.append((own, everybody))
    return list(dict.fromkeys(found))


async def _camera(host: str, by: Mapping[str, str], ports: Mapping[str, int]) -> Device:
    urls = list(probe.candidates(host))
    for search, scheme in (("visca", "visca+udp"), ("sony", "sony")):
        if search in by and ports[search] != PORTS[search]:
            urls.append(f"{scheme}://{host}:{ports[search]}")
    found = [one for one in await probe.probe(urls) if one.answers]
    found.sort(key=lambda one: _PREFERRED.index(urlsplit(one.url).scheme))
    texts = [text for one in found for text in (one.name, one.model, one.version) if text]
    about = list(dict.fromkeys([*(text for text in by.values() if text), *texts]))
    return Device(host, "camera", tuple(one.url for one in found), tuple(by), ", ".join(about))


def _atem(host: str, name: str) -> Device:
    """It is not asked further: each connection takes one of its few places."""
    return Device(host, "switcher", (f"atem://{host}",), ("mdns",), f"ATEM, {name}")


async def _mixer(kind: str, host: str, port: int) -> Device | None:
    """A switcher that says what it is as soon as one connects: nothing is asked of it."""
    try:
        async with asyncio.timeout(1):
            about = await (_obs(host, port) if kind == "obs" else _vmix(host, port))
    except (OSError, TimeoutError, ValueError):
        return None
    return Device(host, "switcher", (f"{kind}://{host}:{port}",), (kind,), about) if about else None


async def _vmix(host: str, port: int) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        line = (await reader.readline()).decode("utf-8", "replace").split()
    finally:
        writer.close()
    return f"vMix {line[2]}" if line[:2] == ["VERSION", "OK"] and len(line) > 2 else ""


async def _obs(host: str, port: int) -> str:
    import aiohttp

    try:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"http://{host}:{port}") as link:
            hello = await link.receive_json()
    except (aiohttp.ClientError, TypeError) as error:
        raise ValueError(str(error)) from None
    known = hello.get("d", {}) if isinstance(hello, dict) else {}
    version = known.get("obsWebSocketVersion") if isinstance(known, dict) else None
    return f"OBS, websocket {version}" if version else ""


# --- what is printed and written -----------------------------------------------------------------------------


def as_json(found: Sequence[Device]) -> list[dict[str, Any]]:
    """A dict for each device, as `discover --json` prints it."""
    return [
        {"host": one.host, "kind": one.kind, "urls": list(one.urls), "found_by": list(one.by), "about": one.about}
        for one in found
    ]


def as_text(found: Sequence[Device]) -> str:
    """A line for each device, with its best address first."""
    lines = []
    for one in found:
        first = one.urls[0] if one.urls else f"{one.host}  (answers a search, but no protocol that cuelang speaks)"
        lines.append("  ".join(part for part in (first, one.about) if part))
        if len(one.urls) > 1:
            lines.append(f"    also {', '.join(one.urls[1:])}")
    return "\n".join(plain(line) for line in lines)


def rig_text(found: Sequence[Device]) -> str:
    """A rig file to start with: a camera for each that answers, by its best address."""
    lines = [
        'rig "Found on this network"',
        "",
        "# Written by `cuelang discover`. Give the cameras names that mean",
        "# something on your show, and add their presets.",
        "",
    ]
    reached = [one for one in found if one.urls]
    for kind in ("camera", "switcher"):
        for number, one in enumerate((each for each in reached if each.kind == kind), 1):
            name = f"{'cam' if kind == 'camera' else 'mixer'}{number}"
            about = f"  # {' '.join(plain(one.about).split())}" if one.about else ""
            lines.append(f"{kind} {name} {quoted(one.urls[0])}{about}")
            lines += [f"#     also {url}" for url in one.urls[1:]]
    return "\n".join(lines) + "\n"
