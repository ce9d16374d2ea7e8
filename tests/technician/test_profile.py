"""Settings read, saved as a file and put back, on a simulated camera."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.library import rewrite
from cuelang.plain import short
from cuelang.protocols.visca.profile import Profile, commands_of
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.simulator.faults import Faults
from cuelang.simulator.settings import DEFAULTS
from cuelang.technician import inspect, profile
from cuelang.technician.inspect import Inspected
from cuelang.technician.profile import Restored
from cuelang.technician.session import CameraError
from cuelang.units import MS
from tests.drawn import examples
from tests.models.known import known
from tests.technician.workbench import Bench, on_bench

CHANGED = {
    "r_gain": 17, "b_gain": 200, "color_temp": 31, "iris": 3, "shutter": 9, "gain": 11, "bright": 4, "exp_comp": 2,
    "sharpness": 12, "wb_mode": 0x20, "ae_mode": 0x0A, "af_sensitivity": 3, "awb_sensitivity": 0, "af_zone": 2,
    "exp_comp_mode": 2, "backlight": 2, "nr2d_mode": 3, "sharpness_mode": 3, "effect": 4, "lr_reverse": 2,
    "picture_flip": 2, "flip": 3, "motion_sync": 1, "r_tuning": 3, "b_tuning": 19, "gain_limit": 5, "nr2d": 1,
    "nr3d": 7, "flicker": 2, "color_gain": 9, "color_hue": 12, "brightness": 1, "contrast": 13,
    "motion_sync_speed": 8, "uac": 2, "gamma": 3, "rtmp": 3, "focus_range": 1, "focus_range_far": 2,
    "focus_range_near": 9,
}  # fmt: skip
"""A value for every setting that an inquiry shows, none of them the camera's own."""


def disturbed(bench: Bench) -> None:
    assert all(DEFAULTS[name] != value for name, value in CHANGED.items())
    bench.body.settings.update(CHANGED)
    bench.body.focus_auto = False
    bench.body.focus.go(0, 0x1234, 0)


def texts(found: Inspected) -> dict[str, str]:
    return {setting.name: setting.text for setting in found.settings if setting.standing == "said"}


def test_every_setting_is_read_by_name() -> None:
    async def act(bench: Bench) -> Inspected:
        disturbed(bench)
        return await inspect.inspect(bench.session)

    found, bench = on_bench(act)
    said = texts(found)
    assert {name for name in PROPERTIES if PROPERTIES[name].inquiries} <= said.keys()
    assert said["color_temperature"] == "5600K"
    assert said["exposure_compensation"] == "on, 2"
    assert said["red_tuning"] == "−7"
    assert said["flicker"] == "60Hz"
    assert said["focus_mode"] == "manual" and said["focus"] == str(0x1234)
    assert said["position"] == "pan 0° tilt 0°"
    assert {s.name for s in found.settings if s.standing == "never"} == {
        name for name in PROPERTIES if not PROPERTIES[name].inquiries
    }
    assert not any(setting.note for setting in found.settings), "the blocks say the same"
    assert bench.commands() == [], "looking changes nothing"
    shown = inspect.as_text(found)
    assert "white_balance" in shown and "Cannot be asked:" in shown
    gamma = {"name": "gamma", "value": "3", "values": [3], "raw": {"inq.gamma.gamma": 3}}
    assert gamma in inspect.as_json(found)["settings"]


SLOW = [Faults(latency=300 * MS), Faults(latency=500 * MS), Faults(latency=120 * MS, jitter=200 * MS, seed=1)]


@pytest.mark.parametrize("faults", SLOW, ids=["300 ms", "500 ms", "120 to 320 ms"])
def test_a_slow_link_gives_the_same_values(faults: Faults) -> None:
    """A question that was asked again is answered twice; the second answer must not be taken for the next one's."""

    async def act(bench: Bench) -> Inspected:
        disturbed(bench)
        return await inspect.inspect(bench.session)

    right = texts(on_bench(act)[0])
    slow = texts(on_bench(act, faults)[0])
    assert {name: text for name, text in slow.items() if text != right[name]} == {}
    assert slow.keys() == right.keys()


def test_blocks_that_nobody_answers_are_given_up_after_the_first() -> None:
    async def act(bench: Bench) -> Inspected:
        return await inspect.inspect(bench.session)

    found, bench = on_bench(act, Faults(no_blocks=True))
    assert texts(found)["iris"] == "12"
    assert {frame for _, frame in bench.heard if "7E 7E" in frame} == {"81 09 7E 7E 00 FF"}


def test_what_a_camera_does_not_know_comes_from_a_block_or_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    from cuelang.models import DEFAULT
    from cuelang.protocols.visca import reading

    for inquiry in ("81 09 04 4B FF", "81 09 04 20 FF"):
        monkeypatch.delitem(reading._index(DEFAULT).whole, bytes.fromhex(inquiry)[1:])

    async def act(bench: Bench) -> Inspected:
        bench.body.settings["iris"] = 5
        return await inspect.inspect(bench.session)

    found, _ = on_bench(act)
    assert (found["iris"].text, found["iris"].note) == ("5", "from CAM_CameraBlockInq")
    assert found["color_temperature"].standing == "unknown"
    assert "Not known to this camera:\n  color_temperature" in inspect.as_text(found)


