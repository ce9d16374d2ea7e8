"""Pages: one state for all, an order done once, and a page that stalls delays nothing."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from itertools import count
from typing import Any, cast

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands import Driver
from cuelang.runtime.given import Edition, ShowLines
from cuelang.web.hub import BUFFERED_FRAMES
from tests.drawn import examples
from tests.web.booth import SHEET, Page, compiled, page, showing


def still(state: dict[str, Any]) -> dict[str, Any]:
    """Without what moves on from moment to moment."""
    return {name: value for name, value in state.items() if name != "cameras"}


async def test_a_page_sees_the_show() -> None:
    async with showing() as booth, page(booth) as one:
        assert one.hello["role"] == "operate" and one.hello["protocol"] == 1
        assert set(one.hello["always"]) == {"stop", "panic"} and "standby" in one.hello["locked"]
        state = one.state
        assert state["show"] == {"title": "Night", "file": "night.cues", "timezone": None}
        assert state["order"] == {"cues": ["1", "2", "3", "10.5"], "cameras": ["foh", "left"], "switchers": []}
        assert state["standby"] == "1" and state["cues"]["1"]["standby_text"] == "Ready"
        assert state["cues"]["10.5"]["duration_ms"] is None and state["cues"]["2"]["section"] == "Act I"
        assert state["cameras"]["foh"]["link"] == "connected" and state["running"] == {}
        assert state["next_firing"]["cue"] == "1"
        (lane,) = state["timelines"]["1"]["lanes"]
        assert [event["label"] for event in lane["events"]] == ["tally program", "move to throne"]

        answer = await one.do("press-0001", "go", expect="1", session=one.hello["session"])
        assert answer == {"type": "answer", "id": "press-0001", "request": "go", "verdict": "fired", "reason": "",
                          "did": "GO 1 fired"}  # fmt: skip
        await one.until(lambda: one.state["cues"]["1"]["state"] == "running")
        state = one.state
        assert state["standby"] == "2" and set(state["timelines"]) == {"1", "2"}
        assert state["last_fired"]["source"] == "page 127.0.0.1"
        assert [row["verdict"] for row in state["triggers"]] == ["fired"]
        await one.until(lambda: one.state["cameras"]["foh"]["pan"] < -1)
        assert one.state["cameras"]["foh"]["tally"] == "program"
        assert one.snapshots == 1


async def test_what_runs_is_told_once_and_not_at_every_tick() -> None:
    async with showing() as booth, page(booth) as one:
        await one.do("press-0001", "start", cue="2.0")
        await one.until(lambda: one.state["running"])
        (run,) = one.state["running"].values()
        assert (run["cue"], run["paused"], run["elapsed_ms"], run["duration_ms"]) == ("2", False, None, 60000)
        before = dict(run)
        await asyncio.sleep(0.5)
        assert one.state["running"] == {str(run["run"]): before}
        await one.do("press-0002", "pause")
        await one.until(lambda: one.state["cues"]["2"]["state"] == "paused")
        (run,) = one.state["running"].values()
        assert run["paused"] and run["zero_ms"] is None and 400 < run["elapsed_ms"] < 60000
        await one.do("press-0003", "stop")
        await one.until(lambda: not one.state["running"])
        assert one.state["cues"]["2"]["state"] == "stopped"


async def test_a_cue_whose_commands_failed_says_so() -> None:
    sheet = SHEET + 'camera dark "visca+udp://127.0.0.1:9"\ncue 20 "Dark"\n    tally dark off\n'
    async with showing(sheet) as booth, page(booth) as one:
        cast(dict[str, Driver], booth.executor.drivers).pop("dark")
        await one.do("press-0001", "go", cue=20)
        await one.until(lambda: one.state["cues"]["20"]["state"] == "failed")
        assert one.state["cues"]["20"]["troubles"] == 1 and one.state["counts"]["troubles"] == 1
        assert one.state["notes"][-1]["kind"] == "trouble"
        await one.do("press-0002", "go", cue="3")
        await one.until(lambda: one.state["cues"]["3"]["state"] == "done")


ORDERS = st.one_of(
    st.sampled_from(["go", "back", "stop", "pause", "resume", "panic"]).map(lambda verb: {"verb": verb}),
    st.tuples(st.sampled_from(["go", "start", "standby", "stop"]), st.sampled_from(["1", "2", "3", "10.5", "7"])).map(
        lambda pair: {"verb": pair[0], "cue": pair[1]}
    ),
    st.sampled_from(["lock", "unlock"]).map(lambda verb: {"verb": verb}),
    st.just({"verb": "statement", "camera": "left", "text": "zoom to 10%"}),
)


@examples(12)
@given(asked=st.lists(st.tuples(st.integers(0, 2), ORDERS, st.booleans()), max_size=25))
def test_two_pages_agree_whatever_is_asked(asked: list[tuple[int, dict[str, str], bool]]) -> None:
    async def night() -> None:
        keys = count(1)
        async with showing() as booth, page(booth) as one, page(booth) as two, aiohttp.ClientSession() as program:
            for who, order, at_once in asked:
                key = f"key-{next(keys):05}"
                if who == 2 and order["verb"] != "statement":
                    data = {"id": key} | {name: value for name, value in order.items() if name != "verb"}
                    async with program.post(f"{booth.url}/api/{order['verb']}", json=data) as answer:
                        await answer.read()
                else:
                    asking = (one, two)[who % 2].do(key, **order)
                    await asking
                if not at_once:
                    await asyncio.sleep(0.001)
            await one.do("last-00001", "stop")
            hub = booth.server.hub
            await asyncio.gather(*(each.until(lambda each=each: each.seq == hub.seq) for each in (one, two)))  # type: ignore[misc]
            assert one.state == two.state
            async with program.get(f"{booth.url}/api/state") as answer:
                moment = await answer.json()
            while one.seq < moment["seq"]:
                await asyncio.sleep(0.001)
            assert still(moment["state"]) == still(one.state)
            assert one.snapshots == two.snapshots == 1

    asyncio.run(night())


async def test_an_order_sent_twice_fires_once() -> None:
    async with showing() as booth, page(booth) as one, page(booth) as two, aiohttp.ClientSession() as program:
        first, again = await asyncio.gather(one.do("press-0001", "go"), two.do("press-0001", "go"))
        assert first == again and first["verdict"] == "fired"
        headers = {"Idempotency-Key": "press-0001"}
        async with program.post(f"{booth.url}/api/go", headers=headers) as answer:
            assert answer.status == 200
            told = {"request": "go", "verdict": "fired", "reason": "", "did": "GO 1 fired"}
            assert await answer.json() == {**told, "repeated": True}
        async with program.post(f"{booth.url}/api/go", headers=headers, json={"cue": "3"}) as answer:
            assert answer.status == 409 and (await answer.json())["error"]["code"] == "key_reused"
        assert booth.asked == [("go", "fired")]
        await one.until(lambda: one.state["standby"] == "2")


async def test_a_statement_sent_twice_at_once_is_carried_out_once() -> None:
    async with showing() as booth, page(booth) as one, page(booth) as two:
        words = {"camera": "left", "text": "zoom to 50%"}
        first, again = await asyncio.gather(
            one.do("press-0001", "statement", **words), two.do("press-0001", "statement", **words)
        )
        assert first == again and first["verdict"] == "fired"
        await one.until(lambda: one.state["cameras"]["left"]["zoom"] > 1)
        assert len(booth.asked) == 1
        source = booth.of("trigger")[0]["source"]
        assert source.startswith("page 127.0.0.1:") and source.endswith("(left: zoom to 50%)")


async def test_a_go_for_what_no_longer_stands_by_is_refused() -> None:
    async with showing() as booth, page(booth) as one:
        assert (await one.do("press-0001", "go", expect="1"))["verdict"] == "fired"
        answer = await one.do("press-0002", "go", expect="1")
        assert (answer["verdict"], answer["reason"]) == ("refused", "cue 2 stands by now, not cue 1")
        answer = await one.do("press-0003", "go", session="yesterday")
        assert answer["error"]["code"] == "other_session"
        assert (await one.do("press-0004", "go", cue="two"))["verdict"] == "no_cue"
        assert (await one.do("press-0005", "start", cue="77"))["verdict"] == "no_cue"
        assert [verdict for _, verdict in booth.asked] == ["fired", "refused", "no_cue", "no_cue"]


async def test_messages_that_mean_nothing_are_answered() -> None:
    async with showing() as booth, page(booth) as one:
        wrong: list[tuple[Any, str]] = [
            ({"type": "do", "id": "short", "verb": "go"}, "bad_key"),
            ({"type": "do", "id": "press-0001", "verb": "goo"}, "no_such_verb"),
            ({"type": "do", "id": "press-0001", "verb": "start"}, "cue_missing"),
            ({"type": "do", "id": "press-0001", "verb": "panic", "cue": "1"}, "no_cue_here"),
            ({"type": "do", "id": "press-0001", "verb": "go", "cue": ["1"]}, "bad_value"),
            ({"type": "do", "id": "press-0001", "verb": "statement", "camera": "foh"}, "statement_missing"),
            ({"type": "do", "id": "press-0001", "verb": "statement", "camera": "fog", "text": "x"}, "no_such_camera"),
            ({"type": "do", "id": "press-0001", "verb": "statement", "camera": "foh", "text": "x"}, "no_statement"),
            ({"type": "do", "id": "press-0001", "verb": "statement", "camera": "foh", "text": "zoom to 200%"}, "E302"),
            ({"type": "do", "verb": "go"}, "bad_key"),
            ({"type": "sing", "id": "press-0001"}, "no_such_type"),
            ([1, 2], "bad_json"),
        ]
        for message, code in wrong:
            one.answers.clear()
            await one.socket.send_json(message)
            await one.until(lambda: one.answers)
            (answer,) = one.answers.values()
            assert answer["error"]["code"] == code, message
        await one.socket.send_json({"type": "ping", "id": "42"})
        await one.until(lambda: "42" in one.answers)
        assert booth.asked == []


async def test_show_mode_is_switched_on_a_page_and_seen_on_all() -> None:
    async with showing() as booth, page(booth) as one, page(booth) as two:
        assert (await one.do("press-0001", "lock"))["verdict"] == "fired"
        await two.until(lambda: two.state["show_mode"])
        assert (await two.do("press-0002", "standby", cue="3"))["verdict"] == "refused"
        assert (await two.do("press-0003", "go"))["verdict"] == "fired"
        await two.do("press-0004", "unlock")
        assert (await one.do("press-0005", "standby", cue="3"))["verdict"] == "fired"


async def test_a_new_sheet_is_a_new_snapshot() -> None:
    async with showing() as booth, page(booth) as one:
        executor = booth.executor
        executor.load(
            compiled(SHEET.replace("Quick", "Changed")),
            ShowLines(executor.drivers),
            Edition({"3": ("W605 idle",)}),
        )
        await one.until(lambda: one.state["cues"]["3"]["title"] == "Changed")
        assert one.snapshots == 2 and one.state["cues"]["3"]["warnings"] == ["W605 idle"]


async def test_a_page_that_stalls_delays_nobody_and_gets_a_snapshot_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cuelang.web.socket.HEARTBEAT_S", 300.0)  # a busy machine may take longer than it waits
    async with showing() as booth, page(booth) as other:
        loop = asyncio.get_running_loop()
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.setblocking(False)
        await loop.sock_connect(stalled, ("127.0.0.1", booth.port))
        key = b64encode(b"0123456789abcdef").decode()
        head = f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{booth.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        head += f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        await loop.sock_sendall(stalled, head.encode())
        hub = booth.server.hub
        while len(hub._subscribers) < 2:
            await asyncio.sleep(0.01)
        slow = next(subscriber for subscriber in hub._subscribers if subscriber.seq < 0 or subscriber.seq <= hub.seq)
        # Each look is a frame of 20 long notes; the stalled socket is not read.
        for number in range(3000):
            booth.executor.say(f"{number} " + "x" * 4000)
            hub.look()
            async with asyncio.timeout(30):  # who waited for the stalled one would wait for five minutes
                await hub._wake_all()
        await other.until(lambda: other.seq >= hub.seq - 1)
        behind = [subscriber for subscriber in hub._subscribers if hub.seq - subscriber.seq > BUFFERED_FRAMES]
        assert len(behind) == 1 and len(hub._frames) <= BUFFERED_FRAMES and slow in hub._subscribers
        assert (await other.do("press-0001", "go"))["verdict"] == "fired"
        # It reads again: the deltas that are gone are not sent, a snapshot is.
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)  # a few bytes at a time would take forever
        received = bytearray()
        async with asyncio.timeout(40):
            while received.count(b'"type":"snapshot"') < 2:
                received += await loop.sock_recv(stalled, 1 << 20)
        stalled.close()
        assert received.count(b'"type":"delta"') < 3000


async def test_twenty_pages_get_the_same() -> None:
    async with showing() as booth, aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(f"{booth.url}/ws") for _ in range(20)]
        pages = [Page(one) for one in sockets]
        await asyncio.gather(*(one.until(lambda one=one: one.seq >= 0) for one in pages))  # type: ignore[misc]
        await pages[7].do("press-0001", "go", cue="3")
        await asyncio.gather(
            *(one.until(lambda one=one: one.state["cues"]["3"]["state"] == "done") for one in pages)  # type: ignore[misc]
        )
        for one in pages:
            await one.close()
