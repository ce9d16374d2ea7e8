"""What a change of a preset may and may not do to files: the program's own, half-written ones, and how far back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cuelang.lang import rewriting
from cuelang.library import Unwritable, rewrite
from cuelang.runtime.updates import MAX_UNDOS, PresetChange, Updates
from cuelang.source import Source
from tests.running.test_framing import RIG, SHEET, running

_found = rewriting.found(Source("rig.cues", RIG), "foh", "throne")
assert _found is not None
THRONE = RIG[_found.begin : _found.end]


@pytest.mark.parametrize("linked", [False, True], ids=["in the folder", "by a link"])
async def test_what_belongs_to_the_program_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """A rig among the modules, or a link to it: it is locked, and a change is refused before the camera is asked."""
    modules, folder = tmp_path / "stdlib", tmp_path / "night"
    modules.mkdir()
    folder.mkdir()
    (modules / "rig.cues").write_bytes(RIG.encode())
    (folder / "night.cues").write_text(SHEET if linked else SHEET.replace('"rig.cues"', '"../stdlib/rig.cues"'))
    if linked:
        (folder / "rig.cues").symlink_to(modules / "rig.cues")
    monkeypatch.setattr("cuelang.app.framing.stdlib_folder", lambda: modules)
    async with running(folder) as floor:
        row = next(floor.framing.presets("foh"))
        assert "belongs to the program and is not changed" in str(row["locked"])
        await floor.drives("move to pan -28deg tilt 5deg zoom 60%")
        for kind, preset in (("update", "throne"), ("new preset", "fresh"), ("undo", "throne")):
            verdict = await floor.ask(kind, preset)  # type: ignore[arg-type]
            assert verdict.verdict == "refused" and "belongs to the program" in verdict.reason, kind
        assert (modules / "rig.cues").read_bytes() == RIG.encode()
        assert sorted(os.listdir(modules)) == ["rig.cues"]
        assert floor.preset("fresh") is None


async def test_an_error_in_the_changed_sheet_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    """A move that could arrive in time no longer could."""
    late = '\ncue 4 "At home"\n    move foh to wide\n\ncue 5 "In time"\n    move foh to throne arriving at 2s\n'
    (tmp_path / "night.cues").write_text(SHEET + late)
    near = RIG.replace("pan -30deg  tilt 5deg zoom 60%", "pan -3deg  tilt 0deg zoom 1%")
    (tmp_path / "rig.cues").write_bytes(near.encode())
    async with running(tmp_path) as floor:
        was = floor.preset()
        await floor.drives("move to pan 160deg tilt 60deg zoom 100%")
        verdict = await floor.ask("update")
        assert verdict.verdict == "refused"
        assert verdict.reason.startswith("with this the sheet would have an error: "), verdict
        assert "night.cues:" in verdict.reason
        assert floor.rig == near and floor.preset() == was
        assert floor.framing.history("foh", "throne") == []
        assert not [name for name in os.listdir(tmp_path) if name.endswith(".new")]


def change(number: int) -> PresetChange:
    """Of many that follow one another: each begins with what the one before it made."""
    before, after = [THRONE.replace("60%", f"{zoom}%") for zoom in (number, number + 1)]
    return PresetChange("update", "foh", "throne", f"hand {number}", "2026-01-01T20:00:00", "", before, after, "", 4)


def test_twenty_changes_of_one_preset_can_be_undone(tmp_path: Path) -> None:
    updates = Updates(tmp_path / "presets.undo")
    for number in range(MAX_UNDOS + 5):
        updates.add(change(number))
        updates.add(PresetChange("update", "foh", "wide", "another", "", "", "a", "b"))
    again = Updates(tmp_path / "presets.undo")
    again.read()
    for one in (updates, again):
        listed = one.of("", "foh", "throne")
        assert MAX_UNDOS == 20 and [each.who for each in listed] == [f"hand {number}" for number in range(24, 4, -1)]


async def test_a_show_undoes_the_twentieth_change_and_not_the_one_before_it(tmp_path: Path) -> None:
    """The changes of other nights, 22 of them; what the sheet says now is what the last one made."""
    made = [change(zoom) for zoom in range(38, 60)]
    rig = tmp_path / "rig.cues"
    rig.write_bytes(RIG.encode())
    (tmp_path / "logs").mkdir()
    real = os.path.realpath(rig)
    rows = [json.dumps({name: getattr(one, name) for name in one.__struct_fields__} | {"file": real}) for one in made]
    (tmp_path / "logs" / "presets.undo").write_text("\n".join(rows) + "\n")
    async with running(tmp_path) as floor:
        assert len(floor.framing.history("foh", "throne")) == MAX_UNDOS
        verdict = await floor.ask("undo", step=MAX_UNDOS + 1)
        assert (verdict.verdict, verdict.reason) == ("refused", "throne has 20 changes that can be undone")
        assert floor.rig == RIG
        verdict = await floor.ask("undo", step=MAX_UNDOS)
        assert verdict.verdict == "fired" and "undoes hand 40" in verdict.did, verdict
        assert floor.rig == RIG.replace("60% picture", "40% picture")
        left = [one.who for one in floor.framing.history("foh", "throne")]
        assert left == ["hand 39", "hand 38"], "what was before the one that was undone can still be"


STEPS = ("os.open", "os.fsync", "os.chmod", "os.replace")
CRASH = """
import os, sys
from cuelang import library
path, step, after = sys.argv[1], sys.argv[2], sys.argv[3] == "after"
real = getattr(os, step.removeprefix("os."))
def dies(*given, **more):
    if after:
        real(*given, **more)
    os._exit(9)
setattr(os, step.removeprefix("os."), dies)
library.rewrite(path, "the new text\\n" * 20_000)
"""


@pytest.mark.parametrize("after", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_of_a_write_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, step: str, after: str
) -> None:
    path = tmp_path / "rig.cues"
    path.write_text("the old text\n" * 20_000)
    path.chmod(0o640)
    assert subprocess.run([sys.executable, "-c", CRASH, str(path), step, after]).returncode == 9
    new = (step, after) == ("os.replace", "after")
    assert path.read_text() == ("the new text\n" if new else "the old text\n") * 20_000
    assert path.stat().st_mode & 0o777 == 0o640 or os.name == "nt", "its rights"


def test_what_a_crash_has_left_is_not_in_the_way_of_a_process_with_the_same_number(tmp_path: Path) -> None:
    """In a container a program has the same number each time."""
    path = tmp_path / "rig.cues"
    path.write_text("old")
    (tmp_path / f"rig.cues.{os.getpid()}.new").write_text("half of it")
    rewrite(str(path), "new")
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["rig.cues"]


def test_a_link_that_was_put_where_the_new_text_is_written_is_not_followed(tmp_path: Path) -> None:
    path, other = tmp_path / "rig.cues", tmp_path / "other"
    path.write_text("old")
    other.write_text("not ours")
    (tmp_path / f"rig.cues.{os.getpid()}.new").symlink_to(other)
    rewrite(str(path), "new")
    assert other.read_text() == "not ours" and path.read_text() == "new" and not path.is_symlink()
    with pytest.raises(Unwritable, match="cannot be written"):
        rewrite(str(tmp_path / "no" / "rig.cues"), "new")
