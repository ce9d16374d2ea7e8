"""What a `send` line may say, by the output that it goes to."""

from __future__ import annotations

import pytest

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.source import Source

SHEET = """
camera foh "sim://foh"
output eos "osc+udp://127.0.0.1:8000"
output keys "midi:Keys"
output web "http://127.0.0.1:8000"
cue 1
    tally foh off
    send eos "/go"
    send keys "program" 1
    send web "/go"
    {line}
"""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('send keys "note" 60, 100', ""), ('send keys "note" 60, 100, 17', "E208"), ('send keys "/go"', "E208"),
        ('send keys "msc go" "2.5"', ""), ('send keys "sysex" "7e 7f"', ""), ('send keys "sysex" "zz"', "E208"),
        ('send web "/a/b" 1', ""), ('send web "GET /a?b=c"', ""), ('send web "a"', "E303"),
        ('send web "DELETE /a"', "E303"), ('send eos "/a/b" 1', ""), ('send eos "note" 1', "E305"),
    ],
)  # fmt: skip
def test_a_send_line_is_checked_with_the_sheet(line: str, code: str) -> None:
    found = Compiler(Library()).compile(Source("sends.cues", SHEET.format(line=line))).diagnostics
    assert [(one.code, one.span.line) for one in found] == ([(code, 11)] if code else [])
