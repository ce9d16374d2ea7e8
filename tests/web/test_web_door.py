"""Where the page listens, `cuelang run --http`, `cuelang remote`, and a show that is killed and comes back."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cuelang.app import RunOptions, run_show
from cuelang.cli import remote
from cuelang.cli.common import CliStop
from cuelang.cli.parser import main
from cuelang.runtime.view import LiveShow
from cuelang.units import NS
from cuelang.web.auth import BadPin
from cuelang.web.listen import BadListenAddress, CannotOpen, WebDoor, parsed
from cuelang.web.remote import Remote, Unanswered
from tests.ports import free_ports
from tests.web.booth import SHEET, Booth, Page, showing

CUELANG = [sys.executable, "-c", "import sys; from cuelang.cli.parser import main; sys.exit(main())"]


# --- where ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("8123", ("127.0.0.1", 8123)),
        (":8123", ("127.0.0.1", 8123)),
        ("booth.local", ("booth.local", 8000)),
        ("[::1]:8123", ("::1", 8123)),
        ("[::1]", ("::1", 8000)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]) -> None:
    assert parsed(text) == found


@pytest.mark.parametrize("text", ["127.0.0.1:80000", "127.0.0.1:http", "http://127.0.0.1:8000", "a b:1", "x@y:1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadListenAddress, match="--http"):
        parsed(text)


def test_nobody_outside_is_let_in_without_a_pin() -> None:
    for wanted in ("0.0.0.0:8000", "10.0.0.9", "[::]:8000", "booth.local"):
        with pytest.raises(CannotOpen, match="CUELANG_PIN"):
            WebDoor(wanted, {})
        WebDoor(wanted, {"CUELANG_PIN": "4711"})
    with pytest.raises(BadPin, match="too short"):
        WebDoor("127.0.0.1", {"CUELANG_PIN": "1"})


async def test_a_port_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    port, next_port = free_ports(2)
    monkeypatch.setattr("cuelang.web.listen.PORT", port)
    monkeypatch.setattr("cuelang.web.listen.TRIES", 2)
    doors = [WebDoor("auto", {}) for _ in range(3)]
    assert doors[0].listen() == "" and doors[0].url == f"http://127.0.0.1:{port}/"
    if not doors[1].listen():  # unless another program has that one
        assert doors[1].url == f"http://127.0.0.1:{next_port}/"
    assert "--http" in doors[2].listen() and doors[2].url == ""
    certain = WebDoor(f"127.0.0.1:{port}", {})
    with pytest.raises(CannotOpen, match="another"):
        certain.listen()
    for door in doors:
        await door.close()


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("CUELANG_PIN", "CUELANG_VIEW_PIN", "CUELANG_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "night.cues").write_text(SHEET)
    (tmp_path / "gos.txt").write_text("0s go 3\n")
    return tmp_path


def test_run_says_what_is_wrong_with_http(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        where = f"127.0.0.1:{other.getsockname()[1]}"
        assert main(["run", "night.cues", "--http", where, "--input", "osc+udp://127.0.0.1:0"]) == 1
        assert where in capsys.readouterr().err
    assert main(["run", "night.cues", "--http", "here:there"]) == 2
    assert main(["run", "night.cues", "--http", "0.0.0.0:8000"]) == 1
    assert not (night / "logs").exists()
    capsys.readouterr()
    words = ["--input", "osc+udp://127.0.0.1:0", "--script", "gos.txt", "--log", "night.jsonl"]
    assert main(["run", "night.cues", "--http", "off", *words]) == 0
    assert "page" not in capsys.readouterr().out


@pytest.mark.usefixtures("night")
def test_show_mode_is_a_matter_of_the_whole_show() -> None:
    async def act(show: LiveShow) -> None:
        async with asyncio.timeout(40):
            while not any("operator's page" in note.text for note in show.view().notes):
                await asyncio.sleep(0.01)
        url = next(note.text for note in show.view().notes if "operator's page" in note.text).split()[-1]
        async with aiohttp.ClientSession() as program:

            async def ask(verb: str, **data: str) -> str:
                async with program.post(f"{url}api/{verb}", json=data) as answer:
                    found: dict[str, str] = await answer.json()
                    return found["verdict"]

            assert await ask("lock") == "fired" and show.view().show_mode
            show.key("standby", "3", key="d")
            assert show.view().standby == "1"
            assert await ask("standby", cue="3") == "refused"
            assert await ask("locate", cue="3") == "refused"
            assert await ask("unlock") == "fired" and not show.view().show_mode
            assert await ask("standby", cue="3") == "fired"
            assert show.view().standby == "3"
            async with program.get(f"{url}api/log?tail=3") as answer:
                assert (await answer.json())["records"][-1]["kind"] == "standby"
        notes = [note.text for note in show.view().notes]
        assert any(text.startswith("Show mode on (http 127.0.0.1:") for text in notes)

    out, err = io.StringIO(), io.StringIO()
    options = RunOptions("night.cues", log="night.jsonl", inputs=("osc+udp://127.0.0.1:0",), http="127.0.0.1:0")
    assert run_show(options, screen=act, out=out, err=err) == 0, err.getvalue()


# --- remote --------------------------------------------------------------------------------------------------


async def asked(booth: Booth, *words: str, pin: str = "") -> tuple[int, str]:
    """What `cuelang remote` does and says, on a thread: the show is in this loop."""
    command = [*CUELANG, "remote", *words]
    environment = {**os.environ, "CUELANG_URL": booth.url, "CUELANG_PIN": pin}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_remote_asks_the_show() -> None:
    async with showing() as booth:
        done = await asyncio.gather(
            asked(booth, "go", "3"),
            asked(booth, "start", "77"),
            asked(booth, "send", "foh", "zoom to 900%"),
            asked(booth, "go", "1", "2"),
        )
        jumps = await asyncio.gather(
            asked(booth, "plan-state", "2", "at", "2.5s"),
            asked(booth, "locate", "2", "at", "3s", "go"),
            asked(booth, "locate", "2", "soon"),
            asked(booth, "plan-state", "2", "go"),
            asked(booth, "locate", "77"),
        )
        poses = (
            "foh: pan -30.0°, tilt 5.0°, zoom 60.0 %, throne, focus auto, program\n"
            "left: pan 0.0°, tilt 0.0°, zoom 0.0 %, focus auto, off\n"
        )
        assert jumps[0] == (0, poses)
        assert [code for code, _ in jumps] == [0, 2, 2, 2, 1]
        assert "`go` fires a cue from its start" in jumps[1][1] and "Unexpected “soon”" in jumps[2][1]
        code, said = await asked(booth, "locate", "2", "at", "2.5s", "live")
        assert (code, said) == (0, "locate 2 at 2.5s live: fired (Locate 2 at 2.5s live: moves foh and left)\n")
        assert done[0] == (0, "go 3: fired (GO 3 fired)\n")
        assert done[1][0] == 1 and done[1][1].startswith("start 77: no_cue (")
        assert done[2][0] == 1 and "900" in done[2][1]
        assert done[3][0] == 2 and "usage" in done[3][1]
        assert [record["source"].split(":")[0] for record in booth.of("trigger")] == ["http 127.0.0.1"] * 4
        here = await asyncio.to_thread(Remote(booth.url).order, "go", "10.5")
        assert here["verdict"] == "fired"
        nowhere = ("--url", "http://127.0.0.1:1")
        before, behind = await asyncio.gather(
            asked(booth, "--url", booth.url, "--json", "status"), asked(booth, *nowhere, "status", "--url", booth.url)
        )
        assert (before[0], behind[0]) == (0, 0) and before[1].startswith("{") and behind[1].startswith("Night: ")
        assert (await asked(booth, *nowhere, "status"))[0] == 1
        code, said = await asked(booth, "status")
        assert code == 0
        for part in ("Night: ", "stands by", "running    10.5  End", "camera     foh", "last       ", "next       "):
            assert part in said


async def test_remote_without_a_show_or_a_pin(dead_port: int) -> None:
    with pytest.raises(Unanswered, match="No show at"):
        Remote(f"127.0.0.1:{dead_port}").state()
    async with showing(pins={"operate": "4711"}) as booth:
        with pytest.raises(Unanswered, match="asks for a PIN"):
            await asyncio.to_thread(Remote(booth.url).order, "go")
        with pytest.raises(Unanswered, match="wrong"):
            await asyncio.to_thread(Remote(booth.url, "0000").order, "go")
        assert booth.asked == []
        assert [said.partition(".")[0] for said in booth.said] == ["A wrong PIN from 127"]
        booth.said.clear()
    async with showing(pins={"operate": "4711"}) as booth:
        assert (await asyncio.to_thread(Remote(booth.url, "4711").order, "go"))["verdict"] == "fired"


async def test_an_answer_that_is_lost_is_asked_for_once_more_and_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelang.web.remote.PATIENCE_S", 2)
    async with showing() as booth:
        heard: list[bytes] = []

        async def lossy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, to = await asyncio.open_connection("127.0.0.1", booth.port)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.read(4096)
            heard.append(body)
            to.write(head + body)
            answer = await there.read(65536)
            to.close()
            if len(heard) > 1:
                writer.write(answer)
                await writer.drain()
            else:
                await asyncio.sleep(3)
            writer.close()

        middle = await asyncio.start_server(lossy, "127.0.0.1", 0)
        port = middle.sockets[0].getsockname()[1]
        answer = await asyncio.to_thread(Remote(f"127.0.0.1:{port}").order, "go")
        assert answer == {"request": "go", "verdict": "fired", "reason": "", "did": "GO 1 fired", "repeated": True}
        assert len(heard) == 2 and heard[0] == heard[1]
        assert booth.asked == [("go", "fired")]
        middle.close()


def test_remote_that_reaches_something_else() -> None:
    with pytest.raises(Unanswered, match="not a show address"):
        Remote("ftp://127.0.0.1")
    options = Namespace(url="http://127.0.0.1:1", pin=None, json=False, tail=5000, word="log")
    with pytest.raises(CliStop, match="--tail"):
        remote._log(options)


# --- killed --------------------------------------------------------------------------------------------------


async def test_a_show_that_is_killed_comes_back_at_the_same_port(night: Path, unused_tcp_port: int) -> None:
    words = ["run", "night.cues", "--http", f"127.0.0.1:{unused_tcp_port}", "--input", "osc+udp://127.0.0.1:0"]
    url = f"http://127.0.0.1:{unused_tcp_port}"

    async def started() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(*CUELANG, *words, stdout=asyncio.subprocess.DEVNULL)

    async def come_in(browser: aiohttp.ClientSession) -> Page:
        async with asyncio.timeout(20):
            while True:
                try:
                    one = Page(await browser.ws_connect(f"{url}/ws"))
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
                    continue
                break
        await one.until(lambda: one.seq >= 0)
        return one

    def sources() -> list[str]:
        found = [line for log in (night / "logs").glob("*.jsonl") for line in log.read_text().splitlines(keepends=True)]
        said = [json.loads(line).get("source", "") for line in found if line.endswith("\n")]
        return [source for source in said if source.startswith("page 127.0.0.1:")]

    async with aiohttp.ClientSession() as browser:
        show = await started()
        one = await come_in(browser)
        session = one.hello["session"]
        assert (await one.do("press-0001", "go", session=session))["verdict"] == "fired"
        async with asyncio.timeout(20):
            while not sources():  # a thread writes the log
                await asyncio.sleep(0.01)
        show.kill()
        await show.wait()
        await one.until(lambda: one.socket.closed)

        show = await started()
        one = await come_in(browser)
        assert one.hello["session"] != session and one.state["triggers"] == []
        lost: dict[str, Any] = await one.do("press-0002", "go", session=session)
        assert lost["error"]["code"] == "other_session"
        assert (await one.do("press-0002", "go"))["verdict"] == "fired"
        show.send_signal(signal.SIGTERM)
        await one.until(lambda: one.socket.closed)
        assert one.socket.close_code == 1012
        assert await show.wait() == 0
    assert len(sources()) == 2


async def test_remote_panics_while_somebody_guesses_pins_on_the_same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is carried out when it is heard. Its answer may take its turn among those to the guesses."""
    monkeypatch.setattr("cuelang.web.auth.APART_NS", NS // 20)
    async with showing(pins={"operate": "4711"}) as booth, aiohttp.ClientSession() as stranger:

        async def guess(number: int) -> int:
            headers = {"Authorization": f"Bearer {number:04}"}
            async with stranger.post(f"{booth.url}/api/panic", headers=headers) as answer:
                return answer.status

        guesses = [asyncio.ensure_future(guess(number)) for number in range(40)]
        await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
        code, said = await asked(booth, "panic", pin="4711")
        assert (code, said.splitlines()[0]) == (
            0,
            "panic: fired (PANIC: every cue ended, every camera was told to stop)",
        )
        assert booth.asked == [("panic", "fired")]
        assert not {200} & set(await asyncio.gather(*guesses))
        booth.said.clear()
