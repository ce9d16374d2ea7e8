"""A rig before doors: cameras at real sockets, one dead, one wrong, one drifted; and the rest in virtual time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cuelang import clock, rig
from cuelang.address import parse
from cuelang.commands import Focus, MoveTo, Pose, SetProperty
from cuelang.devices.visca import ViscaCamera
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.models import DEFAULT
from cuelang.plan import Plan
from cuelang.plan.state import ANYWHERE
from cuelang.playback.track import CameraTrack
from cuelang.simulator.actions import INQUIRIES
from cuelang.simulator.body import Body, StoredPreset
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.serve import attach, serve
from cuelang.source import NOWHERE, Source
from cuelang.technician.onair import OnAirReport
from cuelang.technician.preflight import Checked, preflight, used
from cuelang.technician.preflight_paper import as_json, as_text
from cuelang.transports.memory import pair
from tests.models.known import known
from tests.ports import free_port

NOBODY = OnAirReport({})


def plan_of(text: str) -> Plan:
    plan = Compiler(Library()).compile(Source("night.cues", text)).plan
    assert plan is not None
    return plan


def by_name(checked: Sequence[Checked]) -> dict[str, Checked]:
    return {one.camera: one for one in checked}


RIG = """\
show "Night"
camera good "{good}"
    preset wide = 1 at pan 2deg tilt 1deg zoom 3%
    preset spare = 9 at pan 90deg tilt 0deg zoom 0%
camera dead "{dead}"
    preset wide = 1 at pan 2deg tilt 1deg zoom 3%
camera wrong "{wrong}"
    model "sony-brc-x400"
    preset wide = 1
camera drifted "{drifted}"
    preset wide = 1 at pan 2deg tilt 1deg zoom 3%
    preset held at pan 3deg tilt 0deg zoom 0%
camera absent "visca+udp://127.0.0.1:9"
    disabled
cue 1
    move good, dead, wrong, drifted to wide
cue 2
    move drifted to held
"""


async def test_a_rig_with_one_dead_one_wrong_and_one_drifted_camera_shows_all_its_findings(
    dead_port: int,
) -> None:
    dead = f"visca+tcp://127.0.0.1:{dead_port}"
    servers = {}
    try:
        for name, scheme in (("good", "visca+udp"), ("wrong", "visca+tcp"), ("drifted", "visca+tcp")):
            servers[name] = await serve(parse(f"{scheme}://127.0.0.1:{free_port()}"), DEFAULT, name)
        servers["good"].body.presets[1] = StoredPreset(29, 14, 492)
        servers["wrong"].body.presets[1] = StoredPreset(29, 14, 492)
        servers["drifted"].body.presets[1] = StoredPreset(29 + 12, 14, 492 + 400)
        servers["drifted"].body.tally = "preview"
        urls = {name: server.url for name, server in servers.items()}
        plan = plan_of(RIG.format(dead=dead, **urls))
        said: list[str] = []
        checked = await preflight(plan, NOBODY, visit=True, say=said.append)
        found = by_name(checked)
        assert list(found) == ["good", "dead", "wrong", "drifted"]
        assert found["good"].wrong == []
        assert (found["good"].power, found["good"].tally, found["good"].presets) == ("on", "blinked", "1 of 1")
        assert found["good"].latency is not None and 0 < found["good"].latency < 3_000_000_000
        assert found["dead"].wrong == [
            (
                "It does not answer: connection refused. "
                f"`cuelang camera probe {dead.partition('://')[2]}` finds the protocol."
            )
        ]
        assert len(found["wrong"].wrong) == 1, found["wrong"].wrong
        (wrong,) = found["wrong"].wrong
        assert wrong.startswith("The rig says Sony BRC-X400; the camera reports vendor")
        assert found["drifted"].wrong == ["Preset wide: pan 2.8° instead of 2°, zoom 5.4 % instead of 3 %."]
        assert [visit.name for visit in found["drifted"].visits] == ["wide", "held"]
        assert {name: server.body.tally for name, server in servers.items()} == dict.fromkeys(servers, "off")
        assert sorted(said) == ["dead: 1 finding", "drifted: 1 finding", "good: ready", "wrong: 1 finding"]
        paper = as_text(checked, "Night", "today", NOBODY, ["absent"])
        for words in (
            "Preflight  Night",
            "today",
            "3 findings:",
            "Name ___",
            "Signature ___",
            "absent: It is disabled",
        ):
            assert words in paper
        assert as_json(checked, "Night", "today")["ready"] is False
        assert as_json(checked[:1], "Night", "today")["ready"] is True
    finally:
        for server in servers.values():
            await server.close()


# --- in virtual time ---------------------------------------------------------------------------------------------

ONE = """\
camera foh "sim://foh"
    preset wide = 1 at pan 20deg tilt 10deg zoom 30%
    preset door = 2
