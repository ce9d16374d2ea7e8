"""Records wait here until the bytes of their instant are out: a line of a log costs as much as a datagram."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import assert_never

from cuelang.clock import Clock
from cuelang.playback.effects import CueChanged, OnAir, Say, Spoken, StandbyMoved
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.records import AirRecord, CueRecord, Record, StandbyRecord
from cuelang.runtime.spoken import said, spoken
from cuelang.runtime.stamp import Stamp
from cuelang.units import MS

WRITING_NS = 3 * MS
"""How long a turn writes records, and at least `AT_LEAST` of them; the rest is written in the next ones."""

AT_LEAST = 32

UNWRITTEN = 2000
"""Records with which playback catches up no further before they are written."""


Noted = CueChanged | Say | StandbyMoved | OnAir | Spoken


class RecordQueue:
    """The records of a show on their way to its log, in the order in which things happened."""

    def __init__(self, log: AsRun, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._records: deque[tuple[int, Callable[[Stamp], Record]]] = deque()
        self._whole = self._before = 0
        """How many of the records belong to instants that are done, and how many there were at the last call."""
        self._instant: int | None = None
        self.muted = False
        """Another machine decides: the log is a copy of that one's."""

    def add(self, at: int, record: Callable[[Stamp], Record]) -> None:
        """What happened at `at` (loop ns); the record is made when it is written."""
        if not self.muted:
            self._records.append((at, record))

    def effect(self, effect: Noted, now: int) -> None:
        """What playback has decided, where a record is all that comes of it."""
        match effect:
            case CueChanged():
                self.add(effect.at, partial(CueRecord.of, effect))
            case Say():
                self.add(effect.at, partial(said, effect, now - effect.at))
            case StandbyMoved():
                self.add(now, lambda stamp: StandbyRecord(*stamp, cue=effect.cue))
            case OnAir():
                self.add(now, lambda stamp: AirRecord(*stamp, camera=effect.camera, mode=effect.mode))
            case Spoken():
                self.add(now, partial(spoken, effect))
            case _:
                assert_never(effect)

    @property
    def full(self) -> bool:
        return len(self._records) >= UNWRITTEN

    @property
    def ready(self) -> bool:
        """Whether there is something to write."""
        return bool(self._whole)

    def begin(self, instant: int) -> None:
        """What comes now belongs to that instant: the ones before are done."""
        if instant != self._instant:
            self._instant, self._whole = instant, self._before
        self._before = len(self._records)

    def done(self) -> None:
        """All that is due has happened."""
        self._whole, self._instant = len(self._records), None

    def all_out(self) -> None:
        """Nothing waits to be sent: unless an instant is half done, what there is may be written."""
        if self._instant is None:
            self._whole = len(self._records)

    def write(self) -> bool:
        """Those of instants that are done, as far as time is for it. Whether time ran out."""
        began, written = self._clock.now(), 0
        ready = len(self._records) if self.full else self._whole
        while written < ready and (written < AT_LEAST or self._clock.now() - began < WRITING_NS):
            self._log.write(*self._records.popleft())
            written += 1
        self._whole, self._before = max(self._whole - written, 0), max(self._before - written, 0)
        return written < ready

    def write_rest(self) -> bool:
        """Of all that is left, as much as time is for. Whether that was all."""
        self.done()
        return not self.write()
