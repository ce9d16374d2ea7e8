"""What every name of a show means: the cameras, groups, lets and macros that cues are looked at with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang.address import Family
from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.findings import Finding
from cuelang.lang.values import UNKNOWN, CamerasValue, Value
from cuelang.models import Model
from cuelang.plan import Camera, Port, Preset, Settings, Switcher
from cuelang.source import NOWHERE, Origin


class CameraInfo(Struct, frozen=True):
    """A camera that is declared, with its model, and its presets by name."""

    camera: Camera
    model: Model
    family: Family
    presets: Mapping[str, Preset]
    part: str = ""
    """It stands in for this camera: where the sheet says that name, it is meant."""
    idle: str = ""
    """Why lines with its own name are disabled: it stands in for another."""

    @property
    def name(self) -> str:
        """What the sheet calls it."""
        return self.part or self.camera.name

    def numbered(self, number: int) -> Preset | None:
        """The declared preset that is stored under this number."""
        return next((preset for preset in self.presets.values() if preset.number == number), None)


class Macro(Struct, frozen=True):
    section: s.Section
    node: s.Define

    @property
    def origin(self) -> Origin:
        return self.section.origin(self.section.line, self.node.name.loc)


class Env(Struct):
    """The show's names. Filled once by `declare`, read-only afterwards."""

    settings: Settings = field(default_factory=Settings)
    fps: Fraction | None = None
    cameras: dict[str, CameraInfo] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lets: dict[str, Value] = field(default_factory=dict)
    macros: dict[str, Macro] = field(default_factory=dict)
    inputs: dict[str, Port] = field(default_factory=dict)
    outputs: dict[str, Port] = field(default_factory=dict)
    switchers: dict[str, Switcher] = field(default_factory=dict)
    places: dict[str, Origin] = field(default_factory=dict)
    """Where cameras, groups, lets and macros were declared."""
    rig: str | None = None
    """What the last `rig` line says."""
    used: set[str] = field(default_factory=set)
    """Names that declarations use of one another."""
    findings: list[Finding] = field(default_factory=list)
    broken: frozenset[str] = frozenset()
    """Names whose declaration could not be read: no mistake is reported for their use."""
    swaps: Mapping[str, str] = field(default_factory=dict)
    """By camera: which one stands in for it."""
    partial: bool = False
    """A file that is used could not be had: what is missing may well have stood there."""

    compared: dict[int, tuple[Env, frozenset[str] | None]] = field(default_factory=dict)
    """By the id of other names: what `changed_since` found."""

    def changed_since(self, before: Env) -> frozenset[str] | None:
        """What is not what it was, of cues that were looked at with the names `before`: cameras, and presets of the
        other cameras (`camera preset`). None: more than that, perhaps."""
        known = self.compared.get(id(before))
        if known is None:
            known = self.compared[id(before)] = (before, _changed(before, self))
        return known[1]

    @property
    def sources(self) -> dict[str, list[Switcher]]:
        """Which switchers have a source of this name."""
        found: dict[str, list[Switcher]] = {}
        for switcher in self.switchers.values():
            for source in switcher.sources:
                found.setdefault(source.name, []).append(switcher)
        return found

    @property
    def ruled(self) -> frozenset[str]:
        """The cameras whose air a switcher rules."""
        return frozenset().union(*(one.cameras for one in self.switchers.values() if not one.no_air))

    def meant(self, name: str) -> CameraInfo | None:
        """The camera that a name of the sheet means tonight."""
        info = self.cameras.get(self.swaps.get(name, name))
        if info is None or not self.swaps:
            return info
        if name in self.swaps:
            return replace(info, part=name)
        return replace(info, idle=self.idle(name))

    def source_meant(self, name: str) -> str:
        """The source that a name means: that of the camera that stands in for one."""
        return self.swaps.get(name, name)

    def idle(self, name: str) -> str:
        """Why lines with this name are disabled; empty: they are not."""
        part = next((part for part, other in self.swaps.items() if other == name), "")
        return f"stands in for {part}" if part and name not in self.swaps else ""

    def excuses(self, name: str, known: Iterable[str]) -> bool:
        """Whether an unknown name is the fault of a mistake that was reported already, and not an error of its own."""
        return name in self.broken or (self.partial and not nearest(name, known))

    def value_of(self, name: str) -> Value | None:
        """What a name stands for in an expression; None if it is not one of the show's names."""
        if name == "all":
            return CamerasValue(tuple(self.cameras), words=(name,))
        if name in self.lets:
            return self.lets[name]
        if name in self.cameras:
            return CamerasValue((name,), words=(name,))
        if name in self.groups:
            return CamerasValue(self.groups[name], words=(name,))
        return UNKNOWN.named(name) if name in self.broken else None


def _changed(before: Env, after: Env) -> frozenset[str] | None:
    if any(getattr(before, name) != getattr(after, name) for name in _LIKE):
        return None
    if [*before.cameras] != [*after.cameras]:
        return None
    found: set[str] = set()
    for name, info in after.cameras.items():
        was = before.cameras[name]
        if _bare(info) != _bare(was):
            found.add(name)
        else:
            found |= {
                looked_up(name, preset)
                for preset, held in info.presets.items()
                if _bare_preset(held) != _bare_preset(was.presets[preset])
            }
    return frozenset(found)


def looked_up(camera: str, preset: str) -> str:
    """How `looked_at` and `changed_since` name a preset; no camera's name has a space."""
    return f"{camera} {preset}"


def _bare(info: CameraInfo) -> tuple[object, ...]:
    """A camera without where it is declared, and of its presets only which numbers they have."""
    numbers = [(name, preset.number) for name, preset in info.presets.items()]
    camera = replace(info.camera, presets=(), origin=NOWHERE)
    return replace(info, camera=camera, presets={}), numbers


def _bare_preset(preset: Preset) -> Preset:
    return replace(preset, origin=NOWHERE)


_LIKE = (
    "settings", "fps", "groups", "lets", "macros", "inputs", "outputs", "switchers", "rig", "broken", "swaps",
    "partial",
)  # fmt: skip
"""What has to be the same for a cue to mean the same, apart from the cameras that it looks at."""
