"""Statements that bring what the language itself has no words for: the settings of a file, and a frame byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from cuelang import commands as c
from cuelang.lang import syntax as s
from cuelang.lang.env import CameraInfo
from cuelang.lang.scope import Scope
from cuelang.plain import short
from cuelang.protocols import CAPABILITIES, settings_of
from cuelang.protocols.visca import profile as profiles
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.protocols.visca.raw import frame_of, instead

_HINTS = {
    "unknown": "Correct its name in the file, or remove it.",
    "lacking": "Remove it from the file, or save a file for this camera.",
    "value": "Correct it in the file, or remove it.",
}
_CODES = {"unknown": "E209", "lacking": "E401", "value": "E302"}


def profile(node: s.Profile, scope: Scope) -> Iterator[tuple[CameraInfo, c.Command]]:
    """`profile CAMS "evening.toml"`: each setting of the file for each camera, a mode before what it decides. Of a
    folder, `"evening/"`, each camera gets its own file."""
    infos = scope.cameras(node.cams)
    path = scope.text(node.file, "The name of a profile")
    if path is None:
        return
    said: set[str] = set()
    folder = path if path.endswith("/") else ""
    for info in infos:
        path = f"{folder}{info.camera.name}.toml" if folder else path
        found = _profile(path, node, scope)
        if found is None:
            return
        for name in profiles.in_order(found.settings):
            if name in profiles.MOMENTARY:
                if name not in said:
                    said.add(name)
                    message = f"{path}: `{name}` is not a setting; it does something once."
                    scope.report("E209", node.file.loc, message, f"Remove it from the file, or write `set … {name} …`.")
                continue
            value = found.settings[name]
            own = settings_of(info.family, info.model)
            try:
                yield from ((info, command) for command in profiles.commands_of(name, value, info.model, own))
            except profiles.BadSetting as bad:
                if c.SetProperty in CAPABILITIES[info.family] and not (info.family == "cgi" and bad.kind == "lacking"):
                    _bad(bad, name, path, node, scope, info)
                elif name in PROPERTIES or name in ("focus", "focus_mode"):
                    yield info, c.SetProperty(name, "")  # the link cannot, whatever the value


def _bad(bad: profiles.BadSetting, name: str, path: str, node: s.Profile, scope: Scope, info: CameraInfo) -> None:
    name = short(name, 40)
    if bad.kind == "unknown":
        message = f"{path}: unknown setting “{name}”."
    elif bad.kind == "lacking":
        message = f"{path}: “{info.camera.name}” does not support this: {bad}."
    else:
        message = f"{path}: “{info.camera.name}” cannot take `{name}`: {bad}."
    scope.report(_CODES[bad.kind], node.file.loc, message, _HINTS[bad.kind])


def _profile(path: str, node: s.Profile, scope: Scope) -> profiles.Profile | None:
    source = scope.files.file(path, scope.section.block.file)
    if isinstance(source, str):
        why = source.replace("a cue sheet is UTF-8 text", "a profile is UTF-8 text")
        scope.report("E205", node.file.loc, why, "The path is relative to this sheet. `cuelang camera save` writes it.")
        return None
    try:
        return _read(source.text, path)
    except profiles.BadProfile as bad:
        scope.report("E302", node.file.loc, str(bad), "`cuelang camera save` writes such a file.")
        return None


_read = lru_cache(maxsize=64)(profiles.read_profile)


def raw(node: s.Raw, scope: Scope) -> Iterator[tuple[CameraInfo, c.Command]]:
    """`raw CAM "81 01 06 05 FF"`."""
    infos = scope.cameras(node.cams)
    if len(infos) > 1:
        scope.report("E208", node.cams[0].loc, "`raw` takes one camera at a time.", "Write a line for each camera.")
        return
    text = scope.text(node.frame, "A frame")
    if text is None:
        return
    try:
        frame = frame_of(text)
    except ValueError as error:
        scope.report("E302", node.frame.loc, str(error), 'For example: raw foh "81 01 06 05 FF".')
        return
    for info in infos:
        other = instead(frame, info.model, info.camera.name) if info.family == "visca" else None
        if other is None:
            yield info, c.Raw(frame)
        else:
            scope.report(
                "E401", node.frame.loc, f"`raw` does not send this to “{info.camera.name}”: {other.why}.", other.hint
            )
