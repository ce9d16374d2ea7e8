"""What is wrong with a sheet: facts first, prose second.

A phase collects diagnostics, it never raises them one at a time. `code` is stable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Any

from msgspec import Struct, field

from cuelang.source import Span


class Label(Struct, frozen=True):
    """A second place that has to do with it: where a name was first declared, which call led here."""

    span: Span
    text: str


class Diagnostic(Struct, frozen=True):
    """One finding. Codes that start with E are errors, with W warnings."""

    code: str
    span: Span
    message: str
    hint: str = ""
    labels: tuple[Label, ...] = field(default=())

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")

    @property
    def severity(self) -> str:
        return "error" if self.is_error else "warning"

    def as_json(self) -> dict[str, Any]:
        """The documented JSON shape: `end_column` is exclusive."""
        span = self.span
        shape = {
            "code": self.code, "severity": self.severity, "file": span.file,
            "line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column,
            "message": self.message, "hint": self.hint,
        }  # fmt: skip
        if self.labels:
            shape["labels"] = [
                {"file": label.span.file, "line": label.span.line, "column": label.span.column, "message": label.text}
                for label in self.labels
            ]
        return shape


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, place and code, each finding once."""
    return sorted(set(diagnostics), key=lambda d: (d.span, d.code, d.message))


def nearest(name: str, candidates: Iterable[str]) -> str:
    """` Did you mean “throne”?` or nothing, ready to follow a sentence."""
    found = _closest(name, candidates)
    return f" Did you mean “{found}”?" if found is not None else ""


def meant(name: str, candidates: Collection[str]) -> set[str]:
    """The declared names that an unknown one may stand for: the nearest, or any of them."""
    found = _closest(name, candidates)
    if found is not None:
        return {found}
    return set(candidates) if len(candidates) <= MAX_CANDIDATES else set()


MAX_CANDIDATES = 500
"""With more names than these, only those that begin alike are compared."""


def _closest(name: str, candidates: Iterable[str]) -> str | None:
    names = candidates if isinstance(candidates, Collection) else list(candidates)
    lowered = name.lower()
    if len(names) > MAX_CANDIDATES:
        alike = (one for one in names if one[:1].lower() == lowered[:1] and abs(len(one) - len(name)) < 3)
        names = list(islice(alike, 100))
    known = {candidate.lower(): candidate for candidate in names}
    found = get_close_matches(lowered, known, n=1, cutoff=0.6)
    return known[found[0]] if found else None
