"""What is on the stage and hangs behind it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from cuelang.simulator.theatre.players import box, figure
from cuelang.simulator.theatre.shapes import (
    BACK,
    DARK_GOLD,
    FLOOR,
    FRONT,
    GOLD,
    STONE,
    VELVET,
    Face,
    blend,
    disc,
    flat,
    level,
    shade,
    upright,
)

# behind the stage


SKY = ((14, 20, 62), (36, 40, 104), (98, 62, 124), (206, 106, 98), (252, 176, 104))
HORIZON = -0.7
MOON = (0.55, 1.75)


def sky(dice: random.Random) -> Iterator[Face]:
    strips, top = 44, 7.0
    for number in range(strips):
        high = top + (HORIZON - top) * number / strips
        low = top + (HORIZON - top) * (number + 1) / strips
        place = (number + 0.5) / strips * (len(SKY) - 1)
        colour = blend(SKY[int(place)], SKY[min(int(place) + 1, len(SKY) - 1)], place % 1)
        yield upright(-12, low - 0.02, 12, high, BACK, colour)
    for _ in range(90):
        x, y, size = dice.uniform(-11, 11), dice.uniform(2.2, 6.5), dice.uniform(0.012, 0.035)
        yield flat(((x - size, y), (x, y - size), (x + size, y), (x, y + size)), BACK, (226, 230, 255))
    yield disc(MOON[0], MOON[1], BACK, 0.66, 0.66, (255, 246, 214), 40)
    for x, y, size in ((-0.2, 0.2, 0.15), (0.2, -0.15, 0.2), (0.1, 0.38, 0.09), (-0.32, -0.2, 0.08)):
        yield disc(MOON[0] + x, MOON[1] + y, BACK, size, size * 0.85, (232, 220, 184))
    for x, y, long in ((-6, 2.9, 2.6), (-2, 2.1, 1.9), (1.4, 1.4, 2.3), (7, 1.9, 2.0), (-8, 1.1, 1.8)):
        for lift, part in ((0.0, 1.0), (0.12, 0.7), (-0.1, 0.6)):
            yield disc(x + lift * 3, y + lift, BACK, long * part, 0.09, (176, 112, 132), 22)


def sea(dice: random.Random) -> Iterator[Face]:
    strips = 14
    for number in range(strips):
        high = HORIZON + (FLOOR - HORIZON) * number / strips
        low = HORIZON + (FLOOR - HORIZON) * (number + 1) / strips
        yield upright(-12, low - 0.02, 12, high, BACK, blend((122, 96, 126), (22, 46, 84), number / strips))
    for _ in range(150):
        y = dice.uniform(FLOOR, HORIZON)
        near = (HORIZON - y) / (HORIZON - FLOOR)
        x, long = dice.uniform(-11, 11), 0.1 + 0.4 * near * dice.random()
        yield flat(((x - long, y), (x, y - 0.02), (x + long, y), (x, y + 0.02)), BACK, (122, 140, 176))
    for _ in range(46):
        y = dice.uniform(FLOOR, HORIZON)
        spread = 0.15 + 0.5 * (HORIZON - y) / (HORIZON - FLOOR)
        x, long = MOON[0] + dice.uniform(-spread, spread), dice.uniform(0.08, 0.3)
        yield flat(((x - long, y), (x, y - 0.022), (x + long, y), (x, y + 0.022)), BACK, (255, 238, 196))


def coast() -> Iterator[Face]:
    far, near = (70, 52, 92), (42, 36, 66)
    yield flat(
        ((-12, -0.72), (-12, 0.7), (-10.4, 1.15), (-9, 0.55), (-7.6, 0.75), (-6, 0.05), (-4.6, -0.72)), BACK, far
    )
    yield flat(((6.4, -0.72), (7.6, -0.2), (8.8, 0.5), (10, 0.4), (11, 1.0), (12, 0.9), (12, -0.72)), BACK, near)
    for x, high in ((9.6, 0.9), (9.9, 1.25), (10.3, 0.95)):
        yield upright(x, 0.3, x + 0.24, high, BACK, near)
        yield flat(((x - 0.05, high), (x + 0.29, high), (x + 0.12, high + 0.35)), BACK, near)
        yield upright(x + 0.08, high - 0.28, x + 0.15, high - 0.14, BACK, (255, 206, 120))
    hull, sail = (38, 26, 30), (206, 186, 164)
    yield flat(((-3.4, -0.95), (-1.0, -1.12), (-0.75, -0.62), (-1.25, -0.72), (-3.0, -0.55), (-3.75, -0.3)), BACK, hull)
    yield flat(((-2.5, -0.6), (-2.42, -0.6), (-2.2, 0.95), (-2.27, 0.95)), BACK, hull)
    yield flat(((-1.55, -0.7), (-1.48, -0.7), (-1.12, 0.1), (-1.18, 0.12)), BACK, hull)
    yield flat(((-2.28, 0.8), (-2.47, -0.3), (-3.3, -0.2), (-2.95, 0.35)), BACK, sail)
    yield flat(((-2.22, 0.7), (-2.36, -0.35), (-1.75, -0.25), (-2.0, 0.2)), BACK, shade(sail, 0.82))


# the stage


def boards(dice: random.Random) -> Iterator[Face]:
    yield level(-10, FRONT - 0.6, 10, BACK, FLOOR, (58, 36, 22))
    wood = (168, 112, 66)
    x = -10.0
    while x < 10:
        z = FRONT - 0.6
        while z < BACK:
            long = dice.uniform(1.6, 3.2)
            yield level(
                x + 0.012, z + 0.012, x + 0.408, min(z + long, BACK), FLOOR, shade(wood, dice.uniform(0.78, 1.1))
            )
            z += long
        x += 0.42


def legs() -> Iterator[Face]:
    """The wings: dark drapes at both sides, in two depths."""
    for z, inner in ((19.6, 6.9), (16.4, 5.75)):
        for sign in (-1, 1):
            for fold in range(12):
                x = sign * (inner + fold * 0.24)
                colour = shade((46, 44, 84), 0.66 + 0.42 * abs(math.sin(fold * 1.3)))
                yield upright(x, FLOOR, x + sign * 0.25, 6, z, colour)


def arcade() -> Iterator[Face]:
    """Olivia's house on the right: an arch with a door, and a balcony above."""
    z, left, right, high = 18.6, 1.7, 5.9, 2.9
    yield upright(left, FLOOR, right, high, z, STONE)
    for row in range(13):
        y = FLOOR + row * 0.41
        for block in range(6):
            x = left + (block - 0.5 * (row % 2)) * 0.78
            tint = 0.86 + 0.2 * ((row * 7 + block * 5) % 6) / 6
            x0, x1 = max(x, left) + 0.02, min(x + 0.76, right)
            if x1 > x0:
                yield upright(x0, y + 0.02, x1, min(y + 0.39, high), z, shade(STONE, tint))
    middle, half, spring = 3.1, 0.78, -0.75
    for grow, colour in ((0.2, shade(STONE, 1.22)), (0.0, (44, 26, 22))):
        wide = half + grow
        arch = [
            (middle + wide * math.cos(a), spring + wide * math.sin(a)) for a in (math.pi * i / 16 for i in range(17))
        ]
        yield flat([(middle + wide, FLOOR), *arch, (middle - wide, FLOOR)], z, colour)
    glow = [(middle + 0.62 * math.cos(a), spring + 0.62 * math.sin(a)) for a in (math.pi * i / 16 for i in range(9))]
    yield flat([(middle + 0.62, FLOOR), *glow, (middle, FLOOR)], z, (255, 190, 96))
    yield flat(
        ((middle - 0.62, FLOOR), (middle + 0.05, FLOOR - 0.12), (middle + 0.05, 0.0), (middle - 0.62, -0.2)),
        z,
        (98, 58, 34),
    )
    for y in (-2.0, -1.3, -0.6):
        yield upright(middle - 0.6, y, middle + 0.04, y + 0.07, z, (52, 40, 36))
    yield disc(middle - 0.06, -1.35, z, 0.045, 0.045, GOLD)
    yield from (upright(4.5, y, 5.2, y + 0.92, z, colour) for y, colour in ((-1.25, shade(STONE, 1.2)),))
    yield upright(4.58, -1.18, 5.12, -0.4, z, (255, 198, 112))
    yield upright(4.83, -1.18, 4.87, -0.4, z, (70, 50, 40))
    yield upright(4.58, -0.81, 5.12, -0.77, z, (70, 50, 40))
    yield upright(2.1, 1.0, 5.5, 2.9, z, (58, 34, 40))
    yield upright(2.3, 1.0, 3.1, 2.7, z, (224, 160, 92))
    yield from figure(4.25, z - 0.1, 1.62, (30, 28, 36), (60, 34, 22), gown=True, at=0.72, veil=(30, 30, 40))
    yield upright(1.5, 0.72, 6.1, 0.92, z - 0.5, shade(STONE, 1.18))
    for number in range(14):
        x = 1.66 + number * 0.33
        yield flat(
            ((x - 0.05, 0.9), (x + 0.05, 0.9), (x + 0.09, 1.1), (x + 0.04, 1.4), (x - 0.04, 1.4), (x - 0.09, 1.1)),
            z - 0.5,
            STONE,
        )
    yield upright(1.5, 1.38, 6.1, 1.52, z - 0.5, shade(STONE, 1.2))
    for x in (1.5, 5.7):
        yield upright(x, FLOOR, x + 0.38, 0.72, z - 0.5, shade(STONE, 1.06))
        yield upright(x + 0.26, FLOOR, x + 0.38, 0.72, z - 0.5, shade(STONE, 0.8))
        yield upright(x - 0.08, 0.52, x + 0.46, 0.72, z - 0.5, shade(STONE, 1.24))
        yield upright(x - 0.08, FLOOR, x + 0.46, FLOOR + 0.22, z - 0.5, shade(STONE, 1.24))
    for number in range(46):
        x = 5.62 + 0.42 * math.sin(number * 2.1)
        y = 0.9 - number * 0.068
        yield disc(x, y, z - 0.55, 0.11, 0.08, shade((64, 116, 54), 0.75 + 0.4 * (number * 5 % 7) / 7), 7)


