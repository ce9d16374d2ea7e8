"""What a simulated switcher puts out: a JPEG made of the pictures of its simulated cameras.

A camera is its picture, a source without a camera a card with its name. A source that shows others has the first of
them in full and the rest in small frames at the right. During a mix both pictures are in it, each by its share.
Fit for a thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

from cuelang.simulator.picture import QUALITY, SIZE, Colour, fitting, legible, typeface
from cuelang.simulator.shots import Layer, Shot

CARD: Colour = (30, 38, 54)
DARK: Colour = (0, 0, 0)
INK: Colour = (226, 230, 238)
DIM: Colour = (110, 116, 126)
SMALL = 3
"""A source inside another has that part of its width and height."""


def drawn(shot: Shot, pictures: Mapping[str, bytes | None], size: tuple[int, int] = SIZE) -> bytes:
    """A JPEG of it. A camera without a picture is a card that says so."""
    image = _painted(shot.layer, pictures, size)
    if shot.other is not None:
        image = Image.blend(image, _painted(shot.other, pictures, size), shot.share)
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _painted(layer: Layer, pictures: Mapping[str, bytes | None], size: tuple[int, int]) -> Image.Image:
    if layer.camera is not None:
        picture = pictures.get(layer.camera)
        if picture is None:
            return _card(layer.name, "no picture", CARD, size).copy()
        with Image.open(BytesIO(picture)) as opened:
            return opened.convert("RGB").resize(size)
    if not layer.inside:
        return _nothing(layer, size)
    first, *rest = layer.inside
    image = _painted(first, pictures, size)
    wide, high = size[0] // SMALL, size[1] // SMALL
    edge = max(2, size[1] // 60)
    places = ((column, row) for column in range(SMALL) for row in range(SMALL - 1, -1, -1))
    for other, (column, row) in zip(rest, places, strict=False):
        small = _painted(other, pictures, (wide - 2 * edge, high - 2 * edge))
        frame = Image.new("RGB", (small.width + 2, small.height + 2), INK)
        frame.paste(small, (1, 1))
        image.paste(frame, (size[0] - (column + 1) * wide + edge - 1, row * high + edge - 1))
    return image


def _nothing(layer: Layer, size: tuple[int, int]) -> Image.Image:
    card = _card("", "black", DARK, size) if layer.black else _card(layer.name, "", CARD, size)
    return card.copy()


@lru_cache(maxsize=64)
def _card(name: str, words: str, ground: Colour, size: tuple[int, int]) -> Image.Image:
    """A plain card. A name in letters that the font does not have is left out: pages write it themselves."""
    width, height = size
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    large = max(8, height // 7)
    if name and legible(name):
        shown = fitting(draw, name, width * 0.9, large)
        draw.text((width / 2, height / 2), shown, font=typeface(large), fill=INK, anchor="mm")
    if words:
        low = height / 2 if not name else height * 0.68
        draw.text((width / 2, low), words, font=typeface(max(8, height // 12)), fill=DIM, anchor="mm")
    return image
