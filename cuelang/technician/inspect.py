"""Every setting of a camera by name, as the language writes it.

Each is asked for by its own inquiry. The four block inquiries hold many of them once more: they replace
an inquiry that the camera does not know, and where both answer they are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang import address
from cuelang.models import Model
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.properties import from_answers, values_from
from cuelang.protocols.visca.table import TABLE
from cuelang.technician.probe import POWER, version_text
from cuelang.technician.session import CameraError, Session
from cuelang.technician.table import degrees, percent, sentence, table
from cuelang.technician.webside import Identity

Fields = Mapping[str, int]
InquiryAnswers = dict[str, Fields]
InspectedValues = tuple[str | int | float, ...]
Standing = Literal["said", "unknown", "silent", "unreadable", "never"]
"""`unknown`: the camera refused the question. `silent`: it did not answer it. `unreadable`: its answer is
undocumented. `never`: there is no such inquiry."""

UNKNOWN = "not known to this camera"
STANDINGS: dict[Standing, str] = {
    "said": "", "unknown": UNKNOWN, "silent": "no answer", "unreadable": "an undocumented answer",
    "never": "cannot be asked",
}  # fmt: skip

BLOCKS = ("inq.block_lens", "inq.block_camera", "inq.block_other", "inq.block_enlargement")


def _is(value: int) -> int:
    return 2 if value else 3


FROM_BLOCK: dict[str, tuple[str, Callable[[Fields], Fields | None]]] = {
    "inq.zoom": ("inq.block_lens", lambda b: {"zoom": b["zoom"]}),
    "inq.focus": ("inq.block_lens", lambda b: {"focus": b["focus"]}),
    "inq.focus_mode": ("inq.block_lens", lambda b: {"mode": _is(b["af"] & 1)}),
    "inq.r_gain": ("inq.block_camera", lambda b: {"gain": b["r_gain"]}),
    "inq.b_gain": ("inq.block_camera", lambda b: {"gain": b["b_gain"]}),
    # A nibble cannot say 0x20, colour temperature: its 0 may mean that or auto.
    "inq.wb_mode": ("inq.block_camera", lambda b: {"mode": b["wb_mode"]} if b["wb_mode"] else None),
    "inq.sharpness": ("inq.block_camera", lambda b: {"gain": b["aperture"]}),
    "inq.ae_mode": ("inq.block_camera", lambda b: {"mode": b["ae_mode"]}),
    "inq.backlight": ("inq.block_camera", lambda b: {"state": _is(b["flags"] & 4)}),
    "inq.exp_comp_mode": ("inq.block_camera", lambda b: {"state": _is(b["flags"] & 2)}),
    "inq.shutter": ("inq.block_camera", lambda b: {"shutter": b["shutter"]}),
    "inq.iris": ("inq.block_camera", lambda b: {"iris": b["iris"]}),
    "inq.bright": ("inq.block_camera", lambda b: {"bright": b["bright"]}),
    "inq.exp_comp": ("inq.block_camera", lambda b: {"level": b["exp_comp"]}),
    "inq.power": ("inq.block_other", lambda b: {"power": _is(b["power"] & 1)}),
    "inq.lr_reverse": ("inq.block_other", lambda b: {"state": _is(b["lr_reverse"] & 4)}),
    "inq.effect": ("inq.block_other", lambda b: {"effect": {2: 0}.get(b["effect"], b["effect"])}),
    "inq.af_sensitivity": ("inq.block_enlargement", lambda b: {"level": b["af_sensitivity"]}),
    "inq.picture_flip": ("inq.block_enlargement", lambda b: {"state": _is(b["picture_flip"] & 1)}),
    "inq.color_gain": ("inq.block_enlargement", lambda b: {"gain": b["color_gain"] >> 3 & 0xF}),
    "inq.flip": ("inq.block_enlargement", lambda b: {"flip": b["flip"]}),
    "inq.nr2d": ("inq.block_enlargement", lambda b: {"level": b["nr2d"] & 7}),
    "inq.gain_limit": ("inq.block_enlargement", lambda b: {"limit": b["gain_limit"]}),
}
"""Inquiry -> the block that holds its answer too, and in which form."""


class InspectedSetting(Struct, frozen=True):
    """One line of the table. `text` is as the language writes it, empty unless `standing` is `said`; `values` are the
    same as words and numbers, the numbers in `unit`; `raw` are the fields of the inquiries it was read from; `note` is
    for people."""

    name: str
    standing: Standing
    text: str = ""
    raw: Fields | None = None
    note: str = ""
    values: InspectedValues = ()
    unit: str = ""

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"name": self.name, "value": self.text or None}
        if self.standing == "said":
            found["values"] = list(self.values)
        if self.unit:
            found["unit"] = self.unit
        if self.standing != "said":
            found["why"] = STANDINGS[self.standing]
        if self.raw:
            found["raw"] = dict(self.raw)
        if self.note:
            found["note"] = self.note
        return found


class Inspected(Struct, frozen=True):
    """All that a camera reports. By the name of a setting: that setting; raises StopIteration for one that it lacks."""

    url: str
    settings: tuple[InspectedSetting, ...]
    answers: InquiryAnswers
    identity: Identity = field(default_factory=Identity)
    """What the web side says that it is."""

    def __getitem__(self, name: str) -> InspectedSetting:
        return next(setting for setting in self.settings if setting.name == name)


async def inspect(session: Session) -> Inspected:
    """Ask for everything. Raises CameraError if the camera does not answer or its link has no inquiries."""
    by_web = address.parse(session.camera.url).family == "cgi"
    if not session.can_ask and not by_web:
        raise CameraError(f"{session.camera.url} cannot be inspected: its protocol does not report settings.")
    reached = await session.reach(1)
    if not reached.answers:
        raise CameraError(sentence(f"{session.camera.url} does not answer{f': {reached.why}' if reached.why else ''}"))
    reading = _Reading(session)
    if by_web:
        return await _by_web(session, reading)
    for row in rows_of(session.model).values():
        if row.kind == "inquiry":
            await reading.ask(row.id)
    return Inspected(session.camera.url, tuple(reading.settings()), reading.answers)


async def _by_web(session: Session, reading: _Reading) -> Inspected:
    """What HTTP-CGI reports: the picture, and who it is; no positions."""
    identity = await session.who()
    reading.answers = await session.picture() or {}
    if not reading.answers:
        raise CameraError(f"{session.camera.url} does not report its settings.")
    version = InspectedSetting("version", "silent")
    if identity:
        version = InspectedSetting("version", "said", identity.text, values=(identity.text,))
    settings = (version, *(reading.property(name) for name in reading.properties))
    return Inspected(session.camera.url, settings, reading.answers, identity)


async def with_identity(session: Session) -> Inspected:
    """`inspect`, and what the web side says that the camera is."""
    found = await inspect(session)
    return found if found.identity else replace(found, identity=await session.who())


NO_NOTES: Mapping[str, str] = {}


class _Reading:
    """What the camera answered to everything."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.properties = session.properties
        self.answers: InquiryAnswers = {}
        self.failed: dict[str, Standing] = {}

    async def ask(self, row: str) -> None:
        if row in BLOCKS and any(self.failed.get(block) == "silent" for block in BLOCKS):
            self.failed[row] = "silent"  # older PTZOptics answer none of them over IP, and each would cost a second
            return
        answer = await self.session.ask(row)
        if answer.fields is not None:
            self.answers[row] = answer.fields
        else:
            self.failed[row] = "unknown" if answer.unknown else "silent"

    def settings(self) -> list[InspectedSetting]:
        own = dict(self.answers)
        notes: dict[str, str] = {}
        for row, (block, read) in FROM_BLOCK.items():
            fields = self.answers.get(block)
            held = read(fields) if fields else None
            if held is None:
                continue
            if row not in own:
                self.answers[row] = held
                notes[row] = f"from {TABLE[block].group}"
            elif row not in ("inq.zoom", "inq.focus") and own[row] != held:
                notes[row] = f"{TABLE[block].group} disagrees: {_values(held)}"
        return [*self._state(), *(self.property(name, notes) for name in self.properties)]

    def _state(self) -> list[InspectedSetting]:
        """What is not a setting but should be at the top: who, where, in which state."""
        model = self.session.model
        return [
            self._one("version", "inq.version", lambda f: (version_text(f),)),
            self._one("power", "inq.power", lambda f: _word(POWER, f["power"])),
            self._one("position", "inq.pan_tilt", lambda f: _turned(f, model), "deg", _turned_text),
            self._one("zoom", "inq.zoom", lambda f: (float(model.zoom_as_percent(f["zoom"])),), "%", _zoomed_text),
            self._one("focus_mode", "inq.focus_mode", lambda f: _word(FOCUS_MODES, f["mode"])),
            self._one("focus", "inq.focus", lambda f: (f["focus"],)),
            self._one("last_preset", "inq.preset", lambda f: _recalled(f, model)),
            self._moving(),
            self._one("fastest", "inq.pt_max_speed", lambda f: (f["pan_speed"], f["tilt_speed"]), "step"),
        ]

    def _moving(self) -> InspectedSetting:
        row, bits = (
            ("inq.head_status", 8) if "inq.head_status" in rows_of(self.session.model) else ("inq.pt_status", 10)
        )
        return self._one("pan_tilt_status", row, lambda f: _word(MOTION, f["status"] >> bits & 3))

    def _one(
        self,
        name: str,
        row: str,
        read: Callable[[Fields], InspectedValues],
        unit: str = "",
        text: Callable[[InspectedValues], str] = lambda values: ", ".join(map(str, values)),
    ) -> InspectedSetting:
        fields = self.answers.get(row)
        if fields is None:
            return InspectedSetting(name, self.failed.get(row, "silent"))
        values = read(fields)
        if not values:
            return InspectedSetting(name, "unreadable", raw=fields)
        return InspectedSetting(name, "said", text(values), fields, values=values, unit=unit)

    def property(self, name: str, notes: Mapping[str, str] = NO_NOTES) -> InspectedSetting:
        rows = self.properties[name].inquiries
        if not rows:
            return InspectedSetting(name, "never")
        missing = next((row for row in rows if row not in self.answers), None)
        if missing is not None:
            return InspectedSetting(name, self.failed.get(missing, "silent"))
        text = from_answers(name, self.answers, self.properties)
        values = values_from(name, self.answers, self.properties) or ()
        unit = self.properties[name].unit if any(isinstance(value, int) for value in values) else ""
        raw = {f"{row}.{field}": value for row in rows for field, value in self.answers[row].items()}
        note = "; ".join(notes[row] for row in rows if row in notes)
        return InspectedSetting(name, "unreadable" if text is None else "said", text or "", raw, note, values, unit)


