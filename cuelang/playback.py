"""The cue-list machine: requests and reports in, effects out. No clock, no I/O: `now` is an argument, in loop ns.

A cue that is fired becomes a run: a `Timeline` of its program, and the claims (`cuelang/claims.py`) of the
commands that it has set going. What may become of a run is the table `TURNS`, what is asked of a request before
it is carried out is the table `RULES`; everything that goes in by whichever door passes one or the other.

Every method returns the effects in the order in which they should be carried out. Instants are computed from
when a thing was due, never from when the machine was asked: a cue begins when its request was received, a wait
is over when its condition was met, a follow counts from when its cue was done. Only what people did (pause,
resume, stop) counts from when it was done.

At one instant runs take their turns in the order in which they were fired, so that of two cues the newer has the
last word on an axis.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cuelang.claims import Claim, Claims
from cuelang.commands import FOCUS, PAN_TILT, ZOOM, Axes, Command, Outcome, Stop, Tally, TallyMode
from cuelang.plan import (
    MS,
    NS,
    Arrived,
    CameraAct,
    CameraAction,
    Cue,
    FireCue,
    GoGiven,
    Moment,
    OscHeard,
    Plan,
    Program,
    SendOsc,
    ShowNote,
    Step,
    TimeOfDay,
    cue_key,
    cue_number,
)
from cuelang.protocols.osc import matches as osc_matches
from cuelang.source import NOWHERE, Origin
from cuelang.timeline import OpenWait, Overran, Score, StepDue, Timeline, WaitGaveUp, WaitOpened

Verb = Literal["go", "start", "standby", "back", "stop", "pause", "resume", "panic", "reload", "statement"]
VerdictWord = Literal["fired", "duplicate", "window", "no_cue", "refused", "late"]
CueState = Literal["started", "paused", "resumed", "done", "stopped"]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants, from whichever door.

    `cue` is a canonical number, `next`, or None; `source` is for people and for the log (`osc udp
    10.0.0.7:53211`, `key space`, `schedule`, `cue 4`). `received` is loop ns. `automatic` requests (a follow, a
    rehearsal's GO) know neither go_window nor debounce. `schedule`: the interlock is `block` for it.
    `statement` is a camera statement of a top-level trigger.
    """

    verb: Verb
    cue: str | None
    source: str
    received: int
    automatic: bool = False
    schedule: bool = False
    statement: CameraAction | None = None
    origin: Origin = NOWHERE

    @property
    def text(self) -> str:
        """As the log shows it: `go 2`."""
        return f"{self.verb} {self.cue}" if self.cue else self.verb


# --- effects -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """Each request gets exactly one; every word but `fired` comes with a reason."""

    request: Request
    verdict: VerdictWord
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CueChanged:
    """`run` numbers the firings of the show; `cue` is empty for a statement fired on its own. `at` is loop ns."""

    run: int
    cue: str
    state: CueState
    at: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """Give this command to the camera's driver. `job` is playback's number for it, used in `End` and reports."""

    job: int
    run: int
    cue: str
    camera: str
    command: Command
    due: int
    step: Step


@dataclass(frozen=True, slots=True)
class Withhold:
    """A command that is not sent (interlock, camera left out tonight): it only gets its record."""

    run: int
    cue: str
    camera: str
    command: Command
    due: int
    step: Step
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    job: int
    outcome: Literal["superseded", "stopped"]


@dataclass(frozen=True, slots=True)
class Hold:
    job: int


@dataclass(frozen=True, slots=True)
class CarryOn:
    job: int
    shift: int


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop these axes of a camera outside any job: a drive without end whose cue was stopped, a panic."""

    camera: str
    axes: Axes
    tracking: bool = False


@dataclass(frozen=True, slots=True)
class SendOut:
    run: int
    cue: str
    output: str
    address: str
    arguments: tuple[int | float | str, ...]
    due: int
    step: Step


@dataclass(frozen=True, slots=True)
class Say:
    """For screen and log. `kind`: note, warning."""

    kind: Literal["note", "warning"]
    cue: str
    text: str
    origin: Origin
    at: int


@dataclass(frozen=True, slots=True)
class StandbyMoved:
    cue: str | None


@dataclass(frozen=True, slots=True)
class OnAir:
    """What the sheet's tally lines now say of a camera."""

    camera: str
    mode: TallyMode


