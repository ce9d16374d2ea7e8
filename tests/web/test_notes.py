"""Names of the people at the pages, notes that they write during the show, flags on cues."""

from __future__ import annotations

import aiohttp

from tests.web.booth import page, showing


async def test_who_presses_is_a_name() -> None:
    async with showing() as booth, page(booth) as one:
        await one.do("press-0001", "go", who="Anna")
        await one.until(lambda: one.state["last_fired"] is not None)
        assert one.state["last_fired"]["source"] == "Anna"
        [record] = booth.of("trigger")
        assert record["source"].startswith("page 127.0.0.1:")
        assert record["source"].endswith("(Anna)")
        await one.do("press-0002", "stop")
        await one.until(lambda: len(one.state["triggers"]) == 2)
        assert one.state["triggers"][-1]["source"] == "page 127.0.0.1"


async def test_a_note_is_bound_to_the_cue_and_the_time() -> None:
    async with showing() as booth, page(booth) as one:
        answer = await one.do("press-0001", "note", text="doors late", who="Anna")
        assert (answer["verdict"], answer["did"]) == ("fired", "noted")
        await one.do("press-0002", "go", cue="2")
        answer = await one.do("press-0003", "note", text="the band was loud", who="Ben")
        assert answer["did"] == "noted on cue 2"
        await one.do("press-0004", "note", text="look left", cue="10.50")
        await one.until(lambda: len(one.state["remarks"]) == 3)
        assert [(row["cue"], row["text"], row["by"]) for row in one.state["remarks"]] == [
            ("", "doors late", "Anna"), ("2", "the band was loud", "Ben"), ("10.5", "look left", "page 127.0.0.1"),
        ]  # fmt: skip
        assert one.state["last_cue"] == "2"
        records = [record for record in booth.of("note") if record.get("by")]
        assert [(record["cue"], record["text"], record["by"]) for record in records][1] == (
            "2", "the band was loud", "Ben",
        )  # fmt: skip
        assert records[1]["t_ms"] >= records[0]["t_ms"]
        told = booth.executor.notebook.told
        assert told[0] == "Notes of this show:"
        assert told[2].endswith("cue 2  the band was loud (Ben)")


async def test_show_mode_lets_notes_through_and_a_viewer_writes_none() -> None:
    async with showing() as booth, page(booth) as one:
        await one.do("press-0001", "lock")
        assert (await one.do("press-0002", "note", text="x"))["verdict"] == "fired"
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{booth.url}/ws?role=view") as socket:
            await socket.send_json({"type": "do", "id": "press-0003", "verb": "note", "text": "y"})
            while (answer := await socket.receive_json())["type"] != "answer":
                pass
            assert answer["error"]["code"] == "not_allowed"


async def test_a_flag_is_set_and_taken_away() -> None:
    async with showing() as booth, page(booth) as one:
        assert (await one.do("press-0001", "flag"))["verdict"] == "no_cue"
        await one.do("press-0002", "flag", cue="3", who="Anna")
        await one.until(lambda: one.state["cues"]["3"]["flag"] == "Anna")
        assert booth.executor.notebook.told == ["Flagged cues: 3 (Anna)"]
        await one.do("press-0003", "flag", cue="3", on=False)
        await one.until(lambda: one.state["cues"]["3"]["flag"] == "")


async def test_a_note_by_http() -> None:
    async with showing() as booth, aiohttp.ClientSession() as session:
        async with session.post(f"{booth.url}/api/note", json={"text": "by hand", "cue": 2, "who": "Anna"}) as answer:
            assert (await answer.json())["did"] == "noted on cue 2"
        for body, status in (
            ({"text": ""}, 400),
            ({}, 400),
            ({"text": "x", "cue": "99"}, 404),
            ({"text": "x", "who": " "}, 400),
        ):
            async with session.post(f"{booth.url}/api/note", json=body) as answer:
                assert answer.status == status, body
