"""The language's properties (`set foh white_balance indoor`) and the rows of the command table that carry them.

One row of `PROPERTIES` is all that a property is: the words and numbers it takes, the rows they become, the
inquiries that read it back, and what must be known before it is sent. The grammar, the checks, `inspect` and
the help text read it from here.

Numbers exist twice. An operator writes them in the property's own unit (5600K, −3, 50Hz); a `SetProperty`
carries them raw, as the row wants them. `Range.raw` and `Range.shown` go between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

from msgspec import Struct, field

from cuelang.commands import SetProperty

Unit = Literal["", "K", "Hz"]
RowParams = tuple[str, Mapping[str, int]]
"""A row's id and its parameters."""

WITH_PRESETS = frozenset((
    "white_balance", "red_gain", "blue_gain", "color_temperature", "red_tuning", "blue_tuning", "exposure", "iris",
    "shutter", "gain", "bright", "wdr", "gain_limit", "drc", "noise_2d", "noise_3d", "color_gain", "hue", "brightness",
    "contrast", "exposure_compensation", "sharpness", "backlight", "gamma",
))  # fmt: skip
"""The picture: what cameras keep with a preset, and bring back when it is recalled (PTZOptics' "Preset 2.0")."""

VALUE = "value"
"""The verb of a `SetProperty` whose value is its numbers."""


class Range(Struct, frozen=True):
    """The numbers that one parameter takes, in the operator's unit: low, low + step … high, without the gaps.

    Raw is (number − base) / step.
    """

    param: str
    low: int
    high: int
    unit: Unit = ""
    step: int | Fraction = 1
    base: int = 0
    gaps: tuple[range, ...] = ()

    def raw(self, number: int | Fraction) -> int | None:
        """The raw value, or None if the number is outside or between two steps."""
        if not self.low <= number <= self.high or any(number in gap for gap in self.gaps):
            return None
        raw = Fraction(number - self.base, self.step)
        return raw.numerator if raw.denominator == 1 else None

    def shown(self, raw: int) -> int | float:
        """The operator's number of a raw value."""
        shown = raw * self.step + self.base
        return int(shown) if shown == int(shown) else float(shown)

    @property
    def text(self) -> str:
        starts = [self.low, *(gap.stop for gap in self.gaps)]
        ends = [*(gap.start - 1 for gap in self.gaps), self.high]
        steps = f" in steps of {float(self.step):g}{self.unit}" if self.step != 1 else ""
        return " or ".join(self._span(low, high) for low, high in zip(starts, ends, strict=True)) + steps

    def _span(self, low: int, high: int) -> str:
        first, last = f"{low}{self.unit}".replace("-", "−"), f"{high}{self.unit}"
        if low == high:
            return last
        return f"{first} or {last}" if high == low + self.step else f"{first} to {last}"


