"""Cue lists as other programs write them, and the sheets that come of them. Every one of those sheets compiles."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

from cuelang.cli.parser import main
from cuelang.exchange import reading, writing
from cuelang.exchange.entries import ImportProblem, sheet_text
from cuelang.exchange.reading import guess, read
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import Plan
from cuelang.source import Source


def compiled(text: str) -> Plan:
    result = Compiler(Library()).compile(Source("imported.cues", text))
    assert result.plan is not None, [each.message for each in result.diagnostics]
    return result.plan


def imported(name: str, data: str | bytes, **map_: str) -> tuple[str, Plan]:
    text = sheet_text(read(name, data if isinstance(data, bytes) else data.encode(), None, map_))
    return text, compiled(text)


EOS = """\
START_TARGETS
TARGET_TYPE,TARGET_TYPE_AS_TEXT,TARGET_LIST_NUMBER,TARGET_ID,TARGET_DCID,PART_NUMBER,LABEL,NOTES
15,Cue_List,,1,A1,,Main,
1,Cue,1,1,A2,,Preset,check the haze
1,Cue,1,2.5,A3,,"Storm, loud",
1,Cue,1,2.5,A4,1,Cyc,
1,Cue,3,7,A5,,Curtain call,
11,Group,,4,A6,,Wash,
END_TARGETS
"""


def test_eos_gives_a_trigger_for_each_cue_and_says_what_it_left() -> None:
    text, plan = imported("storm.csv", EOS)
    assert [(cue.number, cue.title) for cue in plan.cues] == [
        ("1", "Preset"), ("2.5", "Storm, loud"), ("7", "Curtain call"),
    ]  # fmt: skip
    assert writing.triggers_of(plan) == {
        "1": ["/eos/out/event/cue/1/1/fire"],
        "2.5": ["/eos/out/event/cue/1/2.5/fire"],
        "7": ["/eos/out/event/cue/3/7/fire"],
    }
    assert "# check the haze" in text and "Part 1 of cue 2.5 Cyc" in text and "1 of the type Group" in text


def test_usitt_ascii() -> None:
    text, plan = imported(
        "show.asc",
        "! made by a desk\nIdent 3:0\nManufacturer ETC\nTitle The Tempest\nCue 1\nText House to half\nUp 5\nDown 5\n"
        "Chan 1@FF 2/80\nCue 2.5 \nText Storm\nFollowon 3\nUp 0.5\nSneak 4\nEndData\n",
    )
    assert plan.settings.title == "The Tempest"
    assert [(cue.number, cue.title, cue.follow) for cue in plan.cues] == [
        ("1", "House to half", None), ("2.5", "Storm", 3_000_000_000),
    ]  # fmt: skip
    assert "# up 0.5" in text and "1 × SNEAK" in text


def test_qlab_text() -> None:
    _, plan = imported(
        "qlab.txt", "Number\tQ Name\tName\tType\n1\t\tOverture\tAudio\n2\t\tStorm\tGroup\n\t\tno number\tMemo\n"
    )
    assert [(cue.number, cue.title) for cue in plan.cues] == [("1", "Overture"), ("2", "Storm")]


def test_ontime() -> None:
    rundown = {
        "project": {"title": "Sunday"},
        "rundowns": {
            "default": {
                "flatOrder": ["a", "m", "b", "d"],
                "entries": {
                    "a": {"type": "event", "cue": "1", "title": "Welcome", "note": "wait for lights", "skip": False},
                    "m": {"type": "milestone", "title": "Sermon"},
                    "b": {
                        "type": "event",
                        "cue": "2",
                        "title": "Speaker {now}",
                        "skip": True,
                        "custom": {"cam": "left"},
                    },
                    "d": {"type": "delay", "duration": 5},
                },
            }
        },
    }
    text, plan = imported("ontime.json", json.dumps(rundown))
    assert [(cue.number, cue.title, cue.section, cue.disabled) for cue in plan.cues] == [
        ("1", "Welcome", "", False), ("2", "Speaker {now}", "Sermon", True),
    ]  # fmt: skip
    assert "# wait for lights" in text and "# cam: left" in text and "an entry of the type delay" in text


def test_a_spreadsheet_with_merged_cells_and_formulas() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["The Tempest, act 1"])
    page.merge_cells("A1:C1")
    page.append(["Q", "Scene", "Camera"])
    page.append([1, "Ship", "=HYPERLINK(1)"])
    page.append([2.5, "Storm", "left"])
    out = io.BytesIO()
    book.save(out)
    text, plan = imported("list.xlsx", out.getvalue(), title="Scene")
    assert [(cue.number, cue.title) for cue in plan.cues] == [("1", "Ship"), ("2.5", "Storm")]
    assert "HYPERLINK" not in text and "# Camera: left" in text
    assert "#   line 3, column 3: a formula without a saved value" in text


def test_a_spreadsheet_that_is_too_long_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 50)
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append(["Cue", "Title"])
    for number in range(50):
        page.append([number, "x"])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(ImportProblem, match="more than 50 rows"):
        read("list.xlsx", out.getvalue())


def test_what_has_no_heading_and_what_is_not_a_cue_is_kept_in_full() -> None:
    text, _ = imported("list.csv", "Cue,Name,Standby\n1,Ship,,more\n1A,Storm,LX 4\n")
    assert "    # column 4: more" in text
    assert "#   1A  Storm" in text and "#       standby: LX 4" in text


def test_a_column_of_scenes_is_the_titles_where_there_is_no_other() -> None:
    _, plan = imported("list.csv", "Q;Scene\n1;Ship\n")
    assert [(cue.title, cue.section) for cue in plan.cues] == [("Ship", "")]


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffCue;Name\r\n1;Öffnung\r\n".encode(),
        "Cue;Name\r\n1;Öffnung\r\n".encode("cp1252"),
        "Cue\tName\n1\tÖffnung\n".encode("utf-16"),
        "Cue,Name\r1,Öffnung\r".encode(),
        "Cue,Name\r\n1,Öffnung\r\n".encode("utf-16-le"),
        "Cue,Name\n1,Öffnung\n".encode("utf-16-be"),
        "Cue,Name\r1,Öffnung\r".encode("mac_roman"),
    ],
    ids=["UTF-8 with its mark", "Windows-1252", "UTF-16", "old Mac lines", "UTF-16 without its mark", "the other one",
         "Mac Roman"],
)  # fmt: skip
def test_encodings(data: bytes) -> None:
    assert [(cue.number, cue.title) for cue in imported("list.csv", data)[1].cues] == [("1", "Öffnung")]


@pytest.mark.parametrize("title", ["Häuser öffnen", "“Naïve” – l’été", "Garçon…", "Öffnung", "¿Qué pasó?", "El señor"])
@pytest.mark.parametrize(("codec", "name"), [("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman")])
def test_what_a_file_is_taken_for_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], title: str, codec: str, name: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(f"Cue,Name\n1,{title}\n".encode(codec))
    assert main(["import", str(path)]) == 0
    said = capsys.readouterr()
    assert f'cue 1 "{title}"' in said.out
    assert f"list.csv: read as {name}. If letters are wrong, save it as UTF-8 and import it again." in said.err


@pytest.mark.parametrize("cells", [(10, 40), (1, 400)], ids=["many", "in one row"])
def test_a_spreadsheet_that_unpacks_to_very_much_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, cells: tuple[int, int]
) -> None:
    rows, columns = cells
    book = Workbook(write_only=True)
    page = book.create_sheet()
    for _ in range(rows):
        page.append([1] * columns)
    out = io.BytesIO()
    book.save(out)
    monkeypatch.setattr("openpyxl.load_workbook", None)
    for limit, most in (("MAX_CELLS", 399), ("MAX_UNPACKED", 5000)):
        with monkeypatch.context() as less:
            less.setattr(reading, limit, most)
            with pytest.raises(ImportProblem, match="too large for a cue list"):
                read("list.xlsx", out.getvalue())


def test_a_number_in_a_spreadsheet_is_what_it_shows() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["Cue", "Name"], [2.1 + 0.2, "A"], [2.9999999999999996, "B"], [None, "C"], ["#REF!", "D"], [1e20, "E"]):
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    text, plan = imported("list.xlsx", out.getvalue())
    assert [(cue.number, cue.title) for cue in plan.cues] == [("2.3", "A"), ("3", "B")]
    assert "#   no number  C  (it has no number)" in text and "#   #REF!  D" in text and "  E  (" in text


def test_numbers_that_are_none_and_numbers_twice_stand_as_comments() -> None:
    text, plan = imported(
        "list.csv", "Cue,Name,Note\n1A,Extra,=1+1\nPreset,,\n2,Storm,\n2.0,Storm again,\n-3,Minus,\n10,,\n"
    )
    assert [(cue.number, cue.title) for cue in plan.cues] == [("2", "Storm"), ("10", "")]
    for line in ("1A  Extra", "Preset", "2.0  Storm again", "-3  Minus", "Note: =1+1"):
        assert f"#   {line}" in text or f"#       {line}" in text


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("list.csv", b"Scene,Camera\n1,left\n", "No column has the cues' numbers. Columns: Scene, Camera."),
        ("list.csv", b"\0\1\2", "not a text file"),
        ("list.csv", b"", "This file is empty."),
        ("list.csv", b"Cue,Name\n1," + b"x" * 200_000 + b"\n", "A cell is longer than 131072 characters."),
        ("list.xlsx", b"PK\3\4 not a spreadsheet", "cannot be read"),
        ("list.json", b"{", "it is not JSON"),
        ("list.json", b"[" * 100_000, "it is not JSON"),
        ("list.json", b'{"a": 1}', "no rundown"),
        ("list.csv", b"Cue,Name\n", "No cue was found"),
        ("list.csv", b"x" * 21_000_000, "larger than 20 MB"),
        ("list.csv", b'Cue,Name\n1,"Storm\n2,Ship\n', "The quotation mark in line 2 is never closed."),
        ("list.csv", b"\xff\xfea", "UTF-16"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_why(name: str, data: bytes, message: str) -> None:
    with pytest.raises(ImportProblem, match=message.replace("(", r"\(").replace(".", r"\.")):
        read(name, data)


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.asc", "a.txt", "a.json", "a.xlsx"]))
def test_any_file_is_a_list_or_a_plain_word(data: bytes, name: str) -> None:
    try:
        cues = read(name, data)
    except ImportProblem:
        return
    compiled(sheet_text(cues))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=8))
def test_any_words_make_a_sheet_that_compiles(rows: list[tuple[str, str, str]]) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([("Cue", "Name", "Standby"), ("1", "First", ""), *rows])
    try:
        cues = read("list.csv", out.getvalue().encode("utf-8"), "csv")
    except ImportProblem:
        return
    compiled(sheet_text(cues))


NUMBERS = st.lists(st.integers(1, 99_999).map(lambda n: f"{n / 10:.1f}".removesuffix(".0")), unique=True, max_size=6)


@example(["0.1"], [',0"'], False)
@given(
    NUMBERS,
    st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=20)),
    st.booleans(),
)
def test_a_sheet_goes_to_csv_and_back(numbers: list[str], titles: list[str], disabled: bool) -> None:
    from cuelang.exchange.entries import ExchangeEntry, ExchangeList

    cues = ExchangeList("nowhere")
    for at, number in enumerate(numbers):
        title = titles[at] if at < len(titles) else ""
        cues.add(
            ExchangeEntry(number, title.strip(), follow="after 3s" if at % 2 else "", disabled=disabled and at == 1)
        )
    first = compiled(sheet_text(cues))
    if not first.cues:
        return
    text = writing.to_csv(first)
    assert guess("list.csv", text.encode()) == "csv"
    second = compiled(sheet_text(read("list.csv", text.encode())))
    assert [(cue.number, cue.title, cue.follow, cue.disabled) for cue in second.cues] == [
        (cue.number, cue.title, cue.follow, cue.disabled) for cue in first.cues
    ]


SHEET = """\
section "Act 1"
cue 1 "Ship"
    on osc "/eos/out/event/cue/1/1/fire"
    standby "Ready"
