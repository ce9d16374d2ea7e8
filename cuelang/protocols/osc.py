"""OSC 1.0: addresses and patterns against each other. Pure. Datagrams are read in `osc_decode`.

A pattern such as `/*a*a*a*a` sends a regular expression into backtracking: patterns are run as sets of states, one bit
each, in time linear in the length of the address.

Which side holds what:

    incoming        literal, or an OSC pattern with `?` `*` `[a-z]` `[!a-z]` `{one,two}`; none of them crosses a `/`
    in the sheet    the same, and `{name}` without a comma, which captures a part or a piece of one

An incoming pattern is compared with the literal addresses of the sheet only: it never meets a capture.
"""

from __future__ import annotations

import re
from itertools import product

MAX_ADDRESS = 255
"""Characters of an address, and of an incoming pattern."""
MAX_GROUPS = 8
"""Pairs of braces in one part of a pattern."""

WILDCARDS = frozenset("?*[]{}")

Argument = int | float | str | bytes | bool | None | tuple[object, ...] | list[object]


# --- patterns ----------------------------------------------------------------------------------------------


class Glob:
    """One part of an OSC pattern as a machine of states.

    State i is bit i. Reading a character moves every state that accepts it up by one; a `*` keeps its state
    alive. An alternative is a chain of states of its own: `groups` holds, for each pair of braces, the state
    that enters, where the chains start, where they end, and where they come together again. Groups
    are in rising order, so one pass over them is the whole closure.
    """

    __slots__ = ("_any", "_chars", "_classes", "_final", "_groups", "_loops", "_memo")

    def __init__(self, part: str) -> None:
        """Raises ValueError, with what is wrong, for a part that is not an OSC pattern."""
        self._chars: dict[str, int] = {}
        self._any = self._loops = 0
        self._classes: list[tuple[int, bool, tuple[tuple[str, str], ...]]] = []
        self._groups: list[tuple[int, int, int, int]] = []
        self._memo: dict[str, int] = {}
        state = index = 0
        while index < len(part):
            char = part[index]
            index += 1
            if char == "*":
                self._loops |= 1 << state
            elif char == "?":
                self._any |= 1 << state
                state += 1
            elif char == "[":
                close = _closing(part, index, "]")
                self._classes.append((1 << state, *_char_class(part[index:close])))
                index, state = close + 1, state + 1
            elif char == "{":
                close = _closing(part, index, "}")
                state = self._alternatives(state, part[index:close].split(","))
                index = close + 1
            elif char in "]}":
                raise ValueError(f"unmatched “{char}”")
            else:
                self._literal(char, state)
                state += 1
        self._final = 1 << state

    def _literal(self, char: str, state: int) -> None:
        self._chars[char] = self._chars.get(char, 0) | 1 << state

    def _alternatives(self, state: int, words: list[str]) -> int:
        enter, starts, ends = 1 << state, 0, 0
        if len(self._groups) == MAX_GROUPS:
            raise ValueError(f"more than {MAX_GROUPS} alternatives in one part")
        for word in words:
            state += 1
            starts |= 1 << state
            for char in word:
                if char in WILDCARDS:
                    raise ValueError(f"“{char}” inside braces")
                self._literal(char, state)
                state += 1
            ends |= 1 << state
        self._groups.append((enter, starts, ends, 1 << (state + 1)))
        return state + 1

    def _accepting(self, char: str) -> int:
        mask = self._chars.get(char, 0) | self._any
        for bit, negated, ranges in self._classes:
            if any(low <= char <= high for low, high in ranges) != negated:
                mask |= bit
        self._memo[char] = mask
        return mask

    def _closure(self, states: int) -> int:
        for enter, starts, ends, leave in self._groups:
            if states & enter:
                states |= starts
            if states & ends:
                states |= leave
        return states

    def matches(self, text: str) -> bool:
        groups = self._groups
        states = self._closure(1) if groups else 1
        for char in text:
            mask = self._memo.get(char)
            if mask is None:
                mask = self._accepting(char)
            states = (states & mask) << 1 | states & self._loops
            if not states:
                return False
            if groups:
                states = self._closure(states)
        return bool(states & self._final)


def _closing(part: str, index: int, bracket: str) -> int:
    close = part.find(bracket, index)
    if close < 0:
        raise ValueError(f"a “{bracket}” is missing")
    return close


def _char_class(text: str) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """`a-z`, `!0-9`, `abc-`: a minus at the end is a minus."""
    negated, text = text.startswith("!"), text.removeprefix("!")
    ranges, index = [], 0
    while index < len(text):
        if text[index + 1 : index + 2] == "-" and index + 2 < len(text):
            low, high = sorted((text[index], text[index + 2]))
            ranges.append((low, high))
            index += 3
        else:
            ranges.append((text[index], text[index]))
            index += 1
    return negated, tuple(ranges)


def is_pattern(address: str) -> bool:
    """Whether it has one of the wildcards of OSC."""
    return not WILDCARDS.isdisjoint(address)


class Incoming:
    """An incoming address that is a pattern, ready to be compared with many literal ones."""

    __slots__ = ("_count", "_globs", "_literals")

    def __init__(self, address: str) -> None:
        """Raises ValueError if it is not an OSC pattern."""
        parts = address.split("/")
        self._count = len(parts)
        self._literals = [(place, part) for place, part in enumerate(parts) if not is_pattern(part)]
        self._globs = [(place, Glob(part)) for place, part in enumerate(parts) if is_pattern(part)]

    def matches(self, parts: tuple[str, ...]) -> bool:
        """Against a literal address, split at its slashes."""
        if len(parts) != self._count:
            return False
        for place, part in self._literals:
            if parts[place] != part:
                return False
        return all(glob.matches(parts[place]) for place, glob in self._globs)


