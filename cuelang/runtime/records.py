"""The content of the as-run log: a frozen record for everything that happens, and its JSON.

The keys of a record's JSON are the names of its fields, in their order here; a field that has its default is left
out. `from_json` reads them again; what it does not know, from a newer version or a damaged file, is an `OtherRecord`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import UnionType
from typing import Any, ClassVar, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from cuelang.commands import Job, Outcome, TallyMode
from cuelang.commands.switching import action_of
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    CueState,
    Halt,
    Say,
    SendOut,
    Spoken,
    Switch,
    Verdict,
    VerdictWord,
    Withhold,
    WithholdOrder,
)
from cuelang.source import NOWHERE, Origin
from cuelang.units import MS


class Stamp(NamedTuple):
    """The number of a record, the wall clock in ISO 8601, and milliseconds since the show began."""

    seq: int
    wall: str
    t_ms: float


class OrderTimes(NamedTuple):
    """When an order was sent, taken and done, in loop ns."""

    sent: int | None = None
    acked: int | None = None
    done: int | None = None


@dataclass(frozen=True, slots=True)
class _Stamped:
    seq: int
    wall: str
    t_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRecord(_Stamped):
    """The show was started, with its title, or stopped. The log's first record is a start."""

    kind: ClassVar = "show"
    state: Literal["started", "stopped"]
    show: str | None = None
    simulated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecord(_Stamped):
    """The log's last record. `cameras`, in a rehearsal only: where each simulated camera is, in degrees and percent,
    whether it moves, and its tally light."""

    kind: ClassVar = "end"
    cameras: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRecord(_Stamped):
    """What was requested, and what became of it."""

    kind: ClassVar = "trigger"
    source: str
    request: str
    verdict: VerdictWord
    reason: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @classmethod
    def of(cls, verdict: Verdict, stamp: Stamp) -> TriggerRecord:
        request = verdict.request
        file, line, column = _place(request.origin)
        return cls(
            *stamp,
            source=request.source,
            request=request.text,
            verdict=verdict.verdict,
            reason=None if verdict.verdict == "fired" else verdict.reason,
            file=file,
            line=line,
            column=column,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CueRecord(_Stamped):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRecord(_Stamped):
    """A command to a camera or an order to a switcher, written when its outcome is known. The times are milliseconds
    since the show began.

    `preset` is what the sheet calls the preset that it is about. `hex` has its frames, `url` what went by HTTP, `text`
    what was said to a switcher. `frames`, `skipped` and `late_max_ms` are those of a ramp. `held_ms`: how much later it
    began, because its camera had to be off program.
    """

    kind: ClassVar = "command"
    cue: str
    camera: str | None
    switcher: str | None = None
    action: str
    preset: str | None = None
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

    @classmethod
    def of(
        cls,
        what: Begin | Withhold,
        job: Job | None,
        outcome: Outcome,
        reason: str,
        ms: Callable[[int], float],
        stamp: Stamp,
        preset: str = "",
    ) -> CommandRecord:
        """`ms` turns loop ns into the show's milliseconds; without a job nothing was sent."""
        file, line, column = _place(what.step.origin)

        def at(time: int | None) -> float | None:
            return None if time is None else ms(time)

        ramp = job is not None and job.frames is not None
        return cls(
            *stamp,
            cue=what.cue,
            camera=what.camera,
            action=what.command.action,
            preset=preset or None,
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
        file, line, column = _place(what.step.origin)

        def at(time: int | None) -> float | None:
            return None if time is None else ms(time)

        return cls(
            *stamp,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRecord(_Stamped):
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
    def of(cls, what: SendOut, reason: str, due_ms: float, sent_ms: float, simulated: bool, stamp: Stamp) -> SendRecord:
        """`reason`: why it was not sent."""
        file, line, column = _place(what.step.origin)
        return cls(
            *stamp,
            cue=what.cue,
            output=what.output,
            action="send",
            address=what.address,
            arguments=what.arguments,
            due_ms=due_ms,
            sent_ms=None if reason else sent_ms,
            outcome="refused" if reason else "sent",
            reason=reason or None,
            simulated=simulated,
            file=file,
            line=line,
            column=column,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltRecord(_Stamped):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyRecord(_Stamped):
    """Another cue stands by; None: the cue list is at its end."""

    kind: ClassVar = "standby"
    cue: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AirRecord(_Stamped):
    """What a camera is on air as, by everybody's word."""

    kind: ClassVar = "air"
    camera: str
    mode: TallyMode


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyRecord(_Stamped):
    """What one speaker says of a camera: a switcher, or a tally input."""

    kind: ClassVar = "tally"
    camera: str
    mode: TallyMode
    speaker: str
    by: Literal["switcher", "input"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecord(_Stamped):
    """The sheet says something. `late_ms`: how long after `t_ms`, when it was due."""

    kind: ClassVar = "note"
    cue: str
    text: str
    late_ms: float | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRecord(NoteRecord):
    """The show says something."""

    kind: ClassVar = "warning"


SAID_LATE = 10 * MS
"""A note that is later than this has `late_ms` in its record: a turn of the executor may take as long."""


def said(say: Say, late: int, stamp: Stamp) -> NoteRecord:
    """`late`: ns after its time."""
    file, line, column = _place(say.origin)
    kind = WarningRecord if say.kind == "warning" else NoteRecord
    late_ms = round(late / MS, 3) if late >= SAID_LATE else None
    return kind(*stamp, cue=say.cue, text=say.text, late_ms=late_ms, file=file, line=line, column=column)


def spoken(word: Spoken, stamp: Stamp) -> TallyRecord:
    return TallyRecord(*stamp, camera=word.camera, mode=word.mode, speaker=word.speaker.name, by=word.speaker.kind)


@dataclass(frozen=True, slots=True)
class OtherRecord(_Stamped):
    """A record that this version does not know, as it was read."""

    kind: str
    json: Mapping[str, Any]


Record = (
    ShowRecord | EndRecord | TriggerRecord | CueRecord | CommandRecord | SendRecord | HaltRecord | StandbyRecord
    | AirRecord | TallyRecord | NoteRecord | WarningRecord | OtherRecord
)  # fmt: skip

KINDS: Mapping[str, type[Record]] = {
    one.kind: one
    for one in (
        ShowRecord, EndRecord, TriggerRecord, CueRecord, CommandRecord, SendRecord, HaltRecord, StandbyRecord,
        AirRecord, TallyRecord, NoteRecord, WarningRecord,
    )
}  # fmt: skip


def _place(origin: Origin) -> tuple[str, int, int] | tuple[None, None, None]:
    if origin is NOWHERE:
        return None, None, None
    span = origin.span
    return span.file, span.line, span.column


# --- JSON --------------------------------------------------------------------------------------------------


class Key(NamedTuple):
    """A key of a record's JSON. `types` are what it may hold, `words` the only texts that may."""

    name: str
    types: frozenset[type]
    words: frozenset[str]
    required: bool
    default: object
    """A value that is left out; of a key that is always there, none."""


@cache
def keys(kind: str) -> tuple[Key, ...]:
    """Of a kind of record, without those that every record has."""
    record = KINDS[kind]
    hints = get_type_hints(record)
    found = []
    for one in fields(record):
        if one.name not in Stamp._fields:
            types, words = _values(hints[one.name])
            required = one.default is MISSING
            found.append(Key(one.name, frozenset(types), frozenset(words), required, one.default))
    return tuple(found)


def _values(hint: Any) -> tuple[set[type], set[str]]:
    """The types and the words of a field. In JSON a tuple is a list, and a float may have been written as an int."""
    if get_origin(hint) is Literal:
        return {str}, set(get_args(hint))
    if get_origin(hint) is tuple:
        return {list}, set()
    if get_origin(hint) is dict:
        return {dict}, set()
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        parts = [_values(part) for part in get_args(hint)]
        return set().union(*(types for types, _ in parts)), set().union(*(words for _, words in parts))
    return ({float, int} if hint is float else {hint}), set()


def as_json(record: Record) -> dict[str, Any]:
    """The JSON object in the log."""
    if isinstance(record, OtherRecord):
        return dict(record.json)
    shown: dict[str, Any] = {"seq": record.seq, "wall": record.wall, "t_ms": record.t_ms, "kind": record.kind}
    for key in keys(record.kind):
        value = getattr(record, key.name)
        if key.required or value != key.default:
            shown[key.name] = list(value) if isinstance(value, tuple) else value
    return shown


def from_json(data: Mapping[str, Any]) -> Record:
    """Of any object, so that a log is read as far as it can be."""
    seq, wall, t_ms, kind = (data.get(name) for name in ("seq", "wall", "t_ms", "kind"))
    known = kind if isinstance(kind, str) and kind in KINDS else None
    stamp = Stamp(
        seq if isinstance(seq, int) else 0,
        wall if isinstance(wall, str) else "",
        t_ms if isinstance(t_ms, int | float) and math.isfinite(t_ms) else 0.0,
    )
    values = None if known is None else _read(known, data)
    if known is None or values is None:
        return OtherRecord(*stamp, kind=str(kind), json=data)
    return KINDS[known](*stamp, **values)


def _read(kind: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """None: a value is missing or is not what it should be."""
    values: dict[str, Any] = {}
    for key in keys(kind):
        if key.name not in data:
            if key.required:
                return None
            continue
        value = data[key.name]
        if type(value) not in key.types or (key.words and value not in key.words):
            return None
        values[key.name] = tuple(value) if type(value) is list else value
    return values
