"""Who is connected, and which client has to go when there are too many. Pure; times are loop ns.

Strangers share what is left beside a reserve, and each of their addresses has a small part of it. Who operates or is
on this machine is let in while another client could go: the stranger who has been idle longest. A page's
socket is never cut here; how many there are is `cuelang/web/socket.py`'s business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

Standing = Literal["stranger", "viewer", "trusted"]
"""`trusted` is on this machine, or has shown the PIN that operates; `viewer` has shown the other one."""

CONNECTIONS = 256
RESERVE = 64
"""Of those, for the trusted alone."""
EACH: dict[Standing, int] = {"stranger": 16, "viewer": 48, "trusted": CONNECTIONS}
"""At one address."""


class Visitor(Struct, eq=False):
    """One connection. `busy`: a request is being answered. `page`: it is a page's socket. `end` cuts it, `gone`
    says whether it has ended on its own."""

    address: str
    end: Callable[[], None]
    gone: Callable[[], bool]
    at: int
    standing: Standing = "stranger"
    asked: bool = False
    busy: int = 0
    page: bool = False


class Visitors:
    """The connections that are open, in the order in which they came."""

    def __init__(self) -> None:
        self._all: dict[Visitor, None] = {}

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, new: Visitor) -> bool:
        """Take a new one in, if need be for another one, who is cut. False: there is no room."""
        self._all = {one: None for one in self._all if not one.gone()}
        there = [one for one in self._all if one.address == new.address]
        strangers = [one for one in self._all if one.standing != "trusted"]
        rivals: list[Visitor] = []
        if len(there) >= min(EACH[new.standing], CONNECTIONS):
            rivals = there
        elif new.standing != "trusted" and len(strangers) >= CONNECTIONS - min(RESERVE, CONNECTIONS // 4):
            rivals = strangers
        elif len(self._all) >= CONNECTIONS:
            rivals = list(self._all) if new.standing == "trusted" else strangers
        else:
            self._all[new] = None
            return True
        victim = min((one for one in rivals if not one.page), key=_worth, default=None)
        if victim is None:
            return False
        self.leave(victim)
        victim.end()
        self._all[new] = None
        return True

    def leave(self, one: Visitor) -> None:
        self._all.pop(one, None)


def _worth(one: Visitor) -> tuple[int, bool, int]:
    """The least goes first: strangers, then the idle, then the one that acted longest ago."""
    return ("stranger", "viewer", "trusted").index(one.standing), one.busy > 0, one.at
