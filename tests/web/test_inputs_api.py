"""The inputs of a show in the API and on a page's socket."""

from __future__ import annotations

import aiohttp

from cuelang.web.remote import listened
from tests.web.booth import page, showing

SHEET = """show "Inputs"
input desk "osc+udp://127.0.0.1:53999"
camera foh "sim://foh"
cue 1 "One"
    note "one"
"""


async def test_the_api_has_them_too() -> None:
    async with showing(SHEET) as booth, page(booth) as one:
        ears = booth.ears
        ears.heard("desk", "osc udp 10.0.0.7:1", lambda: ('on osc "/x"', ""), [])
        await one.until(lambda: one.state["heard"])
        assert one.state["inputs"][0]["untaken"]["line"] == 'on osc "/x"'
        async with aiohttp.ClientSession() as program:
            async with program.post(f"{booth.url}/api/mute", json={"input": "desk", "who": "Anna"}) as answer:
                assert (answer.status, (await answer.json())["did"]) == (200, "the input desk is muted")
            async with program.post(f"{booth.url}/api/mute", json={"input": "keys"}) as answer:
                assert answer.status == 409
            async with program.post(f"{booth.url}/api/mute", json={}) as answer:
                assert answer.status == 400
            async with program.get(f"{booth.url}/api/inputs") as answer:
                found = await answer.json()
        assert found["inputs"][0]["muted"] == "Anna" and [row["line"] for row in found["heard"]] == ['on osc "/x"']
        assert ears.muted("desk")
        booth.show_mode(True)
        assert (await one.do("press-0001", "unmute", input="desk"))["did"] == "the input desk is heard again"


def test_what_was_missed_between_two_looks_is_counted() -> None:
    row = {"time": "19:30:00", "input": "desk", "sender": "", "line": "on osc", "note": "", "taken": ""}
    lines, last = listened({"heard": [{**row, "seq": 9}, {**row, "seq": 10, "note": "value 3"}]}, 4)
    assert lines == [
        "… and 4 more",
        "19:30:00  desk  on osc  → no trigger",
        "19:30:00  desk  on osc  # value 3  → no trigger",
    ]
    assert last == 10 and listened({"heard": []}, 10) == ([], 10)
