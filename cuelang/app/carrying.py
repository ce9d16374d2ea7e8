"""What comes to the one of two machines that follows, and is done by the one that leads: every door is open on both.

- **Requests** are carried with their age, each with one answer; one that both machines have had counts once.
- **Settings** (show mode, muted inputs, notes, flags) and changes of presets are carried and answered.
- **Tally** is a state: of what the two have heard from an input, the latest counts, in its order.
- A message that a **`wait for osc`** waits for is carried if anything waits, and counts once.
- **Hands**: how far each is deflected, again and again, see `HandsThere`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from msgspec import ValidationError, convert, to_builtins

from cuelang.app.hands_there import HandsThere, carried_drive
from cuelang.app.twin import Twin
from cuelang.clock import Clock
from cuelang.commands import TallyMode
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import Framed
from cuelang.runtime.carried import Twice, read, written
from cuelang.runtime.executor import Executor
from cuelang.runtime.running_show import DoneOrWhy
from cuelang.triggers.gestures import Gestures
from cuelang.units import NS

REMEMBERED_NS = 3 * NS
"""How long a request of the journal is known again at a takeover."""

CARRIED_NS = 2 * NS
"""How long a request waits for a machine that leads."""
FRAMED_S = 20.0
"""How long a change of a preset may take there."""
RETRY_AFTER_S = 0.05
WORDS = 1000
"""Words of tally inputs and OSC messages that wait for a machine that leads."""

NO_LEADER = "the machine that leads does not answer"
ALIKE = "the two machines do not speak alike"


class LocalShow(Protocol):
    """The show of this machine, for what the other one carries here."""

    @property
    def gestures(self) -> Gestures: ...

    @property
    def locked(self) -> bool: ...

    def carry_out(self, what: Mapping[str, Any]) -> DoneOrWhy:
        """Raises KeyError for what makes no sense."""

    async def frame(self, wanted: Framed, source: str, received: int) -> Verdict: ...


class Carrier:
    """`show` is set before anything is carried."""

    show: LocalShow

    def __init__(
        self,
        twin: Twin,
        executor: Executor,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._twin, self._executor, self._clock, self._spawn = twin, executor, clock, spawn
        self.leads = asyncio.Event()
        """This machine leads, or has come to."""
        self._twice = Twice()
        self._asked: deque[tuple[int, str, str]] = deque()
        """Requests of the journal, and when they came."""
        self._words: deque[tuple[dict[str, Any], int]] = deque()
        """What inputs say, and when."""
        self._speaks = False
        self._tally: dict[tuple[str, str], int] = {}
        """By input and camera: when its latest word came, to either machine."""
        self._said: dict[tuple[str, str], TallyMode] = {}
        """By input and camera: its latest word that came here."""
        self._hands: HandsThere | None = None

    @property
    def _follows(self) -> bool:
        return self._executor.following is not None

    def serve(self, show: LocalShow) -> None:
        """The show is there."""
        self.show = show
        if self._follows:
            self._hands = HandsThere(self._twin, show.gestures, self._clock, self._spawn)

    def took(self, source: str, request: str) -> None:
        """The machine that leads has had this request."""
        self._asked.append((self._clock.now(), source, request))
        while self._asked and self._clock.now() - self._asked[0][0] > REMEMBERED_NS:
            self._asked.popleft()

    def lead(self) -> None:
        """From now on this machine leads. Hands have to be at rest before they drive again."""
        if self._hands is not None:
            self._hands.end()
        self.leads.set()

    # --- requests ------------------------------------------------------------------------------------------

    def request(self, request: Request) -> Verdict | None:
        """From a door of this machine."""
        if not self._follows:
            return self._twofold(request, here=True) or self._executor.request(request)
        if not request.schedule and not request.automatic:
            self._spawn(self._settled(request))
        return None

    async def decide(self, request: Request) -> Verdict:
        """From a door of this machine that answers its sender."""
        if not self._follows:
            return await self._decided(request, here=True)
        return await self._carry(request)

    async def _decided(self, request: Request, *, here: bool) -> Verdict:
        """By this machine, which leads. What is fired is in the journal before it is answered."""
        verdict = self._twofold(request, here=here) or await self._executor.decide(request)
        if verdict.verdict == "fired":
            await self._twin.stored()
        return verdict

    async def _settled(self, request: Request) -> None:
        verdict = await self._carry(request)
        if verdict.verdict != "fired":
            self._executor.settled(verdict)

    def _twofold(self, request: Request, *, here: bool) -> Verdict | None:
        if not self._twice.again(request, here=here):
            return None
        verdict = Verdict(request, "duplicate", "the other machine has had it too")
        self._executor.settled(verdict)
        return verdict

    async def _carry(self, request: Request) -> Verdict:
        """To the machine that leads; to this one, if that is this one by then."""
        answer = await self._there({"request": written(request)}, request.received)
        if answer is not None:
            return Verdict(request, answer["verdict"], str(answer.get("reason")), did=str(answer.get("did")))
        if self._follows:
            return Verdict(request, "refused", NO_LEADER)
        now = self._clock.now()
        known = [(source, text) for at, source, text in self._asked if now - at < REMEMBERED_NS]
        if (request.source, request.text) in known:
            return Verdict(request, "duplicate", "the machine that led has had it")
        return await self._decided(request, here=True)

    async def _there(self, what: dict[str, Any], received: int, within: float = 2.0) -> dict[str, Any] | None:
        """What the machine that leads answers. While the lead goes from one machine to the other neither has it: that
        is waited for. None: it does not answer, or it is this one by now."""
        until = self._clock.now() + max(CARRIED_NS, int(within * NS))
        while self._follows and self._clock.now() < until:
            ways = [
                asyncio.ensure_future(self._twin.carry(what, received, within)),
                asyncio.ensure_future(self.leads.wait()),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                answer = ways[0].result() if ways[0].done() else None
                if isinstance(answer, dict) and answer.get("verdict"):
                    return answer
                await asyncio.wait(ways[1:], timeout=RETRY_AFTER_S)
            finally:
                for way in ways:
                    way.cancel()
        return None

    # --- settings and presets ------------------------------------------------------------------------------

    async def set(self, what: dict[str, Any]) -> DoneOrWhy:
        """Something that an operator sets beside the list, at this machine, which follows."""
        answer = await self._there({"set": what}, self._clock.now())
        if answer is not None:
            return answer["verdict"] == "fired", str(answer.get("did"))
        return (False, NO_LEADER) if self._follows else self.show.carry_out(what)

    async def frame(self, wanted: Framed, source: str, received: int) -> Verdict:
        """A change of a preset that is asked of this machine, which follows."""
        answer = await self._there({"frame": to_builtins(wanted), "source": source}, received, FRAMED_S)
        if answer is None and not self._follows:
            return await self.show.frame(wanted, source, received)
        request = Request("statement", None, source, received, said=wanted.text)
        if answer is None:
            return Verdict(request, "refused", NO_LEADER)
        return Verdict(request, answer["verdict"], str(answer.get("reason")), did=str(answer.get("did")))

    # --- what inputs say -----------------------------------------------------------------------------------

    def on_air(self, camera: str, mode: TallyMode, source: str = "") -> None:
        """A tally input of this machine."""
        if self._follows:
            said, self._said[source, camera] = self._said.get((source, camera)), mode
            if said != mode:  # a reload makes the input repeat everything
                self._say({"tally": [camera, mode, source]})
            return
        self._tally[source, camera] = self._clock.now()
        self._executor.on_air(camera, mode, source)

    def osc(self, address: str, source: str = "") -> None:
        """A message that came to this machine."""
        if not self._executor.hears:
            return
        if self._follows:
            self._say({"osc": [address, source]})
        elif not self._twice.repeated(self._clock.now(), (address, _sender(source)), here=True):
            self._executor.osc(address)

    def _say(self, what: dict[str, Any]) -> None:
        self._words.append((what, self._clock.now()))
        while len(self._words) > WORDS:
            self._words.popleft()
        if not self._speaks:
            self._speaks = True
            self._spawn(self._speak())

    async def _speak(self) -> None:
        """One after the other, in their order. A word that no machine takes waits for one that leads."""
        while self._words:
            what, at = self._words[0]
            answer = await self._there(what, at)
            if answer is None and self._follows:
                continue
            self._words.popleft()
            if answer is None:
                self._heard(what, at)
        self._speaks = False

    def _heard(self, what: Mapping[str, Any], at: int) -> None:
        """What an input of the other machine, or of this one before it led, has said at that time (loop ns)."""
        if "tally" in what:
            camera, mode, source = what["tally"]
            if at >= self._tally.get((source, camera), at):
                self._tally[source, camera] = at
                self._executor.on_air(camera, mode, source)
        elif "osc" in what:
            address, source = what["osc"]
            if not self._twice.repeated(at, (address, _sender(source)), here=False):
                self._executor.osc(address)

    # --- from the other machine ----------------------------------------------------------------------------

    async def carried(self, what: dict[str, Any], age: int) -> dict[str, Any]:
        """What the other machine carries here."""
        if self._follows:
            return {"follows": True}
        at = self._clock.now() - age
        try:
            if "request" in what:
                return await self._request(what["request"], at)
            if "set" in what:
                done, said = self.show.carry_out(what["set"])
                return {"verdict": "fired" if done else "refused", "did": said}
            if "frame" in what:
                verdict = await self.show.frame(convert(what["frame"], Framed), str(what["source"]), at)
                return {"verdict": verdict.verdict, "reason": verdict.reason, "did": verdict.did}
            if "drive" in what:
                show = self.show
                driven = carried_drive(
                    what["drive"], show.gestures, self._executor.plan, self._twin.other, at, locked=show.locked
                )
                return {"verdict": "fired", "state": driven.state, "reason": driven.reason}
            self._heard(what, at)
            return {"verdict": "fired"}
        except (KeyError, TypeError, ValueError, ValidationError):
            return {"verdict": "refused", "reason": ALIKE, "did": ALIKE}

    async def _request(self, data: Mapping[str, Any], received: int) -> dict[str, Any]:
        request = read(data, self._executor.plan, received)
        if request is None:
            return {"verdict": "refused", "reason": ALIKE, "did": ""}
        verdict = await self._decided(request, here=False)
        return {"verdict": verdict.verdict, "reason": verdict.reason, "did": verdict.did}


def _sender(source: str) -> str:
    """Without its port, which may be another one for the other machine."""
    host, colon, port = source.rpartition(":")
    return host if colon and port.isdigit() else source
