"""The MQTT door: messages of a broker fire triggers.

A retained message is an old one, which the broker sends to new subscribers: it fires nothing, but a value that it
holds is where a threshold begins. The broker is asked for the topics of the sheet's triggers, and for nothing else;
what it sent while there was no connection is not sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from cuelang.clock import Clock, end_tasks
from cuelang.plan import CameraAction, CueAction, OnMqtt, Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.mqtt import MAX_PAYLOAD_BYTES, matches, rank, values
from cuelang.source import Origin
from cuelang.transports.mqtt import Broker, NoMqtt, library
from cuelang.triggers.access import Seldom, subject
from cuelang.triggers.arguments import Crossings, rank_of
from cuelang.triggers.ears import DRIVES, Ears
from cuelang.triggers.faders import Faders
from cuelang.triggers.message_lines import mqtt_line
from cuelang.triggers.osc_table import asked
from cuelang.units import NS

RETRY_AFTER_NS = 2 * NS


class _Rule(Struct, frozen=True, eq=False):
    when: OnMqtt
    action: CueAction | CameraAction
    origin: Origin
    order: int

    @property
    def rank(self) -> tuple[object, ...]:
        return rank(self.when.topic), rank_of(self.when.tests), self.when.source is None, self.order


class MqttTable:
    """The triggers of a plan. One message fires one trigger, the most literal: by its topic, then by what `with` asks,
    then the one that names its input, then the earlier in the sheet."""

    def __init__(self, plan: Plan) -> None:
        self._crossings = Crossings()
        self.load(plan)

    def load(self, plan: Plan) -> None:
        """Another plan; what was crossed stays crossed."""
        self._rules = sorted(_rules(plan), key=lambda rule: rule.rank)

    def topics(self, heard_on: str) -> set[str]:
        """What an input of this name has to subscribe to."""
        return {rule.when.topic for rule in self._rules if rule.when.source in (None, heard_on)}

    def find(
        self, topic: str, payload: bytes, heard_on: str, received: int, *, retained: bool = False
    ) -> Request | Verdict | None:
        """What a message asks for; None if no trigger wants it."""
        arguments = values(payload)
        if arguments is None:
            return None
        best: tuple[_Rule, dict[str, str]] | None = None
        for rule in self._rules:
            when = rule.when
            if when.source not in (None, heard_on) or not matches(when.topic, topic):
                continue
            captures = self._crossings.met(when.tests, arguments, {}, (when, heard_on, topic))
            if captures is not None and best is None:
                best = rule, captures
        if best is None or retained:
            return None
        return asked(best[0].action, best[0].origin, best[1], f"mqtt {heard_on} {topic}", received)


def _rules(plan: Plan) -> Iterator[_Rule]:
    for order, trigger in enumerate(plan.triggers):
        when, action = trigger.when, trigger.action
        if isinstance(when, OnMqtt) and isinstance(action, CueAction | CameraAction):
            yield _Rule(when, action, trigger.origin, order)


class _Input:
    def __init__(self, port: Port, environ: Mapping[str, str]) -> None:
        self.port = port
        self.lost = 0
        self.broker = Broker(port.at, port.login, environ, self._drop)
        self.client: Any = None
        self.topics: set[str] = set()
        self.task: asyncio.Task[None] | None = None
        self.asking: asyncio.Task[None] | None = None
        self.said = ""

    def _drop(self) -> None:
        self.lost += 1


class MqttDoor:
    """All MQTT inputs of a show.

    `deliver` gets each request, `settled` each verdict that is given here (a captured number that is not a cue),
    `problem` what the operator should know.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], object],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        *,
        environ: Mapping[str, str] = os.environ,
        every: int = RETRY_AFTER_NS,
        ears: Ears | None = None,
        faders: Faders | None = None,
    ) -> None:
        self._clock, self._environ, self._every = clock, environ, every
        self._deliver, self._settled, self._problem = deliver, settled, problem
        self._table = MqttTable(plan)
        self._ears = ears or Ears(clock)
        self._faders = faders or Faders(plan, clock, deliver, settled)
        self._unread = Seldom(10 * NS)
        self._inputs: list[_Input] = []
        self._gone: list[_Input] = []
        self._declare(plan)

    @property
    def connected(self) -> list[str]:
        """The inputs whose broker is there and knows what is wanted."""
        return [one.port.name for one in self._inputs if one.client is not None]

    def open(self) -> None:
        """Connect from now on. It costs nothing in a show without MQTT."""
        loop = asyncio.get_running_loop()
        for one in self._gone:
            if one.task is not None:
                one.task.cancel()
        self._gone = []
        for one in self._inputs:
            if one.task is None:
                one.task = loop.create_task(self._keep(one))

    async def close(self) -> None:
        for one in (*self._inputs, *self._gone):
            if one.task is not None:
                await end_tasks((one.task,))
                one.task = None

    def reload(self, plan: Plan) -> None:
        """Other triggers from now on; brokers that are new are connected to, those that have gone are left."""
        self._table.load(plan)
        self._declare(plan)
        self.open()
        for one in self._inputs:
            if one.client is not None and self._wanted(one) != one.topics:
                one.asking = asyncio.get_running_loop().create_task(self._ask(one, one.client))

    def _declare(self, plan: Plan) -> None:
        wanted = {(port.name, port.url, port.login): port for port in plan.inputs if port.kind == "mqtt"}
        kept = {(one.port.name, one.port.url, one.port.login): one for one in self._inputs}
        self._gone += [one for key, one in kept.items() if key not in wanted]
        self._inputs = [kept.get(key) or _Input(port, self._environ) for key, port in wanted.items()]

    async def _keep(self, one: _Input) -> None:
        while True:
            try:
                async with one.broker.client() as client:
                    await self._hear(one, client)
            except NoMqtt as error:
                self._say(one, f"{subject(one.port)} is not open: {error}.")
                return
            except library().MqttError as error:
                was = one.client is not None
                try:
                    why = one.broker.why(error)
                except NoMqtt as final:
                    self._say(one, f"{subject(one.port)} is not open: {final}.")
                    return
                self._say(one, f"{subject(one.port)} {'lost its broker' if was else 'is not there yet'}: {why}.")
            finally:
                one.client = None
            await self._clock.sleep_until(self._clock.now() + self._every)

    def _wanted(self, one: _Input) -> set[str]:
        name = one.port.name
        return self._table.topics(name) | {topic for topic, source in self._faders.topics if source in (None, name)}

    async def _ask(self, one: _Input, client: Any) -> None:
        """Subscribe to what the triggers want now, and to nothing else."""
        wanted = self._wanted(one)
        more, less, one.topics = sorted(wanted - one.topics), sorted(one.topics - wanted), wanted
        with contextlib.suppress(library().MqttError):  # the connection is lost: it is asked again with the next one
            if less:
                await client.unsubscribe(less)
            if more:
                granted = await client.subscribe([(topic, 0) for topic in more])
                refused = [
                    topic for topic, code in zip(more, granted, strict=False) if getattr(code, "value", code) >= 128
                ]
                if refused:
                    self._problem(f"{subject(one.port)}: the broker does not let us hear {', '.join(refused)}.")

    async def _hear(self, one: _Input, client: Any) -> None:
        one.topics = set()
        await self._ask(one, client)
        one.client = client
        if one.said:
            self._say(one, f"{subject(one.port)} is there.")
            one.said = ""
        async for message in client.messages:
            self.heard(one.port.name, str(message.topic), _bytes(message.payload), retained=bool(message.retain))
            if one.lost:
                lost, one.lost = one.lost, 0
                self._problem(f"{subject(one.port)} sends too much: {lost} messages were dropped.")

    def heard(self, name: str, topic: str, payload: bytes, *, retained: bool = False) -> None:
        """A message that came to an input of this name."""
        if values(payload) is None:
            if self._unread.ready(self._clock.now()):
                too_long = len(payload) > MAX_PAYLOAD_BYTES
                why = "it is too long" if too_long else "it is not a number, a text or a list of these"
                self._problem(f"A message for {topic[:80]} is not read: {why}{self._unread.others()}.")
            return
        now = self._clock.received()
        sets = not retained and self._faders.mqtt(topic, payload, name, now, muted=self._ears.muted(name))
        found = self._table.find(topic, payload, name, now, retained=retained)
        done = self._ears.heard(
            name,
            "mqtt",
            lambda: (mqtt_line(topic, payload), "retained" if retained else ""),
            [] if found is None else [found],
            spare=retained,
            taken=DRIVES if sets else "",
        )
        for one in done:
            if isinstance(one, Request):
                self._deliver(one)
            else:
                self._settled(one)

    def _say(self, one: _Input, text: str) -> None:
        if text != one.said:
            one.said = text
            self._problem(text)


def _bytes(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else str(payload).encode()
