"""Diagnostics on their way: they hold Origins, so those of an unchanged block stay right when it moves."""

from __future__ import annotations

from typing import NamedTuple

from cuelang.diagnostics import Diagnostic, Label
from cuelang.source import Origin


class Finding(NamedTuple):
    code: str
    origin: Origin
    message: str
    hint: str = ""
    labels: tuple[tuple[Origin, str], ...] = ()

    def settled(self) -> Diagnostic:
        labels = tuple(Label(origin.span, text) for origin, text in self.labels)
        return Diagnostic(self.code, self.origin.span, self.message, self.hint, labels)
