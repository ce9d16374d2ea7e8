"""HTTP out: `send web "/api/location/1/0/3/press"` is a POST of that path; `"GET /api/?Function=Cut"` names its method.

Arguments go as a JSON list in the body, and a request without any has no body. A request is made once, on a
connection of its own, and its answer is not waited for; one that is not a success is reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from cuelang.clock import Tasks
from cuelang.protocols.webhook import parse
from cuelang.transports import explain
from cuelang.transports.logins import Login, LoginKey, challenges

TIMEOUT_S = 5.0
MAX_PENDING = 50
"""Requests under way; a server that never answers gets no more."""


class HttpOut:
    """`problem` is called for each request that failed after `send` had returned."""

    def __init__(
        self,
        base: str,
        problem: Callable[[str], None],
        login: Login | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._base, self._problem = base.rstrip("/"), problem
        self._key = LoginKey(login, environment, "the server")
        self.about = ""
        """What the next request is for, as people read it when it fails: `cue 4`."""
        self._open = False
        self._requests = Tasks()

    async def open(self) -> None:
        import_module("aiohttp")  # 180 ms that the first request shall not wait for
        self._open = True

    def send(self, address: str, arguments: tuple[int | float | str, ...]) -> str:
        found = parse(address)
        if found is None:
            return f"“{address}” is not a path, as in /api/press or GET /api/press"
        if not self._open:
            return "it is not open"
        if len(self._requests) >= MAX_PENDING:
            return f"{MAX_PENDING} requests are already waiting for a response"
        self._requests.spawn(self._ask(*found, arguments, self.about))
        return ""

    async def _ask(self, method: str, path: str, arguments: tuple[int | float | str, ...], about: str) -> None:
        import aiohttp

        body: dict[str, Any] = {"json": list(arguments)} if arguments else {}
        what = f"{about}{': ' if about else ''}{method} {self._base}{path}"
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
                for _ in range(2):  # again, where a login turns out to be wanted
                    headers = self._key.headers
                    async with session.request(
                        method,
                        self._base + path,
                        allow_redirects=False,
                        headers=headers,
                        middlewares=self._key.middlewares,
                        **body,
                    ) as answer:
                        wrong: str | None = f"the answer was {answer.status} {answer.reason}"
                        if answer.status < 400:
                            return
                        if answer.status == 401:
                            offers = challenges(answer.headers.getall("WWW-Authenticate", []))
                            wrong = self._key.refused([scheme for scheme, _ in offers], bool(headers))
                    if wrong is not None:
                        self._problem(f"{what}: {wrong}.")
                        return
        except TimeoutError:
            self._problem(f"{what}: no answer within {TIMEOUT_S:g} s.")
        except aiohttp.ClientConnectorError as error:
            self._problem(f"{what} failed: {explain(error.os_error)}.")
        except aiohttp.ServerDisconnectedError:
            self._problem(f"{what} failed: the connection was closed without an answer.")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._problem(f"{what} failed: {error}.")

    def close(self) -> None:
        """Ask no more, and wait for no answer."""
        self._open = False
        for request in self._requests:
            request.cancel()
