"""Switchers before doors: simulated ones in virtual time, each set up as a venue left it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from cuelang import clock
from cuelang.address import parse_switcher
from cuelang.cli.parser import main
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import Plan, Switcher
from cuelang.protocols.atem.machine import Atem
from cuelang.protocols.obs import Obs
from cuelang.protocols.switcher import Machine
from cuelang.protocols.vmix import Vmix
from cuelang.simulator import obs as obs_end
from cuelang.simulator.switchers import AttachedSwitcher, end_for
from cuelang.source import Source
from cuelang.switchers.link import SwitcherLink, Watcher
from cuelang.technician.vision import ANSWER_NS, CheckedSwitcher, as_rows, look, real
from cuelang.transports.memory import pair

SHEET = """\
camera foh "sim://foh"
camera left "sim://left"
switcher vision "{kind}://10.0.0.9"
    source foh = {foh}
    source left = {left}
    source both = {both} shows left
cue 1
    cut to foh
    preview left
    take left
    dissolve to both over 1s
    stream start
    record start
"""


def plan_of(kind: str = "obs", foh: str = '"Camera FOH"', left: str = '"Left"', both: str = '"Both"') -> Plan:
    text = SHEET.format(kind=kind, foh=foh, left=left, both=both)
    done = Compiler(Library()).compile(Source("night.cues", text))
    assert done.plan is not None, [(one.span.line, one.message) for one in done.diagnostics]
    return done.plan


SCENES = {"Camera FOH": "Camera FOH", "Left": "Left", "Both": "Both", "Wide": "Wide"}
INPUTS = {"Camera FOH": "ndi foh", "Left": "ndi left", "Both": "frame", "Wide": "wall"}


def seen(
    plan: Plan,
    kind: str = "obs",
    sources: Mapping[str, str] = SCENES,
    *,
    shows: Mapping[str, tuple[str, ...]] = {},
    studio_mode: bool = True,
    password: str | None = None,
    dead: bool = False,
) -> CheckedSwitcher:
    async def before_doors() -> list[CheckedSwitcher]:
        attached: list[AttachedSwitcher] = []

        def opened(switcher: Switcher, watcher: Watcher) -> SwitcherLink:
            near, far = pair()
            if not dead:
                end = end_for(kind, sources, shows, password=password, inputs=INPUTS, studio_mode=studio_mode)
                attached.append(AttachedSwitcher(far, end))
            machines: dict[str, type[Machine]] = {"obs": Obs, "atem": Atem, "vmix": Vmix}
            return SwitcherLink(switcher.name, machines[kind](), near, watcher)

        found = await look(plan, opened)
        for one in attached:
            await one.close()
        return found

    return clock.run(before_doors(), kind="virtual")[0]


def test_a_switcher_that_has_everything() -> None:
    found = seen(plan_of())
    assert found.answers and found.wrong == [] == found.notes
    table = "\n".join(as_rows([found]))
    assert "1920×1080 50 fps" in table and "100 GB free" in table and "ready" in table
    assert found.json["stream_service"] is True and found.json["studio_mode"] is True


def test_a_source_that_is_not_there_is_named_with_the_nearest() -> None:
    found = seen(plan_of(left='"Lefft"'))
    assert found.wrong == ["It has no source “Lefft” (left). Did you mean “Left”?"]


def test_atem_and_vmix_know_their_sources_too() -> None:
    numbers = {"1": "Camera 1", "2": "Camera 2", "3": "Camera 3"}
    assert seen(plan_of("atem", "1", "2", "3"), "atem", numbers).wrong == []
    assert "It has no source “9” (both)." in seen(plan_of("atem", "1", "2", "9"), "atem", numbers).wrong[0]
    assert seen(plan_of("vmix", "1", "2", "3"), "vmix", numbers).wrong == []


def test_studio_mode_that_is_off() -> None:
    assert seen(plan_of(), studio_mode=False).wrong == [
        "Its studio mode is off, and the show uses preview and take. Switch it on."
    ]


def test_a_scene_that_shows_a_camera_and_the_sheet_does_not_say_so() -> None:
    found = seen(plan_of(), shows={"Both": ("Left", "Camera FOH"), "Wide": ("Camera FOH",)})
    assert found.wrong == []
    assert sorted(found.notes) == [
        "Its scene “Both” shows foh: write `source both shows foh`.",
        "Its scene “Wide” shows foh, and the sheet has no source for it.",
    ]


def test_an_input_with_layers_that_shows_a_camera_and_the_sheet_does_not_say_so() -> None:
    numbers = {"1": "FOH", "2": "Left", "3": "Both", "4": "Wall", "5": "Wall in a frame"}
    found = seen(
        plan_of("vmix", "1", '"Left"', "3"), "vmix", numbers, shows={"3": ("2", "1"), "4": ("1",), "5": ("4",)}
    )
    assert found.wrong == []
    assert sorted(found.notes) == [
        "Its input 3 “Both” shows foh: write `source both shows foh`.",
        "Its input 4 “Wall” shows foh, and the sheet has no source for it.",
        "Its input 5 “Wall in a frame” shows foh, and the sheet has no source for it.",
    ]


def test_a_disk_that_is_nearly_full_and_a_stream_that_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, dict[str, Any]] = {
        "GetStats": {"availableDiskSpace": 2_500.0, "activeFps": 50.0},
        "GetStreamServiceSettings": {"streamServiceSettings": {"server": "auto"}},
    }

    def says(request: str) -> None:
        monkeypatch.setitem(obs_end._ANSWERS, request, lambda _end, _data: answers[request])

    for request in answers:
        says(request)
    assert seen(plan_of()).wrong == [
        "The show starts the stream, and it has no stream service with a key. Set one.",
        "The show records, and there are 2.5 GB free on its disk.",
    ]


def test_one_that_does_not_answer_and_one_that_turns_us_away() -> None:
    numbers = ("1", "2", "3")
    assert seen(plan_of("atem", *numbers), "atem", dead=True).wrong == ["It does not answer: nothing came within 5 s."]
    greeting = "A WebSocket server is there, but it does not greet as OBS 28 and later do."
    assert seen(plan_of(), dead=True).wrong == [greeting]
    refused = seen(plan_of(), password="secret")
    assert not refused.answers and "password" in refused.wrong[0]


@pytest.mark.parametrize(
    ("says", "wrong"),
    [
        (
            "Request served by 4d896d95",
            "A WebSocket server is there, but not OBS: it says “Request served by 4d896d95”.",
        ),
        ('{"id": 1}', 'A WebSocket server is there, but not OBS: it says “{"id": 1}”.'),
    ],
    ids=["echo", "json"],
)
def test_a_websocket_server_that_is_not_obs_is_told_at_once(says: str, wrong: str) -> None:
    """Real sockets: no test of this takes as long as what is waited for if nothing comes."""

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(says)
        async for _ in socket:
            pass
        return socket

    async def before_doors() -> tuple[list[CheckedSwitcher], int]:
        app = web.Application()
        app.add_routes([web.get("/", talk)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        plan = plan_of()
        (switcher,) = plan.switchers
        here = replace(plan, switchers=(replace(switcher, at=parse_switcher(f"obs://127.0.0.1:{port}")),))
        begun = clock.current().now()
        found = await look(here, real)
        took = clock.current().now() - begun
        await runner.cleanup()
        return found, took

    (found,), took = clock.run(before_doors())
    assert (found.answers, found.wrong) == (False, [wrong])
    assert took < ANSWER_NS


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: a row of its own. In earnest, without the password: it says which variable is missing."""
    sheet = tmp_path / "night.cues"
    text = SHEET.format(kind="obs", foh='"Camera FOH"', left='"Left"', both='"Both"')
    sheet.write_text(text.replace('.9"\n', '.9"\n    password from "OBS_PASSWORD"\n'), "utf-8")
    assert main(["preflight", str(sheet), "--simulate"]) == 0
    shown = capsys.readouterr().out
    assert "No findings: everything is ready." in shown and "1920×1080" in shown
    monkeypatch.delenv("OBS_PASSWORD", raising=False)
    assert main(["preflight", str(sheet), "--json"]) == 1
    switcher = json.loads(capsys.readouterr().out)["switchers"][0]
    assert switcher["wrong"] == ["The environment variable OBS_PASSWORD is not set."]
