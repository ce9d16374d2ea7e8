"""`swap foh for spare`: what the sheet says of one camera is done with another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cuelang.output.plan import plan_json
from cuelang.playback.script import ScriptError, parse
from cuelang.rehearsal.rehearse import Rehearsal, rehearse
from cuelang.runtime.command_records import CommandRecord
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import NoteRecord, TriggerRecord
from cuelang.sheets import Casting, Recompiler, Usage, compile_sheet

RIG = """\
switcher vision "sim://vision"
    source foh = "Cam FOH"
    source left = "Cam left"
    source spare = "Cam spare"
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"
    preset wide = 1 at pan 12deg tilt -3deg zoom 20%
camera spare "sim://spare"
    preset wide = 7 at pan 3deg tilt 0deg zoom 0%
    preset throne at pan -20deg tilt 2deg zoom 50%
group wings = foh, left
"""

SHOW = """\
cue 1
    move foh to throne
    wait for foh
    set foh iris 9
    cut to foh
cue 2
    move foh to wide live
    wait for foh
    for cam in wings
        zoom cam to 10% live
cue 3
    move spare to wide
    preview spare
cue 4
    wait for program foh up to 5s
    stop foh
    note "on program"
"""


class Night:
    """A sheet in a folder of its own, rehearsed with its swaps."""

    def __init__(self, folder: Path, sheet: str = SHOW) -> None:
        self.sheet = folder / "night.cues"
        self.sheet.write_text(RIG + sheet)

    def rehearsed(self, script: str, *swaps: str) -> Rehearsal:
        casting = Casting.of(swaps)
        compiled = compile_sheet(str(self.sheet), casting=casting)
        assert compiled.plan is not None, [one.message for one in compiled.diagnostics]
        recompile = Recompiler(compiled, str(self.sheet), casting=casting)
        return rehearse(compiled.plan, script=parse(script), recompile=recompile)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def commands(found: Rehearsal, after_s: float = 0) -> list[tuple[str, str, str]]:
    """Camera or switcher, action, outcome of what was due from then on; lamps apart."""
    records = [one for one in found.records if isinstance(one, CommandRecord) and one.due_ms >= 1000 * after_s]
    shown = [as_json(one) for one in sorted(records, key=lambda one: one.due_ms)]
    return [
        (one.get("camera") or one["switcher"], one["action"], one["outcome"])
        for one in shown
        if one["action"] != "tally"
    ]


def asked(found: Rehearsal, request: str) -> TriggerRecord:
    return next(one for one in found.records if isinstance(one, TriggerRecord) and one.request.startswith(request))


def left(found: Rehearsal) -> dict[str, Any]:
    end = as_json(found.records[-1])
    return dict(end["cameras"])


def test_each_line_means_the_other_camera_with_its_presets_and_its_source(night: Night) -> None:
    found = night.rehearsed("0s swap foh for spare\n1s go 1\n20s go 2\n")
    assert commands(found, 1) == [
        ("spare", "move", "completed"), ("spare", "set", "completed"), ("vision", "cut", "completed"),
        ("spare", "move", "completed"), ("spare", "zoom", "completed"), ("left", "zoom", "completed"),
    ]  # fmt: skip
    assert left(found)["spare"]["pan"] == pytest.approx(3, abs=0.1) and left(found)["foh"]["pan"] == 0.0
    assert left(found)["spare"]["tally"] == "program"
    assert asked(found, "swap foh for spare").verdict == "fired"


def test_lines_of_the_stand_in_itself_are_disabled_and_say_so(night: Night) -> None:
    found = night.rehearsed("0s swap foh for spare\n1s go 3\n")
    assert commands(found, 1) == [("spare", "move", "disabled"), ("vision", "preview", "refused")]
    reasons = [one.reason for one in found.records if isinstance(one, CommandRecord) and one.reason]
    assert reasons == ["stands in for foh", "spare stands in for foh"]


def test_waits_and_triggers_mean_it_too(tmp_path: Path) -> None:
    sheet = 'on program foh go 3\non lost foh go 2\non key "s" swap foh for spare\n' + SHOW
    compiled = compile_sheet(str(Night(tmp_path, sheet).sheet), casting=Casting.of(("foh=spare",)))
    assert compiled.plan is not None
    assert any(str(getattr(one.action, "text", "")) == "swap foh for spare" for one in compiled.plan.triggers)
    conditions = [anchor for cue in compiled.plan.cues for anchor in cue.program.anchors]
    assert "source='spare'" in str(conditions)
    whens = [str(one.when) for one in compiled.plan.triggers]
    assert any("source='spare'" in one for one in whens) and any("device='spare'" in one for one in whens)


def test_nothing_moves_and_recover_is_offered_to_the_preset_of_its_own(night: Night) -> None:
    found = night.rehearsed("0s go 1\n20s swap foh for spare\n")
    assert commands(found, 20) == []
    note = next(one for one in found.records if isinstance(one, NoteRecord) and "recover" in one.text)
    assert note.text == "spare stands in for foh. `recover spare` brings it to where the show wants it."


def test_recover_brings_the_stand_in_to_where_the_other_should_be(tmp_path: Path) -> None:
    sheet = SHOW + "cue 5\n    recover foh live\n    wait for foh\n"
    found = Night(tmp_path, sheet).rehearsed("0s go 1\n20s swap foh for spare\n30s go 5\n")
    assert left(found)["spare"]["pan"] == pytest.approx(-20, abs=0.1) and left(found)["spare"]["zoom"] == 50.0
    assert ("spare", "set", "completed") in commands(found, 30)


def test_running_cues_finish_as_they_were(night: Night) -> None:
    found = night.rehearsed("0s go 1\n100ms swap foh for spare\n")
    assert [one for one in commands(found) if one[0] != "vision"] == [
        ("foh", "move", "completed"),
        ("foh", "set", "completed"),
    ]


def test_what_it_lacks_is_listed_and_nothing_is_changed(tmp_path: Path) -> None:
    sheet = (
        SHOW
        + """\
