"""The sheets of a show: the main one, and what it uses, directly or through others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from cuelang.diagnostics import Diagnostic, nearest
from cuelang.lang import syntax as s
from cuelang.lang.findings import Finding, Findings
from cuelang.lang.parse import File, ParseCache, parsing
from cuelang.source import Source

MAX_USES = 1000
MAX_USE_DEPTH = 50
"""How many sheets may use one another in a chain."""


class SheetFinder(Protocol):
    """Where used sheets come from; the compiler itself opens nothing."""

    def file(self, path: str, user: str) -> Source | str:
        """The sheet at `path`, relative to the sheet `user`; or why it cannot be had."""

    def module(self, name: str) -> Source | None:
        """A module of stdlib/ by its dotted name."""

    def modules(self) -> list[str]:
        """The names of all modules."""


class Loaded:
    """What `loading` has found: the main sheet and all that it uses. `rig` replaces every used file that holds a `rig`
    line."""

    def __init__(self, main: Source, rig: Source | None, library: SheetFinder, cache: ParseCache) -> None:
        self.main = main
        self.rig = rig
        self.rig_used = False
        self.library = library
        self.cache = cache
        self.files: dict[str, File] = {}
        """In the order in which they are used, each before the one that uses it."""
        self.open: list[str] = []
        self.uses = 0
        self.partial = False
        """A file or a module could not be had."""
        self.findings = Findings()
        self.diagnostics: list[Diagnostic] = []
        self.strangers: list[tuple[Diagnostic, str]] = []

    def loading(self) -> Iterator[None]:
        """Parse them; it pauses on the way."""
        yield from self.load(self.main)
        if self.rig is not None and not self.rig_used:
            yield from self.load(self.rig)

    def load(self, source: Source) -> Iterator[None]:
        """Parse a sheet and, before it, what it uses."""
        file = yield from parsing(source, self.cache)
        if self.rig is not None and source is not self.rig and source is not self.main and _is_rig(file):
            if not self.rig_used:
                self.rig_used = True
                yield from self.load(self.rig)
            return
        self.diagnostics += file.diagnostics
        self.strangers += file.strangers
        self.open.append(source.name)
        for section in file.others:
            node = section.line.node
            if isinstance(node, s.Use):
                yield from self.use(section, node, source.name)
        self.open.pop()
        self.files[source.name] = file

    def use(self, section: s.Section, node: s.Use, user: str) -> Iterator[None]:
        target = node.target
        origin = section.origin(section.line, target.loc)
        self.uses += 1
        if self.uses > MAX_USES:
            if self.uses == MAX_USES + 1:
                self.findings.append(
                    Finding("E302", origin, f"A show has at most {MAX_USES} `use` lines.", "Use fewer files.")
                )
            self.partial = True
            return
        found: Source | None
        if isinstance(target, s.Name):
            found = self.library.module(target.id)
            if found is None:
                self.partial = True
                names = self.library.modules()
                self.findings.append(
                    Finding(
                        "E205",
                        origin,
                        f"Unknown module “{target.id}”.{nearest(target.id, names)}",
                        f"Modules: {', '.join(names)}. To use a file, quote its name.",
                    )
                )
                return
        else:
            loaded = self.library.file(target.value, user)
            if isinstance(loaded, str):
                self.partial = True
                hint = "The path is relative to this sheet."
                if target.value.removesuffix(".cues") in self.library.modules():
                    hint = f"For the module write `use {target.value.removesuffix('.cues')}`. {hint}"
                self.findings.append(Finding("E205", origin, loaded, hint))
                return
            found = loaded
        if found.name in self.open:
            circle = " → ".join([*self.open[self.open.index(found.name) :], found.name])
            self.findings.append(Finding("E210", origin, f"Circular `use`: {circle}.", "Remove this line."))
        elif len(self.open) >= MAX_USE_DEPTH:
            self.findings.append(
                Finding("E205", origin, f"`use` is nested more than {MAX_USE_DEPTH} deep.", "Use it higher up.")
            )
        elif found.name not in self.files:
            yield from self.load(found)


def _is_rig(file: File) -> bool:
    return any(isinstance(section.line.node, s.Rig) for section in file.others)