@dataclass(frozen=True, slots=True)
class ReloadAsked:
    pass


Effect = (
    Verdict | CueChanged | Begin | Withhold | End | Hold | CarryOn | Halt | SendOut | Say | StandbyMoved | OnAir
    | ReloadAsked
)  # fmt: skip


# --- the tables --------------------------------------------------------------------------------------------

RunState = Literal["running", "paused", "done", "stopped"]
Turn = Literal["pause", "resume", "finish", "stop"]

TURNS: dict[tuple[RunState, Turn], tuple[RunState, CueState]] = {
    ("running", "pause"): ("paused", "paused"),
    ("paused", "resume"): ("running", "resumed"),
    ("running", "finish"): ("done", "done"),
    ("running", "stop"): ("stopped", "stopped"),
    ("paused", "stop"): ("stopped", "stopped"),
}
"""What may become of a run that was started, and what the log calls it. Nothing becomes of one that is done or
stopped, and a paused one cannot be done: its clock stands."""


class Rule(NamedTuple):
    """`bounces`: the same again within `debounce` is a duplicate. `expires`: not carried out more than `LATE` after
    it was received, for what it sets going would come as a surprise. Never for what only stops something."""

    bounces: bool = True
    expires: bool = False


RULES: dict[Verb, Rule] = {
    "go": Rule(expires=True),
    "start": Rule(expires=True),
    "statement": Rule(expires=True),
    "resume": Rule(expires=True),
    "standby": Rule(),
    "back": Rule(),
    "pause": Rule(),
    "reload": Rule(),
    "stop": Rule(bounces=False),
    "panic": Rule(bounces=False),
}

LATE = 1 * NS
"""A command not accepted within 1 s of its due time is never sent; a request of that age cannot be kept either."""

ALL_MOTION: Axes = frozenset((PAN_TILT, ZOOM, FOCUS))


class Ruling(NamedTuple):
    """A verdict and, if it is `fired`, what is to be done."""

    verdict: VerdictWord
    reason: str = ""
    action: Callable[[], None] | None = None


# --- runs --------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Run:
    """One firing. `cue` None: a camera statement on its own."""

    number: int
    cue: Cue | None
    label: str
    request: Request
    timeline: Timeline
    state: RunState = "running"
    paused_at: int = 0
    daytimes: dict[OpenWait, int] = field(default_factory=dict)

    @property
    def due(self) -> int | None:
        if self.state != "running":
            return None
        due = self.timeline.due
        for at in self.daytimes.values():
            due = at if due is None else min(due, at)
        return due


@dataclass(slots=True, eq=False)
class _Follow:
    """The cue after `run`'s, to be fired at `due`. `paused_at` is when it was frozen."""

    due: int
    run: _Run
    cue: Cue
    paused_at: int | None = None


class RunView(NamedTuple):
    """For people. `elapsed` is what the cue's clock shows in ns; `progress` 0…1, None when it never ends by itself;
    `waiting` says what for."""

    run: int
    cue: str
    title: str
    state: RunState
    elapsed: int
    progress: float | None
    jobs: int
    waiting: tuple[str, ...]


