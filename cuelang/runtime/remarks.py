"""What people write down during the show: notes bound to a cue and the time, and cues to come back to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from cuelang.playback.effects import Say
from cuelang.runtime.records import CueRecord, NoteRecord, Record
from cuelang.source import NOWHERE
from cuelang.units import NS

MAX_REMARKS = 500
"""Notes of one evening that screens list; the log has every one."""


class Remark(Struct, frozen=True):
    """`at`: ns since the show started, negative: in the show before; `cue` is empty before the first one was fired."""

    at: int
    wall: datetime
    cue: str
    text: str
    by: str


class Remarks:
    """`rows` are the notes, newest last; `flags`: by cue, who set it; `last`: the cue that was fired last."""

    def __init__(self, zero: int) -> None:
        self._zero = zero
        self.rows: tuple[Remark, ...] = ()
        self.flags: dict[str, str] = {}
        self.last: str | None = None

    def write(self, cue: str, text: str, by: str, now: int, wall: datetime) -> Say:
        self.rows = (*self.rows[1 - MAX_REMARKS :], Remark(now - self._zero, wall, cue, text, by))
        return Say("note", cue, text, NOWHERE, now, by)

    def flag(self, cue: str, on: bool, by: str, now: int) -> Say | None:
        """None: it is so already."""
        if (cue in self.flags) == on:
            return None
        if on:
            self.flags[cue] = by
        else:
            del self.flags[cue]
        return Say("note", cue, "Flagged." if on else "No longer flagged.", NOWHERE, now, by, on)

    def restore(self, records: Iterable[Record], now: int, wall: datetime) -> None:
        """As they were when the log of the show before this one ended. `now` (loop ns) is `wall`."""
        for record in records:
            match record:
                case CueRecord(state="started", cue=cue) if cue:
                    self.last = cue
                case NoteRecord(by=str(by), flag=None):
                    then = datetime.fromisoformat(record.wall)
                    at = now - self._zero - round((wall - then).total_seconds() * NS)
                    self.rows = (*self.rows[1 - MAX_REMARKS :], Remark(at, then, record.cue, record.text, by))
                case NoteRecord(by=str(by), flag=bool(on)):
                    if on:
                        self.flags[record.cue] = by
                    else:
                        self.flags.pop(record.cue, None)
                case _:
                    pass

    def again(self, now: int) -> Iterator[Say]:
        """All of them, for a log that has none."""
        for one in self.rows:
            yield Say("note", one.cue, one.text, NOWHERE, now, one.by)
        for cue, by in self.flags.items():
            yield Say("note", cue, "Flagged.", NOWHERE, now, by, True)

    def told(self) -> list[str]:
        """At the end of the show, a line each."""
        lines = [
            f"{one.wall:%H:%M:%S}  {f'cue {one.cue}  ' if one.cue else ''}{one.text} ({one.by})" for one in self.rows
        ]
        flagged = ", ".join(f"{cue} ({by})" for cue, by in self.flags.items())
        return [
            *(["Notes of this show:"] if lines else []),
            *(f"  {line}" for line in lines),
            *([f"Flagged cues: {flagged}"] if flagged else []),
        ]
