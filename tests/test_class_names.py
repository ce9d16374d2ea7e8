"""The name of a public class means one thing in the whole package: no other class has it, and no alias of a type."""

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


def homes(aliases: bool) -> dict[str, list[str]]:
    """Where each public class is, or each public alias of a type (`Row = dict[str, Any]`)."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, module in FILES.items():
        if is_syntax(path):
            continue
        for node in module.body if aliases else ast.walk(module):
            match node:
                case ast.ClassDef(name=name) if not aliases:
                    pass
                case ast.Assign(targets=[ast.Name(id=name)]) if aliases and not name.isupper() and name[0].isupper():
                    pass
                case _:
                    continue
            if not name.startswith("_"):
                found[name].append(path.relative_to(PACKAGE).as_posix())
    return found


def test_no_two_modules_have_a_public_class_of_one_name() -> None:
    assert {name: where for name, where in homes(aliases=False).items() if len(where) > 1} == {}


def test_no_alias_has_the_name_of_a_class() -> None:
    classes = homes(aliases=False)
    both = {name: (classes[name], where) for name, where in homes(aliases=True).items() if name in classes}
    assert both == {}


def test_the_nodes_of_the_syntax_are_written_with_its_name_in_front() -> None:
    bare = [
        f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}"
        for path, module in FILES.items()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SYNTAX) and not is_syntax(path)
    ]
    assert bare == []
