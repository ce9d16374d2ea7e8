"""The players of Twelfth Night: Orsino, Malvolio, Viola, Sir Toby, Feste with his lute; Olivia has her balcony."""

from __future__ import annotations

from collections.abc import Iterator

from cuelang.simulator.theatre.shapes import (
    FLOOR,
    STONE,
    Colour,
    Face,
    around,
    blend,
    disc,
    flat,
    level,
    shade,
    upright,
)

SKIN: tuple[Colour, ...] = ((232, 188, 156), (198, 146, 108), (140, 94, 66), (244, 206, 178))


def figure(  # noqa: PLR0913 - what differs between players
    x: float,
    z: float,
    tall: float,
    cloth: Colour,
    hair: Colour,
    *,
    skin: Colour = SKIN[0],
    legs: Colour = (58, 48, 60),
    gown: bool = False,
    at: float = FLOOR,
    arm: float = 0.0,
    hat: Colour | None = None,
    veil: Colour | None = None,
) -> Iterator[Face]:
    """A player who faces the house, about 20 faces with eyes and mouth. `arm` lifts the left arm, 0 to 1."""
    u = tall / 8

    def shape(colour: Colour, *points: tuple[float, float]) -> Face:
        return flat([(x + px * u, at + py * u) for px, py in points], z, colour)

    def oval(colour: Colour, px: float, py: float, rx: float, ry: float) -> Face:
        return disc(x + px * u, at + py * u, z, rx * u, ry * u, colour, 16)

    yield Face(tuple((x + c * 1.3 * u, at + 0.01, z + s * 0.5 * u) for c, s in around(14)), (40, 26, 20))
    if veil:
        yield shape(veil, (-1.1, 4.2), (1.1, 4.2), (0.75, 7.6), (0, 8.15), (-0.75, 7.6))
    if gown:
        yield shape(cloth, (-1.75, 0), (1.75, 0), (0.95, 3.2), (0.62, 4.6), (-0.62, 4.6), (-0.95, 3.2))
        yield shape(shade(cloth, 1.35), (-0.5, 0), (0.45, 0), (0.2, 4.4), (-0.2, 4.4))
        for fold in (-1.1, 1.05):
            yield shape(shade(cloth, 0.7), (fold - 0.1, 0), (fold + 0.1, 0), (fold * 0.5, 4.2))
    else:
        for sign in (-1, 1):
            yield shape(
                legs, (sign * 0.12, 4), (sign * 0.85, 4), (sign * 0.72, 2.1), (sign * 0.66, 0.3), (sign * 0.26, 0.3)
            )
            yield shape(
                (46, 30, 24),
                (sign * 0.2, 0),
                (sign * 1.05, 0),
                (sign * 0.95, 0.3),
                (sign * 0.66, 0.55),
                (sign * 0.22, 0.5),
            )
            yield oval(shade(cloth, 0.84), sign * 0.5, 3.7, 0.58, 0.75)
    yield shape(shade(cloth, 0.88), (0.8, 6.15), (1.3, 5.9), (1.5, 4.4), (1.15, 3.5), (0.85, 3.6), (1.05, 4.6))
    yield oval(skin, 1.02, 3.42, 0.2, 0.24)
    reach = arm * 2.9
    yield shape(
        shade(cloth, 1.1),
        (-0.75, 6.2),
        (-1.25, 5.95),
        (-1.55 - arm * 0.5, 4.5 + reach * 0.6),
        (-1.25 - arm * 0.9, 3.5 + reach * 1.3),
        (-0.95 - arm * 0.9, 3.55 + reach * 1.3),
        (-1.0, 4.7 + reach * 0.3),
    )
    yield oval(skin, -1.08 - arm * 0.95, 3.4 + reach * 1.34, 0.2, 0.24)
    yield shape(cloth, (-0.72, 3.7), (0.72, 3.7), (1.0, 6.0), (0.6, 6.4), (-0.6, 6.4), (-1.0, 6.0))
    yield shape(shade(cloth, 1.28), (-0.62, 3.9), (-0.1, 3.8), (-0.1, 6.3), (-0.6, 6.3))
    yield shape(shade(cloth, 0.6), (-0.72, 3.7), (0.72, 3.7), (0.74, 3.95), (-0.74, 3.95))
    for button in range(5):
        yield oval((236, 206, 130), 0, 4.3 + button * 0.42, 0.06, 0.06)
    if not veil:
        yield oval(hair, 0, 7.3, 0.62, 0.74)
    yield shape(skin, (-0.2, 6.2), (0.2, 6.2), (0.2, 6.8), (-0.2, 6.8))
    yield oval((238, 234, 226), 0, 6.45, 0.66, 0.22)
    yield oval(shade((238, 234, 226), 0.82), 0, 6.38, 0.6, 0.1)
    yield oval(skin, 0, 7.2, 0.48, 0.6)
    yield oval(shade(skin, 0.9), 0.05, 7.08, 0.07, 0.13)
    for sign in (-1, 1):
        yield oval((250, 248, 244), sign * 0.19, 7.28, 0.1, 0.06)
        yield oval((40, 34, 40), sign * 0.19, 7.28, 0.05, 0.058)
        yield shape(shade(hair, 0.8), (sign * 0.09, 7.45), (sign * 0.3, 7.4), (sign * 0.28, 7.46), (sign * 0.1, 7.48))
        yield oval(blend(skin, (224, 96, 84), 0.35), sign * 0.3, 7.05, 0.1, 0.07)
    yield shape((168, 58, 60), (-0.2, 6.95), (-0.08, 6.84), (0.08, 6.84), (0.2, 6.95), (0.08, 6.91), (-0.08, 6.91))
    yield shape(hair, (-0.5, 7.35), (-0.42, 7.75), (0, 7.95), (0.42, 7.75), (0.5, 7.35), (0.3, 7.62), (-0.3, 7.62))
    if hat:
        yield shape(hat, (-0.72, 7.6), (0.72, 7.6), (0.5, 7.85), (0.36, 8.35), (-0.36, 8.3), (-0.5, 7.85))
        yield shape((244, 240, 230), (0.3, 7.8), (0.85, 8.5), (1.05, 8.3), (0.45, 7.7))


