"""Hands at a machine that follows, on cameras of the one that leads: sticks, the page's pad, another program's panel.

How far a hand is deflected is carried as it changes and every 100 ms while it is not at rest; the machine that leads
treats it as a person of its own, whose camera stops when 300 ms have passed without a word. At a takeover hands end:
one has to be at rest before it drives again.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from msgspec import convert, to_builtins

from cuelang.app.twin import Twin
from cuelang.clock import Clock
from cuelang.plan import Plan
from cuelang.playback.effects import Request
from cuelang.playback.hands import Deflection, Driven
from cuelang.runtime.stamp import place
from cuelang.source import NOWHERE
from cuelang.triggers.gestures import Gestures, Hand
from cuelang.units import MS

EVERY_NS = 100 * MS
WITHIN_S = 0.3
"""What is older than that is of no use: the hand says something else."""
CHANGED = "this machine leads now; let go, and drive again"
UNHEARD = Driven("lost", "the machine that leads does not answer")


class HandsThere:
    """Of this machine, which follows."""

    def __init__(
        self, twin: Twin, gestures: Gestures, clock: Clock, spawn: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self._twin, self._gestures, self._clock, self._spawn = twin, gestures, clock, spawn
        self._wanted: dict[tuple[str, str], tuple[Hand, dict[str, Any]]] = {}
        """By camera and person."""
        self._going: set[tuple[str, str]] = set()
        gestures.elsewhere = self._moved

    def end(self) -> None:
        """This machine leads from now on."""
        self._gestures.elsewhere = None
        self._wanted.clear()
        self._gestures.lose_all(CHANGED)

    def _moved(self, hand: Hand, request: Request | None, *, take: bool) -> None:
        """A hand has moved; without a request: it is gone."""
        key = hand.camera.name, hand.person
        if request is None and key not in self._wanted:
            return
        word = {} if request is None else {"source": request.source, "place": list(place(request.origin))}
        known = self._wanted.get(key, (hand, {}))[1]
        drive = {**known, **word, "person": hand.person, "who": hand.who}
        drive["take"] = take or (key in self._going and bool(known.get("take")))
        self._wanted[key] = hand, drive
        if key not in self._going:
            self._going.add(key)
            self._spawn(self._carry(key))

    async def _carry(self, key: tuple[str, str]) -> None:
        """Until the hand is at rest, and that was heard."""
        while (wanted := self._wanted.get(key)) is not None:
            hand, drive = wanted
            at, drive["deflection"] = self._clock.now(), to_builtins(hand.deflection)
            answer = await self._twin.carry({"drive": drive}, at, WITHIN_S)
            now = self._wanted.get(key)
            if now is None:
                break
            if hand.moves:
                answered = isinstance(answer, dict) and answer.get("state")
                hand.there = Driven(answer["state"], str(answer.get("reason"))) if answered else UNHEARD
            if now[1] is not drive:
                continue
            if not hand.moves:
                del self._wanted[key]
                break
            drive["take"] = False
            await self._clock.sleep_until(at + EVERY_NS)
        self._going.discard(key)


def carried_drive(
    data: Mapping[str, Any], gestures: Gestures, plan: Plan, machine: str, received: int, *, locked: bool
) -> Driven:
    """A hand of the other machine. Raises KeyError, ValueError or TypeError for what makes no sense."""
    wanted = convert({**data["deflection"], "take": bool(data["take"])}, Deflection)
    if all(camera.name != wanted.camera for camera in plan.cameras):
        raise KeyError(wanted.camera)
    where = tuple(data["place"])
    origin = next((one.origin for one in plan.triggers if place(one.origin) == where), NOWHERE)
    person = f"{machine} {data['person']}"
    guarded = locked and origin is NOWHERE
    return gestures.drive(person, str(data["who"]), wanted, str(data["source"]), received, guarded=guarded, at=origin)
