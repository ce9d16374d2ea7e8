"""The OSC door on real sockets: liblo's oscsend, bundles dated ahead, strangers, rubbish, ports in use."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from cuelang.address import port_at
from cuelang.clock import current, run
from cuelang.plan import NEXT, Captured, CueAction, CueRef, OnOsc, OscTest, Plan, Port, Settings, Trigger
from cuelang.playback.effects import Request, Verdict
from cuelang.source import NOWHERE, Block, Loc, Origin
from cuelang.triggers.access import ALL, InputAccess, InputError
from cuelang.triggers.osc import DEFAULT_INPUT, OscDoor
from cuelang.triggers.osc_client import Client, sender_limit
from cuelang.triggers.osc_wire import UdpInput
from cuelang.units import NS
from tests.triggers.osc_house import plan_of

LOCAL = Port("desk", port_at("osc+udp://127.0.0.1:0"), NOWHERE)


def on(address: str, cue: CueRef, *tests: OscTest) -> Trigger:
    return Trigger(OnOsc(address, tests, None), CueAction("go", cue), Origin(Block("a.cues", 7), 0, Loc(0, 1, 0, 5)))


def show(*triggers: Trigger, inputs: tuple[Port, ...] = (LOCAL,)) -> Plan:
    return Plan(Settings(), (), (), triggers, inputs, ())


def osc(address: str, *arguments: object) -> bytes:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)  # type: ignore[arg-type]
    return builder.build().dgram


def dated(at: datetime | None, *messages: bytes) -> bytes:
    microseconds = (at - datetime(1900, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) if at else 0
    tag = (microseconds << 32) // 1_000_000 if at else 1
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(struct.pack(">I", len(m)) + m for m in messages)


class Told:
    """What a door told, in order."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.verdicts: list[Verdict] = []
        self.heard: list[tuple[str, tuple[object, ...], str]] = []
        self.problems: list[str] = []

    def door(self, plan: Plan, **options: object) -> OscDoor:
        return OscDoor(
            plan,
            current(),
            self.requests.append,
            self.verdicts.append,
            lambda *message: self.heard.append(message),
            self.problems.append,
            **options,  # type: ignore[arg-type]
        )

    @property
    def asked(self) -> list[str]:
        return [request.text for request in self.requests]

    @property
    def refused(self) -> list[str]:
        return [f"{verdict.request.text}: {verdict.reason}" for verdict in self.verdicts]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def listening(plan: Plan) -> AsyncIterator[tuple[Told, Callable[[bytes], object], int]]:
    told = Told()
    door = told.door(plan)
    await door.open()
    (_, port), *_ = door.addresses.values()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        yield told, lambda data: sender.sendto(data, ("127.0.0.1", port)), port
    door.close()


# --- real sockets ------------------------------------------------------------------------------------------


async def oscsend(port: int, *words: str) -> None:
    program = shutil.which("oscsend")
    if program is None:
        pytest.fail("oscsend is missing; install Debian's liblo-tools")
    process = await asyncio.create_subprocess_exec(program, "127.0.0.1", str(port), *words)
    assert await process.wait() == 0


