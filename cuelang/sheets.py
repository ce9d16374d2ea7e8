"""A sheet as the command line names it: read, compiled, with what was changed of it for tonight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cuelang.lang.compile import Compiled, Compiler
from cuelang.lang.values import FPS
from cuelang.library import Library, Unreadable, read_sheet
from cuelang.tonight import Usage

if TYPE_CHECKING:
    from cuelang.plan import Plan
    from cuelang.script import Ask

__all__ = ["Unreadable", "Usage", "compile_sheet", "read_script"]


def compile_sheet(
    sheet: str,
    *,
    rig: str | None = None,
    settings: Sequence[str] = (),
    without: Iterable[str] = (),
    compiler: Compiler | None = None,
) -> Compiled:
    """Compile the sheet in this file. `rig` is a file too, `settings` are `NAME=VALUE`, `without` names cameras.
    Raises Unreadable for a file that cannot be had, Usage for an option that means nothing."""
    pairs: dict[str, str] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Usage(f"--set {text}: write a name and its value, as in --set storm=15s.")
        pairs[name.strip()] = value.strip()
    compiler = compiler or Compiler(Library())
    rig_source = read_sheet(rig) if rig is not None else None
    return compiler.compile(read_sheet(sheet), rig=rig_source, settings=pairs, without=frozenset(without))


def read_script(path: str, plan: Plan) -> tuple[Ask, ...]:
    """The requests of a script for this show. Raises Unreadable, and Usage with a line for each mistake."""
    from cuelang.script import ScriptError, parse  # late: a check needs no script

    fps = plan.settings.fps
    try:
        return parse(read_sheet(path).text, FPS[fps] if fps else None)
    except ScriptError as error:
        raise Usage("\n".join(f"{path}, {message}" for message in error.messages)) from None
