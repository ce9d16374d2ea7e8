"""Who a client is: PINs, roles, sessions, and patience with wrong tries. No I/O; times are loop ns.

There are two roles: `view` sees everything, `operate` may also ask for things. Without any PIN everybody who comes
by loopback operates. With one, everybody has to say it, on loopback too: a proxy on this machine would make strangers
look like neighbours.

The right PIN always passes, even while others guess. After a wrong one, an address waits a second until its next wrong
one is judged, then two, four, up to a minute; from all addresses together one wrong try a second is judged once there
were many. The operator learns how many there were, and from where.

What is asked with a right PIN is done at once. But so that guessing takes long, the answer may wait: an address that
has given wrong PINs gets two answers a second, right or wrong, and none later than after five: `turn`. Once there were
many wrong ones in the whole show, this holds for all addresses together, also for one that has not guessed yet. It does
not concern an address from which a right PIN came before, unless it has given more than a few wrong ones since; nor
pages, which have their session. Nothing else may tell the two apart before their turn, so a right PIN is believed
(`prove`) when it is answered.
"""

from __future__ import annotations

import hmac
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from cuelang.clock import Handle
from cuelang.plain import UserError, short
from cuelang.triggers.limits import FORGIVEN_NS, Newest, backoff
from cuelang.units import DAY, NS
from cuelang.web.errors import HttpError

Role = Literal["view", "operate"]

OPERATE_PIN, VIEW_PIN = "CUELANG_PIN", "CUELANG_VIEW_PIN"
MIN_PIN_CHARS = 4
LASTS_NS = DAY
"""A session, from the login on: longer than any show."""
SESSIONS = 256
"""Of one role."""
SESSIONS_EACH = 32
"""Of one role at one address."""
ADDRESSES = 1024
MAX_WRONG = 20
"""Wrong tries of all addresses within `FORGIVEN_NS`, after which their wrong tries are slow."""
SLIPS = 10
"""Wrong tries that an address may make, from which a right PIN came, before its answers wait as well."""
APART_NS, LONGEST_TURN_NS = NS // 2, 5 * NS
"""Between two answers to an address that has given wrong PINs, and the longest that one of them is held back."""
TOLD_NS = 10 * NS
"""Between two reports of wrong PINs."""


class BadPin(UserError):
    """A PIN that cannot be used; the message says why."""

    code = 1


def pins(environment: Mapping[str, str]) -> dict[Role, str]:
    """Those that are set. Raises BadPin."""
    found: dict[Role, str] = {}
    names: tuple[tuple[Role, str], ...] = (("operate", OPERATE_PIN), ("view", VIEW_PIN))
    for role, name in names:
        pin = environment.get(name, "")
        if pin and len(pin) < MIN_PIN_CHARS:
            raise BadPin(f"{name} is too short: a PIN has at least {MIN_PIN_CHARS} characters.")
        if pin:
            found[role] = pin
    if "view" in found and "operate" not in found:
        raise BadPin(f"{VIEW_PIN} is set and {OPERATE_PIN} is not: operating would be impossible. Set both.")
    if len(set(found.values())) < len(found):
        raise BadPin(f"{OPERATE_PIN} and {VIEW_PIN} are the same: the view PIN would be useless.")
    return found


class _Tries(Struct):
    """`wrong` are those that were judged, `all` those that waited too; `last` is when the newest of them came."""

    wrong: int = 0
    all: int = 0
    last: int = 0
    until: int = 0
    turn: int = 0
    """When its newest try is answered."""


class _Session(Struct, frozen=True):
    role: Role
    address: str
    until: int


