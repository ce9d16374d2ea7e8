"""What inputs hear in a running show, on any transport: which trigger took it, what none took, and a muted input."""

from __future__ import annotations

import asyncio
import socket
import struct
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cuelang import clock as clocks
from cuelang.protocols.midi import Hit, ShowControl
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.timecode import Chaser
from cuelang.runtime.input_records import MuteRecord
from cuelang.runtime.stamp import Stamp
from cuelang.runtime.view import HeardRow, InputRow, View
from cuelang.screen.page import page
from cuelang.screen.top import KeyboardState
from tests.ports import free_port
from tests.running.test_framing import Floor, running, until

SHEET = """show "Night"
    debounce 1ms
    go_window 1ms
    interlock off
input desk "osc+udp://127.0.0.1:{osc}"
input buttons "http://127.0.0.1:{http}"
input keys "midi:No Such Port"
input broker "mqtt://127.0.0.1:9"
input lights "sacn://1?host=127.0.0.1"
    allow "127.0.0.1"
input lamps_in "tsl+udp://127.0.0.1:{tsl}"
camera foh "sim://foh"
    tally_index 1
on osc "/cue" with {{n}} go {{n}}
on osc "/fader" with > 0.5 go 1
on osc "/stop it" panic
on http "/button/{{n}}" start {{n}}
on midi note 60 go 1
on midi note 61 released stop foh
on midi note 62 panic
on midi control 1 drive foh pan
on midi control 20 above 63 go 1
on mqtt "venue/#" with "on" start 2
on dmx 10 above 127 start 2
cue 1 "One"
    note "one"
cue 2 "Two"
    wait for osc "/thunder" up to 60s
""".replace("/stop it", "/halt")


class House:
    """A running show with one input of each kind, and those who speak to it."""

    def __init__(self, floor: Floor, ports: dict[str, int]) -> None:
        self.floor, self.ports = floor, ports
        self.doors = floor.show._doors

    def view(self) -> View:
        return self.floor.show.desk.entry.view()

    def input(self, name: str) -> InputRow:
        return next(row for row in self.view().inputs if row.name == name)

    def untaken(self, name: str) -> str:
        row = self.input(name).untaken
        return "" if row is None else row.line

    @property
    def last(self) -> HeardRow:
        return self.view().heard[-1]

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(row.request, row.verdict) for row in self.view().triggers]

    def osc(self, address: str, *arguments: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.sendto(encode(address, arguments), ("127.0.0.1", self.ports["osc"]))  # type: ignore[arg-type]

    async def get(self, path: str) -> int:
        def ask() -> int:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['http']}{path}", timeout=30) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                return error.code

        return await asyncio.to_thread(ask)

    def midi(self, kind: str, number: int, value: int = 100, channel: int = 1) -> None:
        self.doors._inputs.midi.hear("keys", Hit(kind, number, value, channel), Chaser())  # type: ignore[arg-type]

    def show_control(self, cue: str) -> None:
        self.doors._inputs.midi.hear("keys", ShowControl("go", cue), Chaser())

    def tally(self, display: int) -> None:
        self.doors._inputs.tally.packet(bytes((0x80 + display, 2)) + b" " * 16, "tsl", "lamps_in")

    def mqtt(self, payload: bytes) -> None:
        self.doors._inputs.mqtt.heard("broker", "venue/door", payload)

    def dmx(self, **levels: int) -> int:
        """A packet of sACN with these channels (`c10=200`)."""
        slots = bytearray(512)
        for name, level in levels.items():
            slots[int(name[1:]) - 1] = level
        head = struct.pack(">HH12sHI16s", 16, 0, b"ASC-E1.17\0\0\0", 0x726E, 4, b"cid".ljust(16))
        frame = struct.pack(">HI64sBHBBH", 0x7258, 2, b"desk", 100, 0, self.number & 255, 0, 1)
        dmp = struct.pack(">HBBHHH", 0x720B, 2, 0xA1, 0, 1, 513) + b"\0" + bytes(slots)
        self.number += 1
        self.doors._inputs.dmx.packet(("sacn", "127.0.0.1"), head + frame + dmp, "127.0.0.1")
        return self.number

    number = 0


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    ports = {name: free_port() for name in ("osc", "http", "tsl")}
    (folder / "night.cues").write_text(SHEET.format(**ports))
    async with running(folder) as floor:
        yield House(floor, ports)


