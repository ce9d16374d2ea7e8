"""Our driver against OBS itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cuelang.commands.switching import Cut, Dissolve, Native, Order, Preview, SetOutput, Take
from cuelang.protocols.obs import Obs
from cuelang.switchers.link import SwitcherLink
from cuelang.transports.websocket import WebSocketLine
from cuelang.units import NS
from tests.switchers.real_obs import MISSING, PASSWORD, Hand, RealObs, real_obs
from tests.switchers.test_switcher_links import Watch, outcome

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.timeout(180),
    pytest.mark.calm,
]


async def connect(obs: RealObs, watch: Watch, password: str = PASSWORD) -> SwitcherLink:
    link = SwitcherLink("vision", Obs(password), WebSocketLine(f"ws://127.0.0.1:{obs.port}"), watch)
    await link.open()
    return link


async def on_program(hand: Hand) -> set[str]:
    seen = set()
    for name in ("Cam FOH", "Cam Left", "Cam Right", "Slides PC"):
        if (await hand.ask("GetSourceActive", sourceName=name))["videoActive"]:
            seen.add(name)
    return seen


def lit(link: SwitcherLink) -> set[str]:
    return {name for name, bus in link.state.tally.items() if bus == "program"}


async def soon(check: object, seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not check():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def test_an_evening_with_obs(tmp_path: Path) -> None:
    async with real_obs(tmp_path) as obs, Hand(obs.port) as hand:
        watch = Watch()
        link = await connect(obs, watch)
        await watch.until(link)
        assert link.state.program == "FOH" and lit(link) == {"Cam FOH"}
        assert link.machine.resolve("Nested") and link.machine.seen_in("Nested") == {"Cam Right", "Cam FOH"}  # type: ignore[attr-defined]
        await hand.ask("SetCurrentSceneTransition", transitionName="Fade")
        await hand.ask("SetCurrentSceneTransitionDuration", transitionDuration=700)

        async def does(order: Order) -> tuple[str, str]:
            return await outcome(link, order)

        # Cuts, again and again, with the person's own transition put back each time: none of them jumps back.
        for scene in ("Left", "Right", "FOH", "Left", "Slides", "FOH"):
            assert await does(Cut(scene)) == ("completed", "")
            assert (await hand.ask("GetCurrentProgramScene"))["currentProgramSceneName"] == scene
        await asyncio.sleep(0.2)
        assert await on_program(hand) == {"Cam FOH"} == lit(link)
        chosen = await hand.ask("GetCurrentSceneTransition")
        assert (chosen["transitionName"], chosen["transitionDuration"]) == ("Fade", 700)

        # A dissolve has both on program, and the tally goes out after it.
        loop = asyncio.get_running_loop()
        for length in (0.5, 1.0):
            target = "Left" if length == 0.5 else "Right"
            began = loop.time()
            order = asyncio.create_task(does(Dissolve(target, round(length * NS))))
            await soon(lambda: len(lit(link)) == 2)
            assert await order == ("completed", "")
            assert length - 0.05 < loop.time() - began < length + 0.6
            await soon(lambda: lit(link) == {f"Cam {target}"})  # noqa: B023
        chosen = await hand.ask("GetCurrentSceneTransition")
        assert (chosen["transitionName"], chosen["transitionDuration"]) == ("Fade", 700)

        # A nested scene lights what is inside it.
        assert await does(Cut("Nested")) == ("completed", "")
        await soon(lambda: lit(link) == {"Cam Right", "Cam FOH"})

        # Without studio mode there is no preview; with it a take swaps.
        assert (await does(Preview("Left")))[0] == "refused"
        await hand.ask("SetStudioModeEnabled", studioModeEnabled=True)
        await soon(lambda: link.state.studio_mode is True)
        assert await does(Preview("Left")) == ("completed", "")
        await soon(lambda: link.state.tally.get("Cam Left") == "preview")
        assert await does(Take("Left")) == ("completed", "")
        assert (link.state.program, link.state.preview) == ("Left", "Nested")
        assert await does(Dissolve("Right", NS // 2)) == ("completed", "")
        assert (link.state.program, link.state.preview) == ("Right", "Left")
        assert (await does(Take("Slides")))[1] == "Left is on preview, not Slides"

        # A scene with a transition of its own is cut to, and has it again.
        await hand.ask(
            "SetSceneSceneTransitionOverride", sceneName="FOH", transitionName="Fade", transitionDuration=600
        )
        began = loop.time()
        assert await does(Cut("FOH")) == ("completed", "")
        assert loop.time() - began < 0.5
        await asyncio.sleep(0.2)
        own = await hand.ask("GetSceneSceneTransitionOverride", sceneName="FOH")
        assert (own["transitionName"], own["transitionDuration"]) == ("Fade", 600)

        # A person's cut is told apart from ours.
        watch.by_hand.clear()
        await hand.ask("SetCurrentSceneTransition", transitionName="Cut")
        await hand.ask("SetCurrentProgramScene", sceneName="Slides")
        await soon(lambda: watch.by_hand == ["Slides"])

        # What OBS refuses, and what it understands itself.
        assert await does(Cut("Balcony")) == ("refused", "OBS has no scene “Balcony”")
        assert (await does(Native('SetInputMute {"inputName": "None", "inputMuted": true}')))[0] == "refused"
        assert await does(Native('SetInputName {"inputName": "Cam FOH", "newInputName": "Kamera 客席"}')) == (
            "completed",
            "",
        )
        await soon(lambda: "Kamera 客席" in link.machine.inputs)  # type: ignore[attr-defined]

        # A recording runs and stops; a stream to nowhere is not complete.
        assert await does(SetOutput("record", True)) == ("completed", "")
        assert link.state.outputs["record"]
        await asyncio.sleep(0.5)
        assert await does(SetOutput("record", False)) == ("completed", "")
        assert list(tmp_path.glob("*.mkv"))
        await hand.ask(
            "SetStreamServiceSettings",
            streamServiceType="rtmp_custom",
            streamServiceSettings={"server": "rtmp://127.0.0.1:9/live", "key": "x"},
        )
        assert (await does(SetOutput("stream", True)))[0] == "timed_out"

        # OBS is killed in the middle of a fade, and comes back.
        fading = asyncio.create_task(does(Dissolve("Left", 2 * NS)))
        await soon(lambda: link.state.transition)
        obs.kill()
        assert await fading == ("unreachable", "the switcher does not respond")
        assert not link.state.ready
        await obs.start()
        await watch.until(link)
        assert await does(Cut("Right")) == ("completed", "")
        await link.close()


async def test_a_wrong_password_is_said_by_obs(tmp_path: Path) -> None:
    async with real_obs(tmp_path) as obs:
        watch = Watch()
        link = await connect(obs, watch, "wrong")
        await soon(lambda: "the password is wrong" in watch.links)
        await link.close()
