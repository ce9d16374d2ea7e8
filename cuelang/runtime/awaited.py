"""Commands whose outcome a request waits for."""

from __future__ import annotations

import asyncio

from cuelang.commands import Outcome
from cuelang.plan import Step
from cuelang.playback.effects import Begin, Withhold


class Awaited:
    """By the step that asks for them."""

    def __init__(self) -> None:
        self._steps: dict[int, asyncio.Future[tuple[Outcome, str]]] = {}
        self._jobs: dict[int, asyncio.Future[tuple[Outcome, str]]] = {}

    def expect(self, step: Step) -> asyncio.Future[tuple[Outcome, str]]:
        """What will have become of the command of this step, and why."""
        came = self._steps[id(step)] = asyncio.get_running_loop().create_future()
        return came

    def forget(self, step: Step) -> None:
        came = self._steps.pop(id(step), None)
        self._jobs = {job: future for job, future in self._jobs.items() if future is not came}

    def began(self, effect: Begin) -> None:
        if self._steps and id(effect.step) in self._steps:
            self._jobs[effect.job] = self._steps[id(effect.step)]

    def withheld(self, effect: Withhold) -> None:
        came = self._steps.get(id(effect.step)) if self._steps else None
        if came is not None and not came.done():
            came.set_result((effect.outcome, effect.reason))

    def finished(self, job: int, outcome: Outcome) -> None:
        came = self._jobs.pop(job, None) if self._jobs else None
        if came is not None and not came.done():
            came.set_result((outcome, ""))
