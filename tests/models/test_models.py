"""The models' figures, and the way from degrees, percent and magnification to counts and back."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import models
from cuelang.models import DEFAULT, Model, nearest
from cuelang.models.tables import MODELS
from tests.models.known import known

MOVE = known("ptzoptics-move-4k-20x")
assert MOVE is not None


def test_every_model_is_found_by_its_id_in_any_case():
    assert models.names() == [model.id for model in MODELS]
    for model in MODELS:
        assert models.find(model.id.upper()) is model
    assert models.find("ptzoptics-move-8k") is None
    assert models.find("") is None


@pytest.mark.parametrize(
    ("value", "count"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(3, 2), 2), (Fraction(-5, 2), -3), (Fraction(49, 100), 0)],
)
def test_halves_go_away_from_zero(value, count):
    assert nearest(value) == count


@pytest.mark.parametrize("model", [MOVE, DEFAULT])
def test_ptzoptics_counts_14_4_to_the_degree(model):
    assert [model.pan(angle) for angle in (-170, -30, 0, 12, 170)] == [-2448, -432, 0, 173, 2448]
    assert [model.tilt(angle) for angle in (-30, 5, 90)] == [-432, 72, 1296]
    assert (model.pan_range, model.tilt_range) == ((-2448, 2448), (-432, 1296))
    assert model.zoom_percent(0) == 0
    assert model.zoom_percent(60) == 9830
    assert model.zoom_percent(100) == 0x4000


def test_ptzoptics_speeds_are_the_measured_curve():
    assert len(MOVE.pan_speeds) == 24 and len(MOVE.tilt_speeds) == 20
    assert MOVE.pan_speeds[0] == Fraction("10.2881")
    assert MOVE.pan_speeds[23] == Fraction("97.5432")
    assert MOVE.tilt_speeds[19] == Fraction("47.9082")


def test_only_a_camera_without_a_model_or_of_a_maker_that_publishes_no_speeds_is_an_estimate():
    assert DEFAULT.estimate
    assert {model.family for model in MODELS if model.estimate} == {"panasonic", "canon"}
    assert all(model.estimate for model in MODELS if model.family in ("panasonic", "canon"))


def test_the_brc_x1000_counts_left_as_positive():
    x1000 = known("sony-brc-x1000")
    assert x1000 is not None
    assert x1000.pan(-10) == 0x00937
    assert x1000.pan(-170) == 0x09CA7
    assert x1000.pan_degrees(0x00937) == Fraction(-10)
    assert x1000.tilt(90) == 0x52EF
    assert (x1000.pan_nibbles, x1000.tilt_nibbles) == (5, 4)


def test_a_step_without_a_figure_takes_the_last_known():
    dh = known("sony-srg-120dh")
    assert dh is not None
    assert dh.tilt_speeds[19] == 126 and len(dh.tilt_speeds) == 20
    assert dh.pan_speeds[23] == 302


def test_fr7_columns_are_speed_modes_not_axes():
    fr7 = known("sony-ilme-fr7")
    assert fr7 is not None
    assert fr7.tilt_speeds[3] == Fraction("0.4") == fr7.pan_speeds[3]


def test_magnification_goes_through_the_table():
    thirty = known("ptzoptics-move-4k-30x")
    assert thirty is not None
    assert [thirty.zoom_ratio(ratio) for ratio in (1, 2, 10, 20, 30)] == [0, 0x16A1, 0x3486, 0x3D60, 0x4000]
    assert MOVE.zoom_ratio(20) == 0x4000
    assert MOVE.zoom_ratio(Fraction(3, 2)) == 3008


@pytest.mark.parametrize("ratio", [0, Fraction(99, 100), Fraction(201, 10), 21])
def test_a_magnification_outside_the_table_is_an_error(ratio):
    with pytest.raises(ValueError, match="zoom table"):
        MOVE.zoom_ratio(ratio)


def test_a_model_without_a_curve_knows_no_magnification():
    fr7 = known("sony-ilme-fr7")
    assert fr7 is not None
    assert fr7.ratio_max is None and fr7.zoom_as_ratio(100) is None
    with pytest.raises(ValueError, match="ILME-FR7"):
        fr7.zoom_ratio(1)


def test_presets():
    allowed = {number for number in range(-1, 300) if MOVE.preset_ok(number)}
    assert allowed == set(range(90)) | set(range(100, 255))
    assert MOVE.presets_text == "0–89 and 100–254"


@pytest.mark.parametrize("model", [*MODELS, DEFAULT], ids=lambda model: model.id or "default")
def test_the_tables_are_sound(model):
    assert len(model.pan_speeds) == 24 and 20 <= len(model.tilt_speeds) <= 24
    for speeds in (model.pan_speeds, model.tilt_speeds):
        assert list(speeds) == sorted(speeds) and speeds[0] > 0
    if model.zoom_curve:
        assert model.zoom_curve[0] == 0 and model.zoom_curve[-1] == model.zoom_max
        assert list(model.zoom_curve) == sorted(set(model.zoom_curve))
    for low, high, nibbles in ((*model.pan_range, model.pan_nibbles), (*model.tilt_range, model.tilt_nibbles)):
        assert low < 0 < high
        assert -(16**nibbles) // 2 <= low and high < 16**nibbles // 2
    assert 0 < model.ramp_rate <= model.ramp_rate_max
    assert model.source


@given(st.sampled_from(MODELS), st.integers(-170_000, 170_000))
def test_counts_and_degrees_agree(model, raw):
    assert model.pan(model.pan_degrees(raw)) == raw
    assert model.tilt(model.tilt_degrees(raw)) == raw


@given(st.sampled_from([model for model in MODELS if model.zoom_curve]), st.integers(0, 0x4000))
def test_counts_and_magnification_agree(model, raw):
    ratio = model.zoom_as_ratio(raw)
    assert model.zoom_ratio(ratio) == raw
    assert model.zoom_percent(model.zoom_as_percent(raw)) == raw


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_the_ends_of_a_range_in_whole_degrees_can_be_written(model: Model) -> None:
    for ends, raw, degrees in (
        (model.pan_range, model.pan, model.pan_degrees),
        (model.tilt_range, model.tilt, model.tilt_degrees),
    ):
        for end in ends:
            assert abs(raw(round(degrees(end))) - end) <= 1 and ends[0] <= raw(round(degrees(end))) <= ends[1]
        beyond = round(abs(degrees(ends[1]))) + 1
        assert not ends[0] <= raw(beyond) <= ends[1]
