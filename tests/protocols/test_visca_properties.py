"""Every property of the language, what may be written for it, and the bytes that come of it."""

import re

import pytest

from cuelang.commands import SetProperty
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.properties import PROPERTIES, VALUE, from_answers, to_rows
from cuelang.protocols.visca.table import TABLE


def sent(command):
    return [codec.encode(row, **params).hex(" ") for row, params in to_rows(command)]


# The language's table of properties: name, words, numbers that are taken, numbers that are not.
LANGUAGE = [
    ("white_balance", "auto indoor outdoor one_push manual color_temperature trigger", [], [0]),
    ("red_gain", "reset up down", [0, 255], [-1, 256]),
    ("blue_gain", "reset up down", [0, 255], [-1, 256]),
    ("color_temperature", "reset up down", [2500, 5600, 8000], [2400, 2550, 8100]),
    ("red_tuning", "", [-10, 10], [-11, 11]),
    ("blue_tuning", "", [-10, 10], [-11, 11]),
    ("exposure", "auto manual shutter_priority iris_priority bright", [], [0]),
    ("iris", "reset up down", [0, 9, 17], [18]),
    ("shutter", "reset up down", [1, 17], [0, 18]),
    ("gain", "reset up down", [0, 15], [16]),
    ("bright", "reset up down", [0, 17], [18]),
    ("wdr", "reset up down", [0, 6], [7]),
    ("gain_limit", "", [0, 15], [16]),
    ("drc", "", [0, 8], [9]),
    ("noise_3d", "", [0, 8], [9]),
    ("gamma", "", [0, 4], [5]),
    ("color_gain", "", [0, 14], [15]),
    ("hue", "", [0, 14], [15]),
    ("brightness", "", [0, 14], [15]),
    ("contrast", "", [0, 14], [15]),
    ("preset_speed", "", [1, 24], [0, 25]),
    ("exposure_compensation", "on off reset up down", [0, 14], [-1, 15]),
    ("noise_2d", "auto manual", [0, 5], [6]),
    ("sharpness", "auto manual reset up down", [0, 15], [16]),
    *((name, "on off", [], [0, 1]) for name in (
        "backlight", "freeze", "reverse", "picture_flip", "motion_sync", "multicast", "usb_audio", "rtmp_1", "rtmp_2",
    )),
    ("flicker", "off", [50, 60], [0, 55]),
    ("effect", "off bw", [], [0]),
    ("flip", "off h v hv", [], [0]),
    ("awb_sensitivity", "high normal low", [], [0]),
    ("af_sensitivity", "high normal low", [], [0]),
    ("af_zone", "top center bottom", [], [0]),
    ("motion_sync_speed", "", [0, 9], [10]),
    ("focus_range", "off", [], [3]),
    ("limit_up_right", "clear", [], [3]),
    ("limit_down_left", "clear", [], [3]),
    ("lens_type", "", [1, 2], [0, 3]),
    ("ndi", "high medium low off", [], [0]),
    ("osd", "toggle close up down left right enter back", [], [0]),
    ("settings", "save", [], [0]),
    ("af_calibration", "run", [], [0]),
]  # fmt: skip


def test_the_language_s_properties_are_all_there_and_no_others():
    assert set(PROPERTIES) == {name for name, *_ in LANGUAGE}


@pytest.mark.parametrize(("name", "words", "good", "bad"), LANGUAGE, ids=[row[0] for row in LANGUAGE])
def test_what_may_be_written(name, words, good, bad):
    prop = PROPERTIES[name]
    assert set(prop.words) == set(words.split())
    assert prop.word("sideways") is None
    for word in prop.words:
        assert sent(prop.word(word))
        assert f"`{word}`" in prop.allowed
    for number in good:
        command = prop.value([number])
        assert command is not None and sent(command)
        if prop.numbers:
            assert prop.numbers[0].shown(command.numbers[0]) == number
    for number in bad:
        assert prop.value([number]) is None
    assert prop.value([]) is None


@pytest.mark.parametrize("prop", PROPERTIES.values(), ids=list(PROPERTIES))
def test_every_row_and_inquiry_exists_and_no_range_is_wider_than_its_row(prop):
    for row in (*[row for row, _ in prop.words.values()], *([prop.row] if prop.row else []), *prop.inquiries):
        assert row in TABLE
    for row in prop.inquiries:
        assert TABLE[row].kind == "inquiry"
    if prop.row and not prop.pose:
        params = {param.name: param for param in TABLE[prop.row].params}
        for limits in prop.numbers:
            raws = [limits.raw(limits.low), limits.raw(limits.high)]
            assert params[limits.param].low <= raws[0] < raws[1] <= params[limits.param].high
    assert prop.single <= set(prop.words) and prop.needs_menu <= set(prop.words)
    for word, (row, _) in prop.words.items():
        assert prop.repeatable(word) == (not TABLE[row].single), f"{prop.name} {word}"


