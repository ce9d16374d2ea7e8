"""One show with all its doors open: the same cue by datagram, stream and MIDI; a switcher; sticks."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from pathlib import Path
from typing import Any

import mido
import pytest
from mido.sockets import PortServer

from cuelang.app import RunOptions, run_show
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import FRAMINGS
from cuelang.runtime.view import LiveShow
from tests.ports import free_port

SHEET = """
show "Doors"
    debounce 2s
    interlock block
camera foh "sim://foh"
    tally_index 3
input desk "osc+udp://127.0.0.1:{udp}"
input table "osc+tcp://127.0.0.1:{tcp}"
input keys "midi:Keys"
input switcher "tsl+udp://127.0.0.1:{tsl}"
on midi note 60 go 2
on midi control 1 drive foh pan
cue 1
    tally foh off
cue 2
    zoom foh to 10%
"""


async def until(condition: Any) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.005)


def verdicts(show: LiveShow) -> list[tuple[str, str, str]]:
    return [(row.source, row.request, row.verdict) for row in show.view().triggers]


def test_one_show_with_every_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = PortServer("127.0.0.1", 0)
    (tmp_path / "ports").write_text(f"Keys {server._socket.getsockname()[1]}\n")
    monkeypatch.setenv("CUELANG_TEST_MIDI", str(tmp_path / "ports"))
    mido.set_backend("tests.triggers.socket_midi")
    udp, tcp, tsl = free_port(), free_port(), free_port()
    sheet = tmp_path / "doors.cues"
    sheet.write_text(SHEET.format(udp=udp, tcp=tcp, tsl=tsl))
    log = tmp_path / "doors.jsonl"

    async def act(show: LiveShow) -> None:
        keys = await asyncio.to_thread(server.accept)
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        assert show.view().cameras[0].tally is None, "nobody has said"

        keys.send(mido.Message("note_on", note=60, velocity=9))
        await until(lambda: len(verdicts(show)) == 1)
        sender.sendto(encode("/go", ("2",)), ("127.0.0.1", udp))
        await until(lambda: len(verdicts(show)) == 2)
        _, writer = await asyncio.open_connection("127.0.0.1", tcp)
        writer.write(FRAMINGS["length"](encode("/go/2", ())))
        await until(lambda: len(verdicts(show)) == 3)
        writer.close()

        sender.sendto(bytes((0x83, 2)) + b" " * 16, ("127.0.0.1", tsl))
        await until(lambda: show.view().cameras[0].tally == "program")
        keys.send(mido.Message("control_change", control=1, value=127))
        await until(lambda: len(verdicts(show)) == 4)
        keys.send(mido.Message("control_change", control=1, value=64))
        sender.sendto(bytes((0x83, 0)) + b" " * 16, ("127.0.0.1", tsl))
        await until(lambda: show.view().cameras[0].tally == "off")
        keys.send(mido.Message("control_change", control=1, value=127))
        await until(lambda: len(verdicts(show)) == 5)
        keys.close()
        sender.close()

    went_wrong: list[BaseException] = []

    async def screen(show: LiveShow) -> None:
        try:
            await act(show)
        except (Exception, asyncio.CancelledError) as error:
            went_wrong.append(error)

    out = io.StringIO()
    assert run_show(RunOptions(str(sheet), log=str(log)), screen=screen, out=out, err=out) == 0, out.getvalue()
    assert went_wrong == [], log.read_text()
    records = [json.loads(line) for line in log.read_text().splitlines()]
    triggers = [(r["source"].rsplit(":")[0], r["request"], r["verdict"]) for r in records if r["kind"] == "trigger"]
    assert triggers == [
        ("midi keys note 60 ch 1", "go 2", "fired"),
        ("osc udp 127.0.0.1", "go 2", "duplicate"),
        ("osc tcp 127.0.0.1", "go 2", "duplicate"),
        ("midi keys control 1 ch 1", "statement", "fired"),
        ("midi keys control 1 ch 1", "statement", "fired"),
    ]
    commands = [(r["action"], r["outcome"]) for r in records if r["kind"] == "command"]
    assert commands[0] == ("zoom", "refused"), "nobody has said what is on air"
    assert ("tally", "completed") in commands
    drives = [r for r in records if r["kind"] == "command" and r["action"] == "drive"]
    assert [r["outcome"] for r in drives] == ["refused", "completed"]
    assert [r["mode"] for r in records if r["kind"] == "air"] == ["program", "off"]
    assert any(r["kind"] == "halt" and r["camera"] == "foh" for r in records), "the stick's camera stands at the end"
