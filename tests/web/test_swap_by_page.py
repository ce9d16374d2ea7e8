"""`swap` and `recover` by the API of a running show."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp

from cuelang.app import RunOptions, run_show
from cuelang.runtime.view import LiveShow

SHEET = """\
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera spare "sim://spare"
    preset throne = 2 at pan -20deg tilt 5deg zoom 60%
cue 1
    move foh to throne
cue 2
    move foh to pan 3deg tilt 0deg
"""


def test_a_swap_by_http_and_key_is_shown_and_its_recover_offered_and_survives_a_reload(tmp_path: Path) -> None:
    sheet, log = tmp_path / "night.cues", tmp_path / "night.jsonl"
    sheet.write_text(SHEET)
    answers: list[dict[str, Any]] = []

    async def hand(show: LiveShow) -> None:
        async def settled() -> None:
            while show.view().running or any(one.doing for one in show.view().cameras):
                await asyncio.sleep(0.02)

        url = None
        while url is None:
            await asyncio.sleep(0.02)
            url = next((one.text for one in show.view().notes if "http://" in one.text), None)
        where = "http://" + url.partition("http://")[2].split()[0].rstrip("/.")
        async with aiohttp.ClientSession() as page:

            async def ask(path: str, **fields: object) -> dict[str, Any]:
                async with page.post(f"{where}/api/{path}", json=fields) as answer:
                    return dict(await answer.json())

            show.key("go", "1", key="enter")
            await settled()
            answers.append(await ask("swap", camera="foh", **{"for": "spare"}))
            answers.append(await ask("swap", camera="foh", **{"for": "spare"}, anyway=True))
            state = (await (await page.get(f"{where}/api/cameras")).json())["cameras"]
            answers.append({one["name"]: (one["cast"], one["offer"]) for one in state})
            show.recover(key="v")
            await settled()
            answers.append({one.name: (one.offer, round(one.pan or 0)) for one in show.view().cameras})
            answers.append(await ask("reload"))
            answers.append({one.name: (one.cast, 0) for one in show.view().cameras})
            show.swap("foh=foh", key="w")
            while show.view().cameras[0].cast:
                await asyncio.sleep(0.02)
        show.quit()

    options = RunOptions(str(sheet), simulate=True, log=str(log), http="auto", inputs=("osc+udp://127.0.0.1:0",))
    assert run_show(options, screen=hand) == 0
    refused, fired, offered, recovered, reloaded, after = answers
    assert refused["verdict"] == "refused" and "These angles are for foh" in refused["reason"]
    assert refused["mistakes"][0]["text"].startswith("E401")
    assert (fired["verdict"], fired["did"]) == ("fired", "spare stands in for foh")
    assert offered["spare"][0] == "stands in for foh" and offered["spare"][1] == "stands in for foh"
    assert offered["foh"][0] == "replaced by spare"
    assert recovered["spare"] == ("", -20)
    assert reloaded["verdict"] == "fired" and after["spare"][0] == "stands in for foh"
    requests = [json.loads(line) for line in log.read_text().splitlines()]
    said = [(one["request"], one["verdict"]) for one in requests if one["kind"] == "trigger"]
    assert ("swap foh for spare anyway", "fired") in said and ("swap foh for foh", "fired") in said
