"""Sheets that no person writes, and files that go away: an editor gets its answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sheets.editing import RIG, Desk, editing

LONG = 1_000_000
ABOUT_A_PLACE = ("completion", "hover", "definition", "documentHighlight", "prepareRename")
ABOUT_A_SHEET = ("documentSymbol", "foldingRange", "semanticTokens/full", "formatting")


async def everything(desk: Desk, name: str, at: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Whatever an editor can ask about a place, and the answers."""
    about = {"textDocument": {"uri": desk.uri(name)}}
    more = {"position": at, "options": {"tabSize": 4, "insertSpaces": True}}
    found = {one: await desk.answer(f"textDocument/{one}", {**about, **more}) for one in ABOUT_A_PLACE + ABOUT_A_SHEET}
    inside = {"range": {"start": at, "end": at}, "position": at}
    inside["context"] = {"diagnostics": [], "includeDeclaration": True}
    for one in ("references", "codeAction", "inlayHint", "semanticTokens/range"):
        found[one] = await desk.answer(f"textDocument/{one}", {**about, **inside})
    assert not [one for one, answer in found.items() if "error" in answer]
    return found


CAMERAS, SUM = "    move " + "foh, " * (LONG // 5), "    wait " + "1s + " * (LONG // 5)
PARENTHESES, TEXT = f"    wait {'(' * (LONG // 2)}1s{')' * (LONG // 2)}", f'    note "{"é" * LONG}'


@pytest.mark.parametrize("line", [CAMERAS, SUM, PARENTHESES, TEXT], ids=["cameras", "a sum", "parentheses", "a text"])
async def test_a_line_of_a_megabyte_is_left_alone_and_the_lines_around_it_are_not(tmp_path: Path, line: str) -> None:
    async with editing(tmp_path) as desk:
        await desk.start()
        await desk.open("night.cues", f"{RIG}\ncue 1\n    move foh to wide\n{line}\ncue 2\n    move foh to \n")
        head = RIG.count("\n") + 1
        answers = await everything(desk, "night.cues", {"line": head + 2, "character": len(line)})
        assert answers["completion"]["result"]["items"] == []
        data = answers["semanticTokens/full"]["result"]["data"]
        rows = [sum(data[: at + 1 : 5]) for at in range(0, len(data), 5)]
        assert head + 1 in rows and head + 2 not in rows and head + 4 in rows
        assert "throne" in await desk.offers("night.cues", "cue 2\n    move foh to |\n")


async def test_of_thousands_of_mistakes_the_first_are_shown_and_each_question_has_its_answer(tmp_path: Path) -> None:
    cues = "".join(f"cue {number}\n    stop camera{number}\n" for number in range(1, 3_001))
    async with editing(tmp_path) as desk:
        await desk.start()
        await desk.open("night.cues", RIG + cues)
        shown = desk.published[desk.uri("night.cues")]["diagnostics"]
        assert len(shown) == 500 and shown[0]["range"]["start"]["line"] == RIG.count("\n") + 1
        await everything(desk, "night.cues", {"line": RIG.count("\n") + 1, "character": 9})
        desk.type("night.cues", "stop camera|1\n", "foh", instead=1)
        assert desk.texts["night.cues"].count("stop camerafoh")
        assert len(await desk.findings("night.cues")) == 500


@pytest.mark.parametrize("encodings", [["utf-16"], ["utf-8"]])
async def test_a_place_outside_the_text_is_its_nearest_end(tmp_path: Path, encodings: list[str]) -> None:
    text = f'{RIG}\ncue 1 "𝄞 Ouvertüre 🎭"\n    move foh to wide\n'
    last = text.count("\n")
    async with editing(tmp_path) as desk:
        await desk.start({"general": {"positionEncodings": encodings}})
        await desk.open("night.cues", text)
        for line in (0, last - 2, last - 1, last, last + 1, 2**31 - 1):
            for character in (0, 8, 9, 10, 500, 2**31 - 1):
                await everything(desk, "night.cues", {"line": line, "character": character})
        beyond = {"line": 2**31 - 1, "character": 2**31 - 1}
        desk.change("night.cues", [{"range": {"start": beyond, "end": beyond}, "text": "    stop lamp\n"}])
        assert await desk.findings("night.cues") == [f"E201 {last + 1}:10"]
        inside = {"line": last - 2, "character": 8}
        desk.change("night.cues", [{"range": {"start": inside, "end": {**inside, "character": 500}}, "text": ' x"'}])
        assert await desk.findings("night.cues") == [f"E201 {last + 1}:10"]


async def test_a_rig_that_goes_away_is_missed_and_found_again(tmp_path: Path) -> None:
    """Whether the editor tells of the file, or the sheet is only saved."""
    show = 'use "rig.cues"\n\ncue 1\n    move foh to wide\n'
    at = {"line": 3, "character": 12}
    async with editing(tmp_path, rig=RIG) as desk:
        await desk.start()
        await desk.open("night.cues", show)
        assert await desk.findings("night.cues") == []
        told = ("workspace/didChangeWatchedFiles", {"changes": [{"uri": desk.uri("rig.cues"), "type": 3}]})
        saved = ("textDocument/didSave", {"textDocument": {"uri": desk.uri("night.cues")}})
        for method, params in (told, saved):
            (tmp_path / "rig.cues").unlink()
            await everything(desk, "night.cues", at)
            desk.tell(method, params)
            assert await desk.findings("night.cues") == ["E205 1:5"]
            await everything(desk, "night.cues", at)
            (tmp_path / "rig.cues").write_text(RIG, encoding="utf-8")
            desk.tell(method, params)
            assert await desk.findings("night.cues") == []
        await desk.open("rig.cues")
        (tmp_path / "rig.cues").unlink()
        desk.tell(*told)
        assert await desk.findings("night.cues") == [], "it is open in the editor"
        desk.tell("textDocument/didClose", {"textDocument": {"uri": desk.uri("rig.cues")}})
        del desk.texts["rig.cues"], desk.versions["rig.cues"]
        assert await desk.findings("night.cues") == ["E205 1:5"]
