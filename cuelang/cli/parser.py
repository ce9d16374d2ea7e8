"""The command line: its words, their help, and the net under every command. What they do is in `cli/commands.py`.

Exit codes: 0 done, 1 the sheet or the show has errors, 2 wrong usage or a file that cannot be
read. Errors go to standard error; no traceback ever reaches an operator.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import TextIO

from cuelang import __version__, address
from cuelang.cli import camera as workshop
from cuelang.cli import commands as desk
from cuelang.cli import discover, editor, exchange, guide, inputs, logs, new, plans, remote
from cuelang.cli.arguments import Add, Arguments, under
from cuelang.cli.common import DONE, ERRORS, USAGE, CliStop, Shown, add_allow_env, tell
from cuelang.plain import UserError

INTERRUPTED = 130

WITHOUT_COLLECTOR = (desk.check, desk.fmt, plans.plan, desk.schedule, inputs.triggers_command)
"""Commands that make what they need, print, and end. Where the process began without the garbage collector, they run
without it: a fifth of a small check would be the collector looking at modules and tables."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, but SystemExit for `--help` and wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        _any_text(stream)
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except UserError as error:
        tell(str(error), isinstance(error, Shown))
        return error.code
    except KeyboardInterrupt:
        tell("Interrupted.")
        return INTERRUPTED
    except OSError as error:
        if _hung_up(error):
            _nowhere()
            return DONE
        tell(f"cuelang: {error.filename or 'the output'}: {error.strerror or error}.")
        _nowhere()
        return ERRORS
    except Exception as error:  # the net under everything: what lands here is a mistake of ours
        if os.environ.get("CUELANG_TRACEBACK"):
            raise
        tell(
            f"cuelang: internal error (not a problem in your sheet): {type(error).__name__}: {error}\n"
            "Please report it, with the sheet and the command; CUELANG_TRACEBACK=1 before the command prints the"
            " traceback."
        )
        return ERRORS


def _run(words: Sequence[str]) -> int:
    if list(words) in (["--version"], ["-V"]):
        print(f"cuelang {__version__}")
        return DONE
    parser = _parser()
    if not words:
        parser.print_help(sys.stderr)
        return USAGE
    if words[0] == "help":
        words = [*words[1:2], "--help"]
    if not words[0].startswith("-") and words[0] not in _commands(parser):
        raise CliStop(parser.format_usage() + _unknown(words, _commands(parser)), USAGE)
    options = parser.parse_args(words)
    address.allow_passwords_in(getattr(options, "allow_env", ()))
    command: Callable[[argparse.Namespace], int] = options.command
    if command not in WITHOUT_COLLECTOR:
        gc.enable()
    return command(options)


def _commands(parser: argparse.ArgumentParser) -> list[str]:
    found = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return list(found.choices)


MEANT = {
    **dict.fromkeys(("play", "show", "live", "perform", "exec", "execute"), "run"),
    **dict.fromkeys(("validate", "lint", "verify", "test", "syntax", "compile", "errors"), "check"),
    **dict.fromkeys(("format", "tidy", "pretty", "indent"), "fmt"),
    **dict.fromkeys(("dryrun", "dry-run", "rehearsal", "preview"), "rehearse"),
    **dict.fromkeys(("sim", "simulator", "demo", "fake"), "simulate"),
    **dict.fromkeys(("cues", "list", "timeline", "table"), "plan"),
    **dict.fromkeys(("cron", "clock", "calendar"), "schedule"),
    **dict.fromkeys(("scan", "find", "search", "detect"), "discover"),
    **dict.fromkeys(("monitor", "sniff", "watch", "dump"), "listen"),
    **dict.fromkeys(("inputs", "events", "mappings", "bindings"), "triggers"),
    **dict.fromkeys(
        ("go", "stop", "panic", "pause", "resume", "standby", "reload", "back", "status", "locate"), "remote"
    ),
    **dict.fromkeys(("probe", "inspect", "learn", "calibrate", "save", "restore", "cam", "cameras"), "camera"),
    **dict.fromkeys(("doctor", "ping"), "preflight"),
    **dict.fromkeys(("logs", "report", "history"), "log"),
    **dict.fromkeys(("convert", "read"), "import"),
    **dict.fromkeys(("write", "save-as"), "export"),
    **dict.fromkeys(("init", "create", "start", "project"), "new"),
    **dict.fromkeys(("manual", "docs", "doc", "man"), "guide"),
}
"""What a command is called elsewhere -> its name here, if there is such a command."""

WITHIN = ("remote", "camera")
"""Commands whose own words are taken for commands."""


def _unknown(words: Sequence[str], commands: Sequence[str]) -> str:
    """What to say of a command that there is not."""
    word, rest = words[0], " ".join(words[1:])
    if word.endswith(".cues") or os.path.isfile(word):
        return (
            f"cuelang: `{word}` is a file, not a command.\nDid you mean `cuelang check {word}` or `cuelang run {word}`?"
        )
    meant = MEANT.get(word.lower())
    near = get_close_matches(word.lower(), commands, n=1, cutoff=0.6)
    found = meant if meant in commands else near[0] if near else None
    if found is None:
        return f"cuelang: unknown command `{word}`.\nCommands: {', '.join(commands)}. `cuelang help` explains them."
    line = " ".join(part for part in ("cuelang", found, word if found in WITHIN else "", rest) if part)
    return f"cuelang: unknown command `{word}`.\nDid you mean `{line}`?"


