"""Laws of the cue list under random requests, reports and time."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cuelang.commands import Command, Outcome, TallyMode, overlap
from cuelang.playback.effects import Begin, CueChanged, End, Hold, Resume, Verdict, Withhold
from cuelang.units import MS
from tests.drawn import examples
from tests.playback.stage import (
    DRIVE,
    MOVE,
    POWER_ON,
    PUSH,
    RECALL,
    Desk,
    GoGiven,
    Moment,
    OscHeard,
    S,
    Stop,
    Tally,
    TimeOfDay,
    Track,
    act,
    arrived,
    cue,
    fire,
    forever,
    note,
    wait,
)

CUES = (
    cue("1", act("foh", RECALL), act("left", PUSH, at=S), note("there", anchor=1), waits=(arrived("foh", at=S),)),
    cue("2", act("foh", DRIVE), act("foh", Stop(), at=3 * S), length=4 * S, follow=S),
    cue("3", act("all", MOVE), act("left", Track(True)), waits=(wait(GoGiven()),), restart=True),
    cue("4", forever(act("right", PUSH), act("right", Tally("program"), at=S), every=2 * S, length=S)),
    cue("5", fire("go", None, at=S), fire("stop", "4", at=2 * S), follow=0, length=2 * S),
    cue("6", waits=(wait(OscHeard("/x"), up_to=5 * S), wait(TimeOfDay(60), anchor=1)), end=Moment(2, 0)),
    cue("7", disabled=True),
    cue("8", act("right", POWER_ON), act("right", MOVE, at=S), follow=0),
)
VERBS = ("go", "start", "standby", "back", "stop", "pause", "resume", "panic", "reload")
OUTCOMES = ("completed", "sent", "refused", "timed_out", "unreachable")


class Show(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(*CUES, interlock="block")
        self.seen = 0
        self.open: dict[int, tuple[str, Command]] = {}
        self.held: set[int] = set()
        self.last_due = 0
        self.states: dict[int, str] = {}

    def read(self) -> list[object]:
        new = self.desk.log[self.seen :]
        self.seen = len(self.desk.log)
        for effect in new:
            match effect:
                case Begin(job=job, camera=camera, command=command):
                    assert job not in self.open
                    self.open[job] = (camera, command)
                    assert effect.due <= self.desk.now
                    assert effect.run == 0 or self.states[effect.run] == "running"
                case End(job=job):
                    del self.open[job]
                    self.held.discard(job)
                case Hold(job=job):
                    assert job in self.open
                    self.held.add(job)
                case Resume(job=job):
                    assert job in self.open
                    self.held.remove(job)
                case CueChanged(run=run, state=state):
                    before = self.states.get(run)
                    assert (before, state) in {
                        (None, "started"), ("running", "paused"), ("paused", "resumed"), ("running", "done"),
                        ("running", "stopped"), ("paused", "stopped"),
                    }  # fmt: skip
                    self.states[run] = "running" if state in ("started", "resumed") else state
        return new

    @rule(verb=st.sampled_from(VERBS), number=st.sampled_from([None, "1", "2", "3", "4", "5", "6", "7", "8", "9"]))
    def ask(self, verb: str, number: str | None) -> None:
        running = {run.cue for run in self.desk.playback.runs(self.desk.now)}
        standby = self.desk.playback.standby
        word = self.desk.ask(verb, number)
        new = self.read()
        asked = [effect for effect in new if isinstance(effect, Verdict) and not effect.request.automatic]
        if word == "asked":
            assert verb == "reload" and not asked
            return
        assert len(asked) == 1
        assert word != "no_cue" or number == "9"
        assert (word == "fired") or asked[0].reason
        if word != "fired":
            assert not [effect for effect in new if isinstance(effect, Begin | End | Hold)]
            assert self.desk.playback.standby == standby
        if verb == "panic" and word == "fired":
            assert self.desk.playback.runs(self.desk.now) == ()
            assert self.desk.playback.due is None
            assert not self.open
        if verb == "stop" and number in running:
            assert number not in {run.cue for run in self.desk.playback.runs(self.desk.now)}

    @rule(ms=st.integers(1, 4000))
    def pass_time(self, ms: int) -> None:
        self.desk.until(self.desk.now + ms * MS)
        self.read()

    @rule(ms=st.integers(1, 4000))
    def wake_late(self, ms: int) -> None:
        self.desk.now += ms * MS
        self.desk.hear(self.desk.playback.wake(self.desk.now))
        self.read()

    @rule(pick=st.integers(0, 99), outcome=st.sampled_from(OUTCOMES))
    def report(self, pick: int, outcome: Outcome) -> None:
        if self.open:
            job = sorted(self.open)[pick % len(self.open)]
            del self.open[job]
            self.held.discard(job)
            self.desk.hear(self.desk.playback.finished(job, outcome, self.desk.now))
            self.read()

    @rule()
    def hear_osc(self) -> None:
        self.desk.hear(self.desk.playback.osc("/x", self.desk.now))
        self.read()

    @rule(mode=st.sampled_from(["program", "preview", "off"]))
    def switch(self, mode: TallyMode) -> None:
        self.desk.hear(self.desk.playback.on_air("right", mode, self.desk.now))
        self.read()

    @rule()
    def load(self) -> None:
        self.desk.hear(self.desk.playback.load(self.desk.plan, self.desk.now))
        assert not [effect for effect in self.read() if isinstance(effect, Begin | End | Withhold)]

    @invariant()
    def nothing_is_left_undone(self) -> None:
        due = self.desk.playback.due
        assert due is None or due > self.desk.now

    @invariant()
    def no_two_commands_have_one_axis(self) -> None:
        claims = tuple(self.desk.playback.claims())
        for index, one in enumerate(claims):
            for other in claims[index + 1 :]:
                if one.camera == other.camera and one.lasting and other.lasting:
                    assert not overlap(one.axes, other.axes), (one, other)

    @invariant()
    def the_machine_and_its_effects_agree(self) -> None:
        assert {claim.job for claim in self.desk.playback.claims() if claim.live} == set(self.open)
        views = {run.run: run.state for run in self.desk.playback.runs(self.desk.now)}
        assert views == {run: state for run, state in self.states.items() if state in ("running", "paused")}
        numbers = [run.cue for run in self.desk.playback.runs(self.desk.now) if run.cue]
        assert len(numbers) == len(set(numbers))


Show.TestCase.settings = examples(60, stateful_step_count=40)
TestShow = Show.TestCase
