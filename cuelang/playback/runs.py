"""What is running: the runs of cues through time, what they set going on cameras, and what is on air. Pure.

A cue that is fired becomes a run: a `Timeline` of its program, and the claims (`cuelang/playback/claims.py`) of the
commands that it has set going. What may become of a run is the table `TURNS`.

Time is done one instant after the other, and at the same instant runs take their turns in the order in which they were
fired, so that of two cues the newer has the last word on an axis. Instants are computed from when a thing was due,
never from when the machine was asked: a wait is over when its condition was met, a follow counts from when its cue
was done. Only what people did (pause, resume, stop) counts from when it was done.

Catching up is done in pieces of `at_once` happenings, so that the caller can look at the world in
between. What is left of an instant goes on in its order. Passes that the machine is more than one pass late for are
left out, and told at most once a second.

Cues that fire cues request it like any other source. `decide`, which judges a request and carries it out, is given by
`cuelang/playback/machine.py`, which knows the list.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import assert_never

from cuelang.commands import TallyMode
from cuelang.plan import (
    Arrived,
    CameraAct,
    Cue,
    GoGiven,
    OffAir,
    OnProgram,
    OscHeard,
    Plan,
    Program,
    Settled,
    Streaming,
    TimeOfDay,
)
from cuelang.playback.acts import Acts, halt_of
from cuelang.playback.air import Speaker, SwitcherWord
from cuelang.playback.choices import choose
from cuelang.playback.claims import Claim
from cuelang.playback.effects import CueChanged, Effect, Halt, Hold, Request, Resume, Say
from cuelang.playback.indexed import IndexedProgram
from cuelang.playback.run import TURNS, Follow, Run, RunTurn
from cuelang.playback.timeline import (
    ChoiceDue,
    LeftOut,
    OpenWait,
    Overran,
    StepDue,
    Timeline,
    WaitGaveUp,
    WaitOpened,
    words,
)
from cuelang.playback.vision import Vision
from cuelang.source import NOWHERE
from cuelang.units import NS, hms

PIECE = 32
"""Happenings of one run between which what is due is not looked at again."""

PASSED_NS = 60 * NS
"""A time of day that was longer ago than this when a cue comes to wait for it is worth a word."""

LEFT_OUT_TOLD_NS = 1 * NS
"""How often a run tells that passes were left out."""


class Runs:
    """Runs, claims and air of one show, and the effects since they were last taken.

    `next_cue(cue)` is the cue of the list after this one, for None the one that stands by.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        decide: Callable[[Request], None],
        next_cue: Callable[[Cue | None], Cue | None],
        time_of_day: Callable[[int, int], int],
        answers: Callable[[str], bool],
        air: Mapping[str, TallyMode | None],
        words: Mapping[Speaker, Mapping[str, TallyMode]],
        alone: bool = False,
        at_once: int | None = None,
    ) -> None:
        self.now = 0
        self.at_once = at_once
        """How many happenings one call may do; None: all that are due."""
        self._room = 0
        self.hurried = False
        """In this call it mattered when the machine was asked and how much it could do: more is due, or passes were
        left out."""
        self._round: deque[Run] = deque()
        self._instant = 0
        self._next: int | None = None
        self._in_call = False
        """In a call `_next` is not what is due next."""
        self.effects: list[Effect] = []
        self.runs: dict[int, Run] = {}
        self.active: dict[str, Run] = {}
        """By cue number: a cue runs once at a time."""
        self.follows: list[Follow] = []
        self.fired: dict[str, tuple[int, int]] = {}
        """By cue number: its last run, and when that began."""
        self.acts = Acts(self, decide)
        self.vision = Vision(self, air, words, alone=alone)
        self.air = self.vision.air
        self._decide = decide
        self.next_cue = next_cue
        self._time_of_day = time_of_day
        self._answers = answers
        self._run_count = 0
        self._touched: dict[int, Run] = {}
        self._rested = False
        self.take(plan)

    def connect(self, time_of_day: Callable[[int, int], int], answers: Callable[[str], bool]) -> None:
        self._time_of_day, self._answers = time_of_day, answers

    def take(self, plan: Plan) -> None:
        """From now on this plan's cameras and settings count; what runs keeps its program."""
        self.plan = plan
        self._scores: dict[int, IndexedProgram] = {}
        self.acts.take(plan)
        self.vision.take(plan)

    def prepare(self, program: Program) -> IndexedProgram:
        """Arrange a program before it is fired, so that firing it costs nothing."""
        score = self._scores.get(id(program))
        if score is None or score.program is not program:
            score = self._scores[id(program)] = IndexedProgram(program)
        return score

    @property
    def due(self) -> int | None:
        """When to `wake` it next; None: not before something else happens."""
        return self._soonest() if self._in_call else self._next

    def _soonest(self) -> int | None:
        due = None
        for run in self.runs.values():
            at = run.due
            if at is not None and (due is None or at < due):
                due = at
        for follow in self.follows:
            if follow.paused_at is None and (due is None or follow.due < due):
                due = follow.due
        free = self.vision.due
        return free if due is None or (free is not None and free < due) else due

    def tally(self, camera: str, mode: TallyMode, name: str) -> None:
        """A tally input says what a camera is."""
        self.vision.hear(self.air.input(name), {camera: mode})

    def switcher(self, name: str, word: SwitcherWord) -> None:
        """A switcher says what it is doing."""
        self.vision.switcher(name, word)

    # --- runs ----------------------------------------------------------------------------------------------

    def put_back(self, program: Program, request: Request, by: Run | None = None) -> Run:
        """Start what `recover` or `locate` sends. What newer lines take from it in the meantime, it leaves to them."""
        run = self.start(None, "", program, request, by)
        run.since = self.acts.last_job
        for step in program.steps:
            if isinstance(step.act, CameraAct):
                self.acts.asked.intended(step.act.camera, step.act.command, self.now, step.origin)
        return run

    def start(self, cue: Cue | None, label: str, program: Program, request: Request, by: Run | None = None) -> Run:
        self._run_count += 1
        run = Run(self._run_count, cue, label, request, Timeline(self.prepare(program), request.received), by=by)
        self.runs[run.number] = run
        if cue is not None:
            self.active[label] = run
            self.fired[label] = (run.number, request.received)
        title = cue.title if cue is not None else ""
        self.effects.append(CueChanged(run.number, label, "started", self.now, title=title))
        return run

    def begin_now(self, run: Run) -> None:
        """Do what a run begins with before whatever else is due at this instant."""
        self._advance(run, self.now, self.now)

    def _turn(self, run: Run, turn: RunTurn, reason: str = "") -> None:
        run.state, word = TURNS[run.state, turn]
        if run.left_out:
            self._tell_left_out(run)
        if run.state in ("done", "stopped"):
            del self.runs[run.number]
            if self.active.get(run.label) is run:
                del self.active[run.label]
        self.effects.append(CueChanged(run.number, run.label, word, self.now, reason))

    def pause(self, run: Run) -> None:
        run.paused_at = self.now
        self._turn(run, "pause")
        for claim in self.acts.claims.of_run(run.number):
            if claim.live:
                claim.held = True
                self.effects.append(Hold(claim.job, None if claim.tracking else halt_of(claim)))
            elif not claim.tracking:
                self.effects.append(Halt(claim.camera, claim.axes))
                claim.parked = claim.endless
                if not claim.parked:
                    self.acts.claims.release(claim)

    def resume(self, run: Run) -> None:
        shift = max(self.now - run.paused_at, 0)
        self._turn(run, "resume")
        run.timeline.shift(shift)
        run.daytimes = {wait: max(at, self.now) for wait, at in run.daytimes.items()}
        for claim in self.acts.claims.of_run(run.number):
            if claim.held:
                claim.held = False
                self.effects.append(Resume(claim.job, shift))
            elif claim.parked and isinstance(claim.step.act, CameraAct):
                self.acts.claims.release(claim)
                self.acts.begin(run.number, run.label, self.now, claim.step, claim.step.act)
        for step, act in run.on_resume:
            self.acts.judge(run, self.now, step, act)
        run.on_resume = []
        self._touched[run.number] = run
        self._rested = True

    def wall_moved(self, by: int) -> None:
        """The wall clock was set, or the machine slept: times of day come `by` later (less than nothing: earlier) than
        was thought. One that has passed by that is met now."""
        for run in self.runs.values():
            for wait, at in run.daytimes.items():
                if at > self.now:
                    run.daytimes[wait] = max(at + by, self.now)

    def stop(self, run: Run, reason: str = "", keep: frozenset[str] = frozenset()) -> None:
        """End a run. What it has set going on the cameras of `keep` runs to its end."""
        self.vision.drop(run)
        self.acts.stop_claims([claim for claim in self.acts.claims.of_run(run.number) if claim.camera not in keep])
        self._owns_no_more(run)
        self._turn(run, "stop", reason)

    def place(self, cue: Cue, request: Request, at: int) -> Run:
        """Make a paused run of a cue with its clock at `at` ns. The caller takes what is past from its timeline."""
        self._run_count += 1
        timeline = Timeline(self.prepare(cue.program), self.now - at)
        run = Run(self._run_count, cue, cue.number, request, timeline)
        self.runs[run.number] = self.active[cue.number] = run
        self.fired[cue.number] = (run.number, self.now)
        self.effects.append(CueChanged(run.number, cue.number, "started", self.now, title=cue.title))
        run.paused_at = self.now
        self._turn(run, "pause")
        return run

    def panic(self) -> None:
        self.follows = []
        self.vision.drop(None)
        self.acts.halt_all()
        for run in tuple(self.runs.values()):
            self._turn(run, "stop", "panic")

    def _owns_no_more(self, run: Run) -> None:
        """What is done owns nothing after its run."""
        for claim in self.acts.claims.of_run(run.number):
            if not claim.live and not claim.endless:
                self.acts.claims.release(claim)

    def _finish(self, run: Run) -> None:
        self._owns_no_more(run)
        self._turn(run, "finish")
        if run.cue is not None and run.cue.follow is not None:
            self.follows.append(Follow(self.now + run.cue.follow, run, run.cue))

    def followers(self) -> list[tuple[Follow, Cue]]:
        """What counts down, and which cue each will fire; the others will say or do nothing."""
        found = ((follow, self.next_cue(follow.cue)) for follow in self.follows)
        return [
            (follow, after) for follow, after in found if after is not None and not self._fired_since(follow.run, after)
        ]

    def will_follow(self, run: Run) -> Cue | None:
        """What fires by itself after a cue that still runs, unless it has been fired since."""
        if run.cue is None or run.cue.follow is None:
            return None
        after = self.next_cue(run.cue)
        return None if after is None or self._fired_since(run, after) else after

    def _fired_since(self, run: Run, after: Cue) -> bool:
        return self.fired.get(after.number, (0, 0))[0] > run.number

    def _follow(self, follow: Follow) -> None:
        self.follows.remove(follow)
        after = self.next_cue(follow.cue)
        before = follow.run.request
        if after is None:
            return
        if self._fired_since(follow.run, after):
            text = f"Cue {after.number} will not follow cue {follow.cue.number}: it has been fired since."
            self.effects.append(Say("note", follow.cue.number, text, NOWHERE, follow.due))
            return
        source = f"follow of cue {follow.cue.number}"
        self._decide(
            Request(before.verb, after.number, source, follow.due, automatic=True, schedule=before.schedule, own=True)
        )

    # --- time ----------------------------------------------------------------------------------------------

    def at(self, now: int) -> None:
        self.now = max(self.now, now)

    def begin_call(self) -> None:
        """One call of the machine begins: it may do `at_once` happenings. It ends with `out` or `end_call`."""
        self._room = self.at_once if self.at_once is not None else 1 << 62
        self.hurried, self._in_call = False, True

    def catch_up(self, now: int) -> None:
        """At the beginning of a call: do what is due by `now`, if anything is."""
        if self._touched or self._rested or (self._next is not None and self._next <= now):
            self.until(now)

    def end_call(self) -> None:
        self._next, self._in_call = self._soonest(), False

    def out(self, now: int) -> list[Effect]:
        if self.until(now):
            self.at(now)
            self._in_call = False
        else:
            self.end_call()
        effects, self.effects = self.effects, []
        return effects

    def until(self, now: int) -> bool:
        """Do what is due by `now`, one instant after the other; False if there is more than this call may do."""
        while True:
            if not self._round:
                self._settle()
                self._next = due = self._soonest()
                if due is None or due > now:
                    return True
                self._instant = due
                self._round.extend(self.runs.values())
            if self._instant > now:
                self._next = self._soonest()
                return True
            self.now = self._instant
            while self._round:
                run = self._round[0]
                at = run.due
                if at is not None and at <= self._instant:
                    if self._room <= 0:
                        self.hurried = True
                        return False
                    if not self._advance(run, self._instant, now):
                        continue
                self._round.popleft()
            if (free := self.vision.due) is not None and free <= self._instant:
                self.vision.wake(self._instant)
            if self.follows and not self._follow_on():
                return False

    def _follow_on(self) -> bool:
        """Fire what follows at this instant; False if there is more than this call may do."""
        for follow in [f for f in self.follows if f.due <= self._instant and f.paused_at is None]:
            if self._room <= 0:
                self.hurried = True
                return False
            self._room -= 1
            if follow in self.follows:
                self._follow(follow)
        return True

    def _settle(self) -> None:
        """See which runs are done and which arrivals are complete, after something came to rest."""
        while self._touched or self._rested:
            if self._rested:
                self._rested = False
                waiting = self.waits()
                for run, wait in waiting:
                    condition = wait.wait.condition
                    if isinstance(condition, Arrived) and not self._busy(condition.cameras):
                        run.met(wait, self.now)
                self.vision.look(waiting=bool(waiting))
            touched, self._touched = self._touched, {}
            for run in touched.values():
                if run.state == "running" and run.timeline.finished and not self._holds(run):
                    self._finish(run)

    def _busy(self, cameras: tuple[str, ...]) -> bool:
        return self.acts.claims.busy(cameras) or self.vision.holds_camera(cameras)

    def _holds(self, run: Run) -> bool:
        return self.acts.claims.holds(run.number) or self.vision.holds(run.number)

    def rest(self) -> None:
        """Something has changed that may be waited for."""
        self._rested = True

    def touch_run(self, number: int) -> None:
        run = self.runs.get(number)
        if run is not None:
            self._touched[number] = run

    def touch(self, claim: Claim) -> None:
        self._rested = True
        self.touch_run(claim.run)

    def waits(self, kind: type[object] | tuple[type[object], ...] = object) -> list[tuple[Run, OpenWait]]:
        """Open waits of running cues for this kind of condition, the oldest first; the clock of a paused cue is
        stopped."""
        found = [
            (run, wait)
            for run in self.runs.values()
            if run.state == "running"
            for wait in run.timeline.open
            if isinstance(wait.wait.condition, kind)
        ]
        if len(found) > 1:
            found.sort(key=lambda pair: pair[1].since)
        return found

    def _advance(self, run: Run, due: int, now: int) -> bool:
        """Do what of a run is due at this instant, `PIECE` happenings at most; False if there may be more."""
        if run.daytimes:
            for wait in [wait for wait, at in run.daytimes.items() if at <= due]:
                run.met(wait, run.daytimes.pop(wait))
        happenings = run.timeline.advance(due, clock=now, most=PIECE)
        self._room -= len(happenings) + 1
        for happening in happenings:
            if run.state != "running":
                return True
            match happening:
                case StepDue(at=at, step=step):
                    self.acts.step(run, at, step)
                case WaitOpened(at=at, wait=wait):
                    self._opened(run, at, wait)
                case ChoiceDue():
                    choose(self, run, happening, self._answers)
                case WaitGaveUp(at=at, wait=wait):
                    run.daytimes.pop(wait, None)
                    run.waited, run.waited_to = run.has_waited(wait, at)
                    goes_on = "its `else` runs" if wait.wait.otherwise else "the cue continues"
                    waited = at - wait.since + wait.wait.spent
                    text = f"Timed out after {waited / NS:g} s waiting for {words(wait)}; {goes_on}."
                    self.effects.append(Say("warning", run.label, text, wait.wait.origin, at))
                case Overran(at=at, skipped=skipped, step=step, beat=beat):
                    origin = step.origin if step is not None else beat.origin if beat is not None else NOWHERE
                    text = f"A pass overran its `every`: {skipped} {'pass' if skipped == 1 else 'passes'} skipped."
                    self.effects.append(Say("warning", run.label, text, origin, at))
                case LeftOut(passes=passes, step=step):
                    self.hurried = True
                    run.left_out[step.origin] = run.left_out.get(step.origin, 0) + passes
                    if run.told is None or now - run.told >= LEFT_OUT_TOLD_NS:
                        run.told = now
                        self._tell_left_out(run)
                case _:
                    assert_never(happening)
        self._touched[run.number] = run
        return len(happenings) < PIECE and not (happenings and isinstance(happenings[-1], ChoiceDue))

    def _tell_left_out(self, run: Run) -> None:
        for origin, passes in run.left_out.items():
            what = "1 pass was" if passes == 1 else f"{passes} passes were"
            text = f"The machine could not keep up: {what} skipped."
            self.effects.append(Say("warning", run.label, text, origin, self.now))
        run.left_out = {}

    def _opened(self, run: Run, at: int, wait: OpenWait) -> None:
        match wait.wait.condition:
            case Arrived(cameras=cameras):
                if wait.wait.otherwise:
                    for camera in cameras:
                        outcome = self.vision.motions.outcome(camera)
                        if outcome in ("refused", "unreachable") and self.vision.otherwise(
                            run, wait, camera, outcome, at
                        ):
                            return
                if not self._busy(cameras):
                    run.met(wait, at)
            case OnProgram() | OffAir() | Settled() | Streaming():
                self.vision.opened(run, at, wait)
            case TimeOfDay(seconds=seconds):
                when = self._time_of_day(seconds, at)
                if when <= at:
                    run.met(wait, at)
                    if at - when >= PASSED_NS:
                        text = f"{words(wait)} was {hms((at - when) // NS)} ago: the wait is over at once."
                        self.effects.append(Say("warning", run.label, text, wait.wait.origin, at))
                else:
                    run.daytimes[wait] = when
            case OscHeard() | GoGiven():
                pass
            case _ as never:
                assert_never(never)
