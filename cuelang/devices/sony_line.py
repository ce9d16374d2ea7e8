"""VISCA over IP as Sony frames it: a line over a line, and the one socket that a machine's Sony cameras share.

A Sony camera answers to port 52381 of the sender, whatever port it was asked from (libvisca-ip, README), so a program
must own that port and tell its cameras apart by where a datagram comes from. Only one program of a machine can. When
another one has it (vMix, say: companion module sony-visca, issues 67 and 137), each camera gets a socket with a port
of its own, which most cameras other than Sony's answer as well; a camera that stays silent there is distinguished
from one that is dead in the words for the operator.

`SonyLine` gives a driver whole VISCA frames, keeps the session's timer, and passes on whose reply each frame is.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Hashable
from typing import TypeVar
from weakref import WeakKeyDictionary

from cuelang import clock
from cuelang.protocols.sony.packet import ABNORMAL_MESSAGE, ABNORMAL_NUMBER, PORT
from cuelang.protocols.sony.session import RESET_AGAIN_NS, RESET_TRIES, SonyEvent, SonyEventKind, SonySession
from cuelang.transports import Keeper, KeyedLine, Line, Listener, Nobody, Unkeyed
from cuelang.transports.datagrams import DatagramAdapter, Sender
from cuelang.transports.gate import GATE
from cuelang.transports.reopened import ReopenedLine
from cuelang.transports.udp import MAX_DATAGRAM_BYTES, UdpLine

SILENCE_NS = 4_000_000_000
"""How long a socket has been silent that may be broken; cameras are asked every 5 s, and twice."""

K = TypeVar("K", bound=Hashable)

REFUSALS = {
    ABNORMAL_NUMBER: "the camera rejected the frame's number; the command may or may not have been carried out",
    ABNORMAL_MESSAGE: "the camera does not understand the frame",
}


class SonyLine(KeyedLine[K]):
    """Sony's framing over any line that carries datagrams. It is that line's listener."""

    stream = False
    numbered = True

    def __init__(self, inner: Line) -> None:
        self.listener: Listener = Nobody()
        self.keeper: Keeper[K] | None = None
        self.session: SonySession[K | Unkeyed] = SonySession()
        self._inner = inner
        self._timer = clock.Alarm(self._wake)
        self._heard = False
        inner.listener = self

    @property
    def strays(self) -> int:
        return self.session.strays

    # --- for who sends -------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        self._post(Unkeyed(), data, clock.current().now() + RESET_TRIES * RESET_AGAIN_NS)

    def post(self, key: K, data: bytes, until: int, *, repeatable: bool = True, urgent: bool = False) -> None:
        self._post(key, data, until, repeatable, urgent)

    def _post(self, key: K | Unkeyed, data: bytes, until: int, repeatable: bool = True, urgent: bool = False) -> None:
        now = clock.current().now()
        if now < until:
            self._handle(self.session.send(key, data, now, until=until, repeatable=repeatable, urgent=urgent))

    def withdraw(self, key: K) -> None:
        self.session.withdraw(key)

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        self._stop()
        await self._inner.close()

    def restart(self, error: str) -> None:
        self._inner.restart(error)

    # --- from the line below -------------------------------------------------------------------------------

    def line_up(self) -> None:
        self._heard = False
        self._handle(self.session.start(clock.current().now()))
        self.listener.line_up()

    def line_down(self, error: str) -> None:
        self._stop()
        self.listener.line_down(error)

    def line_error(self, error: str) -> None:
        self.listener.line_error(error)

    def line_data(self, data: bytes) -> None:
        self._heard = True
        self._handle(self.session.receive(data, clock.current().now()))

    # --- the session ---------------------------------------------------------------------------------------

    def _handle(self, events: list[SonyEvent[K | Unkeyed]]) -> None:
        keeper = self.keeper
        for kind, key, data in events:
            if kind is SonyEventKind.SEND:
                self._inner.send(data)
            if kind is SonyEventKind.RUBBISH:
                self.listener.line_data(data)
            elif keeper is None or key is None or isinstance(key, Unkeyed):
                if kind is SonyEventKind.REPLY:
                    self.listener.line_data(data)
            elif kind is SonyEventKind.SEND:
                keeper.line_sent(key)
            elif kind is SonyEventKind.REPLY:
                keeper.line_reply(key, data)
            elif kind is SonyEventKind.TAKEN:
                keeper.line_duplicate(key)
            else:
                keeper.line_refused(key, REFUSALS.get(data, "the camera refuses the frame"))
        due = self.session.deadline
        if due is None:
            self._timer.clear()
        else:
            self._timer.by(due)

    def _wake(self) -> None:
        events = self.session.wake(clock.current().now())
        unanswered = self.session.ready and not self._heard
        if unanswered and isinstance(self._inner, PeerLine) and self._inner.fallback:
            self.listener.line_error(
                f"the camera does not answer; port {self._inner.port} of this machine, which Sony cameras answer to, "
                "is in use by another program"
            )
        self._handle(events)

    def _stop(self) -> None:
        self.session.stop()
        self._timer.clear()


# --- the shared socket -------------------------------------------------------------------------------------


class Socket:
    """One UDP socket for all the Sony cameras of a loop. It is bound when the first camera's line is opened and closed
    with the last one. `port` is that to which cameras answer."""

    def __init__(self, host: str = "0.0.0.0", port: int = PORT) -> None:
        self.host, self.port = host, port
        self._transport: asyncio.DatagramTransport | None = None
        self._opening: asyncio.Future[None] | None = None
        self._peers: dict[tuple[str, int], PeerLine] = {}
        self._heard_at = 0

    def line(self, host: str, port: int = PORT) -> PeerLine:
        return PeerLine(self, host, port)

    async def join(self, peer: PeerLine, where: tuple[str, int]) -> None:
        """Raises OSError when the port cannot be had."""
        self._peers[where] = peer
        try:
            while self._transport is None:
                if self._opening is not None:
                    await self._opening
                    continue
                self._opening = asyncio.get_running_loop().create_future()
                try:
                    await self._bind()
                finally:
                    self._opening.set_result(None)
                    self._opening = None
        except BaseException:
            self.leave(peer, where)
            raise

    async def _bind(self) -> None:
        adapter = DatagramAdapter(self.received, on_lost=lambda error: self.lost(adapter.transport, error))
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: adapter, local_addr=(self.host, self.port)
        )
        self._heard_at = clock.current().now()

    def renew(self) -> None:
        """A camera is silent. When all of them are, the socket may be the reason: their lines open another."""
        transport = self._transport
        if transport is not None and clock.current().now() - self._heard_at > SILENCE_NS:
            self.lost(transport, "no camera answers at this socket")
            transport.abort()

    def leave(self, peer: PeerLine, where: tuple[str, int]) -> None:
        if self._peers.get(where) is peer:  # after a reload it may be another's
            del self._peers[where]
        if not self._peers and self._transport is not None:
            self._transport.close()
            self._transport = None

    def send(self, data: bytes, where: tuple[str, int]) -> None:
        if self._transport is not None and GATE.passes():
            self._transport.sendto(data, where)

    def received(self, data: bytes, sender: Sender) -> None:
        """A camera may answer from another port than the one it listens at; then its host alone tells who it is."""
        where = sender[0], sender[1]
        peer = self._peers.get(where)
        if peer is None:
            here = [one for (host, _), one in self._peers.items() if host == where[0]]
            if len(here) > 1:
                for one in here:
                    one.stranger(where)
                return
            peer = here[0] if here else None
        if peer is not None:
            peer.answered = True
            self._heard_at = clock.current().now()
            peer.listener.line_data(data[:MAX_DATAGRAM_BYTES])

    def lost(self, transport: asyncio.DatagramTransport, error: str) -> None:
        if transport is self._transport:
            self._transport = None
            peers, self._peers = self._peers, {}
            for peer in peers.values():
                peer.lost(error)


class PeerLine(ReopenedLine):
    """One camera on the shared socket; on a socket of its own when the shared one cannot be had (`fallback`)."""

    stream = False

    def __init__(self, shared: Socket, host: str, port: int) -> None:
        super().__init__()
        self.fallback = False
        self.port = shared.port
        self._shared = shared
        self._host, self._port = host, port
        self._where: tuple[str, int] | None = None
        self._own: UdpLine | None = None
        self.answered = False
        """The camera has been heard since the line was opened."""

    def send(self, data: bytes) -> None:
        if self._own is not None:
            self._own.send(data)
        elif self._where is not None:
            self._shared.send(data, self._where)

    async def _disconnect(self) -> None:
        if self._own is not None:
            await self._own.close()
        if self._where is not None:
            self._shared.leave(self, self._where)
        self._own = self._where = None

    def restart(self, error: str) -> None:
        """Look the camera's name up again, and open another socket when nothing is received at this one."""
        if self._own is not None:
            self._own.restart(error)
        elif self._where is not None:
            self._shared.renew()
            if self._where is not None:  # the others are heard, so the socket stays
                self._shared.leave(self, self._where)
                self.lost(error)

    def stranger(self, where: tuple[str, int]) -> None:
        """Something answers that may be this camera, or another one at the same address."""
        if not self.answered:
            self.listener.line_error(
                f"the camera does not answer; something answers from {where[0]}:{where[1]}, "
                f"and several cameras have the address {where[0]}"
            )

    async def _open_once(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            v4 = [(str(to[0]), int(to[1])) for family, _, _, _, to in found if family == socket.AF_INET]
            if v4:
                await self._shared.join(self, v4[0])
                if self._closed:
                    self._shared.leave(self, v4[0])
                    return
                self._where = v4[0]
        except UnicodeError as error:  # a host name that IDNA cannot take
            self._failed(error)
            return
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                self._failed(error)
                return
            self.fallback = True
        if self._closed:
            return
        self._attempts, self.answered = 0, False
        if self._where is not None:
            self._came_up()
        else:
            self._own = UdpLine(self._host, self._port)
            self._own.listener = self.listener
            await self._own.open()

    def lost(self, error: str) -> None:
        """The shared socket is gone."""
        self._where = None
        self._fell(error)


_SOCKETS: WeakKeyDictionary[asyncio.AbstractEventLoop, Socket] = WeakKeyDictionary()


def line(host: str, port: int = PORT, *, shared: Socket | None = None) -> SonyLine[Hashable]:
    """A line to this camera. Call it on the running loop, whose Sony cameras share one socket if not told another."""
    if shared is None:
        shared = _SOCKETS.setdefault(asyncio.get_running_loop(), Socket())
    return SonyLine(shared.line(host, port))
