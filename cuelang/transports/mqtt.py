"""Connections to an MQTT broker, by aiomqtt."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from cuelang.address import PortAddress, may_hold_a_password
from cuelang.plain import UserError
from cuelang.transports import explain
from cuelang.transports.logins import Login

EXTRA = 'MQTT needs aiomqtt, which is not installed: pip install "cuelang[mqtt]"'
TIMEOUT_S = 5.0
KEEPALIVE_S = 10
"""Seconds after which a broker that says nothing is asked."""
WAITING = 1000
"""Messages that wait to be read; more are lost, and counted."""
_MAX_PACKET_BYTES = 66_000
"""Bytes of a packet that a broker may send: a payload of `MAX_PAYLOAD_BYTES`, and its topic."""


class NoMqtt(UserError):
    """There is no connection, and trying again changes nothing. The message says why."""

    code = 1


def library() -> ModuleType:
    """Raises NoMqtt."""
    try:
        import aiomqtt  # few shows speak MQTT
    except ImportError:
        raise NoMqtt(EXTRA) from None
    return aiomqtt


class _Lost(logging.Handler):
    """aiomqtt says only in its log that it has dropped a message."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._lost = lost

    def emit(self, record: logging.LogRecord) -> None:
        if "full" in record.getMessage():
            self._lost()


class Broker:
    """A broker as a sheet declares it."""

    def __init__(
        self,
        at: PortAddress,
        login: Login | None,
        environment: Mapping[str, str] = os.environ,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self.host, self.port, self.secure = at.host, at.port or 0, at.scheme == "mqtts"
        self._login, self._environment = login, environment
        self._old = False
        """The broker speaks MQTT 3.1.1 and not 5.0."""
        self._logger = logging.Logger("cuelang.mqtt")  # noqa: LOG001 - one for each connection
        self._logger.addHandler(_Lost(lost))

    def client(self) -> Any:
        """An aiomqtt client, not connected. Raises NoMqtt."""
        aiomqtt = library()
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        name, secret = None, None
        if self._login is not None:
            name, variable = self._login
            secret = self._environment.get(variable) if may_hold_a_password(variable) else None
            if secret is None:
                raise NoMqtt(f"the environment variable {variable} is not set")
        options: dict[str, Any] = {"protocol": aiomqtt.ProtocolVersion.V311}
        if not self._old:
            asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            asked.MaximumPacketSize = _MAX_PACKET_BYTES
            options = {"protocol": aiomqtt.ProtocolVersion.V5, "properties": asked}
        return aiomqtt.Client(
            self.host,
            self.port,
            username=name,
            password=secret,
            timeout=TIMEOUT_S,
            keepalive=KEEPALIVE_S,
            max_queued_incoming_messages=WAITING,
            logger=self._logger,
            tls_context=ssl.create_default_context() if self.secure else None,
            **options,
        )

    def why(self, error: Exception) -> str:
        """Why there is no connection, as the end of a sentence. Raises NoMqtt where trying again changes nothing."""
        code = getattr(error, "rc", None)
        value = getattr(code, "value", code)
        if value in (1, 132) and not self._old:
            self._old = True
            return "the broker speaks an older MQTT; trying that"
        if value in (4, 5, 134, 135):
            login = f"the login “{self._login[0]}” from {self._login[1]}" if self._login else "a client without a login"
            raise NoMqtt(f"the broker rejected {login}") from None
        if isinstance(error, TimeoutError | asyncio.TimeoutError) or "timed out" in str(error):
            return f"no answer within {TIMEOUT_S:g} s"
        return explain(error)
