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
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeGuard, assert_never

from msgspec import DecodeError
from msgspec.json import decode

from cuelang.clock import Clock
from cuelang.commands import TallyMode
from cuelang.library import READING
from cuelang.plain import cell, padded, plain
from cuelang.playback.air import Speaker
from cuelang.runtime.command_records import CommandRecord, HaltRecord, PlaceRecord, SendRecord, SentRecord
from cuelang.runtime.input_records import (
    AnswerRecord,
    BackRecord,
    HandRecord,
    InputRecord,
    LockRecord,
    MuteRecord,
    OscRecord,
    PlacesRecord,
    PresetRecord,
    SwitcherRecord,
    TimeRecord,
    TurnRecord,
    WallRecord,
)
from cuelang.runtime.record_json import as_json, from_json
from cuelang.runtime.records import (
    AirRecord,
    CueRecord,
    EndRecord,
    NoteRecord,
    OtherRecord,
    Record,
    ShowRecord,
    ShowState,
    StandbyRecord,
    TallyRecord,
    TriggerRecord,
)
from cuelang.runtime.stamp import JsonObject, Stamp
from cuelang.units import hms

MAX_LINE_BYTES = 1 << 20
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


_JSON = json.JSONEncoder(ensure_ascii=False, default=str)


def line(record: Mapping[str, Any]) -> str:
    """A record's JSON as it is in the file, without the end of the line."""
    return _JSON.encode(record)


