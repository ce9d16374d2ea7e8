"""The plan as data. Bytes and times are worked out by hand, not copied from a run.

Zoom 60 % of 0x4000 is 9830.4, so 9830 = 0x2666; pan −30° is −432 = 0xFE50; tilt 5° is 72 = 0x0048; pan step n does
3.7937·n + 6.4944 degrees a second, tilt 2.2228·n + 3.4522.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from cuelang.output.plan import plan_json
from tests.lang.compiling import as_json, events, plan_of


def test_the_whole_of_a_small_plan():
    sheet = """
        show "Twelfth Night"
            fps 25
        cue 2.50 "Viola enters"
            move foh to throne
            at 500ms tally foh program only
            at 9s note "end"
    """
    plan = plan_json(plan_of(sheet))
    assert {key: plan[key] for key in ("format", "show", "fps")} == {
        "format": "cuelang.plan/1", "show": "Twelfth Night", "fps": 25,
    }  # fmt: skip
    assert list(plan["cameras"]) == ["foh", "left", "right"]
    assert plan["cues"] == [
        {
            "number": "2.5",
            "title": "Viola enters",
            "line": 3,
            "duration_ms": 9000,
            "events": [
                {
                    "at_ms": 0, "until_ms": 2399.902, "camera": "foh", "action": "move", "line": 4, "column": 5,
                    "wire": [{"at_ms": 0, "hex": "81 01 04 3f 02 04 ff"}],
                },
                {
                    "at_ms": 500, "until_ms": 500, "camera": "foh", "action": "tally", "line": 5, "column": 14,
                    "wire": [{"at_ms": 500, "hex": "81 0a 02 02 02 ff"}],
                },
                {
                    "at_ms": 9000, "until_ms": 9000, "camera": None, "action": "note", "text": "end", "line": 6,
                    "column": 11, "wire": [],
                },
            ],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "wire"),
    [
        ("move foh to door speed 5", ["81 01 06 02 05 05 00 00 0a 0d 0f 0f 0d 05 ff", "81 01 04 47 00 0c 0c 0d ff"]),
        ("move foh to preset 4", ["81 01 04 3f 02 04 ff"]),
        ("move left to preset 254", ["81 01 04 3f 02 fe ff"]),
        ("move left to pan -30deg tilt 5deg speed 24", ["81 01 06 02 18 14 0f 0e 05 00 00 00 04 08 ff"]),
        ("move left to pan 0x2A0 tilt 0", ["81 01 06 02 0c 0c 00 02 0a 00 00 00 00 00 ff"]),
        ("move left by pan 10deg tilt -10deg", ["81 01 06 03 0c 0c 00 00 09 00 0f 0f 07 00 ff"]),
        ("move left home", ["81 01 06 04 ff"]),
        ("drive left up_left speed 24 for 1s", ["81 01 06 01 18 14 01 01 ff", "81 01 06 01 0c 0c 03 03 ff"]),
        ("drive left right speed 3, 4 for 1s", ["81 01 06 01 03 04 02 03 ff", "81 01 06 01 0c 0c 03 03 ff"]),
        ("zoom left to 100%", ["81 01 04 47 04 00 00 00 ff"]),
        ("zoom left in speed 7 for 1s", ["81 01 04 07 27 ff", "81 01 04 07 00 ff"]),
        ("zoom left out for 1s", ["81 01 04 07 33 ff", "81 01 04 07 00 ff"]),
        ("focus left to 500", ["81 01 04 48 00 01 0f 04 ff"]),
        ("focus left auto", ["81 01 04 38 02 ff"]),
        ("set left iris 9", ["81 01 04 4b 00 00 00 09 ff"]),
        ("set left white_balance indoor", ["81 01 04 35 01 ff"]),
        ("set left exposure_compensation 4", ["81 01 04 4e 00 00 00 04 ff"]),
        ("tally left preview", ["81 0a 02 02 01 ff"]),
        ("tally left off", ["81 0a 02 02 03 ff"]),
        ("power left on", ["81 01 04 00 02 ff"]),
        ("store left preset 7", ["81 01 04 3f 01 07 ff"]),
    ],
)
def test_bytes(line, wire):
    (event,) = events(f"cue 1\n    {line}\n")
    assert [frame["hex"] for frame in event["wire"]] == wire


BOOTH = "http://10.0.0.22/cgi-bin/booth.cgi"


@pytest.mark.parametrize(
    ("line", "wire"),
    [
        ("booth left photos every 2s", [(0, f"{BOOTH}?0&4&2&photo&0")]),
        ("booth left videos every 1s length 5s", [(0, f"{BOOTH}?0&4&1&video&5")]),
        ("snapshot left", [(0, "http://10.0.0.22/snapshot.jpg")]),
    ],
)
def test_pictures_go_by_http_whatever_the_link(line, wire):
    (event,) = events(f"cue 1\n    {line}\n")
    assert [(frame["at_ms"], frame["url"]) for frame in event["wire"]][: len(wire)] == wire
    assert all("hex" not in frame for frame in event["wire"])


def test_a_booth_s_files_are_fetched_when_they_should_be_ready():
    (event,) = events("cue 1\n    wait 1s\n    booth left photos every 2s\n")
    assert [(frame["at_ms"], frame["url"].removeprefix("http://10.0.0.22")) for frame in event["wire"]] == [
        (1000, "/cgi-bin/booth.cgi?0&4&2&photo&0"),
        *((9000, f"/photo{shot}.jpg") for shot in range(1, 5)),
    ]


@pytest.mark.parametrize(
    ("declared", "base"),
    [
        ('camera a "visca+tcp://10.0.0.9"', "http://10.0.0.9"),
        ('camera a "visca+tcp://10.0.0.9"\n    http "http://10.0.0.10:8080/"', "http://10.0.0.10:8080"),
        ('camera a "cgi://10.0.0.9"', "http://10.0.0.9"),
        ('camera a "cgi://10.0.0.9:8080"', "http://10.0.0.9:8080"),
        ('camera a "cgi://[fe80::1]"', "http://[fe80::1]"),
        ('camera a "sim://a"', ""),
    ],
)
def test_where_a_camera_s_web_side_is(declared, base):
    (event,) = events(f"{declared}\ncue 1\n    snapshot a\n", rig=False)
    assert event["wire"] == [{"at_ms": 0, "url": f"{base}/snapshot.jpg"}]


CGI = "http://10.0.0.9/cgi-bin/ptzctrl.cgi?ptzcmd"


@pytest.mark.parametrize(
    ("line", "wire"),
    [
        ("move a home", [f"{CGI}&home"]),
        ("move a to preset 4", [f"{CGI}&poscall&4"]),
        ("store a preset 7", [f"{CGI}&posset&7"]),
        ("move a to pan -30deg tilt 5deg speed 8, 6", [f"{CGI}&abs&8&6&FE50&0048"]),
        ("drive a up_left speed 5 for 1s", [f"{CGI}&leftup&5&5", f"{CGI}&ptzstop&1&1"]),
        ("zoom a to 100%", [f"{CGI}&zoomto&7&4000"]),
        ("track a on", ["http://10.0.0.9/cgi-bin/ptzctrl.cgi?post_image_value&autotrack&2"]),
    ],
)
def test_a_camera_by_http_alone(line, wire):
    sheet = f'camera a "cgi://10.0.0.9"\n    model "ptzoptics-move-4k-20x"\ncue 1\n    {line}\n'
    (event,) = events(sheet, rig=False)
    assert [frame["url"] for frame in event["wire"]] == wire


@pytest.mark.parametrize(
    ("url", "line", "wire"),
    [
        ("pelco-d:///dev/ttyUSB1?address=3", "move a to preset 4", ["ff 03 00 07 00 04 0e"]),
        ("pelco-d:///dev/ttyUSB1", "drive a up_left speed 32 for 1s", ["ff 01 00 0c 20 20 4d", "ff 01 00 00 00 00 01"]),
        ("pelco-d:///dev/ttyUSB1", "drive a right speed 32 for 1s", ["ff 01 00 02 20 00 23", "ff 01 00 00 00 00 01"]),
        ("pelco-d:///dev/ttyUSB1", "focus a near for 1s", ["ff 01 01 00 00 00 02", "ff 01 00 00 00 00 01"]),
        ("pelco-p:///dev/ttyUSB1", "drive a right speed 41 for 1s", ["a0 01 00 02 29 00 af 25"]),
    ],
)
def test_pelco_s_own_frames(url, line, wire):
    """The last is the reference's vector of a Pelco-P frame."""
    (event,) = events(f'camera a "{url}"\ncue 1\n    {line}\n', rig=False)
    assert [frame["hex"] for frame in event["wire"]][: len(wire)] == wire


