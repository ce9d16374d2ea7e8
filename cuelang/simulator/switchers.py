"""Where simulated switchers listen: at sockets for any client, and at memory lines inside the process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable, Mapping
from itertools import count
from typing import Any, Protocol, assert_never

from msgspec import Struct

from cuelang import clock
from cuelang.commands.switching import Cut, Dissolve, Native, Order, Preview, SetOutput, Take
from cuelang.plan import Switcher
from cuelang.simulator.atem import AtemEnd
from cuelang.simulator.mixer import Mixer
from cuelang.simulator.obs import ObsEnd
from cuelang.simulator.vmix import VmixEnd
from cuelang.transports.datagrams import DatagramAdapter
from cuelang.transports.memory import MemoryEnd

MAX_CLIENTS = 16
MAX_MESSAGE_BYTES = 1024 * 1024


class SwitcherEnd(Protocol):
    mixer: Mixer

    @property
    def due(self) -> int | None: ...

    def wake(self, now: int) -> list[tuple[Hashable, Any]]: ...


def end_for(
    kind: str,
    sources: Mapping[str, str],
    shows: Mapping[str, tuple[str, ...]],
    *,
    password: str | None = None,
    inputs: Mapping[str, str] | None = None,
    studio_mode: bool = True,
    first: str = "",
) -> AtemEnd | ObsEnd | VmixEnd:
    """A simulated switcher of this kind (`obs`, `atem`, `vmix`, or `sim`, which speaks as OBS does). `first` is on both
    buses when it is switched on."""
    mixer = Mixer(dict(sources), shows, studio_mode, program=first, preview=first)
    if kind == "atem":
        return AtemEnd(mixer)
    if kind == "vmix":
        return VmixEnd(mixer)
    return ObsEnd(mixer, password, inputs)


BLACK = "Black"
"""What a simulated switcher of a sheet shows at first: no camera."""


def labels_of(switcher: Switcher) -> tuple[dict[str, str], str]:
    """What a simulated switcher calls the sources of the sheet, by the sheet's names, and what it calls black."""
    labels = {source.name: source.label for source in switcher.sources}
    if switcher.kind != "vmix":
        return labels, "0" if switcher.kind == "atem" else BLACK
    numbers = {label for label in labels.values() if _is_number(label)}
    free = (str(number) for number in count(1) if str(number) not in numbers)
    labels |= {name: next(free) for name, label in labels.items() if not _is_number(label)}
    return labels, next(free)


def _is_number(label: str) -> bool:
    return label.isascii() and label.isdigit()


def end_of(switcher: Switcher, password: str | None = None) -> AtemEnd | ObsEnd | VmixEnd:
    """A simulated switcher with the sources of the sheet. It shows black at first."""
    labels, black = labels_of(switcher)
    sources = {
        labels[source.name]: source.name if switcher.kind == "atem" else source.label for source in switcher.sources
    }
    shows = {
        labels[source.name]: tuple(labels[name] for name in source.shows if name in labels)
        for source in switcher.sources
        if source.shows
    }
    inputs = {source.label: source.input for source in switcher.sources if source.input is not None}
    sources.setdefault(black, BLACK)
    return end_for(switcher.kind, sources, shows, password=password, inputs=inputs, first=black)


def end_at(kind: str) -> AtemEnd | ObsEnd | VmixEnd:
    """A simulated switcher of no sheet, with eight cameras; the first is on program."""
    names = [(str(number), f"Camera {number}") for number in range(1, 9)]
    return end_for(kind, {name if kind in ("atem", "vmix") else title: title for name, title in names}, {})


