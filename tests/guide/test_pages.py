"""The README and the guide: every sheet in them compiles, every command runs and prints what they show.

A fence says what its block is:

    cues [FILE] [E202 …]       a sheet; with FILE it is a file of the page's folder; its findings are
                               those named here or by `### E202` on their lines
    cues with=rig.cues         the sheet together with that file of the page
    text FILE                  a file of the page's folder
    console [exit=N] [play=FILE] [until=Ctrl-C]
                               `$ ` lines are run in the page's folder; what follows one is what it prints
    sh live                    commands to a running show
    sh                         commands of other programs; `oscsend` lines are run too

A page's folder has the files of `start.md` besides its own. The tables of models and properties are generated:

    CUELANG_GOLDEN=write .venv/bin/pytest tests/guide
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from textwrap import wrap
from threading import Timer

import pytest

from cuelang import models
from cuelang.cli.parser import main
from cuelang.lang.compile import Compiler
from cuelang.lang.words import RESERVED
from cuelang.library import Library
from cuelang.output import guide
from cuelang.protocols.visca.properties import PROPERTIES, Property
from cuelang.source import Source
from tests.models.known import known
from tests.program import ran, started

TOP = Path(__file__).parents[2]
GUIDE = guide.FOLDER
PAGES = {"README": TOP / "README.md", **{topic: GUIDE / f"{topic}.md" for topic in guide.TOPICS}}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
MARK = re.compile(r"[ ]*###[ ]*((?:[EW]\d{3} ?)+)$", re.MULTILINE)
CODE = re.compile(r"[EW]\d{3}")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    kind: str
    words: tuple[str, ...]
    text: str

    @property
    def options(self) -> dict[str, str]:
        return dict(word.split("=", 1) for word in self.words if "=" in word)

    @property
    def file(self) -> str | None:
        """The file that it is, if it is one."""
        first = self.words[0] if self.words and self.kind in ("cues", "text") else ""
        return first if "." in first and "=" not in first else None

    @property
    def sheet(self) -> str:
        return MARK.sub("", self.text)


def blocks(page: str) -> Iterator[Block]:
    text = TEXTS[page]
    for found in re.finditer(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE):
        yield Block(page, text.count("\n", 0, found.start()) + 1, found[1], tuple(found[2].split()), found[3])


BLOCKS = tuple(block for page in PAGES for block in blocks(page))
SHEETS = tuple(block for block in BLOCKS if block.kind == "cues")


def of(page: str) -> list[Block]:
    return [block for block in BLOCKS if block.page == page]


def write_files(page: str) -> None:
    for block in (*of("start"), *of(page)):
        if block.file is not None:
            Path(block.file).write_text(block.sheet, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")
    return tmp_path


def test_every_fence_says_what_it_is() -> None:
    opened = sum(len(re.findall(r"^```", text, re.MULTILINE)) for text in TEXTS.values())
    assert opened == 2 * len(BLOCKS)
    known = {"cues", "text", "console", "sh"}
    drawings = [block for block in BLOCKS if block.kind == "text" and block.file is None]
    assert {block.kind for block in BLOCKS} <= known
    assert [block.page for block in drawings] == ["README"], "a text without a file is a picture of the screen"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("block", SHEETS, ids=lambda block: f"{block.page}:{block.line}")
def test_a_sheet_compiles(block: Block) -> None:
    """With the findings that are named, on the lines that are marked, and no others."""
    write_files(block.page)
    text = block.sheet
    if "with" in block.options:
        text += f'\nuse "{block.options["with"]}"\n'
    expected: list[tuple[int | None, str]] = [(None, word) for word in block.words if CODE.fullmatch(word)]
    for number, line in enumerate(block.text.splitlines(), 1):
        if mark := MARK.search(line):
            expected += [(number, code) for code in mark[1].split()]
    found = Compiler(Library()).compile(Source(block.file or "page.cues", text)).diagnostics
    marked = {line for line, _ in expected if line is not None}
    got = [(one.span.line if one.span.line in marked else None, one.code) for one in found]
    assert sorted(got, key=str) == sorted(expected, key=str), [(one.span.line, one.code, one.message) for one in found]


CONSOLES = [page for page in PAGES if any(block.kind == "console" for block in of(page))]


@pytest.fixture
def the_ports() -> Iterator[None]:
    """The ports that the pages name are one reader's at a time, also where tests run side by side."""
    import fcntl

    with (Path(gettempdir()) / "cuelang-guide-ports").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.usefixtures("the_ports", "folder")
