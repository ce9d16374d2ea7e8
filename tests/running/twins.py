"""Two real shows with real NATS servers and real simulated cameras, and what is between them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import selectors
import signal
import socket
import subprocess
import termios
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cuelang.protocols.osc_encode import encode
from tests.nats_servers import NatsServers, be_patient
from tests.ports import free_ports
from tests.program import started
from tests.running.night import QUESTION

INQUIRY = 0x09

SHEET = """
show "Night"
    go_window 0s
    debounce 0s
    interlock off
input desk "osc+udp://127.0.0.1:53000"
input lamps "tsl+udp://127.0.0.1:8900"
camera foh "visca+udp://127.0.0.1:{foh}"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera spare "visca+udp://127.0.0.1:{spare}"
    tally_index 7
camera left "visca+tcp://127.0.0.1:{left}"
camera right "sony://127.0.0.1:{right}"
cue 1 "Opening"
    zoom foh to 50% over 3s
    wait 60s
cue 2 "Second"
    move foh by pan 2deg
cue 3 "Ramp"
    zoom foh to 80% over 20s
cue 4 "Last"
    tally foh program
cue 5 "All links"
    zoom foh, left, right to 80% over 20s
cue 6 "After the band"
    wait for osc "/band/ready"
    note "ready"
    wait for osc "/band/ready"
    note "ready again"
"""
MORE = """
camera side "cgi://127.0.0.1:{side}"
    preset door = 2 at pan 20deg tilt 0deg zoom 10%
switcher vision "{kind}://127.0.0.1:{vision}"
    source foh = 1
    source side = 2
cue 7 "Side"
    zoom side to 50%
    cut to side
cue 8 "Back"
    zoom side to 20%
    cut to foh
"""
"""Lines that several machines hold: an HTTP camera and a switcher."""
STYLE = re.compile("\x1b\\[[0-9;?]*[a-zA-Z]")
NOTHING: dict[str, Any] = {}
SONY_COMMAND = b"\x01\x00"


class Relay:
    """Between the shows and a camera: keeps each datagram, with when it came and from which show's socket. `sony`: with
    Sony's header, 8 bytes."""

    def __init__(self, port: int, camera: int, *, sony: bool = False) -> None:
        self._sony = sony
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", port))
        self._camera, self._ends = ("127.0.0.1", camera), dict[Any, socket.socket]()
        self._heard: list[tuple[float, int, bytes]] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._front, selectors.EVENT_READ, None)
        self._going = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while self._going:
            for key, _ in self._selector.select(0.1):
                with contextlib.suppress(OSError):
                    if key.data is None:
                        data, whose = self._front.recvfrom(2048)
                        self._heard.append((time.monotonic(), whose[1], data))
                        self._end(whose).send(data)
                    else:
                        self._front.sendto(key.fileobj.recv(2048), key.data)

    def _end(self, whose: Any) -> socket.socket:
        if whose not in self._ends:
            end = self._ends[whose] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            end.connect(self._camera)
            self._selector.register(end, selectors.EVENT_READ, whose)
        return self._ends[whose]

    @property
    def commands(self) -> list[tuple[float, int, str]]:
        """What is not a question: when, from which port, the frame."""
        found = [(at, port, data) for at, port, data in list(self._heard)]
        if self._sony:
            found = [(at, port, data[8:]) for at, port, data in found if data[:2] == SONY_COMMAND]
        return [(at, port, data.hex(" ")) for at, port, data in found if len(data) > 1 and data[1] != INQUIRY]

    @property
    def senders(self) -> list[tuple[float, int]]:
        return in_a_row(self.commands)

    @property
    def all(self) -> list[tuple[float, int, bytes]]:
        return list(self._heard)

    def close(self) -> None:
        self._going = False
        self._thread.join()
        for one in (self._front, *self._ends.values()):
            one.close()


