"""What a list shows of a cue: what it does, on one line, and what fires it."""

from __future__ import annotations

from cuelang.output.outline import MAX_CHARS, outlines
from tests.web.booth import compiled

SHEET = """
show "Night"
    interlock off
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"
    preset throne = 4 at pan 30deg tilt 5deg zoom 60%
output eos "osc+udp://127.0.0.1:8000"
on every sunday at 09:55 go 2
on key "F8" start 2
cue 1 "Open"
    move all to throne
    tally left program only
    wait 2s
    zoom foh to 20% over 3s
    note "Now the
 band"
    follow after 30s
cue 2 "Long"
    wait for go up to 1m
    send eos "/eos/cue/1/fire"
    wait until 19:30
cue 3 "Loop"
    repeat forever every 2s
        zoom left to 50%
"""


def test_a_line_says_what_a_cue_does() -> None:
    found = outlines(compiled(SHEET.replace("\n band", " band")))
    assert found["1"].does == (
        "all move to throne · left tally program · foh zoom to 20% over 3s · note “Now the band” · follow after 30s"
    )
    assert found["2"].does == "wait for go up to 1m · send eos /eos/cue/1/fire · wait until 19:30:00"
    assert found["3"].does == "forever, every 2s: · left zoom to 50%"


def test_it_says_what_fires_a_cue() -> None:
    found = outlines(compiled(SHEET.replace("\n band", " band")))
    assert found["2"].triggers == ("every sunday at 09:55", 'key "F8"')
    assert found["1"].triggers == ()


def test_a_line_has_a_bound() -> None:
    lines = "".join(f'    note "{"long " * 20}{n}"\n' for n in range(50))
    found = outlines(compiled(f'camera foh "sim://foh"\ncue 1\n    stop foh\n{lines}'))
    assert len(found["1"].does) <= MAX_CHARS
    assert found["1"].does.endswith("…")
