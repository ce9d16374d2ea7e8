"""The picture over HTTP-CGI, against the paths and answers that the G3 and G2 sheets print."""

from __future__ import annotations

import pytest

from cuelang.commands import SetProperty
from cuelang.models import DEFAULT
from cuelang.protocols import cgi
from cuelang.protocols.cgi_picture import CARRIED, PICTURE, answers_of, meant
from cuelang.protocols.visca.properties import VALUE, from_answers

PTZ, PARAM = "/cgi-bin/ptzctrl.cgi?post_image_value&", "/cgi-bin/param.cgi?post_image_value&"
SAID = (  # as the G3 sheet prints the answer to get_advance_image_conf
    'focus_mode="1"\nfocus_zone="1"\nfocus_sens="2"\nexposure_mode="11"\nexpcomp_mode="2"\nexpcomp_level="4"\n'
    'backlight="3"\nantiflicker="2"\nbright="7"\ngain_limit="5"\nmanual_gain="2"\nmeter="0"\ndrc="3"\nshutter="5"\n'
    'iris="12"\nwb_mode="0"\nrgain_tuning="8"\nbgain_tuning="13"\nrgain="56"\nbgain="43"\nsaturation="3"\nhue="8"\n'
    'temperature="40"\nstyle="0"\nluminance="8"\nsharpness="9"\ncontrast="9"\nnr3d="7"\nnr2d="0"\nmotionsync="2"\n'
)


def written(body: str) -> dict[str, str | None]:
    answers = answers_of(cgi.parse(body).fields)
    return {name: from_answers(name, answers, PICTURE) for name in PICTURE}


@pytest.mark.parametrize(
    ("prop", "verb", "numbers", "path", "older"),
    [
        ("exposure", "manual", (), "aemode&3", None),
        ("exposure", "iris_priority", (), "aemode&11", None),
        ("white_balance", "manual", (), "wbmode&5", None),
        ("white_balance", "color_temperature", (), "wbmode&32", None),
        ("white_balance", "trigger", (), "onepush&0", None),
        ("color_temperature", VALUE, (31,), "colortemp&31", None),
        ("red_gain", VALUE, (200,), "rgain&200", None),
        ("red_tuning", VALUE, (11,), "rgaintuning&11", None),
        ("gain_limit", VALUE, (3,), "gainLimit&3", None),
        ("flicker", VALUE, (2,), "antiflicker&2", None),
        ("flicker", "off", (), "antiflicker&0", None),
        ("backlight", "on", (), "backlight&2", None),
        ("af_zone", "center", (), "focusregion&1", None),
        ("iris", VALUE, (11,), "iris&11", None),
        ("drc", VALUE, (5,), "drc&5", None),
        ("brightness", VALUE, (7,), "luminance&7", "bright&7"),
        ("color_gain", VALUE, (0,), "saturation&0", "saturation&0"),
        ("contrast", VALUE, (14,), "contrast&14", "contrast&14"),
    ],
)
def test_a_setting_is_one_request(prop: str, verb: str, numbers: tuple[int, ...], path: str, older: str | None) -> None:
    (one,) = cgi.requests(SetProperty(prop, verb, numbers), DEFAULT)
    assert (one.method, one.path) == ("GET", PTZ + path)
    assert one.alternative == (None if older is None else PARAM + older)
    assert one.repeatable is (verb != "trigger")


@pytest.mark.parametrize(
    "command", [SetProperty("iris", "up"), SetProperty("freeze", "on"), SetProperty("iris", VALUE)]
)
def test_what_it_does_not_carry_is_refused(command: SetProperty) -> None:
    with pytest.raises(ValueError, match=command.prop):
        cgi.requests(command, DEFAULT)


def test_the_answer_of_the_sheet_in_the_words_of_the_language() -> None:
    said = written(SAID)
    assert {name: said[name] for name in ("exposure", "white_balance", "backlight", "flicker", "motion_sync")} == {
        "exposure": "iris_priority", "white_balance": "auto", "backlight": "off", "flicker": "60Hz",
        "motion_sync": "on",
    }  # fmt: skip
    assert {name: said[name] for name in ("iris", "gain", "color_temperature", "red_tuning", "brightness", "drc")} == {
        "iris": "12", "gain": "2", "color_temperature": "6500K", "red_tuning": "−2", "brightness": "8", "drc": "3",
    }  # fmt: skip
    assert None not in said.values()


def test_json_older_and_strange_answers() -> None:
    assert written('{"status": 200, "data": {"wb_mode": "32", "iris": "4"}}')["white_balance"] == "color_temperature"
    older = written('bright="8"\nsaturation="3"\ncontrast="9"\nsharpness="9"\nhue="8"\n')
    assert older["brightness"] == "8" and older["iris"] is None
    strange = written('iris="x"\nwb_mode="77"\ngain=""\nhue="９"\ncontrast="99"\nmanual_gain="1e3"\n')
    assert set(strange.values()) == {None}


def test_the_camera_s_side_takes_what_is_sent_and_no_more() -> None:
    """Each word and the ends of each range go over as a request, and back to the row that VISCA has for the same."""
    for one in CARRIED:
        prop = PICTURE[one.prop]
        commands = [SetProperty(one.prop, word) for word in prop.words]
        for limits in prop.numbers:
            commands += [prop.value([limits.low]), prop.value([limits.high])]  # type: ignore[list-item]
        for command in commands:
            (request,) = cgi.requests(command, DEFAULT)
            asked = cgi.read(request.path)
            assert asked is not None and meant(asked.row.id.removeprefix("image."), asked.params["value"]), command
    assert meant("iris", 18) is None and meant("wbmode", 4) is None and meant("style", 0) is None
    assert meant("wbmode", 5) == ("wb.manual", {}) and meant("rgaintuning", 8) == ("r_tuning.direct", {"tuning": 8})
