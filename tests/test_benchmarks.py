"""The benchmarks run. How fast is not asked here."""

import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import main
from tests.nats_servers import needs_nats
from tests.program import called

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's stamps and /proc are Linux's")
@pytest.mark.parametrize(
    "name",
    [
        "compile",
        "bombs",
        "rehearse",
        pytest.param("trigger", marks=pytest.mark.calm),
        "skew",
        "ramps",
        "crowded",
        pytest.param("beat", marks=pytest.mark.calm),
        "links",
        "codec",
        "osc",
        "fuzz",
        "loads",
        "locate",
        "hands",
        "pages",
        pytest.param("switcher", marks=pytest.mark.calm),
        "start",
        "editor",
        "resume",
        pytest.param("takeover", marks=pytest.mark.calm),
    ],
)
def test_a_benchmark_prints_its_rows(name: str) -> None:
    if name == "takeover":
        needs_nats()
    run = called(main, "--tiny", name, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert run.returncode == 0, run.stderr
    head, rule, *rows, empty, machine = run.stdout.splitlines()
    assert head.count("|") == rule.count("|") == 6
    assert rows and all(row.count("|") == 6 for row in rows)
    assert not any("(missed)" in row for row in rows), "a tiny run judges nothing"
    assert empty == "" and machine.startswith("Measured on: ")


@pytest.mark.skipif(sys.platform != "linux", reason="a program that is called is a fork")
def test_a_benchmark_that_does_not_exist_is_named() -> None:
    run = called(main, "speed", cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert run.returncode == 2
    assert "there is no benchmark speed" in run.stderr
