"""What the operator's keys do: a table, and the little that is kept between two keys."""

from __future__ import annotations

from collections.abc import Callable

from cuelang.plan import NEXT
from cuelang.playback.locator import ONCE_MORE
from cuelang.runtime.view import LiveShow
from cuelang.screen.top import KeyboardState

MAX_NUMBER_CHARS = 12
MAX_LINE_CHARS = 100
LINES = {"w": "Swap (foh=spare)", "t": "Record its path (foh=walk; again: stop)", "m": "Mute or unmute an input"}
"""What is typed after a key that begins a line."""


class Bindings:
    """Escape is always panic and space always GO. Else a number that is being typed comes first, then the keys that
    the sheet names, then the table."""

    def __init__(self, show: LiveShow) -> None:
        self._show = show
        self._typed = ""
        self._help = self._leaving = self._hearing = False
        self._reading: int | None = None
        self._asked: tuple[str, str] | None = None
        """The number and the key of a `locate` that has been refused once, to be asked once more."""
        self._question = ""
        self._line: tuple[str, str] | None = None
        """The key that began a line, and what is being typed after it: `w` and `foh=spare`."""
        self._table: dict[str, Callable[[str], None]] = {
            "b": self._back, "backspace": self._back, "up": self._back, "down": self._on, "p": self._pause,
            "s": self._stop, "r": self._reload, "q": self._leave, "?": self._keys,
            "e": self._read, "a": self._seen, "d": self._done, "k": self._skip, "v": self._recover,
            "w": self._begin, "t": self._begin, "m": self._begin, "i": self._inputs, "T": self._take_over,
        }  # fmt: skip

    def desk(self, dropped: int) -> KeyboardState:
        question = self._question
        if self._line is not None:
            key, text = self._line
            question = f"{LINES[key]}: {text}▏ enter: do it"
        return KeyboardState(self._typed, self._help, self._leaving, self._reading, dropped, question, self._hearing)

    def press(self, key: str) -> None:
        leaving, self._leaving = self._leaving, False
        asked, self._asked, self._question = self._asked, None, ""
        if key == "escape":
            self._typed, self._help, self._reading, self._line, self._hearing = "", False, None, None, False
            self._show.key("panic", key=key)
        elif key == "space":
            self._typed = ""
            self._show.key("go", key=key)
        elif self._line is not None and self._in_line(key):
            pass
        elif leaving and key == "q":
            self._leaving = True
            self._show.quit()
        elif asked is not None and key == asked[1]:
            self._locate(asked[0], key)
        elif not self._number(key) and not self._show.press(key) and not self._digit(key):
            act = self._table.get(key)
            if act is not None:
                act(key)

    def _number(self, key: str) -> bool:
        """A key that belongs to the number before it; any other unknown key clears the number."""
        if not self._typed:
            return False
        if self._digit(key):
            return True
        number = self._typed
        if key == "backspace":
            self._typed = number[:-1]
            return True
        self._typed = ""
        if key == "enter":
            self._show.key("go", number, key=f"{number} enter")
        elif key == "p":
            self._show.key(self._show.view().pause_of(number), number, key=f"{number} p")
        elif key == "s":
            self._show.key("stop", number, key=f"{number} s")
        elif key in ("l", "L"):
            self._locate(number, key)
        else:
            return False
        return True

    def _digit(self, key: str) -> bool:
        if len(key) != 1 or not ((key.isascii() and key.isdigit()) or (key == "." and self._typed)):
            return False
        if len(self._typed) < MAX_NUMBER_CHARS:
            self._typed += key
        return True

    def _locate(self, number: str, key: str) -> None:
        """It asks first: the same key again does it."""
        verdict = self._show.key("locate", number, key=f"{number} {key}", fires=key == "L")
        if verdict is not None and verdict.reason.endswith(ONCE_MORE):
            self._asked, self._question = (number, key), verdict.reason.removesuffix(ONCE_MORE)

    def _back(self, key: str) -> None:
        self._show.key("back", key=key)

    def _seen(self, key: str) -> None:
        """The alarms have been seen; without one the key does nothing."""
        if self._show.view().alarms:
            self._show.key("seen", key=key)

    def _take_over(self, key: str) -> None:
        if self._show.view().behind is not None:
            self._show.take_over(key=key)

    def _done(self, key: str) -> None:
        """The first prompt for the operator who cuts by hand is done; without such a thing the key does nothing."""
        if self._show.view().air.prompts:
            self._show.key("done", key=key)

    def _on(self, key: str) -> None:
        self._show.key("standby", NEXT, key=key)

    def _pause(self, key: str) -> None:
        self._show.key(self._show.view().pause_does, key=key)

    def _stop(self, key: str) -> None:
        self._show.key("stop", key=key)

    def _reload(self, key: str) -> None:
        self._show.key("reload", key=key)

    def _skip(self, key: str) -> None:
        self._show.key("skip", key=key)

    def _begin(self, key: str) -> None:
        """Begin to type a line."""
        self._line = key, ""

    def _in_line(self, key: str) -> bool:
        """A key of the line that is being typed; False: another key, which ends it."""
        assert self._line is not None
        (begun, line), self._line = self._line, None
        if key == "enter":
            if line:
                {"w": self._show.swap, "t": self._show.trace, "m": self._show.mute}[begun](line, key=begun)
        elif key == "backspace":
            self._line = begun, line[:-1]
        elif len(key) == 1 and len(line) < MAX_LINE_CHARS:
            self._line = begun, line + key
        else:
            return False
        return True

    def _recover(self, key: str) -> None:
        """Bring back the cameras for which that is offered; without one the key does nothing."""
        if any(camera.offer for camera in self._show.view().cameras):
            self._show.recover(key=key)

    def _leave(self, key: str) -> None:
        self._leaving = True

    def _keys(self, key: str) -> None:
        self._help, self._reading, self._hearing = not self._help, None, False

    def _inputs(self, key: str) -> None:
        self._hearing, self._help, self._reading = not self._hearing, False, None

    def _read(self, key: str) -> None:
        """The errors of the last reload, from the next one on; after the last of them the page is back."""
        count = len(self._show.view().mistakes)
        first = 0 if self._reading is None else self._reading + 1
        self._help, self._hearing, self._reading = False, False, first if first < max(1, count) else None