class TcpRelay:
    """The same for a camera by TCP: which connection each frame came by. `cut`: the frames in what has come, and what
    is left of it."""

    def __init__(self, port: int, camera: int) -> None:
        self._camera, self._server = camera, socket.create_server(("127.0.0.1", port))
        self._heard: list[tuple[float, int, bytes]] = []
        self.opened: list[tuple[float, int]] = []
        """When each connection was, and from which port."""
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, (_, port) = self._server.accept()
            except OSError:
                return
            self.opened.append((time.monotonic(), port))
            try:
                far = socket.create_connection(("127.0.0.1", self._camera), 1)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            self._open += [near, far]
            threading.Thread(target=self._carry, args=(near, far, port), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, None), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, port: int | None) -> None:
        with contextlib.suppress(OSError):
            left = b""
            while data := one.recv(65536):
                if port is not None:
                    frames, left = self.cut(left + data)
                    self._heard += [(time.monotonic(), port, frame) for frame in frames]
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self, data: bytes) -> tuple[list[bytes], bytes]:
        *frames, left = data.split(b"\xff")
        return [frame + b"\xff" for frame in frames], left

    @property
    def commands(self) -> list[tuple[float, int, str]]:
        return [(at, port, data.hex(" ")) for at, port, data in list(self._heard) if data[1:2] != bytes([INQUIRY])]

    @property
    def senders(self) -> list[tuple[float, int]]:
        return in_a_row(self.commands)

    def close(self) -> None:
        self._server.close()
        for one in self._open:
            one.close()


class HttpRelay(TcpRelay):
    """For a camera by HTTP: its requests, without the questions."""

    def cut(self, data: bytes) -> tuple[list[bytes], bytes]:
        *heads, left = data.split(b"\r\n\r\n")
        return [head.split(b" ")[1] for head in heads], left

    @property
    def requests(self) -> list[tuple[float, str]]:
        return [(at, path.decode()) for at, _, path in list(self._heard)]

    @property
    def commands(self) -> list[tuple[float, int, str]]:
        found = [(at, port, path.decode()) for at, port, path in list(self._heard)]
        return [one for one in found if not QUESTION.search(one[2]) and "/event?" not in one[2]]

    def told(self, since: float = 0) -> list[str]:
        """The commands since then, without the paths around them."""
        return [re.sub(r".*[?](?:cmd=(?:%23)?)?|&res=1", "", path) for at, _, path in self.commands if at >= since]


class ObsRelay(TcpRelay):
    """For OBS: the requests that change something."""

    def cut(self, data: bytes) -> tuple[list[bytes], bytes]:
        if data.startswith(b"GET "):
            return [], data.partition(b"\r\n\r\n")[2]
        frames = []
        while len(data) >= 2:
            size, begin = data[1] & 127, 2
            if size > 125:
                begin = 4 if size == 126 else 10
                size = int.from_bytes(data[2:begin])
            if len(data) < begin + 4 + size:
                break
            mask, data = data[begin : begin + 4], data[begin + 4 :]
            frames.append(bytes(byte ^ mask[at % 4] for at, byte in enumerate(data[:size])))
            data = data[size:]
        return frames, data

    def told(self, since: float = 0) -> list[str]:
        said = [data.decode(errors="replace") for at, _, data in list(self._heard) if at >= since]
        found = [word for text in said for word in re.findall(r'"requestType": *"([A-Za-z]+)"', text)]
        return [word for word in found if not word.startswith("Get")]


AnyRelay = Relay | TcpRelay


def in_a_row(commands: list[tuple[float, int, str]]) -> list[tuple[float, int]]:
    """Which sockets sent them, one after another, and when each began to."""
    found: list[tuple[float, int]] = []
    for at, port, _ in commands:
        if not found or found[-1][1] != port:
            found.append((at, port))
    return found


