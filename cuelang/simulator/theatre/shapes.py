"""Flat shapes in the theatre's metres, and the measures of the house."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

SpacePoint = tuple[float, float, float]
Colour = tuple[int, int, int]


class Face(NamedTuple):
    """A flat shape. `colour` is what it is in full white light."""

    points: tuple[SpacePoint, ...]
    colour: Colour


FLOOR = -2.4
"""The stage floor, below the eye of the camera."""
FRONT, BACK = 13.0, 22.0
OPEN = 6.2
"""Half the width of the proscenium opening."""
TOP = 3.3
WALL = 9.5
"""Half the width of the house."""
CEILING = 7.0
REAR = -12.0

GOLD: Colour = (214, 168, 84)
DARK_GOLD: Colour = (140, 100, 46)
VELVET: Colour = (150, 22, 32)
PLASTER: Colour = (146, 120, 104)
STONE: Colour = (172, 164, 150)


def shade(colour: Colour, by: float) -> Colour:
    """The colour made darker (`by` below 1) or brighter."""
    red, green, blue = (max(0, min(255, round(part * by))) for part in colour)
    return red, green, blue


def blend(low: Colour, high: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return red, green, blue


# shapes


def upright(x0: float, y0: float, x1: float, y1: float, z: float, colour: Colour) -> Face:
    """A rectangle that faces the house."""
    return Face(((x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)), colour)


def flat(points: Sequence[tuple[float, float]], z: float, colour: Colour) -> Face:
    return Face(tuple((x, y, z) for x, y in points), colour)


def level(x0: float, z0: float, x1: float, z1: float, y: float, colour: Colour) -> Face:
    return Face(((x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)), colour)


def side(x: float, z0: float, y0: float, z1: float, y1: float, colour: Colour) -> Face:
    """A rectangle in the plane of a side wall."""
    return Face(((x, y0, z0), (x, y0, z1), (x, y1, z1), (x, y1, z0)), colour)


def disc(x: float, y: float, z: float, rx: float, ry: float, colour: Colour, sides: int = 18) -> Face:
    return flat([(x + rx * c, y + ry * s) for c, s in around(sides)], z, colour)


def ring(x: float, y: float, z: float, radius: float, colour: Colour, sides: int = 40) -> Face:
    """A level disc."""
    return Face(tuple((x + radius * c, y, z + radius * s) for c, s in around(sides)), colour)


@cache
def around(sides: int) -> tuple[tuple[float, float], ...]:
    """Corners of a regular figure of radius 1, from the right and counter-clockwise."""
    return tuple((math.cos(2 * math.pi * i / sides), math.sin(2 * math.pi * i / sides)) for i in range(sides))
