"""What happens in the show, told to those who asked for it.

Three kinds of listeners, and each message goes only to those that want it:

    /updates 1              QLab's `/update/workspace/…`: which cue or playhead has changed, to be asked for then
    /listen…                QLab's events: `/qlab/event/workspace/go "2" "Viola" "{id}" "Camera"`
    /cuelang/subscribe      readings for surfaces, each when it has changed: `/cuelang/standby`, `/cuelang/tally/foh` …
                            Where datagrams may be lost, or a surface may be restarted unseen, each is sent
                            again every 5 s.

An effect is only taken note of when it happens; what is to be said is made and sent in a later turn of the loop, once
for everything that happened meanwhile, and nothing is made when there is no listener.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from cuelang.clock import Clock, Handle
from cuelang.plan import NEXT
from cuelang.playback.effects import CueChanged, Effect, OnAir, Request, StandbyMoved, Verdict
from cuelang.protocols import qlab
from cuelang.protocols.osc_encode import encode
from cuelang.runtime.view import CameraRow, View
from cuelang.triggers.osc_client import Client
from cuelang.triggers.qlab import QLab
from cuelang.units import MS

SentArguments = tuple[int | float | str, ...]

TICK_NS = 200 * MS
"""How often surfaces get the cameras' positions, while there are any."""

ROUND = 25
"""Ticks in which everything is sent again to a surface that is reached by datagrams, a part in each."""

MAX_PENDING = 1000
"""Happenings that wait to be told; of more than these only the newest are."""

_ALL: dict[str, str] = {"panic": "panicAll", "stop": "stopAll", "pause": "pauseAll", "resume": "resumeAll"}


def readings(view: View) -> dict[str, SentArguments]:
    """What a surface may show. Numbers of cues are texts, empty where there is none; angles are degrees, zoom is
    percent."""
    standby = next((row for row in view.cues if row.is_standby), None)
    found: dict[str, SentArguments] = {
        "/cuelang/standby": (standby.number, standby.title, standby.standby_text) if standby else ("", "", ""),
        "/cuelang/running": tuple(run.cue for run in view.running if run.cue),
        "/cuelang/show_mode": (view.show_mode,),
    }
    if view.triggers:
        last = view.triggers[-1]
        found["/cuelang/verdict"] = (last.verdict, last.request, last.source, last.reason)
    for camera in view.cameras:
        found[f"/cuelang/tally/{camera.name}"] = (camera.tally or "unknown",)
        found.update((f"/cuelang/camera/{camera.name}/{name}", values) for name, values in _camera(camera))
    return found


def _camera(camera: CameraRow) -> Iterable[tuple[str, SentArguments]]:
    yield "link", (camera.link,)
    yield "doing", (camera.doing,)
    yield "error", (camera.error,)
    for name, value, digits in (("pan", camera.pan, 1), ("tilt", camera.tilt, 1), ("zoom", camera.zoom, 0)):
        if value is not None:
            yield name, (round(float(value), digits),)
    if camera.power is not None:
        yield "power", (camera.power,)


