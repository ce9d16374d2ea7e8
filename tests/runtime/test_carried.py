"""What two machines carry to one another: requests as JSON, and one request that both have had."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from cuelang.app.twin import Twin
from cuelang.plan import NEXT, CameraAction, Plan
from cuelang.plan.triggers import Swap
from cuelang.playback.effects import LocateMoment, Request
from cuelang.runtime.carried import Twice, read, written
from cuelang.sheets import Usage, compile_sheet
from cuelang.transports import jetstream
from cuelang.units import MS, NS

OSC = "osc udp 10.0.0.7:53211"


def compiled(folder: Path, more: str = "") -> Plan:
    sheet = folder / "a.cues"
    sheet.write_text(f'camera foh "sim://foh"\ncue 1 "A"\n    tally foh program\n{more}')
    plan = compile_sheet(str(sheet)).plan
    assert plan is not None
    return plan


@pytest.mark.parametrize(
    "request_",
    [
        Request("go", None, OSC, 5),
        Request("start", "12.5", "http 10.0.0.3", 5, pressed=True, key="abcdefgh"),
        Request("locate", "3", "key l", 5, moment=LocateMoment(at=2 * NS, live=True, go=True)),
        Request("swap", None, "key S", 5, swap=Swap("foh", "left", True)),
        Request("standby", NEXT, "key down", 5, pressed=True),
        Request("stop", "4", "midi desk", 5, guarded=True),
    ],
    ids=lambda request: request.text,
)
def test_a_request_is_the_same_on_the_other_machine(request_: Request, tmp_path: Path) -> None:
    found = read(json.loads(json.dumps(written(request_))), compiled(tmp_path), 5)
    assert found == request_


def test_a_statement_of_a_trigger_is_found_by_its_place(tmp_path: Path) -> None:
    plan = compiled(tmp_path, 'on key "F5" zoom foh to 50%\n')
    (trigger,) = plan.triggers
    assert isinstance(trigger.action, CameraAction)
    asked = Request("statement", None, "key F5", 5, statement=trigger.action, origin=trigger.origin)
    found = read(json.loads(json.dumps(written(asked))), plan, 5)
    assert found.statement is trigger.action and found.origin is trigger.origin


@pytest.mark.parametrize("data", [{}, {"verb": "explode"}, {"verb": "go", "place": None}])
def test_what_makes_no_sense_is_no_request(data: dict, tmp_path: Path) -> None:
    assert read(data, compiled(tmp_path), 5) is None


def test_what_both_have_had_from_one_sender_is_one_request() -> None:
    twice, go = Twice(), Request("go", None, OSC, 10 * NS)
    assert not twice.again(go, here=True)
    assert twice.again(replace(go, source="osc udp 10.0.0.7:4000", received=10 * NS + 300 * MS), here=False)
    # Each is matched once: the third one is another GO.
    assert not twice.again(replace(go, received=10 * NS + 400 * MS), here=False)


@pytest.mark.parametrize(
    ("first", "second", "here"),
    [
        (Request("go", None, OSC, 0), Request("go", None, OSC, 500 * MS), True),
        (Request("go", None, OSC, 0), Request("go", None, OSC, 1500 * MS), False),
        (Request("go", None, OSC, 0), Request("go", None, "osc udp 10.0.0.8:1", 1), False),
        (Request("start", "1", OSC, 0), Request("start", "2", OSC, 1), False),
        (Request("go", None, "key space", 0), Request("go", None, "key space", 1), False),
    ],
    ids=["one machine", "too late", "another sender", "another content", "two keyboards"],
)
def test_other_requests_are_two(first: Request, second: Request, here: bool) -> None:
    twice = Twice()
    assert not twice.again(first, here=True)
    assert not twice.again(second, here=here)


def twin(servers: str = "nats://127.0.0.1:1", peer: str = "127.0.0.1:2", **environment: str) -> Twin:
    return Twin(servers, peer, None, "a.cues", "", lambda _text, _matters: None, environment)


def test_without_nats_py_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "nats", None)
    with pytest.raises(jetstream.NoNats, match=r"pip install \"cuelang\[twin\]\""):
        twin(CUELANG_TWIN_SECRET="x")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "CUELANG_TWIN_SECRET"),
        ({"servers": "http://x", "CUELANG_TWIN_SECRET": "x"}, "not the address of a NATS server"),
        ({"servers": ",", "CUELANG_TWIN_SECRET": "x"}, "needs the address"),
        ({"peer": "10.0.0.8", "CUELANG_TWIN_SECRET": "x"}, "needs a host and a port"),
    ],
)
def test_an_option_that_cannot_be_used_says_what_to_write(words: dict[str, str], said: str) -> None:
    with pytest.raises(Usage, match=said):
        twin(**words)
