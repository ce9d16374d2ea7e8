"""A trace is recorded in a running show while a hand drives, and a cue goes along it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cuelang import clock as clocks
from cuelang.playback.effects import Request
from cuelang.protocols.trace import read_trace
from cuelang.screen.page import page
from cuelang.screen.top import KeyboardState
from cuelang.units import NS
from tests.running.test_framing import running, until


async def test_what_a_hand_drove_is_written_and_replayed(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        started = await floor.ask("trace start", "walk")
        assert (started.verdict, started.request.text) == ("fired", "trace foh start walk")
        again = await floor.ask("trace start", "other")
        assert (again.verdict, again.reason) == ("refused", "walk.trace of foh is being recorded")
        await floor.drives("drive right speed 8 for 0.8s")
        stopped = await floor.ask("trace stop", "")
        assert stopped.verdict == "fired" and stopped.did.startswith("traces/walk.trace: foh, ")
        trace = read_trace((tmp_path / "traces" / "walk.trace").read_text(), "walk.trace")
        assert 0.5 * NS <= trace.length <= 2.5 * NS and trace.points[-1].pan > trace.points[0].pan + 10
        assert (await floor.ask("trace start", "walk")).reason == "traces/walk.trace exists; choose another name"
        await floor.drives("move to pan 0deg tilt 0deg zoom 0%")
        sheet = tmp_path / "night.cues"
        sheet.write_text(sheet.read_text() + 'cue 4 "Walk"\n    replay foh "walk.trace"\n')
        assert (
            await floor.show.desk.entry.decide(Request("reload", None, "hand", clocks.current().now()))
        ).verdict == "fired"
        await floor.go("4")
        state, model = floor.executor.drivers["foh"].state, floor.executor.plan.camera("foh").figures
        await until(lambda: state.pose.pan == model.pan(trace.points[-1].pan))


async def test_the_terminal_records_and_screens_show_it(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        show = floor.show
        show.desk.console.trace("foh=walk", key="t")
        await until(lambda: show.desk.entry.view().cameras[0].tracing)
        row = next(one for one in show.desk.entry.view().cameras if one.name == "foh")
        assert row.tracing == "walk.trace"
        assert "● walk.trace" in "".join(
            piece.text for line in page(show.desk.entry.view(), 120, 30, KeyboardState()) for piece in line
        )
        await floor.drives("drive right speed 8 for 0.5s")
        show.desk.console.trace("foh", key="t")
        await until(lambda: show.desk.entry.view().triggers[-1].did.startswith("traces/walk.trace: foh, "))
        assert (tmp_path / "traces" / "walk.trace").exists() and not show.desk.entry.view().cameras[0].tracing
        show.desk.console.trace("nobody=x", key="t")
        await until(lambda: show.desk.entry.view().triggers[-1].reason == "there is no camera nobody")


async def test_what_cannot_be_recorded_is_said(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        assert (await floor.ask("trace stop", "")).reason == "no trace of foh is being recorded"
        assert (await floor.ask("trace start", "x", camera="nobody")).reason == "there is no camera nobody"
        assert "is not the name of a file" in (await floor.ask("trace start", "../walk")).reason
        await floor.ask("trace start", "still")
        await asyncio.sleep(0.5)
        assert (await floor.ask("trace stop", "")).reason == "foh did not move; nothing was written"
        assert not (tmp_path / "traces").exists()
        await floor.show.desk.switches.lock(True, "the page")
        assert "show mode" in (await floor.ask("trace start", "walk")).reason


async def test_the_end_of_a_show_writes_what_was_recorded(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.ask("trace start", "")
        await floor.drives("drive left speed 8 for 0.5s")
    (file,) = (tmp_path / "traces").iterdir()
    assert file.name.startswith("foh-") and len(read_trace(file.read_text(), file.name).points) > 4
