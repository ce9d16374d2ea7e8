"""A camera's settings in a file: what it says, and the commands that bring it about. Pure.

    format = "cuelang.profile/1"
    url = "visca+udp://10.0.0.21:1259"
    [settings]
    white_balance = "indoor"
    exposure_compensation = "on, 4"

`cuelang camera save` writes it, `cuelang camera restore` and the statement `profile` read it. A value is written as the
language writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

from msgspec import Struct, field

from cuelang.commands import Command, Focus, FocusTo, SetProperty
from cuelang.models import DEFAULT, Model
from cuelang.plain import UserError, short
from cuelang.protocols.visca.capability import properties_of
from cuelang.protocols.visca.properties import PROPERTIES, Property

FORMAT = "cuelang.profile/1"

MOMENTARY = frozenset(("osd", "settings", "af_calibration"))
"""Properties of the language that do something and hold no value."""
STEPS = frozenset(("up", "down", "reset", "trigger", "run", "clear"))
"""Words of a property that do something once: no camera says them of itself."""
FIRST = {"exposure": 0, "white_balance": 1}
"""Modes, which decide what else a camera takes."""
OWN_MODES = frozenset(("manual", "on"))
"""Words of a property in which a camera takes its numbers."""


class Profile(Struct, frozen=True):
    """`settings` by name, in the words of the language."""

    url: str
    settings: Mapping[str, str]
    version: str = ""
    unsteady: tuple[str, ...] = ()
    """Settings that said two things when they were read twice."""
    unasked: Mapping[str, str] = field(default_factory=dict)
    """Settings that are not in it, for the camera did not say them: why, by name."""
    saved: str = ""
    """When, for people."""


class BadProfile(UserError, ValueError):
    """A file that is not a profile; the message says why, for people."""


class BadSetting(ValueError):
    """A setting of a profile that this camera cannot be given: there is none of this name, the model has none, or not
    with this value. The message says why, as the end of a sentence."""

    def __init__(self, kind: Literal["unknown", "lacking", "value"], why: str) -> None:
        super().__init__(why)
        self.kind = kind


def read_profile(text: str, path: str) -> Profile:
    """A profile from the text of a file; JSON if its name ends so, else TOML. Raises BadProfile."""
    import tomllib

    try:
        data = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadProfile(f"{path} is not a profile: {_where(error)}.") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("settings"), dict):
        raise BadProfile(f'{path} is not a profile: it has no format "{FORMAT}". `cuelang camera save` writes one.')
    settings = data["settings"]
    wrong = [name for name, value in settings.items() if not isinstance(value, str)]
    if wrong:
        raise BadProfile(f"{path}: {short(wrong[0], 40)} must be a text in quotes.")
    return Profile(
        str(data.get("url", "")), settings, str(data.get("version", "")), saved=short(str(data.get("saved", "")), 40)
    )


def _where(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    line = getattr(error, "lineno", None) or next(iter(re.findall(r"at line (\d+)", str(error))), None)
    return f"line {line} cannot be read" if line else "it cannot be read"


def in_order(settings: Mapping[str, str]) -> list[str]:
    """The names in the order in which they are sent without looking at what the camera answers: a mode before the
    numbers that it takes, and the focus, whose position needs manual focus, once."""
    names = sorted(settings, key=lambda name: FIRST.get(name, len(FIRST)))
    return [name for name in names if name != "focus_mode" or "focus" not in settings or settings[name] != "manual"]


def commands_of(
    name: str, value: str, model: Model = DEFAULT, own: Mapping[str, Property] | None = None
) -> Iterator[Command]:
    """What brings about a saved value, in order: numbers before the word that goes with them, unless it is this word
    that lets the camera take them. `own`: the camera's properties, if its link has not all of the model's. Raises
    BadSetting."""
    properties = properties_of(model) if own is None else own
    if name == "focus":
        yield Focus("manual")
        yield FocusTo(_number(value, name, 0, 0xFFFF))
    elif name == "focus_mode":
        if value not in ("auto", "manual"):
            raise BadSetting("value", f"the focus cannot be set to “{short(value, 40)}”")
        yield Focus("auto" if value == "auto" else "manual")
    elif name in properties:
        yield from _property(properties[name], value)
    elif name in PROPERTIES:
        raise BadSetting("lacking", f"{model.title} has no {name}")
    else:
        raise BadSetting("unknown", "there is no such setting")


def _property(prop: Property, value: str) -> Iterator[Command]:
    parts = [part.strip() for part in value.split(",")]
    words = [part for part in parts if part in prop.words and part not in STEPS | prop.single]
    numbers = [_amount(part, prop) for part in parts if part not in words]
    before = [word for word in words if word in OWN_MODES]
    for word in before:
        yield SetProperty(prop.name, word)
    if numbers:
        command = prop.value(numbers)
        if command is None:
            raise BadSetting("value", f"“{short(value, 40)}” is out of range: it takes {prop.allowed}")
        yield command
    for word in words:
        if word not in before:
            yield SetProperty(prop.name, word)


def _amount(text: str, prop: Property) -> Fraction:
    bare = text.replace("−", "-").removesuffix(prop.unit)
    if not _DIGITS.fullmatch(bare.removeprefix("-")):
        raise BadSetting("value", f"“{short(text, 40)}” is not valid; expected {prop.allowed}")
    return Fraction(bare)


_DIGITS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


def _number(text: str, name: str, low: int, high: int) -> int:
    if not (_DIGITS.fullmatch(text) and low <= Fraction(text) <= high and Fraction(text).denominator == 1):
        raise BadSetting("value", f"{name} is a whole number from {low} to {high}")
    return int(Fraction(text))
