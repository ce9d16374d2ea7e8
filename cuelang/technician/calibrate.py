"""How fast one camera really is: timed drives with the position asked for all along, and a line through the answers.

Each speed step is driven for a second or two, away from the nearer end of the range. The first moments, in which the
head gathers speed, are left out, and so is whatever is at the end of the range. An answer counts for the middle of
the time between question and answer. What could not be measured keeps the figure of the model that the camera has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct, field

from cuelang.commands import Command, Direction, Drive, MoveTo, Pose, ZoomDrive, ZoomTo
from cuelang.models import Model, write_model
from cuelang.models.measured import ZOOM_STEPS
from cuelang.models.motion import HeadAxis
from cuelang.technician.session import CameraError, Session
from cuelang.technician.table import sentence, table
from cuelang.units import MS, NS

GATHERING_NS = 300 * MS
"""From the first movement until the speed is taken for constant; no maker publishes an acceleration."""
SAMPLING_NS = 1200 * MS
"""What is measured of each step after that."""
MAX_MEASURING_NS = 6 * NS
"""A slow step is watched for longer, until it has moved FEWEST counts."""
MIN_TRAVEL_COUNTS = 40
BETWEEN_NS = 40 * MS
"""Between an answer and the next question."""
MARGIN = 0.04
"""Of the range, at both ends: nothing is measured there."""
POSITIONING = 18
QUICK = 4
"""With `quick` every fourth step is measured, and the others keep the shape of the model's table."""

Sample = tuple[int, int]
"""Loop nanoseconds and counts."""


class Calibration(Struct):
    """Degrees a second by step (from 1) for pan and tilt, counts a second by speed (from 0) for zoom; `full` is the
    seconds that a zoom from end to end takes. `missing` says what could not be measured."""

    pan: list[float] = field(default_factory=list)
    tilt: list[float] = field(default_factory=list)
    zoom: list[float] = field(default_factory=list)
    full: float | None = None
    missing: list[str] = field(default_factory=list)


def slope(samples: Sequence[Sample]) -> float | None:
    """Counts a second of the line that fits the samples best, without the first moments; None: at rest."""
    moving = next((index for index in range(1, len(samples)) if samples[index][1] != samples[0][1]), None)
    if moving is None:
        return None
    start = samples[moving][0] + GATHERING_NS
    kept = [sample for sample in samples if sample[0] >= start]
    if len(kept) < 4:
        kept = list(samples[moving:])
    if len(kept) < 2:
        return None
    middle = sum(when for when, _ in kept) / len(kept)
    height = sum(count for _, count in kept) / len(kept)
    spread = sum((when - middle) ** 2 for when, _ in kept)
    return sum((when - middle) * (count - height) for when, count in kept) / spread * NS if spread else None


def filled(measured: Mapping[int, float], first: int, last: int, table: Sequence[float]) -> list[float]:
    """A figure for every step from `first` to `last`: as measured, or in the shape of the table. A camera's steps
    are not on a line, so it is the ratio of measured to table that changes evenly between two steps that were measured;
    beyond them the table is unchanged."""
    found: list[float] = []
    for step in range(first, last + 1):
        known = Fraction(table[step - first])
        below = max((one for one in measured if one <= step), default=None)
        above = min((one for one in measured if one >= step), default=None)
        if below is None or above is None:
            found.append(float(known))
        elif below == above:
            found.append(measured[below])
        else:
            share = Fraction(step - below, above - below)
            before, after = (Fraction(measured[one]) / Fraction(table[one - first]) for one in (below, above))
            found.append(float(known * (before + (after - before) * share)))
    return found


async def calibrate(session: Session, *, quick: bool, say: Callable[[str], None]) -> Calibration:
    """Measure everything and bring the camera back. Raises CameraError if it cannot be measured at all."""
    if not session.can_ask:
        raise CameraError(f"{session.camera.url} cannot be measured: its protocol does not report positions.")
    reached = await session.reach(3)
    if not reached.answers:
        raise CameraError(sentence(f"{session.camera.url} does not answer{f': {reached.why}' if reached.why else ''}"))
    start = await session.pose()
    if start.pan is None or start.tilt is None or start.zoom is None:
        raise CameraError(f"{session.camera.url} cannot be measured: it does not report its position.")
    found, model = Calibration(), session.model
    both: tuple[tuple[HeadAxis, Sequence[Fraction]], ...] = (("pan", model.pan_speeds), ("tilt", model.tilt_speeds))
    for axis, speeds in both:
        measured: dict[int, float] = {}
        for step in _steps(1, len(speeds), quick):
            speed = await _measured(session, _turn(model, axis, step, start))
            if speed is None:
                found.missing.append(f"{axis} step {step}")
                continue
            measured[step] = speed / float(model.units_per_degree)
            say(f"{axis} step {step}: {measured[step]:.2f}° a second")
        if measured:
            setattr(found, axis, filled(measured, 1, len(speeds), [float(speed) for speed in speeds]))
    await _zoom(session, found, quick, say)
    await session.do(MoveTo(start, POSITIONING, POSITIONING))
    return found


def _steps(first: int, last: int, quick: bool) -> list[int]:
    if not quick:
        return list(range(first, last + 1))
    return sorted({first, *range(QUICK, last, QUICK), last})


