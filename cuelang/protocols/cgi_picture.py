"""The picture over PTZOptics' HTTP-CGI: which of the language's properties it carries, under which key, and how it says
them back. Pure.

    GET /cgi-bin/ptzctrl.cgi?post_image_value&KEY&VALUE
    GET /cgi-bin/param.cgi?get_advance_image_conf        FIELD="VALUE" lines, or JSON

The numbers are those of VISCA (auto exposure 0, manual 3; on 2, off 3), so everything here goes between a key and the
rows of the VISCA table: what a property takes, what the simulated camera does and what `inspect` shows come from there.

Sources: the G3 HTTP-CGI sheet of 10/27/2023 for the keys; the answers that it prints for the fields. Not carried,
because no sheet states the values: the level of the exposure compensation, picture flips, black and white, the modes of
noise reduction and sharpness, and the focus mode, whose numbers differ by model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang.commands import SetProperty
from cuelang.protocols.visca.properties import PROPERTIES, VALUE, Property, RowParams, to_rows


class Carried(Struct, frozen=True):
    """One property. `key` sets it, `fields` are its names in answers, the first one that is there counts. `inquiry` and
    `param`: what VISCA asks for the same. `words` are those that it takes, with their values; `said`: a value that the
    inquiry has otherwise. `number`: it takes the property's number. `older`: the key of G2 cameras, for `param.cgi`."""

    prop: str
    key: str
    fields: tuple[str, ...]
    inquiry: str
    param: str
    words: Mapping[str, int] = field(default_factory=dict)
    said: Mapping[int, int] = field(default_factory=dict)
    number: bool = False
    older: str = ""


def _number(prop: str, key: str, said: str, inquiry: str, param: str, older: str = "") -> Carried:
    return Carried(
        prop,
        key,
        (said, older) if older and older != said else (said,),
        f"inq.{inquiry}",
        param,
        number=True,
        older=older,
    )


CARRIED: tuple[Carried, ...] = (
    Carried("white_balance", "wbmode", ("wb_mode",), "inq.wb_mode", "mode",
            {"auto": 0, "indoor": 1, "outdoor": 2, "one_push": 3, "manual": 5, "color_temperature": 0x20}),
    Carried("exposure", "aemode", ("exposure_mode",), "inq.ae_mode", "mode",
            {"auto": 0, "manual": 3, "shutter_priority": 0x0A, "iris_priority": 0x0B, "bright": 0x0D}),
    Carried("backlight", "backlight", ("backlight",), "inq.backlight", "state", {"on": 2, "off": 3}),
    Carried("motion_sync", "motionsync", ("motionsync",), "inq.motion_sync", "state",
            {"on": 2, "off": 3}, {2: 1, 3: 0}),
    Carried("flicker", "antiflicker", ("antiflicker",), "inq.flicker", "mode", {"off": 0}, number=True),
    Carried("af_zone", "focusregion", ("focus_zone",), "inq.af_zone", "zone", {"top": 0, "center": 1, "bottom": 2}),
    Carried("af_sensitivity", "focussense", ("focus_sens",), "inq.af_sensitivity", "level",
            {"high": 1, "normal": 2, "low": 3}),
    _number("red_gain", "rgain", "rgain", "r_gain", "gain"),
    _number("blue_gain", "bgain", "bgain", "b_gain", "gain"),
    _number("color_temperature", "colortemp", "temperature", "color_temp", "index"),
    _number("red_tuning", "rgaintuning", "rgain_tuning", "r_tuning", "tuning"),
    _number("blue_tuning", "bgaintuning", "bgain_tuning", "b_tuning", "tuning"),
    _number("iris", "iris", "iris", "iris", "iris"),
    _number("shutter", "shutter", "shutter", "shutter", "shutter"),
    _number("gain", "gain", "manual_gain", "gain", "gain"),
    _number("gain_limit", "gainLimit", "gain_limit", "gain_limit", "limit"),
    _number("drc", "drc", "drc", "drc", "level"),
    _number("noise_2d", "noise2d", "nr2d", "nr2d", "level"),
    _number("noise_3d", "noise3d", "nr3d", "nr3d", "level"),
    _number("color_gain", "saturation", "saturation", "color_gain", "gain", "saturation"),
    _number("hue", "hue", "hue", "color_hue", "hue", "hue"),
    _number("brightness", "luminance", "luminance", "brightness", "level", "bright"),
    _number("contrast", "contrast", "contrast", "contrast", "level", "contrast"),
    _number("sharpness", "sharpness", "sharpness", "sharpness", "gain", "sharpness"),
)  # fmt: skip
BY_KEY: Mapping[str, Carried] = MappingProxyType({one.key: one for one in CARRIED})
_BY_PROP: Mapping[str, Carried] = MappingProxyType({one.prop: one for one in CARRIED})

