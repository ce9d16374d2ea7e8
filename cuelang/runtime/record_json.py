"""As-run records as the JSON of the log, and back; and which keys each kind has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from msgspec.structs import fields

from cuelang.runtime.command_records import CommandRecord, HaltRecord, PlaceRecord, SendRecord, SentRecord
from cuelang.runtime.input_records import (
    AnswerRecord,
    BackRecord,
    HandRecord,
    LockRecord,
    MuteRecord,
    OscRecord,
    PlacesRecord,
    PresetRecord,
    SwitcherRecord,
    TimeRecord,
    TurnRecord,
    WallRecord,
)
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
    WarningRecord,
)
from cuelang.runtime.stamp import Stamp

KINDS: Mapping[str, type[Record]] = {
    one.kind: one
    for one in (
        ShowRecord,
        EndRecord,
        TriggerRecord,
        CueRecord,
        CommandRecord,
        SendRecord,
        HaltRecord,
        StandbyRecord,
        AirRecord,
        TallyRecord,
        NoteRecord,
        WarningRecord,
        SentRecord,
        OscRecord,
        WallRecord,
        TimeRecord,
        SwitcherRecord,
        HandRecord,
        PlacesRecord,
        TurnRecord,
        PlaceRecord,
        AnswerRecord,
        BackRecord,
        MuteRecord,
        LockRecord,
        PresetRecord,
    )
}


class RecordKey(NamedTuple):
    """A key of a record's JSON. `types` are what it may hold, `words` the only texts that may."""

    name: str
    types: frozenset[type]
    words: frozenset[str]
    required: bool
    default: object
    """A value that is left out; of a key that is always there, none."""


@cache
def keys(kind: str) -> tuple[RecordKey, ...]:
    """Of a kind of record, without those that every record has."""
    record = KINDS[kind]
    hints = get_type_hints(record)
    found = []
    for one in fields(record):
        if one.name not in Stamp._fields:
            types, words = _values(hints[one.name])
            found.append(RecordKey(one.name, frozenset(types), frozenset(words), one.required, one.default))
    return tuple(found)


@cache
def _written(kind: str) -> tuple[tuple[str, object], ...]:
    """Those keys, and the value with which each is left out. What is always there has one that nothing equals."""
    return tuple((key.name, key.default) for key in keys(kind))


def _values(hint: Any) -> tuple[set[type], set[str]]:
    """The types and the words of a field, but not what is inside of a list or an object. In JSON a tuple is a list, and
    a float may have been written as an int."""
    if get_origin(hint) is Literal:
        return {str}, set(get_args(hint))
    if get_origin(hint) is tuple:
        return {list}, set()
    if get_origin(hint) in (dict, Mapping):
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
    for name, default in _written(record.kind):
        value = getattr(record, name)
        if value != default:
            shown[name] = list(value) if isinstance(value, tuple) else value
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
