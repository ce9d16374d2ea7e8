"""What a crash leaves of the list: everything held; what can be repeated begins with `resume`, the rest is listed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cuelang import clock as clocks
from cuelang.app.aftermath import aftermath
from cuelang.app.loading import RunOptions, load
from cuelang.clock import VirtualClock
from cuelang.commands import Command, Drive, MoveTo, Ramp, Recall
from cuelang.playback.effects import Begin, CueChanged, Request, Switch, Verdict
from cuelang.playback.held import Held
from cuelang.runtime import asrun
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.command_records import CommandRecord
from cuelang.runtime.crash import Crash, left_behind
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Outset, ShowLines
from cuelang.runtime.journal import Journal
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import ShowRecord
from cuelang.simulator.faults import NO_FAULTS
from cuelang.units import MS, NS
from tests.running.night import RIG, Doing, Far, Night, perform
from tests.running.state_of import differences, state_of


def crashed(
    sheet: str, *doings: Doing, at: float, away: float = 30, rig: str = RIG, answered: bool = True
) -> tuple[Journal, Held, Night]:
    """A night of which the log has only what was before `at`; `answered`: outcomes of commands too."""
    night = perform(sheet, *doings, rig=rig, end=at + 5)
    journal = Journal(night.plan)
    for record in night.sink.records:
        if record.t_ms < at * 1000 and (answered or not isinstance(record, CommandRecord)):
            journal.take(record)
    return journal, journal.hold(round(at * NS), round(away * NS)), night


def resumed(journal: Journal, at: float, verb: str = "resume") -> list[Command]:
    effects = journal.playback.request(Request(verb, None, "key", round(at * NS)))  # type: ignore[arg-type]
    assert [effect.verdict for effect in effects if isinstance(effect, Verdict)] == ["fired"]
    return [effect.command for effect in effects if isinstance(effect, Begin)]


def test_a_ramp_gets_what_is_left_of_its_time() -> None:
    journal, held, _ = crashed("cue 1\n    zoom foh from 0% to 50% over 8s\n    wait 20s\n", (1, "go"), at=4)
    assert held == Held(("foh",), ())
    assert [(run.state, run.elapsed) for run in journal.playback.runs(4 * NS)] == [("paused", 3 * NS)]
    (ramp,) = resumed(journal, 10)
    assert isinstance(ramp, Ramp) and (ramp.over, ramp.start) == (5 * NS, None)
    assert journal.playback.due == 27 * NS


@pytest.mark.parametrize(
    ("line", "kind"),
    [("move foh to throne", Recall), ("move foh to throne over 6s", MoveTo), ("drive foh left for 5s", Drive),
     ("drive foh left", Drive)],
)  # fmt: skip
def test_what_moves_a_camera_is_stopped_and_begins_again_on_resume(line: str, kind: type) -> None:
    journal, held, _ = crashed(f"cue 1\n    {line}\n    wait 9s\n    stop foh\n", (1, "go"), at=1.5)
    assert held == Held(("foh",), ())
    (command,) = resumed(journal, 10)
    assert isinstance(command, kind)
    if isinstance(command, Drive) and command.duration:
        assert command.duration == 4500 * MS


@pytest.mark.parametrize(
    "line", ["move foh by pan 20deg", "set foh iris up", "booth foh photos every 2s", "store foh preset 9"]
)
def test_what_would_be_done_twice_is_listed_and_not_sent_again(line: str) -> None:
    journal, held, _ = crashed(f"cue 1\n    {line}\n    wait 5s\n", (1, "go"), at=1.5, answered=False)
    assert [text.split()[0] for text in held.unsure] == ["foh"]
    assert resumed(journal, 10) == []


def test_a_dissolve_without_an_outcome_is_not_sent_again() -> None:
    rig = 'camera foh "visca+udp://10.0.0.21"\nswitcher vision "obs://10.0.0.9"\n    source foh = "FOH"\n'
    sheet = "cue 1\n    dissolve to foh over 4s\n    wait 5s\n"
    journal, held, _ = crashed(sheet, (1, "go"), at=1.5, rig=rig, answered=False)
    assert held.unsure == ("vision dissolve to foh",)
    effects = journal.playback.request(Request("resume", None, "key", 10 * NS))
    assert not any(isinstance(effect, Switch) for effect in effects)


def test_the_screen_lists_what_is_not_sent_again_and_what_the_sheet_has_on_program(tmp_path: Path) -> None:
    rig = (
        'show "Night"\n    interlock off\ncamera foh "visca+udp://10.0.0.21"\ncamera left "visca+udp://10.0.0.22"\n'
        'switcher vision "obs://10.0.0.9"\n    source foh = "FOH"\n    source left = "Left"\n'
    )
    cues = (
        "cue 1\n    cut to foh\n    wait 1s\ncue 2\n    dissolve to left over 4s\n    wait 9s\ncue 3\n    cut to foh\n"
    )
    sheet = tmp_path / "night.cues"
    sheet.write_text(rig + cues)
    options = RunOptions(str(sheet), simulate=True, resume=True)
    loaded = load(options)
    night = perform(cues, (1, "go"), (5, "go"), rig=rig, end=8)
    first = ShowRecord(0, "", 0.0, state="started", plan=loaded.digest, files=loaded.files, sheet=str(sheet))
    kept = [one for one in night.sink.records if one.t_ms < 6000 and not isinstance(one, CommandRecord)]
    crash = Crash(tmp_path / "night.jsonl", first, (first, *kept), datetime(2026, 1, 1, tzinfo=UTC), 6000.0)
    after = aftermath(crash, loaded, options, 6 * NS, 30 * NS)
    assert "Running: cue 2 (1s). Standby: cue 3." in after.said
    assert "Not sent again: vision dissolve to left. The sheet has on program: left on vision." in after.said
    assert after.said.endswith("Everything is held: `resume` continues, GO fires cue 3.")


def test_follows_and_times_of_day_are_held() -> None:
    sheet = "cue 1\n    wait 1s\n    follow after 5s\ncue 2\n    wait until 00:00:20\n    wait 1s\ncue 3\n    wait 1s\n"
    journal, _, _ = crashed(sheet, (1, "go"), (1.5, "go 2"), at=3, away=60)
    assert [(follow.paused, follow.left) for follow in journal.playback.follows(3 * NS)] == []
    assert journal.playback.due is None
    effects = journal.playback.request(Request("resume", None, "key", 10 * NS))
    states = [(effect.cue, effect.state) for effect in effects if isinstance(effect, CueChanged)]
    assert states == [("2", "resumed")]
    assert journal.playback.due == 11 * NS, "20 s past midnight was while the show was away"


def test_a_follow_counts_on_after_resume() -> None:
    sheet = "cue 1\n    wait 1s\n    follow after 5s\ncue 2\n    wait 1s\n"
    journal, _, _ = crashed(sheet, (1, "go"), at=4)
    assert [(follow.paused, follow.left) for follow in journal.playback.follows(4 * NS)] == [(True, 3 * NS)]
    assert journal.playback.due is None
    resumed(journal, 10)
    assert journal.playback.due == 13 * NS
    assert journal.playback.standby == "2"


def test_a_show_that_goes_on_can_crash_again() -> None:
    sheet = "cue 1\n    zoom foh from 0% to 50% over 8s\n    wait 20s\n"
    journal, _, night = crashed(sheet, (1, "go"), at=4)
    again = Journal(night.plan)
    for record in night.sink.records:
        if record.t_ms < 4000:
            again.take(record)
    again.take(ShowRecord(99, "", 4000.0, state="resumed", away_ms=30_000.0))
    assert differences(state_of(journal.playback), state_of(again.playback)) == []


def test_a_lamp_that_goes_out_by_itself_is_kept_lit_before_resume_too() -> None:
    rig = 'show "Night"\ncamera foh "sony://10.0.0.21"\n    model "sony-brc-x400"\n'
    journal, _, night = crashed("cue 1\n    tally foh program\n    wait 20s\n", (1, "go"), at=4, rig=rig)
    lamps: list[str] = []

    async def again() -> None:
        clock, far = clocks.current(), Far(night.plan.cameras[0], NO_FAULTS)
        await clock.sleep_until(34 * NS)
        log = AsRun(MemorySink(), clock)
        show = Executor(
            night.plan, ShowLines({"foh": far.driver}), log=log, clock=clock, outset=Outset(playback=journal.playback)
        )
        await show.open()
        for at in (36, 60):
            await clock.sleep_until(at * NS)
            lamps.append(far.body.lamp(clock.now()))
        await show.stop_show()

    clocks.run(again(), kind="virtual")
    assert lamps == ["program", "program"]


@pytest.mark.parametrize("end", [b'{"seq": 9, "wall": "2026', b"\0" * 5000, b"\0" * 3_000_000, b"\xff\xfe{\n\n"])
def test_a_log_that_a_power_cut_has_ended_is_read_as_far_as_it_goes(tmp_path: Path, end: bytes) -> None:
    night = perform("cue 1\n    wait 20s\ncue 2\n    wait 1s\n", (1, "go"), end=5)
    path = tmp_path / "night.jsonl"
    log = AsRun(sink := MemorySink(), VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    log.show("started", sheet="/night.cues", simulated=True, show="Night")
    lines = [asrun.line(as_json(record)) for record in [*sink.records, *night.sink.records] if record.t_ms < 4000]
    path.write_bytes("\n".join(lines).encode() + b"\n" + end)
    left = left_behind("Night", "/night.cues", str(path), True, datetime(2026, 1, 1, 1, tzinfo=UTC))
    assert left.crash is not None
    assert (left.crash.running, left.crash.standby) == (("1",), "2")
    assert left_behind("Night", "/night.cues", str(path), False, datetime(2026, 1, 1, 1, tzinfo=UTC)).crash is None
    assert left_behind("Night", "/night.cues", str(path), True, datetime(2026, 1, 1, 13, tzinfo=UTC)).crash is None