cue 5
    move foh to door
    move foh to pan 5deg tilt 0deg
    move foh to preset 9
    move foh to wide
cue 6
    note "nothing"
"""
    )
    sheet = sheet.replace("cue 1\n", "cue 1\n", 1)
    one = Night(tmp_path, sheet)
    text = one.sheet.read_text().replace("    preset throne = 4", "    preset door = 8\n    preset throne = 4", 1)
    one.sheet.write_text(text)
    found = one.rehearsed("0s swap foh for spare\n1s go 1\n")
    said = asked(found, "swap")
    assert said.verdict == "refused"
    for part in ("“spare” has no preset “door”", "These angles are for foh", "“spare” has no preset 9", "anyway"):
        assert part in (said.reason or ""), part
    assert commands(found, 1)[0] == ("foh", "move", "completed")
    found = one.rehearsed("0s swap foh for spare anyway\n1s go 5\n")
    assert asked(found, "swap").verdict == "fired"
    assert commands(found, 1) == [("spare", "move", "completed")]


def test_a_source_that_the_switcher_lacks_is_listed(tmp_path: Path) -> None:
    one = Night(tmp_path)
    one.sheet.write_text(
        one.sheet.read_text().replace('    source spare = "Cam spare"\n', "").replace("    preview spare\n", "")
    )
    said = asked(one.rehearsed("0s swap foh for spare\n"), "swap")
    assert said.verdict == "refused" and "spare" in (said.reason or "") and "source" in (said.reason or "")


def test_a_setting_that_its_model_lacks_is_listed(tmp_path: Path) -> None:
    one = Night(tmp_path)
    one.sheet.write_text(
        one.sheet.read_text()
        .replace('"sim://spare"', '"pelco-d:///dev/ttyUSB9"')
        .replace(" at pan 3deg tilt 0deg zoom 0%", "")
        .replace("throne at pan -20deg tilt 2deg zoom 50%", "throne = 5")
        .replace("    move spare to wide\n", "")
        .replace("        zoom cam to 10% live\n", "        stop cam\n")
    )
    said = asked(one.rehearsed("0s swap foh for spare\n"), "swap")
    assert said.verdict == "refused" and "“spare” does not support this" in (said.reason or "")


def test_two_swaps_exchange_two_cameras(night: Night) -> None:
    found = night.rehearsed("0s swap left for foh anyway\n1s swap foh for left anyway\n2s go 2\n")
    assert sorted(one[:2] for one in commands(found, 2)) == [("foh", "zoom"), ("left", "move"), ("left", "zoom")]


def test_it_ends_with_the_camera_for_itself(night: Night) -> None:
    found = night.rehearsed("0s swap foh for spare\n1s swap foh for foh\n2s go 1\n20s swap foh for foh\n")
    assert commands(found, 2)[0] == ("foh", "move", "completed")
    refused = [one for one in found.records if isinstance(one, TriggerRecord)][-1]
    assert (refused.verdict, refused.reason) == ("refused", "no camera stands in for foh")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("0s swap foh for nobody", "there is no camera nobody"),
        ("0s swap foh for spare\n1s swap foh for spare", "spare stands in for foh already"),
        ("0s swap foh for spare\n1s swap left for spare", "spare stands in for foh already"),
    ],
)
def test_what_cannot_be_swapped_is_refused(night: Night, lines: str, why: str) -> None:
    last = [one for one in night.rehearsed(lines + "\n").records if isinstance(one, TriggerRecord)][-1]
    assert (last.verdict, last.reason) == ("refused", why)


def test_from_the_command_line(night: Night) -> None:
    found = night.rehearsed("0s go 1\n", "foh=spare")
    assert commands(found)[0] == ("spare", "move", "completed")
    with pytest.raises(Usage):
        Casting.of(("foh",))
    lacks = compile_sheet(str(night.sheet), casting=Casting.of(("foh=left",)))
    assert lacks.plan is None and lacks.lacking
    assert compile_sheet(str(night.sheet), casting=Casting.of(("foh=left anyway",))).plan is not None


def test_the_plan_has_the_frames_and_the_arrival_of_the_stand_in(night: Night) -> None:
    plan = compile_sheet(str(night.sheet), casting=Casting.of(("foh=spare",))).plan
    assert plan is not None and plan.swaps == (("foh", "spare"),)
    events = plan_json(plan)["cues"][0]["events"]
    assert events[0]["camera"] == "spare" and events[0]["until_ms"] > 0
    assert next(one for one in events if one["action"] == "cut")["source"] == "spare"


def test_its_form_in_a_script() -> None:
    assert parse("0s swap foh for spare anyway")[0].swap is not None
    for wrong in ("0s swap foh", "0s swap foh with spare", "0s swap foh for spare now"):
        with pytest.raises(ScriptError, match="swap"):
            parse(wrong)
