"""The log is enough to build the cue list again: cut off at any byte, it gives the list as it was then."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from cuelang.commands import TallyMode
from cuelang.playback.machine import Playback
from cuelang.runtime import asrun
from cuelang.runtime.journal import Journal, tonight
from cuelang.runtime.record_json import as_json, from_json
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.records import Record, ShowRecord
from cuelang.simulator.faults import Faults
from cuelang.units import NS
from tests.drawn import some
from tests.running.night import Doing, Night, compiled, perform, plan_of
from tests.running.state_of import differences, state_of
from tests.running.test_any_night import doings
from tests.running.test_any_night import sheet as cues

MORE = """
input desk "osc+udp://127.0.0.1:0"
input lamps "tsl+udp://127.0.0.1:0"
on osc "/stop" stop all
on osc "/tilt" drive foh up speed 3 for 2s
cue 6
    wait for osc "/on" up to 5s
    tally foh preview
cue 7
    wait until 00:00:20
    move left to door
cue 8
    repeat forever every 700ms
        tally left preview
        wait 100ms
        tally left off
"""


def sheet(pick: random.Random) -> str:
    return cues(pick) + MORE


def more_doings(pick: random.Random) -> list[Doing]:
    asked = doings(pick)
    for _ in range(pick.randint(2, 8)):
        at = pick.uniform(0, 40)
        what = pick.choice(("osc /on", "osc /tilt", "osc /stop", "tally", "load", "go 6", "go 7", "go 8", "locate 3"))
        doing: str | Callable[[Night], object] = what
        if what == "tally":
            mode: TallyMode = pick.choice(("program", "preview", "off"))
            doing = lambda night, mode=mode: night.executor.on_air("foh", mode, "lamps")  # noqa: E731
        elif what == "load":
            doing = Night.load_again
        asked.append((at, doing))
    return sorted(asked, key=lambda doing: doing[0])


class Watch:
    """What the list of a show was like when each record was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.states: list[Any] = []
        self.left: Any = None
        self.frozen = 0
        self.playback: Playback | None = None
        add = RecordQueue.add

        def watched(queue: RecordQueue, at: int, record: Any) -> None:
            add(queue, at, record)
            assert self.playback is not None
            self.states.append(state_of(self.playback))

        monkeypatch.setattr(RecordQueue, "add", watched)

    def of(self, night: Night) -> None:
        self.playback = night.executor._playback


INPUTS = {"trigger", "command", "osc", "wall", "tally", "switcher", "hand", "places", "show"}


def is_input(record: Record) -> bool:
    data = as_json(record)
    return (
        (data["kind"] == "trigger" and "judged" not in data)
        or (data["kind"] == "command" and "job" in data and "ended" not in data)
        or (data["kind"] in INPUTS - {"trigger", "command"})
    )


@pytest.mark.parametrize("seed", range(int(os.environ.get("CUELANG_JOURNALS", some(16)))))
def test_a_log_cut_off_anywhere_gives_the_list_as_it_was(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pick = random.Random(seed)
    faults = {} if seed % 3 else {"foh": Faults(latency=30_000_000, jitter=20_000_000, loss=0.1, seed=seed)}
    text, asked = sheet(pick), more_doings(pick)
    if compiled(text).plan is None:
        return
    watch = Watch(monkeypatch)
    other = plan_of(text)
    asked = [(0, watch.of), *asked, (58, partial(_freeze, watch))]
    night = perform(text, *asked, end=60, faults=faults, loud=True)
    lines = [asrun.line(as_json(record)).encode() + b"\n" for record in night.sink.records]
    whole = b"".join(lines)
    for cut in [len(whole), *sorted(pick.randint(0, len(whole)) for _ in range(6))]:
        journal = Journal(night.plan, plan_of=lambda _record: other)
        for number, line in enumerate(whole[:cut].split(b"\n")):
            try:
                record = from_json(json.loads(line))
            except ValueError:
                break
            if number == watch.frozen:
                break
            journal.take(record)
            if is_input(record):
                assert differences(state_of(journal.playback), watch.states[number]) == [], (number, line)
        if cut == len(whole):
            journal.settle(58 * NS)
            assert differences(state_of(journal.playback), watch.left) == []
        journal.settle()


def _freeze(watch: Any, night: Night) -> None:
    """Before the show is ended, which is not in the log."""
    assert night.executor._told.wake(night.clock.now()) == []
    watch.frozen, watch.left = len(watch.states), state_of(watch.playback)


def test_a_record_costs_no_more_at_the_end_of_a_long_night() -> None:
    sheet = "".join(
        f"cue {number}\n    zoom foh from 0% to 60% over 1s\n    move left to door over 4s\n    wait 8s\n"
        for number in range(1, 241)
    )
    night = perform(sheet, *((at, "go") for at in range(1, 2400, 10)), end=2401)
    journal, records = Journal(night.plan), night.sink.records
    took = []
    for begin in range(0, len(records) - 200, 200):
        began = time.process_time()
        for record in records[begin : begin + 200]:
            journal.take(record)
        took.append(time.process_time() - began)
    third = len(took) // 3
    assert third > 2 and min(took[-third:]) < 1.5 * min(took[:third])


def test_a_log_that_holds_several_nights_gives_the_last() -> None:
    night = perform("cue 1\n    wait 1s\ncue 2\n    wait 30s\n", (1, "go"), (3, "go"), end=10)
    first = ShowRecord(1, "", 0.0, state="started")
    journal = Journal(night.plan, first)
    for record in tonight([first, *night.sink.records, first, *night.sink.records[:-1]]):
        journal.take(record)
    journal.settle()
    assert [run.cue for run in journal.playback.runs(journal.instant)] == ["2"]
    assert journal.playback.standby is None


def test_the_places_of_a_locate_that_is_answered_later_are_its_own() -> None:
    """The first one has to wait for a camera that is silent, the second leaves that one alone: it is on program."""
    night = perform(
        'cue 1\n    move foh to throne\ncue 2\n    note "x"\n',
        (1, lambda night: night.unplug("left")),
        (2, lambda night: night.say("locate 2 live")),
        (2, lambda night: night.executor.on_air("left", "program", "lamps")),
        (2, lambda night: night.say("locate 1 at 0s")),
        end=5,
    )
    places = [one for one in night.records if one["kind"] == "places"]
    assert [one["request"] for one in places] == ["locate 1 at 0s", "locate 2 live"]
    journal = Journal(night.plan)
    for record in night.sink.records[:-1]:
        journal.take(record)
    assert [run.cue for run in journal.playback.runs(journal.instant)] == ["1"]