class Playback:
    """The cue list of one show. Its methods return effects; none may be called while another one works.

    `time_of_day(seconds, now)` is the loop time at which the wall shows that local time of day, in the past if it
    was met less than 12 h ago. `air` is what the last log says is on air (None: unknown, which counts as on
    program; not mentioned: off). `start` is the cue that stands by first.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        time_of_day: Callable[[int, int], int],
        air: Mapping[str, TallyMode | None] | None = None,
        start: str | None = None,
    ) -> None:
        self._time_of_day = time_of_day
        self._now = 0
        self._effects: list[Effect] = []
        self._runs: dict[int, _Run] = {}
        self._active: dict[str, _Run] = {}
        self._follows: list[_Follow] = []
        self._claims = Claims()
        self._run_count = self._job_count = 0
        self._fired: dict[str, tuple[int, int]] = {}
        self._seen: dict[tuple[str, object], int] = {}
        self._last_go: int | None = None
        self._touched: dict[int, _Run] = {}
        self._rested = False
        self._air: dict[str, TallyMode | None] = dict(air or {})
        self._driven: set[str] = set()
        self._take(plan)
        first = self._cues.get(start) if start is not None else None
        self._standby = first or self._enabled(0)
        self._judges: dict[Verb, Callable[[Request], Ruling]] = {
            "go": self._judge_go, "start": self._judge_start, "standby": self._judge_standby,
            "back": self._judge_back, "stop": self._judge_stop, "pause": self._judge_pause,
            "resume": self._judge_resume, "panic": self._judge_panic, "reload": self._judge_reload,
            "statement": self._judge_statement,
        }  # fmt: skip

    # --- what comes in -------------------------------------------------------------------------------------

    def request(self, request: Request, now: int | None = None) -> list[Effect]:
        """One verdict, and what follows from it. `now` is given when it is later than `received`."""
        now = max(self._now, request.received if now is None else now)
        if RULES[request.verb].expires:
            self._until(request.received - 1)
        self._now = now
        self._decide(request)
        return self._out(now)

    def wake(self, now: int) -> list[Effect]:
        """It is `now`: what is due is done."""
        return self._out(now)

    def finished(self, job: int, outcome: Outcome, now: int) -> list[Effect]:
        """The outcome of a command is known. A report of one that was ended here says nothing new."""
        claim = self._claims.finish(job, outcome)
        if claim is not None:
            self._until(now - 1)
            self._at(now)
            self._touch(claim)
        return self._out(now)

    def osc(self, address: str, now: int) -> list[Effect]:
        """An OSC message was heard: it ends every `wait for osc` that it matches."""
        self._until(now - 1)
        self._at(now)
        for run, wait in self._waits(OscHeard):
            condition = wait.wait.condition
            if isinstance(condition, OscHeard) and osc_matches(address, condition.address):
                run.timeline.met(wait, now)
        return self._out(now)

    def on_air(self, camera: str, mode: TallyMode, now: int) -> list[Effect]:
        """A tally input says what a camera is: from now on that counts, and drives its light."""
        self._at(now)
        self._driven.add(camera)
        if self._air.get(camera) != mode:
            self._air[camera] = mode
            self._effects.append(OnAir(camera, mode))
            known = self._cameras.get(camera)
            if known is not None and not known.disabled:
                act = CameraAct(camera, Tally(mode))
                self._begin(0, "", now, Step(Moment(0, 0), act, NOWHERE), act)
        return self._out(now)

    def load(self, plan: Plan, now: int) -> list[Effect]:
        """Another plan. Running cues finish as they were; standby stays by number, or goes to the next one up."""
        self._at(now)
        before = self._standby
        self._take(plan)
        if before is not None:
            self._standby = self._enabled(bisect_left(self._keys, cue_key(before.number)))
            if self._standby is None or self._standby.number != before.number:
                self._effects.append(StandbyMoved(self.standby))
        return self._out(now)

    @property
    def due(self) -> int | None:
        """When to `wake` it next; None: not before something else happens."""
        due = None
        for run in self._runs.values():
            at = run.due
            if at is not None and (due is None or at < due):
                due = at
        for follow in self._follows:
            if follow.paused_at is None and (due is None or follow.due < due):
                due = follow.due
        return due

    # --- what can be seen ----------------------------------------------------------------------------------

    @property
    def standby(self) -> str | None:
        """The number of the cue that GO fires next; None at the end of the list."""
        return None if self._standby is None else self._standby.number

    @property
    def waiting(self) -> tuple[tuple[str, str, int], ...]:
        """Cue, what it waits for, and since when; the oldest first."""
        return tuple((run.label, _words(wait), wait.since) for run, wait in self._waits())

    @property
    def air(self) -> dict[str, TallyMode | None]:
        """What each camera is; None: nobody knows."""
        return {name: self._air.get(name, "off") for name in self._cameras}

    def runs(self, now: int) -> tuple[RunView, ...]:
        """The running and paused ones, in the order in which they were fired."""
        views = []
        for run in self._runs.values():
            elapsed = (run.paused_at if run.state == "paused" else now) - run.timeline.start
            duration = None if run.cue is None else run.cue.duration
            views.append(
                RunView(
                    run.number,
                    run.label,
                    "" if run.cue is None else run.cue.title,
                    run.state,
                    elapsed,
                    None if duration is None else min(1.0, elapsed / duration) if duration else 1.0,
                    sum(claim.live for claim in self._claims.of_run(run.number)),
                    tuple(_words(wait) for wait in run.timeline.waits()),
                )
            )
        return tuple(views)

    # --- verdicts ------------------------------------------------------------------------------------------

    def _decide(self, request: Request) -> None:
        ruling = self._judge(request)
        self._effects.append(Verdict(request, ruling.verdict, ruling.reason))
        if ruling.action is not None:
            ruling.action()

    def _judge(self, request: Request) -> Ruling:
        rule = RULES[request.verb]
        if request.cue not in (None, "next") and self._cue(request) is None:
            return Ruling("no_cue", f"there is no cue {request.cue}")
        if not request.automatic:
            age = self._now - request.received
            if rule.expires and not request.schedule and age > LATE:
                return Ruling("late", f"it was received {age / NS:.1f} s before it could be looked at")
            if rule.bounces:
                subject = request.cue if request.statement is None else id(request.statement)
                key = (request.verb, None if subject == "next" and request.verb == "go" else subject)
                before = self._seen.get(key)
                if before is not None and request.received - before < self.plan.settings.debounce:
                    return Ruling("duplicate", f"the same was asked {(request.received - before) / MS:.0f} ms before")
                self._seen[key] = request.received
        return self._judges[request.verb](request)

    def _judge_go(self, request: Request) -> Ruling:
        cue = self._cue(request)
        if cue is not None:
            return self._judge_firing(cue, request)
        window = self.plan.settings.go_window
        if not request.automatic and self._last_go is not None and request.received - self._last_go < window:
            since = (request.received - self._last_go) / MS
            return Ruling("window", f"{since:.0f} ms after the last GO; go_window is {window / MS:.0f} ms")
        released = next(iter(self._waits(GoGiven)), None)
        if released is not None:
            run, wait = released

            def release() -> None:
                self._went(request)
                run.timeline.met(wait, request.received)

            return Ruling("fired", f"released cue {run.label}", release)
        if self._standby is None:
            return Ruling("refused", "the cue list is at its end")
        return self._judge_firing(self._standby, request, numberless=True)

    def _judge_start(self, request: Request) -> Ruling:
        cue = self._cue(request) or self._standby
        if cue is None:
            return Ruling("refused", "the cue list is at its end")
        return self._judge_firing(cue, request)

    def _judge_firing(self, cue: Cue, request: Request, *, numberless: bool = False) -> Ruling:
        if cue.disabled:
            return Ruling("refused", "disabled")
        if request.automatic and self._fired.get(cue.number, (0, -1))[1] == request.received:
            return Ruling("refused", f"cue {cue.number} has been fired at this very instant")
        if cue.number in self._active and not cue.restart:
            return Ruling("refused", "running")

        def fire() -> None:
            if numberless:
                self._went(request)
            self._fire(cue, request)

        return Ruling("fired", "", fire)

    def _judge_standby(self, request: Request) -> Ruling:
        cue = self._cue(request)
        if cue is None and self._standby is not None:
            cue = self._next(self._standby)
        if cue is None:
            return Ruling("refused", "the cue list is at its end")
        if cue.disabled:
            return Ruling("refused", "disabled")
        return Ruling("fired", "", lambda: self._stand_by(cue))

    def _judge_back(self, request: Request) -> Ruling:
        at = len(self._keys) if self._standby is None else bisect_left(self._keys, cue_key(self._standby.number))
        cue = next((cue for cue in reversed(self.plan.cues[:at]) if not cue.disabled), None)
        if cue is None:
            return Ruling("refused", "the cue list is at its beginning")
        return Ruling("fired", "", lambda: self._stand_by(cue))

    def _judge_stop(self, request: Request) -> Ruling:
        cue = request.cue

        def stop() -> None:
            for run in self._asked(cue):
                self._stop(run)
            claims = self._claims.jobs.values() if cue is None else self._claims.of_cue(cue)
            self._let_go(tuple(claims))
            self._follows = [f for f in self._follows if cue is not None and f.run.label != cue]

        return Ruling("fired", "", stop)

    def _judge_pause(self, request: Request) -> Ruling:
        runs = [run for run in self._asked(request.cue) if run.state == "running"]
        follows = [f for f in self._follows if f.paused_at is None and request.cue in (None, f.run.label)]
        if not runs and not follows:
            paused = any(run.state == "paused" for run in self._asked(request.cue))
            return Ruling("refused", "paused already" if paused else "not running")

        def pause() -> None:
            for run in runs:
                self._pause(run)
            for follow in follows:
                follow.paused_at = self._now

        return Ruling("fired", "", pause)

    def _judge_resume(self, request: Request) -> Ruling:
        runs = [run for run in self._asked(request.cue) if run.state == "paused"]
        follows = [f for f in self._follows if f.paused_at is not None and request.cue in (None, f.run.label)]
        if not runs and not follows:
            return Ruling("refused", "not paused")

        def resume() -> None:
            for run in runs:
                self._resume(run)
            for follow in follows:
                follow.due += self._now - (follow.paused_at or 0)
                follow.paused_at = None

        return Ruling("fired", "", resume)

    def _judge_panic(self, request: Request) -> Ruling:
        return Ruling("fired", "", self._panic)

    def _judge_reload(self, request: Request) -> Ruling:
        return Ruling("fired", "", lambda: self._effects.append(ReloadAsked()))

    def _judge_statement(self, request: Request) -> Ruling:
        statement = request.statement
        if statement is None:
            return Ruling("refused", "it says nothing to do")
        return Ruling("fired", "", lambda: self._start(None, "", statement.program, request))

    def _cue(self, request: Request) -> Cue | None:
        """The cue a request names, as it is in the sheet now or as it still runs."""
        if request.cue is None or request.cue == "next":
            return None
        try:
            number = cue_number(request.cue)
        except ValueError:
            return None
        running = self._active.get(number)
        return self._cues.get(number) or (running.cue if running is not None else None)

    def _asked(self, cue: str | None) -> list[_Run]:
        return [run for run in self._runs.values() if cue is None or run.label == cue_number(cue)]

    # --- the list ------------------------------------------------------------------------------------------

    def _take(self, plan: Plan) -> None:
        self.plan = plan
        self._cues = {cue.number: cue for cue in plan.cues}
        self._keys = [cue_key(cue.number) for cue in plan.cues]
        self._cameras = {camera.name: camera for camera in plan.cameras}
        self._scores: dict[int, Score] = {}
        if any(port.url.startswith("tsl+") for port in plan.inputs):
            for camera in plan.cameras:
                if camera.tally_index is not None and camera.name not in self._driven:
                    self._driven.add(camera.name)
                    self._air[camera.name] = None

    def _enabled(self, index: int) -> Cue | None:
        """The first cue from this place in the list on that is not left out tonight."""
        cues = self.plan.cues
        return next((cues[at] for at in range(index, len(cues)) if not cues[at].disabled), None)

    def _next(self, cue: Cue) -> Cue | None:
        return self._enabled(bisect_right(self._keys, cue_key(cue.number)))

    def _stand_by(self, cue: Cue | None) -> None:
        if cue is not self._standby:
            self._standby = cue
            self._effects.append(StandbyMoved(self.standby))
            if cue is not None:
                self._score(cue.program)

    def _score(self, program: Program) -> Score:
        score = self._scores.get(id(program))
        if score is None or score.program is not program:
            score = self._scores[id(program)] = Score(program)
        return score

    def _went(self, request: Request) -> None:
        if not request.automatic:
            self._last_go = request.received

    # --- runs ----------------------------------------------------------------------------------------------

    def _fire(self, cue: Cue, request: Request) -> None:
        running = self._active.get(cue.number)
        if running is not None:
            self._stop(running, "fired again")
        self._follows = [follow for follow in self._follows if follow.cue.number != cue.number]
        self._start(cue, cue.number, cue.program, request)
        if request.verb == "go":
            self._stand_by(self._next(cue))

    def _start(self, cue: Cue | None, label: str, program: Program, request: Request) -> None:
        self._run_count += 1
        run = _Run(self._run_count, cue, label, request, Timeline(self._score(program), request.received))
        self._runs[run.number] = run
        if cue is not None:
            self._active[label] = run
            self._fired[label] = (run.number, request.received)
        self._effects.append(CueChanged(run.number, label, "started", self._now))

    def _turn(self, run: _Run, turn: Turn, reason: str = "") -> None:
        run.state, word = TURNS[run.state, turn]
        if run.state in ("done", "stopped"):
            del self._runs[run.number]
            if self._active.get(run.label) is run:
                del self._active[run.label]
        self._effects.append(CueChanged(run.number, run.label, word, self._now, reason))

    def _pause(self, run: _Run) -> None:
        run.paused_at = self._now
        self._turn(run, "pause")
        for claim in self._claims.of_run(run.number):
            if claim.live:
                claim.held = True
                self._effects.append(Hold(claim.job))
            elif not claim.tracking:
                self._effects.append(Halt(claim.camera, claim.axes))
                claim.parked = claim.endless
                if not claim.parked:
                    self._claims.release(claim)

    def _resume(self, run: _Run) -> None:
        shift = self._now - run.paused_at
        self._turn(run, "resume")
        run.timeline.shift(shift)
        run.daytimes = {wait: max(at, self._now) for wait, at in run.daytimes.items()}
        for claim in self._claims.of_run(run.number):
            if claim.held:
                claim.held = False
                self._effects.append(CarryOn(claim.job, shift))
            elif claim.parked and isinstance(claim.step.act, CameraAct):
                self._claims.release(claim)
                self._begin(run.number, run.label, self._now, claim.step, claim.step.act)
        self._touched[run.number] = run
        self._rested = True

    def _stop(self, run: _Run, reason: str = "") -> None:
        self._let_go(self._claims.of_run(run.number))
        self._turn(run, "stop", reason)

    def _let_go(self, claims: Iterable[Claim]) -> None:
        """End what these have set going."""
        for claim in claims:
            if claim.live:
                self._effects.append(End(claim.job, "stopped"))
            elif not claim.parked:
                axes = frozenset[str]() if claim.tracking else claim.axes
                self._effects.append(Halt(claim.camera, axes, claim.tracking))
            self._claims.release(claim)
            self._rested = True

    def _panic(self) -> None:
        self._follows = []
        for claim in tuple(self._claims.jobs.values()):
            if claim.live:
                self._effects.append(End(claim.job, "stopped"))
            self._claims.release(claim)
        for camera in self.plan.cameras:
            if not camera.disabled:
                self._effects.append(Halt(camera.name, ALL_MOTION, tracking=True))
        for run in tuple(self._runs.values()):
            self._turn(run, "stop", "panic")

    def _finish(self, run: _Run) -> None:
        for claim in self._claims.of_run(run.number):
            if not claim.live and not claim.endless:
                self._claims.release(claim)
        self._turn(run, "finish")
        if run.cue is not None and run.cue.follow is not None:
            self._follows.append(_Follow(self._now + run.cue.follow, run, run.cue))

    def _follow(self, follow: _Follow) -> None:
        self._follows.remove(follow)
        after = self._next(follow.cue)
        before = follow.run.request
        if after is None:
            return
        if self._fired.get(after.number, (0, 0))[0] > follow.run.number:
            text = f"Cue {after.number} does not follow cue {follow.cue.number}: it was fired since."
            self._effects.append(Say("note", follow.cue.number, text, NOWHERE, follow.due))
            return
        source = f"follow of cue {follow.cue.number}"
        self._decide(Request(before.verb, after.number, source, follow.due, automatic=True, schedule=before.schedule))

    # --- time ----------------------------------------------------------------------------------------------

    def _at(self, now: int) -> None:
        self._now = max(self._now, now)

    def _out(self, now: int) -> list[Effect]:
        self._until(now)
        self._at(now)
        effects, self._effects = self._effects, []
        return effects

    def _until(self, now: int) -> None:
        """Do what is due by `now`, one instant after the other."""
        while True:
            self._settle()
            due = self.due
            if due is None or due > now:
                return
            self._at(due)
            for run in tuple(self._runs.values()):
                at = run.due
                if at is not None and at <= due:
                    self._advance(run, due)
            for follow in [follow for follow in self._follows if follow.due <= due and follow.paused_at is None]:
                if follow in self._follows:
                    self._follow(follow)

    def _settle(self) -> None:
        """See which runs are done and which arrivals are complete, after something came to rest."""
        while self._touched or self._rested:
            if self._rested:
                self._rested = False
                for run, wait in self._waits(Arrived):
                    condition = wait.wait.condition
                    if isinstance(condition, Arrived) and not self._claims.busy(condition.cameras):
                        run.timeline.met(wait, self._now)
            touched, self._touched = self._touched, {}
            for run in touched.values():
                if run.state == "running" and run.timeline.finished and not self._claims.holds(run.number):
                    self._finish(run)

    def _touch(self, claim: Claim) -> None:
        self._rested = True
        run = self._runs.get(claim.run)
        if run is not None:
            self._touched[run.number] = run

    def _waits(self, kind: type[object] = object) -> list[tuple[_Run, OpenWait]]:
        """Open waits of running cues for this kind of condition, the oldest first; of a paused cue the clock stands."""
        found = [
            (run, wait)
            for run in self._runs.values()
            if run.state == "running"
            for wait in run.timeline.waits()
            if isinstance(wait.wait.condition, kind)
        ]
        return sorted(found, key=lambda pair: pair[1].since)

    def _advance(self, run: _Run, now: int) -> None:
        for wait in [wait for wait, at in run.daytimes.items() if at <= now]:
            run.timeline.met(wait, run.daytimes.pop(wait))
        for happening in run.timeline.advance(now):
            if run.state != "running":
                return
            match happening:
                case StepDue(at, step):
                    self._step(run, at, step)
                case WaitOpened(at, wait):
                    self._opened(run, at, wait)
                case WaitGaveUp(at, wait):
                    run.daytimes.pop(wait, None)
                    text = f"Waited {(at - wait.since) / NS:g} s for {_words(wait)} in vain; the cue goes on."
                    self._effects.append(Say("warning", run.label, text, wait.wait.origin, at))
                case Overran(at, skipped, step, beat):
                    origin = step.origin if step is not None else beat.origin if beat is not None else NOWHERE
                    text = f"A pass took longer than its `every`; the next one starts {skipped} times `every` later."
                    self._effects.append(Say("warning", run.label, text, origin, at))
        self._touched[run.number] = run

    def _opened(self, run: _Run, at: int, wait: OpenWait) -> None:
        match wait.wait.condition:
            case Arrived(cameras):
                if not self._claims.busy(cameras):
                    run.timeline.met(wait, at)
            case TimeOfDay(seconds):
                when = self._time_of_day(seconds, at)
                if when <= at:
                    run.timeline.met(wait, at)
                else:
                    run.daytimes[wait] = when

    # --- steps ---------------------------------------------------------------------------------------------

    def _step(self, run: _Run, due: int, step: Step) -> None:
        match step.act:
            case CameraAct() as act:
                self._act(run, due, step, act)
            case SendOsc(output, address, arguments):
                self._effects.append(SendOut(run.number, run.label, output, address, arguments, due, step))
            case ShowNote(text):
                self._effects.append(Say("note", run.label, text, step.origin, due))
            case FireCue(verb, number):
                if number is None:
                    following = self._next(run.cue) if run.cue is not None else self._standby
                    number = following.number if following is not None else None
                source = f"cue {run.label}" if run.label else run.request.source
                schedule = run.request.schedule
                request = Request(verb, number, source, due, automatic=True, schedule=schedule, origin=step.origin)
                if number is None:
                    self._effects.append(Verdict(request, "refused", "the cue list is at its end"))
                else:
                    self._decide(request)

    def _act(self, run: _Run, due: int, step: Step, act: CameraAct) -> None:
        """One command: to its camera, unless the camera is left out, on air, or has its light from elsewhere."""
        name = act.camera
        camera = self._cameras.get(name)
        mode = self._air.get(name, "off")
        on_program = mode is None or mode == "program"
        if act.only and not on_program:
            return
        if camera is not None and camera.disabled:
            self._withhold(run, due, step, act, "disabled", f"{name} is left out tonight")
            return
        if isinstance(act.command, Tally) and name in self._driven:
            self._withhold(run, due, step, act, "superseded", "the tally input drives this light")
            return
        if act.watched and not act.live and on_program:
            says = f"{name} is on program" if mode is not None else f"{name} may be on program, for nobody has said"
            interlock = "block" if run.request.schedule else self.plan.settings.interlock
            if interlock == "block":
                self._withhold(run, due, step, act, "refused", f"{says}; write `live` if this is meant to be seen")
                return
            if interlock == "warn":
                text = f"{says}, and this is seen: {act.command.action} {name}."
                self._effects.append(Say("warning", run.label, text, step.origin, due))
        self._begin(run.number, run.label, due, step, act)
        if isinstance(act.command, Tally):
            self._air[name] = act.command.mode
            self._effects.append(OnAir(name, act.command.mode))

    def _withhold(self, run: _Run, due: int, step: Step, act: CameraAct, outcome: Outcome, reason: str) -> None:
        self._effects.append(Withhold(run.number, run.label, act.camera, act.command, due, step, outcome, reason))

    def _begin(self, run: int, label: str, due: int, step: Step, act: CameraAct) -> None:
        camera, command = act.camera, act.command
        axes = act.axes or command.axes
        word: Literal["stopped", "superseded"] = "stopped" if isinstance(command, Stop) else "superseded"
        for claim in self._claims.displace(camera, command, axes, due):
            self._effects.append(End(claim.job, word))
            self._touch(claim)
        self._job_count += 1
        job = self._job_count
        self._claims.add(Claim(job, run, label, camera, command, step, due, axes))
        self._effects.append(Begin(job, run, label, camera, command, due, step))


def _words(wait: OpenWait) -> str:
    """What a wait is for, after the word `for`."""
    match wait.wait.condition:
        case Arrived(cameras):
            return ", ".join(cameras)
        case OscHeard(address):
            return f"osc {address}"
        case GoGiven():
            return "go"
        case TimeOfDay(seconds):
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
