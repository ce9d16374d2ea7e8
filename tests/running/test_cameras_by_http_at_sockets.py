"""A show with a Panasonic and a Canon over real sockets, in real time: HTTP there, notifications back."""

from __future__ import annotations

import asyncio
from datetime import UTC

from cuelang import clock as clocks
from cuelang import rig
from cuelang.address import Address, Family
from cuelang.playback.effects import Request
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.simulator.body import StoredPreset
from cuelang.simulator.panasonic import PanasonicEnd
from cuelang.simulator.serve import CameraServer, serve
from tests.models.known import known
from tests.running.night import plan_of

SHEET = """
show "Night"
    interlock off
camera p "{p}"
    model "panasonic-aw-ue100"
    preset near = 2
camera c "{c}"
    model "canon-cr-n500"
    preset near = 2
cue 1
    tally p, c program
    move p, c to near
    wait for p, c
    note "there"
cue 2
    drive p, c left speed 6
"""


async def _camera(family: Family, model: str, port: int = 0) -> CameraServer:
    server = await serve(Address(family, family, host="127.0.0.1", port=port), known(model), family)
    body = server.body
    body.presets[2] = StoredPreset(body.model.pan(60), body.model.tilt(5), 0)
    return server


def test_a_show_over_sockets_moves_arrives_and_stops() -> None:
    async def main() -> None:
        servers = await _camera("panasonic", "panasonic-aw-ue100"), await _camera("canon", "canon-cr-n500")
        plan = plan_of("", SHEET.format(p=servers[0].url, c=servers[1].url))
        sink, clock = MemorySink(), clocks.current()
        drivers = {camera.name: rig.open_driver(camera) for camera in plan.cameras}
        show = Executor(plan, ShowLines(drivers), log=AsRun(sink, clock), clock=clock, zone=UTC)
        await show.open()
        await asyncio.sleep(0.5)
        end = servers[0].end
        assert isinstance(end, PanasonicEnd)
        assert len(end.receivers) == 1
        show.request(Request("go", "1", "somebody", clock.now()))
        for _ in range(80):
            await asyncio.sleep(0.1)
            if any(as_json(record)["kind"] == "note" for record in sink.records):
                break
        for server in servers:
            at = server.body.snapshot(clock.now())
            assert (round(at.pan_degrees), at.tally, at.moving) == (60, "program", frozenset())
        show.request(Request("go", "2", "somebody", clock.now()))
        await asyncio.sleep(0.5)
        for server in servers:
            assert "pan_tilt" in server.body.snapshot(clock.now()).moving
        show.request(Request("panic", None, "somebody", clock.now()))
        await asyncio.sleep(0.6)
        for server in servers:
            assert not server.body.snapshot(clock.now()).moving
        await show.stop_show()
        assert end.receivers == []
        records = [as_json(record) for record in sink.records]
        done = {(one["camera"], one["action"]): one for one in records if one["kind"] == "command"}
        assert {one["outcome"] for one in done.values() if one["action"] != "drive"} == {"completed"}
        assert done["p", "move"]["url"].endswith("/cgi-bin/aw_ptz?cmd=%23R01&res=1")
        for server in servers:
            await server.close()

    clocks.run(main())


def test_a_camera_that_comes_back_at_a_socket_is_asked_again_to_say_when_it_arrives() -> None:
    async def main() -> None:
        server = await _camera("panasonic", "panasonic-aw-ue100")
        port = int(server.url.rpartition(":")[2])
        text = SHEET.format(p=server.url, c="sim://c").replace('    model "canon-cr-n500"\n', "")
        plan = plan_of("", text)
        (camera,) = (one for one in plan.cameras if one.name == "p")
        driver = rig.open_driver(camera)
        await driver.open()
        assert driver.state.connected
        await server.close()
        driver.ask_pose()
        await asyncio.sleep(0.5)
        assert not driver.state.connected
        assert "refused" in driver.state.error
        again = await _camera("panasonic", "panasonic-aw-ue100", port)
        for _ in range(80):
            await asyncio.sleep(0.1)
            end = again.end
            assert isinstance(end, PanasonicEnd)
            if end.receivers:
                break
        assert driver.state.connected
        assert len(end.receivers) == 1
        await driver.close()
        await again.close()

    clocks.run(main())
