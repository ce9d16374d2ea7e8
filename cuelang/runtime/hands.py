"""Hands that drive the cameras of a running show."""

from __future__ import annotations

from cuelang.plan import CameraAct, Step
from cuelang.playback.effects import Begin, Request, Withhold
from cuelang.runtime.takeover import Takeover
from cuelang.runtime.told import Told
from cuelang.runtime.turns import Turns


class Hands:
    """Where another machine decides, none gets an axis here."""

    def __init__(self, told: Told, turns: Turns, takeover: Takeover) -> None:
        self._told, self._turns, self._takeover = told, turns, takeover

    def steer(self, request: Request, step: Step, before: Step | None) -> str:
        """A hand drives a camera (see `Playback.steer`). Why it has not got the axis; empty: it has."""
        effects, act = self._told.steer(request, step, before), step.act
        self._turns.turn(effects)
        if self._takeover.following is not None:
            return self._told.follows_another
        if any(isinstance(effect, Begin) for effect in effects):
            return ""
        why = next((effect.reason for effect in effects if isinstance(effect, Withhold)), "")
        return why or (self._told.playback.lost(act.camera, act.axes) if isinstance(act, CameraAct) else "")

    def hindered(self, request: Request | None, act: CameraAct, before: Step) -> str:
        """Why a hand may not go on from the drive `before` with this one; empty: it may. Without a request only what
        has taken the axis counts."""
        return self._told.playback.hindered(request, act, before)

    def release(self, step: Step) -> None:
        """The hand is at rest."""
        self._turns.turn(self._told.release(step))
