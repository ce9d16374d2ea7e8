"""The operator's keyboard: what a screen may ask of a running show."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from msgspec.structs import replace

from cuelang.app.framing import Framing
from cuelang.clock import Clock
from cuelang.plan import NamedCue, Swap, cue_number
from cuelang.playback.effects import LocateMoment, Request, Verb, Verdict
from cuelang.playback.hands import Framed, FramingKind
from cuelang.playback.orders import recovery
from cuelang.runtime.executor import Executor
from cuelang.runtime.running_show import Beside, DoneOrWhy
from cuelang.runtime.view import View
from cuelang.triggers import keys


class Console:
    """A `LiveShow`. `request`, `frame` and `mute` are those of the show: it may refuse."""

    def __init__(
        self,
        executor: Executor,
        clock: Clock,
        framing: Framing,
        beside: Beside,
        *,
        request: Callable[[Request], Verdict | None],
        frame: Callable[[Framed, str, int], Coroutine[Any, Any, Verdict]],
        mute: Callable[[str, bool, str], Coroutine[Any, Any, DoneOrWhy]],
        end: Callable[[], None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._executor, self._clock, self._framing, self._beside = executor, clock, framing, beside
        self._request, self._frame, self._mute, self._spawn = request, frame, mute, spawn
        self.quit = end

    def view(self) -> View:
        return self._executor.view()

    def key(self, verb: Verb, cue: NamedCue | None = None, *, key: str, fires: bool = False) -> Verdict | None:
        received, moment = self._clock.received(), LocateMoment(go=fires)
        request = Request(verb, cue, f"key {key}", received, pressed=True, moment=moment)
        if isinstance(cue, str):
            try:
                request = replace(request, cue=cue_number(cue))
            except ValueError as error:
                verdict = Verdict(request, "no_cue", str(error))
                self._executor.settled(verdict)
                return verdict
        return self._request(request)

    def press(self, key: str) -> bool:
        request = keys.asked(self._executor.plan, key, "key", self._clock.received())
        if request is not None:
            self._request(request)
        return request is not None

    def swap(self, text: str, *, key: str) -> None:
        camera, _, other = text.removesuffix("!").partition("=")
        swap = Swap(camera, other, text.endswith("!"))
        self._request(Request("swap", None, f"key {key}", self._clock.received(), pressed=True, swap=swap))

    def mute(self, text: str, *, key: str) -> None:
        muted = any(row.name == text and row.muted for row in self._executor.view().inputs)
        self._spawn(self._told(self._mute(text, not muted, f"key {key}")))

    def trace(self, text: str, *, key: str) -> None:
        camera, _, name = text.partition("=")
        kind: FramingKind = "trace stop" if camera in self._framing.tracing else "trace start"
        self._spawn(_heeded(self._frame(Framed(kind, camera, name, ""), f"key {key}", self._clock.received())))

    def recover(self, *, key: str) -> None:
        for name in [row.name for row in self._executor.view().cameras if row.offer]:
            said, received = f"recover {name}", self._clock.received()
            self._request(Request("statement", None, f"key {key}", received, statement=recovery(name), said=said))

    def take_over(self, *, key: str) -> None:
        self._spawn(self._told(self._beside.take_over(f"key {key}")))

    async def _told(self, asked: Coroutine[Any, Any, DoneOrWhy]) -> None:
        """If it is not done, the operator is informed."""
        done, said = await asked
        if not done:
            self._executor.say(f"{said[0].upper()}{said[1:]}.")


async def _heeded(asked: Coroutine[Any, Any, Verdict]) -> None:
    """Its verdict is in the log and on the screens."""
    await asked
