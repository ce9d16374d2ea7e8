"""A log that has no end: a show that still runs, or one that a crash has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from msgspec import Struct

from cuelang.runtime.asrun import STILL_TRUE, default_logs, one_by_one
from cuelang.runtime.command_records import CommandRecord, HaltRecord, SentRecord
from cuelang.runtime.journal import tonight
from cuelang.runtime.loglock import is_held
from cuelang.runtime.records import CueRecord, EndRecord, Record, ShowRecord, StandbyRecord

BEGINNING = 100
"""Lines of a log in which the record of its beginning is looked for."""

LOGS = 50
"""Logs that are looked into, the newest first."""

BEFORE_MS = 2000.0
"""What was due so long before the end of a log may have been sent."""


class Crash(Struct, frozen=True):
    """`records` are those of the night that did not end, `at` its last moment, by the wall clock and in ms of the
    show; `sheet` was its first record."""

    path: Path
    first: ShowRecord
    records: tuple[Record, ...]
    at: datetime
    at_ms: float

    @property
    def plan(self) -> str | None:
        """The hash of the plan that it had last."""
        plans = [one.plan for one in self.records if isinstance(one, ShowRecord) and one.plan]
        return plans[-1] if plans else None

    @property
    def standby(self) -> str | None:
        """The cue that stood by, as far as the records say."""
        moved = [record.cue for record in self.records if isinstance(record, StandbyRecord)]
        return moved[-1] if moved else self.first.start

    @property
    def running(self) -> tuple[str, ...]:
        """The cues that had begun and were not over."""
        runs: dict[int, str] = {}
        for record in self.records:
            if isinstance(record, CueRecord):
                if record.state in ("done", "stopped"):
                    runs.pop(record.run, None)
                else:
                    runs[record.run] = record.cue
        return tuple(dict.fromkeys(cue for cue in runs.values() if cue))

    @property
    def unanswered(self) -> tuple[SentRecord, ...]:
        """What was sent and has no outcome."""
        found: dict[tuple[int, int], SentRecord] = {}
        for record in self.records:
            if isinstance(record, SentRecord):
                found[record.run, record.job] = record
            elif isinstance(record, CommandRecord):
                found.pop((record.run, record.job or 0), None)
        return tuple(found.values())

    def restless(self, *, whole: bool) -> tuple[str, ...]:
        """The cameras that may be moving, as far as the records say: whatever was sent without an outcome, or was due
        just before the end. Unless the list is known as a `whole`, also what moves until it is stopped and was not."""
        open_jobs: dict[tuple[int, int], str] = {}
        going: dict[str, None] = {}
        for record in self.records:
            match record:
                case SentRecord(camera=str(camera), run=run, job=job):
                    open_jobs[run, job] = camera
                    if record.t_ms >= self.at_ms - BEFORE_MS:
                        going[camera] = None
                case CommandRecord(camera=str(camera), run=run, job=job):
                    open_jobs.pop((run, job or 0), None)
                    if record.action == "stop" and record.outcome == "completed":
                        going.pop(camera, None)
                    elif max(record.due_ms, record.t_ms) >= self.at_ms - BEFORE_MS or (
                        not whole and record.action in ("drive", "zoom", "focus") and record.frames is None
                    ):
                        going[camera] = None
                case HaltRecord(camera=camera, axes=axes) if len(axes) > 2 and record.t_ms < self.at_ms - BEFORE_MS:
                    going.pop(camera, None)
        return tuple(dict.fromkeys((*going, *open_jobs.values())))


class Left(Struct, frozen=True):
    """What the shows of this sheet have left: `running` is the log of one that runs, `crash` the last one if it did not
    end."""

    running: Path | None = None
    crash: Crash | None = None


def left_behind(
    title: str,
    sheet: str,
    log: str | None,
    simulated: bool,
    wall: datetime,
    read: Callable[[Path], Iterable[Record]] = one_by_one,
) -> Left:
    """Look into `log`, or into the logs that have the show's name. `sheet` is the real path of the main file, `read`
    gives all records of a log. Raises OSError."""
    paths = [Path(log)] if log else default_logs(title)[:LOGS]
    mine = [path for path in paths if path.is_file() and _is_of(path, sheet, simulated)]
    for path in mine:
        if is_held(path):
            return Left(running=path)
    return Left(crash=_crash(mine[0], read(mine[0]), sheet, simulated, wall) if mine else None)


def _is_of(path: Path, sheet: str, simulated: bool) -> bool:
    """Whether the beginning of a log has a show of that sheet and kind; a file may hold several."""
    return any(
        isinstance(record, ShowRecord) and record.state == "started" and _same(record, sheet, simulated)
        for record in islice(one_by_one(path), BEGINNING)
    )


def _same(record: ShowRecord, sheet: str, simulated: bool) -> bool:
    return record.sheet == sheet and record.simulated is simulated


def _crash(path: Path, read: Iterable[Record], sheet: str, simulated: bool, wall: datetime) -> Crash | None:
    records = tonight(read)
    first = records[0] if records else None
    if not isinstance(first, ShowRecord) or not _same(first, sheet, simulated):
        return None
    if any(isinstance(record, EndRecord) for record in records):
        return None
    at = last_moment(records)
    if at is None or not timedelta(-1) < wall - at < STILL_TRUE:
        return None
    return Crash(path, first, tuple(records), at, max(record.t_ms for record in records))


def last_moment(records: Iterable[Record]) -> datetime | None:
    """The latest wall time that any record has."""
    latest: datetime | None = None
    for record in records:
        try:
            seen = datetime.fromisoformat(record.wall)
        except ValueError:
            continue
        if seen.tzinfo is not None and (latest is None or seen > latest):
            latest = seen
    return latest
