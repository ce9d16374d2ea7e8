"""A replayed trace in a whole show: where a viewer sees the camera go, and what may end it."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from pathlib import Path

import pytest

from cuelang.commands import Place
from cuelang.models import DEFAULT, Model, find, paths
from cuelang.protocols.trace import written
from cuelang.units import MS, NS
from tests.running.night import Night, perform

FURTHEST = 0.3
"""Degrees off the path at most."""
HEADS = ("", "sony-brc-x400", "sony-ilme-fr7", "sony-brc-x1000", "sony-srg-300se")
"""The last one has no speeds between 11 and 23 degrees a second."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "traces").mkdir()
    return tmp_path


def by_hand(model: Model, seed: int, seconds: int = 20) -> tuple[Place, ...]:
    """A hand on a stick: each axis at a speed for a while, then another, never jerked."""
    chance, found = random.Random(seed), [Place(0, 0, 0, 0)]
    units = float(model.units_per_degree)
    here, speed, wanted = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    bounds = ((-80, 80), (-20, 60), (0, 100))
    for tick in range(1, seconds * 10 + 1):
        for axis, choices in enumerate(((0, 4, 12, 30), (0, 3, 8, 15), (0, 5, 15))):
            if chance.random() < 0.08:
                wanted[axis] = chance.choice(choices) * chance.choice((-1, 1))
            speed[axis] += max(-12.0, min(12.0, wanted[axis] - speed[axis]))
            low, high = bounds[axis]
            here[axis] = max(low, min(high, here[axis] + speed[axis] / 10))
        zoom = model.zoom_percent(int(here[2]))
        found.append(Place(tick * 100 * MS, round(here[0] * units), round(here[1] * units), zoom))
    return tuple(found)


def off_the_path(model: Model, places: tuple[Place, ...], at: int, pan: float, tilt: float) -> float:
    """How far, in degrees, a head is from the nearest place of the path within a second."""
    units = float(model.units_per_degree)
    near = [paths.at(places, when) for when in range(max(0, at - NS), at + NS, 25 * MS)]
    return min(_from_line(pan / units, tilt / units, a, b, units) for a, b in pairwise(near))


def _from_line(x: float, y: float, a: Place, b: Place, units: float) -> float:
    ax, ay, bx, by = (value / units for value in (a.pan, a.tilt, b.pan, b.tilt))
    length = (bx - ax) ** 2 + (by - ay) ** 2
    part = 0.0 if not length else max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    return math.hypot(x - ax - part * (bx - ax), y - ay - part * (by - ay))


@pytest.mark.parametrize("name", HEADS)
def test_a_viewer_sees_the_path_that_the_hand_drove(name: str, here: Path) -> None:
    model = find(name) or DEFAULT
    places = by_hand(model, 3)
    (here / "walk.trace").write_text(written(model, places))
    line = f'    model "{name}"\n' if name else ""
    rig = 'show "N"\n    interlock off\ncamera foh "visca+udp://10.0.0.21"\n' + line
    seen: list[tuple[int, int, int]] = []

    def look(night: Night) -> None:
        now = night.clock.now()
        shot = night.far["foh"].body.snapshot(now)
        seen.append((now, shot.pan, shot.tilt))

    looks = [(1 + tick / 50, look) for tick in range(1000)]
    night = perform('cue 1\n    replay foh "walk.trace"\n', (1, "go"), *looks, rig=rig, end=40, loud=True)
    (record,) = night.commands("foh", "replay")
    assert record["outcome"] == "completed" and 19_900 < record["done_ms"] - record["sent_ms"] < 20_700
    assert max(off_the_path(model, places, at - NS, pan, tilt) for at, pan, tilt in seen) < FURTHEST
    body, last = night.far["foh"].body.snapshot(night.clock.now()), places[-1]
    assert (body.pan, body.tilt, body.zoom) == last[1:]


WALK = "0 0 0 0\n4 60 0 50\n8 0 0 0\n"


def test_pause_stops_it_and_resume_goes_on_along_the_path(here: Path) -> None:
    (here / "walk.trace").write_text(WALK)
    night = perform('cue 1\n    replay foh "walk.trace"\n', (0, "go"), (2, "pause"), (5, "resume"), end=20, loud=True)
    (record,) = night.commands("foh", "replay")
    assert record["outcome"] == "completed" and 10_900 < record["done_ms"] < 11_500
    stops = [at for at, frame in night.wire("foh") if frame.startswith("81 01 06 01")]
    assert stops and min(stops) == pytest.approx(2.0, abs=0.01)
    assert not night.wire("foh", since=2.6, until=4.9)


def test_a_stop_and_a_newer_move_end_it(here: Path) -> None:
    (here / "walk.trace").write_text(WALK)
    sheet = 'cue 1\n    replay foh "walk.trace"\ncue 2\n    move foh to pan -10deg tilt 0deg\n'
    stopped = perform(sheet, (0, "go 1"), (2, "stop"), end=12, loud=True)
    assert stopped.outcomes("foh") == [("replay", "stopped")]
    assert stopped.far["foh"].body.snapshot(stopped.clock.now()).pan < DEFAULT.pan(40)
    moved = perform(sheet, (0, "go 1"), (2, "go 2"), end=20, loud=True)
    assert moved.outcomes("foh") == [("move", "completed"), ("replay", "superseded")]
    (replayed,) = moved.commands("foh", "replay")
    assert replayed["reason"] == "newer commands control its pan-tilt"
    assert 8000 <= replayed["done_ms"] < 8600, "it goes on with the zoom"
    assert moved.far["foh"].body.snapshot(moved.clock.now()).pan == DEFAULT.pan(-10)


def test_panic_leaves_nothing_moving(here: Path) -> None:
    (here / "walk.trace").write_text(WALK)
    night = perform('cue 1\n    replay foh "walk.trace"\n', (0, "go"), (1.05, "panic"), end=3, loud=True)
    assert night.outcomes("foh")[0] == ("replay", "stopped")
    assert not night.far["foh"].body.moving(night.clock.now())
