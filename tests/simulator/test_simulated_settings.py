"""Each command of the manual's list changes what its inquiry answers. The bytes are the reference's, by hand."""

from __future__ import annotations

import pytest

from cuelang.models import DEFAULT, find, names
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.reading import read
from cuelang.protocols.visca.table import TABLE
from cuelang.simulator import actions
from tests.models.known import known
from tests.protocols.visca_reader import parse_command
from tests.simulator.simulated import DONE, EXECUTED, Talk

CHANGES = """
81 01 04 35 01 FF             81 09 04 35 FF   90 50 01 FF                    # white balance indoor
81 01 04 35 02 FF             81 09 04 35 FF   90 50 02 FF
81 01 04 35 03 FF             81 09 04 35 FF   90 50 03 FF
81 01 04 35 05 FF             81 09 04 35 FF   90 50 05 FF
81 01 04 35 20 FF             81 09 04 35 FF   90 50 20 FF
81 01 04 35 00 FF             81 09 04 35 FF   90 50 00 FF
81 01 04 43 00 00 01 02 FF    81 09 04 43 FF   90 50 00 00 01 02 FF           # red gain
81 01 04 03 02 FF             81 09 04 43 FF   90 50 00 00 01 03 FF
81 01 04 03 03 FF             81 09 04 43 FF   90 50 00 00 01 02 FF
81 01 04 03 00 FF             81 09 04 43 FF   90 50 00 00 0E 02 FF
81 01 04 44 00 00 0F 0F FF    81 09 04 44 FF   90 50 00 00 0F 0F FF           # blue gain
81 01 04 04 02 FF             81 09 04 44 FF   90 50 00 00 0F 0F FF
81 01 04 04 03 FF             81 09 04 44 FF   90 50 00 00 0F 0E FF
81 01 04 04 00 FF             81 09 04 44 FF   90 50 00 00 0B 0C FF
81 01 04 20 01 0F FF          81 09 04 20 FF   90 50 1F FF                    # colour temperature 5600 K
81 01 04 20 02 FF             81 09 04 20 FF   90 50 20 FF
81 01 04 20 03 FF             81 09 04 20 FF   90 50 1F FF
81 01 04 20 00 FF             81 09 04 20 FF   90 50 28 FF
81 0A 01 12 14 FF             81 09 04 12 FF   90 50 00 00 01 04 FF           # red tuning
81 0A 01 13 00 FF             81 09 04 13 FF   90 50 00 00 00 00 FF
81 01 04 39 03 FF             81 09 04 39 FF   90 50 03 FF                    # exposure
81 01 04 39 0A FF             81 09 04 39 FF   90 50 0A FF
81 01 04 39 0B FF             81 09 04 39 FF   90 50 0B FF
81 01 04 39 0D FF             81 09 04 39 FF   90 50 0D FF
81 01 04 39 00 FF             81 09 04 39 FF   90 50 00 FF
81 01 04 4B 00 00 00 09 FF    81 09 04 4B FF   90 50 00 00 00 09 FF           # iris, in full auto too
81 01 04 4B 00 00 11 FF       81 09 04 4B FF   90 50 00 00 01 01 FF           # as one client sends it
81 01 04 0B 03 FF             81 09 04 4B FF   90 50 00 00 01 00 FF
81 01 04 0B 02 FF             81 09 04 4B FF   90 50 00 00 01 01 FF
81 01 04 0B 00 FF             81 09 04 4B FF   90 50 00 00 00 0C FF
81 01 04 4A 00 00 01 01 FF    81 09 04 4A FF   90 50 00 00 01 01 FF           # shutter
81 01 04 0A 03 FF             81 09 04 4A FF   90 50 00 00 01 00 FF
81 01 04 0A 02 FF             81 09 04 4A FF   90 50 00 00 01 01 FF
81 01 04 0A 00 FF             81 09 04 4A FF   90 50 00 00 00 05 FF
81 01 04 4C 00 00 00 07 FF    81 09 04 4C FF   90 50 00 00 00 07 FF           # gain, both disputed forms
81 01 04 0C 00 00 00 05 FF    81 09 04 4C FF   90 50 00 00 00 05 FF
81 01 04 0C 02 FF             81 09 04 4C FF   90 50 00 00 00 06 FF
81 01 04 0C 03 FF             81 09 04 4C FF   90 50 00 00 00 05 FF
81 01 04 0C 00 FF             81 09 04 4C FF   90 50 00 00 00 02 FF
81 01 04 2C 0C FF             81 09 04 2C FF   90 50 0C FF                    # gain limit
81 01 04 4D 00 00 01 01 FF    81 09 04 4D FF   90 50 00 00 01 01 FF           # bright, both disputed forms
81 01 04 0D 00 00 00 0A FF    81 09 04 4D FF   90 50 00 00 00 0A FF
81 01 04 0D 02 FF             81 09 04 4D FF   90 50 00 00 00 0B FF
81 01 04 0D 03 FF             81 09 04 4D FF   90 50 00 00 00 0A FF
81 01 04 0D 00 FF             81 09 04 4D FF   90 50 00 00 00 07 FF
81 01 04 3E 02 FF             81 09 04 3E FF   90 50 02 FF                    # exposure compensation
81 01 04 3E 03 FF             81 09 04 3E FF   90 50 03 FF
81 01 04 4E 00 00 00 0E FF    81 09 04 4E FF   90 50 00 00 00 0E FF
81 01 04 0E 03 FF             81 09 04 4E FF   90 50 00 00 00 0D FF
81 01 04 0E 02 FF             81 09 04 4E FF   90 50 00 00 00 0E FF
81 01 04 0E 02 FF             81 09 04 4E FF   90 50 00 00 00 0E FF           # the end of the range holds
81 01 04 0E 00 FF             81 09 04 4E FF   90 50 00 00 00 07 FF
81 01 04 33 02 FF             81 09 04 33 FF   90 50 02 FF                    # backlight
81 01 04 33 03 FF             81 09 04 33 FF   90 50 03 FF
81 01 04 50 03 FF             81 09 04 50 FF   90 50 03 FF                    # noise 2D
81 01 04 50 02 FF             81 09 04 50 FF   90 50 02 FF
81 01 04 53 05 FF             81 09 04 53 FF   90 50 05 FF
81 01 04 54 08 FF             81 09 04 54 FF   90 50 08 FF                    # noise 3D
81 01 04 23 02 FF             81 09 04 55 FF   90 50 02 FF                    # flicker
81 01 04 05 03 FF             81 09 04 05 FF   90 50 03 FF                    # sharpness
81 01 04 05 02 FF             81 09 04 05 FF   90 50 02 FF
81 01 04 42 00 00 00 0B FF    81 09 04 42 FF   90 50 00 00 00 0B FF
81 01 04 02 02 FF             81 09 04 42 FF   90 50 00 00 00 0C FF
81 01 04 02 03 FF             81 09 04 42 FF   90 50 00 00 00 0B FF
81 01 04 02 00 FF             81 09 04 42 FF   90 50 00 00 00 03 FF
81 01 04 63 04 FF             81 09 04 63 FF   90 50 04 FF                    # effect: off is answered with 02
81 01 04 63 00 FF             81 09 04 63 FF   90 50 02 FF
81 01 04 61 02 FF             81 09 04 61 FF   90 50 02 FF                    # reverse
81 01 04 61 03 FF             81 09 04 61 FF   90 50 03 FF
81 01 04 66 02 FF             81 09 04 66 FF   90 50 02 FF                    # picture flip
81 01 04 66 03 FF             81 09 04 66 FF   90 50 03 FF
81 01 04 49 00 00 00 0E FF    81 09 04 49 FF   90 50 00 00 00 0E FF           # colour gain
81 01 04 A1 00 00 00 0E FF    81 09 04 A1 FF   90 50 00 00 00 0E FF           # brightness
81 01 04 A2 00 00 00 01 FF    81 09 04 A2 FF   90 50 00 00 00 01 FF           # contrast
81 01 04 A4 01 FF             81 09 04 A4 FF   90 50 01 FF                    # flip
81 01 04 A4 02 FF             81 09 04 A4 FF   90 50 02 FF
81 01 04 A4 03 FF             81 09 04 A4 FF   90 50 03 FF
81 01 04 A4 00 FF             81 09 04 A4 FF   90 50 00 FF
81 01 04 A9 00 FF             81 09 04 A9 FF   90 50 00 FF                    # AWB sensitivity
81 01 04 A9 02 FF             81 09 04 A9 FF   90 50 02 FF
81 01 04 A9 01 FF             81 09 04 A9 FF   90 50 01 FF
81 01 04 AA 00 FF             81 09 04 AA FF   90 50 00 FF                    # AF zone
81 01 04 AA 02 FF             81 09 04 AA FF   90 50 02 FF
81 01 04 AA 01 FF             81 09 04 AA FF   90 50 01 FF
81 01 04 58 01 FF             81 09 04 58 FF   90 50 01 FF                    # AF sensitivity
81 01 04 58 03 FF             81 09 04 58 FF   90 50 03 FF
81 01 04 58 02 FF             81 09 04 58 FF   90 50 02 FF
81 01 04 4F 00 00 00 03 FF    81 09 04 4F FF   90 50 00 00 00 03 FF           # hue
81 2A 02 A0 04 02 FF          81 2A 02 A0 04 FF   90 50 02 FF                 # USB audio: the length tells them apart
81 2A 02 A0 04 03 FF          81 2A 02 A0 04 FF   90 50 03 FF
81 0A 11 13 02 FF             81 09 11 13 FF   90 50 01 FF                    # motion sync: set 2/3, answer 1/0
81 0A 11 13 03 FF             81 09 11 13 FF   90 50 00 FF
81 0A 11 14 09 FF             81 09 11 14 FF   90 50 09 FF
81 0A 11 A8 12 FF             81 09 11 53 FF   90 50 01 FF                    # RTMP
81 0A 11 A8 22 FF             81 09 11 53 FF   90 50 03 FF
81 0A 11 A8 13 FF             81 09 11 53 FF   90 50 02 FF
81 0A 11 A8 23 FF             81 09 11 53 FF   90 50 00 FF
81 0A 11 42 01 08 03 FF       81 09 06 69 FF   90 50 01 08 03 FF              # focus range
81 01 04 5B 04 FF             81 09 04 5B FF   90 50 04 FF                    # gamma
81 01 04 38 03 FF             81 09 04 38 FF   90 50 03 FF                    # focus mode
81 01 04 38 10 FF             81 09 04 38 FF   90 50 02 FF
81 01 04 38 10 FF             81 09 04 38 FF   90 50 03 FF
81 01 04 38 02 FF             81 09 04 38 FF   90 50 02 FF
81 01 04 3F 02 5F FF          81 09 06 06 FF   90 50 02 FF                    # menu: recall 95 opens it
81 01 06 06 05 FF             81 09 06 06 FF   90 50 02 FF
81 01 06 06 04 FF             81 09 06 06 FF   90 50 02 FF
81 01 06 06 04 FF             81 09 06 06 FF   90 50 03 FF
81 01 04 3F 02 5F FF          81 09 06 06 FF   90 50 02 FF
81 01 06 06 03 FF             81 09 06 06 FF   90 50 03 FF
81 01 04 3F 01 FE FF          81 09 04 3F FF   90 50 FE FF                    # the last preset, a whole byte
81 01 04 00 03 FF             81 09 04 00 FF   90 50 03 FF                    # power
81 01 04 00 02 FF             81 09 04 00 FF   90 50 02 FF
"""
LINES = [line.partition("#")[0] for line in CHANGES.strip().splitlines()]


