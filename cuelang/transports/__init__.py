"""Lines: they carry bytes and know nothing of what the bytes mean.

A `Line` belongs to one `Listener`, which receives everything that happens on it. All calls come from the event
loop; `send` hands the bytes to the system before it returns, and never raises.
"""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Hashable
from contextlib import suppress
from typing import Any, Protocol, TypeGuard, TypeVar, runtime_checkable

from cuelang.plain import ERROR, short


class Listener(Protocol):
    """The user of a line. Nothing here may raise."""

    def line_up(self) -> None:
        """Bytes can be sent from now on."""

    def line_down(self, error: str) -> None:
        """The line is gone; it tries to come back by itself. `error` is for people."""

    def line_error(self, error: str) -> None:
        """Something went wrong that does not end the line: no process listens at a port, a host cannot be reached."""

    def line_data(self, data: bytes) -> None:
        """A datagram, or a piece of a stream."""


class Line(Protocol):
    """Carries bytes to one camera or switcher and back. It opens again by itself and never raises for what happens on
    it."""

    listener: Listener
    stream: bool
    """Bytes arrive whole, once and in order, but split and joined as the line likes."""
    shared: bool = False
    """Other cameras are on it: that it is up says nothing of this one."""

    def send(self, data: bytes) -> None:
        """Hand bytes to the system now; never raises.

        Args:
            data: a datagram, or a piece of a stream. On a line that is down, and when this machine does not lead, it
                is dropped.
        """

    async def open(self) -> None:
        """Open the line and keep it open until `close`; returns after the first attempt, whatever came of it."""

    async def close(self) -> None:
        """Close it. The listener gets nothing more."""

    def restart(self, error: str) -> None:
        """The listener considers the line dead: close it and open it again."""

    def calm(self) -> None:
        """The other end turns us away, and will until a person puts something right: the next attempt has time.
        Called from `line_down`, or before `restart`. A line that does not connect has nothing to wait with."""
        return


K = TypeVar("K", bound=Hashable)
K_contra = TypeVar("K_contra", bound=Hashable, contravariant=True)


class Keeper(Listener, Protocol[K_contra]):
    """Who uses a `KeyedLine`, and knows its frames by keys. Nothing here may raise."""

    def line_sent(self, key: K_contra) -> None:
        """This frame has just been handed to the system."""

    def line_told(self, key: K_contra, url: str) -> None:
        """This request has been made of the frame; it is the one that the camera gets. There may be several."""

    def line_reply(self, key: K_contra, data: bytes) -> None:
        """`data` is a reply to this very frame."""

    def line_duplicate(self, key: K_contra) -> None:
        """The camera says that it has had this frame before. No other reply to it will come."""

    def line_refused(self, key: K_contra, reason: str) -> None:
        """The frame was turned down below the level of its own protocol; `reason` is for people."""


class KeyedLine(Line, Protocol[K]):
    """A line that keeps a frame until its turn comes, or that knows frames again when they are sent again.

    `keeper` None: the listener gets everything by `line_data`.
    """

    keeper: Keeper[K] | None
    numbered: bool
    """A frame that is sent again under its key is carried out once, so that any frame may be."""

    @property
    def strays(self) -> int:
        """Replies that were dropped here, because they belonged to no frame or came a second time."""
        return 0

    def post(self, key: K, data: bytes, until: int, *, repeatable: bool = True, urgent: bool = False) -> None:
        """Send a frame as soon as its turn comes. The same key with the same bytes is the same frame sent again.

        Args:
            key: by which the keeper hears what becomes of it.
            data: the frame, without what the line puts around it.
            until: it is never sent after this (loop ns).
            repeatable: it does no harm if the camera carries it out twice.
            urgent: it goes before all that waits.
        """

    def withdraw(self, key: K) -> None:
        """Do not send it, if it has not been sent yet."""


class Unkeyed:
    """The key, inside a `KeyedLine`, of a frame that was sent without one. The keeper does not hear of it."""


def is_keyed(line: Line) -> TypeGuard[KeyedLine[Any]]:
    """Whether it takes frames with a key, and tells its keeper what becomes of them."""
    return hasattr(line, "post")


@runtime_checkable
class Holding(Protocol):
    """A line that may keep what was sent, and bring it later."""

    def holds(self) -> bool:
        """Whether bytes that were sent have not reached the camera."""


class Nobody:
    """The listener of a line that is not used yet."""

    def line_up(self) -> None:
        pass

    def line_down(self, error: str) -> None:
        pass

    def line_error(self, error: str) -> None:
        pass

    def line_data(self, data: bytes) -> None:
        pass


BACKOFF_FIRST_NS = 200_000_000
BACKOFF_LAST_NS = 5_000_000_000
CALM_NS = 30_000_000_000
"""Nanoseconds before the next attempt where the other end has turned us away."""


def backoff(attempt: int) -> int:
    """Nanoseconds to wait before attempt 1, 2, …: 0.2 s, doubled each time, 5 s at most."""
    return min(BACKOFF_FIRST_NS << min(attempt - 1, 10), BACKOFF_LAST_NS)


def keep_alive(link: socket.socket, idle: int, every: int, times: int, unanswered: int = 0) -> None:
    """Notice on this stream when the other end's cable was pulled: asked after `idle` seconds of silence, then every
    `every`, and given up after `times` questions; what was sent is given up after `unanswered` ms, where that is not 0
    and the system can. Small pieces are not held back.

    Not every system has each of these, and macOS refuses them all when the other end has just hung up: the stream
    works without.
    """
    tcp = socket.IPPROTO_TCP
    wanted = [(tcp, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    idle_name = "TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE"  # macOS's word for it
    for name, value in ((idle_name, idle), ("TCP_KEEPINTVL", every), ("TCP_KEEPCNT", times)):
        if hasattr(socket, name):
            wanted.append((tcp, getattr(socket, name), value))
    if unanswered and hasattr(socket, "TCP_USER_TIMEOUT"):
        wanted.append((tcp, socket.TCP_USER_TIMEOUT, unanswered))
    for level, option, value in wanted:
        with suppress(OSError):
            link.setsockopt(level, option, value)


SAID = {
    errno.ECONNREFUSED: "connection refused", errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable", errno.ENETDOWN: "network is down",
    errno.EHOSTDOWN: "host is down", errno.ECONNRESET: "connection reset by peer",
    errno.ECONNABORTED: "connection aborted", errno.EADDRINUSE: "address already in use",
    errno.EADDRNOTAVAIL: "cannot assign requested address",
}  # fmt: skip
"""In the same words on every system: Windows has a long sentence for each, in the language of the user, and asyncio's
"Connect call failed" does not say why."""
ERRNO = re.compile(r"\[(?:Errno|WinError) (-?\d+)\] (.)(.*?)\.?", re.DOTALL)


def explain(error: BaseException) -> str:
    """An operating system's or a library's error as an operator reads it: one line, and not a long one."""
    if isinstance(error, TimeoutError):
        return "no answer to the attempt to connect"
    if isinstance(error, socket.gaierror):
        return "the host name is not known"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, OSError) and error.errno in SAID:
        return SAID[error.errno]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    if found := ERRNO.fullmatch(str(error)):  # an error of the system in a library's own
        return SAID.get(int(found[1])) or short(found[2].lower() + found[3], ERROR)
    return short(str(error), ERROR) or type(error).__name__
