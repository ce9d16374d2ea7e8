"""Two nights of one show, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, assert_never

from cuelang.runtime.command_records import CommandRecord, HaltRecord, PlaceRecord, SendRecord, SentRecord
from cuelang.runtime.input_records import InputRecord
from cuelang.runtime.records import (
    AirRecord,
    CueRecord,
    EndRecord,
    NoteRecord,
    OtherRecord,
    Record,
    ShowRecord,
    StandbyRecord,
    TallyRecord,
    TriggerRecord,
)


class Difference(NamedTuple):
    """`what` names the trigger, cue or command, `first` and `second` what the two logs say of it."""

    what: str
    first: str
    second: str


class _Event(NamedTuple):
    """`sent`: its frames in hex, or its URLs."""

    verdict: str
    sent: str
    due: float | None
    done: float | None


_Key = tuple[str, ...]


def compare(first: Iterable[Record], second: Iterable[Record], tolerance_ms: float = 50.0) -> list[Difference]:
    """What was other the second time. Times of commands count from the start of their cue, so the operator's
    own timing makes no difference."""
    ours, theirs = _events(first), _events(second)
    found = []
    for key in dict.fromkeys((*ours, *theirs)):
        a, b = ours.get(key, []), theirs.get(key, [])
        what = " ".join(filter(None, key))
        for number in range(max(len(a), len(b))):
            name = f"{what}, time {number + 1}" if max(len(a), len(b)) > 1 else what
            if number >= len(a) or number >= len(b):
                found.append(Difference(name, *("did not happen" if number >= len(c) else "happened" for c in (a, b))))
                continue
            found.extend(_differences(name, a[number], b[number], tolerance_ms))
    return found


def _differences(name: str, a: _Event, b: _Event, tolerance: float) -> Iterable[Difference]:
    if a.verdict != b.verdict:
        yield Difference(name, a.verdict, b.verdict)
    if a.sent != b.sent:
        yield Difference(f"{name}, bytes", a.sent or "none", b.sent or "none")
    for label, one, other in (("begins", a.due, b.due), ("is done", a.done, b.done)):
        if one is not None and other is not None and abs(one - other) > tolerance:
            yield Difference(f"{name} {label}", f"{one / 1000:+.3f} s", f"{other / 1000:+.3f} s")


def _events(records: Iterable[Record]) -> dict[_Key, list[_Event]]:
    started: dict[str, float] = {}
    events: dict[_Key, list[_Event]] = {}
    for record in records:
        if isinstance(record, InputRecord):
            continue
        match record:
            case CueRecord():
                if record.state == "started":
                    started[record.cue] = record.t_ms
                key: _Key = ("cue", record.cue, record.state)
                event = _Event("", "", None, None)
            case TriggerRecord():
                key, event = ("trigger", record.request), _Event(record.verdict, "", None, None)
            case CommandRecord():
                key = (f"cue {record.cue}:" if record.cue else "", record.device, record.action)
                start = started.get(record.cue)
                sent = " ".join(filter(None, (record.hex, record.url, record.text)))
                due, done = _since(record.due_ms, start), _since(record.done_ms, start)
                event = _Event(record.outcome, sent, due, done)
            case SendRecord():
                key = (f"cue {record.cue}:" if record.cue else "", record.output, record.action)
                event = _Event(record.outcome, "", _since(record.due_ms, started.get(record.cue)), None)
            case (
                ShowRecord()
                | EndRecord()
                | HaltRecord()
                | StandbyRecord()
                | AirRecord()
                | TallyRecord()
                | NoteRecord()
                | OtherRecord()
                | SentRecord()
                | PlaceRecord()
            ):
                continue
            case _:
                assert_never(record)
        events.setdefault(key, []).append(event)
    return events


def _since(ms: float | None, start: float | None) -> float | None:
    return ms - start if ms is not None and start is not None else None
