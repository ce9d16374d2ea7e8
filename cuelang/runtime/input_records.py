"""Records of what the cue list was told beside requests and outcomes, so that a log is enough to build it again.

Inputs are in the log in the order in which they were taken in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cuelang.commands import TallyMode
from cuelang.commands.switching import BusName, OutputName
from cuelang.runtime.stamp import JsonObject, Stamped


class OscRecord(Stamped, frozen=True, kw_only=True):
    """A message that a `wait for osc` waited for."""

    kind: ClassVar = "osc"
    address: str


class WallRecord(Stamped, frozen=True, kw_only=True):
    """The wall clock was set: times of day come `by_ms` later than was thought."""

    kind: ClassVar = "wall"
    by_ms: float


class TimeRecord(Stamped, frozen=True, kw_only=True):
    """The list asked when the wall shows `seconds` since midnight, for an instant `asked_ms` of the show: at
    `met_ms`."""

    kind: ClassVar = "time"
    seconds: int
    asked_ms: float
    met_ms: float


class SwitcherRecord(Stamped, frozen=True, kw_only=True):
    """What a switcher said, in the names of the sheet (see `SwitcherWord`)."""

    kind: ClassVar = "switcher"
    name: str
    ready: bool
    cameras: Mapping[str, TallyMode] | None = None
    sources: Mapping[str, BusName] | None = None
    program: str | None = None
    preview: str | None = None
    transition: bool = False
    outputs: Mapping[OutputName, bool] | None = None


class HandRecord(Stamped, frozen=True, kw_only=True):
    """A hand on a controller drives a camera. `drive` numbers the drives of the show, `after` is the one before of the
    same gesture. Without an `act` the hand is at rest: the drive ends."""

    kind: ClassVar = "hand"
    drive: int
    after: int | None = None
    source: str | None = None
    said: str | None = None
    guarded: bool = False
    act: JsonObject | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None


class AnswerRecord(Stamped, frozen=True, kw_only=True):
    """The list asked whether a camera is there, for `with one of`."""

    kind: ClassVar = "answer"
    camera: str
    there: bool


class BackRecord(Stamped, frozen=True, kw_only=True):
    """A camera that was lost answers again."""

    kind: ClassVar = "back"
    camera: str


class MuteRecord(Stamped, frozen=True, kw_only=True):
    """An input was muted, or is heard again. The list does not know of it; the inputs do."""

    kind: ClassVar = "mute"
    input: str
    on: bool
    by: str


class LockRecord(Stamped, frozen=True, kw_only=True):
    """Show mode was switched on or off. The list does not know of it; what lets requests in does."""

    kind: ClassVar = "lock"
    on: bool
    by: str


class PresetRecord(Stamped, frozen=True, kw_only=True):
    """A preset was changed, as `PresetChange` has it: another machine can undo it too. The list does not know of it."""

    kind: ClassVar = "preset"
    change: JsonObject


class PlacesRecord(Stamped, frozen=True, kw_only=True):
    """Where the cameras said that they are, for a `locate`: pan, tilt and zoom in counts; None: no answer. `request`
    and `asked_ms` say for which one: a later one may be answered first."""

    kind: ClassVar = "places"
    places: Mapping[str, list[int | None] | None]
    request: str | None = None
    asked_ms: float | None = None


class TurnRecord(Stamped, frozen=True, kw_only=True):
    """The list was woken at `t_ms`, and it mattered when. `room` None: it was on time, and did all that was due by then
    before what was taken in next. Else it was late, and had room for that number of happenings. `before`: it was not
    woken; what was taken in next found it behind, with that room."""

    kind: ClassVar = "turn"
    room: int | None = None
    before: bool = False


InputRecord = (
    OscRecord
    | WallRecord
    | TimeRecord
    | SwitcherRecord
    | HandRecord
    | AnswerRecord
    | BackRecord
    | MuteRecord
    | LockRecord
    | PresetRecord
    | PlacesRecord
    | TurnRecord
)