class Announcer:
    """`clients` are all that speak to the show now."""

    def __init__(
        self, clock: Clock, space: QLab, view: Callable[[], View], clients: Callable[[], list[Client]]
    ) -> None:
        self._clock, self._qlab, self._view, self._clients = clock, space, view, clients
        self.followed = False
        """A client may have subscribed; until then nothing is noted."""
        self._happened: list[Effect] = []
        self._said: asyncio.Handle | None = None
        self._tick: Handle | None = None
        self._ticks = 0
        self._last_go: int | None = None

    def remaining(self, now: int) -> int:
        """How long, in ns, a second GO would be refused still."""
        window = self._qlab.space.plan.settings.go_window
        return 0 if self._last_go is None else max(0, self._last_go + window - now)

    def effect(self, effect: Effect) -> None:
        """Something happened. Called in the middle of the show's turn: only a note is taken."""
        if isinstance(effect, Verdict):
            request = effect.request
            if effect.verdict != "fired":
                return
            if request.verb == "go" and request.cue in (None, NEXT) and not request.automatic:
                self._last_go = request.received
        elif not isinstance(effect, CueChanged | StandbyMoved | OnAir):
            return
        if not self.followed:
            return
        self._happened.append(effect)
        if len(self._happened) > MAX_PENDING:
            del self._happened[0]
        if self._said is None:
            self._said = asyncio.get_running_loop().call_soon(self._say)

    def welcome(self, client: Client) -> None:
        """A surface has subscribed: it gets everything, and from now on what changes."""
        client.shown = {}
        self._show([client])

    def reloaded(self) -> None:
        space = self._qlab.space
        for client in self._clients():
            if client.updates:
                self._send(client, f"/update/workspace/{space.id}")
                self._send(client, f"/update/workspace/{space.id}/cue_id/{space.list_id}")
        self._show(self._surfaces())

    def close(self) -> None:
        for client in self._clients():
            if client.updates:
                self._send(client, f"/update/workspace/{self._qlab.space.id}/disconnect")
        if self._said is not None:
            self._said.cancel()
        if self._tick is not None:
            self._tick.cancel()
        self._said = self._tick = None

    # --- saying --------------------------------------------------------------------------------------------

    def _say(self) -> None:
        self._said = None
        happened, self._happened = self._happened, []
        clients = [client for client in self._clients() if client.subscribed]
        self.followed = bool(clients)
        updates, listeners = [c for c in clients if c.updates], [c for c in clients if c.listening]
        if updates:
            for address, arguments in dict.fromkeys(self._updates(happened)):
                packet = encode(address, arguments)
                for client in updates:
                    client.send(packet)
        if listeners:
            for event, number in self._events(happened):
                for client in listeners:
                    self._tell(client, event, number)
        self._show([client for client in clients if client.surface is not None])

    def _updates(self, happened: list[Effect]) -> Iterable[tuple[str, SentArguments]]:
        space = self._qlab.space
        head = f"/update/workspace/{space.id}"
        for effect in happened:
            if isinstance(effect, CueChanged) and effect.cue in space.ids:
                yield f"{head}/cue_id/{space.ids[effect.cue]}", ()
            elif isinstance(effect, StandbyMoved):
                number = effect.cue or ""
                yield (
                    f"{head}/cueList/{space.list_id}/playbackPosition",
                    ((space.ids[number],) if number in space.ids else ()),
                )
            elif isinstance(effect, Verdict) and effect.request.verb == "go":
                yield f"{head}/cue_id/{qlab.ROOT_LIST}", ()

    def _events(self, happened: list[Effect]) -> Iterable[tuple[str, str]]:
        """Events, each with the number of its cue. A GO is announced with the cue that it started."""
        went: Request | None = None
        for effect in happened:
            if isinstance(effect, Verdict):
                request = effect.request
                went = request if request.verb == "go" else None
                if request.verb in _ALL and request.cue is None:
                    yield _ALL[request.verb], ""
            elif isinstance(effect, StandbyMoved):
                yield "playhead", effect.cue or ""
            elif isinstance(effect, CueChanged) and effect.cue:
                if effect.state == "started":
                    if went is not None and went.cue in (None, NEXT, effect.cue):
                        went = None
                        yield "go", effect.cue
                    yield "cue/start", effect.cue
                elif effect.state in ("done", "stopped"):
                    yield "cue/stop", effect.cue

    def _tell(self, client: Client, event: str, number: str) -> None:
        label = self._qlab.space.label(number)
        if client.listening & {"", event}:
            self._send(client, f"/qlab/event/workspace/{event}", label if number else ())
        for form, value in zip(qlab.EVENT_FORMS, label, strict=True):
            if f"{event}/{form}" in client.listening:
                self._send(client, f"/qlab/event/workspace/{event}/{form}", (value,) if number else ())

    def _surfaces(self) -> list[Client]:
        return [client for client in self._clients() if client.surface is not None]

    def _show(self, surfaces: list[Client], part: int | None = None) -> None:
        """To each surface what has changed since its last update. What it could not take comes with the next one.
        `part`: of a round, which is sent again to those that may not have heard it."""
        if not surfaces:
            return
        now = readings(self._view())
        for client in surfaces:
            for number, (address, arguments) in enumerate(now.items()):
                again = number % ROUND == part and not client.stream
                if (again or client.shown.get(address) != arguments) and client.surface is not None:
                    if not client.surface(encode(address, arguments)):
                        break
                    client.shown[address] = arguments
        if self._tick is None:
            self._tick = self._clock.at(self._clock.now() + TICK_NS, self._again)

    def _again(self) -> None:
        self._tick = None
        self._ticks += 1
        self._show(self._surfaces(), self._ticks % ROUND)

    def _send(self, client: Client, address: str, arguments: SentArguments = ()) -> None:
        client.send(encode(address, arguments))
