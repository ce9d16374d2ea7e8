"""A head that times a recall itself, in a whole show: when it arrives, and how fast it goes the next time."""

from __future__ import annotations

from tests.running.night import perform

RIG = """
show "Night"
    interlock off
camera head "sony://10.0.0.21"
    model "sony-ilme-fr7"
    preset close = 2 at pan 10deg tilt 5deg
    preset away = 3 at pan 0deg tilt 0deg
"""
SHEET = """
cue 1
    move head to close over 7.5s
cue 2
    move head to away
cue 3
    move head to close
"""


def test_it_arrives_when_it_was_told_to_and_a_recall_without_a_time_goes_at_its_speed() -> None:
    night = perform(SHEET, (0, "go 1"), (10, "go 2"), (20, "go 3"), rig=RIG, end=30)
    took = [(one["outcome"], round((one["done_ms"] - one["sent_ms"]) / 100)) for one in night.commands("head", "move")]
    assert [outcome for outcome, _ in took] == ["completed"] * 3
    assert took[0][1] in range(74, 80)
    assert took[1][1] < 30 and took[2][1] < 30, "the time of cue 1 does not hold any more"
