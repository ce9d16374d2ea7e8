"""Outputs that are more than a wire: `?eos=1` follows an ETC Eos, `?feedback=1` keeps a surface up to date.

An Eos is subscribed to (`/eos/subscribe 1`), its pending and active cue are among the notes of the screen and in
the log whenever they change, and it is pinged: the first answer says how far away it is, silence is reported,
and so is its end. One that did not answer a ping may have been started since, and is subscribed to again. Over TCP its
messages come back on the same connection and fire triggers like those of an input; over UDP the desk sends them where
it is set up to, to an `input` of the sheet.

Read in ETC's EosSyncLib: `/eos/out/active/cue/text` and `/eos/out/pending/cue/text` hold list/cue, label, time and, of
an active cue, the percentage that is done, sent again every second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from cuelang.clock import Clock, Handle
from cuelang.plan import Plan
from cuelang.protocols.osc import Argument
from cuelang.transports.osc import OscOut
from cuelang.units import MS, NS

SayOfConsole = Callable[[str, bool], None]
"""A sentence for screen and log; true: it is a warning."""

PING_EVERY_NS = 5 * NS
SILENT = 3
"""Pings without an answer until that is reported."""
SLOW_NS = 50 * MS
"""A desk in the same building answers in a millisecond or two."""

_PERCENT = re.compile(r"\s*\d+%$")
_CUES = {"/eos/out/active/cue/text": "active", "/eos/out/pending/cue/text": "pending"}

_PING = "/eos/out/ping"
FOLLOWED = frozenset((*_CUES, _PING))
"""What is received from a console."""


class EosFollower:
    """One desk. `send` is its output's."""

    def __init__(
        self, name: str, send: Callable[[str, tuple[int | float | str, ...]], str], clock: Clock, say: SayOfConsole
    ) -> None:
        self.name = name
        self.latency: int | None = None
        """Of the last ping that was answered, in ns."""
        self._send, self._clock, self._say = send, clock, say
        self._cues: dict[str, str] = {}
        self._asked: dict[int, int] = {}
        self._number = 0
        self._silent = False
        self._slow = False
        self._timer: Handle | None = None

    def up(self) -> None:
        """Messages get through, from now on or again."""
        self._asked.clear()
        self._send("/eos/subscribe", (1,))
        if self._timer is not None:
            self._timer.cancel()
        self._ping()

    def heard(self, address: str, arguments: tuple[Argument, ...]) -> None:
        which = _CUES.get(address)
        if which is not None and arguments and isinstance(arguments[0], str):
            text = _PERCENT.sub("", arguments[0]).strip()
            if self._cues.get(which) != text:
                self._cues[which] = text
                self._say(f"{self.name}: {which} cue {text or 'none'}", False)
        elif address == _PING and len(arguments) > 1 and arguments[0] == "cuelang":
            number = arguments[1]
            asked = self._asked.get(int(number)) if isinstance(number, int | float) else None
            if asked is not None:
                self._answered(self._clock.now() - asked)

    def _answered(self, latency: int) -> None:
        before, self.latency = self.latency, latency
        was_slow, self._slow = self._slow, latency > SLOW_NS
        missed = len(self._asked) > 1
        self._asked.clear()
        if missed:
            self._send("/eos/subscribe", (1,))
        if before is None or self._silent or was_slow != self._slow:
            self._say(f"{self.name} answers in {latency / MS:.1f} ms", self._slow)
        self._silent = False

    def _ping(self) -> None:
        now = self._clock.now()
        if len(self._asked) >= SILENT and not self._silent:
            self._silent = True
            self._say(f"{self.name} does not answer", True)
        self._number += 1
        self._asked[self._number] = now
        if len(self._asked) > SILENT:
            del self._asked[next(iter(self._asked))]
        self._send("/eos/ping", ("cuelang", self._number))
        self._timer = self._clock.at(now + PING_EVERY_NS, self._ping)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Consoles:
    """All such outputs of a show. `surface` takes a surface and how to send to it, and forgets one that has no way any
    more (None); `packet` gets what an output's other end sends on its connection."""

    def __init__(
        self,
        clock: Clock,
        say: SayOfConsole,
        surface: Callable[[str, Callable[[bytes], bool] | None], None],
        packet: Callable[[str, bytes], None],
    ) -> None:
        self._clock, self._say, self._surface, self._packet = clock, say, surface, packet
        self._followers: dict[str, EosFollower] = {}
        self._surfaces: set[str] = set()
        self._known: dict[str, object] = {}

    def take(self, plan: Plan, outputs: Mapping[str, object]) -> None:
        """These are the outputs now, before they are opened; those that are the same as before go on."""
        for name, output in self._known.items():
            if outputs.get(name) is not output:
                self._drop(name)
        new = {name: output for name, output in outputs.items() if self._known.get(name) is not output}
        self._known = dict(outputs)
        for port in plan.outputs:
            output = new.get(port.name)
            if port.kind == "osc" and output is not None:
                self._join(port.name, cast(OscOut, output), dict(port.at.options))

    def _join(self, name: str, output: OscOut, asked: Mapping[str, str]) -> None:
        """Of an output on a stream, what comes back is heard; so it is when a sheet does not ask for more."""
        up: list[Callable[[], None]] = []
        if "eos" in asked:
            follower = self._followers[name] = EosFollower(name, output.send, self._clock, self._say)
            up.append(follower.up)
        if "feedback" in asked:
            self._surfaces.add(name)
            up.append(lambda: self._surface(name, lambda data: not output.send_packet(data)))

        def on_up() -> None:
            for call in up:
                call()

        output.on_up = on_up
        output.on_packet = partial(self._packet, name)

    def heard(self, address: str, arguments: tuple[Argument, ...], source: str) -> None:
        """A message of any input or output. What comes on a desk's own connection is of that desk; what comes by an
        input may be of any."""
        if self._followers and address.startswith("/eos/out/"):
            own = self._followers.get(source.removeprefix("osc output "))
            for follower in (own,) if own is not None else self._followers.values():
                follower.heard(address, arguments)

    def close(self) -> None:
        for name in tuple(self._known):
            self._drop(name)
        self._known = {}

    def _drop(self, name: str) -> None:
        follower = self._followers.pop(name, None)
        if follower is not None:
            follower.close()
        if name in self._surfaces:
            self._surfaces.discard(name)
            self._surface(name, None)