TRIGGER, ONE_PUSH = "trigger", "onepush"
"""White balance once: a key of its own, whose value means nothing."""


def _own(one: Carried) -> Property:
    prop = PROPERTIES[one.prop]
    words = {word: row for word, row in prop.words.items() if word in one.words}
    if one.prop == "white_balance":
        words[TRIGGER] = prop.words[TRIGGER]
    return replace(
        prop,
        words=words,
        numbers=prop.numbers if one.number else (),
        inquiries=(one.inquiry,),
        single=prop.single & words.keys(),
    )


PICTURE: Mapping[str, Property] = MappingProxyType({one.prop: _own(one) for one in CARRIED})
"""The properties of a camera that is driven by HTTP-CGI alone, with the words and numbers that it takes."""


def key_and_value(command: SetProperty) -> tuple[str, int]:
    """What is sent for a property. Raises ValueError for one that HTTP-CGI does not carry."""
    one, prop = _BY_PROP.get(command.prop), PICTURE.get(command.prop)
    if one is None or prop is None:
        raise ValueError(f"HTTP-CGI has no {command.prop}")
    if command.verb == VALUE and one.number and len(command.numbers) == 1:
        return one.key, command.numbers[0]
    if command.verb not in prop.words:
        raise ValueError(f"{command.prop} takes {prop.allowed}")
    return (ONE_PUSH, 0) if command.verb == TRIGGER else (one.key, one.words[command.verb])


def meant(key: str, value: int) -> RowParams | None:
    """The row of the VISCA table that does the same, for the camera's side; None: no such key, or not this value."""
    if key == ONE_PUSH:
        return PROPERTIES["white_balance"].words[TRIGGER]
    one = BY_KEY.get(key)
    if one is None:
        return None
    word = next((word for word, sent in one.words.items() if sent == value), None)
    prop = PICTURE[one.prop]
    if word is not None:
        return prop.words[word]
    taken = [limits for limits in prop.numbers if limits.raw(value * limits.step + limits.base) is not None]
    return to_rows(SetProperty(one.prop, VALUE, (value,)))[0] if taken else None


def answers_of(fields: Mapping[str, str]) -> dict[str, Mapping[str, int]]:
    """What an answer's fields say, as answers to VISCA inquiries. A field that holds no number is passed over."""
    plain = {name.rpartition(".")[2]: text for name, text in fields.items()}
    found: dict[str, Mapping[str, int]] = {}
    for one in CARRIED:
        text = next((plain[name] for name in one.fields if name in plain), "")
        if text.isascii() and text.isdigit() and len(text) < 6:
            value = int(text)
            found[one.inquiry] = {one.param: one.said.get(value, value)}
    return found


def fields_of(ask: Callable[[str], Mapping[str, int] | None]) -> Iterator[tuple[str, int]]:
    """The camera's side: each field with its value. `ask` answers a VISCA inquiry, None: it has none."""
    for one in CARRIED:
        answer = ask(one.inquiry)
        if answer is not None:
            back = {value: sent for sent, value in one.said.items()}
            value = next(iter(answer.values()))
            yield one.fields[0], back.get(value, value)