@pytest.mark.parametrize("page", CONSOLES)
def test_the_commands_of_a_page_run(page: str, capfd: pytest.CaptureFixture[str]) -> None:
    """In order, with the files as they are by then."""
    write_files("start")
    tried = 0
    for block in of(page):
        if block.file is not None:
            Path(block.file).write_text(block.sheet, encoding="utf-8")
        if block.kind != "console":
            continue
        options = block.options
        for command, shown in re.findall(r"^\$ cuelang (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
            words = shlex.split(command)
            if "until" in options:
                assert ended_by_ctrl_c(words) == 0
            else:
                words += ["--script", options["play"]] if "play" in options else []
                words += ["--input", "osc+udp://127.0.0.1:0"] if words[0] == "run" else []  # another show may run here
                assert main(words) == int(options.get("exit", 0)), command
                out, err = capfd.readouterr()
                if shown:
                    assert f"{out}{err}".rstrip().splitlines() == shown.rstrip().splitlines(), command
            tried += 1
    assert tried == TEXTS[page].count("\n$ cuelang ")


def ended_by_ctrl_c(words: list[str]) -> int:
    with started(*words, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                process.send_signal(signal.SIGINT)
                break
        return process.wait(60)


TWELFTH_NIGHT = TOP / "shows" / "twelfth-night" / "twelfth-night.cues"
SHUT = ("--input", "desk=osc+udp://127.0.0.1:0")
SENT = {"start": (("sunday.cues",), ["go", "start 2", "panic"]), "README": ((str(TWELFTH_NIGHT), *SHUT), ["go 2"])}


@pytest.mark.skipif(shutil.which("oscsend") is None, reason="oscsend is in Debian's liblo-tools")
@pytest.mark.parametrize("page", SENT)
def test_the_messages_of_a_page_fire(page: str, folder: Path, unused_udp_port: int) -> None:
    write_files("start")
    sheet, expected = SENT[page]
    lines = [line for block in of(page) for line in block.text.splitlines() if line.startswith("oscsend ")]
    url = f"osc+udp://127.0.0.1:{unused_udp_port}"
    run = ["run", *sheet, "--input", url, "--simulate", "--http", "off"]
    verdicts: list[str] = []
    with started(*run, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        late = Timer(40, process.kill)
        late.daemon = True
        late.start()
        assert process.stdout is not None
        for line in process.stdout:
            if "show started" in line or "fired" in line:
                verdicts += [line] if "fired" in line else []
                if len(verdicts) == len(lines):
                    process.send_signal(signal.SIGINT)
                    break
                words = shlex.split(lines[len(verdicts)])
                subprocess.run([word.replace("53000", str(unused_udp_port)) for word in words], check=True)
        assert process.wait(60) == 0
        late.cancel()
    assert [line.split(": ", 1)[1].split(" – ")[0] for line in verdicts] == expected


def test_every_message_is_sent_by_a_test() -> None:
    assert {block.page for block in BLOCKS if re.search(r"^oscsend ", block.text, re.MULTILINE)} == SENT.keys()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_what_the_guide_asks_of_a_running_show_is_answered(folder: Path, unused_tcp_port: int) -> None:
    write_files("start")
    text = 'show "Quick fingers"\n    go_window 1ms\n' + Path("sunday.cues").read_text(encoding="utf-8")
    Path("sunday.cues").write_text(text, encoding="utf-8")
    lines = [line for block in BLOCKS if block.words == ("live",) for line in block.text.splitlines()]
    assert len(lines) > 10
    where = f"127.0.0.1:{unused_tcp_port}"
    run = ["run", "sunday.cues", "--simulate", "--input", "osc+udp://127.0.0.1:0", "--http", where]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUELANG_")}
    environment |= {"CUELANG_URL": f"http://{where}"}
    with started(*run, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment) as process:
        try:
            assert process.stdout is not None
            assert any(f"http://{where}" in line for line in process.stdout), "the show has a page"
            for line in lines:
                words = shlex.split(line.replace("127.0.0.1:8000", where))
                if words[0] == "curl":
                    curl = ["curl", "-sS", "--fail-with-body", *words[1:]]
                    done = subprocess.run(curl, capture_output=True, cwd=folder, timeout=20)
                else:
                    done = ran(*words[1:], cwd=folder, env=environment)
                assert done.returncode == 0, (line, done.stdout, done.stderr)
                assert done.stdout or "-o" in words, line
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert (folder / "foh.jpg").read_bytes()[:3] == b"\xff\xd8\xff"


def test_what_is_made_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake (show|test|bench|\w+)(?=`|\s+#)", "".join(TEXTS.values()))) <= targets


def test_the_readme_is_short() -> None:
    assert len(TEXTS["README"].splitlines()) < 200


LINK = re.compile(r"\]\(([^)]*)\)")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in LINK.findall(re.sub(r"^```.*?^```$", "", TEXTS[page], flags=re.MULTILINE | re.DOTALL)):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        path = (PAGES[page].parent / file).resolve() if file else PAGES[page]
        assert path.exists(), target
        if page != "README":
            assert path.parent == GUIDE, f"{target} is not in the wheel"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert anchor in slugs, target


# --- tables --------------------------------------------------------------------------------------------------


def property_row(prop: Property) -> str:
    return f"| `{prop.name}` | {prop.allowed} |"


def model_rows() -> list[str]:
    rows = ["| model | degrees a second, slowest and fastest | zoom | ramp |", "| --- | --- | --- | --- |"]
    for name in models.names():
        model = known(name)
        assert model is not None
        pan = f"pan {float(model.pan_speeds[0]):.3g}–{float(model.pan_speeds[-1]):.3g}"
        tilt = f"tilt {float(model.tilt_speeds[0]):.3g}–{float(model.tilt_speeds[-1]):.3g}"
        zoom = f"{model.ratio_max}x" if model.ratio_max else "no table"
        rows.append(f"| `{name}` | {pan}, {tilt} | {zoom} | {model.ramp_rate}/s |")
    return rows


TABLES = {
    "reserved": ("language", wrap(" ".join(f"`{word}`" for word in sorted(RESERVED)), 118)),
    "models": ("cameras", model_rows()),
    "properties": ("language", ["| property | values |", "| --- | --- |", *map(property_row, PROPERTIES.values())]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_generated_table_is_up_to_date(name: str) -> None:
    page, rows = TABLES[name]
    path = PAGES[page]
    before, after = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    made = f"{before}{chr(10).join(rows)}\n{after}"
    if os.environ.get("CUELANG_GOLDEN") == "write":
        text = path.read_text(encoding="utf-8")
        start, end = text.index(before), text.index(after) + len(after)
        path.write_text(text[:start] + made + text[end:], encoding="utf-8")
    assert made in path.read_text(encoding="utf-8")


# --- diagnostics ---------------------------------------------------------------------------------------------


def test_every_diagnostic_has_its_entry() -> None:
    listed = list(guide.entries())
    sources = "".join(path.read_text(encoding="utf-8") for path in (TOP / "cuelang").rglob("*.py"))
    assert listed == sorted(listed)
    assert set(re.findall(r'"([EW]\d{3})"', sources)) == set(listed)


@pytest.mark.parametrize("code", guide.entries())
def test_an_entry_has_an_example_that_gives_it_and_a_mended_one(code: str) -> None:
    examples = re.findall(r"^```cues(.*)\n((?:.*\n)*?)```$", guide.entries()[code], re.MULTILINE)
    found = [
        set(CODE.findall(words)) | {one for mark in MARK.findall(text) for one in mark.split()}
        for words, text in examples
    ]
    assert code in found[0]
    assert code == "E210" or found[1:] == [set()], "the second example is mended"
    assert guide.in_short(code)


# --- commands ------------------------------------------------------------------------------------------------


def test_the_command_table_names_commands_and_options_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| `cuelang (\w+) (.*?)` \|", TEXTS["commands"], re.MULTILINE)
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE)
    assert set(listed) == {command for command, _ in rows}
    for command, form in rows:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        known = capsys.readouterr().out
        assert [option for option in re.findall(r"--[a-z-]+", form) if option not in known] == []


# --- English -------------------------------------------------------------------------------------------------

WORDS = (
    r"\b(?:nobody|somebody|anybody|whoever|anew|the house|by way of|in the place of|of its own accord|so many)\b",
    r"(?<!there )\bis no (?!longer|more\b)\w+",
    r"(?<!there )\b(?:is|are) (?:none|told|said|heard)\b",
    r"\bstands? (?!by\b|for\b)",
    r"\blies\b",
    r"\bI (?:know|expect|cannot)\b",
)
"""Constructions that hide the agent, or that another language has put into English."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_plain_english(page: str) -> None:
    prose = re.sub(r"^```.*?^```$|`[^`\n]+`", "", TEXTS[page], flags=re.MULTILINE | re.DOTALL)
    found = [match[0] for pattern in WORDS for match in re.finditer(pattern, prose, re.IGNORECASE)]
    assert found == []