def matches(incoming: str, literal: str) -> bool:
    """Whether an incoming address, which may be a pattern, means this literal one. A broken pattern means none."""
    if incoming == literal:
        return True
    if not is_pattern(incoming) or len(incoming) > MAX_ADDRESS:
        return False
    try:
        return Incoming(incoming).matches(tuple(literal.split("/")))
    except ValueError:
        return False


# --- addresses of a sheet ----------------------------------------------------------------------------------

_CAPTURE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FORBIDDEN = re.compile(r"[\s#\x00-\x1f\x7f]")
_MAX_EXPANSIONS = 64


class _Capturing:
    """A part with captures: `texts` are around and between them, one more than there are names."""

    __slots__ = ("_names", "_texts")

    def __init__(self, part: str) -> None:
        pieces = _CAPTURE.split(part)
        self._texts, self._names = pieces[::2], pieces[1::2]
        if any(is_pattern(text) for text in self._texts):
            raise ValueError(f"“{part}” mixes a capture with a pattern; one part may have only one of them")

    def capture(self, part: str) -> dict[str, str] | None:
        """Each capture takes as little as it can, but at least one character; the last takes the rest."""
        first, *between, last = self._texts
        if not part.startswith(first):
            return None
        stop = len(part) - len(last)
        if not part.endswith(last) or stop < len(first):
            return None
        begin, found = len(first), {}
        for name, text in zip(self._names, between, strict=False):
            end = part.find(text, begin + 1, stop) if begin < stop else -1
            if end < 0:
                return None
            found[name] = part[begin:end]
            begin = end + len(text)
        if begin >= stop:
            return None
        found[self._names[-1]] = part[begin:stop]
        return found

    @property
    def whole(self) -> bool:
        return len(self._names) == 1 and self._texts == ["", ""]


class SheetAddress:
    """The address of an `on osc` trigger.

    `literals`: every literal address it matches (one; several when it has only alternatives in braces; none
    with captures and wildcards). `rank` orders addresses by how literal they are, the most literal first.
    `captures` are the names.
    """

    __slots__ = ("_parts", "captures", "literals", "rank")

    def __init__(self, address: str, what: str = "An OSC address") -> None:
        """Raises ValueError, with an operator's message that calls it `what`, for an address that is not valid."""
        if not address.startswith("/"):
            raise ValueError(f"{what} begins with “/”, as in “/go”.")
        bad = _FORBIDDEN.search(address)
        if bad:
            sign = "spaces" if bad.group().isspace() else f"“{bad.group()}”" if bad.group() == "#" else "control signs"
            raise ValueError(f"{what} cannot contain {sign}.")
        if len(address) > MAX_ADDRESS:
            raise ValueError(f"{what} has at most {MAX_ADDRESS} characters.")
        if "//" in address or (address != "/" and address.endswith("/")):
            raise ValueError(f"{what} has an empty part between two slashes or at its end.")
        self.captures = tuple(_CAPTURE.findall(address))
        twice = next((name for name in self.captures if self.captures.count(name) > 1), None)
        if twice:
            raise ValueError(f"“{{{twice}}}” is captured twice.")
        texts = address.split("/")
        try:
            self._parts = [_part(text) for text in texts]
        except ValueError as error:
            raise ValueError(f"{what} is not valid: {error}.") from None
        ranks = tuple(_rank(part, text) for part, text in zip(self._parts, texts, strict=True))
        self.rank = (sum(1 for rank in ranks if rank), ranks)
        self.literals = _literals(texts)

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """Its first and its last part; None where that may be several words."""
        first, last = self._parts[1], self._parts[-1]
        return first if isinstance(first, str) else None, last if isinstance(last, str) else None

    def match(self, address: str) -> dict[str, str] | None:
        """The captures when this literal incoming address fits, else None."""
        parts = address.split("/")
        if len(parts) != len(self._parts):
            return None
        found: dict[str, str] = {}
        for mine, part in zip(self._parts, parts, strict=True):
            if isinstance(mine, str):
                if mine != part:
                    return None
            elif isinstance(mine, Glob):
                if not mine.matches(part):
                    return None
            else:
                captured = mine.capture(part)
                if captured is None:
                    return None
                found.update(captured)
        return found


def _part(text: str) -> str | Glob | _Capturing:
    if _CAPTURE.search(text):
        return _Capturing(text)
    return Glob(text) if is_pattern(text) else text


def _rank(part: str | Glob | _Capturing, text: str) -> int:
    if isinstance(part, str):
        return 0
    if isinstance(part, _Capturing):
        return 4 if part.whole else 3
    if WILDCARDS.isdisjoint(re.sub(r"\{[^}]*\}", "", text)):
        return 1
    return 5 if text == "*" else 2


def _literals(texts: list[str]) -> tuple[str, ...]:
    choices: list[list[str]] = []
    total = 1
    for text in texts:
        if _CAPTURE.search(text):
            return ()
        pieces = re.split(r"\{([^{}]*)\}", text)
        if any(is_pattern(piece) for piece in pieces[::2]):
            return ()
        for index, piece in enumerate(pieces):
            words = piece.split(",") if index % 2 else [piece]
            total *= len(words)
            if total > _MAX_EXPANSIONS:
                return ()
            choices.append(words)
        choices.append(["/"])
    return tuple("".join(words) for words in product(*choices[:-1]))
