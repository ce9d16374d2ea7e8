"""What a simulated camera sees, as a JPEG: the theatre through its lens, and a strip of plain words.

    picture.snapshot(body.snapshot(now), "foh", wall) -> bytes

The theatre is drawn face by face at twice the size and made smaller, which smooths its edges; then light falls on it.
Light is soft, so it is kept as one small panorama of the whole house (`_light`), of which each picture bends out its
own piece. A camera at rest costs no more than the strip of words, for its last views are kept.

Pure but for Pillow; fit for a thread. Everything that the picture says in colour it says in words too.
"""

from __future__ import annotations

import math
from datetime import datetime
from functools import lru_cache
from io import BytesIO

from msgspec import Struct
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from cuelang.models import DEFAULT, Model
from cuelang.simulator import theatre
from cuelang.simulator.body import SUBJECT, BodySnapshot
from cuelang.simulator.lens import Bounded, LensView, bound, directions, field_of_view, magnification, seen

SIZE = (640, 360)
QUALITY = 82
Colour = tuple[int, int, int]

RED: Colour = (226, 40, 48)
GREEN: Colour = (38, 172, 84)
AMBER: Colour = (240, 168, 32)
GREY: Colour = (92, 98, 108)
TALLY: dict[str, tuple[Colour, str]] = {"program": (RED, "PROGRAM"), "preview": (GREEN, "PREVIEW")}
"""Amber is for a picture that is not what the camera looks at: frozen, in standby, starting up."""


class _Look(Struct, frozen=True):
    """All that decides the picture behind the words."""

    pan: float
    tilt: float
    across: float
    width: int
    height: int
    blur: float
    mirrored: bool
    upside_down: bool
    black_white: bool


def snapshot(
    seen_by: BodySnapshot, name: str, wall: datetime, model: Model = DEFAULT, *, size: tuple[int, int] = SIZE
) -> bytes:
    """A JPEG of what the camera shows. `wall` is the time in its corner, `size` the pixels across and down."""
    image = _picture(seen_by, model, size) if seen_by.power == "on" else _dark(seen_by, size)
    _words(image, seen_by, name, wall, model)
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _picture(seen_by: BodySnapshot, model: Model, size: tuple[int, int]) -> Image.Image:
    settings = seen_by.settings
    off = 0.0 if seen_by.focus_auto else abs(seen_by.focus - SUBJECT) / 0x1000
    pan, tilt, zoom = seen_by.still or (seen_by.pan, seen_by.tilt, seen_by.zoom)
    look = _Look(
        pan=round(float(model.pan_degrees(pan)), 3),
        tilt=round(float(model.tilt_degrees(tilt)), 3),
        across=round(field_of_view(model, zoom), 3),
        width=size[0],
        height=size[1],
        blur=round(off * magnification(model, zoom) ** 0.5 * size[1] / 360, 1),
        mirrored=settings.get("lr_reverse") == 2 or bool(settings.get("flip", 0) & 1),
        upside_down=settings.get("picture_flip") == 2 or bool(settings.get("flip", 0) & 2),
        black_white=settings.get("effect") == 4,
    )
    return _view(look).copy()


@lru_cache(maxsize=16)
def _view(look: _Look) -> Image.Image:
    """The theatre, lit, and as the camera's settings turn it. Not to be drawn upon."""
    view = LensView(look.pan, look.tilt, look.across, look.width, look.height)
    double = LensView(look.pan, look.tilt, look.across, 2 * look.width, 2 * look.height)
    image = Image.new("RGB", (double.width, double.height), (14, 11, 14))
    draw = ImageDraw.Draw(image)
    for polygon, colour in seen(_bounded(), double):
        draw.polygon(polygon, fill=colour)
    image = image.reduce(2)
    fall, glow = _light_on(view)
    image = ImageChops.screen(ImageChops.multiply(image, fall), glow)
    if look.blur >= 0.3:
        image = image.filter(ImageFilter.GaussianBlur(min(look.blur, 24.0)))
    if look.black_white:
        image = image.convert("L").convert("RGB")
    if look.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if look.upside_down:
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return image


@lru_cache(maxsize=1)
def _bounded() -> tuple[Bounded, ...]:
    return tuple(bound(face) for face in theatre.FACES)


# light


MAP = 2
"""Pixels a degree of the panorama of light: it holds nothing sharper than a candle."""
MARGIN = 180
"""Degrees that the panorama goes on beyond each end, so that no picture meets its seam."""
HOUSE: Colour = (146, 132, 148)
"""House lights at half, towards blue, as in a show."""
CELLS = (8, 6)
SMALL = (160, 90)


def _place(x: float, y: float, z: float) -> tuple[float, float]:
    """Where a point of the theatre is in the panorama of light."""
    around, up = math.degrees(math.atan2(x, z)), math.degrees(math.atan2(y, math.hypot(x, z)))
    return (around + 180) * MAP, (90 - up) * MAP


