"""Whole shows with a switcher in virtual time: what is sent, held and withheld, and what counts as on air."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pytest

from cuelang.commands import TallyMode
from cuelang.playback.air import SwitcherWord
from cuelang.playback.effects import Begin, Request, Switch, Withhold
from cuelang.playback.machine import Playback
from cuelang.playback.script import ScriptError
from cuelang.units import MS, NS
from tests.running.vision_night import LABELS, RIG, Evening, plan_of

KINDS = tuple(LABELS)


@pytest.mark.parametrize("kind", KINDS)
def test_move_on_preview_then_cut(kind: str) -> None:
    night = Evening("cue 1\n    move left to door\n    wait for left\n    cut to left\n", kind=kind)
    assert night.outcomes("left")[-2:] == [("move", "completed"), ("tally", "completed")]
    assert night.orders() == [("cut", "left", "completed")]
    assert ("left", "program") in night.air()


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_an_order_names_switcher_and_source_and_no_camera(kind: str) -> None:
    (cut,) = Evening("cue 1\n    cut to left\n", kind=kind).of("command", action="cut")
    assert (cut["camera"], cut["switcher"], cut["source"], cut["outcome"]) == (None, "vision", "left", "completed")
    assert "hex" in cut if kind == "atem" else "text" in cut
    assert cut["due_ms"] <= cut["sent_ms"] <= cut["acked_ms"] <= cut["done_ms"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_camera_that_is_being_freed_waits_until_it_is_off(kind: str) -> None:
    """`cut to foh` and `move left` at the same instant: never refused, and never begun while left is on program."""
    night = Evening(
        """
        cue 1
            cut to left
            wait 1s
            cut to foh
            move left to altar
        """,
        kind=kind,
    )
    (move,) = night.of("command", camera="left", action="move")
    assert move["outcome"] == "completed"
    off = [one["t_ms"] for one in night.of("air", camera="left", mode="off")]
    assert move["sent_ms"] >= off[-1] and move["due_ms"] == 1000
    assert move.get("held_ms", 0) == pytest.approx(move["sent_ms"] - move["due_ms"])


def test_after_a_dissolve_it_waits_for_the_end_of_the_transition() -> None:
    night = Evening(
        """
        cue 1
            cut to left
            wait 1s
            together
                dissolve to foh over 2s
                move left to altar
        """.replace("together\n                dissolve", "dissolve").replace("    move left", "move left")
    )
    (move,) = night.of("command", camera="left", action="move")
    assert move["outcome"] == "completed"


def test_a_motion_on_air_is_refused_as_ever() -> None:
    night = Evening("cue 1\n    cut to left\n    wait 1s\n    move left to altar\n")
    assert ("move", "refused") in night.outcomes("left")


def test_a_cut_needs_a_camera_that_stands() -> None:
    night = Evening("cue 1\n    move left to door\n    cut to left\n")
    assert night.orders() == [("cut", "left", "refused")]
    assert night.of("command", action="cut")[0]["reason"] == "left is still moving"


@pytest.mark.parametrize("live", ["move left to door live\n    cut to left", "move left to door\n    cut to left live"])
def test_live_on_the_line_or_on_the_motion_says_that_it_is_meant(live: str) -> None:
    night = Evening(f"cue 1\n    {live}\n")
    assert night.orders() == [("cut", "left", "completed")]


def test_live_in_a_script_says_that_it_is_meant() -> None:
    script = "0s go\n100ms cut to left\n200ms cut to left live\n"
    night = Evening("cue 1\n    move left to door\n", script)
    assert night.orders() == [("cut", "left", "refused"), ("cut", "left", "completed")]


def test_warn_sends_and_warns() -> None:
    night = Evening(
        "cue 1\n    move left to door\n    cut to left\n", rig=RIG.replace('"Night"', '"Night"\n    interlock warn')
    )
    assert night.orders() == [("cut", "left", "completed")]
    assert any("left is still moving" in text for text in night.says())


def test_off_air_nothing_counts_as_on_program_and_lamps_are_dark() -> None:
    script = """
        0s go 1
        1s off air
        2s go 2
        6s on air
    """
    night = Evening("cue 1\n    cut to left\ncue 2\n    move left to door\n", script)
    assert ("move", "completed") in night.outcomes("left")
    lamps = [one["hex"] for one in night.of("command", camera="left", action="tally")]
    assert [text[12:14] for text in lamps] == ["03", "02", "03", "02"]


def test_triggers_take_the_show_off_air_and_give_the_cutting_away() -> None:
    sheet = """
        input desk "osc+udp://127.0.0.1:53000"
        on osc "/dark" off air
        on osc "/bright" on air
        on osc "/hand" cutting by hand
        on osc "/sheet" cutting by sheet
        cue 1
            cut to left
        cue 2
            move left to door
        cue 3
            cut to foh
        """
    script = """
        0s go 1
        1s osc /dark
        2s go 2
        6s osc /bright
        7s osc /hand
        8s go 3
        9s osc /sheet
        10s go 3
    """
    night = Evening(sheet, script)
    assert ("move", "completed") in night.outcomes("left")
    assert night.orders() == [("cut", "left", "completed"), ("cut", "foh", "refused"), ("cut", "foh", "completed")]


def test_a_stream_that_starts_ends_off_air() -> None:
    night = Evening("cue 1\n    stream start\n", "0s off air\n1s go\n")
    assert night.orders() == [("stream", None, "completed")]
    assert any(text.startswith("ON AIR") for text in night.says())


def test_cutting_by_hand_cues_cut_nothing_and_everything_else_goes_on() -> None:
    script = """
        0s cutting by hand
        1s go 1
        2s cut left by hand
        3s cutting by sheet
    """
    night = Evening("cue 1\n    cut to left\n    move foh to wide\n", script)
    assert night.orders() == [("cut", "left", "refused")]
    assert night.of("command", action="cut")[0]["reason"] == "cutting by hand"
    assert ("move", "completed") in night.outcomes("foh")
    assert ("left", "program") in night.air()


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_cuts_at_the_desk_and_lights_and_air_follow(kind: str) -> None:
    night = Evening('cue 1\n    note "x"\n', "1s cut left by hand\n2s go 1\n", kind=kind)
    assert night.air()[-1] == ("left", "program")
    (lamp,) = [one for one in night.of("command", camera="left", action="tally") if one["hex"].endswith("02 02 02 ff")]
    assert 1000 <= lamp["sent_ms"] <= 1100


@pytest.mark.parametrize("kind", KINDS)
def test_a_hand_fires_its_trigger_once_and_a_cue_does_not(kind: str) -> None:
    sheet = """
        cue 1
            cut to left
            wait 2s
            cut to foh
        cue 7
            note "by hand"
        on program left go 7
    """
    night = Evening(sheet, "0s go 1\n10s cut left by hand\n20s go 1\n", kind=kind)
    fired = [one for one in night.of("trigger", request="go 7") if one["verdict"] == "fired"]
    assert [round(one["t_ms"] / 1000) for one in fired] == [10]


def test_preview_and_off_by_hand() -> None:
    sheet = """
        cue 5
            note "previewed"
        cue 6
            note "off"
        on preview left go 5
        on off left go 6
    """
    night = Evening(
        sheet,
        "1s preview left by hand\n5s cut left by hand\n9s preview slides by hand\n"
        "12s cut foh by hand\n14s cut slides by hand\n",
    )
    fired = [(one["request"], round(one["t_ms"] / 1000)) for one in night.of("trigger") if one["verdict"] == "fired"]
    assert fired == [("go 5", 1), ("go 6", 12)]


def test_a_stream_that_ends_by_itself_is_an_alarm_and_fires() -> None:
    sheet = 'cue 1\n    stream start\ncue 9\n    note "gone"\non stream lost go 9\n'
    night = Evening(sheet, "0s go 1\n5s stream stop by hand\n9s go 9\n")
    assert "The stream of vision has stopped on its own." in night.says()
    assert len([one for one in night.of("trigger", request="go 9") if one["source"] == "vision: stream lost"]) == 1


def test_a_recording_that_ends_by_itself_fires_and_a_wait_for_the_stream_ends_when_it_runs() -> None:
    sheet = """
        cue 1
            record start
            wait for stream up to 10s
            note "it runs"
        cue 2
            stream start
        cue 9
            note "gone"
        on record lost go 9
    """
    night = Evening(sheet, "0s go 1\n4s go 2\n8s record stop by hand\n12s go 9\n")
    assert "The recording of vision has stopped on its own." in night.says()
    fired = [one["source"] for one in night.of("trigger", request="go 9")]
    assert fired == ["vision: record lost", "script line 4"]
    (runs,) = night.of("note", text="it runs")
    assert 4000 < runs["t_ms"] < 6000


@pytest.mark.parametrize(
    ("mode", "lit"),
    [
        (None, ["dark", "red", "dark"]),
        ("program", ["dark", "red", "dark"]),
        ("on", ["dark", "green", "red", "green"]),
        ("off", []),
    ],
)
def test_which_lights_of_a_camera_are_driven(mode: str | None, lit: list[str]) -> None:
    left = 'camera left "visca+udp://10.0.0.22"\n'
    rig = RIG if mode is None else RIG.replace(left, f"{left}    lamp {mode}\n")
    night = Evening("cue 1\n    preview left\n    wait 2s\n    cut to left\n    wait 1s\n    cut to foh\n", rig=rig)
    colours = {"81 0a 02 02 01 ff": "green", "81 0a 02 02 02 ff": "red", "81 0a 02 02 03 ff": "dark"}
    assert [colours[one["hex"]] for one in night.of("command", camera="left", action="tally")] == lit
    assert ("left", "program") in night.air(), "it counts as on air in any case"


def test_a_dissolve_holds_its_cue_and_a_newer_one_supersedes_it() -> None:
    sheet = "cue 1\n    dissolve to left over 4s\ncue 2\n    cut to foh\n"
    night = Evening(sheet, "0s go 1\n1s go 2\n")
    done = {one["cue"]: one["t_ms"] for one in night.of("cue", state="done")}
    assert night.orders()[0] == ("dissolve", "left", "superseded")
    assert done["1"] == pytest.approx(1000, abs=100)
    whole = Evening("cue 1\n    dissolve to left over 4s\n")
    assert whole.of("cue", state="done")[0]["t_ms"] >= 4000


def test_wait_for_the_switcher_for_program_and_for_off() -> None:
    sheet = """
        cue 1
            dissolve to left over 2s
            wait for vision
            note "there"
            wait for program foh
            note "foh"
            wait for off left
            note "off"
    """
    night = Evening(sheet, "0s go 1\n5s cut foh by hand\n")
    notes = {one["text"]: round(one["t_ms"] / 1000) for one in night.of("note") if one["cue"] == "1"}
    assert notes == {"there": 2, "foh": 5, "off": 5}


def test_in_a_rehearsal_nobody_cuts_and_that_is_said() -> None:
    night = Evening('cue 1\n    wait for program left\n    note "on"\n')
    assert "on" in night.says()
    assert any("wait for program left" in text and "at once" in text for text in night.says())


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_wait_for_a_persons_cut_the_rehearsal_believes_what_the_plan_does(kind: str) -> None:
    """Motions that the check allows are not refused for want of a person at the switcher."""
    sheet = """
        cue 1
            cut to left
            wait 1s
            wait for off left
            move left to altar
            wait for left
            wait for program left
            move foh to wide
            wait for foh
            wait 1s
            dissolve to foh over 1s
            wait for vision
            wait 1s
            move left to door
    """
    night = Evening(sheet, kind=kind)
    assert night.outcomes("left")[-1] != ("move", "refused")
    assert ("move", "refused") not in night.outcomes("left") + night.outcomes("foh")
    assert [camera for camera, _ in groupby(camera for camera, mode in night.air() if mode == "program")] == [
        "left", "foh",
    ]  # fmt: skip


def test_a_wait_for_program_before_the_lists_own_cut_does_not_wait_for_that_cut() -> None:
    night = Evening("cue 1\n    wait for program left\n    cut to foh\n    wait 1s\n    cut to left\n")
    assert night.orders() == [("cut", "foh", "completed"), ("cut", "left", "completed")]


def test_else_runs_as_soon_as_a_camera_was_refused() -> None:
    sheet = """
        cue 1
            cut to left
            wait 1s
            move left to altar
            wait for left up to 30s
            else
                note "stays"
            note "after"
    """
    night = Evening(sheet)
    assert "stays" in night.says() and "after" not in night.says()
    assert night.of("note", text="stays")[0]["t_ms"] < 2000


def test_stop_and_panic_send_a_switcher_nothing() -> None:
    night = Evening("cue 1\n    dissolve to left over 4s\n", "0s go 1\n1s stop\n2s panic\n")
    assert night.orders() == [("dissolve", "left", "completed")]
    assert night.air()[-1] == ("left", "program")


def test_a_held_motion_of_a_stopped_cue_never_begins() -> None:
    sheet = "cue 1\n    cut to left\ncue 2\n    dissolve to foh over 4s\ncue 3\n    move left to altar\n"
    night = Evening(sheet, "0s go 1\n1s go 2\n2s go 3\n3s stop 3\n")
    assert night.outcomes("left")[-1] != ("move", "completed")
    assert ("move", "stopped") in night.outcomes("left")


def test_a_motion_is_held_over_a_pause() -> None:
    sheet = "cue 1\n    cut to left\ncue 2\n    dissolve to foh over 2s\ncue 3\n    move left to altar\n"
    night = Evening(sheet, "0s go 1\n1s go 2\n2s go 3\n2.5s pause 3\n10s resume 3\n")
    (move,) = night.of("command", camera="left", action="move")
    assert move["outcome"] == "completed" and move["sent_ms"] >= 10_000


def test_the_log_has_each_speakers_word_and_everybodys() -> None:
    night = Evening("cue 1\n    cut to left\n")
    (word,) = night.of("tally", camera="left", mode="program")
    assert (word["speaker"], word["by"]) == ("vision", "switcher")
    assert len(night.of("air", camera="left", mode="program")) == 1


def test_tally_lines_of_a_ruled_camera_are_put_aside() -> None:
    night = Evening("cue 1\n    tally left program\n    wait 1s\n    move left to door\n")
    assert ("left", "program") not in night.air()
    assert night.outcomes("left")[-1] == ("move", "completed")


def test_a_switcher_that_falls_silent_does_not_hold_a_motion_for_ever() -> None:
    """Nothing else is due: playback itself asks to be woken when the switcher has had its second."""
    plan = plan_of("cue 1\n    cut to foh\n    move left to altar\n")
    playback = Playback(plan, time_of_day=lambda _seconds, now: now)
    playback.switcher("vision", SwitcherWord(True, {"left": "program", "foh": "off"}, program="left"), 0)
    effects = playback.request(Request("go", "1", "test", NS))
    (cut,) = (effect for effect in effects if isinstance(effect, Switch))
    assert not any(isinstance(effect, Begin) and effect.camera == "left" for effect in effects)
    playback.finished(cut.job, "completed", 2 * NS)
    assert playback.due == 3 * NS
    decided = playback.wake(3 * NS)
    assert [effect.camera for effect in decided if isinstance(effect, Begin | Withhold)] == ["left"]


def test_a_camera_on_its_way_to_program_waits_for_the_end_of_the_cut_that_supersedes_it() -> None:
    """The switcher says that left is off while the cut away from it is still under way: left may be seen until that is
    over, so its motion waits. It is neither refused nor begun."""
    plan = plan_of("cue 1\n    cut to left\ncue 2\n    cut to foh\n    move left to altar\n")
    playback = Playback(plan, time_of_day=lambda _seconds, now: now)

    def motions(effects: Sequence[object]) -> list[str]:
        return [
            type(one).__name__
            for one in effects
            if isinstance(one, Begin | Withhold) and one.camera == "left" and one.command.action == "move"
        ]

    def says(left: TallyMode, now: int) -> Sequence[object]:
        return playback.switcher("vision", SwitcherWord(True, {"left": left, "foh": "program"}, program="foh"), now)

    says("off", 0)
    playback.request(Request("go", "1", "test", NS))
    says("program", NS + 200 * MS)
    effects = playback.request(Request("go", "2", "test", NS + 300 * MS))
    (cut,) = (effect for effect in effects if isinstance(effect, Switch))
    assert motions(effects) == [] and motions(says("off", NS + 400 * MS)) == []
    assert motions(playback.finished(cut.job, "completed", NS + 450 * MS)) == ["Begin"]


SENDS = {
    "obs": 'SetInputMute {\\"inputName\\": \\"Mic\\"}',
    "sim": 'SetInputMute {\\"inputName\\": \\"Mic\\"}',
    "atem": "aux 1 = foh",
    "vmix": "OverlayInput1In Input=3",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_sends_a_switcher_what_it_understands_itself(kind: str) -> None:
    night = Evening('cue 1\n    note "x"\n', f'0s go 1\n2s send vision "{SENDS[kind]}"\n', kind=kind)
    (record,) = night.of("command", switcher="vision")
    assert (record["action"], record["outcome"], record["due_ms"]) == ("send", "completed", 2000)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('send visoin "SetInputMute {}"', "There is no switcher “visoin”"),
        ('send vision "no request {"', "vision does not understand this: "),
        ('send vision "SetInputMute {}" by hand', "needs a switcher and one text"),
    ],
)
def test_a_send_that_means_nothing_is_refused_and_says_why(line: str, why: str) -> None:
    try:
        night = Evening('cue 1\n    note "x"\n', f"0s go 1\n2s {line}\n")
    except ScriptError as error:
        assert why in str(error)
        return
    (verdict,) = [one for one in night.of("trigger") if one["verdict"] == "refused"]
    assert why in verdict["reason"] and not night.of("command", switcher="vision")


def test_an_obs_without_studio_mode_cuts_and_mixes_and_says_what_it_cannot() -> None:
    night = Evening(
        """
        cue 1
            send vision "SetStudioModeEnabled {\\"studioModeEnabled\\": false}"
            wait 500ms
            cut to foh
            wait 1s
            preview left
            take left
            wait 1s
            move left to door
            wait for left
            dissolve to left over 500ms
            move foh to wide
            wait for vision
            wait for foh
            cut to foh
            wait for off left
            move left to altar
        """
    )
    assert night.orders() == [
        ("send", None, "completed"), ("cut", "foh", "completed"), ("preview", "left", "refused"),
        ("take", "left", "refused"), ("dissolve", "left", "completed"), ("cut", "foh", "completed"),
    ]  # fmt: skip
    reasons = [one["reason"] for one in night.of("command", outcome="refused")]
    assert reasons == [
        "studio mode is off in OBS: there is no preview", "studio mode is off in OBS: there is no preview to take",
    ]  # fmt: skip
    assert [mode for camera, mode in night.air() if camera == "left"] == ["off", "program", "off"]
    assert [one for one in night.outcomes("left") if one[0] == "move"] == [("move", "completed")] * 2


def test_a_rehearsal_does_not_wait_for_a_cut_that_was_refused() -> None:
    """It ran earlier than the plan has it, so by its time in the plan it seemed to be still to come."""
    night = Evening(
        """
        cue 1
            cut to left
            wait 1s
            preview foh
            dissolve to left over 2s
            move foh to wide
            wait for vision
            move foh to pan 10deg
            cut to foh
            wait for off left
            note "on"
        """
    )
    assert ("cut", "foh", "refused") in night.orders()
    assert "In a rehearsal `wait for off left` is met at once." in night.says() and "on" in night.says()
