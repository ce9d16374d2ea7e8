"""How text falls into blocks and logical lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cuelang.lang.layout import JOINT, Logical, blocks, clean, lay_out


def outline(line: Logical) -> object:
    return (line.text.strip(), [outline(child) for child in line.children]) if line.children else line.text.strip()


def test_a_block_starts_at_the_left_edge_and_keeps_its_trailing_comments() -> None:
    assert list(blocks("# top\n\ncue 1\n    a\n# c\n\ncue 2\n")) == [
        (3, "cue 1\n    a\n# c\n\n"),
        (7, "cue 2\n"),
    ]


def test_a_parenthesis_holds_a_block_together() -> None:
    assert [line for line, _ in blocks('f(a, # (\n"(",\nb)\ng\n')] == [1, 4]
    assert [line for line, _ in blocks("f(a,\ncue 2\n")] == [1, 2]
    assert [line for line, _ in blocks("f(a,\ng(b)\n")] == [1, 2]


@given(st.text(alphabet='a (),"#\n\t\\', max_size=120))
def test_blocks_lose_no_line(text: str) -> None:
    cut = list(blocks(text))
    position = None
    for line, block in cut:
        assert position is None or line == position
        position = line + block.count("\n")
    if cut:
        assert text.endswith("".join(block for _, block in cut))


def test_the_tree_follows_the_indentation() -> None:
    laid = lay_out("a\n  b\n    c\n  d\n      e\n")
    assert [outline(root) for root in laid.roots] == [("a", [("b", ["c"]), ("d", ["e"])])]
    assert not laid.problems


def test_comments_go_and_strings_may_hold_their_sign() -> None:
    laid = lay_out('note "a # b \\" (" # c "\n')
    assert [root.text for root in laid.roots] == ['note "a # b \\" ("']


def test_a_broken_line_is_joined_with_its_rows_kept() -> None:
    laid = lay_out("f(a, # one\n\n   b # two\n)\ng\n")
    assert [(root.text, root.number, root.rows) for root in laid.roots] == [
        (f"f(a,{JOINT}{JOINT}   b{JOINT})", 0, 4),
        ("g", 4, 1),
    ]


def test_line_ends_are_made_one_kind() -> None:
    assert clean("\ufeffa\r\nb\rc\n") == "a\nb\nc\n"
