"""Mistakes that could be made in the show's code, each made on purpose: a simulation that is worth anything finds them.

Each one changes one thing while it is in force, and nothing afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from cuelang.commands import PAN_TILT, ZOOM, MoveTo, Pose
from cuelang.devices.ledger import Ledger
from cuelang.devices.moves import MoveTask
from cuelang.devices.tasks import Plain, Task
from cuelang.models import motion
from cuelang.playback import locator
from cuelang.playback.claims import Claims
from cuelang.playback.effects import CueChanged, Verdict
from cuelang.playback.machine import Playback
from cuelang.playback.runs import Runs
from cuelang.playback.timeline import Timeline
from cuelang.runtime.cameras import Cameras
from cuelang.runtime.executor import Executor
from cuelang.runtime.told import Told
from tests.simulation.dice import night
from tests.simulation.theatre import play
from tests.simulation.watched import Broken

Original = Callable[..., Any]


def _no_halt(halt: Original) -> Original:
    """Panic and stop forget zooms."""

    def forgetful(self: Cameras, effect: Any) -> None:
        halt(self, type(effect)(effect.camera, effect.axes - {ZOOM}, effect.tracking))

    return forgetful


def _twice(settle: Original) -> Original:
    """What was displaced is written when it is displaced, and again at its end."""

    def eager(self: Cameras, what: Any, job: Any, outcome: str, reason: str) -> None:
        settle(self, what, job, outcome, reason)
        if outcome == "superseded":
            settle(self, what, job, outcome, reason)

    return eager


def _early_frames(frames: Original) -> Original:
    """Each frame of a ramp is the next one."""

    def early(*args: Any, **options: Any) -> Iterator[tuple[int, int]]:
        all_of_them = list(frames(*args, **options))
        for (at, _), (_, value) in pairwise(all_of_them):
            yield at, value
        yield all_of_them[-1]

    return early


def _claims_stay(_finish: Original) -> Original:
    """What is complete keeps its axes."""

    def keeping(self: Claims, job: int, _outcome: Any) -> Any:
        claim = self.jobs.get(job)
        if claim is None or not claim.live:
            return None
        claim.live = False
        return claim

    return keeping


def _verdict_lost(request: Original) -> Original:
    """A request that is a duplicate is not worth a record."""

    def sparing(self: Told, asked: Any) -> Any:
        effects = request(self, asked)
        if any(isinstance(one, Verdict) and one.verdict == "duplicate" for one in effects):
            self._records._records.pop()
        return effects

    return sparing


def _no_verdict(decide: Original) -> Original:
    """A refused request gets no answer."""

    def mute(self: Playback, request: Any) -> None:
        decide(self, request)
        effects = self._stage.effects
        if effects and isinstance(effects[-1], Verdict) and effects[-1].verdict == "refused":
            effects.pop()

    return mute


def _not_displaced(displace: Original) -> Original:
    """A newer command lets an older move go on."""

    def lenient(self: Claims, camera: str, command: Any, axes: Any, due: int) -> Any:
        return displace(self, camera, command, axes - {PAN_TILT}, due)

    return lenient


def _clock_goes_back(shift: Original) -> Original:
    """After a pause a cue's clock is set back by twice its length."""
    return lambda self, by: shift(self, 2 * by)


def _follows_anyway(panic: Original) -> Original:
    """A panic forgets what counts down."""

    def forgetful(self: Runs) -> None:
        follows = self.follows
        panic(self)
        self.follows = follows

    return forgetful


def _runs_on(_stop: Original) -> Original:
    """The log says that a cue is stopped, and it goes on."""

    def forgetful(self: Runs, run: Any, *_rest: Any) -> None:
        self.effects.append(CueChanged(run.number, run.label, "stopped", self.now))

    return forgetful


def _believed(accepted: Original) -> Original:
    """What was accepted counts as arrived."""

    def trusting(self: MoveTask, exchange: Any, now: int) -> None:
        accepted(self, exchange, now)
        self.finish("completed", done=now)

    return trusting


def _without_zoom(command: Any) -> Any:
    if not isinstance(command, MoveTo) or command.pose.zoom is None or command.pose.pan is None:
        return command
    return replace(command, pose=Pose(command.pose.pan, command.pose.tilt))


def _no_zoom(change: Original) -> Original:
    """Locate forgets zooms."""

    def forgetful(camera: Any, target: Any, *rest: Any, **options: Any) -> Any:
        found = change(camera, target, *rest, **options)
        return found._replace(now=tuple(map(_without_zoom, found.now)), then=tuple(map(_without_zoom, found.then)))

    return forgetful


def _stops_stay(set_going: Original) -> Original:
    """The stop of what was before is repeated though a newer motion has begun."""

    def stubborn(self: Ledger, axes: Any, key: Any, **options: Any) -> None:
        axes = frozenset(axes)
        stops = {axis: one.stop for axis, one in self._accounts.items() if axis in axes}
        set_going(self, axes, key, **options)
        for axis, stop in stops.items():
            self._accounts[axis].stop = stop

    return stubborn


def _no_end(_stop_all: Original) -> Original:
    """A show ends without stopping anything."""
    return lambda _self: None


def _sent_anyway(_withdraw: Original) -> Original:
    """What is over is repeated as long as it is not acknowledged."""

    def forgetful(self: Task) -> None:
        for handle in self._timers:
            handle.cancel()
        self._timers, self._open = [], []

    return forgetful


def _drives_on(_last: Original) -> Original:
    """The stop of a drive with a time is not sent."""

    def forgetful(self: Plain, _stop: Any) -> None:
        self._timers = []
        if not self._open:
            self.finish("completed", done=self.link.clock.now())

    return forgetful


FAULTS: dict[str, tuple[Any, str, Callable[[Original], Original]]] = {
    "a stop is not sent": (Cameras, "halt", _no_halt),
    "a record is written twice": (Cameras, "_settle", _twice),
    "a ramp is one frame early": (motion, "ramp_frames", _early_frames),
    "a claim is not released": (Claims, "finish", _claims_stay),
    "a duplicate has no record": (Told, "request", _verdict_lost),
    "a refusal is not told": (Playback, "_decide", _no_verdict),
    "a newer command displaces nothing": (Claims, "displace", _not_displaced),
    "a clock goes back": (Timeline, "shift", _clock_goes_back),
    "a follow survives a panic": (Runs, "panic", _follows_anyway),
    "a stopped cue goes on": (Runs, "stop", _runs_on),
    "what is accepted counts as arrived": (MoveTask, "accepted", _believed),
    "locate forgets zooms": (locator, "change", _no_zoom),
    "an old stop is repeated": (Ledger, "set_going", _stops_stay),
    "a show ends and stops nothing": (Executor, "stop_all", _no_end),
    "what is over is sent again": (Task, "withdraw", _sent_anyway),
    "a timed drive is not stopped": (Plain, "_last", _drives_on),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """While this lasts, the show's code has this mistake."""
    where, attribute, mistaken = FAULTS[name]
    right = getattr(where, attribute)
    setattr(where, attribute, mistaken(right))
    try:
        yield
    finally:
        setattr(where, attribute, right)


def found_by(name: str, most: int, first: int = 0) -> int | None:
    """The first seed whose night breaks a rule because of it."""
    with planted(name):
        return next((seed for seed in range(first, first + most) if broken(seed)), None)


def broken(seed: int) -> list[Broken]:
    return play(night(seed)).watch.broken
