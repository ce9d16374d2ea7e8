"""From our places and findings to those of the protocol, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp

from cuelang.diagnostics import Diagnostic
from cuelang.sheets.editor.completion import CompletionItem
from cuelang.sheets.editor.documents import Document, Encoding, TextPlace, units
from cuelang.sheets.editor.outline import Fold
from cuelang.sheets.editor.tokens import SemanticToken
from cuelang.source import Span

ENTRIES = {
    "keyword": lsp.CompletionItemKind.Keyword, "camera": lsp.CompletionItemKind.Class,
    "group": lsp.CompletionItemKind.Class, "preset": lsp.CompletionItemKind.EnumMember,
    "macro": lsp.CompletionItemKind.Function, "let": lsp.CompletionItemKind.Constant,
    "local": lsp.CompletionItemKind.Variable, "cue": lsp.CompletionItemKind.Event,
    "port": lsp.CompletionItemKind.Interface, "property": lsp.CompletionItemKind.Property,
    "value": lsp.CompletionItemKind.Value, "module": lsp.CompletionItemKind.Module,
    "file": lsp.CompletionItemKind.File, "source": lsp.CompletionItemKind.Class,
}  # fmt: skip


def path_of(uri: str) -> str:
    """The file that an address names; of one that is not a file's, the address. Half characters are in no path."""
    uri = uri.encode("utf-8", "replace").decode()
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return uri
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost"):
        return _windows(f"//{parts.netloc}{path}")
    return _windows(path[1:]) if len(path) > 2 and path[0] == "/" and path[2] == ":" else path  # file:///c:/shows


def _windows(path: str) -> str:
    """As Windows writes it, and as the sheets that this one uses are named."""
    return path.replace("/", "\\")


class Rows:
    """The lines of a sheet, for converting places in it."""

    def __init__(self, rows: Sequence[str], encoding: Encoding) -> None:
        self.rows = rows
        self.encoding: Encoding = encoding

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Both from 0, the column as the editor counts. A place outside the text is its nearest end."""
        if line >= len(self.rows):
            line = max(len(self.rows) - 1, 0)
            column = len(self.rows[line]) if self.rows else 0
        row = self.rows[line].rstrip("\r\n") if self.rows else ""
        return max(line, 0), units(row, max(0, min(column, len(row))), self.encoding)

    def position(self, line: int, column: int) -> lsp.Position:
        return lsp.Position(*self.place(line, column))

    def span(self, span: Span) -> dict[str, dict[str, int]]:
        """A range as the protocol has it."""
        begin = self.place(span.line - 1, span.column - 1)
        end = self.place(span.end_line - 1, span.end_column - 1)
        return {
            "start": {"line": begin[0], "character": begin[1]},
            "end": {"line": end[0], "character": end[1]},
        }

    def at(self, span: Span) -> tuple[str, str]:
        """The lines in which a stretch begins and ends; empty outside the text."""
        rows, last = self.rows, len(self.rows)
        first, end = span.line - 1, span.end_line - 1
        return rows[first] if first < last else "", rows[end] if end < last else ""

    def range(self, span: Span) -> lsp.Range:
        return lsp.Range(
            self.position(span.line - 1, span.column - 1), self.position(span.end_line - 1, span.end_column - 1)
        )

    def between(self, start: TextPlace, end: TextPlace) -> lsp.Range:
        return lsp.Range(self.position(*start), self.position(*end))


def diagnostic(found: Diagnostic, rows: Rows, related: Iterable[lsp.DiagnosticRelatedInformation]) -> lsp.Diagnostic:
    return lsp.Diagnostic(
        range=rows.range(found.span),
        message=f"{found.message}\n{found.hint}" if found.hint else found.message,
        severity=lsp.DiagnosticSeverity.Error if found.is_error else lsp.DiagnosticSeverity.Warning,
        code=found.code,
        source="cuelang",
        tags=[lsp.DiagnosticTag.Unnecessary] if found.code == "W605" else None,
        related_information=list(related) or None,
    )


def published(found: Diagnostic, rows: Rows, related: list[dict[str, object]]) -> str:
    """The JSON of a finding: of hundreds, the protocol's types would take longer than the compiler."""
    said: dict[str, object] = {
        "range": rows.span(found.span),
        "message": f"{found.message}\n{found.hint}" if found.hint else found.message,
        "severity": (lsp.DiagnosticSeverity.Error if found.is_error else lsp.DiagnosticSeverity.Warning).value,
        "code": found.code,
        "source": "cuelang",
    }
    if found.code == "W605":
        said["tags"] = [lsp.DiagnosticTag.Unnecessary.value]
    if related:
        said["relatedInformation"] = related
    return json.dumps(said)


def completion_item(entry: CompletionItem, index: int, replaced: lsp.Range, snippets: bool) -> lsp.CompletionItem:
    filled = snippets and bool(entry.snippet)
    return lsp.CompletionItem(
        label=entry.label,
        kind=ENTRIES[entry.kind],
        detail=entry.detail or None,
        sort_text=f"{index:04}",
        insert_text_format=lsp.InsertTextFormat.Snippet if filled else lsp.InsertTextFormat.PlainText,
        text_edit=lsp.TextEdit(replaced, entry.snippet if filled else entry.label),
    )


def folding(folds: Iterable[Fold]) -> str:
    """Folding ranges as JSON."""
    shown = (
        f'{{"startLine":{fold.first},"endLine":{fold.last}' + (f',"kind":"{fold.kind}"}}' if fold.kind else "}")
        for fold in folds
    )
    return f"[{','.join(shown)}]"


def token_data(tokens: Iterable[SemanticToken], document: Document) -> list[int]:
    """Semantic tokens as the protocol wants them: each five numbers, counted from the one before."""
    data: list[int] = []
    line = start = 0
    for token in tokens:
        row = document.rows[token.line]
        column, length = token.start, token.length
        if not row.isascii():
            column = units(row, token.start, document.encoding)
            length = units(row, token.start + token.length, document.encoding) - column
        data += (
            token.line - line,
            column - start if token.line == line else column,
            length,
            token.type,
            token.modifiers,
        )
        line, start = token.line, column
    return data