def test_an_address_on_a_serial_line_is_in_every_frame():
    sheet = 'camera a "visca+serial:///dev/ttyUSB0?address=2"\ncue 1\n    zoom a to 100%\n'
    assert events(sheet, rig=False)[0]["wire"] == [{"at_ms": 0, "hex": "82 01 04 47 04 00 00 00 ff"}]


def raw(p: Fraction, target: int = 9830) -> str:
    value = target * p
    nearest = (2 * value.numerator + value.denominator) // (2 * value.denominator)
    return "81 01 04 47 " + " ".join(f"0{digit}" for digit in f"{nearest:04x}") + " ff"


@pytest.mark.parametrize(
    ("ease", "shape"),
    [
        ("", lambda p: p), ("ease linear", lambda p: p), ("ease in", lambda p: p * p),
        ("ease out", lambda p: 1 - (1 - p) ** 2), ("ease in_out", lambda p: 3 * p**2 - 2 * p**3),
    ],
)  # fmt: skip
def test_a_ramp_from_a_tracked_start_has_all_its_frames(ease, shape):
    (event,) = events(f"cue 1\n    wait 1s\n    zoom foh to 60% over 2.55s {ease}\n")
    expected = [(1000 + 100 * k, raw(shape(Fraction(100 * k, 2550)))) for k in range(1, 26)] + [
        (3550, raw(Fraction(1)))
    ]
    assert [(frame["at_ms"], frame["hex"]) for frame in event["wire"]] == expected
    assert all(frame["predicted"] for frame in event["wire"]) and event["predicted"]
    assert event["until_ms"] == 3550


