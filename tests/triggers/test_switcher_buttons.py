"""The buttons of a switcher over OSC, in virtual time: what is asked, what is cut, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cuelang.runtime.record_json import as_json
from tests.triggers.osc_house import Guest, House, after, at_house

SHEET = """
show "Night"
    interlock off
camera foh "sim://foh"
camera left "sim://left"
switcher vision "obs://10.0.0.5"
    source foh = "Cam FOH"
    source left = "Cam left"
    source slides = "PowerPoint"
"""
TWO = (
    SHEET
    + """
switcher side "vmix://10.0.0.6"
    source foh = 1
    source clock = "Clock"
"""
)


def buses(house: House, name: str = "vision") -> tuple[str | None, str | None]:
    row = next(row for row in house.executor.view().switchers if row.name == name)
    return row.program, row.preview


async def opened(house: House) -> Guest:
    await house.executor.open()
    await after(1)
    return Guest(house)


def sent(house: House) -> list[tuple[str, str | None, str]]:
    records = [as_json(record) for record in house.sink.records]
    return [(r["action"], r.get("source"), r["outcome"]) for r in records if r["kind"] == "command" and not r["camera"]]


def test_a_surface_cuts_previews_and_takes() -> None:
    async def act(house: House) -> None:
        guest = await opened(house)
        await guest.ask("/switcher/cut", "foh")
        await after(1)
        await guest.ask("/switcher/preview/left", 1.0)
        await guest.ask("/switcher/preview/left", 0.0)
        await after(1)
        assert buses(house) == ("foh", "left")
        await guest.ask("/switcher/take", 1.0)
        await guest.ask("/switcher/take", 0.0)
        await after(1)
        assert buses(house)[0] == "left"
        await guest.ask("/switcher/preview", "slides")
        await after(1)
        await guest.ask("/switcher/auto", 2.0)
        await after(1)
        assert house.executor.view().switchers[0].transition
        await after(2)
        assert buses(house) == ("slides", "left")
        assert house.verdicts == [
            "cut to foh fired", "preview left fired", "take fired", "preview slides fired", "take over 2s fired",
        ]  # fmt: skip
        assert sent(house) == [
            ("cut", "foh", "completed"), ("preview", "left", "completed"), ("take", None, "completed"),
            ("preview", "slides", "completed"), ("take", None, "completed"),
        ]  # fmt: skip
        assert house.problems == []

    at_house(act, SHEET)


def test_a_surface_mixes_with_another_transition_and_records() -> None:
    async def act(house: House) -> None:
        guest = await opened(house)
        await guest.ask("/switcher/cut", "foh")
        await after(1)
        await guest.ask("/switcher/dissolve", "left", 1.0, "vision", "Swipe")
        await guest.ask("/switcher/record/start", 1.0)
        await after(2)
        row = house.executor.view().switchers[0]
        assert row.program == "left" and [one.name for one in row.outputs if one.on] == ["record"]
        assert row.transitions == ("Fade", "Swipe")
        await guest.ask("/switcher/record/stop")
        await after(1)
        assert house.verdicts == [
            "cut to foh fired", 'dissolve to left over 1s with "Swipe" on vision fired', "record start fired",
            "record stop fired",
        ]  # fmt: skip
        assert sorted(sent(house)[1:], key=str) == [
            ("dissolve", "left", "completed"), ("record", None, "completed"), ("record", None, "completed"),
        ]  # fmt: skip

    at_house(act, SHEET)


def test_a_stream_is_stopped_when_it_is_asked_for_twice() -> None:
    """A finger on the wrong button must not end a broadcast, and neither must a double tap."""

    async def act(house: House) -> None:
        guest = await opened(house)

        def runs() -> bool:
            return any(one.on for one in house.executor.view().switchers[0].outputs)

        await guest.ask("/switcher/stream/start")
        await after(1)
        for _ in range(2):
            await guest.ask("/switcher/stream/stop")
            await after(0.2)
        await after(12)
        assert runs()
        await guest.ask("/switcher/stream/stop")
        await after(2)
        assert runs()
        await guest.ask("/switcher/stream/stop")
        await after(1)
        assert not runs()
        assert [verdict.rsplit(" ", 1)[1] for verdict in house.verdicts] == [
            "fired", "refused", "refused", "refused", "fired",
        ]  # fmt: skip
        reasons = {as_json(r).get("reason") for r in house.sink.records if as_json(r)["kind"] == "trigger"}
        assert "this ends the stream; ask once more within 10 s" in reasons

    at_house(act, SHEET)


def test_a_cue_and_another_trigger_of_the_sheet_stop_a_stream_at_once() -> None:
    sheet = SHEET + 'on osc "/night" stream stop\ncue 1\n    stream start\ncue 2\n    stream stop\n'

    async def act(house: House) -> None:
        guest = await opened(house)
        for stop in ("/go", "/night"):
            await guest.ask("/go", "1")
            await after(1)
            await guest.ask(*(stop, "2") if stop == "/go" else (stop,))
            await after(1)
            assert not any(one.on for one in house.executor.view().switchers[0].outputs)

    at_house(act, sheet)


def test_with_several_switchers_the_message_says_which() -> None:
    async def act(house: House) -> None:
        guest = await opened(house)
        await guest.ask("/switcher/cut", "foh")
        await guest.ask("/switcher/cut", "foh", "side")
        await guest.ask("/switcher/cut", "clock")
        await guest.ask("/switcher/take")
        await guest.ask("/switcher/take", "side")
        await guest.ask("/switcher/auto", "vision", 0.5)
        await after(1)
        reasons = [as_json(r).get("reason") for r in house.sink.records if as_json(r)["kind"] == "trigger"]
        assert house.verdicts == [
            "cut to foh refused", "cut to foh on side fired", "cut to clock fired", "take refused",
            "take on side fired", "take over 0.5s on vision fired",
        ]  # fmt: skip
        assert reasons[0] == reasons[3] == "More than one switcher could be meant: vision, side"

    at_house(act, TWO)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (("/switcher/cut",), "/switcher/cut needs the name of a source"),
        (("/switcher/cut", "lefft"), "No switcher has a source “lefft”"),
        (("/switcher/cut", "left", "visoin"), "There is no switcher “visoin”. Switchers: vision"),
        (("/switcher/cut", 3), "/switcher/cut needs the name of a source"),
        (("/switcher/take", 2), "/switcher/take takes no number"),
        (("/switcher/auto", 60.0), "This transition is too short or too long. It takes 50ms to 20s"),
        (("/switcher/auto", -1.0), "-1.0 is not a length in seconds"),
        (("/switcher/auto", 1, 2), "/switcher/auto takes one length in seconds"),
        (("/switcher/auto", "left"), None),
        (("/switcher/dissolve", 1.0), "/switcher/dissolve needs the name of a source"),
        (("/switcher/dissolve", "left", 1, 2), "/switcher/dissolve takes a source and one length in seconds"),
        (("/switcher/stream/start", "visoin"), "There is no switcher “visoin”. Switchers: vision"),
        (("/switcher/record/stop", 2), "/switcher/record/stop takes no number"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(message: tuple[Any, ...], reason: str | None) -> None:
    async def act(house: House) -> None:
        guest = await opened(house)
        await guest.ask(*message)
        await after(1)
        (found,) = [as_json(r) for r in house.sink.records if as_json(r)["kind"] == "trigger"]
        assert (found["verdict"], found.get("reason")) == ("refused" if reason else "fired", reason)

    at_house(act, SHEET)


def test_a_take_that_comes_twice_at_once_is_taken_once() -> None:
    """A desk that sends everything twice would otherwise cut there and back."""

    async def act(house: House) -> None:
        guest = await opened(house)
        await guest.ask("/switcher/cut", "foh")
        await guest.ask("/switcher/preview", "left")
        await after(1)
        await guest.ask("/switcher/take")
        await guest.ask("/switcher/take")
        await after(1)
        assert house.verdicts[-2:] == ["take fired", "take duplicate"]
        assert buses(house)[0] == "left"

    at_house(act, SHEET)


def test_two_sources_and_back_are_three_wishes_however_soon() -> None:
    async def act(house: House) -> None:
        guest = await opened(house)
        for source in ("foh", "left", "foh"):
            await guest.ask("/switcher/cut", source)
        await after(1)
        assert house.verdicts == ["cut to foh fired", "cut to left fired", "cut to foh fired"]
        assert buses(house)[0] == "foh"

    at_house(act, SHEET)


def test_the_triggers_of_the_sheet_come_first() -> None:
    async def act(house: House) -> None:
        guest = await opened(house)
        await guest.ask("/switcher/take")
        await after(1)
        assert house.verdicts == ["go 1 fired"] and sent(house) == []

    at_house(act, SHEET + 'on osc "/switcher/take" go 1\ncue 1\n    note "own"\n')


def test_a_show_without_a_switcher_says_so() -> None:
    async def act(house: House) -> None:
        await Guest(house).ask("/switcher/take")
        (found,) = [as_json(r) for r in house.sink.records if as_json(r)["kind"] == "trigger"]
        assert (found["verdict"], found["reason"]) == ("refused", "This show has no switcher")

    at_house(act)
