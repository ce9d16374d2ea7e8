"""A show that stood still: what was asked of it meanwhile is late on every input, and what only stops something or
moves standby is not."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import socket
import sys
import termios
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cuelang import clock as clocks
from cuelang.clock import VirtualClock, current, real
from cuelang.plan import Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import Hit
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import FRAMINGS
from cuelang.protocols.timecode import Chaser
from cuelang.runtime.occurrences import HandCut, LinkChanged
from cuelang.transports.stamps import Arrivals
from cuelang.triggers import dmx
from cuelang.triggers.dmx import DmxDoor
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.mqtt import MqttDoor
from cuelang.triggers.vision import VisionDoor
from cuelang.units import MS, NS
from tests.ports import free_port
from tests.program import started
from tests.running.night import plan_of
from tests.running.test_hanging import until

SHEET = """
input buttons "http://127.0.0.1:{buttons}"
input stream "osc+tcp://127.0.0.1:{stream}"
on http "/go" start 9
on http "/five" standby 5
on key "F8" start 7
"""


def ask(address: str) -> None:
    try:
        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{address}", method="POST"))
    except urllib.error.HTTPError as refused:
        refused.close()


class Page:
    """A page's socket, on a loop of its own: `do` sends, `settled` waits for that many answers."""

    def __init__(self, port: int) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.answers = 0
        self._do(self._open(port))

    def _do(self, what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(10)

    async def _open(self, port: int) -> None:
        self.session = aiohttp.ClientSession()
        self.socket = await self.session.ws_connect(f"http://127.0.0.1:{port}/ws")
        self.reading = self.loop.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            self.answers += json.loads(message.data)["type"] == "answer"

    def do(self, key: str, verb: str, **more: str) -> None:
        self._do(self.socket.send_str(json.dumps({"type": "do", "id": key, "verb": verb, **more})))

    def close(self) -> None:
        self._do(self.session.close())
        self.loop.call_soon_threadsafe(self.loop.stop)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system freezes no process")
def test_what_sets_something_going_is_late_after_a_freeze(tmp_path: Path) -> None:
    stream, page, buttons, log = free_port(), free_port(), free_port(), tmp_path / "a.jsonl"
    cues = "".join(f'cue {n}\n    note "{n}"\n' for n in range(1, 10))
    (tmp_path / "a.cues").write_text(SHEET.format(buttons=buttons, stream=stream) + cues)

    def triggers() -> list[tuple[str, str, str]]:
        lines = log.read_text().split("\n")[:-1] if log.exists() else []
        found: list[dict[str, Any]] = [record for record in map(json.loads, lines) if record["kind"] == "trigger"]
        return [(record["source"].split()[0], record["request"], record["verdict"]) for record in found]

    screen, keys = pty.openpty()
    termios.tcsetwinsize(keys, (24, 80))
    show = started(
        *("run", "a.cues", "--log", str(log), "--http", f"127.0.0.1:{page}"),
        cwd=tmp_path,
        env=os.environ | {"TERM": "xterm"},
        preexec_fn=partial(os.login_tty, keys),
    )
    threading.Thread(target=_swallow, args=(screen,), daemon=True).start()
    try:
        until(lambda: log.exists() and log.read_text())
        console, window = socket.create_connection(("127.0.0.1", stream)), Page(page)
        console.sendall(FRAMINGS["slip"](encode("/playhead/2", ())))
        window.do("a-first-key", "standby", cue="3")
        until(lambda: len(triggers()) == 2)
        os.kill(show.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, show.pid, os.WSTOPPED | os.WNOWAIT)
        console.sendall(FRAMINGS["slip"](encode("/cue/5/start", ())))
        window.do("another-key", "start", cue="6")
        window.do("a-third-key", "standby", cue="8")
        os.write(screen, b"\x1b[19~")
        asked = [
            threading.Thread(target=ask, args=(path,))
            for path in (f"{page}/api/go", f"{page}/api/stop", f"{buttons}/go", f"{buttons}/five")
        ]
        for one in asked:
            one.start()
        time.sleep(2)
        os.kill(show.pid, signal.SIGCONT)
        until(lambda: len(triggers()) == 10)
        for one in asked:
            one.join()
        time.sleep(0.3)  # what other threads have read may come for a moment yet
        ask(f"{buttons}/go")
        window.do("a-last-key", "start", cue="4")
        until(lambda: len(triggers()) == 12)
        console.close()
        window.close()
    finally:
        show.kill()
        show.wait()
    assert sorted(triggers()[2:10]) == [
        ("http", "go", "late"), ("http", "standby 5", "fired"), ("http", "start 9", "late"), ("http", "stop", "fired"),
        ("key", "start 7", "late"), ("osc", "start 5", "late"), ("page", "standby 8", "fired"),
        ("page", "start 6", "late"),
    ]  # fmt: skip
    assert sorted(triggers()[10:]) == [("http", "start 9", "fired"), ("page", "start 4", "fired")]


def _swallow(screen: int) -> None:
    try:
        while os.read(screen, 65536):
            pass
    except OSError:
        return  # the show has ended


# --- the other inputs, whose clock says that the machine stood still -----------------------------------------

DOORS = """
camera foh "sim://foh"
switcher mixer "sim://mixer"
on mqtt "go" go 1
on midi note 60 go 1
on dmx 1 above 127 go 1
on program foh go 1
on lost foh go 1
cue 1
    note "1"
"""
INPUTS = """
input venue "mqtt://127.0.0.1:1"
input piano "midi:Piano"
input desk "artnet://3?host=127.0.0.1"
"""

Inlet = Callable[[Plan, Callable[[Request], None]], None]


def _no_verdict(verdict: Verdict | str) -> None:
    raise AssertionError(verdict)


def by_mqtt(plan: Plan, deliver: Callable[[Request], None]) -> None:
    MqttDoor(plan, current(), deliver, _no_verdict, _no_verdict, environ={}).heard("venue", "go", b"1")


def by_midi(plan: Plan, deliver: Callable[[Request], None]) -> None:
    sticks = Joysticks(plan, current(), lambda *_drive: "", lambda _step: None)
    door = MidiDoor(plan, current(), deliver, _no_verdict, _no_verdict, sticks)
    door.hear("piano", Hit("note", 60, 100, 1), Chaser())


def by_dmx(plan: Plan, deliver: Callable[[Request], None]) -> None:
    sticks = Joysticks(plan, current(), lambda *_drive: "", lambda _step: None)
    door = DmxDoor(plan, current(), deliver, _no_verdict, _no_verdict, sticks, environ={})
    door._inputs = [dmx._Input(door._access(port)) for port in plan.inputs if port.name == "desk"]
    door.start()
    for level in (b"\0", b"\xff"):
        artnet = b"Art-Net\0\0\x50\0\x0e\0\0\x03\0\x02\0" + level + bytes(511)
        door.packet(("artnet", "127.0.0.1"), artnet, "127.0.0.1")


def by_switcher(plan: Plan, deliver: Callable[[Request], None]) -> None:
    VisionDoor(plan, current(), deliver, dict).happened(HandCut("mixer", "program", "foh"))


def by_silence(plan: Plan, deliver: Callable[[Request], None]) -> None:
    VisionDoor(plan, current(), deliver, dict).happened(LinkChanged("foh", lost=True))


@pytest.mark.parametrize(
    ("inlet", "age"),
    [(by_mqtt, 2 * NS), (by_midi, 2 * NS), (by_dmx, 2 * NS), (by_switcher, 2 * NS), (by_silence, 0)],
)
def test_what_is_read_after_a_freeze_was_received_in_it(
    inlet: Inlet, age: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VirtualClock, "stall", lambda _self: 2 * NS)
    plan, found = plan_of(DOORS, INPUTS), []

    async def heard() -> list[int]:
        await current().sleep_until(5 * NS)
        inlet(plan, found.append)
        return [current().now() - request.received for request in found]

    assert clocks.run(heard(), kind="virtual") == [age]


@pytest.mark.calm
def test_it_counts_as_read_after_a_freeze_until_all_that_lay_there_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the first turns after it take; and not any more when the loop has come to rest."""
    monkeypatch.setattr(real, "STALL_NS", 30 * MS)
    monkeypatch.setattr(real, "BEAT_NS", 10 * MS)
    monkeypatch.setattr(real, "AFTERMATH_NS", MS)

    async def turns() -> list[bool]:
        clock, (one, other) = current(), socket.socketpair()
        one.setblocking(False)
        clock.watch_stalls()
        await asyncio.sleep(0.02)
        stood = [clock.stall() > 0]
        time.sleep(0.06)
        other.send(b"abc")
        for _ in range(3):
            assert await asyncio.get_running_loop().sock_recv(one, 1)
            time.sleep(0.005)
            stood.append(clock.stall() > 55 * MS)
        await asyncio.sleep(0.02)
        stood.append(clock.stall() > 0)
        one.close()
        other.close()
        return stood

    assert clocks.run(turns()) == [False, True, True, True, False]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell how long ago data came on a connection")
async def test_what_comes_right_after_a_freeze_is_fresh_where_the_system_tells() -> None:
    """The clock takes all that is read for what lay there; a connection on which one piece came knows better."""
    clock = Stood(2 * NS)
    heard: list[int] = []

    class Hears(asyncio.Protocol):
        def __init__(self) -> None:
            self.arrivals = Arrivals(clock)

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.arrivals.of(transport)

        def data_received(self, data: bytes) -> None:
            heard.append(clock.now() - self.arrivals.read())

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Hears, "127.0.0.1", 0)
    with socket.create_connection(server.sockets[0].getsockname()) as console:
        console.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        console.sendall(b"go")
        await arrived(heard, 1)
        assert heard[0] < 100 * MS, "it has just come"
        console.sendall(b"go")
        time.sleep(0.3)  # nothing is read for so long
        await arrived(heard, 2)
        assert heard[1] >= 250 * MS, "it lay there"
        console.sendall(b"go")
        time.sleep(0.02)
        console.sendall(b"go")
        await arrived(heard, 3)
        assert heard[2] > 1900 * MS, "which of the two is older cannot be told"
    server.close()


class Stood(real.RealClock):
    """A clock whose machine has just stood still for that long."""

    def __init__(self, long: int) -> None:
        super().__init__()
        self._long = long

    def stall(self) -> int:
        return self._long


async def arrived(heard: list[int], count: int) -> None:
    async with asyncio.timeout(40):
        while len(heard) < count:
            await asyncio.sleep(0.001)
