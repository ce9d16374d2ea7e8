"""Which part carries out which effect of playback."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import assert_never

from cuelang.clock import Clock
from cuelang.commands import Pose
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    Effect,
    End,
    Halt,
    Hold,
    Narrow,
    OnAir,
    PlacesAsked,
    ReloadAsked,
    Request,
    Resume,
    Say,
    SendOut,
    SkipAsked,
    Spoken,
    StandbyMoved,
    SupposeCut,
    SwapAsked,
    Switch,
    Verdict,
    Withhold,
    WithholdOrder,
)
from cuelang.runtime.awaited import Awaited
from cuelang.runtime.board import Board
from cuelang.runtime.devices import Devices
from cuelang.runtime.given import Hooks
from cuelang.runtime.places import Places
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.told import Told
from cuelang.runtime.turns import Turns
from cuelang.runtime.verdicts import Verdicts


class Dispatch:
    """Where cameras say that they are, and a verdict that comes from outside playback, make a turn of their own."""

    def __init__(
        self,
        hooks: Hooks,
        *,
        board: Board,
        devices: Devices,
        records: RecordQueue,
        told: Told,
        turns: Turns,
        verdicts: Verdicts,
        awaited: Awaited,
        clock: Clock,
    ) -> None:
        self._hooks, self._board, self._clock = hooks, board, clock
        self._cameras, self._switchers, self._outputs = devices.cameras, devices.switchers, devices.outputs
        self._records, self._told, self._turns = records, told, turns
        self._verdicts, self._awaited = verdicts, awaited
        self._asking = 0

    @property
    def asking(self) -> bool:
        """Whether a request waits for cameras to say where they are."""
        return self._asking > 0

    def carry_out(self, effect: Effect, now: int) -> None:  # noqa: C901 - a case for each effect
        self._board.effect(effect, now)
        match effect:
            case Begin():
                self._awaited.began(effect)
                self._cameras.begin(effect)
            case Verdict():
                self._verdict(effect)
            case CueChanged() | Say() | StandbyMoved() | OnAir():
                self._records.effect(effect, now)
            case End():
                self._cameras.end(effect)
            case Narrow():
                self._cameras.narrow(effect)
            case Hold():
                self._cameras.hold(effect)
            case Resume():
                self._cameras.resume(effect)
            case Halt():
                self._cameras.halt(effect)
            case Withhold():
                self._verdicts.withheld(effect)
                self._awaited.withheld(effect)
                self._cameras.withhold(effect)
            case SendOut():
                self._outputs.send(effect)
            case Switch():
                self._switchers.begin(effect)
            case SupposeCut():
                pass  # a rehearsal does it, by on_effect
            case WithholdOrder():
                self._verdicts.withheld(effect)
                self._switchers.withhold(effect)
            case Spoken():
                if not self._told.spoken(effect):
                    self._records.effect(effect, now)
            case ReloadAsked():
                self._reload_asked(effect)
            case SkipAsked():
                self._skip_asked(effect.request)
            case SwapAsked():
                self._swap_asked(effect.request)
            case PlacesAsked(request=request, cameras=names):
                self._asking += 1
                Places(self._clock, self._cameras.drivers, names, partial(self._placed, request))
            case _:
                assert_never(effect)
        if self._hooks.on_effect is not None:
            self._hooks.on_effect(effect)

    def _placed(self, request: Request, places: Mapping[str, Pose | None]) -> None:
        self._asking -= 1
        self._turns.turn(self._told.located(request, places))

    def _verdict(self, effect: Verdict) -> None:
        self._verdicts.give(effect)
        self._told.verdict(effect)

    def _reload_asked(self, effect: ReloadAsked) -> None:
        if self._hooks.on_reload is not None:
            self._hooks.on_reload(effect.request)
            return
        verdict = Verdict(effect.request, "fired", did="nothing was read: this show has no sheet on a disk")
        self._board.effect(verdict, self._clock.now())
        self._verdict(verdict)

    def _settle(self, verdict: Verdict) -> None:
        self._turns.turn([verdict])

    def _swap_asked(self, request: Request) -> None:
        if self._hooks.on_swap is not None:
            self._hooks.on_swap(request)
        else:
            self._settle(Verdict(request, "refused", "this show has no sheet to compile again"))

    def _skip_asked(self, request: Request) -> None:
        if self._hooks.on_skip is not None:
            self._settle(self._hooks.on_skip(request))
        else:
            self._settle(Verdict(request, "refused", "nothing is scheduled"))
