"""What the simulated cameras of both makers that are driven by HTTP have in common: rows of the command table done to a
body, and who is to be told what.

In standby and while it boots such a camera answers what it is asked, and refuses to move.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from cuelang.commands import FOCUS, PAN_TILT, ZOOM, Axes
from cuelang.models import Model
from cuelang.simulator import actions
from cuelang.simulator.body import Body, BodySnapshot
from cuelang.simulator.faults import NO_FAULTS, Faults

TEXT, JPEG = "text/plain", "image/jpeg"
Draw = Callable[[BodySnapshot, str, datetime, Model], bytes]
"""Makes a JPEG of what a camera sees. It may take some time, and may be called on a thread."""
MAX_PATH_CHARS = 4096
"""Characters of a path that are looked at."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class HttpReply(Struct, frozen=True):
    """`make` is called for the body when it is sent: a picture costs something."""

    status: int
    kind: str
    make: Callable[[], bytes]
    headers: Mapping[str, str] = NO_HEADERS


def said(status: int, kind: str, text: str, headers: Mapping[str, str] = NO_HEADERS) -> HttpReply:
    return HttpReply(status, kind, text.encode, headers)


class Notice(NamedTuple):
    """What the camera sends by itself: to which port of whom."""

    host: str
    port: int
    data: bytes


class HttpEnd(ABC):
    """A camera behind its web server. Pure: a request and the time go in, an answer comes out."""

    def __init__(self, body: Body, faults: Faults = NO_FAULTS) -> None:
        self.body = body
        self.faults = faults
        self.wall: datetime | None = None
        """The time of day of the last request."""

    @property
    def due(self) -> int | None:
        """When it has something to do next."""
        return None

    def wake(self, now: int, wall: datetime) -> None:  # noqa: B027  # most have none
        """Do what is due."""

    def notices(self) -> list[Notice]:
        """What it has to say by itself, once."""
        return []

    def answer(self, method: str, path: str, now: int, wall: datetime, peer: str = "") -> HttpReply:
        """`path` with its query, as it came over the wire; `peer` is the address that it came from. Never raises."""
        self.wake(now, wall)
        self.wall = wall
        if method not in ("GET", "POST"):
            return said(405, TEXT, "405 Method Not Allowed\n")
        if len(path) > MAX_PATH_CHARS:
            return said(404, TEXT, "404 Not Found\n")
        return self.reply(path, now, peer)

    @abstractmethod
    def reply(self, path: str, now: int, peer: str) -> HttpReply:
        """The answer to a GET."""

    def do(self, row: str, values: Mapping[str, int], now: int) -> int:
        """Do a row of the command table. Returns 0 or VISCA's word for what prevents it."""
        body = self.body
        awake = body.power(now) == "on"
        move = actions.MOVES.get(row)
        if move is not None:
            error = move.refuse(body, values) if awake else actions.NOT_EXECUTABLE
            if not error:
                self.displaced(move.axes)
                self.sets_out(row, values, move.start(body, now, values))
            return error
        drive = actions.DRIVES.get(row)
        if drive is not None:
            error = drive.refuse(body, values) if awake else actions.NOT_EXECUTABLE
            if not error:
                self.displaced(drive.axes)
                drive.start(body, now, values)
            return error
        if not awake and row in actions.NEEDS_POWER:
            return actions.NOT_EXECUTABLE
        if row == "power.off":
            self.displaced(frozenset((PAN_TILT, ZOOM, FOCUS)))
        return actions.REST[row](body, now, values)

    def sets_out(self, row: str, values: Mapping[str, int], arrives: int) -> None:  # noqa: B027  # most have none
        """A move has begun, and will be there at this instant."""

    def displaced(self, axes: Axes) -> None:  # noqa: B027  # most have none
        """What moved these axes does not do so any more."""
