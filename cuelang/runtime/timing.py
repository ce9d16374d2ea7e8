"""Late or early: tonight's cues against those of a rehearsal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from cuelang.runtime.asrun import one_by_one
from cuelang.runtime.records import CueRecord, Record
from cuelang.units import MS


class Rehearsed(Struct, frozen=True):
    """`name`: the log; `fired`: by cue, when it was fired there for the first time, in ns since that show started."""

    name: str
    fired: Mapping[str, int]


class TimingView(Struct, frozen=True):
    """`late`: how much later than in the rehearsal the last cue came, in ns, negative: earlier; None: nothing can be
    compared yet. `due`: ns since the show started, when the standby cue comes if all goes as it did there."""

    name: str
    late: int | None
    due: int | None


def fired_first(records: Iterable[Record]) -> dict[str, int]:
    found: dict[str, int] = {}
    for record in records:
        if isinstance(record, CueRecord) and record.state == "started" and record.cue:
            found.setdefault(record.cue, round(record.t_ms * MS))
    return found


def read(log: str) -> Rehearsed:
    """Raises OSError, and ValueError for a log in which no cue was fired."""
    fired = fired_first(one_by_one(Path(log)))
    if not fired:
        raise ValueError(f"{log} is not an as-run log in which a cue was fired")
    return Rehearsed(Path(log).name, fired)


class Pacing:
    """Both evenings are laid one upon the other at the first cue of tonight that the rehearsal has."""

    def __init__(self, rehearsed: Rehearsed | None) -> None:
        self._rehearsed = rehearsed
        self._shift: int | None = None
        self._late: int | None = None

    def fired(self, cue: str, at: int) -> None:
        """`at`: ns since the show started."""
        there = self._rehearsed.fired.get(cue) if self._rehearsed is not None else None
        if there is None:
            return
        if self._shift is None:
            self._shift = at - there
        self._late = at - there - self._shift

    def view(self, standby: str | None) -> TimingView | None:
        if self._rehearsed is None:
            return None
        there = self._rehearsed.fired.get(standby or "")
        due = None if there is None or self._shift is None else there + self._shift
        return TimingView(self._rehearsed.name, self._late, due)
