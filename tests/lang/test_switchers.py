"""Switchers in a sheet: sources, cuts and mixes, who is on air because of them, and what may be waited for."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from cuelang.commands.switching import Cut, Dissolve, Native, Preview, SetOutput, Take
from cuelang.lang.format import format_text
from cuelang.plan import (
    Either,
    OffAir,
    OnBus,
    OnLink,
    OnOutputLost,
    OnProgram,
    Otherwise,
    Settled,
    SwitcherAct,
    Wait,
    walk,
)
from tests.lang.compiling import check, compiled, events, plan_of, with_rig
from tests.lang.sheets import marked

VISION = """
switcher vision "obs://10.0.0.5"
    password from "OBS_PASSWORD"
    source foh = "Cam FOH" input "FOH camera"
    source left = "Cam left"
    source right = "Cam right"
    source slides = "PowerPoint"
    source pip = "Slides + speaker" shows slides, foh
"""


def sheet(text: str, switcher: str = VISION) -> str:
    """The lines with a switcher below them, so that they keep their numbers."""
    return dedent(text).strip("\n") + "\n" + switcher


def vision(text: str, switcher: str = VISION) -> None:
    check(sheet(text, switcher))


def acts(text: str, switcher: str = VISION) -> list[SwitcherAct]:
    plan = plan_of(sheet(text, switcher))
    return [step.act for cue in plan.cues for step in walk(cue.program) if isinstance(step.act, SwitcherAct)]


# --- forms ---


def test_every_statement() -> None:
    assert acts(
        """
        cue 1
            cut to foh
            dissolve to left over 2s
            dissolve to slides with "Swipe" on vision
            preview right
            take right
            take left over 500ms live
            stream start
            record stop on vision
            send vision "SetInputMute {\\"inputName\\": \\"Mic\\"}"
        """.replace("take left", "preview left\n            take left")
    ) == [
        SwitcherAct("vision", Cut("Cam FOH"), "foh"),
        SwitcherAct("vision", Dissolve("Cam left", 2_000_000_000), "left"),
        SwitcherAct("vision", Dissolve("PowerPoint", 1_000_000_000, "Swipe"), "slides"),
        SwitcherAct("vision", Preview("Cam right"), "right"),
        SwitcherAct("vision", Take("Cam right"), "right"),
        SwitcherAct("vision", Preview("Cam left"), "left"),
        SwitcherAct("vision", Take("Cam left", 500_000_000), "left", live=True),
        SwitcherAct("vision", SetOutput("stream", True)),
        SwitcherAct("vision", SetOutput("record", False)),
        SwitcherAct("vision", Native('SetInputMute {"inputName": "Mic"}')),
    ]


def test_a_take_without_a_source_takes_what_the_list_put_on_preview() -> None:
    assert acts("cue 1\n    preview left\ncue 2\n    take")[-1] == SwitcherAct("vision", Take("Cam left"), "left")
    vision("cue 1\n    take     ### E208\n")


@pytest.mark.parametrize(
    "name",
    [
        "switcher",
        "source",
        "cut",
        "dissolve",
        "preview",
        "take",
        "stream",
        "record",
        "recover",
        "replay",
        "profile",
        "raw",
        "aside",
        "lamp",
        "with",
    ],
)
def test_the_new_words_stay_free_as_names(name: str) -> None:
    text = f"""
        camera {name} "sim://one"
            preset {name} = 3
        let x{name} = 3s
        define shot_{name}({name}, time = 2s)
            move {name} to home_{name}
            wait time
        group all_{name} = {name}
        cue 1
            move {name} to {name}
            tally {name} preview
        """.replace("move " + name + " to home_" + name, f"move {name} to preset 3")
    done = compiled(dedent(text))
    assert not [one for one in done.diagnostics if one.is_error], done.diagnostics
    done = compiled(f'camera foh "sim://one"\ndefine {name}(cam)\n    move cam home\ncue 1\n    {name}(foh)\n')
    assert not done.diagnostics


def test_a_source_is_a_parameter_or_a_loops_camera() -> None:
    text = """
        define shot(what, time = 1s)
            dissolve to what over time
        cue 1
            shot(slides)
            for cam in left, right every 2s
                cut to cam
        """
    assert [act.source for act in acts(text)] == ["slides", "left", "right"]


ATEM = """
switcher desk "atem://10.0.0.240?me=2"
    source foh = 1
    source left = 2
    source right = 3