@pytest.mark.skipif(os.name == "nt", reason="liblo's programs are not for Windows")
async def test_oscsend_of_liblo_is_understood() -> None:
    plan = show(on("/eos/out/event/cue/1/{n}/fire", Captured("n")), on("/fader/3", NEXT, OscTest(">", 0.5)))
    async with listening(plan) as (told, _, port):
        for words in (
            ("/go",),
            ("/go", "s", "2.50"),
            ("/go", "i", "53"),
            ("/go", "f", "2.1"),
            ("/go", "T"),
            ("/go/4",),
            ("/cue/5/start",),
            ("/playhead/6",),
            ("/pause",),
            ("/resume",),
            ("/stop",),
            ("/panic",),
            ("/eos/out/event/cue/1/7.5/fire", "s", "Viola"),
            ("/fader/3", "f", "0.2"),
            ("/fader/3", "d", "0.9"),
            ("/many", "ihfdsScmTFNI", "1", "2", "3", "4", "five", "six", "7", "00112233"),
        ):
            before = len(told.heard)
            await oscsend(port, *words)
            await until(partial(lambda before: len(told.heard) > before, before))
        assert told.asked == [
            "go", "go 2.5", "go 53", "go 2.1", "go", "go 4", "start 5", "standby 6", "pause", "resume", "stop", "panic",
            "go 7.5", "go next",
        ]  # fmt: skip
        assert told.requests[0].source.startswith("osc udp 127.0.0.1:")
        assert told.heard[-1][0] == "/many" and told.heard[-1][1][4:6] == ("five", "six")
        assert [text for text in told.problems if "used as the cue number" in text] == told.problems
        assert len(told.problems) == 1 and told.verdicts == []


async def test_rubbish_between_good_messages_stops_nothing() -> None:
    rubbish = (
        b"",
        b"hello",
        b"/go",
        b"/\xff\xff\0,\0\0\0",
        b"#bundle\0",
        b"/*a" * 80 + b"\0" * 4,
        b"/a\0\0,q\0\0\0",
        b"\xff" * 60_000,
    )
    async with listening(show()) as (told, send, _):
        for number in range(20):
            for packet in rubbish:
                send(packet)
            send(osc(f"/go/{number}"))
        await until(lambda: len(told.requests) == 20)
        assert told.asked == [f"go {number}" for number in range(20)]
        assert len(told.problems) == 1 and "ignored a malformed OSC packet" in told.problems[0]


async def test_a_bundle_dated_ahead_holds_up_nothing() -> None:
    async with listening(show()) as (told, send, _):
        began = current().now()
        send(dated(current().wall(UTC) + timedelta(seconds=0.9), osc("/go/1")))
        send(dated(current().wall(UTC) + timedelta(milliseconds=80), osc("/go/2")))
        send(dated(current().wall(UTC) - timedelta(hours=1), osc("/go/3")))
        send(dated(None, osc("/go/4"), osc("/go/5")))
        await until(lambda: len(told.requests) == 4)
        assert told.asked == ["go 3", "go 4", "go 5", "go 2"]
        assert 80_000_000 <= told.requests[-1].received - began < 1_000_000_000


async def test_a_port_in_use_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        told = Told()
        door = told.door(show(inputs=(LOCAL, Port("eos", port_at(f"osc+udp://127.0.0.1:{port}"), NOWHERE))))
        with pytest.raises(InputError) as caught:
            await door.open()
        assert str(caught.value) == (
            f"The input eos (osc+udp://127.0.0.1:{port}) cannot be opened: another program has this port. "
            "Close it, or give the input another port."
        )
        assert door.addresses == {}


async def test_an_input_that_cannot_be_opened_says_why() -> None:
    url = "osc+udp://192.0.2.1:53000"
    with pytest.raises(InputError, match="does not have that address"):
        await Told().door(show(inputs=(Port("desk", port_at(url), NOWHERE),))).open()


async def test_inputs_of_other_doors_are_not_its_business() -> None:
    told = Told()
    door = told.door(show(inputs=(LOCAL, Port("m", port_at("midi:nanoKONTROL2"), NOWHERE))))
    await door.open()
    assert list(door.addresses) == ["desk"]
    assert told.problems == []
    door.close()


async def test_two_inputs_keep_their_names_apart() -> None:
    desk = Trigger(OnOsc("/x", (), "desk"), CueAction("go", "1"), NOWHERE)
    told = Told()
    door = told.door(show(desk, inputs=(LOCAL, Port("other", port_at("osc+udp://[::1]:0"), NOWHERE))))
    await door.open()
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four,
    ):
        six.sendto(osc("/x"), door.addresses["other"])
        await until(lambda: told.heard)
        four.sendto(osc("/x"), door.addresses["desk"])
        await until(lambda: told.requests)
    assert told.heard[0][2].startswith("osc udp [::1]:")
    assert told.asked == ["go 1"] and told.requests[0].source.startswith("osc udp 127.0.0.1:")
    door.close()


