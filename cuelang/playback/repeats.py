"""What was asked for a moment ago: the same once more is a duplicate, or what makes it count. Pure."""

from __future__ import annotations

from cuelang.plan import NamedCue
from cuelang.playback.effects import NO_MOMENT, Request, Verb
from cuelang.playback.rules import OPPOSITE
from cuelang.units import MS, NS

TWICE_NS, ONCE_MORE_NS = 500 * MS, 10 * NS
"""How soon after the first time, and how late, what has to be asked for twice may be asked for again."""


def statement_of(request: Request) -> int | str:
    """What tells one statement from another: its words where it has some, else the trigger that asks for it."""
    return request.said or id(request.statement)


class Repeats:
    """Cues are given by their canonical number, None where a request names none that exists."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Verb, NamedCue | None, int | str], int] = {}
        """When each was asked for last, the oldest first; no longer ago than matters."""
        self._once: dict[int | str, int] = {}
        """What has been asked for once, and is done when it is asked for again."""

    def bounced(self, request: Request, number: str | None, debounce: int) -> int | None:
        """How long ago, in ns, the same was asked for, if that makes this one a duplicate."""
        said = None if request.verb == "go" else request.cue  # `go next` is GO
        moment = "" if request.moment is NO_MOMENT else request.moment.text
        key: tuple[Verb, NamedCue | None, int | str] = (request.verb, number or said, moment or statement_of(request))
        if request.swap is not None:
            key = (request.verb, None, request.swap.text)
        before = self._seen.get(key)
        if before is not None and request.received - before < debounce:
            return request.received - before
        self._forget(request.received - debounce)
        self._seen.pop(key, None)
        self._seen[key] = request.received
        return None

    def _forget(self, until: int) -> None:
        """What was asked for by then makes nothing a duplicate any more."""
        while self._seen and self._seen[oldest := next(iter(self._seen))] <= until:
            del self._seen[oldest]

    def done(self, request: Request, cue: str | None) -> None:
        """What was done makes what was asked before it for the same cues something new: `pause 2`, `resume 2`,
        `pause 2` are three wishes."""
        verb = request.verb
        if verb == "panic":
            self._seen.clear()
        elif verb in OPPOSITE:
            self._seen.pop((OPPOSITE[verb], None, id(None)), None)
        elif request.said:
            mine = statement_of(request)
            self._seen = {key: at for key, at in self._seen.items() if key[0] != verb or key[2] == mine}
        elif cue is not None or verb in ("stop", "pause", "resume"):
            self._seen = {
                key: at for key, at in self._seen.items() if key[0] == verb or (cue is not None and key[1] != cue)
            }

    def asked_twice(self, what: int | str, now: int, within_ns: int = ONCE_MORE_NS) -> bool:
        """Whether the same was requested a moment ago. The second half of a double click does not count."""
        before = self._once.pop(what, None)
        if before is not None and TWICE_NS <= now - before <= within_ns:
            return True
        within = before is not None and now - before < TWICE_NS
        self._once[what] = before if within and before is not None else now
        return False
