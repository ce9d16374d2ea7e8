"""Every kind of link between two programs: a simulated camera in another process, `cuelang camera` in this one.

Real sockets, a real HTTP server, and real serial ports joined by `socat -x`, which shows the bytes.
"""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from cuelang.cli.parser import main
from tests.ports import free_port
from tests.program import started


@contextmanager
def simulated(url: str) -> Iterator[None]:
    with started("simulate", url, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert any("Ctrl-C" in line for line in process.stdout), f"{url} is not simulated"
            yield
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0


def camera(*words: str) -> str:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as problems:
        code = main(["camera", *words])
    assert code == 0, f"{words}: {out.getvalue()}{problems.getvalue()}"
    return out.getvalue()


@contextmanager
def cable(folder: Path) -> Iterator[tuple[Path, Path, Path]]:
    """Two serial ports and the file of what went between them."""
    if shutil.which("socat") is None:
        pytest.skip("socat is not installed")
    near, far, seen = folder / "near", folder / "far", folder / "bytes"
    with seen.open("wb") as log:
        process = subprocess.Popen(
            ["socat", "-x", f"pty,raw,echo=0,link={near}", f"pty,raw,echo=0,link={far}"], stderr=log
        )
        try:
            while not (near.exists() and far.exists()):
                assert process.poll() is None
            yield near, far, seen
        finally:
            process.terminate()
            process.wait()


def shown(seen: Path) -> str:
    lines = seen.read_text().splitlines()
    return " ".join(line.strip() for line in lines if line.startswith(" "))


def settings(url: str) -> dict[str, list[object]]:
    found = json.loads(camera("inspect", url, "--json"))
    return {one["name"]: one.get("values", []) for one in found["settings"]}


def tell_and_ask(url: str) -> None:
    assert "completed" in camera("send", url, "zoom to 25%")
    assert "completed" in camera("send", url, "set white_balance indoor")
    assert "completed" in camera("send", url, "move to pan 10deg tilt -5deg speed 24")
    said = settings(url)
    assert said["zoom"] == [25.0]
    assert said["white_balance"] == ["indoor"]
    assert said["position"] == [10.0, -5.0]


@pytest.mark.parametrize("scheme", ["visca+udp", "visca+tcp", "sony"])
def test_visca_over_a_network(scheme: str) -> None:
    url = f"{scheme}://127.0.0.1:{free_port()}"
    with simulated(url):
        tell_and_ask(url)


def test_visca_on_a_cable(tmp_path: Path) -> None:
    with cable(tmp_path) as (near, far, seen):
        with simulated(f"visca+serial://{far}?address=1"):
            tell_and_ask(f"visca+serial://{near}?address=1")
        assert shown(seen).startswith("88 30 01 ff 88 30 02 ff 88 01 00 01 ff")
        for frame in ("81 01 04 47 01 00 00 00 ff", "81 01 04 35 01 ff", "90 41 ff", "90 51 ff"):
            assert frame in shown(seen)


@pytest.mark.parametrize(
    ("scheme", "frames"),
    [
        ("pelco-d", ("ff 03 00 20 00 00 23 ff 03 00 00 00 00 03", "ff 03 00 03 00 05 0b", "ff 03 00 07 00 05 0f")),
        ("pelco-p", ("a0 03 00 20 00 00 af 2c a0 03 00 00 00 00 af 0c", "a0 03 00 03 00 05 af 0a")),
    ],
)
def test_pelco_on_a_cable(scheme: str, frames: tuple[str, ...], tmp_path: Path) -> None:
    with cable(tmp_path) as (near, far, seen):
        url = f"{scheme}://{near}?address=3"
        with simulated(f"{scheme}://{far}?address=3"):
            for statement in ("store preset 5", "zoom in for 200ms", "move to preset 5"):
                said = camera("send", url, statement)
                assert "sent" in said or "completed" in said
        for frame in frames:
            assert frame in shown(seen)


def test_http_alone() -> None:
    url = f"cgi://127.0.0.1:{free_port()}"
    with simulated(url):
        for statement in ("zoom to 25%", "store preset 5", "move to preset 5", "move home", "track on"):
            assert "completed" in camera("send", url, statement)


@pytest.mark.parametrize("scheme", ["panasonic", "canon"])
def test_a_maker_s_own_http(scheme: str) -> None:
    url = f"{scheme}://127.0.0.1:{free_port()}"
    with simulated(url):
        for statement in ("zoom to 25%", "move to pan 10deg tilt -5deg", "store preset 5", "move to preset 5"):
            assert "completed" in camera("send", url, statement)
        said = settings(url)
        assert [round(float(str(value)), 1) for value in (*said["zoom"], *said["position"])] == [25.0, 10.0, -5.0]
