"""The plugin that runs this suite in several processes: no test is lost, whatever becomes of a process."""

import os
import subprocess
import sys
from pathlib import Path

SUITE = """
import os, time, warnings
import pytest

@pytest.fixture(scope="module", params=range(3))
def shared(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    yield folder
    assert folder.exists()

@pytest.mark.parametrize("n", range(20))
def test_passes(shared, tmp_path, n):
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")

def test_dies():
    os._exit(3)

def test_fails():
    print("said on the way")
    assert [1, 2] == [1, 3]

@pytest.mark.skip
def test_is_skipped(): ...

def test_warns():
    warnings.warn("careful")

def test_does_not_begin(no_such_fixture): ...

@pytest.mark.parametrize("n", range(20))
def test_passes_too(n): ...
"""


def test_every_test_is_run_and_reported_once(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "tests.forked", "--workers", "3", "-rA", str(tmp_path)]
    run = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-p", "no:cacheprovider", "-p", "no:schemathesis"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "CI": "true"},  # pytest cuts its lines to the terminal elsewhere
    )
    assert run.returncode == 1, run.stdout + run.stderr
    for said in (
        "2 failed, 81 passed, 1 skipped, 1 warning, 1 error in",
        "test_it.py::test_dies - The process died over this test.",
        "assert [1, 2] == [1, 3]",
        "said on the way",
        "UserWarning: careful",
        "fixture 'no_such_fixture' not found",
    ):
        assert said in run.stdout, run.stdout
