"""A whole show with an OSC surface and a QLab client on real sockets: told what happens, locked by show mode."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from pathlib import Path

from pythonosc.osc_message import OscMessage
from pythonosc.slip import encode as slip

from cuelang.app import RunOptions, run_show
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import Deframer
from cuelang.runtime.view import LiveShow


def test_a_surface_and_a_client_in_show_mode(tmp_path: Path, unused_tcp_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as surface:
        surface.bind(("127.0.0.1", 0))
        surface.setblocking(False)
        sheet = tmp_path / "night.cues"
        sheet.write_text(
            f'input desk "osc+tcp://127.0.0.1:{unused_tcp_port}"\n'
            f'output touch "osc+udp://127.0.0.1:{surface.getsockname()[1]}?feedback=1"\n'
            'camera foh "sim://foh"\ncue 1 "Open"\n    tally foh program\n    wait 30s\ncue 2 "Next"\n    note "x"\n'
        )
        shown: dict[str, list[object]] = {}

        async def until_shown(address: str, *arguments: object) -> None:
            async with asyncio.timeout(40):
                while shown.get(address) != list(arguments):
                    data = await asyncio.get_running_loop().sock_recv(surface, 65536)
                    message = OscMessage(data)
                    shown[message.address] = list(message.params)

        async def act(show: LiveShow) -> None:
            await until_shown("/cuelang/standby", "1", "Open", "")
            reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
            for address in ("/alwaysReply", "/go", "/playhead/1", "/locate/1", "/showMode", "/panic"):
                writer.write(slip(encode(address, (1,) if address == "/alwaysReply" else ())))
            stream, replies = Deframer(), list[str]()
            while len(replies) < 6:
                replies += [OscMessage(packet).params[0] for packet in stream.feed(await reader.read(4096))]
            answers = [json.loads(text) for text in replies]
            assert [(answer["address"], answer["status"]) for answer in answers] == [
                ("/alwaysReply", "ok"), ("/go", "ok"), ("/playhead/1", "error"), ("/locate/1", "error"),
                ("/showMode", "ok"), ("/panic", "ok"),
            ]  # fmt: skip
            assert answers[4]["data"] is True
            assert "show mode" in answers[2]["data"] and "show mode" in answers[3]["data"]
            await until_shown("/cuelang/tally/foh", "program")
            await until_shown("/cuelang/standby", "2", "Next", "")
            await until_shown("/cuelang/verdict", "fired", "panic", show.view().triggers[-1].source, "")
            writer.close()

        options = RunOptions(str(sheet), log=str(tmp_path / "night.jsonl"), show_mode=True)
        errors: list[BaseException] = []

        async def screen(show: LiveShow) -> None:
            try:
                await act(show)
            except BaseException as error:
                errors.append(error)
                raise

        assert run_show(options, screen=screen, out=io.StringIO(), err=io.StringIO()) == 0
        assert errors == []
