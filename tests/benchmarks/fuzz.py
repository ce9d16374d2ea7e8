"""A million packets that are nearly right, or not at all, at every door: nothing may be raised, and nothing kept.

    python -m tests.benchmarks.fuzz DOOR PACKETS     the process that is measured

It prints one line: packets a second, what was raised (the first of it), and how much memory grew from the first tenth
to the end.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mido

from cuelang import clock
from cuelang.address import port_at
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import Plan, Port
from cuelang.protocols.midi import read
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import FRAMINGS, Deframer
from cuelang.protocols.timecode import Chaser
from cuelang.protocols.tsl import TslStream
from cuelang.source import NOWHERE, Source
from cuelang.triggers.access import ALL, InputAccess
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.osc import OscDoor
from cuelang.triggers.osc_client import Client, sender_limit
from cuelang.triggers.tsl import TallyDoor
from tests.benchmarks.figures import Figure, Size, count
from tests.benchmarks.stage import line, module

DOORS = ("osc", "slip", "midi", "tsl")
GROWTH = 4 << 20
"""Bytes that the allocator may keep for itself."""
SHEET = """
camera foh "sim://foh"
    tally_index 3
input keys "midi:Keys"
input switcher "tsl+udp://127.0.0.1:8900"
on osc "/a/{n}" go {n}
on osc "/fader" with > 0.5 go next
on midi note 60 go 1
on midi control 20 above 63 go 1
on midi control 1 drive foh pan
on midi control 2 drive foh zoom
on msc go {n} go {n}
on timecode 01:00:00:10 go 1
cue 1
    tally foh off
"""
WORDS = ["/go", "/go/2", "/cue/2/start", "/a/1", "/fader", "/*/[1-3]", "/cue/{1,2}/name", "/updates", "/panic"]

Feed = Callable[[bytes], None]


def plan() -> Plan:
    found = Compiler(Library()).compile(Source("fuzz.cues", SHEET)).plan
    assert found is not None
    return found


def nothing(*anything: object) -> None:
    """Ignores what it is called with."""


def osc_door() -> Callable[[bytes], None]:
    door = OscDoor(plan(), clock.current(), nothing, nothing, nothing, nothing)
    gate = InputAccess(Port("desk", port_at("osc+udp://127.0.0.1:53000"), NOWHERE), {}, nothing)
    client = Client("osc udp 127.0.0.1", "127.0.0.1", False, lambda _data: True, sender_limit(0))
    client.rights = ALL
    return lambda data: door.packet(gate, client, data, "osc udp 127.0.0.1:1")


def feeds(door: str) -> Feed:
    now = clock.current()
    match door:
        case "osc":
            return osc_door()
        case "slip":
            hear, deframer = osc_door(), Deframer("slip")

            def stream(data: bytes) -> None:
                for packet in deframer.feed(data):
                    hear(packet)

            return stream
        case "midi":
            hands = Joysticks(plan(), now, lambda _request, _step, _before: "", nothing)
            midi, parser, chaser = MidiDoor(plan(), now, nothing, nothing, nothing, hands), mido.Parser(), Chaser()

            def play(data: bytes) -> None:
                parser.feed(data)
                for message in parser:
                    event = read(message)
                    if event is not None:
                        midi.hear("keys", event, chaser)

            return play
    tally, parted = TallyDoor(plan(), now, nothing), TslStream()
    tally.start(nothing)

    def switch(data: bytes) -> None:
        tally.packet(data, "tsl udp 127.0.0.1:1")
        for packet in parted.feed(data):
            tally.packet(packet, "tsl tcp 127.0.0.1:1")

    return switch


def seeds(door: str) -> list[bytes]:
    """What is right."""
    if door in ("osc", "slip"):
        messages = [encode(word, arguments) for word in WORDS for arguments in ((), ("2",), (0.7,), (1, "x"))]
        messages.append(b"#bundle\0" + bytes(7) + b"\1" + len(messages[0]).to_bytes(4, "big") + messages[0])
        return [FRAMINGS["slip"](message) for message in messages] if door == "slip" else messages
    if door == "midi":
        texts = ["903c40", "b01440", "b0017f", "b00200", "c005", "f07f7f0201013200f7", "f07f7f01010100000af7",
                 "f100f110f120f130f140f150f161f172", "f07e7f0601f7", "e00040"]  # fmt: skip
        return [bytes.fromhex(text) for text in texts]
    displays = b"".join(bytes((n, 0, 1, 0, 3, 0)) + b"Foh" for n in range(4))
    five = bytes((4 + len(displays), 0, 0, 0, 0, 0)) + displays
    return [bytes((0x83, 0x32)) + b"FOH".ljust(16), five, b"\xfe\x02" + five.replace(b"\xfe", b"\xfe\xfe")]


def spoiled(good: list[bytes], dice: random.Random) -> bytes:
    kind = dice.randrange(8)
    if kind == 0:
        return dice.randbytes(dice.randrange(64))
    packet = bytearray(dice.choice(good))
    for _ in range(dice.randrange(4) if kind > 1 else 0):
        packet[dice.randrange(len(packet))] = dice.randrange(256)
    return bytes(packet[: dice.randrange(len(packet))] if kind == 2 else packet)


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


async def measure(door: str, packets: int) -> dict[str, object]:
    feed, good, dice = feeds(door), seeds(door), random.Random(11)
    raised, first, spent, before = 0, "", 0, 0
    for number in range(packets):
        if number == packets // 10:
            before = resident()
        data = spoiled(good, dice)
        start = time.perf_counter_ns()
        try:
            feed(data)
        except Exception as error:
            raised, first = raised + 1, first or f"{error!r} after {data.hex(' ')}"
        spent += time.perf_counter_ns() - start
        if number % 1000 == 0:
            await asyncio.sleep(0)
    return {"rate": packets * 1e9 / spent, "raised": raised, "first": first, "grown": resident() - before}


def figures(size: Size) -> Iterator[Figure]:
    packets = size.of(1_000_000, 100_000, 2_000) // len(DOORS)
    raised, grown, rates = 0, 0, []
    for door in DOORS:
        child = module("fuzz", door, packets)
        said = json.loads(line(child))
        child.communicate()
        if said["first"]:
            print(f"{door}: {said['first']}", file=sys.stderr)
        raised, grown = raised + said["raised"], max(grown, said["grown"])
        rates.append(f"{door} {count(said['rate'])}/s")
    yield Figure(
        f"{count(packets * len(DOORS))} fuzzed packets (OSC, SLIP, MIDI, TSL): exceptions",
        "0",
        str(raised),
        ", ".join(rates),
        "",
        size.judge(raised == 0),
    )
    yield Figure(
        "the same: growth of memory after the first tenth",
        "none",
        f"{grown / 2**20:.1f} MB",
        "",
        "",
        size.judge(grown <= GROWTH),
    )


if __name__ == "__main__":
    print(json.dumps(clock.run(measure(sys.argv[1], int(sys.argv[2])))), flush=True)
