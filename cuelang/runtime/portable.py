"""Parts of a plan as JSON and back: the statement of a request that is in no sheet."""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from cuelang.commands import Command
from cuelang.plan import CameraAct, CameraAction
from cuelang.source import NOWHERE, Origin

KIND = "is"


def portable(value: Any) -> Any:
    """Its JSON; what has its default is left out, and places in a sheet are not kept."""
    if isinstance(value, Struct):
        shown: dict[str, Any] = {KIND: type(value).__name__}
        for field in fields(value):
            part = getattr(value, field.name)
            if not isinstance(part, Origin) and (field.required or part != field.default):
                shown[field.name] = portable(part)
        return shown
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [portable(part) for part in value]
    if isinstance(value, bytes):
        return value.hex()
    return value


def statement(data: Mapping[str, Any]) -> CameraAction | None:
    """The statement of a record; None if it is not one."""
    try:
        found = _read(CameraAction, data)
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, CameraAction) else None


def act(data: Mapping[str, Any]) -> CameraAct | None:
    """What a hand does; None if it is not that."""
    try:
        found = _read(CameraAct, data)
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, CameraAct) else None


def commands(data: object) -> dict[str, list[Command]]:
    """What was asked of each camera, as the first record of a log has it."""
    found: dict[str, list[Command]] = {}
    for camera, acts in data.items() if isinstance(data, dict) else ():
        read = [act(one) for one in acts if isinstance(one, dict)] if isinstance(acts, list) else []
        found[str(camera)] = [one.command for one in read if one is not None]
    return found


def _read(hint: Any, data: Any) -> Any:
    origin = get_origin(hint)
    if origin is Union or isinstance(hint, types.UnionType):
        return _one_of(get_args(hint), data)
    if origin is Literal:
        if data not in get_args(hint):
            raise ValueError(data)
        return data
    if origin is frozenset:
        return frozenset(data)
    if origin is tuple:
        args = get_args(hint)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_read(args[0], part) for part in data)
        return tuple(_read(arg, part) for arg, part in zip(args, data, strict=True))
    if hint is Origin:
        return NOWHERE
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _struct(hint, data)
    if isinstance(hint, type) and issubclass(hint, tuple):
        return _named(hint, data)
    return _simple(hint, data)


def _struct(kind: type[Struct], data: Any) -> Struct:
    if data[KIND] != kind.__name__:
        raise ValueError(data[KIND])
    hints = _hints(kind)
    given = {name: _read(hints[name], part) for name, part in data.items() if name != KIND}
    for field in fields(kind):
        if field.required and hints[field.name] is Origin:
            given[field.name] = NOWHERE
    return kind(**given)


def _simple(hint: Any, data: Any) -> Any:
    if hint is bytes:
        return bytes.fromhex(data)
    if hint is float and isinstance(data, int):
        return float(data)
    if not isinstance(data, hint if hint is not None else type(None)):
        raise TypeError(data)
    return data


def _named(hint: type[tuple[Any, ...]], data: Any) -> tuple[Any, ...]:
    hints = _hints(hint)
    return hint(*(_read(hints[name], part) for name, part in zip(hints, data, strict=True)))


def _one_of(args: tuple[Any, ...], data: Any) -> Any:
    for arg in args:
        is_struct = isinstance(arg, type) and issubclass(arg, Struct)
        if isinstance(data, Mapping) != is_struct or (is_struct and data.get(KIND) != arg.__name__):
            continue
        try:
            return _read(arg, data)
        except (KeyError, TypeError, ValueError):
            continue
    raise ValueError(data)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
