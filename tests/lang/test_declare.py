"""Declarations, their settings and ranges, and how files come together."""

from __future__ import annotations

import pytest

from cuelang.units import NS
from tests.lang.compiling import check, compiled, cue_steps, plan_of, with_rig
from tests.lang.sheets import marked, places


def test_the_settings_of_a_show():
    sheet = """
        show "Twelfth Night"
            fps 29.97
            timezone "Europe/London"
            go_window 500ms
            debounce 50ms
            interlock block
        cue 1
            wait 1s
    """
    got = plan_of(sheet).settings
    assert (got.title, got.fps, got.timezone, got.go_window, got.debounce, got.interlock) == (
        "Twelfth Night", "29.97", "Europe/London", NS // 2, NS // 20, "block",
    )  # fmt: skip


def test_a_show_without_settings_has_the_defaults():
    got = plan_of("cue 1\n    wait 1s\n").settings
    assert (got.title, got.fps, got.timezone, got.go_window, got.debounce, got.interlock) == (
        "", None, None, 300_000_000, 100_000_000, "warn",
    )  # fmt: skip


def test_every_setting_of_a_camera():
    sheet = """
        camera foh "visca+udp://10.0.0.21:1300"
            model "ptzoptics-move-4k-12x"
            http "http://10.0.0.99:8080"
            login "admin" from "FOH_PASSWORD"
            tally_index 3 screen 2
            ramp_rate 20
            recall_speed 7
            move_speed 24
            drive_speed 1
            zoom_speed 0
            boot 20s
            address_base 0
            disabled
            preset wide = 0
            preset throne = 254 at pan -30deg
            preset door at zoom 0x4000
        cue 1
            wait 1s
    """
    (cam,) = plan_of(sheet, rig=False).cameras
    assert (cam.url, cam.model, cam.http, cam.login) == (
        "visca+udp://10.0.0.21:1300", "ptzoptics-move-4k-12x", "http://10.0.0.99:8080", ("admin", "FOH_PASSWORD"),
    )  # fmt: skip
    assert (cam.tally_index, cam.ramp_rate, cam.recall_speed, cam.move_speed, cam.drive_speed) == (3, 20, 7, 24, 1)
    assert cam.tally_screen == 2
    assert (cam.zoom_speed, cam.boot, cam.address_base, cam.disabled) == (0, 20 * NS, 0, True)
    assert [(p.name, p.number, p.pan, p.tilt, p.zoom) for p in cam.presets] == [
        ("wide", 0, None, None, None), ("throne", 254, -432, None, None), ("door", None, None, None, 16384),
    ]  # fmt: skip


def test_the_defaults_of_cameras():
    sheet = """
        camera a "visca+tcp://10.0.0.1"
        camera b "sony://10.0.0.2"
            model "sony-srg-300se"
        camera c "visca+serial:///dev/ttyUSB0?address=2"
        camera d "pelco-d:///dev/ttyUSB1?address=3"
        camera e "cgi://10.0.0.5"
        camera f "sim://six"
        camera g "visca+serial://?port=socket://10.0.0.7:4001&address=3"
        cue 1
            wait 1s
    """
    cams = plan_of(sheet, rig=False).cameras
    assert [cam.url for cam in cams] == [
        "visca+tcp://10.0.0.1:5678", "sony://10.0.0.2:52381", "visca+serial:///dev/ttyUSB0?address=2&baud=9600",
        "pelco-d:///dev/ttyUSB1?address=3&baud=2400", "cgi://10.0.0.5:80", "sim://six",
        "visca+serial://?port=socket://10.0.0.7:4001&address=3&baud=9600",
    ]  # fmt: skip
    assert [cam.ramp_rate for cam in cams[:2]] == [10, 30]
    first = cams[0]
    assert (first.http, first.move_speed, first.drive_speed, first.zoom_speed, first.boot, first.recall_speed) == (
        "http://10.0.0.1", 12, 12, 3, 45 * NS, None,
    )  # fmt: skip


