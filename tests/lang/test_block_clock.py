"""Only `wait` and `at` move the clock."""

from __future__ import annotations

import pytest

from cuelang.lang import effort, lower
from tests.lang.compiling import as_json, check, compiled, cue_steps, duration, events, plan_of, times, with_rig

NOTE = 'note "x"'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('note "a"\n    wait 2s\n    note "b"\n    wait 300ms\n    note "c"', [0, 2000, 2300]),
        ('at 1s note "a"\n    note "b"\n    at 1s note "c"', [1000, 1000, 1000]),
        ('at 2s\n        wait 1s\n        note "a"\n    note "b"', [3000, 3000]),
        ('at 2s\n        at 1s note "a"\n    at 4s note "b"', [3000, 4000]),
        ('wait 1:30\n    note "a"\n    wait 1:02:03.5\n    note "b"', [90_000, 90_000 + 3_723_500]),
        ('wait (1s + 500ms) * 2 / 3\n    note "a"', [1000]),
        ('wait 2m\n    note "a"\n    wait 1h\n    note "b"', [120_000, 3_720_000]),
        ('repeat 3 times every 10s\n        note "a"\n        wait 2s\n    note "b"', [0, 10_000, 20_000, 22_000]),
        ('repeat 3 times\n        note "a"\n        wait 2s\n    note "b"', [0, 2000, 4000, 6000]),
        ('wait 1s\n    repeat 2 times every 3s\n        at 1s note "a"\n    note "b"', [2000, 5000, 5000]),
        ('for cam in wings every 2s\n        wait 5s\n        note "a"\n    note "b"', [5000, 7000, 7000]),
        ('for cam in wings\n        wait 5s\n        note "a"\n    note "b"', [5000, 10_000, 10_000]),
        ('for cam in left, wings, left\n        note "a"\n        wait 1s', [0, 1000]),
        (
            (
                'together\n        at 2s note "a"\n        do\n            wait 3s\n            note "b"\n'
                '        wait 1s\n        note "c"\n    note "d"'
            ),
            [0, 2000, 3000, 3000],
        ),
        ('together\n        zoom foh to 80% over 8s\n        wait 1s\n    note "a"', [0, 1000]),
        ('do\n        wait 1s\n        at 1s note "a"\n    at 1s note "b"', [1000, 1000]),
        (
            'wait 2s\n    if 1s < 2s\n        at 3s note "a"\n        at 4s\n            note "b"\n    at 6s note "c"',
            [3000, 4000, 6000],
        ),
        ('if 1s < 2s\n        wait 1s\n    else\n        wait 5s\n    note "a"', [1000]),
        (
            'if 1s > 2s\n        wait 1s\n    else if 2 == 2\n        wait 2s\n    else\n        wait 5s\n    note "a"',
            [2000],
        ),
        ('let t = 2s\n    wait t\n    note "a"', [2000]),
        ('wait 1s\n    at 1s together\n        note "a"', [1000]),
    ],
)
def test_the_clock(body, expected):
    assert times(f"cue 1\n    {body}\n") == expected


def test_a_macro_is_a_block_that_starts_at_its_call():
    sheet = """
        cue 1
            wait 1s
            hold()
            note "b"
        define hold(time = 2s)
            at time note "a"
            wait 1s
    """
    assert times(sheet) == [3000, 4000]


def test_ten_thousand_waits_end_at_a_thousand_seconds_exactly():
    steps = cue_steps('cue 1\n    repeat 10000 times\n        note "x"\n        wait 100ms\n    note "end"\n')
    assert steps[-1].predicted == 1_000_000_000_000
    assert [step.predicted for step in steps[:3]] == [0, 100_000_000, 200_000_000]


@pytest.mark.parametrize(
    ("fps", "frames", "ns"),
    [
        ("25", 12, 480_000_000), ("29.97", 12, 400_400_000), ("23.976", 1, 41_708_333), ("59.94", 60, 1_001_000_000),
        ("24", 1, 41_666_667), ("30", 1, 33_333_333), ("50", 1, 20_000_000), ("60", 1, 16_666_667),
    ],
)  # fmt: skip
def test_frames_are_exact(fps, frames, ns):
    (step,) = cue_steps(f'show "x"\n    fps {fps}\ncue 1\n    wait {frames}f\n    note "x"\n')
    assert step.predicted == ns


