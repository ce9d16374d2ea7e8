"""The cue sheet on paper."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import aiohttp

from cuelang.cli.parser import main
from cuelang.output.html.cuesheet import clock, cue_sheet, lasts
from cuelang.units import MS, NS
from tests.web.booth import compiled, page, showing

SHEET = """
show "Night & <day>"
    interlock off
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"
    preset throne = 4 at pan 30deg tilt 5deg zoom 60%
on key "F8" start 2
section "Act <I>"
cue 1 "Open & shut"
    standby "Stand by <left>"
    move all to throne
    wait 2.5s
    tally left program only
    wait for go
    move foh to throne
    follow after 30s
cue 2
    disabled
    repeat forever every 2s
        zoom left to 50%
"""


def rows(text: str) -> list[list[str]]:
    """The cells of the table, each as its lines."""
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2], re.DOTALL):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        found.append([unescape(re.sub(r"<[^>]+>", " ", cell.replace("</p>", "\n"))) for cell in cells])
    return found


def lines(cell: str) -> list[str]:
    return [" ".join(line.split()) for line in cell.splitlines() if line.strip()]


def test_it_has_what_a_person_at_the_desk_needs() -> None:
    text = cue_sheet(compiled(SHEET))
    assert "Night &amp; &lt;day&gt;" in text
    assert "Act &lt;I&gt;" in text
    assert "<script" not in text
    first, second = rows(text)
    assert first[0] == "1"
    assert lines(first[1]) == ["Open & shut", "Stand by <left>"]
    assert lines(first[2]) == [
        "0:00 foh, left: move to throne", "0:02.5 left: tally program", "wait for go", "+0:00 foh: move to throne",
        "then the next cue follows after 30s",
    ]  # fmt: skip
    assert lines(second[1]) == ["disabled", 'fired by key "F8"']
    assert second[3] == "no end"


def test_times_on_paper_are_tenths() -> None:
    assert [clock(ns) for ns in (0, 3145 * MS, 59_970 * MS, 3_600 * NS)] == ["0:00", "0:03.1", "1:00", "1:00:00"]
    assert [lasts(ns) for ns in (687 * MS, 8 * NS, 59_970 * MS, 125 * NS)] == ["0.7s", "8s", "1:00", "2:05"]


def test_plan_writes_it(tmp_path: Path) -> None:
    sheet, paper = tmp_path / "night.cues", tmp_path / "night.html"
    sheet.write_text(SHEET, encoding="utf-8")
    assert main(["plan", str(sheet), "--html", str(paper)]) == 0
    assert "Open &amp; shut" in paper.read_text(encoding="utf-8")
    assert main(["plan", str(sheet), "--html", str(paper), "--json"]) == 2


async def test_the_page_has_it_with_the_notes_of_the_show() -> None:
    async with showing(SHEET) as booth, page(booth) as one, aiohttp.ClientSession() as session:
        await one.do("press-0001", "note", cue="1", text="<late>", who="Anna")
        async with session.get(f"{booth.url}/print") as answer:
            text = await answer.text()
        assert lines(rows(text)[0][4])[0].endswith("<late> (Anna)")
        async with session.get(f"{booth.url}/print.css") as answer:
            assert answer.content_type == "text/css"
