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
from cuelang.plan import CameraAct, Plan, Step, Trigger
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.osc import Argument
from cuelang.rig import AnyOutput
from cuelang.runtime.occurrences import SwitcherOccurrence
from cuelang.runtime.records import Record, TriggerRecord
from cuelang.runtime.view import View
from cuelang.triggers.consoles import Consoles
from cuelang.triggers.dmx import DmxDoor
from cuelang.triggers.ears import Ears
from cuelang.triggers.http import HttpDoor
from cuelang.triggers.inputs import Inputs
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.ltc import LtcDoor
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.mqtt import MqttDoor
from cuelang.triggers.osc import DEFAULT_INPUT, OscDoor
from cuelang.triggers.osc_table import is_release
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

    @property
    def decides(self) -> bool:
        """Whether this machine decides, and no other one that it follows."""

    def settled(self, verdict: Verdict) -> None:
        """A door has decided by itself."""

    def osc(self, address: str, source: str) -> None:
        """An OSC message was heard from `source`."""

    def on_air(self, camera: str, mode: TallyMode, source: str) -> None: ...

    def drivers(self) -> Mapping[str, Driver]: ...

    def steer(self, request: Request, step: Step, before: Step | None) -> str: ...

    def hindered(self, request: Request | None, act: CameraAct, before: Step) -> str: ...

    def release(self, step: Step) -> None: ...

    def is_back(self, camera: str) -> None:
        """A camera that was lost answers again."""

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None: ...


class Doors:
    """`alive` is when the show last ran: what its schedules have missed since is decided by it."""

    def __init__(self, plan: Plan, clock: Clock, zone: tzinfo, alive: datetime | None) -> None:
        self.early: list[str] = []
        """What was said before there was a show."""
        self._plan = plan
        self._host: Host | None = None
        ears = self.ears = Ears(clock, zone, DEFAULT_INPUT)
        ears.load(plan)
        hands = Joysticks(
            plan,
            clock,
            self._steer,
            self._release,
            refused=self._settled,
            hindered=self._hindered,
            deliver=self._request,
        )
        ears.on_mute = hands.gone
        osc = OscDoor(
            plan,
            clock,
            self._request,
            self._settled,
            self._heard,
            self._problem,
            view=self._view,
            note=self._note,
            ears=ears,
            faders=hands.faders,
        )
        self.effect = osc.effect
        """What the show did, for its subscribers."""
        self._consoles = Consoles(clock, self._console_says, osc.surface, osc.from_output)
        self.gestures = hands.gestures
        self._inputs = Inputs(
            osc=osc,
            tally=TallyDoor(plan, clock, self._problem, ears=ears),
            http=HttpDoor(plan, clock, self._decide, self._settled, self._problem, ears=ears),
            dmx=DmxDoor(plan, clock, self._request, self._settled, self._problem, hands, ears=ears),
            midi=MidiDoor(plan, clock, self._request, self._settled, self._problem, hands, ears=ears),
            ltc=LtcDoor(plan, clock, self._request, self._settled, self._problem, ears=ears),
            mqtt=MqttDoor(plan, clock, self._request, self._settled, self._problem, ears=ears, faders=hands.faders),
        )
        self._vision = VisionDoor(
            plan, clock, self._request, lambda: self._show.drivers(), self._is_back, lambda: self._show.decides
        )
        self._schedule = ScheduleDoor(plan, clock, zone, self._request, self._settled, self._problem, alive=alive)

    async def listen(self) -> None:
        """Bind the ports. Raises InputError, after which all are closed again."""
        await self._inputs.listen()

    def connect(self, host: Host, outputs: Mapping[str, AnyOutput]) -> None:
        """From now on the show receives. `outputs`: those whose other end may answer."""
        self._host = host
        self._consoles.take(self._plan, outputs)

    def start(self) -> None:
        """The show has begun: what moves by itself may."""
        self._inputs.start(self._show.on_air)
        self._schedule.open()
        self._vision.open()

    def outputs(self, plan: Plan, outputs: Mapping[str, AnyOutput]) -> None:
        """The outputs of another plan, before they are opened."""
        self._consoles.take(plan, outputs)

    def reload(self, plan: Plan) -> None:
        self.ears.load(plan)
        self._inputs.reload(plan)
        self._schedule.reload(plan)
        self._vision.reload(plan)

    async def close(self) -> None:
        self._consoles.close()
        self._schedule.close()
        self._vision.close()
        await self._inputs.close()

    def _is_back(self, camera: str) -> None:
        self._show.is_back(camera)

    def skip(self, request: Request) -> Verdict:
        """Leave out the next firing of the schedules, or take that back."""
        return self._schedule.skip(request)

    def take(self, record: Record) -> None:
        """What the log of the show before a crash, or of the machine that leads, says of the doors."""
        self.ears.take(record)
        if isinstance(record, TriggerRecord) and record.verb == "skip" and record.verdict == "fired":
            self._schedule.was_asked(datetime.fromisoformat(record.wall), record.source)

    def skipped(self, trigger: Trigger, instant: datetime) -> bool:
        return self._schedule.skipped(trigger, instant)

    def happened(self, what: SwitcherOccurrence) -> None:
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
        if not is_release(arguments):
            self._show.osc(address, source)
        self._consoles.heard(address, arguments, source)

    def _steer(self, request: Request, step: Step, before: Step | None) -> str:
        return self._show.steer(request, step, before)

    def _hindered(self, request: Request | None, act: CameraAct, before: Step) -> str:
        return self._show.hindered(request, act, before)

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