class PinAuth:
    """`on_wrong` is called with the address of each wrong try."""

    def __init__(self, known: Mapping[Role, str], on_wrong: Callable[[str], None] | None = None) -> None:
        self._pins = {role: _digest(pin) for role, pin in known.items()}
        self._sessions: dict[Role, OrderedDict[bytes, _Session]] = {"view": OrderedDict(), "operate": OrderedDict()}
        self._tries: Newest[str, _Tries] = Newest(ADDRESSES)
        self._total = _Tries()
        self._proved: OrderedDict[str, Role] = OrderedDict()
        """Addresses from which a right PIN came, with the greatest role."""
        self._on_wrong = on_wrong or (lambda _address: None)

    @property
    def locked(self) -> bool:
        """Whether a PIN is asked for."""
        return bool(self._pins)

    def try_pin(self, pin: str, address: str, now: int) -> Role:
        """The role that this PIN gives; `prove` it when that is answered. Raises HttpError when it is wrong."""
        role = self.role_of(pin)
        if role is not None:
            return role
        self._on_wrong(address)
        wait = self.wait(address, now)
        tries = self._wrong(address, now)
        if wait:
            if tries.until > now:
                tries.until = now + backoff(tries.wrong)  # further guesses extend the wait
            raise HttpError(
                429,
                "slow_down",
                f"Wrong PIN. Too many wrong PINs: the next one is checked in {wait} s.",
                "The right PIN is accepted at any time.",
                retry_after=wait,
            )
        self._judged(tries, now)
        raise HttpError(401, "wrong_pin", "This PIN is wrong.", "Ask the person who started the show.")

    def turn(self, address: str, now: int) -> int:
        """When the answer to a PIN from there is due, right or wrong. Each call is one answer."""
        tries = self._tries.get(address)
        if tries is not None and now - tries.last > FORGIVEN_NS:
            tries = None
        queues = []
        if tries is not None and (address not in self._proved or tries.all > SLIPS):
            queues.append(tries)
        if address not in self._proved and self._total.wrong >= MAX_WRONG and now - self._total.last <= FORGIVEN_NS:
            queues.append(self._total)
        for one in queues:
            one.turn = min(max(one.turn + APART_NS, now), now + LONGEST_TURN_NS)
        return max((one.turn for one in queues), default=now)

    def role_of(self, pin: str) -> Role | None:
        """Whose PIN this is, without a word about a wrong one."""
        said, role = _digest(pin), None
        for name, known in self._pins.items():  # both are compared, whichever fits
            if hmac.compare_digest(said, known):
                role = name
        return role

    def wait(self, address: str, now: int) -> int:
        """Seconds for which wrong tries from there are not judged, 0 if they are."""
        tries = self._tries.get(address) or _Tries()
        return -(-max(tries.until - now, self._total.until - now, 0) // NS)

    def _wrong(self, address: str, now: int) -> _Tries:
        """Count a wrong try; the record of its address."""
        tries = self._tries.keep(address, self._tries.get(address) or _Tries(turn=now))
        for one in (tries, self._total):
            if now - one.last > FORGIVEN_NS:
                one.wrong = one.all = 0
            one.all, one.last = one.all + 1, now
        return tries

    def _judged(self, tries: _Tries, now: int) -> None:
        tries.wrong += 1
        tries.until = now + backoff(tries.wrong)
        self._total.wrong += 1
        if self._total.wrong >= MAX_WRONG:
            self._total.until = now + NS

    def proved(self, address: str) -> Role | None:
        """The greatest role that has been shown from this address."""
        return self._proved.get(address)

    def prove(self, address: str, role: Role) -> None:
        """A client there has a PIN, or a session that was opened with one."""
        if self._proved.get(address) != "operate":
            self._proved[address] = role
        self._proved.move_to_end(address)
        if len(self._proved) > ADDRESSES:
            view = next((one for one, its in self._proved.items() if its == "view"), None)
            self._proved.pop(view if view is not None else next(iter(self._proved)))

    # --- sessions ------------------------------------------------------------------------------------------

    def open_session(self, role: Role, now: int, address: str = "") -> str:
        """A new one; what is returned is all that opens it. Of too many, the oldest of the same role ends: first of
        those from the same address."""
        token = secrets.token_urlsafe(32)
        sessions = self._sessions[role]
        sessions[_digest(token)] = _Session(role, address, now + LASTS_NS)
        same = [key for key, one in sessions.items() if one.address == address]
        if len(same) > SESSIONS_EACH:
            del sessions[same[0]]
        elif len(sessions) > SESSIONS:
            sessions.popitem(last=False)
        return token

    def close_session(self, token: str) -> None:
        for sessions in self._sessions.values():
            sessions.pop(_digest(token), None)

    def of_session(self, token: str, now: int) -> Role | None:
        key = _digest(token)
        found = next((sessions[key] for sessions in self._sessions.values() if key in sessions), None)
        return found.role if found is not None and now < found.until else None


class WrongPins:
    """Sums wrong tries up for the operator. `say` gets the sentence; `later` runs something after a number of ns."""

    def __init__(self, say: Callable[[str], None], later: Callable[[int, Callable[[], None]], Handle]) -> None:
        self._say, self._later = say, later
        self._counts: Counter[str] = Counter()
        self._beyond = 0
        self._waiting: Handle | None = None

    def close(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def count(self, address: str) -> None:
        if address in self._counts or len(self._counts) < ADDRESSES:
            self._counts[address] += 1
        else:
            self._beyond += 1
        if self._waiting is None:
            self._tell()

    def _tell(self) -> None:
        self._waiting = None
        if not self._counts:
            return
        total = self._counts.total() + self._beyond
        most = [f"{short(address, 60) or 'nowhere'}" for address, _ in self._counts.most_common(3)]
        others = len(self._counts) - len(most)
        where = ", ".join(most) + (
            f" and {others}{' or more' if self._beyond else ''} other addresses" if others else ""
        )
        self._counts.clear()
        self._beyond = 0
        what = "A wrong PIN" if total == 1 else f"{total} wrong PINs"
        self._say(f"{what} from {where}. Wrong PINs are delayed; the right one is accepted at any time.")
        self._waiting = self._later(TOLD_NS, self._tell)


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
