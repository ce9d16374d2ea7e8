"""The picture of a simulated camera: what must be visible in it is measured in its pixels."""

from __future__ import annotations

import math
from datetime import datetime
from fractions import Fraction
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from cuelang import models
from cuelang.simulator import lens, picture, theatre
from cuelang.simulator.body import Body, Menu
from cuelang.simulator.settings import OFF, ON
from tests.drawn import examples
from tests.models.known import known

X20 = known("ptzoptics-move-4k-20x")
X12 = known("ptzoptics-move-4k-12x")
X30 = known("ptzoptics-move-4k-30x")
EVENING = datetime(2026, 1, 1, 19, 30, 12)


def body(pan: int = 0, tilt: int = 0, ratio: int = 1, model: models.Model = X20) -> Body:
    camera = Body(model, "foh")
    camera.pan.go(0, model.pan(Fraction(pan)), 0)
    camera.tilt.go(0, model.tilt(Fraction(tilt)), 0)
    camera.zoom.go(0, model.zoom_ratio(ratio), 0)
    return camera


def taken(camera: Body, now: int = 1, name: str = "foh", wall: datetime = EVENING) -> Image.Image:
    data = picture.snapshot(camera.snapshot(now), name, wall, camera.model)
    image = Image.open(BytesIO(data))
    assert image.format == "JPEG"
    return image.convert("RGB")


