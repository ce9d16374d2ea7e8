"""What is operated by hand at the switchers of a running show, and what fails there on its own."""

from __future__ import annotations

from collections.abc import Callable

from cuelang.clock import Clock
from cuelang.commands import TallyMode
from cuelang.plan import Plan
from cuelang.runtime.board import Board
from cuelang.runtime.switchers import HandCut, OutputLost, SwitcherOccurrence


class ByHand:
    """`tell` gets each occurrence, None: they are dropped. `say` gets what the operator must
    know."""

    def __init__(
        self, clock: Clock, board: Board, say: Callable[[str], None], tell: Callable[[SwitcherOccurrence], None] | None
    ) -> None:
        self._clock, self._board, self._say, self._tell = clock, board, say, tell
        self._tallied: dict[tuple[str, str], TallyMode] = {}
        """What each tally input said last of each camera."""

    def tally(self, plan: Plan, camera: str, mode: TallyMode, source: str) -> None:
        """A tally input says what a camera is, and playback knows it. A change of a camera that no switcher of the
        show reports was made by hand."""
        before = self._tallied.get((source, camera))
        self._tallied[source, camera] = mode
        if before not in (None, mode) and not any(camera in one.cameras for one in plan.switchers):
            self.happened(HandCut(source, mode, camera))

    def happened(self, what: SwitcherOccurrence) -> None:
        """Something was operated by hand at a switcher, or went silent."""
        if isinstance(what, OutputLost):
            output = "stream" if what.output == "stream" else "recording"
            text = f"The {output} of {what.switcher} has stopped on its own."
            self._board.alarm(self._clock.now(), text)
            self._say(text)
        if self._tell is not None:
            self._tell(what)
