"""What the grammar's rules become: one method for each rule, called by the parser as it reads. Here are the rules of
words and values.

No tree is built in between. Places come from the tokens; every child of a rule either is a token or has a `loc`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from cuelang.lang import syntax as s
from cuelang.lang.quick import Token
from cuelang.source import Loc
from cuelang.units import SECONDS_IN

Children = list[Any]

_NUMBER = re.compile(r"(0x[0-9a-fA-F]+|[0-9.]+)(.*)")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\n])|.)', re.DOTALL)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")


class FormError(Exception):
    """A line that fits the grammar but is not valid. `row` is the parser's line (from 1)."""

    def __init__(self, row: int, loc: Loc, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.row, self.loc, self.message, self.hint = row, loc, message, hint


class Option(NamedTuple):
    """An option of a statement: its word, its value, and where the two end."""

    word: s.Name
    value: Any
    loc: Loc


@lru_cache(maxsize=4096)
def _amount(text: str) -> tuple[Fraction, str]:
    """A number with its unit, times in seconds."""
    match = _NUMBER.fullmatch(text)
    assert match is not None
    figures, unit = match[1], match[2]
    value = Fraction(int(figures, 16)) if figures.startswith("0x") else Fraction(figures)
    return (value * SECONDS_IN[unit], "s") if unit in SECONDS_IN else (value, unit)


class Values:
    """`rows`: whether the text is one line broken over several rows (else each row is a line of its own)."""

    rows = False

    def place(self, token: Token) -> Loc:
        if self.rows:
            return Loc((token.line or 1) - 1, token.column or 1, (token.end_line or 1) - 1, token.end_column or 1)
        return Loc(0, token.column or 1, 0, token.end_column or 1)

    def where(self, child: Any) -> Loc:
        if isinstance(child, Token):
            return self.place(child)
        if isinstance(child, tuple) and not hasattr(child, "loc"):
            return Loc(*self.where(child[0])[:2], *self.where(child[-1])[2:])
        loc: Loc = child.loc
        return loc

    def span(self, children: Children) -> Loc:
        first, last = self.where(children[0]), self.where(children[-1])
        return Loc(first.line, first.column, last.end_line, last.end_column)

    def fail(self, token: Token, message: str, hint: str = "") -> FormError:
        return FormError(token.line or 1, self.place(token), message, hint)

    def name(self, token: Token) -> s.Name:
        return s.Name(str(token), self.place(token))

    # --- words and values ---

    def word(self, c: Children) -> s.Name:
        return s.Name(str(c[0]), self.place(c[0]))

    def _known_word(self, c: Children) -> s.Name:
        return self.word(c) if isinstance(c[0], Token) else c[0]

    any_word = value_word = cam = direction = state_word = setting_word = in_out = osc_name = source_name = _known_word

    def cams(self, c: Children) -> s.Cams:
        return tuple(c[::2])

    def text(self, c: Children) -> s.Text:
        return self.string(c[0])

    def string(self, token: Token) -> s.Text:
        raw = token[1:-1]
        if "\\" in raw:

            def undo(match: re.Match[str]) -> str:
                if match[1]:
                    return chr(int(match[1], 16))
                if match[2]:
                    return "\n" if match[2] == "n" else match[2]
                column = (token.column or 1) + 1 + match.start()
                line = self.place(token).line
                raise FormError(
                    token.line or 1,
                    Loc(line, column, line, column + len(match[0])),
                    f"Unknown escape `{match[0]}`.",
                    'Escapes: \\\\ for a \\, \\", \\n and \\u00e9.',
                )

            raw = _ESCAPE.sub(undo, raw)
            if _LONE.search(raw):
                raw = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), raw)
                if _LONE.search(raw):
                    raise self.fail(
                        token, "This string contains an unpaired surrogate (`\\ud800` to `\\udfff` come in pairs)."
                    )
        return s.Text(str(raw), self.place(token))

    def number(self, c: Children) -> s.Quantity:
        return self.quantity(c[0])

    def quantity(self, token: Token) -> s.Quantity:
        text = str(token)
        return s.Quantity(*_amount(text), self.place(token), text)

    def clock(self, c: Children) -> s.Clock:
        return s.Clock(str(c[0]), self.place(c[0]))

    def parens(self, c: Children) -> Any:
        return c[1]

    def binary(self, c: Children) -> s.Binary:
        return s.Binary(str(c[1]), c[0], c[2], self.span(c))

    def unary(self, c: Children) -> s.Unary:
        return s.Unary("not" if c[0] == "not" else "-", c[1], self.span(c))

    def capture(self, token: Token) -> s.Capture:
        return s.Capture(str(token[1:-1]), self.place(token))

    def cue_ref(self, c: Children) -> s.CueRef:
        if len(c) > 1:
            return s.CueRef(c[1], self.span(c))
        return self._cue_ref(c[0])

    def _cue_ref(self, what: Any) -> s.CueRef:
        number: s.Expr | s.Capture
        if not isinstance(what, Token):
            number = what
        elif what.type == "NUMBER":
            number = self._cue_number(what)
        elif what.type == "CAPTURE":
            number = self.capture(what)
        else:
            number = self.name(what)
        return s.CueRef(number, number.loc)

    def _cue_number(self, token: Token) -> s.Quantity:
        if not token.replace(".", "", 1).isdigit():
            raise self.fail(token, f"A cue number must be a plain decimal, not `{token}`.", "For example: 2 or 2.5.")
        return self.quantity(token)

    def _string_or_name(self, what: Any) -> s.Text | s.Name:
        return self.string(what) if isinstance(what, Token) else what

    def _row(self, node: Any) -> int:
        return 0 if not self.rows else int(node.loc.line) + 1


W = TypeVar("W", bound=str)


def one_of(given: object, *words: W) -> W:
    """Which of these the grammar has let through."""
    return next(word for word in words if word == given)