def far_apart(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def middle(image: Image.Image) -> Image.Image:
    """Without the words."""
    return image.crop((20, 50, 620, 310))


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize(
    ("model", "wide", "tele"), [(X12, 72.5, 6.9), (X20, 60.7, 3.36), (X30, 60.7, 2.28)], ids=["12x", "20x", "30x"]
)
def test_the_field_of_view_is_the_one_that_is_published(model: models.Model, wide: float, tele: float) -> None:
    assert lens.field_of_view(model, 0) == pytest.approx(wide)
    assert lens.field_of_view(model, model.zoom_max) == pytest.approx(tele, rel=0.04)


def test_a_model_without_a_zoom_table_still_zooms() -> None:
    fr7 = known("sony-ilme-fr7")
    assert lens.magnification(fr7, 0) == 1 and lens.magnification(fr7, fr7.zoom_max) == 20


@given(st.floats(-170, 170), st.floats(-30, 90), st.floats(3.4, 72))
def test_the_middle_of_the_picture_is_where_the_camera_points(pan: float, tilt: float, across: float) -> None:
    view = lens.LensView(pan, tilt, across, 640, 360)
    left, centre, right = lens.directions(view, [(0, 180), (320, 180), (640, 180)])
    if tilt < 89:
        assert math.degrees(centre[0]) == pytest.approx(pan, abs=1e-6)
    assert math.degrees(centre[1]) == pytest.approx(tilt, abs=1e-6)
    rays = [(math.sin(a) * math.cos(e), math.sin(e), math.cos(a) * math.cos(e)) for a, e in (left, right)]
    between = math.degrees(math.acos(sum(a * b for a, b in zip(*rays, strict=True))))
    assert between == pytest.approx(across, abs=1e-6)


def test_a_face_half_behind_the_camera_is_cut_off_and_never_turned_inside_out() -> None:
    floor = theatre.Face(((-1, -1, 5), (1, -1, 5), (1, -1, -5), (-1, -1, -5)), (9, 9, 9))
    ((placed, _),) = lens.seen([lens.bound(floor)], lens.LensView(0, 0, 60, 640, 360))
    assert all(y > 180 for _, y in placed)


def test_two_pictures_of_one_view_are_the_same_bytes() -> None:
    one, other = (picture.snapshot(body(5).snapshot(1), "foh", EVENING, X20) for _ in range(2))
    assert one == other


def test_pan_moves_the_picture_sideways_by_the_right_number_of_pixels() -> None:
    """At 10 times a degree is about 95 pixels: what was 1 degree to the right is then in the middle."""
    at, after = taken(body(0, -2, 10)), taken(body(1, -2, 10))
    pixels = round(
        320 / math.tan(math.radians(lens.field_of_view(X20, X20.zoom_ratio(10)) / 2)) * math.tan(math.radians(1))
    )
    right = at.crop((250 + pixels, 60, 350 + pixels, 300)).convert("L")
    centre = after.crop((250, 60, 350, 300)).convert("L")
    elsewhere = after.crop((250 + pixels, 60, 350 + pixels, 300)).convert("L")
    assert far_apart(right, centre) < far_apart(right, elsewhere) / 2


@pytest.mark.parametrize(("pan", "tilt", "ratio"), [(6, 0, 1), (0, 5, 1), (0, 0, 2)], ids=["pan", "tilt", "zoom"])
def test_every_axis_shows(pan: int, tilt: int, ratio: int) -> None:
    assert far_apart(middle(taken(body())), middle(taken(body(pan, tilt, ratio)))) > 15


@examples(25)
@given(st.integers(-170, 170), st.integers(-30, 90), st.integers(1, 20))
def test_wherever_it_looks_there_is_a_picture(pan: int, tilt: int, ratio: int) -> None:
    image = taken(body(pan, tilt, ratio))
    assert image.size == picture.SIZE


@pytest.mark.parametrize(("tally", "colour"), [("program", picture.RED), ("preview", picture.GREEN)])
def test_tally_is_a_border_and_a_word(tally: str, colour: tuple[int, int, int]) -> None:
    off, on = body(), body()
    on.tally = tally  # type: ignore[assignment]  # one of the three
    lit, dark = taken(on), taken(off)
    for spot in ((2, 180), (637, 180), (320, 2), (320, 357)):
        assert near(lit.getpixel(spot), colour)
        assert not near(dark.getpixel(spot), colour)
    assert far_apart(lit.crop((550, 16, 620, 34)), dark.crop((550, 16, 620, 34))) > 60


def test_name_position_and_time_are_written_in_the_strip() -> None:
    def strip(image: Image.Image, left: int, right: int) -> Image.Image:
        return image.crop((left, 330, right, 352))

    at = taken(body())
    assert far_apart(strip(at, 0, 90), strip(taken(body(), name="left"), 0, 90)) > 10
    assert far_apart(strip(at, 550, 640), strip(taken(body(), wall=datetime(2026, 1, 1, 20, 1)), 550, 640)) > 10
    assert far_apart(strip(at, 300, 540), strip(taken(body(3)), 300, 540)) > 5


def test_a_name_that_is_too_long_is_shortened() -> None:
    assert taken(body(), name="the camera at the very far left end of the second gallery").size == picture.SIZE


def test_freeze_keeps_the_picture_while_the_camera_goes_on() -> None:
    from cuelang.simulator.actions import REST

    camera = body()
    before = taken(camera, 1)
    assert REST["freeze"](camera, 1, {"state": ON}) == 0
    camera.pan.go(1, X20.pan(Fraction(40)), 0)
    frozen = taken(camera, 2)
    assert far_apart(middle(before), middle(frozen)) < 1
    assert near(frozen.getpixel((622, 24)), picture.AMBER)
    REST["freeze"](camera, 3, {"state": OFF})
    assert far_apart(middle(before), middle(taken(camera, 4))) > 15


def test_black_and_white_has_no_colour_but_the_words_have() -> None:
    camera = body()
    camera.settings["effect"] = 4
    red, green, blue = middle(taken(camera)).split()
    assert far_apart(red, green) < 2 and far_apart(green, blue) < 2


@pytest.mark.parametrize(
    ("name", "value", "turn"),
    [
        ("flip", 1, Image.Transpose.FLIP_LEFT_RIGHT),
        ("flip", 2, Image.Transpose.FLIP_TOP_BOTTOM),
        ("flip", 3, Image.Transpose.ROTATE_180),
        ("lr_reverse", ON, Image.Transpose.FLIP_LEFT_RIGHT),
        ("picture_flip", ON, Image.Transpose.FLIP_TOP_BOTTOM),
    ],
)
def test_a_flipped_picture_is_flipped_and_its_words_are_not(name: str, value: int, turn: Image.Transpose) -> None:
    plain, camera = body(), body()
    camera.settings[name] = value
    image = taken(camera)
    assert far_apart(middle(image), middle(taken(plain).transpose(turn))) < 25
    assert far_apart(image.crop((0, 326, 640, 360)), taken(plain).crop((0, 326, 640, 360))) < 60


def test_a_focus_beside_the_subject_is_soft() -> None:
    def edges(camera: Body) -> float:
        image = middle(taken(camera)).convert("L")
        return ImageStat.Stat(ImageChops.difference(image, ImageChops.offset(image, 1, 0))).mean[0]

    soft = body()
    soft.focus_auto = False
    soft.focus.go(0, 0x4000, 0)
    assert edges(soft) < edges(body()) / 2


def test_a_camera_in_standby_shows_no_stage() -> None:
    camera = body()
    camera.power_off(1)
    assert far_apart(middle(taken(camera, 2)), middle(taken(body()))) > 60


def test_menu_tracking_and_manual_focus_are_seen() -> None:
    plain = taken(body())
    camera = body()
    camera.menu = Menu()
    assert far_apart(taken(camera).crop((410, 50, 620, 210)), plain.crop((410, 50, 620, 210))) > 60
    tracking = body()
    tracking.tracking = True
    assert far_apart(taken(tracking).crop((540, 12, 628, 38)), plain.crop((540, 12, 628, 38))) > 60


def test_other_sizes() -> None:
    data = picture.snapshot(body().snapshot(1), "foh", EVENING, X20, size=(320, 180))
    assert Image.open(BytesIO(data)).size == (320, 180)
    assert Image.open(BytesIO(picture.card())).format == "JPEG"
