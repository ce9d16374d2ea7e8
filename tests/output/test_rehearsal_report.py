"""The report of a rehearsal: whole, harmless, and every link leads somewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.cli.parser import main
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.output.html.report import report
from cuelang.output.html.rows import systems
from cuelang.output.html.score import Score, ScoreBlock, score
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.record_json import from_json
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.source import Source

SHEET = """
show "Night"
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 2 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"
output eos "osc+udp://127.0.0.1:53999"
use moves
section "Act I"
cue 1 "First"
    tally foh program
    move foh to throne
    send eos "/eos/fire" 1
    note "now"
cue 2 "Second"
    push_in(left, amount = 40%, time = 3s)
section "Act II"
cue 3 "Third"
    tally foh off
    move foh to wide over 5s
"""


def played(text: str = SHEET, script: str | None = None, faults: Faults = NO_FAULTS) -> tuple[str, Score]:
    compiled = Compiler(Library()).compile(Source("night.cues", text))
    assert compiled.plan is not None, compiled.diagnostics
    asks = None if script is None else parse(script)
    done = rehearse(compiled.plan, script=asks, faults=faults)
    found = score(compiled.plan, done.records, done.length, compiled.diagnostics)
    page = report(compiled.plan, done.records, done.length, diagnostics=compiled.diagnostics, sources=compiled.sources)
    return page, found


class Page(HTMLParser):
    """Tags with their attributes, and the texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


def test_every_camera_cue_and_command_is_drawn() -> None:
    page, found = played()
    assert [block.cue for block in found.blocks] == ["1", "2", "3"]
    moves = [(bar.device, bar.text) for bar in found.bars if bar.colour != "other"]
    assert moves == [
        ("foh", "move to throne"),
        ("left", "zoom to 40% over 3s ease in_out"),
        ("foh", "move to wide over 5s"),
    ]
    assert [(band.camera, band.mode) for band in found.bands] == [("foh", "program")]
    texts = Page(page).texts
    for said in ("now", "eos /eos/fire 1", "Act I", "Act II", "1  First", "PGM"):
        assert said in texts, said


def test_a_prediction_is_where_the_simulated_camera_arrives() -> None:
    _, found = played()
    arrivals = [(bar.arrives, bar.end) for bar in found.bars if bar.arrives is not None]
    assert len(arrivals) >= 3
    for predicted, arrived in arrivals:
        assert predicted == pytest.approx(arrived, abs=150)


def test_a_macro_links_to_the_line_that_calls_it() -> None:
    _, found = played()
    zoom = next(bar for bar in found.bars if bar.device == "left")
    line = SHEET.splitlines().index("    push_in(left, amount = 40%, time = 3s)") + 1
    assert (zoom.place, zoom.source and zoom.source.file) == (("night.cues", line), "stdlib/moves.cues")


def test_a_warning_of_the_check_stands_at_its_command_and_its_line() -> None:
    page, found = played()
    line = SHEET.splitlines().index("    move foh to throne") + 1
    one = next(one for one in found.findings if one.head == "check, W601")
    assert (one.place, one.cue, one.device) == (("night.cues", line), "1", "foh")
    read = Page(page)
    assert f"finding-{one.number}" in read.all("id")
    assert read.all("href").count(f"#finding-{one.number}") == 3  # at its place, in the cue list, in the sheet
    assert any(text.startswith("“foh” is on program") for text in read.texts)


def test_what_a_camera_did_not_do_is_to_look_at() -> None:
    page, found = played(faults=Faults(silent=True))
    assert any("unreachable" in one.text and one.device == "foh" for one in found.findings)
    assert "unreachable" in page


def test_refused_requests_stand_in_the_summary() -> None:
    page, _ = played(script="0s go 1\n1s start 77\n2s start 78\n")
    assert "all completed, 2 requests refused" in Page(page).texts


def test_every_link_leads_somewhere_and_nothing_comes_from_elsewhere() -> None:
    page, _ = played()
    read = Page(page)
    ids = read.all("id")
    assert len(ids) == len(set(ids))
    assert {href.removeprefix("#") for href in read.all("href")} <= set(ids)
    assert not [tag for tag, _ in read.tags if tag in ("script", "link", "img", "iframe", "object")]
    assert not read.all("src")


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30))
def test_no_text_of_a_sheet_becomes_part_of_the_page(text: str) -> None:
    hostile = (f"</title></style><script>x</script>&amp;'{text}").replace("\\", "").replace('"', "").replace("{", "")
    sheet = f'show "{hostile}"\ncamera c "sim://c"\nsection "{hostile}"\ncue 1 "{hostile}"\n    note "{hostile}"\n'
    compiled = Compiler(Library()).compile(Source("<b>.cues", sheet))
    if compiled.plan is None:  # a separator that ends a line, say
        return
    lines = [
        {"seq": 1, "t_ms": 0.0, "kind": "cue", "cue": "1", "run": 1, "state": "started"},
        {"seq": 2, "t_ms": 0.0, "kind": "note", "cue": "1", "text": hostile, "file": "<b>.cues", "line": 5},
        {"seq": 3, "t_ms": 5.0, "kind": "cue", "cue": "1", "run": 1, "state": "done"},
    ]
    read = Page(report(compiled.plan, [from_json(line) for line in lines], 1_000_000_000, sources=compiled.sources))
    assert {tag for tag, _ in read.tags}.isdisjoint({"script", "b"})
    assert "".join(read.texts).count("<script>") >= 3


