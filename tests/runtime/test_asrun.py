"""The as-run log: times to the microsecond, a file that nothing stops, and what can be read out of it."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.clock import current, run
from cuelang.plain import cells
from cuelang.playback.air import Speaker
from cuelang.runtime import logfile
from cuelang.runtime.asrun import (
    MAX_LINE_BYTES,
    AsRun,
    MemorySink,
    as_text,
    csv_lines,
    default_path,
    last_air,
    latest,
    one_by_one,
    read,
    still_on_air,
)
from cuelang.runtime.comparison import compare
from cuelang.runtime.logfile import FileSink
from cuelang.runtime.record_json import as_json, from_json
from cuelang.runtime.records import AirRecord, NoteRecord, StandbyRecord

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)


def test_records_are_numbered_and_timed() -> None:
    sink = MemorySink()

    async def show() -> None:
        clock = current()
        log = AsRun(sink, clock, LONDON)
        log.show("started", show="Twelfth Night")
        await clock.sleep_until(5_012_114_400)
        log.write(clock.now(), lambda stamp: StandbyRecord(*stamp, cue="2"))
        log.write(4_000_000_000, lambda stamp: AirRecord(*stamp, camera="foh", mode="off"))

    run(show(), kind="virtual", start=START)
    assert [as_json(record) for record in sink.records] == [
        {"seq": 1, "wall": "2026-03-29T00:59:59.000+00:00", "t_ms": 0.0, "kind": "show",
         "state": "started", "show": "Twelfth Night"},
        {"seq": 2, "wall": "2026-03-29T02:00:04.012+01:00", "t_ms": 5012.114, "kind": "standby", "cue": "2"},
        {"seq": 3, "wall": "2026-03-29T02:00:03.000+01:00", "t_ms": 4000.0, "kind": "air", "camera": "foh",
         "mode": "off"},
    ]  # fmt: skip


def test_time_zero_is_the_start_of_the_show() -> None:
    sink = MemorySink()

    async def show() -> None:
        clock = current()
        await clock.sleep_until(7_000_000_000)
        AsRun(sink, clock).write(7_000_001_000, lambda stamp: StandbyRecord(*stamp, cue=None))

    run(show(), kind="virtual")
    assert sink.records[0].t_ms == 0.001


@given(st.integers(0, 10**15))
def test_milliseconds_are_exact_to_the_microsecond(ns: int) -> None:
    async def show() -> float:
        return AsRun(MemorySink(), current()).ms(ns)

    shown = json.dumps(run(show(), kind="virtual"))
    whole, _, part = shown.partition(".")
    assert len(part) <= 3
    assert abs(int(whole + part.ljust(3, "0")) * 1000 - ns) <= 500


# --- the file ----------------------------------------------------------------------------------------------


async def test_lines_are_in_the_file_as_they_happen(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "a.jsonl"
    sink = FileSink(path, current(), pytest.fail)
    log = AsRun(sink, current())
    log.write(current().now(), lambda stamp: NoteRecord(*stamp, cue="", text="Été \ud800 “x”"))
    for _ in range(200):
        if path.read_bytes().endswith(b"\n"):
            break
        await asyncio.sleep(0.005)
    assert json.loads(path.read_text("utf-8"))["text"] == "Été \ud800 “x”"
    await sink.close()
    log.show("stopped")
    assert len(read(path)) == 1 and sink.lost == 1


async def test_a_log_is_added_to_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"seq": 1}\n{"seq": 2, "ki')
    sink = FileSink(path, current(), pytest.fail)
    sink.write(from_json({"seq": 1, "kind": "show"}))
    await sink.close()
    assert path.read_text() == '{"seq": 1}\n{"seq": 2, "ki\n{"seq": 1, "kind": "show"}\n'
    assert [record.seq for record in read(path)] == [1, 1]


def on_a_virtual_loop(tmp_path: Path, show) -> None:
    run(show(tmp_path / "a.jsonl"), kind="virtual")


async def test_a_log_that_was_cut_off_in_the_middle_of_a_line_goes_on_with_a_new_one(tmp_path: Path) -> None:
    """Its last byte is read without `pread`, which Windows lacks."""
    path = tmp_path / "night.jsonl"
    for last, lines in ((b'{"seq": 1, "ki', 2), (b'{"seq": 1}\n', 2), (b"", 1)):
        path.write_bytes(last)
        sink = FileSink(path, current(), lambda _text: None)
        sink.write(from_json({"seq": 2}))
        await sink.close()
        found = path.read_bytes().splitlines()
        assert len(found) == lines and json.loads(found[-1])["seq"] == 2


def test_the_file_is_synced_once_a_second_while_there_is_something_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[float] = []

    async def show(path: Path) -> None:
        clock = current()
        monkeypatch.setattr(os, "fsync", lambda _fd: synced.append(clock.now() / 1e9))
        sink = FileSink(path, clock, pytest.fail)
        for at in (0, 400_000_000, 1_200_000_000, 9_000_000_000):
            await clock.sleep_until(at)
            sink.write(from_json({"at": at}))
        await clock.sleep_until(20_000_000_000)
        await sink.close()

    on_a_virtual_loop(tmp_path, show)
    assert synced == [1.0, 2.2, 10.0, 20.0]


def test_a_full_disk_stops_nothing_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    room = 30
    write = os.write

    def full(fd: int, data: bytes) -> int:
        nonlocal room
        if room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = write(fd, data[:room])
        room -= taken
        return taken

    monkeypatch.setattr(os, "write", full)

    async def show(path: Path) -> None:
        nonlocal room
        clock = current()
        sink = FileSink(path, clock, said.append)
        for number in range(50):
            await clock.sleep_until(number * 100_000_000)
            sink.write(from_json({"seq": number, "text": "a line"}))
        assert len(said) == 1 and "cannot be written" in said[0]
        room = 10**6
        await clock.sleep_until(20_000_000_000)
        assert len(said) == 2 and "nothing is lost" in said[1]
        assert [record.seq for record in read(path)] == list(range(50))
        await sink.close()

    on_a_virtual_loop(tmp_path, show)


def test_a_disk_that_is_full_for_an_hour_of_a_busy_show_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, records = os.write, 29_000

    def full(_fd: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async def show(path: Path) -> None:
        clock = current()
        sink = FileSink(path, clock, lambda _text: None)
        monkeypatch.setattr(os, "write", full)
        record = from_json({"seq": 1})
        for _ in range(records):
            sink.write(record)
        await clock.sleep_until(3600 * 1_000_000_000)
        monkeypatch.setattr(os, "write", write)
        await sink.close()
        assert sink.lost == 0
        assert path.read_bytes().count(b"\n") == records

    on_a_virtual_loop(tmp_path, show)


def test_what_does_not_fit_in_memory_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    write = os.write
    monkeypatch.setattr(logfile, "MAX_WAITING", 5)

    def broken(_fd: int, _data: bytes) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    async def show(path: Path) -> None:
        clock = current()
        sink = FileSink(path, clock, said.append)
        monkeypatch.setattr(os, "write", broken)
        for number in range(12):
            sink.write(from_json({"seq": number}))
        assert sink.lost == 7
        monkeypatch.setattr(os, "write", write)
        await clock.sleep_until(2_000_000_000)
        assert "5 records wait" in said[1]
        assert "7 records" in said[2]
        sink.write(from_json({"seq": 12}))
        assert [record.seq for record in read(path)] == [0, 1, 2, 3, 4, 12]
        await sink.close()

    on_a_virtual_loop(tmp_path, show)


@pytest.mark.skipif(os.name == "nt", reason="/dev/full")
async def test_a_real_full_device() -> None:
    said: list[str] = []
    sink = FileSink(Path("/dev/full"), current(), said.append)
    sink.write(from_json({"seq": 1}))
    sink.write(from_json({"seq": 2}))
    await sink.close()
    assert len(said) == 1 and "Make room on the disk" in said[0]
    assert sink.lost == 2


def test_a_path_that_cannot_be_opened_is_an_os_error(tmp_path: Path) -> None:
    async def show(path: Path) -> None:
        path.mkdir()
        with pytest.raises((IsADirectoryError, PermissionError)):  # Windows gives the latter
            FileSink(path, current(), pytest.fail)

    on_a_virtual_loop(tmp_path, show)


# --- names -------------------------------------------------------------------------------------------------


def test_default_names(tmp_path: Path) -> None:
    wall = datetime(2026, 12, 24, 19, 30, 5)
    names = []
    for _ in range(3):
        path = default_path("Twelfth Night: “or”/../What You Will", wall, tmp_path)
        names.append(path.name)
        path.touch()
    stem = "Twelfth-Night-or-What-You-Will-2026-12-24-193005"
    assert names == [f"{stem}.jsonl", f"{stem}-2.jsonl", f"{stem}-3.jsonl"]
    assert default_path("", wall, tmp_path).name == "show-2026-12-24-193005.jsonl"
    assert default_path("é" * 300, wall).name.startswith("éééé")


def test_the_latest_log_of_a_show(tmp_path: Path) -> None:
    assert latest("Play", tmp_path / "none") is None
    for name in (
        "Play-2026-01-02-100000.jsonl",
        "Play-2026-01-02-100000-10.jsonl",
        "Play-2026-01-02-100000-9.jsonl",
        "Play-2-2027-01-01-000000.jsonl",
        "Play-2025-12-31-235959.jsonl",
    ):
        (tmp_path / name).touch()
    found = latest("Play", tmp_path)
    assert found is not None and found.name == "Play-2026-01-02-100000-10.jsonl"
    assert latest("Other", tmp_path) is None


# --- reading -----------------------------------------------------------------------------------------------

LINES: list[dict[str, Any]] = [
    {"seq": 1, "wall": "2026-12-24T19:30:00.000+00:00", "t_ms": 0.0, "kind": "show", "state": "started"},
    {"seq": 2, "wall": "2026-12-24T19:30:05.000+00:00", "t_ms": 5000.0, "kind": "trigger",
     "source": "osc udp 10.0.0.7:5", "request": "go 2", "verdict": "fired"},
    {"seq": 3, "wall": "2026-12-24T19:30:05.000+00:00", "t_ms": 5000.0, "kind": "cue", "cue": "2", "state": "started"},
    {"seq": 4, "wall": "2026-12-24T19:30:05.100+00:00", "t_ms": 5100.0, "kind": "air", "camera": "foh",
     "mode": "program"},
    {"seq": 5, "wall": "2026-12-24T19:30:08.161+00:00", "t_ms": 8161.0, "kind": "command", "cue": "2",
     "camera": "foh", "action": "move", "due_ms": 5000.0, "sent_ms": 5002.5, "acked_ms": 5004.0, "done_ms": 8161.0,
     "outcome": "completed", "file": "night.cues", "line": 43, "column": 15, "hex": "81 01"},
    {"seq": 6, "wall": "2026-12-24T19:31:00.000+00:00", "t_ms": 60000.0, "kind": "air", "camera": "foh", "mode": "off"},
]  # fmt: skip
NIGHT = [from_json(line) for line in LINES]


def test_a_damaged_log_gives_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [json.dumps(line).encode() for line in LINES]
    path.write_bytes(b"\n".join([*lines[:2], b"\xff\xfe\0rubbish", b"[1]", b"[" * 100_000, *lines[2:4], lines[4][:50]]))
    assert read(path) == NIGHT[:4]


def test_what_was_on_air_last() -> None:
    air, wall = last_air(NIGHT)
    assert air == {"foh": "off"} and wall == datetime(2026, 12, 24, 19, 31, tzinfo=UTC)
    assert last_air([from_json({"kind": "air", "camera": "x", "mode": "sideways", "wall": 7})]) == ({}, None)


def test_what_was_on_air_counts_for_twelve_hours_in_a_show_of_the_same_kind() -> None:
    begun = {"wall": "2026-12-24T19:30:00+00:00", "kind": "show", "state": "started", "simulated": False}
    end = {"wall": "2026-12-24T21:00:00+00:00"}
    night = [
        from_json(one)
        for one in (
            begun,
            {**end, "kind": "air", "camera": "foh", "mode": "program"},
            {**end, "kind": "tally", "camera": "foh", "mode": "program", "speaker": "vision", "by": "switcher"},
        )
    ]
    ended = datetime(2026, 12, 24, 21, tzinfo=UTC)
    almost, later = ended + timedelta(hours=12, seconds=-1), ended + timedelta(hours=12)
    words = {Speaker("switcher", "vision"): {"foh": "program"}}
    assert still_on_air(night, False, almost) == ({"foh": "program"}, words, ended)
    assert still_on_air(night, False, later) == ({}, {}, ended), "unknown, which counts as on program"
    assert still_on_air(night, True, almost)[:2] == ({}, {})


def test_a_log_for_people() -> None:
    assert as_text(NIGHT).splitlines() == [
        "  0:00:00.000  show started",
        "  0:00:05.000  osc udp 10.0.0.7:5: go 2 – fired",
        "  0:00:05.000  cue 2 started",
        "  0:00:05.100  air foh program",
        "  0:00:08.161    foh move – completed, 2.5 ms late                           night.cues:43:15",
        "  0:01:00.000  air foh off",
    ]
    assert as_text([]) == ""


@pytest.mark.parametrize(("frames", "said"), [(1, "1 frame, 0 skipped"), (20, "20 frames, 0 skipped")])
def test_one_frame_is_not_frames(frames: int, said: str) -> None:
    record = {"seq": 1, "wall": "", "t_ms": 6.0, "kind": "command", "camera": "foh", "action": "zoom",
              "outcome": "completed", "cue": "12", "due_ms": 5.0, "frames": frames}  # fmt: skip
    assert said in as_text([from_json(record)])


def test_titles_places_and_wide_letters_stand_in_the_lines() -> None:
    records = [
        {"seq": 1, "wall": "", "t_ms": 0.0, "kind": "cue", "cue": "12", "state": "started", "title": "Storm", "run": 1},
        {"seq": 1, "wall": "", "t_ms": 5.0, "kind": "cue", "cue": "12", "state": "done", "run": 1},
        {"seq": 1, "wall": "", "t_ms": 6.0, "kind": "command", "camera": "foh", "action": "move", "preset": "throne",
         "outcome": "completed", "cue": "12", "due_ms": 5.0, "file": "a.cues", "line": 4, "column": 5},
        {"seq": 1, "wall": "", "t_ms": 7.0, "kind": "command", "camera": "客席", "action": "move", "preset": "全景",
         "outcome": "completed", "cue": "12", "due_ms": 5.0, "file": "a.cues", "line": 5, "column": 5},
        {"seq": 1, "wall": "", "t_ms": 8.0, "kind": "send", "output": "eos", "action": "send", "address": "/eos/go",
         "arguments": [], "cue": "12",
         "due_ms": 8.0, "outcome": "sent"},
    ]  # fmt: skip
    lines = as_text(map(from_json, records)).splitlines()
    assert lines[0].endswith("  cue 12 “Storm” started") and lines[1].endswith("  cue 12 done")
    assert "  foh move to throne – completed" in lines[2] and "  客席 move to 全景 – completed" in lines[3]
    assert "eos send /eos/go – sent" in lines[4]
    assert cells(lines[2].partition("a.cues")[0]) == cells(lines[3].partition("a.cues")[0])


def test_a_log_as_csv() -> None:
    lines = "".join(csv_lines(NIGHT)).splitlines()
    assert lines[0].startswith("seq,wall,t_ms,kind,cue,")
    assert lines[5].startswith("5,2026-12-24T19:30:08.161+00:00,8161.0,command,2,") and lines[5].endswith(
        ",43,15,81 01,"
    )


def test_the_same_night_twice_has_no_difference() -> None:
    assert compare(NIGHT, NIGHT) == []


def test_the_operators_timing_is_no_difference() -> None:
    times = ("t_ms", "due_ms", "sent_ms", "acked_ms", "done_ms")
    later = [from_json({key: value + 777 if key in times else value for key, value in line.items()}) for line in LINES]
    assert compare(NIGHT, later) == []


def test_what_was_other_is_named() -> None:
    other = [line for line in LINES if line["seq"] != 2]
    other[3] = other[3] | {"outcome": "timed_out", "hex": "81 02", "done_ms": 9000.0}
    assert [tuple(difference) for difference in compare(NIGHT, [from_json(line) for line in other])] == [
        ("trigger go 2", "happened", "did not happen"),
        ("cue 2: foh move", "completed", "timed_out"),
        ("cue 2: foh move, bytes", "81 01", "81 02"),
        ("cue 2: foh move is done", "+3.161 s", "+4.000 s"),
    ]
    assert [tuple(d) for d in compare(NIGHT[:3], NIGHT[:3] + NIGHT[2:3])] == [
        ("cue 2 started, time 2", "did not happen", "happened")
    ]


def test_a_log_of_any_size_is_read_line_by_line(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    with log.open("wb") as file:
        file.write(b'{"seq": 1}\n' + b"\0" * (3 * MAX_LINE_BYTES) + b'"}\n')
        file.write(b'{"seq": 2, "text": "' + b"x" * MAX_LINE_BYTES + b'"}\n{"seq": 3}\n{"seq": 4}')
        file.truncate(file.tell() + 40 * MAX_LINE_BYTES)
    tracemalloc.start()
    try:
        found = [record.seq for record in one_by_one(log)]
        assert tracemalloc.get_traced_memory()[1] < 10 * MAX_LINE_BYTES
    finally:
        tracemalloc.stop()
    assert found == [1, 3], "2 is too long, and 4 was cut off"
