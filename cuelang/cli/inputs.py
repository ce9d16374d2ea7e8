"""`cuelang triggers` and `cuelang listen`: what can fire something, and what comes in."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cuelang.cli.commands import valid
from cuelang.cli.common import DONE
from cuelang.plain import cells, padded, plain

if TYPE_CHECKING:
    from cuelang.plan import Plan
    from cuelang.triggers.listing import Row

Add = Callable[..., argparse.ArgumentParser]

_WIDEST = 52
"""Cells of what comes in; a longer one moves its action to the right."""


def add_words(add: Add) -> Iterator[argparse.ArgumentParser]:
    """Add them to the commands, and give the parsers of those that take a whole show."""
    triggers = add("triggers", triggers_command, "list everything that can fire something, by input")
    triggers.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    triggers.add_argument("--json", action="store_true", help="machine-readable output")
    yield triggers


# --- triggers ------------------------------------------------------------------------------------------------


def triggers_command(options: argparse.Namespace) -> int:
    from cuelang.triggers.listing import rows

    plan, _ = valid(options)
    found = rows(plan)
    if options.json:
        import json

        print(json.dumps([_json(row) for row in found], ensure_ascii=False, indent=1))
        return DONE
    print("\n".join(plain(line) for line in _listed(plan, found)))
    return DONE


def _json(row: Row) -> dict[str, object]:
    place = row.origin.span
    return {
        "kind": row.kind, "inputs": list(row.inputs), "on": row.on, "action": row.action,
        "cue": None if row.cue is None or row.cue.startswith("{") else row.cue,
        "file": None if row.built_in else place.file, "line": None if row.built_in else place.line,
        "built_in": row.built_in,
    }  # fmt: skip


def _listed(plan: Plan, found: list[Row]) -> Iterator[str]:
    """Each input with what it can fire, then what needs no input."""
    from cuelang.triggers.listing import CLOCK, CUES, KEYS, RIG, inputs_of, name_of

    titles = {cue.number: f"{cue.title}{'  (disabled)' if cue.disabled else ''}" for cue in plan.cues}
    groups = [
        (_heading(name_of(port), port.url), [row for row in found if name_of(port) in row.inputs])
        for port in inputs_of(plan)
    ]
    alone = {
        "": "no input for it", CLOCK: f"clock  {plan.settings.timezone or ''}".rstrip(),
        KEYS: "keys of the terminal and the page", RIG: RIG, CUES: CUES,
    }  # fmt: skip
    for kind, heading in alone.items():
        rows = [row for row in found if not row.inputs and kind == (row.kind if row.kind in alone else "")]
        if rows:
            groups.append((heading, rows))
    told: list[Row] = []
    for number, (heading, rows) in enumerate(groups):
        if number:
            yield ""
        yield heading if rows else f"{heading}  (fires nothing)"
        yield from _table([row for row in rows if not row.built_in], titles)
        own = [row for row in rows if row.built_in]
        if own and own == told:
            yield "    built in: the same"
        elif own:
            told = own
            words = ", ".join(row.on if row.kind == "osc" else f"{row.on} ({row.action})" for row in own)
            yield from textwrap.wrap(
                f"built in: {words}", 100, initial_indent="    ", subsequent_indent="        ",
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip


def _heading(name: str, url: str) -> str:
    return url if name == url else f"{name}  {url}"


def _table(rows: list[Row], titles: dict[str, str]) -> Iterator[str]:
    columns = [row.on for row in rows], [row.action for row in rows]
    widths = [min(_WIDEST, max((cells(text) for text in column), default=0)) for column in columns]
    for row in rows:
        place = row.origin.span
        line = f"    {padded(row.on, widths[0])}  {padded(row.action, widths[1])}  {place.file}:{place.line}"
        yield f"{line}  {titles.get(row.cue or '', '')}".rstrip()
