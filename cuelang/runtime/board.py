"""The state of a running show, kept up with by what happens in it: the view of it is made here."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, assert_never

from cuelang.commands import TROUBLE, Driver, Outcome, Pose
from cuelang.commands.switching import action_of
from cuelang.plain import short
from cuelang.plan import Camera, Cue, Plan
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    CueState,
    Effect,
    End,
    Halt,
    Hold,
    Narrow,
    OnAir,
    PlacesAsked,
    ReloadAsked,
    Resume,
    Say,
    SendOut,
    SkipAsked,
    Spoken,
    StandbyMoved,
    SupposeCut,
    SwapAsked,
    Switch,
    Verdict,
    Withhold,
    WithholdOrder,
)
from cuelang.playback.sight import NOTHING_RUNS, RunView, Sight, VisionView
from cuelang.runtime.command_records import CommandRecord
from cuelang.runtime.outline import NO_OUTLINE, Outline
from cuelang.runtime.records import Record
from cuelang.runtime.remarks import Remarks
from cuelang.runtime.switcher_view import AirState, ShownAlarm, ShownPrompt, SwitcherRow
from cuelang.runtime.timing import Pacing, Rehearsed
from cuelang.runtime.view import (
    NONE_AROUND,
    Around,
    BehindView,
    CameraRow,
    CueMark,
    CueRow,
    LinkMark,
    Mistake,
    NoteRow,
    Panic,
    RunRow,
    TriggerRow,
    View,
)
from cuelang.units import NS


class Board:
    """Keeps what a screen shows: it takes the effects of playback and makes a `View` when asked for one. Times are loop
    ns.

    `zero` is the loop time at which the show began; `warnings` and `outlines` are by cue number.
    """

    MAX_SHOWN = 50

    def __init__(
        self,
        plan: Plan,
        zero: int,
        warnings: Mapping[str, tuple[str, ...]] | None = None,
        outlines: Mapping[str, Outline] | None = None,
        rehearsed: Rehearsed | None = None,
    ) -> None:
        self._pacing = Pacing(rehearsed)
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
        self._triggers: deque[tuple[int, Verdict]] = deque(maxlen=self.MAX_SHOWN)
        self._notes: deque[tuple[int, Literal["note", "warning", "trouble"], str, str]] = deque(maxlen=self.MAX_SHOWN)
        self._doing: dict[int, tuple[str, str]] = {}
        self._alarms: list[tuple[int, str]] = []
        self.behind: BehindView | None = None
        self.followers: tuple[str, ...] = ()
        self.remarks = Remarks(zero)
        self.load(plan, warnings, outlines)

    def load(
        self,
        plan: Plan,
        warnings: Mapping[str, tuple[str, ...]] | None = None,
        outlines: Mapping[str, Outline] | None = None,
    ) -> None:
        self.plan = plan
        self._warnings = dict(warnings or {})
        self._outlines = dict(outlines or {})
        self._cues = {cue.number: cue for cue in plan.cues}
        self._places: dict[str, tuple[Pose, _Place]] = {}
        self._rows: dict[str, CueRow] = {}
        self._stale = set(self._cues)
        swaps = dict(plan.swaps)
        self._cast = {part: f"replaced by {other}" for part, other in swaps.items() if part not in swaps.values()}
        self._cast |= {other: f"stands in for {part}" for part, other in swaps.items()}
        self._shown_standby: str | None = None

    def show(self, runs: Iterable[RunView], now: int) -> None:
        """What a show which goes on had running."""
        for run in runs:
            self._cue(CueChanged(run.run, run.cue, "started", now, title=run.title))
            if run.state == "paused":
                self._cue(CueChanged(run.run, run.cue, "paused", now))

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
                self.note(
                    effect.at, effect.kind, effect.cue, f"{effect.text} ({effect.by})" if effect.by else effect.text
                )
            case (
                Withhold()
                | End()
                | Narrow()
                | Hold()
                | Resume()
                | Halt()
                | SendOut()
                | OnAir()
                | Spoken()
                | Switch()
                | SupposeCut()
                | WithholdOrder()
                | ReloadAsked()
                | SkipAsked()
                | SwapAsked()
                | PlacesAsked()
            ):
                pass
            case _:
                assert_never(effect)

    def ended(self, what: Begin | Withhold, outcome: Outcome, reason: str, now: int) -> None:
        """The outcome of a command is known."""
        if isinstance(what, Begin):
            self._doing.pop(what.job, None)
        self.commands += 1
        if outcome in TROUBLE:
            self.troubles += 1
            text = f"{what.camera}: {what.command.action} {outcome.replace('_', ' ')}"
            self.note(now, "trouble", what.cue, f"{text}: {reason}" if reason else text)

    def told(self, record: CommandRecord, now: int) -> None:
        """The outcome of a command of the machine that decides is known."""
        if record.job is not None:
            self._doing.pop(record.job, None)
        self.commands += 1
        if record.outcome in TROUBLE:
            self.troubles += 1
            text = f"{record.device}: {record.action} {record.outcome.replace('_', ' ')}"
            self.note(now, "trouble", record.cue, f"{text}: {record.reason}" if record.reason else text)

    def order_ended(self, what: Switch | WithholdOrder, outcome: Outcome, reason: str, now: int) -> None:
        """An order to a switcher was carried out, has failed, or was withheld."""
        self.commands += 1
        if isinstance(what, WithholdOrder) and what.by_hand:
            return
        if outcome in TROUBLE:
            self.troubles += 1
            text = f"{what.switcher}: {action_of(what.order)} {outcome.replace('_', ' ')}"
            self.note(now, "trouble", what.cue, f"{text}: {reason}" if reason else text)

    def _verdict(self, verdict: Verdict, at: int) -> None:
        if self._triggers and _goes_on(self._triggers[-1], verdict, at):
            self._triggers.pop()
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
            self.remarks.last = change.cue or self.remarks.last
            self._pacing.fired(change.cue, change.at - self.zero)
            self._failed.pop(change.cue, None)
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
        drivers: Mapping[str, Driver],
        sight: Sight = NOTHING_RUNS,
        switchers: tuple[SwitcherRow, ...] = (),
        around: Around = NONE_AROUND,
    ) -> View:
        busy = dict(self._doing.values())
        return View(
            title=self.plan.settings.title or self.plan.file,
            wall=wall,
            elapsed=now - self.zero,
            standby=self.standby,
            cues=self._cue_rows({run.cue: run for run in sight.runs}),
            running=tuple(self._run_row(run) for run in sight.runs),
            cameras=tuple(
                self._camera_row(camera, drivers.get(camera.name), busy, now, sight, around)
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
            follows=sight.follows,
            go=sight.go,
            panic=None
            if self._panic is None
            else Panic(self._panic[0] - self.zero, wall - _span(now - self._panic[0]), who(self._panic[1])),
            mistakes=self.mistakes,
            simulated=self.simulated,
            switchers=switchers,
            air=_air(sight.vision, now),
            alarms=tuple(ShownAlarm(at - self.zero, wall - _span(now - at), text) for at, text in self._alarms),
            remarks=self.remarks.rows,
            last_cue=self.remarks.last,
            timing=self._pacing.view(self.standby),
            inputs=around.inputs,
            heard=around.heard,
            behind=self.behind,
            followers=self.followers,
        )

    def restore(self, records: Iterable[Record], now: int, wall: datetime) -> None:
        self.remarks.restore(records, now, wall)
        self._stale |= self.remarks.flags.keys() & self._cues.keys()

    def flag(self, cue: str, on: bool, by: str, now: int) -> Say | None:
        self._stale.add(cue)
        return self.remarks.flag(cue, on, by, now)

    def alarm(self, at: int, text: str) -> None:
        """An alarm that stays on the screens until it is acknowledged."""
        self._alarms = [*self._alarms[1 - self.MAX_SHOWN :], (at, text)]

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
            outline=self._outlines.get(cue.number, NO_OUTLINE),
            flag=self.remarks.flags.get(cue.number, ""),
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
        self,
        camera: Camera,
        driver: Driver | None,
        busy: Mapping[str, str],
        now: int,
        sight: Sight,
        around: Around,
    ) -> CameraRow:
        tally = sight.air.get(camera.name)
        if driver is None:
            link: LinkMark = "disabled" if camera.disabled else "none"
            return CameraRow(camera.name, camera.url, link, None, tally, None, None, None, None, "", "")
        state = driver.state
        age = None if state.heard is None else now - state.heard
        link = "lost"
        if state.connected:
            link = "connected" if age is not None and age <= SILENT_AFTER_NS else "silent"
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
            driven_by=short(around.driven.get(camera.name, "")),
            cast=self._cast.get(camera.name, ""),
            offer=sight.offers.get(camera.name, ""),
            tracing=short(around.traced.get(camera.name, "")),
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


SILENT_AFTER_NS = 12 * NS
"""Idle links are asked every 5 s: two questions without an answer."""


def _air(vision: VisionView, now: int) -> AirState:
    prompts = (ShownPrompt(one.text, one.switcher, one.source, one.cue, now - one.at) for one in vision.prompts)
    return AirState(vision.off_air, vision.by_hand, vision.lamps_off, tuple(prompts))


def who(source: str) -> str:
    """The name of the person at a page or a client; without one, the client without its port, which tells an operator
    nothing. The log has all of it."""
    return PORT.sub(lambda found: found[2] or found[1], source)


PORT = re.compile(r"^((?:page|http) \S+):\d+(?: \((.*)\))?(?= key$|$)")


def _span(ns: int) -> timedelta:
    return timedelta(microseconds=ns // 1000)


def _goes_on(last: tuple[int, Verdict], verdict: Verdict, at: int) -> bool:
    """Whether it is one more word of the fader that has spoken last: only its newest is shown."""
    before, now = last[1].request, verdict.request
    return (
        now.automatic
        and now.verb == "statement"
        and now.statement is not None
        and bool(now.said)
        and before.automatic
        and (before.source, before.origin) == (now.source, now.origin)
        and last[1].verdict == verdict.verdict
        and at - last[0] < NS
    )
