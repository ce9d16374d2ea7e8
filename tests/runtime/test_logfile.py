"""The log on a disk that hangs, is full, or is taken away."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cuelang.clock import current, run
from cuelang.runtime import logfile
from cuelang.runtime.asrun import read
from cuelang.runtime.logfile import FileSink, InUse
from cuelang.runtime.loglock import is_held
from cuelang.runtime.record_json import from_json


async def until(true: Callable[[], object]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it does not come")


async def test_a_disk_that_hangs_holds_up_nobody_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    answers = threading.Event()
    write = os.write

    def hanging(fd: int, data: bytes) -> int:
        if threading.current_thread().name == "as-run log":
            answers.wait()
        return write(fd, data)

    sink = FileSink(tmp_path / "a.jsonl", current(), said.append)
    monkeypatch.setattr(os, "write", hanging)
    began = asyncio.get_running_loop().time()
    for number in range(500):
        sink.write(from_json({"seq": number}))
    assert asyncio.get_running_loop().time() - began < 0.5
    await until(lambda: said)
    assert "its disk does not answer" in said[0]
    answers.set()
    await until(lambda: len(said) > 1)
    assert "can be written again; nothing is lost" in said[1]
    await sink.close()
    assert [record.seq for record in read(sink.path)] == list(range(500))
    assert sink.lost == 0


class Busy(deque[bytes]):
    """Gets one more line whenever the other thread has begun to read it."""

    more = 50

    def __iter__(self) -> Iterator[bytes]:
        found = super().__iter__()
        self._one_more()
        return found

    def __len__(self) -> int:
        found = super().__len__()
        self._one_more()
        return found

    def _one_more(self) -> None:
        if self.more:
            self.more -= 1
            self.append(b'{"seq": 2}\n')


async def test_a_record_that_comes_while_others_are_taken_is_written_after_them(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "a.jsonl", current(), pytest.fail)
    sink._disk.incoming = Busy()
    sink.write(from_json({"seq": 1}))
    await until(lambda: sink._disk.done == 1 + Busy.more)
    await sink.close()
    assert [record.seq for record in read(sink.path)] == [1] + [2] * Busy.more


async def test_the_log_is_written_after_a_mistake_inside(tmp_path: Path) -> None:
    mistakes: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: mistakes.append(told["exception"]))
    sink = FileSink(tmp_path / "a.jsonl", current(), pytest.fail)
    mistake = RuntimeError("a mistake")

    def wrong() -> None:
        raise mistake

    sink._do(wrong)
    sink.write(from_json({"seq": 1}))
    await until(lambda: mistakes and sink._disk.done)
    await sink.close()
    assert mistakes == [mistake] and [record.seq for record in read(sink.path)] == [1]


async def test_the_end_of_a_show_does_not_wait_for_a_disk_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logfile, "CLOSING_S", 0.1)
    answers = threading.Event()
    sink = FileSink(tmp_path / "a.jsonl", current(), lambda _text: None)
    monkeypatch.setattr(os, "write", lambda _fd, _data: answers.wait() and 0)
    sink.write(from_json({"seq": 1}))
    sink.write(from_json({"seq": 2}))
    await sink.close()
    assert sink.lost == 2
    answers.set()


@pytest.mark.skipif(os.name == "nt", reason="FIFOs")
async def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    said: list[str] = []
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sink = FileSink(pipe, current(), said.append)
    for number in range(3000):
        sink.write(from_json({"seq": number, "text": "x" * 60}))
    await until(lambda: said)
    assert "its disk does not answer" in said[0]
    logfile.CLOSING_S, closing = 0.1, logfile.CLOSING_S
    try:
        await sink.close()
    finally:
        logfile.CLOSING_S = closing
    assert 0 < sink.lost < 3000


@pytest.mark.skipif(os.name == "nt", reason="the rights of a file")
def test_a_log_is_its_owners(tmp_path: Path) -> None:
    async def show() -> None:
        sink = FileSink(tmp_path / "logs" / "a.jsonl", current(), pytest.fail)
        await sink.close()
        assert stat.S_IMODE(sink.path.stat().st_mode) == 0o600

    run(show(), kind="virtual")


@pytest.mark.skipif(os.name == "nt", reason="an open file keeps its name")
@pytest.mark.parametrize("folder", [False, True])
def test_a_log_that_is_deleted_is_written_anew(tmp_path: Path, folder: bool) -> None:
    said: list[str] = []

    async def show() -> None:
        clock = current()
        sink = FileSink(tmp_path / "logs" / "a.jsonl", clock, said.append)
        sink.write(from_json({"seq": 1}))
        await clock.sleep_until(2_000_000_000)
        sink.path.unlink()
        if folder:
            sink.path.parent.rmdir()
        sink.write(from_json({"seq": 2}))
        await clock.sleep_until(4_000_000_000)
        sink.write(from_json({"seq": 3}))
        await sink.close()
        assert [record.seq for record in read(sink.path)] == [1, 2, 3]

    run(show(), kind="virtual")
    assert len(said) == 1
    assert "was deleted. It was created again; nothing is lost" in said[0]


@pytest.mark.skipif(os.name == "nt", reason="an open file keeps its name")
def test_a_log_that_is_moved_goes_on_where_it_is(tmp_path: Path) -> None:
    said: list[str] = []

    async def show() -> None:
        clock = current()
        sink = FileSink(tmp_path / "a.jsonl", clock, said.append)
        sink.write(from_json({"seq": 1}))
        sink.path.rename(tmp_path / "b.jsonl")
        await clock.sleep_until(2_000_000_000)
        sink.write(from_json({"seq": 2}))
        await sink.close()

    run(show(), kind="virtual")
    assert [record.seq for record in read(tmp_path / "b.jsonl")] == [1, 2]
    assert len(said) == 1 and "was moved" in said[0]


@pytest.mark.skipif(os.name == "nt", reason="an open file keeps its name")
def test_a_log_whose_name_another_file_has_taken(tmp_path: Path) -> None:
    said: list[str] = []

    async def show() -> None:
        clock = current()
        sink = FileSink(tmp_path / "a.jsonl", clock, said.append)
        sink.path.unlink()
        sink.path.write_text("mine\n")
        sink.write(from_json({"seq": 1}))
        await clock.sleep_until(3_000_000_000)
        await sink.close()

    run(show(), kind="virtual")
    assert (tmp_path / "a.jsonl").read_text() == "mine\n"
    assert len(said) == 1 and "another file has its name" in said[0]


def test_a_disk_that_stays_full_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    room = 100

    def full(fd: int, data: bytes) -> int:
        nonlocal room
        if room <= 0:
            raise OSError(28, "No space left on device")
        taken = write(fd, data[:room])
        room -= taken
        return taken

    async def show() -> int:
        sink = FileSink(tmp_path / "a.jsonl", current(), lambda _text: None)
        monkeypatch.setattr(os, "write", full)
        for number in range(20):
            sink.write(from_json({"seq": number, "text": "a line"}))
        await sink.close()
        return sink.lost

    lost = run(show(), kind="virtual")
    text = (tmp_path / "a.jsonl").read_text()
    assert text.endswith("\n")
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) + lost == 20
    assert 0 < len(lines) < 20


async def test_a_log_has_one_show_at_a_time_and_its_sheets_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sink = FileSink(path, current(), pytest.fail)
    assert is_held(path)
    with pytest.raises(InUse):
        FileSink(path, current(), pytest.fail)
    sink.keep({"abc": "cue 1\r\n", "def": "cue 2\n"})
    sink.keep({"abc": "something else"})
    await sink.close()
    await until(lambda: not is_held(path))
    kept = {one.name: one.read_bytes() for one in (tmp_path / "files").iterdir()}
    assert kept == {"abc": b"cue 1\r\n", "def": b"cue 2\n"}
