"""Which triggers running time code fires, whatever brings it. No I/O and no clock."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from msgspec import Struct

from cuelang.lang.values import FPS
from cuelang.output.triggers import timecode
from cuelang.plan import CameraAction, CueAction, OnTimecode, Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.timecode import TimecodeSpan, position
from cuelang.source import Origin
from cuelang.triggers.osc_table import asked

_NO_CAPTURES: dict[str, str] = {}


class TimecodeRule(Struct, frozen=True, eq=False):
    when: OnTimecode
    action: CueAction | CameraAction
    origin: Origin


class TimecodeTable:
    """The triggers of a plan."""

    def __init__(self, plan: Plan) -> None:
        fps = plan.settings.fps
        self._fps = _whole(FPS[fps]) if fps else None
        self._timed = tuple(
            TimecodeRule(trigger.when, trigger.action, trigger.origin)
            for trigger in plan.triggers
            if isinstance(trigger.when, OnTimecode) and isinstance(trigger.action, CueAction | CameraAction)
        )

    def ran(self, span: TimecodeSpan, kind: str, heard_on: Collection[str]) -> list[Request | Verdict]:
        """What time code asks for that has run through `span`, in the order of time. `heard_on` are the inputs that it
        came by. A request was received when its frame was due, which after a drop-out may be a while ago."""
        met: list[tuple[int, TimecodeRule]] = []
        for timed in self._timed:
            when = timed.when
            if when.source is not None and when.source not in heard_on:
                continue
            where = position(span.rate, when.hours, when.minutes, when.seconds, when.frames, self._fps)
            at = span.met(where)
            if at is not None:
                met.append((at, timed))
        met.sort(key=lambda pair: pair[0])
        name = next(iter(heard_on), "")
        return [
            asked(
                timed.action,
                timed.origin,
                _NO_CAPTURES,
                f"{kind} {timed.when.source or name} timecode {timecode(timed.when)}",
                at,
            )
            for at, timed in met
        ]


def _whole(fps: Fraction) -> int:
    return -(-fps.numerator // fps.denominator)
