"""`cuelang discover`: simulated cameras and switchers on loopback are found, and only asked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cuelang import clock
from cuelang.address import Address, parse
from cuelang.cli.parser import main
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.simulator.serve import serve
from cuelang.simulator.standalone import WantedSwitcher, serve_wanted
from cuelang.source import Source
from cuelang.technician import discover
from cuelang.technician.discover import Device, read, rig_text
from cuelang.units import MS

ONVIF = (
    b'<?xml version="1.0"?><s:Envelope><s:Body><d:ProbeMatches><d:ProbeMatch><d:Scopes>'
    b"onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/name/Stage%20left "
    b"onvif://www.onvif.org/hardware/PT20X</d:Scopes></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
)
SETUP = b"\x02MAC:00-01-4a-12-34-56\xffMODEL:IPCARD\xffSOFTVERSION:1.00\xffNAME:CAM1\xffIPADR:10.0.0.21\xff\x03"


def atem_answer(kind: bytes = b"class=AtemSwitcher") -> bytes:
    """As an ATEM Mini answers: its name once, and pointers to it."""
    question = bytes.fromhex("0000 8400 0001 0001 0000 0001") + b"\x0b_blackmagic\x04_tcp\x05local\x00\x00\x0c\x00\x01"
    service = b"\xc0\x0c"
    instance = b"\x09ATEM Mini" + service
    pointer = service + bytes.fromhex("000c 0001 00000e10") + len(instance).to_bytes(2, "big") + instance
    named = (0xC000 | len(question) + 12).to_bytes(2, "big")
    text = b"\x09txtvers=1" + bytes([len(kind)]) + kind
    return question + pointer + named + bytes.fromhex("0010 8001 00001194") + len(text).to_bytes(2, "big") + text


ATEM = atem_answer()


class Responder(asyncio.DatagramProtocol):
    def __init__(self, answer: bytes, heard: list[bytes]) -> None:
        self._answer, self._heard = answer, heard

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._heard.append(data)
        self._transport.sendto(self._answer, addr)


async def responder(answer: bytes, heard: list[bytes]) -> tuple[Any, int]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Responder(answer, heard), local_addr=("127.0.0.1", 0)
    )
    return transport, transport.get_extra_info("sockname")[1]


def test_what_is_simulated_here_is_found_and_only_asked() -> None:
    frames: list[bytes] = []
    heard: list[bytes] = []

    def note(way: str, frame: bytes, _at: int) -> None:
        if way == "in":
            frames.append(frame)

    async def show() -> list[Device]:
        visca = await serve(free("visca+udp"), on_frame=note)
        sony = await serve(free("sony"))
        vmix = await serve_wanted(WantedSwitcher("vmix", "vmix://127.0.0.1:0"))
        obs = await serve_wanted(WantedSwitcher("obs", "obs://127.0.0.1:0"))
        setup, setup_port = await responder(SETUP, heard)
        onvif, onvif_port = await responder(ONVIF, heard)
        atem, atem_port = await responder(ATEM, heard)
        ports = {
            "visca": visca.address.port, "sony": sony.address.port, "setup": setup_port, "onvif": onvif_port,
            "mdns": atem_port, "vmix": vmix.port, "obs": obs.port,
        }  # fmt: skip
        try:
            return await discover.discover(
                ports={name: port or 0 for name, port in ports.items()}, wide=False, listen_for=300 * MS
            )
        finally:
            for link in (setup, onvif, atem):
                link.close()
            for one in (visca, sony, vmix, obs):
                await one.close()

    found = clock.run(show())
    camera = next(one for one in found if one.kind == "camera")
    assert set(camera.by) == {"visca", "sony", "setup", "onvif"}
    assert [url.partition("://")[0] for url in camera.urls][:1] == ["visca+udp"]
    assert any(url.startswith("sony://127.0.0.1:") for url in camera.urls)
    assert "IPCARD CAM1" in camera.about and "Stage left PT20X" in camera.about
    assert {one.urls[0].partition("://")[0]: one.about.split()[0] for one in found if one.kind == "switcher"} == {
        "obs": "OBS,", "vmix": "vMix", "atem": "ATEM,"
    }  # fmt: skip
    assert frames and all(frame[1] == 0x09 for frame in frames), "an inquiry has 09 behind its address"
    assert heard[0] == b"\x02ENQ:network\xff\x03" and b"Probe" in heard[1] and b"_blackmagic" in heard[2]
    assert len(heard) == 3


def free(scheme: str) -> Address:
    """Any free port of this machine."""
    return replace(parse(f"{scheme}://127.0.0.1:1"), port=0)


def test_only_a_switcher_is_taken_for_one() -> None:
    assert read("mdns", ATEM) == "ATEM Mini"
    assert read("mdns", atem_answer(b"class=HyperDeck")) is None


@pytest.mark.parametrize("search", ["visca", "sony", "setup", "onvif", "mdns"])
@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\x02", bytes(64), b"\x02ENQ:network\xff\x03", b"<e:Probe/>", bytes.fromhex("8109 0002 ff")]
)
def test_what_is_not_an_answer_is_not_taken_for_one(search: str, data: bytes) -> None:
    assert read(search, data) is None


def test_the_rig_that_is_written_compiles() -> None:
    found = [
        Device(
            "10.0.0.21", "camera", ("visca+udp://10.0.0.21:1259", "sony://10.0.0.21:52381"), ("visca",), 'Say "hi"\n#'
        ),
        Device("10.0.0.22", "camera", (), ("onvif",), "speaks nothing that we speak"),
        Device("10.0.0.23", "camera", ("sony://10.0.0.23:52381",), ("sony",), ""),
        Device("127.0.0.1", "switcher", ("vmix://127.0.0.1:8099",), ("vmix",), "vMix 27"),
    ]
    text = rig_text(found)
    compiled = Compiler(Library()).compile(Source("found.cues", text))
    assert compiled.plan is not None, compiled.diagnostics
    assert [camera.url for camera in compiled.plan.cameras] == ["visca+udp://10.0.0.21:1259", "sony://10.0.0.23:52381"]
    assert [switcher.url for switcher in compiled.plan.switchers] == ["vmix://127.0.0.1:8099"]


def test_the_command_writes_a_rig_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    async def found(hosts: list[str]) -> list[Device]:
        asked.append(hosts)
        return [Device("10.0.0.21", "camera", ("visca+udp://10.0.0.21:1259",), ("visca",), "PT20X")] if hosts else []

    monkeypatch.setattr(discover, "discover", found)
    rig = tmp_path / "found.cues"
    assert main(["discover", "10.0.0.21", "--write", str(rig)]) == 0
    assert capsys.readouterr().out == "visca+udp://10.0.0.21:1259  PT20X\n"
    assert 'camera cam1 "visca+udp://10.0.0.21:1259"  # PT20X' in rig.read_text(encoding="utf-8")
    assert main(["discover", "10.0.0.21", "--write", str(rig)]) == 2
    assert "already exists" in capsys.readouterr().err and len(asked) == 1
    assert main(["discover", "10.0.0.21", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["found_by"] == ["visca"]
    assert main(["discover"]) == 1
    assert "answered" in capsys.readouterr().err