def players() -> Iterator[Face]:
    yield from figure(
        -3.55, 17.2, 1.78, (92, 34, 110), (58, 36, 24), skin=SKIN[1], legs=(40, 34, 60), arm=0.6, hat=(44, 26, 60)
    )
    yield from figure(
        3.1, 17.0, 1.75, (64, 54, 30), (120, 112, 104), skin=SKIN[3], legs=(238, 204, 48), hat=(30, 28, 26)
    )
    yield from figure(-0.2, 15.8, 1.66, (34, 92, 122), (150, 84, 40), skin=SKIN[0], legs=(214, 200, 176), arm=0.35)
    yield from figure(4.9, 15.9, 1.7, (128, 62, 34), (150, 60, 30), skin=SKIN[0], legs=(70, 44, 30), arm=0.9)
    yield from figure(
        1.4, 15.2, 1.6, (196, 48, 50), (40, 30, 26), skin=SKIN[2], legs=(40, 96, 72), arm=0.15, hat=(226, 186, 60)
    )
    x, z, y = 1.4, 15.15, FLOOR + 0.86
    yield disc(x + 0.05, y, z, 0.26, 0.2, (176, 112, 56), 18)
    yield disc(x + 0.05, y, z, 0.07, 0.06, (60, 34, 20), 12)
    yield flat(((x - 0.1, y + 0.05), (x - 0.08, y - 0.02), (x - 0.68, y + 0.42), (x - 0.7, y + 0.49)), z, (112, 66, 36))
    yield from _bench()


def _bench() -> Iterator[Face]:
    yield upright(-5.4, FLOOR, -5.2, FLOOR + 0.45, 15.4, shade(STONE, 0.8))
    yield upright(-3.9, FLOOR, -3.7, FLOOR + 0.45, 15.4, shade(STONE, 0.8))
    yield from box(-5.6, -3.5, 15.3, 15.8, FLOOR + 0.43, FLOOR + 0.56, shade(STONE, 0.95))
    for x, tall in ((5.5, 0.75), (5.95, 0.62)):
        yield upright(x - 0.24, FLOOR, x + 0.24, FLOOR + tall, 14.5, (120, 76, 44))
        yield disc(x, FLOOR + tall, 14.5, 0.24, 0.06, (150, 98, 60))
        for part in (0.2, 0.75):
            yield upright(x - 0.25, FLOOR + tall * part, x + 0.25, FLOOR + tall * part + 0.05, 14.5, (60, 54, 56))


def box(x0: float, x1: float, z0: float, z1: float, low: float, high: float, colour: Colour) -> Iterator[Face]:
    yield level(x0, z0, x1, z1, high, shade(colour, 1.14))
    yield upright(x0, low, x1, high, z0, colour)
