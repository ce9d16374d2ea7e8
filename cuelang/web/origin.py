"""What keeps strangers' web pages and floods away. Pure, but for the counting; times are loop ns.

A browser on the operator's machine also shows pages from elsewhere, and those can send requests here. Three things
tell them apart. `Host` is what stood in the address line: a name that a foreign DNS has pointed at this machine
is not ours (rebinding), while an address cannot be pointed anywhere. `Origin` is the page that asks, and has to be
this one. `Sec-Fetch-Site` says the same where browsers send no origin. Programs send neither of the last two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from cuelang.triggers.limits import Bucket, Newest
from cuelang.web.errors import HttpError

POLICY = "Content-Security-Policy"


def policy(code: str = "script-src 'self'; style-src 'self'") -> str:
    """What a browser may load for a document, and send; `code` says which scripts and styles."""
    return (
        f"default-src 'none'; {code}; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


HEADERS: Mapping[str, str] = {
    POLICY: policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Server": "cuelang",
}

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
OURS = frozenset(("same-origin", "none"))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def origin_of(address: str) -> str:
    """The address by which a machine is counted: of IPv6 the network, for a machine there has as many as it likes."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    if isinstance(found, IPv6Address) and not (found.is_link_local or found.is_loopback):
        return str(ip_network((found, 64), strict=False))
    return address


class OriginCheck:
    """`bound` is the host that is listened at; `names` are further names under which this machine may be called."""

    def __init__(self, bound: str, names: Iterable[str] = ()) -> None:
        self._near = is_loopback(bound)
        self._names = {"localhost", *(name.lower().rstrip(".") for name in names if name)}

    def check(self, method: str, headers: Mapping[str, str], upgrade: bool = False) -> None:
        """Raises HttpError for a request that neither the show's page nor a program of the show has sent."""
        host = headers.get("Host", "")
        if not self._known(host):
            raise HttpError(
                421,
                "wrong_host",
                "Unknown host name.",
                "Use its address, or name this one in CUELANG_HTTP_NAMES before the show.",
            )
        if method in SAFE and not upgrade:
            return
        origin = headers.get("Origin")
        if (origin is not None and not _same(origin, host)) or headers.get("Sec-Fetch-Site", "none") not in OURS:
            raise HttpError(
                403, "wrong_origin", "Cross-origin request refused.", "Only the show's own page is allowed."
            )

    def _known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        if not name or "@" in host or "/" in host:
            return False
        try:
            address = ip_address(name)
        except ValueError:
            return name.rstrip(".") in self._names
        return address.is_loopback if self._near else True


def _same(origin: str, host: str) -> bool:
    parts = origin.lower().partition("://")
    return parts[0] in ("http", "https") and parts[2] == host.lower()


class Buckets:
    """One for each address; of the addresses that have been quiet longest, some are forgotten."""

    KNOWN = 1024

    def __init__(self, rate: int, most: int) -> None:
        self._rate, self._most = rate, most
        self._buckets: Newest[str, Bucket] = Newest(self.KNOWN)

    def take(self, address: str, now: int) -> None:
        """Raises HttpError."""
        bucket = self._buckets.keep(address, self._buckets.get(address) or Bucket(self._rate, self._most))
        if not bucket.take(now):
            raise HttpError(
                429,
                "too_many",
                "Too many requests.",
                f"At most {self._rate} a second; `/ws` has everything.",
                retry_after=1,
            )