def test_each_command_changes_what_its_inquiry_answers() -> None:
    camera = Talk()
    for line in LINES:
        command, inquiry, reply = line.split("  81")[0], "81" + line.split("  81")[1].split("  90")[0], line
        reply = "90" + reply.split("  90")[1].rstrip()
        assert camera.say(command) == DONE, line
        assert camera.say(inquiry) == [reply], line


def test_settings_that_no_inquiry_shows_are_kept_all_the_same() -> None:
    camera = Talk()
    for command, setting, value in (
        ("81 01 04 62 02 FF", "freeze", 2),
        ("81 01 04 25 00 00 00 08 FF", "drc", 8),
        ("81 01 04 51 00 00 00 06 FF", "wdr", 6),
        ("81 01 04 21 03 FF", "wdr", 5),
        ("81 01 04 21 02 FF", "wdr", 6),
        ("81 01 04 21 00 FF", "wdr", 0),
        ("81 0A 01 04 1B 01 FF", "lens_type", 1),
        ("81 0A 01 04 1B 00 FF", "lens_type", 0),
        ("81 0B 01 02 FF", "ndi", 2),
        ("81 0B 01 23 01 FF", "multicast", 1),
        ("81 2A 11 14 09 FF", "motion_sync_min_speed", 9),
    ):
        assert camera.say(command) == DONE
        assert camera.body.snapshot(0).settings[setting] == value


