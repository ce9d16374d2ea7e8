"""The parser's tables as plain data, kept in the user's cache folder.

Lark works the tables out from the grammar and explains mistakes. A sheet without one needs only what is here, so
Lark is not even imported when the cache holds the tables of this very grammar, cuelang, Lark and Python.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import stat
import sys
import zlib
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cuelang import __version__

if TYPE_CHECKING:
    from lark import Lark

_BROKEN = (OSError, EOFError, ValueError, TypeError)
"""What reading a damaged file may raise."""


class Reduction(NamedTuple):
    """What a reduction does: take `size` values off, keep some of them, and hand them to the builder's `name`."""

    name: str
    origin: str
    size: int
    kept: tuple[tuple[int, bool], ...] | None
    """Which values are kept, and whether one is a list whose members are kept in its place; None: all, as they are."""
    single: bool
    """Whether a value alone is passed through."""


class Tables(NamedTuple):
    """Everything that `QuickParser` needs."""

    scanners: tuple[tuple[str, int], ...]
    """Patterns with their flags; a group's name is the token's type."""
    ignored: tuple[str, ...]
    tall: tuple[str, ...]
    """Types of tokens that may hold a line's end."""
    keywords: dict[str, dict[str, str]]
    """Type of a token -> text -> the type that this text has instead."""
    rows: tuple[dict[str, int], ...]
    """State -> token's type or rule's name -> the next state, or `~number` of the rule to reduce by."""
    starts: dict[str, int]
    ends: dict[str, int]
    rules: tuple[Reduction, ...]


def from_lark(lark: Lark) -> Tables:
    """The tables that Lark made (LALR, basic lexer, no placeholders, no transformer), without its types of strings."""
    frontend: Any = lark.parser
    table, lexer = frontend.parser.parser.parse_table, frontend.lexer
    from lark.parsers.lalr_analysis import Shift

    numbers: dict[Any, int] = {}
    shared: dict[tuple[tuple[str, int], ...], dict[str, int]] = {}
    rows: list[dict[str, int]] = []
    for state in range(len(table.states)):
        row = {
            str(name): what if action is Shift else ~numbers.setdefault(what, len(numbers))
            for name, (action, what) in table.states[state].items()
        }
        rows.append(shared.setdefault(tuple(row.items()), row))
    patterns = tuple((str(pattern.pattern), int(pattern.flags)) for pattern in lexer.scanner._mres)
    words: dict[str, dict[str, str]] = {}  # `scanner` made `callback`
    for kind, unless in lexer.callback.items():
        assert not any(terminal.pattern.flags for terminal in unless.scanner.terminals)
        words[str(kind)] = {str(terminal.pattern.value): str(terminal.name) for terminal in unless.scanner.terminals}
    return Tables(
        patterns,
        tuple(sorted(map(str, lexer.ignore_types))),
        tuple(sorted(map(str, lexer.newline_types))),
        words,
        tuple(rows),
        {str(name): state for name, state in table.start_states.items()},
        {str(name): state for name, state in table.end_states.items()},
        tuple(map(_rule, numbers)),
    )


def _rule(rule: Any) -> Reduction:
    options = rule.options
    kept = tuple(
        (index, not symbol.is_term and symbol.name.startswith("_"))
        for index, symbol in enumerate(rule.expansion)
        if options.keep_all_tokens or not (symbol.is_term and symbol.filter_out)
    )
    whole = len(kept) == len(rule.expansion) and not any(inlined for _, inlined in kept)
    return Reduction(
        str(rule.alias or rule.origin.name),
        str(rule.origin.name),
        len(rule.expansion),
        None if whole else kept,
        bool(options.expand1 and not rule.alias),
    )


# --- the cache ----------------------------------------------------------------------------------------------


def cache_key(grammar: str) -> tuple[str, ...]:
    """Everything that the tables depend on. Lark's version is in a file that is read, not imported."""
    spec = PathFinder.find_spec("lark")
    try:
        lark = Path(spec.origin).read_text("utf-8") if spec is not None and spec.origin else ""
    except (OSError, ValueError):
        lark = ""
    return (__version__, sys.version, lark, grammar)


def cache_folder(platform: str = sys.platform) -> str:
    """Where this system has its users' programs keep what they can make again."""
    if named := os.environ.get("XDG_CACHE_HOME") or (platform == "win32" and os.environ.get("LOCALAPPDATA")):
        return named
    return os.path.expanduser("~/Library/Caches" if platform == "darwin" else "~/.cache")


def cache_file(kind: str, key: tuple[str, ...]) -> Path | None:
    """Where tables of this kind may be kept; None when there is no such place."""
    path = Path(cache_folder()) / "cuelang" / f"{kind}-{zlib.crc32(repr(key).encode()):08x}.bin"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return path if os.access(path.parent, os.W_OK) else None


def trusted(path: Path) -> bool:
    """Whether no other user could have written what is there, or nothing is there yet."""
    try:
        return _ours(path.lstat())
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _ours(found: os.stat_result) -> bool:
    """A plain file that belongs to this user, and that no other user may write."""
    if sys.platform == "win32":  # which keeps the user's folder from the others
        return stat.S_ISREG(found.st_mode)
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def read(path: Path, key: tuple[str, ...]) -> Tables | None:
    """The tables kept under this key; None when there are none that can be trusted."""
    try:
        with path.open("rb") as file:
            if not _ours(os.fstat(file.fileno())):
                return None
            check, body = file.read(4), file.read()
        if zlib.crc32(body).to_bytes(4, "big") != check:
            return None
        kept, tables, rules = marshal.loads(body)
        return Tables._make((*tables, tuple(map(Reduction._make, rules)))) if kept == key else None
    except _BROKEN:
        return None


def write(path: Path, key: tuple[str, ...], tables: Tables) -> None:
    """Keep the tables, whole or not at all; a folder that cannot be written is not an error."""
    body = marshal.dumps((key, tuple(tables[:-1]), tuple(tuple(rule) for rule in tables.rules)))
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(zlib.crc32(body).to_bytes(4, "big") + body)
        new.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
