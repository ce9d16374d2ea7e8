"""A Pelco camera: the driver behind `commands.Driver` for a link on which nothing is acknowledged.

What has left is `sent`, and no more is known; a drive with a duration is over when its stop has left. Some cameras
answer for their position, and are asked for it when the line comes up: of those a recall is over when two rounds of
positions agree, and it is known whether they are there.
"""

from __future__ import annotations

from collections.abc import Callable

from cuelang.clock import Handle
from cuelang.commands import DRIVES, Axes, Job, LinkState, Outcome, Recall, Stop
from cuelang.devices.base_link import KEEPALIVE_NS, LinkedDriver
from cuelang.devices.pelco_link import EVERYTHING, PelcoLink, QueuedFrame
from cuelang.protocols import pelco
from cuelang.protocols.pelco import STILL, Kind, Meaning, Motion, PelcoAxis
from cuelang.transports import Line
from cuelang.units import MINUTE, MS

FIRST_LOOK_NS, NEXT_LOOK_NS = 700 * MS, 300 * MS
"""After a recall has left, until a camera has set off for certain; between two rounds of questions."""
LONGEST_MOVE_NS = MINUTE


class PelcoCamera(LinkedDriver[PelcoLink]):
    """One camera on a line. `base` is the number of the first camera on a Pelco-P line. `keepalive` None: an idle
    camera is not asked (one that lives in this process)."""

    def __init__(
        self,
        name: str,
        line: Line,
        kind: Kind,
        *,
        address: int = 1,
        base: int = 1,
        keepalive: int | None = KEEPALIVE_NS,
        on_change: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self.link = PelcoLink(line, kind, address=address, base=base, keepalive=keepalive, on_change=on_change)
        self.state: LinkState = self.link.state
        self._jobs: dict[Job, _Task] = {}

    def start(self, job: Job) -> None:
        try:
            said = tuple(pelco.meanings(job.command))
        except ValueError as error:
            job.finish("refused", str(error))
            return
        task: _Task
        match said:
            case ((_, Motion() as motion, _, _), *_) if isinstance(job.command, DRIVES):
                task = _Move(self.link, job, said, self._ended, motion)
            case _:
                task = _Task(self.link, job, said, self._ended)
        self._jobs[job] = task
        task.begin(job.due)

    def end(self, job: Job, outcome: Outcome) -> None:
        task = self._jobs.get(job)
        if task is not None:
            task.finish(outcome)
            if outcome == "stopped":
                task.stand_still()

    def lose_axes(self, job: Job, axes: Axes) -> None:
        """A frame of motion says what all axes do, so a recall that loses one of them loses them all."""
        job.lost |= axes
        task = self._jobs.get(job)
        if task is not None:
            task.finish("superseded")

    def hold(self, job: Job) -> None:
        task = self._jobs.get(job)
        if task is not None:
            task.rest()
            task.stand_still()

    def resume(self, job: Job, shift: int) -> None:
        job.due += shift
        task = self._jobs.get(job)
        if task is not None:
            task.begin(self.link.clock.now())

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        self.link.halt(axes)

    @property
    def answers(self) -> bool | None:
        """Whether it answers for its position; None: it has not been asked."""
        return self.link.answers

    @property
    def noise(self) -> int:
        """Bytes that came and belonged to no frame."""
        return self.link.noise

    def ask_pose(self) -> None:
        if self.link.answers is not False:
            self.link.look(lambda _found: None)

    async def close(self) -> None:
        for job in tuple(self._jobs):
            self.end(job, "stopped")
        await self.link.close()

    def _ended(self, job: Job) -> None:
        self._jobs.pop(job, None)


class _Task:
    """A job that is done when its frame has left, or, a recall of a camera that answers, when that has arrived."""

    def __init__(
        self,
        link: PelcoLink,
        job: Job,
        said: tuple[tuple[int, Meaning, str, str], ...],
        ended: Callable[[Job], object],
    ) -> None:
        self.link = link
        self.job = job
        self.said = said
        self._ended = ended
        self.over = False
        self.timer: Handle | None = None
        self.frame: QueuedFrame | None = None
        self._last: dict[PelcoAxis, int] | None = None
        self._until = 0

    def stand_still(self) -> None:
        """Stop what it has set going."""
        if isinstance(self.job.command, Recall) and self.job.sent is not None:
            self.link.halt(EVERYTHING)

    def begin(self, due: int) -> None:
        """`due` is the job's, or now if it was held."""
        link, command = self.link, self.job.command
        ((_, meaning, _, _),) = self.said
        if isinstance(command, Stop):
            meaning = link.set_going(command.axes, STILL)
            link.owes(command.axes)
            self.frame = link.send(meaning, link.clock.now(), self._left_stop, urgent=True)
            return
        if isinstance(command, Recall):
            link.set_going(EVERYTHING, STILL)
            link.ledger.set_going(EVERYTHING, self.job, brief=True)
        self.frame = link.send(meaning, due, self.left)

    def _left_stop(self, data: bytes, now: int | None) -> None:
        self.link.reconstructed(data, now)
        self.left(data, now)

    def left(self, data: bytes, now: int | None) -> None:
        if self.note(data, now):
            if isinstance(self.job.command, Recall) and self.link.answers:
                assert now is not None
                self._until = now + LONGEST_MOVE_NS
                self._last = None
                self.timer = self.link.clock.at(now + FIRST_LOOK_NS, self._look)
            else:
                self.finish("sent")

    def note(self, data: bytes, now: int | None) -> bool:
        """Whether the frame has left; if not, that is the end."""
        job = self.job
        if now is not None:
            self.link.ledger.accepted(EVERYTHING, job)
        if now is None:
            self.finish("unreachable", self.link.state.error or "the line did not accept it in time")
            return False
        if job.sent is None:
            job.late_max = max(job.late_max, now - job.due)
        job.left(now)
        job.wire.append(data)
        return True

    def _look(self) -> None:
        self.timer = None
        self.link.look(self._seen)

    def _seen(self, found: dict[PelcoAxis, int] | None) -> None:
        if self.over or self.timer is not None:
            return
        now = self.link.clock.now()
        if found is not None and found == self._last:
            self.finish("sent", done=now)
        elif not self.link.answers or not self.link.state.connected:
            self.finish("sent")
        elif now > self._until:
            self.finish("timed_out", "the camera is still moving")
        else:
            self._last = found
            self.timer = self.link.clock.at(now + NEXT_LOOK_NS, self._look)

    def rest(self) -> None:
        """Send nothing more, until it begins again."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.frame is not None:
            self.link.recall(self.frame)

    def finish(self, outcome: Outcome, reason: str = "", done: int | None = None) -> None:
        if self.over:
            return
        self.over = True
        self.rest()
        self._ended(self.job)
        self.job.finish(outcome, reason, done)


class _Move(_Task):
    """A drive. With a duration it is over when its stop has left."""

    def __init__(
        self,
        link: PelcoLink,
        job: Job,
        said: tuple[tuple[int, Meaning, str, str], ...],
        ended: Callable[[Job], object],
        motion: Motion,
    ) -> None:
        super().__init__(link, job, said, ended)
        self._motion = motion

    def begin(self, due: int) -> None:
        stop = self.said[1:]
        link, job = self.link, self.job
        if stop and link.clock.now() >= job.due + stop[0][0]:
            self.finish("sent")  # held until nothing of it was left
            return
        motion = link.set_going(job.command.axes, self._motion, job)
        self.frame = link.send(motion, due, self.stop_due if stop else self.left)

    def stand_still(self) -> None:
        if self.job.sent is not None:
            self.link.halt(self.job.command.axes)
        else:
            self.link.gave_up(self.job.command.axes, self.job)

    def left(self, data: bytes, now: int | None) -> None:
        if self.note(data, now):
            self.finish("sent")
        else:
            self.link.gave_up(self.job.command.axes, self.job)

    def stop_due(self, data: bytes, now: int | None) -> None:
        if self.note(data, now):
            self.timer = self.link.clock.at(self.job.due + self.said[1][0], self._stop)
        else:
            self.link.gave_up(self.job.command.axes, self.job)

    def _stop(self) -> None:
        self.timer = None
        when = self.job.due + self.said[1][0]
        motion = self.link.set_going(self.job.command.axes, STILL)
        self.link.owes(self.job.command.axes)
        self.frame = self.link.send(motion, when, self._stopped, urgent=True)

    def _stopped(self, data: bytes, now: int | None) -> None:
        self.link.reconstructed(data, now)
        if now is None:
            self.finish("timed_out", "its stop could not be sent; it is sent when the line is back")
        else:
            self.job.wire.append(data)
            self.finish("sent", done=now)
