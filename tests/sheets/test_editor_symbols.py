"""The outline that is kept while a sheet is edited is the one that its text would have afresh."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from hypothesis import given
from hypothesis import strategies as st

from cuelang.sheets.editor.documents import Document, Encoding, TextPlace, units
from cuelang.sheets.editor.outline import Item, outline
from cuelang.sheets.editor.symbols import KINDS, RUN, Symbols
from tests.drawn import examples

ROWS = (
    'show "Twelfth Night"', 'camera foh "sim://foh"', "    preset wide = 1", "", "# a comment", 'section "Act I"',
    'section "Act Ⅱ 🎭"', 'cue 1 "öpen 🎭"', "cue 2.5", "    move foh to wide", "  # inside", "define bow(cam)",
    "    zoom cam to 80%", "use stage", "cue", "\tstop all  ", "let f🎭 = 2s", 'group "x"',
)  # fmt: skip
ROW = st.sampled_from(ROWS)
TEXT = st.one_of(ROW, st.lists(ROW, max_size=4).map("\n".join), st.text('c #\nue1\r\t🎭"', max_size=6))


def shown(items: Iterable[Item], document: Document) -> list[dict[str, Any]]:
    """The symbols as the protocol has them, from the outline of the whole text."""

    def place(line: int, column: int) -> dict[str, int]:
        return {"line": line, "character": units(document.rows[line], column, document.encoding)}

    found: list[dict[str, Any]] = []
    for head, line, end, children in items:
        one: dict[str, Any] = {
            "name": f"cue {head.name}" if head.word == "cue" else head.name or head.word,
            "kind": KINDS[head.word].value,
            "range": {"start": place(line, 0), "end": place(end - 1, len(document.rows[end - 1].rstrip("\r\n")))},
            "selectionRange": {"start": place(line, head.start), "end": place(line, head.stop)},
        }
        if head.detail:
            one["detail"] = head.detail
        if children:
            one["children"] = shown(children, document)
        found.append(one)
    return found


@given(
    st.lists(ROW, max_size=30),
    st.lists(st.tuples(*[st.integers(0, 40), st.integers(0, 30)] * 2, TEXT, st.booleans()), max_size=8),
    st.sampled_from(["utf-8", "utf-16"]),
    st.sampled_from([1, 2, 3, RUN]),
)
@examples(150)
def test_the_outline_after_edits_is_that_of_the_text(
    rows: list[str], edits: list[tuple[int, int, int, int, str, bool]], encoding: Encoding, run: int
) -> None:
    document = Document("file:///x.cues", "/x.cues", "\n".join(rows), 1, encoding)
    symbols = Symbols(document, run)
    assert json.loads(symbols.json()) == shown(outline(document.rows), document)
    for line, column, to, end, text, asked in edits:
        document.edit(document.place(line, column), document.place(to, end), text)
        if asked:
            assert json.loads(symbols.json()) == shown(outline(document.rows), document)
    assert json.loads(symbols.json()) == shown(outline(document.rows), document)
    document.replace("\n".join(ROWS))
    assert json.loads(symbols.json()) == shown(outline(document.rows), document)


def test_a_key_makes_only_its_own_cue_again() -> None:
    """Of ten thousand lines it looks at those of the block around the key, and of the one before."""

    class Rows(list[str]):
        seen: ClassVar[list[int]] = []

        def __getitem__(self, at: Any) -> Any:
            if isinstance(at, int):
                self.seen.append(at)
            return super().__getitem__(at)

    document = Document("file:///x.cues", "/x.cues", "cue 1\n    stop all\n" * 5000, 1, "utf-16")
    symbols = Symbols(document)
    before = symbols.json()
    document.edit(TextPlace(4001, 0), TextPlace(4001, 0), " ")
    document.rows = Rows(document.rows)
    after = json.loads(symbols.json())
    assert set(document.rows.seen) <= set(range(3998, 4002))
    assert [number for number, one in enumerate(json.loads(before)) if one != after[number]] == [2000]
    document.rows.seen.clear()
    document.edit(TextPlace(1, 4), TextPlace(1, 4), " ")
    document.edit(TextPlace(9001, 4), TextPlace(9001, 4), " ")
    json.loads(symbols.json())
    assert set(document.rows.seen) <= {*range(4), *range(8998, 9002)}
