"""What is operated by hand at the switchers of a running show, and what fails there on its own."""

from __future__ import annotations

from collections.abc import Callable

from cuelang.clock import Clock
from cuelang.commands import TallyMode
from cuelang.runtime.board import Board
from cuelang.runtime.given import Hooks
from cuelang.runtime.occurrences import HandCut, OutputLost, SwitcherOccurrence
from cuelang.runtime.turns import Turns


class ByHand:
    """Each occurrence goes to the hook for them. `decides`: whether this machine does, and no other one."""

    def __init__(self, clock: Clock, board: Board, turns: Turns, hooks: Hooks, decides: Callable[[], bool]) -> None:
        self._clock, self._board, self._turns, self._hooks, self._decides = clock, board, turns, hooks, decides
        self._tallied: dict[tuple[str, str], TallyMode] = {}
        """What each tally input said last of each camera."""

    def tally(self, camera: str, mode: TallyMode, source: str) -> None:
        """A tally input says what a camera is, and playback knows it. A change of a camera that no switcher of the
        show reports was made by hand."""
        before = self._tallied.get((source, camera))
        self._tallied[source, camera] = mode
        if before not in (None, mode) and not any(camera in one.cameras for one in self._board.plan.switchers):
            self._happened(HandCut(source, mode, camera))

    def reported(self, what: SwitcherOccurrence) -> None:
        """A link says that something was operated by hand at a switcher, or is silent; a machine that follows has it
        from the one that leads."""
        if self._decides():
            self._happened(what)

    def _happened(self, what: SwitcherOccurrence) -> None:
        if isinstance(what, OutputLost):
            output = "stream" if what.output == "stream" else "recording"
            text = f"The {output} of {what.switcher} has stopped on its own."
            self._board.alarm(self._clock.now(), text)
            self._turns.say(text)
        if self._hooks.on_occurrence is not None:
            self._hooks.on_occurrence(what)
