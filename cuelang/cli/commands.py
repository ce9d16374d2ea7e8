"""What each command of `cuelang` does: a function that returns the exit code. The command line itself, its words and
its net, is in `cuelang/cli/parser.py`.

What a command needs is imported when it is asked for: a check must not wait for a terminal library.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cuelang.cli.common import DONE, ERRORS, USAGE, CliStop, Shown, progress, span_of, tell
from cuelang.plain import padded, plain
from cuelang.units import NS, hms

if TYPE_CHECKING:
    from datetime import datetime

    from cuelang.lang.compile import Compiled, Compiler
    from cuelang.plan import Plan
    from cuelang.runtime.records import Record
    from cuelang.simulator.faults import Faults

# --- check, fmt ----------------------------------------------------------------------------------------------


ON_BOTH = "both machines have every camera, switcher, input and output."


def check(options: argparse.Namespace) -> int:
    """`check`: print what is wrong in the sheets. Exit code 1: there are errors (with `--strict`: or warnings), 2: a
    sheet cannot be read; the others are checked all the same."""
    from cuelang.diagnostics import Diagnostic, in_order
    from cuelang.lang.compile import Compiler
    from cuelang.library import Library, Unreadable
    from cuelang.output import diagnostics as report
    from cuelang.output.twins import of_one_machine
    from cuelang.source import Source

    compiler = Compiler(Library())
    found: list[Diagnostic] = []
    sources: dict[str, Source] = {}
    unreadable: list[str] = []
    cues, apart = True, list[str]()
    with progress("Checking"):
        for sheet in options.sheets:
            try:
                compiled = _compile(options, sheet, compiler)
            except Unreadable as error:
                unreadable.append(str(error))
                continue
            found += compiled.diagnostics
            sources |= compiled.sources
            cues = cues and not compiled.empty
            if options.twin and compiled.plan is not None:
                apart += list(of_one_machine(compiled.plan)) or [f"{sheet}: {ON_BOTH}"]
    found = in_order(found)
    for message in unreadable:
        tell(message)
    if options.format == "json":
        print(report.as_json(found))
    elif found:
        sys.stderr.write(report.as_text(found, sources, colour=report.wants_colour(sys.stderr)))
    elif not unreadable:
        print(f"{', '.join(options.sheets)}: no errors, no warnings{'' if cues else ', no cues yet'}.")
    for sentence in apart:
        print(sentence, file=sys.stderr if options.format == "json" else sys.stdout)
    if unreadable:
        return USAGE
    from cuelang.cli.exchange import compare

    unlike = compare(options) if options.against is not None and not any(each.is_error for each in found) else False
    wrong = unlike or any(diagnostic.is_error for diagnostic in found) or (options.strict and found)
    return ERRORS if wrong else DONE


def _compile(options: argparse.Namespace, sheet: str, compiler: Compiler | None = None) -> Compiled:
    """Raises Unreadable, and Usage for an option that means nothing."""
    from cuelang.sheets import Casting, compile_sheet

    return compile_sheet(
        sheet,
        rig=options.rig,
        settings=options.settings,
        without=options.without,
        compiler=compiler,
        casting=Casting.of(getattr(options, "swaps", ())),
    )


def planned(options: argparse.Namespace) -> Plan:
    """The plan of the one sheet."""
    return valid(options)[0]


def valid(options: argparse.Namespace) -> tuple[Plan, Compiled]:
    """The one sheet with its plan. Errors are shown and are the end; warnings are counted."""
    from cuelang.output import diagnostics as report

    with progress("Compiling the sheet"):
        compiled = _compile(options, options.sheet)
    if compiled.plan is None:
        raise Shown.of(compiled.diagnostics, compiled.sources)
    if compiled.diagnostics:
        tell(f"{report.summary(compiled.diagnostics)}; run `cuelang check {options.sheet}` for details.")
    return compiled.plan, compiled


def fmt(options: argparse.Namespace) -> int:
    """`fmt`: format the files in place. Exit code 1: one has errors, or with `--check` would change; 2: one cannot be
    read. Raises Unwritable."""
    from cuelang.lang.format import format_text
    from cuelang.lang.parse import parse
    from cuelang.library import Unreadable, read_sheet
    from cuelang.output import diagnostics as report

    code = DONE
    for sheet in options.sheets:
        try:
            source = read_sheet(sheet)
        except Unreadable as error:
            tell(str(error))
            code = USAGE
            continue
        text = format_text(source.text)
        if text is None:
            found = [diagnostic for diagnostic in parse(source).diagnostics if diagnostic.code != "E103"]
            colour = report.wants_colour(sys.stderr)
            sys.stderr.write(report.as_text(found, {source.name: source}, colour=colour))
            tell(f"{sheet} was not formatted: fix these errors first.")
            code = max(code, ERRORS)
        elif text != source.text:
            if options.check:
                print(f"{sheet} would be reformatted.")
                code = max(code, ERRORS)
            else:
                write_file(sheet, text)
                print(f"{sheet} reformatted.")
        elif not options.check:
            print(f"{sheet} is already formatted.")
    return code


def write_file(path: str, text: str) -> None:
    from cuelang.library import rewrite

    rewrite(path, text)


# --- schedule ----------------------------------------------------------------------------------------------


def schedule(options: argparse.Namespace) -> int:
    """`schedule`: the next firings, with date and time in the zone of the show. Raises CliStop."""
    from cuelang import clock
    from cuelang.clock.zones import show_zone
    from cuelang.triggers.schedule import upcoming

    if options.count < 0:
        raise CliStop(f"--count {options.count}: not a whole number (example: --count 20).")
    plan = planned(options)
    zone = show_zone(plan.settings.timezone)
    start = _wall(options.start, plan, "--from") if options.start else clock.RealClock().wall(zone)
    firings = upcoming(plan, zone, start, options.count)
    if options.json:
        import json

        rows = []
        for firing in firings:
            row: dict[str, object] = {"at": firing.at.isoformat(), "cue": firing.cue, "line": firing.line}
            if firing.cue is None:
                row["action"] = firing.action
            if firing.note:
                row["note"] = firing.note
            rows.append(row)
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return DONE
    titles = {cue.number: cue.title for cue in plan.cues}
    for firing in firings:
        title = f"  {titles[firing.cue]}" if firing.cue and titles.get(firing.cue) else ""
        place = firing.trigger.origin.span
        note = f"  ({firing.note})" if firing.note else ""
        when = f"{firing.at:%a %Y-%m-%d %H:%M:%S %z}"
        print(plain(f"{when}  {padded(firing.action, 12)}{title}  {place.file}:{place.line}{note}"))
    if not firings:
        print("Nothing is scheduled.")
    return DONE


def _wall(text: str, plan: Plan, option: str) -> datetime:
    """A wall time as it is written, in the show's zone if it names none."""
    from datetime import datetime

    from cuelang.clock.zones import show_zone

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CliStop(f"{option} {text}: not a date and time (example: {option} 2026-03-28T19:30).") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=show_zone(plan.settings.timezone))


