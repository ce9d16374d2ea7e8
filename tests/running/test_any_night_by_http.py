"""Random nights of a Panasonic and a Canon whose cables come and go: a panic brings them to rest, whatever was asked of
them, and each command has one outcome."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.running.night import Night, perform
from tests.running.test_cameras_by_http import BOTH, RIG

CUES = (
    "move {c} to close over {n}s", "move {c} to away", "move {c} to pan {n}deg tilt -5deg zoom {n}%", "move {c} home",
    "drive {c} left speed {n}", "drive {c} up_right speed {n} for {n}s", "zoom {c} in speed 2",
    "zoom {c} to {n}% over {n}s", "zoom {c} out for {n}s", "focus {c} manual", "focus {c} near for 1s", "stop {c}",
    "tally {c} program", "tally {c} off", "store {c} preset 9", "set {c} preset_speed {n}",
)  # fmt: skip


def night_of(seed: int) -> tuple[str, list[Any]]:
    chance = random.Random(seed)
    cues: list[str] = []
    doings: list[Any] = []
    for number in range(1, 13):
        lines = []
        for _ in range(chance.randint(1, 3)):
            camera = chance.choice(("p", "c", "p, c"))
            line = chance.choice(CUES)
            camera = chance.choice(BOTH) if line.startswith("store") else camera
            lines.append("    " + line.format(c=camera, n=chance.randint(2, 15)))
        cues.append(f"cue {number}\n" + "\n".join(lines) + "\n")
        doings.append((chance.uniform(1, 30), f"go {number}"))
    for name in BOTH:
        if chance.random() < 0.5:
            out = chance.uniform(2, 25)
            doings.append((out, lambda night, name=name: night.unplug(name)))
            doings.append((out + chance.uniform(0.2, 8), lambda night, name=name: night.plug_in(name)))
    doings += [(chance.uniform(5, 30), "pause"), (chance.uniform(5, 32), "resume"), (34, "panic")]
    return "".join(cues), sorted(doings, key=lambda one: one[0])


@pytest.mark.parametrize("seed", range(24))
def test_a_panic_brings_everything_to_rest(seed: int) -> None:
    moving: list[tuple[str, frozenset[str]]] = []

    def look(night: Night) -> None:
        moving.extend((name, night.far[name].body.moving(night.clock.now())) for name in BOTH)

    sheet, doings = night_of(seed)
    night = perform(sheet, *doings, (36, look), rig=RIG, end=50, loud=True)
    assert moving == [(name, frozenset()) for name in BOTH]
    ended = [(one["run"], one["job"]) for one in night.commands()]
    sent = [(one["run"], one["job"]) for one in night.of("sent")]
    assert len(set(ended)) == len(ended)
    assert set(sent) <= set(ended)
    for name in BOTH:
        late = [path for _, path in night.wire(name, since=38, until=49.9)]
        assert late == [], "nothing more is sent to a camera that is at rest"
