"""Markdown of the guide for a terminal, and as plain text for everything else."""

from __future__ import annotations

import re
from io import StringIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, TableElement
from rich.syntax import Syntax
from rich.table import Table

MAX_COLUMNS = 100
"""Columns of a page; longer lines are hard to read."""

_LINK = re.compile(r"\[([^\]]*)\]\((?:(\w+)\.md)?(?:#[\w-]*)?\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")


class _WholeTable(TableElement):
    """A table whose cells are folded and never cut."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            if isinstance(part, Table):
                for column in part.columns:
                    column.overflow = "fold"
            yield part


class _Block(CodeBlock):
    """A block of code that begins at the left edge, so that it can be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = str(self.text).rstrip()
        yield Syntax(text, self.lexer_name, theme=self.theme, word_wrap=True, padding=(1, 0))


class _Page(Markdown):
    elements = {**Markdown.elements, "table_open": _WholeTable, "fence": _Block}  # noqa: RUF012


def page(text: str) -> Markdown:
    """A page of the guide for a console of rich; links show their text alone."""
    return _Page(_LINK.sub(_linked, text), hyperlinks=False, code_theme="ansi_dark")


def plain(text: str) -> str:
    """The same without colours; names of the language keep their backquotes."""
    console = Console(file=StringIO(), width=MAX_COLUMNS, color_system=None, force_terminal=False, highlight=False)
    console.print(page(_outside_fences(text)))
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()).strip("\n")


def _outside_fences(text: str) -> str:
    parts, at = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_CODE.sub(r"`` `\1` ``", text[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join((*parts, _CODE.sub(r"`` `\1` ``", text[at:])))


def _linked(found: re.Match[str]) -> str:
    """A link to another page, for a place where links cannot be followed."""
    return f"{found[1]} (guide {found[2]})" if found[2] else found[1]