class Proxy:
    """The cable from one machine to one server. Cut, it swallows everything."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.cut = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if self.cut:
                self._open.append(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._to), 1)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if not self.cut:
                    other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._server.close()
        for one in self._open:
            one.close()


class Machine:
    """One of the two."""

    def __init__(self, name: str, folder: Path, servers: NatsServers, here: int, there: int, *, patient: bool) -> None:
        self._patient = patient
        self.name, self.folder = name, folder
        folder.mkdir()
        self.cables = [Proxy(port) for port in servers.ports]
        self._here, self._there = here, there
        self.http, self.osc, self.tally = free_ports(3)
        self.show: subprocess.Popen[str] | None = None
        self.painted = ""
        """What its terminal has shown."""

    def start(self, *options: str, terminal: bool = False, alone: bool = False) -> None:
        """`terminal`: in front of a person, whose keys are `press`ed. `alone`: without a second machine."""
        urls = ",".join(f"nats://127.0.0.1:{cable.port}" for cable in self.cables)
        environment = {**os.environ, "CUELANG_TWIN_SECRET": "curtain"}
        two = ["--twin", urls, "--twin-peer", f"127.0.0.1:{self._there}", "--twin-listen", f"127.0.0.1:{self._here}"]
        words = ["run", "night.cues", *([] if alone else two), "--http", str(self.http), "--may-sleep"]
        words += ["--input", f"desk=osc+udp://127.0.0.1:{self.osc}"]
        words += ["--input", f"lamps=tsl+udp://127.0.0.1:{self.tally}", *options]
        self.out = (self.folder / "out.txt").open("a")
        if not terminal:
            self.show = started(
                *words,
                cwd=self.folder,
                text=True,
                stdout=self.out,
                stderr=subprocess.STDOUT,
                env=environment,
                preexec_fn=self._becomes,
            )
            return
        self._keys, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, 120))
        environment["TERM"] = "xterm-256color"
        self.show = started(
            *words,
            cwd=self.folder,
            text=True,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            preexec_fn=self._has_the_terminal,
        )
        os.close(slave)
        threading.Thread(target=self._look, args=(self._keys,), daemon=True).start()

    def _becomes(self) -> None:
        """In the process that becomes the show."""
        if self._patient:
            be_patient()

    def _has_the_terminal(self) -> None:
        self._becomes()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _look(self, screen: int) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(screen, 65536):
                self.painted = (self.painted + STYLE.sub("", data.decode(errors="replace")))[-20_000:]

    def press(self, key: str) -> None:
        os.write(self._keys, key.encode())

    @property
    def said(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "out.txt").read_text()
        return ""

    @property
    def role(self) -> str:
        """What it said last of itself: `leads`, `follows`."""
        found = [line.split()[2] for line in self.said.splitlines() if line.startswith("This machine ")]
        return found[-1].rstrip(".;") if found else ""

    def hear_osc(self, address: str, whose: socket.socket) -> None:
        whose.sendto(encode(address, ()), ("127.0.0.1", self.osc))

    def hear_tally(self, index: int, mode: int, whose: socket.socket) -> None:
        """TSL 3.1; `mode` 2 is program, 0 off."""
        whose.sendto(bytes((0x80 + index, mode)) + b" " * 16, ("127.0.0.1", self.tally))

    def signal(self, number: signal.Signals) -> None:
        assert self.show is not None
        self.show.send_signal(number)

    def kill(self) -> None:
        if self.show is not None:
            self.show.kill()
            self.show.wait()
            self.out.close()
            self.show = None

    def cut(self, on: bool = True) -> None:
        """The cables to the servers."""
        for cable in self.cables:
            cable.cut = on
            if on:
                for one in cable._open:
                    with contextlib.suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)

    def ask(self, path: str, **words: Any) -> dict[str, Any]:
        """Of the show's API."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/api/{path}", json.dumps(words).encode(), {"Content-Type": "application/json"}
        )
        end = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return dict(json.load(answer))
            except urllib.error.HTTPError as error:
                return dict(json.load(error))
            except urllib.error.URLError as error:  # a machine that has lost the lead has no page for a moment
                if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    @property
    def leads(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/api/leads", timeout=30) as answer:
            return bool(json.load(answer)["leads"])

    def cast(self, camera: str) -> str:
        return str(self.state()["cameras"][camera]["cast"])

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/api/state", timeout=30) as answer:
            return dict(json.load(answer)["state"])

    def shows(self, what: Callable[[dict[str, Any]], object]) -> bool:
        """Whether its page is there and shows this."""
        with contextlib.suppress(OSError, ValueError):
            return bool(what(self.state()))
        return False

    @property
    def standby(self) -> str | None:
        with contextlib.suppress(OSError, ValueError):
            found = self.state().get("standby")
            return str(found) if found is not None else None
        return None

    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for log in sorted((self.folder / "logs").glob("*.jsonl")):
            for text in log.read_bytes().split(b"\n"):
                with contextlib.suppress(ValueError):
                    found.append(json.loads(text))
        return found

    def close(self) -> None:
        self.kill()
        for cable in self.cables:
            cable.close()


class Twins:
    def __init__(
        self,
        folder: Path,
        servers: int = 1,
        sheet: str = SHEET,
        kind: str = "vmix",
        *,
        patient: bool = True,
        between: Mapping[str, Callable[[int, int], AnyRelay]] = NOTHING,
    ) -> None:
        """`patient`: with leases that last longer than in a show, see `PATIENCE`. `between`: what is between the shows
        and other cameras and switchers of the sheet."""
        self.servers = NatsServers(folder, servers)
        spare, side, vision, first, second, *ports = free_ports(11)
        also = {"spare": spare, "side": side, "vision": vision, "kind": kind}
        near, far = (dict(zip(("foh", "left", "right"), some, strict=True)) for some in (ports[:3], ports[3:]))
        for name in between:
            near[name], far[name] = free_ports(2)
        self.text = sheet.format(**also, **near)
        (folder / "rig.cues").write_text(sheet.format(**also, **far))
        self.relay = Relay(near["foh"], far["foh"])
        self.relays: dict[str, AnyRelay] = {
            "foh": self.relay,
            "left": TcpRelay(near["left"], far["left"]),
            "right": Relay(near["right"], far["right"], sony=True),
            **{name: relay(near[name], far[name]) for name, relay in between.items()},
        }
        self.cameras = started(
            "simulate", "--rig", "rig.cues", cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        self.a = Machine("a", folder / "a", self.servers, first, second, patient=patient)
        self.b = Machine("b", folder / "b", self.servers, second, first, patient=patient)
        self.solo: Machine | None = None
        for one in (self.a, self.b):
            (one.folder / "night.cues").write_text(self.text)

    def begin(self) -> None:
        """Both at once: `a` is the one that leads, `b` follows."""
        self.a.start()
        self.b.start()
        until(lambda: (self.a.role, self.b.role) in (("leads", "follows"), ("follows", "leads")), 60)
        if self.a.role == "follows":
            self.a, self.b = self.b, self.a
        until(lambda: self.b.standby is not None)

    def start_solo(self) -> Machine:
        """One more show of the same sheet, without a second machine."""
        self.solo = Machine("solo", self.a.folder.parent / "solo", self.servers, 0, 0, patient=False)
        (self.solo.folder / "night.cues").write_text(self.text)
        self.solo.start(alone=True)
        return self.solo

    def senders(self) -> list[tuple[float, int]]:
        """Which sockets sent commands to `foh`, and when each began to."""
        return self.relay.senders

    def close(self) -> None:
        for one in filter(None, (self.a, self.b, self.solo)):
            one.close()
        self.cameras.kill()
        self.cameras.wait()
        for relay in self.relays.values():
            relay.close()
        self.servers.close()


def until(true: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
