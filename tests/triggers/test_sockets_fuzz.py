"""Whatever arrives at a socket of OSC or of tally, and at the MIDI door: nothing raises, what is kept is bounded, and
the next thing that is meant is heard."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from hypothesis import given
from hypothesis import strategies as st

from cuelang.clock import current
from cuelang.playback.effects import Request
from cuelang.protocols.midi import ALL, Hit, Located, MidiEvent, Quarter, ShowControl
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import FRAMINGS
from cuelang.protocols.timecode import RATES, Chaser
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.osc import OscDoor
from cuelang.triggers.tsl import DISPLAYS, TallyDoor
from tests.drawn import examples
from tests.running.night import plan_of

SHEET = """
camera foh "sim://foh"
    tally_index 3
input keys "midi:Keys"
on osc "/button/{n}" start {n}
on midi note 60 go 1
on midi note 60 released stop foh
on midi control 20 below 20 from keys go 1
on midi bend drive foh pan
on midi control 1 drive foh focus
on msc go {n} list 2 type lighting go {n}
on timecode 01:00:00:00 go 1
cue 1
    tally foh off
"""
CHUNKS = st.lists(
    st.binary(max_size=200)
    | st.sampled_from(
        [
            b"\xc0/go\0,\0\0\0\xc0",
            b"\0\0\0\x08/go\0,\0\0\0",
            b"\xfe\x02",
            b"\xfe\xfe",
            b"\x83\xc2",
            b"\x10\0\0\0",
            b"\xff\xff\xff\xff",
            b"\xdb\xdc",
            b"\0" * 40,
        ]
    ),
    max_size=12,
)


@asynccontextmanager
async def unbroken() -> AsyncIterator[None]:
    """Nothing that the loop calls raises meanwhile."""
    loop, mishaps = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: mishaps.append(context))
    yield
    await asyncio.sleep(0)
    assert mishaps == []


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.001)


async def pour(port: int, chunks: list[bytes]) -> None:
    """A client that sends this, and goes."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()


@given(CHUNKS, st.sampled_from(["slip", "length"]))
@examples(40)
async def test_anything_over_tcp_and_the_next_client_is_heard(chunks: list[bytes], framing: str) -> None:
    asked: list[Request] = []
    problems: list[str] = []
    plan = plan_of(SHEET, 'input desk "osc+tcp://127.0.0.1:0"\n')
    door = OscDoor(plan, current(), asked.append, lambda _verdict: None, lambda *_message: None, problems.append)
    await door.open()
    port = door.addresses["desk"][1]
    async with unbroken():
        await pour(port, chunks)
        await pour(port, [FRAMINGS[framing](encode("/button/7", (1.0,)))])  # type: ignore[index]  # one of the two
        await until(lambda: asked and asked[-1].cue == "7")
        await until(lambda: not door.clients())
        assert len(problems) <= len(chunks) + 2
    door.close()


@given(CHUNKS)
@examples(40)
async def test_anything_to_tally_and_the_next_switcher_is_heard(chunks: list[bytes]) -> None:
    problems: list[str] = []
    air: list[tuple[str, str]] = []
    plan = plan_of(SHEET, 'input one "tsl+udp://127.0.0.1:0"\ninput two "tsl+tcp://127.0.0.1:0"\n')
    door = TallyDoor(plan, current(), problems.append, environ={})
    await door.open()
    door.start(lambda camera, mode, _: air.append((camera, mode)))
    async with unbroken():
        await pour(door.addresses["two"][1], chunks)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as switcher:
            for chunk in chunks:
                switcher.sendto(chunk, ("127.0.0.1", door.addresses["one"][1]))
        await asyncio.sleep(0.002)
        air.clear()
        await pour(door.addresses["two"][1], [b"\x83\x00".ljust(18), b"\x83\x02".ljust(18)])
        await until(lambda: air and air[-1] == ("foh", "program"))
        assert len(door._lamps) <= DISPLAYS and len(problems) <= len(chunks) + 4
    door.close()


EVENTS = st.one_of(
    st.builds(
        Hit,
        st.sampled_from(["note", "control", "program", "bend"]),
        st.sampled_from([0, 1, 20, 60]),
        st.integers(0, 127),
        st.integers(1, 16),
    ),
    st.builds(
        ShowControl,
        st.sampled_from(["go", "stop", "resume", "load"]),
        st.text(max_size=12),
        st.just(ALL),
        st.text(max_size=5),
        st.text(max_size=5),
        st.integers(0, 127),
    ),
    st.builds(Quarter, st.integers(0, 7), st.integers(0, 15)),
    st.builds(Located, st.sampled_from(RATES), st.tuples(*[st.integers(0, 127)] * 4)),
)


@given(st.lists(st.tuples(EVENTS, st.sampled_from(["keys", "desk"])), max_size=60))
async def test_anything_by_midi_and_the_next_note_is_heard(events: list[tuple[MidiEvent, str]]) -> None:
    asked: list[Request] = []
    plan, now = plan_of(SHEET, 'input desk "midi:Desk"\n'), current()
    hands = Joysticks(plan, now, lambda _request, _step, _before: "", lambda _step: None)
    door = MidiDoor(plan, now, asked.append, lambda _verdict: None, lambda _text: None, hands)
    chaser = Chaser()
    for event, port in events:
        door.hear(port, event, chaser)
    door.hear("desk", Hit("note", 60, 100, 1), chaser)
    assert asked[-1].text == "go 1"
    hands.gone("keys")
    hands.gone("desk")
