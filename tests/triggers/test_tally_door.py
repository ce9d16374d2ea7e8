"""The tally door on real sockets; the sender of 5.0 datagrams is the package tslumd."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from tslumd import TallyColor, TallyType, UmdSender
from tslumd.messages import Display, Message

from cuelang.clock import current
from cuelang.plan import Plan
from cuelang.triggers.access import InputError
from cuelang.triggers.tsl import DISPLAYS, TallyDoor
from tests.running.night import plan_of

CAMERAS = """
camera foh "sim://foh"
    tally_index 3
camera left "sim://left"
    tally_index 4
camera roof "sim://roof"
cue 1
    tally roof off
"""


def sheet(url: str, *settings: str) -> Plan:
    return plan_of(CAMERAS, "\n    ".join((f'input switcher "{url}"', *settings)))


def umd(address: int, tallies: int) -> bytes:
    return bytes((0x80 + address, tallies)) + b" " * 16


def five(screen: int = 0, **displays: TallyColor) -> bytes:
    shown = [Display(index=int(name[1:]), rh_tally=colour) for name, colour in displays.items()]
    return bytes(Message(displays=shown, screen=screen).build_message())


def framed(packet: bytes) -> bytes:
    return b"\xfe\x02" + packet.replace(b"\xfe", b"\xfe\xfe")


class Told:
    def __init__(self) -> None:
        self.air: list[tuple[str, str]] = []
        self.problems: list[str] = []

    def on_air(self, camera: str, mode: str, name: str) -> None:
        self.air.append((camera, mode))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def listening(plan: Plan, *, started: bool = True) -> AsyncIterator[tuple[Told, TallyDoor, int]]:
    told = Told()
    door = TallyDoor(plan, current(), told.problems.append, environ={})
    await door.open()
    if started:
        door.start(told.on_air)
    try:
        yield told, door, next((number for _, number in door.addresses.values()), 0)
    finally:
        door.close()


UDP, TCP = "tsl+udp://127.0.0.1:0", "tsl+tcp://127.0.0.1:0"


async def test_a_switcher_says_what_is_on_air_by_datagram() -> None:
    async with listening(sheet(UDP)) as (told, _, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as switcher:
            for packet in (umd(3, 2), umd(3, 2), umd(4, 1), umd(9, 2), umd(3, 0)):
                switcher.sendto(packet, ("127.0.0.1", port))
        await until(lambda: len(told.air) == 3)
        assert told.air == [("foh", "program"), ("left", "preview"), ("foh", "off")]


async def test_tslumd_is_a_switcher() -> None:
    async with listening(sheet(UDP)) as (told, _, port):
        sender = UmdSender(clients=[("127.0.0.1", port)])
        async with sender:
            sender.set_tally_color((0, 3), TallyType.rh_tally, TallyColor.RED)
            await until(lambda: ("foh", "program") in told.air)
            sender.set_tally_color((0, 3), TallyType.rh_tally, TallyColor.GREEN)
            await until(lambda: told.air[-1] == ("foh", "preview"))


async def test_a_stream_and_its_end() -> None:
    async with listening(sheet(TCP)) as (told, _, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        packet = b"\xfe\x02" + five(n3=TallyColor.RED, n254=TallyColor.RED).replace(b"\xfe", b"\xfe\xfe")
        for byte in packet + umd(4, 2):
            writer.write(bytes((byte,)))
            await writer.drain()
        await until(lambda: len(told.air) == 2)
        assert told.air == [("foh", "program"), ("left", "program")]
        writer.close()
        await until(lambda: told.problems)
        assert told.problems[0].endswith("has closed its connection. Its last tally state is kept.")


async def test_what_was_said_before_the_show_is_known_to_it() -> None:
    async with listening(sheet(UDP), started=False) as (told, door, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as switcher:
            switcher.sendto(umd(3, 2), ("127.0.0.1", port))
        await until(lambda: door._lamps)
        door.start(told.on_air)
        assert told.air == [("foh", "program")]


async def test_who_is_not_allowed_drives_no_light() -> None:
    plan = sheet(UDP, 'allow "10.0.0.0/24"')
    async with listening(plan) as (told, _, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(umd(3, 2), ("127.0.0.1", port))
        await until(lambda: told.problems)
        assert told.air == []
        assert "127.0.0.1 is not in the `allow` of the input switcher" in told.problems[0]


async def test_a_stranger_is_not_let_in_by_stream() -> None:
    async with listening(sheet(TCP, 'allow "10.0.0.0/24"')) as (told, _, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(umd(3, 2))
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        assert told.problems and not told.air


async def test_tally_knows_no_passcode() -> None:
    async with listening(sheet(UDP, 'passcode from "TALLY_PASSCODE"')) as (told, door, _):
        assert door.addresses == {}
        assert "tally has no passcode. Use `allow`." in told.problems[0]


async def test_rubbish_is_said_seldom_and_changes_nothing() -> None:
    async with listening(sheet(UDP)) as (told, _, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as switcher:
            for packet in (b"hello", b"", b"\xff" * 300, umd(3, 2)):
                switcher.sendto(packet, ("127.0.0.1", port))
        await until(lambda: told.air)
        assert told.air == [("foh", "program")]
        assert len(told.problems) == 1 and "ignored a non-tally packet: 5 bytes" in told.problems[0]


async def test_a_reload_knows_other_indexes_by_what_was_said() -> None:
    async with listening(sheet(UDP)) as (told, door, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as switcher:
            switcher.sendto(umd(3, 2) + umd(7, 1), ("127.0.0.1", port))
        await until(lambda: told.air)
        told.air.clear()
        door.reload(plan_of(CAMERAS.replace("tally_index 4", "tally_index 7"), f'input switcher "{UDP}"\n'))
        assert told.air == [("foh", "program"), ("left", "preview")]


async def test_everybody_at_once() -> None:
    async with listening(sheet(UDP)) as (told, _, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as switcher:
            switcher.sendto(five(n65535=TallyColor.OFF), ("127.0.0.1", port))
        await until(lambda: told.air)
        assert told.air == [("foh", "off"), ("left", "off")]


async def test_a_port_that_is_taken_is_named() -> None:
    async with listening(sheet(TCP)) as (_, _, port):
        told = Told()
        with pytest.raises(InputError, match="another program has this port"):
            await TallyDoor(sheet(f"tsl+tcp://127.0.0.1:{port}"), current(), told.problems.append).open()


SCREENS = """
camera foh "sim://foh"
    tally_index 1
