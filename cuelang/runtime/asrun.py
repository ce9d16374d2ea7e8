"""The as-run log: what was asked, sent and answered, and when.

One JSON object a line; the file is `runtime/logfile.py`. Here records are numbered, timed and kept, and read again:
for people, for a spreadsheet, against another night, and for what was on air when a show has to start again. What
stands in a record is decided where it happens (`cuelang/runtime/executor.py`).
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
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast, get_args

from cuelang.clock import Clock
from cuelang.commands import TallyMode
from cuelang.plain import cell, plain

Record = dict[str, Any]

LARGEST = 1 << 30
"""Bytes of a log that is read."""
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


def line(record: Mapping[str, Any]) -> str:
    """A record as it stands in the file, without the end of the line."""
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

    def write(self, kind: str, at: int, fields: Mapping[str, Any]) -> None:
        """A record of what happened at `at` (loop ns)."""
        self._seq += 1
        clock = self._clock
        ago = timedelta(microseconds=(clock.now() - at) // 1000)
        wall = (clock.wall(UTC) - ago).astimezone(self._zone)
        self._sink.write(
            {"seq": self._seq, "wall": wall.isoformat(timespec="milliseconds"), "t_ms": self.ms(at), "kind": kind}
            | dict(fields)
        )

    def show(self, state: str, at: int | None = None, **fields: Any) -> None:
        """The show itself: `started`, with `simulated`, and `stopped`. `at`: not now, but then."""
        self.write("show", self._clock.now() if at is None else at, {"state": state} | fields)


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
    """The newest log of a show that lies under its default name, None if there is none. `simulated`: only of nights
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
            return next((record.get("simulated") is simulated for record in records if _begins(record)), False)
    except OSError:
        pass
    return False


def of_kind(records: Iterable[Record], simulated: bool) -> list[Record]:
    """The records of the nights of that kind: one file may hold several nights, one after the other."""
    kind: object = None
    found = []
    for record in records:
        if _begins(record):
            kind = record.get("simulated")
        if kind is simulated:
            found.append(record)
    return found


def _begins(record: Record) -> bool:
    return record.get("kind") == "show" and record.get("state") == "started"


def _safe(show: str) -> str:
    text = "".join(char if char.isalnum() else "-" for char in unicodedata.normalize("NFC", show))
    return re.sub("-+", "-", text).strip("-")[:60] or "show"


# --- reading -----------------------------------------------------------------------------------------------


def read(path: Path) -> list[Record]:
    """Every whole record of a log. A line that was cut off or damaged is passed over. Raises OSError."""
    return [record for text in _contents(path).split(b"\n") if (record := _record(text)) is not None]


def _record(text: bytes) -> Record | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _contents(path: Path) -> bytes:
    """Of a file or a pipe; a device would have no end. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(fd, "rb") as file:
        mode = os.fstat(fd).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise OSError(errno.EINVAL, "it is not a file", str(path))
        if stat.S_ISFIFO(mode):
            os.set_blocking(fd, True)
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST >> 30} GB", str(path))
    return data


def last_air(records: Iterable[Record]) -> tuple[dict[str, TallyMode], datetime | None]:
    """What each camera was on air as when the log ended, and when that was."""
    air: dict[str, TallyMode] = {}
    wall: datetime | None = None
    for record in records:
        if record.get("kind") == "air" and record.get("mode") in get_args(TallyMode):
            air[str(record.get("camera"))] = cast(TallyMode, record["mode"])
        try:
            seen = datetime.fromisoformat(str(record.get("wall")))
        except ValueError:
            continue
        if seen.tzinfo is not None and (wall is None or seen > wall):
            wall = seen
    return air, wall


_COLUMNS = (
    "seq", "wall", "t_ms", "kind", "cue", "state", "source", "request", "verdict", "camera", "output", "action",
    "outcome", "reason", "due_ms", "sent_ms", "acked_ms", "done_ms", "frames", "skipped", "late_max_ms", "mode",
    "text", "file", "line", "column", "hex", "url",
)  # fmt: skip


def as_csv(records: Iterable[Record]) -> str:
    """With a heading, one record a line, the same columns for every log. No cell is a formula."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in record.items()} for record in records)
    return out.getvalue()


