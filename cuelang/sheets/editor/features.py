"""What an editor asks, and how it is answered."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from cuelang.diagnostics import Diagnostic
from cuelang.lang import syntax as s
from cuelang.lang.format import format_text
from cuelang.plan import cue_number
from cuelang.sheets.editor import completion, convert, hints, look, names, tokens
from cuelang.sheets.editor.actions import Edit, fixes
from cuelang.sheets.editor.documents import Document, TextPlace, body, differing, rows_of
from cuelang.sheets.editor.hover import at_place, hover, inside
from cuelang.sheets.editor.outline import folds
from cuelang.sheets.editor.prefix import prefix
from cuelang.sheets.editor.server import SLICE_S, Editor
from cuelang.sheets.editor.shows import EditorShow
from cuelang.sheets.editor.wire import Prepared
from cuelang.source import Span

TRIGGERS = [" ", '"', "{", ",", "("]
_WORD = re.compile(r"[^\W\d]\w*")


def register(editor: Editor) -> None:
    """Take on everything that is here."""
    for method, handler, options in (
        (lsp.TEXT_DOCUMENT_COMPLETION, complete, lsp.CompletionOptions(trigger_characters=TRIGGERS)),
        (lsp.TEXT_DOCUMENT_HOVER, hovered, None),
        (lsp.TEXT_DOCUMENT_DEFINITION, definition, None),
        (lsp.TEXT_DOCUMENT_REFERENCES, references, None),
        (lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, highlight, None),
        (lsp.TEXT_DOCUMENT_PREPARE_RENAME, prepare_rename, None),
        (lsp.TEXT_DOCUMENT_RENAME, rename, lsp.RenameOptions(prepare_provider=True)),
        (lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, symbols, None),
        (lsp.TEXT_DOCUMENT_FOLDING_RANGE, folding, None),
        (lsp.TEXT_DOCUMENT_FORMATTING, formatting, None),
        (lsp.TEXT_DOCUMENT_INLAY_HINT, inlay_hints, None),
        (lsp.TEXT_DOCUMENT_CODE_ACTION, code_actions, lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix])),
        (
            lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
            all_tokens,
            lsp.SemanticTokensLegend(list(tokens.TYPES), list(tokens.MODIFIERS)),
        ),
        (lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, range_tokens, None),
        (lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, files_changed, None),
        (lsp.TEXT_DOCUMENT_DID_SAVE, saved, None),
        (lsp.INITIALIZED, initialized, None),
    ):
        take(editor, method, handler, options)


def take(editor: Editor, method: str, handler: Callable[..., Any], options: Any) -> None:
    waits = inspect.iscoroutinefunction(handler) and handler is not all_tokens  # which is long, and can wait
    editor.feature(method, options)(counted(handler) if waits else handler)


def counted(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A question that the compiler pauses for until it is answered."""

    @functools.wraps(handler)
    async def asking(ls: Editor, params: Any) -> Any:
        ls.asked += 1
        try:
            return await handler(ls, params)
        finally:
            ls.asked -= 1

    return asking


def initialized(ls: Editor, _params: Any) -> None:
    """Hear of files that change on the disk, from editors that can tell."""
    workspace = ls.client.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is not None and watching.dynamic_registration:
        options = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher("**/*.cues")])
        ls.client_register_capability(
            lsp.RegistrationParams([lsp.Registration("sheets", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)])
        )


def files_changed(ls: Editor, _params: Any) -> None:
    ls.arrange()


def saved(ls: Editor, _params: Any) -> None:
    ls.arrange()


# --- one place ---


def _open(ls: Editor, params: Any) -> Document:
    document = ls.document(params.text_document.uri)
    if document is None:
        raise JsonRpcInvalidParams(f"{params.text_document.uri} is not open.")
    return document


def _place(document: Document, position: lsp.Position) -> TextPlace:
    return document.place(position.line, position.character)


