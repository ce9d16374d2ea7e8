"""What a camera that is driven by HTTP is asked for: one row of the command table becomes a few requests. Pure.

The program's own words for what a camera can do are the rows of the VISCA table, and the drivers' tasks, their stops
and their arrivals are made of these. A `Dialect` says a row in one maker's requests, and reads the answers. It is a
generator, for a request may depend on the answer to the one before:

    work(row, values)   yields  Tell or Ask            a request, to be sent now
                        gets    Said                   what the camera made of it
                        returns fields or None         of an inquiry: its answer

A request that the camera does not take ends the errand; the caller sees to that.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Literal, NamedTuple, Protocol

from cuelang.models import Model
from cuelang.protocols.visca.reading import read

ErrandVerdict = Literal["fine", "unknown", "busy", "refused"]
Fields = dict[str, int]

PLACES = frozenset(("pt.absolute", "pt.relative", "pt.home", "zoom.direct", "preset.recall"))
"""Rows that take their time: an answer says that the camera has taken them, not that it is there."""


class Tell(NamedTuple):
    """A request that makes the camera do something."""

    path: str


class HttpQuestion(NamedTuple):
    """A request that changes nothing."""

    path: str


class Said(NamedTuple):
    """What a camera makes of a request. `unknown`: it does not have such a thing; `busy`: not now. `reason` says what
    is wrong as the end of a sentence, `text` is what it has answered."""

    verdict: ErrandVerdict
    text: str = ""
    reason: str = ""


FINE = Said("fine")

Errand = Generator[Tell | HttpQuestion, Said, Fields | None]
Facts = Generator[HttpQuestion, Said, dict[str, str]]
"""Questions of which each may remain without an answer: what the camera is."""
Numbers = Generator[HttpQuestion, Said, frozenset[int] | None]
"""Such questions whose answer is numbers. None: it does not say."""


class Dialect(Protocol):
    """One camera's. What it has been told and has said of itself is kept here between errands."""

    model: Model

    def work(self, row: str, values: Mapping[str, int]) -> Errand | None:
        """The requests of a row; None where this camera has no words for it."""

    def said(self, status: int, headers: Mapping[str, str], body: bytes) -> Said:
        """What an answer means. The names of headers are in small letters. Never raises."""

    def spacing(self, before: str, path: str) -> int:
        """How long (ns) after the request `before` this one may be sent."""

    def hello(self) -> Errand | None:
        """What has to be asked of a camera that answers for the first time; None: nothing."""

    def goodbye(self) -> list[str]:
        """The paths of the requests that put back what was changed for the show's sake."""

    def who(self) -> Facts:
        """Its `name`, `model`, `firmware` and `serial`, those that it says."""

    def stored(self) -> Numbers:
        """The presets that it has stored, as its menu numbers them."""

    def forget(self) -> None:
        """The camera may have been switched off, or set by another controller: what it said does not hold."""


def errand(dialect: Dialect, frame: bytes) -> tuple[str, Errand | None]:
    """The row of a frame and its requests; none where the camera does not have such a thing."""
    reading = read(frame, dialect.model)
    if isinstance(reading, int):
        return "", None
    row, values = reading
    return row, dialect.work(row, values)


def told(dialect: Dialect, frame: bytes) -> list[str]:
    """The paths of the requests by which a camera that answers as it should does what a frame says."""
    _, work = errand(dialect, frame)
    paths: list[str] = []
    if work is None:
        return paths
    try:
        request = next(work)
        while True:
            if isinstance(request, Tell):
                paths.append(request.path)
            request = work.send(FINE)
    except StopIteration:
        return paths
