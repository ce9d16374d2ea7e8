"""What was done to presets, by whom and when: kept beside the log, so that it can be undone after a restart."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, ValidationError, convert
from msgspec.structs import asdict

MAX_UNDOS = 20
"""Changes of one preset that can be undone."""
MAX_READ_BYTES = 4 * 1024 * 1024
"""Bytes of the file that are read: the newest."""


class PresetChange(Struct, frozen=True):
    """One change. `file` is the real path of the sheet; `before` and `after` are its line, empty where there was none.
    `store`: only the camera's own copy was brought up to date. `storing`: the file is about to be written, and the
    camera to store it; what follows says that it has."""

    kind: Literal["update", "new", "undo", "store", "storing"]
    camera: str
    preset: str
    who: str
    wall: str
    file: str = ""
    before: str = ""
    after: str = ""
    did: str = ""
    number: int | None = None


class Updates:
    """The changes that are known, oldest first. A disk that fails costs what it should have kept, and is reported."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._all: list[PresetChange] = []
        self.trouble = ""

    def read(self) -> None:
        """Blocks."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - MAX_READ_BYTES))
                lines = file.read().splitlines()
        except OSError:
            return
        self._all = [one for one in map(_read, lines) if one is not None]

    def copy(self, change: PresetChange) -> None:
        """One of another machine, unless it is known. Blocks."""
        if change not in self._all:
            self.add(change)

    def add(self, change: PresetChange) -> None:
        """Blocks."""
        self._all.append(change)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(change), ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self.trouble = f"Changes of presets cannot be kept in {self._path}: {error.strerror or error}."

    def of(self, file: str, camera: str, preset: str) -> list[PresetChange]:
        """The changes of one preset of a sheet that can be undone, newest first. A new preset begins them, and what was
        undone is not among them."""
        found: list[PresetChange] = []
        for one in self._lines(file, camera, preset):
            if one.kind == "new":
                found = [one]
            elif one.kind == "update":
                found.append(one)
            else:
                while found and found.pop().before != one.after:
                    pass
        return found[::-1][:MAX_UNDOS]

    def line(self, file: str, camera: str, preset: str) -> str:
        """What the last change has made of its line."""
        return next((one.after for one in reversed(self._lines(file, camera, preset))), "")

    def _lines(self, file: str, camera: str, preset: str) -> list[PresetChange]:
        key = file, camera, preset
        return [
            one
            for one in self._all
            if (one.file, one.camera, one.preset) == key and one.kind not in ("store", "storing")
        ]

    def stale(self) -> Mapping[tuple[str, str, str], Sequence[PresetChange]]:
        """By file, camera and preset: what left the camera with another place than the sheet. That of `storing` is so
        if the sheet has its line: the machine that wrote it did not live to see the camera store it."""
        found: dict[tuple[str, str, str], list[PresetChange]] = {}
        for one in self._all:
            key = (one.file, one.camera, one.preset)
            if one.kind == "undo" and one.number is not None:
                found[key] = [one]
            elif one.kind == "storing":
                found.setdefault(key, []).append(one)
            else:
                found.pop(key, None)
        return found


def _read(line: bytes) -> PresetChange | None:
    with contextlib.suppress(ValueError):
        return change_of(json.loads(line))
    return None


def change_of(data: Mapping[str, Any]) -> PresetChange | None:
    """As `asdict` has made it; None: something else."""
    with contextlib.suppress(ValidationError, TypeError):
        return convert(data, PresetChange)
    return None
