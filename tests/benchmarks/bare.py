"""What the machine can do without us, each in a process of its own.

    python -m tests.benchmarks.bare relay IN OUT             a datagram to OUT for each one heard at IN
    python -m tests.benchmarks.bare speak IN URL             a message to a WebSocket for each datagram heard at IN
    python -m tests.benchmarks.bare sieve IN TCP OUT         the same of what begins with /go; echoes streams at TCP
    python -m tests.benchmarks.bare pulse RATE COUNT PORT…   a datagram to every port, RATE times a second

The relay parses nothing. The pulse uses asyncio's own timers; it prints its first instant (ns of the wall clock),
and at its end how much of a core it took.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Sequence

FRAME = bytes.fromhex("8101044b00000003ff")


async def relay(heard_at: int, out: int) -> None:
    loop = asyncio.get_running_loop()
    far, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", out))

    class Relay(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            far.sendto(FRAME)

    await loop.create_datagram_endpoint(Relay, local_addr=("127.0.0.1", heard_at))
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


async def speak(heard_at: int, url: str) -> None:
    """The same into a WebSocket of obs-websocket, as a request that changes nothing."""
    from aiohttp import ClientSession

    async with ClientSession() as session, session.ws_connect(url, protocols=("obswebsocket.json",)) as socket_:
        await socket_.receive_str()
        await socket_.send_str('{"op": 1, "d": {"rpcVersion": 1, "eventSubscriptions": 0}}')
        await socket_.receive_str()
        loop = asyncio.get_running_loop()
        request = '{"op": 6, "d": {"requestType": "GetVersion", "requestId": "bare"}}'
        sending: set[asyncio.Task[None]] = set()

        class Relay(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: object) -> None:
                task = loop.create_task(socket_.send_str(request))
                sending.add(task)
                task.add_done_callback(sending.discard)

        await loop.create_datagram_endpoint(Relay, local_addr=("127.0.0.1", heard_at))

        async def drain() -> None:
            async for _ in socket_:
                pass

        reading = loop.create_task(drain())
        print("ready", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        reading.cancel()


async def sieve(heard_at: int, streams: int, out: int) -> None:
    loop = asyncio.get_running_loop()
    far, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", out))

    class Sieve(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            if data.startswith(b"/go"):
                far.sendto(FRAME)

    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    await loop.create_datagram_endpoint(Sieve, local_addr=("127.0.0.1", heard_at))
    await loop.create_server(Echo, "127.0.0.1", streams)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


async def pulse(rate: int, count: int, ports: Sequence[int]) -> None:
    loop = asyncio.get_running_loop()
    ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in ports]
    for end, port in zip(ends, ports, strict=True):
        end.connect(("127.0.0.1", port))
    done = loop.create_future()
    first = loop.time() + 0.2
    print(time.time_ns() + int((first - loop.time()) * 1e9), flush=True)

    def beat(number: int) -> None:
        for end in ends:
            end.send(FRAME)
        if number + 1 < count:
            loop.call_at(first + (number + 1) / rate, beat, number + 1)
        else:
            done.set_result(None)

    loop.call_at(first, beat, 0)
    used = time.process_time()
    await done
    print((time.process_time() - used) / (count / rate), flush=True)


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    if kind == "relay":
        asyncio.run(relay(int(numbers[0]), int(numbers[1])))
    elif kind == "speak":
        asyncio.run(speak(int(numbers[0]), numbers[1]))
    elif kind == "sieve":
        asyncio.run(sieve(*map(int, numbers)))
    else:
        asyncio.run(pulse(int(numbers[0]), int(numbers[1]), [int(port) for port in numbers[2:]]))
