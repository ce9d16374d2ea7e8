"""The page's door: where it listens, who may come in, and the show behind it."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cuelang.aside import loop_first, within
from cuelang.clock import Clock
from cuelang.plain import UserError
from cuelang.runtime.records import Record
from cuelang.transports import explain
from cuelang.transports.listening import alone
from cuelang.web.auth import OPERATE_PIN, Role, pins
from cuelang.web.origin import is_loopback
from cuelang.web.show import ShowApi

if TYPE_CHECKING:
    from cuelang.web.server import WebServer
    from cuelang.web.tls import Certificate

DEFAULT, OFF = "auto", "off"
HOST, PORT = "127.0.0.1", 8000
TRIES = 10
"""Ports from 8000 on that are tried by default."""
NAMES = "CUELANG_HTTP_NAMES"
"""Environment variable: further names, with commas between, under which this machine is called."""
LOOKING_UP_S = 5.0
"""Seconds that a name server is waited for."""
MAX_RECORDS = 1000
"""Records of the log that are kept at hand."""


class CannotOpen(UserError):
    """The page cannot be opened; the message says why and what to do."""

    code = 1


class BadListenAddress(UserError):
    """`--http` is not an address."""


def scheme_of(text: str) -> tuple[str, str]:
    """`https` or `http` (empty if it is not said), and the rest. Raises BadListenAddress."""
    scheme, found, rest = text.partition("://")
    if not found:
        return "", text
    if scheme.lower() not in ("http", "https"):
        raise BadListenAddress(f"--http {text}: an address is needed, as in --http https://{HOST}:{PORT}.")
    return scheme.lower(), rest.rstrip("/")


def parsed(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `HOST`, `:PORT` or `PORT`, as host and port. Raises BadListenAddress."""
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = ("", text) if text.isdigit() else (text, str(PORT))
    elif text.startswith("[") and text.endswith("]"):
        host, port = text, str(PORT)
    if not (port.isascii() and port.isdigit() and int(port) < 65536) or any(c in host for c in "/@ "):
        raise BadListenAddress(f"--http {text}: an address is needed, as in --http {HOST}:{PORT}, or off.")
    return host.strip("[]") or HOST, int(port)


class WebDoor:
    """Listens from `listen` on, serves from `open` on. `environment` has the PINs and further names."""

    def __init__(
        self,
        wanted: str,
        environment: Mapping[str, str] = os.environ,
        *,
        certificate: str | None = None,
        key: str | None = None,
    ) -> None:
        """`certificate` and `key` are PEM files; with `https://` and without them the page makes its own. Raises
        BadListenAddress, BadPin, BadCertificate and CannotOpen for what can never work."""
        self._environment = environment
        scheme, address = scheme_of(wanted)
        self._certain = address != DEFAULT
        self._host, self._port = parsed(address) if self._certain else (HOST, PORT)
        if certificate is None and key is not None:
            raise BadListenAddress("--key needs --certificate FILE.")
        if certificate is not None and scheme == "http":
            raise BadListenAddress(f"--http {wanted} is not encrypted; with --certificate, write https://{address}.")
        self._pins: dict[Role, str] = pins(environment)
        if not is_loopback(self._host) and not self._pins:
            raise CannotOpen(
                f"--http {wanted} can be reached from outside this machine, without authentication. Set {OPERATE_PIN}"
                f" to a PIN, or use {HOST}."
            )
        self._certificate: Certificate | None = None
        if certificate is not None or scheme == "https":
            self._certificate = self._encrypted(certificate, key)
        self._sockets: list[socket.socket] = []
        self._server: WebServer | None = None
        self.records: deque[Record] = deque(maxlen=MAX_RECORDS)

    def _encrypted(self, certificate: str | None, key: str | None) -> Certificate:
        from cuelang.web.tls import of_files, of_its_own  # OpenSSL, which few shows need

        return of_files(certificate, key) if certificate is not None else of_its_own(self._names())

    @property
    def fingerprint(self) -> str:
        """Of its certificate, SHA-256, for people to compare; empty without one."""
        if self._certificate is None:
            return ""
        from cuelang.web.tls import shown

        return shown(self._certificate.fingerprint)

    @property
    def by(self) -> str | None:
        """Its scheme and port, for another machine; None while nothing listens."""
        found = urlsplit(self.url)
        return f"{found.scheme}:{found.port}" if found.port else None

    @property
    def url(self) -> str:
        """Where the page is, empty while nothing listens."""
        if not self._sockets:
            return ""
        port = self._sockets[0].getsockname()[1]
        scheme = "http" if self._certificate is None else "https"
        return f"{scheme}://{f'[{self._host}]' if ':' in self._host else self._host}:{port}/"

    def listen(self) -> str:
        """Take the port, so that no other program does. Returns why the show goes on without a page, if so; raises
        CannotOpen when this address was asked for."""
        tries = range(self._port, self._port + (1 if self._certain else TRIES))
        error: OSError | None = None
        for port in tries:
            try:
                self._sockets = _listening(self._host, port)
                return ""
            except OSError as caught:
                error = caught
        why = explain(error) if error is not None else ""
        if self._certain:
            raise CannotOpen(
                f"The page cannot be opened at {self._host}:{self._port}: {why}. Is another show running there? Choose "
                "another port with --http HOST:PORT, or --http off."
            )
        return f"No operator's page: the ports {tries[0]} to {tries[-1]} are in use. --http HOST:PORT chooses one."

    async def open(self, show: ShowApi, clock: Clock, trouble: Callable[[str], None]) -> None:
        """Begin to serve. The server is loaded on a thread that lets the loop through; `trouble` is called
        with its errors."""
        with loop_first():
            await asyncio.to_thread(_load)
        from cuelang.web.server import WebServer

        self._server = WebServer(show, clock, self._host, self._pins, self._names(), trouble)
        if self._certificate is not None:
            self._server.context = self._certificate.context
        await self._server.open(self._sockets)

    def _names(self) -> set[str]:
        """Under which this machine may be called, when others reach it; by loopback it is only `localhost`."""
        names = set(self._environment.get(NAMES, "").replace(",", " ").split())
        if is_loopback(self._host):
            return names
        name = socket.gethostname()
        return names | {name, f"{name.partition('.')[0]}.local", self._host}

    def changed(self) -> None:
        if self._server is not None:
            self._server.changed()

    async def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.close()
        for one in self._sockets:
            one.close()
        self._sockets = []


def _load() -> None:
    import cuelang.web.server  # noqa: F401


def _listening(host: str, port: int) -> list[socket.socket]:
    """Raises OSError. A name may have several addresses: all of them, at one port."""
    found = within(
        LOOKING_UP_S,
        lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE),
        "the name server",
    )
    sockets: list[socket.socket] = []
    try:
        for family, *_, where in dict.fromkeys(found):
            number = sockets[0].getsockname()[1] if sockets else port
            one = socket.socket(family, socket.SOCK_STREAM)
            sockets.append(one)
            alone(one)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((where[0], number, *where[2:]))
            one.listen(64)
            one.setblocking(False)
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets
