"""The as-run log: what was asked, sent and answered, and when.

One JSON object a line; the file is `runtime/logfile.py`. Here records are numbered, timed and kept, and read again:
for people, for a spreadsheet, against another night, and for what was on air when a show has to start again. The
fields of a record: `cuelang/runtime/records.py`.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, Protocol, TypeGuard, assert_never

from cuelang.clock import Clock
from cuelang.commands import TallyMode
from cuelang.plain import cell, padded, plain
from cuelang.playback.air import Speaker
from cuelang.runtime.records import (
    AirRecord,
    CommandRecord,
    CueRecord,
    EndRecord,
    HaltRecord,
    NoteRecord,
    OtherRecord,
    Record,
    SendRecord,
    ShowRecord,
    Stamp,
    StandbyRecord,
    TallyRecord,
    TriggerRecord,
    as_json,
    from_json,
)
from cuelang.units import hms

LONGEST = 1 << 20
"""Bytes of a line that is read; a longer one is skipped."""
BEGINNING = 100
"""Lines of a log in which the record of its beginning is looked for."""


class Sink(Protocol):
    """Where records go. `write` returns at once and never raises."""

    def write(self, record: Record) -> None: ...


class MemorySink:
    """Keeps records as they are: rehearsals and tests."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def write(self, record: Record) -> None:
        self.records.append(record)


class Sinks:
    """Hands each record on to its subscribers; another may come while the show runs."""

    def __init__(self) -> None:
        self._writers: list[Callable[[Record], object]] = []

    def add(self, write: Callable[[Record], object]) -> None:
        self._writers.append(write)

    def write(self, record: Record) -> None:
        for write in self._writers:
            write(record)


def line(record: Mapping[str, Any]) -> str:
    """A record's JSON as it is in the file, without the end of the line."""
    return json.dumps(record, ensure_ascii=False, default=str)


class AsRun:
    """Numbers and times the records of one show, whose time 0 is the clock's now."""

    def __init__(self, sink: Sink, clock: Clock, zone: tzinfo | None = None) -> None:
        self._sink, self._clock, self._zone = sink, clock, zone
        self._zero = clock.now()
        self._seq = 0

    def ms(self, at: int) -> float:
        """Loop ns as milliseconds since the show started, exact to the microsecond."""
        return ((at - self._zero + 500) // 1000) / 1000

    def write(self, at: int, record: Callable[[Stamp], Record]) -> None:
        """A record of what happened at `at` (loop ns)."""
        self._seq += 1
        clock = self._clock
        ago = timedelta(microseconds=(clock.now() - at) // 1000)
        wall = (clock.wall(UTC) - ago).astimezone(self._zone)
        self._sink.write(record(Stamp(self._seq, wall.isoformat(timespec="milliseconds"), self.ms(at))))

    def show(
        self,
        state: Literal["started", "stopped"],
        at: int | None = None,
        *,
        show: str | None = None,
        simulated: bool | None = None,
    ) -> None:
        """The show itself: that it was started says with which title, and whether its cameras are simulated. `at`: not
        now, but then (loop ns)."""
        self.write(
            self._clock.now() if at is None else at,
            lambda stamp: ShowRecord(*stamp, state=state, show=show, simulated=simulated),
        )

    def end(self, at: int | None = None, cameras: dict[str, Any] | None = None) -> None:
        """The last record. `at` as in `show`, `cameras` as in `EndRecord`."""
        self.write(self._clock.now() if at is None else at, lambda stamp: EndRecord(*stamp, cameras=cameras))


# --- file names --------------------------------------------------------------------------------------------


def default_path(show: str, wall: datetime, folder: Path = Path("logs")) -> Path:
    """`logs/SHOW-DATE-TIME.jsonl`, a name that any file system takes and that no file has yet."""
    stem = f"{_safe(show)}-{wall:%Y-%m-%d-%H%M%S}"
    path, again = folder / f"{stem}.jsonl", 1
    while path.exists():
        again += 1
        path = folder / f"{stem}-{again}.jsonl"
    return path


def latest(show: str, folder: Path = Path("logs"), *, simulated: bool | None = None) -> Path | None:
    """The newest log of a show that has its default name, None if there is none. `simulated`: only of nights
    whose cameras were, or were not; one that does not say so is of neither kind."""
    shape = re.compile(re.escape(_safe(show)) + r"-(\d{4}-\d\d-\d\d-\d{6})(?:-(\d+))?\.jsonl")
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    found = [(match[1], int(match[2] or 1), match[0]) for match in map(shape.fullmatch, names) if match]
    paths = (folder / name for _, _, name in sorted(found, reverse=True))
    return next((path for path in paths if simulated is None or is_of_kind(path, simulated)), None)


def is_of_kind(path: Path, simulated: bool) -> bool:
    """Whether the cameras of a log's first night were simulated, or not."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                records = [record for text in islice(file, BEGINNING) if (record := _record(text)) is not None]
            return next((record.simulated is simulated for record in records if _begins(record)), False)
    except OSError:
        pass
    return False


def of_kind(records: Iterable[Record], simulated: bool) -> Iterator[Record]:
    """The records of the nights of that kind: one file may hold several nights, one after the other."""
    kind: bool | None = None
    for record in records:
        if _begins(record):
            kind = record.simulated
        if kind is simulated:
            yield record


def _begins(record: Record) -> TypeGuard[ShowRecord]:
    return isinstance(record, ShowRecord) and record.state == "started"


def _safe(show: str) -> str:
    text = "".join(char if char.isalnum() else "-" for char in unicodedata.normalize("NFC", show))
    return re.sub("-+", "-", text).strip("-")[:60] or "show"


# --- reading -----------------------------------------------------------------------------------------------


def read(path: Path) -> list[Record]:
    """Every whole record of a log. A line that was cut off or damaged is passed over. Raises OSError."""
    return list(one_by_one(path))


def one_by_one(path: Path) -> Iterator[Record]:
    """Every whole record, one after the other, from a log of any size. Raises OSError with the first."""
    with _opened(path) as file:
        while text := file.readline(LONGEST):
            whole = len(text) < LONGEST or text.endswith(b"\n")
            if whole and (record := _record(text)) is not None:
                yield record
            while not whole:
                rest = file.readline(LONGEST)
                whole = len(rest) < LONGEST or rest.endswith(b"\n")


def _record(text: bytes) -> Record | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return from_json(record) if isinstance(record, dict) else None


def _opened(path: Path) -> BinaryIO:
    """A file or a pipe; a device would have no end. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file = open(fd, "rb")  # noqa: SIM115  # the caller closes it
    mode = os.fstat(fd).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        file.close()
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    if stat.S_ISFIFO(mode):
        os.set_blocking(fd, True)
    return file


def last_air(records: Iterable[Record]) -> tuple[dict[str, TallyMode], datetime | None]:
    """What each camera was on air as when the log ended, and when that was."""
    air: dict[str, TallyMode] = {}
    wall: datetime | None = None
    for record in records:
        if isinstance(record, AirRecord):
            air[record.camera] = record.mode
        try:
            seen = datetime.fromisoformat(record.wall)
        except ValueError:
            continue
        if seen.tzinfo is not None and (wall is None or seen > wall):
            wall = seen
    return air, wall


def last_words(records: Iterable[Record]) -> dict[Speaker, dict[str, TallyMode]]:
    """What each switcher and each tally input said last, by camera."""
    words: dict[Speaker, dict[str, TallyMode]] = {}
    for record in records:
        if isinstance(record, TallyRecord):
            words.setdefault(Speaker(record.by, record.speaker), {})[record.camera] = record.mode
    return words


STILL_TRUE = timedelta(hours=12)
"""How old a log may be that says what is on air; after that it is unknown, and unknown counts as on program."""


Words = dict[Speaker, dict[str, TallyMode]]


def still_on_air(path: Path, simulated: bool, now: datetime) -> tuple[dict[str, TallyMode], Words, datetime | None]:
    """What a log says of the nights of that kind: what each camera is on air as and what each speaker says of it,
    nothing if it is too old to say, and when it ended. Raises OSError."""
    says: list[Record] = []

    def night() -> Iterator[Record]:
        for record in of_kind(one_by_one(path), simulated):
            if isinstance(record, TallyRecord):
                says.append(record)
            yield record

    air, until = last_air(night())
    if until is None or now - until >= STILL_TRUE:
        return {}, {}, until
    return air, last_words(says), until


COLUMNS = (
    "seq", "wall", "t_ms", "kind", "cue", "title", "state", "source", "request", "verdict", "camera", "switcher",
    "output", "action", "preset", "outcome", "reason", "due_ms", "sent_ms", "acked_ms", "done_ms", "frames", "skipped",
    "late_max_ms", "late_ms", "held_ms", "mode", "speaker", "text", "file", "line", "column", "hex", "url",
)  # fmt: skip


def csv_lines(records: Iterable[Record]) -> Iterator[str]:
    """With a heading, one record a line, the same columns for every log. No cell is a formula."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    yield out.getvalue()
    for record in records:
        out.seek(0)
        out.truncate()
        writer.writerow({name: cell(value) for name, value in as_json(record).items()})
        yield out.getvalue()


def as_text(records: Iterable[Record]) -> str:
    """For people: the time since the start, what happened, and its place in the sheet."""
    return "".join(text_lines(records))


def text_lines(records: Iterable[Record]) -> Iterator[str]:
    """`as_text`, line by line."""
    for record in records:
        text = f"{_time(record.t_ms)}  {padded(plain(_say(record)), 60)}  {plain(_place(record))}"
        yield f"{text.rstrip()}\n"


def _time(ms: float) -> str:
    seconds, thousandths = divmod(abs(round(ms)), 1000)
    text = f"{hms(seconds)}.{thousandths:03}"
    return f"{'-' if round(ms) < 0 else ' '}{text:>12}"


def _place(record: Record) -> str:
    match record:
        case TriggerRecord() | CommandRecord() | SendRecord() | NoteRecord():
            return f"{record.file}:{record.line}:{record.column}" if record.file else ""
        case _:
            return ""


def _say(record: Record) -> str:
    match record:
        case TriggerRecord():
            return f"{record.source}: {record.request} – {record.verdict}{_reason(record)}"
        case CueRecord():
            title = f" “{record.title}”" if record.title else ""
            return f"cue {record.cue or '–'}{title} {record.state}{_reason(record)}"
        case CommandRecord():
            late, frames = _late(record), ""
            shown = f", {late:.1f} ms late" if late is not None and late >= 1 else ""
            if record.frames:
                frames = f", {record.frames} frames, {record.skipped or 0} skipped"
            what = record.action
            if record.preset:
                what += f" to {record.preset}" if what == "move" else f" {record.preset}"
            if record.source:
                what += f" {record.source}"
            return f"  {record.device} {what} – {record.outcome}{shown}{frames}{_reason(record)}"
        case SendRecord():
            late = _late(record)
            shown = f", {late:.1f} ms late" if late is not None and late >= 1 else ""
            outcome = "would have been sent" if record.simulated else f"{record.outcome}{shown}"
            return f"  {record.output} {record.action} {record.address} – {outcome}{_reason(record)}"
        case StandbyRecord():
            return f"standby {record.cue}" if record.cue else "standby: the cue list is at its end"
        case ShowRecord():
            return f"show {record.state}"
        case EndRecord():
            return "end of the log"
        case AirRecord():
            return f"air {record.camera} {record.mode}"
        case TallyRecord():
            return f"tally {record.camera} {record.mode}, says {record.speaker}"
        case HaltRecord():
            return f"halt {record.camera}{_reason(record)}"
        case NoteRecord():
            shown = f"({record.late_ms:.1f} ms late)" if record.late_ms is not None else ""
            return " ".join(filter(None, (record.kind, record.cue, record.text, shown)))
        case OtherRecord():
            names = ("source", "request", "cue", "camera", "output", "action", "mode", "state", "text", "outcome")
            said = [str(record.json[name]) for name in names if record.json.get(name)]
            return " ".join([record.kind, *said])
        case _:
            assert_never(record)


def _reason(record: TriggerRecord | CueRecord | CommandRecord | SendRecord | HaltRecord) -> str:
    return f" ({record.reason})" if record.reason else ""


def _late(record: CommandRecord | SendRecord) -> float | None:
    """Milliseconds; of a ramp, whose first frame is not due at its start, those of the latest frame."""
    if isinstance(record, CommandRecord) and record.late_max_ms is not None:
        return record.late_max_ms
    return None if record.sent_ms is None else record.sent_ms - record.due_ms


# --- two nights --------------------------------------------------------------------------------------------


class Difference(NamedTuple):
    """`what` names the trigger, cue or command, `first` and `second` what the two logs say of it."""

    what: str
    first: str
    second: str


class _Event(NamedTuple):
    """`sent`: its frames in hex, or its URLs."""

    verdict: str
    sent: str
    due: float | None
    done: float | None


_Key = tuple[str, ...]


def compare(first: Iterable[Record], second: Iterable[Record], tolerance_ms: float = 50.0) -> list[Difference]:
    """What was other the second time. Times of commands count from the start of their cue, so the operator's
    own timing makes no difference."""
    ours, theirs = _events(first), _events(second)
    found = []
    for key in dict.fromkeys((*ours, *theirs)):
        a, b = ours.get(key, []), theirs.get(key, [])
        what = " ".join(filter(None, key))
        for number in range(max(len(a), len(b))):
            name = f"{what}, time {number + 1}" if max(len(a), len(b)) > 1 else what
            if number >= len(a) or number >= len(b):
                found.append(Difference(name, *("did not happen" if number >= len(c) else "happened" for c in (a, b))))
                continue
            found.extend(_differences(name, a[number], b[number], tolerance_ms))
    return found


def _differences(name: str, a: _Event, b: _Event, tolerance: float) -> Iterable[Difference]:
    if a.verdict != b.verdict:
        yield Difference(name, a.verdict, b.verdict)
    if a.sent != b.sent:
        yield Difference(f"{name}, bytes", a.sent or "none", b.sent or "none")
    for label, one, other in (("begins", a.due, b.due), ("is done", a.done, b.done)):
        if one is not None and other is not None and abs(one - other) > tolerance:
            yield Difference(f"{name} {label}", f"{one / 1000:+.3f} s", f"{other / 1000:+.3f} s")


def _events(records: Iterable[Record]) -> dict[_Key, list[_Event]]:
    started: dict[str, float] = {}
    events: dict[_Key, list[_Event]] = {}
    for record in records:
        match record:
            case CueRecord():
                if record.state == "started":
                    started[record.cue] = record.t_ms
                key: _Key = ("cue", record.cue, record.state)
                event = _Event("", "", None, None)
            case TriggerRecord():
                key, event = ("trigger", record.request), _Event(record.verdict, "", None, None)
            case CommandRecord():
                key = (f"cue {record.cue}:" if record.cue else "", record.device, record.action)
                start = started.get(record.cue)
                sent = " ".join(filter(None, (record.hex, record.url, record.text)))
                due, done = _since(record.due_ms, start), _since(record.done_ms, start)
                event = _Event(record.outcome, sent, due, done)
            case SendRecord():
                key = (f"cue {record.cue}:" if record.cue else "", record.output, record.action)
                event = _Event(record.outcome, "", _since(record.due_ms, started.get(record.cue)), None)
            case _:
                continue
        events.setdefault(key, []).append(event)
    return events


def _since(ms: float | None, start: float | None) -> float | None:
    return ms - start if ms is not None and start is not None else None