camera left "sim://left"
    tally_index 1 screen 2
cue 1
    tally left off
"""


async def test_screen_and_index_are_the_address() -> None:
    async with listening(plan_of(SCREENS, f'input switcher "{UDP}"\n')) as (told, door, _):
        for packet in (
            five(n1=TallyColor.RED),
            five(screen=1, n1=TallyColor.OFF),
            five(screen=2, n1=TallyColor.GREEN),
            umd(1, 1),
            five(screen=2, n65535=TallyColor.OFF),
            five(screen=65535, n1=TallyColor.RED),
        ):
            door.packet(packet, "tsl udp 10.0.0.9:8900")
        assert told.air == [
            ("foh", "program"), ("left", "preview"), ("foh", "preview"), ("left", "off"), ("foh", "program"),
            ("left", "program"),
        ]  # fmt: skip
        assert told.problems == [
            (
                "tsl udp 10.0.0.9:8900: tally of display 1 on screen 1 belongs to no camera. If it is that of foh, "
                "write `tally_index 1 screen 1`."
            )
        ]


async def test_displays_that_are_nobodys_take_no_room() -> None:
    async with listening(sheet(UDP)) as (_, door, _):
        for screen in range(3):
            for index in range(DISPLAYS):
                door.packet(five(screen=screen, **{f"n{index}": TallyColor.RED}), "tsl udp 10.0.0.9:8900")
        assert len(door._lamps[""]) == DISPLAYS


PACKETS = {
    "5.0": five(n3=TallyColor.RED), "5.0 framed": framed(five(n3=TallyColor.RED)), "3.1": umd(3, 2),
    "3.1 with brightness in bits 6 and 7": umd(3, 0xC2),
    "4.0": umd(3, 0) + bytes((-sum(umd(3, 0)) & 0x7F, 2, 0x04, 0)),
    "4.0 with a wrong checksum and its old tallies": umd(3, 2) + b"\x7f\x02\0\0",
    "Tally Arbiter, 5.0 without DLE STX": bytes.fromhex("1100000000000300c400070043616d20464f48"),
}  # fmt: skip


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS.keys())
@pytest.mark.parametrize("url", [UDP, TCP])
async def test_every_form_is_heard_on_every_transport(url: str, packet: bytes) -> None:
    async with listening(sheet(url)) as (told, _, port):
        kind = socket.SOCK_DGRAM if url == UDP else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as switcher:
            switcher.connect(("127.0.0.1", port))
            switcher.send(packet)
            await until(lambda: told.air)
        assert told.air == [("foh", "program")] and told.problems == []


async def test_a_stream_of_rubbish_is_said_when_it_ends() -> None:
    async with listening(sheet(TCP)) as (told, _, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes.fromhex("40000000"))
        writer.close()
        await until(lambda: told.problems)
        assert "ignored a non-tally packet: 4 invalid bytes" in told.problems[0]
