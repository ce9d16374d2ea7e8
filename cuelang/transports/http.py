"""A camera's web side: one request, one answer, and whatever goes wrong is a value.

aiohttp does the work and is imported late, so what needs no camera never loads it. The digest login is its
middleware's (`logins`).

A camera on HTTPS has a certificate of its own making. It is believed by its fingerprint, which the sheet names; without
one the error says which it is.

Every request has a connection of its own, for the web servers of cameras are small and close idle connections when
they like; and none is sent twice. aiohttp repeats a GET by itself when the connection ends without an answer, and a
GET is how these cameras are moved: `_once` is what keeps it from that.
"""

from __future__ import annotations

import asyncio
import os
import re
import zlib
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from cuelang.plain import ERROR, short
from cuelang.transports import explain
from cuelang.transports.gate import GATE, SHUT
from cuelang.transports.logins import Login, LoginKey, challenges
from cuelang.units import NS

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

Method = Literal["GET", "POST"]

QUICK_NS = NS
"""ns for an order: how long a camera that does not answer is waited for."""
SMALL = 64 * 1024
"""Bytes of an answer to an order."""
PIECE = 64 * 1024

Trouble = Literal["", "unreachable", "timed_out", "refused"]


NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class HttpAnswer(Struct, frozen=True):
    """What a camera answered, or why there is no whole answer.

    `trouble`: `unreachable` nothing was accepted, `timed_out` unknown, `refused` the camera will not. `error` says it
    as an operator reads it.
    """

    status: int = 0
    body: bytes = b""
    kind: str = ""
    """Its content type."""
    trouble: Trouble = ""
    error: str = ""
    headers: Mapping[str, str] = NO_HEADERS
    """By their names in small letters."""

    @property
    def fine(self) -> bool:
        return not self.trouble and 200 <= self.status < 300


class Web(Protocol):
    """Something that answers requests: a camera across the network, or one in this process. `base` precedes
    each path."""

    base: str = ""

    async def ask(
        self, method: Method, path: str, *, within: int = QUICK_NS, most: int = SMALL, asks: bool = False
    ) -> HttpAnswer:
        """One request, never sent twice. `path` is path and query as they go over the wire. The whole answer must have
        come `within` ns; one longer than `most` bytes is refused. `asks`: it changes nothing at the camera. Does not
        raise for what a camera does."""

    async def prepare(self) -> None:
        """Load what the first request needs: it may come in the middle of a show."""

    async def close(self) -> None:
        """Let go of everything."""


class HttpCamera(Web):
    """A camera at `base` (`http://host:port`)."""

    def __init__(
        self, base: str, login: Login | None = None, environment: Mapping[str, str] = os.environ, *, trust: str = ""
    ) -> None:
        found = re.match(r"https?://[^/?#]*", base)
        self.base = found[0] if found else base
        self._key = LoginKey(login, environment, "the camera")
        self._trust = bytes.fromhex(trust)
        """The SHA-256 of the certificate; empty: one that the system trusts."""
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: Method, path: str, *, within: int = QUICK_NS, most: int = SMALL, asks: bool = False
    ) -> HttpAnswer:
        import aiohttp
        from yarl import URL

        if not GATE.passes(asks=asks):
            return HttpAnswer(trouble="unreachable", error=SHUT)
        if self._session is None:
            self._session = self._opened()
        try:
            where = URL(self.base + path, encoded=True)
            async with asyncio.timeout(within / NS):
                return await self._let_in(self._session, method, where, most)
        except TimeoutError:
            return HttpAnswer(trouble="timed_out", error=f"no answer within {within / NS:g} s")
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ServerFingerprintMismatch):
            return HttpAnswer(trouble="unreachable", error=await self._distrust(within))
        except aiohttp.ClientConnectorError as error:
            return HttpAnswer(trouble="unreachable", error=explain(error.os_error))
        except aiohttp.ServerDisconnectedError:
            return HttpAnswer(trouble="timed_out", error="the camera closed the connection without a response")
        except aiohttp.ClientPayloadError:
            return HttpAnswer(trouble="timed_out", error="the camera's response was cut off")
        except ValueError as error:
            return HttpAnswer(trouble="unreachable", error=f"{self.base} cannot be reached: {_plain(error)}")
        except Exception as error:  # ClientError, OSError, and anything unforeseen: the lane must go on
            return HttpAnswer(trouble="timed_out", error=f"the connection failed: {_plain(error)}")

    async def _let_in(self, session: aiohttp.ClientSession, method: Method, where: URL, most: int) -> HttpAnswer:
        """The answer to a request, with the login that the camera turns out to want."""
        for _ in range(2):
            tried = bool(self._key.headers)
            answer = await self._one(session, method, where, most)
            if answer.status != 401:
                return answer
            wrong = self._key.refused(answer.body.decode().split(), tried)
            if wrong is not None:
                break
        return HttpAnswer(401, trouble="refused", error=wrong or "the camera keeps asking for a login")

    async def prepare(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, import_module, "aiohttp")

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                force_close=True, ssl=aiohttp.Fingerprint(self._trust) if self._trust else True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def _one(self, session: aiohttp.ClientSession, method: Method, where: URL, most: int) -> HttpAnswer:
        through, headers = [_once(), *self._key.middlewares], self._key.headers
        async with session.request(method, where, headers=headers, allow_redirects=False, middlewares=through) as got:
            if got.status == 401:
                offers = challenges(got.headers.getall("WWW-Authenticate", []))
                return HttpAnswer(401, " ".join(scheme for scheme, _ in offers).encode(errors="replace"))
            body = bytearray()
            async for piece in got.content.iter_chunked(PIECE):
                body += piece
                if len(body) > most:
                    return HttpAnswer(got.status, trouble="refused", error=f"the camera sends more than {most} bytes")
            packed = got.headers.get("Content-Encoding", "identity").lower()
            if packed != "identity":
                # On a thread: a few kilobytes may be a thousand times as many.
                plain = await asyncio.to_thread(_unpacked, bytes(body), most)
                if plain is None:
                    return HttpAnswer(got.status, trouble="refused", error=f"unsupported response encoding ({packed})")
                return HttpAnswer(got.status, plain, got.content_type)
            headers = {name.lower(): value for name, value in got.headers.items()}
            return HttpAnswer(got.status, bytes(body), got.content_type, headers=headers)

    async def _distrust(self, within: int) -> str:
        """The certificate is not the one that is wanted: which it is, and what to write to trust it."""
        import aiohttp

        shown = b""
        try:
            # No fingerprint is all zeros, so this ends before a request is sent.
            connector = aiohttp.TCPConnector(force_close=True, ssl=aiohttp.Fingerprint(bytes(32)))
            async with asyncio.timeout(within / NS), aiohttp.ClientSession(connector=connector) as session:
                await session.get(self.base)
        except aiohttp.ServerFingerprintMismatch as error:
            shown = error.got
        except Exception:  # it has just answered; if it does not now, there is nothing to name
            return "the camera's certificate is not trusted"
        what = "a different certificate than the trusted one" if self._trust else "a certificate of its own"
        return f'the camera has {what}; to trust it, write `trust "sha256:{shown.hex()}"` below its `http` line'


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


def _unpacked(body: bytes, most: int) -> bytes | None:
    """What a camera has compressed though it was not asked to; None when that is too long or is nothing known."""
    try:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib
        plain = unpacker.decompress(body, most + 1)
    except zlib.error:
        return None
    return plain if len(plain) <= most and unpacker.eof else None


def _plain(error: BaseException) -> str:
    return short(str(error), ERROR) or type(error).__name__
