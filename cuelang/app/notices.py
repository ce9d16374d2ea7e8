"""What the operator must know, from the start of the program on."""

from __future__ import annotations

from typing import Literal, Protocol


class Notify(Protocol):
    """Say something to the operator, on screen and in the log."""

    def __call__(self, text: str, kind: Literal["note", "warning"] = "warning") -> None: ...


class ShowNotices:
    """Kept until the show has begun, because the screen is not up before then."""

    def __init__(self) -> None:
        self._early: list[tuple[str, Literal["note", "warning"]]] = []
        self._notify: Notify | None = None

    @property
    def begun(self) -> bool:
        """Whether the show has begun."""
        return self._notify is not None

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None:
        if self._notify is not None:
            self._notify(text, kind)
        else:
            self._early.append((text, kind))

    def note(self, text: str) -> None:
        """What happens as it should."""
        self.say(text, "note")

    def say_soon(self, *texts: str) -> None:
        """What was to be said before there was a show."""
        self._early = [*((text, "warning") for text in texts), *self._early]

    def begin(self, notify: Notify) -> None:
        """The show has begun: the operator gets what was kept, and from now on everything at once."""
        self._notify = notify
        for text, kind in self._early:
            notify(text, kind)
