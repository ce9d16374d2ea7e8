"""The theatre that simulated cameras look at: a stage set for Twelfth Night, and the house around it.

Metres, seen from the camera on the rail of the circle, which is the origin: x to the right, y up, z towards the
stage. The camera turns but never leaves its place, so the order in which faces are painted, far to near, is the same
for every picture; `FACES` has that order, and nothing else decides what hides what.

Everything is made here by rule, with a fixed seed: two processes see the same theatre to the last floor board.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from cuelang.simulator.theatre import house, stage
from cuelang.simulator.theatre.players import players
from cuelang.simulator.theatre.shapes import BACK, FLOOR, FRONT, REAR, WALL, Colour, Face, SpacePoint
from cuelang.simulator.theatre.stage import MOON

__all__ = ["BACK", "FACES", "FLOOR", "FRONT", "MOON", "REAR", "WALL", "Colour", "Face", "SpacePoint"]


def _everything() -> Iterator[Face]:
    dice = random.Random(1601)
    yield from stage.sky(dice)
    yield from stage.sea(dice)
    yield from stage.coast()
    yield from stage.boards(dice)
    yield from stage.legs()
    yield from stage.throne()
    yield from stage.arcade()
    yield from stage.tree(dice)
    yield from players()
    yield from house.curtains()
    yield from house.frame()
    yield from house.shell()
    yield from house.dome()
    yield from house.rear()
    yield from house.tiers(dice)
    yield from house.pit(dice)
    yield from house.stalls(dice)
    yield from house.circle_seats(dice)
    yield from house.bridge()


FACES: tuple[Face, ...] = tuple(_everything())
