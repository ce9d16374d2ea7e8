"""What a benchmark measures, and how it is printed."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Figure:
    """`met`: None when the figure was not judged, for the run was too small to say anything."""

    what: str
    needed: str
    measured: str
    baseline: str
    ratio: str
    met: bool | None

    def row(self) -> str:
        mark = {True: "", False: " (missed)", None: ""}[self.met]
        return f"| {self.what} | {self.needed} | {self.measured}{mark} | {self.baseline} | {self.ratio} |"


HEAD = "| what | needed | measured | baseline in the same run | ratio |\n| --- | --- | --- | --- | --- |"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. `tiny` proves only that a benchmark runs."""

    tiny: bool = False
    quick: bool = False

    def of(self, full: int, quick: int, tiny: int) -> int:
        return tiny if self.tiny else quick if self.quick else full

    def judge(self, met: bool) -> bool | None:
        return None if self.tiny else met


def program(*words: str) -> list[str]:
    """`cuelang` as its script starts it."""
    return [sys.executable, "-c", "import sys; from cuelang.cli.parser import main; sys.exit(main())", *words]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}


def process_seconds(command: Sequence[str], times: int) -> tuple[float, int]:
    """The median of this many runs of a whole process, and the most memory that one of them took, in bytes."""
    took, most = [], 0
    for _ in range(times):
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), cwd=ROOT
        )
        _, status, usage = os.wait4(child.pid, 0)
        took.append(time.perf_counter() - start)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")
        most = max(most, usage.ru_maxrss * 1024)
    return statistics.median(took), most


def seconds(work: Callable[[], object], times: int) -> float:
    """The median of this many runs."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def percentile(values: Iterable[float], percent: float) -> float:
    """The value that this many per cent do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def s(value: float) -> str:
    return f"{value:.2f} s"


def ms(value: float) -> str:
    """Seconds, as milliseconds."""
    return f"{value * 1000:.0f} ms" if value >= 0.02 else f"{value * 1000:.2f} ms"


def count(value: float) -> str:
    """With a space between thousands."""
    return f"{value:,.0f}".replace(",", " ")


def times(value: float) -> str:
    return f"{value:.1f}"


def machine() -> str:
    model = "unknown processor"
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        model = platform.processor() or model
    count = os.cpu_count() or 1
    return (
        f"{model}, {count} core{'s' if count > 1 else ''}, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )
