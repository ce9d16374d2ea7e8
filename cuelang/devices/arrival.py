"""Has it arrived? Ask for the position until two answers agree.

A completion is not an arrival: some cameras report the end of a move that was taken over, some report it late, some
not at all (PTZOptics, ptzoptics-visca issues 32 and 41). So the position decides, and the completion, or the predicted
arrival if no completion has come by then, only says when to begin asking. Without a completion two equal answers
away from the target may mean that the camera has not set off yet: then it is given some time more, and what
is reported in the end is that it stopped, not that it arrived. After a completion a first answer that is at the known
target is asked for again at once: such a move ends when the plan says.

Where answers have been missing, a completion may be another command's: a camera that rests elsewhere then is given its
time as if none had come, and one that does not say where it is has arrived for all that is known, or has not.

A camera that never reports an arrival is asked all along its way, and has arrived when it rests at its target; where
that is not known, when it rests after it was seen to move, or has not set off by then. Only a recall whose time it
was given is left alone until then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cuelang.clock import Handle
from cuelang.commands import FOCUS as FOCUS_AXIS
from cuelang.commands import PAN_TILT as PT_AXIS
from cuelang.commands import ZOOM as ZOOM_AXIS
from cuelang.commands import Axes, Pose
from cuelang.devices.link import FOCUS, PAN_TILT, ZOOM, Link
from cuelang.units import MS

INTERVAL_NS = 100 * MS
"""After a completion; it grows."""
DOUBTFUL_INTERVAL_NS = 400 * MS
"""Without one."""
LAST_INTERVAL_NS = 500 * MS
NARROWED_INTERVAL_NS = 200 * MS
"""Of a move that has lost an axis: its completion may have come long before it has arrived."""
MARGIN_NS = 150 * MS
"""After the predicted arrival, before a camera that has not completed is asked."""
UNPREDICTED_NS = 5000 * MS
"""From sending to the first question, when neither a completion comes nor a prediction is known."""
SET_OFF_NS = 2000 * MS
"""After the predicted arrival, a camera that rests elsewhere and never completed has ended its move."""
PAN_TILT_NEAR, ZOOM_NEAR = 3, 32
"""Counts within which a camera counts as being at its target."""
FAR = 10
"""Times as far from it a camera that rests has not been there, whatever was reported. What may have been reported of
another command says nothing of one that rests further off than near."""

AXES = {PAN_TILT: PT_AXIS, ZOOM: ZOOM_AXIS, FOCUS: FOCUS_AXIS}

NOT_TAKEN = "the camera responds but did not accept this"
ELSEWHERE = "the camera stopped short of its target without reporting completion"
UNSEEN = "some of the camera's answers were lost and it does not report its position, so its arrival is not known"


class Arrival:
    """`rows` are the inquiries to ask, `target` where it leads as far as that is known.

    `arrived(when, sure)` is called once, with the time of the first of the two equal answers, or with that of the
    completion if the camera does not answer. Not `sure`: it is at rest, but neither at its target nor with
    a completion; or it does not say where it is (`unseen`), and the completion may be another command's.
    """

    def __init__(
        self,
        link: Link,
        rows: tuple[str, ...],
        target: Pose,
        arrived: Callable[[int, bool], object],
        *,
        silent: bool = False,
        timed: bool = False,
    ) -> None:
        """`silent`: the camera never reports this arrival. `timed`: it was told how long it is to take."""
        self._link = link
        self._silent, self._timed = silent, silent and timed
        self._moved = False
        self._rows = rows
        self._target = target
        self._arrived = arrived
        self._over = False
        self.unseen = False
        self._completed: int | None = None
        self._unsure = False
        """The completion may be another command's."""
        self._give_in = 0
        self._expected = 0
        self._narrowed = False
        self._hurried = False
        self._timer: Handle | None = None
        self._interval = DOUBTFUL_INTERVAL_NS
        self._asking = self._said = 0
        self._last: dict[str, dict[str, int]] = {}
        self._since: dict[str, int] = {}
        self._equal: set[str] = set()
        self._missed = dict.fromkeys(rows, 0)

    def set_off(self, now: int, travel: int | None) -> None:
        """The move has been sent; `travel` is how long it should take, None: unknown."""
        first = now + UNPREDICTED_NS if travel is None else now + travel + MARGIN_NS
        self._give_in = first + SET_OFF_NS
        self._expected = 0 if travel is None else first
        if self._timed:
            self._give_in = first
        elif self._silent:
            first, self._give_in = now + self._interval, self._give_in if travel is not None else now + SET_OFF_NS
        self._timer = self._link.clock.at(first, self._ask)

    def complete(self, now: int, unsure: bool = False) -> None:
        """The camera says that it is done; of a move that has lost an axis it may say so at once, and then only the
        prediction tells when it is worth asking. `unsure`: it may have said so of another command."""
        self._completed, self._unsure = now, unsure
        self._interval = INTERVAL_NS
        if not self._asking and not (self._narrowed and now < self._expected):
            self._ask()

    def lose_axes(self, axes: Axes) -> None:
        """These axes belong to another command now: their position says nothing."""
        rows = tuple(row for row in self._rows if AXES[row] not in axes)
        self._narrowed = self._narrowed or rows != self._rows or FOCUS_AXIS in axes
        self._rows = rows

    def cancel(self) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()

    def _ask(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        rows = [row for row in self._rows if self._sees(row)]
        self._asking, self._said = len(rows), self._link.conversation.replies
        if not rows:
            self._look(self._link.clock.now())
        for row in rows:
            self._link.ask(row, partial(self._answer, row))

    def _sees(self, row: str) -> bool:
        return row not in self._link.blind and self._missed[row] < 2

    def _answer(self, row: str, fields: dict[str, int] | None, now: int) -> None:
        if self._over:
            return
        if fields is None:
            line = self._link.conversation
            # One that says nothing at all may have lost its power: it is asked again, until it is given up.
            if line.up and (self._completed is not None or line.replies != self._said):
                self._missed[row] += 1
        else:
            self._missed[row] = 0
            if fields == self._last.get(row):
                self._equal.add(row)
            else:
                self._moved = self._moved or row in self._last
                self._last[row], self._since[row] = fields, now
                self._equal.discard(row)
        self._asking -= 1
        if not self._asking:
            self._look(now)

    def _look(self, now: int) -> None:
        seen = [row for row in self._rows if self._sees(row)]
        if all(row in self._equal for row in seen):
            if not seen:
                self._unread(now)
                return
            unknown = self._target == Pose() and self._moved and self._silent
            sure = (self._completed is not None and not self._elsewhere(seen)) or self._near() or unknown
            if sure or now >= self._give_in:
                self._end(max(self._since[row] for row in seen), sure)
                return
        if self._completed is not None and not self._narrowed and not self._hurried and self._there(seen):
            self._hurried = True
            self._ask()
            return
        self._timer = self._link.clock.at(now + self._interval, self._ask)
        self._interval = min(self._interval * 3 // 2, NARROWED_INTERVAL_NS if self._narrowed else LAST_INTERVAL_NS)

    def _unread(self, now: int) -> None:
        """Nothing but the completion can tell."""
        if self._completed is None:
            return
        due = self._expected or self._give_in
        elsewhere = self._elsewhere([row for row in self._rows if row in self._since])
        if not self._rows or not (self._unsure or elsewhere) or (self._completed >= due and not elsewhere):
            self._end(self._completed, True)
        elif now >= due:
            self.unseen = True
            self._end(now, False)
        else:
            self._timer = self._link.clock.at(due, self._ask)

    def _elsewhere(self, seen: list[str]) -> bool:
        """Whether the camera says that it is far from its target, and the completion may be another command's."""
        line = self._link.conversation
        if line.numbered or (line.stream and not line.doubtful):
            return False
        far = 1 if self._unsure else FAR
        return any(
            at is not None and abs(goal - at) > far * near for goal, at, near, row in self._goals() if row in seen
        )

    def _there(self, seen: list[str]) -> bool:
        """Whether every answer is at a target that is known: then the second question need not wait."""
        target = self._target
        known = {PAN_TILT: target.pan is not None or target.tilt is not None, ZOOM: target.zoom is not None}
        return all(known.get(row, False) and row in self._since for row in seen) and self._near()

    def _goals(self) -> list[tuple[int, int | None, int, str]]:
        """Where each axis should be, where it is, how near that has to be, and the question for it."""
        pose, target = self._link.state.pose, self._target
        wanted = [
            (target.pan, pose.pan, PAN_TILT_NEAR, PAN_TILT),
            (target.tilt, pose.tilt, PAN_TILT_NEAR, PAN_TILT),
            (target.zoom, pose.zoom, ZOOM_NEAR, ZOOM),
        ]
        return [(goal, at, near, row) for goal, at, near, row in wanted if goal is not None and row in self._rows]

    def _near(self) -> bool:
        known = self._goals()
        return bool(known) and all(at is not None and abs(goal - at) <= near for goal, at, near, row in known)

    def _end(self, when: int, sure: bool) -> None:
        self.cancel()
        self._arrived(when, sure)
