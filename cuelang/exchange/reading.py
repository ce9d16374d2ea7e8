"""Cue lists of other programs, read: CSV and spreadsheets, Eos CSV, USITT ASCII, QLab's text export, Ontime."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from cuelang.exchange.entries import ExchangeEntry, ExchangeList, ImportProblem, decimal
from cuelang.exchange.writing import COLUMNS
from cuelang.plain import restored

MAX_BYTES = 20 * 1024 * 1024

MAX_UNPACKED, MAX_CELLS = 60 * 1024 * 1024, 500_000
MAX_ROWS = 20_000
"""Rows of a spreadsheet."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "cue", "cue number", "cue no", "cue #", "q", "q #", "no", "nr", "#", "id", "target id"),
    "title": ("title", "name", "label", "cue name", "description", "item", "event"),
    "section": ("section", "act", "scene", "block", "group"),
    "standby": ("standby", "stand by", "script", "text", "line"),
    "follow": ("follow", "auto follow", "autofollow", "follow_s"),
    "disabled": ("disabled", "skip", "skipped"),
}
"""Names of columns that are known without `--map`."""


WINDOWS, MAC = "Windows-1252", "Mac Roman"
_CODECS = {WINDOWS: "cp1252", MAC: "mac_roman"}
_USUAL = frozenset("äöüßéèêëàâçñåøæœîïôûùáíóúãõìòÄÖÜÉÅØÆÇÑ“”‘’„«»–—…•°€£")
"""What lists have beyond ASCII; what a wrong encoding makes of them is seldom among these."""


def guessed(data: bytes) -> str:
    """The encoding that a text is taken for which is neither UTF-8 nor UTF-16; empty: it is."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if _wide(data):
            return ""
        likely = {name: _likely(data.decode(codec, "replace")) for name, codec in _CODECS.items()}
        return MAC if likely[MAC] > likely[WINDOWS] else WINDOWS
    return ""


def _likely(text: str) -> int:
    """How many characters beyond ASCII are where lists have them."""
    found = 0
    for match in re.finditer(r"[^\x00-\x7f]", text):
        before, char, after = text[match.start() - 1 : match.start()], match[0], text[match.end() : match.end() + 1]
        misplaced = (
            (char.isupper() and before.islower())
            or (char == "…" and after.isalpha() and not before.isalpha())
            or (char in "–—" and before.isalpha() and after.isalpha())
        )
        found += char in _USUAL and not misplaced
    return found


def _wide(data: bytes) -> str:
    """Which UTF-16 a text is, with its mark or by where its zeros are; empty: none."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = data[:2000]
    for codec, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if len(data) % 2 == 0 and len(zeros) > 3 and zeros.count(0) > 0.7 * len(zeros) and not others.count(0):
            return codec
    return ""


