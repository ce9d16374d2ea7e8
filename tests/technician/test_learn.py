"""Presets recalled, read, and written into the rig file; in virtual time."""

from __future__ import annotations

import pytest

from cuelang import clock, rig
from cuelang.commands import Pose
from cuelang.devices.visca import ViscaCamera
from cuelang.lang.compile import Compiler
from cuelang.lang.format import format_text
from cuelang.lang.rewriting import written
from cuelang.library import Library
from cuelang.plan import Camera
from cuelang.simulator.body import Body, StoredPreset
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.serve import attach
from cuelang.source import Source
from cuelang.technician import learn
from cuelang.technician.learn import Learned
from cuelang.technician.session import CameraError
from cuelang.transports.memory import pair
from tests.models.known import known

SHEET = """\
# the Globe
rig "Globe"

camera foh "sim://foh"  # in the gallery
    model "ptzoptics-move-4k-20x"
    preset wide = 1  # everything
    preset throne = 2 at pan -3deg tilt -6deg zoom 55%  # the king
    # the door is held here
    preset door at pan 12deg tilt -3deg zoom 20%
    preset shore = (2 + 1)
    preset pit = 4 at pan 1deg tilt (1deg
        + 1deg)
    preset bar = (5)
    tally_index 1

camera left "sim://left"
    preset wide = 1 at pan 5deg tilt 0deg
"""


def cameras_of(text: str) -> tuple[Camera, ...]:
    plan = Compiler(Library()).compile(Source("globe.cues", text)).plan
    assert plan is not None
    return plan.cameras


def walked(
    monkeypatch: pytest.MonkeyPatch, presets: dict[int, StoredPreset], faults: Faults = NO_FAULTS
) -> tuple[list[Learned], Body]:
    bodies: list[Body] = []

    def driver(camera: Camera) -> ViscaCamera:
        near, far = pair()
        body = Body(camera.figures, camera.name)
        body.presets.update(presets)
        bodies.append(body)
        attach(far, body, faults)
        return ViscaCamera(camera.name, near, camera.figures, keepalive=None)

    monkeypatch.setattr(rig, "open_driver", driver)
    foh = cameras_of(SHEET)[0]

    async def main() -> list[Learned]:
        said: list[str] = []
        found = await learn.walk(foh, learn.numbered(foh, "globe.cues"), said.append)
        assert len(said) == len(found)
        assert all(one.why in line for one, line in zip(found, said, strict=True))
        return found

    return clock.run(main(), kind="virtual"), bodies[0]


STORED = {
    1: StoredPreset(0, 0, 0), 2: StoredPreset(-432, -86, 9011), 3: StoredPreset(1001, 77, 1234),
    4: StoredPreset(100, 200, 0x4000), 5: StoredPreset(0, 0, 300),
}  # fmt: skip


def test_each_numbered_preset_is_visited_and_the_camera_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    learned, body = walked(monkeypatch, STORED)
    assert [(one.preset, one.pose) for one in learned] == [
        ("wide", Pose(0, 0, 0)), ("throne", Pose(-432, -86, 9011)), ("shore", Pose(1001, 77, 1234)),
        ("pit", Pose(100, 200, 0x4000)), ("bar", Pose(0, 0, 300)),
    ]  # fmt: skip
    late = 10**15
    assert (body.pan.at(late), body.tilt.at(late), body.zoom.at(late)) == (0, 0, 0)


def test_a_preset_that_was_never_stored_teaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    learned, _ = walked(monkeypatch, {2: STORED[2], 4: STORED[2], 5: STORED[5]})
    assert [(one.preset, one.why) for one in learned if one.pose is None] == [
        ("wide", "preset 1 is not stored in the camera"), ("shore", "preset 3 is not stored in the camera"),
    ]  # fmt: skip
    assert [one.pose for one in learned if one.pose] == [*[Pose(-432, -86, 9011)] * 2, Pose(0, 0, 300)], (
        "two presets may be one place"
    )


