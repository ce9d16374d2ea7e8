"""Simulated switchers, asked by our own drivers' machines over a wire without faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands.switching import Cut, Dissolve, Order, Preview, SetOutput, Take
from cuelang.protocols.atem.machine import Atem
from cuelang.protocols.obs import Obs
from cuelang.protocols.switcher import Finished, Machine, Send, SwitcherEvent
from cuelang.protocols.vmix import Vmix
from cuelang.simulator.atem import AtemEnd
from cuelang.simulator.mixer import Mixer
from cuelang.simulator.obs import ObsEnd
from cuelang.simulator.vmix import VmixEnd
from cuelang.units import MS, NS


class Evening:
    """One machine and one simulated switcher, joined by calls, on a clock of their own."""

    def __init__(self, machine: Machine, end: Any, mixer: Mixer) -> None:
        self.machine, self.end, self.mixer = machine, end, mixer
        self.now = 0
        self.finished: dict[object, Finished] = {}
        self.wire: list[tuple[str, Any]] = []
        opened = machine.opened(0)
        if hasattr(end, "connected"):
            self.back(end.connected("us"))
        self.take(opened)
        self.run(50 * MS)
        assert machine.state.ready

    def take(self, events: list[SwitcherEvent]) -> None:
        for event in events:
            if isinstance(event, Send):
                self.wire.append(("to", event.data))
            elif isinstance(event, Finished):
                self.finished[event.key] = event
        self.deliver()

    def back(self, out: list[tuple[Any, Any]]) -> None:
        self.wire += [("from", data) for _, data in out]
        self.deliver()

    def deliver(self) -> None:
        while self.wire:
            way, data = self.wire.pop(0)
            if way == "to":
                sent = data.encode() if isinstance(data, str) and not isinstance(self.end, ObsEnd) else data
                self.wire += [("from", each) for _, each in self.end.receive("us", sent, self.now)]
            else:
                for event in self.machine.receive(data, self.now):
                    if isinstance(event, Send):
                        self.wire.append(("to", event.data))
                    elif isinstance(event, Finished):
                        self.finished[event.key] = event

    def run(self, length: int) -> None:
        end = self.now + length
        while True:
            due = min((when for when in (self.machine.deadline, self.end.due) if when is not None), default=end)
            if due > end:
                break
            self.now = max(self.now, due)
            self.back(self.end.wake(self.now))
            self.take(self.machine.wake(self.now))
            if due == end:
                break
        self.now = end

    def order(self, order: Order, key: str = "order") -> Finished | None:
        self.take(self.machine.do(key, order, self.now))
        return self.finished.get(key)


def atem() -> Evening:
    mixer = Mixer({"1": "FOH", "2": "Left", "3": "Slides"}, {"3": ("1",)})
    return Evening(Atem(), AtemEnd(mixer), mixer)


def vmix() -> Evening:
    mixer = Mixer({"1": "FOH", "2": "Left", "3": "Slides"}, {"3": ("1",)})
    return Evening(Vmix(), VmixEnd(mixer), mixer)


def obs() -> Evening:
    mixer = Mixer({"1": "1", "2": "2", "3": "3"}, {"3": ("1",)})
    return Evening(Obs("pass"), ObsEnd(mixer, "pass"), mixer)


EVERY = pytest.mark.parametrize("begin", [atem, vmix, obs])
Begin = Callable[[], Evening]


def on(evening: Evening, bus: str) -> set[str]:
    return {source for source, lit in evening.machine.state.tally.items() if lit == bus}


@EVERY
def test_a_cut(begin: Begin) -> None:
    evening = begin()
    evening.order(Cut("2"))
    evening.run(100 * MS)
    assert evening.finished["order"].outcome == "completed"
    assert evening.machine.state.program == "2" and on(evening, "program") == {"2"}


@EVERY
def test_a_dissolve_has_both_on_program_until_it_ends(begin: Begin) -> None:
    evening = begin()
    evening.order(Dissolve("2", NS))
    evening.run(500 * MS)
    assert on(evening, "program") == {"1", "2"} and "order" not in evening.finished
    evening.run(700 * MS)
    assert evening.finished["order"].outcome == "completed"
    assert on(evening, "program") == {"2"} and evening.machine.state.preview == "1"


@EVERY
def test_a_preview_and_a_take(begin: Begin) -> None:
    evening = begin()
    evening.order(Preview("3"), "preview")
    evening.run(100 * MS)
    assert evening.machine.state.preview == "3" and on(evening, "preview") == {"3"}
    evening.order(Take("3"), "take")
    evening.run(100 * MS)
    assert evening.finished["take"].outcome == "completed" and evening.machine.state.program == "3"


@EVERY
def test_what_a_source_shows_is_on_program_with_it(begin: Begin) -> None:
    evening = begin()
    evening.order(Cut("2"))
    evening.run(NS)
    evening.order(Cut("3"), "slides")
    evening.run(100 * MS)
    assert {"3", "1"} <= on(evening, "program")


@EVERY
@pytest.mark.parametrize("output", ["stream", "record"])
def test_outputs_start_and_stop(begin: Begin, output: Any) -> None:
    evening = begin()
    evening.order(SetOutput(output, True))
    assert "order" not in evening.finished
    evening.run(NS)
    assert evening.finished["order"].outcome == "completed" and evening.mixer.outputs[output]
    evening.order(SetOutput(output, False), "stop")
    evening.run(NS)
    assert evening.finished["stop"].outcome == "completed" and not evening.mixer.outputs[output]


@EVERY
def test_a_source_that_is_not_there(begin: Begin) -> None:
    evening = begin()
    evening.order(Cut("77"))
    evening.run(3 * NS)
    assert evening.finished["order"].outcome in ("refused", "timed_out")


@EVERY
@given(junk=st.lists(st.binary(max_size=40), max_size=5))
def test_a_simulated_switcher_survives_anything(begin: Begin, junk: list[bytes]) -> None:
    evening = begin()
    for data in junk:
        evening.end.receive("us", data.decode("utf-8", "replace") if isinstance(evening.end, ObsEnd) else data, 0)


def test_a_wrong_password_closes_the_connection() -> None:
    end = ObsEnd(Mixer({"1": "1"}), "right")
    end.connected("us")
    machine = Obs("wrong")
    machine.opened(0)
    (hello,) = [data for _, data in ObsEnd(Mixer({"1": "1"}), "right").connected("us")]
    (answer,) = [event.data for event in machine.receive(str(hello), 0) if isinstance(event, Send)]
    assert end.receive("us", str(answer), 0) == [("us", 4009)]
