"""MIDI out on mido's socket ports."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import mido
import pytest
from mido.sockets import PortServer

from cuelang.transports import midi_out
from cuelang.transports.midi_out import MidiOut


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    listed = tmp_path / "ports"
    listed.write_text("")
    monkeypatch.setenv("CUELANG_TEST_MIDI", str(listed))
    monkeypatch.setattr(midi_out, "RETRY_AFTER_S", 0.02)
    mido.set_backend("tests.triggers.socket_midi")
    return listed


async def heard(server: PortServer, count: int) -> list[Any]:
    def listen() -> list[Any]:
        port = server.accept()
        return [port.receive() for _ in range(count)]

    return await asyncio.wait_for(asyncio.to_thread(listen), 40)


def plug(listed: Path, server: PortServer) -> None:
    listed.write_text(f"Desk {server._socket.getsockname()[1]}\n")


async def test_what_is_sent_is_heard(listed: Path) -> None:
    server = PortServer("127.0.0.1", 0)
    plug(listed, server)
    out = MidiOut("desk")
    await out.open()
    assert out.send("note", (60, 100, 2)) == ""
    assert out.send("msc go", ("2.5",)) == ""
    assert "not a MIDI message" in out.send("nite", (60,))
    note, show = await heard(server, 2)
    assert (note.type, note.note, note.velocity, note.channel) == ("note_on", 60, 100, 1)
    assert bytes(show.data).endswith(b"\x01" + b"2.5")
    out.close()


async def test_a_port_that_comes_later_is_found(listed: Path) -> None:
    out = MidiOut("Desk")
    await out.open()
    assert out.send("note", (60,)) == "no MIDI port is called “Desk”; there is none"
    server = PortServer("127.0.0.1", 0)
    plug(listed, server)
    async with asyncio.timeout(40):
        while out.send("note", (60,)):
            await asyncio.sleep(0.01)
    assert (await heard(server, 1))[0].note == 60
    out.close()


async def test_a_port_that_goes_is_said_and_looked_for_again(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = PortServer("127.0.0.1", 0)
    plug(listed, server)
    out = MidiOut("Desk")
    await out.open()

    def gone(_message: Any) -> None:
        raise OSError("no such device")

    monkeypatch.setattr(out._device, "send", gone)
    assert out.send("note", (60,)) == "the MIDI port Desk has gone (no such device)"
    async with asyncio.timeout(40):
        while out.send("note", (60,)):
            await asyncio.sleep(0.01)
    out.close()
