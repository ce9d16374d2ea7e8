"""What an operator sets beside the cue list: show mode, muted inputs, notes and flags.

All of it is in the log, so that a restart and a machine that follows have it. A machine that follows carries it to the
one that leads, which does it and answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from cuelang.clock import Clock
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import in_show_mode
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.board import who
from cuelang.runtime.executor import Executor
from cuelang.runtime.input_records import LockRecord, MuteRecord
from cuelang.runtime.records import Record, ShowRecord
from cuelang.runtime.running_show import Beside, DoneOrWhy
from cuelang.runtime.stamp import Stamp
from cuelang.triggers.doors import Doors
from cuelang.triggers.ears import NoSuchInput

LOCKED = "the show is locked (show mode)"


class Switches:
    """Of one show. `on_lock` is called when show mode begins, with its source."""

    def __init__(
        self,
        executor: Executor,
        doors: Doors,
        log: AsRun,
        clock: Clock,
        beside: Beside,
        *,
        locked: bool,
        on_lock: Callable[[str], None],
    ) -> None:
        self._executor, self._doors, self._log, self._clock = executor, doors, log, clock
        self._beside, self._on_lock = beside, on_lock
        self.locked = locked
        executor.screens.lock(locked)

    def let_in(self, request: Request) -> Request | Verdict:
        """Every request of the show comes by here: show mode refuses what it locks."""
        allowed = in_show_mode(request, self._executor.plan) if self.locked else request
        return Verdict(request, "refused", LOCKED) if allowed is None else allowed

    # --- from a door ---------------------------------------------------------------------------------------

    async def lock(self, on: bool, source: str) -> DoneOrWhy:
        """Show mode on or off."""
        return await self._ask({"set": "lock", "on": on, "source": source})

    async def mute(self, name: str, on: bool, source: str) -> DoneOrWhy:
        """Mute an input, or hear it again."""
        return await self._ask({"set": "mute", "name": name, "on": on, "source": source})

    async def remark(self, cue: str, text: str, by: str) -> DoneOrWhy:
        """`by` notes something down, about a cue of the plan or (empty) about none."""
        return await self._ask({"set": "note", "cue": cue, "text": text, "by": by})

    async def flag(self, cue: str, on: bool, by: str) -> DoneOrWhy:
        """`by` wants to come back to a cue of the plan, or no longer."""
        return await self._ask({"set": "flag", "cue": cue, "on": on, "by": by})

    async def _ask(self, what: dict[str, Any]) -> DoneOrWhy:
        if self._executor.following is not None:
            return await self._beside.carry(what)
        return self.carry_out(what)

    # --- done here -----------------------------------------------------------------------------------------

    def carry_out(self, what: Mapping[str, Any]) -> DoneOrWhy:
        """What a door of this machine or of the other one asks for. Raises KeyError for what makes no sense."""
        match what["set"]:
            case "lock":
                return self._lock(bool(what["on"]), str(what["source"]))
            case "mute":
                return self._mute(str(what["name"]), bool(what["on"]), str(what["source"]))
            case "note":
                self._executor.notebook.write(str(what["cue"]), str(what["text"]), str(what["by"]))
            case "flag":
                self._executor.notebook.flag(str(what["cue"]), bool(what["on"]), str(what["by"]))
            case other:
                raise KeyError(other)
        return True, ""

    def _lock(self, on: bool, source: str) -> DoneOrWhy:
        if on != self.locked:
            self._lock_is(on)
            self._log.write(self._clock.now(), partial(_lock_record, on, source))
            if on:
                self._on_lock(source)
            self._executor.say(f"Show mode {'on' if on else 'off'} ({source}).", "note")
        return True, f"show mode is {'on' if on else 'off'}"

    def _lock_is(self, on: bool) -> None:
        self.locked = on
        self._executor.screens.lock(on)

    def _mute(self, name: str, on: bool, source: str) -> DoneOrWhy:
        try:
            did = self._doors.ears.mute(name, on, who(source))
        except NoSuchInput as error:
            return False, str(error)
        self._log_mutes({name: who(source)}, on=on)
        self._executor.say(f"{did[0].upper()}{did[1:]} ({source}).", "note")
        return True, did

    def _log_mutes(self, names: Mapping[str, str], *, on: bool = True) -> None:
        """Inputs by name, and who has muted each or hears it again."""
        for name, by in names.items():
            self._log.write(self._clock.now(), partial(_mute_record, name, on, by))

    # --- from a log ----------------------------------------------------------------------------------------

    def take(self, record: Record) -> None:
        """A record of the machine that leads, or of the show before a crash."""
        self._doors.take(record)
        if isinstance(record, LockRecord):
            self._lock_is(record.on)
        elif isinstance(record, ShowRecord) and record.state == "started":
            self._lock_is(bool((record.options or {}).get("show_mode")))

    def restore(self, records: Iterable[Record], *, logged: bool) -> None:
        """As the log of the show before a crash says; unless it is `logged` in this show's log, write it there."""
        asked, by_hand = self.locked, False
        for record in records:
            self.take(record)
            by_hand = by_hand or isinstance(record, LockRecord)
        known = self.locked if logged else asked
        if not by_hand and asked:
            self._lock_is(True)
        if self.locked != known:
            self._log.write(self._clock.now(), partial(_lock_record, self.locked, "the start"))
        if not logged:
            self._log_mutes({row.name: row.muted for row in self._doors.ears.rows if row.muted})


def _lock_record(on: bool, by: str, stamp: Stamp) -> LockRecord:
    return LockRecord(*stamp, on=on, by=by)


def _mute_record(name: str, on: bool, by: str, stamp: Stamp) -> MuteRecord:
    return MuteRecord(*stamp, input=name, on=on, by=by)
