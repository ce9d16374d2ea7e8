"""How we log in at a web server: digest wherever it is offered, basic only where there is nothing better.

A basic login shows the password to anyone on the network, so it is never given to one that offers a digest, or ever
has. The password comes from the environment at the moment when it is asked for, and is never part of an error.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, cast

from cuelang.address import may_hold_a_password

if TYPE_CHECKING:
    import aiohttp

Login = tuple[str, str]
"""A name, and the name of the environment variable that holds the password."""


class LoginKey:
    """One login at one server. `whose` is what it is called in an error: “the camera”."""

    def __init__(self, login: Login | None, environment: Mapping[str, str], whose: str) -> None:
        self._login = login
        self._environment = environment
        self._whose = whose
        self._digest: aiohttp.DigestAuthMiddleware | None = None
        self._basic = ""
        """The header, once the server has asked for a basic login and nothing better."""
        self._offers_digest = False

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": self._basic} if self._basic else {}

    @property
    def middlewares(self) -> tuple[aiohttp.ClientMiddlewareType, ...]:
        secret = self._secret()
        if self._digest is None and self._login is not None and secret is not None and ":" not in self._login[0]:
            self._digest = _digest(self._login[0], secret)
        return (self._digest,) if self._digest is not None else ()

    def refused(self, offers: Sequence[str], tried: bool) -> str | None:
        """The server does not let us in, and offers these schemes; `tried`: this request had the basic login. Why, or
        None: ask once more."""
        if self._login is None:
            return f"{self._whose} requires a login; add a `login` line under it"
        secret = self._secret()
        if secret is None:
            return f"the environment variable {self._login[1]} is not set"
        offered = {scheme.lower() for scheme in offers}
        if "digest" in offered:
            self._offers_digest = True
        if tried or self._offers_digest:
            self._basic = ""
        if "basic" in offered and not self._offers_digest and not tried:
            self._basic = "Basic " + b64encode(f"{self._login[0]}:{secret}".encode()).decode()
            return None
        return f"{self._whose} rejected the login “{self._login[0]}” from {self._login[1]}"

    def _secret(self) -> str | None:
        if self._login is None or not may_hold_a_password(self._login[1]):
            return None
        return self._environment.get(self._login[1])


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9_-]*)(?:\s+(?=[A-Za-z0-9_-]+\s*=)|\s*(?=,|$))")


def challenges(headers: Sequence[str]) -> list[tuple[str, str]]:
    """The logins that a camera offers, each as its scheme and its parameters. Several may be in one header."""
    found: list[tuple[str, str]] = []
    for header in headers:
        blank = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), header)
        starts = list(_SCHEME.finditer(blank))
        for start, following in zip_longest(starts, starts[1:]):
            end = following.start() if following is not None else len(header)
            found.append((start[1], header[start.end() : end].strip()))
    return found


def digest_offer(headers: Sequence[str]) -> str:
    """The digest among what a camera offers, as one header; empty if there is none. Of several the strongest."""
    offers = [f"{scheme} {rest}" for scheme, rest in challenges(headers) if scheme.lower() == "digest"]
    return max(offers, key=lambda offer: "SHA-256" in offer.upper(), default="")


class _Offer:
    """A refusal with one challenge: aiohttp's digest looks at the first header only."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status, self.url = response.status, response.url
        self.headers = {"www-authenticate": digest_offer(response.headers.getall("WWW-Authenticate", []))}


def _digest(name: str, secret: str) -> aiohttp.DigestAuthMiddleware:
    """aiohttp's digest login, from its new home where that is installed."""
    import aiohttp

    made: Any
    try:
        from aiohttp_client_middlewares import DigestAuthMiddleware
    except ImportError:
        made = aiohttp.DigestAuthMiddleware(name, secret)
    else:
        made = DigestAuthMiddleware(name, secret)
    reads = made._authenticate
    made._authenticate = lambda response: reads(_Offer(response))
    return cast("aiohttp.DigestAuthMiddleware", made)
