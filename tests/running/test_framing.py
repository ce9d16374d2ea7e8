"""Presets that a hand has found are kept: a real show over simulated cameras, and its files."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cuelang import clock as clocks
from cuelang.app.loading import RunOptions, load
from cuelang.app.setting import Beginning, ShowSetting
from cuelang.app.show import Show
from cuelang.clock.zones import show_zone
from cuelang.commands import Driver, Job
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import Framed, FramingKind
from cuelang.technician import statement
from cuelang.triggers.doors import Doors

RIG = """# the rig of tonight\r
rig "Tonight"\r
camera foh "sim://foh"  # the big one\r
\tmove_speed 24\r
\tpreset wide = 1 at pan 0deg tilt 0deg zoom 0%\r
\tpreset throne = 4 at pan -30deg  tilt 5deg zoom 60% picture off  # the queen (\r
\tpreset door at pan 12deg tilt -3deg zoom 20%\r
camera left "sim://left"\r
\tpreset throne = 4\r
"""
SHEET = """show "Night"
    interlock block
input desk "osc+udp://127.0.0.1:0"
use "rig.cues"
cue 1 "Queen"
    move foh to throne
cue 2 "On"
    tally foh program
cue 3 "Off"
    tally foh off
"""


class Floor:
    """A running show in its folder."""

    def __init__(self, show: Show, folder: Path) -> None:
        self.show, self.folder = show, folder
        self.executor, self.framing = show._executor, show.desk.framing

    async def ask(
        self, kind: FramingKind, preset: str = "throne", who: str = "Anna", camera: str = "foh", **more: Any
    ) -> Verdict:
        wanted = Framed(kind, camera, preset, who, **more)
        return await self.show.desk.entry.frame(wanted, f"page ({who})", clocks.current().now())

    async def drives(self, text: str, camera: str = "foh") -> None:
        """A hand takes the camera somewhere, and lets go."""
        action = statement.action(text, self.executor.plan.camera(camera))
        await self.show.desk.entry.decide(Request("statement", None, "hand", clocks.current().now(), statement=action))
        await until(lambda: not self.executor.busy)

    async def go(self, cue: str) -> None:
        await self.show.desk.entry.decide(Request("start", cue, "hand", clocks.current().now()))
        await until(lambda: not self.executor.busy)

    @property
    def rig(self) -> str:
        return (self.folder / "rig.cues").read_bytes().decode()

    def preset(self, name: str = "throne", camera: str = "foh") -> Any:
        return next((one for one in self.executor.plan.camera(camera).presets if one.name == name), None)


async def until(true: Callable[[], object], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(folder: Path, rig: str | None = None, **more: Any) -> AsyncIterator[Floor]:
    for name, text in (("night.cues", SHEET), ("rig.cues", RIG)):
        if not (folder / name).exists():
            (folder / name).write_bytes(text.encode())
    options = RunOptions(
        str(folder / "night.cues"), rig=rig, simulate=True, log=str(folder / "logs" / "night.jsonl"), **more
    )
    loaded = load(options)
    zone = show_zone(loaded.plan.settings.timezone)
    doors = Doors(loaded.plan, clocks.current(), zone, None)
    await doors.listen()
    show = Show(ShowSetting(options, loaded, io.StringIO(), io.StringIO()), doors, Beginning())
    task = asyncio.get_running_loop().create_task(show.run())
    try:
        await until(lambda: show.notices.begun)
        yield Floor(show, folder)
    finally:
        show.quit()
        await task


def changed(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ, with their ends."""
    pairs = zip(before.splitlines(keepends=True), after.splitlines(keepends=True), strict=True)
    return [(a, b) for a, b in pairs if a != b]


