"""What is stopped stands, whatever the line: starts and stops of one instant, and drives whose successor is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest

from cuelang import clock as clocks
from cuelang.commands import Driver
from cuelang.devices.cgi import CgiCamera
from cuelang.models import DEFAULT
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import OscLines, read_out
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.runtime.turns import Turns
from cuelang.simulator.body import Body
from cuelang.transports import memory
from cuelang.units import NS
from tests.benchmarks import panics
from tests.running.night import plan_of

URLS = {
    "VISCA UDP": "visca+udp://10.0.0.21",
    "VISCA TCP": "visca+tcp://10.0.0.21",
    "VISCA TCP (cut so often)": "visca+tcp://10.0.0.21",
    "Sony": "sony://10.0.0.21",
    "serial chain": "visca+serial:///dev/ttyUSB0",
    "Pelco": "pelco-d:///dev/ttyUSB0",
    "CGI": "cgi://10.0.0.21",
}


class Line:
    """What joins the camera to the show; `cut`: nothing gets through."""

    def __init__(self, driver: Driver, near: list[memory.MemoryEnd]) -> None:
        self._driver, self._near = driver, near

    def cut(self, cut: bool) -> None:
        for end in self._near:
            end.plugged = not cut
        if isinstance(self._driver, CgiCamera):
            web = self._driver.lane.web
            assert isinstance(web, panics.LossyWeb)
            web._loss = float(cut)


def perform(
    monkeypatch: pytest.MonkeyPatch,
    link: str,
    sheet: str,
    *doings: tuple[float, str | Callable[[Line], None]],
    end: float,
) -> tuple[bool, list[tuple[Any, Any]]]:
    """Whether the camera stands before the show ends, and what became of its commands."""
    rig = f'show "Night"\n    interlock off\ncamera foh "{URLS[link]}"\n    preset throne = 4\n'
    plan, body, sink = plan_of(sheet, rig), Body(DEFAULT, "foh"), MemorySink()
    near: list[memory.MemoryEnd] = []
    pair = memory.pair

    def noted(*args: Any, **more: Any) -> tuple[memory.MemoryEnd, memory.MemoryEnd]:
        ends = pair(*args, **more)
        near.append(ends[0])
        return ends

    async def night() -> bool:
        clock = clocks.current()
        driver = panics.LINKS[link](body, 0.0, 1)
        line, lines = Line(driver, near), OscLines(plan)
        show = Executor(plan, ShowLines({"foh": driver}), log=AsRun(sink, clock), clock=clock, zone=UTC)
        await show.open()
        for at, what in doings:
            await clock.sleep_until(round(at * NS))
            if isinstance(what, str):
                (ask,) = parse("0s " + what)
                read_out(ask, show, lines, clock.now())
            else:
                what(line)
        await clock.sleep_until(round(end * NS))
        stands = panics.stands(body, clock.now())
        await show.stop_show()
        return stands

    monkeypatch.setattr(memory, "pair", noted)
    stands = clocks.run(night(), kind="virtual")
    records = map(as_json, sink.records)
    return stands, [(one["action"], one["outcome"]) for one in records if one["kind"] == "command"]


@pytest.mark.parametrize("asks", [[], ["stop"], ["stop 1"], ["pause"], ["panic"]], ids=str)
@pytest.mark.parametrize("link", URLS)
def test_what_is_stopped_at_the_instant_at_which_it_began_stands(
    monkeypatch: pytest.MonkeyPatch, link: str, asks: list[str]
) -> None:
    sheet = "cue 1\n    drive foh up_left speed 1 live\n    zoom foh in live\n    wait 60s\n"
    stands, _ = perform(monkeypatch, link, sheet, *((1.0, ask) for ask in ["go", *asks]), end=4)
    assert stands is bool(asks)


@pytest.mark.parametrize("link", URLS)
def test_a_cue_that_another_one_stops_at_once_leaves_nothing_moving(monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    sheet = "cue 1\n    drive foh up_left speed 1 live\n    start 2\ncue 2\n    stop cue 1\n"
    stands, outcomes = perform(monkeypatch, link, sheet, (1.0, "go"), end=4)
    assert stands and outcomes == [("drive", "stopped")]


@pytest.mark.parametrize("link", [link for link in URLS if link != "Pelco"])
def test_a_drive_whose_successor_is_lost_is_stopped(monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    """Not on a Pelco line, where nothing says that a frame was lost."""
    move = "to throne" if link == "CGI" else "to pan -10deg tilt 0deg"
    sheet = f"cue 1\n    drive foh right speed 1 live\n    at 2s move foh {move} live\n"
    stands, outcomes = perform(
        monkeypatch,
        link,
        sheet,
        (1.0, "go"),
        (2.5, lambda line: line.cut(True)),
        (8.0, lambda line: line.cut(False)),
        end=12,
    )
    assert stands and outcomes == [("drive", "completed"), ("move", "unreachable")]


@pytest.mark.parametrize("drive", ["drive foh right speed 1 live", "drive foh right speed 1 for 20s live"])
@pytest.mark.parametrize("link", [link for link in URLS if link != "Pelco"])
def test_a_drive_that_auto_tracking_off_displaces_is_stopped(
    monkeypatch: pytest.MonkeyPatch, link: str, drive: str
) -> None:
    """Another move would take the camera over; this one moves nothing, and nothing else would stop it."""
    sheet = f"cue 1\n    {drive}\n    at 1s track foh off live\n    wait 60s\n"
    stands, outcomes = perform(monkeypatch, link, sheet, (1.0, "go"), end=5)
    assert stands and outcomes[0][0] == "drive", outcomes


@pytest.mark.parametrize(
    "before", ["drive foh right speed 1 live", "drive foh right speed 1 live\n    track foh on live"]
)
@pytest.mark.parametrize("link", ["VISCA UDP", "Sony"])
def test_a_drive_on_a_camera_that_is_switched_on_while_it_is_on_is_stopped(
    monkeypatch: pytest.MonkeyPatch, link: str, before: str
) -> None:
    """It does nothing to the camera, and a stop behind it would find nothing to end."""
    sheet = f"cue 1\n    {before}\n    at 1s power foh on\n    wait 60s\n"
    stands, _ = perform(monkeypatch, link, sheet, (1.0, "go"), (8.0, "stop"), end=10)
    assert stands


def test_a_drive_at_the_instant_of_a_recover_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = "cue 1\n    drive foh left for 4s live\n    recover foh live\n"
    stands, _ = perform(monkeypatch, "Sony", sheet, (1.0, "go"), (2.4, "stop"), end=3.4)
    assert stands


@pytest.mark.parametrize("how", ["stop", "stop 1", "pause", "panic"])
@pytest.mark.parametrize("link", URLS)
def test_a_drive_whose_command_is_complete_though_the_list_has_not_heard_of_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, link: str, how: str
) -> None:
    """Reports of cameras wait while a turn has no time left; people do not."""

    def later(turns: Turns, *report: Any) -> None:
        turns.reports.append(report)

    monkeypatch.setattr(Turns, "report", later)
    sheet = "cue 1\n    drive foh right speed 1 live\n    wait 60s\n"
    stands, _ = perform(monkeypatch, link, sheet, (1.0, "go"), (2.5, how), end=5)
    assert stands
