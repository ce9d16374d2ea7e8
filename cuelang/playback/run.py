"""One firing of a cue, and what may become of it. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from cuelang.plan import Arrived, CameraAct, Cue, Settled, Step
from cuelang.playback.effects import CueState, Request
from cuelang.playback.timeline import OpenWait, Timeline
from cuelang.source import Origin

RunState = Literal["running", "paused", "done", "stopped"]
RunTurn = Literal["pause", "resume", "finish", "stop"]

TURNS: dict[tuple[RunState, RunTurn], tuple[RunState, CueState]] = {
    ("running", "pause"): ("paused", "paused"),
    ("paused", "resume"): ("running", "resumed"),
    ("running", "finish"): ("done", "done"),
    ("running", "stop"): ("stopped", "stopped"),
    ("paused", "stop"): ("stopped", "stopped"),
}
"""What may become of a run that was started, and what the log calls it. Nothing becomes of one that is done or
stopped, and a paused one cannot be done: its clock is stopped."""


class Run(Struct, eq=False):
    """One firing. `cue` None: a camera statement on its own."""

    number: int
    cue: Cue | None
    label: str
    request: Request
    timeline: Timeline
    state: RunState = "running"
    paused_at: int = 0
    daytimes: dict[OpenWait, int] = field(default_factory=dict)
    left_out: dict[Origin, int] = field(default_factory=dict)
    """Passes of endless loops that were left out and are not reported yet."""
    told: int | None = None
    on_resume: list[tuple[Step, CameraAct]] = field(default_factory=list)
    """What a `locate` into the cue left under way: it begins with `resume`."""
    by: Run | None = None
    """The run whose `recover` this is: what it moves, that run moves."""
    since: int | None = None
    """For `recover` and `locate`: the last job before it. Where a newer line has taken an axis, it sends nothing."""
    waited: int = 0
    waited_to: int = 0
    """How long it waited for people, messages and times of day, in instants of its own clock, and up to when."""

    @property
    def root(self) -> Run:
        return self if self.by is None else self.by

    def has_waited(self, wait: OpenWait, at: int) -> tuple[int, int]:
        """`waited` and `waited_to` when that wait is over at `at`; of waits side by side each moment counts once."""
        if isinstance(wait.wait.condition, Arrived | Settled):
            return self.waited, self.waited_to
        start = self.timeline.start
        begun = max(wait.since - start, self.waited_to)
        return self.waited + max(0, at - start - begun), max(self.waited_to, at - start)

    def met(self, wait: OpenWait, at: int) -> None:
        self.waited, self.waited_to = self.has_waited(wait, at)
        self.timeline.met(wait, at)

    @property
    def due(self) -> int | None:
        if self.state != "running":
            return None
        due = self.timeline.due
        if self.daytimes:
            soonest = min(self.daytimes.values())
            due = soonest if due is None else min(due, soonest)
        return due


class Follow(Struct, eq=False):
    """The cue after `run`'s, to be fired at `due`. `paused_at` is when it was frozen."""

    due: int
    run: Run
    cue: Cue
    paused_at: int | None = None
