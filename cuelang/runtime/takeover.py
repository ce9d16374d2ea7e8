"""Behind another machine: its journal is followed, and when this machine takes over, what that one owes is sent."""

from __future__ import annotations

from collections.abc import Container
from typing import assert_never

from cuelang.clock import Clock
from cuelang.commands import LinkState
from cuelang.commands.switching import action_of
from cuelang.plain import short
from cuelang.playback.effects import Begin, Effect, Halt, SendOut, Switch
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.board import Board
from cuelang.runtime.devices import Devices
from cuelang.runtime.following import Following
from cuelang.runtime.given import Hooks
from cuelang.runtime.input_records import SwitcherRecord
from cuelang.runtime.journal import Journal
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.records import Record
from cuelang.runtime.told import Told
from cuelang.runtime.turns import Turns
from cuelang.runtime.view import BehindView

TAKEOVER = "takeover"
"""Why a command is not sent that the machine before may have sent."""


class Takeover:
    """`follows` is the list of the other machine, which decides until `lead`; None: this one decides."""

    def __init__(
        self,
        follows: Journal | None,
        *,
        turns: Turns,
        told: Told,
        board: Board,
        devices: Devices,
        records: RecordQueue,
        log: AsRun,
        clock: Clock,
        hooks: Hooks,
    ) -> None:
        self.following = Following(follows, board) if follows is not None else None
        """What the other machine decides; None: this one decides."""
        self._turns, self._told, self._board = turns, told, board
        self._cameras, self._switchers, self._outputs = devices.cameras, devices.switchers, devices.outputs
        self._records, self._log, self._clock, self._hooks = records, log, clock, hooks
        self._owed: dict[str, list[Effect]] = {}

    def follow(self, record: Record) -> None:
        """The next record of the machine that decides. It goes into the log as it is. Raises NoPlan."""
        assert self.following is not None
        self.following.take(record)
        self._log.copy(record)
        if isinstance(record, SwitcherRecord):
            self._switchers.told(record.name, self._told.playback.vision.said[record.name])
        self._hooks.changed()

    def stands(self, behind: BehindView | None, followers: tuple[str, ...] = ()) -> None:
        """For the screens: which machine this one follows, and which follow this one."""
        if behind is not None:
            self._told.leader = behind.of
        if (self._board.behind, self._board.followers) != (behind, followers):
            self._board.behind, self._board.followers = behind, followers
            self._hooks.changed()

    def lead(self, of: str, later: Container[str] = ()) -> tuple[str, ...]:
        """From now on this machine decides and sends; `of` is the one that did. What that one owes is sent, stops
        first; for the cameras of `later`, whose lines are not open yet, by `catch_up`. Returns in words what is not
        sent, because it may have been."""
        following = self.following
        assert following is not None
        self._log.go_on(following.took, following.journal.zero)
        for driver in self._cameras.drivers.values():
            if driver.state.connected and not self._cameras.is_open(driver):
                driver.state.connected = False
        now = max(self._told.now(), following.instant)
        taken, self.following = following.take_over(now), None
        self._told.lead(self._told.playback, following.drives)
        self._log.show("taken over", now)
        self._records.muted = False
        self._owed = {}
        for effect in (*taken.stops, *taken.effects):
            camera = getattr(effect, "camera", None)
            if isinstance(effect, (Begin, Halt)) and camera in later:
                self._owed.setdefault(effect.camera, []).append(effect)
        held = {id(effect) for effects in self._owed.values() for effect in effects}
        self._turns.go_first([effect for effect in taken.stops if id(effect) not in held])
        self._switchers.speak()
        for claim in self._told.playback.claims():
            if claim.endless and not (claim.live or claim.parked):
                self._cameras.inherit(claim.camera, claim.axes)
        self._cameras.keep_lit(self._told.playback.lit)
        self._turns.turn([effect for effect in taken.effects if id(effect) not in held])
        for lost in taken.lost:
            self._lose(lost)
        for mix in taken.mixes:
            self._switchers.look(mix, TAKEOVER, self._lose)
        unsent = (*map(_in_words, taken.lost), *taken.held)
        text = f"Taken over from {of}."
        if unsent:
            text += f" Not sent, because it may have been: {', '.join(unsent)}."
        self._board.alarm(self._clock.now(), short(text))
        self._turns.say(text)
        return unsent

    def seen(self, camera: str, age: int | None, state: LinkState) -> None:
        """What the machine that decides knows of a camera, for the screens. `age`: how long ago (ns) it answered."""
        driver = self._cameras.drivers.get(camera)
        if driver is None or self.following is None or self._cameras.is_open(camera):
            return
        mine = driver.state
        mine.connected, mine.error, mine.power, mine.pose = state.connected, state.error, state.power, state.pose
        mine.heard = None if age is None else self._clock.now() - age

    def close(self) -> None:
        """This machine follows no longer, and ends its copy of the log."""
        if self.following is not None:
            self._log.go_on(self.following.took, self.following.journal.zero)

    def catch_up(self, camera: str) -> None:
        """The line of a camera is open, after a takeover: what is owed there is sent."""
        effects = self._owed.pop(camera, [])
        self._turns.go_first([effect for effect in effects if isinstance(effect, Halt)])
        self._turns.turn([effect for effect in effects if not isinstance(effect, Halt)])

    def _lose(self, effect: Begin | Switch | SendOut) -> None:
        match effect:
            case SendOut():
                self._outputs.lost(effect, TAKEOVER)
                return
            case Begin():
                record = self._cameras.lost(effect, TAKEOVER)
            case Switch():
                record = self._switchers.lost(effect, TAKEOVER)
            case _:
                assert_never(effect)
        self._turns.turn(self._told.finished(effect.job, "unreachable", *record))


def _in_words(effect: Begin | Switch | SendOut) -> str:
    match effect:
        case Begin():
            return f"{effect.camera} {effect.command.action}"
        case Switch():
            source = f" to {effect.source}" if effect.source else ""
            return f"{effect.switcher} {action_of(effect.order)}{source}"
        case SendOut():
            return f"{effect.output} {effect.address}"
        case _:
            assert_never(effect)
