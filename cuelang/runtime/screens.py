"""What people see of a running show: the board, and what others know of the moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

from cuelang.clock import Clock
from cuelang.playback.sight import Sight
from cuelang.runtime.board import Board
from cuelang.runtime.devices import Devices
from cuelang.runtime.told import Told
from cuelang.runtime.view import Around, HeardRow, InputRow, Mistake, View


class Screens:
    """Of one executor. What it does not know by itself, the four calls below answer: the joiner of a show sets them."""

    def __init__(self, board: Board, told: Told, devices: Devices, clock: Clock, zone: tzinfo | None) -> None:
        self._board, self._told, self._devices = board, told, devices
        self._clock, self._zone = clock, zone
        self.driven: Callable[[], Mapping[str, str]] = dict
        """Which cameras are driven by hand, and by whom."""
        self.inputs: Callable[[], tuple[InputRow, ...]] = tuple
        self.heard: Callable[[], tuple[HeardRow, ...]] = tuple
        """The inputs, and what they have heard last."""
        self.traced: Callable[[], Mapping[str, str]] = dict
        """Of which cameras a path is being recorded, and into which file."""

    def view(self) -> View:
        """All of it, as it is now."""
        now, playback = self._clock.now(), self._told.playback
        sight = Sight(
            runs=tuple(playback.runs(now)),
            air=playback.air,
            follows=playback.follows(now),
            go=playback.go(),
            vision=playback.vision,
            offers=playback.offers,
        )
        return self._board.view(
            now,
            self._clock.wall(self._zone),
            self._devices.cameras.drivers,
            sight,
            self._devices.switchers.rows(now, lambda camera: playback.there(camera, now)),
            Around(self.driven(), self.traced(), self.inputs(), self.heard()),
        )

    def mistaken(self, mistakes: Sequence[Mistake]) -> None:
        """Why the last reload was refused; nothing: it went well."""
        self._board.mistakes = tuple(mistakes)

    def lock(self, on: bool) -> None:
        """Show mode. What it locks is decided at the doors."""
        self._board.show_mode = on
