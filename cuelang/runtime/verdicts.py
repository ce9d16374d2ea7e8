"""Who made a request learns its verdict."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from cuelang.commands.switching import action_of
from cuelang.playback.effects import Request, Verdict, Withhold, WithholdOrder


class Verdicts:
    """The requests that are being decided on. The verdict of a statement says what of it was not sent."""

    def __init__(self) -> None:
        self._awaited: dict[int, asyncio.Future[Verdict]] = {}
        """By the identity of the request."""
        self._withheld: list[str] = []
        """Of the statement that is being decided on, the commands that are not sent."""

    def expect(self, request: Request) -> asyncio.Future[Verdict]:
        """Its verdict, when it is given. `forget` it whatever happens."""
        if not self._awaited:
            self._withheld = []
        awaited = self._awaited[id(request)] = asyncio.get_running_loop().create_future()
        return awaited

    def forget(self, request: Request) -> None:
        self._awaited.pop(id(request), None)

    def give(self, verdict: Verdict) -> None:
        awaited = self._awaited.get(id(verdict.request))
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
