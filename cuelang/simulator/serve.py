"""Where simulated cameras listen: UDP and TCP sockets for any client, and memory lines inside the process.

An end (`ViscaEnd`, `SonyEnd`) is pure; a `Port` gives it the clock and carries its answers out, now and when moves
arrive.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Iterable
from typing import Protocol, cast

from cuelang import clock
from cuelang.address import Address, parse
from cuelang.models import DEFAULT, Model
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults, Mail
from cuelang.simulator.sony import SonyEnd
from cuelang.simulator.visca import OnFrame, ViscaEnd
from cuelang.transports.memory import MemoryEnd

BOOT = 20_000_000_000
"""How long a camera at a socket takes to come up. A Move 4K is quicker than the 45 s a show allows for."""
LONGEST_REST = 64
"""Bytes without an FF that are kept of a stream; VISCA frames end within 16."""
BACKLOG = 64 * 1024
"""Unread bytes at which a client that asks and never listens is hung up on."""

Send = Callable[[object, bytes], None]


class End(Protocol):
    """What one camera says on its line; as `ViscaEnd`, which has the words."""

    body: Body

    @property
    def faults(self) -> Faults: ...

    @faults.setter
    def faults(self, faults: Faults) -> None: ...

    @property
    def due(self) -> int | None: ...

    def receive(self, data: bytes, now: int, peer: object = None) -> list[Mail]: ...

    def wake(self, now: int) -> list[Mail]: ...


class Port:
    """One camera on the running loop."""

    def __init__(self, end: End, send: Send) -> None:
        self.end = end
        self.clock = clock.current()
        self._send = send
        self._timer: clock.Handle | None = None
        self._due: int | None = None

    def receive(self, data: bytes, peer: object) -> None:
        for to, frame in self.end.receive(data, self.clock.now(), peer):
            self._send(to, frame)
        self._plan()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._due = None

    def _plan(self) -> None:
        due = self.end.due
        if due == self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = None if due is None else self.clock.at(due, self._wake)

    def _wake(self) -> None:
        self._timer = self._due = None
        for to, frame in self.end.wake(self.clock.now()):
            self._send(to, frame)
        self._plan()


class Attached:
    """A simulated camera at the far end of a memory line; the listener of that end."""

    def __init__(self, line: MemoryEnd, end: End) -> None:
        self.end = end
        self.body = end.body
        self._line = line
        self._port = Port(end, lambda peer, frame: line.send(frame))

    def line_up(self) -> None:
        """A camera says nothing of itself."""

    def line_down(self, error: str) -> None:
        """Nor does it mind when nobody listens."""

    def line_error(self, error: str) -> None:
        """As above."""

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
    sony: bool = False,
) -> Attached:
    """Put a camera at this end of a memory line and open it. Call it on the running loop. `sony`: with headers."""
    end: End = (
        SonyEnd(body, faults, on_frame=on_frame) if sony else ViscaEnd(body, faults, address=address, on_frame=on_frame)
    )
    attached = Attached(line, end)
    line.listener = attached
    line.start()
    return attached


class Server:
    """A camera that listens at a socket. `url` is where, with the port that it really got."""

    def __init__(self, address: Address, end: End, stop: Callable[[], None]) -> None:
        self.address = address
        self.url = str(address)
        self.end = end
        self.body = end.body
        self._stop = stop

    async def close(self) -> None:
        self._stop()
        await asyncio.sleep(0)  # connection_lost of what was closed


async def serve(
    where: str | Address,
    model: Model = DEFAULT,
    name: str = "camera",
    faults: Faults = NO_FAULTS,
    *,
    boot: int = BOOT,
    on_frame: OnFrame | None = None,
) -> Server:
    """Listen at `visca+udp://`, `visca+tcp://` or `sony://`; port 0 of an `Address` is any free one.

    ValueError: a bad address, or a scheme that is not simulated at a socket. OSError: it cannot listen there. Both
    say what to do.
    """
    address = parse(where) if isinstance(where, str) else where
    opener = _OPENERS.get(address.scheme)
    if opener is None:
        if address.scheme == "sim":
            raise ValueError(f"{address} lives inside a show. A camera to connect to is visca+udp:// or visca+tcp://.")
        *others, last = (f"{scheme}://" for scheme in AT_SOCKETS)
        raise ValueError(
            f"A simulated camera at {address.scheme}:// comes with a later version; "
            f"{', '.join(others)} and {last} can be simulated now."
        )
    body = Body(model, name, boot=boot)
    end: End = (
        SonyEnd(body, faults, on_frame=on_frame)
        if address.scheme == "sony"
        else ViscaEnd(body, faults, on_frame=on_frame)
    )
    try:
        port, stop = await opener(address, end)
    except UnicodeError:
        raise OSError(f"“{address.host}” is no host name.") from None
    except OSError as error:
        raise OSError(_why(address, error)) from None
    return Server(Address(address.scheme, address.family, host=address.host, port=port), end, stop)


async def serve_all(wanted: Iterable[tuple[str | Address, Model, str]], faults: Faults = NO_FAULTS) -> list[Server]:
    """A camera at each (address, model, name): all of them, or none and `serve`'s error."""
    servers: list[Server] = []
    try:
        for where, model, name in wanted:
            servers.append(await serve(where, model, name, faults))
    except BaseException:
        for server in servers:
            await server.close()
        raise
    return servers


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
        return f"Port {address.port} is reserved for the administrator. Use one above 1023."
    if isinstance(error, socket.gaierror):
        return f"The host “{address.host}” is not known."
    return f"Cannot listen at {address}: {error.strerror or error}."


# UDP


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, end: End) -> None:
        self._end = end
        self._port = Port(end, self._send)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._port.receive(data, addr)

    def error_received(self, exc: Exception) -> None:
        """A client that is gone; others may ask."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.close()

    def _send(self, peer: object, frame: bytes) -> None:
        if not self._transport.is_closing():
            where = cast(tuple[str, int], peer)
            port = self._end.faults.reply_port
            self._transport.sendto(frame, (where[0], port) if port else where)


async def _open_udp(address: Address, end: End) -> tuple[int, Callable[[], None]]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Datagrams(end), local_addr=(address.host, address.port or 0)
    )
    return transport.get_extra_info("sockname")[1], transport.close


# TCP


class _Stream(asyncio.Protocol):
    def __init__(self, port: Port, clients: set[_Stream]) -> None:
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
        now, faults = self._port.clock.now(), self._port.end.faults
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


async def _open_tcp(address: Address, end: End) -> tuple[int, Callable[[], None]]:
    clients: set[_Stream] = set()
    port = Port(end, lambda peer, frame: cast(_Stream, peer).send(frame))
    server = await asyncio.get_running_loop().create_server(
        lambda: _Stream(port, clients), address.host, address.port or 0
    )

    def stop() -> None:
        server.close()
        port.close()
        for client in list(clients):
            client.close()

    return server.sockets[0].getsockname()[1], stop


_OPENERS = {"visca+udp": _open_udp, "visca+tcp": _open_tcp, "sony": _open_udp}
AT_SOCKETS = tuple(_OPENERS)
"""The schemes at which a camera can be simulated for other programs."""
