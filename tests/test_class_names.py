"""A public class name means one thing in the whole package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "cuelang"
SYNTAX = "cuelang.lang.syntax"
"""Its nodes are the words of the language, and share them with what they become (`s.Cue`, `p.Cue`; `s.Stop`, `c.Stop`).
They may, because outside it each is written with the module's name in front."""
FILES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def is_syntax(path: Path) -> bool:
    return path.is_relative_to(PACKAGE / "lang" / "syntax")


def test_no_two_modules_have_a_public_class_of_one_name() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for path, module in FILES.items():
        if not is_syntax(path):
            for node in ast.walk(module):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes[node.name].append(path.relative_to(PACKAGE).as_posix())
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_the_nodes_of_the_syntax_are_written_with_its_name_in_front() -> None:
    bare = [
        f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}"
        for path, module in FILES.items()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SYNTAX) and not is_syntax(path)
    ]
    assert bare == []
