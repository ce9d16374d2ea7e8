"""A hand on a camera: what it wants, what has become of it, and what show mode leaves to it. Pure."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from cuelang import commands as c
from cuelang.plan import CameraAct, CameraAction, Go, Moment, Plan, Program, Step
from cuelang.playback.effects import Request
from cuelang.playback.orders import cuts_only
from cuelang.playback.rules import RULES, UNLOCKED
from cuelang.source import NOWHERE

DRIVEN = (c.Drive, c.ZoomDrive, c.FocusDrive, c.Stop, c.Home, c.Recall, c.Focus, c.FocusTo)
"""What a hand does to frame a shot."""


DrivenState = Literal["rest", "driving", "lost"]


class Deflection(Struct, frozen=True):
    """How far a hand deflects the axes of a camera, -1 to 1; right, up, in and far are positive, 0 is rest.

    `speed` 0 to 1: the share of the camera's fastest that a full deflection is; None: its `drive_speed` and
    `zoom_speed`. `live`: meant to be seen, LIVE is held down. `take`: from the person who drives it now."""

    camera: str
    pan: float = 0
    tilt: float = 0
    zoom: float = 0
    focus: float = 0
    speed: float | None = None
    live: bool = False
    take: bool = False


class Driven(Struct, frozen=True):
    """What has become of a deflection. `lost`: something else has the axes, or the interlock refuses; the hand
    has to be at rest before it can drive again. `reason`: why, also if only one of several axes is lost."""

    state: DrivenState
    reason: str = ""


FramingKind = Literal["update", "new preset", "undo", "store again", "trace start", "trace stop"]
KINDS: tuple[FramingKind, ...] = get_args(FramingKind)
LOCKED_KINDS = frozenset(KINDS) - {"trace stop"}
"""What show mode locks: all but the end of a recording."""
LOCKED = LOCKED_KINDS | {verb for verb, rule in RULES.items() if rule.locked and verb != "statement"}
"""All that show mode locks, whatever it is asked with; of a statement it depends on what it does."""


class Framed(Struct, frozen=True):
    """A change of a preset that is asked for, or a trace (`preset` is its name then, empty: one is made up). `number`:
    of a new preset that the camera is to store. `step`: which change is undone, 1 for the last."""

    kind: FramingKind
    camera: str
    preset: str
    who: str
    number: int | None = None
    live: bool = False
    step: int = 1

    @property
    def text(self) -> str:
        """As the log shows it."""
        if self.traces:
            return f"{self.kind.replace('trace', f'trace {self.camera}')} {self.preset}".rstrip()
        return f"{self.kind} {self.preset} of {self.camera}"

    @property
    def traces(self) -> bool:
        return self.kind in ("trace start", "trace stop")


FRAMING_FORMS = (
    "update PRESET of CAMERA",
    "undo PRESET of CAMERA [step N]",
    "store PRESET of CAMERA",
    "new PRESET of CAMERA [number N]",
    "trace CAMERA start [NAME]",
    "trace CAMERA stop",
)
"""How people write what is to be done with presets and traces."""
_PRESET_KINDS: dict[str, FramingKind] = {
    "update": "update", "undo": "undo", "store": "store again", "new": "new preset",
}  # fmt: skip


def framed_of(words: list[str], who: str = "") -> Framed:
    """What such words ask for, as in `update throne of foh live`. Raises ValueError, whose text says what is wrong."""
    first, rest = words[:1], words[1:]
    live = rest[-1:] == ["live"]
    rest = rest[:-1] if live else rest
    if first == ["trace"]:
        if len(rest) >= 2 and rest[1] == "start" and len(rest) <= 3:
            return Framed("trace start", rest[0], rest[2] if len(rest) == 3 else "", who)
        if len(rest) == 2 and rest[1] == "stop":
            return Framed("trace stop", rest[0], "", who)
        raise ValueError("write `trace CAMERA start [NAME]` or `trace CAMERA stop`.")
    kind = _PRESET_KINDS.get(first[0]) if first else None
    if kind is None:
        raise ValueError(f"write {', '.join(f'`{form}`' for form in FRAMING_FORMS)}.")
    form = next(form for form in FRAMING_FORMS if form.startswith(first[0]))
    if len(rest) < 3 or rest[1] != "of":
        raise ValueError(f"write `{form}`.")
    camera, more = rest[2], rest[3:]
    number, step = None, 1
    wanted = {"new preset": "number", "undo": "step"}.get(kind, "")
    if more:
        if len(more) != 2 or more[0] != wanted or not more[1].isascii() or not more[1].isdigit():
            raise ValueError(f"write `{form}`.")
        if kind == "undo":
            step = int(more[1])
        else:
            number = int(more[1])
    return Framed(kind, camera, rest[0], who, number, live, step)


def single(camera: str, command: c.Command, *, live: bool = False) -> CameraAction:
    """A command that is carried out by itself."""
    act = CameraAct(camera, command, live=live, axes=command.axes, watched=True)
    return CameraAction(Program((Go(),), (Step(Moment(0, 0), act, NOWHERE),), Moment(0, 0)))


def in_show_mode(request: Request, plan: Plan) -> Request | None:
    """A request as show mode lets it through; None: it is locked. The sheet's own triggers are part of the show."""
    if request.verb in UNLOCKED or request.schedule or request.automatic or request.origin is not NOWHERE:
        return request
    if request.statement is not None and cuts_only(request.statement):
        return request
    if request.statement is not None and frames_only(request.statement, plan):
        return replace(request, guarded=True)
    return None


def frames_only(action: CameraAction, plan: Plan) -> bool:
    """Whether it does only what a hand may do in show mode: drive, recall, focus, `recover` of a camera off program."""
    acts = [step.act for step in action.program.steps]
    return bool(acts) and all(isinstance(act, CameraAct) and _frames(act, plan) for act in acts)


def _frames(act: CameraAct, plan: Plan) -> bool:
    command = act.command
    if isinstance(command, c.MoveTo):
        return any(one.name == act.camera and one.preset_of(command) for one in plan.cameras)
    return isinstance(command, DRIVEN) or (isinstance(command, c.Recover) and not act.live)
