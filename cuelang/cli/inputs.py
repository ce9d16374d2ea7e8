"""`cuelang triggers` and `cuelang listen`: what can fire something, and what comes in."""

from __future__ import annotations

import argparse
import os
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cuelang.cli.arguments import Add
from cuelang.cli.commands import valid
from cuelang.cli.common import DONE, ERRORS, CliStop, tell
from cuelang.plain import cells, padded, plain
from cuelang.plan import cue_word

if TYPE_CHECKING:
    from cuelang.plan import Plan
    from cuelang.triggers.listen import HeardMessage
    from cuelang.triggers.listing import ListedTrigger


LISTEN = """\
  cuelang listen show.cues                    the inputs of a sheet, and which trigger takes each message
  cuelang listen osc+udp://0.0.0.0:53000      what a console sends
  cuelang listen midi                         the MIDI ports of this machine
  cuelang listen "midi:nanoKONTROL2"          what a MIDI device sends

Nothing is fired. The show must not be running: its inputs are its own.
"""

_MAX_INPUT_CELLS = 52
"""Cells of what comes in; a longer one moves its action to the right."""


def add_words(add: Add) -> Iterator[argparse.ArgumentParser]:
    """Add them to the commands, and give the parsers of those that take a whole show."""
    triggers = add("triggers", triggers_command, "list everything that can fire something, by input")
    triggers.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    triggers.add_argument("--json", action="store_true", help="machine-readable output")
    yield triggers
    listen = add("listen", listen_command, "show what comes in on inputs, live, until Ctrl-C", LISTEN)
    listen.add_argument("inputs", nargs="+", metavar="SHEET|URL", help="a cue sheet, or addresses of inputs")
    listen.add_argument("--json", action="store_true", help="machine-readable, one line for each message")
    yield listen


# --- triggers ------------------------------------------------------------------------------------------------


def triggers_command(options: argparse.Namespace) -> int:
    """`triggers`: what each input can fire, and what fires without one."""
    from cuelang.triggers.listing import rows

    plan, _ = valid(options)
    found = rows(plan)
    if options.json:
        import json

        print(json.dumps([_json(row) for row in found], ensure_ascii=False, indent=1))
        return DONE
    print("\n".join(plain(line) for line in _listed(plan, found)))
    return DONE


def _json(row: ListedTrigger) -> dict[str, object]:
    place = row.origin.span
    return {
        "kind": row.kind, "inputs": list(row.inputs), "on": row.on, "action": row.action,
        "cue": row.cue,
        "file": None if row.built_in else place.file, "line": None if row.built_in else place.line,
        "built_in": row.built_in,
    }  # fmt: skip


def _listed(plan: Plan, found: list[ListedTrigger]) -> Iterator[str]:
    """Each input with what it can fire, then what needs no input."""
    from cuelang.triggers.listing import CLOCK, CUES, KEYS, RIG, heading, inputs_of, name_of

    titles = {cue.number: f"{cue.title}{'  (disabled)' if cue.disabled else ''}" for cue in plan.cues}
    groups = [(heading(port), [row for row in found if name_of(port) in row.inputs]) for port in inputs_of(plan)]
    alone = {
        "": "no input for it", CLOCK: f"clock  {plan.settings.timezone or ''}".rstrip(),
        KEYS: "keys of the terminal and the page", RIG: RIG, CUES: CUES,
    }  # fmt: skip
    for kind, title in alone.items():
        rows = [row for row in found if not row.inputs and kind == (row.kind if row.kind in alone else "")]
        if rows:
            groups.append((title, rows))
    told: list[ListedTrigger] = []
    for number, (title, rows) in enumerate(groups):
        if number:
            yield ""
        yield title if rows else f"{title}  (fires nothing)"
        yield from _table([row for row in rows if not row.built_in], titles)
        own = [row for row in rows if row.built_in]
        if own and own == told:
            yield "    built in: the same"
        elif own:
            told = own
            words = ", ".join(row.on if row.kind == "osc" else f"{row.on} ({row.action})" for row in own)
            yield from textwrap.wrap(
                f"built in: {words}",
                100,
                initial_indent="    ",
                subsequent_indent="        ",
                break_long_words=False,
                break_on_hyphens=False,
            )