def test_settings_out_of_range_or_of_the_wrong_kind():
    check(
        """
        show "x"
            fps 26                         ### E302
            timezone "Europe/Londn"        ### E302
            go_window 3                    ### E301
            debounce -1s                   ### E302
            interlock loud                 ### E209
        camera a "sim://a"
            model "ptzoptics-move"         ### E209
            http "ftp://x"                 ### E303
            login "admin"                  ### E208
            tally_index -1                 ### E302
            ramp_rate 0                    ### E302
            recall_speed 25                ### E302
            move_speed 0                   ### E302
            drive_speed 2.5                ### E302
            zoom_speed 8                   ### E302
            boot 45                        ### E301
            address_base 2                 ### E302
            colour "red"                   ### E209
            preset p = 95                  ### E302
            preset q at pan 171deg         ### E302
            preset r at tilt 91deg zoom 101%    ### E302 E302
        cue 1
            tally all off
        """
    )


@pytest.mark.parametrize(
    "url",
    [
        "visca+udp://", "visca+udp://a:0", "visca+udp://a:99999", "visca://a", "10.0.0.1", "visca+udp://u:p@a", "sim://",
        "visca+serial:///dev/x?address=8", "visca+serial:///dev/x?speed=3", "pelco-d://?baud=1", "visca+udp://a/b",
    ],
)  # fmt: skip
def test_bad_camera_addresses(url):
    check(f'camera x "{url}"  ### E303\ncue 1\n    tally all off\n')


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('input a "osc+udp://0.0.0.0"', "E306"), ('input a "tsl+udp://10.0.0.2"', "E306"),
        ('input a "osc+udp://[::]"', "E306"),
        ('input a "osc+tcp://localhost"', ""), ('input a "osc+udp://[::1]"', ""), ('input a "midi:X-Touch"', ""),
        ('input a "http://10.0.0.1"', "E303"), ('input a "osc+udp://"', "E303"), ('input a "midi:"', "E303"),
    ],
)  # fmt: skip
def test_inputs(line, code):
    check(f"{line}{'   ### ' + code if code else ''}\ncue 1\n    tally all off\n")


def test_guards_of_an_input():
    check(
        """
        input a "osc+udp://0.0.0.0:1"
            allow "10.0.0.0/24", "192.168.1.7"
        input b "osc+udp://0.0.0.0:2"
            passcode from "OSC_PASSCODE"
        input c "osc+udp://0.0.0.0:3"
            allow "10.0.0.0/33"            ### E303
        input d "osc+udp://0.0.0.0:4"
            passcode "secret", "open"      ### E208
        input a "osc+udp://127.0.0.1"      ### E206
        output e "osc+udp://127.0.0.1:7"
            allow "10.0.0.5"               ### E209
        cue 1
            tally all off
        """
    )


def test_inputs_and_outputs_have_names_of_their_own():
    check(
        """
        input foh "osc+udp://127.0.0.1:9"
        output foh "osc+udp://10.0.0.5:8000"
        cue 1
            tally foh off
            send foh "/x"
        on osc "/x" go next from foh
        """
    )


def test_groups_and_all():
    plan = plan_of(
        """
        group crew = wings, foh, left
        group everybody = all
        cue 1
            tally crew off
            tally everybody, foh off
        """
    )
    assert [step.act.camera for step in plan.cues[0].program.steps] == ["left", "right", "foh", "foh", "left", "right"]
    check("group a = b   \ngroup b = a    ### E301\ncue 1\n    tally all off\n")
    check("let a = b + 1s  \nlet b = a   ### E301\ncue 1\n    tally all off\n")


def test_two_cameras_of_one_tally_index() -> None:
    def found(near: str, far: str) -> list[str]:
        cameras = f'camera near "sim://n"\n{near}camera far "sim://f"\n{far}cue 1\n    move near, far home\n'
        return [one.message for one in compiled(cameras).diagnostics]

    index = "    tally_index 3\n"
    assert found(index, index) == ["“far” has the tally index of “near”, 3."]
    assert found(index, "    tally_index 3 screen 1\n") == found(index, "    tally_index 4\n") == []
    assert found(index, f"{index}    disabled\n") == [], "a spare camera waits for the input of another"


def test_chains_of_names_end_somewhere():
    text = "".join(f"let a{n} = a{n + 1}\n" for n in range(2000)) + "let a2000 = 1s\n"
    text += "".join(f"group g{n} = g{n + 1}\n" for n in range(2000)) + "group g2000 = foh\n"
    found = compiled(with_rig(text)).diagnostics
    assert {one.code for one in found} <= {"E301", "E201"}