class Property(Struct, frozen=True):
    """One property. `words` are the values that are words; `numbers` the one or two that are numbers, all
    carried by `row`; `pose` says that the value is `pan A tilt B`, within the model's range.

    `inquiries` read it back. `on_air`: its change is seen, so the interlock covers it.
    `single`: words that step, toggle or trigger, and are never repeated on a doubtful link.
    `needs_menu`: words that are sent only when the camera says that its menu is open.
    `risk`: what may come of it in a show, as a sentence; empty: nothing but what is asked for.
    `more`: the further rows of words that take several. `meanings`: what the answers mean on this camera, where it is
    not what they mean elsewhere; `together`: the words of all answers at once, where one word needs them all.
    """

    name: str
    words: Mapping[str, RowParams]
    numbers: tuple[Range, ...] = ()
    row: str = ""
    fixed: Mapping[str, int] = field(default_factory=dict)
    pose: bool = False
    inquiries: tuple[str, ...] = ()
    on_air: bool = False
    single: frozenset[str] = frozenset()
    needs_menu: frozenset[str] = frozenset()
    more: Mapping[str, tuple[RowParams, ...]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    risk: str = ""
    together: Mapping[tuple[int, ...], str] = field(default_factory=dict)

    @property
    def allowed(self) -> str:
        """What may be written, for a message: “`auto`, `manual` or a number, 0 to 5”."""
        choices = [f"`{word}`" for word in self.words]
        if self.pose:
            choices.append("`pan A tilt B`")
        elif len(self.numbers) == 2:
            first, second = self.numbers
            choices.append(f"two numbers, {first.param} and {second.param}, each {first.text}")
        elif self.numbers:
            number = self.numbers[0]
            choices.append(number.text if number.unit else f"a number, {number.text}")
        return choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"

    @property
    def unit(self) -> Unit:
        """The unit that its numbers are written with."""
        return self.numbers[0].unit if self.numbers else ""

    def raw(self, numbers: Sequence[int | Fraction]) -> tuple[int, ...] | None:
        """Raw values of what an operator wrote, or None if there are too many, too few, or one is out of range.

        The two of a pose are raw already, and the model knows their range.
        """
        if self.pose:
            if len(numbers) != 2 or not all(isinstance(number, int) for number in numbers):
                return None
            return tuple(int(number) for number in numbers)
        if not numbers or len(numbers) != len(self.numbers):
            return None
        found: list[int] = []
        for limits, number in zip(self.numbers, numbers, strict=True):
            raw = limits.raw(number)
            if raw is None:
                return None
            found.append(raw)
        return tuple(found)

    def word(self, word: str) -> SetProperty | None:
        """The command for a word, or None if it is not one of this property's."""
        return SetProperty(self.name, word) if word in self.words else None

    def value(self, numbers: Sequence[int | Fraction]) -> SetProperty | None:
        """The command for numbers in the operator's unit (for a pose: raw pan and tilt), or None."""
        raw = self.raw(numbers)
        return None if raw is None else SetProperty(self.name, VALUE, raw)

    def repeatable(self, verb: str) -> bool:
        """Whether sending it twice does what sending it once does."""
        return verb not in self.single


def to_rows(command: SetProperty, properties: Mapping[str, Property] | None = None) -> tuple[RowParams, ...]:
    """The rows of the command table that carry out a property's command, in the order in which they are sent.

    `properties`: those of the camera (`capability.properties_of`). Raises ValueError for a property, word or number of
    values that it does not have.
    """
    prop = (PROPERTIES if properties is None else properties).get(command.prop)
    if prop is None:
        raise ValueError(f"there is no property {command.prop}")
    if command.verb in prop.words:
        return (prop.words[command.verb], *prop.more.get(command.verb, ()))
    names = ("pan", "tilt") if prop.pose else tuple(limits.param for limits in prop.numbers)
    if command.verb != VALUE or not names or len(command.numbers) != len(names):
        raise ValueError(f"{command.prop} takes {prop.allowed}")
    if prop.name == "lens_type":
        return ((f"lens_type.{command.numbers[0]}", {}),)
    return ((prop.row, {**prop.fixed, **dict(zip(names, command.numbers, strict=True))}),)


ShownValues = tuple[str | int | float, ...]


def from_answers(
    name: str, answers: Mapping[str, Mapping[str, int]], properties: Mapping[str, Property] | None = None
) -> str | None:
    """What a camera says a property is, written as the language writes it (`indoor`, `5600K`, `on, 4`).

    `answers`: decoded fields by the id of the inquiry. None if an inquiry of the property is missing, it has
    none, or the camera's answer is undocumented.
    """
    said = values_from(name, answers, properties)
    if said is None:
        return None
    unit = (PROPERTIES if properties is None else properties)[name].unit
    return ", ".join(one if isinstance(one, str) else f"{one}{unit}".replace("-", "−") for one in said)


def values_from(
    name: str, answers: Mapping[str, Mapping[str, int]], properties: Mapping[str, Property] | None = None
) -> ShownValues | None:
    """The same as values: words, and numbers in the property's `unit`."""
    prop = (PROPERTIES if properties is None else properties)[name]
    if prop.together:
        every = tuple(next(iter(answers.get(inquiry, {}).values()), -1) for inquiry in prop.inquiries)
        return (prop.together[every],) if every in prop.together else None
    said: list[str | int | float] = []
    for inquiry in prop.inquiries:
        fields = answers.get(inquiry)
        found = _read(prop, inquiry, fields) if fields else None
        if found is None:
            return None
        said += found
    return tuple(said) or None


def _read(prop: Property, inquiry: str, fields: Mapping[str, int]) -> ShownValues | None:
    if inquiry == "inq.rtmp":
        return ("on" if fields["streams"] & (1 if prop.name == "rtmp_1" else 2) else "off",)
    value = next(iter(fields.values()))
    meanings = meanings_of(prop, inquiry)
    if meanings is not None:
        word = meanings.get(value)
        if word != _NUMBERS:
            return None if word is None else (word,)
    shown: list[str | int | float] = []
    for limits in prop.numbers:
        raw = fields.get(limits.param)
        if raw is None or not limits.low <= limits.shown(raw) <= limits.high:
            return None
        shown.append(limits.shown(raw))
    return tuple(shown) or None


def meanings_of(prop: Property, inquiry: str) -> Mapping[int, str] | None:
    """What the first field of its answer means; None: it is the property's number."""
    found = prop.meanings.get(inquiry, _MEANINGS.get(inquiry))
    return _SWITCH if found is None and tuple(prop.words) == _ON_OFF and not prop.numbers else found


_NUMBERS = "its numbers"
_SWITCH = {2: "on", 3: "off"}
_AUTO = {2: "auto", 3: "manual"}

_MEANINGS: dict[str, dict[int, str]] = {
    "inq.wb_mode": {
        0x00: "auto", 0x01: "indoor", 0x02: "outdoor", 0x03: "one_push", 0x05: "manual", 0x20: "color_temperature",
    },
    "inq.ae_mode": {
        0x00: "auto", 0x03: "manual", 0x0A: "shutter_priority", 0x0B: "iris_priority", 0x0D: "bright",
    },
    "inq.exp_comp_mode": _SWITCH,
    "inq.nr2d_mode": _AUTO,
    "inq.sharpness_mode": _AUTO,
    "inq.motion_sync": {0: "off", 1: "on"},
    "inq.detail_mode": {0: "auto", 1: "manual"},
    "inq.flicker": {0: "off", 1: _NUMBERS, 2: _NUMBERS},
    "inq.effect": {0: "off", 4: "bw"},
    "inq.flip": {0: "off", 1: "h", 2: "v", 3: "hv"},
    "inq.awb_sensitivity": {0: "high", 1: "normal", 2: "low"},
    "inq.af_sensitivity": {1: "high", 2: "normal", 3: "low"},
    "inq.af_zone": {0: "top", 1: "center", 2: "bottom"},
    "inq.focus_range": {0: "off", 1: _NUMBERS},
    "inq.menu": {2: "open", 3: "closed"},
}  # fmt: skip
"""What the first field of an answer means, if it is neither the property's number nor a switch."""


def _rows(group: str, *words: str) -> dict[str, RowParams]:
    return {word: (f"{group}.{word}", {}) for word in words}


def _states(row: str, on: int, off: int, **fixed: int) -> dict[str, RowParams]:
    return {"on": (row, {**fixed, "state": on}), "off": (row, {**fixed, "state": off})}


STEPS = frozenset(("up", "down"))


def _stepped(name: str, group: str, inquiries: tuple[str, ...], number: Range, *words: str) -> Property:
    """A property with a number, `reset`, `up` and `down`."""
    return Property(
        name,
        _rows(group, *words, "reset", "up", "down"),
        (number,),
        f"{group}.direct",
        inquiries=inquiries,
        single=STEPS,
    )


def _number(name: str, row: str, number: Range, *inquiries: str) -> Property:
    return Property(name, {}, (number,), row, inquiries=inquiries)


def _words(
    name: str,
    group: str,
    words: tuple[str, ...],
    *inquiries: str,
    on_air: bool = False,
) -> Property:
    rows = _rows(group, *words)
    return Property(name, rows, inquiries=inquiries, on_air=on_air)


def _limit(name: str, corner: int) -> Property:
    clear: dict[str, RowParams] = {"clear": ("pt.limit_clear", {"corner": corner})}
    return Property(name, clear, row="pt.limit_set", fixed={"corner": corner}, pose=True)


_ON_OFF = ("on", "off")
_LEVELS = ("high", "normal", "low")
_ARROWS = frozenset(("up", "down", "left", "right"))

_TABLE = (
    Property(
        "white_balance",
        {
            **_rows("wb", "auto", "indoor", "outdoor", "one_push", "manual", "color_temperature"),
            "trigger": ("wb.one_push_trigger", {}),
        },
        inquiries=("inq.wb_mode",),
        single=frozenset(("trigger",)),
    ),
    _stepped("red_gain", "r_gain", ("inq.r_gain",), Range("gain", 0, 255)),
    _stepped("blue_gain", "b_gain", ("inq.b_gain",), Range("gain", 0, 255)),
    _stepped(
        "color_temperature", "color_temp", ("inq.color_temp",), Range("index", 2500, 8000, "K", 100, 2500)),
    _number("red_tuning", "r_tuning.direct", Range("tuning", -10, 10, base=-10), "inq.r_tuning"),
    _number("blue_tuning", "b_tuning.direct", Range("tuning", -10, 10, base=-10), "inq.b_tuning"),
    Property(
        "exposure",
        {"auto": ("ae.full_auto", {}), **_rows("ae", "manual", "shutter_priority", "iris_priority", "bright")},
        inquiries=("inq.ae_mode",),
    ),
    _stepped("iris", "iris", ("inq.iris",), Range("iris", 0, 17)),
    _stepped("shutter", "shutter", ("inq.shutter",), Range("shutter", 1, 17)),
    _stepped("gain", "gain", ("inq.gain",), Range("gain", 0, 15)),
    _stepped("bright", "bright", ("inq.bright",), Range("bright", 0, 17)),
    # PTZOptics' own sheet keeps these opcodes to ZCAM bodies.
    _stepped("wdr", "wdr", (), Range("level", 0, 6)),
    _number("gain_limit", "gain.limit", Range("limit", 0, 15), "inq.gain_limit"),
    _number("drc", "drc.direct", Range("level", 0, 8)),
    _number("noise_3d", "nr3d.level", Range("level", 0, 8), "inq.nr3d"),
    _number("gamma", "gamma.direct", Range("gamma", 0, 4), "inq.gamma"),
    _number("color_gain", "color_gain", Range("gain", 0, 14), "inq.color_gain"),
    _number("hue", "color_hue", Range("hue", 0, 14), "inq.color_hue"),
    _number("brightness", "brightness.direct", Range("level", 0, 14), "inq.brightness"),
    _number("contrast", "contrast.direct", Range("level", 0, 14), "inq.contrast"),
    _number("preset_speed", "preset.speed", Range("speed", 1, 24)),
    _stepped(
        "exposure_compensation", "exp_comp", ("inq.exp_comp_mode", "inq.exp_comp"),
        Range("level", 0, 14), "on", "off",
    ),
    Property(
        "noise_2d", _rows("nr2d", "auto", "manual"), (Range("level", 0, 5),), "nr2d.level",
        inquiries=("inq.nr2d_mode", "inq.nr2d")),
    _stepped(
        "sharpness", "sharpness", ("inq.sharpness_mode", "inq.sharpness"), Range("gain", 0, 15), "auto", "manual"
    ),
    _words("backlight", "backlight", _ON_OFF, "inq.backlight"),
    Property("freeze", _states("freeze", 2, 3), on_air=True),
    _words("reverse", "lr_reverse", _ON_OFF, "inq.lr_reverse", on_air=True),
    _words("picture_flip", "picture_flip", _ON_OFF, "inq.picture_flip", on_air=True),
    _words("motion_sync", "motion_sync", _ON_OFF, "inq.motion_sync"),
    # The manual and the NDI|HX manual say 1 on, 2 off; the official list of 10/27/2023 says the opposite.
    Property("multicast", _states("multicast", 1, 2)),
    Property("usb_audio", _states("uac", 2, 3), inquiries=("inq.uac",)),
    Property("rtmp_1", _states("rtmp", 2, 3, stream=1), inquiries=("inq.rtmp",)),
    Property("rtmp_2", _states("rtmp", 2, 3, stream=2), inquiries=("inq.rtmp",)),
    Property(
        "flicker", {"off": ("flicker", {"mode": 0})}, (Range("mode", 50, 60, "Hz", 10, 40),), "flicker",
        inquiries=("inq.flicker",)),
    _words("effect", "effect", ("off", "bw"), "inq.effect"),
    _words("flip", "flip", ("off", "h", "v", "hv"), "inq.flip", on_air=True),
    _words("awb_sensitivity", "awb_sensitivity", _LEVELS, "inq.awb_sensitivity"),
    _words("af_sensitivity", "af_sensitivity", _LEVELS, "inq.af_sensitivity"),
    _words("af_zone", "af_zone", ("top", "center", "bottom"), "inq.af_zone"),
    _number(
        "motion_sync_speed", "motion_sync.max_speed", Range("stage", 0, 9), "inq.motion_sync_speed"),
    Property(
        "focus_range", {"off": ("focus_range", {"enable": 0, "far": 0, "near": 0})},
        (Range("far", 0, 11), Range("near", 0, 11)), "focus_range", {"enable": 1},
        inquiries=("inq.focus_range",)),
    _limit("limit_up_right", 1),
    _limit("limit_down_left", 0),
    Property("lens_type", {}, (Range("type", 1, 2),)),
    _words("ndi", "ndi", ("high", "medium", "low", "off")),
    Property(
        "osd",
        {**_rows("osd", "toggle", "close", "up", "down", "left", "right", "enter"), "back": ("osd.return", {})},
        inquiries=("inq.menu",), on_air=True, single=_ARROWS | {"toggle", "enter", "back"}, needs_menu=_ARROWS),
    _words("settings", "settings", ("save",)),
    Property(
        "af_calibration", {"run": ("af_calibration", {})}, single=frozenset(("run",)),
        risk="The focus is calibrated again, which moves it and can leave it worse than before."),
)  # fmt: skip

PROPERTIES: dict[str, Property] = {prop.name: prop for prop in _TABLE}