def test_a_camera_that_is_silent_or_blind_teaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for faults in (Faults(silent=True), Faults(no_positions=True)):
        learned, _ = walked(monkeypatch, STORED, faults)
        assert all(one.pose is None and one.why for one in learned) and len(learned) == 5


POSES = [
    Learned("foh", "wide", Pose(0, 0, 0)), Learned("foh", "throne", Pose(-432, -86, 9011)),
    Learned("foh", "shore", Pose(1001, 77, 1234)), Learned("foh", "pit", Pose(14, 29, 16384)),
    Learned("foh", "bar", Pose(0, 0, 300)), Learned("left", "wide", None, "it does not answer"),
]  # fmt: skip


def test_only_the_positions_change_in_the_file() -> None:
    source = Source("globe.cues", SHEET)
    text = learn.rewritten(source, POSES, cameras_of(SHEET))
    was, now = SHEET.splitlines(), text.splitlines()
    assert [line for line in now if line not in was] == [
        "    preset wide = 1 at pan 0deg tilt 0deg zoom 0%  # everything",
        "    preset throne = 2 at pan -30deg tilt -6deg zoom 55%  # the king",
        "    preset shore = (2 + 1) at pan 69.5deg tilt 5.35deg zoom 7.53%",
        "    preset pit = 4 at pan 1deg tilt 2deg zoom 100%",
        "    preset bar = (5) at pan 0deg tilt 0deg zoom 1.83%",
    ]
    presets = {preset.name: Pose(preset.pan, preset.tilt, preset.zoom) for preset in cameras_of(text)[0].presets}
    assert {one.preset: one.pose for one in POSES if one.pose} == {
        name: pose for name, pose in presets.items() if name != "door"
    }
    assert learn.rewritten(Source("globe.cues", text), POSES, cameras_of(text)) == text, "a second time changes nothing"
    assert "+    preset wide = 1 at pan 0deg" in learn.diff(source, text)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_neat_file_stays_neat_and_keeps_its_line_ends(end: str) -> None:
    neat = format_text(SHEET)
    assert neat is not None
    source = Source("globe.cues", neat.replace("\n", end))
    text = learn.rewritten(source, POSES, cameras_of(source.text))
    assert text.count(end) == text.count("\n")
    assert format_text(text) == text


@pytest.mark.parametrize("name", ["ptzoptics-move-4k-20x", "sony-brc-x400", "sony-ilme-fr7", "sony-srg-120dh"])
def test_positions_are_written_so_that_they_come_back_to_the_count(name: str) -> None:
    model = known(name)
    if model is None:
        pytest.skip(f"no {name}")
    for raw in range(-200, 200):
        text = written(Pose(raw, raw, 8000 + raw), model)
        pan, tilt, zoom = (word.rstrip("deg%") for word in text.split()[1::2])
        from fractions import Fraction

        assert (model.pan(Fraction(pan)), model.tilt(Fraction(tilt))) == (raw, raw)
        assert model.zoom_percent(Fraction(zoom)) == 8000 + raw


def test_what_follows_the_position_of_a_preset_stays() -> None:
    sheet = """camera foh "visca+udp://10.0.0.21"
    preset wide = 1 picture off
    preset throne = 2 at pan 1deg tilt 1deg focus 0x2A0 picture off  # the king
"""
    learned = [Learned("foh", "wide", Pose(0, 0, 0)), Learned("foh", "throne", Pose(-432, 72, 0))]
    text = learn.rewritten(Source("globe.cues", sheet), learned, cameras_of(sheet))
    assert text.splitlines()[1:] == [
        "    preset wide = 1 at pan 0deg tilt 0deg zoom 0% picture off",
        "    preset throne = 2 at pan -30deg tilt 5deg zoom 0% focus 0x2A0 picture off  # the king",
    ]


def test_a_position_that_would_not_compile_is_not_written() -> None:
    beyond = [Learned("foh", "wide", Pose(9000, 0, 0))]
    with pytest.raises(CameraError, match="is unchanged"):
        learn.rewritten(Source("globe.cues", SHEET), beyond, cameras_of(SHEET))
