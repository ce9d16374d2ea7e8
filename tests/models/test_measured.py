"""Model files: what one camera was measured to do, and what a sheet makes of it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cuelang.lang.compile import Compiled, Compiler
from cuelang.models import BadModel, read_model, write_model
from cuelang.source import Source
from tests.models.known import known

BASE = known("ptzoptics-move-4k-20x")
assert BASE is not None
PAN = [float(step) for step in range(2, 26)]
TILT = [float(step) for step in range(1, 21)]
ZOOM = [500.0 * step for step in range(1, 9)]
FILE = write_model(BASE, 'the "foh" camera', ["measured on a Monday"], pan=PAN, tilt=TILT, zoom=ZOOM, full=4.5)


def test_what_is_written_is_read() -> None:
    model = read_model(FILE, "foh.model.toml")
    assert model.id == "foh.model.toml"
    assert model.title == 'the "foh" camera'
    assert model.pan_speeds == tuple(Fraction(step) for step in range(2, 26))
    assert model.tilt_speeds[-1] == 20
    assert model.zoom_speeds == tuple(Fraction(500 * step) for step in range(1, 9))
    assert model.zoom_full == 4_500_000_000
    assert model.zoom_curve == BASE.zoom_curve and model.presets == BASE.presets
    assert read_model(FILE, "foh.model.toml") is model


BY_HAND = """\
# Measured at visca+udp://10.0.0.21 on 2025-01-01 10:00:00.
# Not measured: zoom.
# After the new gear belt. -- Ina
format = "cuelang.model/1"
base = "ptzoptics-move-4k-20x"  # the brass plate says so
title = "over the door"

[zoom]
full = 4.500  # with the new belt
speeds = [1, 2, 3, 4, 5, 6, 7, 8]

[tilt]
# sticks at step 3
speeds = [1.0]  # to be measured again
"""


def test_a_model_file_that_is_measured_again_keeps_its_title_its_comments_and_its_order() -> None:
    assert BASE is not None
    text = write_model(BASE, "measured", ["Measured at x on y."], pan=PAN, tilt=TILT, full=4.5, before=BY_HAND)
    assert text.startswith(
        """\
# Measured at x on y.
# After the new gear belt. -- Ina
format = "cuelang.model/1"
base = "ptzoptics-move-4k-20x"  # the brass plate says so
title = "over the door"

[zoom]
full = 4.500  # with the new belt

[tilt]
# sticks at step 3
speeds = [1.0, 2.0, 3.0,"""
    )
    assert "20.0]  # to be measured again\n" in text and "] # degrees a second, from step 1 on" in text
    model = read_model(text, "m.toml")
    assert ([*map(float, model.pan_speeds)], [*map(float, model.tilt_speeds)]) == (PAN, TILT)
    assert model.zoom_speeds == ()
    sony = known("sony-brc-x400")
    assert sony is not None
    other = write_model(sony, "measured", [], before=text)
    assert 'base = "sony-brc-x400"  # the brass plate says so\ntitle = "measured"\n' in other
    assert read_model(other, "m.toml").pan_speeds == sony.pan_speeds


def test_what_is_left_out_is_the_base_s() -> None:
    model = read_model('format = "cuelang.model/1"\nbase = "sony-brc-x400"\n', "m.toml")
    sony = known("sony-brc-x400")
    assert sony is not None
    assert (model.pan_speeds, model.zoom_full, model.zoom_speeds) == (sony.pan_speeds, sony.zoom_full, ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format = ", "is not valid TOML"),
        ('format = "x"', "does not begin with format"),
        ('format = "cuelang.model/1"\nbase = "nobody"', "unknown base model “nobody”"),
        ('format = "cuelang.model/1"\npan = 3', "a pan that is not a table"),
        ('format = "cuelang.model/1"\n[pan]\nspeeds = [1, 2]', "needs 24 speeds under [pan]"),
        ('format = "cuelang.model/1"\n[zoom]\nspeeds = [1, 2, 3, 4, 5, 6, 7, 0]', "a number above 0"),
        ('format = "cuelang.model/1"\n[zoom]\nfull = "fast"', "a number above 0"),
        ('format = "cuelang.model/1"\n[zoom]\nfull = true', "a number above 0"),
        ("[" * 5000, "is not valid TOML"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: str, says: str) -> None:
    with pytest.raises(BadModel, match=says.replace("[", r"\[")):
        read_model(text, "m.toml")


class Shelf:
    """Files by their names."""

    def __init__(self, **files: str) -> None:
        self.files = {name.replace("_", "."): text for name, text in files.items()}

    def file(self, path: str, user: str) -> Source | str:
        return Source(path, self.files[path]) if path in self.files else f"File not found: {path}."

    def module(self, name: str) -> Source | None:
        return None

    def modules(self) -> list[str]:
        return []


def compiled(sheet: str, **files: str) -> Compiled:
    return Compiler(Shelf(**files)).compile(Source("night.cues", sheet))


SHEET = """\
camera foh "visca+udp://10.0.0.21"
    model "foh.toml"
    {}
cue 1
    move foh to pan 100deg tilt 0deg speed 1
"""


def test_travel_is_predicted_with_what_was_measured() -> None:
    found = compiled(SHEET.format("boot 20s"), foh_toml=FILE)
    assert found.plan is not None
    (camera,) = found.plan.cameras
    assert camera.model == "foh.toml" and camera.figures.title == 'the "foh" camera'
    (step,) = found.plan.cues[0].program.steps
    assert step.until == 50_000_000_000  # 100 degrees at 2 degrees a second


def test_another_file_is_another_model_when_the_sheet_is_compiled_again() -> None:
    shelf = Shelf(foh_toml=FILE)
    compiler = Compiler(shelf)
    sheet = Source("night.cues", SHEET.format("boot 20s"))
    first, same = compiler.compile(sheet).plan, compiler.compile(sheet).plan
    shelf.files["foh.toml"] = write_model(BASE, "foh", [], pan=[4.0] * 24)
    second = compiler.compile(sheet).plan
    assert first is not None and same is not None and second is not None
    assert first.cameras == same.cameras
    assert second.cues[0].program.steps[0].until == 25_000_000_000


def test_files_that_cannot_be_had_or_read_are_reported_once() -> None:
    assert [d.code for d in compiled(SHEET.format("ramp_by speed")).diagnostics if d.is_error] == ["E205"]
    (bad,) = [d for d in compiled(SHEET.format("ramp_by speed"), foh_toml="x").diagnostics if d.is_error]
    assert bad.code == "E302" and "foh.toml is not valid TOML" in bad.message and bad.span.line == 2


def test_ramps_by_speed_need_measured_speeds() -> None:
    assert compiled(SHEET.format("ramp_by speed"), foh_toml=FILE).plan is not None
    plain = write_model(BASE, "foh", [], pan=PAN)
    (bad,) = [d for d in compiled(SHEET.format("ramp_by speed"), foh_toml=plain).diagnostics if d.is_error]
    assert (bad.code, bad.span.line) == ("E401", 3)
    assert "camera calibrate" in bad.hint
