"""OSC over TCP and answers over UDP, on real sockets: other people's clients, many at once, and those who mean harm."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_tcp_server import MODE_1_0
from pythonosc.slip import encode as slip
from pythonosc.tcp_client import SimpleTCPClient
from pythonosc.udp_client import SimpleUDPClient

from cuelang.clock import current
from cuelang.plan import Plan
from cuelang.playback.effects import Request
from cuelang.protocols import qlab
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import Deframer, length
from cuelang.triggers import osc_client
from cuelang.triggers.osc import OscDoor
from cuelang.triggers.osc_client import CLIENTS, RATE, Client, sender_limit
from cuelang.units import NS
from tests.triggers.osc_house import GUARDED, Guest, House, after, at_house, plan_of

SHEET = """
show "Twelfth Night"
input bridge "osc+tcp://127.0.0.1:0"
input desk "osc+udp://127.0.0.1:0"
camera foh "sim://foh"
cue 1 "If music be the food of love"
cue 2 "Orsino, close"
on osc "/stop the press" panic
""".replace("/stop the press", "/everything/off")


class Doors:
    def __init__(self, plan: Plan) -> None:
        self.requests: list[Request] = []
        self.problems: list[str] = []
        self.heard: list[str] = []
        self.door = OscDoor(
            plan,
            current(),
            self.requests.append,
            lambda _verdict: None,
            lambda address, _arguments, _source: self.heard.append(address),
            self.problems.append,
        )

    @property
    def asked(self) -> list[str]:
        return [request.text for request in self.requests]

    def connect(self) -> socket.socket:
        link = socket.create_connection(self.door.addresses["bridge"])
        link.settimeout(40)
        return link


@asynccontextmanager
async def doors() -> AsyncIterator[Doors]:
    show = Doors(plan_of(SHEET))
    await show.door.open()
    try:
        yield show
    finally:
        show.door.close()
        await asyncio.sleep(0)


async def until(condition: Any) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.002)


async def aside(work: Any, *arguments: Any) -> Any:
    """A foreign blocking client, on a thread of its own."""
    return await asyncio.to_thread(work, *arguments)


@pytest.mark.parametrize("mode", ["1.1", MODE_1_0])
async def test_python_osc_by_tcp(mode: str) -> None:
    def talk(port: int) -> dict[str, Any]:
        with SimpleTCPClient("127.0.0.1", port, mode=mode, timeout=5) as client:
            client.send_message("/go/2", [])
            client.send_message("/cueLists", [])
            (packet,) = client.receive(5)
            return dict(json.loads(OscMessage(packet).params[0]))

    async with doors() as show:
        reply = await aside(talk, show.door.addresses["bridge"][1])
        assert [cue["number"] for cue in reply["data"][0]["cues"]] == ["1", "2"]
        assert show.asked == ["go 2"] and show.requests[0].source.startswith("osc tcp 127.0.0.1:")


@pytest.mark.skipif(shutil.which("oscsend") is None, reason="oscsend is in Debian's liblo-tools")
async def test_oscsend_by_tcp() -> None:
    async with doors() as show:
        url = f"osc.tcp://127.0.0.1:{show.door.addresses['bridge'][1]}"
        process = await asyncio.create_subprocess_exec("oscsend", url, "/cue/2/start", "s", "x")
        assert await process.wait() == 0
        await until(lambda: show.asked == ["start 2"])


async def test_python_osc_by_udp_is_answered_on_the_port_that_it_names() -> None:
    async with doors() as show:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
            ear.bind(("127.0.0.1", 0))
            ear.setblocking(False)
            client = SimpleUDPClient("127.0.0.1", show.door.addresses["desk"][1])
            client.send_message("/udpReplyPort", ear.getsockname()[1])
            client.send_message("/cue/1/name", [])
            data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ear, 65536), 40)
            message = OscMessage(data)
            assert message.address == "/reply/cue/1/name"
            assert json.loads(message.params[0])["data"] == "If music be the food of love"


@pytest.mark.skipif(shutil.which("oscdump") is None, reason="oscdump is in Debian's liblo-tools")
async def test_oscdump_shows_what_a_udp_client_is_told(unused_udp_port: int) -> None:
    async with doors() as show:
        desk = str(show.door.addresses["desk"][1])
        dump = await asyncio.create_subprocess_exec(
            "stdbuf", "-oL", "oscdump", str(unused_udp_port), stdout=asyncio.subprocess.PIPE
        )
        assert dump.stdout is not None
        lines: list[str] = []
        wanted = ["/reply/alwaysReply", "/reply/go", "/reply/nope"]
        async with asyncio.timeout(40):
            while [line.split()[1] for line in lines[-3:]] != wanted:  # oscdump may not listen yet
                for words in (
                    ["/udpReplyPort", "i", str(unused_udp_port)],
                    ["/alwaysReply", "i", "1"],
                    ["/go"],
                    ["/nope"],
                ):
                    sender = await asyncio.create_subprocess_exec("oscsend", "127.0.0.1", desk, *words)
                    await sender.wait()
                with contextlib.suppress(TimeoutError):
                    while True:
                        lines.append((await asyncio.wait_for(dump.stdout.readline(), 0.5)).decode())
        dump.terminate()
        await dump.wait()
        assert '"status":"error"' in lines[-1]


async def test_a_hundred_clients_at_once() -> None:
    async with doors() as show:
        links = [show.connect() for _ in range(100)]
        for number, link in enumerate(links):
            link.sendall((slip if number % 2 else length)(encode(f"/go/{number}")))
        await until(lambda: len(show.requests) == 100)
        assert sorted(show.asked) == sorted(f"go {number}" for number in range(100))
        for link in links:
            link.close()
        await until(lambda: show.door.clients() == [])


async def test_more_clients_than_there_is_room_for_are_turned_away() -> None:
    async with doors() as show:
        links = [await aside(show.connect) for _ in range(CLIENTS + 3)]
        await until(lambda: len(show.door.clients()) == CLIENTS and show.problems)
        assert "256 clients are already connected" in show.problems[0] and len(show.problems) == 1
        links[0].sendall(slip(encode("/go")))
        await until(lambda: show.asked == ["go"])
        for link in links:
            link.close()


async def test_a_length_of_two_gigabytes_closes_the_connection_with_one_line() -> None:
    async with doors() as show:
        for _ in range(5):
            with show.connect() as link:
                link.sendall(b"\0\0\0\x04/go\0" + b"\x7f\xff\xff\xff" + b"x" * 5000)
                assert await aside(_closed, link)
        assert show.asked == ["go"] * 5
        assert len(show.problems) == 1 and "2147483647 bytes or more" in show.problems[0]


def _closed(link: socket.socket) -> bool:
    try:
        return link.recv(100) == b""
    except ConnectionError:
        return True


async def test_a_client_that_does_not_read_is_dropped_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osc_client, "BACKLOG", 100_000)
    async with doors() as show:
        lazy, other = show.connect(), show.connect()
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        question = slip(encode("/cueLists")) * 2000
        lazy.setblocking(False)
        loop = asyncio.get_running_loop()
        sending = asyncio.create_task(_pour(loop, lazy, question))
        await asyncio.sleep(0.05)
        began = current().now()
        other.sendall(slip(encode("/go")))
        await until(lambda: "go" in show.asked)
        assert current().now() - began < NS // 5
        async with asyncio.timeout(20):
            await sending
        await until(lambda: len(show.door.clients()) == 1)
        other.close()
        lazy.close()


async def _pour(loop: asyncio.AbstractEventLoop, link: socket.socket, data: bytes) -> None:
    try:
        while True:
            await loop.sock_sendall(link, data)
    except ConnectionError:
        return


@pytest.mark.calm
async def test_a_flood_of_one_does_not_delay_the_go_of_another() -> None:
    async with doors() as show:
        flood, desk = show.connect(), show.connect()
        flood.setblocking(False)
        pouring = asyncio.create_task(_pour(asyncio.get_running_loop(), flood, slip(encode("/nobody", (1,))) * 500))
        late = []
        for number in range(20):
            await asyncio.sleep(0.01)
            began = current().now()
            desk.sendall(slip(encode(f"/go/{number}")))
            await until(lambda number=number: len(show.requests) > number)
            late.append(current().now() - began)
        assert sorted(late)[10] < NS // 50
        assert len(show.heard) <= RATE * 3
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
        flood.close()
        desk.close()


# --- in virtual time ---------------------------------------------------------------------------------------


def test_a_datagram_flood_is_cut_off_but_for_a_panic() -> None:
    async def act(house: House) -> None:
        await after(1)
        for _ in range(RATE + 500):
            house.ears.datagram_received(encode("/x"), ("10.0.0.9", 7))
        for address in ("/go", "/panic", "/cue/1/stop"):
            house.ears.datagram_received(encode(address), ("10.0.0.9", 7))
        house.ears.datagram_received(encode("/cue/1/start"), ("10.0.0.10", 7))
        await after(0.2)
        house.ears.datagram_received(encode("/cue/2/start"), ("10.0.0.9", 7))
        assert house.verdicts == ["panic fired", "start 1 fired", "start 2 fired"]
        assert len(house.problems) == 1 and "message flood" in house.problems[0]

    at_house(act)


def test_a_bucket_fills_by_the_clock() -> None:
    bucket = sender_limit(0)
    assert sum(bucket.take(0) for _ in range(RATE + 10)) == RATE
    assert bucket.wait == NS // 1000 and bucket.take(bucket.wait)
    assert sum(bucket.take(NS * 3600) for _ in range(RATE + 10)) == RATE


def test_a_machine_that_says_nothing_for_a_minute_is_forgotten() -> None:
    async def act(house: House) -> None:
        sent: list[tuple[bytes, int]] = []

        def send_to(client: Client, data: bytes, port: int | None = None) -> bool:
            sent.append((data, client.reply_port if port is None else port))
            return True

        ears: Any = house.ears
        ears.send_to = send_to

        def say(address: str, *arguments: int | str) -> None:
            house.ears.datagram_received(encode(address, arguments), ("10.0.0.9", 4000))

        say("/connect", "5577")
        say("/udpReplyPort", 7000)
        say("/thump")
        assert sent[-1][1] == 7000
        await after(60)
        say("/go")
        await after(62)
        say("/go")
        assert [verdict.split()[1] for verdict in house.verdicts] == ["fired", "refused"]
        say("/connect", "5577")
        say("/udpKeepAlive", 1)
        await after(4000)
        say("/cue/2/start")
        assert house.verdicts[-1] == "start 2 fired" and sent[-1][1] == 53001

    at_house(act, port=GUARDED, environ={"OSC_PASSCODE": "5577"})


def test_a_surface_is_told_what_changes() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        house.door._announcer._clients = lambda: [guest.client]
        first = dict(await guest.ask("/cuelang/subscribe"))
        assert first["/cuelang/standby"] == ["1", "If music be the food of love", ""]
        assert first["/cuelang/running"] == [] and first["/cuelang/tally/foh"] == ["off"]
        assert first["/cuelang/camera/foh/link"] == ["none"]
        changed = dict(await guest.ask("/cue/2.5/start"))
        assert changed["/cuelang/tally/foh"] == ["program"]
        assert changed["/cuelang/verdict"] == ["fired", "start 2.5", "osc tcp 10.0.0.7:5000", ""]
        assert "/cuelang/standby" not in changed
        guest.packets.clear()
        await after(3)
        assert guest.packets == []
        await guest.ask("/cuelang/unsubscribe")
        assert await guest.ask("/go") == []

    at_house(act)


@pytest.mark.parametrize("stream", [True, False])
def test_a_surface_that_datagrams_reach_is_told_everything_again(stream: bool) -> None:
    """A tablet that was started again is dark, and a datagram that was lost was perhaps the lamp."""

    async def act(house: House) -> None:
        guest = Guest(house)
        house.door._announcer._clients = lambda: [guest.client]
        first = await guest.ask("/cuelang/subscribe")
        guest.client.stream = stream
        guest.packets.clear()
        await after(5.1)
        assert len(guest.packets) == (0 if stream else len(first))

    at_house(act)


# --- Companion -----------------------------------------------------------------------------------------------

KEYS = (
    '["number","uniqueID","listName","type","mode","isPaused","duration","actionElapsed","parent","flagged","notes",'
    '"autoLoad","colorName","isRunning","isAuditioning","isLoaded","armed","isBroken","continueMode",'
    '"percentActionElapsed","cartPosition","infiniteLoop","holdLastFrame"]'
)


async def test_the_conversation_of_companions_qlab_module() -> None:
    """What companion-module-figure53-qlab-advance 2 sends when it connects, five seconds later, and while a cue runs;
    and what its code needs of each answer to go on."""
    async with doors() as show:
        link = show.connect()
        link.setblocking(False)
        loop, stream, inbox = asyncio.get_running_loop(), Deframer(), list[OscMessage]()

        async def say(*messages: tuple[str, tuple[int | str, ...]]) -> None:
            await loop.sock_sendall(link, b"".join(slip(encode(*message)) for message in messages))

        async def reply(address: str) -> Any:
            def found() -> OscMessage | None:
                return next((message for message in inbox if message.address == f"/reply{address}"), None)

            async with asyncio.timeout(40):
                while found() is None:
                    inbox.extend(OscMessage(packet) for packet in stream.feed(await loop.sock_recv(link, 4096)))
            message = found()
            assert message is not None
            inbox.remove(message)
            answer = json.loads(message.params[0])
            assert answer["status"] == "ok"
            return answer["data"]

        await say(("/connect", ()), ("/version", ()), ("/workspaces", ()), ("/connect", ()))
        assert int((await reply("/version")).split(".")[0]) > 3
        (workspace,) = await reply("/workspaces")
        assert workspace["uniqueID"] and workspace["displayName"]
        assert await reply("/connect") not in ("badpass", "denied", "error")

        asked = ["/playheadID", "/updates", "/cueLists", "/selectedCues/uniqueIDs", "/alwaysAudition",
                 "/auditionMonitors", "/overrideWindow", "/showMode", "/liveFadePreview", "/settings/general/minGoTime",
                 "/overrides/midiInputEnabled", "/doubleGoWindowRemaining"]  # fmt: skip
        await say(*((address, ()) for address in asked), ("/updates", (1,)))
        playhead = await reply("/playheadID")
        await reply("/updates")
        (cue_list,) = await reply("/cueLists")
        cues = cue_list["cues"]
        for cue in (cue_list, *cues):
            assert cue["type"].lower() in ("cue list", "camera") and isinstance(cue["number"], str)
            assert cue["colorName"].lower().replace(" ", "") == "none" and len(cue["uniqueID"]) == 36
        assert playhead == cues[0]["uniqueID"]
        for selected in await reply("/selectedCues/uniqueIDs"):
            assert selected["cues"] == []
        for address in asked[4:]:
            await reply(address)

        await say((f"/cue_id/{playhead}/valuesForKeys", (KEYS,)))
        values = await reply(f"/cue_id/{playhead}/valuesForKeys")
        assert set(values) == set(json.loads(KEYS)) and values["uniqueID"] == playhead

        for press, request in (
            ("/go", "go"),
            ("/stop", "stop"),
            ("/panic", "panic"),
            ("/pause", "pause"),
            ("/resume", "resume"),
            ("/playhead/next", "standby next"),
            ("/playhead/previous", "back"),
            ("/playhead/2", "standby 2"),
            ("/cue/2/start", "start 2"),
            (f"/cue_id/{playhead}/start", "start 1"),
            ("/cue/selected/stop", "stop 1"),
            (f"/cue_id/{cue_list['uniqueID']}/go", "go"),
            (f"/workspace/{workspace['uniqueID']}/go", "go"),
        ):
            show.requests.clear()
            await say((press, ()))
            await until(lambda: show.requests)
            assert show.asked == [request], press
        link.close()
        assert qlab.VERSION.startswith("5")
