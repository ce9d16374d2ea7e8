"""No cell of a list or a log that is exported is a formula in a spreadsheet, and every text comes back as it was."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cuelang.exchange.entries import ExchangeEntry, ExchangeList, sheet_text
from cuelang.exchange.reading import guess, read
from cuelang.exchange.writing import to_csv, to_eos
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plain import cell, defused, plain, restored
from cuelang.plan import Plan
from cuelang.runtime.asrun import csv_lines
from cuelang.runtime.record_json import from_json
from cuelang.source import Source
from tests.drawn import examples

SEPARATORS = ",;\t"
"""What spreadsheets part cells at, in one country or another."""
FORMULA = "=+-@＝＋－＠"
ATTACKS = (
    "=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", " =1", "'=1", "''=1", "x;=1", "x\n=1", "x\t-1", 'x;"=1', '"=1";=2', "=",
    "'", "' x", "x ", "\tx", "\n", "＝1", "\u00a0=1", 'a;"=1";b', "Ready:\n- LX", "x;'=1", ";\t\n='=", "a,=1", "|=1",
    'x;\n"=1"', "\u2003+1", "{n}", "{{n}}", "C:\\new\n=1",
)  # fmt: skip
TEXTS = st.one_of(
    st.text(f"{FORMULA}{SEPARATORS}\n '\"|x1{{}}\\\u00a0", min_size=1, max_size=12),
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12),
)


def compiled(text: str) -> Plan:
    done = Compiler(Library()).compile(Source("show.cues", text))
    assert done.plan is not None, done.diagnostics
    return done.plan


def show(title: str, section: str, standby: str) -> Plan:
    return compiled(
        sheet_text(
            ExchangeList("nowhere", entries=[ExchangeEntry("1", title, section, standby), ExchangeEntry("2", "x")])
        )
    )


def begins_formula(shown: str) -> bool:
    return shown.lstrip(" \u00a0\u2003\u3000\t\r\n")[:1] in tuple(FORMULA)


def shown_cells(text: str, separator: str) -> list[str]:
    """The cells as a spreadsheet has them that parts them there."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
    return [one for row in rows for one in row]


@pytest.mark.parametrize("title", ATTACKS)
def test_what_is_dangerous_comes_back_and_is_harmless_on_the_way(title: str) -> None:
    plan = show(title, title, title)
    assert (plan.cues[0].title, plan.cues[0].section, plan.cues[0].standby) == (title, title, title)
    text = to_csv(plan)
    for separator in SEPARATORS:
        assert not [one for one in shown_cells(text, separator) if begins_formula(one)], separator
    again = compiled(sheet_text(read("list.csv", text.encode())))
    assert (again.cues[0].title, again.cues[0].section, again.cues[0].standby) == (title, title, title)


@given(TEXTS, TEXTS, TEXTS)
@examples(300)
@example('x;"=1"', "ident 3:0", "TARGET_TYPE TARGET_ID")
@example("{", "[", "x\n  ident 3")
def test_a_list_for_a_spreadsheet_comes_back(title: str, section: str, standby: str) -> None:
    plan = show(title, section, standby)
    text = to_csv(plan)
    for separator in SEPARATORS:
        assert not [one for one in shown_cells(text, separator) if begins_formula(one)], separator
    assert guess("list.csv", text.encode()) == "csv"
    again = compiled(sheet_text(read("list.csv", text.encode())))
    assert [(cue.title, cue.section, cue.standby) for cue in again.cues] == [
        (cue.title, cue.section, cue.standby) for cue in plan.cues
    ]


@given(TEXTS)
@examples(200)
def test_a_list_for_eos_has_no_formula_and_its_labels_come_back_in_one_line(title: str) -> None:
    plan = show(title, "", "")
    text = to_eos(plan)
    for separator in SEPARATORS:
        assert not [one for one in shown_cells(text, separator) if begins_formula(one)], separator
    again = compiled(sheet_text(read("show.csv", text.encode())))
    assert again.cues[0].title == plain(title)


@given(st.lists(TEXTS, min_size=1, max_size=4))
@examples(200)
def test_a_log_for_a_spreadsheet_has_no_formula(texts: list[str]) -> None:
    base = {"wall": "2026-01-01T00:00:00+00:00", "t_ms": 1.0, "kind": "note", "cue": "1"}
    records = [from_json({**base, "seq": seq, "text": text, "file": text}) for seq, text in enumerate(texts, 1)]
    text = "".join(csv_lines(records))
    assert text.count("\n") == len(texts) + 1
    for separator in SEPARATORS:
        assert not [one for one in shown_cells(text, separator) if begins_formula(one)], separator


@given(st.text(f"{FORMULA}{SEPARATORS}\n\r '\"x", max_size=12))
@examples(300)
def test_every_text_comes_back_from_its_cell(text: str) -> None:
    assert restored(defused(text)) == text
    assert not begins_formula(defused(text))
    assert "\n" not in str(cell(text)) and "\t" not in str(cell(text))


def test_a_long_text_is_defused_in_time_that_grows_with_it() -> None:
    for unit in ("\t", " ", "'", ";", '"', "\n", "; ", "'\t"):
        text = unit * 200_000 + "="
        assert restored(defused(text)) == text
