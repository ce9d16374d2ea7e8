"""Whatever a sheet can send to a Sony is in that model's own command list, and its simulated camera takes just that.

`sony_lists.txt` holds the lists as facts, each with its source; nothing in the program reads it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from cuelang.models.tables import MODELS
from cuelang.output.plan import plan_json
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.capability import properties_of, vocabulary
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.protocols.visca.table import ROWS
from cuelang.simulator.body import Body
from cuelang.simulator.visca import ViscaEnd
from tests.lang.compiling import compiled
from tests.models.known import known

SONYS = [model.id for model in MODELS if model.family == "sony"]


class Fact(NamedTuple):
    """One frame of a list: nibbles that are fixed, and the numbers that its letters may be, if the list says them."""

    row: str
    nibbles: str
    letters: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def holds(self, frame: str) -> bool:
        if len(frame) != len(self.nibbles):
            return False
        found: dict[str, str] = {}
        for want, got in zip(self.nibbles, frame, strict=True):
            if want in "0123456789ABCDEF":
                if want != got:
                    return False
            else:
                found[want] = found.get(want, "") + got
        if not self.spans:
            return True
        if len(self.spans) == 1:
            return _within("".join(found[letter] for letter in self.letters), self.spans[0])
        return all(_within(found[letter], span) for letter, span in zip(self.letters, self.spans, strict=True))


def _within(digits: str, span: tuple[int, int]) -> bool:
    return span[0] <= int(digits, 16) <= span[1]


@cache
def facts(model: str) -> tuple[Fact, ...]:
    found = []
    for line in (Path(__file__).parent / "sony_lists.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        whose, frame, numbers, _, row = (part.strip() for part in line.split("|"))
        if model.removeprefix("sony-") not in whose.split():
            continue
        nibbles = frame.replace(" ", "").replace("8x", "81", 1)
        letters = tuple(dict.fromkeys(sign for sign in nibbles if sign not in "0123456789ABCDEF"))
        spans = tuple((int(low), int(high)) for low, high in re.findall(r"(\d+)-(\d+)", numbers))
        if row.startswith(("pt.", "inq.")) or not letters:
            spans = ()
        found.append(Fact(row, nibbles, letters, spans))
    assert found
    return tuple(found)


def in_list(model: str, frame: str) -> bool:
    return any(fact.holds(frame.replace(" ", "").upper()) for fact in facts(model))


NUMBERS = (*range(-12, 41), 99, 100, 101, 127, 128, 254, 255, 256, 990, 2000, 4095, 4096, 61440, 61441, 65535)
KELVINS = (1999, 2000, 2500, 5600, 8000, 15000, 15001)


def lines() -> list[str]:
    """Everything that can be said to a camera, with numbers inside and outside of every range."""
    said = ["power foh on", "power foh off live", "stop foh", "move foh home", "track foh on", "track foh off"]
    said += [f"tally foh {mode}" for mode in ("program", "preview", "off")]
    said += [f"focus foh {mode}" for mode in ("auto", "manual", "toggle", "snap", "lock", "unlock", "near", "far")]
    said += [f"focus foh {way} speed {speed} for 1s" for way in ("near", "far") for speed in (0, 7)]
    said += [f"focus foh to {number}" for number in NUMBERS]
    said += [f"zoom foh {way} speed {speed} for 1s" for way in ("in", "out") for speed in (0, 7)]
    said += ["zoom foh to 0%", "zoom foh to 100% over 1s", "zoom foh from 10% to 20% over 1s"]
    for speed in (1, 12, 20, 21, 23, 24):
        said += [f"drive foh {way} speed {speed} for 1s" for way in ("up", "down", "left", "right", "up_left")]
        said += [f"drive foh down_right speed 24, {speed} for 1s", f"move foh by pan 1deg tilt 2deg speed {speed}"]
        said += [
            f"move foh to pan -20deg tilt 10deg speed {speed}",
            f"move foh to pan 1deg tilt 2deg speed 10, {speed}",
        ]
    said += [
        f"move foh to pan {pan}deg tilt {tilt}deg over {t}s" for pan in (-90, 5) for tilt in (0, 20) for t in (9, 60)
    ]
    for number in NUMBERS:
        said += [f"move foh to preset {number}", f"move foh to preset 3 speed {number}", f"store foh preset {number}"]
        said += [f"clear foh preset {number}"]
    for prop in PROPERTIES.values():
        said += [f"set foh {prop.name} {word}" for word in vocabulary(prop)]
        if prop.pose:
            said += [f"set foh {prop.name} pan 30deg tilt 20deg"]
        elif len(prop.numbers) == 1:
            said += [f"set foh {prop.name} {n}{prop.unit}" for n in (NUMBERS if prop.unit != "K" else KELVINS)]
    said += ["set foh red_gain 3.5", "set foh focus_range 3, 8"]
    return said


LINES = lines()
AT_ONCE = 500
"""Of a sheet with too many mistakes the rest is not looked at."""


@cache
def accepted(model: str) -> dict[str, tuple[str, ...]]:
    """The lines that pass the check for this model, with the frames of each."""
    head = f'camera foh "sony://10.0.0.31"\n    model "{model}"\n'

    def sheet(said: list[str]) -> str:
        return head + "".join(f"cue {number}\n    {line}\n" for number, line in enumerate(said, 1))

    good: list[str] = []
    for first in range(0, len(LINES), AT_ONCE):
        some = LINES[first : first + AT_ONCE]
        wrong = {found.span.line for found in compiled(sheet(some)).diagnostics if found.severity == "error"}
        good += [line for number, line in enumerate(some, 1) if 2 * number + 2 not in wrong]
    plan = compiled(sheet(good)).plan
    assert plan is not None
    return {
        line: tuple(frame["hex"] for event in cue["events"] for frame in event["wire"])
        for line, cue in zip(good, plan_json(plan)["cues"], strict=True)
    }


@pytest.mark.parametrize("model", SONYS)
def test_no_frame_of_a_sheet_is_outside_the_list_of_its_camera(model: str) -> None:
    said = accepted(model)
    outside = {line: frame for line, frames in said.items() for frame in frames if not in_list(model, frame)}
    assert outside == {}
    assert len(said) > 120


@pytest.mark.parametrize("model", SONYS)
def test_the_simulated_camera_takes_what_a_sheet_can_say(model: str) -> None:
    for line, frames in accepted(model).items():
        for frame in frames:
            figures = known(model)
            assert figures is not None
            said = ViscaEnd(Body(figures)).receive(bytes.fromhex(frame), 0)
            assert b"\x90\x60\x02\xff" not in [reply for _, reply in said], line


@pytest.mark.parametrize("model", SONYS)
def test_the_simulated_camera_refuses_what_its_list_does_not_have(model: str) -> None:
    figures = known(model)
    assert figures is not None
    refused = 0
    for row in ROWS:
        if row.id in ("if_clear", "address_set", "command_cancel") or row.status == "alias":
            continue
        frame = codec.encode(row.id, **{param.name: param.high for param in row.params})
        if in_list(model, frame.hex()) or 0xFF in frame[:-1]:
            continue
        refused += 1
        said = [reply for _, reply in ViscaEnd(Body(figures)).receive(frame, 0)]
        assert said in ([b"\x90\x60\x01\xff"], [b"\x90\x60\x02\xff"]), row.id
    assert refused > 40


@pytest.mark.parametrize("model", SONYS)
def test_every_row_that_a_model_is_given_says_where_it_is_from(model: str) -> None:
    figures = known(model)
    assert figures is not None
    for row in rows_of(figures).values():
        assert re.fullmatch(r"Sony .* \([ABC]\)", row.evidence), row.id


@pytest.mark.parametrize(
    ("model", "line", "code"),
    [
        ("sony-brc-x400", "set foh iris 20", None),
        ("sony-brc-x400", "set foh iris 25", None),
        ("sony-brc-x400", "set foh iris 26", "E302"),
        ("sony-brc-x400", "set foh iris 3", "E302"),
        ("sony-brc-x400", "set foh shutter 33", None),
        ("sony-brc-x400", "set foh shutter 1", "E302"),
        ("sony-brc-x400", "set foh gain 17", None),
        ("sony-brc-x400", "set foh gain 0", "E302"),
        ("sony-brc-x400", "set foh exposure bright", "E401"),
        ("sony-brc-x400", "set foh bright 5", "E401"),
        ("sony-brc-x400", "set foh freeze on", "E401"),
        ("sony-brc-x400", "set foh reverse on", "E401"),
        ("sony-brc-x400", "set foh af_sensitivity high", "E401"),
        ("sony-brc-x400", "set foh white_balance color_temperature", "E401"),
        ("sony-brc-x400", "set foh white_balance auto2", None),
        ("sony-brc-x400", "drive foh up speed 1, 23 for 1s", None),
        ("sony-brc-x400", "drive foh up speed 1, 24 for 1s", "E302"),
        ("sony-brc-x400", "move foh to pan 12deg tilt -3deg speed 10", None),
        ("sony-brc-x400", "move foh to pan 12deg tilt -3deg speed 10, 5", "E401"),
        ("sony-brc-x400", "move foh to preset 100", None),
        ("sony-brc-x400", "move foh to preset 0", "E302"),
        ("sony-srg-x400", "tally foh program", "E401"),
        ("sony-srg-x400", "set foh picture_flip on", "E401"),
        ("sony-srg-a40", "set foh hue 7", "E401"),
        ("sony-srg-a40", "track foh on", None),
        ("sony-srg-x40uh", "set foh effect bw", "E401"),
        ("sony-srg-300h", "tally foh program", "E401"),
        ("sony-srg-300h", "move foh to preset 16", None),
        ("sony-srg-300h", "move foh to preset 17", "E302"),
        ("sony-srg-300h", "move foh to preset 3 speed 5", "E401"),
        ("sony-srg-300h", "set foh bright 31", None),
        ("sony-srg-300h", "set foh bright reset", "E401"),
        ("sony-srg-300h", "move foh to pan 12deg tilt -3deg speed 10, 5", None),
        ("sony-srg-300se", "power foh on", "E401"),
        ("sony-srg-360she", "set foh limit_up_right pan 30deg tilt 20deg", None),
        ("sony-brc-x1000", "set foh iris 22", "E302"),
        ("sony-brc-x1000", "set foh gain_limit 15", None),
        ("sony-brc-x1000", "set foh gain_limit 12", "E302"),
        ("sony-ilme-fr7", "set foh iris 9", "E401"),
        ("sony-ilme-fr7", "set foh gain up", "E401"),
        ("sony-ilme-fr7", "set foh color_temperature 15000K", None),
        ("sony-ilme-fr7", "set foh color_temperature 15001K", "E302"),
        ("sony-ilme-fr7", "move foh to preset 3 speed 50", None),
        ("sony-brc-am7", "move foh to preset 3 speed 127", None),
    ],
)
def test_check_knows_the_limits_of_the_model(model: str, line: str, code: str | None) -> None:
    found = compiled(f'camera foh "sony://10.0.0.31"\n    model "{model}"\ncue 1\n    {line}\n').diagnostics
    assert [one.code for one in found if one.severity == "error"] == ([code] if code else [])
    if code == "E401":
        assert known(model).title in next(one for one in found if one.code == code).message


@pytest.mark.parametrize(
    ("model", "line", "frames"),
    [
        ("sony-brc-x400", "move foh to pan 12deg tilt -3deg speed 10",
         ["81 01 06 02 0a 00 00 02 06 06 0f 0f 06 06 ff"]),
        ("sony-srg-300h", "move foh to pan 12deg tilt -3deg speed 10, 5",
         ["81 01 06 02 0a 05 00 02 06 06 0f 0f 06 06 ff"]),
        ("sony-ilme-fr7", "move foh to pan 20deg tilt 10deg over 10s",
         ["81 01 06 02 09 00 00 01 02 06 0e 00 00 09 03 07 ff"]),
        ("sony-ilme-fr7", "set foh exposure manual",
         ["81 01 05 34 03 ff", "81 01 7e 01 75 03 ff", "81 01 05 35 03 ff"]),
        ("sony-ilme-fr7", "set foh iris up", ["81 01 7e 04 4b 02 05 05 ff"]),
        ("sony-ilme-fr7", "set foh red_gain 0", ["81 01 7e 04 46 02 00 03 0d 0e ff"]),
        ("sony-ilme-fr7", "set foh color_temperature 5600K", ["81 01 05 43 01 01 05 0e 00 ff"]),
        ("sony-ilme-fr7", "tally foh preview", ["81 01 7e 01 0a 00 03 ff", "81 01 7e 04 1a 00 02 ff"]),
        ("sony-ilme-fr7", "set foh limit_up_right clear", ["81 01 06 07 01 01 07 0f 0f 0f 0f 07 0f 0f 0f 0f ff"]),
        ("sony-brc-x400", "move foh to preset 1", ["81 01 04 3f 02 00 ff"]),
        ("sony-brc-x400", "set foh sharpness auto", ["81 01 05 42 01 00 ff"]),
    ],
)  # fmt: skip
def test_the_model_s_own_bytes(model: str, line: str, frames: list[str]) -> None:
    plan = compiled(f'camera foh "sony://10.0.0.31"\n    model "{model}"\ncue 1\n    {line}\n').plan
    assert plan is not None
    assert [frame["hex"] for event in plan_json(plan)["cues"][0]["events"] for frame in event["wire"]] == frames


@pytest.mark.parametrize("model", SONYS)
def test_what_can_be_asked_is_in_the_list_too(model: str) -> None:
    figures = known(model)
    assert figures is not None
    rows = rows_of(figures)
    for row in rows.values():
        if row.kind == "inquiry" and row.id != "inq.version":
            assert in_list(model, codec.encode(row.id, 1, rows).hex()), row.id
    for prop in properties_of(figures).values():
        assert set(prop.inquiries) <= rows.keys()
