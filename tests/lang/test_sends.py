"""What a `send` line may say, by the output that it goes to."""

from __future__ import annotations

import pytest

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import SendOsc
from cuelang.protocols.osc_encode import encode
from cuelang.source import Source
from tests.lang.compiling import cue_steps

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


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("msc go 5", '`"msc go" 5`'), ("msc go 12.5 1", '`"msc go" 12.5, 1`'), ("note 60, 100", '`"note" 60, 100`'),
        ("msc stop A", '`"msc stop" "A"`'), ("msc", '`"note" 60, 100, 1`'), ("/go", '`"note" 60, 100, 1`'),
    ],
)  # fmt: skip
def test_a_midi_message_quoted_with_its_numbers_is_shown_as_it_is_written(text: str, meant: str) -> None:
    (found,) = Compiler(Library()).compile(Source("s.cues", SHEET.format(line=f'send keys "{text}"'))).diagnostics
    assert found.code == "E208" and meant in found.hint


def test_a_number_written_with_a_point_is_sent_as_a_float() -> None:
    sheet = """
        output atem "osc+udp://10.0.0.5:9001"
        output lamps "midi:lamps"
        let aux = 5.0
        cue 1
            send atem "/atem/aux/1" 5.0, 5, aux, 10 / 4, 2 * 2.5, -1.0
            send lamps "note" 60.0
    """
    first, second = (step.act for step in cue_steps(sheet))
    assert isinstance(first, SendOsc) and isinstance(second, SendOsc)
    assert [repr(value) for value in first.arguments] == ["5.0", "5", "5.0", "2.5", "5.0", "-1.0"]
    assert [repr(value) for value in second.arguments] == ["60"]
    assert b",fiffff\0" in encode(first.address, first.arguments)
