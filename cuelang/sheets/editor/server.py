"""The language server: what is open, the shows that it belongs to, and when they are compiled.

A change is looked at in its own block at once. Then, when the keys rest for a moment, each show that it is in is
compiled in slices, between which whatever the editor asks is answered; the next key drops a pass that is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from lsprotocol import types as lsp

from cuelang import __version__
from cuelang.aside import aside
from cuelang.diagnostics import Diagnostic
from cuelang.lang.collector import collector_paused
from cuelang.lang.compile import Compilation
from cuelang.library import Unreadable
from cuelang.sheets.editor import convert
from cuelang.sheets.editor.documents import Document, Encoding, TextChange, rows_of
from cuelang.sheets.editor.line import widen
from cuelang.sheets.editor.look import MOST_LINES
from cuelang.sheets.editor.prefix import warm_up
from cuelang.sheets.editor.shows import EditorOptions, EditorShow, Folders, Sheets, same_names, uri_of
from cuelang.sheets.editor.symbols import Symbols
from cuelang.sheets.editor.wire import EditorServer, alive
from cuelang.source import Span

REST_S = 0.03
"""Seconds without a key before a show is compiled."""
SLICE_S = 0.005
"""Seconds of work between two looks at what the editor asks."""
ROUNDS = 3
"""Turns of the loop in which nothing is read or answered before the compiler goes on: an answer takes as many."""
IDLE_S, MANY_PASSES = 20.0, 200
"""Python's collector looks at everything when there was no key for this many seconds, if there were more passes."""
MOST_SHOWN = 500
"""Findings that are shown of one sheet, errors first."""
PATIENCE_S = 10.0
"""Seconds that a question which needs the whole show waits for it."""


