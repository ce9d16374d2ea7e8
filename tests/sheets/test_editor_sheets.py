"""What the language server makes of a whole sheet: outline, folding, layout, arrival times, colours, and fixes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cuelang.sheets.editor.tokens import TYPES
from tests.sheets.editing import RIG, Desk, editing

NIGHT = """\
use "globe.cues"

# The whole evening,
# in two acts.
show "Twelfth Night"
    fps 25

define bow(cam)
    zoom cam to 80% over 4s

section "Act I"

cue 1 "House öpen"
    at 0s
        move wings to wide
        bow(foh)

cue 2.5
    move foh to throne over 2s
    # done

section "Act II"

cue 3 "🎭"
    note "x"
"""


async def night(desk: Desk, text: str = NIGHT) -> None:
    await desk.start()
    await desk.open("night.cues", text)


async def test_the_outline_has_sections_with_their_cues(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        found = await desk.of("documentSymbol", "night.cues")
        assert [one["name"] for one in found] == ["Twelfth Night", "bow", "Act I", "Act II"]
        act = found[2]
        assert [(one["name"], one.get("detail", "")) for one in act["children"]] == [
            ("cue 1", "House öpen"), ("cue 2.5", ""),
        ]  # fmt: skip
        assert act["range"] == {"start": {"line": 10, "character": 0}, "end": {"line": 20, "character": 0}}
        cue = act["children"][1]
        assert cue["range"]["start"]["line"] == 17 and cue["range"]["end"] == {"line": 18, "character": 30}
        assert cue["selectionRange"] == {"start": {"line": 17, "character": 4}, "end": {"line": 17, "character": 7}}


async def test_blocks_sections_and_comments_fold(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        found = await desk.of("foldingRange", "night.cues")
        folds = {(one["startLine"], one["endLine"], one.get("kind", "")) for one in found}
        assert {(2, 3, "comment"), (12, 15, ""), (13, 15, ""), (10, 18, "region"), (21, 24, "region")} <= folds


async def test_the_layout_is_fmt_s_and_only_what_differs_is_replaced(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        options = {"tabSize": 2, "insertSpaces": True}
        assert await desk.of("formatting", "night.cues", options=options) == []
        desk.type("night.cues", "move foh to| throne over 2s", "   ")
        [edit] = await desk.of("formatting", "night.cues", options=options)
        assert desk.changed("night.cues", [edit]) == NIGHT and edit["range"]["start"]["line"] == 18
        desk.type("night.cues", "move foh |to", "(")
        assert await desk.of("formatting", "night.cues", options=options) is None


async def test_lines_say_when_what_they_set_going_arrives(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        found = await desk.of("inlayHint", "night.cues", range=everything)
        hints = {one["position"]["line"]: one["label"] for one in found}
        assert hints[12] == "4s" and hints[15] == "→ 0:04.000" and hints[18].startswith("→ 0:02")
        assert 14 not in hints  # the cameras are there already
        desk.type("night.cues", "cue 2.5\n|", "    wait 1s\n")
        found = await desk.of("inlayHint", "night.cues", range=everything)
        assert {one["position"]["line"]: one["label"] for one in found}[19].startswith("→ 0:03")


def coloured(text: str, data: list[int]) -> dict[str, set[str]]:
    """The words of each kind."""
    rows = text.split("\n")
    found: dict[str, set[str]] = {}
    line = start = 0
    for at in range(0, len(data), 5):
        ahead, over, length, kind, _ = data[at : at + 5]
        line, start = line + ahead, over if ahead else start + over
        row = rows[line].encode("utf-16-le")
        word = row[2 * start : 2 * (start + length)].decode("utf-16-le")
        found.setdefault(TYPES[kind], set()).add(word)
    return found


async def test_names_are_coloured_by_what_they_are(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        data = (await desk.of("semanticTokens/full", "night.cues"))["data"]
        kinds = coloured(NIGHT, data)
        assert {"wings", "foh"} <= kinds["class"] and "bow" in kinds["function"]
        assert {"wide", "throne"} <= kinds["enumMember"] and "cam" in kinds["parameter"]
        assert {"1", "2.5", "3"} <= kinds["event"] and {"cue", "move", "to", "over"} <= kinds["keyword"]
        assert '"🎭"' in kinds["string"] and {"80%", "4s"} <= kinds["number"]
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        assert (await desk.of("semanticTokens/range", "night.cues", range=everything))["data"] == data


async def fixed(desk: Desk, around: str) -> dict[str, str]:
    """What each fix at a place makes of the sheet."""
    place = desk.place("night.cues", around)
    params: dict[str, Any] = {"range": {"start": place, "end": place}, "context": {"diagnostics": []}}
    found = await desk.of("codeAction", "night.cues", **params)
    return {one["title"]: desk.changed("night.cues", one["edit"]["changes"][desk.uri("night.cues")]) for one in found}


@pytest.mark.parametrize(
    ("line", "title", "mended"),
    [
        ("move foh to thrne", "Change to “throne”", "move foh to throne"),
        ("move fho to throne", "Change to “foh”", "move foh to throne"),
        ("mvoe foh to throne", "Change to “move”", "move foh to throne"),
        ("set foh white_balanc auto", "Change to “white_balance”", "set foh white_balance auto"),
        ("zoom foh to 50", "Write `50%`", "zoom foh to 50%"),
        ("wait 5", "Write `5s`", "wait 5s"),
        ("foh throne", "Write `move foh to throne`", "move foh to throne"),
        ("at 2s foh throne", "Write `move foh to throne`", "at 2s move foh to throne"),
        ("move foh to throne  # there\n    move foh to wide", "Add `wait for foh`",
         "move foh to throne  # there\n    wait for foh\n    move foh to wide"),
    ],
)  # fmt: skip
async def test_a_mistake_is_mended_as_its_hint_says(tmp_path: Path, line: str, title: str, mended: str) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk, f'use "globe.cues"\n\ncue 1\n    {line}\n')
        assert await desk.findings("night.cues")
        at = line.rpartition("\n    ")[2]
        found = await fixed(desk, f"|{at}")
        assert found.get(title) == f'use "globe.cues"\n\ncue 1\n    {mended}\n', found


async def test_live_is_added_to_a_move_on_program(tmp_path: Path) -> None:
    text = 'use "globe.cues"\n\ncue 1\n    tally foh program\n    move foh to throne  # seen\n'
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk, text)
        assert await desk.findings("night.cues") == ["W601 5:5"]
        found = await fixed(desk, "mo|ve foh")
        assert found == {"Add `live`": text.replace("throne  #", "throne live  #")}


async def test_what_is_never_used_can_be_removed(tmp_path: Path) -> None:
    text = 'use "globe.cues"\n\nlet storm = 12s\n\ncue 1\n    move foh to throne\n'
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk, text)
        found = await fixed(desk, "let st|orm")
        assert found["Remove “storm”"] == 'use "globe.cues"\n\ncue 1\n    move foh to throne\n'