# --- rehearse, run -------------------------------------------------------------------------------------------


def rehearse(options: argparse.Namespace) -> int:
    """`rehearse`: run the show in virtual time, and print or write what happened. Raises CliStop: it cannot go on."""
    from cuelang import sheets
    from cuelang.clock import Deadlock
    from cuelang.rehearsal.rehearse import rehearse as play
    from cuelang.runtime import asrun
    from cuelang.runtime.record_json import as_json

    faults = _faults(options)
    length = span_of(options.length, "--for") if options.length else None
    plan, compiled = valid(options)
    start = _wall(options.start, plan, "--from") if options.start else None
    asks = sheets.read_script(options.script, plan) if options.script is not None else None
    with progress("Rehearsing"):
        try:
            recompile = sheets.Recompiler(
                compiled,
                options.sheet,
                options.rig,
                options.settings,
                options.without,
                sheets.Casting.of(options.swaps),
            )
            played = play(plan, script=asks, start=start, length=length, faults=faults, recompile=recompile)
        except Deadlock as error:
            raise CliStop(f"The rehearsal cannot continue: {error}", ERRORS) from None
    for warning in played.warnings:
        tell(f"note: {warning}")
    if options.html is not None:
        from cuelang.output.html.report import report as paper

        text = paper(
            plan,
            played.records,
            played.length,
            diagnostics=compiled.diagnostics,
            sources=compiled.sources,
            notes=played.warnings,
        )
        write_file(options.html, text)
        tell(f"Wrote {options.html}.")
    if options.json:
        for record in played.records:
            print(asrun.line(as_json(record)))
        return DONE
    sys.stdout.write(asrun.as_text(played.records))
    print()
    print(_in_short(played.records, played.length))
    return DONE


