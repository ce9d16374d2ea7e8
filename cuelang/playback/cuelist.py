"""The list of cues in its order, and the one that stands by. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from cuelang.plan import Cue, Plan, cue_key


class CueList:
    """`start` is the number of the cue that stands by first, or the next one up; None: the first of the list."""

    def __init__(self, plan: Plan, start: str | None) -> None:
        self._take(plan)
        self.standby = self._enabled(0 if start is None else bisect_left(self._keys, cue_key(start)))

    def load(self, plan: Plan) -> bool:
        """Another plan: standby stays by number, or goes to the next one up. Whether it has moved."""
        before = self.standby
        self._take(plan)
        if before is None:
            return False
        self.standby = self._enabled(bisect_left(self._keys, cue_key(before.number)))
        return self.standby is None or self.standby.number != before.number

    def _take(self, plan: Plan) -> None:
        self._all = plan.cues
        self.by_number = {cue.number: cue for cue in plan.cues}
        self._keys = [cue_key(cue.number) for cue in plan.cues]

    def after(self, cue: Cue | None) -> Cue | None:
        """The one after it; without a cue, the one that stands by."""
        if cue is None:
            return self.standby
        return self._enabled(bisect_right(self._keys, cue_key(cue.number)))

    def back(self) -> Cue | None:
        """The one before standby; at the end of the list, the last."""
        at = len(self._keys) if self.standby is None else bisect_left(self._keys, cue_key(self.standby.number))
        return next((cue for cue in reversed(self._all[:at]) if cue.in_list), None)

    def _enabled(self, index: int) -> Cue | None:
        """The first cue from this place on that the list plays."""
        return next((self._all[at] for at in range(index, len(self._all)) if self._all[at].in_list), None)
