"""The terminal show: what an operator sees and presses during `cuelang run`."""

from __future__ import annotations

from cuelang.screen.terminal import terminal

__all__ = ["terminal"]