def throne() -> Iterator[Face]:
    """Orsino's: three steps, a seat of red and gold, a canopy."""
    x, z = -2.6, 18.8
    for number, half in enumerate((1.7, 1.35, 1.0)):
        low = FLOOR + number * 0.2
        yield from box(
            x - half, x + half, z - 1.5 + number * 0.4, z + 1, low, low + 0.2, shade((124, 34, 40), 1 + 0.1 * number)
        )
        yield upright(x - half, low + 0.15, x + half, low + 0.2, z - 1.5 + number * 0.4, GOLD)
    seat = FLOOR + 0.6
    for fold in range(11):
        left = x - 1.1 + fold * 0.2
        yield upright(left, seat, left + 0.21, 2.2, z, shade((76, 26, 96), 0.72 + 0.4 * abs(math.sin(fold * 1.7))))
    yield flat(
        ((x - 1.35, 2.0), (x + 1.35, 2.0), (x + 1.1, 2.45), (x, 2.75), (x - 1.1, 2.45)), z - 0.1, shade(VELVET, 1.1)
    )
    for number in range(9):
        yield disc(x - 1.2 + number * 0.3, 2.0, z - 0.1, 0.15, 0.13, GOLD, 10)
    yield flat(
        (
            (x - 0.55, seat),
            (x + 0.55, seat),
            (x + 0.5, 1.0),
            (x + 0.3, 1.28),
            (x, 1.45),
            (x - 0.3, 1.28),
            (x - 0.5, 1.0),
        ),
        z - 0.2,
        GOLD,
    )
    yield flat(
        ((x - 0.42, seat), (x + 0.42, seat), (x + 0.38, 0.92), (x, 1.2), (x - 0.38, 0.92)), z - 0.2, (168, 30, 42)
    )
    for row in range(4):
        for column in range(3):
            yield disc(x - 0.22 + 0.22 * column, -0.6 + row * 0.42, z - 0.2, 0.025, 0.025, GOLD, 8)
    yield disc(x, 1.52, z - 0.2, 0.13, 0.13, (250, 214, 120), 14)
    yield upright(x - 0.6, seat, x + 0.6, seat + 0.55, z - 0.6, shade((168, 30, 42), 0.85))
    yield upright(x - 0.6, seat + 0.5, x + 0.6, seat + 0.6, z - 0.6, (196, 48, 56))
    for sign in (-1, 1):
        yield upright(x + sign * 0.66 - 0.09, seat, x + sign * 0.66 + 0.09, seat + 0.95, z - 0.6, DARK_GOLD)
        yield disc(x + sign * 0.66, seat + 0.98, z - 0.6, 0.12, 0.12, GOLD, 12)


