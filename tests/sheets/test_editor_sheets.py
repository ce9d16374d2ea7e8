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


NEAR = "move foh to throne over 2.5s"


@pytest.mark.parametrize(
    ("before", "line", "title", "after"),
    [
        (f"    {NEAR}\n    tally foh program\n", "tally foh program", "Add `wait for foh`",
         f"    {NEAR}\n    wait for foh\n    tally foh program\n"),
        (f"    {NEAR}\n    at 1s tally foh program\n", "tally foh program", "Add `wait for foh`",
         f"    {NEAR}\n    wait for foh\n    at 1s tally foh program\n"),
        (f"    {NEAR}\n    at 1s\n        tally foh program\n", "tally foh program", "Add `wait for foh`",
         f"    {NEAR}\n    at 1s\n        wait for foh\n        tally foh program\n"),
        (f"    {NEAR}\n    tally foh program\n", "tally foh program", "Add `live` to the move",
         f"    {NEAR} live\n    tally foh program\n"),
        (f"    do\n        {NEAR}  # far\n    tally foh program\n", "tally foh program", "Add `live` to the move",
         f"    do\n        {NEAR} live  # far\n    tally foh program\n"),
        (f"    {NEAR}\n    move wings to wide\n", "move wings", "Add `wait for foh`",
         f"    {NEAR}\n    wait for foh\n    move wings to wide\n"),
        (f"\t{NEAR}\n\ttally foh program\n", "tally foh program", "Add `wait for foh`",
         f"\t{NEAR}\n\twait for foh\n\ttally foh program\n"),
        (f"    {NEAR}\r\n    tally foh program\r\n", "tally foh program", "Add `wait for foh`",
         f"    {NEAR}\r\n    wait for foh\r\n    tally foh program\r\n"),
        ("    for c in wings every 4s\n        move c to wide over 3s\n        zoom c to 9%\n", "zoom c",
         "Add `wait for c`",
         "    for c in wings every 4s\n        move c to wide over 3s\n        wait for c\n        zoom c to 9%\n"),
        (f"    twice(foh)\n\ndefine twice(cam)\n    {NEAR.replace('foh', 'cam')}\n    zoom cam to 9%\n", "zoom cam",
         "Add `wait for cam`",
         (f"    twice(foh)\n\ndefine twice(cam)\n    {NEAR.replace('foh', 'cam')}\n    wait for cam\n"
         "    zoom cam to 9%\n")),
        (f"    {NEAR}\n    move foh to wide\n", "move foh to wide", "Remove this line", f"    {NEAR}\n"),
        ("    start 2\n    wait 1s\n    start 2\n\ncue 2.0  # late\n    wait 5s\n", "wait 1s\n    |start 2",
         "Add `restart` to cue 2",
         "    start 2\n    wait 1s\n    start 2\n\ncue 2.0  # late\n    restart\n    wait 5s\n"),
        ("    focus foh auto\n\ncue 2\n    focus foh to 500\n", "focus foh to", "Add `focus foh manual`",
         "    focus foh auto\n\ncue 2\n    focus foh manual\n    focus foh to 500\n"),
    ],
)  # fmt: skip
async def test_what_collides_is_made_to_wait_or_is_meant(
    tmp_path: Path, before: str, line: str, title: str, after: str
) -> None:
    """Each fix leaves a sheet without the finding."""
    head = 'use "globe.cues"\n\ncue 1\n'
    around = line if "|" in line else f"|{line}"
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk, head + before)
        code = next(one["code"] for one in at_line(desk, desk.place("night.cues", around)["line"]))
        found = await fixed(desk, around)
        assert found.get(title) == head + after, found
        desk.texts["night.cues"] = head + after
        desk.change("night.cues", [{"text": head + after}])
        assert code not in [one[:4] for one in await desk.findings("night.cues")]


def at_line(desk: Desk, line: int) -> list[dict[str, Any]]:
    listed = desk.published[desk.uri("night.cues")]["diagnostics"]
    return [one for one in listed if one["range"]["start"]["line"] == line]


async def test_no_wait_is_offered_where_it_would_not_help_and_no_fix_twice(tmp_path: Path) -> None:
    text = f'use "globe.cues"\n\ncue 1\n    together\n        {NEAR}\n        move foh to wide\n'
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk, text)
        assert [*await fixed(desk, "|move foh to wide")] == ["Remove this line"]
        text = f'use "globe.cues"\n\ncue 1\n    {NEAR}\n    zoom foh to 10% over 3s\n    tally foh program\n'
        desk.texts["night.cues"] = text
        desk.change("night.cues", [{"text": text}])
        assert (await desk.findings("night.cues")).count("W602 6:5") == 2
        place = desk.place("night.cues", "|tally foh")
        params: dict[str, Any] = {"range": {"start": place, "end": place}, "context": {"diagnostics": []}}
        found = [one for one in await desk.of("codeAction", "night.cues", **params) if "wait" in one["title"]]
        assert len(found) == 1 and len(found[0]["diagnostics"]) == 2


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