def _show(ls: Editor, document: Document) -> EditorShow | None:
    """The show through which a sheet is explained: the first that has been looked at."""
    shows = ls.shows_of(document)
    return next((one for one in shows if one.whole is not None), shows[0] if shows else None)


def complete(ls: Editor, params: lsp.CompletionParams) -> lsp.CompletionList:
    document = _open(ls, params)
    place = _place(document, params.position)
    show = _show(ls, document)
    whole = show.whole if show is not None else None
    at = prefix(document.rows, place.line, place.column)
    entries, all_ = completion.complete(
        completion.CompletionPlace(
            at,
            whole.env if whole is not None else None,
            whole.plan if whole is not None else None,
            ls.library,
            os.path.dirname(document.name),
        )
    )
    written = len(at.word)
    if at.quoted is not None:
        written = len(at.quoted.rpartition("{")[2] if "{" in at.quoted else at.quoted)
    rows = convert.Rows(document.rows, document.encoding)
    replaced = rows.between(TextPlace(place.line, place.column - written), place)
    able = ls.client.text_document.completion if ls.client.text_document is not None else None
    item = able.completion_item if able is not None else None
    snippets = bool(item is not None and item.snippet_support)
    return lsp.CompletionList(
        not all_, [convert.completion_item(one, index, replaced, snippets) for index, one in enumerate(entries)]
    )


def _seen(ls: Editor, document: Document, line: int) -> look.Seen:
    show = _show(ls, document)
    if show is None:
        return look.read(document, line, line + 1)
    return look.look(document, line, line + 1, show.whole, show.library, show.compiler.cache)


async def hovered(ls: Editor, params: lsp.HoverParams) -> lsp.Hover | None:
    """At once, from what is known; if that is nothing and a name may be new, when what was typed has been compiled."""
    document = _open(ls, params)
    found = _hover(ls, document, _place(document, params.position))
    show = _show(ls, document)
    if found is None and (show is None or show.unnamed) and not ls.settled.is_set():
        await ls.whole(document)
        found = _hover(ls, document, _place(document, params.position))
    return found


def _hover(ls: Editor, document: Document, place: TextPlace) -> lsp.Hover | None:
    show = _show(ls, document)
    row = body(document.rows[place.line])
    word = next((one[0] for one in _WORD.finditer(row) if one.start() <= place.column <= one.end()), "")
    text, span = hover(_seen(ls, document, place.line), place, show.whole if show is not None else None, word)
    if not text:
        return None
    where = convert.Rows(document.rows, document.encoding).range(span) if span is not None else None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), where)


# --- names ---


async def _named(ls: Editor, params: Any) -> tuple[Document, EditorShow, names.NameUse, names.Thing] | None:
    """What is named at a place, in a show that has all that was typed."""
    document = _open(ls, params)
    await ls.whole(document)
    show = _show(ls, document)
    if show is None or show.whole is None:
        return None
    place = _place(document, params.position)
    use = at_place(look.read(document, place.line, place.line + 1), place)
    found = names.thing(use, show.whole.env) if use is not None else None
    return (document, show, use, found) if use is not None and found is not None else None


async def definition(ls: Editor, params: lsp.DefinitionParams) -> list[lsp.Location]:
    found = await _named(ls, params)
    if found is None:
        return []
    _, show, use, thing = found
    assert show.whole is not None
    if thing.kind == "local":
        return [ls.location(one.span) for one in _uses(show, thing) if one.declares][:1]
    if thing.kind in ("file", "module"):
        return _file(ls, use, thing)
    if thing.kind == "parameter":
        return []
    sections = [section for file in show.whole.files.values() for section in file.sections]
    return [ls.location(span) for span in names.declared(thing, show.whole.env, sections)]


def _file(ls: Editor, use: names.NameUse, thing: names.Thing) -> list[lsp.Location]:
    if thing.kind == "module":
        source = ls.library.module(thing.id)
    else:
        found = ls.library.file(thing.id, use.origin.block.file)
        source = found if not isinstance(found, str) else None
    return [ls.location(Span(source.name, 1, 1, 1, 1))] if source is not None else []