def tree(dice: random.Random) -> Iterator[Face]:
    x, z = -5.2, 17.4
    bark = (84, 58, 42)
    yield flat(
        ((x - 0.34, FLOOR), (x + 0.4, FLOOR), (x + 0.2, -1.2), (x + 0.26, 0.4), (x - 0.1, 0.5), (x - 0.16, -1.1)),
        z,
        bark,
    )
    yield flat(((x - 0.12, -0.3), (x + 0.0, -0.5), (x - 1.0, 1.1), (x - 1.08, 1.02)), z, shade(bark, 0.9))
    yield flat(((x + 0.1, -0.2), (x + 0.2, -0.4), (x + 1.0, 1.0), (x + 0.92, 1.06)), z, shade(bark, 1.15))
    for _ in range(120):
        angle, far = dice.uniform(0, 2 * math.pi), math.sqrt(dice.random())
        u, v = math.cos(angle) * far, math.sin(angle) * far
        green = blend(
            (30, 72, 44), (132, 158, 70), min(1, max(0, 0.45 + 0.4 * v + 0.25 * u + dice.uniform(-0.15, 0.15)))
        )
        size = dice.uniform(0.16, 0.36)
        yield disc(x + 1.55 * u, 1.65 + 1.25 * v, z, size, size * 0.75, green, 9)
    for _ in range(16):
        u, v = dice.uniform(-1.2, 1.2), dice.uniform(-0.9, 0.9)
        yield disc(x + u, 1.6 + v, z, 0.07, 0.07, (236, 130, 52), 9)
