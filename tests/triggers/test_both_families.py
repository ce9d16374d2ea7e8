"""An input named by a name listens at every address of it: senders pick any."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cuelang.address import port_at
from cuelang.clock import current
from cuelang.plan import Port
from cuelang.source import NOWHERE
from cuelang.transports import listening
from cuelang.transports.osc import UdpOut
from cuelang.triggers.access import InputAccess
from cuelang.triggers.osc_client import Client
from cuelang.triggers.osc_wire import INPUTS
from cuelang.triggers.tsl import TallyDoor
from tests.running.night import plan_of

SOURCES = [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)]


@pytest.fixture(autouse=True)
def both_families(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever /etc/hosts says here: `localhost` is ::1 and 127.0.0.1, as on most machines."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    real = asyncio.BaseEventLoop.getaddrinfo

    async def found(loop: asyncio.BaseEventLoop, host: str, port: int, **more: int) -> object:
        hosts = ("::1", "127.0.0.1") if host == "localhost" else (host,)
        return [one for name in hosts for one in await real(loop, name, port, **more)]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", found)


def say(data: bytes, host: str, family: int, kind: socket.SocketKind, port: int) -> None:
    with socket.socket(family, kind) as sender:
        sender.connect((host, port))
        sender.send(data)


class Heard:
    """The door behind an input."""

    urgent: tuple[bytes, ...] = ()

    def __init__(self) -> None:
        self.clock = current()
        self.packets: list[bytes] = []

    def packet(self, gate: InputAccess, client: Client, data: bytes, source: str, received: int) -> None:
        self.packets.append(data)

    def flooded(self, source: str) -> None: ...
    def trouble(self, what: str, text: str) -> None: ...


async def until(met: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not met():
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
@pytest.mark.parametrize(("host", "family"), SOURCES)
async def test_osc_is_heard_from_both(kind: socket.SocketKind, host: str, family: int) -> None:
    way = "udp" if kind == socket.SOCK_DGRAM else "tcp"
    heard = Heard()
    ears = INPUTS[f"osc+{way}"](
        heard, InputAccess(Port("d", port_at("osc+udp://localhost"), NOWHERE), {}, lambda _text: None)
    )
    await ears.open("localhost", 0)
    assert ears.address is not None
    packet = b"/cue/1/start\0\0\0\0,\0\0\0"
    data = packet if way == "udp" else len(packet).to_bytes(4, "big") + packet
    say(data, host, family, kind, ears.address[1])
    await until(lambda: heard.packets)
    ears.close()
    assert heard.packets == [packet]


@pytest.mark.parametrize("way", ["udp", "tcp"])
@pytest.mark.parametrize(("host", "family"), SOURCES)
async def test_tally_is_heard_from_both(way: str, host: str, family: int) -> None:
    plan = plan_of('camera foh "sim://foh"\n    tally_index 3\n', f'input d "tsl+{way}://localhost:0"\n')
    air: list[tuple[str, str]] = []
    door = TallyDoor(plan, current(), lambda _text: None, environ={})
    await door.open()
    door.start(lambda camera, mode, _: air.append((camera, mode)))
    kind = socket.SOCK_DGRAM if way == "udp" else socket.SOCK_STREAM
    say(b"\x83\x02" + b" " * 16, host, family, kind, door.addresses["d"][1])
    await until(lambda: air)
    door.close()
    assert air == [("foh", "program")]


async def test_everywhere_is_both_families_at_one_port() -> None:
    links = await listening.bound("::", 0, socket.SOCK_DGRAM)
    assert {link.family for link in links} == {socket.AF_INET, socket.AF_INET6}
    assert len({link.getsockname()[1] for link in links}) == 1
    for link in links:
        link.close()


async def test_a_machine_without_ipv6_listens_at_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    class Without(socket.socket):
        def bind(self, where: Any) -> None:
            if self.family == socket.AF_INET6:
                raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
            super().bind(where)

        def getsockname(self) -> Any:
            name = super().getsockname()
            if name[1] == 0:
                raise OSError(errno.EINVAL, "Windows has no name for a socket that is not bound")
            return name

    monkeypatch.setattr(socket, "socket", Without)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        links = await listening.bound("localhost", 0, kind)
        assert [link.family for link in links] == [socket.AF_INET]
        links[0].close()


async def test_an_output_to_a_name_goes_where_most_programs_listen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
        console.bind(("127.0.0.1", 0))
        console.settimeout(40)
        out = UdpOut("localhost", console.getsockname()[1])
        await out.open()
        assert out.send("/go", ()) == ""
        assert console.recv(100).startswith(b"/go")
        out.close()


@pytest.mark.skipif(sys.platform != "linux", reason="loopback has a broadcast address on Linux")
async def test_an_output_to_all_of_a_network() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
        console.bind(("", 0))
        console.settimeout(40)
        out = UdpOut("127.255.255.255", console.getsockname()[1])
        await out.open()
        assert out.send("/go", ()) == ""
        assert console.recv(100).startswith(b"/go")
        out.close()


async def test_half_of_an_input_is_none() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(OSError) as taken:
            await listening.bound("localhost", other.getsockname()[1], socket.SOCK_DGRAM)
        assert taken.value.errno == errno.EADDRINUSE
