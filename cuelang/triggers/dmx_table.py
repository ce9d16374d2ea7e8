"""Which triggers the levels of a universe fire. No I/O and no clock.

`above N` fires on the way up through N, `below N` on the way down, `= N` and `= {name}` when the level becomes another
that is N, or that is not 0. The first levels that are heard, and the first after a silence, are where it begins: they
fire nothing. Each channel may fire several triggers, for each is about a level of its own.
"""

from __future__ import annotations

from msgspec import Struct

from cuelang.plan import CameraAction, CueAction, OnDmx, Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.source import Origin
from cuelang.triggers.osc_table import asked


class _Rule(Struct, frozen=True, eq=False):
    when: OnDmx
    action: CueAction | CameraAction
    origin: Origin


class DmxTable:
    """The triggers of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.channels = frozenset(one.when.channel for one in plan.triggers if isinstance(one.when, OnDmx))
        """Channels that some trigger is about."""
        self._rules = tuple(
            _Rule(trigger.when, trigger.action, trigger.origin)
            for trigger in plan.triggers
            if isinstance(trigger.when, OnDmx) and isinstance(trigger.action, CueAction | CameraAction)
        )

    def changed(self, before: bytes, after: bytes, heard_on: str, received: int) -> list[Request | Verdict]:
        """What it asks for that the levels have become others."""
        found: list[Request | Verdict] = []
        for rule in self._rules:
            when, at = rule.when, rule.when.channel - 1
            if when.source not in (None, heard_on) or not _meets(when, before[at], after[at]):
                continue
            captures = {when.capture: str(after[at])} if when.capture is not None else {}
            source = f"dmx {heard_on} channel {when.channel} at {after[at]}"
            found.append(asked(rule.action, rule.origin, captures, source, received))
        return found


def _meets(when: OnDmx, before: int, after: int) -> bool:
    if when.capture is not None:
        return after not in (before, 0)
    if when.equals is not None:
        return after == when.equals != before
    if when.below is not None:
        return after < when.below <= before
    return before <= (when.above or 0) < after
