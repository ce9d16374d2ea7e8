"""Who made a request learns its verdict."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from cuelang.commands.switching import action_of
from cuelang.playback.effects import Request, Verdict, Withhold, WithholdOrder


class Verdicts:
    """The requests that are being decided on. The verdict of a statement says what of it was not sent."""

    def __init__(self) -> None:
        self._given: dict[int, Verdict | None] = {}
        """By the identity of the request; None: not yet."""
        self._awaited: dict[int, asyncio.Future[Verdict]] = {}
        """By the identity of the request: those that did not get it at once."""
        self._withheld: list[str] = []
        """Of the statement that is being decided on, the commands that are not sent."""

    def expect(self, request: Request) -> None:
        """Its verdict will be asked for. `forget` it whatever happens."""
        if not self._given:
            self._withheld = []
        self._given[id(request)] = None

    def of(self, request: Request) -> Verdict | None:
        """The verdict of a request that is expected, if it is given."""
        return self._given.get(id(request))

    async def wait(self, request: Request) -> Verdict:
        """The verdict of a request that is expected, when it is given."""
        given = self.of(request)
        if given is None:
            awaited = self._awaited[id(request)] = asyncio.get_running_loop().create_future()
            given = await awaited
        return self.complete(given)

    def forget(self, request: Request) -> None:
        self._given.pop(id(request), None)
        self._awaited.pop(id(request), None)

    def give(self, verdict: Verdict) -> None:
        which = id(verdict.request)
        if which in self._given and self._given[which] is None:
            self._given[which] = verdict
            awaited = self._awaited.get(which)
            if awaited is not None and not awaited.done():
                awaited.set_result(verdict)

    def withheld(self, effect: Withhold | WithholdOrder) -> None:
        """A command is not sent; what belongs to a cue is not part of any statement."""
        if effect.cue:
            return
        match effect:
            case Withhold():
                what = f"{effect.camera}: {effect.command.action} {effect.outcome}"
            case WithholdOrder():
                what = f"{effect.switcher}: {action_of(effect.order)} refused"
        self._withheld.append(f"{what}: {effect.reason}")

    def complete(self, verdict: Verdict) -> Verdict:
        """With what was not sent."""
        if verdict.request.verb == "statement" and self._withheld:
            return replace(verdict, did=f"not sent: {'; '.join(self._withheld)}")
        return verdict
