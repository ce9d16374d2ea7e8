"""How soon a show that was killed after three hours takes its first request, with `--resume`."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from cuelang.app.loading import RunOptions, load
from cuelang.runtime.asrun import kept_beside, line
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import ShowRecord
from tests.benchmarks.figures import ROOT, Figure, Size, count, environment, percentile, program, s
from tests.ports import free_port
from tests.running.night import Doing, Night, perform

RIG = """
show "Night"
    interlock off
camera foh "visca+udp://127.0.0.1:9"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "visca+udp://127.0.0.1:19"
    preset door at pan 12deg tilt -3deg zoom 20%
"""
CUE = """
cue {number}
    zoom foh from 0% to 60% over 1s
    move left to door over 4s
    wait 12s
    move foh to throne
    wait 1s
"""
EVERY_S = 20
NEEDED = 2.0


def beat(night: Night) -> None:
    night.executor.beat()


def crashed(folder: Path, length: int) -> tuple[Path, int]:
    """The log of a night that was cut off after `length` seconds, and how many records it has."""
    cues = "".join(CUE.format(number=number) for number in range(1, length // EVERY_S + 2))
    sheet, log = folder / "night.cues", folder / "night.jsonl"
    sheet.write_text(RIG + cues, encoding="utf-8")
    options = RunOptions(str(sheet), simulate=True, log=str(log))
    loaded = load(options)
    doings: list[Doing] = [(at, "go" if at % EVERY_S == 1 else beat) for at in range(1, length)]
    night = perform(cues, *doings, rig=RIG, end=length, wall=datetime.now(UTC) - timedelta(seconds=length))
    started = ShowRecord(
        seq=0,
        wall=(datetime.now(UTC) - timedelta(seconds=length)).isoformat(),
        t_ms=0,
        state="started",
        show="Night",
        simulated=True,
        sheet=os.path.realpath(sheet),
        files=loaded.files,
        plan=loaded.digest,
        options=to_builtins(options),
    )
    records = [started, *(one for one in night.sink.records if one.t_ms < (length - 10) * 1000)]
    log.write_text("".join(line(as_json(one)) + "\n" for one in records), encoding="utf-8")
    kept_beside(log).mkdir()
    for digest, text in loaded.texts.items():
        (kept_beside(log) / digest).write_bytes(text.encode())
    return log, len(records)


def figures(size: Size) -> Iterator[Figure]:
    length, runs = size.of(3 * 3600, 3600, 60), size.of(10, 5, 1)
    with tempfile.TemporaryDirectory() as name:
        log, records = crashed(Path(name), length)
        text = log.read_bytes()
        took, busy = [], []
        for _ in range(runs):
            log.write_bytes(text)
            seconds, processor = _restart(log)
            took.append(seconds)
            busy.append(processor)
    middle = percentile(took, 50)
    what = (
        f"restart with `--resume` after a log of {length / 3600:.2g} h ({count(records)} records), to the first request"
    )
    yield Figure(what, s(NEEDED), s(middle), "", "", size.judge(middle <= NEEDED))
    yield Figure("the same: processor time of the program", "", s(percentile(busy, 50)), "", "", None)


def _restart(log: Path) -> tuple[float, float]:
    """Seconds until the first request was taken, and of the processor."""
    port = free_port()
    words = ["night.cues", "--simulate", "--log", log.name, "--resume", "--http", str(port), "--no-priority"]
    words += ["--input", "osc+udp://127.0.0.1:0"]
    begun = time.perf_counter()
    show = subprocess.Popen(
        program("run", *words, "--may-sleep"),
        cwd=log.parent,
        env=environment() | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        while (answer := _resume(port)) is None:
            if show.poll() is not None or time.perf_counter() - begun > 60:
                raise RuntimeError("the show has not started")
            time.sleep(0.01)
        took = time.perf_counter() - begun
        if answer["verdict"] != "fired":
            raise RuntimeError(f"nothing was held: {answer}")
    finally:
        show.kill()
        _, status, usage = os.wait4(show.pid, 0)
        show.returncode = os.waitstatus_to_exitcode(status)
    return took, usage.ru_utime + usage.ru_stime


def _resume(port: int) -> dict[str, Any] | None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/resume", b"{}", {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))
    except OSError:
        return None
