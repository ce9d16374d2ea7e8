"""Which room carries out which effect of playback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import assert_never

from msgspec import Struct

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
from cuelang.runtime.cameras import Cameras
from cuelang.runtime.outputs import Outputs
from cuelang.runtime.places import Places
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.switchers import Switchers
from cuelang.runtime.told import Told
from cuelang.runtime.verdicts import Verdicts


class Hooks(Struct):
    """What others do about effects. `on_effect` is called for each when it has been carried out, `on_reload` when a
    reload is requested; it settles the request when the sheet has been compiled. `on_skip` leaves out the next firing
    of the schedules, or takes that back, and gives the verdict; None: the show has no schedules. `on_swap` compiles the
    sheet with another camera instead of one, loads it and settles the request."""

    on_effect: Callable[[Effect], None] | None = None
    on_reload: Callable[[Request], None] | None = None
    on_skip: Callable[[Request], Verdict] | None = None
    on_swap: Callable[[Request], None] | None = None


class Dispatch:
    """`placed` takes where cameras say that they are, for the request that needs it; `settled` a verdict that comes
    from outside playback."""

    def __init__(  # noqa: PLR0913 - the parts that it hands effects to
        self,
        hooks: Hooks,
        *,
        board: Board,
        cameras: Cameras,
        switchers: Switchers,
        outputs: Outputs,
        records: RecordQueue,
        told: Told,
        verdicts: Verdicts,
        awaited: Awaited,
        clock: Clock,
        placed: Callable[[Request, Mapping[str, Pose | None]], None],
        settled: Callable[[Verdict], None],
    ) -> None:
        self._hooks, self._board, self._clock = hooks, board, clock
        self._cameras, self._switchers, self._outputs = cameras, switchers, outputs
        self._records, self._told = records, told
        self._verdicts, self._awaited = verdicts, awaited
        self._takes_places, self._settled = placed, settled
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
        self._takes_places(request, places)

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

    def _swap_asked(self, request: Request) -> None:
        if self._hooks.on_swap is not None:
            self._hooks.on_swap(request)
        else:
            self._settled(Verdict(request, "refused", "this show has no sheet to compile again"))

    def _skip_asked(self, request: Request) -> None:
        if self._hooks.on_skip is not None:
            self._settled(self._hooks.on_skip(request))
        else:
            self._settled(Verdict(request, "refused", "nothing is scheduled"))
