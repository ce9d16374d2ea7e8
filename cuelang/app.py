"""The one place that joins the rooms: files, compiler, cameras, doors, executor and log become a running show.

    run_show(options: Options, *, screen: Screen | None = None) -> int

runs it until somebody ends it and returns the exit code. A screen is a coroutine that draws `LiveShow.view()` and
turns keys into requests; it comes in from outside, so that this module knows nothing of terminals. Without one,
every happening is a line on standard output.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from cuelang.playback import Verb
from cuelang.view import View


@dataclass(frozen=True, slots=True)
class Options:
    """`cuelang run`. Paths are as the user gave them; `settings` are `NAME=VALUE`; `start` is the first standby.

    `script`: requests at times, as for `rehearse`; the show ends by itself after the last of them."""

    sheets: tuple[str, ...]
    rig: str | None = None
    simulate: bool = False
    start: str | None = None
    settings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    http: str | None = None
    log: str | None = None
    show_mode: bool = False
    script: str | None = None


class LiveShow(Protocol):
    """What a screen may ask of the show. Every call returns at once, on the show's loop."""

    def view(self) -> View: ...

    def key(self, verb: Verb, cue: str | None = None, *, key: str) -> None:
        """A request from the operator's keyboard; `cue` as typed. The verdict shows in the view."""

    def quit(self) -> None:
        """End the show: what it set going is stopped, the log is closed."""


Screen = Callable[[LiveShow], Awaitable[None]]
