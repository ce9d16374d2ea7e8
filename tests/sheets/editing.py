"""An editor in a test: it opens sheets, types into them and asks, as a person at a keyboard makes an editor do.

The server runs in the test's own loop; between the two are pipes with the protocol's bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import re
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cuelang.sheets.editor.features import register
from cuelang.sheets.editor.line import read
from cuelang.sheets.editor.server import Editor

HERE = "|"
"""The cursor in a text of a test."""

RIG = """\
rig "Globe Theatre"

camera foh "visca+udp://10.0.0.21"
    model "ptzoptics-move-4k-20x"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%

camera left "visca+udp://10.0.0.22"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset door at pan 12deg tilt -3deg zoom 20%

group wings = left, foh
"""

_ID = re.compile(rb'"id":[ ]?(\d+)')


class Desk:
    """The editor's side of the line. `folder` holds its sheets; a place is given by the text around a `|`."""

    def __init__(self, folder: Path, reading: int, writing: int, *, beside: bool = False) -> None:
        """`beside`: a thread writes, for the server is in this loop and reads when it runs."""
        self.folder = folder
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.published: dict[str, dict[str, Any]] = {}
        self.heard_at: dict[str, float] = {}
        self.answered_at: dict[Any, float] = {}
        self.messages: list[dict[str, Any]] = []
        self.number = 0
        self.answers: dict[Any, asyncio.Future[Any]] = {}
        self.news = asyncio.Event()
        self.writing = writing
        self.longest = 1 << 40
        """Bytes of an answer that is read; of a longer one it is only known that it came."""
        self.patience = 30
        """Seconds for any answer."""
        self.capabilities: dict[str, Any] = {}
        loop = asyncio.get_running_loop()

        def put(body: bytes | None) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self.heard, body, time.perf_counter())

        threading.Thread(target=read, args=(reading, put), daemon=True).start()
        self.sent: queue.SimpleQueue[bytes] | None = queue.SimpleQueue() if beside else None
        self.writer = threading.Thread(target=self.work, daemon=True)
        if beside:
            self.writer.start()

    # --- the line ---

    def heard(self, body: bytes | None, at: float) -> None:
        """`at`: when all of it was there, whatever it takes to read it."""
        if body is None:
            return
        message: dict[str, Any] = (
            json.loads(body) if len(body) < self.longest else {"id": int(_ID.findall(body[:60])[0])}
        )
        # Answers are long: ten thousand symbols a thousand times would fill the machine.
        self.messages.append(message if "method" in message else {"id": message.get("id")})
        if message.get("method") == "textDocument/publishDiagnostics":
            uri = message["params"]["uri"]
            self.published[uri] = message["params"]
            self.heard_at[uri] = at
        elif "method" not in message and message.get("id") in self.answers:
            self.answered_at[message["id"]] = at
            self.answers.pop(message["id"]).set_result(message)
        self.news.set()

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def raw(self, data: bytes) -> None:
        if self.sent is not None:
            self.sent.put(data)
        else:
            self.write_out(data)

    def write_out(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.writing, data[: 1 << 16]) :]

    def work(self) -> None:
        assert self.sent is not None
        while data := self.sent.get():
            with contextlib.suppress(OSError):
                self.write_out(data)

    async def hang_up(self) -> None:
        """The end of what the client sends."""
        if self.sent is not None:
            self.sent.put(b"")
            await asyncio.to_thread(self.writer.join)
        os.close(self.writing)

    def tell(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    async def answer(self, method: str, params: Any) -> dict[str, Any]:
        """The whole answer, an error perhaps."""
        return await asyncio.wait_for(self.question(method, params), self.patience)

    def question(self, method: str, params: Any) -> asyncio.Future[dict[str, Any]]:
        """Ask; the answer comes later."""
        self.number += 1
        future = self.answers[self.number] = asyncio.get_running_loop().create_future()
        self.send({"id": self.number, "method": method, "params": params})
        return future

    async def ask(self, method: str, params: Any) -> Any:
        answer = await self.answer(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    async def start(self, capabilities: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        params = {"processId": None, "rootUri": None, "capabilities": capabilities or {}, **more}
        result: dict[str, Any] = await self.ask("initialize", params)
        self.capabilities = result["capabilities"]
        self.tell("initialized", {})
        return result

    # --- sheets ---

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    async def open(self, name: str, text: str | None = None) -> None:
        if text is not None:
            self.write(name, text)
        self.texts[name] = text if text is not None else (self.folder / name).read_text("utf-8")
        self.versions[name] = 1
        item = {"uri": self.uri(name), "languageId": "cuelang", "version": 1, "text": self.texts[name]}
        self.tell("textDocument/didOpen", {"textDocument": item})
        await self.findings(name)

    def place(self, name: str, around: str) -> dict[str, int]:
        """The position that `around` has at its `|`; its line must be there once."""
        if around == HERE:
            return self.end(name)
        before, _, after = around.partition(HERE)
        text = self.texts[name]
        assert text.count(before + after) == 1, (text.count(before + after), around)
        at = text.index(before + after) + len(before)
        line = text.count("\n", 0, at)
        row = text[text.rfind("\n", 0, at) + 1 : at]
        encoding = self.capabilities.get("positionEncoding", "utf-16")
        units = len(row.encode("utf-8")) if encoding == "utf-8" else len(row.encode("utf-16-le")) // 2
        return {"line": line, "character": units}

    def end(self, name: str) -> dict[str, int]:
        """The position behind the last character."""
        rows = self.texts[name].split("\n")
        return {"line": len(rows) - 1, "character": len(rows[-1])}

    def type(self, name: str, around: str, typed: str, instead: int = 0) -> None:
        """Type at the `|`, over that many characters after it; nothing is saved."""
        before, _, after = around.partition(HERE)
        start = self.place(name, around)
        at = self.texts[name].index(before + after) + len(before)
        gone = self.texts[name][at : at + instead]
        lines = gone.split("\n")
        end = dict(start)
        if len(lines) > 1:
            end = {"line": start["line"] + len(lines) - 1, "character": len(lines[-1])}
        else:
            end["character"] += len(gone)
        self.texts[name] = self.texts[name][:at] + typed + self.texts[name][at + instead :]
        self.change(name, [{"range": {"start": start, "end": end}, "text": typed}])

    def change(self, name: str, changes: list[dict[str, Any]]) -> None:
        self.versions[name] += 1
        document = {"uri": self.uri(name), "version": self.versions[name]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    async def until(self, met: Any) -> None:
        async with asyncio.timeout(self.patience):
            while not met():
                self.news.clear()
                await self.news.wait()

    async def findings(self, name: str) -> list[str]:
        """The findings of a sheet as it is now, when every pass is over: `E202 12:17`, lines and columns from 1."""
        await self.settled()
        uri = self.uri(name)
        await self.until(
            lambda: (
                uri in self.published
                and (name not in self.versions or self.published[uri].get("version") == self.versions[name])
            )
        )
        return [
            f"{one['code']} {one['range']['start']['line'] + 1}:{one['range']['start']['character'] + 1}"
            for one in self.published[uri]["diagnostics"]
        ]

    async def settled(self) -> None:
        """Everything that was typed has been compiled: a question that needs it has been answered."""
        for name in self.texts:
            at = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
            await self.ask("textDocument/inlayHint", {"textDocument": {"uri": self.uri(name)}, "range": at})

    async def at(self, question: str, name: str, around: str, **more: Any) -> Any:
        """Ask about a place."""
        params = {"textDocument": {"uri": self.uri(name)}, "position": self.place(name, around), **more}
        return await self.ask(f"textDocument/{question}", params)

    async def of(self, question: str, name: str, **more: Any) -> Any:
        """Ask about a whole sheet."""
        return await self.ask(f"textDocument/{question}", {"textDocument": {"uri": self.uri(name)}, **more})

    async def offers(self, name: str, around: str) -> list[str]:
        """What completion offers, in its order."""
        found = await self.at("completion", name, around)
        return [item["label"] for item in found["items"]]

    def changed(self, name: str, edits: list[dict[str, Any]]) -> str:
        """A sheet's text after edits."""
        text = self.texts.get(name) or (self.folder / name).read_text("utf-8")
        rows = text.split("\n")
        for edit in sorted(edits, key=lambda one: list(one["range"]["start"].values()), reverse=True):
            start, end = edit["range"]["start"], edit["range"]["end"]
            head = "\n".join([*rows[: start["line"]], rows[start["line"]][: start["character"]]])
            tail = "\n".join([rows[end["line"]][end["character"] :], *rows[end["line"] + 1 :]])
            rows = f"{head}{edit['newText']}{tail}".split("\n")
        return "\n".join(rows)


@asynccontextmanager
async def editing(folder: Path, **sheets: str) -> AsyncIterator[Desk]:
    """A server with nothing open yet. `sheets` are files `NAME.cues` in the folder."""
    for name, text in sheets.items():
        (folder / f"{name}.cues").write_text(text, encoding="utf-8")
    there, to_server = os.pipe()
    from_server, back = os.pipe()
    editor = Editor(os.fdopen(back, "wb"))
    register(editor)
    serving = asyncio.ensure_future(editor.run(there))
    desk = Desk(folder, from_server, to_server, beside=True)
    await asyncio.sleep(0)  # it begins to read
    try:
        yield desk
        assert not serving.done(), "the server has ended"
    finally:
        await desk.hang_up()
        await asyncio.wait_for(serving, 40)
        for task in editor.tasks:
            task.cancel()
        editor.output.close()
