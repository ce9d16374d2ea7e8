"""Diagnostics on their way: they hold Origins, so those of an unchanged block stay right when it moves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cuelang.diagnostics import Diagnostic, Label
from cuelang.source import Origin

MAX_MISTAKES = 1000
"""How many mistakes are collected before the rest is left alone."""


class Finding(NamedTuple):
    """One mistake or warning, at the line that it is about. `labels` are other lines that belong to it."""

    code: str
    origin: Origin
    message: str
    hint: str = ""
    labels: tuple[tuple[Origin, str], ...] = ()

    def settled(self) -> Diagnostic:
        labels = tuple(Label(origin.span, text) for origin, text in self.labels)
        return Diagnostic(self.code, self.origin.span, self.message, self.hint, labels)


class Findings(list[Finding]):
    """Findings in the order in which they were made; it only grows. How many are errors is counted as they come."""

    __slots__ = ("_counted", "_errors")

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        super().__init__(findings)
        self._counted = self._errors = 0

    @property
    def too_many(self) -> bool:
        """Whether there are more errors than are worth reporting."""
        while self._counted < len(self):
            self._errors += self[self._counted].code[0] == "E"
            self._counted += 1
        return self._errors > MAX_MISTAKES
