"""Frames are exact: a time is rounded once, to a nanosecond, however often it is added up."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.drawn import some
from tests.lang.compiling import as_json, times


def label(count: int, fps: Fraction) -> float:
    """So many frames in ms, to the microsecond."""
    return float(round(count / fps * 1_000_000)) / 1000


NTSC = Fraction(30000, 1001)
MANY = some(30_000)
"""Frames: minutes of them, a quarter of an hour at night."""


@pytest.mark.parametrize(
    "body",
    [
        f'    repeat {MANY} times every 1f\n        note "x"\n',
        f'    repeat {MANY} times\n        note "x"\n        wait 1f\n',
        (
            f'    repeat {MANY // 2} times\n        note "x"\n        wait 1f\n        do\n            note "x"\n'
            "            wait 1f\n"
        ),
        f'    repeat {MANY // 2} times every 2f\n        note "x"\n        wait 1f\n        note "x"\n',
        f"    repeat {MANY} times\n        beat()\n",
    ],
    ids=["every", "wait", "blocks", "pass and wait", "calls"],
)
def test_thousands_of_frames_do_not_drift(body: str) -> None:
    sheet = f'show "S"\n    fps 29.97\ndefine beat()\n    note "x"\n    wait 1f\ncue 1\n{body}'
    assert times(sheet) == [pytest.approx(label(count, NTSC), abs=1e-9) for count in range(MANY)]


def test_the_clock_stands_where_the_last_frame_ends() -> None:
    sheet = 'show "S"\n    fps 29.97\ncue 1\n    repeat 29999 times\n        wait 1f\n    note "end"\n'
    assert as_json(sheet)["duration_ms"] == 1000966.633


def test_cameras_that_follow_one_another() -> None:
    sheet = 'show "S"\n    fps 23.976\ncue 1\n    for cam in all every 1f\n        tally cam off\n'
    assert times(sheet) == [label(count, Fraction(24000, 1001)) for count in range(3)]


def test_waits_of_odd_parts_stay_cheap() -> None:
    body = "".join(f"    wait 1s / {n}\n" for n in range(2, 400))
    shown = as_json(f'cue 1\n{body}    note "end"\n')["duration_ms"]
    assert shown == pytest.approx(float(1000 * sum(Fraction(1, n) for n in range(2, 400))), abs=0.001)
