"""The records of the as-run log as types: what is written is read again, and what is not known is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime import asrun
from cuelang.runtime.command_records import SentRecord
from cuelang.runtime.record_json import KINDS, as_json, from_json, keys
from cuelang.runtime.records import OtherRecord, Record
from cuelang.runtime.stamp import Stamp
from cuelang.source import Source

SHEET = """\
output desk "osc+udp://10.0.0.8:8000"
camera foh "visca+udp://10.0.0.21"
cue 1 "Open"
    note "here"
    tally foh program
    zoom foh to 50% over 1s
    drive foh left speed 5
    send desk "/go" 1
cue 2
    wait 10s
"""
SCRIPT = "0s go\n0.05s go\n3s panic\n4s go 7\n"
"""Every kind of record but warnings, and what that list is not told."""
NOT_TOLD = {"answer", "back", "hand", "lock", "mute", "osc", "places", "preset", "switcher", "time", "turn", "wall"}


@pytest.fixture(scope="module")
def night() -> tuple[Record, ...]:
    compiled = Compiler(Library()).compile(Source("night.cues", SHEET))
    assert compiled.plan is not None, compiled.diagnostics
    return rehearse(compiled.plan, script=parse(SCRIPT)).records


def test_what_is_written_is_read_again(night: tuple[Record, ...]) -> None:
    assert {record.kind for record in night} >= KINDS.keys() - {"warning", "tally", *NOT_TOLD}
    for record in night:
        line = asrun.line(as_json(record))
        assert from_json(json.loads(line)) == record and asrun.line(as_json(from_json(json.loads(line)))) == line


def test_a_spreadsheet_has_only_columns_that_records_have() -> None:
    known = {key.name for kind in KINDS for key in keys(kind)} | {*Stamp._fields, "kind"}
    assert set(asrun.COLUMNS) <= known


@pytest.mark.parametrize(
    "data",
    [
        {"seq": 1, "wall": "", "t_ms": 1.0, "kind": "cue", "cue": "1", "state": "upside down"},
        {"seq": 1, "wall": "", "t_ms": 1.0, "kind": "cue", "state": "done"},
        {"seq": 1, "wall": "", "t_ms": 1.0, "kind": "cue", "cue": 7, "state": "done"},
        {"seq": 1, "wall": "", "t_ms": 1.0, "kind": "lights", "bright": [1, 2]},
        {},
    ],
)
def test_what_is_not_known_is_kept_as_it_was_read(data: dict[str, Any]) -> None:
    record = from_json(data)
    assert isinstance(record, OtherRecord) and as_json(record) == data


def test_a_record_of_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    data = {"seq": 1, "wall": "", "t_ms": 1.0, "kind": "air", "camera": "foh", "mode": "off", "moon": "full"}
    assert as_json(from_json(data)) == {name: value for name, value in data.items() if name != "moon"}


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)


@given(st.sampled_from([*KINDS, "other"]), st.data())
def test_any_object_is_a_record(kind: str, data: st.DataObject) -> None:
    names = [key.name for key in keys(kind)] if kind in KINDS else ["cue", "text"]
    found = data.draw(st.dictionaries(st.sampled_from([*names, "seq", "wall", "t_ms"]), JSON))
    record = from_json(found | {"kind": kind})
    told = not isinstance(record, asrun.UNTOLD) or isinstance(record, SentRecord)
    assert asrun.as_text([record]).count("\n") == told
