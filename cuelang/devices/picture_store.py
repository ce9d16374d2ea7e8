"""Where pictures go: a folder below the sheet's, files that appear whole, and names that are never taken twice.

A picture is written under a hidden name, synced, and then linked to its own: the link fails where a file of that name
is already, so two shows in one folder cannot overwrite each other's. File systems without links (FAT, some shares) get
their name by creating it empty first. Only who runs the show may read them. All of it happens on a thread.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from cuelang.library import take_place

TRIES = 1000
"""Names that are tried for one picture."""


class PictureStore(Protocol):
    """Where pictures are kept."""

    async def keep(self, folder: str, stem: str, suffix: str, data: bytes) -> str:
        """Keep a picture as `folder`/`stem``suffix`, or as near to it as is free, and return that name. OSError: it
        could not be kept; its text says why."""


class FolderStore(PictureStore):
    """Pictures under `base`, the sheet's folder. Nothing is ever written outside it, by no name and by no link."""

    def __init__(self, base: Path) -> None:
        self._base = base

    async def keep(self, folder: str, stem: str, suffix: str, data: bytes) -> str:
        return await asyncio.get_running_loop().run_in_executor(None, self._keep, folder, stem, suffix, data)

    def _keep(self, folder: str, stem: str, suffix: str, data: bytes) -> str:
        base = self._base.resolve()
        if "\0" in folder or any("\ud800" <= letter <= "\udfff" for letter in folder):
            raise PermissionError(f"{folder!r} is not a valid folder name")
        into = (base / folder).resolve()
        if not into.is_relative_to(base):
            raise PermissionError(f"“{folder}” is outside the sheet's folder; pictures are saved in or below it")
        try:
            into.mkdir(parents=True, exist_ok=True)
            kept = _kept(into, plain(stem), suffix, data)
        except OSError as error:
            raise OSError(f"{into}: {error.strerror or error}") from error
        return kept.relative_to(base).as_posix()


class NullStore(PictureStore):
    """Pictures of a rehearsal: they get names, and are not kept."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    async def keep(self, folder: str, stem: str, suffix: str, data: bytes) -> str:
        for name in _names(plain(stem)):
            kept = f"{folder}/{name}{suffix}"
            if kept not in self._names:
                self._names.add(kept)
                return kept
        raise FileExistsError(f"{folder} has a thousand pictures of that name")


def plain(name: str) -> str:
    """A name that is one file in any folder."""
    return re.sub(r"[^\w.-]+", "_", name).lstrip(".")[:120] or "picture"


def _names(stem: str) -> list[str]:
    return [stem, *(f"{stem}-{number}" for number in range(2, TRIES + 1))]


def _kept(into: Path, stem: str, suffix: str, data: bytes) -> Path:
    handle, hidden = tempfile.mkstemp(prefix=".cuelang-", suffix=".part", dir=into)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        for name in _names(stem):
            place = into / f"{name}{suffix}"
            try:
                os.link(hidden, place)
            except FileExistsError:
                continue
            except OSError:
                if not _reserved(place):
                    continue
                take_place(hidden, place)
                return place
            return place
        raise FileExistsError(0, f"there are a thousand pictures called {stem}")
    finally:
        Path(hidden).unlink(missing_ok=True)


def _reserved(place: Path) -> bool:
    try:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True