def test_a_name_is_known_in_the_whole_sheet_and_in_every_file():
    files = {
        "shows/globe.cues": 'rig "Globe"\nuse "more/moves.cues"\ncamera foh "sim://foh"\n    preset wide = 1\n',
        "shows/more/moves.cues": "define go_wide(cam)\n    move cam to wide\nlet beat = 2s\ncue 7\n    wait beat\n",
    }
    from cuelang.lang.compile import Compiler
    from cuelang.source import Source
    from tests.lang.compiling import Texts

    text = 'use "globe.cues"\ncue 1\n    go_wide(foh)\n    wait beat\n    go 7\n'
    done = Compiler(Texts(files)).compile(Source("shows/night.cues", text))
    assert done.plan is not None and not done.diagnostics
    assert [cue.number for cue in done.plan.cues] == ["1", "7"]
    assert set(done.sources) == {"shows/night.cues", "shows/globe.cues", "shows/more/moves.cues"}


def test_another_rig_takes_the_place_of_every_rig_that_is_used():
    from cuelang.source import Source

    files = {"globe.cues": 'rig "Globe"\ncamera foh "sim://globe"\n    bad\n', "plain.cues": "let beat = 1s\n"}
    rig = Source("swan.cues", 'rig "Swan"\ncamera foh "sim://swan"\n')
    text = 'use "globe.cues"\nuse "plain.cues"\ncue 1\n    tally foh off\n    wait beat\n'
    done = compiled(text, files, rig=rig)
    assert done.plan is not None and [cam.url for cam in done.plan.cameras] == ["sim://swan"]
    alone = compiled("cue 1\n    tally foh off\n", rig=rig)
    assert alone.plan is not None and [cam.url for cam in alone.plan.cameras] == ["sim://swan"]


def test_a_missing_file_is_one_mistake():
    check('use "rig.cues"     ### E205\ncue 1\n    move foh to wide\n    push(left)\n', rig=False)
    check('use "rig.cues"     ### E205\ncue 1\n    move fho to wide    ### E201\n')


def test_what_a_broken_line_would_have_declared_is_not_missed():
    check(
        """
        camera cam "sim://a" "b"      ### E101
        output eos osc                ### E101
        let beat = = 2s               ### E101
        define push(                  ### E101
            wait 1s
        cue 5 5                       ### E101
            wait 1s
        cue 1
            move cam to wide
            wait beat
            send eos "/x"
            push()
            go 5
            tally foh offf            ### E208
        """
    )


def test_overrides_of_lets():
    sheet = with_rig('let storm = 12s\nlet half = storm / 2\ncue 1\n    wait half\n    note "x"\n')
    done = compiled(sheet, settings={"storm": "15s"})
    assert done.plan is not None and done.plan.cues[0].program.steps[0].predicted == 7_500_000_000
    assert [one.code for one in compiled(sheet, settings={"strom": "15s"}).diagnostics if one.is_error] == ["E209"]
    assert [one.code for one in compiled(sheet, settings={"storm": "15 s ="}).diagnostics if one.is_error] == ["E301"]


def test_cameras_that_are_left_out_tonight():
    done = compiled(with_rig("cue 1\n    tally all off\n"), without=frozenset(["left"]))
    assert done.plan is not None and [cam.name for cam in done.plan.cameras if cam.disabled] == ["left"]
    assert [one.code for one in compiled(with_rig(""), without=frozenset(["lft"])).diagnostics] == ["E201"]


def test_parameters_hold_whatever_a_call_may_mean():
    sheet = """
        output eos "osc+udp://10.0.0.5:8000"
        camera up "sim://up"
        let door = 3s
        cue 1
            everything(foh, throne, 2s, "/go", eos, in_out, preview, up, auto)
            everything(wings, door, 2s, "/go", eos, in, off, left, manual)
            place(foh, 4)
            place(foh, left_)
        define left_()
            wait 1s
        define everything(cam, where, time, address, port, shape, mode, way, value)
            move cam to where
            zoom cam to 50% over time ease shape
            send port address
            tally cam mode
            note address
            set cam exposure value
            drive cam way for time
            focus cam value
        define place(cam, where)
            move cam to where
    """
    clean, _ = marked(with_rig(sheet))
    found = [one for one in compiled(clean).diagnostics if one.is_error]
    assert places(found) == [(21, "E202")], [(one.span[:3], one.code, one.message) for one in found]


def test_macros_are_hygienic():
    check(
        """
        cue 1
            let inner = 2s
            careful(foh)
            for cam in wings
                careful(cam)
            wait inner
        define careful(camera_)
            wait inner             ### E301
            move camera_ to wide   ### E202 E202
            move other to wide     ### E201
        """
    )


