"""`swap` in a rehearsal: the sheet is compiled again with another camera instead of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cuelang.commands import Driver
from cuelang.plan import Plan, Swap
from cuelang.playback.effects import Request, Verdict
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import ShowLines
from cuelang.switchers.link import SwitcherLink

LACKS = "{} lacks what these lines need (add `anyway` to leave them out):"


class SwapResult(Protocol):
    """What comes of it: the plan, or what the stand-in lacks."""

    @property
    def plan(self) -> Plan | None: ...

    @property
    def lacking(self) -> str: ...


Recompile = Callable[[Swap], SwapResult]
"""Compiles the sheet with one swap more; keeps it only if there is a plan."""


def swapped(swap: Swap) -> str:
    """What a swap has done, in words."""
    if swap.camera == swap.other:
        return f"{swap.camera} is itself again"
    return f"{swap.other} stands in for {swap.camera}"


def swap(
    request: Request, executor: Executor, recompile: Recompile, links: Callable[[Plan], dict[str, SwitcherLink]]
) -> None:
    """Carry out a swap that playback has let pass, and give the verdict."""
    assert request.swap is not None
    found = recompile(request.swap)
    if found.plan is None:
        reason = f"{LACKS.format(request.swap.other)} {found.lacking}"
        executor.settled(Verdict(request, "refused", reason))
        return
    drivers: dict[str, Driver] = dict(executor.drivers)
    executor.load(found.plan, ShowLines(drivers, executor.outputs, links(found.plan)))
    executor.settled(Verdict(request, "fired", did=swapped(request.swap)))
