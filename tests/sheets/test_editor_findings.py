"""The language server's findings: as one types, over what is not saved, in the right one of several sheets."""

from __future__ import annotations

import json
from pathlib import Path

from lsprotocol import types as lsp
from pygls.protocol import default_converter

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.sheets.editor import convert
from cuelang.source import Source
from tests.sheets.editing import RIG, editing

NIGHT = """\
use "globe.cues"

cue 1 "House open"
    move wings to wide

cue 2 "The king"
    move foh to throne over 2s
    go 1
"""


async def test_a_mistake_is_found_as_it_is_typed_and_gone_when_it_is_mended(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await desk.start()
        await desk.open("night.cues", NIGHT)
        assert await desk.findings("night.cues") == []
        desk.type("night.cues", "to thro|ne", "x", instead=2)
        assert await desk.findings("night.cues") == ["E202 7:17"]
        message = desk.published[desk.uri("night.cues")]["diagnostics"][0]["message"]
        assert "“foh” has no preset “throx”. Did you mean “throne”?" in message
        desk.type("night.cues", "to thro|x", "ne", instead=1)
        assert await desk.findings("night.cues") == []


async def test_what_is_not_saved_in_the_rig_counts_for_the_show(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await desk.start()
        await desk.open("night.cues", NIGHT)
        await desk.open("globe.cues")
        desk.type("globe.cues", "preset thro|ne", "ttle")
        assert await desk.findings("night.cues") == ["E202 7:17"]
        assert (tmp_path / "globe.cues").read_text() == RIG
        desk.tell("textDocument/didClose", {"textDocument": {"uri": desk.uri("globe.cues")}})
        del desk.texts["globe.cues"], desk.versions["globe.cues"]
        assert await desk.findings("night.cues") == []


async def test_a_mistake_in_a_used_sheet_that_is_not_open_is_told_there(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG.replace("    model ", "    mode_l ")) as desk:
        await desk.start()
        await desk.open("night.cues", NIGHT)
        assert await desk.findings("night.cues") == []
        assert await desk.findings("globe.cues") == ["E209 4:5"]


async def test_a_used_sheet_is_looked_at_through_the_show_that_uses_it(tmp_path: Path) -> None:
    """Alone it would name cameras that it does not declare."""
    macros = "define bow(cam)\n    move foh to throne\n    move cam to wide\n"
    show = 'use "globe.cues"\nuse "macros.cues"\n\ncue 1\n    bow(left)\n'
    async with editing(tmp_path, globe=RIG, macros=macros, night=show) as desk:
        await desk.start()
        await desk.open("macros.cues")
        assert await desk.findings("macros.cues") == []
        desk.type("macros.cues", "foh to |throne", "f")
        assert await desk.findings("macros.cues") == ["E202 2:17"]


async def test_the_cue_that_is_edited_is_looked_at_before_the_show_is_compiled(tmp_path: Path) -> None:
    """What comes first after a key has the edited cue's mistake, and what was found elsewhere, moved."""
    async with editing(tmp_path, globe=RIG) as desk:
        await desk.start()
        await desk.open("night.cues", f"{NIGHT}\ncue 3\n    move nobody to wide\n")
        assert await desk.findings("night.cues") == ["E201 11:10"]
        desk.messages.clear()
        desk.type("night.cues", "    |move wings to wide", "zoom foh to 50\n    ")
        await desk.until(lambda: any("method" in one for one in desk.messages))
        first = next(one for one in desk.messages if "method" in one)["params"]
        codes = [(one["code"], one["range"]["start"]["line"] + 1) for one in first["diagnostics"]]
        assert first["version"] == 2 and codes == [("W613", 4), ("W603", 5), ("E201", 12)]
        assert await desk.findings("night.cues") == ["W613 4:17", "W603 5:5", "E201 12:10"]


async def test_positions_are_utf_16_unless_utf_8_is_offered(tmp_path: Path) -> None:
    text = f'{RIG}\ncue 1 "🎭 König"\n    note "🎭🎭ö"\n    at 0s note "🎭"  # 🎭\n    standby "🎭" go nowhere\n'
    found = {}
    for offered in ([], ["utf-16"], ["utf-16", "utf-8"], ["utf-8"], ["utf-32"]):
        async with editing(tmp_path) as desk:
            result = await desk.start({"general": {"positionEncodings": offered}} if offered else {})
            await desk.open("night.cues", text)
            encoding = result["capabilities"]["positionEncoding"]
            [finding] = desk.published[desk.uri("night.cues")]["diagnostics"]
            found[encoding] = finding["range"]["start"]["character"]
            assert encoding == ("utf-8" if "utf-8" in offered else "utf-16")
            desk.type("night.cues", 'note "🎭|🎭ö"', "ü🎭", instead=1)
            assert await desk.findings("night.cues") == [f"E101 17:{found[encoding] + 1}"]
    assert found == {"utf-16": 17, "utf-8": 19}


async def test_a_whole_text_and_every_end_of_a_line_are_taken(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await desk.start()
        await desk.open("night.cues", NIGHT.replace("\n", "\r\n"))
        assert await desk.findings("night.cues") == []
        desk.change("night.cues", [{"text": "cue 1\r    move foh to wide\r"}])
        assert await desk.findings("night.cues") == ["E201 2:10"]


async def test_a_sheet_without_a_file_and_one_in_a_folder_that_is_not_there_are_compiled(tmp_path: Path) -> None:
    async with editing(tmp_path) as desk:
        await desk.start()
        for uri in ("untitled:Untitled-1", "file:///nowhere/at/all.cues"):
            item = {"uri": uri, "languageId": "cuelang", "version": 1, "text": "cue 1\n    move foh to wide\n"}
            desk.tell("textDocument/didOpen", {"textDocument": item})
            await desk.until(lambda uri=uri: uri in desk.published)
            assert [one["code"] for one in desk.published[uri]["diagnostics"]] == ["E201"]


async def test_the_rig_and_the_values_of_tonight_can_be_given(tmp_path: Path) -> None:
    tour = RIG.replace("throne", "dock")
    async with editing(tmp_path, globe=RIG, tour=tour) as desk:
        await desk.start(rootUri=tmp_path.as_uri(), initializationOptions={"rig": "tour.cues", "set": {"x": "1s"}})
        await desk.open("night.cues", NIGHT)
        codes = await desk.findings("night.cues")
        assert "E202 7:17" in codes and codes[0].startswith("E209")


async def test_findings_name_the_other_place(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await desk.start()
        await desk.open("night.cues", f'{NIGHT}\ncue 2.0 "Again"\n    move foh to wide\n')
        [found] = desk.published[desk.uri("night.cues")]["diagnostics"]
        assert found["code"] == "E207" and found["severity"] == 1 and found["source"] == "cuelang"
        [related] = found["relatedInformation"]
        assert related["message"] == "first here"
        assert related["location"]["range"]["start"] == {"line": 5, "character": 4}


def test_a_finding_is_written_as_the_protocol_s_types_would_be() -> None:
    text = RIG + 'let idle = 2s\n\ncue 1 "🎭" extra\n\ncue 2\n    move foh to throne\n'
    text += "    move foh to 🎭\n    move foh to wide\n"
    text += '\ncue 3\n    tally foh program\n    move foh to throne\n\ncue 3\n    note "x"\n'
    found = Compiler(Library()).compile(Source("globe.cues", text)).diagnostics
    rows = convert.Rows(text.split("\n"), "utf-16")
    assert {one.code for one in found} > {"E207", "W603"} and any(one.labels for one in found)
    for one in found:
        typed = convert.diagnostic(
            one,
            rows,
            [
                lsp.DiagnosticRelatedInformation(lsp.Location("file:///x", rows.range(label.span)), label.text)
                for label in one.labels
            ],
        )
        plain: list[dict[str, object]] = [
            {"location": {"uri": "file:///x", "range": rows.span(label.span)}, "message": label.text}
            for label in one.labels
        ]
        assert json.loads(convert.published(one, rows, plain)) == default_converter().unstructure(typed)


async def test_a_finding_moves_with_the_width_of_what_is_before_it(tmp_path: Path) -> None:
    """In UTF-16 a mask is as wide as two letters: its line is written again though the finding is the same."""
    async with editing(tmp_path, globe=RIG) as desk:
        await desk.start()
        await desk.open("night.cues", 'use "globe.cues"\n\ncue 1 "a" extra\n')
        assert await desk.findings("night.cues") == ["E101 3:11"]
        desk.type("night.cues", 'cue 1 "|a', "🎭", 1)
        assert await desk.findings("night.cues") == ["E101 3:12"]
