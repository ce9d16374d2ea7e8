"""A whole show with the senders of the field: buttons, dated bundles, Tally Arbiter, a stream deck without POST."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from cuelang.app import RunOptions, run_show
from cuelang.protocols.osc_encode import encode
from cuelang.runtime.view import LiveShow
from tests.ports import free_port

SHEET = """
show "Others"
    interlock block
    debounce 1ms
    go_window 1ms
input desk "osc+udp://127.0.0.1:{osc}"
input switcher "tsl+tcp://127.0.0.1:{tsl}"
input deck "http://127.0.0.1:{http}"
camera foh "sim://foh"
    tally_index 1
camera left "sim://left"
    tally_index 2
camera side "sim://side"
    tally_index 1 screen 1
on http "/button/{{n}}" start {{n}}
cue 1
    note "first"
cue 41
    wait for osc "/ok"
    note "met"
cue 42
    zoom foh to 10%
    zoom left to 10%
    zoom side to 10%
"""


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.005)


def performed(tmp_path: Path, act: Callable[[LiveShow, dict[str, int]], Awaitable[None]]) -> list[dict[str, Any]]:
    """The show with an operator; its records."""
    ports = {"osc": free_port(), "tsl": free_port(), "http": free_port()}
    sheet = tmp_path / "others.cues"
    sheet.write_text(SHEET.format(**ports))
    errors: list[BaseException] = []

    async def screen(show: LiveShow) -> None:
        try:
            await act(show, ports)
        except BaseException as error:
            errors.append(error)

    log = tmp_path / "others.jsonl"
    assert run_show(RunOptions(str(sheet), log=str(log)), screen=screen, out=io.StringIO(), err=io.StringIO()) == 0
    assert errors == []
    return [json.loads(line) for line in log.read_text().splitlines()]


def requests(records: list[dict[str, Any]]) -> list[str]:
    return [f"{one['request']} {one['verdict']}" for one in records if one["kind"] == "trigger"]


def test_a_button_is_pressed_and_let_go(tmp_path: Path) -> None:
    async def act(show: LiveShow, ports: dict[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as button:
            button.connect(("127.0.0.1", ports["osc"]))
            for address, value in (("/playhead/41", 1.0), ("/playhead/41", 0.0), ("/go", 1.0), ("/go", 0.0)):
                button.send(encode(address, (value,)))
                await asyncio.sleep(0.03)
            await until(lambda: any(row.cue == "41" for row in show.view().running))
            button.send(encode("/ok", (0.0,)))
            await asyncio.sleep(0.1)
            assert not any("met" in row.text for row in show.view().notes), "letting go meets no wait"
            button.send(encode("/ok", (1.0,)))
            await until(lambda: any("met" in row.text for row in show.view().notes))

    assert requests(performed(tmp_path, act)) == ["standby 41 fired", "go fired"]


def test_a_dated_bundle_is_seen_while_it_is_held_and_a_wrong_clock_is_said(tmp_path: Path) -> None:
    def dated(seconds: float, message: bytes) -> bytes:
        tag = int((time.time() + seconds + 2_208_988_800) * (1 << 32))  # a sender with a clock
        return b"#bundle\0" + struct.pack(">QI", tag, len(message)) + message

    async def act(show: LiveShow, ports: dict[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tablet:
            tablet.connect(("127.0.0.1", ports["osc"]))
            tablet.send(dated(0.6, encode("/cue/1/start")))
            await until(lambda: any("/cue/1/start is held for 0." in row.text for row in show.view().notes))
            assert not show.view().triggers
            tablet.send(dated(5, encode("/go/41")))
            await until(lambda: show.view().triggers)
            await until(lambda: len(show.view().triggers) == 2)

    records = performed(tmp_path, act)
    assert requests(records) == ["go 41 fired", "start 1 fired"]
    said = [record["text"] for record in records if record["kind"] in ("note", "warning")]
    assert any(
        "/go/41 is dated 5.0 s ahead and was carried out at once: the sender's clock is wrong" in text for text in said
    )


def test_tally_arbiter_and_a_second_screen_with_the_interlock(tmp_path: Path) -> None:
    async def act(show: LiveShow, ports: dict[str, int]) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", ports["tsl"])
        for packet in (
            "81c2436f6c75622020202020202020202020",  # 3.1, brightness in bits 6 and 7: program
            "1100000000000200c000070043616d204c656674"[:40],  # 5.0 without DLE STX: off
            "0a000000010001000000" + "0000",  # screen 1, index 1: off
        ):
            writer.write(bytes.fromhex(packet))
            await writer.drain()
            await asyncio.sleep(0.05)
        known = {"foh": "program", "left": "off", "side": "off"}
        await until(lambda: {camera.name: camera.tally for camera in show.view().cameras} == known)
        async with (
            ClientSession() as deck,
            deck.get(f"http://127.0.0.1:{ports['http']}/button/42") as response,
        ):
            assert response.status == 200
        await until(lambda: not show.view().running)
        writer.close()

    outcomes = {r["camera"]: r["outcome"] for r in performed(tmp_path, act) if r["kind"] == "command"}
    assert outcomes["foh"] == "refused" and outcomes["left"] == outcomes["side"] == "completed"
