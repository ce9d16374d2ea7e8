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


def write_model(
    base: Model,
    title: str,
    heading: Sequence[str],
    *,
    pan: Sequence[float] = (),
    tilt: Sequence[float] = (),
    zoom: Sequence[float] = (),
    full: float | None = None,
) -> str:
    """The text of a model file. `heading` are lines of comment; an axis without figures is left out."""
    lines = [f"# {line}".rstrip() for line in heading]
    lines.append(f'format = "{FORMAT}"')
    if base.id:
        lines.append(f'base = "{base.id}"')
    lines.append(f"title = {_quoted(title)}")
    for axis, speeds, unit in (("pan", pan, "degrees a second, from step 1 on"), ("tilt", tilt, "as for pan")):
        if speeds:
            lines += ["", f"[{axis}]", f"speeds = {_listed(speeds, 3)}  # {unit}"]
    if zoom or full is not None:
        lines += ["", "[zoom]"]
    if full is not None:
        lines.append(f"full = {full:.3f}  # seconds from one end to the other at full speed")
    if zoom:
        lines.append(f"speeds = {_listed(zoom, 1)}  # counts a second at the speeds 0 to 7")
    return "\n".join(lines) + "\n"


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


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def _listed(numbers: Sequence[float], places: int) -> str:
    return "[" + ", ".join(f"{number:.{places}f}" for number in numbers) + "]"
