"""The declarations of cameras: their settings and presets."""

from __future__ import annotations

from collections.abc import Callable
from string import hexdigits
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from cuelang import address
from cuelang.commands import Recall
from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.env import CameraInfo
from cuelang.lang.findings import Finding
from cuelang.lang.places import positions, preset_number
from cuelang.lang.ports import meant_url, web_problem
from cuelang.lang.settings import LAMPS
from cuelang.lang.values import to_ns
from cuelang.models import Model, find, fits, names, unnamed
from cuelang.plan import Camera, Preset
from cuelang.protocols import no_speed, preset_speeds, why_not

if TYPE_CHECKING:
    from cuelang.lang.declare import Declarer


class Declared(Struct):
    """A camera while its declaration is read. `given` are the fields of `Camera` that it has so far, `at` where each
    setting is written."""

    file: str
    where: address.Address
    model: Model | None = None
    lost: bool = False
    """Its model is a file with a mistake."""
    given: dict[str, Any] = field(default_factory=dict)
    at: dict[str, tuple[s.Line, s.Setting]] = field(default_factory=dict)


class CameraDeclarations:
    """The declarations of cameras."""

    def __init__(self, declarer: Declarer) -> None:
        self.reader = declarer
        self.env = declarer.env

    def declare(self, section: s.Section, node: s.Camera) -> None:
        name = node.name.id
        try:
            where = address.parse_far(node.url.value)
        except address.BadAddress as bad:
            meant = meant_url("camera", node.url.value)
            self.reader.report(
                "E303",
                node.url.loc,
                str(bad),
                f'Write "{meant}".' if meant else 'For example: "visca+udp://10.0.0.21".',
            )
            where = address.parse("sim://unknown")
        camera = Declared(section.block.file, where)
        for setting in self.reader.settings(section, tuple(_SETTINGS)):
            word = setting.word.id
            camera.at[word] = self.reader.line, setting
            value = _SETTINGS[word](self, setting, camera)
            if value is not None:
                camera.given[word] = value
        figures = self.figures(camera)
        self.fit(section, name, camera, figures)
        self.reader.line = section.line
        given = camera.given
        given.setdefault("ramp_rate", figures.ramp_rate)
        given.setdefault("http", f"http://{where.host}" if where.host and where.scheme != "sim" else "")
        if name in self.reader.without:
            given["disabled"] = True
        presets = self.presets(section, figures)
        origin = section.origin(section.line, node.name.loc)
        model = camera.model.id if camera.model else None
        declared = Camera(
            name=name, url=str(where), model=model, origin=origin, presets=tuple(presets.values()), **given
        )
        self.env.cameras[name] = CameraInfo(declared, figures, where.family, presets)

    def figures(self, camera: Declared) -> Model:
        """Those of its model, if that one is driven over this link; else what serves without."""
        model, where = camera.model, camera.where
        if model is not None and not fits(model, str(where)):
            self.reader.line, setting = camera.at["model"]
            self.reader.report(
                "E209",
                setting.loc,
                f"A {model.title} is not driven by {where.scheme}://.",
                f"Models here: {', '.join(one for one in names() if fits(find(one) or model, str(where)))}.",
            )
            camera.model = None
            camera.given.pop("measured", None)
        return camera.model or unnamed(str(where))

    def fit(self, section: s.Section, name: str, camera: Declared, figures: Model) -> None:
        """What depends on the model."""
        given, at = camera.given, camera.at
        if "recall_speed" in at:
            self.reader.line, setting = at["recall_speed"]
            given["recall_speed"] = self.recall_speed(setting, camera.where.family, figures)
        if given.get("ramp_rate", 0) > figures.ramp_rate_max:
            line, setting = at["ramp_rate"]
            self.env.findings.append(
                Finding(
                    "W604",
                    section.origin(line, setting.values[0].loc),
                    f"{given['ramp_rate']} frames a second is more than {figures.title} accepts.",
                    f"It accepts at most {figures.ramp_rate_max}; the rest will be skipped.",
                )
            )
        measured = figures.zoom_speeds and camera.where.family == "visca"
        if given.get("ramp_by") == "speed" and not camera.lost and not measured:
            line, setting = at["ramp_by"]
            self.env.findings.append(
                Finding(
                    "E401",
                    section.origin(line, setting.loc),
                    "`ramp_by speed` needs a VISCA camera with measured zoom speeds.",
                    "`cuelang camera calibrate` measures them and writes a model file; then add"
                    f' `model "{name}.model.toml"`.',
                )
            )

    # --- its settings, each as `_SETTINGS` names it ---------------------------------------------------------

    def named(self, setting: s.Setting, camera: Declared) -> None:
        """Its model, by a name or by the file of one that was measured."""
        wanted = self.reader.text(setting)
        camera.model = find(wanted) if wanted is not None else None
        file = self.reader.measured.get((camera.file, wanted or ""))
        if isinstance(file, Finding):
            self.env.findings.append(file)
            camera.lost = True
        elif file is not None:
            camera.given["measured"] = camera.model = file
        elif wanted is not None and camera.model is None:
            near = nearest(wanted, names())
            self.reader.report(
                "E209",
                setting.values[0].loc,
                f"Unknown model “{wanted}”.{near}",
                f"Models: {', '.join(names())}.",
            )

    def http(self, setting: s.Setting, camera: Declared) -> str | None:
        url = self.reader.text(setting)
        wrong, hint = web_problem(url) if url is not None else ("", "")
        if wrong:
            self.reader.report("E303", setting.values[0].loc, wrong, hint)
        return None if wrong else url

    def login(self, setting: s.Setting, camera: Declared) -> tuple[str, str] | None:
        return self.reader.login(setting)

    def tally_index(self, setting: s.Setting, camera: Declared) -> int | None:
        number = self.reader.integer(setting, 0, 65534)
        screen = self.reader.screen(setting)
        if screen is not None:
            camera.given["tally_screen"] = screen
        return number

    def drive_speed(self, setting: s.Setting, camera: Declared) -> int | None:
        low, high = (0, 63) if camera.where.family.startswith("pelco") else (1, 24)
        return self.reader.integer(setting, low, high)

    def boot(self, setting: s.Setting, camera: Declared) -> int | None:
        time = self.reader.amount(setting, "time")
        if time is not None and time < 0:
            self.reader.report("E302", setting.values[0].loc, "`boot` cannot be negative.", "For example: 45s.")
            return None
        return None if time is None else to_ns(time)

    def flag(self, setting: s.Setting, camera: Declared) -> bool:
        if setting.values:
            word = setting.word.id
            self.reader.report("E208", setting.loc, f"`{word}` takes no value.", "Remove the rest of the line.")
        return True

    def later(self, setting: s.Setting, camera: Declared) -> None:
        """What depends on the model is read when that is known."""

    def recall_speed(self, setting: s.Setting, family: address.Family, model: Model) -> int | None:
        """The speed of recalls, if this camera has one; None after a report."""
        reason = why_not(family, model, Recall(1, 1)) or no_speed(family, model, Recall(1, 1))
        if reason is not None:
            self.reader.report(
                "E401", setting.loc, f"`recall_speed` has no effect here: {reason}.", "Remove this line."
            )
            return None
        low, high = (1, 24) if family == "cgi" else preset_speeds(model)
        return self.reader.integer(setting, low, high)

    def trust(self, setting: s.Setting, camera: Declared) -> str:
        """The fingerprint of a certificate, as 64 small hexadecimal digits."""
        text = self.reader.text(setting)
        kind, _, digits = (text or "").lower().partition(":")
        digits = digits.replace(":", "")
        if text is not None and not (kind == "sha256" and len(digits) == 64 and not set(digits) - set(hexdigits)):
            self.reader.report(
                "E303",
                setting.values[0].loc,
                "Not a certificate fingerprint.",
                "Expected `trust \"sha256:` and 64 hexadecimal digits; `cuelang preflight` shows the camera's.",
            )
        return digits

    def presets(self, section: s.Section, model: Model) -> dict[str, Preset]:
        found: dict[str, Preset] = {}
        for line in section.line.children:
            self.reader.line = line
            node = line.node
            if not isinstance(node, s.Preset):
                continue
            name = node.name.id
            if name in found:
                self.reader.report(
                    "E206",
                    node.name.loc,
                    f"The preset “{name}” is declared twice.",
                    "Rename one of them.",
                    (found[name].origin, "first declared here"),
                )
                continue
            number = None
            if node.number is not None:
                number = preset_number(self.reader.evaluate(node.number), node.number.loc, model, self.reader.report)
            axes = (("pan", node.pan), ("tilt", node.tilt), ("zoom", node.zoom))
            pan, tilt, zoom = positions(axes, self.reader.evaluate, model, self.reader.report) or (None, None, None)
            picture = True
            if node.picture is not None:
                picture = node.picture.id != "off"
                if node.picture.id not in ("on", "off"):
                    self.reader.report(
                        "E209",
                        node.picture.loc,
                        f"`picture` is `on` or `off`, not `{node.picture.id}`.",
                        "Use `picture off` if no image settings are stored with this preset.",
                    )
            found[name] = Preset(
                name, number, pan, tilt, zoom, section.origin(line, node.name.loc), picture, self.focus_of(node)
            )
        self.reader.line = section.line
        return found

    def focus_of(self, node: s.Preset) -> int | None:
        """The focus position of a preset; None if it has none, or after a report."""
        if node.focus is None:
            return None
        value = self.reader.evaluate(node.focus)
        if value.kind == "unknown":
            return None
        if value.kind != "number":
            self.reader.report(
                "E301", node.focus.loc, "A focus position must be a plain number.", "For example: focus 0x2A0."
            )
            return None
        if value.amount != int(value.amount) or not 0 <= value.amount <= 0xFFFF:
            self.reader.report("E302", node.focus.loc, "This focus position is out of range.", "Expected 0 to 0xFFFF.")
            return None
        return int(value.amount)


Reader = Callable[[CameraDeclarations, s.Setting, Declared], object]


def _whole(low: int, high: int) -> Reader:
    return lambda cameras, setting, _camera: cameras.reader.integer(setting, low, high)


def _word(*words: str) -> Reader:
    return lambda cameras, setting, _camera: cameras.reader.word(setting, words)


_SETTINGS: dict[str, Reader] = {
    "model": CameraDeclarations.named, "http": CameraDeclarations.http, "login": CameraDeclarations.login,
    "trust": CameraDeclarations.trust, "tally_index": CameraDeclarations.tally_index, "ramp_rate": _whole(1, 120),
    "recall_speed": CameraDeclarations.later, "move_speed": _whole(1, 24),
    "drive_speed": CameraDeclarations.drive_speed, "zoom_speed": _whole(0, 7), "boot": CameraDeclarations.boot,
    "ramp_by": _word("position", "speed"), "address_base": _whole(0, 1), "disabled": CameraDeclarations.flag,
    "lamp": _word(*LAMPS), "no_source": CameraDeclarations.flag,
}  # fmt: skip
"""Settings of a camera, and what reads each. The result is the field of `Camera` with this name; None: it has none."""
