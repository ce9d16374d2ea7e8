"""A simulated camera's body: where it looks, what it is set to, and how both change in time.

Pure: `now` is integer nanoseconds and is passed in; the body is asked, never ticks. An axis holds one leg of
motion (from, to, begun, how long) and its position is a function of time, so that a move costs the same
whether it is looked at once or a thousand times. Legs last as long as `models.motion` predicts, on each
axis by itself, with no acceleration, because no source gives a figure for it.

Assumptions, where no source says anything:
- Zoom speed p of 0–7 is (p + 1)/8 of the full speed; plain tele and wide go at speed 3.
- The focus runs over 0x4000 counts (far 0, near 0x4000) in 2 s at full speed; autofocus finds its subject at
  `SUBJECT`. A direct focus may go beyond the near end, for the maximum depends on the model.
- A home and a re-initialisation run at the fastest step.
- A camera comes back from standby at the position in which it was left.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from cuelang.commands import TallyMode
from cuelang.models import Model, motion
from cuelang.simulator.settings import PICTURE, SettingValues, defaults_of
from cuelang.units import NS

PowerState = Literal["on", "booting", "standby"]
Corner = Literal["up_right", "down_left"]

FOCUS_NEAR_END = 0x4000
FOCUS_FULL_NS = 2_000_000_000
SUBJECT = 0x0800
TOP_LENS_SPEED = 7
PLAIN_SPEED = 3
TOP_PRESET_SPEED = 24
SONY_LAMP_NS = 15_000_000_000
"""How long a Sony's tally lamp burns after the last On (list of the BRC-X400, p. 12)."""


FINE = 1 << 16
"""Parts of a raw count: an axis that gets a new target ten times a second loses nothing of its way each time."""


class Axis:
    """One axis on its way from a place to another."""

    __slots__ = ("_begun", "_start", "_takes", "target")

    def __init__(self, position: int) -> None:
        self.target = position
        self._start = position * FINE
        self._begun = self._takes = 0

    def at(self, now: int) -> int:
        """The position in raw counts; short of the target until the very end of the leg."""
        exact = self._exact(now)
        return exact // FINE if exact <= self.target * FINE else -(-exact // FINE)

    def _exact(self, now: int) -> int:
        """The position in parts of a count."""
        elapsed, target = now - self._begun, self.target * FINE
        if elapsed >= self._takes:
            return target
        if elapsed <= 0:
            return self._start
        way = target - self._start
        done = abs(way) * elapsed // self._takes
        return self._start + done if way > 0 else self._start - done

    def go(self, now: int, target: int, takes: int) -> int:
        """Set out for `target`, from where the axis is, and return when it will arrive."""
        self._start = self._exact(now)
        self.target = target
        self._begun = now
        self._takes = takes
        return now + takes

    def halt(self, now: int) -> None:
        self.go(now, self.at(now), 0)

    def moving(self, now: int) -> bool:
        return now < self._begun + self._takes


class StoredPreset(Struct, frozen=True):
    """What a recall brings back. An axis that is None stays as it is; a camera stores them all, but a caller
    that fills a camera's presets from a sheet may know only some."""

    pan: int | None
    tilt: int | None
    zoom: int | None
    focus: int | None = None
    picture: SettingValues | None = None
    """Settings that come back with the preset; None: the position alone."""


class Menu(Struct):
    """The camera's on-screen menu: the row of the cursor and how deep it has gone."""

    row: int = 0
    column: int = 0
    depth: int = 0


class BodySnapshot(Struct, frozen=True):
    """What a camera looks like at an instant. Positions are raw counts; degrees are + right and + up."""

    name: str
    power: PowerState
    pan: int
    tilt: int
    zoom: int
    focus: int
    pan_degrees: float
    tilt_degrees: float
    zoom_percent: float
    moving: frozenset[str]
    """Of `pan_tilt`, `zoom`, `focus`."""
    tally: TallyMode
    preset: int | None
    tracking: bool
    menu_open: bool
    focus_auto: bool
    frozen: bool
    settings: SettingValues = field(default_factory=dict)
    still: tuple[int, int, int] | None = None
    """Pan, tilt and zoom of the frozen picture; None: it is live."""


