"""What can be asked of a video switcher, and what it says of itself: the words of playback, drivers and simulator.

A source is named as the switcher names it: an OBS scene, an ATEM input number, a vMix input's number, key or title.
Times are integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

BusName = Literal["program", "preview"]
OutputName = Literal["stream", "record"]
OUTPUTS: tuple[OutputName, ...] = ("stream", "record")


class Cut(Struct, frozen=True):
    """`source` on program at once. Preview stays as it was."""

    source: str


class Dissolve(Struct, frozen=True):
    """`source` on program by a transition of `over` ns: a mix, or the one that `transition` names."""

    source: str
    over: int
    transition: str | None = None


class Preview(Struct, frozen=True):
    """`source` on the preview bus."""

    source: str


class Take(Struct, frozen=True):
    """What is on preview goes to program. `source` is what is expected there (None: whatever it is); with anything
    else on preview nothing is sent. `over` ns by a transition, None: by a cut."""

    source: str | None
    over: int | None = None
    transition: str | None = None


class SetOutput(Struct, frozen=True):
    """Start or stop the stream or the recording."""

    output: OutputName
    on: bool


class Native(Struct, frozen=True):
    """A request in the switcher's own words, sent once."""

    text: str


Order = Cut | Dissolve | Preview | Take | SetOutput | Native
MIXES = (Cut, Dissolve, Take)
"""The orders that change program. A newer one supersedes an older one."""

OrderOutcome = Literal["completed", "refused", "timed_out", "unreachable", "superseded"]


class SwitcherState(Struct, frozen=True):
    """What a switcher has said of itself. None: it has not said, or has no such thing."""

    ready: bool = False
    """It is connected and has sent its whole state."""
    model: str = ""
    version: str = ""
    program: str | None = None
    preview: str | None = None
    tally: Mapping[str, BusName] = field(default_factory=dict)
    """By source (OBS: by input): what is seen on program, or on preview and not on program. The rest is off."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The sources that it has, and what it calls each."""
    transition: bool = False
    """A transition runs, or the T-bar is off its end."""
    handle: bool = False
    """The T-bar is off its end, and no transition of a given length moves it."""
    transitions: tuple[str, ...] = ()
    """Names that can be requested, without the cut."""
    outputs: Mapping[OutputName, bool] = field(default_factory=dict)
    """Whether the stream and the recording run. One that it does not have is missing."""
    studio_mode: bool | None = None
    frame_rate: float | None = None
    """Frames a second of its picture."""
    resolution: tuple[int, int] | None = None
    """Pixels of its picture, across and down."""
    space: int | None = None
    """Bytes that are free where it records to."""
    service: bool | None = None
    """Whether it knows where a stream goes."""


def action_of(order: Order) -> str:
    """The word of the language for an order."""
    match order:
        case Cut():
            return "cut"
        case Dissolve():
            return "dissolve"
        case Preview():
            return "preview"
        case Take():
            return "take"
        case SetOutput(output=output):
            return output
        case Native():
            return "send"