def test_a_long_silence_is_left_out_and_the_time_goes_on() -> None:
    page, found = played(script="1s go\n40m go\n1h go 3")
    drawn = systems(found, 1000)
    assert len(drawn) < 6
    assert all(system.width <= 1000.5 for system in drawn)
    assert any("in which nothing happens" in text for text in Page(page).texts) or len(drawn) > 2
    xs = [
        system.x(block.start) for block in found.blocks for system in drawn if system.start <= block.start <= system.end
    ]
    assert len(xs) >= 3


@given(st.lists(st.floats(0, 4e6), min_size=1, max_size=40), st.lists(st.integers(0, 2), min_size=40, max_size=40))
def test_every_moment_stands_in_exactly_one_place_in_order(times: list[float], sections: list[int]) -> None:

    blocks = tuple(
        ScoreBlock(str(n), "", f"s{sections[n]}", at, at + 100, "done", None) for n, at in enumerate(sorted(times))
    )
    found = Score((), (), (), (), blocks, (), (), max(times) + 200)
    drawn = systems(found, 1000)
    for before, after in pairwise(drawn):
        assert before.end <= after.start
    for system in drawn:
        assert 0 <= system.x(system.start) <= system.x(system.end) <= 1000.5
    for block in blocks:
        assert any(system.start <= block.start <= system.end for system in drawn)


def test_the_command_writes_the_file_whole_or_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("night.cues").write_text(SHEET, encoding="utf-8")
    assert main(["rehearse", "night.cues", "--html", "night.html"]) == 0
    assert Path("night.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "Wrote night.html." in capsys.readouterr().err
    assert main(["rehearse", "night.cues", "--html", "nowhere/night.html"]) == 2
    assert "nowhere/night.html cannot be written" in capsys.readouterr().err


def test_a_warning_in_a_macro_stands_at_the_cue_that_calls_it_and_once() -> None:
    sheet = """\
show "Talk"
camera foh "sim://foh"
camera left "sim://left"
define talk(cam)
    zoom cam to 20% over 1s
    tally cam program
cue 11
    talk(foh)
cue 12
    tally foh off
    talk(left)
cue 13
    tally left off
cue 14
    talk(foh)
cue 15
    talk(foh)
"""
    compiled = Compiler(Library()).compile(Source("talk.cues", sheet))
    assert compiled.plan is not None
    done = rehearse(compiled.plan)
    found = score(compiled.plan, done.records, done.length, compiled.diagnostics)
    on_air = [one for one in found.findings if "is on program" in one.text]
    assert [(one.head, one.cue, one.device) for one in on_air] == [("check, W601", "15", "foh")]


def test_a_section_of_a_second_is_wide_enough_to_read() -> None:
    from cuelang.lang.compile import Compiler
    from cuelang.library import Library
    from cuelang.output.html.rows import systems
    from cuelang.output.html.score import score
    from cuelang.rehearsal.rehearse import rehearse
    from cuelang.source import Source

    text = 'camera foh "sim://foh"\nsection "Long"\ncue 1\n    wait 25s\nsection "Talk-back"\ncue 2\n    wait 500ms\n'
    plan = Compiler(Library()).compile(Source("night.cues", text)).plan
    assert plan is not None
    played = rehearse(plan)
    long, short = systems(score(plan, played.records, played.length, ()), 1200.0)
    assert (long.section, short.section) == ("Long", "Talk-back")
    assert long.width <= 1200 and 150 <= short.width <= 400


def test_a_section_of_one_row_fills_the_page_and_the_rows_of_a_longer_one_share_a_scale() -> None:
    def block(n: int, section: str, at: float) -> ScoreBlock:
        return ScoreBlock(str(n), "", section, at, at + 500, "done", None)

    long = [block(n, "Long", n * 1000.0) for n in range(45)]
    short = [block(n, "Short", n * 1000.0) for n in range(45, 60)]
    drawn = systems(Score((), (), (), (), (*long, *short), (), (), 60_000.0), 1000)
    first, second, alone = drawn
    assert (first.section, second.section, alone.section) == ("Long", "Long", "Short")
    assert first.scale == second.scale and first.width > 900
    assert alone.scale > first.scale and 900 < alone.width <= 925


def test_times_in_the_table_of_cues_have_their_points_one_under_another() -> None:
    page, _ = played(script="1s go\n5s go")
    table = page[page.index("<section id=cues>") : page.index("</table>")]
    shown = re.findall(r"class=figure>(\d+:\d\d[^<]*|\d[\d.]*s)<", table)
    assert shown and all(re.search(r"\.\ds?$", one) for one in shown)


VISION = """
show "Sunday"
switcher vision "sim://vision"
    source foh = "Cam FOH"
    source left = "Cam left"
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
camera left "sim://left"
use vision
cue 1 "Welcome"
    cut to foh
    dissolve to left over 2s
    move foh to wide
cue 2 "Reading"
    shot(foh, wide)
"""


def test_what_a_switcher_was_asked_has_a_lane_above_the_cameras() -> None:
    page, found = played(VISION)
    asked = [(bar.text, bar.cue, bar.place and bar.place.line) for bar in found.bars if bar.device == "vision"]
    first = VISION.splitlines().index("    cut to foh") + 1
    assert asked == [
        ("cut to foh", "1", first), ("dissolve to left over 2s", "1", first + 1), ("preview foh", "2", first + 4),
        ("cut to foh", "2", first + 4),
    ]  # fmt: skip
    mix = next(bar for bar in found.bars if bar.text.startswith("dissolve"))
    assert 1900 < mix.end - mix.start < 2200
    texts = Page(page).texts
    assert texts.index("vision") < texts.index("left", texts.index("vision"))
    assert str(len(found.bars)) in texts, "the figure of the summary counts them as well"