async def test_an_update_is_one_line_in_the_file_and_the_plan(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan -28.5deg tilt 5deg zoom 63%")
        verdict = await floor.ask("update")
        assert (verdict.verdict, verdict.reason) == ("fired", "")
        assert verdict.did == "throne of foh: pan −30.0 → −28.5, zoom 60 → 63 %, by Anna"
        ((old, new),) = changed(RIG, floor.rig)
        assert old.startswith("\tpreset throne = 4 at pan -30deg  tilt 5deg zoom 60% picture off")
        assert new == "\tpreset throne = 4 at pan -28.5deg  tilt 5deg zoom 63% picture off  # the queen (\r\n"
        await floor.drives("move to wide")
        await floor.go("1")
        pose = floor.executor.drivers["foh"].state.pose
        assert (pose.pan, pose.zoom) == (floor.preset().pan, floor.preset().zoom), "cue 1 goes to the new place"


async def test_undo_puts_line_and_plan_back_also_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        was = floor.preset()
        for place, who in (("pan -20deg tilt 5deg zoom 60%", "Anna"), ("pan -10deg tilt 5deg zoom 60%", "Anna")):
            await floor.drives(f"move to {place}")
            assert (await floor.ask("update", who=who)).verdict == "fired"
    async with running(tmp_path) as floor:
        assert [change.who for change in floor.framing.history("foh", "throne")] == ["Anna", "Anna"]
        verdict = await floor.ask("undo", who="Ben")
        assert "throne of foh: pan −10.0 → −20.0, by Ben (undoes Anna, " in verdict.did
        assert (await floor.ask("undo", who="Ben")).verdict == "fired"
        assert floor.rig == RIG and (floor.preset().pan, floor.preset().zoom) == (was.pan, was.zoom)
        assert (await floor.ask("undo")).reason == "there is no change of throne to undo"
        (row,) = (one for one in floor.framing.presets("foh") if one["name"] == "throne")
        assert row["stale"], "the camera still has the place of the update"


async def test_a_stale_preset_is_sent_as_a_position_until_it_is_stored_anew(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan -20deg tilt 5deg zoom 60%")
        await floor.ask("update")
        await floor.ask("undo")
        sent: list[str] = []
        real = floor.executor.drivers["foh"]
        start: Callable[[Driver, Job], None] = type(real).start

        def watched(job: Job) -> None:
            sent.append(type(job.command).__name__)
            start(real, job)

        real.start = watched  # type: ignore[method-assign]
        await floor.drives("move to wide")
        await floor.go("1")
        assert sent[-1] == "MoveTo" and real.state.pose.pan == floor.preset().pan
        assert (await floor.ask("store again")).did == "throne of foh is stored again, by Anna"
        await floor.drives("move to wide")
        await floor.go("1")
        assert sent[-1] == "Recall" and real.state.pose.pan == floor.preset().pan


@pytest.mark.parametrize("at", ["_write", "_carry_out"])
async def test_a_machine_that_dies_between_the_file_and_the_camera(tmp_path: Path, at: str) -> None:
    """What the camera did not store is sent as a position; what the sheet does not say is not waited for."""

    async def dies(*_: object) -> None:
        raise RuntimeError("the power is gone")

    async with running(tmp_path) as floor:
        await floor.drives("move to pan -20deg tilt 5deg zoom 60%")
        setattr(floor.framing, at, dies)
        with pytest.raises(RuntimeError):
            await floor.ask("update")
    async with running(tmp_path) as floor:
        (row,) = (one for one in floor.framing.presets("foh") if one["name"] == "throne")
        assert row["stale"] == (floor.rig != RIG) == (at == "_carry_out")
        assert floor.framing.history("foh", "throne") == []
        await floor.drives("move to wide")
        await floor.go("1")
        assert floor.executor.drivers["foh"].state.pose.pan == floor.preset().pan
        assert (await floor.ask("store again")).verdict == "fired"
        assert not any(one["stale"] for one in floor.framing.presets("foh"))


async def test_a_new_preset_is_a_line_more_and_its_undo_takes_it_away(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan 10deg tilt 2deg zoom 10%")
        verdict = await floor.ask("new preset", "altar", number=9)
        assert verdict.did == "altar of foh is new: pan 10deg tilt 2deg zoom 10%, by Anna"
        line = "\tpreset altar = 9 at pan 10deg tilt 2deg zoom 10%\r\n"
        assert floor.rig == RIG.replace("camera left", f"{line}camera left")
        assert (await floor.ask("new preset", "altar")).reason.startswith("foh has a preset altar")
        assert (await floor.ask("new preset", "other", number=9)).reason.startswith("foh stores altar as 9")
        assert (await floor.ask("new preset", "two words")).reason.startswith("“two words” is not a name")
        assert (await floor.ask("new preset", "cue")).verdict == "refused"
        assert (await floor.ask("undo", "altar")).verdict == "fired"
        assert floor.rig == RIG and floor.preset("altar") is None


async def test_a_file_that_was_edited_meanwhile_is_left_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan 10deg tilt 2deg zoom 10%")
        edited = RIG.replace("the big one", "the small one")
        (tmp_path / "rig.cues").write_bytes(edited.encode())
        verdict = await floor.ask("update")
        assert "was changed on the disk since it was read; reload first" in verdict.reason
        assert floor.rig == edited
        await floor.show.desk.entry.decide(Request("reload", None, "hand", clocks.current().now()))
        assert (await floor.ask("update")).verdict == "fired"


async def test_a_read_only_rig_is_known_before_anything_is_framed(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        os.chmod(tmp_path / "rig.cues", 0o444)
        assert {one["locked"] for one in floor.framing.presets("foh")} == {f"{tmp_path / 'rig.cues'} is read-only"}
        assert (await floor.ask("update")).reason.endswith("rig.cues is read-only")
        assert floor.rig == RIG


async def test_what_show_mode_locks(tmp_path: Path) -> None:
    async with running(tmp_path, show_mode=True) as floor:
        for kind in ("update", "new preset", "undo", "store again"):
            assert (await floor.ask(kind)).reason == "the show is locked (show mode)"
        assert floor.rig == RIG


async def test_a_camera_on_program_is_not_stored(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan 10deg tilt 2deg zoom 10%")
        await floor.go("2")
        assert (await floor.ask("update")).reason == "foh is on program; add `live` if intended"
        assert floor.rig == RIG
        assert (await floor.ask("update", live=True)).verdict == "fired"


async def test_a_store_that_the_camera_refuses_takes_the_file_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan 10deg tilt 2deg zoom 10%")

        real = floor.executor.drivers["foh"]
        start = real.start

        def refuse(job: Job) -> None:
            if job.command.action == "store":
                assert floor.rig != RIG, "the file is written first"
                job.finish("refused", "no room")
            else:
                start(job)

        monkeypatch.setattr(real, "start", refuse)
        verdict = await floor.ask("update")
        assert (verdict.verdict, verdict.reason) == ("refused", "store foh: the camera refused it")
        assert floor.rig == RIG and floor.framing.history("foh", "throne") == []


async def test_a_second_person_within_ten_seconds_is_asked(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan 10deg tilt 2deg zoom 10%")
        assert (await floor.ask("update", "door")).verdict == "fired"
        assert (await floor.ask("update", "door")).verdict == "fired", "the same person goes on"
        asked = await floor.ask("update", "door", who="Ben")
        assert asked.reason == "Anna updated door of foh 0 s ago; ask once more within 10 s"
        assert (await floor.ask("update", "door", who="Ben")).verdict == "fired"


async def test_a_name_in_the_line_is_refused_with_its_place(tmp_path: Path) -> None:
    rig = RIG.replace("pan 12deg", "pan side").replace("# the rig of tonight", "let side = 12deg")
    (tmp_path / "rig.cues").write_bytes(rig.encode())
    async with running(tmp_path) as floor:
        await floor.drives("move to pan 10deg tilt -3deg zoom 20%")
        assert ":7:21: the pan of door is the name `side`" in (await floor.ask("update", "door")).reason
        await floor.drives("move to pan 12deg tilt -2deg zoom 20%")
        assert (await floor.ask("update", "door")).did == "door of foh: tilt −3.0 → −2.0, by Anna"
        assert "pan side tilt -2deg zoom 20%" in floor.rig


async def test_the_rig_in_force_is_the_one_that_is_written(tmp_path: Path) -> None:
    other = RIG.replace("-30deg", "-40deg").replace("\r\n", "\n")
    (tmp_path / "venue.cues").write_bytes(b"\xef\xbb\xbf" + other.encode())
    async with running(tmp_path, rig=str(tmp_path / "venue.cues")) as floor:
        await floor.drives("move to pan 10deg tilt 5deg zoom 60%")
        assert (await floor.ask("update")).did == "throne of foh: pan −40.0 → 10.0, by Anna"
        assert floor.rig == RIG
        assert (tmp_path / "venue.cues").read_bytes() == b"\xef\xbb\xbf" + other.replace("-40deg", "10deg").encode()


async def test_a_manual_focus_is_part_of_the_preset(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan 12deg tilt -3deg zoom 20%")
        await floor.drives("focus manual")
        await floor.drives("focus to 0x2A0")
        assert (await floor.ask("update", "door")).did == "door of foh: focus 0x2A0, by Anna"
        assert "preset door at pan 12deg tilt -3deg zoom 20% focus 0x2A0\r\n" in floor.rig
        await floor.drives("focus auto")
        await floor.ask("update", "door")
        assert floor.rig == RIG


async def test_a_running_move_goes_on_to_where_it_was_going(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        await floor.drives("move to pan 60deg tilt 5deg zoom 60%")
        await floor.show.desk.entry.decide(Request("start", "1", "hand", clocks.current().now()))
        verdict = await floor.ask("update", "throne", camera="left")
        assert verdict.verdict == "fired"
        await until(lambda: not floor.executor.busy)
        assert floor.executor.drivers["foh"].state.pose.pan == floor.preset().pan
        assert "\tpreset throne = 4 at pan 0deg tilt 0deg zoom 0%\r\n" in floor.rig


async def test_a_picture_is_taken_when_it_is_stored(tmp_path: Path) -> None:
    async with running(tmp_path) as floor:
        assert floor.framing.picture("foh", "throne") is None
        await floor.ask("update")
        await until(lambda: (floor.framing.picture("foh", "throne") or b"")[:3] == b"\xff\xd8\xff")
        (row,) = (one for one in floor.framing.presets("foh") if one["name"] == "throne")
        assert row["picture"]
