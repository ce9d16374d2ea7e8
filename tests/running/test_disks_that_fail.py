"""A real show whose log is on a full disk, may grow no further, or is deleted with its folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from tests.program import started
from tests.running.test_hanging import osc, until

SHEET = """
show "Disks"
    go_window 0s
    debounce 0s
cue 1
    restart
    repeat 40 times every 5ms
        note "so that a log grows by a few kilobytes, which are more than there is room for"
cue 2
    restart
    note "two"
"""


class Night:
    def __init__(self, show: subprocess.Popen[str], port: int, log: Path) -> None:
        self.show, self.log = show, log
        self._port = port

    def ask(self, address: str) -> None:
        osc(self._port, address)

    def hears(self, text: str) -> None:
        """The next line with this text that the show prints."""
        assert self.show.stdout is not None
        assert any(text in line for line in self.show.stdout), text

    def end(self) -> str:
        self.show.send_signal(signal.SIGTERM)
        _, said = self.show.communicate(timeout=40)
        assert self.show.returncode == 0, said
        assert "Traceback" not in said
        return said

    def records(self) -> list[dict[str, Any]]:
        """Every line of the log is whole."""
        text = self.log.read_text()
        assert text.endswith("\n")
        return [json.loads(line) for line in text.splitlines()]


@contextmanager
def playing(
    folder: Path, log: Path, before: Callable[[], object] | None = None, *, logs: bool = True
) -> Iterator[Night]:
    port = free_port()
    (folder / "disks.cues").write_text(SHEET)
    show = started(
        *("run", "disks.cues", "--log", str(log), "--http", "off", "--input", f"osc+udp://127.0.0.1:{port}"),
        cwd=folder,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=before,
    )
    try:
        night = Night(show, port, log)
        night.hears("show started")
        if logs:
            until(lambda: log.stat().st_size)
        yield night
    finally:
        show.kill()
        show.communicate()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 kB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk needs root on Linux")
    here = tmp_path / "disk"
    here.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(here)], capture_output=True)
    if made.returncode:
        pytest.skip(f"this machine mounts no tmpfs: {made.stderr!r}")
    try:
        yield here
    finally:
        subprocess.run(["umount", "--lazy", str(here)], check=True)


def fill(disk: Path) -> Path:
    """Something else that takes all the room, but for the page in which the log ends."""
    thing = disk / "thing"
    with open(thing, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return thing


def test_a_disk_that_fills_up_and_is_cleared_loses_nothing(tmp_path: Path, disk: Path) -> None:
    with playing(tmp_path, disk / "night.jsonl") as night:
        thing = fill(disk)
        night.ask("/cue/1/start")
        night.hears("cannot be written: No space left on device. The show continues")
        night.ask("/cue/2/start")
        night.hears("note 2 two")
        night.ask("/panic")
        night.hears("panic – fired")
        thing.unlink()
        night.hears("can be written again; nothing is lost")
        assert night.end() == ""
        records = night.records()
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert (records[0]["state"], records[-2]["state"], records[-1]["kind"]) == ("started", "stopped", "end")


def test_a_disk_that_stays_full_leaves_whole_lines_and_the_end_says_how_many_are_missing(
    tmp_path: Path, disk: Path
) -> None:
    with playing(tmp_path, disk / "night.jsonl") as night:
        fill(disk)
        night.ask("/cue/1/start")
        night.hears("cannot be written: No space left on device")
        night.ask("/panic")
        night.hears("panic – fired")
        assert "records are missing from the log" in night.end()
        records = night.records()
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))


def test_a_log_that_may_grow_no_further_ends_no_show(tmp_path: Path) -> None:
    """The system sends SIGXFSZ, which ends a process that does not ignore it."""
    resource = pytest.importorskip("resource")

    def at_most() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    with playing(tmp_path, tmp_path / "night.jsonl", at_most) as night:
        night.ask("/cue/1/start")
        night.hears("cannot be written: File too large. The show continues")
        night.ask("/cue/2/start")
        night.hears("note 2 two")
        night.ask("/panic")
        night.hears("panic – fired")
        assert "records are missing from the log" in night.end()
        records = night.records()
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))


def delete(folder: Path) -> None:
    """The show may be writing into it."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted")
def test_a_log_whose_folder_somebody_deletes_is_written_again(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "night.jsonl"
    with playing(tmp_path, log) as night:
        night.ask("/cue/2/start")
        until(lambda: any(record.get("text") == "two" for record in night.records()))
        delete(log.parent)
        night.ask("/cue/1/start")
        night.hears("was deleted. It was created again; nothing is lost")
        assert night.end() == ""
        records = night.records()
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted")
def test_a_folder_that_takes_no_new_log_is_told(tmp_path: Path) -> None:
    """The folder is gone, and a file has its name."""
    log = tmp_path / "logs" / "night.jsonl"
    with playing(tmp_path, log) as night:
        delete(log.parent)
        log.parent.write_text("in the way")
        night.ask("/cue/1/start")
        night.hears("was deleted and cannot be created again")
        night.ask("/panic")
        night.hears("panic – fired")
        night.end()


def test_a_disk_that_can_only_be_read_takes_no_log_and_the_show_goes_on(tmp_path: Path, disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with playing(tmp_path, disk / "logs" / "night.jsonl", logs=False) as night:
        night.hears("Read-only file system")
        night.ask("/cue/2/start")
        night.hears("note 2 two")
        night.ask("/panic")
        night.hears("panic – fired")
        assert night.end() == ""