def test_a_block_that_says_otherwise_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    from cuelang.simulator import actions

    plain = actions.INQUIRIES["inq.block_camera"]
    odd = lambda body, now: {**plain(body, now), "iris": 1}  # noqa: E731
    monkeypatch.setitem(actions.INQUIRIES, "inq.block_camera", odd)

    async def act(bench: Bench) -> Inspected:
        return await inspect.inspect(bench.session)

    found, _ = on_bench(act)
    assert found["iris"].text == "12" and found["iris"].note == "CAM_CameraBlockInq disagrees: 1"


@pytest.mark.parametrize("name", ["night.toml", "night.json"])
def test_a_profile_is_put_back_exactly(name: str) -> None:
    async def act(bench: Bench) -> tuple[dict[str, str], dict[str, str], Restored]:
        disturbed(bench)
        before = await inspect.inspect(bench.session)
        text = profile.write(profile.profile_of(before), name, "today")
        bench.body.settings = dict(DEFAULTS)
        bench.body.focus_auto = True
        bench.body.focus.go(0, 0, 0)
        restored = await profile.restore(bench.session, profile.read(text, name))
        return texts(before), texts(await inspect.inspect(bench.session)), restored

    (before, after, restored), bench = on_bench(act)
    assert before == after
    assert restored.failed == {}
    assert {name: bench.body.settings[name] for name in CHANGED} == CHANGED
    assert len(restored.changed) > 35


BY_HAND = """\
# The evening look. Ask Ina before it is changed.
format = "cuelang.profile/1"
url = 'sim://foh'  # the one over the door
saved = "yesterday"

[settings]
# warm, for the speeches
white_balance = 'indoor'
iris = "5"   # f/4
uac = "on"  # our own
gain = "3"

# Not saved: the camera does not report these. Without its #, `restore` sends a line.
# uac = ""  # on, off
# gain_limit = ""

[notes]
gaffer = "Ina"
"""


def test_a_profile_that_is_written_again_keeps_its_comments_its_order_and_what_was_filled_in() -> None:
    older = profile.read(BY_HAND, "foh.toml")
    unasked = {"uac": "cannot be asked", "gain_limit": "cannot be asked"}
    found = Profile("sim://foh", {"saturation": "3", "iris": "7", "white_balance": "indoor"}, unasked=unasked)
    new = profile.with_filled_in(found, older)
    text = profile.write(new, "foh.toml", "today", BY_HAND)
    assert text.startswith(
        """\
# The evening look. Ask Ina before it is changed.
format = "cuelang.profile/1"
url = 'sim://foh'  # the one over the door
saved = "today"
"""
    )
    assert (
        """
# warm, for the speeches
white_balance = 'indoor'
iris = "7"   # f/4
uac = "on"  # our own
"""
        in text
    )
    assert "gain =" not in text and text.endswith('[notes]\ngaffer = "Ina"\n')
    assert text.count(profile.NOT_SAVED) == 1 and "# uac" not in text and '# gain_limit = ""' in text
    assert profile.read(text, "foh.toml").settings == {**found.settings, "uac": "on"}
    assert profile.write(new, "foh.toml", "today", text) == text


def test_what_was_filled_in_for_another_camera_is_not_taken_over() -> None:
    found = Profile("sim://left", {"iris": "7"}, unasked={"uac": "cannot be asked"})
    assert profile.with_filled_in(found, profile.read(BY_HAND, "foh.toml")) == found


VALUES = st.dictionaries(st.sampled_from(sorted(profile.KEPT)), st.text(st.characters(codec="utf-8")), max_size=5)


@given(VALUES, VALUES)
@examples(60)
def test_any_settings_are_read_as_they_were_written_and_written_over(
    first: dict[str, str], second: dict[str, str]
) -> None:
    before = profile.write(Profile("a", first), "a.toml", "")
    after = profile.write(Profile("b", second, unasked={"uac": ""}), "a.toml", "", before)
    assert profile.read(before, "a.toml").settings == first and profile.read(after, "a.toml").settings == second


def test_what_is_as_saved_is_not_sent() -> None:
    async def act(bench: Bench) -> Restored:
        saved = await profile.save(bench.session)
        return await profile.restore(bench.session, saved)

    restored, bench = on_bench(act)
    assert bench.commands() == [] and restored.changed == ()
    assert len(restored.same) > 35


def test_what_could_not_be_restored_is_listed() -> None:
    async def act(bench: Bench) -> Restored:
        settings = {"hue": "9", "moustache": "on", "iris": "dark", "shutter": "99", "multicast": "on", "flip": "v"}
        return await profile.restore(bench.session, Profile("", settings))

    restored, bench = on_bench(act)
    assert set(restored.changed) == {"hue", "flip"}
    assert restored.failed["moustache"] == "there is no such setting"
    assert restored.failed["iris"].startswith("“dark” is not valid; expected")
    assert restored.failed["shutter"].startswith("“99” is out of range")
    assert restored.sent == ("multicast",), "the camera has taken it and cannot be asked"
    assert bench.body.settings["color_hue"] == 9
    assert "2 restored, 0 unchanged, 1 sent, 3 not restored:" in profile.as_text(restored, "sim://foh")


