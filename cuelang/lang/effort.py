"""What one cue may cost the compiler: bounds, and what is left of them."""

from __future__ import annotations

from msgspec import Struct, field

from cuelang.lang.findings import Finding

MAX_STEPS = 100_000
MAX_BLOCKS = 250_000
"""How many blocks one cue may unroll to: passes of loops and macros count each time."""
MAX_DEPTH = 60
MAX_SIDE_BY_SIDE = 200
"""How many branches of one block may wait for something, each for itself."""
MAX_WORK = 4_000_000
"""What one cue may cost the compiler: each time a line is looked at, 4 and 1 for each 4 characters of it, or 1 for each
character beyond `LONG_LINE`; 10 for each step, and `CAMERA_STEP` more for one of a camera. A unit is some 3 µs."""
CAMERA_STEP = 10
LONG_LINE = 100


class Effort(Struct):
    """What one cue may still cost. `calls` are the macros that are open, `depth` the blocks."""

    blocks: int = field(default_factory=lambda: MAX_BLOCKS)
    work: int = field(default_factory=lambda: MAX_WORK)
    depth: int = 0
    calls: list[str] = field(default_factory=list)
    full: bool = False
    said: Finding | None = None
    """What was said when it was too much."""
