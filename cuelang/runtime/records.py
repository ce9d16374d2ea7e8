"""The content of the as-run log: a frozen record for everything that happens, and its JSON.

The keys of a record's JSON are the names of its fields, in their order here; a field that has its default is left
out. `from_json` of `record_json.py` reads them again; what it does not know, from a newer version or a damaged file,
is an `OtherRecord`. Records of commands are in `command_records.py`, those of inputs in `input_records.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

from cuelang.commands import TallyMode
from cuelang.plan import cue_word
from cuelang.playback.effects import CueChanged, CueState, Verdict, VerdictWord
from cuelang.runtime.command_records import CommandRecord, HaltRecord, PlaceRecord, SendRecord, SentRecord
from cuelang.runtime.input_records import InputRecord
from cuelang.runtime.portable import portable
from cuelang.runtime.stamp import JsonObject, Stamp, Stamped, place
from cuelang.units import MS

ShowState = Literal["started", "stopped", "reloaded", "resumed", "taken over", "followed", "left"]

SpeakersWords: TypeAlias = list[str | dict[str, TallyMode]]
"""A speaker's kind, its name, and what it says of each camera."""


class ShowRecord(Stamped, frozen=True, kw_only=True):
    """The show was started, with its title, or stopped, or has another plan, or goes on after a crash, held, or was
    taken over: another machine decides from here on; or it is followed by another machine, `peer`, or has left it the
    lead. The log's first record is a start.

    `sheet` is the path of the main file (of a machine that follows: its own), `files` the SHA-256 of each file, `plan`
    that of all of them and of the options that change the plan. `options` are those of the command line; `start`, `air`
    and `words` are what the show began with: the first standby, and what the log before said is on air, as a list of
    speaker's kind, name and words. `asked` is what a show before had last asked of each camera.
    """

    kind: ClassVar = "show"
    state: ShowState
    show: str | None = None
    simulated: bool | None = None
    sheet: str | None = None
    files: dict[str, str] | None = None
    plan: str | None = None
    options: JsonObject | None = None
    program: str | None = None
    start: str | None = None
    air: dict[str, TallyMode] | None = None
    words: tuple[SpeakersWords, ...] = ()
    asked: JsonObject | None = None
    swaps: tuple[list[str], ...] = ()
    """Of another plan: pairs of a camera and the one that stands in for it."""
    anyway: bool = False
    """Lines for which a stand-in lacks something are left out of that plan."""
    peer: str | None = None
    """The address of the machine that follows this one, or that leads now; of a start in the log of a machine that
    follows: of the one that leads."""
    away_ms: float | None = None
    """Of a show that goes on: how long it was away."""


class EndRecord(Stamped, frozen=True, kw_only=True):
    """The log's last record. `cameras`, in a rehearsal only: where each simulated camera is, in degrees and percent,
    whether it moves, and its tally light."""

    kind: ClassVar = "end"
    cameras: dict[str, JsonObject] | None = None


class TriggerRecord(Stamped, frozen=True, kw_only=True):
    """What was requested, and what became of it. `t_ms` is when it was received, `taken_ms` when it was worked off, if
    that was later.

    `judged`: who gave the verdict, if not the cue list on a request from outside: `door`, the input itself; `cue`, the
    list on a request of one of its cues; `hand`, for the first drive of a controller. `statement` is what a statement
    does, if it is not that of the trigger at `file`, `line` and `column`. `into_ms`, `fires`: of a `locate`.
    """

    kind: ClassVar = "trigger"
    source: str
    request: str
    verdict: VerdictWord
    reason: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    taken_ms: float | None = None
    verb: str | None = None
    cue: str | None = None
    judged: Literal["door", "cue", "hand"] | None = None
    automatic: bool = False
    schedule: bool = False
    pressed: bool = False
    live: bool = False
    into_ms: float | None = None
    fires: bool = False
    guarded: bool = False
    key: str | None = None
    statement: JsonObject | None = None

    @classmethod
    def of(
        cls,
        verdict: Verdict,
        stamp: Stamp,
        *,
        taken_ms: float | None = None,
        judged: Literal["door", "cue", "hand"] | None = None,
        known: bool = False,
    ) -> TriggerRecord:
        """`known`: its statement is found by its place in the sheet."""
        request = verdict.request
        file, line, column = place(request.origin)
        moment, said = request.moment, request.statement
        return cls(
            *stamp,
            source=request.source,
            request=request.text,
            verdict=verdict.verdict,
            reason=None if verdict.verdict == "fired" else verdict.reason,
            file=file,
            line=line,
            column=column,
            taken_ms=taken_ms if taken_ms is not None and taken_ms > stamp.t_ms else None,
            verb=request.verb,
            cue=cue_word(request.cue),
            judged=judged,
            automatic=request.automatic,
            schedule=request.schedule,
            pressed=request.pressed,
            live=moment.live,
            into_ms=None if moment.at is None else moment.at / MS,
            fires=moment.go,
            guarded=request.guarded,
            key=request.key or None,
            statement=None if said is None or known else portable(said),
        )


class CueRecord(Stamped, frozen=True, kw_only=True):
    """A firing of a cue began, was held, went on or ended. `run` counts the firings from 1."""

    kind: ClassVar = "cue"
    cue: str
    run: int = 0
    state: CueState
    title: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, change: CueChanged, stamp: Stamp) -> CueRecord:
        title, reason = change.title or None, change.reason or None
        return cls(*stamp, cue=change.cue, run=change.run, state=change.state, title=title, reason=reason)


class StandbyRecord(Stamped, frozen=True, kw_only=True):
    """Another cue stands by; None: the cue list is at its end."""

    kind: ClassVar = "standby"
    cue: str | None


class AirRecord(Stamped, frozen=True, kw_only=True):
    """What a camera is on air as, by everybody's word."""

    kind: ClassVar = "air"
    camera: str
    mode: TallyMode


class TallyRecord(Stamped, frozen=True, kw_only=True):
    """What one speaker says of a camera: a switcher, or a tally input."""

    kind: ClassVar = "tally"
    camera: str
    mode: TallyMode
    speaker: str
    by: Literal["switcher", "input"]


class NoteRecord(Stamped, frozen=True, kw_only=True):
    """The sheet says something, or a person: `by`. `late_ms`: how long after `t_ms`, when it was due. `flag`: that
    person has set the cue's flag, or taken it away."""

    kind: ClassVar = "note"
    cue: str
    text: str
    late_ms: float | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    by: str | None = None
    flag: bool | None = None


class WarningRecord(NoteRecord, frozen=True, kw_only=True):
    """The show says something."""

    kind: ClassVar = "warning"


class OtherRecord(Stamped, frozen=True):
    """A record that this version does not know, as it was read."""

    kind: str
    json: Mapping[str, Any]


Record = (
    ShowRecord
    | EndRecord
    | TriggerRecord
    | CueRecord
    | CommandRecord
    | SendRecord
    | HaltRecord
    | StandbyRecord
    | AirRecord
    | TallyRecord
    | NoteRecord
    | WarningRecord
    | OtherRecord
    | SentRecord
    | PlaceRecord
    | InputRecord
)
