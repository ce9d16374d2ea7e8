"""What becomes of each request: one ruling, and what is to be done if it is `fired`. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, assert_never

from cuelang.plan import Cue, GoGiven, NextCue, cue_number
from cuelang.playback.claims import Claim
from cuelang.playback.cuelist import CueList
from cuelang.playback.effects import PlacesAsked, Request, StandbyMoved, VerdictWord
from cuelang.playback.located import TooLate, check_inside
from cuelang.playback.locator import ONCE_MORE, Locator
from cuelang.playback.orders import ends_stream
from cuelang.playback.repeats import Repeats, statement_of
from cuelang.playback.rules import LATE_NS, RULES
from cuelang.playback.run import Follow, Run
from cuelang.playback.runs import Runs
from cuelang.playback.sight import AT_END, listed
from cuelang.units import MS, NS

LOCATE_TWICE_NS = 5 * NS
"""How late what `locate` has announced may be confirmed."""


class Ruling(NamedTuple):
    """A verdict and, if it is `fired`, what is to be done, and what that was in words."""

    verdict: VerdictWord
    reason: str = ""
    action: Callable[[], None] | None = None
    did: str = ""


class Judge:
    """Each request passes the table `RULES` and one of the judges of its verb. `runs` is what they look at and what the
    actions change, `cues` the list."""

    def __init__(self, runs: Runs, cues: CueList, locator: Locator) -> None:
        self._stage = runs
        self._list = cues
        self._locator = locator
        self._asking: tuple[Request, frozenset[int]] | None = None
        """The `locate` whose cameras are being asked where they are, and the jobs that there were before."""
        self._repeats = Repeats()
        self._last_go: int | None = None

    def ruling(self, request: Request) -> Ruling:  # noqa: C901 - a case for each verb
        rule = RULES[request.verb]
        number = self.number(request)
        if request.cue is not None and number is None and not (isinstance(request.cue, NextCue) and rule.next):
            return Ruling("no_cue", f"there is no cue {request.cue}")
        if not request.automatic:
            age = self._stage.now - request.received
            if rule.expires and not request.schedule and age > LATE_NS:
                return Ruling("late", f"it was received {age / NS:.1f} s ago (queue delay)")
            if not rule.always:
                ago = self._repeats.bounced(request, number, self._stage.plan.settings.debounce)
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
            case "swap":
                return self._judge_swap(request)
            case _:
                assert_never(request.verb)

    def _judge_swap(self, request: Request) -> Ruling:
        """Whether the cameras can be swapped at all; what the stand-in lacks is found when the sheet is compiled."""
        plan, swap = self._stage.plan, request.swap
        if swap is None:
            return Ruling("refused", "it needs two cameras")
        cameras, swaps = {camera.name: camera for camera in plan.cameras}, dict(plan.swaps)
        for name in (swap.camera, swap.other):
            if name not in cameras:
                return Ruling("refused", f"there is no camera {name}")
        now = swaps.get(swap.camera, swap.camera)
        if now == swap.other:
            return Ruling(
                "refused",
                f"{now} stands in for {swap.camera} already"
                if now != swap.camera
                else f"no camera stands in for {swap.camera}",
            )
        taken = next((part for part, other in swaps.items() if other == swap.other), None)
        if taken is not None and swap.other != swap.camera:
            return Ruling("refused", f"{swap.other} stands in for {taken} already")
        if cameras[swap.other].disabled and swap.other != swap.camera:
            return Ruling("refused", f"{swap.other} is disabled")
        return Ruling("fired")

    def _judge_go(self, request: Request) -> Ruling:
        cue = self.cue(request)
        if cue is not None:
            return self._judge_firing(cue, request)
        window = self._stage.plan.settings.go_window
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
        cue = self.cue(request) or self._list.standby
        if cue is None:
            return Ruling("refused", AT_END)
        return self._judge_firing(cue, request)

    def _judge_firing(self, cue: Cue, request: Request, *, numberless: bool = False) -> Ruling:
        if cue.disabled:
            return Ruling("refused", "disabled")
        if request.automatic and self._stage.fired.get(cue.number, (0, -1))[1] == request.received:
            return Ruling("refused", f"cue {cue.number} was already fired at this instant")
        hindered = self.hindered(cue)
        if hindered:
            return Ruling("refused", hindered)

        def fire() -> None:
            if numberless:
                self._went(request)
            self._fire(cue, request)

        again = " again" if cue.number in self._stage.active else ""
        did = f"GO {cue.number} fired{again}" if request.verb == "go" else f"cue {cue.number} started{again}"
        return Ruling("fired", "", fire, did)

    def hindered(self, cue: Cue) -> str:
        """Why it cannot be fired now, in a word; empty if it can."""
        return "running" if cue.number in self._stage.active and not cue.restart else ""

    def _judge_standby(self, request: Request) -> Ruling:
        cue = self.cue(request)
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
        number = self.number(request)
        runs = self._asked(number)
        ended = [claim.cue for claim in self._claims(number) if claim.run not in self._stage.runs]
        reached = listed((run.root.label for run in runs), (f.run.label for f in self._following(number)), ended)
        if number is not None and not reached and not request.automatic:
            return Ruling("refused", "not running")

        def stop() -> None:
            if number is None:
                self._asking = None
            for run in runs:
                self._stage.stop(run)
            self._stage.acts.stop_claims(self._claims(number))
            self._stage.follows = [f for f in self._stage.follows if number is not None and f.run.label != number]

        return Ruling("fired", "", stop, f"stopped {reached}" if reached else "nothing was running")

    def _judge_pause(self, request: Request) -> Ruling:
        number = self.number(request)
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
        number = self.number(request)
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
        claims = self._stage.acts.claims
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
        if not self._stage.plan.switchers:
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
        cue = self.cue(request)
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
        stops = listed(
            (run.root.label for run in self._asked(None)), (f.run.label for f in self._following(None)), ended
        )
        text = self._locator.announced(request, cue, stops, keep)
        if request.pressed and not self._repeats.asked_twice(
            f"{request.text} {stops}", self._stage.now, LOCATE_TWICE_NS
        ):
            return Ruling("refused", f"{text}{ONCE_MORE}")

        def locate() -> None:
            for run in self._asked(None):
                self._stage.stop(run, "locate", keep)
            self._stage.acts.stop_claims([claim for claim in self._claims(None) if claim.camera not in keep])
            self._stage.follows = []
            self._stand_by(cue if moment.at is None else self._list.after(cue))
            self._asking = request, frozenset(self._stage.acts.claims.jobs)
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

        def fire() -> None:
            self._stage.start(None, "", statement.program, request)

        return Ruling("fired", "", fire)

    def number(self, request: Request) -> str | None:
        """The canonical number of the cue a request names, if there is such a cue in the sheet or on its way."""
        match request.cue:
            case None | NextCue():
                return None
            case str(text):
                pass
            case _ as never:
                assert_never(never)
        try:
            number = cue_number(text)
        except ValueError:
            return None
        return number if number in self._list.by_number or number in self._stage.active else None

    def cue(self, request: Request) -> Cue | None:
        """The cue a request names, as it is in the sheet now, or else as it still runs."""
        number = self.number(request)
        if number is None:
            return None
        return self._list.by_number.get(number) or self._stage.active[number].cue

    def _asked(self, number: str | None) -> list[Run]:
        """The runs of a cue, or all."""
        return [run for run in self._stage.runs.values() if number in (None, run.root.label)]

    def fired(self, request: Request) -> None:
        """It is carried out; the same soon after it is a duplicate."""
        self._repeats.done(request, self.number(request))

    def located(self, request: Request) -> frozenset[int] | None:
        """The cameras have answered this `locate`: the jobs that there were before; None: it has been given up."""
        if self._asking is None or self._asking[0] is not request:
            return None
        _, jobs = self._asking
        self._asking = None
        return jobs

    # --- the list ------------------------------------------------------------------------------------------

    def _stand_by(self, cue: Cue | None) -> None:
        if cue is not self._list.standby:
            self._list.standby = cue
            self._stage.effects.append(StandbyMoved(None if cue is None else cue.number))
            self.prepare()

    def prepare(self) -> None:
        """The standby cue is fired without delay."""
        if self._list.standby is not None:
            self._stage.prepare(self._list.standby.program)

    def _went(self, request: Request) -> None:
        if not request.automatic:
            self._last_go = request.received

    def _fire(self, cue: Cue, request: Request) -> None:
        running = self._stage.active.get(cue.number)
        if running is not None:
            for run in [run for run in self._stage.runs.values() if run.root is running]:
                self._stage.stop(run, "fired again")
        self._stage.follows = [follow for follow in self._stage.follows if follow.cue.number != cue.number]
        self._stage.start(cue, cue.number, cue.program, request)
        if request.verb == "go" and not cue.aside:
            self._stand_by(self._list.after(cue))


def _reached(runs: list[Run], follows: list[Follow]) -> str:
    return listed((run.root.label for run in runs), (follow.run.label for follow in follows))