def text_of(data: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16, and where it is neither what is likelier of Windows-1252 and Mac Roman.
    Raises ImportProblem."""
    if len(data) > MAX_BYTES:
        raise ImportProblem(f"This file is larger than {MAX_BYTES // 1_000_000} MB, which is too large for a cue list.")
    if wide := _wide(data):
        try:
            return _lines(data.decode(wide))
        except UnicodeDecodeError as error:
            raise ImportProblem("This file begins like UTF-16 but is not valid UTF-16. Save it as UTF-8.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode(_CODECS[guessed(data)], "replace")
    if "\0" in text:
        raise ImportProblem("This is not a text file. Export the list as CSV, or name its format with --format.")
    if not text.strip():
        raise ImportProblem("This file is empty.")
    return _lines(text)


def _lines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


# --- tables --------------------------------------------------------------------------------------------------


def table(rows: Sequence[Sequence[str]], origin: str, columns: Mapping[str, str]) -> ExchangeList:
    """A table with a row of headings. `columns` names the column of a field where the heading does not tell."""
    wanted = {field: name.strip().lower() for field, name in columns.items()}
    unknown = wanted.keys() - FIELDS.keys()
    if unknown:
        raise ImportProblem(f"“{min(unknown)}” is not a field. Fields: {', '.join(FIELDS)}.")
    head, places = _headings(rows, wanted)
    if "title" not in places and "section" in places and "section" not in wanted:
        places["title"] = places.pop("section")
    missing = [name for field, name in wanted.items() if field not in places]
    if missing:
        raise ImportProblem(f"There is no column “{missing[0]}”. Columns: {', '.join(_names(rows, head)) or 'none'}.")
    if "number" not in places:
        raise ImportProblem(
            f"No column has the cues' numbers. Columns: {', '.join(_names(rows, head)) or 'none'}. "
            "Say which with --map number=COLUMN."
        )
    cues = ExchangeList(origin)
    names = _names(rows, head)
    for line, row in enumerate(rows[head + 1 :], head + 2):
        cells = [restored(cell) for cell in row]
        if not any(cells):
            continue

        def cell(field: str, cells: list[str] = cells) -> str:
            place = places.get(field)
            return cells[place] if place is not None and place < len(cells) else ""

        others = [
            f"{name or f'column {at + 1}'}: {text}"
            for at, (name, text) in enumerate(zip_longest(names, cells, fillvalue=""))
            if text and at not in places.values() and name.lower() not in _MADE_HERE
        ]
        cues.add(
            ExchangeEntry(
                cell("number"),
                cell("title"),
                cell("section"),
                cell("standby"),
                follow=_follow(cell("follow")),
                disabled=cell("disabled").lower() in ("1", "yes", "true", "x", "disabled"),
                notes=tuple(others),
                line=line,
            )
        )
    return cues


_MADE_HERE = ("duration_s", "triggers", "file", "line")
"""Columns of our own export that a sheet says by itself."""


def _headings(rows: Sequence[Sequence[str]], wanted: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """The row of headings among the first twenty, and which column each field has."""
    best: tuple[int, dict[str, int]] = (0, {})
    for at, row in enumerate(rows[:20]):
        names = [cell.strip().lower() for cell in row]
        places: dict[str, int] = {}
        for field, known in FIELDS.items():
            candidates = (wanted[field],) if field in wanted else known
            found = next((names.index(name) for name in candidates if name in names), None)
            if found is not None and found not in places.values():
                places[field] = found
        if len(places) > len(best[1]):
            best = (at, places)
    return best


def _names(rows: Sequence[Sequence[str]], head: int) -> list[str]:
    return [cell.strip() for cell in rows[head]] if rows else []


def _follow(text: str) -> str:
    if not text or text.lower() in ("0.0", "no", "false", "none", "off"):
        return ""
    if text.lower() in ("yes", "true", "x", "now", "0", "follow"):
        return "now"
    found = re.fullmatch(r"(?:after\s+)?(\d{1,6}(?:\.\d{1,3})?)\s*(s|m|h|ms)?", text.strip().lower())
    return f"after {found[1]}{found[2] or 's'}" if found else ""


def read_csv(text: str, origin: str, columns: Mapping[str, str]) -> ExchangeList:
    dialect: Any = csv.excel
    if not _ours(text):
        with contextlib.suppress(csv.Error):
            dialect = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t|")
    try:
        # How quotes are written inside quotes cannot be guessed from a few of them; every program doubles them.
        rows = list(csv.reader(io.StringIO(text), dialect, quotechar='"', doublequote=True))
    except csv.Error as error:
        if "field larger" in str(error):
            raise ImportProblem(f"A cell is longer than {csv.field_size_limit()} characters.") from None
        raise ImportProblem(f"This is not CSV: {error}.") from None
    _check_closed(text, dialect)
    return table(rows, origin, columns)


def _ours(text: str) -> bool:
    """Whether it is a list that `cuelang export` wrote."""
    return text.partition("\n")[0] == ",".join(COLUMNS)


def _check_closed(text: str, dialect: Any) -> None:
    """A quotation mark that nothing closes would take the rest of the file for one cell."""
    read = csv.reader(io.StringIO(text), dialect, quotechar='"', doublequote=True, strict=True)
    line = 1
    try:
        for _ in read:
            line = read.line_num + 1
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise ImportProblem(f"The quotation mark in line {line} is never closed.") from None


def read_xlsx(data: bytes, origin: str, columns: Mapping[str, str]) -> ExchangeList:
    """The first sheet of a spreadsheet. Formulas give the value that was saved with them; nothing is computed."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise ImportProblem(
            "Spreadsheets need openpyxl: pip install 'cuelang[xlsx]', or save the list as CSV."
        ) from None
    if len(data) > MAX_BYTES or _too_much(data):
        raise ImportProblem("This spreadsheet is too large for a cue list. Save the list as CSV.")
    try:
        values, formulas = (
            load_workbook(io.BytesIO(data), read_only=True, data_only=plain)
            .worksheets[0]
            .iter_rows(values_only=True, max_row=MAX_ROWS + 1)
            for plain in (True, False)
        )
        unsaved: list[str] = []
        rows = []
        for line, (row, written) in enumerate(zip(values, formulas, strict=False), 1):
            rows.append([_shown(cell) for cell in row[:200]])
            unsaved += [
                f"line {line}, column {at}: a formula without a saved value"
                for at, (cell, formula) in enumerate(zip(row, written, strict=False), 1)
                if cell is None and formula is not None
            ]
    except Exception as error:  # the library raises whatever a broken file makes it trip over
        raise ImportProblem(
            f"This spreadsheet cannot be read ({type(error).__name__}). Save the list as CSV."
        ) from None
    if len(rows) > MAX_ROWS:
        raise ImportProblem(f"This spreadsheet has more than {MAX_ROWS} rows. Split it first.")
    cues = table(rows, origin, columns)
    cues.left_out += unsaved
    return cues


