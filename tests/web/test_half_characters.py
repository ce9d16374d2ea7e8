"""Text from outside that cannot be written down: it is refused, and no page and no log suffers from it."""

from __future__ import annotations

import asyncio
import json
import random

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuelang.plain import NOTE, failure, plain, short, whole
from cuelang.web.wire import read, written
from tests.web.booth import page, showing

HALF = "\ud800"


@pytest.mark.parametrize("path", ["go", "start", "standby", "stop", "pause", "login", "cameras/foh/statement"])
async def test_half_a_character_is_refused_and_every_page_goes_on(path: str) -> None:
    field = {"login": "pin", "cameras/foh/statement": "text"}.get(path, "cue")
    async with showing() as booth, aiohttp.ClientSession() as program, page(booth) as one:
        for body in ({field: HALF}, {field: f"2{HALF}"}, {"id": HALF, field: "2"}, {HALF: "2"}):
            headers = {"Content-Type": "application/json"}
            async with program.post(f"{booth.url}/api/{path}", data=json.dumps(body), headers=headers) as answer:
                assert answer.status == 400, body
        for path_read in ("state", "log", "show", "cues"):
            async with program.get(f"{booth.url}/api/{path_read}") as answer:
                assert answer.status == 200
        assert (await one.do("press-0001", "go"))["verdict"] == "fired"
        async with page(booth) as another:
            assert another.state["standby"] == "2"
        assert [asked for asked, _ in booth.asked] == ["go"]


async def test_half_a_character_on_a_page_s_socket() -> None:
    async with showing() as booth, page(booth) as one:
        for name in ("cue", "expect", "camera", "text", "session"):
            await one.socket.send_str(json.dumps({"type": "do", "id": "press-0001", "verb": "go", name: HALF}))
            await one.until(lambda: None in one.answers)
            assert one.answers.pop(None)["error"]["code"] == "half_character"  # type: ignore[call-overload]
        assert (await one.do("press-0002", "go"))["verdict"] == "fired"


@pytest.mark.parametrize("target", [b"/api/cues/\xff", b"/api/cameras/\xed\xa0\x80", b"/api/log?tail=\xff", b"/\xff"])
async def test_bytes_that_are_no_text_in_an_address(target: bytes) -> None:
    async with showing() as booth:
        for head in (b"", b"Authorization: Bearer \xff\xfe\r\n", b"Idempotency-Key: \xff\r\n", b"Cookie: a=\xff\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", booth.port)
            writer.write(b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + b"Connection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            assert answer.split(b" ", 2)[1] in (b"400", b"404"), answer


async def test_a_fault_of_the_program_is_told_in_a_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing() as booth, aiohttp.ClientSession() as program:

        def broken() -> None:
            raise UnicodeEncodeError("utf-8", "x" * 1_000_000 + HALF, 1_000_000, 1_000_001, "no\n" * 100_000)

        monkeypatch.setattr(booth.server.hub, "state", broken)
        async with program.get(f"{booth.url}/api/state") as answer:
            assert answer.status == 500
        assert len(booth.said) == 1 and len(booth.said[0]) < 400 and "\n" not in booth.said[0]
        booth.said.clear()


async def test_notes_are_short_whatever_is_told() -> None:
    async with showing() as booth:
        booth.executor.say(f"first\nsecond \x1b[2J {HALF}" + "x" * 1_000_000)
        note = booth.executor.view().notes[-1].text
        assert len(note) <= NOTE and note.isprintable() and note.startswith("first↵second")
        assert len(booth.of("warning")[-1]["text"]) <= NOTE


async def test_what_a_library_says_of_a_camera_is_one_line_on_the_page_and_in_the_notes() -> None:
    said = "could not open port\n  Traceback:\x1b[2J\n" * 500
    async with showing() as booth:
        driver = booth.executor.drivers["foh"]
        driver.state.connected, driver.state.error = False, said
        booth.executor.say(said)
        async with page(booth) as one:
            shown = [one.state["cameras"]["foh"]["error"], one.state["notes"][-1]["text"]]
        for text in shown:
            assert text.startswith("could not open port↵") and text.isprintable() and len(text) <= NOTE + 3


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(st.characters(codec=None)))
def test_what_leaves_is_one_harmless_line(text: str) -> None:
    for said in (plain(text), short(text, 40)):
        said.encode()
        assert not any(char < " " or char in "\x7f\x85\u2028\u2029\u202e" or "\x80" <= char < "\xa0" for char in said)
    assert len(short(text, 40)) <= 43 and failure(ValueError(text)).startswith("ValueError")
    whole(text).encode()
    json.loads(written({"text": text, text: [text]}).encode())


def test_text_that_is_well_meant_stays() -> None:
    for text in ("Große Bühne – “Acte II”", "👩\u200d💻", "می\u200cخواهم", "日本"):
        assert plain(text) == text
    assert plain("Acte\u00a0II\u202f!") == "Acte II !"


@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_an_object_or_a_fault(raw: bytes) -> None:
    from cuelang.web.errors import HttpError

    try:
        assert isinstance(read(raw, "It"), dict)
    except HttpError as fault:
        assert fault.status == 400


async def test_whatever_bytes_come_to_the_server_it_answers_the_next_one() -> None:
    dice = random.Random(8)
    whole = (
        b"POST /api/go HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b'Content-Length: 13\r\n\r\n{"cue": "99"}'
    )
    async with showing() as booth, aiohttp.ClientSession() as program:
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(dice.randrange(1, 6)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            _, writer = await asyncio.open_connection("127.0.0.1", booth.port)
            writer.write(bytes(data) if dice.random() < 0.7 else dice.randbytes(200))
            writer.close()
        async with program.get(f"{booth.url}/api/state") as answer:
            assert answer.status == 200
