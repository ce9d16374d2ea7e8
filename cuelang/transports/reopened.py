"""What every line has in common that opens itself again until it is closed, whatever error ended it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod

from cuelang import clock
from cuelang.transports import CALM_NS, Line, Listener, Nobody, backoff, explain
from cuelang.transports.gate import GATE, SHUT


class ReopenedLine(Line):
    """`_open_once` makes one attempt and tells the listener what came of it; `_disconnect` closes what is open.

    An unforeseen error is a failed attempt like any other: it must not cost the camera for the show.
    """

    def __init__(self) -> None:
        self.listener: Listener = Nobody()
        self._retry: clock.Handle | None = None
        self._attempt: asyncio.Task[None] | None = None
        self._attempts = 0
        """In vain, one after the other."""
        self._closed = True
        self._calm = False
        self._is_up = False
        GATE.join(self)

    async def open(self) -> None:
        self._closed = False
        await self._try()

    async def close(self) -> None:
        self._closed, self._is_up = True, False
        if self._retry is not None:
            self._retry.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        await self._disconnect()

    @abstractmethod
    async def _open_once(self) -> None: ...

    @abstractmethod
    async def _disconnect(self) -> None: ...

    async def _try(self) -> None:
        try:
            await self._open_once()
        except Exception as error:
            await self._disconnect()
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if not self._closed:
            self._later()
            self.listener.line_error(explain(error))

    def _came_up(self) -> None:
        """It is open."""
        self._is_up = True
        if GATE.shut:
            self.listener.line_error(SHUT)
        else:
            self.listener.line_up()

    def gate_moved(self, *, opened: bool) -> None:
        if not self._is_up or self._closed:
            return
        if opened:
            self.listener.line_up()
        else:
            self.listener.line_down(SHUT)

    def _fell(self, error: str) -> None:
        """What was open is gone."""
        self._is_up = False
        if not self._closed:
            self.listener.line_down(error)
            self._later()

    def calm(self) -> None:
        self._calm = True

    def _later(self) -> None:
        self._attempts += 1
        if self._retry is not None:
            self._retry.cancel()
        now = clock.current()
        wait = max(backoff(self._attempts), CALM_NS if self._calm else 0)
        self._calm = False
        self._retry = now.at(now.now() + wait, self._again)

    def _again(self) -> None:
        if not self._closed:
            self._attempt = asyncio.get_running_loop().create_task(self._try())
