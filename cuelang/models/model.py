"""What is known of one camera model, and the way between degrees, percent, magnification and raw counts.

Every conversion is exact (Fractions in, integers out) and rounds to the nearest count, halves away from zero.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from typing import Literal

from msgspec import Struct

Family = Literal["ptzoptics", "sony", "panasonic", "canon"]
Speeds = Literal["two", "one", "sync"]
"""What a move to a position takes: a speed for each axis, one for both, or one for each and a way to say that both
axes arrive together."""
Number = int | Fraction


def nearest(value: Number) -> int:
    """The nearest integer; a half goes away from zero: 0.5 -> 1, -0.5 -> -1."""
    if isinstance(value, int):
        return value
    return nearest_ratio(value.numerator, value.denominator)


def nearest_ratio(numerator: int, denominator: int) -> int:
    """`nearest` of a quotient, without making a Fraction of it. `denominator` is positive."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


class Model(Struct, frozen=True, eq=False):
    """One camera model. Two models are the same only if they are the same object; `models.find` hands them out.

    Ranges are raw counts, both ends included. Speeds are degrees a second, index 0 is step 1.
    `zoom_curve[i]` is the raw zoom position of the magnification i + 1; empty where none was published.
    """

    id: str
    title: str
    family: Family
    units_per_degree: Fraction
    pan_range: tuple[int, int]
    tilt_range: tuple[int, int]
    pan_speeds: tuple[Fraction, ...]
    tilt_speeds: tuple[Fraction, ...]
    zoom_curve: tuple[int, ...]
    presets: tuple[range, ...]
    ramp_rate: int
    ramp_rate_max: int
    zoom_max: int = 0x4000
    zoom_full: int = 4_000_000_000
    """Nanoseconds from one end of the zoom to the other at full speed."""
    zoom_speeds: tuple[Fraction, ...] = ()
    """Counts a second at the zoom speeds 0 … 7; empty where they have not been measured."""
    pan_left_positive: bool = False
    list: str = ""
    """The maker's command list that the camera takes (`protocols.visca.lists`); empty: PTZOptics'. Panasonic's and
    Canon's are in their own words (`protocols.panasonic`, `protocols.canon`)."""
    speeds: Speeds = "two"
    preset_base: int = 0
    """What the camera's menu calls the preset that the wire calls 0."""
    pan_nibbles: int = 4
    tilt_nibbles: int = 4
    estimate: bool = False
    """The figures are those of another camera: the plan says so."""
    source: str = ""
    base: str = ""
    """The id of the model whose figures serve where this one was not measured; empty for one of the table."""

    def pan(self, degrees: Number) -> int:
        """Raw pan of an angle to the right of the centre. The ends of a range are published in whole degrees, which
        may be one count more than the camera has: that is its end."""
        return _to_the_end(nearest(degrees * self._pan_units), self.pan_range)

    def tilt(self, degrees: Number) -> int:
        """Raw tilt of an angle above the horizon."""
        return _to_the_end(nearest(degrees * self.units_per_degree), self.tilt_range)

    def pan_degrees(self, raw: int) -> Fraction:
        """Degrees to the right of the centre."""
        return raw / self._pan_units

    def tilt_degrees(self, raw: int) -> Fraction:
        return raw / self.units_per_degree

    @property
    def _pan_units(self) -> Fraction:
        return -self.units_per_degree if self.pan_left_positive else self.units_per_degree

    def zoom_percent(self, percent: Number) -> int:
        """Raw zoom of 0 (wide) to 100 (optical tele end), linear in position."""
        return nearest(Fraction(percent) * self.zoom_max / 100)

    def zoom_as_percent(self, raw: int) -> Fraction:
        return Fraction(raw * 100, self.zoom_max)

    @property
    def ratio_max(self) -> int | None:
        """The greatest optical magnification; None if the model has no published zoom table."""
        return len(self.zoom_curve) or None

    def zoom_ratio(self, ratio: Number) -> int:
        """Raw zoom of a magnification, straight between two published points.

        Raises ValueError outside 1 … `ratio_max`, or if there is no table.
        """
        if not 1 <= ratio <= len(self.zoom_curve):
            raise ValueError(f"{self.title} has no {float(ratio):g}x in its zoom table")
        step = int(ratio)
        low = self.zoom_curve[step - 1]
        if step == ratio:
            return low
        return nearest(low + (self.zoom_curve[step] - low) * (Fraction(ratio) - step))

    def zoom_as_ratio(self, raw: int) -> Fraction | None:
        """The magnification at a raw position; None without a table. Clipped to the optical range."""
        if not self.zoom_curve:
            return None
        step = bisect_right(self.zoom_curve, raw)
        if step == 0:
            return Fraction(1)
        if step == len(self.zoom_curve):
            return Fraction(step)
        low, high = self.zoom_curve[step - 1], self.zoom_curve[step]
        return step + Fraction(raw - low, high - low)

    def preset_ok(self, number: int) -> bool:
        """Whether the camera stores a preset under this number."""
        return any(number in numbers for numbers in self.presets)

    @property
    def presets_text(self) -> str:
        """The allowed preset numbers for a message: `0–89 and 100–254`."""
        return " and ".join(f"{numbers.start}–{numbers.stop - 1}" for numbers in self.presets)


def _to_the_end(raw: int, ends: tuple[int, int]) -> int:
    low, high = ends
    return raw - (raw == high + 1) + (raw == low - 1)
