"""Where simulated cameras listen: UDP and TCP sockets and serial ports for any client, memory lines inside the process.

An end (`ViscaEnd`, `SonyEnd`, `PelcoEnd`) is pure, and a `SimulatorPort` puts it on the loop.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from cuelang import clock
from cuelang.address import Address, parse
from cuelang.models import DEFAULT, Model
from cuelang.plain import UserError
from cuelang.protocols.pelco import Kind
from cuelang.simulator.body import Body
from cuelang.simulator.canon import CanonEnd
from cuelang.simulator.cgi import CgiServer, drawn, open_web, serve_beside
from cuelang.simulator.chain import Chain
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.http_auth import HttpAuth
from cuelang.simulator.http_end import Draw, HttpEnd
from cuelang.simulator.panasonic import BEAT_NS, PanasonicEnd
from cuelang.simulator.pelco import PelcoEnd
from cuelang.simulator.port import CameraEnd, SimulatorPort
from cuelang.simulator.sony import SonyEnd
from cuelang.simulator.visca import OnFrame, ViscaEnd
from cuelang.simulator.wire import open_serial
from cuelang.transports.datagrams import DatagramAdapter, Sender
from cuelang.transports.memory import MemoryEnd

PELCO: dict[str, Kind] = {"pelco-d": "pelco-d", "pelco-p": "pelco-p"}
BOOT_NS = 20_000_000_000
"""How long a camera at a socket takes to come up. A Move 4K is quicker than the 45 s a show allows for."""
LONGEST_REST = 64
"""Bytes without an FF that are kept of a stream; VISCA frames end within 16."""
StopServing = Callable[[], Awaitable[None] | None]
BACKLOG = 64 * 1024
"""Unread bytes at which a client that asks and never listens is hung up on."""


class CannotSimulate(UserError, ValueError):
    """No simulated camera can be at that address; the message says why and what to do."""


class CannotListen(UserError, OSError):
    """The address is in use, say; the message names it."""

    code = 1


class Attached:
    """A simulated camera at the far end of a memory line; the listener of that end."""

    def __init__(self, line: MemoryEnd, end: CameraEnd) -> None:
        self.end = end
        self.body = end.body
        self._line = line
        self._port = SimulatorPort(end, lambda _peer, frame: line.send(frame))

    def line_up(self) -> None:
        """A camera says nothing of itself."""

    def line_down(self, error: str) -> None:
        """An unreachable listener is not an error."""

    def line_error(self, error: str) -> None:
        """An unreachable client is not an error of the camera."""

    def line_data(self, data: bytes) -> None:
        self._port.receive(data, None)

    async def close(self) -> None:
        self._port.close()
        await self._line.close()


def attach(
    line: MemoryEnd,
    body: Body,
    faults: Faults = NO_FAULTS,
    *,
    address: int = 1,
    on_frame: OnFrame | None = None,
    scheme: str = "visca+udp",
    base: int = 1,
) -> Attached:
    """Put a camera at this end of a memory line and open it. To be called on the running loop.

    Args:
        line: the camera's end; the show has the other.
        body: the camera itself, which may be at several lines.
        faults: what is lost, late, doubled or broken on the way.
        address: the camera's number on its line, from 1.
        on_frame: called with each frame that the camera gets.
        scheme: whose frames it speaks, as in a sheet's URLs.
        base: the first number of a Pelco-P line.

    Returns:
        What is attached; `close` ends it.
    """
    attached = Attached(line, _end(scheme, body, faults, address, base, on_frame))
    line.listener = attached
    line.start()
    return attached


def http_end(
    scheme: str, body: Body, faults: Faults = NO_FAULTS, *, beat: int | None = BEAT_NS, draw: Draw = drawn
) -> HttpEnd | None:
    """The end of a camera that is driven by HTTP; None: this scheme has none. `beat`: how often (ns) it says something
    by itself at least."""
    if scheme == "panasonic":
        return PanasonicEnd(body, faults, beat=beat, draw=draw)
    return CanonEnd(body, faults) if scheme == "canon" else None


def _end(scheme: str, body: Body, faults: Faults, address: int, base: int, on_frame: OnFrame | None) -> CameraEnd:
    if scheme in PELCO:
        return PelcoEnd(body, PELCO[scheme], faults, address=address, base=base, on_frame=on_frame)
    if scheme == "sony":
        return SonyEnd(body, faults, on_frame=on_frame)
    return ViscaEnd(body, faults, address=address, on_frame=on_frame)


class CameraServer:
    """A camera that listens at a socket or a serial port. `url` is where, with the port that it really got."""

    def __init__(self, address: Address, end: CameraEnd, stop: StopServing, web: CgiServer | None = None) -> None:
        self.address = address
        self.web = web
        self.url = str(address)
        self.end = end
        self.body = end.body
        self._stop = stop

    async def close(self) -> None:
        if self.web is not None:
            await self.web.close()
        stopping = self._stop()
        if stopping is not None:
            await stopping
        await asyncio.sleep(0)  # connection_lost of what was closed


async def serve(
    where: str | Address,
    model: Model = DEFAULT,
    name: str = "camera",
    faults: Faults = NO_FAULTS,
    *,
    boot: int = BOOT_NS,
    base: int = 1,
    on_frame: OnFrame | None = None,
    http: str | None = None,
    guard: HttpAuth | None = None,
) -> CameraServer:
    """Simulate a camera for other programs, at a socket or a serial port.

    Args:
        where: the URL as a sheet has it. Port 0 of an `Address` is any free one; cameras of one serial path share the
            line.
        model: its ranges, speeds and commands.
        name: what its picture and its web side call it.
        faults: what is lost, late, doubled or broken on the way.
        boot: how long (ns) it takes from power on until it answers.
        base: the first number of a Pelco-P line.
        on_frame: called with each frame that the camera gets.
        http: host and port at which the camera's web side listens beside it.
        guard: the login of the web side.

    Returns:
        The server, which listens already; `close` ends it.

    Raises:
        BadAddress: what it says.
        CannotSimulate: a scheme that is not simulated at a socket.
        CannotListen: the address is in use, say.
    """
    address = parse(where) if isinstance(where, str) else where
    opener = _OPENERS.get(address.scheme)
    if opener is None:
        raise CannotSimulate(
            f"{address} exists only inside a show. A camera to connect to is visca+udp:// or visca+tcp://."
        )
    body = Body(model, name, boot=boot)
    by_http = http_end(address.scheme, body, faults)
    end = (
        cast(CameraEnd, by_http)
        if by_http is not None
        else _end(address.scheme, body, faults, address.camera, base, on_frame)
    )
    web: CgiServer | None = None
    port: int | None
    stop: StopServing
    try:
        if http is not None:
            web = await _beside(body, http, guard)
        if by_http is not None or address.scheme == "cgi":
            port, stop = await open_web(address, end, guard)
        elif address.chained:
            port, stop = await _behind(opener, address, end)
        else:
            port, stop = await opener(address, end)
    except UnicodeError:
        raise CannotListen(f"“{address.host}” is not a valid host name.") from None
    except OSError as error:
        if web is not None:
            await web.close()
        raise CannotListen(_why(address, error)) from None
    return CameraServer(replace(address, port=port), end, stop, web)


async def _beside(body: Body, http: str, guard: HttpAuth | None) -> CgiServer:
    try:
        return await serve_beside(body, http, guard)
    except OSError as error:
        parts = urlsplit(http)
        there = Address("cgi", "cgi", host=parts.hostname or "", port=parts.port or 80)
        raise CannotListen(_why(there, error)) from None


def _why(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {address.port} of {address.host} is in use by another program. "
            "Stop that program, or simulate the camera at another port."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{address.host} is not an address of this machine, so no camera can be simulated there. "
            "Use 127.0.0.1, or give this machine that address."
        )
    if error.errno == errno.EACCES:
        return f"Port {address.port} needs administrator rights. Use one above 1023."
    if isinstance(error, socket.gaierror):
        return f"Unknown host “{address.host}”."
    if error.errno is None:
        return str(error)
    return f"Cannot listen at {address}: {error.strerror or error}."


# UDP


async def _open_udp(address: Address, end: CameraEnd) -> tuple[int, Callable[[], None]]:
    def send(peer: object, frame: bytes) -> None:
        if not ears.transport.is_closing():
            where, reply_port = cast(Sender, peer), end.faults.reply_port
            ears.transport.sendto(frame, (where[0], reply_port) if reply_port else where)

    port = SimulatorPort(end, send)
    ears = DatagramAdapter(port.receive, on_lost=lambda _error: port.close())
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: ears, local_addr=(address.host, address.port or 0)
    )
    return transport.get_extra_info("sockname")[1], transport.close


# TCP


class _Stream(asyncio.Protocol):
    def __init__(self, end: CameraEnd, port: SimulatorPort, clients: set[_Stream]) -> None:
        self._end = end
        self._port = port
        self._clients = clients
        self._rest = b""
        self._timer: clock.Handle | None = None
        self._deaf = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        link = self._transport.get_extra_info("socket")
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BACKLOG)
        self._clients.add(self)
        now, faults = self._port.clock.now(), self._end.faults
        if faults.half_open:
            self._deaf = now + faults.half_open
        if faults.drop_after:
            self._timer = self._port.clock.at(now + faults.drop_after, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            return
        frames, end, rest = (self._rest + data).rpartition(b"\xff")
        if end:
            self._port.receive(frames + end, self)
        if len(rest) > LONGEST_REST:
            self._port.receive(rest, self)
            rest = b""
        self._rest = rest

    def connection_lost(self, exc: Exception | None) -> None:
        self._clients.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    @property
    def deaf(self) -> bool:
        return bool(self._deaf) and self._port.clock.now() >= self._deaf

    def send(self, frame: bytes) -> None:
        if self._transport.is_closing() or self.deaf:
            return
        self._transport.write(frame)
        if self._transport.get_write_buffer_size() > BACKLOG:
            self._transport.abort()

    def close(self) -> None:
        self._transport.close()


async def _open_tcp(address: Address, end: CameraEnd) -> tuple[int, Callable[[], None]]:
    clients: set[_Stream] = set()
    port = SimulatorPort(end, lambda peer, frame: cast(_Stream, peer).send(frame))
    server = await asyncio.get_running_loop().create_server(
        lambda: _Stream(end, port, clients), address.host, address.port or 0
    )

    def stop() -> None:
        server.close()
        port.close()
        for client in list(clients):
            client.close()

    return server.sockets[0].getsockname()[1], stop


# several cameras at one socket


class _Converter(Chain):
    """The adapter between a network and a daisy chain. Faults of the line are those of its first camera."""

    @property
    def faults(self) -> Faults:
        return next((cast(CameraEnd, end).faults for end in self.ends.values()), NO_FAULTS)


Opener = Callable[[Address, CameraEnd], Awaitable[tuple[int | None, StopServing]]]
_CONVERTERS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, tuple[_Converter, int | None, StopServing]]] = (
    WeakKeyDictionary()
)


async def _behind(opener: Opener, address: Address, end: CameraEnd) -> tuple[int | None, StopServing]:
    """Put a camera behind the converter of this socket, with those that are there already."""
    converters = _CONVERTERS.setdefault(asyncio.get_running_loop(), {})
    where = f"{address.scheme}://{address.host}:{address.port}"
    if where not in converters:
        made = _Converter()
        converters[where] = (made, *await opener(address, cast(CameraEnd, made)))
    chain, port, stop = converters[where]
    if address.camera in chain.ends:
        raise CannotSimulate(f"Two cameras of {where} have the address {address.camera}; give each its own.")
    chain.ends[address.camera] = end

    def leave() -> Awaitable[None] | None:
        chain.ends.pop(address.camera, None)
        if chain.ends or converters.pop(where, None) is None:
            return None
        return stop()

    return port, leave


_OPENERS: dict[str, Opener] = {
    "visca+udp": _open_udp, "visca+tcp": _open_tcp, "sony": _open_udp,
    "visca+serial": open_serial, "pelco-d": open_serial, "pelco-p": open_serial, "cgi": open_web,
    "panasonic": open_web, "canon": open_web,
}  # fmt: skip
AT_SOCKETS = tuple(_OPENERS)
"""The schemes at which a camera can be simulated for other programs."""
