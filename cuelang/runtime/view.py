"""What a screen shows of a running show: plain frozen data, made for each look.

Times are integer nanoseconds unless said otherwise, angles are degrees, zoom is percent of the optical range.
A `View` does not refer back to the show: it may be kept, compared or sent to another process.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from msgspec import Struct

from cuelang.commands import TROUBLE, Driver, Outcome, Pose, TallyMode
from cuelang.commands.switching import action_of
from cuelang.plain import short
from cuelang.plan import Camera, Cue, Plan
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    CueState,
    Effect,
    Say,
    StandbyMoved,
    Switch,
    Verb,
    Verdict,
    VerdictWord,
    Withhold,
    WithholdOrder,
)
from cuelang.playback.sight import NO_GO, NO_VISION, FollowView, GoView, RunView, VisionView, WaitView
from cuelang.runtime.switcher_view import ON_AIR, AirState, Alarm, Prompt, SwitcherRow
from cuelang.units import NS

CueMark = Literal["", "running", "paused", "done", "stopped", "disabled"]
LinkMark = Literal["connected", "silent", "lost", "disabled", "none"]
"""`silent`: the line is open and the camera has not answered for a while. `none`: there is no driver for it."""


class CueRow(Struct, frozen=True):
    """One line of the cue list. `progress` is 0…1 while it runs and its length is known. `standby_text` is shown
    while the cue is next. `warnings` are what `check` said of this cue."""

    number: str
    title: str
    section: str
    state: CueMark
    is_standby: bool
    standby_text: str
    progress: float | None
    duration: int | None
    warnings: tuple[str, ...]
    troubles: int = 0
    """Commands of its last firing that did not do what they should."""
    aside: bool = False
    """Fired by its number, a trigger or a button only."""


class RunRow(Struct, frozen=True):
    """A cue on its way. `remaining` is predicted, None when it never ends by itself, and while it cannot be known."""

    run: int
    cue: str
    title: str
    paused: bool
    elapsed: int
    remaining: int | None
    doing: int
    """How many of its commands are under way."""
    waiting: tuple[str, ...]
    """What it waits for, in words: `go`, `osc /ready`, a camera's name."""
    waits: tuple[WaitView, ...] = ()
    waited: int = 0
    """How much of `elapsed` went by in waits that no plan can foresee."""
    then: str = ""
    """The cue that follows by itself when this one is done; empty: none."""


class CameraRow(Struct, frozen=True):
    """`age` is how long ago it last answered, None: never. `tally` None: no source said what is on air."""

    name: str
    url: str
    link: LinkMark
    age: int | None
    tally: TallyMode | None
    pan: float | None
    tilt: float | None
    zoom: float | None
    power: bool | None
    doing: str
    error: str


class TriggerRow(Struct, frozen=True):
    """A request and what became of it; `at` is ns since the show started."""

    at: int
    wall: datetime
    source: str
    request: str
    verdict: VerdictWord
    reason: str
    did: str = ""
    """What a fired one has done, as `GO released cue 2`."""


class Panic(Struct, frozen=True):
    """A PANIC after which nothing was fired yet."""

    at: int
    wall: datetime
    source: str


class Mistake(Struct, frozen=True):
    """Why the sheet on the disk is not the one that runs; `place` is `file:line:column`, or empty."""

    place: str
    text: str
    hint: str = ""


PauseDoes = Literal["pause", "resume"]


class NoteRow(Struct, frozen=True):
    """`kind` note: the sheet says it. warning: the show says it. trouble: a command did not do what it should."""

    at: int
    wall: datetime
    kind: Literal["note", "warning", "trouble"]
    cue: str
    text: str