@pytest.mark.parametrize("state", ["standby", "on"])
def test_image_settings_are_taken_in_every_mode(state: str) -> None:
    camera = Talk()
    if state == "standby":
        camera.say("81 01 04 00 03 FF")
    for mode in ("00", "03", "0A", "0B", "0D"):
        assert camera.say(f"81 01 04 39 {mode} FF") == DONE
        for setting in ("4B", "4A", "4C", "4D", "43", "44", "42"):
            assert camera.say(f"81 01 04 {setting} 00 00 00 05 FF") == DONE
            assert camera.say(f"81 09 04 {setting} FF") == ["90 50 00 00 00 05 FF"]


def test_the_factory_reset_puts_settings_back() -> None:
    camera = Talk()
    camera.say("81 01 04 35 01 FF")
    assert camera.say("81 01 04 A0 10 FF") == DONE
    assert camera.say("81 09 04 35 FF") == ["90 50 00 FF"]


def test_blocks_say_what_the_single_inquiries_say() -> None:
    camera = Talk()
    for line in (
        "81 01 04 38 03 FF",
        "81 01 04 47 01 02 03 04 FF",
        "81 01 04 43 00 00 0A 0B FF",
        "81 01 04 44 00 00 0C 0D FF",
        "81 01 04 35 05 FF",
        "81 01 04 42 00 00 00 09 FF",
        "81 01 04 39 0B FF",
        "81 01 04 33 02 FF",
        "81 01 04 3E 02 FF",
        "81 01 04 4A 00 00 01 01 FF",
        "81 01 04 4B 00 00 00 08 FF",
        "81 01 04 4D 00 00 00 06 FF",
        "81 01 04 4E 00 00 00 0C FF",
        "81 01 04 61 02 FF",
        "81 01 04 63 04 FF",
        "81 01 04 58 03 FF",
        "81 01 04 66 02 FF",
        "81 01 04 49 00 00 00 0E FF",
        "81 01 04 A4 03 FF",
        "81 01 04 53 04 FF",
        "81 01 04 2C 0A FF",
    ):
        camera.say(line)
    camera.after(10)
    assert camera.say("81 09 7E 7E 00 FF") == ["90 50 01 02 03 04 00 00 00 08 00 00 00 00 00 FF"]
    assert camera.say("81 09 7E 7E 01 FF") == ["90 50 0A 0B 0C 0D 05 09 0B 06 11 08 00 06 0C FF"]
    assert camera.say("81 09 7E 7E 02 FF") == ["90 50 01 04 00 04 00 00 00 00 00 00 00 00 00 FF"]
    assert camera.say("81 09 7E 7E 03 FF") == ["90 50 00 00 00 00 00 00 00 03 01 70 03 04 0A FF"]


