"""Drivers and simulated switchers over real sockets, and over a memory line in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Hashable
from itertools import pairwise
from typing import Any

import pytest

from cuelang import clock
from cuelang.commands.switching import Cut, Dissolve, Order, SwitcherState
from cuelang.protocols.atem.machine import Atem
from cuelang.protocols.obs import Obs
from cuelang.protocols.switcher import Machine
from cuelang.protocols.vmix import Vmix
from cuelang.simulator.switchers import AttachedSwitcher, SwitcherServer, end_for, serve_switcher
from cuelang.switchers.link import SwitcherLink
from cuelang.transports import Line, reopened
from cuelang.transports.memory import pair
from cuelang.transports.reopened import ReopenedLine
from cuelang.transports.tcp import TcpLine
from cuelang.transports.udp import UdpLine
from cuelang.transports.websocket import WebSocketLine
from cuelang.units import NS

KINDS = ("obs", "atem", "vmix")
MACHINES: dict[str, type[Machine]] = {"obs": Obs, "atem": Atem, "vmix": Vmix}


class Watch:
    """What a show learns of its switchers."""

    def __init__(self) -> None:
        self.by_hand: list[str | None] = []
        self.links: list[str] = []
        self.notes: list[str] = []
        self.happened = asyncio.Event()

    def switcher_changed(
        self, link: SwitcherLink, before: SwitcherState, state: SwitcherState, by: tuple[Hashable, ...]
    ) -> None:
        if before.ready and state.program != before.program and not by:
            self.by_hand.append(state.program)
        self.happened.set()

    def switcher_link(self, link: SwitcherLink) -> None:
        self.links.append(link.error)
        self.happened.set()

    def switcher_note(self, link: SwitcherLink, text: str) -> None:
        self.notes.append(text)

    async def until(self, link: SwitcherLink, ready: bool = True) -> None:
        async with asyncio.timeout(40):
            while link.state.ready is not ready:
                self.happened.clear()
                await self.happened.wait()


def line_to(kind: str, port: int) -> Line:
    if kind == "obs":
        return WebSocketLine(f"ws://127.0.0.1:{port}")
    return UdpLine("127.0.0.1", port) if kind == "atem" else TcpLine("127.0.0.1", port)


def machine_for(kind: str, password: str | None = None) -> Machine:
    return Obs(password) if kind == "obs" else MACHINES[kind]()


SOURCES = {"1": "1", "2": "2", "3": "3"}


async def outcome(link: SwitcherLink, order: Order) -> tuple[str, str]:
    ended: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()
    link.do(
        object(), order, accepted=lambda _when: None, finished=lambda word, why, _when: ended.set_result((word, why))
    )
    async with asyncio.timeout(40):
        return await ended


async def connect(kind: str, server: SwitcherServer, watch: Watch, password: str | None = None) -> SwitcherLink:
    link = SwitcherLink("vision", machine_for(kind, password), line_to(kind, server.port), watch)
    await link.open()
    await watch.until(link)
    return link


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cut_over_a_real_socket(kind: str) -> None:
    server = await serve_switcher(end_for(kind, SOURCES, {}), "127.0.0.1", 0)
    watch = Watch()
    link = await connect(kind, server, watch)
    assert await outcome(link, Cut("2")) == ("completed", "")
    assert server.end.mixer.program == "2" and watch.by_hand == []
    await link.close()
    await server.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_hand_at_the_switcher_is_told_apart(kind: str) -> None:
    server = await serve_switcher(end_for(kind, SOURCES, {}), "127.0.0.1", 0)
    watch = Watch()
    link = await connect(kind, server, watch)
    server.end.mixer.cut("3")
    server.poke()
    async with asyncio.timeout(40):
        while not watch.by_hand:
            watch.happened.clear()
            await watch.happened.wait()
    assert watch.by_hand == ["3"]
    await link.close()
    await server.close()


@pytest.mark.parametrize("kind", ["obs", "vmix"])
async def test_a_switcher_that_comes_back_is_connected_again(kind: str) -> None:
    server = await serve_switcher(end_for(kind, SOURCES, {}), "127.0.0.1", 0)
    watch = Watch()
    link = await connect(kind, server, watch)
    port = server.port
    await server.close()
    await watch.until(link, ready=False)
    server = await serve_switcher(end_for(kind, SOURCES, {}), "127.0.0.1", port)
    await watch.until(link)
    assert await outcome(link, Cut("3")) == ("completed", "")
    await link.close()
    await server.close()


TURNED_AWAY = {"wrong": "the password is wrong", None: "OBS requires a password, and the sheet has none"}


@pytest.mark.parametrize("password", TURNED_AWAY)
async def test_whoever_is_turned_away_says_so_once(password: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reopened, "CALM_NS", 0)
    end = end_for("obs", SOURCES, {}, password="right")
    attempts, connected = 0, end.connected

    def count(peer: Hashable) -> Any:
        nonlocal attempts
        attempts += 1
        watch.happened.set()
        return connected(peer)

    monkeypatch.setattr(end, "connected", count)
    server = await serve_switcher(end, "127.0.0.1", 0)
    watch = Watch()
    link = SwitcherLink("vision", Obs(password), line_to("obs", server.port), watch)
    await link.open()
    async with asyncio.timeout(40):
        while attempts < 3:
            watch.happened.clear()
            await watch.happened.wait()
    assert watch.links == [TURNED_AWAY[password]]
    await link.close()
    await server.close()


@pytest.mark.parametrize("password", TURNED_AWAY)
def test_whoever_is_turned_away_takes_its_time(password: str | None) -> None:
    """OBS shows each attempt to its operator, and a wrong password does not become right by itself."""
    line = TurnsAway()

    async def evening() -> None:
        link = SwitcherLink("vision", Obs(password), line)
        await link.open()
        await clock.current().sleep_until(100 * NS)
        await link.close()

    clock.run(evening(), kind="virtual")
    assert len(line.attempts) == 4 and min(b - a for a, b in pairwise(line.attempts)) >= 25 * NS


class TurnsAway(ReopenedLine):
    """A connection to an OBS that takes no password at all."""

    stream = False
    code: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.attempts: list[int] = []

    async def _open_once(self) -> None:
        self.attempts.append(clock.current().now())
        self.code = None
        self.listener.line_up()
        self.listener.line_data(
            json.dumps({"op": 0, "d": {"authentication": {"salt": "a", "challenge": "b"}}}).encode()
        )

    def send(self, data: bytes) -> None:
        self.code = 4009
        self._attempts = 0
        self._fell("it closed the connection")

    def restart(self, error: str) -> None:
        self._attempts = 0
        self._fell(error)

    async def _disconnect(self) -> None:
        pass


@pytest.mark.parametrize("kind", [*KINDS, "sim"])
def test_a_dissolve_in_virtual_time(kind: str) -> None:
    async def evening() -> None:
        near, far = pair()
        attached = AttachedSwitcher(far, end_for(kind, SOURCES, {}))
        watch = Watch()
        link = SwitcherLink("vision", machine_for("obs" if kind == "sim" else kind), near, watch)
        await link.open()
        await watch.until(link)
        began = clock.current().now()
        assert await outcome(link, Dissolve("2", NS)) == ("completed", "")
        assert 0.95 * NS < clock.current().now() - began < 1.2 * NS
        await link.close()
        await attached.close()

    clock.run(evening(), kind="virtual")
