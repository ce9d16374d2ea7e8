"""vMix's lines: recorded answers in `data/vmix`, made by its published manual."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands.switching import Cut, Dissolve, Native, Order, Preview, SetOutput, Take
from cuelang.protocols.switcher import Accepted, Close, Finished, Send, SwitcherEvent
from cuelang.protocols.vmix import Vmix, VmixStream, inputs, native, tally
from cuelang.units import NS

DATA = Path(__file__).parent / "data" / "vmix"
STATE = (DATA / "state-program1-preview2.xml").read_bytes()


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


class Talk:
    """vMix at the other end: what it heard, and what it says."""

    def __init__(self, state: bytes = STATE) -> None:
        self.vmix = Vmix()
        self.now = 0
        self.sent: list[str] = []
        self.events: list[SwitcherEvent] = []
        self.take(self.vmix.opened(0))
        self.says("VERSION OK 27.0.0.49", "SUBSCRIBE OK TALLY", "TALLY OK 120000", "SUBSCRIBE OK ACTS")
        self.state(state)
        assert self.vmix.state.ready
        self.sent.clear()

    def take(self, events: list[SwitcherEvent]) -> None:
        for event in events:
            if isinstance(event, Send):
                self.sent.append(str(event.data).removesuffix("\r\n"))
            else:
                self.events.append(event)

    def says(self, *lines: str) -> None:
        self.take(self.vmix.receive("".join(f"{line}\r\n" for line in lines).encode(), self.now))

    def state(self, xml: bytes = STATE) -> None:
        self.take(self.vmix.receive(f"XML {len(xml) + 2}\r\n".encode() + xml + b"\r\n", self.now))

    def order(self, order: Order, key: str = "order") -> None:
        self.take(self.vmix.do(key, order, self.now))

    def passes(self, seconds: float) -> None:
        end = self.now + round(seconds * NS)
        while (due := self.vmix.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self.take(self.vmix.wake(self.now))
        self.now = end

    def outcome(self, key: str = "order") -> Finished | None:
        return next((event for event in self.events if isinstance(event, Finished) and event.key == key), None)


@pytest.mark.parametrize("row", rows("tally-lines.jsonl"), ids=lambda row: row["line"][:24])
def test_a_tally_line(row: dict[str, Any]) -> None:
    seen = tally(row["line"].removeprefix("TALLY OK "))
    assert [int(number) for number, bus in seen.items() if bus == "program"] == row["program"]
    assert [int(number) for number, bus in seen.items() if bus == "preview"] == row["preview"]


@pytest.mark.parametrize("row", rows("states.jsonl"), ids=lambda row: row["file"])
def test_a_state_is_read(row: dict[str, Any]) -> None:
    seen = inputs((DATA / row["file"]).read_bytes())
    assert seen is not None and seen.active in seen.titles and seen.preview in seen.titles


def test_inputs_that_are_layers_of_what_is_on_program_are_on_program() -> None:
    talk = Talk((DATA / "state-pip.xml").read_bytes())
    talk.says("TALLY OK 000210")
    assert {number for number, bus in talk.vmix.state.tally.items() if bus == "program"} == {"5", "1", "2"}


def test_a_recorded_conversation_is_understood_however_it_is_cut() -> None:
    whole = "".join(row["text"] for row in rows("tcp-session.jsonl") if row["dir"] == "s2c").encode()
    once = VmixStream().feed(whole)
    for size in (1, 7, 100):
        stream = VmixStream()
        parts = [part for at in range(0, len(whole), size) for part in stream.feed(whole[at : at + size])]
        assert parts == once
    assert any(isinstance(part, bytes) and part.startswith(b"<vmix>") for part in once)


def test_one_request_at_a_time() -> None:
    vmix = Vmix()
    assert vmix.opened(0)[-1] == Send("SUBSCRIBE TALLY\r\n")
    assert Send("SUBSCRIBE ACTS\r\n") in vmix.receive(b"SUBSCRIBE OK TALLY\r\n", 0)
    assert Send("XML\r\n") in vmix.receive(b"SUBSCRIBE OK ACTS\r\n", 0)


def test_a_cut_leaves_preview_alone_and_is_complete_when_it_is_reported() -> None:
    talk = Talk()
    talk.order(Cut("Cam Right & Organ"))
    assert talk.sent == ["FUNCTION CutDirect Input=3"]
    talk.says("TALLY OK 021000", "FUNCTION OK Completed")
    assert Accepted("order") in talk.events and talk.outcome() is None
    talk.says("ACTS OK Input 1 0", "ACTS OK Input 3 1")
    assert talk.outcome() == Finished("order", "completed")


@pytest.mark.parametrize("source", ["3", "2fe8ff9d-0003-4504-85ab-df7c17a1edd4", "Cam Right & Organ"])
def test_an_input_is_named_by_number_key_or_title(source: str) -> None:
    assert Talk().vmix.resolve(source) == "3"


def test_an_input_that_is_not_there_is_refused_by_name() -> None:
    talk = Talk()
    talk.order(Cut("Cam 9"))
    assert talk.sent == [] and talk.outcome() == Finished("order", "refused", "vMix has no input “Cam 9”")


def test_a_refusal_is_told_in_its_words() -> None:
    talk = Talk()
    talk.order(Native("OverlayInput1In Input=99"))
    talk.says("FUNCTION ER Input not found")
    assert talk.outcome() == Finished("order", "refused", "Input not found")


def test_no_answer_within_a_second_is_unreachable_and_the_line_is_opened_again() -> None:
    talk = Talk()
    talk.order(Cut("3"))
    talk.passes(1.1)
    assert talk.outcome() == Finished("order", "unreachable", "the switcher does not respond")
    talk.passes(2)
    assert Close("vMix does not respond") in talk.events


def test_a_fade_runs_for_its_time() -> None:
    talk = Talk()
    talk.order(Dissolve("2", NS))
    assert talk.sent == ["FUNCTION Fade Input=2&Duration=1000"]
    talk.says("FUNCTION OK Completed", "TALLY OK 110000", "ACTS OK Input 2 1")
    assert talk.vmix.state.transition and talk.outcome() is None
    talk.passes(1)
    assert not talk.vmix.state.transition and talk.outcome() == Finished("order", "completed")


def test_preview_waits_for_our_fade_and_a_cut_does_not() -> None:
    talk = Talk()
    talk.order(Dissolve("2", NS), "fade")
    talk.says("FUNCTION OK Completed")
    talk.order(Preview("3"), "preview")
    assert "FUNCTION PreviewInput Input=3" not in talk.sent
    talk.order(Cut("3"), "cut")
    assert "FUNCTION CutDirect Input=3" in talk.sent
    assert talk.outcome("fade") == Finished("fade", "superseded", "a newer cut, dissolve or take")
    talk.says("FUNCTION OK Completed")
    talk.state()
    assert "FUNCTION PreviewInput Input=3" in talk.sent


def test_a_take_expects_its_source_on_preview() -> None:
    talk = Talk()
    talk.order(Take("3"))
    assert talk.outcome() == Finished("order", "refused", "Cam Left is on preview, not Cam Right & Organ")
    talk.order(Take("2"), "right")
    assert talk.sent == ["FUNCTION Cut Input=2"]
    talk.order(Take("1"), "already")
    assert talk.outcome("already") == Finished("already", "completed")


def test_a_stream_is_complete_when_vmix_says_so() -> None:
    talk = Talk()
    talk.order(SetOutput("stream", True))
    assert talk.sent == ["FUNCTION StartStreaming"]
    talk.says("FUNCTION OK Completed")
    assert talk.outcome() is None
    talk.says("ACTS OK Streaming 1")
    assert talk.outcome() == Finished("order", "completed")
    talk.order(SetOutput("stream", True), "again")
    assert talk.outcome("again") == Finished("again", "completed")


def test_a_quiet_vmix_is_asked_now_and_then() -> None:
    talk = Talk()
    talk.passes(5.1)
    assert talk.sent == ["XML"]


@pytest.mark.parametrize("text", ["", "Cut\r\nFUNCTION StopStreaming", "1Cut", "Cut\x00"])
def test_a_request_is_one_line(text: str) -> None:
    assert native(text)


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_nothing_that_comes_in_raises(parts: list[bytes]) -> None:
    talk = Talk()
    for part in parts:
        talk.take(talk.vmix.receive(part, 0))
        talk.take(talk.vmix.receive(b"ACTS OK " + part + b"\r\nTALLY OK " + part + b"\r\nXML 5\r\n" + part, 0))


@given(st.binary(max_size=300))
def test_no_state_raises(xml: bytes) -> None:
    inputs(xml)
    inputs(b"<vmix><inputs><input number='1'/>" + xml)


def test_entities_are_not_expanded() -> None:
    assert inputs(b'<!DOCTYPE x [<!ENTITY a "aaaa">]><vmix><version>&a;</version></vmix>') is None


@pytest.mark.parametrize("said", ["HTTP/1.1 400 Bad Request", "220 mail.example.org ESMTP", "", "cut ok"])
def test_what_answers_and_is_not_vmix_is_called_that(said: str) -> None:
    vmix = Vmix()
    vmix.opened(0)
    (close,) = vmix.receive(f"{said}\r\n".encode(), 1)
    assert close == Close(f"what answers there is not vMix: it says “{said}”", again=False)
    assert vmix.deadline is None
