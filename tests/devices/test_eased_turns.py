"""Timed turns of the head with a soft start or end, in the plan and on simulated cameras in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuelang import clock, models
from cuelang.commands import PAN_TILT, Ease, Job, MoveTo, Pose
from cuelang.devices.visca import ViscaCamera
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.models import Model, easing, motion
from cuelang.output.plan import plan_json
from cuelang.playback.script import parse
from cuelang.playback.ways import far_off
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.command_records import CommandRecord
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.serve import attach
from cuelang.source import Source
from cuelang.transports.memory import pair
from cuelang.units import MS, NS

PTZOPTICS = models.DEFAULT
NAMES = [None, "sony-srg-300h", "sony-brc-x400", "sony-brc-x1000"]
"""A speed for each axis, twice; one for both; and axes that arrive together."""


def model_of(name: str | None) -> Model:
    found = PTZOPTICS if name is None else models.find(name)
    assert found is not None
    return found


class Head:
    """A camera whose place is looked at again and again."""

    def __init__(self, model: Model, faults: Faults) -> None:
        near, far = pair()
        self.body = Body(model)
        self.frames: list[int] = []
        attach(far, self.body, faults, on_frame=self._frame)
        self.driver = ViscaCamera("foh", near, model, keepalive=None)
        self.clock = clock.current()
        self.finished: list[Job] = []

    def _frame(self, way: str, frame: bytes, now: int) -> None:
        if way == "in" and frame[1:4] == b"\x01\x06\x02":
            self.frames.append(now)

    def start(self, command: MoveTo) -> Job:
        job = Job(command, self.clock.now(), self.finished.append, Pose(0, 0, 0))
        self.driver.start(job)
        return job

    async def pans(self, until_ms: int, step_ms: int = 50) -> list[int]:
        found = [self.body.pan.at(self.clock.now())]
        begun = self.clock.now() // MS
        for ms in range(begun + step_ms, begun + until_ms + 1, step_ms):
            await self.clock.sleep_until(ms * MS)
            found.append(self.body.pan.at(self.clock.now()))
        return found


def played(act: Callable[[Head], Awaitable[None]], model: Model = PTZOPTICS, faults: Faults = NO_FAULTS) -> Head:
    async def main() -> Head:
        head = Head(model, faults)
        await head.driver.open()
        await act(head)
        return head

    return clock.run(main(), kind="virtual")


def move(model: Model, ease: Ease, seconds: int = 4, pan: int = 90, tilt: int = 10) -> MoveTo:
    return MoveTo(Pose(model.pan(pan), model.tilt(tilt)), 12, 12, seconds * NS, ease)


@pytest.mark.parametrize("name", NAMES, ids=str)
@pytest.mark.parametrize("ease", ["in", "out", "in_out"])
def test_the_head_sets_off_and_arrives_softly_and_in_time(ease: Ease, name: str | None) -> None:
    model = model_of(name)

    async def act(head: Head) -> None:
        job = head.start(move(model, ease))
        pans = await head.pans(6000)
        assert job.outcome == "completed" and job.done is not None
        assert not far_off(job.done, 4 * NS) and abs(job.done - 4 * NS) < 400 * MS
        speeds = [abs(b - a) for a, b in pairwise(pans)]
        first, middle, last = (max(speeds[a:b]) for a, b in ((2, 8), (36, 44), (72, 78)))
        if ease != "out":
            assert first < 0.8 * middle or (ease == "in" and first < 0.8 * last)
        if ease != "in":
            assert last < 0.8 * middle or (ease == "out" and last < 0.8 * first)
        assert pans[-1] == model.pan(90) and head.body.tilt.at(head.clock.now()) == model.tilt(10)
        signs = {b > a for a, b in pairwise(pans) if a != b}
        assert len(signs) == 1  # it never turns back

    head = played(act, model)
    assert 3 <= len(head.frames) <= 4 * easing.MOST_STEPS + 1
    assert all(b - a >= easing.TOGETHER_NS for a, b in pairwise(head.frames))


def test_a_slow_or_lossy_line_does_not_spoil_the_arrival() -> None:
    async def act(head: Head) -> None:
        job = head.start(move(PTZOPTICS, "in_out"))
        await head.pans(9000)
        assert job.outcome == "completed"
        assert head.body.pan.at(head.clock.now()) == PTZOPTICS.pan(90)

    for faults in (Faults(latency=30 * MS, jitter=10 * MS), Faults(loss=0.05, seed=2)):
        played(act, faults=faults)


def test_held_it_stands_and_goes_on_with_what_is_left() -> None:
    async def act(head: Head) -> None:
        job = head.start(move(PTZOPTICS, "in_out"))
        await head.pans(1500)
        head.driver.hold(job)
        await head.pans(500)
        stood = await head.pans(2000)
        assert len(set(stood)) == 1 and 0 < stood[0] < PTZOPTICS.pan(90)
        head.driver.resume(job, 2500 * MS)
        await head.pans(6000)
        assert job.outcome == "completed" and job.done is not None
        assert head.body.pan.at(head.clock.now()) == PTZOPTICS.pan(90)
        assert abs(job.done - 6500 * MS) < 500 * MS

    played(act)


def test_a_stop_ends_it_and_no_speed_comes_after() -> None:
    async def act(head: Head) -> None:
        job = head.start(move(PTZOPTICS, "in_out"))
        await head.pans(1500)
        head.driver.end(job, "stopped")
        await head.pans(200)
        stood = await head.pans(5000)
        assert len(set(stood)) == 1 and job.outcome == "stopped"

    played(act)


def test_another_move_of_the_head_ends_its_speeds() -> None:
    async def act(head: Head) -> None:
        job = head.start(move(PTZOPTICS, "in_out"))
        await head.pans(1500)
        head.driver.lose_axes(job, frozenset((PAN_TILT,)))
        sent = len(head.frames)
        head.start(MoveTo(Pose(0, 0), 20, 20))
        await head.pans(6000)
        assert head.body.pan.at(head.clock.now()) == 0
        assert len(head.frames) == sent + 1

    played(act)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.integers(-2000, 2000),
    st.integers(-400, 1200),
    st.integers(1, 40),
    st.sampled_from(["linear", "in", "out", "in_out"]),
)
def test_it_is_never_further_off_its_time_than_one_speed_would_be(
    name: str | None, dpan: int, dtilt: int, tenths: int, ease: Ease
) -> None:
    model, over = model_of(name), tenths * NS // 4
    series = easing.legs(model, dpan, dtilt, over, ease)
    steps = motion.speeds_for(model, dpan, dtilt, over)
    before = abs(max(motion.turn(model, dpan, dtilt, *steps)) - over)
    off = abs(easing.arrival(model, dpan, dtilt, series) - over)
    assert off <= max(before, min(over // 10, 500 * MS))
    for points, way in zip(easing.courses(model, dpan, dtilt, series), (dpan, dtilt), strict=True):
        assert points[-1].gone == way
        assert [one.at for one in points] == sorted(one.at for one in points)


SHEET = """\
camera foh "sim://foh"
    preset throne = 4 at pan 60deg tilt 5deg zoom 60%
