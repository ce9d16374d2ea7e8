"""A fader says where zoom, focus and iris are to be, on every transport that has faders; and MIDI aftertouch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from cuelang.commands import FocusTo, SetProperty, ZoomTo
from cuelang.models import DEFAULT, find
from cuelang.protocols.faders import command_for
from cuelang.protocols.midi import Hit, read
from tests.lang.compiling import compiled
from tests.lang.sheets import marked, places
from tests.ports import free_port
from tests.running.test_framing import running, until
from tests.running.test_what_inputs_hear import House

SHEET = """show "Night"
    interlock block
input desk "osc+udp://127.0.0.1:{osc}"
input keys "midi:No Such Port"
input broker "mqtt://127.0.0.1:9"
input lights "sacn://1?host=127.0.0.1"
    allow "127.0.0.1"
camera foh "sim://foh"
on midi control 7 zoom foh to {{value}}
on midi bend zoom foh to {{value}}
on midi aftertouch channel 2 set foh iris {{value}}
on midi pressure 60 above 63 go 2
on osc "/fader/1" with {{v}} zoom foh to {{v}}
on mqtt "venue/zoom" with {{v}} zoom foh to {{v}}
on dmx 40 zoom foh to {{value}}
on midi control 9 focus foh to {{value}}
cue 1 "On"
    tally foh program
cue 2 "Off"
    tally foh off
    set foh exposure manual
"""


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    ports = {"osc": free_port()}
    (folder / "night.cues").write_text(SHEET.format(**ports))
    async with running(folder) as floor:
        yield House(floor, ports)


Fade = tuple[str, Callable[[House], object], int]
FADES: tuple[Fade, ...] = (
    ("midi", lambda h: h.midi("control", 7, 127), 0x4000),
    ("midi half", lambda h: h.midi("control", 7, 64), round(0x4000 * 64 / 127)),
    ("bend", lambda h: h.midi("bend", 0, 127), 0x4000),
    ("osc", lambda h: h.osc("/fader/1", 0.25), 0x1000),
    ("osc whole", lambda h: h.osc("/fader/1", 1), 0x4000),
    ("mqtt", lambda h: h.doors._inputs.mqtt.heard("broker", "venue/zoom", b"0.5"), 0x2000),
    ("dmx", lambda h: (h.dmx(), h.dmx(c40=255)), 0x4000),
)


@pytest.mark.parametrize(("fade", "zoom"), [fade[1:] for fade in FADES], ids=[fade[0] for fade in FADES])
async def test_the_whole_fader_is_the_whole_zoom(tmp_path: Path, fade: Callable[[House], object], zoom: int) -> None:
    async with house(tmp_path) as h:
        fade(h)
        state = h.floor.executor.drivers["foh"].state
        await until(lambda: state.pose.zoom == zoom, 60)
        assert h.view().triggers[-1].verdict == "fired" and h.last.taken == "drives a camera"
        assert h.view().untaken is None


async def test_a_fader_that_runs_is_one_row_and_ends_at_its_last_value(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for value in range(0, 127, 3):
            h.midi("control", 7, value)
        h.midi("control", 7, 32)
        state = h.floor.executor.drivers["foh"].state
        await until(lambda: state.pose.zoom == round(0x4000 * 32 / 127), 60)
        (row,) = h.view().triggers
        assert row.request == "zoom foh to 25%"
        commands = h.floor.executor.view().commands
        assert commands <= 4, "forty values in one moment are not forty commands"


async def test_the_interlock_and_a_muted_input_hold_a_fader_back(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.floor.show.desk.switches.mute("keys", True, "Anna")
        h.midi("control", 7, 127)
        assert h.asked == [] and h.last.taken == "drives a camera"
        await h.floor.show.desk.switches.mute("keys", False, "Anna")
        await h.floor.go("1")
        h.midi("control", 7, 127)
        await until(lambda: h.view().troubles)
        assert "foh is on program" in h.view().notes[-1].text
        await h.floor.go("2")
        h.midi("aftertouch", 0, 127, 2)
        await until(lambda: h.asked[-1] == ("set foh iris 100%", "fired"))
        h.midi("pressure", 60, 100)
        await until(lambda: h.asked[-1] == ("go 2", "fired"))


async def test_a_number_that_is_no_place_on_a_fader_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.osc("/fader/1", 47)
        await until(lambda: h.asked)
        (row,) = h.view().triggers
        assert (row.request, row.verdict) == ("zoom foh to {v}", "refused")
        assert row.reason == "a fader says a number from 0 to 1"


def test_where_a_share_of_the_range_is() -> None:
    sony = find("sony-brc-x400")
    assert sony is not None
    assert command_for(DEFAULT, "zoom", Fraction(1, 2)) == ZoomTo(0x2000)
    assert isinstance(command_for(sony, "focus", Fraction(0)), FocusTo)
    ends = [command_for(model, "iris", Fraction(share)) for model in (DEFAULT, sony) for share in (0, 1)]
    assert all(isinstance(one, SetProperty) and one.prop == "iris" for one in ends) and len(set(ends)) >= 3
    assert command_for(DEFAULT, "color_temperature", Fraction(1)) == SetProperty("color_temperature", "value", (0x37,))
    assert command_for(DEFAULT, "freeze", Fraction(1)) is None


class _Message:
    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


def test_aftertouch_is_read() -> None:
    assert read(_Message(type="aftertouch", value=90, channel=2)) == Hit("aftertouch", 0, 90, 3)
    assert read(_Message(type="polytouch", note=60, value=9, channel=0)) == Hit("pressure", 60, 9, 1)
    assert (
        Hit("aftertouch", 0, 90, 3).text == "aftertouch ch 3" and Hit("pressure", 60, 9, 1).text == "pressure 60 ch 1"
    )


def test_what_no_fader_can_say_is_a_mistake() -> None:
    text, expected = marked("""
        camera foh "visca+udp://10.0.0.21"
        camera dome "pelco-d:///dev/ttyUSB0"
        on midi control 7 zoom foh to {value}
        on midi control 7 zoom foh to {number}             ### E208
        on midi control 7 above 63 zoom foh to {value}     ### E208
        on midi note 60 zoom foh to {value}                ### E208
        on osc "/fader" zoom foh to {value}                ### E208
        on key "F8" zoom foh to {value}                    ### E208
        on midi control 7 set foh freeze {value}           ### E208
        on midi control 7 set foh iriss {value}            ### E209
        on midi control 7 zoom dome to {value}             ### E401
        on midi aftertouch go 1                            ### E208
        cue 1
            move foh home
    """)
    found = compiled(text).diagnostics
    assert places(one for one in found if one.is_error) == expected
    assert all(one.hint for one in found)
