"""Switchers in a running show: orders, what they bring and take off, held motions, lamps, and waits for air. Pure.

The order of things for a camera that a cut takes off program while a motion of it is due: the cut is sent, the motion
is held until the switcher says that the camera is off, and begins then. If it does not come in time the
interlock decides, as for any motion on air.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, assert_never

from msgspec import Struct
from msgspec.structs import replace

from cuelang.commands import SEEN, Axes, Outcome, Tally, TallyMode, overlap
from cuelang.commands.switching import MIXES, BusName, SetOutput, Take, action_of
from cuelang.plan import (
    Arrived,
    Beat,
    CameraAct,
    Chosen,
    Either,
    Forever,
    Go,
    GoGiven,
    Join,
    Moment,
    OffAir,
    OnProgram,
    OscHeard,
    Otherwise,
    Plan,
    Program,
    Settled,
    Step,
    Streaming,
    Switcher,
    SwitcherAct,
    TimeOfDay,
    Wait,
    walk,
)
from cuelang.playback.air import SILENT, Air, Speaker, SwitcherWord
from cuelang.playback.effects import OnAir, Say, Spoken, SupposeCut, Switch, Withhold, WithholdOrder
from cuelang.playback.orders import CUTTING, FREED_NS, Motions, SwitcherOrders, cameras_of, moves
from cuelang.playback.prompts import Prompt, Prompts
from cuelang.playback.timeline import OpenWait, words
from cuelang.source import NOWHERE
from cuelang.units import NS

if TYPE_CHECKING:
    from cuelang.playback.run import Run
    from cuelang.playback.runs import Runs

BY_HAND = "cutting by hand"
MAX_ORDER_NS = 10 * NS
"""No order takes that much longer than its transition: it is over before."""


class HeldMotion(Struct, eq=False):
    """A motion that waits until its camera is off program."""

    run: Run
    due: int
    step: Step
    act: CameraAct


class Vision:
    """The switchers of one show, on behalf of `runs`."""

    def __init__(
        self,
        runs: Runs,
        lines: Mapping[str, TallyMode | None],
        words: Mapping[Speaker, Mapping[str, TallyMode]],
        *,
        alone: bool = False,
    ) -> None:
        self.air = Air(lines, words)
        self.orders = SwitcherOrders()
        self.motions = Motions()
        self.prompts = Prompts()
        self.said: dict[str, SwitcherWord] = {}
        """By switcher."""
        self._runs = runs
        self._alone = alone
        self._held: list[HeldMotion] = []
        self._late: dict[int, int] = {}
        """Orders that are complete while the switcher's word is still to come, and how long that is waited for."""
        self._lit: dict[str, TallyMode] = {}
        self._told: dict[str, TallyMode | None] = {}

    def take(self, plan: Plan) -> None:
        self._switchers = {one.name: one for one in plan.switchers}
        self._cameras = {camera.name: camera for camera in plan.cameras}
        self.air.take(plan)
        self.said = {name: word for name, word in self.said.items() if name in self._switchers}
        self.prompts.keep(self._switchers)
        for name in self._cameras:
            if name not in self.air.ruled:
                self._told.setdefault(name, self.air.mode(name))
                self._lit.setdefault(name, "off")

    # --- orders ----------------------------------------------------------------------------------------------

    def order(self, run: Run, due: int, step: Step, act: SwitcherAct) -> None:
        """Something is asked of a switcher, by a cue or by a person."""
        runs = self._runs
        reason = self._hindered(run, due, step, act)
        if reason:
            by_hand = reason is BY_HAND
            runs.effects.append(
                WithholdOrder(run.number, run.label, act.switcher, act.order, act.source, due, step, reason, by_hand)
            )
            return
        job = runs.acts.new_job()
        under, older = self.orders.add(job, run.number, act)
        self._moves_air(job, act, under.over, [one.job for one in older])
        for one in older:
            self._late.pop(one.job, None)
            runs.touch_run(one.run)
        by = f"cue {run.label}" if run.label else run.request.source
        runs.effects.append(Switch(job, run.number, run.label, act.switcher, act.order, act.source, due, step, by))
        runs.touch_run(run.number)

    def _hindered(self, run: Run, due: int, step: Step, act: SwitcherAct) -> str:
        """Why it is not sent; empty: it is."""
        if act.withheld:
            return f"{act.source} {act.withheld}"
        if self.orders.by_hand and run.cue is not None and isinstance(act.order, CUTTING):
            asked = Prompt(act.switcher, action_of(act.order), act.source, run.label, due)
            self.prompts.ask(asked, self.said.get(act.switcher, SILENT))
            return BY_HAND
        if not isinstance(act.order, MIXES) or act.live or self.air.off_air:
            return ""
        interlock = "block" if run.request.schedule else self._runs.plan.settings.interlock
        switcher = self._switchers.get(act.switcher)
        if interlock == "off" or switcher is None or switcher.no_air:
            return ""
        brought = (name for name in self._brings(switcher, act) if self.air.mode(name) != "program")
        wrong = self.motions.not_there(brought, self._runs.acts.claims, self._cameras)
        if wrong and interlock == "warn":
            text = f"{wrong} and will be seen: {action_of(act.order)} to {act.source}."
            self._runs.effects.append(Say("warning", run.label, text, step.origin, due))
            return ""
        return wrong

    def _brings(self, switcher: Switcher, act: SwitcherAct) -> tuple[str, ...]:
        source = act.source
        if source is None and isinstance(act.order, Take):
            source = self.said.get(switcher.name, SILENT).preview
        return cameras_of(switcher, source)

    def _moves_air(self, job: int, act: SwitcherAct, over: int, older: list[int]) -> None:
        switcher = self._switchers.get(act.switcher)
        if not isinstance(act.order, MIXES) or switcher is None or switcher.no_air:
            return
        brings = frozenset(self._brings(switcher, act))
        word = self.said.get(act.switcher, SILENT).cameras
        passing = self.air.coming(older) - brings
        off = {name for name, mode in word.items() if mode == "program"} | passing
        for one in older:
            self.air.over(one, done=True)
        self.air.bring(job, brings)
        self.air.take_off(job, act.switcher, sorted(off - brings), self._runs.now + over + MAX_ORDER_NS, passing)

    def finished(self, job: int, outcome: Outcome) -> None:
        """An order is over. One that was superseded here says nothing new."""
        under = self.orders.finish(job)
        if under is None:
            return
        if outcome == "completed" and any(self.air.mode(name) != "program" for name in self.air.coming([job])):
            self._late[job] = self._runs.now + FREED_NS
        else:
            self.air.over(job, done=outcome == "completed")
        self.air.leave_by(job, self._runs.now + FREED_NS)
        self._runs.touch_run(under.run)
        self._runs.rest()

    def holds(self, run: int) -> bool:
        """Whether a run is not done because of an order or of a held motion."""
        if not (self._held or self.orders.jobs):
            return False
        return self.orders.holds(run) or any(one.run.number == run for one in self._held)

    # --- what is reported ----------------------------------------------------------------------------------------

    def switcher(self, name: str, word: SwitcherWord) -> None:
        """A switcher says this now."""
        before = self.said.get(name, SILENT)
        self.said[name] = word
        known = self._switchers.get(name)
        if known is not None and not known.no_air and word.cameras:
            self.hear(Speaker("switcher", name), word.cameras)
        if word.ready and self.air.off_air:
            began = [output for output, on in word.outputs.items() if on and before.outputs.get(output) is False]
            if began:
                self.off_air(False)
                text = f"ON AIR: the {began[0]} has started."
                self._runs.effects.append(Say("note", "", text, NOWHERE, self._runs.now))
        self.prompts.hear(name, before, word)
        self._runs.rest()

    def hear(self, speaker: Speaker, said: Mapping[str, TallyMode]) -> None:
        """A switcher or a tally input has spoken."""
        effects, now = self._runs.effects, self._runs.now
        new = self.air.says(speaker, said)
        effects += [Spoken(speaker, camera, mode) for camera, mode in new.items()]
        for camera, mode in new.items():
            if mode != "program":
                self.air.has_left(camera, speaker)
        for camera in said:
            self._tell(camera)
        for job in [job for job in self._late if all(self.air.mode(c) == "program" for c in self.air.coming([job]))]:
            del self._late[job]
            self.air.over(job, done=True)
        self._lights(said, now)
        self._runs.rest()

    def _tell(self, camera: str) -> None:
        mode = self.air.mode(camera)
        if mode is not None and self._told.get(camera) != mode:
            self._told[camera] = mode
            self._runs.effects.append(OnAir(camera, mode))

    def line(self, camera: str, mode: TallyMode) -> None:
        """A `tally` line of the sheet."""
        self.air.lines[camera] = mode
        self._lit[camera] = self.air.light(camera, mode)
        self._tell(camera)
        self._runs.rest()

    @property
    def lit(self) -> dict[str, TallyMode]:
        """By camera, the lamps that are to be lit."""
        return {camera: mode for camera, mode in self._lit.items() if mode != "off"}

    # --- off air, lamps, by hand -----------------------------------------------------------------------------

    def off_air(self, off: bool) -> None:
        self.air.off_air = off
        self._lights(self._cameras, self._runs.now)
        self._runs.rest()

    def lamps_off(self, off: bool) -> None:
        self.air.lamps_off = off
        self._lights(self._cameras, self._runs.now)

    def by_hand(self, by_hand: bool) -> None:
        self.orders.by_hand = by_hand
        self.prompts.clear()

    def _lights(self, cameras: Mapping[str, object], now: int) -> None:
        for name in cameras:
            camera, mode = self._cameras.get(name), self.air.mode(name)
            if camera is None or camera.disabled or mode is None or self.air.dark(name):
                continue
            light = self.air.light(name, mode)
            if self._lit.get(name) != light:
                self._lit[name] = light
                act = CameraAct(name, Tally(light))
                self._runs.acts.begin(0, "", now, Step(Moment(0, 0), act, NOWHERE), act)

    # --- motions that wait for their camera to be free -------------------------------------------------------

    def hold(self, run: Run, due: int, step: Step, act: CameraAct) -> bool:
        """Hold this motion if an order of ours is taking its camera off program."""
        leaving = self.air.freed(act.camera)
        if leaving is None or leaving.until <= self._runs.now:
            return False
        self._supersede(act.camera, act.axes or act.command.axes)
        self._held.append(HeldMotion(run, due, step, act))
        return True

    def holds_camera(self, cameras: tuple[str, ...], but: int | None = None) -> bool:
        """Whether a motion of one of these cameras is held, those of the run `but` apart."""
        return any(one.act.camera in cameras and one.run.root.number != but for one in self._held)

    def displaced(self, camera: str, axes: Axes) -> None:
        """Something newer begins on these axes of a camera."""
        if self._held:
            self._supersede(camera, axes)

    def _supersede(self, camera: str, axes: Axes) -> None:
        for one in self._held[:]:
            if one.act.camera == camera and overlap(one.act.axes or one.act.command.axes, axes):
                self._drop(one, "superseded")

    def drop(self, run: Run | None) -> None:
        """A run is stopped, None: all of them are."""
        for one in self._held[:]:
            if run is None or one.run is run:
                self._drop(one, "stopped")

    def _drop(self, one: HeldMotion, outcome: Outcome) -> None:
        self._held.remove(one)
        act, run = one.act, one.run
        reason = "it was held until the camera is off program"
        self._runs.effects.append(
            Withhold(run.number, run.label, act.camera, act.command, one.due, one.step, outcome, reason)
        )
        self._runs.touch_run(run.number)

    @property
    def due(self) -> int | None:
        if not self._held and not self._late:
            return None
        left = (self.air.leaving.get(one.act.camera) for one in self._held if one.run.state == "running")
        times = [leaving.until for leaving in left if leaving is not None]
        times += self._late.values()
        return min(times, default=None)

    def wake(self, now: int) -> None:
        """It is `now`: what was waited for long enough is decided."""
        for job, until in list(self._late.items()):
            if until <= now:
                del self._late[job]
                self.air.over(job, done=True)
        self.look(waiting=True)

    def look(self, *, waiting: bool) -> None:
        """After a change: motions whose cameras are free begin, and waits that are met are over. `waiting`: there may
        be any."""
        if not (waiting or self._held):
            return
        for one in self._held[:]:
            if one.run.state != "running" or one not in self._held:
                continue
            leaving = self.air.freed(one.act.camera)
            if self.air.on_program(one.act.camera) and leaving is not None and self._runs.now < leaving.until:
                continue
            self._held.remove(one)
            self._runs.acts.judge(one.run, one.due, one.step, one.act, held=max(self._runs.now - one.due, 0))
            self._runs.touch_run(one.run.number)
        for run, wait in self._runs.waits((OnProgram, OffAir, Settled, Streaming)):
            if self.met(wait):
                run.met(wait, self._runs.now)
                self._runs.touch_run(run.number)
            elif self._alone and not self._pending(wait):
                self._assume(run, wait, self._runs.now)
                self._runs.touch_run(run.number)

    def there(self, camera: str, now: int) -> int | None:
        """How long until this camera is where its motions lead; None: unknown."""
        if self.holds_camera((camera,)) or self.motions.outcome(camera) is not None:
            return None
        left = 0
        for claim in self._runs.acts.claims.on(camera, SEEN):
            if not moves(claim):
                continue
            if claim.step.until is None or claim.endless:
                return None
            left = max(left, claim.due + claim.step.until - claim.step.predicted - now)
        return max(left, 0)

    # --- waits -----------------------------------------------------------------------------------------------

    def met(self, wait: OpenWait) -> bool:
        """Whether it is so."""
        match wait.wait.condition:
            case OnProgram(source=source, switcher=switcher):
                able = [one for one in self._switchers if switcher in (None, one)]
                return any(self.said.get(one, SILENT).sources.get(source) == "program" for one in able)
            case OffAir(cameras=cameras):
                coming = self.air.coming()
                return all(self.air.mode(name) in ("off", "preview") and name not in coming for name in cameras)
            case Settled(switcher=switcher):
                word = self.said.get(switcher, SILENT)
                return not word.ready or not (word.transition or self.orders.mixing(switcher))
            case Streaming(switcher=switcher):
                able = [one for one in self._switchers if switcher in (None, one)]
                return any(self.said.get(one, SILENT).outputs.get("stream") for one in able)
            case Arrived() | OscHeard() | GoGiven() | TimeOfDay():
                return False
            case _ as never:
                assert_never(never)

    def opened(self, run: Run, at: int, wait: OpenWait) -> None:
        """A wait for air begins. In a rehearsal there is no operator to cut what the list does not cut."""
        if self.met(wait):
            run.met(wait, at)
        elif self._alone and not self._pending(wait):
            self._assume(run, wait, at)

    def _assume(self, run: Run, wait: OpenWait, at: int) -> None:
        """There is no operator to bring about what this waits for."""
        text = f"In a rehearsal `wait for {words(wait)}` is met at once."
        self._runs.effects.append(Say("note", run.label, text, wait.wait.origin, at))
        for switcher in self._switchers.values():
            if switcher.no_air and not isinstance(wait.wait.condition, OnProgram):
                continue
            match wait.wait.condition:
                case OnProgram(source=source, switcher=named):
                    if named in (None, switcher.name) and switcher.source(source) is not None:
                        self._suppose(switcher, source)
                case OffAir(cameras=cameras):
                    shown = self.said.get(switcher.name, SILENT).cameras
                    if any(shown.get(name) == "program" for name in cameras):
                        self._suppose(switcher, None)
                case Settled() | Streaming() | Arrived() | OscHeard() | GoGiven() | TimeOfDay():
                    pass
                case _ as never:
                    assert_never(never)
        run.met(wait, at)

    def _suppose(self, switcher: Switcher, source: str | None) -> None:
        """Believe what the plan believes: a person has cut to `source`, or (None) to a picture without cameras."""
        word = self.said.get(switcher.name, SILENT)
        cameras: dict[str, TallyMode] = dict.fromkeys(sorted(switcher.cameras), "off")
        cameras |= dict.fromkeys(cameras_of(switcher, word.preview), "preview")
        cameras |= dict.fromkeys(cameras_of(switcher, source), "program")
        sources: dict[str, BusName] = {} if word.preview is None else {word.preview: "preview"}
        if source is not None:
            sources[source] = "program"
        self._runs.effects.append(SupposeCut(switcher.name, source))
        self.switcher(switcher.name, replace(word, cameras=cameras, sources=sources, program=source))

    def _pending(self, wait: OpenWait) -> bool:
        """Whether something that runs will bring about what this waits for."""
        condition = wait.wait.condition
        if self.orders.jobs or isinstance(condition, Settled):
            return True
        for run in self._runs.runs.values():
            for step, looped in _free_of(run.timeline.program, wait):
                act = step.act
                if not isinstance(act, SwitcherAct):
                    continue
                if run.timeline.start + step.predicted < wait.since if looped else run.timeline.handed_out(step):
                    continue
                if isinstance(condition, Streaming):
                    if act.order == SetOutput("stream", True):
                        return True
                    continue
                if not isinstance(act.order, MIXES):
                    continue
                if isinstance(condition, OnProgram) and act.source == condition.source:
                    return True
                if isinstance(condition, OffAir):
                    shown = cameras_of(self._switchers[act.switcher], act.source)
                    if not set(condition.cameras) & set(shown):
                        return True
        return False

    def failed(self, camera: str, outcome: Outcome) -> None:
        """A motion of this camera did not come about (`superseded`: a hand took it): what waits for it goes on at its
        `else`."""
        if outcome not in ("refused", "unreachable", "superseded"):
            return
        for run, wait in self._runs.waits(Arrived):
            condition = wait.wait.condition
            if isinstance(condition, Arrived) and camera in condition.cameras:
                self.otherwise(run, wait, camera, outcome, self._runs.now)

    def otherwise(self, run: Run, wait: OpenWait, camera: str, outcome: Outcome, at: int) -> bool:
        """Go on at the `else` of this wait, if it has one."""
        if not run.timeline.failed(wait, at):
            return False
        how = "taken by a hand" if outcome == "superseded" else outcome
        text = f"{camera} was {how}: the `else` of `wait for {words(wait)}` runs."
        self._runs.effects.append(Say("warning", run.label, text, wait.wait.origin, at))
        self._runs.touch_run(run.number)
        return True


def _free_of(program: Program, wait: OpenWait) -> Iterator[tuple[Step, bool]]:
    """The steps of a program that may come while this wait is open, and whether an endless loop has them: those that
    count from its end are left out."""
    behind: set[int] = set()
    for number, anchor in enumerate(program.anchors):
        match anchor:
            case Wait(at=at) | Beat(after=at):
                late = anchor is wait.wait or at.anchor in behind
            case Join(moments=moments):
                late = any(moment.anchor in behind for moment in moments)
            case Either(moments=moments):
                late = all(moment.anchor in behind for moment in moments)
            case Chosen(at=at):
                late = at.anchor in behind
            case Otherwise(wait=given_up):
                late = given_up in behind
            case Go():
                late = False
            case _:
                assert_never(anchor)
        if late:
            behind.add(number)
    for step in program.steps:
        if step.at.anchor not in behind:
            yield step, False
            if isinstance(step.act, Forever):
                yield from ((inner, True) for inner in walk(step.act.body))