LISTED = rows_of(DEFAULT).values()
COMMANDS = [row for row in LISTED if row.kind == "command"]
INQUIRIES = [row for row in LISTED if row.kind == "inquiry"]
OF_THE_LINE = {
    "if_clear": ["90 50 FF"],
    "address_set": ["88 30 02 FF"],
    "command_cancel": [],
}


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.id)
def test_every_command_row_is_taken_at_both_ends_of_its_ranges(row) -> None:
    for end in ("low", "high"):
        camera = Talk()
        camera.say("81 01 04 38 03 FF")
        if row.id in ("osd.enter", "osd.return"):
            camera.say("81 01 04 3F 02 5F FF")
        values = {param.name: getattr(param, end) for param in row.params}
        for template in row.templates:
            frame = bytearray(template.fixed)
            if template.addressed:
                frame[0] |= 1
            for place in template.places:
                place.put(frame, values[place.name])
            heard = camera.say(frame.hex()) + camera.after(60)
            if row.id == "command_cancel":
                assert heard == [f"90 6{values['socket']} 05 FF"]
            else:
                assert heard == OF_THE_LINE.get(row.id, DONE)


@pytest.mark.parametrize("row", INQUIRIES, ids=lambda row: row.id)
def test_every_inquiry_row_is_answered_in_its_layout(row) -> None:
    camera = Talk()
    (answer,) = camera.say(codec.encode(row.id).hex())
    assert len(answer.split()) == len(row.layout.split())
    payload = bytes.fromhex(answer)[2:-1]
    assert codec.decode(row.id, payload).keys() == {field.name for field in row.fields}


def test_a_number_beyond_its_range_is_a_syntax_error_and_changes_nothing() -> None:
    camera = Talk()
    for row in COMMANDS:
        for param in row.params:
            width = len(param.letters)
            if param.signed or param.high + 1 >= 16**width or row.id in OF_THE_LINE:
                continue
            template = row.template
            frame = bytearray(template.fixed)
            frame[0] |= 1
            for place in template.places:
                place.put(frame, param.high + 1 if place.name == param.name else place.low)
            if param.name == "tilt_speed":
                frame[5] = 0x19
            before = camera.body.snapshot(camera.now)
            if row.id in ("preset.reset", "preset.set", "preset.recall") or 0xFF in frame[:-1]:
                continue  # 255 would end the frame
            assert camera.say(frame.hex()) == ["90 60 02 FF"], row.id
            assert camera.body.snapshot(camera.now) == before