class Editor(EditorServer):
    """The server with what it knows of its client's texts."""

    def __init__(self, output: BinaryIO) -> None:
        super().__init__("cuelang", __version__, output)
        self.documents: dict[str, Document] = {}
        """By real path."""
        self.symbols: dict[str, Symbols] = {}
        """By the address of a sheet that is open."""
        self.library = Sheets(self.documents)
        self.folders = Folders(self.library)
        self.options = EditorOptions()
        self.shows: dict[str, EditorShow] = {}
        """By real path of the main sheet."""
        self.belongs: dict[str, list[EditorShow]] = {}
        """By real path of an open sheet: the shows that it is looked at through."""
        self.wake = asyncio.Event()
        self.settled = asyncio.Event()
        self.busy: EditorShow | None = None
        self.rested = 0.0
        """When the keys will have rested."""
        self.published: dict[str, tuple[int | None, list[Diagnostic]]] = {}
        """By address: the version and the findings that the editor has."""
        self.asked = 0
        """Questions that are being answered, and wait for nothing."""
        self.said: dict[str, dict[Diagnostic, tuple[object, str]]] = {}
        """By sheet: the JSON of its findings, with the lines that they are about."""
        self.tasks: list[asyncio.Task[None]] = []
        self.client = lsp.ClientCapabilities()

    # --- beginning ---

    def began(self, params: lsp.InitializeParams) -> None:
        self.client = params.capabilities
        roots = [folder.uri for folder in params.workspace_folders or []]
        roots = roots or ([params.root_uri] if params.root_uri else [])
        self.folders.roots = {path for uri in roots if os.path.isabs(path := convert.path_of(uri))}
        given = params.initialization_options
        if isinstance(given, dict):
            self.options = _options(given, next(iter(sorted(self.folders.roots)), ""))
        if isinstance(params.process_id, int) and params.process_id > 0 and alive(params.process_id):
            self.tasks.append(asyncio.ensure_future(self.watch(params.process_id)))
        self.tasks.append(asyncio.ensure_future(self.compile_in_slices()))
        aside(warm_up)  # the grammar takes half a second to load, which the first completion need not wait for

    def folders_changed(self, event: lsp.WorkspaceFoldersChangeEvent) -> None:
        self.folders.roots |= {path for one in event.added if os.path.isabs(path := convert.path_of(one.uri))}
        self.folders.roots -= {convert.path_of(one.uri) for one in event.removed}
        self.arrange()

    @property
    def encoding(self) -> Encoding:
        return "utf-8" if self.protocol.encoding == "utf-8" else "utf-16"

    # --- what is open ---

    def document(self, uri: str) -> Document | None:
        return self.documents.get(os.path.realpath(convert.path_of(uri)))

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        name = convert.path_of(item.uri)
        real = os.path.realpath(name)
        self.documents[real] = document = Document(item.uri, name, item.text, item.version, self.encoding)
        self.symbols[item.uri] = Symbols(document)
        self.arrange()

    def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        document = self.documents.pop(os.path.realpath(convert.path_of(params.text_document.uri)), None)
        if document is not None:
            self.symbols.pop(document.uri, None)
            self.arrange()

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        document = self.document(params.text_document.uri)
        if document is None:
            return
        document.version = params.text_document.version
        rearrange = False
        for event in params.content_changes:
            before = document.rows
            if isinstance(event, lsp.TextDocumentContentChangePartial):
                start, end = event.range.start, event.range.end
                first, last = document.place(start.line, start.character), document.place(end.line, end.character)
                touched = before[first.line : last.line + 1]
                change = document.edit(first, last, event.text)
            else:
                touched = before
                change = document.replace(event.text)
            now = document.rows[change.first : change.first + change.added]
            renamed = change.added > MOST_LINES or not same_names(touched, now)
            touched = [*touched, *now]
            rearrange = rearrange or any(row.startswith("use") for row in touched)
            self.edited(document, change, renamed)
        if rearrange:
            self.arrange()
        self.publish(document.name, document.version)
        self.rouse()

    def edited(self, document: Document, change: TextChange, renamed: bool) -> None:
        for show in self.shows_of(document):
            try:
                show.edited(document, change, renamed)
            except Exception as error:  # a fault of ours in what is typed must not keep the text from being taken
                self.report_server_error(error, type(error))

    def shows_of(self, document: Document) -> list[EditorShow]:
        return self.belongs.get(self.library.real(document.name), [])

    def arrange(self) -> None:
        """Which shows the open sheets belong to; those that nothing open belongs to are let go."""
        self.library.forget()
        self.belongs = {}
        wanted: dict[str, EditorShow] = {}
        for real, document in self.documents.items():
            for main in self.folders.shows_of(document.name):
                key = os.path.realpath(main)
                show = wanted.get(key) or self.shows.get(key) or EditorShow(main, self.library, self.options)
                wanted[key] = show
                self.belongs.setdefault(real, []).append(show)
        self.shows = wanted
        for show in wanted.values():
            show.stale = True
        self.rouse()
        for uri in list(self.published):
            self.publish(convert.path_of(uri), None)

    def rouse(self) -> None:
        self.settled.clear()
        self.rested = asyncio.get_running_loop().time() + REST_S
        self.wake.set()

    # --- compiling ---

    async def compile_in_slices(self) -> None:
        loop = asyncio.get_running_loop()
        passes = 0
        while True:
            try:
                await asyncio.wait_for(self.wake.wait(), IDLE_S)
            except TimeoutError:
                if passes > MANY_PASSES:  # what went round in circles is let go while no key is waiting
                    gc.unfreeze()
                    gc.collect()
                    gc.freeze()
                    passes = 0
                continue
            passes += 1
            while (left := self.rested - loop.time()) > 0:
                await asyncio.sleep(left)
            show = next((one for one in self.shows.values() if one.stale), None)
            if show is None:
                self.wake.clear()
                self.settled.set()
                continue
            self.busy = show
            try:
                await self.pass_over(show)
            except Unreadable as error:
                show.unread = str(error)
            except Exception as error:  # a fault of ours ends no editor's server
                self.report_server_error(error, type(error))
            finally:
                self.busy = None

    async def pass_over(self, show: EditorShow) -> None:
        """Compile it, unless a key comes meanwhile."""
        loop = asyncio.get_running_loop()
        work = show.begin()
        slices = work.slices()
        left = True
        while left:
            await self.questions()
            if show.stale or show not in self.shows.values():
                return
            left = self.one_slice(slices, loop.time() + SLICE_S)
        gc.freeze()
        self.take(show, work)

    async def questions(self) -> None:
        """Let go first what has come in meanwhile, and the questions that are being answered."""
        quiet = 0
        while quiet < ROUNDS:
            before = self.pieces
            await asyncio.sleep(0)
            quiet = 0 if self.asked or self.pieces != before else quiet + 1

    def one_slice(self, slices: Iterator[None], until: float) -> bool:
        """Work until then; whether there is more."""
        loop = asyncio.get_running_loop()
        with collector_paused():
            for _ in slices:
                if loop.time() >= until:
                    return True
        return False

    def take(self, show: EditorShow, work: Compilation) -> None:
        first = show.whole is None
        names = show.take(work)
        show.unread = ""
        for name in names | ({show.main} if first else set()):
            self.publish(name, self.version_of(name))
        for document in list(self.documents.values()):
            known = self.published.get(document.uri)
            if show in self.shows_of(document) and (known is None or known[0] != document.version):
                self.publish(document.name, document.version)
        window = self.client.workspace
        if window is not None and window.inlay_hint is not None and window.inlay_hint.refresh_support:
            self.protocol.send_request(lsp.WORKSPACE_INLAY_HINT_REFRESH)

    def version_of(self, name: str) -> int | None:
        document = self.library.open(name)
        return document.version if document is not None else None

    async def whole(self, document: Document) -> list[EditorShow]:
        """The document's shows, when what was typed is in them."""
        self.asked -= 1  # it is the compiler that is waited for
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.settled.wait()
        except TimeoutError:
            pass
        finally:
            self.asked += 1
        return self.shows_of(document)

    # --- findings ---

    def findings(self, name: str) -> list[Diagnostic]:
        """What all shows say of a sheet, each thing once: the errors first, if there are too many."""
        real = self.library.real(name)
        found: set[Diagnostic] = set()
        for show in self.shows.values():
            for sheet, listed in show.findings.items():
                if self.library.real(sheet) == real:
                    found.update(listed)
        if len(found) > MOST_SHOWN:
            found = set(sorted(found, key=lambda one: (not one.is_error, one.span))[:MOST_SHOWN])
        return sorted(found, key=lambda one: (one.span, one.code, one.message))

    def publish(self, name: str, version: int | None) -> None:
        uri = uri_of(name, self.library)
        found = self.findings(name)
        if self.published.get(uri) == (version, found) and version is not None:
            return
        if not found and uri not in self.published and version is None:
            return
        if found or version is not None:
            self.published[uri] = (version, found)
        else:
            self.published.pop(uri, None)
        shown = ",".join([*self.shown(name, found)])
        about = "" if version is None else f',"version":{version}'
        self.write(
            f'{{"jsonrpc":"2.0","method":"{lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS}"'
            f',"params":{{"uri":{json.dumps(uri)},"diagnostics":[{shown}]{about}}}}}'
        )

    def shown(self, name: str, found: list[Diagnostic]) -> Iterator[str]:
        """Each finding of a sheet as JSON, kept as long as the lines that it is about say the same."""
        before = self.said.get(name, {})
        kept = self.said[name] = {}
        every: dict[str, convert.Rows] = {}
        for one in found:
            sheets = {span.file: every.get(span.file) or self.rows(span.file) for span in _spans(one)}
            every |= sheets
            about = tuple(sheets[span.file].at(span) for span in _spans(one))
            known = before.get(one)
            if known is None or known[0] != about:
                related: list[dict[str, object]] = [
                    {
                        "location": {
                            "uri": uri_of(label.span.file, self.library),
                            "range": sheets[label.span.file].span(label.span),
                        },
                        "message": label.text,
                    }
                    for label in one.labels
                ]
                known = about, convert.published(one, sheets[one.span.file], related)
            kept[one] = known
            yield known[1]

    def diagnostic(self, found: Diagnostic) -> lsp.Diagnostic:
        related = (lsp.DiagnosticRelatedInformation(self.location(label.span), label.text) for label in found.labels)
        return convert.diagnostic(found, self.rows(found.span.file), related)

    def rows(self, name: str) -> convert.Rows:
        """The lines of a sheet as they are now, or as they were when a show was compiled."""
        document = self.library.open(name)
        if document is not None:
            return convert.Rows(document.rows, self.encoding)
        for show in self.shows.values():
            if show.whole is not None and name in show.whole.files:
                return convert.Rows(show.whole.files[name].source.lines, self.encoding)
        try:
            return convert.Rows(rows_of(self.library.text(self.library.path(name))), self.encoding)
        except Unreadable:
            return convert.Rows((), self.encoding)

    def location(self, span: Span) -> lsp.Location:
        return lsp.Location(uri_of(span.file, self.library), self.rows(span.file).range(span))


def _spans(found: Diagnostic) -> list[Span]:
    return [found.span, *(label.span for label in found.labels)]


def _options(given: dict[str, Any], folder: str) -> EditorOptions:
    rig = given.get("rig")
    settings = given.get("set")
    without = given.get("without")
    return EditorOptions(
        os.path.join(folder, rig) if isinstance(rig, str) and rig else "",
        {str(name): str(value) for name, value in settings.items()} if isinstance(settings, dict) else {},
        [str(name) for name in without] if isinstance(without, list) else (),
    )


def serve() -> int:
    """Speak with an editor on standard input and output until one of the two ends. The exit code.

    Nothing but the protocol goes out there: what anything else prints goes to standard error."""
    from cuelang.sheets.editor.features import register

    source, target = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    async def main(output: BinaryIO) -> int:
        gc.disable()  # it would walk the whole show at any key; see `compile_in_slices`
        editor = Editor(output)
        register(editor)
        try:
            return await editor.run(source)
        finally:
            for task in editor.tasks:
                task.cancel()

    widen(target)
    output = os.fdopen(target, "wb")
    try:
        return asyncio.run(main(output))
    finally:
        with contextlib.suppress(OSError, ValueError):
            output.close()
