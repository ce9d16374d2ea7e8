"""One mistake, one finding: what follows from a mistake alone is not reported beside it (the rule of the
diagnostics)."""

from __future__ import annotations

import pytest

from tests.lang.compiling import compiled

CAMERA = 'camera foh "visca+udp://10.0.0.21"\n'


def codes(text: str) -> list[str]:
    return [found.code for found in compiled(text).diagnostics]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("zoom foh from 20% to 80%", "E208"),
        ("move foh to pan 10deg over 3s arriving at 5s", "E208"),
        ("move foh to pan 10deg over 3s speed 5", "E208"),
        ("set foh white_balence indoor", "E209"),
        ("zoom foh to 120%", "E302"),
        ("zoom foh to 3s", "E301"),
        ("move foh to wdie", "E202"),
        ("drive foh sideways", "E208"),
    ],
)
def test_a_camera_that_is_named_in_a_mistaken_line_only_is_not_called_unused(line, code):
    assert codes(f"{CAMERA}cue 1\n    {line}\n") == [code]


@pytest.mark.parametrize("line", ["drive foh left for 10deg", "zoom foh in for 3%", "focus foh near for 2"])
def test_a_drive_whose_time_is_mistaken_is_not_called_endless(line):
    assert codes(f"{CAMERA}cue 1\n    {line}\n") == ["E301"]


def test_a_preset_whose_number_is_mistaken_is_not_missed_by_the_moves_to_it():
    assert codes(f"{CAMERA}    preset a = 95\ncue 1\n    move foh to a over 3s\n") == ["E302"]


def test_a_let_that_is_shadowed_is_not_called_unused():
    assert codes(f"{CAMERA}let a = 1s\ncue 1\n    let a = 2s\n    wait a\n    stop foh\n") == ["E206"]


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("cue 1\n    zoom fho to 50%\n", ["E201"]),
        ("cue 1\n    zoom stage_left to 50%\n", ["E201"]),
        ("cue 1\n    wait for fho\n", ["E201"]),
        ("cue 1\n    for cam in fho\n        stop cam\n", ["E201"]),
        ('cue 1\n    note "x"\non osc "/x" stop fho\n', ["E201"]),
        ("group wings = foh\ncue 1\n    zoom wngs to 50%\n", ["E201"]),
        ("group wings = fho\ncue 1\n    zoom wings to 50%\n", ["E201"]),
        ("define push(cam)\n    stop cam\ncue 1\n    push(fho)\n", ["E201"]),
        ("define push(cam)\n    stop cam\ncue 1\n    psuh(foh)\n", ["E204"]),
        ("let storm = 3s\ncue 1\n    wait strom\n    stop foh\n", ["E301"]),
        ('output eos "osc+udp://10.0.0.5:8000"\ncue 1\n    stop foh\n    send eso "/x"\n', ["E212"]),
    ],
)
def test_what_a_mistyped_name_may_have_meant_is_not_called_unused(sheet, expected):
    assert codes(CAMERA + sheet) == expected


def test_nothing_is_called_unused_while_there_are_errors():
    organ = f'{CAMERA}camera organ "sim://organ"\n'
    assert codes(f"{organ}cue 1\n    zoom fho to 50%\n") == ["E201"]
    assert codes(f"{organ}cue 1\n    zom foh to 50%\n") == ["E101"]
    assert codes(f"{organ}cue 1\n    zoom foh to 50%\n") == ["W605"]


def test_an_else_after_a_line_that_could_not_be_read_is_not_to_blame():
    assert codes(f"{CAMERA}cue 1\n    iff 3 > 2\n        stop foh\n    else\n        stop foh\n") == ["E101"]
    assert codes(f"{CAMERA}cue 1\n    if 3 >> 2\n        stop foh\n    else if 1 > 2\n        stop foh\n") == ["E101"]


def test_lines_that_count_in_frames_do_not_repeat_that_the_rate_is_mistaken():
    assert codes(f'show "x"\n    fps 26\n{CAMERA}cue 1\n    wait 12f\n    stop foh\n') == ["E302"]


def test_nothing_more_is_said_of_what_is_sent_to_a_mistaken_address():
    sheet = f'{CAMERA}output eos "ftp://10.0.0.5:8000"\ncue 1\n    stop foh\n    send eos "/x"\n'
    assert codes(sheet) == ["E303"]


def test_a_parameter_declared_twice_is_said_where_it_is_declared():
    found = compiled(f"{CAMERA}define m(cam, cam)\n    stop cam\ncue 1\n    m(foh, foh)\n").diagnostics
    assert [(d.code, d.span.line, d.span.column) for d in found] == [("E206", 2, 15)]


def test_a_name_with_accents_of_their_own_is_one_mistake_however_it_is_spelt_elsewhere():
    decomposed, composed = "fo\u0308h", "f\u00f6h"
    for used in (decomposed, composed):
        found = compiled(f'camera {decomposed} "sim://foh"\ncue 1\n    move {used} to pan 10deg\n').diagnostics
        assert [one.code for one in found] == ["E101"]
        assert found[0].hint is not None and "NFC" in found[0].hint


def test_a_sheet_with_a_rig_line_and_no_camera_is_told_how_a_rig_is_used():
    (found,) = compiled('rig "house"\ncue 1\n    move foh home\n').diagnostics
    assert found.code == "E201"
    assert found.hint is not None and '`use "house.cues"` uses the cameras of a file' in found.hint