def test_a_parameter_shadows_and_a_default_sees_the_ones_before():
    sheet = """
        let time = 9s
        cue 1
            hold(1s)
            note "x"
        define hold(time, twice = time * 2)
            wait twice
    """
    assert cue_steps(sheet)[0].predicted == 2 * NS


def test_a_macro_that_nobody_calls_is_checked_all_the_same():
    check(
        """
        cue 1
            tally all off
        define spare(cam, time = 3s + 10%)     ### E301
            move cam to wide over -3s          ### E302
            move nobody to wide                ### E201
            zoom cam to 20% over time
            ping()
        define ping()
            pong()
        define pong()
            ping()                             ### E211
        """
    )


def test_every_property_with_each_of_its_values():
    from cuelang.protocols.visca.properties import PROPERTIES

    lines = []
    for prop in PROPERTIES.values():
        lines += [f"set foh {prop.name} {word}" for word in prop.words]
        if prop.pose:
            lines.append(f"set foh {prop.name} pan 10deg tilt 5deg")
        elif prop.numbers:
            for end in ("low", "high"):
                values = [f"{getattr(one, end)}{one.unit}" for one in prop.numbers]
                lines.append(f"set foh {prop.name} {', '.join(values)}")
    body = "".join(f"    wait 1s\n    {line}\n" for line in lines)
    steps = cue_steps(f"cue 1\n{body}")
    assert len(steps) == len(lines)
    spoilt = [f"set foh {prop.name} nonsense   ### E209" for prop in PROPERTIES.values() if not prop.risk]
    check("cue 1\n" + "".join(f"    {line}\n" for line in spoilt))
    beyond = [
        f"set foh {prop.name} {', '.join(f'{one.high + one.step}{one.unit}' for one in prop.numbers)}   ### E302"
        for prop in PROPERTIES.values()
        if prop.numbers
    ]
    check("cue 1\n" + "".join(f"    {line}\n" for line in beyond))


def test_what_is_used_by_a_line_that_cannot_be_read_is_not_called_unused():
    check("let storm = 2s\ncue 1\n    tally foh, wings off\n    wiat storm      ### E101\n", unused=True)
    check("let storm = 2s\ncue 1\n    tally foh, wings off\n    hold(storm)     ### E204\n", unused=True)
    check("let storm = 2s      ### W605\ncue 1\n    tally foh, wings off\n", unused=True)


def test_many_mistakes_are_told_together_and_none_of_them_twice():
    check(
        """
        let storm = 2s
        cue 1
            mvoe foh to wide                  ### E101
            move foh to thron                 ### E202
            wait storm + 10%                  ### E301
            at storm tally nobody off         ### E201
            push(foh, 120%)
            push(left, 120%)
            repeat forever every 2s
                zoom foh to 10%
            tally foh off                     ### E502
            tally left off
        cue 2
            push(foh, 50%)
            go 17                             ### E203
        define push(cam, amount)
            zoom cam to amount over 0s        ### E302 E302
            zoom cam to amount                ### E302
        """
    )


@pytest.mark.parametrize(
    ("main", "rig", "said"),
    [  # what the rig's own sheet says is on its first line
        ('rig "Hall" ### W605\ncue 1\n    note "x"\n', "", True),
        ('rig "Hall" ### W605\nuse moves\ncue 1\n    note "x"\n', "", True),
        ('use "rig.cues"\ncue 1\n    note "x"\n', 'rig "Hall"\n', True),
        ('rig "Hall"\nuse "rig.cues"\ncue 1\n    move foh home\n', 'camera foh "sim://foh"\n', False),
        ('use "rig.cues"\ncue 1\n    move foh home\n', 'rig "Hall"\ncamera foh "sim://foh"\n', False),
    ],
)
def test_a_rig_line_that_brings_no_camera_says_so(main, rig, said):
    text, expected = marked(main)
    found = compiled(text, {"rig.cues": rig}, {"moves": ""}).diagnostics
    assert places(found) == (expected or ([(1, "W605")] if said else []))
    for one in found:
        assert "Hall" in one.message and 'use "Hall.cues"' in one.hint


def test_a_model_that_its_link_does_not_drive_is_named_where_it_is_written():
    check("""
        camera far "panasonic://10.0.0.5"
            model "ptzoptics-move-4k-20x"       ### E209
            tally_index 3
        cue 1
            tally far off
    """)
