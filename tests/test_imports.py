"""The layers of `cuelang/`: each package imports only from those before it, and the pure ones do no I/O."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cuelang"
PAGE = PACKAGE / "ARCHITECTURE.md"

LAYERS = (
    ("source", "plain", "units", "address", "commands", "aside", "clock"),
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
    "source", "plain", "units", "diagnostics", "address", "commands", "models", "protocols",
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


@cache
def read(path: Path) -> tuple[set[str], set[str]]:
    """What a module imports, and what it defines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return imported_by(tree), names_in(tree)


def imported(path: Path) -> set[str]:
    return read(path)[0]


def imported_by(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def packages_of(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in imported(path) if name.startswith("cuelang.")} - {"__version__"}
    return names & RANK.keys() | {name for name in names if (PACKAGE / f"{name}.py").exists()}


def test_the_architecture_page_shows_every_package_in_its_layer() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("| layer |") :].partition("\n\n")[0]
    shown = [re.findall(r"`(\w+)`", row.split("|")[2]) for row in table.splitlines()[2:]]
    assert shown == [[name for name in layer if name != "__main__"] for layer in LAYERS if layer != ("__main__",)]


@cache
def imports() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in ORDER}
    for path in FILES:
        here = package(path)
        if here in found and here != "__main__":
            found[here] |= packages_of(path) - {here}
    return found


@cache
def reached(name: str) -> set[str]:
    """All that a package imports, directly or through others."""
    return imports()[name].union(*(reached(other) for other in imports()[name]))


def picture() -> Iterator[str]:
    """The layers as a diagram. An import that follows from others is not drawn."""
    yield "```mermaid"
    yield "flowchart BT"
    for number, layer in enumerate(LAYERS[:-1], 1):
        yield f"    subgraph {number}[ ]"
        yield f"        {' ~~~ '.join(layer)}"
        yield "    end"
    for name in ORDER:
        direct = imports()[name]
        drawn = [other for other in direct if not any(other in reached(between) for between in direct - {other})]
        if drawn:
            yield f"    {name} --> {' & '.join(sorted(drawn, key=RANK.__getitem__))}"
    yield "```"


def test_the_architecture_page_draws_the_imports_as_they_are() -> None:
    before, after = "<!-- imports -->\n", "<!-- /imports -->"
    made = f"{before}{chr(10).join(picture())}\n{after}"
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("CUELANG_GOLDEN") == "write":
        text = f"{text[: text.index(before)]}{made}{text.partition(after)[2]}"
        PAGE.write_text(text, encoding="utf-8")
    assert made in text


def names_in(tree: ast.Module) -> set[str]:
    """Functions, classes, constants, and the methods of the classes."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            parts = {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
            found |= {node.name} | {f"{node.name}.{part}" for part in parts}
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def test_every_file_and_function_on_the_architecture_page_exists() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("\n## What flows")[2]
    known: set[str] = set()
    for name in re.findall(r"`([\w/]+\.(?:py|lark|md|txt))`", text):
        path = PACKAGE.parent / name if name.startswith("tests/") else PACKAGE / name
        assert path.exists(), name
        if path.suffix == ".py":
            known |= read(path)[1]
    walked = re.findall(r"`(_?[A-Z]\w*\.\w+)`", text) + re.findall(r"`(test_\w+)`", text)
    assert len(walked) > 60
    assert sorted(set(walked) - known) == []


def test_there_are_no_more_packages_than_a_reader_can_hold() -> None:
    assert len(ORDER) - 1 <= 30 and len(LAYERS) <= 11


@pytest.mark.parametrize("here", sorted({package(path) for path in FILES} - {"__init__", "__main__"}))
def test_a_package_imports_only_from_those_before_it(here: str) -> None:
    assert here in RANK, f"{here} has no place in the reading order"
    wrong = {
        path.relative_to(PACKAGE).as_posix(): below
        for path in FILES
        if package(path) == here
        and (below := {name for name in packages_of(path) - {here} if RANK[name] >= RANK[here]})
    }
    assert wrong == {}


@pytest.mark.parametrize("here", sorted(PURE))
def test_the_pure_packages_do_no_io_and_read_no_clock(here: str) -> None:
    files = [path for path in FILES if package(path) == here]
    assert files
    assert {path.name: outside for path in files if (outside := imported(path) & OUTSIDE)} == {}


def test_the_records_do_no_io_and_read_no_clock() -> None:
    assert not imported(PACKAGE / "runtime/records.py") & OUTSIDE


def test_the_simulator_knows_nothing_of_the_drivers() -> None:
    for path in FILES:
        if package(path) == "simulator":
            assert "devices" not in packages_of(path)


UNNEEDED = (
    "aiohttp", "apscheduler", "asyncio", "concurrent.futures", "hashlib", "inspect", "lark", "logging", "mido", "PIL",
    "pythonosc", "rich", "serial", "ssl", "tomlkit", "typing_extensions",
    "cuelang.app", "cuelang.clock", "cuelang.devices", "cuelang.rehearsal", "cuelang.runtime", "cuelang.simulator",
    "cuelang.technician", "cuelang.web",
)  # fmt: skip
"""What a check of a sheet without mistakes does without: it takes longer to load than the check."""


def test_a_check_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    sheet = PACKAGE.parent / "examples/01-first-cue.cues"
    code = (
        f"import sys; sys.argv[1:] = ['check', {str(sheet)!r}]; from cuelang.__main__ import main; assert main() == 0;"
        " print('\\n'.join(sys.modules))"
    )
    loaded: set[str] = set()
    for _ in range(2):  # the first keeps the parser's tables
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)},
        )
        loaded = set(run.stdout.split())
    assert "cuelang.lang.compile" in loaded
    assert not loaded & set(UNNEEDED)
