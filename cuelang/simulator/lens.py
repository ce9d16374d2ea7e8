"""Through the lens: where a point of the theatre falls in the picture.

A pinhole camera that pans and tilts in one point. With f the focal length in pixels, a point at (x, y, z) in the
camera's own axes (right, up, ahead) falls at (width / 2 + f·x / z, height / 2 - f·y / z). The magnification of a zoom
lens is the ratio of its focal lengths, so a picture 60.7 degrees wide is, at 20 times, 2·atan(tan(30.35°) / 20) wide:
3.36 degrees, which is the figure that PTZOptics publishes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cuelang.models import Model
from cuelang.simulator.theatre import Colour, Face, SpacePoint

WIDE_12X, WIDE = 72.5, 60.7
"""Degrees across at the wide end: PTZOptics' 12x lens; its 20x and 30x lenses, and every lens without a figure."""
NEAR = 0.05
"""Metres ahead of the lens at which a face is cut off."""

Flat = list[tuple[float, float]]


def wide_angle(model: Model) -> float:
    """Degrees from the left edge of the picture to the right at the wide end."""
    return WIDE_12X if model.ratio_max == 12 else WIDE


def magnification(model: Model, zoom: int) -> float:
    """How many times a raw zoom position enlarges. A model without a table is given 20 times at its tele end, even
    steps of zoom making even steps of the ratio's logarithm."""
    ratio = model.zoom_as_ratio(zoom)
    return float(ratio) if ratio is not None else 20.0 ** min(1.0, max(0.0, zoom / model.zoom_max))


def field_of_view(model: Model, zoom: int) -> float:
    """Degrees across at a raw zoom position."""
    return 2 * math.degrees(math.atan(math.tan(math.radians(wide_angle(model) / 2)) / magnification(model, zoom)))


class LensView(NamedTuple):
    """Angles in degrees, + right and + up; `across` is the field of view. Sizes in pixels."""

    pan: float
    tilt: float
    across: float
    width: int
    height: int

    @property
    def focal(self) -> float:
        return self.width / 2 / math.tan(math.radians(self.across / 2))

    @property
    def axes(self) -> tuple[SpacePoint, SpacePoint, SpacePoint]:
        """The camera's right, up and ahead, in the theatre's axes."""
        pan, tilt = math.radians(self.pan), math.radians(self.tilt)
        sp, cp, st, ct = math.sin(pan), math.cos(pan), math.sin(tilt), math.cos(tilt)
        return (cp, 0.0, -sp), (-sp * st, ct, -cp * st), (sp * ct, st, cp * ct)


class Bounded(NamedTuple):
    """A face with the cone that holds it: the direction of its middle, and the angle from there to its farthest
    corner. `whole` False: it is too near or too wide for a cone to tell anything."""

    face: Face
    middle: SpacePoint
    angle: float
    whole: bool


def bound(face: Face) -> Bounded:
    rays = [_unit(point) for point in face.points]
    middle = (sum(r[0] for r in rays), sum(r[1] for r in rays), sum(r[2] for r in rays))
    if math.hypot(*middle) < 0.3 * len(rays):
        return Bounded(face, (0.0, 0.0, 1.0), math.pi, False)
    middle = _unit(middle)
    angle = max(math.acos(max(-1.0, min(1.0, _dot(middle, ray)))) for ray in rays)
    return Bounded(face, middle, angle, angle < 1.0)


def seen(faces: Iterable[Bounded], view: LensView) -> Iterator[tuple[Flat, Colour]]:
    """What is in the view, in the order given: polygons in pixels and their colours.

    What is smaller than a pixel or so is left out, and what is small is drawn with fewer corners.
    """
    right, up, ahead = view.axes
    focal, half_wide, half_high = view.focal, view.width / 2, view.height / 2
    reach = math.atan(math.hypot(half_wide, half_high) / focal)
    ax, ay, az = ahead
    rx, ry, rz = right
    ux, uy, uz = up
    smallest, small = 0.8 / focal, 9 / focal
    for face, (mx, my, mz), angle, whole in faces:
        if whole:
            if angle < smallest:
                continue
            limit = reach + angle
            if limit < math.pi and mx * ax + my * ay + mz * az < math.cos(limit):
                continue
        points = face.points
        if angle < small and len(points) > 9:
            points = points[::2]
        placed: Flat = []
        for x, y, z in points:
            depth = x * ax + y * ay + z * az
            if depth < NEAR:
                placed = _cut(points, right, up, ahead, focal, half_wide, half_high)
                break
            scale = focal / depth
            placed.append(
                (half_wide + (x * rx + y * ry + z * rz) * scale, half_high - (x * ux + y * uy + z * uz) * scale)
            )
        if len(placed) > 2:
            yield placed, face.colour


def _cut(
    points: tuple[SpacePoint, ...],
    right: SpacePoint,
    up: SpacePoint,
    ahead: SpacePoint,
    focal: float,
    half_wide: float,
    half_high: float,
) -> Flat:
    """A face that reaches behind the camera: only the part ahead of it."""
    turned = [(_dot(point, right), _dot(point, up), _dot(point, ahead)) for point in points]
    kept: list[SpacePoint] = []
    for here, after in zip(turned, turned[1:] + turned[:1], strict=True):
        if here[2] >= NEAR:
            kept.append(here)
        if (here[2] >= NEAR) != (after[2] >= NEAR):
            part = (NEAR - here[2]) / (after[2] - here[2])
            kept.append((here[0] + (after[0] - here[0]) * part, here[1] + (after[1] - here[1]) * part, NEAR))
    return [(half_wide + x * focal / z, half_high - y * focal / z) for x, y, z in kept]


def directions(view: LensView, pixels: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Azimuth and elevation in radians of each pixel; azimuth 0 is the stage, + right."""
    focal = view.focal
    (rx, ry, rz), (ux, uy, uz), (ax, ay, az) = view.axes
    found = []
    for x, y in pixels:
        sideways, upwards = (x - view.width / 2) / focal, (view.height / 2 - y) / focal
        px, py, pz = (
            sideways * rx + upwards * ux + ax,
            sideways * ry + upwards * uy + ay,
            sideways * rz + upwards * uz + az,
        )
        found.append((math.atan2(px, pz), math.atan2(py, math.hypot(px, pz))))
    return found


def _dot(a: SpacePoint, b: SpacePoint) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _unit(point: SpacePoint) -> SpacePoint:
    long = math.hypot(*point) or 1.0
    return point[0] / long, point[1] / long, point[2] / long