"""


@pytest.mark.parametrize(
    ("line", "frames"),
    [
        ("cut to left", ["00 0c 00 00 43 50 67 49 01 00 00 02"]),
        ("preview left", ["00 0c 00 00 43 50 76 49 01 00 00 02"]),
        ("take left", ["00 0c 00 00 44 43 75 74 01 00 00 00"]),
        (
            "dissolve to left over 1s",
            [
                "00 0c 00 00 43 50 76 49 01 00 00 02",
                "00 0c 00 00 43 54 54 70 01 01 00 00",
                "00 0c 00 00 43 54 4d 78 01 19 00 00",
                "00 0c 00 00 44 41 75 74 01 00 00 00",
            ],
        ),
        ('send desk "aux 1 = foh"', ["00 0c 00 00 43 41 75 53 01 00 00 01"]),
        ("stream start", ["00 0c 00 00 53 74 72 52 01 00 00 00"]),
    ],
)
def test_the_plan_has_the_commands_of_an_atem(line: str, frames: list[str]) -> None:
    (event,) = events(sheet(f"cue 1\n    {line}\n", ATEM))
    assert event["camera"] is None and event["switcher"] == "desk"
    assert [frame["hex"] for frame in event["wire"]] == frames


def test_the_plan_has_obs_requests_and_vmix_lines() -> None:
    (cut,) = events(sheet("cue 1\n    cut to left\n"))
    assert {key: cut[key] for key in ("camera", "switcher", "action", "source")} == {
        "camera": None, "switcher": "vision", "action": "cut", "source": "left",
    }  # fmt: skip
    assert json.loads(cut["wire"][0]["text"]) == {
        "requestType": "SetCurrentProgramScene", "requestData": {"sceneName": "Cam left"},
    }  # fmt: skip
    mix = 'switcher mix "vmix://10.0.0.6"\n    source foh = 1\n    source left = "a-key"\n    source right = "Cam R"\n'
    (fade,) = events(sheet("cue 1\n    dissolve to left over 700ms\n", mix))
    assert fade["wire"][0]["text"] == "FUNCTION Fade Input=a-key&Duration=700"


# --- on air ---


def test_a_cut_takes_the_old_camera_off_and_the_new_one_on() -> None:
    vision(
        """
        cue 1
            cut to foh
            move foh to wide          ### W601
            cut to left
            wait 30s
            move foh to throne
            zoom left to 20%          ### W601
            wait 30s
            zoom left to 30% live
        """
    )


def test_during_a_dissolve_both_are_on_program() -> None:
    vision(
        """
        cue 1
            cut to foh
        cue 2
            dissolve to left over 2s
            zoom foh to 10%           ### W601
            wait for vision
            zoom foh to 20%
        """
    )


def test_a_take_swaps_and_a_nested_source_shows_its_cameras() -> None:
    vision(
        """
        cue 1
            preview pip
            take
            zoom foh to 10%           ### W601
            cut to slides
            wait 5s
            zoom foh to 20%
        """
    )


def test_a_cut_to_a_camera_that_still_moves() -> None:
    vision(
        """
        cue 1
            move foh to throne
            wait 500ms
            cut to foh                ### W602
        cue 2
            cut to slides
            move foh to pan 20deg tilt 0deg live
            cut to foh
        cue 3
            cut to slides
            move foh to throne
            cut to foh live
        cue 4
            cut to slides
            move foh to pan 0deg tilt 0deg
            wait for foh
            cut to foh
        """
    )


def test_tally_lines_of_ruled_cameras_are_put_aside() -> None:
    vision(
        """
        cue 1
            tally foh program         ### W610
            tally left program only   ### W610
            zoom foh to 10%
        """
    )
    plan = plan_of(sheet("cue 1\n    tally all off\n"))
    assert plan.cues[0].program.steps == ()


def test_a_switcher_without_air_counts_for_nothing() -> None:
    side = (
        'switcher side "sim://side"\n    no_air\n    source foh = "A"\n    source left = "B"\n    source right = "C"\n'
    )
    vision("cue 1\n    cut to foh\n    zoom foh to 10%\n    tally foh off\n", side)


def test_the_interlock_blocks_where_a_switcher_rules() -> None:
    assert plan_of(sheet("cue 1\n    cut to foh\n")).settings.interlock == "block"
    assert plan_of("cue 1\n    move foh home\n").settings.interlock == "warn"
    text = 'input desk "tsl+udp://127.0.0.1:8900"\ncue 1\n    move foh home\n'
    assert plan_of(text).settings.interlock == "block"
    assert plan_of(sheet('show "x"\n    interlock warn\ncue 1\n    cut to foh\n')).settings.interlock == "warn"


# --- several switchers ---

TWO = """
switcher vision "obs://10.0.0.5"
    source foh = "FOH"
    source left = "Left"
