"""A mido backend whose ports are mido's own socket ports: `MIDO_BACKEND=tests.triggers.socket_midi`.

The ports that are plugged in are the lines of the file that CUELANG_TEST_MIDI names: a name and a port number.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mido import sockets


def plugged() -> dict[str, int]:
    lines = Path(os.environ["CUELANG_TEST_MIDI"]).read_text(encoding="utf-8").splitlines()
    return {name: int(number) for name, _, number in (line.rpartition(" ") for line in lines)}


def get_devices(**_options: Any) -> list[dict[str, Any]]:
    return [{"name": name, "is_input": True, "is_output": True} for name in plugged()]


class Input(sockets.SocketPort):
    """Calls back on a thread of its own, as rtmidi does."""

    def __init__(self, name: str, callback: Callable[[Any], None], **options: Any) -> None:
        super().__init__("127.0.0.1", plugged()[name])
        self._tell = callback
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while not self.closed:
            data = self._rfile.read(1)
            if not data:
                return
            self._parser.feed(data)
            while self._messages:
                self._tell(self._messages.popleft())

    def _close(self) -> None:
        self._socket.shutdown(2)
        super()._close()


class Output(sockets.SocketPort):
    def __init__(self, name: str, **options: Any) -> None:
        super().__init__("127.0.0.1", plugged()[name])