def test_a_ramp_with_from_sends_it_at_once_and_is_no_guess():
    (event,) = events("cue 1\n    zoom foh from 0% to 60% over 200ms\n")
    assert event["wire"] == [
        {"at_ms": 0, "hex": raw(Fraction(0))}, {"at_ms": 100, "hex": raw(Fraction(1, 2))},
        {"at_ms": 200, "hex": raw(Fraction(1))},
    ]  # fmt: skip


def test_equal_frames_of_one_ramp_are_not_sent_but_the_last_is():
    (event,) = events("cue 1\n    zoom foh from 3 to 4 over 500ms\n")
    assert [(frame["at_ms"], frame["hex"][-8:]) for frame in event["wire"]] == [
        (0, "00 03 ff"), (300, "00 04 ff"), (500, "00 04 ff"),
    ]  # fmt: skip


def test_two_equal_statements_are_both_sent():
    assert [
        len(event["wire"]) for event in events("cue 1\n    zoom foh to 60%\n    wait 9s\n    zoom foh to 60%\n")
    ] == [1, 1]


def test_a_timed_move_is_one_pan_tilt_frame_and_a_ramp():
    """Pan −30° at step 1 takes 2.9 s, at step 3 1.68 s, at step 2 2.13 s; tilt 5° at step 1 takes 0.88 s."""
    (event,) = events("cue 1\n    move foh to throne over 2s\n")
    first, *ramp = event["wire"]
    assert first == {"at_ms": 0, "hex": "81 01 06 02 02 01 0f 0e 05 00 00 00 04 08 ff", "predicted": True}
    assert [frame["at_ms"] for frame in ramp] == [100 * k for k in range(1, 21)]
    assert ramp[-1]["hex"] == raw(Fraction(1))
    pan = Fraction(30) / (Fraction("3.7937") * 2 + Fraction("6.4944")) * 1000
    assert event["until_ms"] == round(float(pan), 3)


def test_what_a_newer_action_takes_over_is_not_in_the_plan():
    first, second = events("cue 1\n    zoom foh to 60% over 2s\n    at 500ms zoom foh to 0%\n")
    assert [frame["at_ms"] for frame in first["wire"]] == [100, 200, 300, 400]
    assert first["until_ms"] == 500 and second["wire"][0]["hex"] == raw(Fraction(0))


def test_events_that_are_not_of_a_camera():
    sheet = """
        output eos "osc+udp://10.0.0.5:8000"
        cue 1
            send eos "/eos/cue/12/fire" 1, "x", -2.5
            go next
            start 2.0
            stop cue 1
        cue 2
            wait 1s
            follow after 3s
    """
    got = [{key: event[key] for key in event if key not in ("line", "column", "wire")} for event in events(sheet)]
    here = {"at_ms": 0, "until_ms": 0, "camera": None}
    assert got == [
        {**here, "action": "send", "output": "eos", "address": "/eos/cue/12/fire", "arguments": [1, "x", -2.5]},
        {**here, "action": "go", "cue": "next"}, {**here, "action": "start", "cue": "2"},
        {**here, "action": "stop", "cue": "1"},
    ]  # fmt: skip
    assert as_json(sheet, "2")["follow_ms"] == 3000


def test_times_are_exact_to_the_microsecond():
    assert [one["at_ms"] for one in events('show "x"\n    fps 29.97\ncue 1\n    wait 1f\n    note "x"\n')] == [33.367]


def test_a_camera_left_out_tonight_sends_nothing():
    sheet = 'camera a "sim://a"\n    disabled\ncue 1\n    move a home\n'
    assert events(sheet, rig=False)[0]["wire"] == []


def test_an_event_from_another_file_says_so():
    plan = plan_of(
        'use "m.cues"\ncue 1\n    settle(foh)\n', files={"m.cues": "define settle(cam)\n    tally cam off\n"}
    )
    (event,) = plan_json(plan)["cues"][0]["events"]
    assert (event["file"], event["line"], event["column"], event["call"]) == ("m.cues", 2, 5, "3:5")