switcher side "atem://10.0.0.6"
    source foh = 1
    source right = 2
"""


def test_which_switcher_is_meant() -> None:
    asked = acts("cue 1\n    cut to left\n    cut to right\n    cut to foh on side\n", TWO)
    assert [act.switcher for act in asked] == ["vision", "side", "side"]
    vision(
        """
        cue 1
            cut to foh                ### E208
            stream start              ### E208
            stream start on side
            cut to left on side       ### E201
        """,
        TWO,
    )


# --- waits and triggers ---


def test_what_may_be_waited_for() -> None:
    text = """
        cue 1
            cut to foh
            wait for program left up to 5s
            wait for off foh, left
            wait for vision
            wait for stream up to 20s
        """
    anchors = plan_of(sheet(text)).cues[0].program.anchors
    waits = [anchor.condition for anchor in anchors if isinstance(anchor, Wait)]
    assert waits[:3] == [OnProgram("left", None), OffAir(("foh", "left")), Settled("vision")]


def test_a_wait_with_an_else() -> None:
    text = """
        cue 1
            move foh to throne
            wait for foh up to 2s
            else
                note "foh is late"
                cut to slides
            cut to foh
            note "after"
        """
    program = plan_of(sheet(text)).cues[0].program
    kinds = [type(anchor) for anchor in program.anchors]
    assert Otherwise in kinds and Either in kinds
    wait = next(anchor for anchor in program.anchors if isinstance(anchor, Wait))
    assert wait.otherwise
    vision('cue 1\n    note "a"\n    else                ### E101\n        note "b"\n')


def test_triggers() -> None:
    text = """
        on program left go 1
        on off foh cut to slides
        on stream lost go 1
        on lost left go 1
        on back vision preview left
        cue 1
            cut to foh
        """
    plan = plan_of(sheet(text))
    assert [trigger.when for trigger in plan.triggers] == [
        OnBus("program", "left"), OnBus("off", "foh"), OnOutputLost("stream"), OnLink("lost", "left"),
        OnLink("back", "vision"),
    ]  # fmt: skip
    vision("on program balcony go 1      ### E201\non lost tower go 1           ### E201\ncue 1\n    cut to foh\n")
    check('on program foh go 1          ### E212\ncue 1\n    note "x"\n')


# --- mistakes ---


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("cut to balcony", "E201"),
        ("cut to wings", "E301"),
        ("cut to all", "E301"),
        ("move slides home", "E201"),
        ("cut to foh on desk", "E212"),
        ("dissolve to foh over 0s", "E302"),
        ("dissolve to foh over 30s", "E302"),
        ("dissolve to foh over 2", "E301"),
        ("cut to foh over 2s", "E209"),
        ('send vision "not a request {"', "E302"),
        ('send vision "SetInputMute {}" 3', "E208"),
    ],
)
def test_a_mistake(line: str, code: str) -> None:
    vision(f"cue 1\n    {line}     ### {code}\n")


def test_mistakes_of_an_atem() -> None:
    vision(
        """
        cue 1
            dissolve to foh over 20s          ### E302
            dissolve to foh with "swirl"      ### E209
            dissolve to foh with "wipe"
            send desk "macro"                 ### E302
            send desk "macro 3"               ### W614
        """,
        ATEM,
    )


def test_mistakes_of_declarations() -> None:
    check(
        """
        switcher vision "obs://10.0.0.5"
            source foh = 3                    ### E302
            source left = "A"
            source left = "B"                 ### E206
            source wings = "C"                ### E301
            source right = "R"
            source rigt = "D"                 ### W616
            source pip = "E" shows balcony    ### E201
            source front = "F" shows foh
            colour "red"                      ### E209
        switcher vision "sim://x"             ### E206
        switcher desk "atem://10.0.0.9"
            source left = "Two"               ### E302
        switcher far "obs://10.0.0.5/x"       ### E303
        cue 1
            cut to left on vision
        """
    )


def test_a_source_is_not_a_camera_and_the_nearest_camera_is_named() -> None:
    text = sheet("cue 1\n    move rigth home    ### E201\n", VISION.replace("slides", "rigth"))
    (found,) = (one for one in compiled(with_rig(text)).diagnostics if one.code == "E201")
    assert found.message == "“rigth” is a source of a switcher, not a camera. Did you mean “right”?"
    assert "Declared: foh, left, right" in found.hint


@pytest.mark.parametrize(
    ("url", "label", "message"),
    [
        ("atem://10.0.0.9", '"Two"', "An ATEM's source is an input number, not “Two”."),
        ("atem://10.0.0.9", "70000", "An ATEM's source is an input number, not “70000”."),
        ("obs://10.0.0.9", "3", "An OBS source is a scene's name."),
        ("vmix://10.0.0.9", '" "', "This source has no name."),
    ],
)
def test_a_label_that_is_wrong_is_one_mistake(url: str, label: str, message: str) -> None:
    """Not a second one in each line that names the source, nor in its camera."""
    text = f'camera foh "sim://foh"\nswitcher v "{url}"\n    source foh = {label}\ncue 1\n    cut to foh\n'
    assert [(one.code, one.message) for one in compiled(text).diagnostics] == [("E302", message)]


@pytest.mark.parametrize(
    ("url", "line", "code"),
    [
        ("obs", "dissolve to foh over 49ms", "E302"),
        ("obs", "dissolve to foh over 50ms", None),
        ("obs", "dissolve to foh over 20s", None),
        ("obs", "dissolve to foh over 20001ms", "E302"),
        ("atem", "dissolve to foh over 10s", None),
        ("atem", "dissolve to foh over 10.04s", "E302"),
        ("atem", "dissolve to foh over 0s", "E302"),
        ("atem", "dissolve to foh over 40ms", None),
        ("vmix", "dissolve to foh over 0s", "E302"),
        ("sim", "dissolve to foh over 0s", "E302"),
    ],
)
def test_how_long_a_transition_may_be(url: str, line: str, code: str | None) -> None:
    label = "1" if url in ("atem", "vmix") else '"A"'
    text = f'camera foh "sim://foh"\nswitcher v "{url}://10.0.0.9"\n    source foh = {label}\ncue 1\n    {line}\n'
    assert [one.code for one in compiled(text).diagnostics] == ([code] if code else [])


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("mix to left", "dissolve to left"), ("fade to left", "dissolve to left"),
        ("crossfade left", "dissolve to left"), ("auto", "take over 1s"), ("trans", "take over 1s"),
        ("auto left", "take left over 1s"), ("trans to left over 2s", "take left over 2s"), ("auto 2s", "take over 2s"),
        ("program left", "cut to left"), ("pgm left", "cut to left"), ("switch to left", "cut to left"),
        ("scene left", "cut to left"), ("pvw left", "preview left"), ("ftb", 'send SWITCHER "black"'),
        ("goto left home", "move left to home"), ("recall left 3", "move left to preset 3"),
    ],
)  # fmt: skip
def test_the_words_of_other_desks_have_their_hint(line: str, hint: str) -> None:
    (found,) = check(sheet(f"cue 1\n    preview left\n    {line}    ### E101\n"))
    assert found.hint == f"Write `{hint}`."


def test_names_of_any_script() -> None:
    text = """
        camera 講壇 "sim://a"
        camera орган "sim://b"
        switcher v "obs://10.0.0.9"
            source 講壇 = "講壇🎥"
            source орган = "Орган"
        cue 1
            cut to 講壇
            cut to органн        ### E201
        """
    (found,) = check(text, rig=False)
    assert "Did you mean “орган”?" in found.message


def test_a_camera_that_no_switcher_shows() -> None:
    found = compiled(
        sheet(with_rig("cue 1\n    cut to foh\n"), 'switcher v "sim://v"\n    source foh = "A"\n')
    ).diagnostics
    assert [(one.code, one.message) for one in found if one.code == "W616"] == [
        ("W616", "No switcher shows “left”."), ("W616", "No switcher shows “right”."),
    ]  # fmt: skip


def test_a_camera_that_is_on_no_switcher_on_purpose() -> None:
    text = 'switcher v "sim://v"\n    source foh = "A"\ncamera foh "sim://foh"\ncamera left "sim://left"\n'
    rest = "cue 1\n    cut to foh\n    move left home\n"
    assert [one.code for one in compiled(text + rest).diagnostics] == ["W616"]
    assert [one.code for one in compiled(text + "    no_source\n" + rest).diagnostics] == []


def test_the_list_goes_on_after_the_stream_was_stopped() -> None:
    vision("cue 1\n    stream stop                  ### W615\ncue 2\n    cut to foh\n")
    vision("cue 1\n    cut to foh\ncue 2\n    stream stop\n")
    vision("cue 1\n    stream stop\ncue 2\n    stream start\n")


def test_what_a_person_cuts_is_believed_after_a_wait_for_it() -> None:
    vision("cue 1\n    cut to foh\n    wait for program left\n    move foh to throne\n")
    vision("cue 1\n    cut to foh\n    wait for off foh\n    move foh to throne\n")
    vision("cue 1\n    cut to foh\n    wait for program left\n    move left to door  ### W601\n")


def test_a_show_without_a_switcher_says_how_to_declare_one() -> None:
    (found,) = check("cue 1\n    cut to foh      ### E212\n")
    assert 'switcher vision "obs://10.0.0.5"' in found.hint


def test_a_switcher_in_a_rig() -> None:
    rig = 'rig "Globe"\n' + VISION + '\ncamera foh "sim://foh"\ncamera left "sim://left"\ncamera right "sim://right"\n'
    plan = compiled('use "globe.cues"\ncue 1\n    cut to left\n', {"globe.cues": rig}).plan
    assert plan is not None and [one.name for one in plan.switchers] == ["vision"]


def test_the_layout_keeps_a_switcher() -> None:
    clean, _ = marked(VISION + "cue 1\n    cut to foh\n    wait for foh up to 2s\n    else\n        take over 1s\n")
    once = format_text(clean)
    assert once is not None
    assert format_text(once) == once and 'source pip = "Slides + speaker" shows slides, foh' in once


def test_the_name_that_the_switcher_has_for_a_source_leads_to_the_sheet_s_own() -> None:
    sheet = 'switcher vision "obs://10.0.0.9"\n    source foh = "Totale"\ncue 1\n    cut to Totale\n'
    (found,) = [one for one in compiled(with_rig(sheet)).diagnostics if one.code == "E201"]
    assert found.hint == "Write `foh`: “Totale” is what vision calls it."


def test_a_wait_for_program_without_a_source_is_told_what_is_missing() -> None:
    sheet = 'switcher vision "obs://10.0.0.9"\n    source foh = "F"\ncue 1\n    wait for program\n'
    (found,) = [one for one in compiled(with_rig(sheet)).diagnostics if one.code == "E201"]
    assert found.hint == "Write `wait for program CAMERA`."