Strange = tuple[str, Callable[[House], object], str]
STRANGE: tuple[Strange, ...] = (
    ("desk", lambda h: h.osc("/nobody/knows", 5), 'on osc "/nobody/knows" with 5'),
    ("buttons", lambda h: h.get("/other"), 'on http "/other"'),
    ("keys", lambda h: h.midi("note", 99), "on midi note 99 channel 1"),
    ("keys", lambda h: h.midi("control", 7, 64, 3), "on midi control 7 channel 3"),
    ("keys", lambda h: h.midi("program", 5), "on midi program 5 channel 1"),
    ("keys", lambda h: h.show_control("77"), "on msc go 77"),
    ("broker", lambda h: h.mqtt(b"open"), 'on mqtt "venue/door" with "open"'),
    ("lights", lambda h: (h.dmx(), h.dmx(c77=9)), "on dmx 77 = 9"),
    ("lamps_in", lambda h: h.tally(9), "tally_index 9"),
)


async def _do(done: object) -> None:
    if asyncio.iscoroutine(done):
        await done


@pytest.mark.parametrize(("name", "speak", "line"), STRANGE, ids=[line for _, _, line in STRANGE])
async def test_what_no_trigger_took_is_on_every_screen(
    tmp_path: Path, name: str, speak: Callable[[House], object], line: str
) -> None:
    async with house(tmp_path) as all_of_it:
        await _do(speak(all_of_it))
        await until(lambda: all_of_it.untaken(name) == line)
        view = all_of_it.view()
        assert view.untaken is not None and (view.untaken.line, view.untaken.taken) == (line, "")
        assert all_of_it.asked == []
        for size in ((120, 30), (80, 24)):
            text = "\n".join("".join(piece.text for piece in row) for row in page(view, *size, KeyboardState()))
            assert f"{name}  {line}"[:30] in text and "no trigger" in text