def as_text(records: Iterable[Record]) -> str:
    """For people: the time since the start, what happened, and where it stands in the sheet."""
    lines = []
    for record in records:
        what = _SAYS.get(str(record.get("kind")), _say_other)(record)
        place = f"{record['file']}:{record.get('line')}:{record.get('column')}" if record.get("file") else ""
        lines.append(plain(f"{_time(record.get('t_ms'))}  {what:<60}  {place}").rstrip())
    return "\n".join(lines) + "\n" if lines else ""


def _time(ms: object) -> str:
    total = round(ms) if isinstance(ms, int | float) else 0
    seconds, thousandths = divmod(abs(total), 1000)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"
    return f"{'-' if total < 0 else ' '}{text:>12}"


def _reason(record: Record) -> str:
    return f" ({record['reason']})" if record.get("reason") else ""


def _say_trigger(record: Record) -> str:
    return f"{record.get('source')}: {record.get('request')} – {record.get('verdict')}{_reason(record)}"


def _say_cue(record: Record) -> str:
    return f"cue {record.get('cue') or '–'} {record.get('state')}{_reason(record)}"


def _say_command(record: Record) -> str:
    who = record.get("camera") or record.get("output")
    late = _late(record)
    shown = f", {late:.1f} ms after its time" if late is not None and late >= 1 else ""
    frames = f", {record['frames']} frames, {record.get('skipped', 0)} skipped" if record.get("frames") else ""
    outcome = record.get("outcome")
    if record.get("simulated"):
        outcome, shown = "would have been sent", ""
    return f"  {who} {record.get('action')} – {outcome}{shown}{frames}{_reason(record)}"


def _say_other(record: Record) -> str:
    rest = [f"{record[key]}" for key in ("cue", "camera", "mode", "state", "text") if record.get(key)]
    return " ".join([str(record.get("kind")), *rest]) + _reason(record)


def _say_standby(record: Record) -> str:
    return f"standby {record['cue']}" if record.get("cue") else "standby: the cue list is at its end"


_SAYS: dict[str, Callable[[Record], str]] = {
    "standby": _say_standby,
    "trigger": _say_trigger,
    "cue": _say_cue,
    "command": _say_command,
    "send": _say_command,
}


def _late(record: Record) -> float | None:
    """Milliseconds; of a ramp, whose first frame is not due at its start, those of the latest frame."""
    worst = record.get("late_max_ms")
    if isinstance(worst, int | float):
        return worst
    sent, due = record.get("sent_ms"), record.get("due_ms")
    return sent - due if isinstance(sent, int | float) and isinstance(due, int | float) else None


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
    """What was other the second time. Times of commands count from the start of their cue, so the operator's own
    timing is no difference."""
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
        kind, cue = str(record.get("kind")), str(record.get("cue") or "")
        if kind == "cue":
            if record.get("state") == "started":
                started[cue] = record.get("t_ms", 0.0)
            key: _Key = ("cue", cue, str(record.get("state")))
            event = _Event("", "", None, None)
        elif kind == "trigger":
            key, event = ("trigger", str(record.get("request"))), _Event(str(record.get("verdict")), "", None, None)
        elif kind in ("command", "send"):
            who = str(record.get("camera") or record.get("output"))
            key = (f"cue {cue}:" if cue else "", who, str(record.get("action")))
            due, done = (_since(record.get(name), started.get(cue)) for name in ("due_ms", "done_ms"))
            sent = " ".join(str(record[name]) for name in ("hex", "url") if record.get(name))
            event = _Event(str(record.get("outcome")), sent, due, done)
        else:
            continue
        events.setdefault(key, []).append(event)
    return events


def _since(ms: object, start: float | None) -> float | None:
    return ms - start if isinstance(ms, int | float) and start is not None else None
