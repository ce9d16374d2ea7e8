"""The words of the language, by where they may begin a line, and which of them take lines under them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

DECLARATIONS = (
    "show", "rig", "use", "let", "section", "camera", "group", "input", "output", "switcher", "cue", "define", "on",
)  # fmt: skip

STATEMENTS = (
    "move", "drive", "zoom", "focus", "stop", "set", "store", "clear", "tally", "booth", "snapshot", "track",
    "power", "wait", "at", "together", "do", "repeat", "for", "let", "if", "else", "go", "start", "follow",
    "restart", "disabled", "send", "standby", "note", "on", "cut", "dissolve", "preview", "take", "stream", "record",
    "profile", "raw", "recover", "replay", "aside", "with",
)  # fmt: skip

OF_CAMERAS = (
    "move", "drive", "zoom", "focus", "stop", "set", "store", "clear", "tally", "booth", "snapshot", "track", "power",
    "recover", "profile", "raw", "replay",
)  # fmt: skip
"""First words of what a camera is asked; its name follows."""

FREE = frozenset((
    "switcher", "source", "cut", "dissolve", "preview", "take", "stream", "record", "profile", "raw", "recover",
    "replay", "with",
))  # fmt: skip
"""First words that stay free as names: a word that came to the language later takes no name away."""

RESERVED = (
    frozenset(
        (
            *DECLARATIONS,
            *STATEMENTS,
            "all",
            "and",
            "or",
            "not",
            "aside",
        )
    )
    - FREE
)

CHILDREN: dict[str, dict[str, str]] = {
    "top": {
        "show": "show", "camera": "camera", "input": "port", "output": "port", "switcher": "switcher", "cue": "body",
        "define": "body",
    },
    "body": dict.fromkeys(("at", "together", "do", "repeat", "for", "with", "if", "else"), "body"),
}  # fmt: skip
"""Context -> first word -> the context of the lines under it."""

BLOCK_WORDS = frozenset(word for table in CHILDREN.values() for word in table)

SETTINGS = {
    "show": ("fps", "timezone", "go_window", "debounce", "interlock", "lamp"),
    "camera": (
        "model", "http", "login", "trust", "tally_index", "preset", "ramp_rate", "recall_speed", "move_speed",
        "drive_speed", "zoom_speed", "boot", "ramp_by", "address_base", "disabled", "lamp", "no_source",
    ),
    "port": ("allow", "passcode", "login"),
    "switcher": ("source", "password", "no_air"),
}  # fmt: skip


FIRST_WORDS = frozenset((*DECLARATIONS, *STATEMENTS, *(word for words in SETTINGS.values() for word in words)))

DESTRUCTIVE = frozenset(("clear", "store", "power", "home", "reset", "run", "save"))
"""Words that are never suggested, however near they are."""


KEYS = frozenset((
    "enter", "tab", "backspace", "up", "down", "left", "right", "home", "end", "insert", "delete", "page_up",
    "page_down", *(f"f{number}" for number in range(1, 25)),
))  # fmt: skip
"""Keys that have a name; every other key is its character."""

_ALWAYS = {
    **dict.fromkeys(("space", "spacebar", "space_bar", " "), "Space is always GO"),
    **dict.fromkeys(("escape", "esc"), "Escape is always PANIC"),
}
_KEYS_ELSEWHERE = {
    **dict.fromkeys(("return", "cr", "newline"), "enter"),
    **dict.fromkeys(("pgup", "pageup", "page up", "prior"), "page_up"),
    **dict.fromkeys(("pgdn", "pgdown", "pagedown", "page down"), "page_down"),
    **dict.fromkeys(("del",), "delete"),
    **dict.fromkeys(("ins",), "insert"),
    **{f"arrow{between}{name}": name for name in ("up", "down", "left", "right") for between in ("", "_", " ")},
    **{f"{name}{between}arrow": name for name in ("up", "down", "left", "right") for between in ("", "_", " ")},
    **{f"f {number}": f"F{number}" for number in range(1, 25)},
}


def key_problem(name: str) -> tuple[str, str] | None:
    """Why no key is called this, and what to write; None if one is."""
    low = name.lower()
    if low in _ALWAYS:
        return f"{_ALWAYS[low]}.", "Choose another key."
    if (len(name) == 1 and name.isprintable()) or low in KEYS:
        return None
    if any(sign in low for sign in ("+", "ctrl", "alt", "shift", "cmd", "meta")):
        return "A key is pressed alone, without Ctrl, Alt or Shift.", 'For example: `on key "F12"` or `on key "G"`.'
    near = _KEYS_ELSEWHERE.get(low.replace("-", "_")) or next(iter(get_close_matches(low, KEYS, n=1)), None)
    hint = f'Write `"{near}"`.' if near else 'For example: `on key "F12"`, `on key "page_down"` or `on key "x"`.'
    return f"“{name}” is not the name of a key." if name.strip() else "Not a key name.", hint


def nearest_word(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a misspelt word was probably meant to be; never one that destroys something."""
    return _nearest(word.lower(), tuple(candidates)) if 0 < len(word) <= 40 else None


@lru_cache(maxsize=1000)
def _nearest(word: str, candidates: tuple[str, ...]) -> str | None:
    found = get_close_matches(word, candidates, n=1, cutoff=0.7)
    return found[0] if found and found[0] not in DESTRUCTIVE else None
