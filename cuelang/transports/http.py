"""A camera's web side: one request, one answer, and whatever goes wrong is a value.

aiohttp does the work and is imported late, so what needs no camera never loads it. The
digest login is its middleware's; a camera that asks for basic gets that. A password comes from the environment at the
moment when a camera asks for it, and is never part of an error.

Every request has a connection of its own, for the web servers of cameras are small and close idle connections when
they like; and none is sent twice. aiohttp repeats a GET by itself when the connection ends without an answer, and a
GET is how these cameras are told to move: `_once` is what keeps it from that.
"""

from __future__ import annotations

import asyncio
import os
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol

from cuelang.transports import explain

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

Login = tuple[str, str]
"""A name, and the name of the environment variable that holds the password."""
Method = Literal["GET", "POST"]

QUICK = 1_000_000_000
"""ns for an order: the patience of the house with a camera that does not answer."""
SMALL = 64 * 1024
"""Bytes of an answer to an order."""
PIECE = 64 * 1024

Trouble = Literal["", "unreachable", "timed_out", "refused"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a camera answered, or why there is no whole answer.

    `trouble`: `unreachable` nothing was taken, `timed_out` nobody knows, `refused` the camera will not. `error` says it
    as an operator reads it.
    """

    status: int = 0
    body: bytes = b""
    kind: str = ""
    """Its content type."""
    trouble: Trouble = ""
    error: str = ""

    @property
    def fine(self) -> bool:
        return not self.trouble and 200 <= self.status < 300


class Web(Protocol):
    """Something that answers requests: a camera across the network, or one in this process. `base` is what stands
    before each path."""

    base: str = ""

    async def ask(self, method: Method, path: str, *, within: int = QUICK, most: int = SMALL) -> Answer:
        """One request, never sent twice. `path` is path and query as they go over the wire. The whole answer must have
        come `within` ns; one longer than `most` bytes is refused. Does not raise for what a camera does."""

    async def prepare(self) -> None:
        """Load what the first request needs: it may come in the middle of a show."""

    async def close(self) -> None:
        """Let go of everything."""


class HttpCamera(Web):
    """A camera at `base` (`http://host:port`)."""

    def __init__(self, base: str, login: Login | None = None, environment: Mapping[str, str] = os.environ) -> None:
        found = re.match(r"https?://[^/?#]*", base)
        self.base = found[0] if found else base
        self._login = login
        self._environment = environment
        self._session: aiohttp.ClientSession | None = None
        self._digest: tuple[aiohttp.DigestAuthMiddleware, ...] = ()
        self._basic = ""
        """The header, once the camera has asked for a basic login."""

    async def ask(self, method: Method, path: str, *, within: int = QUICK, most: int = SMALL) -> Answer:
        import aiohttp
        from yarl import URL

        if self._session is None:
            self._session = self._opened()
        try:
            where = URL(self.base + path, encoded=True)
            async with asyncio.timeout(within / 1e9):
                answer = await self._one(self._session, method, where, most)
                if answer.status == 401:
                    answer = await self._log_in(self._session, method, where, most, answer)
        except TimeoutError:
            return Answer(trouble="timed_out", error=f"no answer within {within / 1e9:g} s")
        except aiohttp.ClientConnectorCertificateError:
            return Answer(trouble="unreachable", error="the camera's certificate is not trusted; use http:// for it")
        except aiohttp.ClientConnectorError as error:
            return Answer(trouble="unreachable", error=explain(error.os_error))
        except aiohttp.ServerDisconnectedError:
            return Answer(trouble="timed_out", error="the camera closed the connection without an answer")
        except aiohttp.ClientPayloadError:
            return Answer(trouble="timed_out", error="the camera broke off in the middle of its answer")
        except ValueError as error:
            return Answer(trouble="unreachable", error=f"{self.base} cannot be asked: {_plain(error)}")
        except (aiohttp.ClientError, OSError) as error:
            return Answer(trouble="timed_out", error=f"the connection failed: {_plain(error)}")
        return answer

    async def prepare(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, import_module, "aiohttp")

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        secret = self._secret()
        if self._login is not None and secret is not None and ":" not in self._login[0]:
            self._digest = (_digest(self._login[0], secret),)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def _one(self, session: aiohttp.ClientSession, method: Method, where: URL, most: int) -> Answer:
        headers = {"Authorization": self._basic} if self._basic else {}
        through: list[aiohttp.ClientMiddlewareType] = [_once(), *self._digest]
        async with session.request(method, where, headers=headers, allow_redirects=False, middlewares=through) as got:
            if got.status == 401:
                return Answer(401, got.headers.get("WWW-Authenticate", "").encode(errors="replace"))
            body = bytearray()
            async for piece in got.content.iter_chunked(PIECE):
                body += piece
                if len(body) > most:
                    return Answer(got.status, trouble="refused", error=f"the camera sends more than {most} bytes")
            return Answer(got.status, bytes(body), got.content_type)

    async def _log_in(
        self, session: aiohttp.ClientSession, method: Method, where: URL, most: int, refused: Answer
    ) -> Answer:
        """The camera wants a login and the digest, if it wanted one, was not right. A basic login is tried once."""
        if self._login is None:
            return Answer(401, trouble="refused", error="the camera wants a login; write a `login` line under it")
        secret = self._secret()
        if secret is None:
            return Answer(401, trouble="refused", error=f"the environment variable {self._login[1]} is not set")
        if refused.body.lower().startswith(b"basic") and not self._basic:
            self._basic = "Basic " + b64encode(f"{self._login[0]}:{secret}".encode()).decode()
            answer = await self._one(session, method, where, most)
            if answer.status != 401:
                return answer
            self._basic = ""
        name, variable = self._login
        return Answer(401, trouble="refused", error=f"the camera does not take the login “{name}” from {variable}")

    def _secret(self) -> str | None:
        return None if self._login is None else self._environment.get(self._login[1])


def _once() -> aiohttp.ClientMiddlewareType:
    """Lets one attempt of one request through; a login's second round is within it."""
    import aiohttp

    attempts = 0

    async def through(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            raise aiohttp.ServerDisconnectedError
        return await handler(request)

    return through


def _digest(name: str, secret: str) -> aiohttp.DigestAuthMiddleware:
    """aiohttp's digest login, from its new home where that is installed."""
    import aiohttp

    try:
        from aiohttp_client_middlewares import DigestAuthMiddleware
    except ImportError:
        return aiohttp.DigestAuthMiddleware(name, secret)
    made: aiohttp.DigestAuthMiddleware = DigestAuthMiddleware(name, secret)
    return made


def _plain(error: BaseException) -> str:
    return str(error) or type(error).__name__