cue 2 "=SUM(A1)"
    on osc "/eos/out/event/cue/1/20/fire"
    disabled
"""


def test_the_list_for_a_spreadsheet() -> None:
    lines = writing.to_csv(compiled(SHEET)).split("\r\n")
    assert lines[0] == "\ufeffnumber,title,section,standby,duration_s,follow_s,disabled,triggers,file,line"
    assert lines[1] == "1,Ship,Act 1,Ready,0,,,/eos/out/event/cue/1/1/fire,imported.cues,2"
    assert lines[2].startswith("2,'=SUM(A1),Act 1,,0,,yes,")


def test_the_list_for_ontime_comes_back() -> None:
    plan = compiled(SHEET)
    again = compiled(sheet_text(read("show.json", writing.to_ontime(plan).encode())))
    assert [(cue.number, cue.title, cue.section, cue.disabled) for cue in again.cues] == [
        (cue.number, cue.title, cue.section, cue.disabled) for cue in plan.cues
    ]


def test_the_list_for_eos_comes_back() -> None:
    again = compiled(sheet_text(read("show.csv", writing.to_eos(compiled(SHEET)).encode())))
    assert [cue.number for cue in again.cues] == ["1", "2"]


def test_against_a_console() -> None:
    assert writing.against(compiled(SHEET), [("1", "Ship"), ("3", "Calm")]) == [
        "Console cue 3 “Calm” fires nothing.",
        "Nothing on the console fires the trigger for its cue 20.",
    ]
    every = 'cue 1 "a"\ncue 4 "b"\non osc "/eos/out/event/cue/1/{number}/fire" go {number}\n'
    assert writing.against(compiled(every), [("1", ""), ("3", "Calm")]) == [
        "Console cue 3 “Calm” fires nothing.",
        "Cue 4 is fired by no console cue.",
    ]


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lists, sheet, console = tmp_path / "list.csv", tmp_path / "show.cues", tmp_path / "eos.csv"
    lists.write_text("Cue,Name\n1,Ship\n1A,Extra\n", "utf-8")
    console.write_text(EOS, "utf-8")
    assert main(["import", str(lists), "--out", str(sheet)]) == 0
    assert "1 cue read, 1 entry kept as comments." in capsys.readouterr().err
    assert main(["import", str(lists), "--out", str(sheet)]) == 2
    assert "already exists" in capsys.readouterr().err
    assert main(["export", str(sheet)]) == 0
    assert "1,Ship," in capsys.readouterr().out
    assert main(["check", str(sheet), "--against", str(console)]) == 1
    assert "Console cue 2.5 “Storm, loud” fires nothing." in capsys.readouterr().out
    assert main(["import", str(lists), "--map", "number"]) == 2
    assert "FIELD=COLUMN" in capsys.readouterr().err
