"""A whole show in one process: a sheet on disk, simulated cameras, real time and real sockets, for milliseconds."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cuelang.app import RunOptions, reloading, run_show
from cuelang.playback.effects import Verb, Verdict
from cuelang.runtime.view import LiveShow, Screen, TriggerRow
from tests.ports import free_port

SHEET = """
show "Night"
    interlock off
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
cue 1 "Open"
    on key "F12"
    tally foh program
cue 2 "Long"
    wait 60s
cue 3 "Spare"
    note "three"
"""


class House:
    """A sheet in a folder of its own, and what came of running it."""

    def __init__(self, folder: Path) -> None:
        self.sheet = folder / "night.cues"
        self.log = folder / "logs" / "night.jsonl"
        self.out, self.err = io.StringIO(), io.StringIO()
        self.sheet.write_text(SHEET)
        self.options = RunOptions(str(self.sheet), log=str(self.log), inputs=("osc+udp://127.0.0.1:0",))

    def run(self, screen: Screen | None = None, **options: Any) -> int:
        code = run_show(replace(self.options, **options), screen=screen, out=self.out, err=self.err)
        wrong = getattr(screen, "wrong", None)
        if wrong is not None:
            raise wrong
        return code

    def records(self, kind: str) -> list[dict[str, Any]]:
        records = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [record for record in records if record["kind"] == kind]

    def verdicts(self) -> list[tuple[str, str, str]]:
        return [(r["source"], r["request"], r["verdict"]) for r in self.records("trigger")]

    def script(self, text: str) -> str:
        path = self.sheet.with_name("script.txt")
        path.write_text(text)
        return str(path)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def operator(act: Callable[[LiveShow], Awaitable[None]]) -> Screen:
    """A screen on which this is done before quitting, and that quits when something is not as it should be."""

    class Watched:
        wrong: Exception | None = None

        async def __call__(self, show: LiveShow) -> None:
            try:
                await act(show)
            except Exception as error:
                self.wrong = error

    return Watched()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not true():
            await asyncio.sleep(0.005)


async def pressed(show: LiveShow, verb: Verb, cue: str, *, key: str) -> Verdict | TriggerRow:
    """The answer, also where it comes a turn later."""
    before = len(show.view().triggers)
    answer = show.key(verb, cue, key=key)
    if answer is not None:
        return answer
    await until(lambda: len(show.view().triggers) > before)
    return show.view().triggers[-1]


def test_a_show_plays_a_script_and_ends_by_itself(house: House) -> None:
    assert house.run(script=house.script("0s go\n10ms go 3\n")) == 0
    assert house.verdicts() == [("script line 1", "go", "fired"), ("script line 2", "go 3", "fired")]
    assert [record["outcome"] for record in house.records("command")] == ["completed"]
    assert [record["state"] for record in house.records("show")] == ["started", "stopped"]
    lines = house.out.getvalue()
    assert "script line 1: go – fired" in lines and "foh tally – completed" in lines
    assert house.err.getvalue() == ""


def test_the_operators_keys_and_the_sheets_own(house: House) -> None:
    async def act(show: LiveShow) -> None:
        assert show.press("f12") and not show.press("F1")
        show.key("start", "3.0", key="s")
        show.key("go", "two", key="g")
        await until(lambda: show.view().commands == 1)
        view = show.view()
        assert [t.verdict for t in view.triggers] == ["fired", "fired", "no_cue"]
        assert view.cameras[0].link == "connected" and view.standby == "2"

    assert house.run(operator(act)) == 0
    assert [(source, request) for source, request, _ in house.verdicts()] == [
        ("key F12", "go 1"), ("key s", "start 3"), ("key g", "go two"),
    ]  # fmt: skip
    assert house.out.getvalue() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_what_was_set_going_and_closes_the_log(house: House, number: int) -> None:
    async def act(show: LiveShow) -> None:
        show.key("go", "2", key="g")
        signal.raise_signal(number)
        await asyncio.sleep(60)

    assert house.run(operator(act)) == 0
    assert [(r["cue"], r["state"]) for r in house.records("cue")] == [("2", "started"), ("2", "stopped")]
    assert house.records("show")[-1]["state"] == "stopped"


def test_a_screen_that_breaks_leaves_the_show_running_with_lines(house: House) -> None:
    async def broken(show: LiveShow) -> None:
        asyncio.get_running_loop().call_later(0.1, show.quit)
        raise RuntimeError("no such colour")

    assert house.run(broken) == 0
    assert "no such colour" in house.records("warning")[0]["text"]
    assert "no such colour" in house.err.getvalue()


@pytest.mark.skipif(os.name == "nt", reason="there the system itself says that the window is closed")
def test_a_terminal_that_is_gone_ends_the_show_even_without_its_signal(house: House) -> None:
    async def gone(_show: LiveShow) -> None:
        raise OSError(errno.EIO, "Input/output error")

    assert house.run(gone) == 0
    assert house.records("show")[-1]["state"] == "stopped"
    assert house.records("warning") == []


def test_osc_fires_cues_and_a_port_in_use_is_named(house: House) -> None:
    port = free_port()
    url = f"osc+udp://127.0.0.1:{port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        assert house.run(inputs=(url,)) == 1
        assert str(port) in house.err.getvalue() and "--input osc+udp://127.0.0.1:53001" in house.err.getvalue()
        assert not house.log.exists()

    async def act(show: LiveShow) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
            desk.sendto(b"/go\0,\0\0\0", ("127.0.0.1", port))
            await until(lambda: show.view().commands == 1)

    assert house.run(operator(act), inputs=(url,)) == 0
    assert house.verdicts()[0][0].startswith("osc udp 127.0.0.1:")


def test_sheets_with_errors_and_options_that_name_nothing(house: House) -> None:
    assert house.run(sheet=str(house.sheet.with_name("none.cues"))) == 2
    assert house.run(start="9") == 2
    assert house.run(script=house.script("soon go\n")) == 2
    assert house.run(inputs=("osc+udp://0.0.0.0:53000",)) == 2
    assert house.run(settings=("storm",)) == 2
    assert house.run(without=("fo",)) == 1
    house.sheet.write_text(SHEET + "cue 4\n    tally fooh off\n")
    assert house.run() == 1
    said = house.err.getvalue()
    for part in (
        "none.cues",
        "--from 9",
        "script.txt, line 1",
        "0.0.0.0",
        "--set storm",
        "night.cues:14:11",
        "error[E201]",
    ):
        assert part in said
    assert not house.log.exists()


def test_show_mode_locks_the_list_but_not_go_and_stop(house: House) -> None:
    async def act(show: LiveShow) -> None:
        assert show.view().show_mode
        for verb in ("standby", "start", "locate", "back", "reload"):
            show.key(verb, "2" if verb in ("standby", "start", "locate") else None, key=verb)  # verbs
        show.press("F12")
        show.key("go", "2", key="space")
        show.key("pause", key="p")
        show.key("resume", key="p")
        show.key("stop", key="x")
        show.key("panic", key="escape")

    assert house.run(operator(act), show_mode=True) == 0
    verdicts = {request: verdict for _, request, verdict in house.verdicts()}
    assert sorted(request for request, verdict in verdicts.items() if verdict == "refused") == [
        "back", "locate 2", "reload", "standby 2", "start 2",
    ]  # fmt: skip
    assert list(verdicts.values()).count("fired") == 6


def test_a_locate_of_the_terminal_asks_first_and_the_sheets_own_is_not_locked(house: House) -> None:
    house.sheet.write_text(SHEET + 'on key "F5" locate 3\non osc "/jump" locate 3\n')

    async def act(show: LiveShow) -> None:
        show.key("go", "2", key="space")
        asked = await pressed(show, "locate", "3", key="3 l")
        assert asked.reason == "Locate 3: stops cue 2; moves foh; ask once more within 5 s"
        assert show.view().running
        await asyncio.sleep(0.55)  # the second half of a double click is not the second press
        done = await pressed(show, "locate", "3", key="3 l")
        assert (done.verdict, done.did) == ("fired", "Locate 3: stops cue 2; moves foh")
        await until(lambda: not show.view().running and show.view().standby == "3")

    assert house.run(operator(act)) == 0

    async def press(show: LiveShow) -> None:
        assert show.press("F5")
        await until(lambda: bool(show.view().triggers))
        assert show.view().triggers[-1].reason == "Locate 3: moves foh; ask once more within 5 s"

    assert house.run(operator(press), show_mode=True) == 0


def test_a_reload_takes_the_new_sheet_and_keeps_the_old_one_over_errors(house: House) -> None:
    async def act(show: LiveShow) -> None:
        show.key("go", "2", key="g")
        house.sheet.write_text(SHEET.replace("Spare", "Nowhere").replace("note", "nte"))
        show.key("reload", key="r")
        await until(lambda: any("the current sheet stays" in note.text for note in show.view().notes))
        view = show.view()
        assert view.cues[2].title == "Spare"
        assert (view.triggers[-1].request, view.triggers[-1].verdict) == ("reload", "refused")
        (mistake,) = view.mistakes
        assert mistake.place.endswith("night.cues:12:5") and "nte" in mistake.text and mistake.hint
        house.sheet.write_text(SHEET.replace("Spare", "Changed") + 'camera left "sim://left"\n')
        await asyncio.sleep(0.11)
        show.key("reload", key="r")
        await until(lambda: show.view().cues[2].title == "Changed")
        await until(lambda: len(show.view().cameras) == 2 and show.view().cameras[1].link != "lost")
        view = show.view()
        assert view.running[0].cue == "2" and view.standby == "3" and view.mistakes == ()
        assert view.triggers[-1].did == "sheet reloaded"

    assert house.run(operator(act)) == 0
    assert [record["text"] for record in house.records("note")] == ["Sheet reloaded."]
    reloads = [record for record in house.records("trigger") if record["request"] == "reload"]
    assert [record["verdict"] for record in reloads] == ["refused", "fired"]
    assert "night.cues:12:5: E" in reloads[0]["reason"]


def test_a_reload_that_takes_long_says_so_and_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = threading.Event()
    monkeypatch.setattr(reloading, "STILL_S", 0.05)
    monkeypatch.setattr(reloading, "GIVE_UP_S", 0.1)

    async def act(show: LiveShow) -> None:
        monkeypatch.setattr(reloading, "load", lambda *_, **__: reading.wait(20))
        show.key("reload", key="r")
        await until(lambda: any("still reading the files" in note.text for note in show.view().notes))
        show.key("go", key="space")
        await until(lambda: show.view().triggers[-1].verdict == "refused")
        show.key("go", "3", key="g")
        await until(lambda: any(note.text == "three" for note in show.view().notes))
        reading.set()

    assert house.run(operator(act)) == 0
    (refused,) = (record for record in house.records("trigger") if record["request"] == "reload")
    assert refused["verdict"] == "refused" and "could not be read and compiled" in refused["reason"]


@pytest.mark.parametrize("power", ["a * a", "a * a * a * a * a * a * a * a"], ids=["squares", "eighths"])
def test_a_reload_of_numbers_without_bounds_is_refused_and_the_show_hears_meanwhile(house: House, power: str) -> None:
    lets = "".join(f"let a{n} = {power.replace('a', f'a{n - 1}' if n else '9')}\n" for n in range(60))
    gaps: list[float] = []

    async def act(show: LiveShow) -> None:
        house.sheet.write_text(f"{SHEET}{lets}cue 4\n    wait a59 * 1s\n")
        show.key("reload", key="r")
        loop, before = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        while not any(trigger.request == "reload" for trigger in show.view().triggers):
            await asyncio.sleep(0.001)
            gaps.append(loop.time() - before)
            before = loop.time()
        show.key("panic", key="p")
        await until(lambda: show.view().triggers[-1].request == "panic")
        assert show.view().triggers[-1].verdict == "fired"

    assert house.run(operator(act)) == 0
    (refused,) = (record for record in house.records("trigger") if record["request"] == "reload")
    assert refused["verdict"] == "refused" and "E302" in refused["reason"]
    assert max(gaps, default=0.0) < 0.5  # a panic at any of these instants is heard


def test_from_and_without(house: House) -> None:
    async def act(show: LiveShow) -> None:
        assert show.view().standby == "3"
        assert show.view().cameras[0].link == "disabled"
        show.key("go", "1", key="g")

    assert house.run(operator(act), start="3", without=("foh",)) == 0
    assert [record["outcome"] for record in house.records("command")] == ["disabled"]


def test_a_full_disk_is_said_once_and_the_show_goes_on(house: House) -> None:
    if os.name == "nt" or not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    async def act(show: LiveShow) -> None:
        show.key("go", key="space")
        await until(lambda: show.view().commands == 1)
        assert sum("cannot be written" in note.text for note in show.view().notes) == 1

    assert house.run(operator(act), log="/dev/full") == 0


def test_a_log_that_cannot_be_opened_is_said_and_the_show_goes_on(house: House) -> None:
    async def act(show: LiveShow) -> None:
        assert "cannot be written" in show.view().notes[0].text

    assert house.run(operator(act), log=str(house.sheet / "no.jsonl")) == 0


def test_a_trigger_that_nothing_can_fire_is_said_at_the_start(house: House) -> None:
    house.sheet.write_text(SHEET + "on midi note 60 go next\n")

    async def act(show: LiveShow) -> None:
        assert any("`on midi` triggers need an input" in note.text for note in show.view().notes)

    assert house.run(operator(act)) == 0


def test_a_serial_camera_whose_port_is_not_there_is_looked_for_and_said(house: House) -> None:
    house.sheet.write_text(SHEET + 'camera old "visca+serial:///dev/no-such-port"\ncue 4\n    tally old off\n')

    async def act(show: LiveShow) -> None:
        show.key("go", "4", key="g")
        await asyncio.sleep(1.2)

    assert house.run(operator(act)) == 0
    (record,) = house.records("command")
    assert (record["outcome"], record["reason"]) == ("unreachable", "there is no connection to the camera")


def test_a_camera_that_nobody_answers_for_does_not_hold_the_show(house: House) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        url = f"visca+udp://127.0.0.1:{deaf.getsockname()[1]}"
        house.sheet.write_text(SHEET.replace("tally foh", "tally all") + f'camera dead "{url}"\n')

        async def act(show: LiveShow) -> None:
            show.key("go", key="space")
            await until(lambda: show.view().commands == 2)

        assert house.run(operator(act)) == 0
    assert {r["camera"]: r["outcome"] for r in house.records("command")} == {
        "foh": "completed", "dead": "unreachable",
    }  # fmt: skip


def test_after_a_restart_the_last_log_says_what_is_on_air(house: House) -> None:
    assert house.run(script=house.script("0s go\n")) == 0

    async def act(show: LiveShow) -> None:
        assert show.view().cameras[0].tally == "program"

    assert house.run(operator(act)) == 0


def test_messages_leave_through_the_sheets_outputs(house: House) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        desk.bind(("127.0.0.1", 0))
        desk.settimeout(40)
        house.sheet.write_text(
            SHEET + f'output lx "osc+udp://127.0.0.1:{desk.getsockname()[1]}"\n'
            'cue 4\n    send lx "/eos/cue/12/fire" 1, "x"\n'
        )
        assert house.run(script=house.script("0s go 4\n")) == 0
        assert desk.recv(100) == b"/eos/cue/12/fire\0\0\0\0,is\0\0\0\0\1x\0\0\0"
    assert house.records("send")[0]["outcome"] == "sent"
