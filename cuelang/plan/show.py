"""The show: cues, cameras, switchers, inputs and outputs, and the plan that holds them all."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from cuelang import address
from cuelang.commands import Clear, Command, MoveTo, Recall, Store
from cuelang.models import Model, find, unnamed
from cuelang.plan.state import RigState
from cuelang.plan.steps import Program
from cuelang.plan.triggers import Trigger
from cuelang.source import Block, Origin
from cuelang.units import MS, NS


class Cue(Struct, frozen=True):
    """`number` is canonical: `2.10` is `2.1`. `duration` in ns, None when it never ends by itself."""

    number: str
    title: str
    section: str
    block: Block
    program: Program
    duration: int | None
    standby: str = ""
    follow: int | None = None
    restart: bool = False
    disabled: bool = False
    aside: bool = False
    """Fired by its number, a trigger or a button only; GO and the list pass it by."""
    leaves: RigState = MappingProxyType({})
    """How everything that it touches, and what it fires, is left when all is at rest, played in its place of the
    list."""

    @property
    def in_list(self) -> bool:
        """Whether GO and the list come to it."""
        return not (self.disabled or self.aside)

    @property
    def line(self) -> int:
        return self.block.line


class Camera(Struct, frozen=True):
    """`url` with every default filled in. Speeds are protocol steps, `boot` is ns. `model` None: not given; one that
    was measured is named by its file, and `measured` holds its content."""

    name: str
    url: str
    model: str | None
    origin: Origin
    http: str = ""
    login: tuple[str, str] | None = None
    trust: str = ""
    """The SHA-256 of the one certificate that its HTTP interface may show; empty: one that the system trusts."""
    tally_index: int | None = None
    tally_screen: int = 0
    ramp_rate: int = 10
    ramp_by: Literal["position", "speed"] = "position"
    recall_speed: int | None = None
    move_speed: int = 12
    drive_speed: int = 12
    zoom_speed: int = 3
    boot: int = 45 * NS
    address_base: int = 1
    disabled: bool = False
    presets: tuple[Preset, ...] = ()
    measured: Model | None = None
    lamp: Lamp | None = None
    no_source: bool = False

    @property
    def figures(self) -> Model:
        """Its model, or the figures that serve when none is given."""
        return self.measured or (find(self.model) if self.model else None) or unnamed(self.url)

    def preset_of(self, command: Command) -> str:
        """What the sheet calls the preset that a command recalls, stores or clears, or to whose place it moves; empty
        if it has no name."""
        if isinstance(command, MoveTo):
            place = (command.pose.pan, command.pose.tilt, command.pose.zoom)
            found = (one.name for one in self.presets if (one.pan, one.tilt, one.zoom) == place)
            return next(found, "") if place.count(None) < 2 else ""
        if not isinstance(command, Recall | Store | Clear):
            return ""
        return next((preset.name for preset in self.presets if preset.number == command.preset), "")

    @property
    def web(self) -> str:
        """What precedes the path of each of its requests, `http://10.0.0.21`; "" for a camera inside the process
        and one without an HTTP interface."""
        where = address.parse(self.url)
        if where.family not in address.BY_WEB:
            found = re.match(r"https?://[^/?#]*", self.http)
            return found[0] if found else ""
        host = f"[{where.host}]" if ":" in where.host else where.host
        return f"http://{host}" if where.port in (None, 80) else f"http://{host}:{where.port}"


class Preset(Struct, frozen=True):
    """Position in raw counts, None where it is not known; `number` None: held here only. `picture`: the camera may have
    stored image settings with it, which come back when it is recalled."""

    name: str
    number: int | None
    pan: int | None
    tilt: int | None
    zoom: int | None
    origin: Origin
    picture: bool = True
    focus: int | None = None
    """Going there sets manual focus first, and this position where the camera does not bring it back itself."""


class Port(Struct, frozen=True):
    """An input or an output. `passcode` is the name of an environment variable, and so is the second of a `login`."""

    name: str
    at: address.PortAddress
    origin: Origin
    allow: tuple[str, ...] = ()
    passcode: str | None = None
    login: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        return self.at.url

    @property
    def kind(self) -> address.PortKind:
        return self.at.kind


Lamp = Literal["on", "program", "off"]
"""Which lights of a camera are driven: all, only that of program, or none."""


class SwitcherSource(Struct, frozen=True):
    """What one switcher calls a source: `label`. `input` is OBS's input whose activity is the tally, if it was named.
    `cameras` are all cameras that are seen when it is: the one of its name, and those that it shows."""

    name: str
    label: str
    origin: Origin
    input: str | None = None
    shows: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()


class Switcher(Struct, frozen=True):
    """`password` is the name of an environment variable. `no_air`: it counts for nothing on air."""

    name: str
    at: address.SwitcherAddress
    origin: Origin
    sources: tuple[SwitcherSource, ...] = ()
    password: str | None = None
    no_air: bool = False

    @property
    def url(self) -> str:
        return self.at.url

    @property
    def kind(self) -> address.SwitcherKind:
        return self.at.kind

    def source(self, name: str) -> SwitcherSource | None:
        return next((source for source in self.sources if source.name == name), None)

    @property
    def cameras(self) -> frozenset[str]:
        """Every camera that one of its sources shows."""
        return frozenset(camera for source in self.sources for camera in source.cameras)


class Settings(Struct, frozen=True):
    """Of the show. `fps` is as written (`29.97`), windows are ns."""

    title: str = ""
    fps: str | None = None
    timezone: str | None = None
    go_window: int = 300 * MS
    debounce: int = 100 * MS
    interlock: Literal["off", "warn", "block"] = "warn"
    lamp: Lamp | None = None


class Plan(Struct, frozen=True):
    """The whole show, ready to run. Cues are in numeric order."""

    settings: Settings
    cameras: tuple[Camera, ...]
    cues: tuple[Cue, ...]
    triggers: tuple[Trigger, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    file: str = ""
    switchers: tuple[Switcher, ...] = ()
    swaps: tuple[tuple[str, str], ...] = ()
    """A camera, and the one that stands in for it tonight."""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each group and its cameras, without `all`."""

    def camera(self, name: str) -> Camera:
        return next(camera for camera in self.cameras if camera.name == name)

    def preset_of(self, camera: str, command: Command) -> str:
        """What the sheet calls the preset of this camera that a command is about; empty if it is about none, or there
        is no such camera."""
        found = next((one for one in self.cameras if one.name == camera), None)
        return found.preset_of(command) if found is not None else ""

    def switcher(self, name: str) -> Switcher:
        return next(switcher for switcher in self.switchers if switcher.name == name)

    @property
    def ruled(self) -> frozenset[str]:
        """The cameras whose air a switcher rules; `tally` lines say nothing of them."""
        return frozenset().union(*(switcher.cameras for switcher in self.switchers if not switcher.no_air))


def cue_key(number: str) -> Decimal:
    """What cue numbers are ordered and compared by."""
    return Decimal(number)


@lru_cache(maxsize=4096)
def cue_number(text: str) -> str:
    """The canonical form of a cue number: `2.10` -> `2.1`, `002` -> `2`. Raises ValueError if it is not one."""
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (part and not (part.isascii() and part.isdigit())):
        raise ValueError(f"{text!r} is not a cue number")
    part = part.rstrip("0")
    return f"{int(whole)}.{part}" if part else str(int(whole))
