"""Folders that a sheet names for what it saves: they are in the sheet's own folder or below it."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from cuelang.lang import syntax as s
from cuelang.lang.scope import Scope
from cuelang.plain import is_whole

MAX_FOLDER_BYTES = 200
"""Bytes of one part of a path: file systems take 255, and a picture's name is longer than its folder's."""


def folder(node: s.Expr | None, default: str, scope: Scope) -> str | None:
    """What follows `save`, checked as it will be when the pictures are there; None after a report."""
    if node is None:
        return default
    name = scope.text(node, "A folder")
    if name is None:
        return None
    wrong = problem(name)
    if wrong:
        scope.report("E302", node.loc, wrong, f'Use a folder in or below the sheet\'s own, as in save "{default}".')
        return None
    return name


def problem(name: str) -> str:
    """Why nothing can be saved there, on any system; empty if it can."""
    if any(char < " " or char == "\x7f" for char in name) or not is_whole(name):
        return "A folder name cannot contain control characters."
    depth = 0
    for part in name.replace("\\", "/").split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return f"“{name}” is outside the sheet's folder."
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or PureWindowsPath(name).root:
        return f"“{name}” is not relative to the sheet's folder."
    if any(len(part.encode()) > MAX_FOLDER_BYTES for part in name.split("/")):
        return f"A folder name has at most {MAX_FOLDER_BYTES} bytes."
    return ""
