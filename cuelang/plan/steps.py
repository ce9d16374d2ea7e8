"""What happens: steps, and the programs that they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from cuelang.commands import NO_POSE, Axes, Command, Pose
from cuelang.commands.switching import Order
from cuelang.plan.moments import Anchor, Moment, Wait
from cuelang.source import Origin


class CameraAct(Struct, frozen=True):
    """One command to one camera. `live`: meant to be seen. `only`: left out when, at that instant, the camera is
    not on program (the others of `tally … program only`)."""

    camera: str
    command: Command
    live: bool = False
    axes: Axes = frozenset()
    watched: bool = False
    """What the interlock covers: all motion, and what else changes a picture on air."""
    only: bool = False
    withheld: str = ""
    """Why it is not sent tonight: its camera stands in for another."""


class SwitcherAct(Struct, frozen=True):
    """One order to a switcher. `source` is what the sheet calls it (None: no source, or what is on preview); the order
    has the switcher's own name. `live`: meant to be seen, whatever the camera does."""

    switcher: str
    order: Order
    source: str | None = None
    live: bool = False
    withheld: str = ""
    """Why it is not sent tonight: its camera stands in for another."""


class SendOsc(Struct, frozen=True):
    output: str
    address: str
    arguments: tuple[int | float | str, ...]


class ShowNote(Struct, frozen=True):
    text: str


class FireCue(Struct, frozen=True):
    """`number` None is the next cue of the list."""

    verb: Literal["go", "start", "stop"]
    number: str | None


class Forever(Struct, frozen=True):
    """`repeat forever`: `every` None starts a pass where the one before ends. `takes`: how long a pass is expected
    to last, in ns, from one start to the next."""

    every: int | None
    body: Program
    takes: int = 0


class Way(NamedTuple):
    """What is done with this camera: everything that counts from anchor `begins`."""

    camera: str
    begins: int


class Choose(Struct, frozen=True):
    """`with one of`: the first camera that answers, is off program and is not moved by another cue is taken; if there
    is none, what counts from anchor `otherwise` is done."""

    ways: tuple[Way, ...]
    otherwise: int
    moves: tuple[tuple[str, Axes], ...] = ()
    """By camera: what any of the ways may move."""
    has_else: bool = False

    @property
    def cameras(self) -> tuple[str, ...]:
        return tuple(way.camera for way in self.ways)

    def begins(self, camera: str | None) -> int:
        """The anchor of the way that is taken; None: there is no such camera."""
        return next((way.begins for way in self.ways if way.camera == camera), self.otherwise)


Act = CameraAct | SwitcherAct | SendOsc | ShowNote | FireCue | Forever | Choose


class Step(Struct, frozen=True):
    """Something that happens at a moment.

    `predicted` and `until` are offsets from GO in ns (from the pass's start inside `Forever`); `until` is when
    it is expected to be complete, None when it cannot be known. `pose` is what is known of the camera's place at
    that instant, `preset_speed` the preset speed it was last sent: what the bytes of ramps, timed moves and
    recalls depend on. `idle`: nothing is expected to be sent (see `CameraAct.only`).
    """

    at: Moment
    act: Act
    origin: Origin
    predicted: int = 0
    until: int | None = 0
    estimated: bool = False
    pose: Pose = NO_POSE
    preset_speed: int | None = None
    idle: bool = False
    untracks: bool = False
    """Auto-tracking is on at that instant, and is switched off before this moves the camera."""
    cuts: tuple[tuple[str, int], ...] = ()
    """Axes that a newer action or a stop is expected to take from it, and when, as `until`: what it would send for them
    from then on is not sent."""
    one_of: tuple[str, ...] = ()
    """It is in the block of a `with one of` over these cameras, and each of them may be the one."""
    call: Origin | None = None
    """Where the macro was called, if the step is in one."""


class Program(Struct, frozen=True):
    """Steps in the order in which they are predicted, ties in the order of the text; `end`: the clock after
    the last statement (None when it never gets there)."""

    anchors: tuple[Anchor, ...]
    steps: tuple[Step, ...]
    end: Moment | None


def walk(program: Program) -> Iterator[Step]:
    """Every step, those inside endless loops too."""
    for step in program.steps:
        yield step
        if isinstance(step.act, Forever):
            yield from walk(step.act.body)


def waits(program: Program) -> Iterator[Wait]:
    """Every wait, those inside endless loops too."""
    yield from (anchor for anchor in program.anchors if isinstance(anchor, Wait))
    for step in program.steps:
        if isinstance(step.act, Forever):
            yield from waits(step.act.body)
