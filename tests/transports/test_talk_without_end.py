"""A camera that talks without end, in any way, has no more than its turn."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from cuelang.devices.sony_line import Socket
from cuelang.transports import Nobody
from cuelang.transports.http import HttpCamera
from cuelang.transports.tcp import PIECE, TcpLine
from cuelang.transports.udp import MAX_DATAGRAM_BYTES, UdpLine

ANSWER = b"\x90\x50\x02\xff"


class Pieces(Nobody):
    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.turns: list[int] = []

    def line_data(self, data: bytes) -> None:
        self.sizes.append(len(data))


async def test_a_stream_is_read_a_piece_at_a_time_and_others_have_their_turn_between() -> None:
    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWER * 100_000)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(floods, "127.0.0.1", 0)
    line = TcpLine("127.0.0.1", server.sockets[0].getsockname()[1])
    line.listener = pieces = Pieces()
    await line.open()
    between: list[int] = []
    async with asyncio.timeout(20):
        while sum(pieces.sizes) < 400_000:
            before = len(pieces.sizes)
            await asyncio.sleep(0)
            between.append(len(pieces.sizes) - before)
    assert max(pieces.sizes) <= PIECE
    assert max(between) <= 1, "one piece in a turn of the loop"
    await line.close()
    server.close()


async def test_of_a_datagram_no_more_is_looked_at_than_a_reply_can_have() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera:
        camera.bind(("127.0.0.1", 0))
        camera.setblocking(False)
        line = UdpLine("127.0.0.1", camera.getsockname()[1])
        line.listener = pieces = Pieces()
        await line.open()
        line.send(b"\x81\x09\x04\x00\xff")
        async with asyncio.timeout(40):
            _, client = await asyncio.get_running_loop().sock_recvfrom(camera, 100)
            camera.sendto(ANSWER * 10_000, ("127.0.0.1", client[1]))
            while not pieces.sizes:
                await asyncio.sleep(0.001)
        assert pieces.sizes == [MAX_DATAGRAM_BYTES]
        await line.close()


@pytest.mark.parametrize("kind", ["udp", "sony"])
async def test_of_many_datagrams_one_is_read_and_others_have_their_turn_between(kind: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera:
        camera.bind(("127.0.0.1", 0))
        camera.setblocking(False)
        port = camera.getsockname()[1]
        line = UdpLine("127.0.0.1", port) if kind == "udp" else Socket("127.0.0.1", 0).line("127.0.0.1", port)
        line.listener = pieces = Pieces()
        await line.open()
        line.send(b"\x81\x09\x04\x00\xff")
        async with asyncio.timeout(40):
            _, client = await asyncio.get_running_loop().sock_recvfrom(camera, 100)
            for _ in range(100):
                camera.sendto(ANSWER, ("127.0.0.1", client[1]))
            between: list[int] = []
            while len(pieces.sizes) < 100:
                before = len(pieces.sizes)
                await asyncio.sleep(0)
                between.append(len(pieces.sizes) - before)
        assert max(between) == 1
        await line.close()


@asynccontextmanager
async def answering(body: bytes, encoding: str) -> AsyncIterator[HttpCamera]:
    async def hear(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": encoding, "Content-Type": "text/plain"})

    runner = web.ServerRunner(web.Server(hear), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = HttpCamera(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


async def test_a_bomb_of_gzip_is_refused() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    async with answering(bomb, "gzip") as client:
        answer = await client.ask("GET", "/cgi-bin/param.cgi", within=10_000_000_000)
    assert answer.trouble == "refused" and answer.body == b""


@pytest.mark.parametrize(("encoding", "fine"), [("gzip", True), ("br", False)])
async def test_an_answer_that_is_compressed_unasked_is_read(encoding: str, fine: bool) -> None:
    body = gzip.compress(b"power=1") if fine else b"\x8b\x03\x80power=1\x03"
    async with answering(body, encoding) as client:
        answer = await client.ask("GET", "/", within=10_000_000_000)
    assert answer.fine is fine and answer.body == (b"power=1" if fine else b"")
