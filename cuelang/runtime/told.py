"""The cue list of a running show, and the log of its inputs.

`Playback` is a function of its inputs and their times. So each of them goes into the log with its exact time, in the
order in which the list took it in, and `cuelang/runtime/journal.py` builds the list again from that. Times that
come in are whole microseconds of the show, as the log has them.

What wakes the list needs no record: what is due is done at its own instant, however late. Only where it mattered when
the list was woken (passes were left out, more was due than it could do in one go, something older was taken in after
it) there is a record of kind `turn`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from msgspec.structs import replace

from cuelang.clock import Clock
from cuelang.commands import Outcome, Pose, TallyMode
from cuelang.plan import CameraAct, CameraAction, Plan, Step
from cuelang.playback.air import Speaker, SwitcherWord
from cuelang.playback.effects import Effect, Request, Spoken, Verdict
from cuelang.playback.machine import Playback
from cuelang.playback.rules import RULES
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.given import Edition, Outset
from cuelang.runtime.input_records import (
    AnswerRecord,
    BackRecord,
    HandRecord,
    OscRecord,
    PlacesRecord,
    SwitcherRecord,
    TimeRecord,
    TurnRecord,
    WallRecord,
)
from cuelang.runtime.portable import commands, portable
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.records import Record, ShowRecord, SpeakersWords, TallyRecord, TriggerRecord
from cuelang.runtime.stamp import Stamp, place
from cuelang.units import MS

AT_ONCE = 32
"""Happenings of playback between two looks at the clock."""

HANDS = 256
"""Drives by hand that are remembered, for the next one of their gesture."""

FOLLOWS = "this machine follows {}, which decides: do it there"
"""Why a machine that follows another one refuses a request."""

MakeRecord = Callable[[Stamp], Record]


class Told:
    """`time_of_day` and `answers` are those of `Playback`. Where another machine's list is followed, that one decides
    until `lead`: nothing is taken in here, and requests are refused."""

    def __init__(
        self,
        plan: Plan,
        outset: Outset,
        *,
        clock: Clock,
        log: AsRun,
        records: RecordQueue,
        time_of_day: Callable[[int, int], int],
        answers: Callable[[str], bool],
    ) -> None:
        self._clock, self._log, self._records = clock, log, records
        self._when, self._there = time_of_day, answers
        self.follows = outset.follows is not None
        self.leader = "another one"
        """What the machine is called that decides, for people."""
        self.followed = False
        """Another machine reads the log as it is written: what the list did by itself has a record each time."""
        playback = outset.playback if outset.follows is None else outset.follows.playback
        self.playback = self._begun(plan, outset) if playback is None else playback
        if not self.follows:
            self._connect()
        self._woken: int | None = None
        """When the list was last woken since it was last told anything; None: it was not, or the log has it."""
        self._verdicts: dict[int, tuple[Verdict, Literal["hand"] | None]] = {}
        """By identity: verdicts that are in the log already (None), or on a hand."""
        self._hands: dict[int, tuple[int, Step]] = {}
        self._hand_count = 0
        self._learn(plan)

    def _begun(self, plan: Plan, outset: Outset) -> Playback:
        return Playback(
            plan,
            time_of_day=self._time_of_day,
            answers=self._answers,
            air=outset.air,
            words=outset.words,
            asked=commands(outset.asked),
            alone=outset.alone,
            start=outset.start,
            at_once=AT_ONCE,
        )

    @property
    def follows_another(self) -> str:
        """Why nothing is taken in here."""
        return FOLLOWS.format(self.leader)

    def _connect(self) -> None:
        self.playback.connect(self._time_of_day, self._answers)
        self.playback.at_once = AT_ONCE

    def lead(self, playback: Playback, drives: int) -> None:
        """From now on this machine decides. `drives`: the number of the last drive by hand."""
        self.playback, self.follows, self._hand_count = playback, False, drives
        self._woken = None
        self._learn(playback.plan)
        self._connect()

    def _learn(self, plan: Plan) -> None:
        """Statements that are known by their place in the sheet."""
        self._statements = {
            id(trigger.action): place(trigger.origin)
            for trigger in plan.triggers
            if isinstance(trigger.action, CameraAction)
        }

    def now(self) -> int:
        """In whole microseconds of the show."""
        return self._log.whole(self._clock.now())

    def whole(self, request: Request) -> Request:
        """That request, received at a whole microsecond of the show."""
        received = self._log.whole(request.received)
        return request if received == request.received else replace(request, received=received)

    # --- what comes in -------------------------------------------------------------------------------------

    def request(self, request: Request) -> list[Effect]:
        if self.follows:
            return [Verdict(request, "refused", self.follows_another)]
        now, before, room = self.now(), self._woken, self.playback.at_once
        effects = self.playback.request(request, now)
        for effect in effects:
            if isinstance(effect, Verdict) and effect.request is request:
                self._taken(request.received if RULES[request.verb].expires else None)
                self._verdicts[id(effect)] = effect, None
                self._records.add(request.received, partial(self._trigger, effect, now, self._statements))
                break
        else:  # a reload, a swap or a skip, which is judged elsewhere: the list was woken, no more
            self._was_woken(now, before, room)
        return effects

    def _trigger(self, verdict: Verdict, now: int, statements: Mapping[int, object], stamp: Stamp) -> TriggerRecord:
        request = verdict.request
        known = statements.get(id(request.statement)) == place(request.origin)
        return TriggerRecord.of(verdict, stamp, taken_ms=self._log.ms(now), known=known)

    def verdict(self, verdict: Verdict) -> None:
        """It is given: into the log, if it is not there yet."""
        known, judged = self._verdicts.pop(id(verdict), (None, None))
        if known is not None and judged is None:
            return
        if self.follows:
            return
        by = judged or ("cue" if verdict.request.own else "door")
        self._records.add(verdict.request.received, partial(TriggerRecord.of, verdict, judged=by))

    def wake(self, now: int) -> list[Effect]:
        """It is `now`; what is due is done."""
        now, playback, before = self._log.whole(now), self.playback, self._woken
        room = playback.at_once
        effects = playback.wake(now)
        self._was_woken(now, before, room)
        return effects

    def _was_woken(self, now: int, before: int | None, room: int | None) -> None:
        """At `now`, with that `room`; and last `before` that."""
        if self.playback.hurried:
            if before is not None:
                self._turn(before, None)
            self._turn(now, room)
            self._woken = None
        elif self.followed:
            self._turn(now, None)
            self._woken = None
        else:
            self._woken = now

    def beat(self) -> list[Effect]:
        """Note in the log how far the list has come, for a crash to come."""
        if self.follows:
            return []
        now = self.now()
        effects = self.playback.wake(now)
        self._woken = None
        self._turn(now, self.playback.at_once if self.playback.hurried else None)
        return effects

    def finished(self, job: int, outcome: Outcome, at: int, record: MakeRecord) -> list[Effect]:
        """The outcome of a command was known `at` (in whole microseconds)."""
        if self.follows:
            return []
        effects = self.playback.finished(job, outcome, at)
        self._input(at, at, record)
        return effects

    def osc(self, address: str) -> list[Effect] | None:
        """None: nothing waits for OSC messages."""
        if self.follows or not self.playback.hears:
            return None
        now, due = self.now(), self.playback.due
        effects = self.playback.osc(address, now)
        if effects or self.playback.heard or self.playback.due != due:
            self._input(now, now, lambda stamp: OscRecord(*stamp, address=address))
        return effects

    def is_back(self, camera: str) -> list[Effect]:
        if self.follows:
            return []
        now = self.now()
        effects = self.playback.is_back(camera, now)
        self._input(now, now, lambda stamp: BackRecord(*stamp, camera=camera))
        return effects

    def wall_moved(self, by: int) -> list[Effect]:
        if self.follows:
            return []
        now, by = self.now(), by // 1000 * 1000
        matters = self.playback.waits_for_time
        effects = self.playback.wall_moved(by, now)
        if effects or matters:
            self._input(now, now, lambda stamp: WallRecord(*stamp, by_ms=by / MS))
        return effects

    def on_air(self, camera: str, mode: TallyMode, source: str) -> list[Effect]:
        if self.follows:
            return []
        now = self.now()
        effects = self.playback.on_air(camera, mode, now, source)
        if effects:
            self._input(
                None, now, lambda stamp: TallyRecord(*stamp, camera=camera, mode=mode, speaker=source, by="input")
            )
        return effects

    def spoken(self, word: Spoken) -> bool:
        """Whether the log has that word as an input."""
        return word.speaker.kind == "input"

    def switcher(self, name: str, word: SwitcherWord) -> list[Effect]:
        if self.follows:
            return []
        now = self.now()
        effects = self.playback.switcher(name, word, now)
        self._input(
            now,
            now,
            lambda stamp: SwitcherRecord(
                *stamp,
                name=name,
                ready=word.ready,
                cameras=dict(word.cameras) or None,
                sources=dict(word.sources) or None,
                program=word.program,
                preview=word.preview,
                transition=word.transition,
                outputs=dict(word.outputs) or None,
            ),
        )
        return effects

    def steer(self, request: Request, step: Step, before: Step | None) -> list[Effect]:
        if self.follows:
            return [Verdict(request, "refused", self.follows_another)]
        now = self.now()
        effects = self.playback.steer(self.whole(request), step, before, now)
        after, _ = self._hands.get(id(before), (None, None))
        self._hand_count += 1
        number = self._hand_count
        self._hands[id(step)] = number, step
        if len(self._hands) > HANDS:
            del self._hands[next(iter(self._hands))]
        for effect in effects:
            if isinstance(effect, Verdict) and not effect.request.own:
                self._verdicts[id(effect)] = effect, "hand"
        act = step.act
        assert isinstance(act, CameraAct)
        file, line, column = place(request.origin)

        def record(stamp: Stamp) -> HandRecord:
            return HandRecord(
                *stamp,
                drive=number,
                after=after,
                source=request.source,
                said=request.said or None,
                guarded=request.guarded,
                act=portable(act),
                file=file,
                line=line,
                column=column,
            )

        self._input(None, now, record)
        return effects

    def release(self, step: Step) -> list[Effect]:
        if self.follows:
            return []
        now = self.now()
        effects = self.playback.release(step, now)
        number, _ = self._hands.get(id(step), (None, None))
        if number is not None:
            self._input(None, now, lambda stamp: HandRecord(*stamp, drive=number))
        return effects

    def located(self, request: Request, places: Mapping[str, Pose | None]) -> list[Effect]:
        if self.follows:
            return []
        now = self.now()
        effects = self.playback.located(request, places, now)
        said = {name: None if pose is None else [pose.pan, pose.tilt, pose.zoom] for name, pose in places.items()}
        asked = self._log.ms(request.received)
        self._input(now, now, lambda stamp: PlacesRecord(*stamp, places=said, request=request.text, asked_ms=asked))
        return effects

    def load(self, plan: Plan, edition: Edition) -> list[Effect]:
        self._learn(plan)
        if self.follows:
            return []
        now = self.now()
        effects = self.playback.load(plan, now)
        self._input(
            None,
            now,
            lambda stamp: ShowRecord(
                *stamp,
                state="reloaded",
                files=dict(edition.files) or None,
                plan=edition.digest or None,
                swaps=tuple([camera, other] for camera, other in edition.swaps),
                anyway=edition.anyway,
            ),
        )
        return effects

    def _time_of_day(self, seconds: int, now: int) -> int:
        when, ms = self._log.whole(self._when(seconds, now)), self._log.ms
        self._records.add(now, lambda stamp: TimeRecord(*stamp, seconds=seconds, asked_ms=ms(now), met_ms=ms(when)))
        return when

    def _answers(self, camera: str) -> bool:
        there = self._there(camera)
        self._records.add(self.now(), lambda stamp: AnswerRecord(*stamp, camera=camera, there=there))
        return there

    # --- into the log --------------------------------------------------------------------------------------

    def _input(self, since: int | None, now: int, record: Callable[[Stamp], Record]) -> None:
        self._taken(since)
        self._records.add(now, record)

    def _taken(self, since: int | None) -> None:
        """Something was taken in that the list sees after what was due before `since` (None: before anything that is
        due): when the list was woken before that may matter, and how much it could do."""
        woken, self._woken = self._woken, None
        hurried = self.playback.hurried
        if woken is not None and (since is None or woken >= since or hurried):
            self._turn(woken, None)
        if hurried:
            self._turn(self.now(), self.playback.at_once, before=True)

    def _turn(self, at: int, room: int | None, *, before: bool = False) -> None:
        self._records.add(at, lambda stamp: TurnRecord(*stamp, room=room, before=before))


def words_of(speakers: Mapping[Speaker, Mapping[str, TallyMode]]) -> tuple[SpeakersWords, ...]:
    """What speakers said, for the first record of a log."""
    return tuple([speaker.kind, speaker.name, dict(said)] for speaker, said in speakers.items())