cue 1
    move foh to throne over 4s ease in_out
    wait for foh
    move foh to pan 0deg tilt 0deg over 4s
cue 2
    move foh to pan 10deg tilt 0deg over 9s ease in_out
"""


def test_the_plan_has_its_frames_and_the_show_sends_as_many() -> None:
    compiled = Compiler(Library()).compile(Source("soft.cues", SHEET))
    assert compiled.plan is not None
    eased, even = plan_json(compiled.plan)["cues"][0]["events"]
    turns = [one for one in eased["wire"] if one["hex"].startswith("81 01 06 02")]
    assert [one["at_ms"] for one in turns] == sorted(one["at_ms"] for one in turns)
    pans = [int(one["hex"].split()[4], 16) for one in turns]
    peak = pans.index(max(pans))
    assert pans[: peak + 1] == sorted(pans[: peak + 1]) and pans[peak:] == sorted(pans[peak:], reverse=True)
    assert pans[0] < max(pans) > pans[-1]
    assert len({one["hex"].partition(" 06 02 ")[2][6:] for one in turns}) == 1  # one place, at several speeds
    assert abs(eased["until_ms"] - 4000) < 100 and len(even["wire"]) == 1
    found = [
        one for one in rehearse(compiled.plan, script=parse("0s go 1\n")).records if isinstance(one, CommandRecord)
    ]
    assert [one.outcome for one in found if one.action == "move"] == ["completed", "completed"]
    assert abs((found[0].done_ms or 0) - 4000) < 400


def test_what_a_camera_cannot_ease_is_one_frame_and_warned_of_as_before() -> None:
    compiled = Compiler(Library()).compile(Source("soft.cues", SHEET))
    assert compiled.plan is not None
    (slow,) = plan_json(compiled.plan)["cues"][1]["events"]
    assert len(slow["wire"]) == 1
    assert [(one.code, one.span.line) for one in compiled.diagnostics] == [("W607", 8)]