def _in_short(records: Sequence[Record], length: int) -> str:
    """How long the show was, and how its commands ended."""
    from collections import Counter

    from cuelang.runtime.command_records import CommandRecord
    from cuelang.runtime.records import CueRecord, TriggerRecord

    cues = sum(1 for record in records if isinstance(record, CueRecord) and record.state == "started")
    outcomes = Counter(record.outcome for record in records if isinstance(record, CommandRecord))
    said = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in outcomes.most_common())
    shown = hms(round(length / NS))
    commands = sum(outcomes.values())
    verdicts = Counter(
        record.verdict for record in records if isinstance(record, TriggerRecord) and record.verdict != "fired"
    )
    unfired = "".join(
        f", {count} request{'' if count == 1 else 's'} {verdict.replace('_', ' ')}"
        for verdict, count in verdicts.most_common()
    )
    return (
        f"{shown} of show: {cues} cue{'' if cues == 1 else 's'} fired, {commands} command{'' if commands == 1 else 's'}"
        + (f" ({said})" if said else "")
        + f"{unfired}."
    )


def _faults(options: argparse.Namespace) -> Faults:
    from cuelang.simulator.faults import Faults

    texts = list(options.fault)
    if options.latency:
        texts.append(f"latency={options.latency}")
    return Faults.parse(",".join(texts))


def run(options: argparse.Namespace) -> int:
    """`run`: the show, until it is ended; the exit code is that of `run_show`. Raises CliStop for options that exclude
    one another."""
    from cuelang.app import RunOptions, run_show

    if options.http == "off" and (options.certificate or options.key):
        raise CliStop("--certificate and --key are for the operator's page, which --http off turns off.")
    if options.behind is not None and options.twin is not None:
        raise CliStop("--behind and --twin are two ways to have a second machine; choose one.")
    if options.behind is not None and (options.resume or options.script):
        raise CliStop("--behind follows another machine; --resume and --script are for one that leads.")
    asked = RunOptions(
        certificate=options.certificate,
        key=options.key,
        sheet=options.sheet,
        rig=options.rig,
        simulate=options.simulate,
        live_outputs=options.live_outputs,
        start=options.start,
        settings=tuple(options.settings),
        without=tuple(options.without),
        inputs=tuple(options.input),
        http=None if options.http == "off" else options.http,
        log=options.log,
        show_mode=options.show_mode,
        swaps=tuple(options.swaps),
        script=options.script,
        timing=options.timing,
        off_air=options.off_air,
        by_hand=options.cutting == "hand",
        precedence=not options.no_priority,
        awake=not options.may_sleep,
        beside=options.beside,
        twin=options.twin,
        twin_peer=options.twin_peer,
        twin_listen=options.twin_listen,
        resume=options.resume,
        behind=options.behind,
    )
    if not _on_terminal():
        return run_show(asked)
    from cuelang.screen import terminal

    return run_show(asked, screen=terminal)


def _on_terminal() -> bool:
    """Whether there is one for pages and keys, and it is ours: a show in the background has none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    if sys.platform == "win32":
        from cuelang.screen.console import takes_escapes

        return takes_escapes()
    else:  # noqa: RET505 # mypy reads one branch for each system
        from cuelang.screen.posix import ours

        return os.environ.get("TERM", "dumb") != "dumb" and ours(sys.stdin)


# --- simulate, log -------------------------------------------------------------------------------------------


def simulate(options: argparse.Namespace) -> int:
    """`simulate`: cameras and switchers at sockets, until Ctrl-C. Raises CliStop, BadAddress, CannotSimulate, BadFault
    and CannotListen."""
    from cuelang.diagnostics import nearest
    from cuelang.models import DEFAULT, find, fits, names, unnamed
    from cuelang.simulator import standalone as standin

    if bool(options.urls) == (options.rig is not None):
        raise CliStop("simulate needs camera addresses, for example visca+udp://127.0.0.1:1259, or --rig FILE.")
    model = find(options.model) if options.model else DEFAULT
    if model is None:
        raise CliStop(
            f"Unknown model “{options.model}”.{nearest(options.model, names())} Models: {', '.join(names())}."
        )
    faults = _faults(options)
    if options.rig is not None:
        plan = planned(argparse.Namespace(sheet=options.rig, rig=None, settings=[], without=[]))
        wanted, left_out = standin.of_rig(plan.cameras, model)
        switchers, more = standin.switchers_of_rig(plan.switchers)
        for sentence in (*left_out, *more):
            tell(sentence)
        if not wanted and not switchers:
            raise CliStop(f"{options.rig} has no camera that can be simulated over the network.", ERRORS)
    else:
        mixers = [url for url in options.urls if url.partition("://")[0] in standin.SWITCHERS]
        cameras = [url for url in options.urls if url not in mixers]
        wanted = [
            standin.WantedCamera(f"camera {number}", url, model if fits(model, url) else unnamed(url))
            for number, url in enumerate(cameras, 1)
        ]
        switchers = [standin.WantedSwitcher(f"switcher {number}", url) for number, url in enumerate(mixers, 1)]
    standin.listen(wanted, faults, switchers=switchers, say=lambda line: print(line, flush=True))
    return DONE
