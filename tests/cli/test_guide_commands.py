"""`cuelang guide` and `cuelang explain`, on a terminal and without one."""

from __future__ import annotations

import os
import pty
import sys
from subprocess import Popen

import pytest

from cuelang.cli.parser import main
from cuelang.output import guide
from cuelang.output.guide import terminal


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("topic", guide.TOPICS)
def test_a_topic_is_plain_text_without_a_terminal(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "guide", topic)
    assert (code, err) == (0, "")
    assert out.splitlines()[0].strip() == guide.title(topic)
    assert "\x1b" not in out and "](" not in out and "<!--" not in out
    assert max(map(len, out.splitlines())) <= terminal.MAX_COLUMNS


@pytest.mark.parametrize("topic", guide.TOPICS)
def test_no_cell_of_a_table_is_cut(topic: str) -> None:
    assert terminal.plain(guide.page(topic)).count("…") == guide.page(topic).count("…")


def test_without_a_topic_the_topics_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "guide")
    assert code == 0 and all(topic in out for topic in guide.TOPICS)


@pytest.mark.parametrize(
    ("word", "topic"), [("Switchers", "switchers"), ("diag", "diagnostics"), ("start.md", "start")]
)
def test_a_topic_may_be_shortened(word: str, topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "guide", word)[1].splitlines()[0].strip() == guide.title(topic)


def test_a_topic_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "guide", "swichers")
    assert (code, out) == (2, "")
    assert "no topic “swichers”. Did you mean “switchers”?" in err and "rehearsal" in err
    assert said(capsys, "guide", "s")[0] == 2


@pytest.mark.parametrize("word", ["E202", "e202", "[E202]"])
def test_one_code(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "explain", word)
    assert (code, err) == (0, "")
    assert out.startswith("E202\n\nUnknown preset.")
    assert "\n    move foh to thron  ### E202\n" in out and "Fixed:" in out


def test_all_codes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "explain")
    assert code == 0 and [line[:4] for line in out.splitlines()] == list(guide.entries())


@pytest.mark.parametrize("word", ["E999", "foh", ""])
def test_an_unknown_code(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "explain", word)
    assert (code, out) == (2, "") and f"Unknown diagnostic code “{word.upper()}”" in err


def test_on_a_terminal_it_has_colours() -> None:
    reader, writer = pty.openpty()
    script = "import sys; from cuelang.cli.parser import main; sys.exit(main(['explain', 'W601']))"
    environment = {**os.environ, "TERM": "xterm-256color", "PAGER": "cat", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    with Popen([sys.executable, "-c", script], stdout=writer, stdin=writer, env=environment) as process:
        os.close(writer)
        shown = b""
        try:
            while part := os.read(reader, 65536):
                shown += part
        except OSError:  # the other end is closed
            pass
        assert process.wait(60) == 0
    os.close(reader)
    assert b"\x1b[" in shown and b"W601" in shown and b"move foh to throne live" in shown