@lru_cache(maxsize=1)
def _light() -> tuple[Image.Image, Image.Image]:
    """Two panoramas of the whole house: what falls on things (multiplied), and what shines in the air (screened)."""
    size = (360 * MAP, 180 * MAP)
    fall, glow = Image.new("RGB", size, HOUSE), Image.new("RGB", size, (0, 0, 0))
    _spill(fall)
    _stage_light(fall, glow)
    _lamps(fall, glow)
    return _endless(fall), _endless(glow)


def _endless(panorama: Image.Image) -> Image.Image:
    """The panorama with half a turn more at each end."""
    wide, high = panorama.size
    longer = Image.new("RGB", (2 * wide, high))
    for x in (-wide // 2, wide // 2, wide * 3 // 2):
        longer.paste(panorama, (x, 0))
    return longer


def _add(image: Image.Image, shapes: list[tuple[list[tuple[float, float]], Colour]], soft: float) -> None:
    """Light added to light, with soft edges `soft` degrees wide."""
    layer = Image.new("RGB", image.size, (0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for points, colour in shapes:
        draw.polygon(points, fill=colour)
    image.paste(ImageChops.add(image, layer.filter(ImageFilter.GaussianBlur(soft * MAP))))


def _oval(x: float, y: float, z: float, rx: float, ry: float) -> list[tuple[float, float]]:
    angles = [math.pi * step / 15 for step in range(30)]
    return [_place(x + rx * math.cos(a), y + ry * math.sin(a), z) for a in angles]


def _pool(x: float, z: float, radius: float) -> list[tuple[float, float]]:
    angles = [math.pi * step / 15 for step in range(30)]
    return [_place(x + radius * math.cos(a), theatre.FLOOR, z + radius * math.sin(a)) for a in angles]


def _spill(fall: Image.Image) -> None:
    """The stage lights up the house: the nearer to it, the more."""
    for half, soft, colour in ((150, 26, (16, 12, 10)), (75, 16, (26, 20, 14)), (44, 8, (30, 22, 14))):
        left, right = ((180 + sign * half) * MAP for sign in (-1, 1))
        _add(fall, [([(left, 50 * MAP), (right, 50 * MAP), (right, 130 * MAP), (left, 130 * MAP)], colour)], soft)


def _stage_light(fall: Image.Image, glow: Image.Image) -> None:
    front, floor = theatre.FRONT, theatre.FLOOR
    opening = [_place(x, y, front) for x, y in ((-6.0, floor - 0.1), (6.0, floor - 0.1), (6.0, 2.6), (-6.0, 2.6))]
    _add(fall, [(opening, (92, 86, 84))], 1.6)
    pools = [
        (-2.6, 17.4, 1.8),
        (-0.2, 15.8, 1.2),
        (1.4, 15.2, 1.1),
        (3.4, 17.0, 1.7),
        (4.9, 15.9, 1.1),
        (-4.6, 15.9, 1.3),
    ]
    _add(fall, [(_pool(x, z, radius), (66, 56, 36)) for x, z, radius in pools], 0.8)
    players = [(-3.55, 17.2), (3.1, 17.0), (-0.2, 15.8), (4.9, 15.9), (1.4, 15.2)]
    _add(fall, [(_oval(x, floor + 0.95, z, 0.5, 1.05), (80, 76, 66)) for x, z in players], 0.7)
    _add(fall, [(_oval(-2.6, 0.2, 18.8, 1.2, 2.2), (84, 74, 60))], 1.2)
    _add(fall, [(_oval(4.2, 1.9, 18.6, 1.6, 0.9), (60, 50, 34)), (_oval(3.1, -0.9, 18.6, 0.8, 1.2), (60, 44, 22))], 0.9)
    row = [
        _place(x, y, front - 0.6)
        for x, y in ((-6.2, floor - 0.02), (6.2, floor - 0.02), (6.2, floor + 1.1), (-6.2, floor + 1.1))
    ]
    _add(fall, [(row, (40, 30, 14))], 1.0)
    beams = []
    for x, target, colour in (
        (-4.4, (-3.0, 17.4), (26, 22, 14)),
        (-2.2, (-0.2, 15.8), (22, 21, 18)),
        (0.0, (1.4, 15.2), (26, 22, 14)),
        (2.2, (3.4, 17.0), (20, 20, 24)),
        (4.4, (4.9, 15.9), (26, 20, 12)),
        (1.1, (-4.6, 16.6), (14, 18, 26)),
    ):
        feet = [_place(target[0] + side, floor, target[1]) for side in (1.1, -1.1)]
        beams.append(([_place(x - 0.12, 3.4, 15.0), _place(x + 0.12, 3.4, 15.0), *feet], colour))
    for beam in beams:
        _add(glow, [beam], 0.45)
    _add(glow, [(_oval(*theatre.MOON, theatre.BACK, 0.9, 0.9), (52, 48, 40))], 1.8)
    _add(
        glow,
        [([_place(x, y, theatre.BACK) for x, y in ((-11, -1.2), (11, -1.2), (11, 0.6), (-11, 0.6))], (20, 10, 4))],
        2.0,
    )


def _lamps(fall: Image.Image, glow: Image.Image) -> None:
    warm: Colour = (120, 92, 50)
    lamps = [_oval(-5.6 + 0.8 * number, theatre.FLOOR + 0.03, theatre.FRONT - 0.6, 0.16, 0.16) for number in range(15)]
    stands = [_oval(-5.5 + 1.1 * number, -3.62, 12.0, 0.4, 0.3) for number in range(11)]
    chandelier = [_oval(0, 5.35, 3.5, 1.4, 0.9)]
    _add(glow, [(shape, warm) for shape in lamps], 0.4)
    _add(fall, [(shape, (110, 96, 66)) for shape in stands], 0.5)
    _add(fall, [(_oval(0, 6.4, 3.5, 4.6, 3.4), (96, 80, 56))], 9)
    _add(glow, [(shape, (56, 42, 20)) for shape in chandelier], 5)
    brackets, boxes = [], []
    for sign in (-1, 1):
        for low in (-2.9, 0.4):
            for number in range(9):
                z = 8.6 - number * 2.5
                x = sign * (theatre.WALL - 0.02)
                around = [(math.cos(a), math.sin(a)) for a in (math.pi * step / 8 for step in range(16))]
                brackets.append([_place(x, low + 1.7 + 0.3 * s, z + 0.3 * c) for c, s in around])
                boxes.append([_place(x, low + 1.1 + 1.2 * s, z + 1.2 * c) for c, s in around])
    _add(fall, [(shape, (46, 34, 20)) for shape in boxes], 2.2)
    _add(glow, [(shape, (70, 50, 22)) for shape in brackets], 1.0)
    _add(fall, [(_oval(x, 3, theatre.REAR, 1.4, 1), (70, 80, 100)) for x in (-1.5, 1.5)], 1.5)
    _add(fall, [(_oval(x, 3.2, theatre.REAR, 0.9, 0.4), (60, 150, 90)) for x in (-6.6, 6.6)], 1.0)


def _light_on(view: LensView) -> tuple[Image.Image, Image.Image]:
    """The two lights of this picture, bent out of the panorama cell by cell."""
    columns, rows = CELLS
    wide, high = SMALL[0] // columns, SMALL[1] // rows
    scale = view.width / SMALL[0]
    pixels = [(x * wide * scale, y * high * scale) for y in range(rows + 1) for x in range(columns + 1)]
    rays = [(math.degrees(around), 90 - math.degrees(up)) for around, up in directions(view, pixels)]
    mesh = []
    for row in range(rows):
        for column in range(columns):
            here = row * (columns + 1) + column
            first = rays[here][0]
            quad: list[float] = []
            for around, down in (rays[here], rays[here + columns + 1], rays[here + columns + 2], rays[here + 1]):
                around -= 360 * round((around - first) / 360)
                quad += ((around + 180 + MARGIN) * MAP, down * MAP)
            box = (column * wide, row * high, (column + 1) * wide, (row + 1) * high)
            mesh.append((box, tuple(quad)))
    fall, glow = (image.transform(SMALL, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR) for image in _light())
    size = (view.width, view.height)
    fall = ImageChops.multiply(fall, _vignette())
    return fall.resize(size, Image.Resampling.BILINEAR), glow.resize(size, Image.Resampling.BILINEAR)


@lru_cache(maxsize=1)
def _vignette() -> Image.Image:
    edge = (
        Image.radial_gradient("L")
        .resize(SMALL)
        .point([255 - round(110 * max(0.0, level / 255 - 0.42)) for level in range(256)])
    )
    return Image.merge("RGB", (edge, edge, edge))


# words


@lru_cache(maxsize=16)
def typeface(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _dark(seen_by: BodySnapshot, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, (16, 18, 24))
    words = "STANDBY" if seen_by.power == "standby" else "STARTING UP"
    draw = ImageDraw.Draw(image)
    draw.text((size[0] / 2, size[1] / 2), words, font=typeface(size[1] // 9), fill=AMBER, anchor="mm")
    return image


def _words(image: Image.Image, seen_by: BodySnapshot, name: str, wall: datetime, model: Model) -> None:
    width, height = image.size
    unit = height / 360
    draw = ImageDraw.Draw(image, "RGBA")
    bar = height - round(34 * unit)
    draw.rectangle((0, bar, width, height), fill=(8, 10, 14, 190))
    middle = (bar + height) / 2 - 2 * unit
    edge = round(12 * unit)
    clock = wall.strftime("%H:%M:%S")
    draw.text((width - edge, middle), clock, font=typeface(round(17 * unit)), fill=(236, 238, 242), anchor="rm")
    place = (
        f"pan {seen_by.pan_degrees:+.1f}°   tilt {seen_by.tilt_degrees:+.1f}°   "
        f"zoom {seen_by.zoom_percent:.0f}%  {magnification(model, seen_by.zoom):.1f}x"
    )
    font = typeface(round(14 * unit))
    right = width - edge - draw.textlength(clock, typeface(round(17 * unit))) - 18 * unit
    draw.text((right, middle), place, font=font, fill=(200, 208, 218), anchor="rm")
    room = right - draw.textlength(place, font) - 18 * unit - edge
    draw.text(
        (edge, middle),
        fitting(draw, name, room, round(19 * unit)),
        font=typeface(round(19 * unit)),
        fill=(255, 255, 255),
        anchor="lm",
    )
    colour, word = TALLY.get(seen_by.tally, (GREY, ""))
    # From the right: the page puts its own tally in the left corner.
    x: float = width - edge
    for text, tint in [*([(word, colour)] if word else []), *_states(seen_by)]:
        x = _chip(draw, x, text, tint, unit) - round(6 * unit)
    if seen_by.menu_open and seen_by.power == "on":
        _menu(draw, width, unit)
    if word:
        draw.rectangle((0, 0, width - 1, height - 1), outline=colour, width=max(3, round(6 * unit)))


def _states(seen_by: BodySnapshot) -> list[tuple[str, Colour]]:
    if seen_by.power != "on":
        return []
    said: list[tuple[str, Colour]] = []
    if seen_by.frozen:
        said.append(("FROZEN", AMBER))
    if seen_by.tracking:
        said.append(("TRACKING", (64, 118, 210)))
    if seen_by.moving:
        words = {"pan_tilt": "pan-tilt", "zoom": "zoom", "focus": "focus"}
        said.append(
            (
                "moving " + ", ".join(words[axis] for axis in ("pan_tilt", "zoom", "focus") if axis in seen_by.moving),
                GREY,
            )
        )
    elif seen_by.preset is not None:
        said.append((f"preset {seen_by.preset}", GREY))
    if not seen_by.focus_auto:
        said.append(("manual focus", GREY))
    return said


def _chip(draw: ImageDraw.ImageDraw, end: float, text: str, colour: Colour, unit: float) -> float:
    """A word on its colour, which ends at `end`; returns where it begins. Text is dark on amber, white on the rest."""
    font = typeface(round(15 * unit))
    x = end - draw.textlength(text, font) - 18 * unit
    top = 12 * unit
    draw.rounded_rectangle((x, top, end, top + 25 * unit), radius=4 * unit, fill=(*colour, 235))
    ink = (24, 16, 0) if colour == AMBER else (255, 255, 255)
    draw.text(((x + end) / 2, top + 12 * unit), text, font=font, fill=ink, anchor="mm")
    return x


def _menu(draw: ImageDraw.ImageDraw, width: int, unit: float) -> None:
    """The camera's own menu covers its picture, and the audience sees it."""
    left, top = width - 232 * unit, 48 * unit
    draw.rectangle(
        (left, top, left + 216 * unit, top + 168 * unit), fill=(20, 26, 60, 225), outline=(200, 206, 230, 255)
    )
    for number, line in enumerate(
        ("MENU", "<Exposure>", "<Colour>", "<Image>", "<P/T/Z>", "<Setup>", "<Restore default>")
    ):
        place = (left + 14 * unit, top + (10 + 22 * number) * unit)
        draw.text(place, line, font=typeface(round(15 * unit)), fill=AMBER if number == 1 else (230, 234, 246))


def fitting(draw: ImageDraw.ImageDraw, text: str, room: float, size: int) -> str:
    """As much of a name as there is room for."""
    if draw.textlength(text, typeface(size)) <= room:
        return text
    while text and draw.textlength(text + "…", typeface(size)) > room:
        text = text[:-1]
    return text + "…"


def legible(text: str) -> bool:
    """Whether the font has all of its letters."""
    missing = _shape("\uffff")
    return all(letter.isspace() or _shape(letter) != missing for letter in text)


@lru_cache(maxsize=512)
def _shape(letter: str) -> bytes:
    return bytes(typeface(20).getmask(letter))


@lru_cache(maxsize=1)
def card() -> bytes:
    """A small grey JPEG, for a rehearsal whose pictures are not looked at."""
    out = BytesIO()
    Image.new("RGB", (16, 9), GREY).save(out, "JPEG")
    return out.getvalue()