def test_a_wait_that_is_met_is_a_new_zero_for_its_block():
    sheet = """
        cue 1
            at 5s move foh to throne
            wait for foh
            at 2s note "a"
            wait 1s
            note "b"
    """
    first, a, b = events(sheet)
    assert a["at_ms"] == first["until_ms"] + 2000 and b["at_ms"] == first["until_ms"] + 3000
    assert a["anchor"] == b["anchor"] == "3:5"
    assert "anchor" not in first


@pytest.mark.parametrize("what", ["go", 'osc "/a"', "until 19:30", "go up to 5s"])
def test_what_nobody_can_know_is_predicted_as_met_at_once(what):
    wait = f"wait {what}" if what.startswith("until") else f"wait for {what}"
    (event,) = events(f'cue 1\n    wait 1s\n    {wait}\n    note "a"\n')
    assert event["at_ms"] == 1000 and event["anchor"] == "3:5"


def test_a_wait_for_cameras_gives_up_after_its_limit_or_a_minute():
    assert times('cue 1\n    drive foh left for 90s\n    wait for foh\n    note "a"\n') == [0, 60_000]
    assert times('cue 1\n    drive foh left for 9s\n    wait for foh up to 2s\n    note "a"\n') == [0, 2000]


def test_a_wait_inside_a_block_leaves_the_zero_outside_alone():
    sheet = """
        cue 1
            at 1s
                drive foh left for 3s
                wait for foh
                note "a"
            at 2s note "b"
            at 20s note "c"
    """
    _, a, b, c = events(sheet)
    assert [a["at_ms"], b["at_ms"], c["at_ms"]] == [4000, 4000, 20_000]
    assert a["anchor"] == b["anchor"] == c["anchor"] == "4:9"


def test_branches_with_waits_join_at_the_latest():
    sheet = """
        cue 1
            together
                do
                    drive foh left for 3s
                    wait for foh
                wait 2s
            note "a"
            wait 1s
            note "b"
    """
    _, a, b = events(sheet)
    assert (a["at_ms"], b["at_ms"], a["anchor"]) == (3000, 4000, "5:13")


def test_a_wait_inside_a_macro_counts_from_the_macro():
    sheet = """
        cue 1
            settle(foh)
            wait 1s
            note "a"
        define settle(cam)
            drive cam up for 2s
            wait for cam
    """
    drive, a = events(sheet)
    assert a["at_ms"] == 3000 and a["anchor"] == "7:5" and drive["call"] == "2:5"


def test_passes_with_a_wait_start_on_the_next_free_multiple():
    sheet = """
        cue 1
            repeat 3 times every 2s
                drive foh left for 3s
                wait for foh
            note "end"
    """
    assert times(sheet) == [0, 4000, 8000, 11_000]


def test_a_time_of_day_may_have_a_name():
    (event,) = events('let doors = 19:30\ncue 1\n    wait until doors\n    note "x"\n')
    assert event["anchor"] == "3:5"
    check("cue 1\n    wait until 25:00  ### E302\n    wait until foh   ### E301\n")


def test_what_a_cue_has_set_going_holds_it():
    assert duration("cue 1\n    zoom foh to 80% over 8s\n    wait 1s\n") == 8000
    assert duration("cue 1\n    drive foh left for 3s\n") == 3000
    assert duration("cue 1\n    drive foh left\n    wait 1s\n    stop foh\n") == 1000
    assert duration("cue 1\n    booth foh photos every 2s\n") == 8000
    assert duration("cue 1\n    wait 9s\n    tally foh off\n") == 9000


def test_what_is_displaced_holds_it_no_longer():
    sheet = "cue 1\n    drive foh left for 60s\n    wait 2s\n    stop foh\n"
    cue = as_json(sheet)
    assert cue["duration_ms"] == 2000
    assert cue["events"][0]["until_ms"] == 2000
    assert [frame["at_ms"] for frame in cue["events"][0]["wire"]] == [0], "the stop of a displaced drive is not sent"


def test_repeat_forever_is_one_pass():
    cue = as_json("cue 1\n    wait 1s\n    repeat forever every 10s\n        drive foh left for 2s\n")
    (event,) = cue["events"]
    assert cue["duration_ms"] is None
    assert (event["at_ms"], event["until_ms"], event["repeat_ms"]) == (1000, 3000, 10_000)


