"""What people do at a switcher, and devices that go silent, as triggers of the sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cuelang.clock import Clock, Handle
from cuelang.commands import Driver
from cuelang.plan import CameraAction, CueAction, OnBus, OnLink, OnOutputLost, Plan, Trigger
from cuelang.playback.effects import Request
from cuelang.runtime.occurrences import HandCut, LinkChanged, OutputLost, SwitcherOccurrence
from cuelang.triggers.osc_table import literal
from cuelang.units import NS

LOOK_NS = NS // 2
LOST_NS = 5 * NS
"""A camera of which nothing was heard for so long is lost. Its driver asks it early enough that one that is there has
answered by then."""


class VisionDoor:
    """`request` is the show's. `drivers` are the cameras of the moment. `back` is called with each camera that was lost
    and answers again. `decides`: whether this machine does, and not another one that sees the same."""

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        request: Callable[[Request], object],
        drivers: Callable[[], Mapping[str, Driver]],
        back: Callable[[str], None] | None = None,
        decides: Callable[[], bool] = lambda: True,
    ) -> None:
        self._back, self._decides = back, decides
        self._plan, self._clock, self._request, self._drivers = plan, clock, request, drivers
        self._met: set[str] = set()
        """Cameras that have answered in this show."""
        self._lost: set[str] = set()
        self._timer: Handle | None = None

    def open(self) -> None:
        self._look()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def reload(self, plan: Plan) -> None:
        self._plan = plan
        self.close()
        self._look()

    def happened(self, what: SwitcherOccurrence) -> None:
        """Something that the sheet may have a trigger for."""
        if not self._decides():
            return
        for trigger in self._plan.triggers:
            if _matches(trigger, what):
                self._fire(trigger, what)

    def _fire(self, trigger: Trigger, what: SwitcherOccurrence) -> None:
        """What a device said was said when it was received; that one is silent is noticed now."""
        clock = self._clock
        action, now = trigger.action, clock.now() if isinstance(what, LinkChanged) else clock.received()
        if isinstance(action, CueAction | CameraAction):
            self._request(literal(action, trigger.origin, _source(what), now))

    def _look(self) -> None:
        """Cameras are looked at twice a second, if anything hangs on it."""
        watched = {camera.name for camera in self._plan.cameras}
        if self._back is None:
            watched &= {t.when.device for t in self._plan.triggers if isinstance(t.when, OnLink)}
        if not watched:
            self._timer = None
            return
        now, stood = self._clock.now(), self._clock.stall()
        look = now + LOOK_NS
        for name in sorted(watched):
            driver = self._drivers().get(name)
            if driver is None:
                continue
            state = driver.state
            age = None if state.heard is None else now - stood - state.heard
            if age is not None and 0 < LOST_NS - age < LOOK_NS:
                look = min(look, now + LOST_NS - age)
            if age is not None and state.connected and age < LOST_NS:
                self._met.add(name)
                if name in self._lost:
                    self._lost.discard(name)
                    self.happened(LinkChanged(name, lost=False))
                    if self._back is not None:
                        self._back(name)
                continue
            known = age is not None and name in self._met and name not in self._lost
            if known and age is not None and age >= LOST_NS:
                self._lost.add(name)
                self.happened(LinkChanged(name, lost=True))
        self._timer = self._clock.at(look, self._look)


def _matches(trigger: Trigger, what: SwitcherOccurrence) -> bool:
    match trigger.when, what:
        case OnBus(bus=bus, source=source), HandCut(bus=found, name=name):
            return bus == found and source == name
        case OnOutputLost(output=output), OutputLost(output=lost):
            return output == lost
        case OnLink(state=state, device=device), LinkChanged(device=name, lost=lost):
            return device == name and (state == "lost") is lost
        case _:
            return False


def _source(what: SwitcherOccurrence) -> str:
    match what:
        case HandCut(switcher=switcher, bus=bus, name=name):
            return f"{switcher}: {name} off by hand" if bus == "off" else f"{switcher}: {name} on {bus} by hand"
        case OutputLost(switcher=switcher, output=output):
            return f"{switcher}: {output} lost"
        case LinkChanged(device=device, lost=lost):
            return f"{device} {'lost' if lost else 'is back'}"
