"""What the machine that leads does to presets can be undone at the other one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cuelang.runtime.input_records import PresetRecord
from cuelang.runtime.record_json import from_json
from tests.running.test_framing import RIG, Floor, running, until


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Of the machine that leads, and of the one that follows."""
    folders = tmp_path / "first", tmp_path / "second"
    for folder in folders:
        folder.mkdir()
    return folders


def journal(folder: Path) -> list[dict[str, Any]]:
    log = (folder / "logs" / "night.jsonl").read_text()
    return [record for record in map(json.loads, log.splitlines()) if record["kind"] == "preset"]


def tell(floor: Floor, records: list[dict[str, Any]]) -> None:
    for record in records:
        told = from_json(record)
        assert isinstance(told, PresetRecord)
        floor.framing.copies.take(told)


def row(floor: Floor) -> dict[str, Any]:
    return next(dict(one) for one in floor.framing.presets("foh") if one["name"] == "throne")


async def test_it_is_undone_after_a_takeover_and_after_a_restart(folders: tuple[Path, Path]) -> None:
    first, second = folders
    async with running(first) as floor:
        for place in ("pan -20deg tilt 5deg zoom 60%", "pan -10deg tilt 5deg zoom 60%"):
            await floor.drives(f"move to {place}")
            assert (await floor.ask("update")).verdict == "fired"
    (second / "rig.cues").write_bytes((first / "rig.cues").read_bytes())
    async with running(second) as floor:
        tell(floor, journal(first))
        verdict = await floor.ask("undo", who="Ben")
        assert "throne of foh: pan −10.0 → −20.0, by Ben (undoes Anna, " in verdict.did
    async with running(second) as floor:
        tell(floor, journal(first))  # a machine that comes back reads the whole night
        assert (await floor.ask("undo", who="Ben")).verdict == "fired"
        assert floor.rig == RIG
        assert (await floor.ask("undo")).reason == "there is no change of throne to undo"


async def test_a_preset_that_the_camera_has_elsewhere_is_sent_as_a_position_here_too(
    folders: tuple[Path, Path],
) -> None:
    first, second = folders
    async with running(first) as floor:
        await floor.drives("move to pan -20deg tilt 5deg zoom 60%")
        await floor.ask("update")
        await floor.ask("undo")
    async with running(second) as floor:
        assert not row(floor)["stale"]
        tell(floor, journal(first))
        await until(lambda: row(floor)["stale"])
        await floor.go("1")
        assert floor.executor.drivers["foh"].state.pose.pan == floor.preset().pan


async def test_a_change_of_a_sheet_that_is_not_here_is_left(folders: tuple[Path, Path]) -> None:
    first, second = folders
    async with running(first) as floor:
        await floor.drives("move to pan -20deg tilt 5deg zoom 60%")
        await floor.ask("update")
    other = [{**one, "change": {**one["change"], "file": "/home/anna/other.cues"}} for one in journal(first)]
    async with running(second) as floor:
        tell(floor, other)
        tell(floor, [{**one, "change": {"kind": "update"}} for one in other])
        assert (await floor.ask("undo")).reason == "there is no change of throne to undo"
