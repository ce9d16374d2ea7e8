"""The show of another machine, whose journal is read over its HTTP API. aiohttp is loaded with the first question."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cuelang.transports import explain
from cuelang.web.remote import Unanswered

if TYPE_CHECKING:
    import aiohttp

PATIENCE_S = 1.0
"""Seconds for an answer: the other machine answers within 0.4 s, also when nothing happens there."""
JOINING_S = 10.0
"""Seconds for the first answers, which are read from its disk."""
ASKING_S = 0.7
"""Seconds for the answer to who leads; nothing is sent meanwhile, and no camera is given up for a second."""


class Leader:
    """`url` is the page's, `pin` is sent with each question; `fingerprint` is that of the one certificate that is
    trusted. Raises Unanswered for what is not an address."""

    def __init__(self, url: str, pin: str = "", fingerprint: str = "") -> None:
        self.url = (url if "://" in url else f"http://{url}").rstrip("/")
        found = urlsplit(self.url)
        if found.scheme not in ("http", "https") or not found.hostname:
            raise Unanswered(f"{url} is not a show address; for example http://10.0.0.7:8000.")
        self.name = found.hostname if found.hostname not in ("127.0.0.1", "::1", "localhost") else found.netloc
        """For people."""
        self._pin, self._fingerprint = pin, bytes.fromhex(fingerprint.replace(":", "").replace(" ", ""))
        self._session: aiohttp.ClientSession | None = None

    async def journal(
        self, after: int, by: str | None, leads: bool = False, within: float = PATIENCE_S
    ) -> dict[str, Any]:
        """The records after that number. `by`: scheme and port of this machine's page, and the night that it has;
        `leads`: this machine has taken over. Raises Unanswered for a refusal, OSError for silence."""
        asked = {"after": str(after)} | ({"leads": "1"} if leads else {}) | ({"by": by} if by is not None else {})
        return await self._ask("/api/journal", asked, within)

    async def file(self, digest: str) -> str:
        """A file of the plan by its SHA-256. Raises Unanswered and OSError."""
        return str((await self._ask(f"/api/journal/files/{digest}", {}, JOINING_S))["text"])

    async def _ask(self, path: str, asked: dict[str, str], within: float) -> dict[str, Any]:
        aiohttp = await asyncio.get_running_loop().run_in_executor(None, import_module, "aiohttp")
        if self._session is None:
            headers = {"Authorization": f"Bearer {self._pin}"} if self._pin else {}
            self._session = aiohttp.ClientSession(headers=headers)
        trust = aiohttp.Fingerprint(self._fingerprint) if self._fingerprint else True
        try:
            async with asyncio.timeout(within):
                async with self._session.get(self.url + path, params=asked, ssl=trust) as answer:
                    found = await answer.json()
        except TimeoutError:
            raise OSError(f"no answer within {within:g} s") from None
        except aiohttp.ClientConnectorError as error:
            raise OSError(explain(error.os_error)) from None
        except (aiohttp.ClientError, ValueError) as error:
            raise OSError(str(error)) from None
        if not isinstance(found, dict):
            raise Unanswered(f"The server at {self.url} is not cuelang.")
        if answer.status != 200:
            said = found.get("error", {})
            raise Unanswered(f"{self.url}: {said.get('message', answer.reason)} {said.get('hint', '')}".rstrip())
        return found

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def leads(url: str, night: str) -> bool | None:
    """Whether the machine at `url` leads this night; None: it does not answer. No secret is sent, so any certificate
    will do."""
    aiohttp = await asyncio.get_running_loop().run_in_executor(None, import_module, "aiohttp")
    try:
        async with (
            asyncio.timeout(ASKING_S),
            aiohttp.ClientSession() as session,
            session.get(f"{url}/api/leads", ssl=False) as answer,
        ):
            found = await answer.json()
    except (TimeoutError, OSError, ValueError, aiohttp.ClientError):
        return None
    return isinstance(found, dict) and found.get("leads") is True and found.get("night") == night
