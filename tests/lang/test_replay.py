"""`replay`: a recorded path as a line of a sheet, checked before the show."""

from __future__ import annotations

from cuelang.lang.compile import Compiler
from cuelang.source import Source
from tests.lang.compiling import Texts, as_json, check, with_rig

WALK = "# cuelang.trace/1 any\n0 0 0 0\n1 20 4 10\n2 50 4 30\n3 60 4 30\n"
FAR = "0 0 0 0\n1 0 0 0\n2 175 0 0\n"
LEAP = "0 0 0 0\n1 90 0 0\n2 -90 0 0\n3 90 0 0\n"
FILES = {"walk.trace": WALK, "traces/kept.trace": WALK, "far.trace": FAR, "leap.trace": LEAP, "bad.trace": "0 0 0\n"}


def test_what_is_wrong_with_a_replay_is_said_at_its_line() -> None:
    sheet = """
    camera old "pelco-d:///dev/ttyUSB0?address=3"
    group pair = foh, left
    cue 1
        replay foh "walk.trace"
    cue 2
        replay foh "gone.trace"              ### E205
        replay foh "bad.trace"               ### E302
        replay foh "far.trace"               ### E302
        replay foh "leap.trace"              ### E503
        replay old "walk.trace"              ### E401
        replay pair "walk.trace"             ### E208
        replay nobody "walk.trace"           ### E201
        replay foh "walk.trace" from 3s      ### E302
        replay foh "walk.trace" speed 5%     ### E302
        replay foh "walk.trace" speed 2      ### E301
        replay foh "walk.trace" speed 500%   ### E302
    """
    found = check(sheet, files=FILES)
    said = {one.code: one.message for one in found}
    assert said["E503"].startswith("“foh” cannot follow leap.trace: from 1.0s to ")
    assert said["E401"].endswith("Pelco-D cannot replay a trace.")


def test_a_trace_that_begins_elsewhere_is_said_with_the_way_there() -> None:
    sheet = """
    cue 1
        move foh to pan 60deg tilt 4deg zoom 30%
    cue 2
        replay foh "walk.trace" live             ### W607
    cue 3
        replay foh "walk.trace" from 2.9s
    """
    (found,) = check(sheet, files=FILES)
    assert found.message == "“foh” is elsewhere when the trace begins; its way there takes 1.2s."


def test_a_camera_on_program_that_replays_without_live_is_a_warning() -> None:
    check('cue 1\n    tally foh program\n    replay foh "walk.trace"  ### W601', files=FILES)
    check('cue 1\n    tally foh program\n    replay foh "walk.trace" live', files=FILES)
    check('cue 1\n    replay foh "walk.trace"\n    wait 1s\n    tally foh program  ### W602', files=FILES)


def test_a_file_in_the_folder_of_traces_is_found_by_its_name() -> None:
    plain = as_json('cue 1\n    replay foh "walk.trace"', files=FILES)
    kept = as_json('cue 1\n    replay foh "kept.trace"', files=FILES)
    assert [event["wire"] for event in kept["events"]] == [event["wire"] for event in plain["events"]]


def test_the_plan_has_every_frame_and_the_time_of_its_end() -> None:
    whole = as_json('cue 1\n    replay foh "walk.trace"', files=FILES)
    (event,) = whole["events"]
    assert (whole["duration_ms"], event["action"], event["until_ms"]) == (3000, "replay", 3000)
    turns = [frame for frame in event["wire"] if frame["hex"].startswith("81 01 06 02")]
    assert turns[0] == {"at_ms": 0, "hex": "81 01 06 02 18 14 00 00 00 00 00 00 00 00 ff"}
    assert turns[-1]["at_ms"] == 3000 and turns[-1]["hex"].endswith("00 03 06 00 00 00 03 0a ff")  # 60° and 4°
    assert all(one["at_ms"] % 100 == 0 for one in event["wire"])
    later = as_json('cue 1\n    replay foh "walk.trace" from 1s speed 50%', files=FILES)
    assert later["duration_ms"] == 4000


def test_a_macro_may_bring_file_start_and_speed() -> None:
    sheet = """
    cue 1
        walk(foh, "walk.trace", 1s, 50%)
    define walk(cam, file, begin, fast)
        replay cam file from begin speed fast
    """
    assert as_json(sheet, files=FILES)["duration_ms"] == 4000


def test_the_word_stays_free_as_a_name_and_in_triggers() -> None:
    check(
        """
        let replay = 2s
        cue 1
            wait replay
        on key "F5" replay foh "walk.trace" from 1s live
        """,
        files=FILES,
    )


def test_a_changed_file_changes_the_plan() -> None:
    library, sheet = Texts(FILES), with_rig('cue 1\n    replay foh "walk.trace"')
    compiler = Compiler(library)
    first = compiler.compile(Source("show.cues", sheet)).plan
    library.texts["walk.trace"] = WALK + "4 60 0 30\n"
    second = compiler.compile(Source("show.cues", sheet)).plan
    assert first is not None and second is not None
    assert [plan.cues[0].duration for plan in (first, second)] == [3_000_000_000, 4_000_000_000]
