"""Requests between two machines: written down by the one that follows, read by the one that leads; and how one request
that both have had is known. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from typing import Any, cast

from cuelang.plan import CameraAction, Plan, cue_word, named_cue
from cuelang.plan.triggers import Swap
from cuelang.playback.effects import LocateMoment, Request, Verb
from cuelang.runtime import portable
from cuelang.runtime.journal import VERBS
from cuelang.runtime.stamp import place
from cuelang.source import NOWHERE
from cuelang.units import NS

TWICE_NS = 1 * NS
"""What both machines have had within this time, once each, is one."""

_OF_ONE_MACHINE = ("key", "page", "remote", "cue", "schedule", "script")
"""How the sources begin that only one machine has."""


def written(request: Request) -> dict[str, Any]:
    """A request as a JSON object, without its time."""
    said, swap, moment = request.statement, request.swap, request.moment
    return {
        "verb": request.verb,
        "cue": cue_word(request.cue),
        "source": request.source,
        "automatic": request.automatic,
        "statement": None if said is None else portable.portable(said),
        "place": list(place(request.origin)),
        "said": request.said,
        "pressed": request.pressed,
        "moment": [moment.at, moment.go, moment.live],
        "swap": None if swap is None else [swap.camera, swap.other, swap.anyway],
        "guarded": request.guarded,
        "key": request.key,
    }


def read(data: Mapping[str, Any], plan: Plan, received: int) -> Request | None:
    """The request that another machine with the same plan has written down; `received` is loop ns here. None: it makes
    no sense."""
    try:
        if data["verb"] not in VERBS:
            return None
        where = tuple(data["place"])
        known = {place(trigger.origin): (trigger.origin, trigger.action) for trigger in plan.triggers}
        origin, action = known.get(cast(Any, where), (NOWHERE, None))
        statement = action if isinstance(action, CameraAction) and data["verb"] == "statement" else None
        if statement is None and data["statement"] is not None:
            statement = portable.statement(data["statement"])
        at, go, live = data["moment"]
        swap = data["swap"]
        return Request(
            cast(Verb, data["verb"]),
            named_cue(data["cue"]),
            str(data["source"]),
            received,
            bool(data["automatic"]),
            statement=statement,
            origin=origin,
            said=str(data["said"]),
            pressed=bool(data["pressed"]),
            moment=LocateMoment(at=at, go=bool(go), live=bool(live)),
            swap=None if swap is None else Swap(*swap),
            guarded=bool(data["guarded"]),
            key=str(data["key"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


class Twice:
    """Finds the requests that both machines have had."""

    def __init__(self) -> None:
        self._had: deque[tuple[int, bool, Hashable]] = deque()

    def again(self, request: Request, *, here: bool) -> bool:
        """A request that came `here`, or to the other machine. Whether the other one has had it too, from the same
        sender, within a second; each is matched once."""
        if request.pressed or request.source.startswith(_OF_ONE_MACHINE):
            return False
        return self.repeated(request.received, _content(request), here=here)

    def repeated(self, at: int, what: Hashable, *, here: bool) -> bool:
        """Whether the other machine has had `what` too, its sender and its content, within a second of `at` (loop ns).
        Each is matched once."""
        while self._had and at - self._had[0][0] > TWICE_NS:
            self._had.popleft()
        for one in self._had:
            then, there, content = one
            if there != here and content == what and abs(at - then) <= TWICE_NS:
                self._had.remove(one)
                return True
        self._had.append((at, here, what))
        return False


def _content(request: Request) -> Hashable:
    """What is asked, and by which sender: a sender may use another port for the other machine."""
    host, colon, port = request.source.rpartition(":")
    sender = host if colon and port.isdigit() else request.source
    return sender, request.verb, request.cue, request.text, request.moment, place(request.origin)
