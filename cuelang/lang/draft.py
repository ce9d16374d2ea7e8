"""What lowering leaves for prediction: a program whose steps are in the order of the text."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct, field

from cuelang import commands as c
from cuelang.lang.env import CameraInfo
from cuelang.models import nearest_ratio
from cuelang.plan import Anchor, Either, Go, Join, Moment, Step
from cuelang.source import Loc, Origin

START = Moment(0, 0)
NOTHING = Fraction(0)
MOST_PARTS = 10**9
"""Into how many parts of a ns an instant is kept."""


class DraftAction(NamedTuple):
    """`arriving`: ns after the zero of `at`, set back by `predict`. `time_loc` is the place of a time that
    the camera may not be able to keep."""

    info: CameraInfo
    command: c.Command
    live: bool = False
    watched: bool = False
    only: bool = False
    arriving: int | None = None
    time_loc: Loc | None = None


class BlockClock(Struct):
    """`zero` and `clock` of one block, and whether anything can still follow."""

    zero: Moment
    now: Moment
    endless: bool = False
    rest: Fraction = NOTHING
    """What the exact instant has beyond `now`, in ns: frames are not a whole number of them, and nothing adds up."""

    def forward(self, span: Fraction) -> None:
        """Move on by this many ns."""
        exact = self.rest + span
        whole = nearest_ratio(exact.numerator, exact.denominator)
        self.now = Moment(self.now.anchor, self.now.offset + whole)
        self.rest = exact - whole if exact.denominator < MOST_PARTS else NOTHING


class Timed(Struct, frozen=True):
    """What `predict` has to know of a step besides the step: where its block starts (`arriving at` may
    not be earlier), the instant of arrival after that, and where its time was written."""

    zero: Moment
    arriving: int | None
    origin: Origin | None


class Draft(Struct):
    """A program before prediction."""

    anchors: list[Anchor] = field(default_factory=lambda: [Go()])
    steps: list[Step] = field(default_factory=list)
    timed: dict[int, Timed] = field(default_factory=dict)
    """By index in `steps`."""
    bodies: dict[int, Draft] = field(default_factory=dict)
    """The bodies of endless loops, by index in `steps`."""
    end: Moment | None = START
    beats: int = 0
    restart: bool = False
    """Whether the cue begins again when it is fired while it runs."""

    def anchor(self, anchor: Anchor) -> Moment:
        self.anchors.append(anchor)
        return Moment(len(self.anchors) - 1, 0)

    def either(self, moments: list[Moment]) -> Moment:
        """The one of some moments that will come."""
        kept = tuple(dict.fromkeys(moments))
        return kept[0] if len(kept) == 1 else self.anchor(Either(kept))

    def latest(self, moments: list[Moment]) -> Moment:
        """The latest of some moments: one of them where that is plain, a Join otherwise."""
        furthest: dict[int, Moment] = {}
        for moment in moments:
            if moment > furthest.get(moment.anchor, Moment(moment.anchor, -1)):
                furthest[moment.anchor] = moment
        kept = tuple(furthest.values())
        return kept[0] if len(kept) == 1 else self.anchor(Join(kept))


class CueRefs(Struct):
    """Which cues a body names, and where."""

    named: list[tuple[str, Origin, Origin | None]] = field(default_factory=list)
    """Number, its place, which macro call led there."""