def test_repeat_forever_without_every_repeats_as_its_clock_says():
    cue = as_json(
        "cue 1\n    repeat forever\n        drive foh left for 2s\n        wait for foh\n        wait 500ms\n"
    )
    assert cue["events"][0]["repeat_ms"] == 2500
    cue = as_json("cue 1\n    repeat forever every 2s\n        drive foh left for 3s\n        wait for foh\n")
    assert cue["events"][0]["repeat_ms"] == 4000


def test_endless_loops_and_what_cannot_follow_them():
    check(
        """
        cue 1
            repeat forever       ### E502
                tally foh off
        cue 2
            repeat forever every 2s
                tally foh off
            tally foh program    ### E502
            tally foh off
        cue 3
            together
                repeat forever every 2s
                    tally foh off
                tally left off
            note "x"             ### E502
        cue 4
            for cam in wings     ### E502
                repeat forever every 2s
                    tally cam off
        cue 5
            for cam in wings every 1s
                repeat forever every 2s
                    tally cam off
        cue 6
            repeat 2 times       ### E502
                repeat forever every 1s
                    tally foh off
        cue 7
            repeat forever
                repeat forever every 2s
                    tally foh off
        """
    )


def test_going_back_and_passes_that_are_too_long():
    check(
        """
        cue 1
            wait 3s
            at 2s tally foh off       ### E501
            at 5s
                at 1s tally foh off
                at 500ms tally foh off    ### E501
        cue 2
            repeat 3 times every 2s   ### E506
                wait 3s
        cue 3
            repeat forever every 2s   ### E506
                wait 3s
        cue 4
            repeat 1 times every 2s   ### E506
                wait 3s
        cue 5
            repeat 3 times every 2s
                wait 2s
        """
    )


def test_every_branch_is_checked():
    check(
        """
        let storm = 12s
        cue 1
            if storm > 20s
                move nobody to wide        ### E201
                move foh to nowhere        ### E202
                zoom foh to 200%           ### E302
                go 9                       ### E203
                nothing()                  ### E204
                wait 3s + 10%              ### E301
                wait 20s - storm
            else if storm == 5s
                set foh shine 3            ### E209
            else
                wait storm - 10s
        define guarded(time)
            if time > 2s
                wait time - 2s
        cue 2
            guarded(1s)
            guarded(3s)
        """
    )


def test_a_let_ends_with_its_block_and_may_not_shadow():
    check(
        """
        let storm = 2s
        cue 1
            let storm = 1s      ### E206
            do
                let t = 1s
                wait t
            let t = 2s
            wait t
            let foh = 3s        ### E206
            for cam in wings
                let u = 1s
                wait u
            wait u              ### E301
        """
    )


DOUBLING = (
    "".join(f"define m{n}()\n    m{n + 1}()\n    m{n + 1}()\n" for n in range(40)) + "define m40()\n    wait 1s\n"
)
CHAIN = "".join(f"define m{n}()\n    m{n + 1}()\n" for n in range(90)) + "define m90()\n    wait 1s\n"


@pytest.mark.parametrize(
    ("body", "macros"),
    [
        ("repeat 2000 times\n        repeat 2000 times\n            wait 1ms", ""),
        ('repeat 2000 times\n        note "x"\n        note "y"', ""),
        ("m0()", DOUBLING),
        ("m0()", CHAIN),
    ],
    ids=["passes", "steps", "calls", "depth"],
)
def test_no_cue_is_too_much_for_the_compiler(body, macros, monkeypatch):
    monkeypatch.setattr(effort, "MAX_BLOCKS", 2000)
    monkeypatch.setattr(lower, "MAX_STEPS", 2000)
    found = compiled(with_rig(f"cue 1\n    {body}\n") + macros).diagnostics
    assert [one.code for one in found if one.is_error] == ["E302"]


def test_all_is_in_order_of_declaration_and_a_cue_list_in_order_of_numbers():
    plan = plan_of(
        "cue 10\n    tally all off\ncue 2.10\n    tally right, all off\ncue 2.9\n    wait 1s\ncue 002.05\n    wait 1s\n"
    )
    assert [cue.number for cue in plan.cues] == ["2.05", "2.1", "2.9", "10"]
    assert [step.act.camera for step in plan.cues[3].program.steps] == ["foh", "left", "right"]
    assert [step.act.camera for step in plan.cues[1].program.steps] == ["right", "foh", "left"]