class View(Struct, frozen=True):
    """A moment of the show. `triggers` and `notes`: the last ones, newest last."""

    title: str
    wall: datetime
    elapsed: int
    standby: str | None
    cues: tuple[CueRow, ...]
    running: tuple[RunRow, ...]
    cameras: tuple[CameraRow, ...]
    triggers: tuple[TriggerRow, ...]
    notes: tuple[NoteRow, ...]
    commands: int
    """Commands whose outcome is known."""
    troubles: int
    """Of those, how many were refused, timed out or not reached."""
    show_mode: bool = False
    stopping: bool = False
    follows: tuple[FollowView, ...] = ()
    """What fires by itself after a while, the soonest first."""
    go: GoView = NO_GO
    panic: Panic | None = None
    mistakes: tuple[Mistake, ...] = ()
    """Why the last reload was refused; empty once one has gone well."""
    simulated: bool = False
    switchers: tuple[SwitcherRow, ...] = ()
    air: AirState = ON_AIR
    """Off air, cutting by hand, lamps off."""
    alarms: tuple[Alarm, ...] = ()
    """What stays on the screens until it is acknowledged, the oldest first."""

    @property
    def pause_does(self) -> PauseDoes:
        """What the pause key is for: to resume when something is held and nothing else goes on."""
        return _pause_does([run.paused for run in self.running] + [follow.paused for follow in self.follows])

    def pause_of(self, cue: str) -> PauseDoes:
        """The same for one cue."""
        held = [run.paused for run in self.running if run.cue == cue]
        return _pause_does(held + [follow.paused for follow in self.follows if follow.cue == cue])


def _pause_does(held: Sequence[bool]) -> PauseDoes:
    return "resume" if held and all(held) else "pause"


# --- the board ---------------------------------------------------------------------------------------------