def _too_much(data: bytes) -> bool:
    """Whether a spreadsheet unpacks to more than any list has: in bytes, as it says itself, for no more is read of
    them; and in cells."""
    cells = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if sum(one.file_size for one in parts) > MAX_UNPACKED:
                return True
            for one in parts:
                if "worksheets/" in one.filename:
                    cells += len(re.findall(rb"<(?:\w+:)?c[\s/>]", archive.read(one)))
    except Exception:  # and the library says why it cannot be read
        return False
    return cells > MAX_CELLS


def _shown(cell: object) -> str:
    """A cell as the spreadsheet shows it, which keeps 2.1 as 2.1000000000000001."""
    if isinstance(cell, float) and math.isfinite(cell) and abs(cell) < 1e15:
        return f"{cell:.15g}" if "e" not in f"{cell:.15g}" else str(cell)
    return "" if cell is None else str(cell)


# --- consoles and players ------------------------------------------------------------------------------------


def read_eos_csv(text: str, origin: str) -> ExchangeList:
    """Eos: `File > Export > CSV`. Sections begin with START_…, rows of cues have the target type Cue."""
    rows = list(csv.reader(io.StringIO(text)))
    head = next((at for at, row in enumerate(rows) if "TARGET_TYPE_AS_TEXT" in row or "TARGET_TYPE" in row), None)
    if head is None:
        raise ImportProblem("This is not an Eos CSV: it has no header row with TARGET_TYPE.")
    names = [name.strip().upper() for name in rows[head]]
    cues = ExchangeList(origin)
    kinds: dict[str, int] = {}
    for line, row in enumerate(rows[head + 1 :], head + 2):
        said = dict(zip(names, map(restored, row), strict=False))
        kind = said.get("TARGET_TYPE_AS_TEXT") or said.get("TARGET_TYPE", "")
        number = said.get("TARGET_ID", "")
        if kind.lower() not in ("cue", "1"):
            if kind and not kind.startswith(("START_", "END_")):
                kinds[kind] = kinds.get(kind, 0) + 1
            continue
        part = said.get("PART_NUMBER", "")
        if part not in ("", "0"):
            cues.left_out.append(f"Part {part} of cue {number} {said.get('LABEL', '')}".strip())
            continue
        where = said.get("TARGET_LIST_NUMBER") or said.get("LIST_NUMBER") or "1"
        trigger = f'on osc "/eos/out/event/cue/{where}/{number}/fire"' if decimal(number) and where.isdigit() else ""
        notes = [f"list {where}"] if where != "1" else []
        if comment := said.get("NOTES") or said.get("SCENE_TEXT"):
            notes.append(comment)
        cues.add(ExchangeEntry(number, said.get("LABEL", ""), trigger=trigger, notes=tuple(notes), line=line))
    cues.left_out += [f"{count} of the type {kind}" for kind, count in sorted(kinds.items())]
    return cues


def read_usitt(text: str, origin: str) -> ExchangeList:
    """USITT ASCII cues, Ident 3:0: keywords with their lines below, `!` is a comment."""
    cues = ExchangeList(origin)
    if "ident" not in text[:4000].lower():
        raise ImportProblem("This is not USITT ASCII: it has no line `Ident 3:0`.")
    current: dict[str, Any] | None = None
    skipped: dict[str, int] = {}

    def end() -> None:
        if current is not None:
            number = current["number"]
            trigger = f'on osc "/eos/out/event/cue/1/{number}/fire"' if decimal(number) else ""
            cues.add(
                ExchangeEntry(
                    number,
                    current.get("title", ""),
                    trigger=trigger,
                    follow=current.get("follow", ""),
                    notes=tuple(current["notes"]),
                    line=current["line"],
                )
            )

    for line, raw in enumerate(text.split("\n"), 1):
        row = raw.partition("!")[0].rstrip()
        if not row.strip():
            continue
        word, _, rest = row.strip().partition(" ")
        key, rest = word.upper(), rest.strip()
        if key == "CUE":
            end()
            current = {"number": rest.split(" ")[0].split(",")[0], "notes": [], "line": line}
        elif key == "TITLE" and current is None:
            cues.title = rest
        elif key in ("TEXT", "$$TEXT", "LABEL") and current is not None:
            current["title"] = f"{current.get('title', '')} {rest}".strip()
        elif key == "FOLLOWON" and current is not None:
            current["follow"] = f"after {rest}s" if re.fullmatch(r"\d{1,6}(\.\d+)?", rest) else "now"
        elif key in ("UP", "DOWN") and current is not None:
            current["notes"].append(f"{key.lower()} {rest}")
        elif key in ("CHAN", "IDENT", "ENDDATA", "CLEAR", "SET", "MANUFACTURER", "CONSOLE", "PATCH") or key.startswith(
            "$"
        ):
            continue
        else:
            skipped[key] = skipped.get(key, 0) + 1
    end()
    cues.left_out += [f"{count} × {word}" for word, count in sorted(skipped.items())[:50]]
    return cues


