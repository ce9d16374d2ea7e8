"""Sheets from the disk: the one that is asked for, the files that it uses, and the modules of stdlib/."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cuelang.aside import within
from cuelang.plain import UserError
from cuelang.source import Source
from cuelang.units import NS

MAX_SHEET_BYTES = 32 * 1024 * 1024
"""Bytes of a sheet; ten thousand cues are 2.4 MB."""

FILE_TIMEOUT_S = 10.0
"""Seconds that a file is waited for before that is reported."""

FRESH_NS = NS
"""A file that was written so lately and has no end of a line at its end may be half of one."""
PAUSE_S = 0.05
ALIKE_LOOKS = 6
MAX_LOOKS = 60
"""It is looked at again after a pause, until it was the same this many times, and so often at most."""


READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How to open what may be a pipe without a writer: without waiting for one."""


class Unreadable(UserError):
    """A file that cannot be had; the message says why, for people."""


class TooLarge(OSError):
    """A file that is larger than it may be."""


def read_file(path: str | Path, largest: int, patience: float = FILE_TIMEOUT_S) -> bytes:
    """All of a regular file; one that is being written is waited for. Raises OSError if it is not a regular file or
    is written without end, TooLarge, and TimeoutError for a disk that hangs."""
    return within(patience, lambda: _read(path, largest))


def _read(path: str | Path, largest: int) -> bytes:
    seen, same = _look(path, largest), 0
    for _ in range(MAX_LOOKS):
        if seen.whole or same == ALIKE_LOOKS:
            return seen.data
        threading.Event().wait(PAUSE_S)
        again = _look(path, largest)
        same = same + 1 if again.stamp == seen.stamp else 0
        seen = again
    raise OSError(errno.EBUSY, "another program is still writing it", str(path))


class _Seen(NamedTuple):
    data: bytes
    stamp: tuple[int, int, int, int]
    whole: bool
    """It did not change while it was read, and does not look like half of a file."""