class Board:
    """Keeps what a screen shows: it takes the effects of playback and makes a `View` when asked for one. Times are loop
    ns.

    `zero` is the loop time at which the show began; `warnings` are by cue number.
    """

    KEPT = 50

    def __init__(self, plan: Plan, zero: int, warnings: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.zero = zero
        self.show_mode = self.stopping = self.simulated = False
        self.mistakes: tuple[Mistake, ...] = ()
        self.standby: str | None = None
        self.commands = 0
        self.troubles = 0
        self.running: dict[int, str] = {}
        """The runs that are under way, with their cue's number; empty for a statement on its own."""
        self._marks: dict[str, CueMark] = {}
        self._failed: Counter[str] = Counter()
        self._panic: tuple[int, str] | None = None
        self._triggers: deque[tuple[int, Verdict]] = deque(maxlen=self.KEPT)
        self._notes: deque[tuple[int, Literal["note", "warning", "trouble"], str, str]] = deque(maxlen=self.KEPT)
        self._doing: dict[int, tuple[str, str]] = {}
        self._alarms: list[tuple[int, str]] = []
        self.load(plan, warnings)

    def load(self, plan: Plan, warnings: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.plan = plan
        self._warnings = dict(warnings or {})
        self._cues = {cue.number: cue for cue in plan.cues}
        self._places: dict[str, tuple[Pose, _Place]] = {}
        self._rows: dict[str, CueRow] = {}
        self._stale = set(self._cues)
        self._shown_standby: str | None = None

    def effect(self, effect: Effect, now: int) -> None:
        """Playback has decided this. The note of a command comes when it has ended (`ended`)."""
        match effect:
            case Begin():
                action = effect.command.action
                self._doing[effect.job] = (effect.camera, f"cue {effect.cue}: {action}" if effect.cue else action)
            case CueChanged():
                self._cue(effect)
            case Verdict():
                self._verdict(effect, now)
            case StandbyMoved():
                self.standby = effect.cue
            case Say():
                self.note(effect.at, effect.kind, effect.cue, effect.text)
            case _:
                pass

    def ended(self, what: Begin | Withhold, outcome: Outcome, reason: str, now: int) -> None:
        """The outcome of a command is known."""
        if isinstance(what, Begin):
            self._doing.pop(what.job, None)
        self.commands += 1
        if outcome in TROUBLE:
            self.troubles += 1
            text = f"{what.camera}: {what.command.action} {outcome.replace('_', ' ')}"
            self.note(now, "trouble", what.cue, f"{text}: {reason}" if reason else text)

    def order_ended(self, what: Switch | WithholdOrder, outcome: Outcome, reason: str, now: int) -> None:
        """The same of an order to a switcher."""
        self.commands += 1
        if isinstance(what, WithholdOrder) and what.by_hand:
            return
        if outcome in TROUBLE:
            self.troubles += 1
            text = f"{what.switcher}: {action_of(what.order)} {outcome.replace('_', ' ')}"
            self.note(now, "trouble", what.cue, f"{text}: {reason}" if reason else text)

    def _verdict(self, verdict: Verdict, at: int) -> None:
        self._triggers.append((at, verdict))
        if verdict.verdict == "fired" and verdict.request.verb == "panic":
            self._panic = (at, verdict.request.source)
        elif verdict.verdict == "fired" and verdict.request.verb == "seen":
            self._alarms = []

    def _cue(self, change: CueChanged) -> None:
        """A firing of a cue began, was held, went on or ended. Statements fired on their own have no row."""
        self._marks[change.cue] = _MARKS[change.state]
        if change.state in ("done", "stopped"):
            self.running.pop(change.run, None)
        if change.state == "started":
            self.running[change.run] = change.cue
            self._panic = None if change.cue else self._panic
            del self._failed[change.cue]
        self._stale.add(change.cue)

    def note(self, at: int, kind: Literal["note", "warning", "trouble"], cue: str, text: str) -> None:
        self._notes.append((at, kind, cue, short(text)))
        if kind == "trouble" and cue:
            self._failed[cue] += 1
            self._stale.add(cue)

    def view(
        self,
        now: int,
        wall: datetime,
        runs: Sequence[RunView],
        air: Mapping[str, TallyMode | None],
        drivers: Mapping[str, Driver],
        follows: tuple[FollowView, ...] = (),
        go: GoView = NO_GO,
        switchers: tuple[SwitcherRow, ...] = (),
        vision: VisionView = NO_VISION,
    ) -> View:
        busy = dict(self._doing.values())
        return View(
            title=self.plan.settings.title or self.plan.file,
            wall=wall,
            elapsed=now - self.zero,
            standby=self.standby,
            cues=self._cue_rows({run.cue: run for run in runs}),
            running=tuple(self._run_row(run) for run in runs),
            cameras=tuple(
                self._camera_row(camera, drivers.get(camera.name), air.get(camera.name), busy, now)
                for camera in self.plan.cameras
            ),
            triggers=tuple(
                TriggerRow(
                    at - self.zero,
                    wall - _span(now - at),
                    short(who(verdict.request.source)),
                    short(verdict.request.text),
                    verdict.verdict,
                    short(verdict.reason),
                    short(verdict.did),
                )
                for at, verdict in self._triggers
            ),
            notes=tuple(
                NoteRow(at - self.zero, wall - _span(now - at), kind, cue, text) for at, kind, cue, text in self._notes
            ),
            commands=self.commands,
            troubles=self.troubles,
            show_mode=self.show_mode,
            stopping=self.stopping,
            follows=follows,
            go=go,
            panic=None if self._panic is None else Panic(
                self._panic[0] - self.zero, wall - _span(now - self._panic[0]), who(self._panic[1])
            ),
            mistakes=self.mistakes,
            simulated=self.simulated,
            switchers=switchers,
            air=AirState(vision.off_air, vision.by_hand, vision.lamps_off, _prompts(vision, now)),
            alarms=tuple(Alarm(at - self.zero, wall - _span(now - at), text) for at, text in self._alarms),
        )  # fmt: skip

    def alarm(self, at: int, text: str) -> None:
        """An alarm that stays on the screens until it is acknowledged."""
        self._alarms = [*self._alarms[1 - self.KEPT :], (at, text)]

    def _cue_rows(self, active: Mapping[str, RunView]) -> tuple[CueRow, ...]:
        """Only rows that may have changed are rebuilt: a list has thousands of them."""
        if self.standby != self._shown_standby:
            self._stale |= {number for number in (self.standby, self._shown_standby) if number is not None}
            self._shown_standby = self.standby
        if len(self._rows) != len(self._cues):
            self._rows = dict.fromkeys(self._cues, NO_ROW)
        for number in self._stale | active.keys():
            if number in self._cues:
                self._rows[number] = self._cue_row(self._cues[number], active.get(number))
        self._stale = set(active)
        return tuple(self._rows.values())

    def _cue_row(self, cue: Cue, run: RunView | None) -> CueRow:
        return CueRow(
            number=cue.number,
            title=cue.title,
            section=cue.section,
            state="disabled" if cue.disabled else self._marks.get(cue.number, ""),
            is_standby=cue.number == self.standby,
            standby_text=cue.standby,
            progress=None if run is None else run.progress,
            duration=cue.duration,
            warnings=self._warnings.get(cue.number, ()),
            troubles=self._failed[cue.number],
            aside=cue.aside,
        )

    def _run_row(self, run: RunView) -> RunRow:
        cue = self._cues.get(run.cue)
        duration = cue.duration if cue is not None else None
        return RunRow(
            run=run.run,
            cue=run.cue,
            title=run.title,
            paused=run.state == "paused",
            elapsed=run.elapsed,
            remaining=None if duration is None or run.waiting else max(0, duration - run.elapsed + run.waited),
            doing=run.jobs,
            waiting=run.waiting,
            waits=run.waits,
            waited=run.waited,
            then=run.then,
        )

    def _camera_row(
        self, camera: Camera, driver: Driver | None, tally: TallyMode | None, busy: Mapping[str, str], now: int
    ) -> CameraRow:
        if driver is None:
            link: LinkMark = "disabled" if camera.disabled else "none"
            return CameraRow(camera.name, camera.url, link, None, tally, None, None, None, None, "", "")
        state = driver.state
        age = None if state.heard is None else now - state.heard
        link = "lost"
        if state.connected:
            link = "connected" if age is not None and age <= SILENT_AFTER else "silent"
        pan, tilt, zoom = self._place(camera, state.pose)
        return CameraRow(
            name=camera.name,
            url=camera.url,
            link="disabled" if camera.disabled else link,
            age=age,
            tally=tally,
            pan=pan,
            tilt=tilt,
            zoom=zoom,
            power=state.power,
            doing=busy.get(camera.name, ""),
            error=short(state.error),
        )

    def _place(self, camera: Camera, pose: Pose) -> _Place:
        """Worked out when the camera has moved: exact degrees cost more than all the rest of a row."""
        known = self._places.get(camera.name)
        if known is not None and known[0] is pose:
            return known[1]
        model = camera.figures
        place = (
            None if pose.pan is None else float(model.pan_degrees(pose.pan)),
            None if pose.tilt is None else float(model.tilt_degrees(pose.tilt)),
            None if pose.zoom is None else 100 * pose.zoom / model.zoom_max,
        )
        self._places[camera.name] = (pose, place)
        return place


_Place = tuple[float | None, float | None, float | None]
"""Pan and tilt in degrees, zoom in percent."""

_MARKS: dict[CueState, CueMark] = {
    "started": "running", "paused": "paused", "resumed": "running", "done": "done", "stopped": "stopped",
}  # fmt: skip

NO_ROW = CueRow("", "", "", "", False, "", None, None, ())
"""Holds a place in the list until the row is made."""

SILENT_AFTER = 12 * NS
"""Idle links are asked every 5 s: two questions without an answer."""


def _prompts(vision: VisionView, now: int) -> tuple[Prompt, ...]:
    return tuple(Prompt(one.text, one.switcher, one.source, one.cue, now - one.at) for one in vision.prompts)


def who(source: str) -> str:
    """A page or a client without its port, which tells an operator nothing; the log has it."""
    return PORT.sub(r"\1", source)


PORT = re.compile(r"^((?:page|http) \S+):\d+$")


def _span(ns: int) -> timedelta:
    return timedelta(microseconds=ns // 1000)


class LiveShow(Protocol):
    """What a screen may ask of the show. Every call returns at once, on the show's loop."""

    def view(self) -> View: ...

    def key(self, verb: Verb, cue: str | None = None, *, key: str, fires: bool = False) -> Verdict | None:
        """A request from the operator's keyboard; `cue` as typed. The verdict shows in the view, too; None: it comes
        later. `fires`: of a `locate`, which fires the cue then."""

    def press(self, key: str) -> bool:
        """A key that the sheet may have a trigger for, by name: `F12`, `a`. False: it has none."""

    def quit(self) -> None:
        """End the show: what it set going is stopped, the log is closed."""


Screen = Callable[[LiveShow], Awaitable[None]]