def read_qlab(text: str, origin: str) -> ExchangeList:
    """QLab: the cue list exported as text, tab-separated, with headings such as Number and Name."""
    rows = list(csv.reader(io.StringIO(text), delimiter="\t"))
    cues = table(rows, origin, {})
    cues.entries = [
        entry if entry.number else ExchangeEntry("", entry.title, notes=entry.notes, line=entry.line)
        for entry in cues.entries
    ]
    return cues


def read_ontime(text: str, origin: str) -> ExchangeList:
    """Ontime: a project file, or what `/data/rundowns/current` answers."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImportProblem("This is not an Ontime project: it is not JSON.") from error
    rundown = _rundown(data)
    if rundown is None:
        raise ImportProblem("This is not an Ontime project: it has no rundown.")
    cues = ExchangeList(origin)
    if isinstance(data, dict):
        project = data.get("project")
        cues.title = str(project.get("title", "")) if isinstance(project, dict) else ""
    section = ""
    for at, event in enumerate(rundown, 1):
        kind = event.get("type")
        if kind in ("block", "group", "milestone"):
            section = str(event.get("title") or "")
        elif kind in ("event", None) and ("cue" in event or "title" in event):
            notes = [str(event["note"])] if event.get("note") else []
            custom = event.get("custom")
            if isinstance(custom, dict):
                notes += [f"{name}: {value}" for name, value in custom.items() if value]
            cues.add(
                ExchangeEntry(
                    str(event.get("cue") or ""),
                    str(event.get("title") or ""),
                    section,
                    disabled=bool(event.get("skip")),
                    notes=tuple(notes),
                    line=at,
                )
            )
        elif kind is not None:
            cues.left_out.append(f"an entry of the type {str(kind)[:40]}")
    return cues


def _rundown(data: Any) -> list[dict[str, Any]] | None:
    if isinstance(data, dict):
        if isinstance(data.get("payload"), dict):
            return _rundown(data["payload"])
        rundowns = data.get("rundowns")
        if isinstance(rundowns, dict) and rundowns:
            return _rundown(next(iter(rundowns.values())))
        entries, order = data.get("entries"), data.get("order") or data.get("flatOrder")
        if isinstance(entries, dict):
            names = order if isinstance(order, list) else list(entries)
            return [entries[name] for name in names if isinstance(name, str) and isinstance(entries.get(name), dict)]
        data = data.get("rundown", data.get("entries"))
    return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else None


# --- which one it is -----------------------------------------------------------------------------------------

FORMATS = ("csv", "xlsx", "eos", "usitt", "qlab", "ontime")


def guess(name: str, data: bytes) -> str:
    """The format of a file by its name and its beginning."""
    suffix = name.lower().rpartition(".")[2]
    if data[:2] == b"PK" or suffix in ("xlsx", "xlsm"):
        return "xlsx"
    head = text_of(data)[:20_000]
    if _ours(head):
        return "csv"
    if suffix == "json" or head.lstrip()[:1] in ("{", "["):
        return "ontime"
    if any("TARGET_TYPE" in line and "TARGET_ID" in line for line in head.split("\n")):
        return "eos"
    if suffix in ("asc", "ascii") or re.search(r"^\s*ident\s+\d", head, re.IGNORECASE | re.MULTILINE):
        return "usitt"
    first = next((line for line in head.split("\n") if line.strip()), "")
    return "qlab" if "\t" in first and "," not in first else "csv"


def read(name: str, data: bytes, kind: str | None = None, columns: Mapping[str, str] | None = None) -> ExchangeList:
    """A cue list out of a file. Raises ImportProblem."""
    wanted = kind or guess(name, data)
    columns = columns or {}
    if wanted == "xlsx":
        return read_xlsx(data, name, columns)
    text = text_of(data)
    readers: dict[str, Callable[[], ExchangeList]] = {
        "csv": lambda: read_csv(text, name, columns),
        "eos": lambda: read_eos_csv(text, name),
        "usitt": lambda: read_usitt(text, name),
        "qlab": lambda: read_qlab(text, name),
        "ontime": lambda: read_ontime(text, name),
    }
    if columns and wanted != "csv":
        raise ImportProblem("--map is for CSV files and spreadsheets.")
    cues = readers[wanted]()
    if not cues.entries:
        raise ImportProblem("No cue was found in this file.")
    cues.guessed = guessed(data)
    return cues


def numbers(cues: Iterable[ExchangeEntry]) -> list[str]:
    return [number for entry in cues if (number := decimal(entry.number)) is not None]