class AsRun:
    """Numbers and times the records of one show, whose time 0 is `zero` (loop ns; None: the clock's now). `seq`: the
    number of the last record, of a show that goes on."""

    def __init__(
        self, sink: Sink, clock: Clock, zone: tzinfo | None = None, *, zero: int | None = None, seq: int = 0
    ) -> None:
        self._sink, self._clock, self._zone = sink, clock, zone
        self._zero = clock.now() if zero is None else zero
        self._seq = seq

    def ms(self, at: int) -> float:
        """Loop ns as milliseconds since the show started, exact to the microsecond."""
        return ((at - self._zero + 500) // 1000) / 1000

    def whole(self, at: int) -> int:
        """The next whole microsecond of the show (loop ns): as such the log has it exactly."""
        return self._zero - (self._zero - at) // 1000 * 1000

    def go_on(self, seq: int, zero: int) -> None:
        """From now on this machine writes the log of which another one has written the records up to `seq`. `zero` is
        the loop time (ns) of that show's time 0."""
        self._seq, self._zero = seq, zero

    def copy(self, record: Record) -> None:
        """A record as another machine has written it."""
        self._sink.write(record)

    def write(self, at: int, record: Callable[[Stamp], Record]) -> None:
        """A record of what happened at `at` (loop ns)."""
        self._seq += 1
        clock = self._clock
        ago = timedelta(microseconds=(clock.now() - at) // 1000)
        wall = (clock.wall(UTC) - ago).astimezone(self._zone)
        self._sink.write(record(Stamp(self._seq, wall.isoformat(timespec="milliseconds"), self.ms(at))))

    def show(self, state: ShowState, at: int | None = None, **more: Any) -> None:
        """The show itself: `more` are the other fields of `ShowRecord`. `at`: not now, but then (loop ns)."""
        self.write(self._clock.now() if at is None else at, lambda stamp: ShowRecord(*stamp, state=state, **more))

    def end(self, at: int | None = None, cameras: dict[str, JsonObject] | None = None) -> None:
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


def kept_beside(log: Path) -> Path:
    """The folder of a log's sheets, each named by its SHA-256."""
    return log.parent / "files"


def latest(show: str, folder: Path = Path("logs"), *, simulated: bool | None = None) -> Path | None:
    """The newest log of a show that has its default name, None if there is none. `simulated`: only of nights
    whose cameras were, or were not; one that does not say so is of neither kind."""
    paths = default_logs(show, folder)
    return next((path for path in paths if simulated is None or is_of_kind(path, simulated)), None)


def default_logs(show: str, folder: Path = Path("logs")) -> list[Path]:
    """The logs of a show that have their default names, the newest first."""
    shape = re.compile(re.escape(_safe(show)) + r"-(\d{4}-\d\d-\d\d-\d{6})(?:-(\d+))?\.jsonl")
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = [(match[1], int(match[2] or 1), match[0]) for match in map(shape.fullmatch, names) if match]
    return [folder / name for _, _, name in sorted(found, reverse=True)]


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
        while text := file.readline(MAX_LINE_BYTES):
            whole = len(text) < MAX_LINE_BYTES or text.endswith(b"\n")
            if whole and (record := _record(text)) is not None:
                yield record
            while not whole:
                rest = file.readline(MAX_LINE_BYTES)
                whole = len(rest) < MAX_LINE_BYTES or rest.endswith(b"\n")


def _record(text: bytes) -> Record | None:
    try:
        record = decode(text)
    except (DecodeError, RecursionError):  # stricter than json, which has written some logs: NaN, lone surrogates
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            return None
    return from_json(record) if isinstance(record, dict) else None


def _opened(path: Path) -> BinaryIO:
    """A file or a pipe; a device would have no end. Raises OSError."""
    fd = os.open(path, READING)
    file = open(fd, "rb")  # noqa: SIM115  # the caller closes it
    mode = os.fstat(fd).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        file.close()
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    if sys.platform != "win32" and stat.S_ISFIFO(mode):
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


def still_on_air(
    records: Iterable[Record], simulated: bool, now: datetime
) -> tuple[dict[str, TallyMode], Words, datetime | None]:
    """What the records of a log say of the nights of that kind: what each camera is on air as and what each speaker
    says of it, nothing if it is too old to say, and when it ended."""
    says: list[Record] = []

    def night() -> Iterator[Record]:
        for record in of_kind(records, simulated):
            if isinstance(record, TallyRecord):
                says.append(record)
            yield record

    air, until = last_air(night())
    if until is None or now - until >= STILL_TRUE:
        return {}, {}, until
    return air, last_words(says), until


COLUMNS = (
    "seq", "wall", "t_ms", "kind", "cue", "title", "state", "source", "request", "verdict", "camera", "switcher",
    "output", "action", "preset", "setting", "outcome", "reason", "due_ms", "sent_ms", "acked_ms", "done_ms",
    "frames", "skipped", "late_max_ms", "late_ms", "held_ms", "mode", "speaker", "text", "file", "line", "column",
    "hex", "url",
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


UNTOLD = (
    SentRecord, PlaceRecord, PlacesRecord, TurnRecord, TimeRecord, SwitcherRecord, HandRecord, AnswerRecord, MuteRecord,
    PresetRecord,
)  # fmt: skip
"""Records that the machine needs, and people have elsewhere in the log."""


def text_lines(records: Iterable[Record]) -> Iterator[str]:
    """`as_text`, line by line. What was sent and has no outcome, in a log that was cut off, is at its end."""
    sent: dict[tuple[int, int], SentRecord] = {}
    for record in records:
        if isinstance(record, SentRecord):
            sent[record.run, record.job] = record
        elif isinstance(record, CommandRecord) and record.job is not None:
            sent.pop((record.run, record.job), None)
        elif isinstance(record, ShowRecord) and record.state == "started":
            sent.clear()
        if isinstance(record, UNTOLD):
            continue
        yield text_line(record)
    for record in sent.values():
        yield text_line(record)


def text_line(record: Record) -> str:
    """The line of one record."""
    text = f"{_time(record.t_ms)}  {padded(plain(_say(record)), 60)}  {plain(_place(record))}"
    return f"{text.rstrip()}\n"


def _time(ms: float) -> str:
    seconds, thousandths = divmod(abs(round(ms)), 1000)
    text = f"{hms(seconds)}.{thousandths:03}"
    return f"{'-' if round(ms) < 0 else ' '}{text:>12}"


def _place(record: Record) -> str:
    if isinstance(record, InputRecord):
        return ""
    match record:
        case TriggerRecord() | CommandRecord() | SendRecord() | NoteRecord():
            return f"{record.file}:{record.line}:{record.column}" if record.file else ""
        case (
            ShowRecord()
            | EndRecord()
            | CueRecord()
            | HaltRecord()
            | StandbyRecord()
            | AirRecord()
            | TallyRecord()
            | OtherRecord()
            | SentRecord()
            | PlaceRecord()
        ):
            return ""
        case _:
            assert_never(record)


def _say(record: Record) -> str:  # noqa: C901 - a case for each kind of record
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
                frames = f", {record.frames} frame{'' if record.frames == 1 else 's'}, {record.skipped or 0} skipped"
            what = record.action
            if record.preset:
                what += f" to {record.preset}" if what == "move" else f" {record.preset}"
            if record.setting:
                what += f" {record.setting}"
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
        case SentRecord():
            return f"  {record.camera or record.switcher} {record.action} – sent, no outcome"
        case BackRecord():
            return f"{record.camera} is back"
        case LockRecord():
            return f"show mode {'on' if record.on else 'off'} ({record.by})"
        case OscRecord():
            return f"osc {record.address}"
        case WallRecord():
            return f"the wall clock was set by {-record.by_ms / 1000:+.3f} s"
        case SwitcherRecord():
            return f"{record.name}: program {record.program or '–'}, preview {record.preview or '–'}"
        case (
            PlaceRecord()
            | PlacesRecord()
            | TurnRecord()
            | TimeRecord()
            | HandRecord()
            | AnswerRecord()
            | MuteRecord()
            | PresetRecord()
        ):
            return record.kind
        case HaltRecord():
            return f"halt {record.camera}{_reason(record)}"
        case NoteRecord():
            shown = f"({record.late_ms:.1f} ms late)" if record.late_ms is not None else ""
            return " ".join(filter(None, (record.kind, record.cue, record.text, record.by and f"({record.by})", shown)))
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
