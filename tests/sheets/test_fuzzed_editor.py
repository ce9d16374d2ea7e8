"""`cuelang lsp` and a client that does everything wrong: it goes on, and says nothing but the protocol."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

import pytest
from lsprotocol import types as lsp

from tests.sheets.editing import RIG

COMMAND = [sys.executable, "-m", "cuelang", "lsp", "--stdio"]
TEXTS = (
    RIG, "", "\ufeff" + RIG, RIG.replace("\n", "\r\n"), 'cue 1 "🎭 \ud83d"\n    move foh to wide\n',
    "cue 1\r\r\n\tstop all",
    'use "globe.cues"\nuse "gone.cues"\n\ncue 1\n    move foh to wide\n', "\x00\x01", "cue 1\n" * 3000, "(" * 5000,
    'use "night.cues"\n', "let a = " + "1 + " * 3000 + "1\n",
)  # fmt: skip
TYPED = ("", " ", "\n", "\r", "\r\n", "x", "🎭", "\udfad", "cue 2\n", "(", '"', "\t", 'use "night.cues"\n', "é" * 50)
OUTSIDE = (0, 1, 2, 3, 5, 30, 10**9, 2**31 - 1, 2**32, -1, -(2**40))
WRONG: tuple[Any, ...] = (
    None, True, 1.5, "x", [], {}, [None], {"uri": 3}, {"line": "1"}, 2**70, "\ud800", float("inf"),
)  # fmt: skip
QUESTIONS = tuple(
    name
    for name, (_, answer, *_) in lsp.METHOD_TO_TYPES.items()
    if answer is not None and name not in (lsp.SHUTDOWN, lsp.INITIALIZE)
)
NOISE = (
    b"\r\n", b"Content-Length: 7\r\n\r\n{\"a\":1}", b"Content-Length: many\r\n\r\n", b"Content-Type: x\r\n\r\n",
    b"Content-Length: -1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 300 + b"\n",
    b"Content-Length: 0\r\n\r\n",
    b"Content-Length: 5\r\nContent-Length: 2\r\n\r\n{}", b"Content-Length: 3\r\n\r\n\xff\xfe\xfd",
    b"Content-Length: 99999\r\n\r\n" + b"{" * 99_999, b'Content-Length: 24\r\n\r\n{"jsonrpc":"1.0","id":1}',
    b"B" * 100_000 + b"\r\n",
)  # fmt: skip


def framed(message: Any) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Hand:
    """Draws what the client does next, as bytes."""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self.chance = chance
        self.folder = folder
        self.number = 100
        self.asked: set[Any] = set()

    def place(self) -> dict[str, int]:
        near = self.chance.random() < 0.6
        pick = (lambda most: self.chance.randint(0, most)) if near else lambda _: self.chance.choice(OUTSIDE)
        return {"line": pick(15), "character": pick(40)}

    def uri(self) -> Any:
        names = ("globe.cues", "night.cues", "gone.cues", "sub/deep.cues", "a b%20🎭.cues")
        if self.chance.random() < 0.1:
            return self.chance.choice(
                ["untitled:Untitled-1", "file:///", "file:///%00", "http://x", "", "file://host/x", *WRONG]
            )
        return (self.folder / self.chance.choice(names)).as_uri()

    def params(self) -> Any:
        if self.chance.random() < 0.1:
            return self.chance.choice(WRONG)
        text = self.chance.choice(TYPED)
        change = {"range": {"start": self.place(), "end": self.place()}, "text": text}
        return {
            "textDocument": {"uri": self.uri(), "version": self.chance.choice([0, 1, 5, -3, 2**31 - 1, None, "x"]),
                             "languageId": "cuelang", "text": self.chance.choice(TEXTS)},
            "position": self.place(), "range": {"start": self.place(), "end": self.place()}, "newName": text,
            "contentChanges": [self.chance.choice([change, change, {"text": self.chance.choice(TEXTS)},
                                                   self.chance.choice(WRONG)])
                               for _ in range(self.chance.randint(0, 3))],
            "context": self.chance.choice([{"diagnostics": []}, {"includeDeclaration": True}, {"triggerKind": 9}]),
            "options": {"tabSize": self.chance.choice([0, -4, 4]), "insertSpaces": True}, "changes": [],
            "event": {"added": [{"uri": self.uri(), "name": "x"}], "removed": []},
            "id": self.chance.choice([1, "x", None]),
        }  # fmt: skip

    def disturb(self) -> None:
        """The folder, behind the server's back."""
        name = self.folder / self.chance.choice(["globe.cues", "night.cues", "sub"])
        if name.name == "sub":
            if name.exists():
                shutil.rmtree(name)
            else:
                name.mkdir()
                (name / "deep.cues").write_text('use "../globe.cues"\n')
        elif name.is_dir():
            name.rmdir()
        elif name.exists():
            name.unlink()
            if self.chance.random() < 0.3:
                name.mkdir()
        else:
            name.write_bytes(self.chance.choice([b"\xff\xfe\x00", RIG.encode(), b'use "night.cues"\n']))

    def next(self) -> bytes:
        draw = self.chance.random()
        if draw < 0.08:
            self.disturb()
            return b""
        if draw < 0.16:
            return self.chance.choice(NOISE)
        told = (lsp.TEXT_DOCUMENT_DID_CHANGE, lsp.TEXT_DOCUMENT_DID_CHANGE, lsp.TEXT_DOCUMENT_DID_OPEN,
                lsp.TEXT_DOCUMENT_DID_CLOSE, lsp.TEXT_DOCUMENT_DID_SAVE, lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, lsp.CANCEL_REQUEST, "$/what", 3, None)  # fmt: skip
        if draw < 0.6:
            return framed({"jsonrpc": "2.0", "method": self.chance.choice(told), "params": self.params()})
        self.number += 1
        method = self.chance.choice(QUESTIONS)
        message = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": self.params()}
        if draw > 0.97:
            message["id"] = self.chance.choice([None, 1.5, [], "x", self.number - 1])
        elif message["id"] == self.number:
            self.asked.add(self.number)
        return framed(message)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_a_client_sends_it_goes_on_and_says_nothing_but_the_protocol(tmp_path: Path, seed: int) -> None:
    hand = Hand(random.Random(seed), tmp_path)
    (tmp_path / "globe.cues").write_text(RIG)
    start = {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}}
    uri = (tmp_path / "last.cues").as_uri()
    item = {"uri": uri, "languageId": "cuelang", "version": 7, "text": "cue 1\n    mvoe x\n"}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    sent = [
        framed({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": start}),
        *(hand.next() for _ in range(250)),
        framed({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}}),
        framed({"jsonrpc": "2.0", "id": 2, "method": "textDocument/inlayHint",
                "params": {"textDocument": {"uri": uri}, "range": whole}}),
    ]  # fmt: skip
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as server:
        assert server.stdin is not None and server.stdout is not None and server.stderr is not None
        errors: list[bytes] = []
        reader = threading.Thread(target=listen, args=(server.stderr, errors), daemon=True)
        writer = threading.Thread(target=say, args=(server.stdin, b"".join(sent)), daemon=True)
        reader.start()
        writer.start()
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1].get("id") != 2 or "method" in heard[-1]:
            heard.append(one(server.stdout))
        writer.join()
        server.stdin.write(framed({"jsonrpc": "2.0", "id": 3, "method": "shutdown"}))
        server.stdin.write(framed({"jsonrpc": "2.0", "method": "exit"}))
        server.stdin.close()
        while heard[-1].get("id") != 3:
            heard.append(one(server.stdout))
        assert server.stdout.read() == b"" and server.wait(60) == 0
        reader.join()
    assert errors == [b""], errors[0][-3000:]
    assert "raceback" not in json.dumps(heard)
    assert hand.asked <= {message.get("id") for message in heard if "method" not in message}
    last = [message["params"] for message in heard if message.get("method") == "textDocument/publishDiagnostics"]
    assert any(found["uri"] == uri and found["version"] == 7 and found["diagnostics"] for found in last)


def listen(stream: IO[bytes], heard: list[bytes]) -> None:
    heard.append(stream.read())


def say(stream: IO[bytes], words: bytes) -> None:
    stream.write(words)
    stream.flush()


def one(stream: IO[bytes]) -> dict[str, Any]:
    """The next frame, and nothing before it."""
    head = stream.readline()
    assert head.startswith(b"Content-Length: ") and stream.readline() == b"\r\n", head
    message: dict[str, Any] = json.loads(stream.read(int(head.split()[1])))
    assert message["jsonrpc"] == "2.0"
    return message