def test_numbers_that_a_mode_forbids_are_set_in_the_mode_that_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from cuelang.simulator import actions

    plain = actions.REST["iris.direct"]

    def only_in_manual(body, now, values):
        return plain(body, now, values) if body.settings["ae_mode"] == 3 else actions.NOT_EXECUTABLE

    monkeypatch.setitem(actions.REST, "iris.direct", only_in_manual)

    async def act(bench: Bench) -> Restored:
        return await profile.restore(bench.session, Profile("", {"iris": "6", "exposure": "auto"}))

    restored, bench = on_bench(act)
    assert restored.failed == {}
    assert (bench.body.settings["iris"], bench.body.settings["ae_mode"]) == (6, 0)


def test_a_silent_camera_is_said_so() -> None:
    async def act(bench: Bench) -> None:
        with pytest.raises(CameraError, match="does not answer"):
            await inspect.inspect(bench.session)

    on_bench(act, Faults(silent=True))


@pytest.mark.parametrize(
    ("text", "name"), [("[x", "a.toml"), ("{", "a.json"), ("[]", "a.json"), ('format = "x"', "a.toml")]
)
def test_what_is_no_profile_is_said_so(text: str, name: str) -> None:
    with pytest.raises(CameraError, match="is not a profile"):
        profile.read(text, name)


def test_sony_refuses_what_is_ptzoptics_own() -> None:
    sony = known("sony-brc-x400")
    assert sony is not None

    async def act(bench: Bench) -> Restored:
        return await profile.restore(bench.session, Profile("", {"brightness": "3", "hue": "9"}))

    restored, _ = on_bench(act, model=sony)
    assert list(restored.failed) == ["brightness"]


DEEDS = {"osd": "enter", "af_calibration": "run", "settings": "save"}
STEPS = {"white_balance": "trigger", "red_gain": "reset", "iris": "up", "gain": "down"}


def test_a_foreign_profile_sets_settings_and_does_nothing_else() -> None:
    async def act(bench: Bench) -> Restored:
        await inspect.inspect(bench.session)
        return await profile.restore(bench.session, Profile("", DEEDS | STEPS | {"contrast": "5"}))

    restored, bench = on_bench(act)
    assert restored.changed == ("contrast",) and set(restored.left_out) == set(DEEDS)
    assert set(restored.failed) == set(STEPS)
    assert len(bench.commands()) == 1
    assert "Skipped, because these are not settings: osd, af_calibration, settings." in profile.as_text(restored, "x")


EVIL = "\x1b]0;pwned\x07\n"


@given(
    st.dictionaries(
        st.sampled_from([*sorted(profile.KEPT), EVIL, "nothing"]),
        st.one_of(st.text(max_size=8), st.sampled_from(["9" * 5000, "١٢", "-", "−", "1,2,3,4", EVIL * 300, "²"])),
        max_size=6,
    )
)
@examples(150)
def test_whatever_a_profile_says_nothing_but_a_sentence_comes_of_it(values: dict[str, str]) -> None:
    failed = {}
    for name, value in values.items():
        try:
            list(commands_of(name, value))
        except ValueError as error:
            failed[name] = str(error)
    shown = profile.as_text(Restored((), (), failed), "sim://x")
    assert shown.count("\n") == len({short(name, 40) for name in failed}) and len(shown) < 400 * (1 + len(failed))
    assert all(char == "\n" or char.isprintable() for char in shown) and "4300" not in shown


@pytest.mark.parametrize("digits", ["١٢", "²", "9" * 5000, "1e3", "0x10", "+1", "1_0"])
@pytest.mark.parametrize("name", ["focus", "gamma", "iris", "color_temperature"])
def test_only_plain_digits_are_a_number(name: str, digits: str) -> None:
    with pytest.raises(ValueError, match=r"whole number|is not valid|out of range"):
        list(commands_of(name, digits))


@given(
    st.text(st.characters(codec="utf-8"), max_size=80)
    | st.sampled_from(["[" * 5000, "a=" + "[" * 5000, "a = " + "9" * 5000])
)
@pytest.mark.parametrize("path", ["a.toml", "a.json"])
def test_whatever_stands_in_a_profile_file_it_is_one_or_is_told_so(path: str, text: str) -> None:
    try:
        profile.read(text, path)
    except CameraError as error:
        assert len(str(error)) < 200 and str(error).isprintable() and "int" not in str(error).split()


def test_a_profile_file_is_for_its_owner(tmp_path: Path) -> None:
    rewrite(str(tmp_path / "a.toml"), "x", 0o600)
    assert (tmp_path / "a.toml").stat().st_mode & 0o777 == 0o600
