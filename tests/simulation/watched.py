"""What a night shows to those who watch it: a driver's calls, the jobs that the driver knows, and a rule that did not
hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cuelang.commands import (
    Axes,
    Driver,
    FocusTo,
    Job,
    LinkState,
    MoveTo,
    Ramp,
    Settling,
)
from cuelang.units import NS

if TYPE_CHECKING:
    from tests.simulation.watch import Watch


class Broken(NamedTuple):
    """A rule that did not hold. `rule` is its name, which stays the same while a night is made smaller."""

    rule: str
    at: int
    what: str

    def __str__(self) -> str:
        return f"{self.rule} at {self.at / NS:.6f} s: {self.what}"


class Watched:
    """A driver whose calls are seen."""

    def __init__(self, driver: Driver, name: str, watch: Watch) -> None:
        assert isinstance(driver, Settling)
        self._driver, self._settling, self._name, self._watch = driver, driver, name, watch
        self.state: LinkState = driver.state

    @property
    def on_adrift(self) -> Any:
        return self._settling.on_adrift

    @on_adrift.setter
    def on_adrift(self, call: Any) -> None:
        self._settling.on_adrift = call

    def start(self, job: Job) -> None:
        self._watch.starts(self._name, job)
        self._driver.start(job)

    def end(self, job: Job, outcome: Any) -> None:
        self._watch.ends(self._name, job)
        self._driver.end(job, outcome)

    def lose_axes(self, job: Job, axes: Axes) -> None:
        self._watch.loses(self._name, job, axes)
        self._driver.lose_axes(job, axes)

    def hold(self, job: Job) -> None:
        self._watch.holds(self._name, job)
        self._driver.hold(job)

    def resume(self, job: Job, shift: int) -> None:
        self._watch.resumes(self._name, job)
        self._driver.resume(job, shift)

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        self._driver.halt(axes, tracking)

    def ask_pose(self) -> None:
        self._driver.ask_pose()

    def settle(self) -> None:
        self._settling.settle()

    def inherit(self, axes: Axes) -> None:
        self._settling.inherit(axes)

    def unsettled(self) -> Axes:
        return self._settling.unsettled()

    async def open(self) -> None:
        await self._driver.open()

    async def close(self) -> None:
        await self._driver.close()


class Work:
    """A job as the driver knows it."""

    __slots__ = ("at", "ended", "held", "idle", "job", "lost")

    def __init__(self, job: Job, at: int) -> None:
        self.job, self.at = job, at
        self.ended: int | None = None
        self.held: int | None = None
        self.idle: Axes = frozenset()
        """It was held, and nothing for these has been sent since: its own stop may still be repeated."""
        self.lost: dict[str, int] = {}

    def owns(self, now: int) -> Axes:
        """The axes for which it may send something now. What is over since this very instant may still be on its way
        out."""
        if self.ended is not None and self.ended < now and self.ended != self.at:
            return frozenset()  # what was displaced at its own instant is sent, when the line has room for it
        held = self.held is not None and not isinstance(self.job.command, FocusTo)
        if held and (self.held or 0) < now and not self._at_target(now):
            return frozenset()
        return frozenset(axis for axis in self.job.command.axes if self.lost.get(axis, now) >= now)

    def _at_target(self, now: int) -> bool:
        """Its last frame has gone: that one may be repeated."""
        command = self.job.command
        over = command.over if isinstance(command, MoveTo | Ramp) else None
        return over is not None and now >= self.job.due + over
