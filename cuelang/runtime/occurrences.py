"""What is done by hand at the switchers of a show, and what fails on its own."""

from __future__ import annotations

from msgspec import Struct

from cuelang.commands import TallyMode
from cuelang.commands.switching import OutputName


class HandCut(Struct, frozen=True):
    """An operator at the switcher has brought this source, or this camera, to a bus, or off both."""

    switcher: str
    bus: TallyMode
    name: str


class OutputLost(Struct, frozen=True):
    """A stream or a recording has ended, and no order of ours ended it."""

    switcher: str
    output: OutputName


class LinkChanged(Struct, frozen=True):
    """A camera or a switcher has been silent for 5 s, or answers again after that."""

    device: str
    lost: bool


SwitcherOccurrence = HandCut | OutputLost | LinkChanged
