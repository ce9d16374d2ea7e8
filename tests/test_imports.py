"""The rooms of the house, in reading order: each imports only from those above it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cuelang"

ROOMS = (
    ("source", "plain", "secrets"),
    ("diagnostics",),
    ("aside",),
    ("clock", "zones", "lines"),
    ("address", "commands", "switching", "cron"),
    ("models",),
    ("protocols",),
    ("plan",),
    ("timeline",),
    ("lang",),
    ("library", "report", "wording"),
    ("planview", "paper"),
    ("transports",),
    ("devices", "switchers", "simulator"),
    ("effects",),
    ("claims",),
    ("runs",),
    ("sight",),
    ("playback",),
    ("asrun", "view"),
    ("logfile",),
    ("executor",),
    ("triggers",),
    ("rig", "standin"),
    ("passes", "script"),
    ("tonight",),
    ("sheets",),
    ("rehearsal", "technician"),
    ("web",),
    ("app",),
    ("screen",),
    ("desk",),
    ("workshop", "remote"),
    ("cli",),
    ("__main__",),
)
RANK = {name: rank for rank, row in enumerate(ROOMS) for name in row}
PURE = {
    "source", "plain", "diagnostics", "address", "commands", "switching", "cron", "models", "protocols", "plan",
    "timeline", "lang", "wording", "planview", "paper", "effects", "claims", "runs", "sight", "playback", "passes",
    "script",
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


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def rooms_of(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in imported(path) if name.startswith("cuelang.")} - {"__version__"}
    return names & RANK.keys() | {name for name in names if (PACKAGE / f"{name}.py").exists()}


def test_the_readme_shows_every_room_in_reading_order() -> None:
    text = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| rooms of `cuelang/`") :].partition("\n\n")[0]
    shown = [name for row in table.splitlines() for name in row.split("|")[1].replace("`", " ").split()]
    rooms = [name for name in shown if name in RANK]
    assert sorted(rooms) == sorted(RANK.keys() - {"__main__"})
    assert [RANK[name] for name in rooms] == sorted(RANK[name] for name in rooms)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_those_above_it(path: Path) -> None:
    here = room(path)
    if here in ("__init__", "__main__"):
        return
    assert here in RANK, f"{here} has no place in the reading order"
    below = {name for name in rooms_of(path) - {here} if RANK[name] >= RANK[here]}
    assert not below, f"{here} imports from {below}"


@pytest.mark.parametrize(
    "path", [path for path in FILES if room(path) in PURE], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_pure_rooms_do_no_io_and_read_no_clock(path: Path) -> None:
    assert not imported(path) & OUTSIDE


def test_the_simulator_knows_nothing_of_the_drivers() -> None:
    for path in FILES:
        if room(path) == "simulator":
            assert "devices" not in rooms_of(path)
