"""LTC as an input: a file in virtual time, a pipe, and a sound device that comes and goes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from cuelang import clock
from cuelang.address import port_at
from cuelang.clock import current
from cuelang.lang.ports import port_url
from cuelang.plan import Plan, Port
from cuelang.playback.effects import Request
from cuelang.protocols.pcm import wav
from cuelang.source import NOWHERE
from cuelang.triggers.ltc import LtcDoor
from cuelang.units import MS
from tests.running.night import plan_of

DATA = Path(__file__).parents[1] / "protocols/data/ltc"
SHEET = """
show "Tape"
    fps 25
camera foh "sim://foh"
on timecode 01:00:00:00 go 1
on timecode 01:00:01:12 start 2
on timecode 01:00:01:12 from other go 3
on timecode 01:00:30:00 go 3
cue 1
    tally foh off
cue 2
    tally foh off
cue 3
    tally foh off
"""


class Told:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.problems: list[str] = []

    def door(self, plan: Plan) -> LtcDoor:
        return LtcDoor(plan, current(), self.requests.append, lambda _: None, self.problems.append, every=50 * MS)

    @property
    def asked(self) -> list[str]:
        return [request.text for request in self.requests]


def heard_on(url: str, folder: Path = Path("/nowhere")) -> Plan:
    plan = plan_of(SHEET, 'input tape "ltc:Interface"\ninput other "ltc:Other"\n')
    return replace(plan, file=str(folder / "show.cues"), inputs=(Port("tape", port_at(url), NOWHERE),))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.002)


def test_a_file_plays_at_its_own_speed_and_its_cues_count_from_their_frames(tmp_path: Path) -> None:
    shutil.copy(DATA / "ltc-25.wav", tmp_path / "tape.wav")
    told = Told()

    async def night() -> None:
        door = told.door(heard_on("ltc:./tape.wav", tmp_path))
        door.open()
        await current().sleep_until(1_000 * MS)
        assert door.connected == {"tape": str(tmp_path / "tape.wav")}
        await current().sleep_until(4_000 * MS)
        assert door.connected == {}
        await door.close()

    clock.run(night(), kind="virtual")
    assert told.problems == []
    assert [(one.text, one.source) for one in told.requests] == [
        ("go 1", "ltc tape timecode 01:00:00:00"), ("start 2", "ltc tape timecode 01:00:01:12"),
    ]  # fmt: skip
    starts = [one.received / MS for one in told.requests]
    assert starts == pytest.approx([12.5, 12.5 + 1480], abs=1), "the recording begins with 600 samples of silence"


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"ID3" + bytes(99), "it is not a WAV"), (b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 9000, "it is not a WAV")],
)
def test_a_file_that_is_no_sound_is_named(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "tape.wav").write_bytes(content)
    told = Told()

    async def night() -> None:
        door = told.door(heard_on("ltc:./tape.wav", tmp_path))
        door.open()
        await current().sleep_until(1_000 * MS)
        await door.close()

    clock.run(night(), kind="virtual")
    assert told.problems == [f"The input tape (ltc:./tape.wav) cannot be read: {word}."]


@pytest.mark.skipif(os.name == "nt", reason="FIFOs")
async def test_a_pipe_is_read_as_it_is_written_and_opened_again_for_the_next_writer(tmp_path: Path) -> None:
    data = (DATA / "ltc-25.wav").read_bytes()
    os.mkfifo(tmp_path / "code")
    told = Told()
    door = told.door(heard_on("ltc:./code", tmp_path))
    door.open()
    for count in (2, 4):
        await until(lambda: door.connected)
        with open(os.open(tmp_path / "code", os.O_WRONLY), "wb") as writer:
            await asyncio.to_thread(writer.write, data)
        await until(lambda count=count: len(told.requests) == count)  # type: ignore[misc]
    assert told.asked == ["go 1", "start 2"] * 2 and told.problems == []
    await door.close()


@pytest.mark.skipif(os.name == "nt", reason="FIFOs")
async def test_raw_samples_of_the_second_channel(tmp_path: Path) -> None:
    data = (DATA / "ltc-25-quiet.wav").read_bytes()
    found = wav(data)
    assert found is not None
    samples = array("h", [value for byte in data[found[1] :] for value in (0, (byte - 128) * 256)])
    os.mkfifo(tmp_path / "code")
    told = Told()
    door = told.door(heard_on("ltc:./code?channel=2&channels=2&rate=48000", tmp_path))
    door.open()
    await until(lambda: door.connected)
    with open(os.open(tmp_path / "code", os.O_WRONLY), "wb") as writer:
        await asyncio.to_thread(writer.write, samples.tobytes())
    await until(lambda: len(told.requests) == 2)
    await door.close()


# --- devices -------------------------------------------------------------------------------------------------


class Device:
    """A sound device as sounddevice has it: it calls from a thread of its own."""

    def __init__(self, callback: Any, channels: int, **_: Any) -> None:
        self.callback, self.channels, self.active = callback, channels, False

    def start(self) -> None:
        self.active = True

    def close(self) -> None:
        self.active = False

    def play(self, name: str) -> None:
        data = (DATA / name).read_bytes()
        found = wav(data)
        assert found is not None
        samples = data[found[1] :]
        time = SimpleNamespace(currentTime=9.0, inputBufferAdcTime=9.0 - 240 / 48_000)
        for at in range(0, len(samples), 240):
            piece = array(
                "h", [v for byte in samples[at : at + 240] for v in (*(0,) * (self.channels - 1), byte - 128)]
            )
            self.callback(piece.tobytes(), 240, time, None)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The machine's sound."""
    machine = SimpleNamespace(
        names=["Built-in", "USB Interface: Audio (hw:1,0)"], opened=[], broken="", _terminate=int, _initialize=int
    )

    def row(name: str) -> dict[str, Any]:
        return {"name": name, "max_input_channels": 2, "default_samplerate": 48_000.0}

    def opened(**options: Any) -> Device:
        if machine.broken:
            raise RuntimeError(machine.broken)
        machine.opened.append(Device(**options))
        return machine.opened[-1]

    library = ModuleType("sounddevice")
    library.query_devices = lambda name=None, _kind="": (  # type: ignore[attr-defined]
        row(name) if name else [row(one) for one in machine.names]
    )
    library.RawInputStream = opened  # type: ignore[attr-defined]
    library._terminate, library._initialize = int, int  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    return machine


