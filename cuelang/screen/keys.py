"""From what a terminal sends to the names of keys: `space`, `escape`, `up`, `F12`, `a`. Pure.

A terminal sends an escape for the escape key and an escape followed by more for the arrows. What comes in one piece
belongs together; an escape at the end of a piece is the key itself if nothing follows within `PATIENCE_NS`. Escape is
panic, so every doubt is settled for it: an escape followed by anything that is not a sequence is the key, and what
came with it (alt and a letter, or several keys hit at once) is not a key.
"""

from __future__ import annotations

import re

PATIENCE_NS = 25_000_000
"""Nanoseconds between the bytes of one key; they come in one packet from all but the slowest lines."""

_PLAIN = {
    " ": "space", "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace",
}  # fmt: skip
_FINAL = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"} | {
    letter: f"F{number}" for number, letter in enumerate("PQRS", 1)
}
_TILDE = {
    1: "home", 2: "insert", 3: "delete", 4: "end", 5: "page_up", 6: "page_down", 7: "home", 8: "end",
    11: "F1", 12: "F2", 13: "F3", 14: "F4", 15: "F5", 17: "F6", 18: "F7", 19: "F8", 20: "F9", 21: "F10", 23: "F11",
    24: "F12", 25: "F13", 26: "F14", 28: "F15", 29: "F16", 31: "F17", 32: "F18", 33: "F19", 34: "F20",
}  # fmt: skip
_SEQUENCE = re.compile(r"\x1b(?:\[\[([A-E])|[\[O]([\d;]*)([A-Za-z~])|\[[<-?][\d;]*[A-Za-z~])")
_BEGUN = re.compile(r"\x1b(?:\[\[?|O)?[<-?]?[\d;]*\Z")
_PASTE = (200, 201)


_CONSOLE = {
    "H": "up", "P": "down", "K": "left", "M": "right", "G": "home", "O": "end", "I": "page_up", "Q": "page_down",
    "R": "insert", "S": "delete", "\x85": "F11", "\x86": "F12",
} | {chr(ord(";") + number): f"F{number + 1}" for number in range(10)}  # fmt: skip
PASTED = 8
"""So many keys at once were not pressed: a console types what is pasted."""


def console_keys(typed: str) -> list[str]:
    """The keys in what Windows' console gives: a letter, or a NUL or an “à” and then another for those without one. Of
    what was pasted only an escape counts."""
    found: list[str] = []
    place = 0
    while place < len(typed):
        mark, code = typed[place], typed[place + 1 : place + 2]
        if mark == "\0" or (mark == "à" and code in _CONSOLE):
            name, place = _CONSOLE.get(code, ""), place + 2
        else:
            name = {"\x1b": "escape", "\x03": "ctrl-c"}.get(mark) or _plain(mark)
            place += 1
        if name:
            found.append(name)
    return found if len(found) < PASTED else [key for key in found if key == "escape"][:1]


def _plain(text: str) -> str:
    return _PLAIN.get(text, text if text.isprintable() else "")


class Keys:
    """Takes what a terminal sends, piece by piece. `waiting`: an escape is held back to see whether more follows."""

    def __init__(self) -> None:
        self._rest = b""
        self._pasting = False

    @property
    def waiting(self) -> bool:
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """The keys that are known by now."""
        data, self._rest = self._rest + data, b""
        text = data.decode("utf-8", "ignore")
        begun = _BEGUN.search(text)
        if begun is not None and len(begun[0]) < 16:
            text, self._rest = text[: begun.start()], begun[0].encode()
        return self._keys(text)

    def settle(self) -> list[str]:
        """Nothing followed: what was held back is the escape key."""
        held, self._rest = self._rest, b""
        return ["escape"] if held and not self._pasting else []

    def _keys(self, text: str) -> list[str]:
        found: list[str] = []
        place = 0
        while place < len(text):
            name = ""
            if text[place] != "\x1b":
                name, place = _plain(text[place]), place + 1
            elif match := _SEQUENCE.match(text, place):
                name, place = self._sequence(match), match.end()
            else:
                name, place = "escape", place + 1 + (text[place + 1 : place + 2] != "\x1b")
            if name and not self._pasting:
                found.append(name)
        return found

    def _sequence(self, match: re.Match[str]) -> str:
        console, numbers, final = match.groups()
        if console:
            return f"F{ord(console) - ord('A') + 1}"
        if final is None:
            return ""
        if final != "~":
            return _FINAL.get(final, "")
        number = int(numbers.split(";")[0] or 0)
        if number in _PASTE:
            self._pasting = number == _PASTE[0]
        return _TILDE.get(number, "")