def by_hand(end: AtemEnd | ObsEnd | VmixEnd, order: Order, now: int) -> str:
    """What a person at the switcher does. Returns why it cannot be done, or nothing."""
    mixer = end.mixer
    match order:
        case Cut(source=source) | Dissolve(source=source) | Preview(source=source) | Take(source=str(source)):
            found = (
                source if source in mixer.sources else next((n for n, t in mixer.sources.items() if t == source), None)
            )
            if found is None:
                return f"there is no source “{source}”"
        case Take() | SetOutput() | Native():
            found = None
        case _:
            assert_never(order)
    match order:
        case Cut() if found is not None:
            mixer.cut(found)
        case Preview() if found is not None:
            mixer.see(found)
        case Dissolve(over=over) if found is not None:
            mixer.mix(found, over, now, swap=True, kind="Fade")
        case Take(over=None):
            mixer.take()
        case Take(over=int(over)):
            mixer.mix(mixer.preview, over, now, swap=True, kind="Fade")
        case SetOutput(output=output, on=on):
            mixer.switch(output, on, now)
        case Cut() | Preview() | Dissolve() | Take() | Native():
            return "not possible by hand"
        case _:
            assert_never(order)
    return ""


class _Clocked:
    """Calls `wake` of an end when it is due, and hands what it says to `deliver`."""

    def __init__(self, end: SwitcherEnd, deliver: Callable[[list[tuple[Hashable, Any]]], None]) -> None:
        self.end = end
        self.clock = clock.current()
        self._deliver = deliver
        self._alarm = clock.Alarm(self._wake, self.clock)

    def now(self) -> int:
        return self.clock.now()

    def says(self, out: list[tuple[Hashable, Any]]) -> None:
        self._deliver(out)
        self._alarm.set(self.end.due)

    def close(self) -> None:
        self._alarm.clear()

    def _wake(self) -> None:
        self.says(self.end.wake(self.clock.now()))


class AttachedSwitcher:
    """A simulated switcher at the far end of a memory line; the listener of that end."""

    def __init__(self, line: MemoryEnd, end: AtemEnd | ObsEnd | VmixEnd) -> None:
        self.end = end
        self.mixer = end.mixer
        self._line = line
        self._clocked = _Clocked(end, self._deliver)
        line.listener = self
        line.peer_opened = self._connected
        line.start()

    def poke(self) -> None:
        """Something was done to the mixer by hand: tell every client."""
        self._clocked.says(self.end.wake(self._clocked.now()))

    def by_hand(self, order: Order) -> str:
        """A person at this switcher does that. Returns why it cannot be done, or nothing."""
        wrong = by_hand(self.end, order, self._clocked.now())
        if not wrong:
            self.poke()
        return wrong

    def _connected(self) -> None:
        """The controller's end is open: a switcher that speaks first says hello in the next turn of the loop."""
        if not isinstance(self.end, AtemEnd):
            asyncio.get_running_loop().call_soon(self._greet)

    def _greet(self) -> None:
        if not isinstance(self.end, AtemEnd):
            self._clocked.says(self.end.connected(None))

    def line_up(self) -> None:
        """It is ready; no client is connected yet."""

    def line_down(self, error: str) -> None:
        """Clients come and go; nothing to do."""

    def line_error(self, error: str) -> None:
        """An unreachable client is not an error of the switcher."""

    def line_data(self, data: bytes) -> None:
        now = self._clocked.now()
        if isinstance(self.end, ObsEnd):
            self._clocked.says(self.end.receive(None, data.decode("utf-8", "replace"), now))
        else:
            self._clocked.says(self.end.receive(None, data, now))

    def _deliver(self, out: list[tuple[Hashable, Any]]) -> None:
        for _, data in out:
            if not isinstance(data, int):
                self._line.send(data.encode() if isinstance(data, str) else data)

    async def close(self) -> None:
        self._clocked.close()
        await self._line.close()


class SwitcherServer(Struct):
    """A simulated switcher that listens. `port` is the one that it really got."""

    end: AtemEnd | ObsEnd | VmixEnd
    port: int
    stop: Callable[[], Awaitable[None]]
    poke: Callable[[], None]

    async def close(self) -> None:
        await self.stop()


