"""Sources inside sources, several levels deep: a camera that is seen in one is on air with it and off with it."""

from __future__ import annotations

import pytest

from tests.running.vision_night import LABELS, Evening

RIG = """
show "Night"
camera foh "sim://foh"
camera left "sim://left"
    preset door = 2 at pan 12deg tilt -3deg zoom 20%
camera right "sim://right"
switcher vision "{url}"
    source foh = {foh}
    source left = {left}
    source slides = {slides}
    source right = RIGHT
    source pip = PIP shows slides, foh
    source deep = DEEP shows pip, left
    source deeper = DEEPER shows deep
    source around = AROUND shows deeper, right
"""
NAMES = {
    "obs": {"RIGHT": '"R"', "PIP": '"P"', "DEEP": '"D"', "DEEPER": '"DD"', "AROUND": '"A"'},
    "sim": {"RIGHT": '"R"', "PIP": '"P"', "DEEP": '"D"', "DEEPER": '"DD"', "AROUND": '"A"'},
    "atem": {"RIGHT": "4", "PIP": "5", "DEEP": "6", "DEEPER": "7", "AROUND": "8"},
    "vmix": {"RIGHT": "14", "PIP": '"P"', "DEEP": "6", "DEEPER": '"DD"', "AROUND": "8"},
}
KINDS = tuple(LABELS)


def evening(sheet: str, script: str | None, kind: str) -> Evening:
    rig = RIG
    for word, label in NAMES[kind].items():
        rig = rig.replace(f"= {word} ", f"= {label} ").replace(f"= {word}\n", f"= {label}\n")
    return Evening(sheet, script, kind, rig)


def on_program(night: Evening, seconds: float) -> set[str]:
    """The cameras that are on program at that moment of the show."""
    last = {one["camera"]: one["mode"] for one in night.of("air") if one["t_ms"] <= seconds * 1000}
    return {camera for camera, mode in last.items() if mode == "program"}


STEPS = {
    "deeper": {"foh", "left"},
    "slides": set(),
    "around": {"foh", "left", "right"},
    "pip": {"foh"},
    "deep": {"foh", "left"},
    "right": {"right"},
    "left": {"left"},
}


@pytest.mark.parametrize("hand", ["", " by hand"])
@pytest.mark.parametrize("kind", KINDS)
def test_who_is_seen_in_a_source_is_on_program_with_it(kind: str, hand: str) -> None:
    script = "".join(f"{at}s cut to {source}{hand}\n" for at, source in enumerate(STEPS, 1))
    night = evening('cue 1\n    note "x"\n', script, kind)
    assert {source: on_program(night, at + 0.5) for at, source in enumerate(STEPS, 1)} == STEPS


@pytest.mark.parametrize("kind", KINDS)
def test_during_a_dissolve_who_is_seen_in_either_source_is_on_program(kind: str) -> None:
    night = evening("cue 1\n    cut to right\n    wait 1s\n    dissolve to deeper over 2s\n", None, kind)
    assert on_program(night, 2) == {"foh", "left", "right"} and on_program(night, 3.5) == {"foh", "left"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_camera_three_levels_down_is_on_air_for_the_interlock_and_is_freed_with_the_source(kind: str) -> None:
    night = evening(
        "cue 1\n    cut to deeper\n    wait 1s\n    move left to door\ncue 2\n    cut to pip\n    move left to door\n",
        "0s go 1\n3s go 2\n",
        kind,
    )
    moves = [(one["outcome"], one.get("reason", "")) for one in night.of("command", camera="left", action="move")]
    assert moves == [("refused", "left is on program; add `live` if intended"), ("completed", "")]


@pytest.mark.parametrize("kind", KINDS)
def test_the_source_on_program_is_the_one_that_was_cut_to_and_not_what_is_seen_in_it(kind: str) -> None:
    sheet = "cue 1\n    cut to pip\n    wait 1s\n    cut to foh\n"
    trigger = 'on program pip start 9\ncue 9\n    note "pip"\n'
    night = evening(sheet + trigger, "0s cut to foh by hand\n1s cut to slides by hand\n2s cut to pip by hand\n", kind)
    assert [round(one["t_ms"] / 1000) for one in night.of("trigger", request="start 9")] == [2]
