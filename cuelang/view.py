"""What a screen shows of a running show: plain frozen data, made anew each time somebody looks.

Times are integer nanoseconds unless said otherwise, angles are degrees, zoom is percent of the optical range.
Nothing here refers back to the executor: a view may be kept, compared or sent to another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cuelang.commands import TallyMode
from cuelang.playback import VerdictWord

CueMark = Literal["", "running", "paused", "done", "stopped", "disabled"]
LinkMark = Literal["connected", "silent", "lost", "disabled", "none"]
"""`silent`: the line is open and the camera has not answered for a while. `none`: there is no driver for it."""


@dataclass(frozen=True, slots=True)
class CueRow:
    """One line of the cue list. `progress` is 0…1 while it runs and its length is known. `standby_text` is shown
    while the cue is next. `warnings` are what `check` said of this cue."""

    number: str
    title: str
    section: str
    state: CueMark
    is_standby: bool
    standby_text: str
    progress: float | None
    duration: int | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A cue on its way. `remaining` is predicted, None when it never ends by itself."""

    run: int
    cue: str
    title: str
    paused: bool
    elapsed: int
    remaining: int | None
    doing: int
    """How many of its commands are under way."""


@dataclass(frozen=True, slots=True)
class CameraRow:
    """`age` is how long ago it last answered, None: never. `tally` None: nobody said what is on air."""

    name: str
    url: str
    link: LinkMark
    age: int | None
    tally: TallyMode | None
    pan: float | None
    tilt: float | None
    zoom: float | None
    power: bool | None
    doing: str
    error: str


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """A request and what became of it; `at` is ns since the show started."""

    at: int
    wall: datetime
    source: str
    request: str
    verdict: VerdictWord
    reason: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """`kind` note: the sheet says it. warning: the show says it. trouble: a command did not do what it should."""

    at: int
    wall: datetime
    kind: Literal["note", "warning", "trouble"]
    cue: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """A moment of the show. `triggers` and `notes`: the last ones, newest last."""

    title: str
    wall: datetime
    elapsed: int
    standby: str | None
    cues: tuple[CueRow, ...]
    running: tuple[RunRow, ...]
    cameras: tuple[CameraRow, ...]
    triggers: tuple[TriggerRow, ...]
    notes: tuple[NoteRow, ...]
    commands: int
    """Commands whose outcome is known."""
    troubles: int
    """Of those, how many were refused, timed out or not reached."""
    show_mode: bool = False
    stopping: bool = False
