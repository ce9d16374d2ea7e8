"""`cuelang listen`: each message as the line of a sheet that would hear it, and the trigger that takes it."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cuelang import clock
from cuelang.cli.parser import main
from cuelang.plan import Plan
from cuelang.protocols.midi import Hit, ShowControl
from cuelang.protocols.timecode import Chaser, Rate, TimecodeSpan
from cuelang.triggers.listen import HeardMessage, InputListener, NoInput, plan_for
from tests.ports import free_port
from tests.triggers.osc_house import plan_of
from tests.triggers.test_osc_door import osc, until

SHEET = """\
input desk "osc+udp://127.0.0.1:0"
input stream "osc+tcp://127.0.0.1:0"
input buttons "http://127.0.0.1:{port}"
input keys "midi:No Such Port"
input broker "mqtt://127.0.0.1:9"
camera foh "sim://foh"
on osc "/cue" with {{n}} go {{n}}
on http "/button/{{n}}" start {{n}}
on midi note 60 go 1
on midi control 1 drive foh pan
on msc go {{n}} go {{n}}
on mqtt "venue/#" with "on" go 2
on timecode 01:00:00:00 go 1
cue 1
    wait for osc "/thunder"
cue 2
    wait 1s
"""


@asynccontextmanager
async def listening(plan: Plan) -> AsyncIterator[tuple[InputListener, list[HeardMessage], list[str]]]:
    said: list[HeardMessage] = []
    problems: list[str] = []
    listener = InputListener(plan, clock.current(), said.append, problems.append)
    await listener.open()
    try:
        yield listener, said, problems
    finally:
        await listener.close()


def taken(message: HeardMessage) -> list[str]:
    return [
        f"{one.request.text} line {one.request.origin.span.line}{one.refused and ', '}{one.refused}"
        for one in message.taken
    ]


def test_osc_and_http_are_heard_on_real_sockets() -> None:
    async def show() -> None:
        async with listening(plan_of(SHEET.format(port=free_port()))) as (listener, said, _):
            where = listener.addresses
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for packet in (
                    osc("/cue", 2),
                    osc("/what", 0.5, "a “b”", True),
                    osc("/what", 1),
                    osc("/thunder"),
                    osc("/go"),
                    osc("/cue/9/start"),
                ):
                    sender.sendto(packet, where["desk"])
            await until(lambda: len(said) == 6)
            assert [(one.line, taken(one)) for one in said] == [
                ('on osc "/cue" with 2', ["go 2 line 7"]),
                ('on osc "/what" with 0.5, "a “b”", 1', []),
                ('on osc "/what" with 1', []),
                ('on osc "/thunder"', []),
                ('on osc "/go"', ["go line 1"]),
                ('on osc "/cue/9/start"', ["start 9 line 1"]),
            ]
            assert said[3].note == "met by `wait for osc`"
            assert {one.input for one in said} == {"desk"} and said[0].sender.startswith("osc udp 127.0.0.1:")
            said.clear()
            reader, writer = await asyncio.open_connection(*where["stream"])
            packet = osc("/cue", "1")
            writer.write(struct.pack(">I", len(packet)) + packet)
            await until(lambda: said)
            writer.close()
            assert (said[0].input, said[0].line, taken(said[0])) == (
                "stream",
                'on osc "/cue" with "1"',
                ["go 1 line 7"],
            )
            said.clear()
            for path in ("/button/2", "/other?x=1"):
                reader, writer = await asyncio.open_connection(*where["buttons"])
                writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
                status = await reader.readline()
                writer.close()
                assert status.split()[1] == (b"409" if path == "/button/2" else b"404")
            assert [(one.line, one.note, taken(one)) for one in said] == [
                ('on http "/button/2"', "POST", ["start 2 line 8"]), ('on http "/other"', "POST", [])
            ]  # fmt: skip

    clock.run(show())


def test_midi_mqtt_and_time_code_are_said_as_lines() -> None:
    async def show() -> None:
        async with listening(plan_of(SHEET.format(port=free_port()))) as (listener, said, _):
            for event in (
                Hit("note", 60, 90, 3),
                Hit("note", 60, 0, 3),
                Hit("control", 1, 127, 1),
                Hit("program", 5, 127, 1),
                ShowControl("go", "2", 5, "1", "", 0x10),
            ):
                listener._doors.midi.hear("keys", event, Chaser())
            listener._doors.mqtt.heard("broker", "venue/a", b"on")
            listener._doors.mqtt.heard("broker", "venue/a", b'[5, "x"]')
            hour = Rate(25).count(1, 0, 0, 0) * 4
            for begin in (hour - 8, hour - 4, hour, hour + 4):
                listener._doors.ltc._timed.ran(TimecodeSpan(Rate(25), begin, begin + 3, 0), "ltc", ("tape",))
            assert [(one.line, one.note, taken(one)) for one in said] == [
                ("on midi note 60 channel 3", "value 90", ["go 1 line 9"]),
                ("on midi note 60 channel 3 released", "", []),
                ("on midi control 1 channel 1", "value 127", ["statement line 10"]),
                ("on midi program 5 channel 1", "", []),
                ("on msc go 2 list 1 device 5 type sound", "", ["go 2 line 11"]),
                ('on mqtt "venue/a" with "on"', "", ["go 2 line 12"]),
                ('on mqtt "venue/a" with 5, "x"', "", []),
                ("on timecode 00:59:59:23", "25 frames a second", []),
                ("on timecode 01:00:00:00", "25 frames a second", ["go 1 line 13"]),
            ]

    clock.run(show())


def test_the_command_listens_until_ctrl_c() -> None:
    port = free_port()
    code = [sys.executable, "-m", "cuelang", "listen", f"osc+udp://127.0.0.1:{port}", "--json"]
    with subprocess.Popen(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        while "Ctrl-C" not in process.stderr.readline():
            assert process.poll() is None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(osc("/cue/5/start"), ("127.0.0.1", port))
        shown = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
    assert shown["on"] == 'on osc "/cue/5/start"' and shown["taken"][0]["action"] == "start 5"


def test_a_port_in_use_and_a_wrong_address_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        assert main(["listen", f"osc+udp://127.0.0.1:{link.getsockname()[1]}"]) == 1
        said = capsys.readouterr().err
        assert "another program has this port" in said and "--input" not in said
    assert main(["listen", "visca://10.0.0.1"]) == 2
    assert "visca://10.0.0.1" in capsys.readouterr().err
    assert main(["listen", str(tmp_path / "none.cues")]) == 2
    assert "File not found" in capsys.readouterr().err
    with pytest.raises(NoInput):
        plan_for(["osc+udp://"])


def test_listen_midi_lists_the_ports(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("cuelang.transports.midi.input_names", lambda: ["nanoKONTROL2", "Through"])
    assert main(["listen", "midi"]) == 0
    assert capsys.readouterr().out == "midi:nanoKONTROL2\nmidi:Through\n"
    assert main(["listen", "midi", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ["nanoKONTROL2", "Through"]
