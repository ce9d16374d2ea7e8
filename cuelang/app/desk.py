"""What the operators of a show have in their hands: its switches, its presets, its keyboard, and the way in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from cuelang.app.console import Console
from cuelang.app.entry import Entry
from cuelang.app.framing import Framing
from cuelang.app.framing_copies import preset_record
from cuelang.app.loading import RunOptions
from cuelang.app.machines import Machines
from cuelang.app.reloading import Reloads
from cuelang.app.switches import Switches
from cuelang.app.tonight import Tonight
from cuelang.clock import Clock
from cuelang.playback.effects import Request, Verb
from cuelang.runtime.executor import Executor
from cuelang.runtime.records import Record
from cuelang.triggers.doors import Doors


class Desk(Struct, frozen=True):
    """Of one show."""

    switches: Switches
    framing: Framing
    entry: Entry
    """Where all that is asked of this show comes in."""
    console: Console

    def take(self, record: Record) -> None:
        """Another machine has written this record."""
        self.switches.take(record)
        self.framing.copies.take(record)


def desk_of(
    options: RunOptions,
    executor: Executor,
    doors: Doors,
    reloads: Reloads,
    machines: Machines,
    tonight: Tonight,
    end: Callable[[], None],
) -> Desk:
    """`end` ends the show."""
    clock, log, notices = tonight.clock, tonight.log, tonight.notices
    switches = Switches(
        executor,
        doors,
        log.records,
        clock,
        machines.beside,
        locked=options.show_mode,
        on_lock=partial(_locked, executor, clock),
    )
    framing = Framing(
        options,
        executor,
        reloads,
        clock,
        log.folder,
        lambda: clock.wall(tonight.zone).isoformat(timespec="seconds"),
        notices.note,
        lambda change: log.records.write(clock.now(), partial(preset_record, change)),
    )
    entry = Entry(
        executor,
        doors.gestures,
        switches,
        framing,
        machines.pair.carrier if machines.pair is not None else None,
        say=notices.say,
        running=lambda: notices.begun,
    )
    console = Console(
        executor,
        clock,
        framing,
        machines.beside,
        request=entry.request,
        frame=entry.frame,
        mute=switches.mute,
        end=end,
        spawn=tonight.tasks.spawn,
    )
    return Desk(switches, framing, entry, console)


def ask(executor: Executor, clock: Clock, verb: Verb, source: str) -> None:
    """Something that the show itself asks for."""
    executor.request(Request(verb, None, source, clock.now(), automatic=True))


def _locked(executor: Executor, clock: Clock, source: str) -> None:
    """Show mode has begun."""
    if executor.view().air.off_air:
        ask(executor, clock, "on air", f"show mode ({source})")
