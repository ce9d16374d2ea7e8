"""A model file: the figures of one camera as they were measured, on top of a model of the table.

    format = "cuelang.model/1"
    base = "ptzoptics-move-4k-20x"       # what was not measured is taken from here
    title = "foh, measured"
    [pan]
    speeds = [10.3, 14.1, …]             # degrees a second, from step 1 on
    [tilt]
    speeds = [5.7, …]
    [zoom]
    full = 4.02                          # seconds from one end to the other at full speed
    speeds = [512, …]                    # counts a second at the speeds 0 to 7

Every table and every figure may be left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from cuelang.models.model import Model
from cuelang.models.tables import DEFAULT, MODELS
from cuelang.units import NS

FORMAT = "cuelang.model/1"
SUFFIX = ".toml"
ZOOM_STEPS = 8


class BadModel(ValueError):
    """The message says what is wrong with the file, as the end of a sentence that names it."""


@lru_cache(maxsize=64)
def read_model(text: str, name: str) -> Model:
    """The model that a file of this name holds; the same object for the same text. Raises BadModel."""
    import tomllib  # few shows have such a file

    try:
        data = tomllib.loads(text, parse_float=Fraction)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise BadModel(f"is not valid TOML: {error}") from None
    if data.get("format") != FORMAT:
        raise BadModel(f'does not begin with format = "{FORMAT}"')
    base = _base(data.get("base"))
    pan, tilt, zoom = (_table(data, axis) for axis in ("pan", "tilt", "zoom"))
    full = zoom.get("full")
    return replace(
        base,
        id=name,
        title=str(data.get("title", base.title)),
        pan_speeds=_speeds(pan, "pan", len(base.pan_speeds)) or base.pan_speeds,
        tilt_speeds=_speeds(tilt, "tilt", len(base.tilt_speeds)) or base.tilt_speeds,
        zoom_speeds=_speeds(zoom, "zoom", ZOOM_STEPS),
        zoom_full=base.zoom_full if full is None else int(_positive(full, "full of [zoom]") * NS),
        estimate=False,
        source=f"measured: {name}",
        base=base.id,
    )


HEADINGS = ("# Measured at ", "# What was not measured ", "# Not measured: ")
"""What the lines of comment begin with that a measurement writes, and the next one writes again."""

_UNITS = {
    "pan": "degrees a second, from step 1 on",
    "tilt": "as for pan",
    "zoom": "counts a second at the speeds 0 to 7",
}


def write_model(
    base: Model,
    title: str,
    heading: Sequence[str],
    *,
    pan: Sequence[float] = (),
    tilt: Sequence[float] = (),
    zoom: Sequence[float] = (),
    full: float | None = None,
    before: str = "",
) -> str:
    """The text of a model file. `heading` are lines of comment; an axis without figures is left out. `before` is the
    text of the model file that it replaces: its title, its comments and its order stay."""
    import tomlkit

    lines = [line for line in before.replace("\r\n", "\n").split("\n") if not line.startswith(HEADINGS)]
    file = tomlkit.parse("".join(f"# {line}\n" for line in heading) + "\n".join(lines))
    _put(file, "format", FORMAT)
    if file.get("base", "") != base.id or "title" not in file:
        _put(file, "base", base.id or None)
        _put(file, "title", title)
    figures: dict[str, dict[str, object]] = {
        "pan": {"speeds": [round(speed, 3) for speed in pan]},
        "tilt": {"speeds": [round(speed, 3) for speed in tilt]},
        "zoom": {"full": full and round(full, 3), "speeds": [round(speed, 1) for speed in zoom]},
    }
    for axis, values in figures.items():
        if axis not in file and any(values.values()):
            file[axis] = tomlkit.table()
        for name, value in values.items() if axis in file else ():
            unit = "seconds from one end to the other at full speed" if name == "full" else _UNITS[axis]
            _put(file[axis], name, value, unit)
    return tomlkit.dumps(file)


def _put(table: Any, name: str, value: object, comment: str = "") -> None:
    """What says the same already stays as it is written; a comment that is there stays. Without a value: not at all."""
    import tomlkit

    if not value:
        table.pop(name, None)
    elif table.get(name) != value:
        item = tomlkit.item(value)
        if comment and name not in table:
            item.comment(comment)
        table[name] = item


def _base(name: object) -> Model:
    if name is None:
        return DEFAULT
    known = {model.id: model for model in (*MODELS, DEFAULT)}
    found = known.get(name.lower()) if isinstance(name, str) else None
    if found is None:
        raise BadModel(f"has the unknown base model “{name}”; known: {', '.join(known)}")
    return found


def _table(data: Mapping[str, Any], axis: str) -> Mapping[str, Any]:
    found = data.get(axis, {})
    if not isinstance(found, dict):
        raise BadModel(f"has a {axis} that is not a table; write [{axis}]")
    return found


def _speeds(table: Mapping[str, Any], axis: str, steps: int) -> tuple[Fraction, ...]:
    given = table.get("speeds")
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) != steps:
        raise BadModel(f"needs {steps} speeds under [{axis}]")
    return tuple(_positive(speed, f"speeds of [{axis}]") for speed in given)


def _positive(number: object, where: str) -> Fraction:
    if isinstance(number, bool) or not isinstance(number, int | Fraction) or number <= 0:
        raise BadModel(f"has {number!s} in {where}; a number above 0 is needed")
    return Fraction(number)
