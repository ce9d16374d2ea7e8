"""Cables pulled and addresses changed under a running line: two network namespaces joined by a cable.

Only where the tests run as root on Linux.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

LAPTOP = """
import sys
from cuelang import clock
from cuelang.commands import Job, MoveTo, Pose, Tally
from cuelang.plan import Camera
from cuelang.source import NOWHERE
from cuelang.rig import open_driver
from cuelang.units import NS
import asyncio

async def main():
    camera = open_driver(Camera("foh", sys.argv[1], None, NOWHERE))
    camera.link._keepalive = NS // 2
    await camera.open()
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if word == "pan":
            camera.ask_pose()
            await asyncio.sleep(1)
            print(camera.state.pose.pan, flush=True)
            continue
        command = Tally("program") if word == "tally" else MoveTo(Pose(500, 0), 12, 12)
        done = loop.create_future()
        camera.start(Job(command, clock.current().now(), done.set_result))
        job = await done
        print(job.outcome, flush=True)
    await camera.close()

clock.run(main())
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Cable:
    def __init__(self, name: str) -> None:
        self.stage, self.desk = f"{name}-stage", f"{name}-desk"

    def lay(self) -> None:
        ip("netns", "add", self.stage)
        ip("netns", "add", self.desk)
        ip("link", "add", "stage", "netns", self.stage, "type", "veth", "peer", "name", "desk", "netns", self.desk)
        ip("-n", self.stage, "addr", "add", "10.77.0.2/24", "dev", "stage")
        ip("-n", self.stage, "link", "set", "stage", "up")
        self.lease("10.77.0.1")
        self.plug_in()

    def lease(self, address: str) -> None:
        ip("-n", self.desk, "addr", "flush", "dev", "desk")
        ip("-n", self.desk, "addr", "add", f"{address}/24", "dev", "desk")

    def pull(self) -> None:
        ip("-n", self.desk, "link", "set", "desk", "down")

    def plug_in(self) -> None:
        ip("-n", self.desk, "link", "set", "desk", "up")

    def clear(self) -> None:
        for name in (self.stage, self.desk):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.fixture
def cable() -> Iterator[Cable]:
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root on Linux")
    one = Cable(f"cue{os.getpid()}")
    try:
        try:
            one.lay()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine gives no network namespaces: {error.stderr!r}")
        yield one
    finally:
        one.clear()


@contextlib.contextmanager
def inside(space: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        ["ip", "netns", "exec", space, sys.executable, *words],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


class Desk:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tally(self) -> str:
        return self.do("tally")

    def do(self, word: str) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def until_it_gets_through(self) -> None:
        outcomes = []
        for _ in range(20):  # each takes a second at most
            outcomes.append(self.tally())
            if outcomes[-1] == "completed":
                return
        raise AssertionError(outcomes)


@pytest.mark.parametrize("scheme", ["visca+udp", "visca+tcp", "sony"])
@pytest.mark.parametrize("lease", ["10.77.0.1", "10.77.0.9"], ids=["same address", "another address"])
def test_a_camera_is_reached_again_after_the_cable_was_out(cable: Cable, scheme: str, lease: str) -> None:
    url = f"{scheme}://10.77.0.2"
    with inside(cable.stage, "-m", "cuelang", "simulate", url) as cameras, inside(cable.desk, "-c", LAPTOP, url) as run:
        assert cameras.stdout is not None
        while "Ctrl-C" not in cameras.stdout.readline():
            pass
        desk = Desk(run)
        desk.until_it_gets_through()
        cable.pull()
        assert desk.tally() == "unreachable"
        cable.lease(lease)
        cable.plug_in()
        desk.until_it_gets_through()


@pytest.mark.parametrize("scheme", ["visca+udp", "visca+tcp", "sony"])
def test_what_was_given_up_while_the_cable_was_out_is_never_carried_out(cable: Cable, scheme: str) -> None:
    """TCP would bring it seconds later, when the cable is back."""
    url = f"{scheme}://10.77.0.2"
    with inside(cable.stage, "-m", "cuelang", "simulate", url) as cameras, inside(cable.desk, "-c", LAPTOP, url) as run:
        assert cameras.stdout is not None
        while "Ctrl-C" not in cameras.stdout.readline():
            pass
        desk = Desk(run)
        desk.until_it_gets_through()
        cable.pull()
        assert desk.do("move") == "unreachable"
        cable.plug_in()
        desk.until_it_gets_through()
        time.sleep(1)
        assert desk.do("pan") == "0"
