"""Switchers of a running show: what they said last holds, what fires and what does not, what screens know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from cuelang import clock as clocks
from cuelang import rig
from cuelang.commands.switching import Cut, Preview, SetOutput
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import named_cue
from cuelang.playback.effects import Request
from cuelang.playback.orders import asked, statement
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, ShowLines
from cuelang.runtime.occurrences import HandCut, LinkChanged, OutputLost, SwitcherOccurrence
from cuelang.source import Source
from cuelang.units import NS

SHEET = """
camera foh "sim://foh"
camera left "sim://left"
switcher vision "obs://10.0.0.5"
    source foh = "Cam FOH"
    source left = "Cam left"
    source slides = "PowerPoint"
cue 1
    cut to left
cue 2
    dissolve to foh over 2s
"""


class Live:
    """A show with one simulated switcher, and an operator at its desk."""

    def __init__(self) -> None:
        found = Compiler(Library()).compile(Source("night.cues", SHEET))
        assert found.plan is not None
        self.plan, self.clock = found.plan, clocks.current()
        self.link, self.desk = rig.simulated_switcher(self.plan.switchers[0])
        self.happened: list[SwitcherOccurrence] = []
        self.executor = Executor(
            self.plan,
            ShowLines({c.name: rig.simulated(c) for c in self.plan.cameras}, switchers={"vision": self.link}),
            log=AsRun(MemorySink(), self.clock),
            clock=self.clock,
            hooks=Hooks(on_occurrence=self.happened.append),
        )

    async def wait(self, seconds: float) -> None:
        await self.clock.sleep_until(self.clock.now() + round(seconds * NS))

    def ask(self, verb: Any, cue: str | None = None) -> None:
        self.executor.request(Request(verb, named_cue(cue), "somebody", self.clock.now(), automatic=True))

    @property
    def row(self) -> Any:
        return self.executor.view().switchers[0]

    def tally(self, name: str) -> str | None:
        return next(camera.tally for camera in self.executor.view().cameras if camera.name == name)


def live(evening: Callable[[Live], Awaitable[None]]) -> None:
    async def show() -> None:
        night = Live()
        await night.executor.open()
        await night.executor.devices.switchers.meet()
        await evening(night)
        await night.executor.stop_show()

    clocks.run(show(), kind="virtual")


def test_one_that_goes_keeps_its_last_word_and_fires_once() -> None:
    async def evening(night: Live) -> None:
        night.ask("go", "1")
        await night.wait(1)
        assert night.tally("left") == "program" and night.row.program == "left"
        night.link.line_down("the cable was pulled")
        assert night.row.link == "lost" and night.row.error == "the cable was pulled"
        await night.wait(4)
        assert night.happened == [] and night.tally("left") == "program"
        await night.wait(5)
        assert night.happened == [LinkChanged("vision", lost=True)]
        night.link.line_up()
        night.desk.line_up()
        night.desk._connected()
        await night.wait(1)
        assert night.happened[1:] == [LinkChanged("vision", lost=False)] and night.row.link == "connected"

    live(evening)


def test_a_short_silence_fires_nothing() -> None:
    async def evening(night: Live) -> None:
        night.link.line_down("gone")
        await night.wait(2)
        night.link.line_up()
        night.desk._connected()
        await night.wait(10)
        assert night.happened == []

    live(evening)


def test_a_reload_keeps_the_link_and_the_word_and_fires_nothing() -> None:
    async def evening(night: Live) -> None:
        assert night.desk.by_hand(Cut("Cam left")) == ""
        await night.wait(1)
        night.happened.clear()
        night.executor.load(night.plan, ShowLines(night.executor.drivers, switchers={"vision": night.link}))
        await night.wait(1)
        assert night.happened == [] and night.row.program == "left" and night.tally("left") == "program"

    live(evening)


def test_the_screen_says_who_cut_and_when() -> None:
    async def evening(night: Live) -> None:
        assert night.row.cut_by == ""
        night.ask("go", "1")
        await night.wait(3)
        assert (night.row.program, night.row.cut_by) == ("left", "cue 1") and 2.9 * NS < night.row.cut_ago <= 3 * NS
        night.desk.by_hand(Cut("Cam FOH"))
        await night.wait(1)
        assert (night.row.program, night.row.cut_by) == ("foh", "by hand")
        assert HandCut("vision", "program", "foh") in night.happened
        assert [cut.source for cut in night.executor.view().go.cuts] == ["foh"]

    live(evening)


def test_the_buttons_of_a_desk_are_requests() -> None:
    async def evening(night: Live) -> None:
        for what, source in (("preview", "left"), ("take", None)):
            action = statement(asked(night.plan, what, source))
            request = Request("statement", None, "page 10.0.0.9:51230", night.clock.now(), statement=action, said=what)
            assert (await night.executor.decide(request)).verdict == "fired"
            await night.wait(1)
        assert night.row.program == "left" and night.happened == []
        assert night.row.cut_by == "page 10.0.0.9"

    live(evening)


def test_an_alarm_stays_until_it_is_seen() -> None:
    async def evening(night: Live) -> None:
        night.desk.by_hand(SetOutput("record", True))
        await night.wait(5)
        (output,) = [one for one in night.row.outputs if one.on]
        assert output.name == "record" and output.length is not None and output.length > 4 * NS
        night.desk.by_hand(SetOutput("record", False))
        await night.wait(1)
        assert OutputLost("vision", "record") in night.happened
        assert [one.text for one in night.executor.view().alarms] == ["The recording of vision has stopped on its own."]
        night.ask("seen")
        assert night.executor.view().alarms == ()

    live(evening)


def test_a_prompt_says_what_to_cut_and_goes_when_it_is_done() -> None:
    async def evening(night: Live) -> None:
        night.ask("cutting by hand")
        night.ask("go", "1")
        (prompt,) = night.executor.view().air.prompts
        assert prompt.text == "CUT TO left" and night.executor.view().air.by_hand
        night.desk.by_hand(Cut("Cam left"))
        await night.wait(1)
        assert night.executor.view().air.prompts == ()

    live(evening)


def test_prompts_come_in_order_and_go_one_by_one() -> None:
    """A second order must not take the first one off the screen, and neither is done before the operator did it."""

    async def evening(night: Live) -> None:
        def asked() -> list[str]:
            return [one.text for one in night.executor.view().air.prompts]

        night.desk.by_hand(Cut("Cam FOH"))
        await night.wait(1)
        night.ask("cutting by hand")
        night.ask("go", "1")
        night.ask("go", "2")
        assert asked() == ["CUT TO left", "DISSOLVE TO foh"], "foh is on program, and will be asked for again"
        night.desk.by_hand(Preview("PowerPoint"))
        await night.wait(1)
        assert asked() == ["CUT TO left", "DISSOLVE TO foh"]
        night.desk.by_hand(Cut("Cam left"))
        await night.wait(1)
        assert asked() == ["DISSOLVE TO foh"]
        night.ask("done")
        assert asked() == [] and night.row.program == "left"
        night.ask("done")
        view = night.executor.view()
        assert view.triggers[-1].verdict == "refused" and view.troubles == 0
        assert [(cue.number, cue.troubles) for cue in view.cues] == [("1", 0), ("2", 0)]

    live(evening)


def test_what_is_cut_to_out_of_order_is_done_with_what_was_asked_before_it() -> None:
    async def evening(night: Live) -> None:
        night.ask("cutting by hand")
        night.ask("go", "1")
        night.ask("go", "2")
        night.desk.by_hand(Cut("Cam FOH"))
        await night.wait(1)
        assert night.executor.view().air.prompts == ()

    live(evening)


def test_what_is_on_program_already_is_not_asked_for() -> None:
    async def evening(night: Live) -> None:
        night.desk.by_hand(Cut("Cam left"))
        await night.wait(1)
        night.ask("cutting by hand")
        night.ask("go", "1")
        assert night.executor.view().air.prompts == ()

    live(evening)


def test_a_switcher_that_is_away_is_unreachable_and_holds_nothing() -> None:
    async def evening(night: Live) -> None:
        night.link.line_down("gone")
        night.ask("go", "2")
        await night.wait(1)
        assert night.executor.running == {}
        assert [one.text for one in night.executor.view().notes if one.kind == "trouble"] == [
            "vision: dissolve unreachable: the switcher does not respond"
        ]

    live(evening)


def test_a_page_gets_the_state_of_a_show_with_a_switcher() -> None:
    from cuelang.web.state import Scene

    async def evening(night: Live) -> None:
        night.ask("go", "1")
        await night.wait(1)
        scene = Scene(lambda _camera: False, lambda _switcher: False)
        assert scene.look(night.plan, night.executor.view(), (), False) is None
        row = scene.state["switchers"]["vision"]
        assert (row["program"], row["cut_by"], row["link"]) == ("left", "cue 1", "connected")
        assert [(one["name"], one["bus"]) for one in row["sources"]][:2] == [("foh", "off"), ("left", "program")]
        assert scene.state["air"] == {"off_air": False, "cutting": "sheet", "lamps_off": False, "prompts": []}
        (lane,) = scene.state["timelines"]["2"]["lanes"]
        assert [event["label"] for event in lane["events"]] == ["dissolve to foh over 2s"]
        assert scene.state["go"]["cuts"] == [{"switcher": "vision", "action": "dissolve", "source": "foh", "at_ms": 0}]

    live(evening)


def test_remote_status_has_a_line_for_the_switcher_and_what_is_to_be_cut() -> None:
    from cuelang.web.remote import status
    from cuelang.web.state import Scene

    async def evening(night: Live) -> None:
        night.desk.by_hand(Cut("PowerPoint"))
        await night.wait(1)
        night.desk.by_hand(SetOutput("record", True))
        await night.wait(1)
        for verb in ("cutting by hand", "off air"):
            night.ask(verb)
        night.ask("go", "1")
        night.ask("go", "2")
        await night.wait(3)
        scene = Scene(lambda _camera: False, lambda _switcher: False)
        scene.look(night.plan, night.executor.view(), (), False)
        clock = {"wall": "2026-01-01T00:00:05", "elapsed_ms": night.clock.now() / 1_000_000}
        lines = list(status({"state": scene.state, "clock": clock}))
        start = next(number for number, line in enumerate(lines) if line.startswith("air "))
        assert lines[start : start + 4] == [
            "air        OFF AIR, CUTTING BY HAND",
            "switcher   vision  program slides (by hand 0:05 ago), preview Black, record runs for 0:03",
            "by hand    CUT TO left on vision  cue 1",
            "then       DISSOLVE TO foh on vision  cue 2",
        ]

    live(evening)


def test_what_a_tally_input_says_fires_but_not_what_it_said_first() -> None:
    sheet = 'input desk "tsl+udp://127.0.0.1:8900"\ncamera foh "sim://foh"\n    tally_index 1\ncue 1\n    note "x"\n'
    found = Compiler(Library()).compile(Source("night.cues", sheet))
    assert found.plan is not None
    plan = found.plan

    async def show() -> None:
        happened: list[SwitcherOccurrence] = []
        clock = clocks.current()
        executor = Executor(
            plan, ShowLines(), log=AsRun(MemorySink(), clock), clock=clock, hooks=Hooks(on_occurrence=happened.append)
        )
        for mode in ("program", "program", "off", "preview"):
            executor.on_air("foh", mode, "desk")
        await executor.stop_show()
        assert happened == [HandCut("desk", "off", "foh"), HandCut("desk", "preview", "foh")]

    clocks.run(show(), kind="virtual")
