"""A listener that writes down what happens on its line."""

import asyncio
from collections.abc import Callable


class Notes:
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.data = b""
        self._changed = asyncio.Event()

    def line_up(self) -> None:
        self.note("up")

    def line_down(self, error: str) -> None:
        self.note(f"down: {error}")

    def line_error(self, error: str) -> None:
        self.note(f"error: {error}")

    def line_data(self, data: bytes) -> None:
        self.data += data
        self._changed.set()

    def note(self, text: str) -> None:
        self.heard.append(text)
        self._changed.set()

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(40):
            while not met():
                self._changed.clear()
                await self._changed.wait()
