"""`cuelang lsp` as a process: only the protocol on its standard output, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from tests.sheets.editing import RIG, Desk, editing

COMMAND = [sys.executable, "-m", "cuelang", "lsp", "--stdio"]
SHEET = 'camera foh "sim://foh"\n    preset wide = 1\n\ncue 1\n    move foh to wide\n'


@contextmanager
def started(**_options: object) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[tuple[Desk, subprocess.Popen[bytes]]]:
    with started() as server:
        assert server.stdin is not None and server.stdout is not None
        desk = Desk(folder, server.stdout.fileno(), server.stdin.fileno())
        yield desk, server


@pytest.mark.skipif(os.name == "nt", reason="this client needs a loop with subprocesses")
async def test_a_client_that_we_did_not_write_is_served(tmp_path: Path) -> None:
    client = LanguageClient("editor", "1")
    published: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def heard(params: lsp.PublishDiagnosticsParams) -> None:
        published.put_nowait(params)

    await client.start_io(*COMMAND)
    given = await client.initialize_async(lsp.InitializeParams(lsp.ClientCapabilities(), process_id=os.getpid()))
    assert given.server_info is not None and given.server_info.name == "cuelang"
    able = given.capabilities
    for what in (
        able.completion_provider,
        able.hover_provider,
        able.inlay_hint_provider,
        able.definition_provider,
        able.references_provider,
        able.rename_provider,
        able.document_symbol_provider,
        able.folding_range_provider,
        able.document_formatting_provider,
        able.semantic_tokens_provider,
        able.code_action_provider,
    ):
        assert what
    client.initialized(lsp.InitializedParams())
    uri = (tmp_path / "x.cues").as_uri()
    text = SHEET.replace("to wide", "to wid")
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "cuelang", 1, text)))
    [found] = (await asyncio.wait_for(published.get(), 30)).diagnostics
    assert found.code == "E202" and found.range == lsp.Range(lsp.Position(4, 16), lsp.Position(4, 19))
    await client.shutdown_async(None)
    client.exit(None)
    await asyncio.wait_for(client.stop(), 40)


async def test_it_ends_with_0_after_shutdown_and_exit_and_with_1_without(tmp_path: Path) -> None:
    for shut_down, code in ((True, 0), (False, 1)):
        async with talking(tmp_path) as (desk, server):
            await desk.start()
            if shut_down:
                assert await desk.ask("shutdown", None) is None
                answer = await desk.answer("textDocument/hover", {})
                assert answer["error"]["code"] == -32600
            desk.tell("exit", None)
            assert await asyncio.to_thread(server.wait, 20) == code


async def test_a_client_that_dies_ends_it(tmp_path: Path) -> None:
    async with talking(tmp_path) as (desk, server):
        await desk.start()
        await desk.open("x.cues", SHEET)
        assert server.stdin is not None
        server.stdin.close()
        assert await asyncio.to_thread(server.wait, 20) == 1


@pytest.mark.skipif(os.name == "nt", reason="there the line ends with the client")
async def test_a_client_whose_process_is_gone_ends_it_though_the_line_is_held_open(tmp_path: Path) -> None:
    client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    async with talking(tmp_path) as (desk, server):
        await desk.start(processId=client.pid)
        assert server.poll() is None
        client.communicate(b"\n")
        assert await asyncio.to_thread(server.wait, 20) == 1


async def test_nothing_but_the_protocol_is_on_its_standard_output() -> None:
    """What a print would write goes to standard error."""
    code = (
        "import cuelang.sheets.editor.features as f, os; real = f.complete\n"
        "def noisy(ls, params):\n    print('a word'); os.system('echo a child'); return real(ls, params)\n"
        "f.complete = noisy\nfrom cuelang.sheets.editor.server import serve; raise SystemExit(serve())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        messages: list[dict[str, object]] = [
            {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
            {"method": "textDocument/didOpen", "params": {"textDocument": {
                "uri": "file:///x.cues", "languageId": "cuelang", "version": 1, "text": SHEET}}},
            {"id": 2, "method": "textDocument/completion", "params": {
                "textDocument": {"uri": "file:///x.cues"}, "position": {"line": 4, "character": 4}}},
            {"id": 3, "method": "shutdown"}, {"method": "exit"},
        ]  # fmt: skip
        out, err = server.communicate(b"".join(framed(one) for one in messages), 60)
    while out:
        head, _, rest = out.partition(b"\r\n\r\n")
        assert head.startswith(b"Content-Length: ")
        length = int(head.removeprefix(b"Content-Length: "))
        assert json.loads(rest[:length])["jsonrpc"] == "2.0"
        out = rest[length:]
    assert b"a word" in err and b"a child" in err and server.returncode == 0


def framed(message: dict[str, object]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def test_a_machine_without_pygls_is_told_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError(\"No module named 'pygls'\", name='pygls')")
    run = subprocess.run(
        COMMAND, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(tmp_path)}, input=""
    )
    assert run.returncode == 2 and 'pip install "cuelang[lsp]"' in run.stderr and not run.stdout


# --- whatever a client sends ---

NONSENSE = [
    b"\r\n\r\n", b"hello\n", b"Content-Length: x\r\n\r\n", b"Content-Length: -5\r\n\r\n", b"\xff\xfe\x00\r\n",
    b"Content-Length: 2\r\n\r\n[]", b"Content-Length: 1\r\n\r\n{", b"Content-Length: 4\r\n\r\nnull",
    b"Content-Length: 99999999999999999999\r\n\r\n", b"Content-Length: 0\r\n\r\n",
    b"content-length: 17\r\nX: y\r\n\r\n" + b'{"jsonrpc":"2.0"}', b"A" * 200_000 + b"\n",
    b"Content-Length: 40000\r\n\r\n" + b"[" * 40_000,
]  # fmt: skip

VALUES: list[object] = [
    None, True, -1, 2**40, 1.5, "", "x", "\ud800", [], {}, [[]], {"uri": "file:///x.cues"},
    {"line": -1, "character": -5},
    {"line": 10**9, "character": 10**9}, {"start": {}, "end": {}}, "file:///\x00", "http://x/y", {"capabilities": None},
]  # fmt: skip


async def test_nonsense_between_messages_is_skipped(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        for noise in NONSENSE:
            desk.raw(noise)
        await desk.start()
        await desk.open("globe.cues")
        for noise in NONSENSE:
            desk.raw(noise)
            assert await desk.findings("globe.cues") == [], noise


async def test_a_question_before_the_beginning_and_one_that_is_unknown_are_refused(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        assert (await desk.answer("textDocument/hover", {}))["error"]["code"] == -32002
        await desk.start()
        assert (await desk.answer("textDocument/levitate", {}))["error"]["code"] == -32601
        assert (await desk.answer("textDocument/hover", {"textDocument": 3}))["error"]["code"] == -32602
        there = {"textDocument": {"uri": "file:///not/open.cues"}, "position": {"line": 0, "character": 0}}
        assert "is not open" in (await desk.answer("textDocument/hover", there))["error"]["message"]


@pytest.mark.parametrize("seed", range(4))
async def test_no_message_ends_it(tmp_path: Path, seed: int) -> None:
    """Every method with every kind of parameters, wrong edits among them; each question gets its answer."""
    chance = random.Random(seed)
    methods = [name for name in lsp.METHOD_TO_TYPES if name not in (lsp.EXIT, lsp.SHUTDOWN)]
    async with editing(tmp_path, globe=RIG) as desk:
        await desk.start()
        await desk.open("globe.cues")
        uri = {"uri": desk.uri("globe.cues"), "version": 2}
        asked = []
        for _ in range(300):
            params: object = chance.choice(VALUES)
            if chance.random() < 0.7:
                place = {"line": chance.randint(-2, 20), "character": chance.randint(-2, 60)}
                end = {"line": chance.randint(-2, 20), "character": chance.randint(-2, 60)}
                text = "".join(chance.choices(' \n\r\t"#(){}=,.🎭cue1move foh', k=chance.randint(0, 12)))
                params = {
                    "textDocument": uri,
                    "position": place,
                    "range": {"start": place, "end": end},
                    "newName": text,
                    "context": chance.choice(VALUES),
                    "options": chance.choice(VALUES),
                    "contentChanges": [{"range": {"start": place, "end": end}, "text": text}, chance.choice(VALUES)]
                    if chance.random() < 0.3
                    else [{"range": {"start": place, "end": end}, "text": text}],
                }
            method = chance.choice(methods if chance.random() < 0.5 else [lsp.TEXT_DOCUMENT_DID_CHANGE, *ASKED])
            if chance.random() < 0.6:
                desk.number += 1
                asked.append(desk.number)
                desk.send({"id": desk.number, "method": method, "params": params})
            else:
                desk.send({"method": method, "params": params})
        await desk.until(lambda: not set(asked) - {one.get("id") for one in desk.messages if "method" not in one})
        desk.texts["globe.cues"] = RIG
        desk.tell("textDocument/didOpen", {"textDocument": {**uri, "languageId": "cuelang", "text": RIG}})
        desk.versions["globe.cues"] = 2
        assert await desk.findings("globe.cues") == []


ASKED = [
    lsp.TEXT_DOCUMENT_COMPLETION, lsp.TEXT_DOCUMENT_HOVER, lsp.TEXT_DOCUMENT_DEFINITION, lsp.TEXT_DOCUMENT_RENAME,
    lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.TEXT_DOCUMENT_FORMATTING, lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, lsp.TEXT_DOCUMENT_FOLDING_RANGE, lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE,
]  # fmt: skip
