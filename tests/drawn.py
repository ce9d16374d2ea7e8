"""How many examples a test draws: some in each run of the suite, all of them with CUELANG_TESTS=night."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

NIGHT = os.environ.get("CUELANG_TESTS") == "night"
SHARE = 4
LEAST = 10


def some(count: int) -> int:
    return count if NIGHT else max(min(count, LEAST), count // SHARE)


def examples(count: int, **more: Any) -> settings:
    """The settings of a test that draws this number of examples at night. Machines are noisy, so no example has a
    deadline: the suite has a time limit for each test."""
    return settings(max_examples=some(count), deadline=None, **more)