def test_without_inputs_it_listens_to_this_machine_alone() -> None:
    assert DEFAULT_INPUT.url == "osc+udp://127.0.0.1:53000"


# --- in virtual time ---------------------------------------------------------------------------------------


def talk(
    plan: Plan, *packets: tuple[float, str, bytes], until: float = 200, environ: dict[str, str] | None = None
) -> Told:
    """Hand datagrams to a door at these seconds, from these hosts."""
    told = Told()

    async def main() -> None:
        clock = current()
        door = told.door(plan, environ=environ or {})
        receiver = UdpInput(
            door, InputAccess((plan.inputs or (DEFAULT_INPUT,))[0], environ or {}, told.problems.append)
        )
        for at, host, packet in packets:
            await clock.sleep_until(int(at * NS))
            receiver.datagram_received(packet, (host, 5000))
        await clock.sleep_until(int(until * NS))

    run(main(), kind="virtual")
    return told


def ahead(seconds: float, *messages: bytes) -> bytes:
    return dated(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), *messages)


AGREED = Port("desk", port_at("osc+udp://127.0.0.1:0?ahead=60"), NOWHERE)


def test_a_dated_bundle_fires_at_its_time_and_is_said_to_be_held_when_it_comes() -> None:
    told = talk(show(), (1, "h", ahead(1.5, osc("/go/1"), osc("/nobodys"), osc("/go/2"))), (1.25, "h", osc("/go/3")))
    assert told.asked == ["go 3", "go 1", "go 2"]
    assert [request.received for request in told.requests] == [1_250_000_000, 1_500_000_000, 1_500_000_000]
    assert told.problems == [f"osc udp h:5000: /go/{n} is held for 0.500 s; its sender dated it." for n in (1, 2)]


@pytest.mark.parametrize("seconds", [1.001, 5, 86_400 * 365])
def test_a_bundle_of_a_clock_that_goes_wrong_fires_at_once_with_a_warning(seconds: float) -> None:
    first, second = ahead(seconds, osc("/go/1"), osc("/nobodys")), ahead(2 + seconds, osc("/go/2"))
    told = talk(show(), (0, "h", first), (1, "h", second))
    assert told.asked == ["go 1", "go 2"] and [request.received for request in told.requests] == [0, NS]
    (said,) = told.problems
    assert f"/go/1 is dated {seconds:.1f} s ahead and was carried out at once: the sender's clock is wrong" in said


def test_an_input_may_say_that_its_senders_clocks_agree() -> None:
    plan = show(inputs=(AGREED,))
    told = talk(plan, (1, "h", ahead(31.5, osc("/go/1"))), (2, "h", ahead(70, osc("/go/2"))))
    assert told.asked == ["go 2", "go 1"]
    assert [request.received for request in told.requests] == [2 * NS, 31_500_000_000]


def test_what_is_held_is_bounded() -> None:
    told = talk(show(inputs=(AGREED,)), *[(0, "h", ahead(50, *[osc("/go/1")] * 400))] * 3)
    assert len(told.requests) == 1000 and len(told.verdicts) == 200


def test_closing_forgets_what_is_held() -> None:
    told = Told()

    async def main() -> None:
        door = told.door(show())
        receiver = UdpInput(door, InputAccess(LOCAL, {}, told.problems.append))
        receiver.datagram_received(ahead(0.5, osc("/go")), ("h", 1))
        door.close()
        await current().sleep_until(10 * NS)

    run(main(), kind="virtual")
    assert told.requests == []