FOCUS_MODES = {2: "auto", 3: "manual", 4: "one_push"}
MOTION = {0: "none", 1: "moving", 2: "complete", 3: "failed"}
"""Two bits of Sony's pan-tilt status: 11-10, and 9-8 on the FR7 and the AM7."""
NEVER_RECALLED = 0x7F
"""What a Sony says is its last preset when there was none."""


def _recalled(fields: Fields, model: Model) -> InspectedValues:
    """The last preset as the camera's menu numbers it."""
    if model.family == "sony" and fields["preset"] == NEVER_RECALLED:
        return ("none",)
    return (fields["preset"] + model.preset_base,)


def _word(meanings: Mapping[int, str], value: int) -> InspectedValues:
    return (meanings[value],) if value in meanings else ()


def _turned(fields: Fields, model: Model) -> InspectedValues:
    return float(model.pan_degrees(fields["pan"])), float(model.tilt_degrees(fields["tilt"]))


def _turned_text(values: InspectedValues) -> str:
    pan, tilt = (degrees(float(value)) for value in values)
    return f"pan {pan} tilt {tilt}"


def _zoomed_text(values: InspectedValues) -> str:
    return percent(float(values[0]))


def _values(fields: Fields) -> str:
    return ", ".join(str(value) for value in fields.values())


def as_text(found: Inspected) -> str:
    """The table, what the camera says first, and then a line for each kind of silence."""
    said = [setting for setting in found.settings if setting.standing == "said"]
    rows = [(setting.name, setting.text, _raw(setting), setting.note) for setting in said]
    lines = [
        found.url,
        *([found.identity.text] if found.identity else []),
        "",
        *table(("setting", "value", "raw", ""), rows),
    ]
    for standing, words in STANDINGS.items():
        names = [setting.name for setting in found.settings if setting.standing == standing]
        if names and standing != "said":
            lines += ["", f"{words[0].upper()}{words[1:]}:", *_wrapped(names)]
    return "\n".join(lines)


def _raw(setting: InspectedSetting) -> str:
    raw = setting.raw or {}
    return "" if setting.name == "version" else " ".join(f"{value}" for value in raw.values())


def _wrapped(names: list[str]) -> list[str]:
    import textwrap

    return textwrap.wrap(", ".join(names), 96, initial_indent="  ", subsequent_indent="  ")


def as_json(found: Inspected) -> dict[str, Any]:
    """As `camera inspect --json` prints it."""
    return {"url": found.url, "device": found.identity.json, "settings": [setting.json for setting in found.settings]}
