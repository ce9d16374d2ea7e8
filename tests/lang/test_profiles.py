"""`profile`: the settings of a file, each as if a `set` had it, checked before the show at the line that names it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.lang.compile import Compiler
from cuelang.output.plan import plan_json
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.source import Source
from tests.lang.compiling import RIG, Texts, check, compiled, with_rig

HEAD = 'format = "cuelang.profile/1"\nurl = "sim://foh"\n[settings]\n'
EVENING = HEAD + 'iris = "9"\nexposure = "manual"\nfocus_mode = "manual"\nfocus = "672"\nnoise_2d = "manual, 3"\n'
AS_SET = """
    cue 1
        set foh exposure manual
        set foh iris 9
        focus foh manual
        focus foh to 672
        set foh noise_2d manual
        set foh noise_2d 3
"""


def wires(sheet: str, **files: str) -> list[tuple[str, list[str]]]:
    done = compiled(with_rig(sheet), {f"{name}.toml": text for name, text in files.items()})
    assert done.plan is not None, [(one.code, one.message) for one in done.diagnostics]
    (cue,) = plan_json(done.plan)["cues"]
    return [(event["camera"], [frame["hex"] for frame in event["wire"]]) for event in cue["events"]]


def test_each_setting_is_what_its_set_is_and_a_mode_comes_before_what_it_lets_through() -> None:
    assert wires('cue 1\n    profile foh "evening.toml"', evening=EVENING) == wires(AS_SET)


def test_every_camera_gets_the_settings_and_a_name_may_bring_the_file() -> None:
    files = {"night": HEAD + 'hue = "9"\n'}
    assert wires('let look = "night"\ncue 1\n    profile all "{look}.toml"', **files) == wires(
        "cue 1\n    set all hue 9"
    )
    sheet = 'cue 1\n    look(foh, "night.toml")\ndefine look(cam, file)\n    profile cam file live'
    assert wires(sheet, **files) == wires("cue 1\n    set foh hue 9")


def test_what_is_wrong_with_a_profile_is_an_error_at_its_line() -> None:
    sheet = """
    camera srg "sony://10.0.0.8"
        model "sony-srg-300se"
    camera old "pelco-d:///dev/ttyUSB0?address=3"
    cue 1
        profile foh "gone.toml"              ### E205
        profile foh "typo.toml"              ### E209
        profile foh "wide.toml"              ### E302
        profile foh "step.toml"              ### E302
        profile foh "deed.toml"              ### E209 E209 E209
        profile foh "list.toml"              ### E302
        profile foh "torn.toml"              ### E302
        profile srg "flip.toml"              ### E401
        profile old "flip.toml"              ### E401
        profile foh ""                       ### E205
        profile foh evening                  ### E301
        profile foh "{gone}.toml"            ### E213
        profile foh "flip.toml" live live    ### E101
    """
    files = {
        "typo.toml": HEAD + 'moustache = "on"\n',
        "wide.toml": HEAD + 'iris = "99"\n',
        "step.toml": HEAD + 'gain = "up"\n',
        "deed.toml": HEAD + 'osd = "toggle"\nsettings = "save"\naf_calibration = "run"\n',
        "list.toml": "iris = 9\n",
        "torn.toml": HEAD + "iris = \n",
        "flip.toml": HEAD + 'flip = "h"\n',
    }
    found = {one.span.line: one for one in check(sheet, files=files)}
    assert all(one.hint for one in found.values())
    assert found[6].message == "typo.toml: unknown setting “moustache”."
    assert found[7].message.startswith("wide.toml: “foh” cannot take `iris`: “99” is out of range")
    assert found[12].message == "flip.toml: “srg” does not support this: Sony SRG-300SE has no flip."


def test_its_lines_are_seen_on_program() -> None:
    files = {"night.toml": HEAD + 'hue = "9"\n'}
    check(
        """
        cue 1
            tally foh program
            profile foh "night.toml"         ### W601
            wait 1s
            profile foh "night.toml" live
            profile left "night.toml"
        """,
        files=files,
    )


def test_a_file_that_has_changed_is_read_again() -> None:
    texts = Texts({"night.toml": HEAD + 'hue = "9"\n', "day.toml": HEAD + 'hue = "1"\n'})
    compiler = Compiler(texts)
    sheet = Source("main.cues", 'cue 1\n    profile foh "night.toml"\ncue 2\n    profile left "day.toml"\n' + RIG)

    def hues() -> list[str]:
        done = compiler.compile(sheet)
        assert done.plan is not None
        return [event["wire"][0]["hex"] for cue in plan_json(done.plan)["cues"] for event in cue["events"]]

    assert hues() == ["81 01 04 4f 00 00 00 09 ff", "81 01 04 4f 00 00 00 01 ff"]
    day = compiler.compile(sheet).plan.cues[1]
    texts.texts["night.toml"] = HEAD + 'hue = "3"\n'
    assert hues() == ["81 01 04 4f 00 00 00 03 ff", "81 01 04 4f 00 00 00 01 ff"]
    assert compiler.compile(sheet).plan.cues[1] is day
    del texts.texts["night.toml"]
    assert [one.code for one in compiler.compile(sheet).diagnostics if one.is_error] == ["E205"]


def test_the_path_is_relative_to_the_sheet_that_has_the_line() -> None:
    files = {
        "moods/lib.cues": 'define night(cam)\n    profile cam "night.toml"\n',
        "moods/night.toml": HEAD + 'hue = "9"\n',
    }
    sheet = with_rig('use "moods/lib.cues"\ncue 1\n    night(foh)')
    assert [one.code for one in compiled(sheet, files).diagnostics if one.is_error] == []


@pytest.mark.parametrize("name", ["profile", "raw"])
def test_the_words_stay_free_as_names(name: str) -> None:
    check(
        f"""
        camera {name} "visca+udp://10.0.0.50"
            preset {name} = 3
        cue 1
            move {name} to {name}
            set {name} iris 9
            {name}({name})
        define {name}2(cam)
            stop cam
        """.replace(f"            {name}({name})\n", f"            {name}2({name})\n")
    )


@given(
    st.dictionaries(
        st.sampled_from([*sorted(PROPERTIES), "focus", "focus_mode", "x", ""]),
        st.sampled_from(["9", "on", "auto", "", "-3", "5600K", "up", "3, 8", "off, 4", "9" * 400, "é", ","]),
        max_size=6,
    ),
    st.binary(max_size=40),
)
def test_whatever_a_file_holds_the_sheet_has_a_plan_or_is_told_why(settings: dict[str, str], rubbish: bytes) -> None:
    text = HEAD + "".join(f'"{name}" = "{value}"\n' for name, value in settings.items())
    for whole in (text, text + rubbish.decode("latin-1"), rubbish.decode("latin-1")):
        done = compiled(with_rig('cue 1\n    profile foh "x.toml"'), {"x.toml": whole})
        errors = [one for one in done.diagnostics if one.is_error]
        assert (done.plan is None) == bool(errors)
        assert all(one.span.line == 2 and one.hint and len(one.message) < 400 for one in errors)


def test_of_a_folder_each_camera_of_a_group_has_its_own_file() -> None:
    head = 'format = "cuelang.profile/1"\nurl = "x"\n[settings]\niris = '
    files = {"evening/left.toml": f'{head}"5"\n', "evening/right.toml": f'{head}"7"\n'}
    sheet = (
        'camera left "visca+udp://10.0.0.1"\ncamera right "visca+udp://10.0.0.2"\ngroup wings = left, right\n'
        'cue 1\n    profile wings "evening/"\n'
    )
    found = compiled(sheet, files)
    assert found.plan is not None and found.diagnostics == []
    acts = [step.act for step in found.plan.cues[0].program.steps]
    assert [(act.camera, act.command.numbers) for act in acts] == [("left", (5,)), ("right", (7,))]
    del files["evening/right.toml"]
    (missing,) = compiled(sheet, files).diagnostics
    assert missing.code == "E205" and "evening/right.toml" in missing.message
