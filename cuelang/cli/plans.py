"""`cuelang plan`: what each cue does and when, and how the list leaves every camera."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cuelang.cli.commands import planned, write_file
from cuelang.cli.common import DONE, CliStop, span_of, tell
from cuelang.plain import cells, padded, plain

if TYPE_CHECKING:
    from cuelang.plan import Plan


def plan(options: argparse.Namespace) -> int:
    """`plan`: what each cue does and when, as a table, JSON or HTML; with `--state` where the list has the cameras.
    Raises CliStop."""
    from cuelang.output.plan import plan_json

    if options.at is not None and options.state is None:
        raise CliStop("--at counts from a cue: say which with --state N.")
    if options.cue is not None and options.state is not None:
        raise CliStop("Give either --cue or --state.")
    if options.html is not None and options.state is not None:
        raise CliStop("Give either --html or --state.")
    whole = planned(options)
    if options.state is not None:
        return _state(whole, options)
    from cuelang.sheets import cue_of

    cue = cue_of(whole, options.cue, "--cue")
    if options.html is not None:
        from cuelang.output.html.cuesheet import cue_sheet

        if cue is not None or options.json:
            raise CliStop("--html is the whole cue sheet: give it without --cue and --json.")
        write_file(options.html, cue_sheet(whole))
        tell(f"Wrote {options.html}.")
        return DONE
    if options.json:
        import json

        print(json.dumps(plan_json(whole, cue), ensure_ascii=False))
    else:
        for line in _table(whole, cue):
            print(plain(line))
    return DONE


def _state(plan: Plan, options: argparse.Namespace) -> int:
    from cuelang.output import wording
    from cuelang.output.state import bus_lines, state_json, state_rows
    from cuelang.playback.located import TooLate, state_before, state_within
    from cuelang.sheets import cue_of

    number = cue_of(plan, options.state, "--state")
    assert number is not None
    at = 0 if options.at is None else span_of(options.at, "--at")
    cue = next(cue for cue in plan.cues if cue.number == number)
    try:
        state = state_before(plan, number) if options.at is None else state_within(plan, cue, at)
    except TooLate as late:
        raise CliStop(f"--at {options.at}: {late}") from None
    if options.json:
        import json

        print(json.dumps(state_json(plan, state, number, at), ensure_ascii=False))
        return DONE
    when = "Just before" if options.at is None else f"{wording.clock(at)} into"
    print(plain(f"{when} cue {number}  {cue.title}".rstrip()))
    head = ("camera", "place", "preset", "focus", "on air", "")
    rows = [head, *state_rows(plan, state)]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        print(plain("    " + "  ".join(padded(text, width) for text, width in zip(row, widths, strict=True)).rstrip()))
    for line in bus_lines(plan, state):
        print(plain(line))
    return DONE


def _table(plan: Plan, only: str | None) -> Iterator[str]:
    """Each cue under its section, with a line for each thing that it does."""
    from cuelang.output import wording
    from cuelang.output.plan import HEAD, plan_rows

    section, seen = "", set()
    for cue in plan.cues:
        if only not in (None, cue.number):
            continue
        if cue.section != section:
            section = cue.section
            yield f"── {section} ──"
            yield ""
        length = "without end" if cue.duration is None else wording.clock(cue.duration)
        facts = [length, *(["aside"] if cue.aside else []), *(["disabled"] if cue.disabled else [])]
        if cue.follow is not None:
            facts.append("the next cue follows" + (f" after {_after(cue.follow)}" if cue.follow else ""))
        yield f"Cue {cue.number}  {cue.title}  ({', '.join(facts)})".replace("    (", "  (")
        if cue.standby:
            yield f"    standby: {cue.standby}"
        rows = plan_rows(plan, cue)
        seen |= {row[2] for row in rows}
        if rows:
            widths = [max(cells(row[column]) for row in (HEAD, *rows)) for column in range(len(HEAD))]
            for row in (HEAD, *rows):
                yield "    " + "  ".join(padded(text, width) for text, width in zip(row, widths, strict=True)).rstrip()
        yield ""
    guessed = [camera for camera in plan.cameras if camera.figures.estimate and camera.name in seen]
    for makers in (False, True):
        names = [camera.name for camera in guessed if (camera.figures.family != "ptzoptics") == makers]
        has, its = ("has", "its") if len(names) == 1 else ("have", "their")
        if names and makers:
            yield f"Times of {', '.join(names)} are estimates: the manufacturer publishes no speeds."
        elif names:
            yield f"{', '.join(names)} {has} no model; {its} times are estimates based on PTZOptics figures."


def _after(ns: int) -> str:
    from cuelang.output import wording

    return wording.seconds(ns) if ns < 60_000_000_000 else wording.clock(ns)
