"""What a list shows of a cue besides its number and title."""

from __future__ import annotations

from msgspec import Struct


class Outline(Struct, frozen=True):
    """`does`: what it does, on one line. `triggers`: what fires it besides GO, each as the sheet says it, without its
    first word: `key "F8"`."""

    does: str = ""
    triggers: tuple[str, ...] = ()


NO_OUTLINE = Outline()