def _hung_up(error: OSError) -> bool:
    """Whether the reader of the output has gone, as `| head` does. Windows calls that an invalid argument."""
    windows = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return windows or isinstance(error, BrokenPipeError)


def _nowhere() -> None:
    """What is left of the output goes nowhere, or Python would try again at its end and complain."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _any_text(stream: TextIO | None) -> None:
    """Sheets hold any character; a terminal or a pipe that cannot show one still gets the rest."""
    reconfigure = getattr(stream, "reconfigure", None)
    if stream is not None and reconfigure is not None:
        encoding = stream.encoding if stream.isatty() else "utf-8"
        reconfigure(encoding=encoding, errors="backslashreplace")


# --- the words -----------------------------------------------------------------------------------------------

ABOUT = """\
cuelang runs cue sheets for PTZ cameras. A sheet is a text file that ends in .cues.

  cuelang check show.cues            check a sheet for errors
  cuelang plan show.cues             print a timed table of the show
  cuelang rehearse show.cues         simulate the show instantly, without cameras
  cuelang run show.cues --simulate   run the show with simulated cameras
  cuelang run show.cues              run the show
"""

RUN_KEYS = """\
In a terminal: space is GO, escape is panic (every camera stops), ? shows all
keys. cuelang never fires a GO on its own. Ctrl-C ends the show: everything it
started is stopped, and the log is closed.
"""


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="cuelang", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--version", "-V", action="version", version=f"cuelang {__version__}", help="print the version")
    add = under(parser.add_subparsers(title="commands", metavar="COMMAND", required=True))
    for add_words in (
        _add_check,
        _add_fmt,
        _add_plan,
        _add_rehearse,
        _add_run,
        _add_simulate,
        _add_schedule,
        _add_log,
        new.add_words,
        discover.add_words,
        workshop.add_words,
        remote.add_words,
        guide.add_words,
        editor.add_words,
    ):
        add_words(add)
    for takes_a_show in (exchange.add_words(add), *inputs.add_words(add)):
        _tonight(takes_a_show)
    return parser


def _add_check(add: Add) -> None:
    check = add("check", desk.check, "check sheets for errors")
    check.add_argument("sheets", nargs="+", metavar="SHEET", help="cue sheets, files that end in .cues")
    check.add_argument("--format", choices=("text", "json"), default="text", help="output format (default: text)")
    check.add_argument("--json", dest="format", action="store_const", const="json", help="same as --format json")
    check.add_argument("--strict", action="store_true", help="warnings count as errors")
    check.add_argument(
        "--against", metavar="FILE", help="compare with a console's cue list (Eos CSV): what fires nothing?"
    )
    check.add_argument("--twin", action="store_true", help="for two machines: name what only one of them has")
    _tonight(check)


def _add_fmt(add: Add) -> None:
    fmt = add("fmt", desk.fmt, "format sheets in place, keeping comments")
    fmt.add_argument("sheets", nargs="+", metavar="SHEET", help="cue sheets, files that end in .cues")
    fmt.add_argument("--check", action="store_true", help="write nothing; exit 1 if a sheet would change")


def _add_plan(add: Add) -> None:
    plan = add("plan", plans.plan, "print what each cue does, and when")
    plan.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    plan.add_argument("--cue", metavar="N", help="only this cue")
    plan.add_argument("--state", metavar="N", help="where the list has every camera just before this cue")
    plan.add_argument("--at", metavar="T", help="with --state: this time into that cue (example: 2.5s)")
    plan.add_argument(
        "--json", action="store_true", help="machine-readable, with every byte that is known before the show"
    )
    plan.add_argument("--html", metavar="FILE", help="write the cue sheet to this file, for printing")
    _tonight(plan)


def _add_rehearse(add: Add) -> None:
    rehearse = add("rehearse", desk.rehearse, "simulate the whole show instantly")
    rehearse.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    rehearse.add_argument(
        "--script",
        metavar="FILE",
        help="timed requests, one per line: `12.5s go 2` (default: GO for each cue as soon as the previous one is"
        " done)",
    )
    rehearse.add_argument("--from", dest="start", metavar="TIME", help="wall-clock time at the start")
    rehearse.add_argument(
        "--for", dest="length", metavar="T", help="run for this long (90s, 3h, 7d), with schedules firing"
    )
    _faulty(rehearse)
    rehearse.add_argument("--json", action="store_true", help="print the as-run records, one per line")
    rehearse.add_argument("--html", metavar="FILE", help="write an HTML report for screen and paper")
    _tonight(rehearse)


def _add_run(add: Add) -> None:
    run = add("run", desk.run, "run the show", RUN_KEYS)
    run.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    run.add_argument(
        "--simulate",
        action="store_true",
        help="simulate the cameras; outputs send nothing, inputs accept only this machine",
    )
    run.add_argument("--live-outputs", action="store_true", help="with --simulate: outputs send anyway")
    run.add_argument("--from", dest="start", metavar="N", help="first cue on standby")
    run.add_argument(
        "--input", action="append", default=[], metavar="URL", help="add an input, or replace one: NAME=URL"
    )
    run.add_argument(
        "--http",
        default="auto",
        metavar="HOST:PORT",
        help="address of the page, https:// to encrypt it, or `off` (default: 127.0.0.1:8000 or the next free port)",
    )
    run.add_argument("--certificate", metavar="FILE", help="PEM certificate for the operator page (HTTPS)")
    run.add_argument("--key", metavar="FILE", help="PEM key of that certificate, if it is in a separate file")
    run.add_argument("--log", metavar="FILE", help="the as-run log (default: logs/SHOW-DATE-TIME.jsonl)")
    run.add_argument("--timing", metavar="LOG", help="a rehearsal's log; the page shows how late or early each cue is")
    _beginning(run)
    _other_machines(run)
    run.add_argument("--script", metavar="FILE", help="run this script of timed requests, then exit")
    _tonight(run)


def _beginning(run: argparse.ArgumentParser) -> None:
    """How the show begins, and what it asks of the system."""
    run.add_argument(
        "--off-air",
        action="store_true",
        help="start off air: nothing counts as on program and lamps are dark, until `on air`",
    )
    run.add_argument(
        "--cutting",
        choices=("sheet", "hand"),
        default="sheet",
        help="hand: cues cut nothing; what they would cut is shown (default: sheet)",
    )
    run.add_argument(
        "--show-mode", action="store_true", help="start in show mode: only GO, stop, pause, resume and panic"
    )
    run.add_argument(
        "--no-priority", action="store_true", help="do not ask the system for precedence over other programs"
    )
    run.add_argument("--may-sleep", action="store_true", help="do not keep this machine awake during the show")
    run.add_argument(
        "--resume", action="store_true", help="continue, on hold, where a crash ended the last show of this sheet"
    )


def _other_machines(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--behind", metavar="URL", help="follow the show whose page is at URL: send nothing, but be ready to take over"
    )
    run.add_argument("--beside", action="store_true", help="start even if a show of this sheet is already running")
    run.add_argument(
        "--twin",
        metavar="URL,URL,URL",
        help="the NATS servers of two machines, either of which takes over when the other fails",
    )
    run.add_argument("--twin-peer", metavar="HOST:PORT", help="address of the second machine")
    run.add_argument(
        "--twin-listen",
        metavar="HOST:PORT",
        help="address on which to listen for it (default: the port of --twin-peer)",
    )


def _add_simulate(add: Add) -> None:
    simulate = add(
        "simulate",
        desk.simulate,
        "run simulated cameras and switchers for any client, until Ctrl-C",
        "for example: cuelang simulate visca+udp://127.0.0.1:1259 visca+tcp://127.0.0.1:5678",
    )
    simulate.add_argument(
        "urls",
        nargs="*",
        metavar="URL",
        help="visca+udp://HOST:PORT, visca+tcp://HOST:PORT; switchers: obs://, atem:// or vmix://HOST:PORT",
    )
    simulate.add_argument(
        "--rig", metavar="FILE", help="simulate every camera and switcher of this sheet, at its own address"
    )
    simulate.add_argument("--model", metavar="M", help="camera model (with --rig: for cameras that name none)")
    _faulty(simulate)


def _add_schedule(add: Add) -> None:
    schedule = add("schedule", desk.schedule, "list upcoming scheduled cues")
    schedule.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    schedule.add_argument(
        "--from", dest="start", metavar="TIME", help="2026-03-28T00:00, in the show's zone (default: now)"
    )
    schedule.add_argument("--count", type=int, default=20, metavar="N", help="number of entries (default: 20)")
    schedule.add_argument("--json", action="store_true", help="machine-readable output")
    _tonight(schedule)


def _add_log(add: Add) -> None:
    log = add("log", logs.log, "print an as-run log, or compare two")
    log.add_argument("files", nargs="+", metavar="FILE", help="one log, or two to compare")
    log.add_argument("--csv", action="store_true", help="comma-separated, for a spreadsheet")


def _tonight(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rig", metavar="FILE", help="rig file whose cameras replace the sheet's own")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="override a `let`, as in --set storm=15s",
    )
    parser.add_argument("--without", action="append", default=[], metavar="NAME", help="disable this camera tonight")
    parser.add_argument(
        "--swap",
        dest="swaps",
        action="append",
        default=[],
        metavar="CAMERA=CAMERA",
        help="the second camera stands in for the first, as in --swap foh=spare",
    )
    add_allow_env(parser)


def _faulty(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--latency", metavar="T", help="simulated camera latency, e.g. 30ms (default: none)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="simulate a fault, e.g. loss=5%% or silent; an unknown name lists them all",
    )
