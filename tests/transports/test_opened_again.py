"""No error ends a line for good, and an answer that comes from elsewhere is not lost without a word."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

import pytest
import serial

from cuelang.devices import sony_line as sony_lines
from cuelang.devices.sony_line import Socket
from cuelang.transports import Line, keep_alive
from cuelang.transports.reopened import ReopenedLine
from cuelang.transports.serial import SerialPort
from cuelang.transports.tcp import TcpLine
from cuelang.transports.udp import UdpLine
from tests.transports import listening


class Notes(listening.Notes):
    def line_data(self, data: bytes) -> None:
        super().line_data(data)
        self.note(f"data {data.hex(' ')}")


def udp_socket(host: str = "127.0.0.1") -> socket.socket:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind((host, 0))
    link.setblocking(False)
    return link


async def test_a_system_that_refuses_a_socket_option_costs_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS refuses them all when the other end has just hung up; Windows before 2017 has no TCP_KEEPIDLE."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    line = TcpLine("127.0.0.1", server.sockets[0].getsockname()[1])
    line.listener = notes = Notes()

    class Stubborn:
        def setsockopt(self, *words: object) -> None:
            raise OSError(22, "Invalid argument")

    def refused(_link: socket.socket, *words: Any) -> None:
        keep_alive(cast(socket.socket, Stubborn()), *words)

    monkeypatch.setattr("cuelang.transports.tcp.keep_alive", refused)
    await line.open()
    assert notes.heard == ["up"]
    await line.close()
    server.close()


needs_user_timeout = pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system gives up sent data after minutes"
)


async def connected() -> tuple[TcpLine, Notes, asyncio.Server]:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    line = TcpLine("127.0.0.1", server.sockets[0].getsockname()[1])
    line.listener = notes = Notes()
    await line.open()
    return line, notes, server


def gives_up_after(line: TcpLine) -> int:
    """Ms after which the system gives up what this line has sent."""
    assert line._transport is not None
    link = line._transport.get_extra_info("socket")
    return int(link.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))


@needs_user_timeout
async def test_what_a_camera_does_not_acknowledge_is_given_up_within_two_seconds() -> None:
    line, _, server = await connected()
    assert 1000 <= gives_up_after(line) <= 2000
    await line.close()
    server.close()


@needs_user_timeout
@pytest.mark.parametrize("how", ["absent", "refused"])
async def test_a_stream_works_on_a_system_that_never_gives_up_what_was_sent(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "absent":
        monkeypatch.delattr(socket, "TCP_USER_TIMEOUT")
    else:
        monkeypatch.setattr(socket, "TCP_USER_TIMEOUT", 0x7FFF)  # an option that this system has never heard of
    line, notes, server = await connected()
    assert notes.heard == ["up"]
    monkeypatch.undo()
    assert gives_up_after(line) == 0
    await line.close()
    server.close()


class Odd(Exception):
    """An unforeseen error."""


def _once(real: Callable[..., Any]) -> Callable[..., Any]:
    count = 0

    async def opening(*args: Any) -> Any:
        nonlocal count
        count += 1
        if count == 1:
            raise Odd("out of the blue")
        return await real(*args)

    return opening


@pytest.mark.parametrize("scheme", ["udp", "tcp", "sony"])
async def test_an_error_that_nobody_foresaw_is_one_attempt_in_vain(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    kinds: dict[str, Callable[[], ReopenedLine]] = {
        "udp": lambda: UdpLine("127.0.0.1", port), "tcp": lambda: TcpLine("127.0.0.1", port),
        "sony": lambda: Socket("127.0.0.1", 0).line("127.0.0.1", port),
    }  # fmt: skip
    line = kinds[scheme]()
    monkeypatch.setattr(line, "_open_once", _once(line._open_once))
    line.listener = notes = Notes()
    await line.open()
    await notes.until(lambda: "up" in notes.heard)
    assert notes.heard == ["error: out of the blue", "up"]
    await line.close()
    server.close()


@pytest.mark.parametrize("line", [UdpLine("127.0.0.1", 1259), Socket("127.0.0.1", 0).line("127.0.0.1", 52381)])
async def test_a_listener_that_fails_does_not_end_the_line(line: UdpLine) -> None:
    class Fails(Notes):
        def line_up(self) -> None:
            super().line_up()
            if len(self.heard) == 1:
                raise Odd("in the listener")

    line.listener = notes = Fails()
    await line.open()
    await notes.until(lambda: notes.heard.count("up") == 2)
    await line.close()


async def test_a_serial_port_is_opened_again_after_any_error(monkeypatch: pytest.MonkeyPatch) -> None:

    tries = []

    def opening(path: str, **_words: object) -> object:
        tries.append(path)
        raise Odd("a driver without manners")

    monkeypatch.setattr(serial, "serial_for_url", opening)
    port: Line = SerialPort("/dev/ttyUSB0", 9600)
    port.listener = notes = Notes()
    async with asyncio.timeout(40):
        await port.open()
    await notes.until(lambda: len(notes.heard) == 2)
    assert notes.heard == ["error: a driver without manners"] * 2 and len(tries) == 2
    await port.close()


async def test_a_port_whose_reading_fails_oddly_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyserial lets a TypeError or termios.error out when a port is pulled at the wrong moment."""

    class Pulled:
        in_waiting = 0

        def read(self, count: int) -> bytes:
            raise TypeError("'NoneType' object cannot be interpreted as an integer")

        def close(self) -> None: ...

    monkeypatch.setattr(serial, "serial_for_url", lambda _path, **_words: Pulled())
    port = SerialPort("/dev/ttyUSB0", 9600)
    port.listener = notes = Notes()
    await port.open()
    await notes.until(lambda: notes.heard.count("up") == 2)
    assert notes.heard[1].startswith("down: ")
    await port.close()