async def test_what_a_trigger_took_says_which_and_is_not_untaken(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.osc("/cue", 2)
        await until(lambda: h.input("desk").last)
        assert h.last.taken == f"go 2 ({h.floor.executor.plan.file}:14)"
        h.osc("/fader", 0.2)
        await until(lambda: h.last.taken == "its trigger does not fire at this value")
        h.osc("/thunder")
        await until(lambda: h.last.taken == "wait for osc /thunder")
        h.midi("control", 20, 10)
        assert h.last.taken == "its trigger does not fire at this value"
        h.midi("control", 1, 64)
        assert h.last.taken == "drives a camera"
        h.midi("note", 99, 0)
        h.dmx()
        h.dmx(c10=50)
        assert h.view().untaken is None, "a note that is let go is not worth a line"
        h.osc("/nobody")
        await until(lambda: h.untaken("desk"))
        h.osc("/nobody", 7)
        await until(lambda: h.untaken("desk") == 'on osc "/nobody" with 7')  # not read, and shown all the same


Asks = tuple[str, Callable[[House], object]]
ASKS: tuple[Asks, ...] = (
    ("desk", lambda h: h.osc("/cue", 1)),
    ("buttons", lambda h: h.get("/button/1")),
    ("keys", lambda h: h.midi("note", 60)),
    ("broker", lambda h: h.doors._inputs.mqtt.heard("broker", "venue/door", b"on")),
    ("lights", lambda h: (h.dmx(), h.dmx(c10=200))),
)


@pytest.mark.parametrize(("name", "speak"), ASKS, ids=[name for name, _ in ASKS])
async def test_a_muted_input_fires_nothing_until_it_is_heard_again(
    tmp_path: Path, name: str, speak: Callable[[House], object]
) -> None:
    async with house(tmp_path) as h:
        await h.floor.show.desk.switches.mute(name, True, "page 10.0.0.9:555 (Anna)")
        await _do(speak(h))
        await until(lambda: h.asked)
        (row,) = h.view().triggers
        assert (row.verdict, row.reason) == ("refused", f"the input {name} is muted (Anna)")
        assert h.input(name).muted == "Anna"
        text = "".join(piece.text for piece in page(h.view(), 100, 24, KeyboardState())[0])
        assert f"MUTED {name}" in text
        await h.floor.show.desk.switches.mute(name, False, "page")
        await _do(speak(h))
        await until(lambda: h.asked[-1][1] == "fired")


async def test_panic_and_stops_of_a_muted_input_are_heard_and_its_sticks_stop(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.midi("control", 1, 64)
        h.midi("control", 1, 127)
        state = h.floor.executor.drivers["foh"].state
        await until(lambda: h.view().cameras[0].driven_by)
        await h.floor.show.desk.switches.mute("keys", True, "key")
        await until(lambda: not h.view().cameras[0].driven_by)
        h.midi("control", 1, 10)
        assert not h.view().cameras[0].driven_by
        h.midi("note", 61, 0)
        await until(lambda: any(one.verdict == "fired" for one in h.view().triggers))
        h.midi("note", 62)
        await until(lambda: h.asked and h.asked[-1] == ("panic", "fired"))
        await h.floor.show.desk.switches.mute("desk", True, "key")
        h.osc("/halt")
        await until(lambda: [verdict for request, verdict in h.asked if request == "panic"] == ["fired", "fired"])
        assert state.connected


async def test_a_muted_osc_input_ends_no_wait(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.floor.show.desk.switches.mute("desk", True, "Anna")
        h.floor.show.desk.console.key("start", "2", key="2")
        h.osc("/thunder")
        h.osc("/nobody")
        await until(lambda: h.untaken("desk"))
        assert [run.cue for run in h.view().running] == ["2"]
        await h.floor.show.desk.switches.mute("desk", False, "Anna")
        h.osc("/thunder")
        await until(lambda: not h.view().running)


async def test_what_cannot_be_muted_is_said_and_the_terminal_toggles(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        done, why = await h.floor.show.desk.switches.mute("nobody", True, "key")
        assert (done, why) == (
            False,
            "there is no input nobody; inputs: desk, buttons, keys, broker, lights, lamps_in",
        )
        done, why = await h.floor.show.desk.switches.mute("lamps_in", True, "key")
        assert not done and "lamps_in says who is on air and cannot be muted" in why
        h.floor.show.desk.console.mute("keys", key="m")
        await until(lambda: h.input("keys").muted)
        await until(lambda: "The input keys is muted (key m)." in [note.text for note in h.view().notes])
        h.floor.show.desk.console.mute("keys", key="m")
        await until(lambda: not h.input("keys").muted)
        h.floor.show.desk.console.mute("nobody", key="m")
        await until(lambda: "There is no input nobody; " in h.view().notes[-1].text)
        shown = "\n".join("".join(p.text for p in line) for line in page(h.view(), 100, 30, KeyboardState(inputs=True)))
        assert "lights  nothing heard yet" in shown


async def test_a_reload_keeps_what_is_muted(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.floor.show.desk.switches.mute("keys", True, "Anna")
        sheet = tmp_path / "night.cues"
        sheet.write_text(sheet.read_text().replace("on midi note 60 go 1", "on midi note 70 go 1"))
        from cuelang.playback.effects import Request

        verdict = await h.floor.show.desk.entry.decide(Request("reload", None, "hand", clocks.current().now()))
        assert verdict.verdict == "fired" and h.input("keys").muted == "Anna"
        h.midi("note", 70)
        assert h.view().triggers[-1].reason == "the input keys is muted (Anna)"


async def test_what_another_machine_or_the_night_before_has_muted_is_muted_here(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        said = Stamp(1, "", 0.0)
        h.doors.take(MuteRecord(*said, input="keys", on=True, by="Ben"))
        h.doors.take(MuteRecord(*said, input="gone", on=True, by="Ben"))
        assert h.input("keys").muted == "Ben"
        h.midi("note", 60)
        assert h.view().triggers[-1].reason == "the input keys is muted (Ben)"
        h.doors.take(MuteRecord(*said, input="keys", on=False, by="Ben"))
        assert not h.input("keys").muted
