"""How every command ends and what it says to standard error."""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cuelang.plain import UserError, plain_lines

if TYPE_CHECKING:
    from cuelang.diagnostics import Diagnostic
    from cuelang.source import Source

DONE, ERRORS, USAGE = 0, 1, 2

SILENT_WORK_S = 0.5
"""Seconds that work may take before a terminal says what is going on."""


def add_allow_env(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-env",
        action="append",
        default=[],
        metavar="NAME",
        help="allow the sheet to use this variable as a password",
    )


class CliStop(UserError):
    """The command ends here: the message goes to standard error, the code is the process's."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code


class Shown(CliStop):
    """The mistakes of a sheet, in colour, which are fit to be shown as they are."""

    @classmethod
    def of(cls, diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source]) -> Shown:
        """The end of a command whose sheet has mistakes."""
        from cuelang.output import diagnostics as report

        return cls(report.as_text(diagnostics, sources, colour=report.wants_colour(sys.stderr)).rstrip("\n"), ERRORS)


def tell(text: str, shown: bool = False) -> None:
    """To standard error, if it is still open; `shown` is fit for a terminal already."""
    with contextlib.suppress(OSError, ValueError):
        print(text if shown else plain_lines(text), file=sys.stderr, flush=True)


@contextlib.contextmanager
def progress(what: str) -> Iterator[None]:
    """On a terminal, work that takes long says what it is; the line goes when it is done."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()

    def say() -> None:
        if not done.wait(SILENT_WORK_S):
            print(f"{what} …", end="\r", file=sys.stderr, flush=True)
            done.wait()
            print("\x1b[2K", end="", file=sys.stderr, flush=True)

    thread = threading.Thread(target=say, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def span_of(text: str, option: str) -> int:
    """`90s`, `1h30m`, `7d`, `1:30` in ns."""
    import re
    from fractions import Fraction

    from cuelang.playback.script import parse_time
    from cuelang.units import DAY, NS_IN

    units = NS_IN | {"d": DAY}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)", text, re.ASCII)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return round(sum(Fraction(number) * units[unit] for number, unit in parts))
    try:
        return parse_time(text)
    except ValueError:
        raise CliStop(f"{option} {text}: not a duration (examples: {option} 90s, {option} 3h, {option} 7d).") from None