class Body:
    """One camera. `boot` is how long, in ns, it takes to come up after power on.

    The caller has checked that the camera is on and that numbers are in their ranges; moves stop at the
    ends of the range, and at the limits that were set. Methods that move return the instant of arrival.
    """

    def __init__(self, model: Model, name: str = "camera", *, boot: int = 0) -> None:
        self.model = model
        self.name = name
        self.boot = boot
        self.pan = Axis(0)
        self.tilt = Axis(0)
        self.zoom = Axis(0)
        self.focus = Axis(SUBJECT)
        self.presets: dict[int, StoredPreset] = {}
        self.limits: dict[Corner, tuple[int, int]] = {}
        self.settings: SettingValues = dict(defaults_of(model))
        self.preset_speed = TOP_PRESET_SPEED
        self.speed_of_preset: dict[int, int] = {}
        """Sony keeps a speed for each preset."""
        self.common_speed = False
        """All presets are recalled at one speed, whatever theirs is."""
        self.timed: set[int] = set()
        """Presets that are recalled in a time of their own (ns, below) instead."""
        self.time_of_preset: dict[int, int] = {}
        self.last_preset: int | None = None
        self.tally: TallyMode = "off"
        """What the lamp was last told; `lamp` is what it shows."""
        self._lit_until: int | None = None
        self.tracking = False
        self.menu: Menu | None = None
        self.focus_auto = True
        self.focus_locked = False
        self.still: tuple[int, int, int] | None = None
        """Where it looked when the picture was frozen."""
        self.plugged = True
        """Without its plug it hears and says nothing."""
        self.cuts = 0
        """How often the power has failed: what was under way then is never reported."""
        self._powered = True
        self._up = 0

    # power

    def power(self, now: int) -> PowerState:
        if not self._powered:
            return "standby"
        return "booting" if now < self._up else "on"

    def power_on(self, now: int) -> None:
        if not self._powered:
            self._powered = True
            self._up = now + self.boot

    def power_off(self, now: int) -> None:
        self._powered = False
        self.menu = None
        self._forget()
        for axis in (self.pan, self.tilt, self.zoom, self.focus):
            axis.halt(now)

    def power_cut(self, now: int) -> None:
        """Without power for a moment: it boots. What was stored it keeps."""
        self.cuts += 1
        self.power_off(now)
        self.power_on(now)

    def unplug(self) -> None:
        self.plugged = False

    def plug_in(self, now: int) -> None:
        """It boots at home, with the factory settings. Presets are kept."""
        self.plugged = True
        self.power_cut(now)
        self.settings = dict(defaults_of(self.model))
        self.pan, self.tilt, self.zoom, self.focus = Axis(0), Axis(0), Axis(0), Axis(SUBJECT)
        self.focus_auto, self.focus_locked, self.still, self.last_preset = True, False, None, None

    def _forget(self) -> None:
        self.tracking = False
        self.tally = "off"
        self.preset_speed = TOP_PRESET_SPEED
        self.speed_of_preset.clear()

    # the tally lamp

    def light(self, mode: TallyMode, now: int) -> None:
        self.tally = mode
        self._lit_until = now + SONY_LAMP_NS if self.model.family == "sony" else None

    def lamp(self, now: int) -> TallyMode:
        gone_out = self._lit_until is not None and now >= self._lit_until
        return "off" if gone_out else self.tally

    # pan and tilt

    def pan_bounds(self) -> tuple[int, int]:
        right, left = self.limits.get("up_right"), self.limits.get("down_left")
        if self.model.pan_left_positive:
            right, left = left, right
        low, high = self.model.pan_range
        return left[0] if left else low, right[0] if right else high

    def tilt_bounds(self) -> tuple[int, int]:
        up, down = self.limits.get("up_right"), self.limits.get("down_left")
        low, high = self.model.tilt_range
        return down[1] if down else low, up[1] if up else high

    def move_to(self, now: int, pan: int, tilt: int, pan_speed: int, tilt_speed: int) -> int:
        pan, tilt = _within(pan, self.pan_bounds()), _within(tilt, self.tilt_bounds())
        takes = motion.turn(self.model, pan - self.pan.at(now), tilt - self.tilt.at(now), pan_speed, tilt_speed)
        return max(self.pan.go(now, pan, takes[0]), self.tilt.go(now, tilt, takes[1]))

    def move_by(self, now: int, pan: int, tilt: int, pan_speed: int, tilt_speed: int) -> int:
        return self.move_to(now, self.pan.at(now) + pan, self.tilt.at(now) + tilt, pan_speed, tilt_speed)

    def home(self, now: int) -> int:
        return self.move_to(now, 0, 0, len(self.model.pan_speeds), len(self.model.tilt_speeds))

    def drive(self, now: int, right: int, up: int, pan_speed: int, tilt_speed: int) -> None:
        """Turn on until stopped. `right` and `up` are the signs of the direction; an axis with 0 stops."""
        if self.model.pan_left_positive:
            right = -right
        self._drive(now, "pan", right, self.pan_bounds(), pan_speed)
        self._drive(now, "tilt", up, self.tilt_bounds(), tilt_speed)

    def stop_pan_tilt(self, now: int) -> None:
        self.pan.halt(now)
        self.tilt.halt(now)

    def set_limit(self, corner: Corner, pan: int, tilt: int) -> None:
        self.limits[corner] = (pan, tilt)

    def clear_limit(self, corner: Corner) -> None:
        self.limits.pop(corner, None)

    def _turn(self, now: int, name: Literal["pan", "tilt"], target: int, speed: int) -> int:
        axis = self.pan if name == "pan" else self.tilt
        delta = target - axis.at(now)
        return axis.go(now, target, motion.axis_travel(self.model, name, delta, speed) if delta else 0)

    def _drive(self, now: int, name: Literal["pan", "tilt"], sign: int, bounds: tuple[int, int], speed: int) -> None:
        axis = self.pan if name == "pan" else self.tilt
        here = axis.at(now)
        end = bounds[1] if sign > 0 else bounds[0]
        if sign and (end - here) * sign > 0:
            self._turn(now, name, end, speed)
        else:
            axis.halt(now)

    # zoom

    def zoom_to(self, now: int, position: int) -> int:
        delta = position - self.zoom.at(now)
        return self.zoom.go(now, position, motion.zoom_travel(self.model, delta))

    def zoom_drive(self, now: int, tele: bool, speed: int = PLAIN_SPEED) -> None:
        end = self.model.zoom_max if tele else 0
        way = end - self.zoom.at(now)
        if self.model.zoom_speeds:
            rate = self.model.zoom_speeds[speed]
            self.zoom.go(now, end, abs(way) * NS * rate.denominator // rate.numerator)
        else:
            full = motion.zoom_travel(self.model, way)
            self.zoom.go(now, end, full * (TOP_LENS_SPEED + 1) // (speed + 1))

    def stop_zoom(self, now: int) -> None:
        self.zoom.halt(now)

    # focus

    def focus_to(self, now: int, position: int) -> int:
        return self._focus(now, position)

    def focus_drive(self, now: int, near: bool, speed: int = PLAIN_SPEED) -> None:
        end = max(FOCUS_NEAR_END, self.focus.at(now)) if near else 0
        self._focus(now, end, speed)

    def stop_focus(self, now: int) -> None:
        self.focus.halt(now)

    def set_autofocus(self, now: int, on: bool) -> None:
        self.focus_auto = on
        if on:
            self.snap_focus(now)
        else:
            self.focus.halt(now)

    def snap_focus(self, now: int) -> None:
        """Focus once on the subject; the mode stays."""
        if not self.focus_locked:
            self._focus(now, SUBJECT)

    def _focus(self, now: int, position: int, speed: int = TOP_LENS_SPEED) -> int:
        full = abs(position - self.focus.at(now)) * FOCUS_FULL_NS // FOCUS_NEAR_END
        return self.focus.go(now, position, full * (TOP_LENS_SPEED + 1) // (speed + 1))

    # presets

    def store(self, now: int, number: int) -> None:
        """Store the present state: place, focus and picture; a preset without a picture stays so."""
        before = self.presets.get(number)
        bare = before is not None and before.picture is None
        picture = None if bare else {name: self.settings[name] for name in PICTURE}
        self.presets[number] = StoredPreset(
            self.pan.at(now), self.tilt.at(now), self.zoom.at(now), self.focus.at(now), picture
        )
        self.last_preset = number

    def recall(self, now: int, number: int) -> int:
        """Go to a preset at the preset speed; one that was never stored moves nothing, and has arrived."""
        preset = self.presets.get(number)
        self.last_preset = number
        if preset is None:
            return now
        if preset.picture is not None:
            self.settings.update(preset.picture)
        if preset.focus is not None and not self.focus_locked:
            self._focus(now, preset.focus)
        speed = self.preset_speed if self.common_speed else self.speed_of_preset.get(number, self.preset_speed)
        here = self.pan.at(now), self.tilt.at(now), self.zoom.at(now)
        pan, tilt, zoom = (
            at if to is None else to for at, to in zip(here, (preset.pan, preset.tilt, preset.zoom), strict=True)
        )
        if number in self.timed and number in self.time_of_preset:
            takes = self.time_of_preset[number]
            pan, tilt = _within(pan, self.pan_bounds()), _within(tilt, self.tilt_bounds())
            return max(axis.go(now, to, takes) for axis, to in ((self.pan, pan), (self.tilt, tilt), (self.zoom, zoom)))
        return max(self.move_to(now, pan, tilt, speed, speed), self.zoom_to(now, zoom))

    def reset(self) -> None:
        """As it came from the factory: settings, presets and limits. It stays where it is."""
        self.settings = dict(defaults_of(self.model))
        for kept in (self.presets, self.limits, self.speed_of_preset, self.time_of_preset, self.timed):
            kept.clear()
        self.preset_speed = TOP_PRESET_SPEED

    def clear_preset(self, number: int) -> None:
        self.presets.pop(number, None)
        self.last_preset = number

    # what it shows

    def moving(self, now: int) -> frozenset[str]:
        axes = {"zoom": self.zoom, "focus": self.focus}
        names = {name for name, axis in axes.items() if axis.moving(now)}
        if self.pan.moving(now) or self.tilt.moving(now):
            names.add("pan_tilt")
        return frozenset(names)

    def snapshot(self, now: int) -> BodySnapshot:
        pan, tilt, zoom = self.pan.at(now), self.tilt.at(now), self.zoom.at(now)
        return BodySnapshot(
            name=self.name,
            power=self.power(now),
            pan=pan,
            tilt=tilt,
            zoom=zoom,
            focus=self.focus.at(now),
            pan_degrees=float(self.model.pan_degrees(pan)),
            tilt_degrees=float(self.model.tilt_degrees(tilt)),
            zoom_percent=float(self.model.zoom_as_percent(zoom)),
            moving=self.moving(now),
            tally=self.lamp(now),
            preset=self.last_preset,
            tracking=self.tracking,
            menu_open=self.menu is not None,
            focus_auto=self.focus_auto,
            frozen=self.settings["freeze"] == 2,
            settings=dict(self.settings),
            still=self.still if self.settings["freeze"] == 2 else None,
        )


def _within(value: int, bounds: tuple[int, int]) -> int:
    return min(max(value, bounds[0]), bounds[1])