# --- datagrams -----------------------------------------------------------------------------------------------


async def receive(link: socket.socket) -> tuple[bytes, tuple[str, int]]:
    async with asyncio.timeout(40):
        data, where = await asyncio.get_running_loop().sock_recvfrom(link, 100)
    return data, ("127.0.0.1", where[1])


async def test_answers_from_another_port_of_the_camera_are_its_answers() -> None:
    with udp_socket() as asked, udp_socket() as answering:
        line = UdpLine("127.0.0.1", asked.getsockname()[1])
        line.listener = notes = Notes()
        await line.open()
        line.send(b"\x81\x09\x04\x00\xff")
        _, client = await receive(asked)
        answering.sendto(b"\x90\x50\x02\xff", client)
        await notes.until(lambda: len(notes.heard) == 2)
        answering.sendto(b"\x90\x50\x03\xff", client)
        await notes.until(lambda: len(notes.heard) == 3)
        assert notes.heard == ["up", "data 90 50 02 ff", "data 90 50 03 ff"]
        await line.close()


async def test_another_machine_that_answers_is_named_and_not_believed() -> None:
    with udp_socket() as asked, udp_socket("127.0.9.9") as other:
        line = UdpLine("127.0.0.1", asked.getsockname()[1])
        line.listener = notes = Notes()
        await line.open()
        line.send(b"\x81\x09\x04\x00\xff")
        _, client = await receive(asked)
        other.sendto(b"\x90\x50\x02\xff", client)
        other.sendto(b"\x90\x50\x02\xff", client)
        await notes.until(lambda: len(notes.heard) == 2)
        asked.sendto(b"\x90\x50\x02\xff", client)
        await notes.until(lambda: len(notes.heard) == 3)
        name = f"127.0.9.9:{other.getsockname()[1]}"
        assert notes.heard == [
            "up", f"error: 127.0.0.1 does not answer; something answers from {name}", "data 90 50 02 ff",
        ]  # fmt: skip
        await line.close()


async def test_sony_an_answer_that_may_be_one_of_several_cameras_is_named() -> None:
    with udp_socket() as first, udp_socket() as second, udp_socket() as other:
        shared = Socket("127.0.0.1", 0)
        lines = [shared.line("127.0.0.1", link.getsockname()[1]) for link in (first, second)]
        heard = [Notes(), Notes()]
        for line, notes in zip(lines, heard, strict=True):
            line.listener = notes
            await line.open()
        lines[0].send(b"\x01")
        _, client = await receive(first)
        first.sendto(b"\x02", client)
        await heard[0].until(lambda: len(heard[0].heard) == 2)
        other.sendto(b"\x03", client)
        await heard[1].until(lambda: len(heard[1].heard) == 2)
        assert heard[0].heard == ["up", "data 02"]
        where = f"127.0.0.1:{other.getsockname()[1]}"
        assert f"something answers from {where}" in heard[1].heard[1]
        for line in lines:
            await line.close()


@pytest.mark.parametrize("kind", ["udp", "sony"])
async def test_a_datagram_line_that_is_silent_is_opened_anew(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sony_lines, "SILENCE_NS", 0)
    with udp_socket() as camera:
        port = camera.getsockname()[1]
        line: UdpLine | sony_lines.PeerLine
        line = UdpLine("127.0.0.1", port) if kind == "udp" else Socket("127.0.0.1", 0).line("127.0.0.1", port)
        line.listener = notes = Notes()
        await line.open()
        line.send(b"\x01")
        _, before = await receive(camera)
        line.restart("the camera does not answer")
        await notes.until(lambda: notes.heard[-1] == "up" and len(notes.heard) > 1)
        assert notes.heard == ["up", "down: the camera does not answer" if kind == "udp" else notes.heard[1], "up"]
        line.send(b"\x02")
        _, after = await receive(camera)
        assert before != after
        await line.close()


async def test_a_name_with_several_addresses_is_tried_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """`localhost` is ::1 and 127.0.0.1, and a camera is at one of them."""
    with udp_socket() as camera:
        port = camera.getsockname()[1]

        async def found(*_words: object, **_more: object) -> list[tuple[object, ...]]:
            v6 = (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("::1", port, 0, 0))
            wrong = (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.9.7", port))
            right = (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", port))
            return [v6, wrong, right]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        line = UdpLine("stage", port)
        line.listener = notes = Notes()
        await line.open()
        line.send(b"\x01")
        line.restart("the camera does not answer")
        await notes.until(lambda: notes.heard.count("up") == 2)
        line.send(b"\x02")
        assert (await receive(camera))[0] == b"\x02"
        await line.close()


async def test_an_output_whose_host_is_not_known_at_first_is_opened_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The show is started before the network is up."""
    from cuelang.transports.osc import UdpOut

    with udp_socket() as console:
        loop, port = asyncio.get_running_loop(), console.getsockname()[1]
        real, tries = loop.getaddrinfo, []

        async def found(host: str, *words: Any, **more: Any) -> Any:
            tries.append(host)
            if len(tries) == 1:
                raise OSError(-3, "Temporary failure in name resolution")
            return await real("127.0.0.1", *words, **more)

        monkeypatch.setattr(loop, "getaddrinfo", found)
        up = asyncio.Event()
        out = UdpOut("eos.local", port)
        out.on_up = up.set
        await out.open()
        assert "name resolution" in out.send("/go", ())
        await asyncio.wait_for(up.wait(), 40)
        assert out.send("/go", ()) == ""
        assert (await receive(console))[0].startswith(b"/go")
        out.close()
