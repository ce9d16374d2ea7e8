"""`cuelang import`, `cuelang export` and `check --against`: cue lists of other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cuelang.cli.arguments import Add
from cuelang.cli.commands import valid
from cuelang.cli.common import DONE, ERRORS, USAGE, CliStop, tell

if TYPE_CHECKING:
    from cuelang.exchange.entries import ExchangeList

FORMATS = ("csv", "xlsx", "eos", "usitt", "qlab", "ontime")
OUT = ("csv", "ontime", "eos")


def add_words(add: Add) -> argparse.ArgumentParser:
    """Add `import` and `export` to the commands, and return the parser of `export`, which takes a whole show."""
    take = add(
        "import",
        import_command,
        "convert another program's cue list to a sheet",
        "for example: cuelang import list.csv --map number=Q --map title=Scene --out show.cues",
    )
    take.add_argument("file", metavar="FILE", help="CSV, XLSX, Eos CSV, USITT ASCII, QLab's text export, Ontime's JSON")
    take.add_argument("--format", choices=FORMATS, help="its format (default: detected from the file)")
    take.add_argument(
        "--map",
        dest="columns",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="the column of a field: number, title, section, standby, follow, disabled",
    )
    take.add_argument("--out", metavar="SHEET", help="output file (default: standard output)")
    give = add("export", export_command, "write the cue list for other programs")
    give.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    give.add_argument("--format", choices=OUT, default="csv", help="default: csv")
    give.add_argument("--out", metavar="FILE", help="output file (default: standard output)")
    return give


def import_command(options: argparse.Namespace) -> int:
    """`import`: a list of another program as a sheet. Raises CliStop; a file that exists is not overwritten."""
    from cuelang.exchange.entries import sheet_text, sorted_out

    columns: dict[str, str] = {}
    for word in options.columns:
        field, equals, column = word.partition("=")
        if not equals or not field or not column:
            raise CliStop(f"--map {word}: write FIELD=COLUMN, as in number=Q.", USAGE)
        columns[field.strip().lower()] = column
    cues = _read(options.file, options.format, columns)
    _write(sheet_text(cues), options.out)
    taken, aside = map(len, sorted_out(cues))
    left = aside + len(cues.left_out)
    kept = f", {left} {'entry' if left == 1 else 'entries'} kept as comments." if left else "."
    tell(f"{options.file}: {taken} {'cue' if taken == 1 else 'cues'} read{kept}")
    if cues.guessed:
        tell(f"{options.file}: read as {cues.guessed}. If letters are wrong, save it as UTF-8 and import it again.")
    return DONE


def export_command(options: argparse.Namespace) -> int:
    """`export`: the cues as a list for another program. Raises CliStop; a file that exists is not overwritten."""
    from cuelang.exchange.writing import WRITERS

    plan, _ = valid(options)
    _write(WRITERS[options.format](plan), options.out, "")
    return DONE


def compare(options: argparse.Namespace) -> bool:
    """Tell what does not fit between the one sheet and a console's list. Whether anything does not."""
    from cuelang.exchange.entries import decimal
    from cuelang.exchange.writing import against

    if len(options.sheets) != 1:
        raise CliStop("--against takes a single sheet.", USAGE)
    theirs = [
        (number, cue.title) for cue in _read(options.against, None, {}).entries if (number := decimal(cue.number))
    ]
    options.sheet = options.sheets[0]
    said = against(valid(options)[0], theirs)
    for sentence in said:
        print(sentence)
    if not said:
        print(f"{options.sheet} and {options.against}: every cue has a counterpart.")
    return bool(said)


def _read(name: str, kind: str | None, columns: dict[str, str]) -> ExchangeList:
    from cuelang.exchange.entries import ImportProblem
    from cuelang.exchange.reading import MAX_BYTES, read

    try:
        with open(name, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        return read(Path(name).name, data, kind, columns)
    except OSError as error:
        raise CliStop(f"{name}: {error.strerror}.", USAGE) from None
    except ImportProblem as error:
        raise CliStop(f"{name}: {error}", ERRORS) from None


def _write(text: str, name: str | None, newline: str | None = None) -> None:
    if name is None:
        sys.stdout.write(text)
        return
    try:
        with open(name, "x", encoding="utf-8", newline=newline) as file:
            file.write(text)
    except FileExistsError:
        raise CliStop(f"{name} already exists. Choose another name, or remove it first.", USAGE) from None
    except OSError as error:
        raise CliStop(f"{name}: {error.strerror}.", USAGE) from None
