"""The cue list, built again from its log: the other half of `cuelang/runtime/told.py`. Pure.

A log that was cut off anywhere gives the list as it was when its last whole record was taken in. What happened after
an input by itself (steps that came due, follows) is worked out again, and needs no record.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never, cast, get_args

from msgspec.structs import replace

from cuelang.commands import Pose, TallyMode
from cuelang.plan import CameraAction, Moment, Plan, Step, named_cue
from cuelang.plan.triggers import Swap
from cuelang.playback import effects
from cuelang.playback.air import Speaker, SwitcherWord
from cuelang.playback.effects import Effect, PlacesAsked, Request, Verb
from cuelang.playback.held import Held
from cuelang.playback.machine import Playback
from cuelang.playback.rules import RULES
from cuelang.runtime import portable
from cuelang.runtime.command_records import CommandRecord, HaltRecord, PlaceRecord, SendRecord, SentRecord
from cuelang.runtime.input_records import (
    AnswerRecord,
    BackRecord,
    HandRecord,
    LockRecord,
    MuteRecord,
    OscRecord,
    PlacesRecord,
    PresetRecord,
    SwitcherRecord,
    TimeRecord,
    TurnRecord,
    WallRecord,
)
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
from cuelang.runtime.stamp import place
from cuelang.source import NOWHERE, Origin
from cuelang.units import DAY, MS, NS

STEPS = 1_000_000
"""Wakes in a row after which a list that never comes to the end of an instant is left where it is."""

VERBS = frozenset(get_args(Verb))


class NoPlan(Exception):
    """The log goes on with a plan that is not to be had."""


class Journal:
    """The list of one night, told what its log says.

    `zero` is the loop time (ns) that the log's time 0 shall have; `first` the log's first record. `plan_of` finds the
    plan that a reload brought; without it, and where it finds none, `take` raises `NoPlan`. `alone` as in
    `Playback`.
    """

    def __init__(
        self,
        plan: Plan,
        first: ShowRecord | None = None,
        *,
        zero: int = 0,
        plan_of: Callable[[ShowRecord], Plan | None] = lambda _record: None,
        air: Mapping[str, TallyMode | None] | None = None,
        start: str | None = None,
        alone: bool = False,
    ) -> None:
        self.zero, self._plan_of = zero, plan_of
        self._times: dict[tuple[int, float], int] = {}
        self._clock: tuple[str, int] | None = None
        """The wall clock as the latest record has it, at a loop time."""
        self._there: deque[bool] = deque()
        self._room: int | None = None
        self._hands: dict[int, Step] = {}
        self._statements: dict[str, CameraAction | None] = {}
        self._locating: deque[PlacesAsked] = deque()
        self.held: tuple[str, ...] = ()
        """Of the last takeover: what was paused and cannot be repeated, in words."""
        self.instant = zero
        """The latest time that any record tells of (loop ns)."""
        self.sent: dict[int, SentRecord] = {}
        """By job: what was handed to a line, and has no outcome."""
        if first is not None:
            air = first.air if air is None else air
            start = first.start if start is None else start
        self.playback = Playback(
            plan,
            time_of_day=self._time_of_day,
            answers=self._answers,
            air=air,
            words=_words(first),
            alone=alone,
            start=start,
            asked=portable.commands(None if first is None else first.asked),
        )
        self._learn(plan)

    def _learn(self, plan: Plan) -> None:
        self._triggers: dict[tuple[object, ...], tuple[Origin, Any]] = {
            place(trigger.origin): (trigger.origin, trigger.action) for trigger in plan.triggers
        }

    def _at(self, ms: float) -> int:
        return self.zero + round(ms * 1000) * 1000

    # --- what the log says ---------------------------------------------------------------------------------

    def take(self, record: Record) -> list[Effect]:  # noqa: C901 - a case for each kind of record
        """The next record. Returns what the list said to it, in its order. Raises NoPlan."""
        now = self._at(record.t_ms)
        if isinstance(record, ShowRecord) and record.state == "taken over":
            found = self.take_over(now)  # what was due before is by the wall clock of the machine that led
            self._look(record, now)
            return found
        self.instant = max(self.instant, now)
        self._look(record, now)
        match record:
            case TurnRecord():  # one a second
                return self._turn(record, now)
            case TriggerRecord():
                return self._request(record, now)
            case CommandRecord(job=int(job), outcome=outcome):
                self.sent.pop(job, None)
                if record.ended:
                    return []
                return self._told(now, lambda: self.playback.finished(job, outcome, now))
            case SentRecord(job=job):
                self.sent[job] = record
            case OscRecord(address=address):
                return self._told(now, lambda: self.playback.osc(address, now))
            case BackRecord(camera=camera):
                return self._told(now, lambda: self.playback.is_back(camera, now))
            case WallRecord(by_ms=by):
                return self._told(now, lambda: self.playback.wall_moved(round(by * 1000) * 1000, now))
            case TallyRecord(camera=camera, mode=mode, speaker=speaker, by="input"):
                return self._told(None, lambda: self.playback.on_air(camera, mode, now, speaker))
            case SwitcherRecord():
                return self._told(now, lambda: self.playback.switcher(record.name, _word(record), now))
            case HandRecord():
                return self._hand(record, now)
            case PlacesRecord():
                return self._places(record, now)
            case TimeRecord(seconds=seconds, asked_ms=asked, met_ms=met):
                self._times[seconds, asked] = self._at(met)
            case AnswerRecord(there=there):
                self._there.append(there)
            case ShowRecord(state="resumed"):
                self.hold(now, round((record.away_ms or 0.0) * MS))
            case ShowRecord(state="reloaded"):
                plan = self._plan_of(record)
                if plan is None:
                    raise NoPlan
                found = self._told(None, lambda: self.playback.load(plan, now))
                self._learn(plan)
                return found
            case (
                CommandRecord()
                | TallyRecord()
                | ShowRecord()
                | EndRecord()
                | CueRecord()
                | SendRecord()
                | HaltRecord()
                | StandbyRecord()
                | AirRecord()
                | NoteRecord()
                | PlaceRecord()
                | MuteRecord()
                | LockRecord()
                | PresetRecord()
                | OtherRecord()
            ):
                pass  # what the list does by itself, and what is not the list's
            case _:
                assert_never(record)
        return []

    def hold(self, now: int, away: int) -> Held:
        """The show goes on at `now` after it was away for `away` ns: see `Playback.hold`."""
        self.settle(now)
        self.sent.clear()
        self._hands.clear()
        self._locating.clear()
        return self.playback.hold(now, away)

    def take_over(self, now: int) -> list[Effect]:
        """Another machine decides from `now`: what was due is done, drives by hand end, what is paused is begun again
        when it goes on."""
        self.instant = max(self.instant, now)
        found = self.settle(now)
        for step in self._hands.values():
            found += self.playback.release(step, now)
        self._hands.clear()
        self.held = self.playback.take_over(now)
        return found

    @property
    def unlocated(self) -> list[PlacesAsked]:
        """For which cameras have not said yet where they are."""
        return list(self._locating)

    def settle(self, at: int | None = None) -> list[Effect]:
        """Do what is due by `at` (loop ns); None: by the time of the latest record."""
        at = self.instant if at is None else at
        return self._heard([*self._until(at), *self.playback.wake(at)])

    def _told(self, since: int | None, call: Callable[[], list[Effect]]) -> list[Effect]:
        """Tell the list something that it sees after all that was due before `since`."""
        found: list[Effect] = []
        if self._room is not None:
            self.playback.at_once, self._room = self._room, None
        elif since is not None:
            found = self._until(since - 1)
        found += call()
        self.playback.at_once = None
        return self._heard(found)

    def _heard(self, found: list[Effect]) -> list[Effect]:
        """What the list said. For a `locate` it may have asked where cameras are: the answer is in the log."""
        self._locating += [effect for effect in found if isinstance(effect, PlacesAsked)]
        return found

    def _until(self, now: int) -> list[Effect]:
        """What was due by `now`, each at its own instant: the list was woken in time."""
        found: list[Effect] = []
        for _ in range(STEPS):
            due = self.playback.due
            if due is None or due > now:
                break
            found += self.playback.wake(due)
        return found

    def _turn(self, record: TurnRecord, now: int) -> list[Effect]:
        if record.before:
            self._room = record.room
            return []
        if record.room is None:
            return self.settle(now)
        self.playback.at_once = record.room
        found = self.playback.wake(now)
        self.playback.at_once = None
        return self._heard(found)

    # --- requests ------------------------------------------------------------------------------------------

    def _request(self, record: TriggerRecord, received: int) -> list[Effect]:
        if record.judged is not None or record.verb not in VERBS:
            return []
        verb = cast(Verb, record.verb)
        origin, action = self._triggers.get((record.file, record.line, record.column), (NOWHERE, None))
        statement = action if isinstance(action, CameraAction) and verb == "statement" else None
        if record.statement is not None:
            statement = self._statement(record.statement)
        into = None if record.into_ms is None else round(record.into_ms * MS)
        request = Request(
            verb,
            named_cue(record.cue),
            record.source,
            received,
            record.automatic,
            record.schedule,
            statement,
            origin,
            pressed=record.pressed,
            moment=effects.LocateMoment(into, record.live, record.fires),
            key=record.key or "",
            guarded=record.guarded,
        )
        if verb == "swap":
            request = replace(request, swap=_swap(record.request))
        elif request.text != record.request:
            request = replace(request, said=record.request)
        taken = received if record.taken_ms is None else self._at(record.taken_ms)
        self.instant = max(self.instant, taken)
        since = received if RULES[verb].expires else None
        return self._told(since, lambda: self.playback.request(request, taken))

    def _statement(self, data: Mapping[str, Any]) -> CameraAction | None:
        """The same words are the same statement: the list knows by that what was asked for twice."""
        words = json.dumps(data, sort_keys=True)
        if words not in self._statements:
            self._statements[words] = portable.statement(data)
        return self._statements[words]

    def _hand(self, record: HandRecord, now: int) -> list[Effect]:
        if record.act is None:
            last = self._hands.pop(record.drive, None)
            return [] if last is None else self._told(None, lambda: self.playback.release(last, now))
        act = portable.act(record.act)
        if act is None:
            return []
        origin, _ = self._triggers.get((record.file, record.line, record.column), (NOWHERE, None))
        step = Step(Moment(0, 0), act, origin)
        before = None if record.after is None else self._hands.pop(record.after, None)
        self._hands[record.drive] = step
        request = Request(
            "statement",
            None,
            record.source or "",
            now,
            automatic=True,
            origin=origin,
            said=record.said or "",
            guarded=record.guarded,
        )
        return self._told(None, lambda: self.playback.steer(request, step, before, now))

    def _places(self, record: PlacesRecord, now: int) -> list[Effect]:
        found = [] if self._room is not None else self._told(now, list)  # a follow may have asked for them
        if not self._locating:
            return found
        asked = next((one for one in self._locating if self._asks(one.request, record)), self._locating[0])
        self._locating.remove(asked)
        places = {name: _pose(said) for name, said in record.places.items()}
        return found + self._told(now, lambda: self.playback.located(asked.request, places, now))

    def _asks(self, request: Request, record: PlacesRecord) -> bool:
        """Whether it is for this `locate` that the cameras were asked."""
        asked = record.asked_ms
        return asked is not None and request.text == record.request and request.received == self._at(asked)

    def _answers(self, camera: str) -> bool:
        return self._there.popleft() if self._there else True

    # --- times of day --------------------------------------------------------------------------------------

    def _look(self, record: Record, now: int) -> None:
        if record.wall:
            self._clock = record.wall, now

    def _time_of_day(self, seconds: int, now: int) -> int:
        asked = ((now - self.zero + 500) // 1000) / 1000
        found = self._times.get((seconds, asked))
        if found is not None or self._clock is None:
            return now if found is None else found
        said, at = self._clock
        try:
            wall = datetime.fromisoformat(said)
        except ValueError:
            return now
        local = wall + timedelta(microseconds=(now - at) // 1000)
        today = local.replace(hour=0, minute=0, second=0, microsecond=0)
        met = now + ((today - local) // timedelta(microseconds=1)) * 1000 + seconds * NS
        while met <= now - DAY // 2:
            met += DAY
        return met


def tonight(records: Iterable[Record]) -> list[Record]:
    """The records of a log's last night: one file may hold several, one after the other."""
    found: list[Record] = []
    for record in records:
        if isinstance(record, ShowRecord) and record.state == "started":
            found = []
        found.append(record)
    return found


def _words(first: ShowRecord | None) -> dict[Speaker, dict[str, TallyMode]]:
    found: dict[Speaker, dict[str, TallyMode]] = {}
    for said in () if first is None else first.words:
        match said:
            case ["switcher" | "input" as kind, name, dict() as words]:
                found[Speaker(kind, str(name))] = words
            case _:
                pass  # of another version
    return found


def _swap(text: str) -> Swap | None:
    words = text.split()
    return Swap(words[1], words[3], len(words) > 4) if len(words) in (4, 5) else None


def _word(record: SwitcherRecord) -> SwitcherWord:
    return SwitcherWord(
        record.ready,
        record.cameras or {},
        record.sources or {},
        record.program,
        record.preview,
        record.transition,
        record.outputs or {},
    )


def _pose(said: object) -> Pose | None:
    return Pose(*said) if isinstance(said, list) and len(said) == 3 else None
