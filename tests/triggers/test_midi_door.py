"""The MIDI door on mido's socket ports: by name, plugged in and out, flooded, and in a whole show."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mido
import pytest
from mido.sockets import PortServer, SocketPort

from cuelang.clock import current
from cuelang.plan import Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.timecode import RATES
from cuelang.transports import midi as ports
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.plugged import MAX_PENDING
from cuelang.units import MS
from tests.running.night import plan_of

SHEET = """
camera foh "sim://foh"
input desk "midi:Desk"
on midi note 60 go 1
on midi control 1 drive foh pan
on msc go {n} go {n}
on timecode 01:00:00:10 go 2
cue 1
    tally foh off
cue 2
    tally foh off
"""


@pytest.fixture(autouse=True)
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No port is plugged in."""
    listed = tmp_path / "ports"
    listed.write_text("")
    monkeypatch.setenv("CUELANG_TEST_MIDI", str(listed))
    mido.set_backend("tests.triggers.socket_midi")
    return listed


class Device:
    """A console with a MIDI socket."""

    def __init__(self, listed: Path, name: str) -> None:
        self.server = PortServer("127.0.0.1", 0)
        self.number = self.server._socket.getsockname()[1]
        self.listed, self.name = listed, name
        self.port: SocketPort | None = None

    def plug(self) -> None:
        self._list(self.listed.read_text() + f"{self.name} {self.number}\n")

    def unplug(self) -> None:
        self._list(self.listed.read_text().replace(f"{self.name} {self.number}\n", ""))
        if self.port is not None:
            self.port.close()

    def _list(self, text: str) -> None:
        """All at once: the door reads it from a thread of its own."""
        new = self.listed.with_suffix(".new")
        new.write_text(text)
        new.replace(self.listed)

    async def there(self) -> None:
        self.port = await asyncio.to_thread(self.server.accept)

    def send(self, *data: str) -> None:
        assert self.port is not None
        for text in data:
            for message in mido.parse_all(bytes.fromhex(text)):
                self.port.send(message)


class Told:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.verdicts: list[Verdict] = []
        self.problems: list[str] = []
        self.steered: list[Any] = []
        self.released: list[Any] = []

    def door(self, plan: Plan) -> MidiDoor:
        clock = current()

        def steer(*drive: Any) -> str:
            self.steered.append(drive)
            return ""

        hands = Joysticks(plan, clock, steer, self.released.append)
        return MidiDoor(
            plan, clock, self.requests.append, self.verdicts.append, self.problems.append, hands, every=20 * MS
        )

    @property
    def asked(self) -> list[str]:
        return [f"{request.text} {request.source}" for request in self.requests]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def listening(sheet: str = SHEET) -> AsyncIterator[tuple[Told, MidiDoor]]:
    told = Told()
    door = told.door(plan_of(sheet, ""))
    door.open()
    try:
        yield told, door
    finally:
        await door.close()


async def test_what_a_console_plays_is_heard(backend: Path) -> None:
    device = Device(backend, "Desk")
    device.plug()
    async with listening() as (told, _):
        await device.there()
        device.send("90 3c 40", "90 3c 00 80 3c 40", "f0 7f 7f 02 01 01 32 f7", "f0 7f 7f 02 01 01 41 f7")
        await until(lambda: len(told.requests) + len(told.verdicts) == 3)
        assert told.asked == ["go 1 midi desk note 60 ch 1", "go 2 midi desk msc go 2 type lighting"]
        assert (told.verdicts[0].verdict, told.verdicts[0].request.source) == (
            "no_cue",
            "midi desk msc go A type lighting",
        )
        assert told.problems == []


async def test_time_code_is_followed(backend: Path) -> None:
    device = Device(backend, "Desk")
    device.plug()
    async with listening() as (told, _):
        await device.there()
        for count in range(0, 12, 2):
            hours, minutes, seconds, frames = 1, 0, 0, count
            parts = (frames, seconds, minutes, hours | 1 << 5)
            nibbles = [part >> shift & 15 for part in parts for shift in (0, 4)]
            device.send(*(f"f1 {piece << 4 | nibble:02x}" for piece, nibble in enumerate(nibbles)))
        await until(lambda: told.requests)
        assert told.asked == ["go 2 midi desk timecode 01:00:00:10"]
        assert RATES[1].fps == 25