def _uses(show: EditorShow, thing: names.Thing) -> list[names.NameUse]:
    """Every use of a thing in a show; of a preset also those that hang together with it."""
    whole = show.whole
    assert whole is not None
    if thing.kind == "local":
        sections = [section for section in whole.files[thing.where[0]].sections if section.block.line == thing.where[1]]
    else:
        sections = [section for file in whole.files.values() for section in file.sections]
    every = [use for section in sections for use in show.uses(section) if use.id == thing.id]
    thing = names.widened(thing, every, whole.env)
    return [use for use in every if names.same(use, thing, whole.env)]


async def references(ls: Editor, params: lsp.ReferenceParams) -> list[lsp.Location]:
    found = await _named(ls, params)
    if found is None:
        return []
    document, _, _, thing = found
    places = {
        use.span: use
        for show in ls.shows_of(document)
        if show.whole is not None
        for use in _uses(show, thing)
        if params.context.include_declaration or not use.declares or use.kind != thing.kind
    }
    return [ls.location(span) for span in sorted(places)]


async def highlight(ls: Editor, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
    found = await _named(ls, params)
    if found is None:
        return []
    document, show, _, thing = found
    rows = convert.Rows(document.rows, document.encoding)
    return [lsp.DocumentHighlight(rows.range(use.span)) for use in _uses(show, thing) if use.span.file == document.name]


RENAMED: tuple[names.Kind, ...] = (
    "camera", "group", "let", "macro", "preset", "cue", "input", "output", "switcher", "source", "local",
)  # fmt: skip


async def prepare_rename(ls: Editor, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
    found = await _named(ls, params)
    if found is None or found[3].kind not in RENAMED:
        return None
    document, _, use, thing = found
    return lsp.PrepareRenamePlaceholder(convert.Rows(document.rows, document.encoding).range(use.span), thing.id)


async def rename(ls: Editor, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    found = await _named(ls, params)
    if found is None or found[3].kind not in RENAMED:
        raise JsonRpcInvalidParams("This cannot be renamed.")
    document, _, _, thing = found
    new = params.new_name.strip()
    changes: dict[str, dict[Span, str]] = {}
    for show in ls.shows_of(document):
        if show.whole is None:
            continue
        problem = hints.rename_problem(thing, new, show.whole)
        if problem:
            raise JsonRpcInvalidParams(problem)
        for use in _uses(show, thing):
            if not names.in_library(use.span.file, ls.library.path(use.span.file)):
                changes.setdefault(use.span.file, {})[use.span] = cue_number(new) if thing.kind == "cue" else new
    edits: dict[str, list[lsp.TextEdit]] = {}
    for name, spans in changes.items():
        rows = ls.rows(name)
        edits.setdefault(convert_uri(ls, name), []).extend(
            lsp.TextEdit(rows.range(span), text) for span, text in sorted(spans.items())
        )
    return lsp.WorkspaceEdit(changes=edits)


def convert_uri(ls: Editor, name: str) -> str:
    return ls.location(Span(name, 1, 1, 1, 1)).uri


# --- the sheet ---


async def symbols(ls: Editor, params: lsp.DocumentSymbolParams) -> Prepared:
    """A long answer: what is short, and was asked with it, goes before it."""
    _open(ls, params)
    for _ in range(2):
        await asyncio.sleep(0)
    return Prepared(ls.symbols[_open(ls, params).uri].json())


def folding(ls: Editor, params: lsp.FoldingRangeParams) -> Prepared:
    return Prepared(convert.folding(folds(_open(ls, params).rows)).encode())


def formatting(ls: Editor, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
    """The canonical layout, whatever the editor would indent with. None for a sheet whose form has mistakes."""
    document = _open(ls, params)
    text = format_text(document.text)
    if text is None:
        return None
    after = rows_of(text)
    first, last, end = differing(document.rows, after)
    if first == last and first == end:
        return []
    rows = convert.Rows(document.rows, document.encoding)
    stop = TextPlace(last, 0) if last < len(document.rows) else TextPlace(last - 1, len(body(document.rows[last - 1])))
    return [lsp.TextEdit(rows.between(TextPlace(first, 0), stop), "".join(after[first:end]))]


async def inlay_hints(ls: Editor, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    document = _open(ls, params)
    shows = await ls.whole(document)
    show = next((one for one in shows if one.whole is not None), None)
    if show is None:
        return []
    rows = convert.Rows(document.rows, document.encoding)
    return [
        lsp.InlayHint(
            rows.position(one.line, len(body(document.rows[one.line]))), one.text, padding_left=True, tooltip=one.about
        )
        for one in hints.arrivals(show, document.name, params.range.start.line, params.range.end.line)
        if one.line < len(document.rows)
    ]


def code_actions(ls: Editor, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    document = _open(ls, params)
    show = _show(ls, document)
    if show is None:
        return []
    rows = convert.Rows(document.rows, document.encoding)
    start, end = _place(document, params.range.start), _place(document, params.range.end)

    def tried(changed: Document, line: int) -> list[Diagnostic]:
        return look.look(changed, line, line + 1, show.whole, show.library, show.compiler.cache).diagnostics

    found: dict[tuple[str, Edit], lsp.CodeAction] = {}
    for one in ls.findings(document.name):
        if not (inside(one.span, start) or inside(one.span, end) or start.line <= one.span.line - 1 <= end.line):
            continue
        for fix in fixes(document, one, tried):
            known = found.get((fix.title, fix.edit))
            if known is not None:  # two things that are wrong, and one edit mends both
                known.diagnostics = [*(known.diagnostics or ()), ls.diagnostic(one)]
                continue
            edit = lsp.TextEdit(rows.between(fix.edit.start, fix.edit.end), fix.edit.text)
            found[fix.title, fix.edit] = lsp.CodeAction(
                fix.title,
                lsp.CodeActionKind.QuickFix,
                [ls.diagnostic(one)],
                is_preferred=fix.preferred,
                edit=lsp.WorkspaceEdit(changes={document.uri: [edit]}),
            )
        if len(found) > 30:
            break
    return [*found.values()]


# --- colours ---


def range_tokens(ls: Editor, params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens:
    document = _open(ls, params)
    first = _place(document, params.range.start).line
    last = _place(document, params.range.end).line + 1
    found = list(_blocks(ls, document, first, last))
    return lsp.SemanticTokens(
        convert.token_data((one for block in found for one in block if first <= one.line < last), document)
    )


async def all_tokens(ls: Editor, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
    document = _open(ls, params)
    found: list[tokens.SemanticToken] = []
    loop = asyncio.get_running_loop()
    until = loop.time() + SLICE_S
    for block in _blocks(ls, document, 0, len(document.rows)):
        found += block
        if loop.time() >= until:
            await asyncio.sleep(0)
            until = loop.time() + SLICE_S
    return lsp.SemanticTokens(convert.token_data((one for one in found if one.line < len(document.rows)), document))


def _blocks(ls: Editor, document: Document, first: int, last: int) -> Iterator[list[tokens.SemanticToken]]:
    """The tokens of each block that reaches into some lines."""
    show = _show(ls, document)
    env = show.whole.env if show is not None and show.whole is not None else None
    cache = show.compiler.cache if show is not None else None
    rows = document.rows
    kept = show.colours(env) if show is not None else {}
    line = first
    while line < min(last, len(rows)):
        begun, end = document.block(line)
        text = "".join(rows[begun:end])
        known = kept.get(text)
        if known is None:
            section: tuple[s.Section, ...] = look.read(document, begun, end, cache).file.sections
            known = kept[text] = [
                one._replace(line=one.line - begun) for one in tokens.tokens(rows[begun:end], begun, section, env)
            ]
        yield [one._replace(line=one.line + begun) for one in known]
        line = end
