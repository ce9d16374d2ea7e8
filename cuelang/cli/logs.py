"""`cuelang log`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cuelang.cli.common import DONE, CliStop
from cuelang.plain import plain

if TYPE_CHECKING:
    from cuelang.runtime.records import Record


def log(options: argparse.Namespace) -> int:
    """`log`: an as-run log as text or CSV, or how two differ. Raises CliStop: not a log, or it cannot be read."""
    from itertools import chain
    from pathlib import Path

    from cuelang.runtime import asrun, comparison

    if len(options.files) > 2:
        raise CliStop("log needs one file, or two to compare.")
    if options.csv and len(options.files) == 2:
        raise CliStop("--csv takes a single log.")

    def records(name: str) -> Iterator[Record]:
        try:
            yield from asrun.one_by_one(Path(name))
        except OSError as error:
            raise CliStop(f"{name} cannot be read: {error.strerror or error}.") from None

    logs = []
    for name in options.files:
        found = records(name)
        first = next(found, None)
        if first is None:
            raise CliStop(f"{name} is not an as-run log.")
        logs.append(chain((first,), found))
    if options.csv:
        mark = "" if sys.stdout.isatty() else "\ufeff"  # a spreadsheet takes it for a sign of UTF-8
        sys.stdout.write(mark)
        sys.stdout.writelines(asrun.csv_lines(logs[0]))
    elif len(logs) == 1:
        sys.stdout.writelines(asrun.text_lines(logs[0]))
    else:
        differences = comparison.compare(logs[0], logs[1])
        for what, one, other in differences:
            print(plain(f"{what}: {one} → {other}"))
        many = len(differences)
        print(f"{many} difference{'' if many == 1 else 's'}." if many else "No differences.")
    return DONE
