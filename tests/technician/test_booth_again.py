"""`cuelang camera fetch`: the files of a booth whose line broke."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cuelang.cli.parser import main
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import WebEnd, serve_web
from cuelang.simulator.http_end import JPEG, HttpReply


async def test_the_files_of_the_last_booth_are_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    server = await serve_web(WebEnd(Body(DEFAULT, "nave")), "127.0.0.1", 0)
    url = server.url.replace("http:", "cgi:")

    async def typed(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, ["camera", "fetch", *words])
        return code, *capsys.readouterr()

    try:
        code, out, err = await typed(url)
        assert (code, out) == (1, "")
        assert err.splitlines()[0] == "Not fetched: photo 1 is not there (HTTP 404)."
        for number in range(1, 5):
            server.end.files[f"/photo{number}.jpg"] = HttpReply(200, JPEG, lambda: b"\xff\xd8\xff and more")
        code, out, err = await typed(url, "pics")
        assert (code, err) == (0, "")
        kept = [Path(line) for line in out.splitlines()]
        assert len(kept) == 4 and all(file.parent == Path("pics") and file.suffix == ".jpg" for file in kept)
        assert all(file.read_bytes().startswith(b"\xff\xd8\xff") for file in kept)
        code, out, err = await typed(url, "pics", "--videos")
        assert (code, out) == (1, "") and "video 1 is not there" in err
    finally:
        await server.close()


def test_a_camera_without_an_http_interface(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["camera", "fetch", "pelco-d://?port=socket://127.0.0.1:1"]) == 1
    assert "has no HTTP interface" in capsys.readouterr().err
