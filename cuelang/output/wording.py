"""Commands in the words of a cue sheet, for tables and screens."""

from __future__ import annotations

from fractions import Fraction

from cuelang import commands as c
from cuelang.commands.switching import Cut, Dissolve, Native, Order, Preview, SetOutput, Take
from cuelang.models import Model
from cuelang.plan import Camera
from cuelang.protocols.visca.capability import written
from cuelang.units import MS, NS, clock_parts


def seconds(ns: int) -> str:
    """`2.5s`, `90s`: at most three places."""
    return f"{round(ns / NS, 3):g}s"


def clock(ns: int) -> str:
    """An offset for a table: `0:02.500`, `1:02:03.000`."""
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    whole, thousandths = divmod((ns + MS // 2) // MS, 1000)
    hours, minutes, rest = clock_parts(whole)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{sign}{head}:{rest:02d}.{thousandths:03d}"


def pose(place: c.Pose, model: Model) -> str:
    """`pan -30° tilt 5° zoom 60%`, the axes that are known."""
    parts = []
    if place.pan is not None:
        parts.append(f"pan {_short(model.pan_degrees(place.pan))}°")
    if place.tilt is not None:
        parts.append(f"tilt {_short(model.tilt_degrees(place.tilt))}°")
    if place.zoom is not None:
        parts.append(f"zoom {_short(model.zoom_as_percent(place.zoom))}%")
    return " ".join(parts)


def statement(asked: c.Command, camera: Camera) -> str:
    """One command to this camera, its presets by the names that the sheet gives them: `move to throne`."""
    text = command(asked, camera.figures)
    name = camera.preset_of(asked)
    if name and isinstance(asked, c.MoveTo):
        return text.replace(pose(asked.pose, camera.figures), name)
    if not name or not isinstance(asked, c.Recall | c.Store | c.Clear):
        return text
    number = f"preset {asked.preset}"
    return text.replace(number, name if isinstance(asked, c.Recall) else f"preset {name}")


def command(asked: c.Command, model: Model) -> str:  # noqa: C901 - a case for each command
    """One command as a person would say it, without the camera's name."""
    match asked:
        case c.MoveTo(pose=place, over=over, ease=ease):
            shape = f" ease {ease}" if ease != "linear" else ""
            return f"move to {pose(place, model)}" + (f" over {seconds(over)}{shape}" if over else "")
        case c.MoveBy(pan=pan, tilt=tilt):
            return f"move by {pose(c.Pose(pan, tilt), model)}"
        case c.Home():
            return "move home"
        case c.Recall(preset=preset, over=int(over)):
            return f"move to preset {preset} over {seconds(over)}"
        case c.Recall(preset=preset, speed=speed):
            return f"move to preset {preset}" + (f" speed {speed}" if speed is not None else "")
        case c.Replay(over=over, name=name):
            return f"replay “{name}” ({seconds(over)})"
        case c.Drive(direction=direction, pan_speed=pan_speed, duration=duration):
            return f"drive {direction} speed {pan_speed}" + (f" for {seconds(duration)}" if duration else "")
        case c.ZoomTo(position=position):
            return f"zoom to {_short(model.zoom_as_percent(position))}%"
        case c.ZoomDrive(direction=direction, speed=speed, duration=duration):
            return f"zoom {direction} speed {speed}" + (f" for {seconds(duration)}" if duration else "")
        case c.Ramp(axis=axis, start=start, target=target, over=over, ease=ease):
            where = [
                f"{_short(model.zoom_as_percent(raw))}%" if axis == "zoom" else str(raw) for raw in (start or 0, target)
            ]
            shape = f" ease {ease}" if ease != "linear" else ""
            begin = f" from {where[0]}" if start is not None else ""
            return f"{axis}{begin} to {where[1]} over {seconds(over)}{shape}"
        case c.Focus(mode=mode):
            return f"focus {mode}"
        case c.FocusTo(position=position):
            return f"focus to {position}"
        case c.FocusDrive(direction=direction, duration=duration):
            return f"focus {direction}" + (f" for {seconds(duration)}" if duration else "")
        case c.Stop():
            return "stop"
        case c.SetProperty():
            return f"set {written(asked, model)}"
        case c.Store(preset=preset) | c.Clear(preset=preset):
            return f"{asked.action} preset {preset}"
        case c.Raw(frame=frame):
            return f'raw "{frame.hex(" ").upper()}"'
        case c.Tally(mode=mode):
            return f"tally {mode}"
        case c.Power(on=on):
            return f"power {'on' if on else 'off'}"
        case c.Track(on=on):
            return f"track {'on' if on else 'off'}"
        case c.Booth(kind=kind, every=every, length=length):
            return f"booth {kind} every {seconds(every)}" + (f" length {seconds(length)}" if kind == "videos" else "")
        case c.Snapshot():
            return "snapshot"
        case c.Recover():
            return "recover"


def _short(value: Fraction) -> str:
    return f"{round(float(value), 1):g}"


def order(asked: Order, source: str | None) -> str:
    """An order to a switcher in the words of a sheet. `source` is what the sheet calls the source."""
    match asked:
        case Cut():
            return f"cut to {source}"
        case Dissolve(over=over, transition=transition):
            return f"dissolve to {source} over {seconds(over)}" + (f" with “{transition}”" if transition else "")
        case Preview():
            return f"preview {source}"
        case Take(over=over):
            return "take" + (f" {source}" if source else "") + (f" over {seconds(over)}" if over else "")
        case SetOutput(output=output, on=on):
            return f"{output} {'start' if on else 'stop'}"
        case Native(text=text):
            return f"send “{text}”"
