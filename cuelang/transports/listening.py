"""Sockets to listen at: a name such as `localhost` means several addresses, and a sender picks any of them."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Callable

ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)
"""This machine has none of that family (IPv6 is switched off); the other one serves."""
EVERYWHERE = {"::": ("::", "0.0.0.0")}


def _nothing(link: socket.socket) -> None:
    """It needs no preparation."""


async def bound(
    host: str, port: int, kind: socket.SocketKind, prepare: Callable[[socket.socket], object] = _nothing
) -> list[socket.socket]:
    """A socket of this kind at each address of the host, all at one port; 0 is any free one. `prepare` is called with
    each before it is bound. Raises OSError, with none left open, when one of the ports is another program's."""
    loop = asyncio.get_running_loop()
    found: list[tuple[int, tuple[object, ...]]] = []
    for name in EVERYWHERE.get(host, (host,)):
        for family, _, _, _, where in await loop.getaddrinfo(name, port, type=kind, flags=socket.AI_PASSIVE):
            if (int(family), where) not in found and family in (socket.AF_INET, socket.AF_INET6):
                found.append((int(family), where))
    links: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for version, end in found:
            number = links[0].getsockname()[1] if links else port
            try:
                links.append(_bound(version, kind, (end[0], number, *end[2:]), prepare))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                absent = error
        if not links:
            raise absent or OSError(f"{host} has no address")
    except BaseException:
        for link in links:
            link.close()
        raise
    return links


def alone(link: socket.socket) -> None:
    """No other program may listen where this socket will, and one that has just ended does not prevent it. Windows has
    an option of its own for that, and means something else by SO_REUSEADDR."""
    if sys.platform == "win32":
        link.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    elif link.type == socket.SOCK_STREAM:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def _bound(
    family: int, kind: socket.SocketKind, where: tuple[object, ...], prepare: Callable[[socket.socket], object]
) -> socket.socket:
    link = socket.socket(family, kind)
    try:
        link.setblocking(False)
        alone(link)
        if link.family == socket.AF_INET6:
            link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        prepare(link)
        link.bind(where)
    except BaseException:
        link.close()
        raise
    return link
