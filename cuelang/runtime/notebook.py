"""What people write down while a show runs: for the screens, for its log, and to be read at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo

from cuelang.clock import Clock
from cuelang.plain import short
from cuelang.playback.effects import Effect
from cuelang.runtime.board import Board
from cuelang.runtime.records import Record


class Notebook:
    """`turn` carries effects out, as the executor's turns do."""

    def __init__(
        self, board: Board, turn: Callable[[Sequence[Effect]], object], clock: Clock, zone: tzinfo | None
    ) -> None:
        self._board, self._turn, self._clock, self._zone = board, turn, clock, zone

    def write(self, cue: str, text: str, by: str) -> None:
        """A person notes something down, about a cue or (empty) about none."""
        now = self._clock.now()
        self._turn([self._board.remarks.write(cue, short(text), by, now, self._clock.wall(self._zone))])

    def flag(self, cue: str, on: bool, by: str) -> None:
        """A person wants to come back to a cue, or no longer."""
        said = self._board.flag(cue, on, by, self._clock.now())
        if said is not None:
            self._turn([said])

    def restore(self, records: Iterable[Record], *, logged: bool) -> None:
        """Take over the notes and flags of a log; unless they are `logged` in this show's log, write them there."""
        now = self._clock.now()
        self._board.restore(records, now, self._clock.wall(self._zone))
        if not logged:
            self._turn(list(self._board.remarks.again(now)))

    @property
    def told(self) -> Sequence[str]:
        """The notes and flags of the show, as sentences."""
        return self._board.remarks.told()
