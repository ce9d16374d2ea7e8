"""MQTT out: `send venue "lights/scene" 5`. One argument is the payload, several are a JSON list."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from typing import Any

from cuelang.address import PortAddress
from cuelang.clock import Tasks
from cuelang.protocols.mqtt import payload, topic_problem
from cuelang.transports.logins import Login
from cuelang.transports.mqtt import Broker, NoMqtt, library

RETRY_AFTER_S = 2.0
"""Seconds between two tries to reach a broker."""
MAX_WAITING = 50
"""Messages that wait for the broker's word that it has them."""


class MqttOut:
    """A connection that is made again whenever it is lost. `problem` is called for each message that failed after
    `send` had returned."""

    def __init__(
        self,
        at: PortAddress,
        problem: Callable[[str], None],
        login: Login | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._problem = problem
        self._broker = Broker(at, login, environment)
        self._retain = at.option("retain") == "1"
        self._client: Any = None
        self._error = "the broker has not answered yet"
        self._keeping: asyncio.Task[None] | None = None
        self._sending = Tasks()
        self.about = ""
        """What the next message is for, as people read it when it fails: `cue 4`."""

    async def open(self) -> None:
        """Connect, and go on trying by itself. Why it fails is the reason of every `send`."""
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            try:
                async with self._broker.client() as client:
                    self._client = client
                    async for _ in client.messages:  # none is subscribed to; it ends with the connection
                        pass
            except NoMqtt as error:
                self._error = str(error)
                return
            except library().MqttError as error:
                try:
                    self._error = self._broker.why(error)
                except NoMqtt as final:
                    self._error = str(final)
                    return
            finally:
                self._client = None
            await asyncio.sleep(RETRY_AFTER_S)

    def send(self, address: str, arguments: tuple[int | float | str, ...]) -> str:
        wrong = topic_problem(address)
        if wrong:
            return wrong.rstrip(".")
        if self._client is None:
            return self._error
        if len(self._sending) >= MAX_WAITING:
            return f"{MAX_WAITING} messages are already waiting for the broker"
        self._sending.spawn(self._publish(self._client, address, payload(arguments), self.about))
        return ""

    async def _publish(self, client: Any, topic: str, data: bytes, about: str) -> None:
        try:
            await client.publish(topic, data, qos=1, retain=self._retain)
        except library().MqttError as error:
            self._problem(f"{about}{': ' if about else ''}{topic} did not reach the broker: {error}.")

    def close(self) -> None:
        """Send no more, without waiting."""
        for task in (self._keeping, *self._sending):
            if task is not None:
                with contextlib.suppress(RuntimeError):
                    task.cancel()
        self._client = None