@pytest.mark.parametrize(
    ("name", "written", "wire"),
    [
        ("white_balance", "indoor", "81 01 04 35 01 ff"),
        ("white_balance", "trigger", "81 01 04 10 05 ff"),
        ("iris", 9, "81 01 04 4b 00 00 00 09 ff"),
        ("iris", "up", "81 01 04 0b 02 ff"),
        ("color_temperature", 5600, "81 01 04 20 01 0f ff"),
        ("freeze", "on", "81 01 04 62 02 ff"),
        ("exposure", "auto", "81 01 04 39 00 ff"),
        ("exposure_compensation", 4, "81 01 04 4e 00 00 00 04 ff"),
        ("red_tuning", -10, "81 0a 01 12 00 ff"),
        ("drc", 4, "81 01 04 25 00 00 00 04 ff"),
        ("flicker", 50, "81 01 04 23 01 ff"),
        ("flicker", "off", "81 01 04 23 00 ff"),
        ("rtmp_2", "off", "81 0a 11 a8 23 ff"),
        ("usb_audio", "on", "81 2a 02 a0 04 02 ff"),
        ("multicast", "on", "81 0b 01 23 01 ff"),
        ("lens_type", 2, "81 0a 01 04 1b 01 ff"),
        ("limit_up_right", "clear", "81 01 06 07 01 01 07 0f 0f 0f 07 0f 0f 0f ff"),
        ("focus_range", "off", "81 0a 11 42 00 00 00 ff"),
        ("osd", "back", "81 01 06 06 04 ff"),
        ("osd", "toggle", "81 01 04 3f 02 5f ff"),
        ("settings", "save", "81 01 04 a5 10 ff"),
        ("flip", "hv", "81 01 04 a4 03 ff"),
    ],
)
def test_bytes(name, written, wire):
    prop = PROPERTIES[name]
    command = prop.word(written) if isinstance(written, str) else prop.value([written])
    assert sent(command) == [wire]


def test_two_numbers_and_a_pose():
    assert sent(PROPERTIES["focus_range"].value([3, 8])) == ["81 0a 11 42 01 03 08 ff"]
    assert PROPERTIES["focus_range"].value([3, 12]) is None
    limit = PROPERTIES["limit_down_left"].value([-1440, -72])
    assert sent(limit) == ["81 01 06 07 00 00 0f 0a 06 00 0f 0f 0b 08 ff"]


def test_what_the_interlock_watches_and_what_is_never_repeated():
    assert {name for name, prop in PROPERTIES.items() if prop.on_air} == {
        "flip", "reverse", "picture_flip", "freeze", "osd"
    }  # fmt: skip
    assert not PROPERTIES["iris"].repeatable("up")
    assert PROPERTIES["iris"].repeatable("reset") and PROPERTIES["iris"].repeatable(VALUE)
    assert PROPERTIES["osd"].needs_menu == {"up", "down", "left", "right"}


@pytest.mark.parametrize(
    "command",
    [
        SetProperty("shine", "on"),
        SetProperty("iris", "on"),
        SetProperty("iris", VALUE),
        SetProperty("flip", VALUE, (1,)),
    ],
)
def test_a_command_that_no_property_takes_is_an_error(command):
    with pytest.raises(ValueError, match=re.compile("no property|takes")):
        to_rows(command)


def test_what_is_allowed_reads_as_a_phrase():
    assert PROPERTIES["color_temperature"].allowed == "`reset`, `up`, `down` or 2500K to 8000K in steps of 100K"
    assert PROPERTIES["exposure_compensation"].allowed.endswith("or a number, 0 to 14")
    assert PROPERTIES["focus_range"].allowed == "`off` or two numbers, far and near, each 0 to 11"
    assert PROPERTIES["limit_up_right"].allowed == "`clear` or `pan A tilt B`"


@pytest.mark.parametrize(
    ("name", "payloads", "shown"),
    [
        ("white_balance", {"inq.wb_mode": "20"}, "color_temperature"),
        ("white_balance", {"inq.wb_mode": "04"}, None),
        ("color_temperature", {"inq.color_temp": "1f"}, "5600K"),
        ("red_tuning", {"inq.r_tuning": "00 00 00 07"}, "−3"),
        ("exposure_compensation", {"inq.exp_comp_mode": "02", "inq.exp_comp": "00 00 00 04"}, "on, 4"),
        ("exposure_compensation", {"inq.exp_comp_mode": "02"}, None),
        ("sharpness", {"inq.sharpness_mode": "03", "inq.sharpness": "00 00 00 0b"}, "manual, 11"),
        ("iris", {"inq.iris": "00 0c"}, "12"),
        ("iris", {"inq.iris": "0f 0f"}, None),
        ("flicker", {"inq.flicker": "00"}, "off"),
        ("flicker", {"inq.flicker": "02"}, "60Hz"),
        ("flicker", {"inq.flicker": "07"}, None),
        ("effect", {"inq.effect": "02"}, "off"),
        ("rtmp_1", {"inq.rtmp": "02"}, "off"),
        ("rtmp_2", {"inq.rtmp": "02"}, "on"),
        ("motion_sync", {"inq.motion_sync": "01"}, "on"),
        ("focus_range", {"inq.focus_range": "01 03 08"}, "3, 8"),
        ("focus_range", {"inq.focus_range": "00 03 08"}, "off"),
        ("osd", {"inq.menu": "03"}, "closed"),
        ("freeze", {}, None),
    ],
)
def test_a_property_read_back(name, payloads, shown):
    answers = {row: codec.decode(row, bytes.fromhex(payload)) for row, payload in payloads.items()}
    assert from_answers(name, answers) == shown


@pytest.mark.parametrize("prop", PROPERTIES.values(), ids=list(PROPERTIES))
def test_every_property_with_an_inquiry_can_be_read(prop):
    if prop.inquiries:
        readable = {
            from_answers(prop.name, {row: {field.name: value for field in TABLE[row].fields} for row in prop.inquiries})
            for value in range(40)
        }
        assert readable - {None}
