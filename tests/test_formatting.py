"""`# fmt: skip` is for tables: what has rows keeps them, all other code is laid out by the formatter."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for folder in ("cuelang", "tests", "examples", "shows") for path in (ROOT / folder).rglob("*.py"))
LITERALS = (ast.Dict, ast.Set, ast.Tuple, ast.List)
OF_LITERALS = {"frozenset", "set", "tuple", "dict", "MappingProxyType"}


def is_table(value: ast.expr | None) -> bool:
    match value:
        case ast.Call(func=ast.Name(id=name), args=args):
            return name in OF_LITERALS and not any(isinstance(one, ast.GeneratorExp) for one in args)
        case ast.BinOp():
            return is_table(value.left) or is_table(value.right)
        case _:
            return isinstance(value, LITERALS)


def tables(tree: ast.AST) -> set[int]:
    """The last lines of statements that are tables: what is assigned, returned, compared with or tried in a test."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Return() if is_table(node.value):
                found.add(node.end_lineno or 0)
            case ast.Assert(test=ast.Compare(comparators=others)) if any(map(is_table, others)):
                found.add(node.end_lineno or 0)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                calls = [one for one in node.decorator_list if isinstance(one, ast.Call)]
                found |= {call.end_lineno or 0 for call in calls if any(map(is_table, call.args))}
            case _:
                pass
    return found


@pytest.mark.parametrize("folder", ["cuelang", "tests", "examples", "shows"])
def test_only_tables_are_laid_out_by_hand(folder: str) -> None:
    wrong = []
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if path.relative_to(ROOT).parts[0] != folder or "# fmt: skip" not in text:
            continue
        rows = tables(ast.parse(text))
        lines = enumerate(text.splitlines(), 1)
        wrong += [f"{path}:{number}" for number, line in lines if line.endswith("# fmt: skip") and number not in rows]
    assert wrong == []
