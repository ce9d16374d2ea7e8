"""The doors of a show together, opened, loaded again and closed in one order.

Ports are bound before there is a show (`listen`): one that is in use is reported at once. Nothing is awaited between
that and `connect`, so nothing is received before there is a show.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Literal, Protocol

from cuelang.clock import Clock
from cuelang.commands import Driver, TallyMode
from cuelang.plan import Plan, Step, Trigger
from cuelang.playback.effects import Effect, Request, Verdict
from cuelang.protocols.osc import Argument
from cuelang.rig import AnyOutput
from cuelang.runtime.switchers import Occurrence
from cuelang.runtime.view import View
from cuelang.triggers.consoles import Consoles
from cuelang.triggers.dmx import DmxDoor
from cuelang.triggers.http import HttpDoor
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.ltc import LtcDoor
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.mqtt import MqttDoor
from cuelang.triggers.osc import OscDoor
from cuelang.triggers.osc_table import let_go
from cuelang.triggers.schedule import ScheduleDoor
from cuelang.triggers.tsl import TallyDoor
from cuelang.triggers.vision import VisionDoor


class Host(Protocol):
    """The show behind the doors."""

    def view(self) -> View: ...

    def request(self, request: Request) -> Verdict | None:
        """From any door. None: the verdict comes later."""

    async def decide(self, request: Request) -> Verdict:
        """From an input that answers its sender."""

    def settled(self, verdict: Verdict) -> None:
        """A door has decided by itself."""

    def osc(self, address: str) -> None:
        """An OSC message was heard."""

    def on_air(self, camera: str, mode: TallyMode, source: str) -> None: ...

    def drivers(self) -> Mapping[str, Driver]: ...

    def steer(self, request: Request, step: Step, before: Step | None) -> bool: ...

    def release(self, step: Step) -> None: ...

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None: ...


class Doors:
    """`alive` is when the show last ran: what its schedules have missed since is decided by it."""

    def __init__(self, plan: Plan, clock: Clock, zone: tzinfo, alive: datetime | None) -> None:
        self.early: list[str] = []
        """What was said before there was a show."""
        self._plan = plan
        self._host: Host | None = None
        self._osc = OscDoor(
            plan, clock, self._request, self._settled, self._heard, self._problem, view=self._view, note=self._note
        )  # fmt: skip
        self._tally = TallyDoor(plan, clock, self._problem)
        self._http = HttpDoor(plan, clock, self._decide, self._settled, self._problem)
        self._consoles = Consoles(clock, self._console_says, self._osc.surface, self._osc.from_output)
        hands = Joysticks(plan, clock, self._steer, self._release)
        self._dmx = DmxDoor(plan, clock, self._request, self._settled, self._problem, hands)
        self._midi = MidiDoor(plan, clock, self._request, self._settled, self._problem, hands)
        self._ltc = LtcDoor(plan, clock, self._request, self._settled, self._problem)
        self._mqtt = MqttDoor(plan, clock, self._request, self._settled, self._problem)
        self._vision = VisionDoor(plan, clock, self._request, lambda: self._show.drivers())
        self._schedule = ScheduleDoor(
            plan, clock, zone, self._request, self._settled, self._problem, alive=alive
        )  # fmt: skip

    async def listen(self) -> None:
        """Bind the ports. Raises InputError, after which all are closed again."""
        try:
            await self._tally.open()
            await self._http.open()
            await self._dmx.open()
            await self._osc.open()
        except BaseException:
            await self.hang_up()
            raise

    async def hang_up(self) -> None:
        """Close what `listen` has opened; there was no show."""
        self._tally.close()
        self._dmx.close()
        await self._http.close()

    def connect(self, host: Host, outputs: Mapping[str, AnyOutput]) -> None:
        """From now on the show receives. `outputs`: those whose other end may answer."""
        self._host = host
        self._consoles.take(self._plan, outputs)

    def start(self) -> None:
        """The show has begun: what moves by itself may."""
        self._tally.start(self._show.on_air)
        self._http.start()
        self._dmx.start()
        self._midi.open()
        self._ltc.open()
        self._mqtt.open()
        self._schedule.open()
        self._vision.open()

    def outputs(self, plan: Plan, outputs: Mapping[str, AnyOutput]) -> None:
        """The outputs of another plan, before they are opened."""
        self._consoles.take(plan, outputs)

    def reload(self, plan: Plan) -> None:
        self._osc.reload(plan)
        self._tally.reload(plan)
        self._http.reload(plan)
        self._midi.reload(plan)
        self._ltc.reload(plan)
        self._mqtt.reload(plan)
        self._dmx.reload(plan)
        self._schedule.reload(plan)
        self._vision.reload(plan)

    async def close(self) -> None:
        self._osc.close()
        self._consoles.close()
        self._schedule.close()
        self._vision.close()
        self._tally.close()
        await self._http.close()
        self._dmx.close()
        await self._midi.close()
        await self._ltc.close()
        await self._mqtt.close()

    def effect(self, effect: Effect) -> None:
        """What the show did, for its subscribers."""
        self._osc.effect(effect)

    def skip(self, request: Request) -> Verdict:
        """Leave out the next firing of the schedules, or take that back."""
        return self._schedule.skip(request)

    def skipped(self, trigger: Trigger, instant: datetime) -> bool:
        return self._schedule.skipped(trigger, instant)

    def happened(self, what: Occurrence) -> None:
        """Something was operated by hand at a switcher, or one of them went silent."""
        self._vision.happened(what)

    # --- to the show ---------------------------------------------------------------------------------------

    @property
    def _show(self) -> Host:
        assert self._host is not None, "nothing is heard before a show is connected"
        return self._host

    def _view(self) -> View:
        return self._show.view()

    def _request(self, request: Request) -> Verdict | None:
        return self._show.request(request)

    async def _decide(self, request: Request) -> Verdict:
        return await self._show.decide(request)

    def _settled(self, verdict: Verdict) -> None:
        self._show.settled(verdict)

    def _heard(self, address: str, arguments: tuple[Argument, ...], source: str) -> None:
        if not let_go(arguments):
            self._show.osc(address)
        self._consoles.heard(address, arguments, source)

    def _steer(self, request: Request, step: Step, before: Step | None) -> bool:
        return self._show.steer(request, step, before)

    def _release(self, step: Step) -> None:
        self._show.release(step)

    def _note(self, text: str) -> None:
        self._show.say(text, "note")

    def _console_says(self, text: str, warning: bool) -> None:
        self._show.say(text, "warning" if warning else "note")

    def _problem(self, text: str) -> None:
        if self._host is None:
            self.early.append(text)
        else:
            self._host.say(text)
