"""The journal of a running show for another machine: the records from a number on, as they come."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cuelang.runtime.asrun import kept_beside, line
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import Record, ShowRecord

RECENT = 5000
"""Records at hand; older ones are read from the file."""
MAX_ANSWERED = 500
"""Records of one answer."""
HOLD_S = 0.4
"""How long an answer waits for a record."""
STARTED = b'"kind": "show", "state": "started"'


def night_of(first: Record) -> str:
    """The name of a night, from its first record: the same in every copy of its log."""
    if isinstance(first, ShowRecord):
        first = replace(first, sheet=None, peer=None)
    return sha256(line(as_json(first)).encode("utf-8", "backslashreplace")).hexdigest()[:20]


class Feed:
    """`path` is the log's file, if there is one."""

    def __init__(self, path: Callable[[], Path | None]) -> None:
        self._path = path
        self._recent: deque[Record] = deque(maxlen=RECENT)
        self._news = asyncio.Event()
        self._base: int | None = None
        """Where the night begins in the file."""
        self._mark = (0, 0)
        """A record's number, and where it ends in the file."""
        self.night = ""
        self.seq = 0

    def write(self, record: Record) -> None:
        if isinstance(record, ShowRecord) and record.state == "started":
            self.night = night_of(record)
        self.seq = record.seq
        self._recent.append(record)
        self._news.set()

    async def after(self, seq: int) -> list[dict[str, Any]]:
        """The records after that number, `MAX_ANSWERED` at most; none, if none comes within `HOLD_S`. Raises OSError
        where older ones cannot be read."""
        if self.seq <= seq:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HOLD_S):
                    await self._news.wait()
        if not self._recent or self.seq <= seq:
            return []
        if self._recent[0].seq > seq + 1:
            return await asyncio.get_running_loop().run_in_executor(None, self._read, seq)
        skipped = max(0, seq + 1 - self._recent[0].seq)
        end = min(len(self._recent), skipped + MAX_ANSWERED)
        return [as_json(self._recent[index]) for index in range(skipped, end)]

    def _read(self, seq: int) -> list[dict[str, Any]]:
        path = self._path()
        if path is None:
            raise OSError("this show has no log")
        found: list[dict[str, Any]] = []
        with path.open("rb") as file:
            if self._base is None:
                self._base = _begins(path)
            file.seek(self._mark[1] if self._mark[0] and self._mark[0] <= seq else self._base)
            while len(found) < MAX_ANSWERED and (text := file.readline()):
                with contextlib.suppress(ValueError):
                    record = json.loads(text)
                    if isinstance(record, dict) and isinstance(record.get("seq"), int) and record["seq"] > seq:
                        found.append(record)
            if found:
                self._mark = found[-1]["seq"], file.tell()
        return found

    def text(self, digest: str) -> str | None:
        """A file of the plan by its SHA-256. Blocks."""
        path = self._path()
        if path is None or not (len(digest) == 64 and digest.isalnum()):
            return None
        try:
            return (kept_beside(path) / digest).read_bytes().decode("utf-8", "surrogatepass")
        except (OSError, ValueError):
            return None


def _begins(path: Path) -> int:
    at = begins = 0
    with path.open("rb") as file:
        for text in file:
            if STARTED in text[:200]:
                begins = at
            at += len(text)
    return begins
