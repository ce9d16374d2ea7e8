"""What `check --twin` names: it is plugged into one machine, or runs there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuelang.cli.parser import main

SHEET = """
show "Night"
camera foh "visca+udp://10.0.0.21"
camera near "visca+serial:///dev/ttyUSB0?address=2"
camera far "pelco-d://?port=socket://10.0.0.9:4001&address=1"
camera here "visca+tcp://127.0.0.1:5678"
camera tried "sim://tried"
switcher obs "obs://localhost"
switcher atem "atem://10.0.0.5"
input keys "midi:nanoKONTROL2"
input tape "ltc:Line In"
input desk "osc+udp://0.0.0.0:53000"
    allow "10.0.0.0/24"
input own "osc+udp://127.0.0.1:53001"
input one "osc+tcp://10.0.0.7:53002"
    allow "10.0.0.0/24"
output qlab "osc+udp://127.0.0.1:53535"
output eos "osc+udp://10.0.0.30:8000"
cue 1 "A"
    tally foh program
"""


def test_what_only_one_machine_has_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "night.cues"
    sheet.write_text(SHEET, encoding="utf-8")
    assert main(["check", str(sheet), "--twin"]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if ": " in line and "no errors" not in line]
    assert said == [
        "camera near: /dev/ttyUSB0 is a port of one machine.",
        "camera here: visca+tcp://127.0.0.1:5678 is on one machine.",
        "switcher obs: obs://localhost:4455 is on one machine.",
        "input keys: midi:nanoKONTROL2 is a port of one machine.",
        "input tape: ltc:Line In is a port of one machine.",
        "input own: osc+udp://127.0.0.1:53001 hears only programs of the same machine.",
        "input one: 10.0.0.7 is an address of one machine; 0.0.0.0 listens on both.",
        "output qlab: osc+udp://127.0.0.1:53535 is a program on the machine that sends, another one after a takeover.",
    ]


def test_a_show_that_both_can_run_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "night.cues"
    sheet.write_text('camera foh "visca+udp://10.0.0.21"\ncue 1\n    tally foh program\n', encoding="utf-8")
    assert main(["check", str(sheet), "--twin"]) == 0
    assert "both machines have every camera, switcher, input and output" in capsys.readouterr().out
