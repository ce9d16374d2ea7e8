"""The outputs of a running show: `send` lines go to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal, Protocol, runtime_checkable

from cuelang.clock import Clock
from cuelang.playback.effects import SendOut
from cuelang.runtime.board import Board
from cuelang.runtime.command_records import SendRecord
from cuelang.runtime.record_queue import RecordQueue
from cuelang.transports.gate import GATE, SHUT


class Output(Protocol):
    """Where `send` lines go. `send` hands the message to the system at once and returns why it could not, if so;
    it does not raise."""

    def send(self, address: str, arguments: tuple[int | float | str, ...]) -> str: ...

    def close(self) -> None: ...


@runtime_checkable
class Mute(Protocol):
    """An output that sends nothing: the cameras are simulated, and so is this."""

    mute: Literal[True]


class Outputs:
    """`ms` turns loop time into the log's."""

    def __init__(
        self,
        outputs: Mapping[str, Output],
        *,
        clock: Clock,
        ms: Callable[[int], float],
        records: RecordQueue,
        board: Board,
    ) -> None:
        self.by_name = dict(outputs)
        self._clock, self._ms, self._records, self._board = clock, ms, records, board
        self._former: list[Output] = []

    def load(self, outputs: Mapping[str, Output]) -> None:
        """Those of another plan. One that it does not have any more stays open until the end."""
        self._former += [output for output in self.by_name.values() if output not in outputs.values()]
        self.by_name = dict(outputs)

    def send(self, effect: SendOut) -> None:
        output = self.by_name.get(effect.output)
        reason = f"there is no output “{effect.output}”" if output is None else ""
        if output is not None:
            if hasattr(output, "about"):
                output.about = f"cue {effect.cue}" if effect.cue else ""
            reason = output.send(effect.address, effect.arguments) if GATE.passes() else SHUT
        now = self._clock.now()
        if reason:
            text = f"{effect.output}: {effect.address} was not sent: {reason}"
            self._board.note(now, "trouble", effect.cue, text)
        due, sent, mute = self._ms(effect.due), self._ms(now), isinstance(output, Mute)
        self._records.add(now, partial(SendRecord.of, effect, reason, due, sent, mute))

    def lost(self, effect: SendOut, reason: str) -> None:
        """It is not sent, for it may have been: the machine that had it to send is gone."""
        now, due = self._clock.now(), self._ms(effect.due)
        self._records.add(
            now, lambda stamp: SendRecord.of(effect, reason, due, due, False, stamp, outcome="unreachable")
        )

    def close(self) -> None:
        for output in (*self.by_name.values(), *self._former):
            output.close()
