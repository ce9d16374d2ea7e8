"""The codec against bytes that it did not make: `reference_rows.json` is a frozen copy of the reference table."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.visca import codec, reading
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.table import ROWS, TABLE
from tests.models.known import known
from tests.protocols.visca_reader import (
    Ack,
    AddressReply,
    Completion,
    Error,
    InquiryAnswer,
    NetworkChange,
    parse_command,
    parse_reply,
    sender,
)

REFERENCE = json.loads((Path(__file__).parent / "reference_rows.json").read_text())
MANUAL = [row for row in REFERENCE if "extra" not in row]
COMMANDS = [row for row in MANUAL if row["kind"] == "command"]
INQUIRIES = [row for row in MANUAL if row["kind"] == "inquiry"]

ALIAS_OF = {
    "osd.toggle": ("preset.recall", {"preset": 95}),
    **{
        f"osd.{way}": (f"pt.{way}", {"pan_speed": 14, "tilt_speed": 14})
        for way in ("up", "down", "left", "right")
    },
}  # fmt: skip


def written(template, address, values, params):
    """The frame of a template, written by hand: letter by letter into the text, then text to bytes."""
    digits = {}
    for param in params:
        width = len(param["letters"])
        text = f"{values[param['name']] % 16**width:0{width}x}"
        for letter, digit in zip(param["letters"], text, strict=True):
            digits.setdefault(letter, []).append(digit)
    head, *rest = template.split(" ")
    body = "".join(digits[sign].pop(0) if sign.islower() else sign for sign in "".join(rest))
    return bytes.fromhex(head.replace("x", str(address)) + body)


def samples(param):
    low, high = param["min"], param["max"]
    return sorted({low, high, (low + high) // 2, min(low + 1, high)})


def spread(params):
    """A few sets of values that visit the ends of every parameter."""
    middle = {param["name"]: samples(param)[1 % len(samples(param))] for param in params}
    yield middle
    for param in params:
        for value in samples(param):
            yield {**middle, param["name"]: value}


def by_id(rows):
    return pytest.mark.parametrize("row", rows, ids=[row["id"] for row in rows])


def test_the_table_holds_every_row_of_the_reference_once():
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))
    assert len(COMMANDS) == 159 and len(INQUIRIES) == 45 and len(REFERENCE) - len(MANUAL) == 14
    assert {row["id"] for row in REFERENCE} <= set(ids)
    assert set(ids) - {row["id"] for row in REFERENCE} == {"sony.focus_one_push"}


@by_id(COMMANDS)
def test_a_command_both_ways(row):
    for values in spread(row["params"]):
        frame = codec.encode(row["id"], **values)
        assert frame.hex(" ") == written(row["send"], 1, values, row["params"]).hex(" ")
        read = parse_command(frame)
        assert read is not None
        assert (read.row.id, read.params, read.address) == (*ALIAS_OF.get(row["id"], (row["id"], values)), 1)


@by_id(INQUIRIES)
def test_an_inquiry_and_its_answer_both_ways(row):
    frame = codec.encode(row["id"], 3)
    assert frame == written(row["send"], 3, {}, [])
    read = parse_command(frame)
    assert read is not None and (read.row.id, read.params, read.address) == (row["id"], {}, 3)

    fields = [{"name": name, "letters": letters} for name, letters in row["fields"]]
    values = {field["name"]: 7 * (index + 1) % 16 ** len(field["letters"]) for index, field in enumerate(fields)}
    answer = codec.answer(row["id"], 3, **values)
    assert answer == written(row["layout"].replace("y0", "x0"), "b", values, fields)
    reply = parse_reply(answer)
    assert isinstance(reply, InquiryAnswer)
    assert codec.decode(row["id"], reply.payload) == values


@by_id([row for row in REFERENCE if "extra" in row])
def test_a_row_that_the_manual_lacks(row):
    assert TABLE[row["id"]].send == row["send"]
    values = {param.name: param.low for param in TABLE[row["id"]].params}
    frame = codec.encode(row["id"], **values)
    read = parse_command(frame)
    assert read is not None and (read.row.id, read.params) == (row["id"], values)


@by_id(MANUAL)
def test_ranges_status_and_letters_are_the_reference_s(row):
    mine = TABLE[row["id"]]
    assert (mine.kind, mine.status) == (row["kind"], row["status"])
    assert [(p.name, p.letters, p.low, p.high, p.signed) for p in mine.params] == [
        (p["name"], p["letters"], p["min"], p["max"], p["signed"]) for p in row["params"]
    ]
    assert list(mine.alternatives) == row["alternatives"]
    if row["kind"] == "inquiry":
        assert mine.layout == row["layout"]


@by_id([row for row in COMMANDS if row["params"] and not any(param["signed"] for param in row["params"])])
def test_a_value_out_of_range_is_neither_sent_nor_read(row):
    for param in row["params"]:
        values = {p["name"]: p["max"] for p in row["params"]} | {param["name"]: param["max"] + 1}
        with pytest.raises(ValueError, match=param["name"]):
            codec.encode(row["id"], **values)
        if param["max"] + 1 < 16 ** len(param["letters"]):
            frame = written(row["send"], 1, values, row["params"])
            if b"\xff" not in frame[:-1]:
                read = parse_command(frame)
                assert read is None or read.row.id != row["id"]


def test_the_two_destructive_resets_and_the_unsure_rows_are_gated():
    assert {row.id for row in ROWS if row.gated} == {
        "settings.reset", "network.reset", "motion_sync.min_speed", "multicast"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "row", "params"),
    [
        ("81 01 06 01 18 ff", "preset.speed", {"speed": 24}),
        ("81 01 06 01 0c 0a 02 01 ff", "pt.up_right", {"pan_speed": 12, "tilt_speed": 10}),
        ("81 01 04 20 02 ff", "color_temp.up", {}),
        ("81 01 04 20 00 02 ff", "color_temp.direct", {"index": 2}),
        ("81 01 04 47 04 00 00 00 ff", "zoom.direct", {"zoom": 0x4000}),
        ("81 01 04 47 04 00 00 00 00 00 00 01 ff", "zoom_focus.direct", {"zoom": 0x4000, "focus": 1}),
        ("81 2a 02 a0 04 ff", "inq.uac", {}),
        ("81 2a 02 a0 04 02 ff", "uac", {"state": 2}),
        ("81 01 04 0c 02 ff", "gain.up", {}),
        ("81 01 04 0c 00 00 00 05 ff", "gain.direct", {"gain": 5}),
        ("81 01 04 4c 00 00 00 05 ff", "gain.direct", {"gain": 5}),
        ("81 01 04 0d 00 00 01 01 ff", "bright.direct", {"bright": 17}),
        ("81 01 04 4b 00 00 0b ff", "iris.direct", {"iris": 11}),
        ("81 01 06 01 00 05 03 01 ff", "pt.up", {"pan_speed": 0, "tilt_speed": 5}),
        ("82 01 06 02 18 14 0f 06 07 00 0f 0e 05 00 ff", "pt.absolute",
         {"pan_speed": 24, "tilt_speed": 20, "pan": -2448, "tilt": -432}),
        ("81 01 06 02 0c 0c 00 00 09 03 07 00 09 03 07 ff", "pt.absolute",
         {"pan_speed": 12, "tilt_speed": 12, "pan": 2359, "tilt": 2359}),
        ("88 01 00 01 ff", "if_clear", {}),
        ("88 30 01 ff", "address_set", {}),
        ("81 22 ff", "command_cancel", {"socket": 2}),
    ],
)  # fmt: skip
def test_rows_that_share_an_opcode_are_told_apart(frame, row, params):
    read = parse_command(bytes.fromhex(frame))
    assert read is not None and (read.row.id, read.params) == (row, params)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "ff",
        "81 ff",
        "81 01 06 01 19 ff",  # preset speed 25
        "81 01 06 01 04 18 ff",  # the old form: preset and speed
        "81 01 06 01 00 05 02 01 ff",  # pan moves at speed 0
        "81 01 04 47 04 00 00 01 ff",  # beyond the optical tele end
        "81 01 04 47 10 00 00 00 ff",  # a zero nibble that is not zero
        "80 01 04 00 02 ff",  # from the controller to itself
        "90 01 04 00 02 ff",
        "81 01 04 35 04 ff",
        "81 23 ff",
    ],
)
def test_nonsense_is_a_syntax_error(frame):
    assert parse_command(bytes.fromhex(frame)) is None


@pytest.mark.parametrize(
    ("frame", "reply"),
    [
        ("90 41 ff", Ack(1)),
        ("a0 41 ff", Ack(1)),
        ("90 52 ff", Completion(2)),
        ("90 50 ff", Completion(0)),
        ("90 50 02 ff", InquiryAnswer(b"\x02")),
        ("90 60 02 ff", Error("syntax", 0)),
        ("90 60 03 ff", Error("buffer_full", 0)),
        ("90 61 41 ff", Error("not_executable", 1)),
        ("90 62 04 ff", Error("cancelled", 2)),
        ("90 62 05 ff", Error("no_socket", 2)),
        ("90 60 01 ff", Error("length", 0)),
        ("90 60 77 ff", Error("unknown", 0)),
        ("f0 38 ff", NetworkChange()),
        ("88 30 03 ff", AddressReply(2)),
        ("90 41", None),
        ("90 38 00 ff", None),
        ("81 41 ff", None),
        ("80 41 ff", None),
        ("90 71 ff", None),
    ],
)
def test_replies(frame, reply):
    assert parse_reply(bytes.fromhex(frame)) == reply


def test_a_camera_s_own_replies_are_read_back():
    for address in range(1, 8):
        assert parse_reply(codec.ack(2, address)) == Ack(2)
        assert parse_reply(codec.completion(1, address)) == Completion(1)
        assert parse_reply(codec.error("buffer_full", 0, address)) == Error("buffer_full", 0)
        assert sender(codec.ack(2, address)) == address


@pytest.mark.parametrize(
    ("row", "payload", "fields"),
    [
        ("inq.iris", "00 00 00 0c", {"iris": 12}),
        ("inq.iris", "00 0c", {"iris": 12}),
        ("inq.shutter", "01 01", {"shutter": 17}),
        ("inq.wb_mode", "20", {"mode": 0x20}),
        ("inq.effect", "02", {"effect": 0}),
        ("inq.effect", "00", {"effect": 0}),
        ("inq.effect", "04", {"effect": 4}),
        ("inq.motion_sync", "01", {"state": 1}),
        ("inq.motion_sync", "03", {"state": 0}),
        ("inq.nr3d", "08", {"level": 8}),
        ("inq.preset", "fe", {"preset": 254}),
        ("inq.color_temp", "37", {"index": 55}),
        ("inq.pan_tilt", "0f 06 07 00 00 05 01 00", {"pan": -2448, "tilt": 1296}),
        ("inq.pan_tilt", "0f 06 03 05 09 05 02 0e 0f", {"pan": -40103, "tilt": 0x52EF}),
        ("inq.pan_tilt", "0f 0e 0a 0c 00 00 0b 04 00 00", {"pan": -5440, "tilt": 46080}),
        ("inq.pan_tilt", "0f 06", {}),
        ("inq.pt_status", "04 00", {"status": 0x0400}),
        ("inq.block_lens", "00 00", {}),
        ("inq.power", "", {}),
        ("power.on", "02", {}),
        ("inq.unheard_of", "02", {}),
    ],
)
def test_answers_are_read_leniently(row, payload, fields):
    assert codec.decode(row, bytes.fromhex(payload)) == fields


def test_five_nibble_positions():
    rows = rows_of(known("sony-ilme-fr7"))
    frame = codec.encode("pt.absolute", 1, rows, pan_speed=1, tilt_speed=1, pan=-87040, tilt=46080)
    assert frame.hex(" ") == "81 01 06 02 01 01 0e 0a 0c 00 00 00 0b 04 00 00 ff"
    read = parse_command(frame)
    assert read is not None and read.params["pan"] == -87040 and read.params["tilt"] == 46080
    answer = parse_reply(codec.answer("inq.pan_tilt", nibbles=(5, 4), pan=-40103, tilt=-7077))
    assert isinstance(answer, InquiryAnswer)
    assert codec.decode("inq.pan_tilt", answer.payload) == {"pan": -40103, "tilt": -7077}


def test_a_disputed_row_has_a_second_form():
    assert codec.encode("gain.direct", gain=3).hex(" ") == "81 01 04 4c 00 00 00 03 ff"
    assert codec.alternative("gain.direct", gain=3) == bytes.fromhex("81 01 04 0c 00 00 00 03 ff")
    assert codec.alternative("iris.direct", iris=3) is None


@pytest.mark.parametrize(
    ("row", "params", "about"),
    [
        ("zoom.nowhere", {}, "no VISCA row"),
        ("zoom.direct", {}, "takes"),
        ("zoom.direct", {"focus": 1}, "zoom is None"),
        ("zoom.stop", {"zoom": 1}, "takes"),
        ("zoom.stop", {"address": 9}, "address"),
    ],
)
def test_what_cannot_be_encoded_says_so(row, params, about):
    with pytest.raises(ValueError, match=about):
        codec.encode(row, **params)


@given(st.binary(max_size=40))
def test_nothing_from_outside_raises(junk):
    for frame in (junk, b"\x81" + junk + b"\xff", b"\x90" + junk + b"\xff", b"\x90\x50" + junk + b"\xff"):
        reading.read(frame)
        parse_reply(frame)
        sender(frame)


@given(st.sampled_from([row.id for row in ROWS if row.layout]), st.binary(max_size=16))
def test_no_answer_raises(row, payload):
    fields = codec.decode(row, payload)
    assert fields.keys() <= {field.name for field in TABLE[row].fields}


@given(st.sampled_from([row for row in ROWS if row.params]), st.data())
def test_what_is_read_from_any_command_encodes_to_the_same_frame(row, data):
    values = {}
    for param in row.params:
        low, high = (-2448, 2448) if param.signed else (param.low, param.high)
        values[param.name] = data.draw(st.integers(low, high))
    address = data.draw(st.integers(1, 7))
    frame = codec.encode(row.id, address, **values)
    assert b"\xff" not in frame[:-1]
    read = parse_command(frame)
    assert read is not None
    assert codec.encode(read.row.id, read.address, **read.params) == frame
