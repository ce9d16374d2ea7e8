"""Text that leaves the program: for a terminal, a log that is shown, a spreadsheet, or as bytes.

A sheet, a camera or a stranger may have put anything into a text. Whatever shows one passes it through here.
"""

from __future__ import annotations

import unicodedata

NOTE = 240
"""Characters of a note, a warning or a reason that are shown; a longer one is cut."""
ERROR = 120
"""Characters of an exception's text that are shown."""

_JOINERS = "\u200c\u200d"
"""They join and part letters, in Persian and in emoji, and do nothing else."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(text: str) -> str:
    """As one line without anything that a terminal would obey; what is taken out leaves a mark."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _mark(char) for char in text.replace("\r\n", "\n"))


def _mark(char: str) -> str:
    if char in "\n\r\v\f\x85\u2028\u2029":
        return "↵"
    if char == "\t":
        return "    "
    if char in _JOINERS:
        return char
    return " " if unicodedata.category(char) == "Zs" else "\N{REPLACEMENT CHARACTER}"


def short(text: str, most: int = NOTE) -> str:
    """`plain`, and no longer than `most`."""
    if len(text) > most:
        text = text[: most - 1] + "…"
    return plain(text)[: most + 3]


def cells(text: str) -> int:
    """How wide a terminal shows it: Japanese letters take two cells, an accent of its own none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int) -> str:
    """Padded with blanks to this many cells."""
    return text + " " * (width - cells(text))


def failure(error: BaseException) -> str:
    """An unforeseen exception in a few words: its text may quote whatever it failed over."""
    return f"{type(error).__name__}: {short(str(error), ERROR)}"


def is_whole(text: str) -> bool:
    """Whether it can be written as UTF-8: half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def whole(text: str) -> str:
    """With a mark instead of what cannot be written as UTF-8."""
    return text if is_whole(text) else text.encode("utf-8", "replace").decode()


def cell(value: object) -> object:
    """For a spreadsheet: a text that it would take for a formula begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    text = plain(value)
    return f"'{text}" if value.startswith(_FORMULA) else text


def plain_lines(text: str) -> str:
    """Several lines, each of them `plain`."""
    return "\n".join(map(plain, text.split("\n")))
