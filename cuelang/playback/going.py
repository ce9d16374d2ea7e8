"""What is going on at a camera that a plan follows."""

from __future__ import annotations

from typing import NamedTuple

from cuelang import commands as c
from cuelang.plan import CameraAct, Step


class OngoingAction(NamedTuple):
    """Something that is going on: the step as drafted, what it came to, when it began and when the pass it is in did.

    `until` None: it cannot be known; `open`: until something else ends it.
    """

    step: Step
    command: c.Command
    act: CameraAct
    begun: int
    frame: int
    until: int | None
    open: bool
    estimated: bool
    axes: c.Axes
    """Those that no newer action has taken over."""
    owner: int = 0
    """Which of the cues that are played set it going, or recovered the camera since."""

    def under_way(self, now: int) -> bool:
        """Whether it goes on, or may."""
        return self.open or self.until is None or self.until > now


class OngoingEffect(NamedTuple):
    """`arrival`: when pan and tilt of a timed move have arrived; None if they do not move or it is not known."""

    until: int | None
    estimated: bool = False
    open: bool = False
    arrival: int | None = None
    doubtful: bool = False
    """It begins where only one of several cameras may be."""
    shortest: int = 0
    """How long pan and tilt take at least, for a timed move."""
