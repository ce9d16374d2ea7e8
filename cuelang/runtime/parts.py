"""What an executor is made of, joined: who hands what to whom in a turn."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct

from cuelang.clock import Clock
from cuelang.plan import Plan
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.awaited import Awaited
from cuelang.runtime.board import Board
from cuelang.runtime.by_hand import ByHand
from cuelang.runtime.cameras import Cameras
from cuelang.runtime.devices import Devices
from cuelang.runtime.dispatch import Dispatch
from cuelang.runtime.given import Edition, Hooks, Outset, ShowLines
from cuelang.runtime.outputs import Outputs
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.screens import Screens
from cuelang.runtime.switchers import Switchers
from cuelang.runtime.takeover import Takeover
from cuelang.runtime.times_of_day import TimesOfDay
from cuelang.runtime.told import Told
from cuelang.runtime.turns import Turns
from cuelang.runtime.verdicts import Verdicts


class Parts(Struct, frozen=True):
    """What one executor is made of."""

    told: Told
    records: RecordQueue
    turns: Turns
    days: TimesOfDay
    board: Board
    devices: Devices
    by_hand: ByHand
    verdicts: Verdicts
    awaited: Awaited
    dispatch: Dispatch
    screens: Screens
    takeover: Takeover


def joined(
    plan: Plan,
    lines: ShowLines,
    log: AsRun,
    clock: Clock,
    zone: tzinfo | None,
    outset: Outset,
    edition: Edition,
    hooks: Hooks,
) -> Parts:
    """Made in the order in which they know each other; who is made later is called later."""
    records = RecordQueue(log, clock)
    days = TimesOfDay(clock, zone, lambda by: turns.turn(told.wall_moved(by)))
    told = Told(
        plan,
        outset,
        clock=clock,
        log=log,
        records=records,
        time_of_day=days.at,
        answers=lambda camera: devices.cameras.answers(camera),
    )
    records.muted = told.follows
    zero = clock.now() if outset.follows is None else outset.follows.zero
    board = Board(plan, zero, edition.warnings, edition.outlines, outset.rehearsed)
    board.standby, board.simulated = told.playback.standby, outset.simulated
    verdicts, awaited = Verdicts(), Awaited()
    turns = Turns(told, records, awaited, clock, hooks.changed)
    by_hand = ByHand(clock, board, turns, hooks, lambda: takeover.following is None)
    devices = _devices(lines, log, clock, records, board, told, turns, by_hand)
    dispatch = Dispatch(
        hooks,
        board=board,
        devices=devices,
        records=records,
        told=told,
        turns=turns,
        verdicts=verdicts,
        awaited=awaited,
        clock=clock,
    )
    turns.serve(dispatch.carry_out, devices.cameras.never_begins)
    screens = Screens(board, told, devices, clock, zone)
    takeover = Takeover(
        outset.follows,
        turns=turns,
        told=told,
        board=board,
        devices=devices,
        records=records,
        log=log,
        clock=clock,
        hooks=hooks,
    )
    devices.switchers.load(plan, lines.switchers)
    if outset.playback is not None:
        board.show(outset.playback.runs(clock.now()), clock.now())
        devices.cameras.keep_lit(outset.playback.lit)
    return Parts(told, records, turns, days, board, devices, by_hand, verdicts, awaited, dispatch, screens, takeover)


def _devices(
    lines: ShowLines,
    log: AsRun,
    clock: Clock,
    records: RecordQueue,
    board: Board,
    told: Told,
    turns: Turns,
    by_hand: ByHand,
) -> Devices:
    return Devices(
        Cameras(lines.drivers, clock=clock, log=log, records=records, board=board, turns=turns),
        Switchers(
            clock,
            log=log,
            records=records,
            board=board,
            turns=turns,
            says=lambda name, word: turns.turn(told.switcher(name, word)),
            happened=by_hand.reported,
        ),
        Outputs(lines.outputs, clock=clock, ms=log.ms, records=records, board=board),
    )
