"""What the language server does first: what is asked goes before the list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cuelang.lang.compile import Compilation
from cuelang.sheets.editor.line import Outlet
from cuelang.sheets.editor.server import Editor
from cuelang.sheets.editor.shows import EditorShow, same_names
from tests.benchmarks.sheets import long_sheet
from tests.sheets.editing import RIG, editing


async def test_no_question_waits_for_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between a question that is there to be read and its answer no piece of the list is compiled, also where nothing
    is known of what it is about."""
    pieces = 0
    heard: dict[int, int] = {}
    answered: dict[int, int] = {}
    compiled = Editor.one_slice
    receive, send = Editor.receive, Outlet.send

    def one_slice(*given: Any) -> bool:
        nonlocal pieces
        pieces += 1
        return compiled(*given)

    def received(editor: Editor, body: bytes) -> None:
        heard[json.loads(body).get("id", 0)] = pieces
        receive(editor, body)

    def sent(outlet: Outlet, *parts: bytes) -> None:
        answered[json.loads(b"".join(parts)).get("id", 0)] = pieces
        send(outlet, *parts)

    monkeypatch.setattr(Editor, "one_slice", one_slice)
    monkeypatch.setattr(Editor, "receive", received)
    monkeypatch.setattr(Outlet, "send", sent)
    monkeypatch.setattr("cuelang.sheets.editor.server.SLICE_S", 0.0)  # as many pieces as there can be
    async with editing(tmp_path) as desk:
        await desk.start()
        await desk.open("long.cues", long_sheet(1500))
        text = desk.texts["long.cues"]
        spoilt = "cue 7 " + text.partition("\ncue 7 ")[2].partition("\ncue 8 ")[0].replace(" to p", " to x", 1)
        column = spoilt.split("\n")[2].index(" to x") + 4
        line = text[: text.index("\ncue 7 ")].count("\n") + 3
        at = {"line": line, "character": column}
        desk.change("long.cues", [{"range": {"start": at, "end": {**at, "character": column + 1}}, "text": "x"}])
        about = {"textDocument": {"uri": desk.uri("long.cues")}, "position": at}
        whole = desk.question("textDocument/inlayHint", {**about, "range": {"start": at, "end": at}})
        asked: list[int] = []
        during = 0
        while not whole.done():
            for question in ("hover", "completion", "documentSymbol"):
                during += pieces > 0 and not whole.done()
                future = desk.question(f"textDocument/{question}", about)
                asked.append(desk.number)
                answer = await future
                assert "error" not in answer
                assert question != "hover" or answer["result"] is None, "the preset is not declared"
        assert during and pieces > 3
        assert [answered[one] - heard[one] for one in asked] == [0] * len(asked)


async def test_only_a_name_that_may_be_new_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a word has no meaning, as the list was last: a preset with another place has brought none, one whose line
    was a comment has."""
    passes: list[int] = []
    begin = EditorShow.begin

    def begun(show: EditorShow) -> Compilation:
        passes.append(1)
        return begin(show)

    monkeypatch.setattr("cuelang.sheets.editor.server.REST_S", 0.2)
    monkeypatch.setattr(EditorShow, "begin", begun)
    sheet = f"{RIG}cue 1\n    move foh to door\n".replace("    preset door", "    # preset door")
    sheet = sheet.replace("left, foh", "left").replace("move foh", "move left")
    async with editing(tmp_path) as desk:
        await desk.start()
        await desk.open("night.cues", sheet)
        before = len(passes)
        desk.type("night.cues", "-30deg tilt |5deg zoom", "7", instead=1)
        assert await desk.at("hover", "night.cues", "move left to do|or") is None
        assert len(passes) == before
        await desk.settled()
        before = len(passes)
        desk.type("night.cues", "    |# preset door", "", instead=2)
        assert "12" in str(await desk.at("hover", "night.cues", "move left to do|or"))
        assert len(passes) == before + 1


def test_names_are_the_same_where_only_numbers_differ() -> None:
    assert same_names(["    preset wide = 1 at pan 0deg\n"], ["    preset wide = 1 at pan 10deg\n"])
    for before, after in (
        ("    preset p1 = 1\n", "    preset p2 = 1\n"),
        ("    # preset wide\n", "    preset wide\n"),
        ("    preset wide\n", "        preset wide\n"),
        ("cue 5\n", "cue 6\n"),
        ("    a1\n", "    1\n"),
    ):
        assert not same_names([before], [after])