def _table(rows: list[ListedTrigger], titles: dict[str, str]) -> Iterator[str]:
    columns = [row.on for row in rows], [row.action for row in rows]
    widths = [min(_MAX_INPUT_CELLS, max((cells(text) for text in column), default=0)) for column in columns]
    for row in rows:
        place = row.origin.span
        line = f"    {padded(row.on, widths[0])}  {padded(row.action, widths[1])}  {place.file}:{place.line}"
        yield f"{line}  {titles.get(row.cue or '', '')}".rstrip()


# --- listen --------------------------------------------------------------------------------------------------


def listen_command(options: argparse.Namespace) -> int:
    """`listen`: print what the inputs of a sheet, or at the given addresses, hear, until Ctrl-C. Raises NoInput and
    InputError."""
    from cuelang import clock

    if options.inputs == ["midi"]:
        return _ports(options.json)
    plan = _plan(options)
    clock.run(_listen(plan, options.json))
    return DONE


def _plan(options: argparse.Namespace) -> Plan:
    from cuelang.triggers.listen import plan_for

    first = options.inputs[0]
    if len(options.inputs) == 1 and (first.endswith(".cues") or os.path.isfile(first)):
        options.sheet = first
        return valid(options)[0]
    return plan_for(options.inputs)


def _ports(as_json: bool) -> int:
    from cuelang.transports.midi import NoMidi, input_names

    try:
        names = input_names()
    except NoMidi as error:
        raise CliStop(f"MIDI: {error}.", ERRORS) from None
    if as_json:
        import json

        print(json.dumps(names, ensure_ascii=False))
    else:
        print("\n".join(plain(f"midi:{name}") for name in names) or "This machine has no MIDI inputs.")
    return DONE


async def _listen(plan: Plan, as_json: bool) -> None:
    import asyncio

    from cuelang import clock
    from cuelang.clock.signals import ENDING, on_signals
    from cuelang.clock.zones import show_zone
    from cuelang.triggers.listen import InputListener

    ended, here, zone = asyncio.Event(), clock.current(), show_zone(plan.settings.timezone)

    def said(message: HeardMessage) -> None:
        now = here.wall(zone)
        if as_json:
            import json

            shown = {"wall": now.isoformat(timespec="milliseconds"), **_message_json(message)}
            print(json.dumps(shown, ensure_ascii=False), flush=True)
        else:
            print(plain(f"{now:%H:%M:%S}.{now.microsecond // 1000:03}  {_message_text(message)}"), flush=True)

    listener = InputListener(plan, here, said, tell)
    await listener.open()
    try:
        with on_signals(ended.set, *ENDING):
            tell("\n".join(("Listening on:", *(f"  {one}" for one in listener.inputs), "Ctrl-C ends it.")))
            await ended.wait()
    finally:
        await listener.close()


def _message_json(message: HeardMessage) -> dict[str, object]:
    taken = []
    for one in message.taken:
        place = one.request.origin.span
        taken.append(
            {
                "action": one.request.text,
                "cue": cue_word(one.request.cue),
                "refused": one.refused or None,
                "file": place.file or None,
                "line": place.line if place.file else None,
            }
        )
    return {"input": message.input, "from": message.sender, "on": message.line, "note": message.note, "taken": taken}


def _message_text(message: HeardMessage) -> str:
    note = f"  # {message.note}" if message.note else ""
    takes = []
    for one in message.taken:
        place = one.request.origin.span
        where = f"{place.file}:{place.line}" if place.file else "built in"
        takes.append(f"{one.request.text} ({where}{f'; {one.refused}' if one.refused else ''})")
    return f"{message.input}  {message.line}{note}  → {', '.join(takes) or 'no trigger'}"