def test_what_fires_nothing_is_still_heard_and_heard_first() -> None:
    told = talk(show(on("/x", "1")), (0, "h", osc("/nobodys", 5)), (1, "h", osc("/x")))
    assert told.heard == [("/nobodys", (5,), "osc udp h:5000"), ("/x", (), "osc udp h:5000")]
    assert told.asked == ["go 1"] and told.verdicts == [] and told.problems == []


def test_what_nobody_wants_is_soon_not_even_read() -> None:
    noise = [(0, "h", osc("/lx/fixture/7/level", number)) for number in range(100)]
    told = talk(show(on("/x", "1")), *noise, (0, "h", osc("/x")), (0, "h", b"/lx/fixture/7/level\0,q\0\0"))
    assert len(told.heard) == 20 + 1, "as often as it is answered that there is no such address, and the trigger"
    assert told.asked == ["go 1"] and told.problems == []


WANTED = """
show "Wanted"
camera foh "sim://foh"
on osc "/fader" with > 0.5 go 1
on osc "/button" with 1 go 2
on osc "/eos/{n}" go {n}
cue 1
    repeat forever
        wait for osc "/inside"
cue 2
    wait for osc "/again"
    wait for osc "/again"
"""


@pytest.mark.parametrize(
    "address",
    ["/fader", "/button", "/eos/7", "/inside", "/again", "/go", "/cue/9/start", "/cue/selected", "/select_id",
     "/cueLists", "/playheadId", "/workspace/other/x", "/eos/out/ping", "/eos/out/active/cue/text", "/fad*",
     "/workspace/Wanted/fader"],
)  # fmt: skip
def test_what_may_be_wanted_is_heard_however_often_it_said_nothing(address: str) -> None:
    plan = plan_of(WANTED)
    noise = [(0, "h", osc(address, "nothing") if number % 2 else osc(address)) for number in range(60)]
    told = talk(plan, *((0, "h", osc("/nobodys")) for _ in range(40)), *noise)
    assert len([heard for heard in told.heard if heard[0] == address]) == 60


def test_a_reload_makes_wanted_what_nobody_wanted() -> None:
    told = Told()

    async def main() -> None:
        door = told.door(plan_of('cue 1\n    wait for osc "/before"\n'))
        gate = InputAccess(LOCAL, {}, print)
        client = Client("osc udp h", "h", False, lambda _data: True, sender_limit(0), ALL)
        for plan in (None, plan_of('on osc "/after" go 2\ncue 2\n    wait 1s\n')):
            if plan is not None:
                door.reload(plan)
            for _ in range(50):
                for address in ("/after", "/before"):
                    door.packet(gate, client, osc(address), "osc udp h:5")

    run(main(), kind="virtual")
    assert told.asked == ["go 2"] * 50
    assert [heard[0] for heard in told.heard].count("/before") == 100, "cue 1 may run still, and waits for it"


def test_a_door_verdict_is_told() -> None:
    told = talk(show(), (0, "h", osc("/go/soon")), (0, "h", osc("/*")))
    assert [verdict.verdict for verdict in told.verdicts] == ["no_cue", "refused"]