async def test_a_device_fires_from_its_own_thread_and_is_heard_again_when_it_comes_back(desk: SimpleNamespace) -> None:
    told = Told()
    door = told.door(heard_on("ltc:usb interface?channel=2"))
    door.open()
    await until(lambda: door.connected)
    assert door.connected == {"tape": "USB Interface: Audio (hw:1,0)"} and desk.opened[0].channels == 2
    await asyncio.to_thread(desk.opened[0].play, "ltc-25.wav")
    await until(lambda: len(told.requests) == 2)
    names, desk.names = desk.names, ["Built-in"]
    desk.opened[0].active = False
    await until(lambda: len(told.problems) == 2)
    desk.names = names
    await until(lambda: len(desk.opened) == 2)
    await asyncio.to_thread(desk.opened[1].play, "ltc-25.wav")
    await until(lambda: len(told.requests) == 4)
    await until(lambda: len(told.problems) == 3)
    assert [text.partition(") ")[2].partition(";")[0].partition(":")[0] for text in told.problems] == [
        "was unplugged", "is not there yet", "is there",
    ]  # fmt: skip
    await door.close()
    assert not desk.opened[1].active


@pytest.mark.parametrize(
    ("url", "broken", "word"),
    [
        ("ltc:Nothing", "", "no sound device is called “Nothing”; there are Built-in, USB Interface"),
        ("ltc:u", "", "“u” is ambiguous"),
        ("ltc:Built-in?channel=3", "", "Built-in has 2 channels, and no channel 3"),
        ("ltc:Built-in", "Device unavailable.", "the sound device Built-in cannot be opened: Device unavailable."),
    ],
)
async def test_a_device_that_cannot_be_heard_is_named_once(
    desk: SimpleNamespace, url: str, broken: str, word: str
) -> None:
    desk.broken = broken
    told = Told()
    door = told.door(heard_on(url))
    door.open()
    await until(lambda: told.problems)
    await asyncio.sleep(0.12)
    assert len(told.problems) == 1 and word in told.problems[0]
    await door.close()


async def test_without_the_library_the_words_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    told = Told()
    door = told.door(heard_on("ltc:Interface"))
    door.open()
    await until(lambda: told.problems)
    assert 'pip install "cuelang[ltc]"' in told.problems[0]
    await door.close()


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("ltc:USB Audio?channel=2", ""), ("ltc:./tape.wav", ""), ("ltc:/run/code?rate=48000&channels=2", ""),
        ("ltc:", "Name the sound device"), ("ltc:USB?rate=48000", "“rate” is unknown here"),
        ("ltc:USB?channel=0", "a number from 1 to 64"), ("ltc:./a?channels=2", "`channels` goes with `rate`"),
        ("ltc:./a?rate=48000&channel=2", "The sound has no channel 2"),
    ],
)  # fmt: skip
def test_the_address_of_an_ltc_input(url: str, wrong: str) -> None:
    found, problem = port_url("input", url)
    assert found == url and (wrong in problem if wrong else not problem) and not port_at(url).is_open
