"""The wheel, installed in an environment of its own far from the checkout: every command of it works.

Nothing is fetched: the libraries are those of this environment, and so is the builder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from cuelang.cli.parser import _commands, _parser
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
LIBRARIES = Path(str(pytest.__file__)).parents[1]

pytestmark = [
    pytest.mark.skipif(find_spec("hatchling") is None, reason="hatchling, which builds the wheel, is not installed"),
    pytest.mark.timeout(180),
]


class Installed:
    def __init__(self, folder: Path, python: Path, packages: Path) -> None:
        self.folder, self.tried = folder, set[str]()
        self._python = python
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))},
            "PYTHONPATH": os.pathsep.join((str(packages), str(LIBRARIES))), "XDG_CACHE_HOME": str(folder / "cache"),
        }  # fmt: skip

    def command(self, *words: str) -> list[str]:
        self.tried.add(words[0])
        return [str(self._python), "-m", "cuelang", *words]

    def run(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == code and "Traceback" not in done.stderr, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self._environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def python(self, code: str) -> str:
        return subprocess.run(
            [str(self._python), "-c", code],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (found,) = built.glob("cuelang-*-py3-none-any.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    bare, packages = tmp_path_factory.mktemp("bare"), tmp_path_factory.mktemp("packages")
    venv.create(bare, symlinks=os.name == "posix")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)  # what pip does with a wheel of pure Python, but for the start script
    return Installed(
        tmp_path_factory.mktemp("far from the checkout"),
        bare / ("Scripts/python.exe" if os.name == "nt" else "bin/python"),
        packages,
    )


def lines(process: subprocess.Popen[str], wanted: str) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if wanted in line:
            return
    raise AssertionError(f"{wanted!r} never came")


def end(process: subprocess.Popen[str]) -> int:
    process.terminate()
    process.communicate(timeout=30)
    return process.returncode


def test_every_command_works_far_from_the_checkout(installed: Installed) -> None:
    here = installed.python("import cuelang; print(cuelang.__file__)")
    assert "packages" in here and str(ROOT) not in here

    installed.run("new", "first")
    sheet = "first/show.cues"
    assert "no errors" in installed.run("check", sheet)
    installed.run("fmt", "--check", sheet)
    assert json.loads(installed.run("plan", sheet, "--json"))["format"] == "cuelang.plan/1"
    assert "5 cues fired" in installed.run("rehearse", sheet, "--script", "first/script.txt", "--html", "night.html")
    assert "choir" in installed.run("triggers", sheet)
    assert json.loads(installed.run("schedule", sheet, "--json")) == []
    installed.run("preflight", sheet)
    assert "preset" in installed.run("explain", "E202")
    assert "GO" in installed.run("guide", "running")
    assert "cuelang" in installed.run("editor", "neovim")
    installed.run("export", sheet, "--format", "csv")
    (installed.folder / "list.csv").write_text("number,title\n1,Open\n2,Close\n")
    installed.run("import", "list.csv")
    installed.run("camera", "probe", "127.0.0.1:9", code=1)
    installed.run("discover", "--help")

    (installed.folder / "modules.cues").write_text(
        'use moves\nuse consoles.qlab\ncamera foh "sim://foh"\ncue 1\n    zoom foh to 50%\n'
    )
    assert "no errors" in installed.run("check", "modules.cues")

    (installed.folder / "gos.txt").write_text("0.2s go\n")
    log = installed.folder / "night.jsonl"
    said = installed.run(
        "run",
        sheet,
        "--simulate",
        "--script",
        "gos.txt",
        "--log",
        str(log),
        "--http",
        "off",
        "--input",
        f"osc+udp://127.0.0.1:{free_port()}",
    )
    assert "cue 1" in said
    assert "Before we begin" in installed.run("log", str(log))

    _simulate(installed)
    _page(installed, sheet)
    _listen(installed)
    _language_server(installed)
    assert installed.tried == set(_commands(_parser()))


def _simulate(installed: Installed) -> None:
    url = f"visca+udp://127.0.0.1:{free_port()}"
    cameras = installed.start("simulate", url)
    try:
        list(lines(cameras, "Ctrl-C"))
        assert "answers" in installed.run("camera", "probe", url)
    finally:
        assert end(cameras) == 0


def _page(installed: Installed, sheet: str) -> None:
    show = installed.start(
        "run",
        sheet,
        "--simulate",
        "--http",
        "127.0.0.1:0",
        "--input",
        f"osc+udp://127.0.0.1:{free_port()}",
    )
    try:
        *_, last = lines(show, "operator's page")
        url = last.partition("page: ")[2].strip()
        for path, part in (("", b"<script"), ("guide", b"Triggers"), ("api/state", b"My first show")):
            with urllib.request.urlopen(url + path, timeout=30) as answer:
                assert part in answer.read()
        assert "fired" in installed.run("remote", "go", "--url", url)
    finally:
        assert end(show) == 0


def _listen(installed: Installed) -> None:
    ears = installed.start("listen", f"osc+udp://127.0.0.1:{free_port()}")
    try:
        list(lines(ears, "Ctrl-C"))
    finally:
        assert end(ears) == 0


def _language_server(installed: Installed) -> None:
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}})
    server = installed.start("lsp")
    try:
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(f"Content-Length: {len(request)}\r\n\r\n{request}")
        server.stdin.flush()
        assert "Content-Length" in server.stdout.readline()
    finally:
        server.kill()
        server.communicate()
