"""The declarations of cameras: their settings and presets."""

from __future__ import annotations

from string import hexdigits
from typing import TYPE_CHECKING, Any

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

_CAMERA: dict[str, tuple[int, int] | str] = {
    "model": "text", "http": "url", "login": "login", "trust": "fingerprint",
    "tally_index": (0, 65534), "ramp_rate": (1, 120),
    "recall_speed": "speed", "move_speed": (1, 24), "drive_speed": (1, 24), "zoom_speed": (0, 7), "boot": "time",
    "ramp_by": "word", "address_base": (0, 1), "disabled": "flag", "lamp": "word", "no_source": "flag",
}  # fmt: skip
"""Settings of a camera: a range of whole numbers, or what else it takes."""


class Cameras:
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
        given: dict[str, Any] = {}
        model, rate_loc, by_loc, lost = None, None, None, False
        model_loc = node.url.loc
        recall: tuple[s.Line, s.Setting] | None = None
        for setting in self.reader.settings(section, tuple(_CAMERA)):
            word = setting.word.id
            row = _CAMERA[word]
            if word == "recall_speed":
                recall = self.reader.line, setting
            elif isinstance(row, tuple):
                low, high = (0, 63) if word == "drive_speed" and where.family.startswith("pelco") else row
                number = self.reader.integer(setting, low, high)
                if word == "tally_index" and (screen := self.reader.screen(setting)) is not None:
                    given["tally_screen"] = screen
                if number is not None:
                    given[word] = number
                    rate_loc = (
                        section.origin(self.reader.line, setting.values[0].loc) if word == "ramp_rate" else rate_loc
                    )
            elif word == "model":
                wanted, model_loc = self.reader.text(setting), setting.loc
                model = find(wanted) if wanted is not None else None
                file = self.reader.measured.get((section.block.file, wanted or ""))
                if isinstance(file, Finding):
                    self.env.findings.append(file)
                    lost = True
                elif file is not None:
                    given["measured"] = model = file
                elif wanted is not None and model is None:
                    near = nearest(wanted, names())
                    self.reader.report(
                        "E209",
                        setting.values[0].loc,
                        f"Unknown model “{wanted}”.{near}",
                        f"Models: {', '.join(names())}.",
                    )
            elif word == "http":
                url = self.reader.text(setting)
                wrong, hint = web_problem(url) if url is not None else ("", "")
                if wrong:
                    self.reader.report("E303", setting.values[0].loc, wrong, hint)
                elif url is not None:
                    given["http"] = url
            elif word == "login":
                given["login"] = self.reader.login(setting)
            elif word == "trust":
                given["trust"] = self.trust(setting)
            elif word == "boot":
                time = self.reader.amount(setting, "time")
                if time is not None and time < 0:
                    self.reader.report("E302", setting.values[0].loc, "`boot` cannot be negative.", "For example: 45s.")
                elif time is not None:
                    given["boot"] = to_ns(time)
            elif word == "ramp_by":
                given["ramp_by"] = self.reader.word(setting, ("position", "speed")) or "position"
                by_loc = section.origin(self.reader.line, setting.loc)
            elif word == "lamp":
                given["lamp"] = self.reader.word(setting, LAMPS)
            elif word in ("disabled", "no_source"):
                if setting.values:
                    self.reader.report("E208", setting.loc, f"`{word}` takes no value.", "Remove the rest of the line.")
                given[word] = True
        if model is not None and not fits(model, str(where)):
            self.reader.report(
                "E209",
                model_loc,
                f"A {model.title} is not driven by {where.scheme}://.",
                f"Models here: {', '.join(one for one in names() if fits(find(one) or model, str(where)))}.",
            )
            model = None
            given.pop("measured", None)
        figures = model or unnamed(str(where))
        if recall is not None:
            self.reader.line, setting = recall
            given["recall_speed"] = self.recall_speed(setting, where.family, figures)
        if rate_loc is not None and given["ramp_rate"] > figures.ramp_rate_max:
            self.env.findings.append(
                Finding(
                    "W604",
                    rate_loc,
                    f"{given['ramp_rate']} frames a second is more than {figures.title} accepts.",
                    f"It accepts at most {figures.ramp_rate_max}; the rest will be skipped.",
                )
            )
        by_speed = given.get("ramp_by") == "speed" and not lost
        if by_loc is not None and by_speed and not (figures.zoom_speeds and where.family == "visca"):
            self.env.findings.append(
                Finding(
                    "E401",
                    by_loc,
                    "`ramp_by speed` needs a VISCA camera with measured zoom speeds.",
                    "`cuelang camera calibrate` measures them and writes a model file; then add"
                    f' `model "{name}.model.toml"`.',
                )
            )
        given.setdefault("ramp_rate", figures.ramp_rate)
        given.setdefault("http", f"http://{where.host}" if where.host and where.scheme != "sim" else "")
        if name in self.reader.without:
            given["disabled"] = True
        presets = self.presets(section, figures)
        origin = section.origin(section.line, node.name.loc)
        camera = Camera(
            name=name,
            url=str(where),
            model=model.id if model else None,
            origin=origin,
            presets=tuple(presets.values()),
            **given,
        )
        self.env.cameras[name] = CameraInfo(camera, figures, where.family, presets)

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

    def trust(self, setting: s.Setting) -> str:
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
