"""The content of the as-run log: a frozen record for everything that happens, and its JSON.

The keys of a record's JSON are the names of its fields, in their order here; a field that has its default is left
out. `from_json` reads them again; what it does not know, from a newer version or a damaged file, is an `OtherRecord`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, NamedTuple

from cuelang.commands import Job, Outcome, SetProperty, TallyMode
from cuelang.commands.switching import action_of
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    CueState,
    Halt,
    SendOut,
    Switch,
    Verdict,
    VerdictWord,
    Withhold,
    WithholdOrder,
)
from cuelang.runtime.input_records import (
    AnswerRecord,
    BackRecord,
    HandRecord,
    LockRecord,
    MuteRecord,
    OscRecord,
    PlacesRecord,
    SwitcherRecord,
    TimeRecord,
    TurnRecord,
    WallRecord,
)
from cuelang.runtime.portable import portable
from cuelang.runtime.stamp import Stamp, Stamped, place
from cuelang.units import MS

ShowState = Literal["started", "stopped", "reloaded", "resumed", "taken over", "followed", "left"]


class OrderTimes(NamedTuple):
    """When an order was sent, taken and done, in loop ns."""

    sent: int | None = None
    acked: int | None = None
    done: int | None = None


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
    files: dict[str, Any] | None = None
    plan: str | None = None
    options: dict[str, Any] | None = None
    program: str | None = None
    start: str | None = None
    air: dict[str, Any] | None = None
    words: tuple[Any, ...] = ()
    asked: dict[str, Any] | None = None
    swaps: tuple[Any, ...] = ()
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
    cameras: dict[str, Any] | None = None


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
    statement: dict[str, Any] | None = None

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
            cue=request.cue,
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


class CommandRecord(Stamped, frozen=True, kw_only=True):
    """A command to a camera or an order to a switcher, written when its outcome is known. The times are milliseconds
    since the show began.

    `preset` is what the sheet calls the preset that it is about, `setting` what a `set` sets: `iris 9`. `hex` has its
    frames, `url` what went by HTTP, `text` what was said to a switcher. `frames`, `skipped` and `late_max_ms` are those
    of a ramp. `held_ms`: how much later it began, because its camera had to be off program. `ended`: the cue list has
    ended it, for something newer or a stop.
    """

    kind: ClassVar = "command"
    cue: str
    camera: str | None
    switcher: str | None = None
    action: str
    preset: str | None = None
    setting: str | None = None
    source: str | None = None
    due_ms: float
    sent_ms: float | None = None
    acked_ms: float | None = None
    done_ms: float | None = None
    outcome: Outcome
    reason: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hex: str | None = None
    url: str | None = None
    frames: int | None = None
    skipped: int | None = None
    late_max_ms: float | None = None
    replanned: bool = False
    held_ms: float | None = None
    text: str | None = None
    run: int = 0
    job: int | None = None
    ended: bool = False

    @classmethod
    def of(
        cls,
        what: Begin | Withhold,
        job: Job | None,
        outcome: Outcome,
        reason: str,
        ms: Callable[[int], float],
        stamp: Stamp,
        called: str = "",
        *,
        ended: bool = False,
    ) -> CommandRecord:
        """`ms` turns loop ns into the show's milliseconds; without a job nothing was sent. `called`: its preset or its
        setting."""
        sets = isinstance(what.command, SetProperty)
        file, line, column = place(what.step.origin)

        def at(time: int | None) -> float | None:
            return None if time is None else ms(time)

        ramp = job is not None and job.frames is not None
        return cls(
            *stamp,
            run=what.run,
            job=what.job if isinstance(what, Begin) else None,
            cue=what.cue,
            camera=what.camera,
            action=what.command.action,
            preset=None if sets else called or None,
            setting=called or None if sets else None,
            due_ms=ms(what.due),
            sent_ms=at(job.sent) if job else None,
            acked_ms=at(job.acked) if job else None,
            done_ms=at(job.done) if job else None,
            outcome=outcome,
            reason=reason or None,
            file=file,
            line=line,
            column=column,
            hex=" ".join(frame.hex(" ") for frame in job.wire) if job and job.wire else None,
            url=" ".join(job.urls) if job and job.urls else None,
            frames=job.frames if job and ramp else None,
            skipped=job.skipped if job and ramp else None,
            late_max_ms=round(job.late_max / MS, 3) if job and ramp else None,
            replanned=job is not None and job.replanned,
            held_ms=round(what.held / MS, 3) if isinstance(what, Begin) and what.held else None,
            ended=ended,
        )

    @classmethod
    def of_order(
        cls,
        what: Switch | WithholdOrder,
        outcome: Outcome,
        reason: str,
        times: OrderTimes,
        wire: Mapping[str, str],
        ms: Callable[[int], float],
        stamp: Stamp,
    ) -> CommandRecord:
        """`wire` is its `hex` or its `text`."""
        file, line, column = place(what.step.origin)

        def at(time: int | None) -> float | None:
            return None if time is None else ms(time)

        return cls(
            *stamp,
            run=what.run,
            job=what.job if isinstance(what, Switch) else None,
            cue=what.cue,
            camera=None,
            switcher=what.switcher,
            action=action_of(what.order),
            source=what.source,
            due_ms=ms(what.due),
            sent_ms=at(times.sent),
            acked_ms=at(times.acked),
            done_ms=at(times.done),
            outcome=outcome,
            reason=reason or None,
            file=file,
            line=line,
            column=column,
            hex=wire.get("hex"),
            text=wire.get("text"),
        )

    @property
    def device(self) -> str:
        """The camera, or the switcher."""
        return self.camera or self.switcher or ""


class SentRecord(Stamped, frozen=True, kw_only=True):
    """A command was handed to its line; of a ramp, its first frame. What became of it is in the record of kind
    `command` with the same `run` and `job`."""

    kind: ClassVar = "sent"
    run: int
    job: int
    cue: str
    camera: str | None
    switcher: str | None = None
    action: str
    source: str | None = None
    hex: str | None = None
    url: str | None = None
    text: str | None = None

    @classmethod
    def of(cls, what: Begin, job: Job, stamp: Stamp) -> SentRecord:
        return cls(
            *stamp,
            run=what.run,
            job=what.job,
            cue=what.cue,
            camera=what.camera,
            action=what.command.action,
            hex=" ".join(frame.hex(" ") for frame in job.wire) or None,
            url=" ".join(job.urls) or None,
        )

    @classmethod
    def of_order(cls, what: Switch, wire: Callable[[], Mapping[str, str]], stamp: Stamp) -> SentRecord:
        """`wire` tells its `hex` or its `text`."""
        words = wire()
        return cls(
            *stamp,
            run=what.run,
            job=what.job,
            cue=what.cue,
            camera=None,
            switcher=what.switcher,
            action=action_of(what.order),
            source=what.source,
            hex=words.get("hex"),
            text=words.get("text"),
        )


class PlaceRecord(Stamped, frozen=True, kw_only=True):
    """Where a camera was, in counts, when a ramp or a move was planned, or what a pause had left of it."""

    kind: ClassVar = "place"
    run: int
    job: int
    camera: str
    pan: int | None = None
    tilt: int | None = None
    zoom: int | None = None


class SendRecord(Stamped, frozen=True, kw_only=True):
    """A message to an output. `simulated`: it would have been sent."""

    kind: ClassVar = "send"
    cue: str
    output: str
    action: Literal["send"]
    address: str
    arguments: tuple[int | float | str, ...]
    due_ms: float
    sent_ms: float | None = None
    outcome: Outcome
    reason: str | None = None
    simulated: bool = False
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @classmethod
    def of(
        cls,
        what: SendOut,
        reason: str,
        due_ms: float,
        sent_ms: float,
        simulated: bool,
        stamp: Stamp,
        outcome: Outcome = "refused",
    ) -> SendRecord:
        """`reason`: why it was not sent, `outcome` what it is then."""
        file, line, column = place(what.step.origin)
        return cls(
            *stamp,
            cue=what.cue,
            output=what.output,
            action="send",
            address=what.address,
            arguments=what.arguments,
            due_ms=due_ms,
            sent_ms=None if reason else sent_ms,
            outcome=outcome if reason else "sent",
            reason=reason or None,
            simulated=simulated,
            file=file,
            line=line,
            column=column,
        )


class HaltRecord(Stamped, frozen=True, kw_only=True):
    """These axes of a camera were stopped outside any command; `reason`: why they may not be."""

    kind: ClassVar = "halt"
    camera: str
    axes: tuple[str, ...]
    tracking: bool
    reason: str | None = None

    @classmethod
    def of(cls, halt: Halt, reason: str, stamp: Stamp) -> HaltRecord:
        axes = tuple(sorted(halt.axes))
        return cls(*stamp, camera=halt.camera, axes=axes, tracking=halt.tracking, reason=reason or None)


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
    | OscRecord
    | WallRecord
    | AnswerRecord
    | BackRecord
    | PlaceRecord
    | TimeRecord
    | SwitcherRecord
    | HandRecord
    | PlacesRecord
    | TurnRecord
    | MuteRecord
    | LockRecord
)


# --- JSON --------------------------------------------------------------------------------------------------