async def test_a_port_may_be_plugged_in_and_out_and_in_again(backend: Path) -> None:
    async with listening() as (told, door):
        await until(lambda: told.problems)
        assert told.problems == [
            "The input desk (midi:Desk) is not connected yet: no MIDI port is called “Desk”; there is none."
        ]
        device = Device(backend, "My Desk 20:0")
        device.plug()
        await device.there()
        await until(lambda: door.connected)
        assert told.problems[1:] == ["The input desk (midi:Desk) is connected: My Desk 20:0."]
        device.send("b0 01 7f")
        await until(lambda: told.steered)
        device.unplug()
        await until(lambda: len(told.problems) > 2)
        assert not door.connected
        assert told.problems[2:3] == [
            "The input desk (midi:Desk) was unplugged; it is used again when it is plugged in."
        ]
        assert len(told.released) == 1, "nobody holds that stick any more"
        device.plug()
        await device.there()
        device.send("90 3c 40")
        await until(lambda: told.requests)


async def test_a_name_that_several_ports_have_is_said(backend: Path) -> None:
    for name in ("Desk A", "Desk B"):
        Device(backend, name).plug()
    async with listening() as (told, _):
        await until(lambda: told.problems)
        assert "“Desk” is ambiguous: Desk A or Desk B" in told.problems[0]


@pytest.mark.parametrize(
    ("wanted", "names", "chosen"),
    [("Desk", ["Desk", "Desk 2"], "Desk"), ("desk", ["X", "My Desk 2"], "My Desk 2"),
     ("Desk 2", ["Desk 2", "Desk"], "Desk 2")],
)  # fmt: skip
def test_a_port_is_chosen_by_its_name_or_by_a_part_of_it(wanted: str, names: list[str], chosen: str) -> None:
    assert ports.choose(wanted, names) == chosen


async def test_without_rtmidi_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "rtmidi":
            raise ModuleNotFoundError("No module named 'rtmidi'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    mido.set_backend("mido.backends.rtmidi")
    async with listening() as (told, _):
        await until(lambda: told.problems)
        assert told.problems == [
            (
                "The input desk (midi:Desk) is not open: MIDI needs python-rtmidi, which is not installed: "
                'pip install "cuelang[midi]".'
            )
        ]


async def test_a_machine_without_midi_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[str]:
        raise RuntimeError("no sequencer")

    monkeypatch.setattr(mido, "get_input_names", broken)
    async with listening() as (told, _):
        await until(lambda: told.problems)
        assert "this machine's MIDI does not work (no sequencer)" in told.problems[0]


async def test_a_flood_is_cut_and_counted(backend: Path) -> None:
    device = Device(backend, "Desk")
    device.plug()
    async with listening() as (told, door):
        await device.there()
        await until(lambda: door.connected)
        (one,) = door._inputs
        for _ in range(MAX_PENDING + 500):
            door._called(one, mido.Message("note_on", note=60, velocity=1))
        await until(lambda: told.problems)
        assert told.problems == ["The input desk (midi:Desk) sends too much: 500 messages were dropped."]
        assert len(told.requests) == MAX_PENDING


async def test_a_reload_opens_and_closes_inputs(backend: Path) -> None:
    desk, keys = Device(backend, "Desk"), Device(backend, "Keys")
    desk.plug()
    keys.plug()
    async with listening() as (_, door):
        await desk.there()
        await until(lambda: door.connected == {"desk": "Desk"})
        door.reload(plan_of(SHEET.replace('input desk "midi:Desk"', 'input other "midi:Keys"'), ""))
        await keys.there()
        await until(lambda: door.connected == {"other": "Keys"})


async def test_a_show_without_midi_never_asks_for_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "input_names", lambda: pytest.fail("asked"))
    async with listening('camera foh "sim://foh"\non midi note 60 go 1\ncue 1\n    tally foh off\n') as (told, _):
        await asyncio.sleep(0.05)
        assert told.problems == []
