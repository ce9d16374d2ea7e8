"""Consoles: the modules of the library, an Eos that is followed, and outputs over TCP that come and go."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.slip import encode as slip

from cuelang.address import port_at
from cuelang.clock import Clock, current, run
from cuelang.lang.compile import Compiler
from cuelang.lang.ports import port_url
from cuelang.library import Library
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import Deframer, length
from cuelang.runtime.record_json import as_json
from cuelang.source import Source
from cuelang.transports.osc import output
from cuelang.triggers.consoles import Consoles, EosFollower
from cuelang.units import NS
from tests.triggers.osc_house import Guest, House, at_house, plan_of

CUES = "".join(f'cue {number} "c"\n    wait 1s\n' for number in ("1", "12", "12.5", "13"))

MODULES: dict[str, list[tuple[str, tuple[Any, ...], str]]] = {
    "eos": [
        ("/eos/out/event/cue/1/12/fire", ("Viola",), "go 12"), ("/eos/out/event/cue/1/12.5/fire", ("",), "go 12.5"),
        ("/eos/out/event/cue/1/12/stop", (), "stop 12"), ("/eos/out/active/cue/1/12", (0.4,), ""),
    ],
    "qlab": [
        ("/cameras/go/12", (), "go 12"), ("/cameras/start/12.5", (), "start 12.5"), ("/cameras/stop", (), "stop"),
        ("/qlab/event/workspace/go", ("12", "Viola", "id", "Audio"), "go 12"), ("/cameras/go", (), "go next"),
        ("/cameras/panic", (), "panic"), ("/cameras/standby/13", (), "standby 13"), ("/cameras/stop/12", (), "stop 12"),
    ],
    "grandma3": [
        ("/cuelang/go", (12,), "go 12"), ("/cuelang/go", ("12.5",), "go 12.5"), ("/cuelang/start", (12,), "start 12"),
        ("/cuelang/standby", (13,), "standby 13"), ("/cuelang/stop", (12,), "stop 12"), ("/cuelang/panic", (), "panic"),
        ("/gma3/Page1/Fader201", (100,), "go next"), ("/gma3/Page1/Fader201", (20,), ""),
        ("/gma3/Page1/Key201", (1,), "go next"), ("/gma3/Page1/Key201", (0,), ""),
    ],
    "magicq": [
        ("/mq/go/12", (), "go 12"), ("/mq/start/12", (), "start 12"), ("/mq/standby/13", (), "standby 13"),
        ("/mq/stop/12", (), "stop 12"), ("/mq/go", (), "go next"), ("/mq/panic", (), "panic"),
        ("/pb/1/go", (), "go next"), ("/pb/1/12", (), "go 12"), ("/pb/2/12", (), ""),
    ],
    "ontime": [
        ("/cuelang/ontime/start", ("12",), "go 12"), ("/cuelang/ontime/stop", (), "stop"),
        ("/ontime/start/cue/12.5", (), "go 12.5"), ("/ontime/load/cue/13", (), "standby 13"),
        ("/ontime/start/next", (), "go next"), ("/ontime/load/next", (), "standby next"),
        ("/ontime/load/previous", (), "back"), ("/ontime/stop", (), "stop"), ("/ontime/addtime/add", (60,), ""),
    ],
    "companion": [
        ("/button/go", (), "go next"), ("/button/back", (), "back"), ("/button/next", (), "standby next"),
        ("/button/go/12", (), "go 12"), ("/button/start/12.5", (), "start 12.5"), ("/button/stop", (), "stop"),
        ("/button/panic", (), "panic"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("module", "address", "arguments", "request_text"),
    [(module, *row) for module, rows in MODULES.items() for row in rows],
)
def test_what_a_console_sends_is_understood(
    module: str, address: str, arguments: tuple[Any, ...], request_text: str
) -> None:
    async def act(house: House) -> None:
        await Guest(house).ask(address, *arguments)
        assert [verdict.rpartition(" ")[0] for verdict in house.verdicts] == ([request_text] if request_text else [])

    at_house(act, f"use consoles.{module}\n{CUES}")


# --- Eos -------------------------------------------------------------------------------------------------------


class Desk:
    def __init__(self, clock: Clock) -> None:
        self.sent: list[tuple[str, tuple[Any, ...]]] = []
        self.said: list[tuple[str, bool]] = []
        self.follower = EosFollower("eos", self._send, clock, lambda text, warning: self.said.append((text, warning)))
        self.answers: int | None = None
        self._clock = clock

    def _send(self, address: str, arguments: tuple[int | float | str, ...]) -> str:
        self.sent.append((address, arguments))
        if address == "/eos/ping" and self.answers is not None:
            self._clock.at(self._clock.now() + self.answers, self.follower.heard, "/eos/out/ping", arguments)
        return ""


def test_an_eos_is_subscribed_to_pinged_and_followed() -> None:
    async def act() -> None:
        clock = current()
        desk = Desk(clock)
        desk.answers = 2_300_000
        desk.follower.up()
        await clock.sleep_until(11 * NS)
        assert desk.sent == [("/eos/subscribe", (1,)), *(("/eos/ping", ("cuelang", n)) for n in (1, 2, 3))]
        for done in range(0, 101, 20):
            desk.follower.heard("/eos/out/active/cue/text", (f"1/12 Storm 5.0 {done}%",))
        desk.follower.heard("/eos/out/pending/cue/text", ("1/13 Calm 3.0",))
        desk.follower.heard("/eos/out/pending/cue/text", ("",))
        assert desk.said == [
            ("eos answers in 2.3 ms", False), ("eos: active cue 1/12 Storm 5.0", False),
            ("eos: pending cue 1/13 Calm 3.0", False), ("eos: pending cue none", False),
        ]  # fmt: skip
        desk.answers = None
        await clock.sleep_until(60 * NS)
        desk.answers = 80_000_000
        await clock.sleep_until(70 * NS)
        desk.answers = 1_000_000
        await clock.sleep_until(80 * NS)
        assert desk.said[4:] == [
            ("eos does not answer", True), ("eos answers in 80.0 ms", True), ("eos answers in 1.0 ms", False)
        ]  # fmt: skip
        desk.follower.close()

    run(act(), kind="virtual")


@pytest.mark.parametrize("away", [(0, 21), (11, 19), (11, 60)])
def test_an_eos_that_was_away_is_subscribed_to_again(away: tuple[int, int]) -> None:
    """Over UDP nothing says that a desk was started after the show, or again."""

    async def act() -> None:
        clock = current()
        desk = Desk(clock)
        if away[0]:
            desk.answers = 2_000_000
        desk.follower.up()
        await clock.sleep_until(away[0] * NS)
        desk.answers = None
        await clock.sleep_until(away[1] * NS)
        desk.answers = 2_000_000
        desk.sent.clear()
        await clock.sleep_until((away[1] + 20) * NS)
        assert [address for address, _ in desk.sent].count("/eos/subscribe") == 1
        desk.follower.close()

    run(act(), kind="virtual")


@pytest.mark.parametrize("arguments", [(), (5,), ("cuelang",), ("cuelang", "x"), ("other", 1), ("cuelang", 99)])
def test_answers_to_other_peoples_pings_are_not_ours(arguments: tuple[Any, ...]) -> None:
    async def act() -> None:
        desk = Desk(current())
        desk.follower.up()
        desk.follower.heard("/eos/out/ping", arguments)
        desk.follower.heard("/eos/out/active/cue/text", (7,))
        assert desk.said == []
        desk.follower.close()

    run(act(), kind="virtual")


# --- outputs ---------------------------------------------------------------------------------------------------


class Console:
    """A console that listens on TCP."""

    def __init__(self) -> None:
        self.heard: list[OscMessage] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.stream = Deframer()

    async def open(self, port: int = 0) -> None:
        self.server = await asyncio.start_server(self._talk, "127.0.0.1", port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.stream = Deframer()
        while data := await reader.read(4096):
            self.heard += [OscMessage(packet) for packet in self.stream.feed(data)]

    async def close(self) -> None:
        self.server.close()
        for writer in self.writers:
            writer.close()
        await asyncio.sleep(0.01)

    @property
    def addresses(self) -> list[str]:
        return [message.address for message in self.heard]


async def until(condition: Any) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.002)


@pytest.mark.parametrize(
    ("query", "framing"), [("", "length"), ("?framing=length", "length"), ("?framing=slip", "slip")]
)
async def test_an_output_by_tcp_frames_as_it_is_told_and_connects_again(query: str, framing: str) -> None:
    console = Console()
    await console.open()
    out = output(port_at(f"osc+tcp://127.0.0.1:{console.port}{query}"))
    assert out.send("/early", ()) == "it is not connected yet"
    await out.open()
    assert out.send("/eos/cue/1/12/fire", ("x", 1, 0.5)) == ""
    await until(lambda: console.heard)
    assert (console.heard[0].params, console.stream.framing) == (["x", 1, 0.5], framing)
    assert "too large" in out.send("/x", (1 << 70,))
    await console.close()
    await until(lambda: out.send("/lost", ()) != "")
    again = Console()
    await again.open(console.port)
    await until(lambda: out.send("/again", ()) == "")
    await until(lambda: "/again" in again.addresses)
    out.close()
    await again.close()


async def test_a_console_that_is_not_there_does_not_hold_up_the_start(dead_port: int) -> None:
    out = output(port_at(f"osc+tcp://127.0.0.1:{dead_port}"))
    began = current().now()
    await out.open()
    assert current().now() - began < NS
    assert "refused" in out.send("/x", ())
    out.close()
    await asyncio.sleep(0)


async def test_an_eos_by_tcp_fires_cues_on_its_own_connection() -> None:
    console = Console()
    await console.open()
    plan = plan_of(
        f'use consoles.eos\noutput eos "osc+tcp://127.0.0.1:{console.port}?eos=1"\n'
        f'output touch "osc+tcp://127.0.0.1:{console.port}?feedback=1&framing=slip"\n{CUES}'
    )
    outputs = {port.name: output(port.at) for port in plan.outputs}
    said: list[str] = []
    heard: list[tuple[str, str]] = []
    surfaces: list[str] = []

    def packet(name: str, data: bytes) -> None:
        message = OscMessage(data)
        heard.append((name, message.address))
        consoles.heard(message.address, tuple(message.params), f"osc output {name}")

    consoles = Consoles(
        current(), lambda text, _warning: said.append(text), lambda name, _send: surfaces.append(name), packet
    )
    consoles.take(plan, outputs)
    for out in outputs.values():
        await out.open()
    await until(lambda: "/eos/ping" in console.addresses and surfaces == ["touch"])
    ping = next(message for message in console.heard if message.address == "/eos/ping")
    for message in (("/eos/out/ping", tuple(ping.params)), ("/eos/out/event/cue/1/12/fire", ("Viola",))):
        console.writers[0].write(length(encode(*message)))
    await until(lambda: len(heard) == 2 and said)
    assert heard[1] == ("eos", "/eos/out/event/cue/1/12/fire") and said[0].startswith("eos answers in ")
    consoles.take(plan, outputs)
    assert surfaces == ["touch"]
    consoles.close()
    assert surfaces == ["touch", "touch"]
    for out in outputs.values():
        out.close()
    await console.close()


def test_what_a_desk_sends_on_an_output_fires_and_is_not_answered() -> None:
    async def act(house: House) -> None:
        house.door.from_output("eos", encode("/eos/out/event/cue/1/12/fire", ("x",)))
        house.door.from_output("eos", encode("/version"))
        house.door.from_output("eos", slip(b"rubbish"))
        assert house.verdicts == ["go 12 fired"]
        assert as_json(house.sink.records[0])["source"] == "osc output eos"

    at_house(act, f"use consoles.eos\n{CUES}")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("osc+tcp://10.0.0.5:3032?eos=1&framing=slip", "osc+tcp://10.0.0.5:3032?eos=1&framing=slip"),
        ("osc+udp://10.0.0.5:8000?feedback=1", "osc+udp://10.0.0.5:8000?feedback=1"),
        ("osc+udp://10.0.0.5:8000?framing=slip", "allowed query options: eos, feedback"),
        ("osc+tcp://10.0.0.5:3032?framing=crlf", "framing must be length or slip"),
        ("osc+tcp://10.0.0.5:3032?eos", "eos must be 1"),
        ("osc+tcp://10.0.0.5:3032/path", "more than a host and a port."),
    ],
)  # fmt: skip
def test_what_may_stand_behind_an_outputs_port(url: str, found: str) -> None:
    assert any(found in text for text in port_url("output", url))


def test_an_input_takes_no_options_of_an_output() -> None:
    assert port_url("input", "osc+tcp://127.0.0.1:1?eos=1")[1].endswith("allowed query options: ahead.")
    assert port_url("input", "osc+udp://127.0.0.1:1?ahead=30") == ("osc+udp://127.0.0.1:1?ahead=30", "")
    assert "ahead must be 1 to 600 (seconds)" in port_url("input", "osc+udp://127.0.0.1:1?ahead=0")[1]


def test_an_output_that_works_by_itself_is_used() -> None:
    sheet = 'output a "osc+udp://10.0.0.5:8000{}"\ncue 1\n    note "x"\n'
    found = {
        query: [one.code for one in Compiler(Library()).compile(Source("night.cues", sheet.format(query))).diagnostics]
        for query in ("", "?eos=1", "?feedback=1")
    }
    assert found == {"": ["W605"], "?eos=1": [], "?feedback=1": []}
