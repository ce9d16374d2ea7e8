"""The files of the page: no way out of their folder, packed, and sent once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from cuelang.web.static import VIEWS, files
from tests.web.booth import showing


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py", "/%2e%2e/server.py", "/..%2fserver.py", "/static/../../auth.py", "//etc/passwd",
        "/./../auth.py", "/%00", "/vendor/..%5c..%5cauth.py", "/..;/auth.py", "/%c0%ae%c0%ae/auth.py", "/etc/passwd",
        "/server.py",
    ],
)  # fmt: skip
async def test_there_is_no_way_out_of_the_folder(path: str) -> None:
    async with showing() as booth:
        reader, writer = await asyncio.open_connection("127.0.0.1", booth.port)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.read()
        writer.close()
        assert answer.split(b" ", 2)[1] in (b"400", b"404")
        assert b"root:" not in answer and b"import" not in answer


def test_only_files_of_the_folder_and_of_known_kinds_are_served(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    (folder / "vendor").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "index.html").write_text('<style></style><script></script><script type="module"></script>')
    for name in ("page.css", "views.css", "framing.css", "early.js"):
        (folder / name).write_text(f"/* {name} */")
    (folder / "app.js").write_text('import { two } from "./vendor/two.js";\nlet three = two;\n')
    (folder / "vendor" / "one.js").write_text("1")
    (folder / "vendor" / "two.js").write_text("let a=2;export{a as two};")
    (folder / "notes.py").write_text("2")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "inner.js").symlink_to(folder / "vendor" / "one.js")
    found = files(folder)
    assert set(found) == {"/", *VIEWS, "/vendor/one.js", "/inner.js"}
    assert found["/"].kind == "text/html"
    assert b"<style>/* page.css *//* views.css */" in found["/"].data and b"<script>/* early.js */" in found["/"].data
    assert b"const { two } = (() => {\nlet a=2;\nreturn { two: a };\n})();" in found["/"].data


async def test_files_are_packed_and_an_unchanged_one_is_not_sent_again() -> None:
    async with showing() as booth, aiohttp.ClientSession(auto_decompress=False) as browser:
        async with browser.get(f"{booth.url}/", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip" and (await answer.read())[:2] == b"\x1f\x8b"
            tag = answer.headers["ETag"]
        async with browser.get(f"{booth.url}/", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304 and await answer.read() == b""
        async with browser.get(f"{booth.url}/", headers={"Accept-Encoding": "identity"}) as answer:
            assert (await answer.read()).startswith(b"<!doctype html>")
