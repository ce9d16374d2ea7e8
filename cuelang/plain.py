"""Text that leaves the program: for a terminal, a log that is shown, a spreadsheet, or as bytes.

A sheet, a camera or a stranger may have put anything into a text. Whatever shows one passes it through here.
"""

from __future__ import annotations

import re
import unicodedata


class UserError(Exception):
    """What a person can fix: the message says what is wrong and what to do. `code` is the exit code of a command that
    it ends."""

    code = 2


NOTE = 240
"""Characters of a note, a warning or a reason that are shown; a longer one is cut."""
ERROR = 120
"""Characters of an exception's text that are shown."""

_JOINERS = "\u200c\u200d"
"""They join and part letters, in Persian and in emoji, and do nothing else."""
_FORMULA = "[=+\\-@＝＋－＠]"
"""What a formula begins with; some spreadsheets take the wide letters too."""
_HEAD = re.compile(rf"['\"\s]*{_FORMULA}|'*\s")
"""How a text begins that a spreadsheet would take for a formula, or whose blanks it would lose."""
_INNER = rf"(?=(?:['\"]|[^\S\t\n\r])*{_FORMULA})"
_INSIDE = re.compile(rf"(?<=[;\t\n\r]){_INNER}")
"""Where a formula begins inside a text, for a spreadsheet that parts cells there: at a semicolon in many countries."""
_DEFUSED = re.compile(rf"(?<=[;\t\n\r])'{_INNER}")


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
    """For a spreadsheet: one line that it takes for no formula."""
    return defused(plain(value)) if isinstance(value, str) else value


def defused(text: str) -> str:
    """For a spreadsheet: an apostrophe before whatever it would take for a formula, and before a text that begins or
    ends with a blank. `restored` undoes it."""
    inside = _INSIDE.sub("'", text)
    return f"'{inside}" if _needs_mark(text) else inside


def restored(text: str) -> str:
    """A cell as it was before `defused`. Blanks around any other cell are taken off."""
    for one in (text, text.strip()):
        if one.startswith("'") and _needs_mark(one[1:]):
            return _DEFUSED.sub("", one[1:])
    return _DEFUSED.sub("", text.strip())


def _needs_mark(text: str) -> bool:
    return _HEAD.match(text) is not None or text[-1:].isspace()


def harmless(text: str) -> str:
    """Without anything that a terminal would obey. Lines, tabs and blanks of all kinds stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char if char.isprintable() or _is_blank(char) else _mark(char) for char in text)


def _is_blank(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) == "Zs"


def quoted(text: str) -> str:
    """As a sheet writes it, in quotes."""
    return '"' + "".join(map(_letter, text)) + '"'


def _letter(letter: str) -> str:
    if letter in '\\"':
        return f"\\{letter}"
    if letter == "\n":
        return "\\n"
    if letter.isprintable():
        return letter
    return "".join(f"\\u{unit:04x}" for unit in _units(letter))


def _units(letter: str) -> tuple[int, ...]:
    """The 16-bit numbers of a character."""
    data = letter.encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))


def plain_lines(text: str) -> str:
    """Several lines, each of them `plain`."""
    return "\n".join(map(plain, text.split("\n")))
