"""OBS itself under Xvfb, with a scene collection made for the test. Debian: obs-studio, xvfb."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import aiohttp

from cuelang.protocols.obs import EVENTS, authentication
from tests.ports import free_port

PASSWORD = "stagepass"
CAMERAS = {"Cam FOH": 0xFF0000FF, "Cam Left": 0xFF00FF00, "Cam Right": 0xFFFF0000, "Slides PC": 0xFF808080}
SCENES = {
    "FOH": ["Cam FOH"],
    "Left": ["Cam Left"],
    "Right": ["Cam Right"],
    "Slides": ["Slides PC"],
    "PiP": ["Slides PC", "Cam FOH"],
    "Nested": ["Cam Right", "FOH"],
    "Black": [],
}
MISSING = [name for name in ("obs", "Xvfb") if shutil.which(name) is None]


class Hand:
    """A person at OBS: a second client, that answers no one else."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._number = 0
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.events: list[tuple[float, str, dict[str, Any]]] = []

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        try:
            self._socket = await self._session.ws_connect(f"ws://127.0.0.1:{self._port}")
        except BaseException:
            await self._session.close()
            raise
        hello = (await self._socket.receive_json())["d"]
        identify: dict[str, Any] = {"rpcVersion": 1, "eventSubscriptions": EVENTS}
        if "authentication" in hello:
            asked = hello["authentication"]
            identify["authentication"] = authentication(PASSWORD, asked["salt"], asked["challenge"])
        await self._socket.send_json({"op": 1, "d": identify})
        await self._socket.receive_json()
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self._session.close()

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if told["op"] == 7 and (waiting := self._answers.pop(told["d"]["requestId"], None)):
                waiting.set_result(told["d"])
            elif told["op"] == 5:
                now = asyncio.get_running_loop().time()
                self.events.append((now, told["d"]["eventType"], told["d"].get("eventData", {})))

    async def ask(self, name: str, **data: Any) -> dict[str, Any]:
        self._number += 1
        identity = f"hand-{self._number}"
        waiting = self._answers[identity] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"op": 6, "d": {"requestType": name, "requestId": identity, "requestData": data}})
        async with asyncio.timeout(40):
            reply = await waiting
        assert reply["requestStatus"]["result"], (name, data, reply)
        return dict(reply.get("responseData") or {})

    async def build(self) -> None:
        """The scenes of the test, whatever is there."""
        there = [each["sceneName"] for each in (await self.ask("GetSceneList"))["scenes"]]
        made: set[str] = set()
        for scene, items in SCENES.items():
            if scene not in there:
                await self.ask("CreateScene", sceneName=scene)
            for item in items:
                if item in SCENES or item in made:
                    await self.ask("CreateSceneItem", sceneName=scene, sourceName=item)
                else:
                    settings = {"color": CAMERAS[item], "width": 320, "height": 180}
                    await self.ask(
                        "CreateInput",
                        sceneName=scene,
                        inputName=item,
                        inputKind="color_source_v3",
                        inputSettings=settings,
                    )
                    made.add(item)
        await self.ask("SetCurrentProgramScene", sceneName="FOH")


class RealObs:
    """OBS as a process, with its own screen and home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self._screen = ""
        self._xvfb: subprocess.Popen[bytes] | None = None
        self._obs: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        settings = self.home / ".config" / "obs-studio"
        profile = settings / "basic" / "profiles" / "Untitled"
        profile.mkdir(parents=True, exist_ok=True)
        (settings / "global.ini").write_text(
            "[General]\nFirstRun=true\nLastVersion=486539266\nPre19Defaults=false\nPre21Defaults=false\n"
            "Pre23Defaults=false\nPre24.1Defaults=false\n[OBSWebSocket]\nFirstLoad=false\nServerEnabled=true\n"
        )
        (profile / "basic.ini").write_text(
            "[General]\nName=Untitled\n[Video]\nBaseCX=320\nBaseCY=180\nOutputCX=320\nOutputCY=180\nFPSCommon=30\n"
            f"[SimpleOutput]\nFilePath={self.home}\nRecFormat=mkv\n[Output]\nMode=Simple\n"
        )
        if self._xvfb is None:
            await self._open_screen()
        async with asyncio.timeout(120):
            while not await self._answers_within(30):
                self.kill()

    async def _open_screen(self) -> None:
        """Xvfb looks for a number that is free, and writes it when its screen can be used."""
        there, number = os.pipe()
        self._xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", str(number), "-screen", "0", "1024x768x24"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[number],
        )
        os.close(number)
        with open(there, "rb") as told:
            line = await asyncio.wait_for(asyncio.to_thread(told.readline), 30)
        self._screen = f":{int(line)}"

    async def _answers_within(self, seconds: float) -> bool:
        """Starts OBS. Not every start ends in a program that answers: one that crashed or hangs is started again."""
        log = os.open(self.home / "obs.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._obs = subprocess.Popen(
            [
                "obs",
                "--multi",
                "--disable-updater",
                "--disable-shutdown-check",
                "--minimize-to-tray",
                "--websocket_port",
                str(self.port),
                "--websocket_password",
                PASSWORD,
            ],
            env={
                **os.environ,
                "HOME": str(self.home),
                "XDG_CONFIG_HOME": str(self.home / ".config"),
                "XDG_RUNTIME_DIR": str(self.home),
                "DISPLAY": self._screen,
                "LIBGL_ALWAYS_SOFTWARE": "1",
                "QT_QPA_PLATFORM": "xcb",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        os.close(log)
        end = asyncio.get_running_loop().time() + seconds
        while self._obs.poll() is None and asyncio.get_running_loop().time() < end:
            with contextlib.suppress(OSError, aiohttp.ClientError, asyncio.TimeoutError):
                async with asyncio.timeout(40), Hand(self.port) as hand:
                    await hand.ask("GetVersion")
                    return True
            await asyncio.sleep(0.2)
        return False

    @property
    def lives(self) -> bool:
        return self._obs is not None and self._obs.poll() is None

    def kill(self) -> None:
        if self._obs is not None:
            self._obs.send_signal(signal.SIGKILL)
            self._obs.wait()
            self._obs = None

    def close(self) -> None:
        self.kill()
        if self._xvfb is not None:
            self._xvfb.kill()
            self._xvfb.wait()


@contextlib.asynccontextmanager
async def real_obs(home: Path) -> AsyncIterator[RealObs]:
    obs = RealObs(home)
    try:
        await obs.start()
        async with Hand(obs.port) as hand:
            await hand.build()
        yield obs
    finally:
        obs.close()
