"""A night that breaks a rule, made smaller until nothing can be left out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.dice import Case, Head, mended

MOST = 400
"""Nights that are tried."""


def smaller(case: Case, breaks: Callable[[Case], bool]) -> Case:
    """The smallest night found that still `breaks` the rule: fewer things done, fewer lines, less wrong with cameras,
    an earlier end. The same case gives the same result."""
    left = MOST
    shrunk = True
    while shrunk and left > 0:
        shrunk = False
        for candidate in _candidates(case):
            left -= 1
            if left <= 0:
                break
            if _size(candidate) < _size(case) and breaks(candidate):
                case, shrunk = candidate, True
                break
    return case


def _size(case: Case) -> tuple[int, int]:
    cues = (*case.cues, *case.other)
    faults = sum(not head.whole for head in case.heads)
    return len(case.doings) + sum(map(len, cues)) + "\n".join(case.head).count("\n") + faults, case.length


def _candidates(case: Case) -> Iterator[Case]:
    """Large pieces first."""
    if case.other:
        yield replace(case, other=())
    for pieces in (2, 4, 8, 1 << 20):
        doings = case.doings
        size = max(1, len(doings) // pieces)
        if pieces > 2 and size == max(1, len(doings) // (pieces // 2)) and pieces < 1 << 20:
            continue
        for start in range(0, len(doings), size):
            yield replace(case, doings=(*doings[:start], *doings[start + size :]))
    for number in range(len(case.cues)):
        if len(case.cues) > 1:
            yield mended(replace(case, cues=(*case.cues[:number], *case.cues[number + 1 :])))
    for number, cue in enumerate(case.cues):
        for line in range(1, len(cue)):
            if len(cue) > 2:
                shorter = (*cue[:line], *cue[line + 1 :])
                yield mended(replace(case, cues=(*case.cues[:number], shorter, *case.cues[number + 1 :])))
    for number, head in enumerate(case.heads):
        if not head.whole:
            whole = Head(head.name, head.url, head.model)
            yield replace(case, heads=(*case.heads[:number], whole, *case.heads[number + 1 :]))
    last = max((doing.at for doing in case.doings), default=0)
    for length in (last + 20_000_000_000, (last + case.length) // 2):
        if length < case.length:
            yield replace(case, length=length)