def test_every_row_of_the_table_has_its_behaviour() -> None:
    known = {*actions.MOVES, *actions.DRIVES, *actions.REST, *actions.INQUIRIES, *OF_THE_LINE}
    arrows = {"osd.up", "osd.down", "osd.left", "osd.right"}
    odd = set(TABLE) ^ (known | arrows)
    assert not odd, (
        f"{odd}: in protocols/visca/table.py, but not in simulator/settings.py or actions.py, or the reverse"
    )


def test_reading_agrees_with_another_reader() -> None:
    for row in COMMANDS + INQUIRIES:
        if row.id in OF_THE_LINE or row.id.startswith("osd."):
            continue
        frame = codec.encode(row.id, **{param.name: param.high for param in row.params})
        parsed = parse_command(frame)
        assert parsed is not None
        assert read(frame) == (parsed.row.id, parsed.params)


def test_while_both_sockets_are_held_a_setting_is_taken_in_another_number() -> None:
    camera = Talk()
    camera.say("81 01 06 02 01 01 00 05 00 00 00 00 00 00 FF")
    camera.say("81 01 04 47 04 00 00 00 FF")
    assert camera.say("81 0A 02 02 02 FF") == EXECUTED[2]
    assert camera.body.tally == "program"


def test_the_one_command_for_flips_and_the_two_switches_are_one_state() -> None:
    camera = Talk()
    camera.say("81 01 04 A4 03 FF")
    assert [camera.say(f"81 09 04 {row} FF") for row in ("61", "66", "A4")] == [
        ["90 50 02 FF"], ["90 50 02 FF"], ["90 50 03 FF"],
    ]  # fmt: skip
    camera.say("81 01 04 61 03 FF")
    assert camera.say("81 09 04 A4 FF") == ["90 50 02 FF"]


@pytest.mark.parametrize("model", ["sony-brc-x400", "sony-srg-300h", "sony-srg-a40"])
def test_a_sony_s_gain_is_reset_to_its_lowest_and_not_to_nothing(model: str) -> None:
    """Gain 1 is 0 dB in Sony's lists; there is no 0."""
    camera = Talk(known(model))
    camera.say("81 01 04 0C 00 FF")
    assert camera.say("81 09 04 4C FF") == ["90 50 00 00 00 01 FF"]


def test_a_reset_to_the_factory_clears_presets_and_limits() -> None:
    camera = Talk()
    camera.say("81 01 04 3F 01 04 FF")
    camera.say("81 01 06 07 00 01 00 06 04 00 00 03 00 00 FF")
    assert camera.body.presets and camera.body.limits
    camera.say("81 01 04 A0 10 FF")
    assert not camera.body.presets and not camera.body.limits


def _frames(row) -> list[bytes]:
    """The row's frames with its lowest numbers, for the camera with the address 1."""
    frames = []
    for template in row.templates:
        frame = bytearray(template.fixed)
        frame[0] |= template.addressed
        for place in template.places:
            place.put(frame, place.low)
        frames.append(bytes(frame))
    return frames


def _is_of(frame: bytes, row) -> bool:
    """Whether this is a frame of the row, whatever its numbers."""
    return any(
        len(template.fixed) == len(frame)
        and all(
            theirs & mask == ours
            for theirs, mask, ours in zip(frame[1:], template.mask[1:], template.fixed[1:], strict=True)
        )
        for template in row.templates
    )


@pytest.mark.parametrize("name", names())
def test_a_camera_takes_no_command_that_its_list_has_not(name: str) -> None:
    model = find(name)
    assert model is not None
    own = rows_of(model).values()
    for row in TABLE.values():
        if row.id in rows_of(model) or row.id in OF_THE_LINE:
            continue
        for frame in _frames(row):
            if any(_is_of(frame, one) for one in own):
                continue
            camera = Talk(model)
            before = camera.body.snapshot(camera.now)
            (answer,) = camera.say(frame.hex())
            assert answer in ("90 60 02 FF", "90 60 01 FF"), row.id
            assert camera.body.snapshot(camera.now) == before, row.id


def test_no_ptzoptics_list_has_sonys_lamps_preset_speeds_and_one_push() -> None:
    for frame in ("7E 01 0A 00 02", "7E 04 1A 00 02", "7E 01 0B 03 09", "04 18 01"):
        assert Talk().say(f"81 01 {frame} FF")[0].startswith("90 60"), frame
