"""The file of a trace: where a camera went while a hand drove it. Pure text.

    # cuelang.trace/1 ptzoptics-move-4k-20x
    # seconds  pan     tilt   zoom
    0.0        -30.00  5.00   60.0
    0.1        -29.42  5.00   60.0

Seconds from the start, pan and tilt in degrees (right and up positive), zoom in percent. What is after a # is a
comment; the first line names the model that it was recorded with.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from msgspec import Struct

from cuelang.commands import Place, Pose
from cuelang.models import Model, nearest_ratio
from cuelang.plain import UserError, short
from cuelang.units import MS, NS

FORMAT = "cuelang.trace/1"
FOLDER = "traces"
ENDING = ".trace"
BEAT_NS = 100 * MS
"""How often a camera is asked where it is."""
STILL_NS = 300 * MS
"""How long before the first movement, and after the last one, belongs to a trace."""
MOST_POINTS = 36_000
"""An hour, ten times a second."""
MAX_TRACE_S = 6 * 3600


class BadTrace(UserError, ValueError):
    """The sentence says what is wrong, and in which line."""


class TracePoint(Struct, frozen=True):
    """`at` in ns from the start of the trace; degrees and percent as they were written."""

    at: int
    pan: Fraction
    tilt: Fraction
    zoom: Fraction


class Trace(Struct, frozen=True):
    """`model` as the first line says, empty: it does not."""

    model: str
    points: tuple[TracePoint, ...]

    @property
    def length(self) -> int:
        return self.points[-1].at


def read_trace(text: str, path: str) -> Trace:
    """Raises BadTrace; `path` is for its sentence."""
    model = ""
    points: list[TracePoint] = []
    for number, line in enumerate(text.splitlines(), 1):
        words, _, comment = line.partition("#")
        said = comment.split()
        if said[:1] == [FORMAT] and len(said) > 1 and not points:
            model = said[1]
        if not words.strip():
            continue
        points.append(_point(words.split(), f"{path}, line {number}"))
        if len(points) > 1 and points[-1].at <= points[-2].at:
            raise BadTrace(f"{path}, line {number}: the times must rise.")
        if len(points) > MOST_POINTS:
            raise BadTrace(f"{path} has more than {MOST_POINTS} lines.")
    if len(points) < 2:
        raise BadTrace(f"{path} is not a trace: it has fewer than two lines of numbers.")
    first = points[0].at
    return Trace(model, tuple(TracePoint(one.at - first, one.pan, one.tilt, one.zoom) for one in points))


def _point(words: list[str], where: str) -> TracePoint:
    if len(words) != 4:
        raise BadTrace(f"{where}: expected four numbers, seconds, pan, tilt and zoom.")
    seconds, pan, tilt, zoom = (_number(word, where) for word in words)
    if not 0 <= seconds <= MAX_TRACE_S:
        raise BadTrace(
            f"{where}: {short(words[0], 20)} s is out of range; a trace has at most {MAX_TRACE_S // 3600} h."
        )
    if abs(pan) > 360 or abs(tilt) > 360:
        raise BadTrace(f"{where}: pan and tilt are degrees, −360 to 360.")
    if not 0 <= zoom <= 100:
        raise BadTrace(f"{where}: zoom is a percentage, 0 to 100.")
    return TracePoint(nearest_ratio((seconds * NS).numerator, (seconds * NS).denominator), pan, tilt, zoom)


def _number(word: str, where: str) -> Fraction:
    plain = word.replace("−", "-")
    digits = plain.removeprefix("-")
    if len(plain) > 20 or not digits.replace(".", "", 1).isdecimal() or not digits.isascii():
        raise BadTrace(f"{where}: {short(word, 20)} is not a number.")
    return Fraction(plain)


def written(model: Model, places: tuple[Place, ...]) -> str:
    """The text of a trace. Its numbers are exact enough to be read back as the same raw positions."""
    lines = [f"# {FORMAT} {model.id}", "# seconds  pan  tilt  zoom"]
    for at, pan, tilt, zoom in places:
        turned = f"{float(model.pan_degrees(pan)):.3f} {float(model.tilt_degrees(tilt)):.3f}"
        lines.append(f"{at / NS:.3f} {turned} {float(model.zoom_as_percent(zoom)):.3f}")
    return "\n".join(lines) + "\n"


class Path:
    """Where a camera goes while a hand drives it, by what it says when it is asked. `begin`: ns of the loop."""

    def __init__(self, begin: int) -> None:
        self._begin = begin
        self.places: list[Place] = []

    @property
    def full(self) -> bool:
        return len(self.places) >= MOST_POINTS

    @property
    def at_rest(self) -> bool:
        """Whether it has not moved yet."""
        return not self.places or self.places[0][1:] == self.places[-1][1:]

    def heard(self, pose: Pose, when: int) -> bool:
        """It was here at this ns of the loop. Returns whether that says where it is."""
        if pose.pan is None or pose.tilt is None or pose.zoom is None:
            return False
        at = when - self._begin
        if not self.places or at >= self.places[-1].at + MS:  # the file has milliseconds
            self.places.append(Place(at, pose.pan, pose.tilt, pose.zoom))
        return True

    def trace(self) -> tuple[Place, ...]:
        """What it stood still before and after is left out. Empty: it did not move."""
        return trimmed(self.places)


def trimmed(places: Sequence[Place]) -> tuple[Place, ...]:
    """From just before the first movement to just after the last, its time counted from there. Empty: none moved."""
    moves = [place.at for before, place in pairwise(places) if before[1:] != place[1:]]
    if not moves:
        return ()
    first, last = moves[0] - STILL_NS, moves[-1] + STILL_NS
    kept = [place for place in places if first <= place.at <= last]
    return tuple(place._replace(at=place.at - kept[0].at) for place in kept)


def measured(places: Sequence[Place]) -> str:
    """Its length in words."""
    return f"{places[-1].at / NS:.1f} s, {len(places)} places"
