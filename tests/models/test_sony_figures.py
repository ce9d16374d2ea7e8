"""What Sony publishes beside its commands: ranges, speeds, presets, lamps. And each list is used to its ends.

`sony_figures.txt` and `sony_lists.txt` are facts with their sources; nothing in the program reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from cuelang.simulator.body import Body
from cuelang.simulator.visca import ViscaEnd
from tests.lang.compiling import compiled
from tests.models.known import known
from tests.models.test_sony_lists import SONYS, Fact, accepted, facts, in_list

SYNTAX = (b"\x90\x60\x01\xff", b"\x90\x60\x02\xff")


class Figures(NamedTuple):
    pan: tuple[int, int]
    tilt: tuple[int, int]
    nibbles: tuple[int, int]
    units: Fraction
    left: str
    moves: str
    presets: tuple[int, int]
    preset_speed: tuple[int, int] | None
    lamps: tuple[str, ...]
    zoom: str
    pan_speeds: tuple[int, tuple[Fraction, ...]]
    tilt_speeds: tuple[int, tuple[Fraction, ...]]


@cache
def figures(model: str) -> Figures:
    def pair(text: str) -> tuple[int, int]:
        low, high = text.split()
        return int(low), int(high)

    def speeds(text: str) -> tuple[int, tuple[Fraction, ...]]:
        steps, _, each = text.partition(":")
        return int(steps), tuple(Fraction(one) for one in each.split() if one != "?")

    for line in (Path(__file__).parent / "sony_figures.txt").read_text().splitlines():
        whose, *rest = (part.strip() for part in line.split("|"))
        if whose == model.removeprefix("sony-"):
            pan, tilt, nibbles, units, left, moves, presets, speed, lamps, zoom, fast, steep = rest
            return Figures(
                pair(pan),
                pair(tilt),
                pair(nibbles),
                Fraction(units),
                left,
                moves,
                pair(presets),
                None if speed == "none" else pair(speed),
                tuple(re.findall("[a-z]+", lamps.replace("none", ""))),
                zoom,
                speeds(fast),
                speeds(steep),
            )
    raise AssertionError(f"{model} is not in sony_figures.txt")


def codes(model: str, *lines: str) -> list[str | None]:
    """Of each line the code of its mistake, if it has one."""
    head = f'camera foh "sony://10.0.0.31"\n    model "{model}"\n'
    sheet = head + "".join(f"cue {number}\n    {line}\n" for number, line in enumerate(lines, 1))
    wrong = {found.span.line: found.code for found in compiled(sheet).diagnostics if found.severity == "error"}
    return [wrong.get(2 * number + 2) for number in range(1, len(lines) + 1)]


@pytest.mark.parametrize("model", SONYS)
def test_the_models_have_the_published_figures(model: str) -> None:
    ours, list_ = known(model), figures(model)
    assert (ours.pan_range, ours.tilt_range) == (list_.pan, list_.tilt)
    assert (ours.pan_nibbles, ours.tilt_nibbles, ours.units_per_degree) == (*list_.nibbles, list_.units)
    assert ours.speeds == list_.moves
    assert ours.pan_left_positive == (list_.left == "+")
    assert [(numbers[0], numbers[-1]) for numbers in ours.presets] == [
        (list_.presets[0] + ours.preset_base, list_.presets[1] + ours.preset_base)
    ]
    for speeds, (steps, published) in ((ours.pan_speeds, list_.pan_speeds), (ours.tilt_speeds, list_.tilt_speeds)):
        assert len(speeds) == steps
        assert not published or speeds == published[:steps]
    if list_.zoom.endswith("x"):
        assert ours.ratio_max == int(list_.zoom[:-1])
    else:
        assert ours.ratio_max is None


@pytest.mark.parametrize("model", SONYS)
def test_a_sheet_goes_to_the_ends_of_a_range_and_no_further(model: str) -> None:
    list_, base = figures(model), known(model).preset_base
    (low, high), (down, up) = list_.pan, list_.tilt
    first, last = list_.presets[0] + base, list_.presets[1] + base
    pans, tilts = list_.pan_speeds[0], list_.tilt_speeds[0]
    inside = [
        f"move foh to pan {low} tilt {down}", f"move foh to pan {high:#x} tilt {up:#x}",
        f"move foh to preset {first}", f"move foh to preset {last}", f"store foh preset {last}",
        f"drive foh left speed {pans} for 1s", f"drive foh up speed 1, {tilts} for 1s",
    ]  # fmt: skip
    outside = [
        f"move foh to pan {low - 1} tilt 0x0", f"move foh to pan {high + 1:#x} tilt 0x0",
        f"move foh to pan 0x0 tilt {down - 1}", f"move foh to pan 0x0 tilt {up + 1:#x}",
        f"move foh to preset {first - 1}", f"move foh to preset {last + 1}", f"clear foh preset {last + 1}",
        f"drive foh left speed {pans + 1} for 1s", f"drive foh up speed 1, {tilts + 1} for 1s",
    ]  # fmt: skip
    if list_.preset_speed is not None:
        inside += [f"move foh to preset {first} speed {speed}" for speed in list_.preset_speed]
        outside += [f"move foh to preset {first} speed {list_.preset_speed[1] + 1}"]
    assert dict(zip(inside, codes(model, *inside), strict=True)) == dict.fromkeys(inside)
    assert dict(zip(outside, codes(model, *outside), strict=True)) == dict.fromkeys(outside, "E302")
    if list_.preset_speed is None:
        assert codes(model, f"move foh to preset {first} speed 5") == ["E401"]


def setting(model: str, line: str) -> list[str]:
    sheet = f'camera foh "sony://10.0.0.31"\n    {line}\n    model "{model}"\ncue 1\n    move foh to preset 3\n'
    return [found.code for found in compiled(sheet).diagnostics if found.severity == "error"]


@pytest.mark.parametrize("model", SONYS)
def test_the_speed_of_all_recalls_is_the_model_s_too(model: str) -> None:
    speeds = figures(model).preset_speed
    if speeds is None:
        assert setting(model, "recall_speed 5") == ["E401"]
    else:
        assert setting(model, f"recall_speed {speeds[0]}") == setting(model, f"recall_speed {speeds[1]}") == []
        assert setting(model, f"recall_speed {speeds[1] + 1}") == ["E302"]


@pytest.mark.parametrize("model", SONYS)
def test_the_lamps_are_those_of_the_list(model: str) -> None:
    lamps = figures(model).lamps
    assert codes(model, "tally foh program") == ([None] if "red" in lamps else ["E401"])
    frames = accepted(model).get("tally foh preview", ())
    assert ("81 01 7e 04 1a 00 02 ff" in frames) == ("green" in lamps)


@pytest.mark.parametrize("model", SONYS)
def test_no_speed_of_a_frame_is_outside_the_list(model: str) -> None:
    list_ = figures(model)
    pans, tilts = list_.pan_speeds[0], list_.tilt_speeds[0]
    seen = 0
    for line, frames in accepted(model).items():
        for frame in (bytes.fromhex(text) for text in frames):
            if frame[2] != 6 or frame[3] not in (1, 2, 3):
                continue
            seen += 1
            pan, tilt = frame[4], frame[5]
            together = frame[3] != 1 and list_.moves in ("one", "sync") and tilt == 0
            assert 1 <= pan <= pans and (
                together or (1 <= tilt <= tilts and (frame[3] == 1 or list_.moves != "one"))
            ), line
    assert seen > 30


NOT_OFFERED = {"sony-brc-x1000": {"effect.bw"}}
"""Black and white is one of its colour matrices there; nothing says which one to go back to."""


@cache
def reached(model: str) -> frozenset[Fact]:
    frames = {frame.replace(" ", "").upper() for said in accepted(model).values() for frame in said}
    return frozenset(fact for fact in facts(model) if any(fact.holds(frame) for frame in frames))


@cache
def in_words() -> frozenset[str]:
    """The rows that some sheet sends to some Sony."""
    return frozenset(fact.row for model in SONYS for fact in reached(model))


@pytest.mark.parametrize("model", SONYS)
def test_what_one_camera_is_sent_the_others_that_have_it_are_sent_too(model: str) -> None:
    left = {fact.row for fact in facts(model) if fact.row in in_words()} - {fact.row for fact in reached(model)}
    assert left == NOT_OFFERED.get(model, set())
    assert len(in_words()) > 80


def ends(fact: Fact) -> Iterator[tuple[str, bool]]:
    """Frames at both ends of a row's one number, and just beyond."""
    ((low, high),) = fact.spans
    digits = sum(fact.nibbles.count(letter) for letter in fact.letters)
    for value, inside in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
        if 0 <= value < 16**digits:
            left = list(f"{value:0{digits}X}")
            yield "".join(left.pop(0) if sign in fact.letters else sign for sign in fact.nibbles), inside


@pytest.mark.parametrize("model", SONYS)
def test_the_simulated_camera_takes_the_numbers_of_its_list_and_no_others(model: str) -> None:
    tried = 0
    for fact in facts(model):
        if len(fact.spans) != 1 or fact.row not in in_words():
            continue
        for frame, inside in ends(fact):
            data = bytes.fromhex(frame)
            if (not inside and in_list(model, frame)) or 0xFF in data[:-1]:
                continue
            tried += 1
            said = [reply for _, reply in ViscaEnd(Body(known(model))).receive(data, 0)]
            assert (said[0] not in SYNTAX) == inside, (fact.row, frame, said)
    assert tried > 10
