"""A line that could not be parsed, and what is wrong with it."""

from __future__ import annotations

from msgspec import Struct

from cuelang.lang.layout import JOINT
from cuelang.source import Loc


class UnparsedLine(Struct, frozen=True):
    """A line that could not be parsed. `row` and `at` (from 0) are where the parser gave up; `wrong` is its token, or
    empty at the end of the line and where no token could be made."""

    context: str
    text: str
    row: int
    at: int
    wrong: str = ""

    @property
    def shown(self) -> str:
        """The physical row of the mistake."""
        rows = self.text.split(JOINT)
        return rows[self.row] if self.row < len(rows) else ""

    @property
    def rest(self) -> str:
        return self.shown[self.at :]

    @property
    def before(self) -> str:
        return self.shown[: self.at]

    def loc(self, start: int, length: int) -> Loc:
        return Loc(self.row, start + 1, self.row, start + 1 + max(length, 1))


class Slip(Struct, frozen=True):
    """`kind`: one that a file has on many lines for one reason, and that is reported once."""

    loc: Loc
    message: str
    hint: str
    kind: str = ""


def next_line(loc: Loc, verb: str) -> Slip:
    """Two statements on one line."""
    return Slip(loc, "Each statement needs its own line.", f"Write `{verb} …` on the next line.")


def shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def standby_request(asked: str) -> str:
    """The hint for a `standby` that was meant as a request."""
    return (
        'Write a text in quotation marks, such as `standby "Stand by camera two."`. To move standby is a request: a'
        f' person makes it, or a trigger at the top level, such as `on key "F8" {asked}`.'
    )
