"""The cue-list machine: requests and reports in, effects out. No clock, no I/O: `now` is an argument, in loop ns.

Here are the doors, the verdicts, and the list with its standby; what runs is in `playback/runs.py`. Each request
passes the table `RULES` and one of the judges, and gets exactly one verdict; if that is `fired`, the ruling's action
is carried out. A cue begins when its request was received, not when it was looked at.

Every method returns the effects in the order in which they should be carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, assert_never

from cuelang.commands import Outcome, Pose, TallyMode
from cuelang.plan import Cue, GoGiven, OscHeard, Plan, Step, cue_number
from cuelang.playback.air import Speaker, SwitcherWord
from cuelang.playback.claims import Claim
from cuelang.playback.cuelist import CueList
from cuelang.playback.effects import (
    Effect,
    PlacesAsked,
    ReloadAsked,
    Request,
    SkipAsked,
    StandbyMoved,
    Verdict,
    VerdictWord,
)
from cuelang.playback.located import TooLate, check_inside
from cuelang.playback.locator import ONCE_MORE, Locator
from cuelang.playback.orders import ends_stream
from cuelang.playback.repeats import Repeats, statement_of
from cuelang.playback.rules import LATE, RULES
from cuelang.playback.run import Follow, Run
from cuelang.playback.runs import Runs
from cuelang.playback.sight import (
    AT_END,
    NO_GO,
    FollowView,
    GoView,
    RunView,
    VisionView,
    cuts_of,
    follow_view,
    listed,
    run_view,
)
from cuelang.playback.timeline import words
from cuelang.protocols.osc import matches as osc_matches
from cuelang.units import MS, NS

LOCATE_TWICE_NS = 5 * NS
"""How late what `locate` has announced may be confirmed."""


class Ruling(NamedTuple):
    """A verdict and, if it is `fired`, what is to be done, and what that was in words."""

    verdict: VerdictWord
    reason: str = ""
    action: Callable[[], None] | None = None
    did: str = ""


class Playback:
    """The cue list of one show. Its methods return effects; none may be called while another one works.

    `time_of_day(seconds, now)` is the loop time at which the wall shows that local time of day, in the past if it
    was met less than 12 h ago. `air` is what the `tally` lines of the last log say is on air (None: unknown, which
    counts as on program; not mentioned: off), `words` what each switcher and tally input said in it. `alone`:
    no operator is there to cut, as in a rehearsal. `start` is the cue that stands by first, or the next one up.
    `at_once` is how many happenings one call does at most of what is due (None: all); while `due` is past there is
    more. A request is judged after what was due before it as far as that goes in one call; panic and stop before all of
    it.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        time_of_day: Callable[[int, int], int],
        air: Mapping[str, TallyMode | None] | None = None,
        words: Mapping[Speaker, Mapping[str, TallyMode]] | None = None,
        alone: bool = False,
        start: str | None = None,
        at_once: int | None = None,
    ) -> None:
        self._list = CueList(plan, start)
        self._stage = Runs(
            plan, decide=self._decide, next_cue=self._list.after, time_of_day=time_of_day, air=air or {},
            words=words or {}, alone=alone, at_once=at_once,
        )  # fmt: skip
        self._locator = Locator(self._stage)
        self._asking: tuple[Request, frozenset[int]] | None = None
        """The `locate` whose cameras are being asked where they are, and the jobs that there were before."""
        self._repeats = Repeats()
        self._last_go: int | None = None
        self.plan = plan
        self._prepare()

    @property
    def at_once(self) -> int | None:
        return self._stage.at_once

    @at_once.setter
    def at_once(self, most: int | None) -> None:
        self._stage.at_once = most

    # --- what comes in -------------------------------------------------------------------------------------

    def request(self, request: Request, now: int | None = None) -> list[Effect]:
        """One verdict, and what follows from it (of a reload: `ReloadAsked`, and the verdict when the sheet has been
        compiled; of a skip: `SkipAsked`). `now` is given when it is later than `received`."""
        now = max(self._stage.now, request.received if now is None else now)
        self._stage.begin_call()
        if RULES[request.verb].expires:
            self._stage.until(request.received - 1)
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
        self._stage.until(now - 1)
        self._stage.at(now)
        self._stage.finished(job, outcome)
        return self._stage.out(now)

    def osc(self, address: str, now: int) -> list[Effect]:
        """An OSC message was heard: it ends every `wait for osc` that it matches."""
        self._stage.begin_call()
        self._stage.until(now - 1)
        self._stage.at(now)
        for run, wait in self._stage.waits(OscHeard):
            condition = wait.wait.condition
            if isinstance(condition, OscHeard) and osc_matches(address, condition.address):
                run.met(wait, now)
        return self._stage.out(now)

    def wall_moved(self, by: int, now: int) -> list[Effect]:
        """The wall clock goes otherwise than it did: times of day come `by` later than was thought."""
        self._stage.begin_call()
        self._stage.until(now - 1)
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
        self._stage.until(now - 1)
        self._stage.at(now)
        self._stage.switcher(name, word)
        return self._stage.out(now)

    def steer(self, request: Request, step: Step, before: Step | None, now: int) -> list[Effect]:
        """A hand on a controller drives a camera. `before` is the drive that this one changes the speed of; None: a
        gesture begins, which is a trigger with its verdict. Without a `Begin` among the effects the hand has not got
        the axis, or has lost it."""
        self._stage.begin_call()
        self._stage.at(now)
        self._stage.steer(request, step, before)
        return self._stage.out(now)

    def release(self, step: Step, now: int) -> list[Effect]:
        """The hand is at rest; `step` was its last drive."""
        self._stage.begin_call()
        self._stage.at(now)
        self._stage.release(step)
        return self._stage.out(now)

    def located(self, request: Request, places: Mapping[str, Pose | None], now: int) -> list[Effect]:
        """The cameras have said where they are (None: no answer): what `locate` asks for is sent, unless everything was
        stopped meanwhile or another `locate` was requested."""
        self._stage.begin_call()
        self._stage.until(now - 1)
        self._stage.at(now)
        cue, asking = self._cue(request), self._asking
        if cue is not None and asking is not None and asking[0] is request:
            self._asking = None
            mine = self._locator.still(request, places, asking[1])
            self._locator.carry_out(request, cue, mine)
        return self._stage.out(now)

    def load(self, plan: Plan, now: int) -> list[Effect]:
        """Another plan. Running cues finish as they were; standby stays by number, or goes to the next one up."""
        self._stage.begin_call()
        self._stage.at(now)
        self.plan = plan
        self._stage.take(plan)
        if self._list.load(plan):
            self._stage.effects.append(StandbyMoved(self.standby))
        self._prepare()
        return self._stage.out(now)

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

    def there(self, camera: str, now: int) -> int | None:
        """How long until it is where its motions lead: 0: it is at rest; None: unknown."""
        return self._stage.vision.there(camera, now)

    @property
    def vision(self) -> VisionView:
        """What was asked for by hand: off air, cutting by hand, lamps off."""
        vision = self._stage.vision
        return VisionView(
            vision.air.off_air, vision.orders.by_hand, vision.air.lamps_off, vision.prompts.open, vision.said
        )

    def claims(self) -> tuple[Claim, ...]:
        """What is under way, and what was set going and has to be stopped; in order of beginning."""
        return tuple(self._stage.claims.jobs.values())

    def runs(self, now: int) -> tuple[RunView, ...]:
        """The running and paused ones, in the order in which they were fired."""
        stage = self._stage
        return tuple(
            run_view(run, now, sum(claim.live for claim in stage.claims.of_run(run.number)), stage.will_follow(run))
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
        hindered = self._hindered(standby)
        if hindered:
            return GoView("nothing", standby.number, standby.title, then, title, reason=f"cue {then} is {hindered}")
        after = self._list.after(standby)
        then, title = (after.number, after.title) if after is not None else (None, "")
        return GoView("fires", standby.number, standby.title, then, title, cuts=cuts_of(standby))

    # --- verdicts ------------------------------------------------------------------------------------------

    def _decide(self, request: Request) -> None:
        ruling = self._judge(request)
        if request.verb == "reload" and ruling.verdict == "fired":
            self._stage.effects.append(ReloadAsked(request))
            return
        if request.verb == "skip" and ruling.verdict == "fired":
            self._stage.effects.append(SkipAsked(request))
            return
        self._stage.effects.append(Verdict(request, ruling.verdict, ruling.reason, ruling.did))
        if ruling.verdict == "fired":
            self._repeats.done(request, self._number(request))
        if ruling.action is not None:
            ruling.action()

    def _judge(self, request: Request) -> Ruling:
        rule = RULES[request.verb]
        number = self._number(request)
        if request.cue is not None and number is None and not (request.cue == "next" and rule.next):
            return Ruling("no_cue", f"there is no cue {request.cue}")
        if not request.automatic:
            age = self._stage.now - request.received
            if rule.expires and not request.schedule and age > LATE:
                return Ruling("late", f"it was received {age / NS:.1f} s ago (queue delay)")
            if not rule.always:
                ago = self._repeats.bounced(request, number, self.plan.settings.debounce)
                if ago is not None:
                    return Ruling("duplicate", f"repeated after {ago / MS:.0f} ms")
        match request.verb:
            case "go":
                return self._judge_go(request)
            case "start":
                return self._judge_start(request)
            case "standby":
                return self._judge_standby(request)
            case "back":
                return self._judge_back(request)
            case "stop":
                return self._judge_stop(request)
            case "pause":
                return self._judge_pause(request)
            case "resume":
                return self._judge_resume(request)
            case "panic":
                return self._judge_panic(request)
            case "reload" | "skip":
                return Ruling("fired")
            case "statement":
                return self._judge_statement(request)
            case "off air" | "on air":
                return self._judge_air(request)
            case "cutting by hand" | "cutting by sheet":
                return self._judge_cutting(request)
            case "lamps off" | "lamps on":
                return self._judge_lamps(request)
            case "seen":
                return self._judge_seen(request)
            case "done":
                return self._judge_done(request)
            case "locate":
                return self._judge_locate(request)
            case _:
                assert_never(request.verb)

    def _judge_go(self, request: Request) -> Ruling:
        cue = self._cue(request)
        if cue is not None:
            return self._judge_firing(cue, request)
        window = self.plan.settings.go_window
        if not request.automatic and self._last_go is not None and request.received - self._last_go < window:
            since = (request.received - self._last_go) / MS
            return Ruling("window", f"{since:.0f} ms after the last GO; go_window is {window / MS:.0f} ms")
        released = next(iter(self._stage.waits(GoGiven)), None)
        if released is not None:
            run, wait = released

            def release() -> None:
                self._went(request)
                run.met(wait, request.received)

            return Ruling("fired", f"released cue {run.label}", release, f"GO released cue {run.label}")
        if self._list.standby is None:
            return Ruling("refused", AT_END)
        return self._judge_firing(self._list.standby, request, numberless=True)

    def _judge_start(self, request: Request) -> Ruling:
        cue = self._cue(request) or self._list.standby
        if cue is None:
            return Ruling("refused", AT_END)
        return self._judge_firing(cue, request)

    def _judge_firing(self, cue: Cue, request: Request, *, numberless: bool = False) -> Ruling:
        if cue.disabled:
            return Ruling("refused", "disabled")
        if request.automatic and self._stage.fired.get(cue.number, (0, -1))[1] == request.received:
            return Ruling("refused", f"cue {cue.number} was already fired at this instant")
        hindered = self._hindered(cue)
        if hindered:
            return Ruling("refused", hindered)

        def fire() -> None:
            if numberless:
                self._went(request)
            self._fire(cue, request)

        again = " again" if cue.number in self._stage.active else ""
        did = f"GO {cue.number} fired{again}" if request.verb == "go" else f"cue {cue.number} started{again}"
        return Ruling("fired", "", fire, did)

    def _hindered(self, cue: Cue) -> str:
        """Why it cannot be fired now, in a word; empty if it can."""
        return "running" if cue.number in self._stage.active and not cue.restart else ""

    def _judge_standby(self, request: Request) -> Ruling:
        cue = self._cue(request)
        if cue is None and self._list.standby is not None:
            cue = self._list.after(self._list.standby)
        if cue is None:
            return Ruling("refused", AT_END)
        if cue.disabled:
            return Ruling("refused", "disabled")
        if cue.aside:
            return Ruling("refused", "it is aside: fire it by its number")
        return Ruling("fired", "", lambda: self._stand_by(cue), f"cue {cue.number} stands by")

    def _judge_back(self, request: Request) -> Ruling:
        cue = self._list.back()
        if cue is None:
            return Ruling("refused", "the cue list is at its beginning")
        return Ruling("fired", "", lambda: self._stand_by(cue), f"cue {cue.number} stands by")

    def _judge_stop(self, request: Request) -> Ruling:
        """Never refused, but for a cue that has nothing to be stopped; what a cue stops may be over already."""
        number = self._number(request)
        runs = self._asked(number)
        ended = [claim.cue for claim in self._claims(number) if claim.run not in self._stage.runs]
        reached = listed((run.label for run in runs), (f.run.label for f in self._following(number)), ended)
        if number is not None and not reached and not request.automatic:
            return Ruling("refused", "not running")

        def stop() -> None:
            if number is None:
                self._asking = None
            for run in runs:
                self._stage.stop(run)
            self._stage.let_go(self._claims(number))
            self._stage.follows = [f for f in self._stage.follows if number is not None and f.run.label != number]

        return Ruling("fired", "", stop, f"stopped {reached}" if reached else "nothing was running")

    def _judge_pause(self, request: Request) -> Ruling:
        number = self._number(request)
        runs = [run for run in self._asked(number) if run.state == "running"]
        follows = [follow for follow in self._following(number) if follow.paused_at is None]
        if not runs and not follows:
            held = any(run.state == "paused" for run in self._asked(number)) or self._following(number)
            return Ruling("refused", "paused already" if held else "not running")

        def pause() -> None:
            for run in runs:
                self._stage.pause(run)
            for follow in follows:
                follow.paused_at = self._stage.now

        return Ruling("fired", "", pause, f"paused {_reached(runs, follows)}")

    def _judge_resume(self, request: Request) -> Ruling:
        number = self._number(request)
        runs = [run for run in self._asked(number) if run.state == "paused"]
        follows = [follow for follow in self._stage.follows if follow.paused_at is not None]
        follows = [follow for follow in follows if number in (None, follow.run.label)]
        if not runs and not follows:
            return Ruling("refused", "not paused")

        def resume() -> None:
            for run in runs:
                self._stage.resume(run)
            for follow in follows:
                follow.due += self._stage.now - (follow.paused_at or 0)
                follow.paused_at = None

        return Ruling("fired", "", resume, f"resumed {_reached(runs, follows)}")

    def _claims(self, number: str | None) -> tuple[Claim, ...]:
        """What a cue has set going, or all, and is still to be stopped."""
        claims = self._stage.claims
        return tuple(claims.jobs.values() if number is None else claims.of_cue(number))

    def _following(self, number: str | None) -> list[Follow]:
        """The follows after a cue, or all, that will fire something."""
        return [follow for follow, _ in self._stage.followers() if number in (None, follow.run.label)]

    def _judge_panic(self, request: Request) -> Ruling:
        def panic() -> None:
            self._asking = None
            self._stage.panic()

        return Ruling("fired", "", panic, "PANIC: every cue ended, every camera was told to stop")

    def _judge_air(self, request: Request) -> Ruling:
        off = request.verb == "off air"
        did = "OFF AIR: nothing counts as on program, lamps are dark" if off else "on air again"
        return Ruling("fired", "", lambda: self._stage.vision.off_air(off), did)

    def _judge_cutting(self, request: Request) -> Ruling:
        hand = request.verb == "cutting by hand"
        if not self.plan.switchers:
            return Ruling("refused", "this show has no switcher")
        did = "CUTTING BY HAND: cues cut nothing" if hand else "cues cut again"
        return Ruling("fired", "", lambda: self._stage.vision.by_hand(hand), did)

    def _judge_lamps(self, request: Request) -> Ruling:
        off = request.verb == "lamps off"
        return Ruling("fired", "", lambda: self._stage.vision.lamps_off(off), "LAMPS OFF" if off else "lamps on")

    def _judge_seen(self, request: Request) -> Ruling:
        return Ruling("fired", did="the alarms have been seen")

    def _judge_done(self, request: Request) -> Ruling:
        prompts = self._stage.vision.prompts
        if not prompts.open:
            return Ruling("refused", "nothing is waiting to be cut by hand")
        return Ruling("fired", "", prompts.done, f"done by hand: {prompts.open[0].text}")

    def _judge_locate(self, request: Request) -> Ruling:
        cue = self._cue(request)
        if cue is None:
            return Ruling("refused", "it needs a cue's number")
        if cue.disabled:
            return Ruling("refused", "disabled")
        if cue.aside:
            return Ruling("refused", "it is aside, and has no place in the list")
        moment = request.moment
        if moment.at is not None:
            try:
                check_inside(cue, moment.at)
            except TooLate as late:
                return Ruling("refused", str(late))
        keep = frozenset() if moment.live else self._locator.on_program()
        claims, runs = self._claims(None), self._stage.runs
        ended = [claim.cue for claim in claims if claim.camera not in keep and claim.run not in runs]
        stops = listed((run.label for run in self._asked(None)), (f.run.label for f in self._following(None)), ended)
        text = self._locator.announced(request, cue, stops, keep)
        if request.pressed and not self._repeats.asked_twice(
            f"{request.text} {stops}", self._stage.now, LOCATE_TWICE_NS
        ):
            return Ruling("refused", f"{text}{ONCE_MORE}")

        def locate() -> None:
            for run in self._asked(None):
                self._stage.stop(run, "locate", keep)
            self._stage.let_go([claim for claim in self._claims(None) if claim.camera not in keep])
            self._stage.follows = []
            self._stand_by(cue if moment.at is None else self._list.after(cue))
            self._asking = request, frozenset(self._stage.claims.jobs)
            self._stage.effects.append(PlacesAsked(request, self._locator.asks(keep)))

        return Ruling("fired", "", locate, text)

    def _judge_statement(self, request: Request) -> Ruling:
        statement = request.statement
        if statement is None:
            return Ruling("refused", "it has no action")
        if (
            request.pressed
            and ends_stream(statement)
            and not self._repeats.asked_twice(statement_of(request), self._stage.now)
        ):
            return Ruling("refused", "this ends the stream; ask once more within 10 s")
        return Ruling("fired", "", lambda: self._stage.start(None, "", statement.program, request))

    def _number(self, request: Request) -> str | None:
        """The canonical number of the cue a request names, if there is such a cue in the sheet or on its way."""
        try:
            number = cue_number(request.cue or "")
        except ValueError:
            return None
        return number if number in self._list or number in self._stage.active else None

    def _cue(self, request: Request) -> Cue | None:
        """The cue a request names, as it is in the sheet now, or else as it still runs."""
        number = self._number(request)
        if number is None:
            return None
        return self._list.get(number) or self._stage.active[number].cue

    def _asked(self, number: str | None) -> list[Run]:
        """The runs of a cue, or all."""
        return [run for run in self._stage.runs.values() if number in (None, run.label)]

    # --- the list ------------------------------------------------------------------------------------------

    def _stand_by(self, cue: Cue | None) -> None:
        if cue is not self._list.standby:
            self._list.standby = cue
            self._stage.effects.append(StandbyMoved(self.standby))
            self._prepare()

    def _prepare(self) -> None:
        """The standby cue is fired without delay."""
        if self._list.standby is not None:
            self._stage.prepare(self._list.standby.program)

    def _went(self, request: Request) -> None:
        if not request.automatic:
            self._last_go = request.received

    def _fire(self, cue: Cue, request: Request) -> None:
        running = self._stage.active.get(cue.number)
        if running is not None:
            self._stage.stop(running, "fired again")
        self._stage.follows = [follow for follow in self._stage.follows if follow.cue.number != cue.number]
        self._stage.start(cue, cue.number, cue.program, request)
        if request.verb == "go" and not cue.aside:
            self._stand_by(self._list.after(cue))


def _title(run: Run) -> str:
    return "" if run.cue is None else run.cue.title


def _reached(runs: list[Run], follows: list[Follow]) -> str:
    return listed((run.label for run in runs), (follow.run.label for follow in follows))
