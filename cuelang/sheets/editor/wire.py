"""The language server's end of the line: nothing that a client sends ends it.

pygls has the protocol's types and calls the handlers. Reading, what is not a request, and large answers are ours: pygls
would end at a length that is not a number, and would leave a request that it cannot read without an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from typing import Any, BinaryIO, NamedTuple

from lsprotocol import types as lsp
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcMethodNotFound
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from cuelang.sheets.editor.line import Frames, Outlet, hear

WATCH_S = 3.0
"""Seconds between two looks at whether the client's process is still there."""

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED = -32002
INTERNAL = -32603

logging.getLogger("pygls").setLevel(logging.CRITICAL)  # `report_server_error` says what went wrong


class Prepared(NamedTuple):
    """An answer that is JSON already."""

    json: bytes


class Protocol(LanguageServerProtocol):
    """pygls's protocol without its copy of the texts: ours are changed in place."""

    _server: EditorServer
    encoding: str = "utf-16"

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(self, params: lsp.InitializeParams) -> lsp.InitializeResult:  # type: ignore[override]
        """Answer with what there is; positions are in UTF-8 if the client offers it, else in UTF-16."""
        self.client_capabilities = params.capabilities
        general = params.capabilities.general
        offered = (general.position_encodings or []) if general is not None else []
        self.encoding = "utf-8" if "utf-8" in [str(getattr(one, "value", one)) for one in offered] else "utf-16"
        self._server.began(params)
        builder = ServerCapabilitiesBuilder(
            params.capabilities,
            {*self.fm.features, *self.fm.builtin_features},
            self.fm.feature_options,
            list(self.fm.commands),
            lsp.TextDocumentSyncKind.Incremental,
            None,
            lsp.PositionEncodingKind(self.encoding),
        )
        self.server_capabilities = builder.build()  # type: ignore[no-untyped-call]
        return lsp.InitializeResult(capabilities=self.server_capabilities, server_info=self.server_info)

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *args: Any) -> None:  # type: ignore[override]
        self._server.end(0 if self._shutdown else 1)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> None:
        self._server.opened(params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> None:
        self._server.changed(params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> None:
        self._server.closed(params)

    @lsp_method(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(self, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        self._server.folders_changed(params.event)

    @property
    def over(self) -> bool:
        """Whether the client has asked to shut down."""
        return bool(self._shutdown)

    def _send_data(self, data: Any) -> None:
        self._server.write(json.dumps(data, default=self._serialize_message))

    def _send_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        if isinstance(result, Prepared) and error is None:
            head = f'{{"jsonrpc":"2.0","id":{json.dumps(msg_id)},"result":'
            self._server.outlet.send(head.encode(), result.json, b"}")
        else:
            if error is not None and error.code == INTERNAL:  # its traceback is not for the person at the keys
                error = lsp.ResponseError(INTERNAL, "Internal error of cuelang, not a problem in your sheet.")
            super()._send_response(msg_id, result, error)


class EditorServer(LanguageServer):
    """A language server on two streams. What it does with the texts is in `cuelang/sheets/editor/server.py`."""

    protocol: Protocol

    def __init__(self, name: str, version: str, output: BinaryIO) -> None:
        super().__init__(name, version, protocol_cls=Protocol)
        self.output = output
        loop = asyncio.get_running_loop()

        def gone() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self.end, 1)

        self.outlet = Outlet(output, gone)
        self.frames = Frames()
        self.pieces = 0
        """How many pieces have come in."""
        self.code: int | None = None
        self.ended = asyncio.Event()
        self.initialized = False

    # --- what it is asked for ---

    def began(self, params: lsp.InitializeParams) -> None:
        raise NotImplementedError

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        raise NotImplementedError

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        raise NotImplementedError

    def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        raise NotImplementedError

    def folders_changed(self, event: lsp.WorkspaceFoldersChangeEvent) -> None:
        raise NotImplementedError

    # --- the line ---

    def end(self, code: int) -> None:
        if self.code is None:
            self.code = code
        self.ended.set()

    def report_server_error(self, error: Exception, source: Any) -> None:
        if isinstance(error, JsonRpcMethodNotFound | JsonRpcInvalidParams):
            return  # which its sender hears
        print(f"cuelang lsp: {type(error).__name__}: {str(error)[:500]}", file=sys.stderr)  # noqa: T201 - the client's log

    def write(self, body: str) -> None:
        self.outlet.send(body.encode("utf-8", "backslashreplace"))

    def refuse(self, number: Any, code: int, message: str) -> None:
        known = number if isinstance(number, (str, int)) and not isinstance(number, bool) else None
        self.write(json.dumps({"jsonrpc": "2.0", "id": known, "error": {"code": code, "message": message}}))

    def receive(self, body: bytes) -> None:
        """One message, whatever it is."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            self.refuse(None, PARSE_ERROR, "This is not JSON.")
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != "2.0":
            self.refuse(None, INVALID_REQUEST, "This is not a message of JSON-RPC 2.0.")
            return
        method, number = data.get("method"), data.get("id")
        asks = "id" in data and method is not None
        if not self.fits(data, method, number, asks):
            return
        try:
            message = self.protocol.structure_message(data)
        except Exception as error:  # whatever the conversion makes of it
            if asks:
                self.refuse(number, INVALID_PARAMS, f"The parameters of {method} cannot be read: {error}")
            return
        if method == lsp.INITIALIZE:
            self.initialized = True
        try:
            self.protocol.handle_message(message)
        except Exception as error:  # no message ends the server
            self.report_server_error(error, type(error))

    def fits(self, data: dict[str, Any], method: Any, number: Any, asks: bool) -> bool:
        """Whether a message can be heard; a request that cannot is refused."""
        if method is None and "id" not in data:
            self.refuse(None, INVALID_REQUEST, "This is not a message of JSON-RPC 2.0.")
        elif asks and (not isinstance(number, (str, int)) or isinstance(number, bool)):
            self.refuse(None, INVALID_REQUEST, "The id of a request is a number or a string.")
        elif not self.initialized and method not in (lsp.INITIALIZE, lsp.EXIT):
            if asks:
                self.refuse(number, NOT_INITIALIZED, "The first request is `initialize`.")
        elif asks and (self.protocol.over or (method == lsp.INITIALIZE and self.initialized)):
            self.refuse(number, INVALID_REQUEST, "Nothing is asked twice, or after `shutdown`.")
        elif method is not None and not isinstance(method, str):
            self.refuse(number, INVALID_REQUEST, "The method is a string.")
        elif asks and method in lsp.METHOD_TO_TYPES and lsp.METHOD_TO_TYPES[method][1] is None:
            self.refuse(number, METHOD_NOT_FOUND, f"{method} is a notification and has no answer.")
        else:
            return True
        return False

    def heard(self, data: bytes) -> None:
        """A piece of what the client sends; empty: it sends no more."""
        self.pieces += 1
        for body in self.frames.cut(data):
            if self.ended.is_set():
                return
            self.receive(body)
        if not data:
            self.end(0 if self.protocol.over else 1)

    async def run(self, source: int) -> int:
        """Serve what comes in on a file descriptor until its end. The exit code."""
        deaf = hear(source, self.heard)
        try:
            await self.ended.wait()
        finally:
            deaf()
            await asyncio.to_thread(self.outlet.finish)
        return self.code or 0

    async def watch(self, process: int) -> None:
        """End when the client's process is gone, though its end of the line is held open."""
        while alive(process):
            await asyncio.sleep(WATCH_S)
        self.end(1)


def alive(process: int) -> bool:
    if sys.platform == "win32":  # where that call sends a Ctrl-C; the client's pipe ends with it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError, ValueError):
        return True
    return True
