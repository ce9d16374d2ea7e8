"""The layers of `cuelang/`: each package imports only from those before it, and the pure ones do no I/O."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cuelang"

LAYERS = (
    ("source", "plain", "address", "commands", "switching", "aside", "clock"),
    ("diagnostics", "library", "models"),
    ("protocols", "plan"),
    ("playback", "transports"),
    ("lang", "exchange", "devices", "switchers", "simulator", "runtime", "output"),
    ("sheets", "rig", "triggers", "screen"),
    ("rehearsal", "technician"),
    ("web",),
    ("app",),
    ("cli",),
    ("__main__",),
)
"""The packages and modules of `cuelang/`, each above those that may import it. Those of one layer may import one
another where the order in it says so: to the left."""

ORDER = [name for layer in LAYERS for name in layer]
RANK = {name: place for place, name in enumerate(ORDER)}
PURE = {
    "source", "plain", "diagnostics", "address", "commands", "switching", "models", "protocols",
    "plan", "playback", "output", "lang", "exchange",
}  # fmt: skip
OUTSIDE = {
    "asyncio",
    "socket",
    "threading",
    "time",
    "select",
    "subprocess",
    "serial",
    "aiohttp",
    "pythonosc.udp_client",
}
FILES = sorted(PACKAGE.rglob("*.py"))


def package(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def packages_of(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in imported(path) if name.startswith("cuelang.")} - {"__version__"}
    return names & RANK.keys() | {name for name in names if (PACKAGE / f"{name}.py").exists()}


def test_the_architecture_page_shows_every_package_in_its_layer() -> None:
    text = (PACKAGE / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text[text.index("| layer |") :].partition("\n\n")[0]
    shown = [re.findall(r"`(\w+)`", row.split("|")[2]) for row in table.splitlines()[2:]]
    assert shown == [[name for name in layer if name != "__main__"] for layer in LAYERS if layer != ("__main__",)]


def test_there_are_no_more_packages_than_a_reader_can_hold() -> None:
    assert len(ORDER) - 1 <= 30 and len(LAYERS) <= 11


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_package_imports_only_from_those_before_it(path: Path) -> None:
    here = package(path)
    if here in ("__init__", "__main__"):
        return
    assert here in RANK, f"{here} has no place in the reading order"
    below = {name for name in packages_of(path) - {here} if RANK[name] >= RANK[here]}
    assert not below, f"{here} imports from {below}"


@pytest.mark.parametrize(
    "path",
    [*(path for path in FILES if package(path) in PURE), PACKAGE / "runtime/records.py"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_the_pure_packages_do_no_io_and_read_no_clock(path: Path) -> None:
    assert not imported(path) & OUTSIDE


def test_the_simulator_knows_nothing_of_the_drivers() -> None:
    for path in FILES:
        if package(path) == "simulator":
            assert "devices" not in packages_of(path)