cue 1
    move foh to {}
"""


def looked_at(
    text: str,
    faults: Faults = NO_FAULTS,
    air: OnAirReport = NOBODY,
    visit: bool = True,
    off: bool = False,
    stored: dict[int, StoredPreset] | None = None,
) -> tuple[Checked, Body, list[str]]:
    async def main() -> tuple[Checked, Body, list[str]]:
        plan = plan_of(text)
        near, far = pair()
        camera = plan.cameras[0]
        body = Body(camera.figures, camera.name)
        body.presets.update(
            stored if stored is not None else {1: StoredPreset(288, 144, 4915), 2: StoredPreset(5, 5, 5)}
        )
        if off:
            body.power_off(0)
        heard: list[str] = []

        def frame(way: str, data: bytes, _now: int) -> None:
            if (way == "in" and data[1:2] == b"\x01") or data[1:3] == b"\x0a\x02":
                heard.append(data.hex(" ").upper())

        attach(far, body, faults, on_frame=frame)
        driver = ViscaCamera(camera.name, near, camera.figures, keepalive=None)
        (checked,) = await preflight(plan, air, visit=visit, drivers={camera.name: driver})
        return checked, body, heard

    return clock.run(main(), kind="virtual")


def test_a_camera_where_it_should_be_comes_back_to_where_it_was() -> None:
    checked, body, heard = looked_at(ONE.format("wide"))
    assert checked.wrong == [] and checked.presets == "1 of 1"
    assert (body.pan.at(10**15), body.zoom.at(10**15)) == (0, 0)
    assert heard[:2] == ["81 0A 02 02 01 FF", "81 0A 02 02 03 FF"], "it flashes, and then it is as it was"


def test_without_a_walk_nothing_moves() -> None:
    checked, _, heard = looked_at(ONE.format("wide"), visit=False)
    assert checked.wrong == [] and len(heard) == 2


def test_within_the_tolerance_it_has_not_drifted() -> None:
    near = {1: StoredPreset(288 + 7, 144 - 7, 4915 + 163)}
    far = {1: StoredPreset(288 + 8, 144, 4915)}
    assert looked_at(ONE.format("wide"), stored=near)[0].wrong == []
    assert looked_at(ONE.format("wide"), stored=far)[0].wrong == ["Preset wide: pan 20.6° instead of 20°."]


def test_a_camera_on_program_is_left_alone() -> None:
    checked, _, heard = looked_at(ONE.format("wide"), air=OnAirReport({"foh": "program"}))
    assert (checked.tally, checked.presets, checked.wrong) == ("on program", "on program", [])
    assert heard == []


def test_its_light_is_afterwards_what_it_was() -> None:
    _, body, _ = looked_at(ONE.format("wide"), air=OnAirReport({"foh": "preview"}))
    assert body.tally == "preview"


def test_a_preset_without_a_known_position_is_noted() -> None:
    checked, _, _ = looked_at(ONE.format("door"))
    assert checked.wrong == []
    assert any("Preset door: no known position; it is at pan" in note for note in checked.notes)


def test_a_camera_in_standby_is_a_finding_unless_the_show_switches_it_on() -> None:
    checked, _, _ = looked_at(ONE.format("wide"), off=True)
    assert checked.wrong == [
        "Its power is standby, and the show does not switch it on.",
        "Its presets could not be visited: it is not on.",
    ]
    checked, _, _ = looked_at(ONE.format("wide") + "    power foh on\n", off=True, visit=False)
    assert checked.wrong == [] and checked.notes[-1] == "It is in standby; the show switches it on."


def test_a_power_circuit_error_is_not_the_show_s_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INQUIRIES, "inq.power", lambda _body, _now: {"power": 4})
    checked, _, _ = looked_at(ONE.format("wide") + "    power foh on\n", visit=False)
    assert "Its power is not as it should be: power circuit error." in checked.wrong
    assert not any("switch" in text for text in checked.wrong)


def test_a_slow_link_and_a_silent_camera_are_findings() -> None:
    assert looked_at(ONE.format("wide"), Faults(latency=150_000_000), visit=False)[0].wrong == [
        "Its link is slow: 150 ms for an answer."
    ]
    checked, _, _ = looked_at(ONE.format("wide"), Faults(silent=True))
    assert checked.answers == "no" and len(checked.wrong) == 1


def test_a_position_that_the_model_cannot_have_is_another_camera() -> None:
    dome = known("sony-srg-120dh")
    assert dome is not None and dome.pan_range[1] > DEFAULT.pan_range[1]
    text = 'camera foh "sim://foh"\n    model "ptzoptics-move-4k-20x"\ncue 1\n    move foh home\n'

    async def main() -> Checked:
        plan = plan_of(text)
        near, far = pair()
        body = Body(DEFAULT)
        body.pan.go(0, 4000, 0)
        attach(far, body)
        driver = ViscaCamera("foh", near, DEFAULT, keepalive=None)
        (checked,) = await preflight(plan, NOBODY, drivers={"foh": driver})
        return checked

    checked = clock.run(main(), kind="virtual")
    assert checked.model == "WRONG" and "cannot reach pan 277.8°" in checked.wrong[0]


def test_a_sony_s_lamp_is_lit_for_it_does_not_flash() -> None:
    text = 'camera foh "sim://foh"\n    model "sony-brc-x400"\ncue 1\n    move foh home\n'
    plan = plan_of(text)

    async def main() -> Checked:
        (checked,) = await preflight(plan, NOBODY, drivers={"foh": rig.simulated(plan.cameras[0])})
        return checked

    checked = clock.run(main(), kind="virtual")
    assert (checked.model, checked.tally, checked.wrong) == ("make agrees", "blinked", [])


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("move foh to wide", ["wide"]),
        ("move foh to wide over 9s", ["wide"]),
        ("move foh to preset 7", ["preset 7"]),
        ("zoom foh to 30%", []),
    ],
)
def test_what_the_show_uses(line: str, names: list[str]) -> None:
    text = ONE.format("door").replace("move foh to door", line)
    assert [place.name for place in used(plan_of(text))["foh"]] == names


def test_a_camera_that_is_not_as_the_show_left_it_is_named_and_recover_is_offered() -> None:
    plan = plan_of('camera foh "sim://foh"\ncamera left "sim://left"\ncue 1\n    note "x"\n')
    track = CameraTrack.start(plan.camera("foh"), plan.camera("foh").figures, ANYWHERE)
    for command in (
        MoveTo(Pose(-432, 72, None), 12, 12),
        Focus("manual"),
        SetProperty("exposure", "manual"),
        SetProperty("white_balance", "auto"),
    ):
        track.apply(command, 0, NOWHERE)

    async def check() -> list[Checked]:
        drivers = {camera.name: rig.simulated(camera) for camera in plan.cameras}
        return await preflight(plan, NOBODY, drivers=drivers, asked={"foh": track.rest()})

    foh, left = clock.run(check(), kind="virtual")
    assert foh.notes[-1] == (
        "It is not as the show left it: pan 0° instead of -30°, tilt 0° instead of 5°, "
        "focus auto instead of manual, exposure auto. `recover foh` in the show puts it back."
    )
    assert not foh.wrong and not any("recover" in note for note in left.notes)
