"""A constant that is a time says its unit: whole nanoseconds in `…_NS`, seconds at the borders in `…_S`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "cuelang"
UNITS = {"NS", "MS", "MINUTE", "HOUR", "DAY"}
MAY_BE_ONE = re.compile(r"^_?[A-Z].*=.*(?:\b(?:NS|MS|MINUTE|HOUR|DAY)\b|\d\.\d)", re.MULTILINE)
"""A module without such a line has no constant that is a time: it is not parsed."""
SUMS = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.operator, ast.unaryop, ast.expr_context)


def is_time(value: ast.expr) -> bool:
    """A sum of numbers in which a unit of time has a part, and not divided by one."""
    parts = list(ast.walk(value))
    named = any(isinstance(part, ast.Name) and part.id in UNITS for part in parts)
    share = isinstance(value, ast.BinOp) and isinstance(value.right, ast.Name) and isinstance(value.op, ast.FloorDiv)
    return named and not share and all(isinstance(part, SUMS) for part in parts)


def constants(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr, str]]:
    """The constants of a module, each with its value and the text below it."""
    for node, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        text = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            text = str(after.value.value)
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = list(zip(names, values, strict=True))
            case ast.Assign(targets=[target], value=value):
                pairs = [(target, value)]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                pairs = [(target, value)]
            case _:
                continue
        yield from ((name.id, value, text) for name, value in pairs if isinstance(name, ast.Name) and name.id.isupper())


def test_constants_that_are_times_carry_their_unit() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        for name, value, text in constants(ast.parse(code).body) if MAY_BE_ONE.search(code) else ():
            if path.name == "units.py" or name in UNITS:
                continue
            number = isinstance(value, ast.Constant) and isinstance(value.value, float)
            if is_time(value) and not name.endswith("_NS"):
                wrong.append(f"{path.relative_to(PACKAGE)}: {name} is a time in nanoseconds")
            elif number and text.startswith("Seconds") and not name.endswith("_S"):
                wrong.append(f"{path.relative_to(PACKAGE)}: {name} is a time in seconds")
    assert not wrong, "\n".join(wrong)