async def serve_switcher(end: AtemEnd | ObsEnd | VmixEnd, host: str, port: int) -> SwitcherServer:
    """Listen at a socket: UDP for an ATEM, TCP for vMix, HTTP for OBS. OSError: it cannot listen there."""
    if isinstance(end, AtemEnd):
        return await _serve_atem(end, host, port)
    if isinstance(end, VmixEnd):
        return await _serve_vmix(end, host, port)
    return await _serve_obs(end, host, port)


async def _serve_atem(end: AtemEnd, host: str, port: int) -> SwitcherServer:
    def deliver(out: list[tuple[Any, Any]]) -> None:
        for peer, data in out:
            ears.transport.sendto(data, peer)

    clocked = _Clocked(end, deliver)
    ears = DatagramAdapter(lambda data, sender: clocked.says(end.receive(sender, data, clocked.now())))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: ears, local_addr=(host, port))

    async def stop() -> None:
        clocked.close()
        transport.close()

    real: int = transport.get_extra_info("sockname")[1]
    return SwitcherServer(end, real, stop, lambda: clocked.says(end.wake(clocked.now())))


async def _serve_vmix(end: VmixEnd, host: str, port: int) -> SwitcherServer:
    writers: dict[Hashable, asyncio.StreamWriter] = {}

    def deliver(out: list[tuple[Hashable, Any]]) -> None:
        for peer, data in out:
            if (writer := writers.get(peer)) is not None:
                writer.write(data)

    clocked = _Clocked(end, deliver)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer: Hashable = object()
        if len(writers) >= MAX_CLIENTS:
            writer.close()
            return
        writers[peer] = writer
        clocked.says(end.connected(peer))
        try:
            while data := await reader.read(65536):
                clocked.says(end.receive(peer, data, clocked.now()))
        except (OSError, asyncio.CancelledError):
            return  # the client is gone, or the server ends
        finally:
            del writers[peer]
            end.disconnected(peer)
            writer.close()

    server = await asyncio.start_server(client, host, port)

    async def stop() -> None:
        clocked.close()
        server.close()
        for writer in list(writers.values()):
            writer.close()

    return SwitcherServer(end, server.sockets[0].getsockname()[1], stop, lambda: clocked.says(end.wake(clocked.now())))


async def _serve_obs(end: ObsEnd, host: str, port: int) -> SwitcherServer:  # noqa: C901 - what its clients share
    from aiohttp import WSMsgType, web

    sockets: dict[Hashable, web.WebSocketResponse] = {}
    queues: dict[Hashable, asyncio.Queue[str | int]] = {}

    def deliver(out: list[tuple[Hashable, Any]]) -> None:
        for peer, data in out:
            if (queue := queues.get(peer)) is not None:
                queue.put_nowait(data)

    clocked = _Clocked(end, deliver)

    async def write(peer: Hashable, socket: web.WebSocketResponse) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            while True:
                data = await queues[peer].get()
                if isinstance(data, int):
                    await socket.close(code=data)
                    return
                await socket.send_str(data)

    async def client(request: web.Request) -> web.StreamResponse:
        if len(sockets) >= MAX_CLIENTS:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(protocols=("obswebsocket.json",), max_msg_size=MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        peer: Hashable = object()
        sockets[peer], queues[peer] = socket, asyncio.Queue()
        writer = asyncio.get_running_loop().create_task(write(peer, socket))
        try:
            clocked.says(end.connected(peer))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    clocked.says(end.receive(peer, message.data, clocked.now()))
        finally:
            writer.cancel()
            end.disconnected(peer)
            del sockets[peer], queues[peer]
        return socket

    app = web.Application()
    app.router.add_get("/{rest:.*}", client)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()

    async def stop() -> None:
        clocked.close()
        for socket in list(sockets.values()):
            await socket.close(code=1001)
        await runner.cleanup()

    real: int = runner.addresses[0][1]
    return SwitcherServer(end, real, stop, lambda: clocked.says(end.wake(clocked.now())))
