"""The frame of the stage, the pit, and the house with its people, round to the control room at the back."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from cuelang.simulator.theatre.players import SKIN
from cuelang.simulator.theatre.shapes import (
    CEILING,
    DARK_GOLD,
    FLOOR,
    FRONT,
    GOLD,
    OPEN,
    PLASTER,
    REAR,
    TOP,
    VELVET,
    WALL,
    Face,
    around,
    disc,
    flat,
    level,
    ring,
    shade,
    side,
    upright,
)

# the frame


def curtains() -> Iterator[Face]:
    for sign in (-1, 1):
        folds = 16
        for fold in range(folds):
            high, low = 0.13, 0.085
            x0, x1 = OPEN + 0.2 - fold * high, OPEN + 0.2 - (fold + 1) * high
            waist = (OPEN + 0.2 - fold * low, OPEN + 0.2 - (fold + 1) * low)
            colour = shade(VELVET, 0.62 + 0.62 * abs(math.sin(fold * 1.15 + 0.4)))
            points = ((x0, 3.4), (x1, 3.4), (waist[1], -0.6), (waist[1], FLOOR), (waist[0], FLOOR), (waist[0], -0.6))
            yield flat([(sign * x, y) for x, y in points], FRONT + 0.3, colour)
        yield flat(
            [(sign * x, y) for x, y in ((OPEN + 0.2, -0.75), (4.95, -0.66), (4.95, -0.5), (OPEN + 0.2, -0.5))],
            FRONT + 0.3,
            GOLD,
        )
    for fold in range(62):
        x0, x1 = -OPEN - 0.2 + fold * 0.2065, -OPEN - 0.2 + (fold + 1) * 0.2065
        middle = (x0 + x1) / 2
        scallop = 2.42 - 0.34 * abs(math.sin(middle * math.pi / 2.06))
        colour = shade(VELVET, 0.66 + 0.56 * abs(math.sin(fold * 1.4)))
        yield upright(x0, scallop, x1, 3.6, FRONT + 0.25, colour)
        yield upright(x0, scallop - 0.16, x1, scallop, FRONT + 0.25, shade(GOLD, 0.75 + 0.3 * (fold % 2)))


def frame() -> Iterator[Face]:
    z = FRONT
    for sign in (-1, 1):
        yield upright(sign * OPEN, -3.5, sign * (WALL + 0.2), CEILING, z, shade(PLASTER, 0.8))
        for x0, x1, tint in (
            (OPEN, OPEN + 0.16, 1.1),
            (OPEN + 0.16, OPEN + 0.3, 0.66),
            (OPEN + 0.3, OPEN + 1.1, 0.92),
            (OPEN + 1.1, OPEN + 1.24, 1.15),
        ):
            yield upright(sign * x0, FLOOR, sign * x1, TOP + 0.2, z, shade(GOLD, tint))
        for flute in range(5):
            x = OPEN + 0.4 + flute * 0.14
            yield upright(sign * x, FLOOR + 0.5, sign * (x + 0.06), TOP - 0.3, z, shade(GOLD, 0.66))
        yield upright(sign * (OPEN - 0.06), FLOOR - 0.1, sign * (OPEN + 1.34), FLOOR + 0.45, z, DARK_GOLD)
        yield upright(sign * (OPEN - 0.06), TOP - 0.28, sign * (OPEN + 1.34), TOP + 0.2, z, shade(GOLD, 1.1))
        yield upright(sign * (OPEN + 1.7), -1.6, sign * (WALL - 0.5), 2.9, z, shade(PLASTER, 0.98))
        yield upright(sign * (OPEN + 1.85), -1.45, sign * (WALL - 0.65), 2.75, z, shade(VELVET, 0.6))
    yield upright(-WALL, TOP, WALL, CEILING, z, shade(PLASTER, 0.78))
    yield upright(-OPEN - 1.34, TOP, OPEN + 1.34, TOP + 0.22, z, shade(GOLD, 1.12))
    yield upright(-OPEN - 1.34, TOP + 0.22, OPEN + 1.34, TOP + 0.95, z, shade(GOLD, 0.78))
    yield upright(-OPEN - 1.5, TOP + 0.95, OPEN + 1.5, TOP + 1.18, z, shade(GOLD, 1.15))
    for number in range(18):
        x = -6.8 + number * 0.8
        if abs(x) > 1:
            yield disc(x, TOP + 0.58, z, 0.24, 0.24, shade(GOLD, 1.15), 14)
            yield disc(x, TOP + 0.58, z, 0.15, 0.15, shade(VELVET, 0.8), 12)
            yield disc(x, TOP + 0.58, z, 0.06, 0.06, (250, 220, 150), 10)
    yield disc(0, TOP + 0.65, z, 0.95, 0.68, shade(GOLD, 1.2), 34)
    yield disc(0, TOP + 0.65, z, 0.82, 0.56, (40, 54, 92), 34)
    for x, mouth in ((-0.34, 1), (0.34, -1)):
        yield disc(x, TOP + 0.66, z, 0.27, 0.36, (240, 232, 214), 20)
        for eye in (-0.1, 0.1):
            yield disc(x + eye, TOP + 0.76, z, 0.055, 0.045, (40, 54, 92), 10)
        y = TOP + 0.5
        yield flat(
            ((x - 0.15, y + 0.06 * mouth), (x, y - 0.05 * mouth), (x + 0.15, y + 0.06 * mouth), (x, y - 0.12 * mouth)),
            z,
            (40, 54, 92),
        )


def pit(dice: random.Random) -> Iterator[Face]:
    z = FRONT - 0.6
    yield level(-OPEN - 1.3, FRONT - 0.6, OPEN + 1.3, FRONT + 0.2, FLOOR, (150, 100, 58))
    yield upright(-OPEN - 1.3, -3.7, OPEN + 1.3, FLOOR, z, (84, 44, 32))
    yield upright(-OPEN - 1.3, FLOOR - 0.12, OPEN + 1.3, FLOOR, z, shade(GOLD, 0.95))
    for number in range(23):
        x = -6.93 + number * 0.63
        yield upright(x - 0.24, -3.4, x + 0.24, FLOOR - 0.25, z, (108, 58, 40))
    for number in range(15):
        x = -5.6 + number * 0.8
        yield disc(x, FLOOR + 0.03, z, 0.1, 0.1, (255, 226, 160), 10)
    yield level(-WALL, 10.6, WALL, z, -4.9, (40, 28, 26))
    for number in range(11):
        x = -5.5 + number * 1.1
        yield flat(((x - 0.25, -3.85), (x + 0.25, -3.85), (x + 0.3, -3.45), (x - 0.3, -3.45)), 12.0, (236, 222, 184))
        if number != 5:
            yield disc(x + 0.36, -3.55, 11.8, 0.13, 0.16, shade((70, 44, 30), dice.uniform(0.6, 1.6)), 14)
            yield flat(((x + 0.06, -4.4), (x + 0.7, -4.4), (x + 0.56, -3.72), (x + 0.18, -3.72)), 11.8, (32, 28, 34))
    yield flat(((-0.34, -4.6), (0.34, -4.6), (0.26, -3.3), (-0.26, -3.3)), 11.3, (26, 24, 30))
    yield flat(((0.2, -3.5), (0.62, -3.0), (0.56, -2.93), (0.1, -3.3)), 11.3, (26, 24, 30))
    yield flat(((0.57, -2.98), (0.95, -2.62), (0.97, -2.64), (0.6, -3.02)), 11.3, (250, 246, 232))
    yield disc(0, -3.1, 11.3, 0.16, 0.2, (206, 200, 192), 18)


# the house


def shell() -> Iterator[Face]:
    yield Face(
        ((-WALL, CEILING, FRONT), (WALL, CEILING, FRONT), (WALL, CEILING, REAR), (-WALL, CEILING, REAR)), (120, 98, 92)
    )
    for sign in (-1, 1):
        yield Face(
            (
                (sign * WALL, -5.5, FRONT),
                (sign * WALL, CEILING, FRONT),
                (sign * WALL, CEILING, REAR),
                (sign * WALL, -5.5, REAR),
            ),
            shade(PLASTER, 0.82),
        )
    yield upright(-WALL, -5.5, WALL, CEILING, REAR, shade(PLASTER, 0.7))
    yield Face(((-WALL, -4.9, FRONT), (WALL, -4.9, FRONT), (WALL, -2.2, REAR), (-WALL, -2.2, REAR)), (52, 26, 30))


def dome() -> Iterator[Face]:
    y, z = CEILING, 3.5
    for radius, colour in (
        (5.2, shade(GOLD, 0.9)),
        (5.0, (96, 70, 74)),
        (4.4, shade(GOLD, 1.05)),
        (4.25, (58, 70, 122)),
        (2.2, GOLD),
        (2.05, (92, 104, 158)),
        (0.7, shade(GOLD, 1.2)),
    ):
        yield ring(0, y, z, radius, colour)
    for number in range(16):
        a, b = 2 * math.pi * number / 16, 2 * math.pi * (number + 0.5) / 16
        yield Face(
            tuple(
                (r * math.sin(t), y, z + r * math.cos(t)) for r, t in ((2.25, a), (4.2, a + 0.05), (4.2, b), (2.25, b))
            ),
            (74, 88, 146),
        )
        yield ring(3.3 * math.sin(a + 0.3), y, z + 3.3 * math.cos(a + 0.3), 0.16, (244, 214, 140), 10)
        yield ring(4.7 * math.sin(a), y, z + 4.7 * math.cos(a), 0.18, (250, 226, 168), 10)
    yield from _chandelier(0, 5.0, z)


def _chandelier(x: float, y: float, z: float) -> Iterator[Face]:
    yield upright(x - 0.03, y, x + 0.03, CEILING, z, DARK_GOLD)
    for wide, lift in ((1.5, 0.0), (1.0, 0.5), (0.55, 0.95)):
        yield disc(x, y + lift, z, wide, wide * 0.16, GOLD, 26)
        yield disc(x, y + lift + 0.03, z, wide * 0.9, wide * 0.11, DARK_GOLD, 26)
        for number in range(12):
            a = 2 * math.pi * number / 12
            px, pz = x + wide * math.cos(a), z + wide * math.sin(a)
            yield upright(px - 0.025, y + lift, px + 0.025, y + lift + 0.22, pz, (246, 240, 226))
            yield disc(px, y + lift + 0.3, pz, 0.05, 0.09, (255, 236, 170), 10)
    for number in range(9):
        px = x - 1.2 + number * 0.3
        yield flat(((px - 0.05, y - 0.12), (px, y - 0.36), (px + 0.05, y - 0.12), (px, y)), z, (226, 236, 250))


def tiers(dice: random.Random) -> Iterator[Face]:
    """The boxes on both walls: two tiers, each with its people."""
    for sign in (-1, 1):
        x = sign * (WALL - 0.02)
        for low in (-2.9, 0.4):
            for number in range(9):
                z0 = 10.9 - number * 2.5
                z1, high = z0 - 2.1, low + 2.3
                yield side(x, z0 + 0.12, low, z1 - 0.12, high + 0.12, shade(GOLD, 0.7))
                yield side(x, z0, low, z1, high, (58, 18, 26))
                arch = [(x, high + 0.5 * s, (z0 + z1) / 2 + 1.05 * c) for c, s in around(24)[:13]]
                yield Face(tuple(arch), (76, 22, 32))
                for guest in range(dice.choice((2, 3, 3))):
                    z = z0 - 0.45 - guest * 0.6
                    cloth = dice.choice(((60, 60, 92), (110, 40, 52), (40, 76, 70), (96, 84, 60), (78, 50, 90)))
                    skin, hair = (
                        dice.choice(SKIN),
                        dice.choice(((40, 28, 22), (110, 74, 40), (150, 146, 140), (70, 40, 28))),
                    )
                    yield Face(tuple((x, low + 0.75 + 0.55 * s, z + 0.27 * c) for c, s in around(14)), cloth)
                    yield Face(tuple((x, low + 1.44 + 0.2 * s, z + 0.155 * c) for c, s in around(14)), hair)
                    yield Face(tuple((x, low + 1.4 + 0.16 * s, z + 0.03 + 0.11 * c) for c, s in around(14)), skin)
                rail = low + 0.72
                yield side(x, z0 + 0.2, low - 0.35, z1 - 0.2, rail, shade(VELVET, 0.85))
                for swag in range(3):
                    z = z0 - 0.35 - swag * 0.7
                    yield Face(
                        tuple((x, rail - 0.1 - 0.4 * s, z + 0.34 * c) for c, s in around(20)[:11]), shade(GOLD, 0.85)
                    )
                    yield Face(
                        tuple((x, rail - 0.1 - 0.3 * s, z + 0.3 * c) for c, s in around(20)[:11]), shade(VELVET, 1.05)
                    )
                yield side(x, z0 + 0.2, rail - 0.08, z1 - 0.2, rail + 0.08, shade(GOLD, 1.05))
                lamp = z1 - 0.2
                yield side(x, lamp + 0.12, low - 0.35, lamp - 0.12, high + 0.5, shade(PLASTER, 1.02))
                for up in (0.0, 0.16):
                    yield Face(
                        tuple((x, low + 1.6 + up + 0.1 * s, lamp + 0.09 * c) for c, s in around(12)), (255, 226, 160)
                    )


def stalls(dice: random.Random) -> Iterator[Face]:
    """Backs of heads towards the stage; behind the camera, faces."""
    rows = [10.3 - 0.92 * number for number in range(9)]
    for z in rows:
        yield from _row(dice, z, -4.75 + (10.3 - z) * 0.11, away=True)


def circle_seats(dice: random.Random) -> Iterator[Face]:
    for number in range(7):
        z = -10.8 + number * 1.35
        yield from _row(dice, z, 0.1 - number * 0.42, away=False)


def _row(dice: random.Random, z: float, ground: float, away: bool) -> Iterator[Face]:
    x = -8.3 + dice.uniform(0, 0.3)
    while x < 8.4:
        size = dice.uniform(0.94, 1.08)
        cloth = shade(
            dice.choice(((64, 64, 90), (92, 44, 54), (48, 74, 70), (90, 80, 62), (50, 48, 56))), dice.uniform(0.8, 1.1)
        )
        hair = dice.choice(((42, 30, 26), (96, 66, 40), (150, 146, 140), (66, 40, 30), (176, 138, 84)))
        empty = dice.random() < 0.06
        if not empty:
            yield flat(
                [
                    (x + px, ground + py * size)
                    for px, py in ((-0.27, 0.3), (0.27, 0.3), (0.25, 0.82), (0.12, 0.95), (-0.12, 0.95), (-0.25, 0.82))
                ],
                z,
                cloth,
            )
            yield disc(x, ground + 1.12 * size, z, 0.125, 0.165, hair, 14)
            if not away:
                yield disc(x, ground + 1.08 * size, z, 0.095, 0.13, dice.choice(SKIN), 14)
        seat = flat(
            [
                (x + px, ground + py)
                for px, py in ((-0.29, 0.0), (0.29, 0.0), (0.29, 0.62), (0.2, 0.72), (-0.2, 0.72), (-0.29, 0.62))
            ],
            z - 0.1,
            shade(VELVET, 0.62),
        )
        if away or empty:
            yield seat
        x += 0.66


def bridge() -> Iterator[Face]:
    """The lighting bridge under the ceiling, above the camera."""
    y, z = 5.4, 8.2
    for offset in (0.0, 0.4):
        yield upright(-8.4, y + offset, 8.4, y + offset + 0.07, z, (70, 70, 78))
    for number in range(42):
        x = -8.4 + number * 0.4
        yield flat(((x, y), (x + 0.05, y), (x + 0.4, y + 0.4), (x + 0.35, y + 0.4)), z, (62, 62, 70))
    gels = ((255, 222, 150), (120, 170, 255), (255, 150, 130), (190, 150, 255))
    for number in range(15):
        x = -7.7 + number * 1.1
        yield upright(x - 0.03, y - 0.2, x + 0.03, y + 0.05, z, (50, 50, 56))
        yield flat(
            ((x - 0.2, y - 0.14), (x + 0.2, y - 0.14), (x + 0.26, y - 0.6), (x - 0.26, y - 0.6)), z, (34, 34, 40)
        )
        yield disc(x, y - 0.58, z, 0.22, 0.09, shade(gels[number % 4], 0.9), 16)
        yield disc(x, y - 0.58, z, 0.13, 0.05, (255, 250, 236), 12)


GLYPHS = {
    "E": ((0, 0, 0.14, 1), (0, 0, 0.6, 0.16), (0, 0.42, 0.5, 0.58), (0, 0.84, 0.6, 1)),
    "X": (
        (0.06, 0, 0.2, 0.34),
        (0.44, 0, 0.58, 0.34),
        (0.22, 0.32, 0.42, 0.68),
        (0.06, 0.66, 0.2, 1),
        (0.44, 0.66, 0.58, 1),
    ),
    "I": ((0.22, 0, 0.38, 1),),
    "T": ((0.22, 0, 0.38, 1), (0, 0.84, 0.6, 1)),
}


def rear() -> Iterator[Face]:
    """The back of the house: the control room, two doors with their signs."""
    z = REAR + 0.05
    yield upright(-3.2, 1.9, 3.2, 4.1, z, (40, 38, 44))
    yield upright(-3.0, 2.1, 3.0, 3.9, z, (74, 84, 104))
    for x in (-1.7, 0.4):
        yield disc(x, 2.95, z, 0.2, 0.25, (54, 38, 30), 16)
        yield disc(x, 2.91, z, 0.15, 0.19, SKIN[1], 16)
        yield flat(((x - 0.5, 2.1), (x + 0.5, 2.1), (x + 0.36, 2.66), (x - 0.36, 2.66)), z, (28, 28, 34))
    for number, colour in enumerate(((110, 200, 160), (230, 150, 90), (120, 160, 240), (210, 210, 220))):
        x = -2.6 + number * 1.5
        yield upright(x - 0.3, 2.15, x + 0.3, 2.55, z, (20, 20, 24))
        yield upright(x - 0.27, 2.18, x + 0.27, 2.52, z, colour)
    for door in (-6.6, 6.6):
        yield upright(door - 0.8, 0.4, door + 0.8, 2.7, z, (66, 34, 28))
        yield upright(door - 0.03, 0.4, door + 0.03, 2.7, z, (36, 20, 18))
        yield upright(door - 0.75, 2.95, door + 0.75, 3.45, z, (24, 120, 66))
        for number, letter in enumerate("EXIT"):
            left = door + 0.62 - number * 0.32  # seen by those who look back
            for x0, y0, x1, y1 in GLYPHS[letter]:
                yield upright(left - x0 * 0.4, 3.02 + y0 * 0.36, left - x1 * 0.4, 3.02 + y1 * 0.36, z, (214, 255, 226))
