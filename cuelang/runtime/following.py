"""A cue list that another machine decides: told that machine's journal, record by record; and what it owes when this
machine takes over. Pure.

`Following.take` is fed with the records of the leader, in their order. What the list then does is what the leader
does, so standby, runs and the page are its own. The effects are not carried out; each is remembered until a record says
that the leader has carried it out. What is left of them at `take_over` is carried out here, or may never be sent again:

    may be repeated   places, recalls, ramps' next frames, stops, settings, tally, preview: sent again, unless the
                      journal has an outcome
    may not           relative moves, steps, toggles, stream, record, booths, pictures, store, raw, `send`: `lost`
    cut, dissolve, take   `mixes`: the switcher is looked at first
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Any, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang import commands as c
from cuelang.commands.switching import MIXES, Preview
from cuelang.plan import named_cue
from cuelang.playback.air import SILENT
from cuelang.playback.claims import MOTION, Claim
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    Effect,
    End,
    Halt,
    Hold,
    Narrow,
    OnAir,
    PlacesAsked,
    ReloadAsked,
    Request,
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
from cuelang.playback.held import is_once, left_of
from cuelang.playback.locator import rest
from cuelang.runtime.board import Board
from cuelang.runtime.command_records import CommandRecord, HaltRecord, PlaceRecord, SendRecord, SentRecord
from cuelang.runtime.input_records import InputRecord
from cuelang.runtime.journal import Journal
from cuelang.runtime.record_keys import key_of_effect, key_of_record
from cuelang.runtime.records import (
    AirRecord,
    CueRecord,
    EndRecord,
    NoteRecord,
    OtherRecord,
    Record,
    ShowRecord,
    StandbyRecord,
    TallyRecord,
    TriggerRecord,
)
from cuelang.source import NOWHERE
from cuelang.units import NS

KEPT_EFFECT_NS = 10 * NS
"""How long an effect waits for its record; and how long the leader repeats a stop."""


class Mix(Struct, frozen=True):
    """A cut, dissolve or take without an outcome. `target`: the source that it brings to program, None: unknown.
    `sent`: the journal says that it was."""

    effect: Switch
    target: str | None
    sent: bool


class Taken(Struct):
    """What a machine that takes over has to do, in this order. `lost` is not sent: it was due before, has no outcome
    and would perhaps be done twice."""

    stops: list[Halt] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    """Not carried out by the leader as far as the journal says; and, as `Begin`, what is sent again."""
    mixes: list[Mix] = field(default_factory=list)
    lost: list[Begin | Switch | SendOut] = field(default_factory=list)
    held: tuple[str, ...] = ()
    """In words, what was paused and cannot be repeated by `resume`."""


class Following:
    """The list of another machine. `board` shows it; the journal's `zero` is the loop time of that show's time 0.

    `took`: the number of the last record."""

    def __init__(self, journal: Journal, board: Board) -> None:
        self.journal, self._board = journal, board
        self.took = 0
        self.drives = 0
        """The number of the last drive by hand."""
        self._begun: dict[int, Begin | Switch] = {}
        """By job: what has no outcome."""
        self._targets: dict[int, str | None] = {}
        self._places: dict[int, c.Pose] = {}
        """By job: where its camera was when it was planned."""
        self._waiting: dict[Hashable, deque[tuple[int, Effect]]] = {}
        """Effects without their record, and since when."""
        self._halted: deque[tuple[int, Halt]] = deque()
        """Stops of the last seconds that no later motion has made void."""

    @property
    def instant(self) -> int:
        """The latest time that any record tells of (loop ns)."""
        return self.journal.instant

    def take(self, record: Record) -> None:
        """The leader's next record. Raises NoPlan for a reload whose plan is not known."""
        self.took = max(self.took, record.seq)
        self._done(record)
        self._effects(self.journal.take(record))
        self._show(record)
        if isinstance(record, ShowRecord) and record.state in ("resumed", "taken over"):
            self._forget()
        drive = getattr(record, "drive", None)
        self.drives = max(self.drives, drive) if isinstance(drive, int) else self.drives
        self._prune()

    def shift(self, by: int) -> None:
        """The leader's clock goes otherwise than ours by so much (ns); only while nothing runs."""
        self.journal.zero += by
        self.journal.instant += by
        self._board.zero += by

    @property
    def idle(self) -> bool:
        """Nothing in the list counts on the clock."""
        playback = self.journal.playback
        return playback.due is None and not playback.runs(self.instant)

    def _forget(self) -> None:
        live = {claim.job for claim in self.journal.playback.claims() if claim.live}
        live |= self.journal.playback.ordered.keys()
        self._begun = {job: effect for job, effect in self._begun.items() if job in live}
        self._waiting.clear()

    # --- what the leader has done --------------------------------------------------------------------------------

    def _effects(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            at = self.journal.playback.now
            match effect:
                case Begin():
                    self._begun[effect.job] = effect
                    self._halted = deque((then, halt) for then, halt in self._halted if not _voids(effect, halt))
                    self._board.effect(effect, at)
                case Switch():
                    self._begun[effect.job] = effect
                    preview = self.journal.playback.vision.said.get(effect.switcher, SILENT).preview
                    self._targets[effect.job] = effect.source or preview
                case CueChanged() | StandbyMoved():
                    self._board.effect(effect, at)
                case Halt():
                    self._halted.append((at, effect))
                case (
                    Verdict()
                    | Withhold()
                    | End()
                    | Narrow()
                    | Hold()
                    | Resume()
                    | SendOut()
                    | Say()
                    | OnAir()
                    | Spoken()
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
            key = key_of_effect(effect)
            if key is not None:
                self._waiting.setdefault(key, deque()).append((at, effect))

    def _done(self, record: Record) -> None:
        """The leader has carried something out."""
        if isinstance(record, CommandRecord) and record.job is not None:
            self._begun.pop(record.job, None)
            self._targets.pop(record.job, None)
            self._places.pop(record.job, None)
        elif isinstance(record, PlaceRecord):
            self._places[record.job] = c.Pose(record.pan, record.tilt, record.zoom)
        key = key_of_record(record)
        waiting = self._waiting.get(key) if key is not None else None
        if waiting:
            waiting.popleft()
            if not waiting:
                del self._waiting[key]

    def _prune(self) -> None:
        before = self.instant - KEPT_EFFECT_NS
        while self._halted and self._halted[0][0] < before:
            self._halted.popleft()
        if len(self._waiting) > 100:
            self._waiting = {
                key: left for key, found in self._waiting.items() if (left := deque(p for p in found if p[0] >= before))
            }

    # --- for the screens -----------------------------------------------------------------------------------------

    def _show(self, record: Record) -> None:
        board, at = self._board, self.journal.zero + round(record.t_ms * 1000) * 1000
        if isinstance(record, InputRecord):
            return
        match record:
            case TriggerRecord():
                asked: Any = record.verb or "statement"
                request = Request(asked, named_cue(record.cue), record.source, at, said=record.request)
                board.effect(Verdict(request, record.verdict, record.reason or ""), at)
            case CommandRecord():
                board.told(record, at)
            case NoteRecord():
                warning: Any = record.kind
                board.effect(Say(warning, record.cue, record.text, NOWHERE, at, record.by or ""), at)
                if record.by is not None:
                    board.restore([record], at, datetime.fromisoformat(record.wall))
            case ShowRecord():
                if record.state == "reloaded":
                    board.standby = self.journal.playback.standby
            case (
                EndRecord()
                | CueRecord()
                | SendRecord()
                | HaltRecord()
                | StandbyRecord()
                | AirRecord()
                | TallyRecord()
                | OtherRecord()
                | SentRecord()
                | PlaceRecord()
            ):
                pass
            case _:
                assert_never(record)

    # --- the takeover --------------------------------------------------------------------------------------------

    def take_over(self, now: int) -> Taken:
        """This machine decides from `now` (loop ns, a whole microsecond of the show, not before `instant`). What the
        list has to do from here on is its playback's; what it owes is returned."""
        playback, taken = self.journal.playback, Taken()
        self._effects(self.journal.take_over(now))
        taken.held = self.journal.held
        taken.stops = [halt for _, halt in self._halted]
        jobs = {claim.job: claim for claim in playback.claims() if claim.live and not claim.held}
        ordered = playback.ordered
        for _, effect in sorted((pair for found in self._waiting.values() for pair in found), key=lambda pair: pair[0]):
            self._unrecorded(taken, effect)
        taken.effects += self.journal.unlocated
        for job, begun in self._begun.items():
            if isinstance(begun, Begin) and job in jobs:
                self._again(taken, begun, jobs[job], now)
            elif isinstance(begun, Switch) and job in ordered:
                if isinstance(begun.order, MIXES):
                    taken.mixes.append(Mix(begun, self._targets.get(job), job in self.journal.sent))
                elif isinstance(begun.order, Preview):
                    taken.effects.append(begun)
                else:
                    taken.lost.append(begun)
        return taken

    def _unrecorded(self, taken: Taken, effect: Effect) -> None:
        """No record says that the leader has carried this out."""
        match effect:
            case SendOut():
                taken.lost.append(effect)
            case End(job=job):
                begun = self._begun.pop(job, None)
                if isinstance(begun, Begin):
                    if effect.stops and begun.command.axes & MOTION:
                        taken.stops.append(Halt(begun.camera, begun.command.axes & MOTION))
                    ended = "ended before the takeover"
                    taken.effects.append(
                        Withhold(
                            begun.run,
                            begun.cue,
                            begun.camera,
                            begun.command,
                            begun.due,
                            begun.step,
                            effect.outcome,
                            ended,
                        )
                    )
            case Halt():
                pass  # with the other stops
            case (
                CueChanged()
                | StandbyMoved()
                | OnAir()
                | Spoken()
                | Say()
                | Verdict()
                | Withhold()
                | WithholdOrder()
                | Begin()
                | Switch()
                | Narrow()
                | Hold()
                | Resume()
                | SupposeCut()
                | ReloadAsked()
                | SkipAsked()
                | SwapAsked()
                | PlacesAsked()
            ):
                taken.effects.append(effect)
            case _:
                assert_never(effect)

    def _again(self, taken: Taken, begun: Begin, claim: Claim, now: int) -> None:
        command = _narrowed(begun.command, claim)
        sent = begun.job in self.journal.sent
        if is_once(begun.command) or command is None:
            taken.lost.append(begun)
            return
        at = self._places.get(begun.job)
        if (
            isinstance(command, c.Ramp)
            and command.axis == "zoom"
            and command.by == "position"
            and (command.start is not None or (at is not None and at.zoom is not None))
        ):
            start = command.start if command.start is not None or at is None else at.zoom
            taken.effects.append(replace(begun, command=replace(command, start=start)))
            return
        left = left_of(command, claim.due, now)
        if left is not None and left <= 0 and isinstance(command, c.DRIVES):
            if sent:
                taken.stops.append(Halt(begun.camera, command.axes & MOTION))
            taken.lost.append(begun)
            return
        if left is not None:
            command = rest(command, max(left, 1)) if claim.due < now else command
        held = max(now - begun.due, begun.held)
        taken.effects.append(replace(begun, command=command, held=held))


def _narrowed(command: c.Command, claim: Claim) -> c.Command | None:
    """What is left of a command that newer ones have taken axes of; None: that cannot be said to the camera."""
    if claim.axes == claim.step_axes or not claim.axes or not isinstance(command, c.MOVES):
        return command
    pan_tilt, zoom = c.PAN_TILT in claim.axes, c.ZOOM in claim.axes
    match command:
        case c.MoveTo(pose=pose) | c.Recall(pose=c.Pose() as pose):
            kept = c.Pose(pose.pan if pan_tilt else None, pose.tilt if pan_tilt else None, pose.zoom if zoom else None)
            if isinstance(command, c.MoveTo):
                return replace(command, pose=kept)
            return None if kept == c.NO_POSE else c.MoveTo(kept, 24, 20)
        case c.Recall() | c.Replay():
            return None
        case _:
            assert_never(command)


def _voids(begin: Begin, halt: Halt) -> bool:
    """Whether a newer motion has taken the axes that a stop was for."""
    return begin.camera == halt.camera and bool(c.overlap(begin.command.axes, halt.axes))
