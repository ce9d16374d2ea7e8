"""What a show last asked of each camera, out of its log: `recover` still knows it when the show is started again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from cuelang.plan import Camera, CameraAct, Plan
from cuelang.plan.state import ANYWHERE, CameraState
from cuelang.playback.locate import change
from cuelang.runtime.asrun import STILL_TRUE
from cuelang.runtime.crash import last_moment
from cuelang.runtime.journal import Journal, NoPlan, tonight
from cuelang.runtime.portable import portable
from cuelang.runtime.records import Record, ShowRecord

MAX_RECORDS = 200_000
"""Records of a longer night are not gone through."""


def last_asked(
    records: Iterable[Record], plan: Plan, digest: str, simulated: bool, wall: datetime
) -> dict[str, CameraState]:
    """By camera, of the last night in these records. Nothing is known of another sheet's, another kind's, or one that
    ended 12 h ago: `digest` is that of the plan. `wall` is now."""
    night = tonight(records)
    first = night[0] if night else None
    if not isinstance(first, ShowRecord) or first.simulated is not simulated or len(night) > MAX_RECORDS:
        return {}
    at = last_moment(night)
    if at is None or wall - at >= STILL_TRUE or any(_plan(one) not in (None, digest) for one in night):
        return {}
    journal = Journal(plan, first, plan_of=lambda record: plan if not record.swaps else None)
    try:
        for record in night:
            journal.take(record)
    except NoPlan:
        return {}
    journal.settle()
    states = {camera.name: journal.playback.asked(camera.name) for camera in plan.cameras}
    return {name: state for name, state in states.items() if state != ANYWHERE}


def _plan(record: Record) -> str | None:
    return record.plan if isinstance(record, ShowRecord) else None


def as_asked(states: Mapping[str, CameraState], cameras: Sequence[Camera]) -> dict[str, Any]:
    """As the first record of a log has it: for each camera the commands that put it back."""
    of = {camera.name: camera for camera in cameras}
    found = {name: list(_commands(of[name], state)) for name, state in states.items() if name in of}
    return {name: commands for name, commands in found.items() if commands}


def _commands(camera: Camera, state: CameraState) -> Iterator[Any]:
    back = change(camera, state, ANYWHERE, None, exact=True)
    for command in (*back.now, *back.then):
        yield portable(CameraAct(camera.name, command, axes=command.axes))