GUARDED = show(
    inputs=(
        Port("desk", port_at("osc+udp://0.0.0.0:53000"), NOWHERE, allow=("10.0.0.0/24", "fd00::/8", "192.168.1.7")),
    )
)


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("10.0.0.7", True),
        ("10.0.1.7", False),
        ("::ffff:10.0.0.7", True),
        ("fd00::1%eth0", True),
        ("fe80::1%eth0", False),
        ("192.168.1.7", True),
        ("192.168.1.8", False),
        ("127.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_only_the_networks_of_allow_come_in(host: str, may: bool) -> None:
    told = talk(GUARDED, (0, host, osc("/go")))
    assert told.asked == (["go"] if may else [])
    assert bool(told.heard) is may
    reason = f"go: {host} is not in the `allow` of the input desk (osc+udp://0.0.0.0:53000)"
    assert told.refused == ([] if may else [reason])


def test_a_stranger_who_shouts_is_told_of_once_a_second() -> None:
    told = talk(GUARDED, *[(n / 100, "1.2.3.4", osc("/go")) for n in range(101)], (1.5, "10.0.0.1", osc("/panic")))
    assert len(told.verdicts) == 2 and told.refused[1].endswith("(and 99 more)")
    assert told.asked == ["panic"]


def test_a_stranger_without_a_trigger_is_nobodys_business() -> None:
    told = talk(GUARDED, (0, "1.2.3.4", osc("/hello")))
    assert told.verdicts == [] and told.heard == []


SECRET = show(inputs=(Port("desk", port_at("osc+udp://0.0.0.0:53000"), NOWHERE, passcode="OSC_PASSCODE"),))


def test_a_passcode_lets_in_who_sends_it() -> None:
    told = talk(
        SECRET,
        (0, "10.0.0.7", osc("/go")),
        (1, "10.0.0.7", osc("/connect", "wrong")),
        (2, "10.0.0.7", osc("/go")),
        (3, "10.0.0.7", dated(None, osc("/connect", "5577"), osc("/go/1"))),
        (4, "10.0.0.7", osc("/go/2")),
        (5, "10.0.0.8", osc("/go/3")),
        environ={"OSC_PASSCODE": "5577"},
    )
    assert told.asked == ["go 1", "go 2"]
    assert [text.partition(":")[0] for text in told.refused] == ["go", "go", "go 3"]
    assert len(told.problems) == 1 and "wrong passcode" in told.problems[0]


def test_passcodes_from_invented_addresses_are_looked_at_one_a_second() -> None:
    guesses = [(1 + n / 10_000, f"10.{n // 250}.0.{n % 250}", osc("/connect", f"{n:04}")) for n in range(6000)]
    told = talk(
        SECRET,
        (0, "10.200.0.1", osc("/connect", "5577")),
        (0.5, "10.200.0.1", osc("/go/1")),
        *guesses,
        (1.6, "10.22.0.77", osc("/go/2")),
        (1.7, "10.200.0.1", osc("/go/3")),
        (1.8, "10.200.0.1", osc("/disconnect")),
        (1.9, "10.200.0.1", osc("/connect", "5577")),
        (1.95, "10.200.0.1", osc("/go/4")),
        environ={"OSC_PASSCODE": "5577"},
    )
    assert told.asked == ["go 1", "go 3", "go 4"]
    assert len(told.problems) == 1 and "wrong passcode" in told.problems[0]


def test_a_passcode_that_is_not_set_lets_nobody_in() -> None:
    told = talk(SECRET, (0, "10.0.0.7", osc("/connect", "")), (2, "10.0.0.7", osc("/go")))
    assert told.requests == [] and "is not set" in told.problems[0]


def test_a_reload_changes_triggers_and_names_what_it_cannot_change() -> None:
    told = Told()

    async def main() -> None:
        door = told.door(show(on("/a", "1")))
        receiver = UdpInput(door, InputAccess(LOCAL, {}, told.problems.append))
        door._inputs.append(receiver)
        receiver.datagram_received(osc("/a"), ("127.0.0.1", 1))
        door.reload(show(on("/a", "2"), inputs=(Port("desk", port_at(LOCAL.url), NOWHERE, allow=("10.0.0.0/8",)),)))
        receiver.datagram_received(osc("/a"), ("10.1.1.1", 1))
        receiver.datagram_received(osc("/a"), ("127.0.0.1", 1))
        door.reload(show(inputs=(Port("desk", port_at("osc+udp://127.0.0.1:9"), NOWHERE),)))

    run(main(), kind="virtual")
    assert told.asked == ["go 1", "go 2"] and len(told.verdicts) == 1
    assert told.problems == [
        "The input desk (osc+udp://127.0.0.1:0) stays open until the show is restarted.",
        "The input desk (osc+udp://127.0.0.1:9) opens when the show is restarted.",
    ]