def _look(path: str | Path, largest: int) -> _Seen:
    fd = os.open(path, READING)
    with open(fd, "rb") as file:
        about = os.fstat(fd)
        if stat.S_ISDIR(about.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
        data = b"" if about.st_size > largest else file.read(largest + 1)
        if max(len(data), about.st_size) > largest:
            raise TooLarge(errno.EFBIG, f"it is larger than {largest // 1024**2} MB", str(path))
    after = os.stat(path)
    stamp = _stamp(after)
    ended = data.endswith((b"\n", b"\r")) or not _is_fresh(after)
    return _Seen(data, stamp, stamp == _stamp(about) and after.st_size == len(data) and ended)


def _is_fresh(about: os.stat_result) -> bool:
    from cuelang.clock import since  # and asyncio with it, which a check needs for nothing else

    return abs(since(about.st_mtime_ns)) < FRESH_NS


def _stamp(about: os.stat_result) -> tuple[int, int, int, int]:
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def as_on_disk(path: str | Path) -> Path:
    """A path that is not there, with the names on the disk that are the same letters: a Mac writes an accent as a
    character of its own, and a file keeps that on any other system."""
    found = Path()
    for part in Path(path).parts:
        here = found / part
        if not here.exists() and not part.isascii():
            with contextlib.suppress(OSError):
                letters = unicodedata.normalize("NFC", part)
                same = (one for one in os.listdir(found) if unicodedata.normalize("NFC", one) == letters)
                here = found / next(same, part)
        found = here
    return found


def read_sheet(path: str | Path) -> Source:
    """The text of a sheet, named as it was asked for or as it is on the disk. Raises Unreadable."""
    if not str(path):
        raise Unreadable("The file name is empty.")
    try:
        try:
            data = read_file(path, MAX_SHEET_BYTES)
        except FileNotFoundError:
            path = as_on_disk(path)
            data = read_file(path, MAX_SHEET_BYTES)
    except FileNotFoundError:
        raise Unreadable(f"File not found: {path}.") from None
    except IsADirectoryError:
        raise Unreadable(f"{path} is a folder; a sheet is a file that ends in .cues.") from None
    except PermissionError:
        raise Unreadable(f"Permission denied: {path}.") from None
    except TooLarge:
        raise Unreadable(
            f"{path} is larger than {MAX_SHEET_BYTES // 1024**2} MB; it is too large for a cue sheet."
        ) from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    other = _other_format(data)
    if other:
        raise Unreadable(f"{path} is {other}, not plain text. Save it as plain text, in UTF-8.")
    if b"\0" in data:
        raise Unreadable(f"{path} is not a text file (NUL at byte {data.index(0)}); a cue sheet is UTF-8 text.")
    try:
        return Source(str(path), data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"{path} is not UTF-8 text: byte {error.start}, in line {line}, is invalid. Save it as UTF-8."
        ) from None


_FORMATS = (
    (b"{\\rtf", "rich text (RTF)"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
    (b"%PDF", "a PDF"),
    (b"<!DOCTYPE", "a web page"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file"),
    (b"bplist", "a property list"),
)
_ZIPPED = ((b"word/", "a Word document (DOCX)"), (b"xl/", "a spreadsheet (XLSX)"), (b"opendocument", "an ODF document"))


def _other_format(data: bytes) -> str:
    """What a file is that a word processor, a spreadsheet or a browser has saved; "" for plain text."""
    if data.startswith(b"PK\x03\x04"):
        return next((name for mark, name in _ZIPPED if mark in data), "a ZIP archive or an office document")
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    found = next((name for mark, name in _FORMATS if head.startswith(mark)), "")
    if not found and len(data) > 3 and data.count(b"\0", 0, 200) * 3 > len(data[:200]):
        return "UTF-16 text"
    return found


class Unwritable(UserError):
    """A file that cannot be written; the message says why, for people."""


def rewrite(path: str, text: str, mode: int = 0o666) -> None:
    """Write a file whole or not at all: a full disk leaves it as it was. Links stay links.
    `mode` is that of a new file. Raises Unwritable."""
    real = os.path.realpath(path)
    new = f"{real}.{os.getpid()}.new"
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)  # what a process of this number has left that was killed
        with open(
            new, "x", encoding="utf-8", newline="", opener=lambda name, flags: os.open(name, flags, mode)
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(new, os.stat(real).st_mode & 0o7777)
        take_place(new, real)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(new)
        kept = " It is unchanged." if os.path.exists(real) else ""
        raise Unwritable(f"{path} cannot be written: {error.strerror or error}.{kept}") from None


BOM = "\ufeff"
STDLIB = "stdlib/"
"""What the names of the program's own modules begin with."""


def rewrite_as_read(path: str, before: str, text: str) -> bool:
    """Write the file's new text if it still says `before`; a byte order mark stays. False: it says something else.
    Raises OSError, and Unwritable."""
    with open(path, "rb") as file:
        data = file.read()
    mark = BOM if data.startswith(BOM.encode()) else ""
    if data != (mark + before).encode():
        return False
    rewrite(path, mark + text)
    return True


BUSY_S = 1.0
"""Seconds for which an editor or a virus scanner may hold a file open that is to be replaced: Windows refuses that."""


def take_place(new: str | Path, path: str | Path) -> None:
    """Put a file in another's place. Raises OSError."""
    for _ in range(round(BUSY_S / PAUSE_S)):
        try:
            os.replace(new, path)
        except PermissionError:
            if os.name != "nt":
                raise
            threading.Event().wait(PAUSE_S)
        else:
            return
    os.replace(new, path)


def stdlib_folder() -> Path:
    """Where the modules are: inside the installed package, or beside it in a checkout."""
    here = Path(__file__).parent
    inside = here / "stdlib"
    return inside if inside.is_dir() else here.parent / "stdlib"


class Library:
    """What `use` finds: files relative to the sheet that uses them, modules by their dotted name.

    One file is one sheet, however its name is spelt: it keeps the name by which it was first asked for, so that the
    compiler sees circles and does not read a sheet twice.
    """

    def __init__(self, stdlib: Path | None = None, texts: Mapping[str, str] | None = None) -> None:
        """`texts`: what files said when the show was compiled, by their names: they are not read again."""
        self._texts = texts or {}
        self._stdlib = stdlib or stdlib_folder()
        self._names: dict[str, str] = {}
        self._modules: dict[str, Path] = {}

    def file(self, path: str, user: str) -> Source | str:
        """The sheet at `path`, relative to the sheet `user`; or why it cannot be had."""
        if not path:
            return "The file name is empty."
        there = self._modules.get(user)
        if there is None:
            self._names.setdefault(os.path.realpath(user), user)
        found = os.path.normpath(os.path.join(os.path.dirname(there or user), path))
        try:
            text = self.text(found)
        except Unreadable as error:
            return str(error)
        return Source(self._names.setdefault(os.path.realpath(found), found), text)

    def text(self, path: str) -> str:
        """What a file says. Raises Unreadable."""
        known = self._texts.get(path)
        return read_sheet(path).text if known is None else known

    def path(self, name: str) -> str:
        """The file behind the name of a sheet that was handed out."""
        return str(self._modules.get(name, name))

    def module(self, name: str) -> Source | None:
        """A module by its dotted name, None if there is none."""
        path = self._stdlib.joinpath(*name.split(".")).with_suffix(".cues")
        shown = f"{STDLIB}{'/'.join(name.split('.'))}.cues"
        try:
            source = Source(shown, read_sheet(path).text)
        except Unreadable:
            return None
        self._modules[shown] = path
        return source

    def modules(self) -> list[str]:
        """The names of all modules, sorted."""
        return sorted(
            ".".join(path.relative_to(self._stdlib).with_suffix("").parts) for path in self._stdlib.rglob("*.cues")
        )