async def _zoom(session: Session, found: Calibration, quick: bool, say: Callable[[str], None]) -> None:
    measured: dict[int, float] = {}
    for speed in _steps(0, ZOOM_STEPS - 1, quick):
        counts = await _measured(session, _lens(session.model, speed))
        if counts is None:
            found.missing.append(f"zoom speed {speed}")
            continue
        measured[speed] = counts
        say(f"zoom speed {speed}: {counts / session.model.zoom_max * 100:.1f} % a second")
    if len(measured) == len(_steps(0, ZOOM_STEPS - 1, quick)):
        table = [_lens(session.model, speed).expected for speed in range(ZOOM_STEPS)]
        found.zoom = filled(measured, 0, ZOOM_STEPS - 1, table)
    counts = await _full_zoom(session)
    if counts is None:
        found.missing.append("zoom from end to end")
    else:
        found.full = session.model.zoom_max / counts
        say(f"zoom from end to end: {found.full:.2f} s")


class _Way(Struct, frozen=True):
    """One axis as it is measured: how it is asked for, its range, what drives it towards more counts or fewer, what
    places it, and the counts a second that are expected."""

    row: str
    field: str
    bounds: tuple[int, int]
    drive: Callable[[bool], Command]
    place: Callable[[int], Command]
    expected: float


def _turn(model: Model, axis: HeadAxis, step: int, pose: Pose) -> _Way:
    more: tuple[Direction, Direction] = ("down", "up")
    if axis == "pan":
        more = ("right", "left") if model.pan_left_positive else ("left", "right")
    speeds = model.pan_speeds if axis == "pan" else model.tilt_speeds

    def place(where: int) -> Command:
        goal = Pose(where, pose.tilt) if axis == "pan" else Pose(pose.pan, where)
        return MoveTo(goal, POSITIONING, POSITIONING)

    return _Way(
        "inq.pan_tilt",
        axis,
        model.pan_range if axis == "pan" else model.tilt_range,
        lambda up: Drive(more[up], step if axis == "pan" else 1, step if axis == "tilt" else 1),
        place,
        float(speeds[step - 1] * model.units_per_degree),
    )


def _lens(model: Model, speed: int) -> _Way:
    full = model.zoom_max * NS / model.zoom_full
    return _Way(
        "inq.zoom",
        "zoom",
        (0, model.zoom_max),
        lambda up: ZoomDrive("in" if up else "out", speed),
        ZoomTo,
        float(model.zoom_speeds[speed]) if model.zoom_speeds else full * (speed + 1) / ZOOM_STEPS,
    )


async def _measured(session: Session, way: _Way) -> float | None:
    """Counts a second without a sign; None if it did not move, or the camera would not."""
    low, high = way.bounds
    margin = round((high - low) * MARGIN)
    answer = await session.ask(way.row)
    if answer.fields is None:
        return None
    here = answer.fields[way.field]
    up = high - here >= here - low
    room = max(high - here, here - low)
    if room < min(way.expected * 2.2, (high - low) * 0.9):
        await session.do(way.place(low + margin if up else high - margin))
    job = await session.do(way.drive(up))
    if job.outcome not in ("completed", "sent"):
        return None
    try:
        samples = await _watch(session, way, low + margin, high - margin, up)
    finally:
        await session.stop()
    speed = slope(samples)
    return None if speed is None else abs(speed) or None


async def _full_zoom(session: Session) -> float | None:
    """Counts a second on the way to a position."""
    way = _lens(session.model, ZOOM_STEPS - 1)
    low, high = way.bounds
    margin = round((high - low) * MARGIN)
    await session.do(ZoomTo(low))
    going = asyncio.ensure_future(session.say("zoom.direct", zoom=high))
    try:
        samples = await _watch(session, way, low + margin, high - margin, True)
    finally:
        going.cancel()
        await session.stop()
    return slope(samples)


async def _watch(session: Session, way: _Way, low: int, high: int, up: bool) -> list[Sample]:
    samples: list[Sample] = []
    begun = session.clock.now()
    while session.clock.now() < begun + MAX_MEASURING_NS:
        answer = await session.ask(way.row)
        if answer.fields is None:
            break
        here = answer.fields[way.field]
        if samples and (here >= high if up else here <= low):
            break
        samples.append(((answer.asked + answer.heard) // 2, here))
        if samples[-1][0] - begun >= GATHERING_NS + SAMPLING_NS and abs(here - samples[0][1]) >= MIN_TRAVEL_COUNTS:
            break
        await session.sleep(BETWEEN_NS)
    return samples


# --- the file ----------------------------------------------------------------------------------------------------


def as_file(found: Calibration, base: Model, url: str, when: str, before: str = "") -> str:
    """The text of the model file. `base` is the model of the table that it is to be based on, `before` the text of the
    model file that it replaces."""
    figures = f"the {base.title} has it" if base.id else "PTZOptics publishes it"
    heading = [f"Measured at {url} on {when}.", f"What was not measured is as {figures}."]
    heading += [f"Not measured: {', '.join(found.missing)}."] if found.missing else []
    return write_model(
        base,
        f"{base.title}, measured" if base.id else f"measured at {url}",
        heading,
        pan=found.pan,
        tilt=found.tilt,
        zoom=found.zoom,
        full=found.full,
        before=before,
    )


def as_text(found: Calibration, model: Model) -> str:
    """What was measured beside what the model has."""
    rows = []
    for axis, speeds, known in (("pan", found.pan, model.pan_speeds), ("tilt", found.tilt, model.tilt_speeds)):
        for step, (speed, was) in enumerate(zip(speeds, known, strict=False), 1):
            rows.append((f"{axis} step {step}", f"{speed:.2f}°/s", f"{float(was):.2f}°/s"))
    rows += [
        (f"zoom speed {speed}", f"{counts / model.zoom_max * 100:.2f} %/s", "")
        for speed, counts in enumerate(found.zoom)
    ]
    if found.full is not None:
        rows.append(("zoom, end to end", f"{found.full:.2f} s", f"{model.zoom_full / NS:.2f} s"))
    return "\n".join(table(("", "measured", "the model has"), rows))
