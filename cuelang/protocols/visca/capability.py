"""The properties that one camera has, with the words and numbers of its own command list.

A PTZOptics camera has the table of `properties` as it stands. For a Sony it is what the list's rows carry of it; what
only Sony has, or means otherwise, is in the four tables here.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from msgspec.structs import replace

from cuelang.commands import SetProperty
from cuelang.models import Model
from cuelang.models.tables import MODELS
from cuelang.protocols.visca.lists import ALL, HEADS, rows_of
from cuelang.protocols.visca.properties import PROPERTIES, VALUE, Property, Range, RowParams
from cuelang.protocols.visca.row import Row

WORDS: dict[tuple[str, str], tuple[RowParams, ...]] = {
    ("white_balance", "auto2"): (("sony.wb_auto2", {}),),
    ("exposure", "gain_priority"): (("sony.ae_gain_priority", {}),),
}
"""Words that only Sony's lists have, where they have the row."""


def _switches(iris: int, gain: int, shutter: int) -> tuple[RowParams, ...]:
    return (
        ("sony.auto_iris", {"state": iris}),
        ("sony.auto_gain", {"state": gain}),
        ("sony.auto_shutter", {"state": shutter}),
    )


_SWITCHED: dict[str, tuple[int, int, int]] = {
    "auto": (2, 2, 2), "manual": (3, 3, 3), "shutter_priority": (2, 2, 3), "iris_priority": (3, 2, 2),
}  # fmt: skip
"""The FR7 and the AM7 have no exposure mode: automatic iris, gain and shutter are on (2) or off (3) one by one."""

NUMBERS: dict[tuple[str, str], Range] = {
    **{
        (name, prop): Range("gain", -99, 99, step=Fraction(1, 10), base=-99)
        for name in HEADS
        for prop in ("red_gain", "blue_gain")
    },
    **{(name, "color_temperature"): Range("index", 2000, 15000, "K") for name in HEADS},
}
"""Numbers that are written in another unit than PTZOptics'."""

INQUIRIES: dict[tuple[str, str], tuple[str, ...]] = {
    **{(name, "sharpness"): ("inq.detail_mode", "inq.sharpness") for name in ALL},
    **{(name, "sharpness"): ("inq.sharpness",) for name in ALL if name.startswith("srg-3") or name == "srg-120dh"},
    **{(name, "sharpness"): ("inq.sharpness",) for name in HEADS},
    **{(name, "exposure"): ("inq.auto_iris", "inq.auto_gain", "inq.auto_shutter") for name in HEADS},
}
"""What reads a property back, where it is not what reads it elsewhere."""

_WB = {
    0x00: "auto", 0x01: "indoor", 0x02: "outdoor", 0x03: "one_push", 0x04: "auto2", 0x05: "manual",
}  # fmt: skip
MEANINGS: dict[tuple[str, str], Mapping[str, Mapping[int, str]]] = {
    **{(name, "white_balance"): {"inq.wb_mode": _WB} for name in ALL},
    **{
        (name, "white_balance"): {"inq.wb_mode": {0x04: "auto", 0x05: "manual", 0x0A: "color_temperature"}}
        for name in HEADS
    },

        ("brc-x1000", "exposure"): {
            "inq.ae_mode": {
                0x00: "auto", 0x03: "manual", 0x0A: "shutter_priority", 0x0B: "iris_priority", 0x0E: "gain_priority",
            }
        }
    ,
}  # fmt: skip


@cache
def in_no_list(name: str) -> bool:
    """Whether no Sony has this property: it is PTZOptics' own."""
    return not any(name in properties_of(model) for model in MODELS if model.list)


def why_no_property(model: Model, name: str, verb: str, known: Mapping[str, Property] | None = None) -> str | None:
    """What a camera's own command list does not have of this: the end of a sentence, or None if it has it. `known`:
    the properties of this model, if they are at hand."""
    prop = (properties_of(model) if known is None else known).get(name)
    if prop is None:
        return f"{model.title} has no {name}; it is {'a PTZOptics setting' if in_no_list(name) else 'not in its list'}"
    if verb in prop.words or (verb == VALUE and (prop.pose or prop.numbers)):
        return None
    wanted = "number" if verb == VALUE else verb
    return f"{model.title} has no {name} {wanted}; it takes {prop.allowed}"


def vocabulary(prop: Property) -> tuple[str, ...]:
    """The words that some camera has for this property."""
    return (*prop.words, *(word for name, word in WORDS if name == prop.name))


def properties_of(model: Model) -> Mapping[str, Property]:
    """The properties of this model's camera, by name."""
    return _properties(model.list, model) if model.list else PROPERTIES


def written(command: SetProperty, model: Model) -> str:
    """A property's command as a sheet has it: `iris 9`, `color_temperature 5600K`, `limit_up_right pan 10deg …`."""
    if not command.numbers:
        return f"{command.prop} {command.verb}"
    prop = properties_of(model).get(command.prop)
    shown = list(map(str, command.numbers))
    if prop is not None and prop.pose and len(shown) == 2:
        pan, tilt = command.numbers
        return f"{command.prop} pan {_degrees(model.pan_degrees(pan))} tilt {_degrees(model.tilt_degrees(tilt))}"
    if prop is not None and len(prop.numbers) == len(shown):
        shown = [f"{one.shown(raw)}{one.unit}" for one, raw in zip(prop.numbers, command.numbers, strict=True)]
    return f"{command.prop} {', '.join(shown)}"


def _degrees(value: Fraction) -> str:
    return f"{round(float(value), 1):g}deg"


@cache
def _properties(name: str, model: Model) -> Mapping[str, Property]:
    rows = rows_of(model)
    found = {prop.name: _listed(prop, name, rows) for prop in PROPERTIES.values()}
    return {key: prop for key, prop in found.items() if prop.words or prop.numbers or prop.pose}


def _listed(prop: Property, name: str, rows: Mapping[str, Row]) -> Property:
    """What of a property a list's rows carry."""
    words = {word: row for word, row in prop.words.items() if row[0] in rows}
    more: dict[str, tuple[RowParams, ...]] = {}
    own = {word: chain for (whose, word), chain in WORDS.items() if whose == prop.name}
    if prop.name == "exposure" and name in HEADS:
        own = {word: _switches(*states) for word, states in _SWITCHED.items()}
    for word, chain in own.items():
        if chain[0][0] in rows:
            words[word] = chain[0]
            more[word] = chain[1:]
    row = rows.get(prop.row)
    numbers = tuple(_limited(limits, row) for limits in prop.numbers) if row is not None else ()
    if numbers and (name, prop.name) in NUMBERS:
        numbers = (NUMBERS[name, prop.name],)
    asked = INQUIRIES.get((name, prop.name), prop.inquiries)
    together: dict[tuple[int, ...], str] = {}
    if prop.name == "exposure" and name in HEADS:
        together = {states: word for word, states in _SWITCHED.items()}
    return replace(
        prop,
        words=words,
        numbers=numbers,
        pose=prop.pose and row is not None,
        inquiries=tuple(one for one in asked if one in rows),
        single=prop.single & words.keys(),
        needs_menu=prop.needs_menu & words.keys(),
        more=more,
        meanings=MEANINGS.get((name, prop.name), {}),
        together=together,
    )


def _limited(limits: Range, row: Row) -> Range:
    """The numbers that the row takes, in the property's unit; its steps there are those of its raw values."""
    param = next(one for one in row.params if one.name == limits.param)
    if limits.step != 1 or limits.base:
        return limits
    return replace(limits, low=param.low, high=param.high, gaps=param.gaps)
