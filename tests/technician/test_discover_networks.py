"""`cuelang discover` from a laptop with two networks and no way to the Internet: real broadcasts and multicasts.

Only where the tests run as root on Linux.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.test_networks_that_change import ip
from tests.technician.test_discover import ATEM, ONVIF

END = """
import asyncio, socket, sys
from cuelang import clock
from cuelang.address import parse
from cuelang.simulator.serve import serve

url, group, port, answer, here = sys.argv[1:]

class Answers(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        print("search", data.hex(), flush=True)
        self.transport.sendto(bytes.fromhex(answer), addr)

async def main():
    def note(way, frame, at):
        if way == "in":
            print("frame", frame.hex(), flush=True)

    end = await serve(parse(url), on_frame=note)
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("", int(port)))
    link.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(here))
    link.setblocking(False)
    await asyncio.get_running_loop().create_datagram_endpoint(Answers, sock=link)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await end.close()

clock.run(main())
"""


class Network:
    """A machine with a cable to the laptop."""

    def __init__(self, space: str, desk: str, number: int) -> None:
        self.space, self.here, self.number = space, f"10.{number}.0.2", number
        ip("netns", "add", space)
        ip("link", "add", "stage", "netns", space, "type", "veth", "peer", "name", f"desk{number}", "netns", desk)
        for where, device, last in ((space, "stage", 2), (desk, f"desk{number}", 1)):
            ip("-n", where, "addr", "add", f"10.{number}.0.{last}/24", "broadcast", "+", "dev", device)
            ip("-n", where, "link", "set", device, "up")

    @contextlib.contextmanager
    def end(self, url: str, group: str, port: int, answer: bytes) -> Iterator[subprocess.Popen[str]]:
        """What is there; gives what it heard, a line each."""
        words = ["ip", "netns", "exec", self.space, sys.executable, "-c", END, url, group, str(port), answer.hex()]
        process = subprocess.Popen([*words, self.here], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()
            process.communicate()


@pytest.fixture
def desk() -> Iterator[str]:
    """The name of the laptop's namespace; others begin with it."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root on Linux")
    name = f"find{os.getpid()}"
    try:
        try:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine gives no network namespaces: {error.stderr!r}")
        yield name
    finally:
        for space in (f"{name}-71", f"{name}-72", name):
            subprocess.run(["ip", "netns", "del", space], capture_output=True)


def test_cameras_in_two_networks_are_found_and_only_asked(desk: str, tmp_path: Path) -> None:
    left, right = (Network(f"{desk}-{number}", desk, number) for number in (71, 72))
    with (
        left.end("visca+udp://0.0.0.0:1259", "239.255.255.250", 3702, ONVIF) as first,
        right.end("sony://0.0.0.0:52381", "224.0.0.251", 5353, ATEM) as second,
    ):
        words = [
            "ip",
            "netns",
            "exec",
            desk,
            sys.executable,
            "-m",
            "cuelang",
            "discover",
            "--json",
            "--write",
            "rig.cues",
        ]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=50)
        found = {(one["host"], one["kind"]): one for one in json.loads(done.stdout)}
        assert found.keys() == {("10.71.0.2", "camera"), ("10.72.0.2", "camera"), ("10.72.0.2", "switcher")}, (
            done.stderr
        )
        visca, sony = found["10.71.0.2", "camera"], found["10.72.0.2", "camera"]
        assert set(visca["found_by"]) == {"visca", "onvif"} and visca["urls"][0] == "visca+udp://10.71.0.2:1259"
        assert "Stage left PT20X" in visca["about"]
        assert sony["found_by"] == ["sony"] and sony["urls"][0] == "sony://10.72.0.2:52381"
        assert found["10.72.0.2", "switcher"]["urls"] == ["atem://10.72.0.2"]
        heard = []
        for end in (first, second):
            end.kill()
            heard += end.communicate()[0].split("\n")
    frames = [bytes.fromhex(line.removeprefix("frame ")) for line in heard if line.startswith("frame ")]
    assert frames and all(b"\x81\x09" in frame for frame in frames), "an inquiry has 09 behind its address"
    assert sum(line.startswith("search ") for line in heard) == 2, "each group is asked once in each network"
    rig = (tmp_path / "rig.cues").read_text(encoding="utf-8")
    assert 'camera cam1 "visca+udp://10.71.0.2:1259"' in rig and 'switcher mixer1 "atem://10.72.0.2"' in rig
