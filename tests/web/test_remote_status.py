"""What `cuelang remote` says of a running show, and what an answer says that happened."""

from __future__ import annotations

import aiohttp

from cuelang.web.remote import status, told
from tests.web.booth import Page, page, showing

SHEET = """
show "Service"
    go_window 1ms
    debounce 1ms
    interlock block
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
on key "F8" go 3
cue 1 "Hymn"
    tally foh program
    follow after 60s
cue 2 "Sermon"
    wait for go
    note "Amen"
cue 3 "Blessing"
    wait for osc "/ready" up to 10m
"""


def lines(one: Page, elapsed: float) -> str:
    clock = {"wall": "2026-11-23T19:30:05.120+00:00", "elapsed_ms": elapsed}
    return "\n".join(status({"state": one.state, "clock": clock}))


async def test_status_has_what_follows_waits_and_is_held() -> None:
    async with showing(SHEET) as booth, page(booth) as one:
        assert "next GO    GO 1, then 2" in lines(one, 0)
        await one.do("press-0001", "go")
        await one.until(lambda: one.state["follows"])
        (follow,) = one.state["follows"].values()
        assert "follows    2  Sermon  follows cue 1 in 0:50" in lines(one, follow["due_ms"] - 50_000)
        await one.do("press-0002", "pause")
        await one.until(lambda: one.state["pause_does"] == "resume")
        assert "paused     2  Sermon  follows cue 1 in 0:" in lines(one, 0)
        assert told(await one.do("press-0003", "resume")) == "resume: fired (resumed the follow of cue 1)"
        await one.do("press-0004", "go")
        await one.until(lambda: one.state["go"]["does"] == "releases")
        assert "next GO    GO → Sermon goes on (cue 2 waits), then 3" in lines(one, 9000)
        assert "2  Sermon  0:0" in lines(one, 9000) and ", waits for go" in lines(one, 9000)
        await one.do("press-0005", "start", cue="3")
        await one.until(lambda: "3" in [run["cue"] for run in one.state["running"].values()])
        assert "waits for osc /ready, " in lines(one, 9000) and " at most" in lines(one, 9000)
        assert told(await one.do("press-0006", "go", releases="2")) == "go: fired (GO released cue 2)"
        late = await one.do("press-0007", "go", releases="2")
        assert (late["verdict"], late["reason"]) == ("refused", "cue 2 no longer waits")
        await one.do("press-0008", "panic")
        await one.until(lambda: one.state["panic"])
        assert "PANIC      " in lines(one, 9000)


async def test_the_sheets_own_key_by_page_and_api() -> None:
    async with showing(SHEET) as booth, page(booth) as one:
        assert one.state["keys"] == [{"key": "F8", "does": "go 3"}]
        async with aiohttp.ClientSession() as program:
            async with program.post(f"{booth.url}/api/key", json={"key": "f8"}) as answer:
                assert (await answer.json())["did"] == "GO 3 fired"
            async with program.post(f"{booth.url}/api/key", json={"key": "F9"}) as answer:
                assert answer.status == 404 and (await answer.json())["error"]["code"] == "no_such_key"
        assert booth.asked == [("go 3", "fired")]


async def test_a_statement_that_is_withheld_is_not_told_as_done() -> None:
    async with showing(SHEET) as booth, page(booth) as one:
        await one.do("press-0001", "go")
        answer = await one.do("press-0002", "statement", camera="foh", text="move to wide")
        assert "foh is on program" in answer["did"] and "refused" in answer["did"]
        assert booth.of("command")[-1]["outcome"] == "refused"
        answer = await one.do("press-0003", "statement", camera="foh", text="move to wide live")
        assert answer["did"] == ""


async def test_a_skip_by_http_is_seen_by_status_and_locked_in_show_mode() -> None:
    async with showing(SHEET + "on once 2099-12-24 at 17:00 start 3\n") as booth, page(booth) as one:
        assert "next       2099-12-24 17:00:00  start 3" in lines(one, 0).splitlines()
        async with aiohttp.ClientSession(booth.url) as client:

            async def press() -> dict[str, object]:
                async with client.post("/api/skip") as answer:
                    found: dict[str, object] = await answer.json()
                    return found

            assert (await press())["did"] == "skipped: start 3, Thu 2099-12-24 17:00:00"
            async with client.get("/api/state") as answer:
                assert (await answer.json())["state"]["next_firing"]["skipped"] is True
            await one.until(lambda: one.state["next_firing"]["skipped"])
            assert "next       2099-12-24 17:00:00  start 3  SKIPPED" in lines(one, 0).splitlines()
            await one.do("press-0001", "lock")
            assert (await press())["verdict"] == "refused"
            await one.do("press-0002", "unlock")
            assert (await press())["did"] == "no longer skipped: start 3, Thu 2099-12-24 17:00:00"
            await one.until(lambda: not one.state["next_firing"]["skipped"])
            assert booth.asked == [("skip", "fired"), ("skip", "refused"), ("skip", "fired")]
