"""Which trigger a request over HTTP fires. No I/O and no clock: a path in, a request or a verdict out.

One request fires one trigger, the most literal: by its path, then the one that names its input, then the earlier in
the sheet. A path is literal, but for `{name}`, which captures one part of it or a piece of one.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from cuelang.plan import CameraAction, CueAction, OnHttp, Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.osc import SheetAddress
from cuelang.source import Origin
from cuelang.triggers.osc_table import asked


class _Rule(Struct, frozen=True, eq=False):
    path: SheetAddress
    when: OnHttp
    action: CueAction | CameraAction
    origin: Origin
    order: int

    @property
    def rank(self) -> tuple[object, ...]:
        return self.path.rank, self.when.source is None, self.order


class HttpTable:
    """The triggers of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._rules = tuple(_rules(plan))

    def find(self, path: str, heard_on: str, source: str, received: int) -> Request | Verdict | None:
        """What a request for this path asks for; None if no trigger wants it. `heard_on` is the input's name."""
        path = path.rstrip("/") or "/"
        best: tuple[_Rule, dict[str, str]] | None = None
        for rule in self._rules:
            if rule.when.source not in (None, heard_on) or (best is not None and best[0].rank <= rule.rank):
                continue
            captures = rule.path.match(path)
            if captures is not None:
                best = rule, captures
        return None if best is None else asked(best[0].action, best[0].origin, best[1], source, received)


def _rules(plan: Plan) -> Iterator[_Rule]:
    for order, trigger in enumerate(plan.triggers):
        when, action = trigger.when, trigger.action
        if isinstance(when, OnHttp) and isinstance(action, CueAction | CameraAction):
            yield _Rule(SheetAddress(when.path), when, action, trigger.origin, order)
