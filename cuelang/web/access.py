"""Who may do what: the guard, the PINs and the limits, as a request meets them.

What is asked with a right PIN is done at once; what is answered to a PIN, right or wrong, waits for its turn (`queue`,
`wait`), and only then it counts that it was right (`believe`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from cuelang.clock import Clock
from cuelang.plain import is_whole
from cuelang.playback.rules import ALWAYS
from cuelang.units import NS
from cuelang.web.auth import LASTS_NS, PinAuth, Role
from cuelang.web.errors import HttpError
from cuelang.web.openapi import COOKIE
from cuelang.web.origin import Buckets, OriginCheck, is_loopback, origin_of
from cuelang.web.visitors import Standing, Visitor
from cuelang.web.wire import half

REQUESTS, ORDERS = (100, 200), (20, 40)
"""A second in the long run, and at once; of one address, and of each role there."""
STOPS = frozenset(f"/api/{wish}" for wish in ALWAYS)
VISITOR = web.RequestKey("visitor", Visitor)
"""Under this name a request has its connection's `Visitor`."""
TURN = web.RequestKey("turn", int)
"""When a request that shows a PIN may be answered."""
PROVED = web.RequestKey("proved", str)
"""The role whose PIN it has shown."""


class Access:
    """What a request has to pass: host and origin, how often it may come, and the PIN. Refusals are HttpErrors."""

    def __init__(self, door: PinAuth, guard: OriginCheck, clock: Clock) -> None:
        self._door, self._guard, self._clock = door, guard, clock
        self._requests, self._orders = Buckets(*REQUESTS), Buckets(*ORDERS)
        self.on_logout: Callable[[str], Awaitable[None]] | None = None

    @property
    def locked(self) -> bool:
        return self._door.locked

    def check(self, request: web.Request) -> None:
        """What every request has to pass. Raises HttpError."""
        if not is_whole(request.raw_path):
            raise half("The address")
        self._guard.check(request.method, request.headers, request.path == "/ws")
        role = self._shown(request)
        if role != "operate" or request.path not in STOPS:
            self._requests.take(self._counted(request, role), self._clock.now())

    def queue(self, request: web.Request, pin: str = "") -> None:
        """Say when a request is answered that shows this PIN, or has one in its head. To be asked before anything is
        known of that PIN."""
        if self._door.locked and (pin or _pin(request)):
            turn = self._door.turn(origin_of(request.remote or ""), self._clock.now())
            request[TURN] = max(turn, request.get(TURN, 0))

    async def wait(self, request: web.Request) -> None:
        """Until it is this request's turn."""
        turn = request.get(TURN, 0)
        if turn > self._clock.now():
            await self._clock.sleep_until(turn)

    def believe(self, request: web.Request) -> None:
        """It is being answered: from now on it counts that its PIN was right."""
        role = request.get(PROVED)
        if role is not None:
            self._trust(request, cast(Role, role))

    def _trust(self, request: web.Request, role: Role) -> None:
        self._door.prove(origin_of(request.remote or ""), role)
        visitor = request.get(VISITOR)
        if visitor is not None and visitor.standing != "trusted":
            visitor.standing = "trusted" if role == "operate" else "viewer"

    def not_too_often(self, request: web.Request, wish: str) -> None:
        """Raises HttpError. What stops something is never too often."""
        if wish not in ALWAYS:
            self._orders.take(self._counted(request, self._shown(request)), self._clock.now())

    def standing(self, address: str) -> Standing:
        """Of a connection from there that has not asked for anything yet."""
        role = self._door.proved(origin_of(address))
        return "trusted" if role == "operate" or is_loopback(address) else "viewer" if role else "stranger"

    def _counted(self, request: web.Request, role: Role | None) -> str:
        """Under what name this is counted: a client with a PIN is counted apart from those without."""
        return f"{role or ''} {origin_of(request.remote or '')}"

    def _shown(self, request: web.Request) -> Role | None:
        """The role that a request shows, without a word about a wrong PIN."""
        if not self._door.locked:
            return "operate"
        pin = _pin(request)
        return self._door.role_of(pin) if pin else self._door.of_session(self.token(request), self._clock.now())

    def address(self, request: web.Request) -> str:
        """`10.0.0.9:5123`, for people and for the log."""
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        if not isinstance(peer, tuple):
            return request.remote or "?"
        return f"[{peer[0]}]:{peer[1]}" if ":" in peer[0] else f"{peer[0]}:{peer[1]}"

    def role(self, request: web.Request) -> Role | None:
        """Raises HttpError for a PIN that is wrong, or that comes too soon after a wrong one."""
        if not self._door.locked:
            return "operate"
        pin = _pin(request)
        if pin:
            return self.log_in(request, pin)
        role = self._door.of_session(self.token(request), self._clock.now())
        if role is not None:
            self._trust(request, role)
        return role

    def token(self, request: web.Request) -> str:
        return request.cookies.get(COOKIE, "")

    def let_in(self, request: web.Request, needs: Role) -> Role:
        """The role of who asks, who may do at least what `needs` may. Raises HttpError."""
        role = self.role(request)
        if role is None:
            raise HttpError(
                401, "pin_needed", "This show asks for a PIN.", "Log in on the page, or send Authorization: Bearer PIN."
            )
        if needs == "operate" and role != "operate":
            raise HttpError(403, "not_allowed", "You may look, but not operate.", "Log in with the operator's PIN.")
        if not self._door.locked:
            self._trust(request, role)
        return role

    def log_in(self, request: web.Request, pin: str) -> Role:
        """Raises HttpError."""
        if not self._door.locked:
            return "operate"
        role = self._door.try_pin(pin, origin_of(request.remote or ""), self._clock.now())
        request[PROVED] = role
        return role

    def give_cookie(self, request: web.Request, response: web.Response, role: Role) -> None:
        if self._door.locked:
            token = self._door.open_session(role, self._clock.now(), origin_of(request.remote or ""))
            response.set_cookie(
                COOKIE,
                token,
                max_age=LASTS_NS // NS,
                httponly=True,
                samesite="Strict",
                path="/",
                secure=request.secure,
            )

    async def log_out(self, request: web.Request, response: web.Response) -> None:
        token = self.token(request)
        self._door.close_session(token)
        response.del_cookie(COOKIE, path="/")
        if self.on_logout is not None:
            await self.on_logout(token)


def _pin(request: web.Request) -> str:
    scheme, _, pin = request.headers.get("Authorization", "").partition(" ")
    return pin.strip() if scheme.lower() == "bearer" else ""
