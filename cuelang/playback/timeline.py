"""A program while it runs: which of its steps are due, and what it waits for. Pure.

The show (`cuelang/playback/machine.py`) and the prediction before the show (`cuelang/lang/`) both run programs with
this. It places anchors as `cuelang/plan/moments.py` defines them and hands out what becomes due, in order of time and
then of the program. It does not know what any step means, with two exceptions: an endless loop, whose passes
are frames of their own, each with fresh anchors, and a choice, which it asks about.

Inside, time counts from the program's start, so that a pause moves everything by changing one number. All
instants that go in and come out are loop nanoseconds. Nothing is ever computed from when it was asked about:
a wait that is met late by the machine's fault is met at the instant that is reported, a timed-out one at its
limit, and everything after counts from there.

A choice is answered before anything else is handed out, so that what the chosen way does at that instant keeps its
place in the text.

At any time the queue holds one entry for each anchor that still has steps, not one for each step: starting a
program of ten thousand steps costs no more than starting one of ten, if it is arranged (`IndexedProgram`) before.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple, assert_never

from msgspec import Struct

from cuelang.plan import (
    Arrived,
    Beat,
    Choose,
    Chosen,
    Condition,
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
    Program,
    Settled,
    Step,
    Streaming,
    TimeOfDay,
    Wait,
)
from cuelang.playback.indexed import IndexedProgram
from cuelang.units import MS, hms

LEAST_PASS_NS = 10 * MS
"""A pass of an endless loop without `every` whose waits were all met at once takes this long all the same."""

LAST = 1 << 60
"""Orders what is not a step behind every step of its frame at the same instant."""


# --- what comes out ----------------------------------------------------------------------------------------


class StepDue(NamedTuple):
    """`frame` is the start of the pass it belongs to (of the program, outside endless loops); `passes` are the
    numbers of the passes it is in, outermost first."""

    at: int
    step: Step
    frame: int
    passes: tuple[int, ...]


class WaitOpened(NamedTuple):
    at: int
    wait: OpenWait


class WaitGaveUp(NamedTuple):
    """`at` is `up_to` after it was opened; the program goes on from there."""

    at: int
    wait: OpenWait


class ChoiceDue(NamedTuple):
    """A camera is to be chosen: nothing more is handed out before `Timeline.choose` has the answer."""

    at: int
    step: Step
    begun: int
    """When the pass that it is in has begun."""
    choice: OpenChoice


class Overran(NamedTuple):
    """A pass took longer than its `every`: the next one begins `at`, `skipped` multiples late."""

    at: int
    skipped: int
    step: Step | None
    beat: Beat | None


class LeftOut(NamedTuple):
    """The machine was more than a pass behind: this many passes of this loop are not done, the next begins `at`."""

    at: int
    passes: int
    step: Step


Happening = StepDue | WaitOpened | WaitGaveUp | ChoiceDue | Overran | LeftOut


class OpenChoice(NamedTuple):
    """Which pass of which program a choice belongs to."""

    frame: _Frame
    act: Choose


class OpenWait:
    """A wait whose condition is being looked at."""

    __slots__ = ("_frame", "_limit", "_number", "_since", "_timeline", "wait")

    def __init__(self, timeline: Timeline, frame: _Frame, number: int, wait: Wait, since: int) -> None:
        self.wait = wait
        self._timeline = timeline
        self._frame = frame
        self._number = number
        self._since = since
        self._limit = None if wait.up_to is None else since + wait.up_to

    @property
    def since(self) -> int:
        return self._since + self._timeline.start

    @property
    def limit(self) -> int | None:
        """When it gives up."""
        return None if self._limit is None else self._limit + self._timeline.start


# --- inside ------------------------------------------------------------------------------------------------


class _Loop(Struct, eq=False):
    """An endless loop that has begun at `base`; `beat` is the multiple at which its present pass began."""

    step: Step
    score: IndexedProgram
    every: int | None
    base: int
    order: tuple[int, ...]
    passes: tuple[int, ...]
    number: int = 0
    beat: int = 0
    length: int = LEAST_PASS_NS
    """How long its last pass took."""


class _Frame:
    """One pass through a program with its placed anchors."""

    __slots__ = ("beats", "loop", "order", "passes", "placed", "score", "start")

    def __init__(
        self, score: IndexedProgram, start: int, order: tuple[int, ...], passes: tuple[int, ...], loop: _Loop | None
    ) -> None:
        self.score = score
        self.start = start
        self.order = order
        self.passes = passes
        self.loop = loop
        self.placed: list[int | None] = [None] * len(score.program.anchors)
        self.beats: dict[int, int] = {}

    def time(self, moment: Moment) -> int | None:
        placed = self.placed[moment.anchor]
        return None if placed is None else placed + moment.offset


class _StepEntry(NamedTuple):
    frame: _Frame
    anchor: int
    position: int


class _OpenEntry(NamedTuple):
    frame: _Frame
    number: int
    wait: Wait


class _PassEntry(NamedTuple):
    loop: _Loop
    skipped: int


class _BeatEntry(NamedTuple):
    beat: Beat
    skipped: int


class _EndEntry(NamedTuple):
    frame: _Frame


_Entry = _StepEntry | _OpenEntry | _PassEntry | _BeatEntry | _EndEntry | OpenWait


class Timeline:
    """One run of a program from `start`. `limit`: endless loops end after this many passes."""

    def __init__(self, program: Program | IndexedProgram, start: int, *, limit: int | None = None) -> None:
        score = program if isinstance(program, IndexedProgram) else IndexedProgram(program)
        self.program = score.program
        self.hears = score.hears
        """Its program waits for OSC messages."""
        self.start = start
        """Loop time at which it began, moved on by every pause."""
        self.end: int | None = None
        """Where its clock has come to an end (the latest of its endless loops, if `limit` ended them)."""
        self.cut_short = False
        """An endless loop reached `limit`."""
        self._limit = limit
        self._queue: list[tuple[int, tuple[int, ...], int, _Entry]] = []
        self._serial = 0
        self._stale = 0
        self.open: dict[OpenWait, None] = {}
        """The waits whose conditions are being looked at, the oldest first."""
        self._root = _Frame(score, 0, (), (), None)
        self._place(self._root, 0, 0)

    @property
    def due(self) -> int | None:
        """When `advance` has something to do next; None: not before a wait is met."""
        queue = self._queue
        while queue and isinstance(entry := queue[0][3], OpenWait) and entry not in self.open:
            heapq.heappop(queue)
            self._stale -= 1
        return queue[0][0] + self.start if queue else None

    @property
    def finished(self) -> bool:
        """Everything has been handed out, and the clock has come to its end."""
        return not self.open and len(self._queue) == self._stale

    def handed_out(self, step: Step) -> bool:
        """Whether this step of the program (not of a loop in it) is past."""
        root, anchor = self._root, step.at.anchor
        if root.placed[anchor] is None:
            return False
        for _, _, _, entry in self._queue:
            if isinstance(entry, _StepEntry) and entry.frame is root and entry.anchor == anchor:
                left = root.score.steps_at[anchor][entry.position :]
                return all(root.score.program.steps[index] is not step for _, index in left)
        return True

    def shift(self, by: int) -> None:
        """After a pause: everything that is not yet handed out moves on by `by`."""
        self.start += by

    def met(self, wait: OpenWait, at: int) -> bool:
        """The condition of this open wait is met at `at`, which may be ahead; not before it was opened.

        False, and nothing happens, if it is not open any more, or gives up before that.
        """
        if wait not in self.open:
            return False
        at = max(at - self.start, wait._since)
        if wait._limit is not None:
            if at > wait._limit:
                return False
            self._stale += 1
        del self.open[wait]
        self._place(wait._frame, wait._number, at)
        return True

    def failed(self, wait: OpenWait, at: int) -> bool:
        """What this open wait is for will not come: its `else` begins at `at`. False, and nothing happens, if it has
        none or is not open any more."""
        if wait not in self.open or not wait.wait.otherwise:
            return False
        if wait._limit is not None:
            self._stale += 1
        del self.open[wait]
        self._give_up(wait, max(at - self.start, wait._since))
        return True

    def choose(self, due: ChoiceDue, camera: str | None) -> None:
        """The way of this camera is taken; None: of none."""
        self._place(due.choice.frame, due.choice.act.begins(camera), due.at - self.start)

    def _give_up(self, wait: OpenWait, at: int) -> None:
        """The program goes on behind a wait that is over, or at its `else`."""
        number = wait._frame.score.others.get(wait._number, wait._number)
        self._place(wait._frame, number, at)

    def advance(self, now: int, *, clock: int | None = None, most: int | None = None) -> list[Happening]:  # noqa: C901 - a case for each kind of entry
        """Everything that is due by `now`, in order, or the first `most` of it. A wait that is opened wants an answer
        through `met`; what then becomes due is had by another call. `clock` is what the machine's clock shows when it
        is later than `now`: passes of endless loops that are more than one pass late are left out."""
        relative = now - self.start
        queue = self._queue
        happenings: list[Happening] = []
        while queue and queue[0][0] <= relative and (most is None or len(happenings) < most):
            when, order, _, entry = heapq.heappop(queue)
            match entry:
                case _StepEntry(frame=frame, anchor=anchor, position=position):
                    self._step(when, frame, anchor, position, happenings)
                    if happenings and isinstance(happenings[-1], ChoiceDue):
                        break
                case _OpenEntry(frame=frame, number=number, wait=wait):
                    opened = OpenWait(self, frame, number, wait, when)
                    self.open[opened] = None
                    if opened._limit is not None:
                        self._push(opened._limit, order, opened)
                    happenings.append(WaitOpened(when + self.start, opened))
                case _PassEntry(loop=loop, skipped=skipped):
                    if clock is not None and self._leave_out(loop, when, clock - self.start, skipped, happenings):
                        continue
                    if skipped:
                        happenings.append(Overran(when + self.start, skipped, loop.step, None))
                    self._begin_pass(loop, when)
                case _BeatEntry(beat=beat, skipped=skipped):
                    happenings.append(Overran(when + self.start, skipped, None, beat))
                case _EndEntry():
                    self.end = max(when + self.start, self.end or 0)
                case OpenWait():
                    if entry in self.open:
                        del self.open[entry]
                        happenings.append(WaitGaveUp(when + self.start, entry))
                        self._give_up(entry, when)
                    else:
                        self._stale -= 1
                case _:
                    assert_never(entry)
        return happenings

    def _leave_out(self, loop: _Loop, when: int, clock: int, skipped: int, happenings: list[Happening]) -> bool:
        """Move a pass that the machine is too late for to the first one that is no more than one pass late."""
        spacing = loop.every or loop.length
        passes = -(-(clock - when) // spacing) - 1
        if passes < 1:
            return False
        if loop.every is not None:
            loop.beat += passes
        when += passes * spacing
        self._push(when, loop.order, _PassEntry(loop, skipped))
        happenings.append(LeftOut(when + self.start, passes, loop.step))
        return True

    def _push(self, when: int, order: tuple[int, ...], entry: _Entry) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (when, order, self._serial, entry))

    def _push_step(self, frame: _Frame, anchor: int, position: int) -> None:
        offset, index = frame.score.steps_at[anchor][position]
        base = frame.placed[anchor]
        assert base is not None
        self._push(base + offset, (*frame.order, index), _StepEntry(frame, anchor, position))

    def _step(self, when: int, frame: _Frame, anchor: int, position: int, happenings: list[Happening]) -> None:
        score = frame.score
        index = score.steps_at[anchor][position][1]
        step = score.program.steps[index]
        if position + 1 < len(score.steps_at[anchor]):
            self._push_step(frame, anchor, position + 1)
        if isinstance(step.act, Forever):
            loop = _Loop(step, score.bodies[index], step.act.every, when, (*frame.order, index), frame.passes)
            self._begin_pass(loop, when)
        elif isinstance(step.act, Choose):
            happenings.append(ChoiceDue(when + self.start, step, frame.start + self.start, OpenChoice(frame, step.act)))
        else:
            happenings.append(StepDue(when + self.start, step, frame.start + self.start, frame.passes))

    def _place(self, frame: _Frame, number: int, at: int) -> None:  # noqa: C901 - a case for each anchor
        """An anchor has its time: so have those that hang on it alone, and the steps of all of them."""
        score = frame.score
        end = score.program.end
        todo = [(number, at)]
        while todo:
            number, at = todo.pop()
            frame.placed[number] = at
            if score.steps_at[number]:
                self._push_step(frame, number, 0)
            if end is not None and end.anchor == number:
                self._end(frame, at + end.offset)
            for dependent in score.dependents[number]:
                match score.program.anchors[dependent]:
                    case Wait(at=moment) as wait:
                        entry = _OpenEntry(frame, dependent, wait)
                        self._push(at + moment.offset, (*frame.order, LAST, dependent), entry)
                    case Either() as either:
                        if frame.placed[dependent] is None:
                            todo.append((dependent, _first(either, frame)))
                    case Join(moments=moments):
                        times = [time for moment in moments if (time := frame.time(moment)) is not None]
                        if len(times) == len(moments):
                            todo.append((dependent, max(times)))
                    case Beat() as beat:
                        base, after = frame.time(beat.base), frame.time(beat.after)
                        if base is not None and after is not None:
                            todo.append((dependent, self._beat(frame, dependent, beat, base, after)))
                    case Go() | Chosen() | Otherwise():
                        pass  # the timeline says when they come
                    case _ as never:
                        assert_never(never)

    def _beat(self, frame: _Frame, number: int, beat: Beat, base: int, after: int) -> int:
        usual = frame.beats.get(beat.loop, 0) + 1
        multiple = max(usual, -((base - after) // beat.every))
        frame.beats[beat.loop] = multiple
        at = base + multiple * beat.every
        if multiple > usual:
            self._push(at, (*frame.order, LAST, number), _BeatEntry(beat, multiple - usual))
        return at

    def _end(self, frame: _Frame, at: int) -> None:
        """The clock of this frame comes to its end at `at`."""
        loop = frame.loop
        if loop is None or (self._limit is not None and loop.number >= self._limit):
            self.cut_short = self.cut_short or loop is not None
            self._push(at, (*frame.order, LAST, LAST), _EndEntry(frame))
        elif loop.every is None:
            loop.length = max(at - frame.start, LEAST_PASS_NS)
            self._push(frame.start + loop.length, loop.order, _PassEntry(loop, 0))
        else:
            usual = loop.beat + 1
            loop.beat = max(usual, -((loop.base - at) // loop.every))
            self._push(loop.base + loop.beat * loop.every, loop.order, _PassEntry(loop, loop.beat - usual))

    def _begin_pass(self, loop: _Loop, at: int) -> None:
        number = loop.number
        loop.number += 1
        frame = _Frame(loop.score, at, (*loop.order, number), (*loop.passes, number), loop)
        self._place(frame, 0, at)


def _first(either: Either, frame: _Frame) -> int:
    """When the one of some moments that has come, came."""
    return next(time for moment in either.moments if (time := frame.time(moment)) is not None)


def words(wait: OpenWait) -> str:
    """What a wait is for, after the word `for`."""
    return awaited(wait.wait.condition)


def awaited(condition: Condition) -> str:
    """The same of a wait that is not open yet."""
    match condition:
        case Arrived(cameras=cameras):
            return ", ".join(cameras)
        case OscHeard(address=address):
            return f"osc {address}"
        case GoGiven():
            return "go"
        case OnProgram(source=source):
            return f"program {source}"
        case OffAir(cameras=cameras):
            return f"off {', '.join(cameras)}"
        case Settled(switcher=switcher):
            return switcher
        case Streaming():
            return "stream"
        case TimeOfDay(seconds=seconds):
            return hms(seconds).zfill(8)
