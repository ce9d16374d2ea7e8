"""A sheet that an editor or a copy is still writing while it is read: at the start, by `check`, and by a reload."""

from __future__ import annotations

import asyncio
import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuelang import library
from cuelang.app import RunOptions, run_show
from cuelang.library import Unreadable, read_sheet
from cuelang.runtime.view import LiveShow
from tests.program import ran

OLD = 'show "Night"\ncue 1 "Old"\n    note "one"\n'
NEW = OLD.replace("Old", "Nouvelle scène") + 'cue 2 "Été"\n    note "two"\n'
DATA = NEW.encode()
HALVES = {
    "in the middle of a line": DATA.index(b"note") + 2,
    "in the middle of a character": DATA.index("è".encode()) + 1,
    "of nothing yet": 0,
}


class Writer:
    """Writes the first half at once, the rest later."""

    def __init__(self, path: Path, half: int) -> None:
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115  # closed with the rest
        self._file.write(DATA[:half])
        self._half = half

    def finish(self) -> None:
        with self._file:
            self._file.write(DATA[self._half :])

    def finish_later(self) -> None:
        threading.Timer(0.05, self.finish).start()


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES.keys())
def test_half_a_sheet_is_waited_for(tmp_path: Path, half: int) -> None:
    sheet = tmp_path / "night.cues"
    Writer(sheet, half).finish_later()
    used = library.Library().file("night.cues", str(tmp_path / "main.cues"))
    assert not isinstance(used, str) and used.text == NEW


def test_half_a_sheet_that_is_never_finished_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "half.cues").write_bytes(DATA[: HALVES["in the middle of a character"]])
    done = ran("check", "half.cues", cwd=tmp_path, text=True)
    assert done.returncode == 2 and "is not UTF-8 text" in done.stderr


def test_a_sheet_without_an_end_of_its_last_line_is_taken_as_it_is(tmp_path: Path) -> None:
    sheet = tmp_path / "night.cues"
    sheet.write_text(OLD.rstrip(), newline="")
    assert read_sheet(sheet).text == OLD.rstrip()
    os.utime(sheet, (1, 1))
    looks: list[object] = []
    look = library._look
    library._look = lambda *args: looks.append(args) or look(*args)  # type: ignore[func-returns-value]
    try:
        read_sheet(sheet)
    finally:
        library._look = look
    assert len(looks) == 1, "an old file is finished"


def test_a_sheet_that_is_written_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PAUSE_S", 0)
    sheet = tmp_path / "night.cues"
    sheet.write_text("# ")
    look = library._look

    def grows(path: Any, largest: int) -> Any:
        with open(sheet, "a") as file:
            file.write("more")
        return look(path, largest)

    monkeypatch.setattr(library, "_look", grows)
    with pytest.raises(Unreadable, match="another program is still writing it"):
        read_sheet(sheet)


@pytest.mark.skipif(os.name == "nt", reason="an open file keeps its name")
def test_a_file_that_is_replaced_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor that writes a new file and renames it."""
    sheet, new = tmp_path / "night.cues", tmp_path / "night.cues.new"
    sheet.write_text(OLD)
    new.write_text(NEW)
    fstat = os.fstat

    def renamed(fd: int) -> os.stat_result:
        monkeypatch.setattr(os, "fstat", fstat)
        found = fstat(fd)
        os.replace(new, sheet)
        return found

    monkeypatch.setattr(os, "fstat", renamed)
    assert read_sheet(sheet).text == NEW


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not true():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", ["half a file", "a rename"])
def test_a_reload_never_takes_half_a_sheet(tmp_path: Path, how: str) -> None:
    sheet, log = tmp_path / "night.cues", tmp_path / "night.jsonl"
    sheet.write_text(OLD)

    async def act(show: LiveShow) -> None:
        show.key("go", "1", key="g")
        if how == "half a file":
            writer = Writer(sheet, HALVES["in the middle of a line"])
            show.key("reload", key="r")
            await asyncio.sleep(0.1)
            assert [cue.title for cue in show.view().cues] == ["Old"], "until it is whole"
            writer.finish()
        else:
            show.key("reload", key="r")
            for _ in range(20):
                (tmp_path / "new").write_text(NEW, "utf-8")
                library.take_place(str(tmp_path / "new"), str(sheet))
                await asyncio.sleep(0)
        await until(lambda: show.view().triggers[-1].did == "sheet reloaded")
        titles = [cue.title for cue in show.view().cues]
        assert titles in ([["Nouvelle scène", "Été"]] if how == "half a file" else [["Old"], ["Nouvelle scène", "Été"]])

    out, err = io.StringIO(), io.StringIO()
    options = RunOptions(str(sheet), log=str(log), inputs=("osc+udp://127.0.0.1:0",))

    assert run_show(options, screen=act, out=out, err=err) == 0
    verdicts = [r["verdict"] for r in map(json.loads, log.read_text().splitlines()) if r.get("request") == "reload"]
    assert verdicts == ["fired"]
