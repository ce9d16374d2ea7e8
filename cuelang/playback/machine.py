"""The cue-list machine: requests and reports in, effects out. No clock, no I/O: `now` is an argument, in loop ns.

Here are the doors and what can be seen. Each request gets exactly one verdict (`playback/judge.py`); if that is
`fired`, the ruling's action is carried out. What runs is in `playback/runs.py`. A cue begins when its request was
received, not when it was looked at.

Every method returns the effects in the order in which they should be carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cuelang.commands import Axes, Command, Outcome, Pose, TallyMode
from cuelang.plan import CameraAct, GoGiven, OscHeard, Plan, Step
from cuelang.plan.state import CameraState
from cuelang.playback.air import Speaker, SwitcherWord
from cuelang.playback.claims import Claim
from cuelang.playback.cuelist import CueList
from cuelang.playback.effects import Effect, ReloadAsked, Request, SkipAsked, StandbyMoved, SwapAsked, Verdict
from cuelang.playback.held import Held, hold, take_out_held
from cuelang.playback.judge import Judge
from cuelang.playback.locator import Locator
from cuelang.playback.orders import PendingOrder
from cuelang.playback.rules import RULES
from cuelang.playback.run import Run
from cuelang.playback.runs import Runs
from cuelang.playback.sight import NO_GO, FollowView, GoView, RunView, VisionView, cuts_of, follow_view, run_view
from cuelang.playback.timeline import words
from cuelang.protocols.osc import matches as osc_matches


class Playback:
    """The cue list of one show. Its methods return effects; none may be called while another one works.

    All times are ns of the loop. A request is judged after what was due before it, as far as that goes in one call;
    panic and stop before all of it.

    Args:
        plan: what is played.
        time_of_day: of a local time of day in seconds, and now: the loop time at which the wall shows it, in the past
            if it was met less than 12 h ago.
        answers: whether this camera is there, for `with one of`.
        air: what the `tally` lines of the last log say is on air. None: unknown, which counts as on program; a camera
            that is not mentioned is off.
        words: what each switcher and tally input said in that log.
        asked: what that log had last asked of each camera.
        alone: no operator is there to cut, as in a rehearsal.
        start: the number of the cue that is on standby first, or of the next one up.
        at_once: how many happenings one call does at most of what is due (None: all); while `due` is past there is
            more.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        time_of_day: Callable[[int, int], int],
        answers: Callable[[str], bool] = lambda _camera: True,
        air: Mapping[str, TallyMode | None] | None = None,
        words: Mapping[Speaker, Mapping[str, TallyMode]] | None = None,
        asked: Mapping[str, Iterable[Command]] | None = None,
        alone: bool = False,
        start: str | None = None,
        at_once: int | None = None,
    ) -> None:
        self._list = CueList(plan, start)
        self._stage = Runs(
            plan,
            decide=self._decide,
            next_cue=self._list.after,
            time_of_day=time_of_day,
            answers=answers,
            air=air or {},
            words=words or {},
            alone=alone,
            at_once=at_once,
        )
        for camera, commands in (asked or {}).items():
            self._stage.acts.asked.remember(camera, commands)
        self.heard = False
        """The last OSC message met a wait."""
        self._locator = Locator(self._stage)
        self._judge = Judge(self._stage, self._list, self._locator)
        self._judge.prepare()

    def asked(self, camera: str) -> CameraState:
        """What the show last asked of a camera, with what is under way at its end."""
        return self._stage.acts.asked.state(camera)

    @property
    def plan(self) -> Plan:
        return self._stage.plan

    @property
    def at_once(self) -> int | None:
        return self._stage.at_once

    @at_once.setter
    def at_once(self, most: int | None) -> None:
        self._stage.at_once = most

    @property
    def hurried(self) -> bool:
        """Whether in the last call it mattered when it was made and how much it could do: more is due, or passes that
        were late were left out."""
        return self._stage.hurried

    # --- what comes in -------------------------------------------------------------------------------------

    def request(self, request: Request, now: int | None = None) -> list[Effect]:
        """One verdict, and what follows from it (of a reload: `ReloadAsked`, and the verdict when the sheet has been
        compiled; of a skip `SkipAsked`, of a swap `SwapAsked`). `now` is given when it is later than `received`."""
        now = max(self._stage.now, request.received if now is None else now)
        self._stage.begin_call()
        if RULES[request.verb].expires:
            self._stage.catch_up(request.received - 1)
        self._stage.now = now
        self._decide(request)
        return self._stage.out(now)

    def wake(self, now: int) -> list[Effect]:
        """It is `now`: what is due is done."""
        self._stage.begin_call()
        return self._stage.out(now)

    def finished(self, job: int, outcome: Outcome, now: int) -> list[Effect]:
        """The outcome of a command is known. A report of one that was ended here says nothing new."""
        self._stage.begin_call()
        self._stage.catch_up(now - 1)
        self._stage.at(now)
        self._stage.acts.finished(job, outcome)
        return self._stage.out(now)

    def osc(self, address: str, now: int) -> list[Effect]:
        """An OSC message was heard: it ends every `wait for osc` that it matches."""
        self._stage.begin_call()
        self._stage.catch_up(now - 1)
        self._stage.at(now)
        self.heard = False
        for run, wait in self._stage.waits(OscHeard):
            condition = wait.wait.condition
            if isinstance(condition, OscHeard) and osc_matches(address, condition.address):
                self.heard = True
                run.met(wait, now)
        return self._stage.out(now)

    def wall_moved(self, by: int, now: int) -> list[Effect]:
        """The wall clock goes otherwise than it did: times of day come `by` later than was thought."""
        self._stage.begin_call()
        self._stage.catch_up(now - 1)
        self._stage.at(now)
        self._stage.wall_moved(by)
        return self._stage.out(now)

    def on_air(self, camera: str, mode: TallyMode, now: int, source: str = "") -> list[Effect]:
        """The tally input `source` says what a camera is: from now on that counts, and drives its light."""
        self._stage.begin_call()
        self._stage.at(now)
        self._stage.tally(camera, mode, source)
        return self._stage.out(now)

    def switcher(self, name: str, word: SwitcherWord, now: int) -> list[Effect]:
        """A switcher says what is on its buses, or that it is away."""
        self._stage.begin_call()
        self._stage.catch_up(now - 1)
        self._stage.at(now)
        self._stage.switcher(name, word)
        return self._stage.out(now)

    def steer(self, request: Request, step: Step, before: Step | None, now: int) -> list[Effect]:
        """A hand on a controller drives a camera. `before` is the drive that this one changes the speed of; None: a
        gesture begins, which is a trigger with its verdict. Without a `Begin` among the effects the hand has not got
        the axis, or has lost it."""
        self._stage.begin_call()
        self._stage.at(now)
        self._stage.acts.steer(request, step, before)
        return self._stage.out(now)

    def hindered(self, request: Request | None, act: CameraAct, before: Step) -> str:
        """Why a hand may not go on from the drive `before` with this one; empty: it may. Without a request only what
        has taken the axis counts."""
        if not any(claim.step is before for claim in self._stage.acts.claims.on(act.camera, act.axes)):
            return self.lost(act.camera, act.axes)
        return self._stage.acts.forbids(request, act) if request is not None else ""

    def forbids(self, request: Request, act: CameraAct) -> str:
        """Why the interlock would refuse this now; empty: it would not."""
        return self._stage.acts.forbids(request, act)

    def stale(self, presets: Mapping[str, frozenset[int]]) -> None:
        """By camera, the presets that it holds at another place than the sheet: they are sent as positions."""
        self._stage.acts.stale = dict(presets)

    def lost(self, camera: str, axes: Axes) -> str:
        """What has become of these axes of a camera, which a hand has lost."""
        holder = next((claim.cue for claim in self._stage.acts.claims.on(camera, axes) if claim.cue), "")
        return f"cue {holder} has taken {camera}" if holder else f"{camera} was stopped"

    def release(self, step: Step, now: int) -> list[Effect]:
        """The hand is at rest; `step` was its last drive."""
        self._stage.begin_call()
        self._stage.at(now)
        self._stage.acts.release(step)
        return self._stage.out(now)

    def located(self, request: Request, places: Mapping[str, Pose | None], now: int) -> list[Effect]:
        """The cameras have said where they are (None: no answer): what `locate` asks for is sent, unless everything was
        stopped meanwhile or another `locate` was requested."""
        self._stage.begin_call()
        self._stage.catch_up(now - 1)
        self._stage.at(now)
        cue, before = self._judge.cue(request), self._judge.located(request)
        if cue is not None and before is not None:
            self._locator.carry_out(request, cue, self._locator.still(request, places, before))
        return self._stage.out(now)

    def load(self, plan: Plan, now: int) -> list[Effect]:
        """Another plan. Running cues finish as they were; standby stays by number, or goes to the next one up."""
        self._stage.begin_call()
        self._stage.at(now)
        self._stage.take(plan)
        if self._list.load(plan):
            self._stage.effects.append(StandbyMoved(self.standby))
        self._judge.prepare()
        return self._stage.out(now)

    def is_back(self, camera: str, now: int) -> list[Effect]:
        """A camera that was lost answers again: `recover` is offered, nothing is sent."""
        self._stage.begin_call()
        self._stage.catch_up(now - 1)
        self._stage.at(now)
        self._stage.acts.offer(camera, "is back")
        return self._stage.out(now)

    @property
    def offers(self) -> Mapping[str, str]:
        """Cameras for which `recover` is offered, and why."""
        return self._stage.acts.offers

    def hold(self, now: int, away: int) -> Held:
        """The show goes on after a crash that was `now`, by its own clock, and `away` ns ago: everything is held as by
        a pause, and nothing is under way any more. What follows is known to the caller: no effects."""
        self._stage.begin_call()
        held = hold(self._stage, now, away)
        self._stage.end_call()
        return held

    def take_over(self, now: int) -> tuple[str, ...]:
        """Another machine decides from `now`. What is paused has to be begun again by `resume`: returns in words what
        cannot be. What else is under way is the caller's to send again (`claims`, `ordered`)."""
        self._stage.begin_call()
        taken_out = take_out_held(self._stage, now)
        self._stage.end_call()
        return taken_out

    def connect(self, time_of_day: Callable[[int, int], int], answers: Callable[[str], bool]) -> None:
        """From now on these are asked."""
        self._stage.connect(time_of_day, answers)

    @property
    def hears(self) -> bool:
        """Whether anything that runs waits for OSC messages, now or later."""
        return any(run.timeline.hears for run in self._stage.runs.values())

    @property
    def due(self) -> int | None:
        """When to `wake` it next; None: not before something else happens."""
        return self._stage.due

    # --- what can be seen ----------------------------------------------------------------------------------

    @property
    def standby(self) -> str | None:
        """The number of the cue that GO fires next; None at the end of the list."""
        standby = self._list.standby
        return None if standby is None else standby.number

    @property
    def waiting(self) -> tuple[tuple[str, str, int], ...]:
        """Cue, what it waits for, and since when; the oldest first."""
        return tuple((run.label, words(wait), wait.since) for run, wait in self._stage.waits())

    @property
    def air(self) -> dict[str, TallyMode | None]:
        """What each camera is; None: unknown."""
        return {camera.name: self._stage.air.mode(camera.name) for camera in self.plan.cameras}

    @property
    def waits_for_time(self) -> bool:
        """Whether any cue waits for a time of day."""
        return any(run.daytimes for run in self._stage.runs.values())

    def there(self, camera: str, now: int) -> int | None:
        """How long until it is where its motions lead: 0: it is at rest; None: unknown."""
        return self._stage.vision.there(camera, now)

    @property
    def lit(self) -> dict[str, TallyMode]:
        """By camera, the lamps that are to be lit."""
        return self._stage.vision.lit

    @property
    def vision(self) -> VisionView:
        """What was asked for by hand: off air, cutting by hand, lamps off."""
        vision = self._stage.vision
        return VisionView(
            vision.air.off_air, vision.orders.by_hand, vision.air.lamps_off, vision.prompts.open, vision.said
        )

    @property
    def now(self) -> int:
        """How far the list has come (loop ns)."""
        return self._stage.now

    @property
    def ordered(self) -> Mapping[int, PendingOrder]:
        """By job, the orders to switchers that are under way."""
        return self._stage.vision.orders.jobs

    def claims(self) -> tuple[Claim, ...]:
        """What is under way, and what was set going and has to be stopped; in order of beginning."""
        return tuple(self._stage.acts.claims.jobs.values())

    def runs(self, now: int) -> tuple[RunView, ...]:
        """The running and paused ones, in the order in which they were fired."""
        stage = self._stage
        return tuple(
            run_view(
                run, now, sum(claim.live for claim in stage.acts.claims.of_run(run.number)), stage.will_follow(run)
            )
            for run in stage.runs.values()
        )

    def follows(self, now: int) -> tuple[FollowView, ...]:
        """What fires by itself after a while, the soonest first; paused ones last."""
        found = [follow_view(follow, after, now) for follow, after in self._stage.followers()]
        return tuple(sorted(found, key=lambda view: (view.paused, view.left)))

    def go(self) -> GoView:
        """What a GO without a number would do now, `go_window` apart."""
        waiting, standby = self._stage.waits(GoGiven), self._list.standby
        then, title = (standby.number, standby.title) if standby is not None else (None, "")
        if waiting:
            run, releases = waiting[0][0], len(waiting) > 1
            if releases:
                then, title = waiting[1][0].label, _title(waiting[1][0])
            return GoView("releases", run.label, _title(run), then, title, releases)
        if standby is None:
            return NO_GO
        hindered = self._judge.hindered(standby)
        if hindered:
            return GoView("nothing", standby.number, standby.title, then, title, reason=f"cue {then} is {hindered}")
        after = self._list.after(standby)
        then, title = (after.number, after.title) if after is not None else (None, "")
        return GoView("fires", standby.number, standby.title, then, title, cuts=cuts_of(standby))

    # --- verdicts ------------------------------------------------------------------------------------------

    def _decide(self, request: Request) -> None:
        ruling = self._judge.ruling(request)
        if request.verb == "reload" and ruling.verdict == "fired":
            self._stage.effects.append(ReloadAsked(request))
            return
        if request.verb == "swap" and ruling.verdict == "fired":
            self._stage.effects.append(SwapAsked(request))
            return
        if request.verb == "skip" and ruling.verdict == "fired":
            self._stage.effects.append(SkipAsked(request))
            return
        self._stage.effects.append(Verdict(request, ruling.verdict, ruling.reason, ruling.did))
        if ruling.verdict == "fired":
            self._judge.fired(request)
        if ruling.action is not None:
            ruling.action()


def _title(run: Run) -> str:
    return "" if run.cue is None else run.cue.title
