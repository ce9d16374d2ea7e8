"""Which of two machines may send: a lease on one key that several servers keep. Pure.

The holder of the key renews it by compare-and-set. Every time here is a machine's own monotonic one (ns, and one that
goes on while the machine sleeps), so no wall clock and no server's has a say. Why there are never two that may send:

- A renewal counts from when it was *sent*. The other machine cannot have seen it before, waits longer than the lease
  holds, and takes the key only at the revision that it saw: if it was renewed meanwhile, the servers refuse.
- A machine without servers is alone only by the other's word that it neither leads nor has a majority, counted from
  when it was *asked*. Who gives that word takes nothing until it has run out.
- Who takes by hand sends nothing before the other's lease has run out.

Both numbers hold for clocks that differ in rate by up to two in five.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cuelang.units import MS

RENEW_EVERY_NS = 50 * MS
"""How often the holder renews the key, and the other one asks the servers for a sign."""

STOP_AFTER_NS = 250 * MS
"""So long after the last renewal that was confirmed had been sent, its holder sends nothing more."""

TAKE_AFTER_NS = 350 * MS
"""So long without a new revision, the other one takes the key."""

WORD_HOLDS_NS = 200 * MS
"""How long the other's word that it can do nothing holds, from when it was asked for."""

MAJORITY_HOLDS_NS = 150 * MS
"""How long after it was sent a confirmed message proves that a majority of the servers is there."""

ASK_AFTER_NS = 100 * MS
"""A holder whose last confirmed renewal was sent so long ago asks the other machine."""

GIVE_UP_NS = 100 * MS
"""How long a write is waited for before the next one."""

HURRY_NS = 2000 * MS
"""How long a person's word is good for: each renewal of the other one's makes it try again."""

FORGET_NS = 10 * TAKE_AFTER_NS
"""When an answer is not waited for any more."""

Kind = Literal["renew", "take", "release", "sign"]


class Write(Struct, frozen=True):
    """To be sent to the servers. `renew`, `take` and `release` write the key if it is still at `revision` (0: there is
    no key); `sign` only has to be confirmed by a majority."""

    number: int
    kind: Kind
    revision: int
    sent: int


class LeaseQuestion(Struct, frozen=True):
    """A question to the other machine: does it lead, has it a majority?"""

    number: int


class Word(Struct, frozen=True):
    """A machine's answer. `leads`: it holds the key, as far as it knows, or is about to; `revision` is the latest that
    it knows."""

    leads: bool
    majority: bool
    revision: int


class Lease:
    """`me` is a name that no other process has. `ready`: this machine may take the key (its plan is the leader's)."""

    def __init__(self, me: str, now: int, *, ready: bool = True) -> None:
        self.me, self.ready = me, ready
        self.holds = False
        """The key is ours, as far as we know."""
        self.by_hand = False
        """A person has said that this machine sends, whatever servers and the other one say."""
        self.revision: int | None = None
        self.owner = ""
        """Who wrote that revision; empty: it was given back, or there is none."""
        self._seen = now
        self._number = 0
        self._writes: dict[int, Write] = {}
        self._asks: dict[int, int] = {}
        self._renewed: int | None = None
        """When the last renewal that was confirmed was sent."""
        self._sign: int | None = None
        self._word: int | None = None
        """When the other one was asked for its last word that it can do nothing."""
        self._heard: int | None = None
        """When the other one was asked, and said that it leads."""
        self._promised = now
        """When we gave such a word: nothing is taken before it has run out."""
        self._not_before = now
        self._leaving = False
        self._hurry: int | None = None
        """Until when the key is taken although the other one holds it."""
        self._forced = False
        """The key may have been taken while another lease held: that one has to run out first."""
        self._wrote = self._signed = self._asked = now - TAKE_AFTER_NS

    # --- what may be done ----------------------------------------------------------------------------------

    def may_send(self, now: int) -> bool:
        """Whether this machine may send to cameras and switchers at this instant."""
        return self.by_hand or self._has_lease(now) or self._is_alone(now)

    def _has_lease(self, now: int) -> bool:
        if not self.holds or now < self._not_before or self._renewed is None:
            return False
        return now - self._renewed <= STOP_AFTER_NS

    def _is_alone(self, now: int) -> bool:
        if not self.holds or now < self._not_before or self._word is None:
            return False
        return now - self._word <= WORD_HOLDS_NS

    def alone(self, now: int) -> bool:
        """It sends without the servers."""
        return self.may_send(now) and not self._has_lease(now)

    def stuck(self, now: int) -> bool:
        """It leads and may not send: a person may decide to go on alone."""
        return self.holds and not self.may_send(now) and now >= self._not_before

    def majority(self, now: int) -> bool:
        """Whether a majority of the servers has confirmed anything lately."""
        return any(at is not None and now - at <= MAJORITY_HOLDS_NS for at in (self._renewed, self._sign))

    def leaderless(self, now: int) -> bool:
        """It follows, and the key has not been renewed for as long as after which it would be taken."""
        return not self.holds and now - self._seen >= TAKE_AFTER_NS

    def silent(self, now: int) -> int | None:
        """It follows: how long ago the key was renewed, if that is longer than after which it would be taken."""
        return now - self._seen if self.leaderless(now) else None

    # --- what is to be done --------------------------------------------------------------------------------

    def wake(self, now: int) -> list[Write | LeaseQuestion]:
        """What is to be sent now."""
        found: list[Write | LeaseQuestion] = []
        if self._hurry is not None and now > self._hurry:
            self._hurry = None
        if self._leaving:
            if self.revision is not None and self.owner == self.me and not self._open(now):
                found.append(self._write("release", now))
            return found
        if self.holds:
            if now - self._wrote >= RENEW_EVERY_NS and not self._open(now):
                found.append(self._write("renew", now))
            if (self._renewed is None or now - self._renewed >= ASK_AFTER_NS) and now - self._asked >= RENEW_EVERY_NS:
                found.append(self._ask(now))
            return found
        if self._takes(now) and not self._open(now):
            found.append(self._write("take", now))
        elif now - self._signed >= RENEW_EVERY_NS:
            self._signed = now
            found.append(self._new("sign", now))
        if now - self._asked >= RENEW_EVERY_NS:
            found.append(self._ask(now))
        return found

    def due(self, now: int) -> int:
        """When `wake` is to be called next, unless something is heard before: soon enough for what waits for an answer
        that may come at any time."""
        times = [self._wrote + RENEW_EVERY_NS, self._asked + RENEW_EVERY_NS, self._signed + RENEW_EVERY_NS]
        return min(at for at in (*times, self._from(), now + RENEW_EVERY_NS) if at > now)

    def _from(self) -> int:
        """When the key may be taken."""
        free = self._hurry is not None or self.by_hand or (not self.owner and bool(self.revision))
        return max(self._promised + TAKE_AFTER_NS, 0 if free else self._seen + TAKE_AFTER_NS)

    def _takes(self, now: int) -> bool:
        if self.revision is None or not self.ready or not self.majority(now):
            return False
        return now >= self._from() and now - self._wrote >= RENEW_EVERY_NS

    def _open(self, now: int) -> bool:
        """Whether a compare-and-set is under way that may still be answered."""
        return any(one.kind != "sign" and now - one.sent < GIVE_UP_NS for one in self._writes.values())

    def _write(self, kind: Kind, now: int) -> Write:
        self._wrote = now
        self._forced = self._forced or (kind == "take" and (self._hurry is not None or self.by_hand))
        return self._new(kind, now)

    def _new(self, kind: Kind, now: int) -> Write:
        self._number += 1
        write = Write(self._number, kind, self.revision or 0, now)
        for number in [one.number for one in self._writes.values() if now - one.sent > FORGET_NS]:
            del self._writes[number]
        self._writes[write.number] = write
        return write

    def _ask(self, now: int) -> LeaseQuestion:
        self._asked = now
        self._number += 1
        self._asks[self._number] = now
        for number in [number for number, at in self._asks.items() if now - at > TAKE_AFTER_NS]:
            del self._asks[number]
        return LeaseQuestion(self._number)

    # --- what the servers say ------------------------------------------------------------------------------

    def confirmed(self, number: int, revision: int, now: int) -> None:
        """A majority has taken this write, which is now `revision` (of a sign: 0)."""
        write = self._writes.pop(number, None)
        if write is None:
            return
        if write.kind == "sign":
            self._sign = max(write.sent, self._sign or write.sent)
            return
        self._learn(revision, "" if write.kind == "release" else self.me, now)
        if write.kind == "release":
            return
        self._sign = max(write.sent, self._sign or write.sent)
        if self.holds:
            self._renewed = max(write.sent, self._renewed or write.sent)
            self.by_hand = False
            return
        if self.revision == revision and self.owner == self.me and not self._leaving:
            self._lead(now)
            self._renewed = write.sent
            self.by_hand = False

    def refused(self, number: int) -> None:
        """The key is not at that revision any more."""
        self._writes.pop(number, None)

    def seen(self, revision: int, owner: str, now: int) -> None:
        """The key is at `revision`, written by `owner` (empty: it was given back); 0: there is none."""
        if revision == 0:
            self.revision, self.owner, self._seen = 0, "", now
            return
        if self.revision is not None and revision <= self.revision:
            return
        self._learn(revision, owner, now)
        if owner != self.me:
            self._follow()
        elif not self.holds and not self._leaving:
            self._lead(now)

    def _learn(self, revision: int, owner: str, now: int) -> None:
        if self.revision is None or revision > self.revision:
            self.revision, self.owner, self._seen = revision, owner, now

    def _lead(self, now: int) -> None:
        self._not_before = (now if self._forced else self._promised) + TAKE_AFTER_NS
        self.holds, self._hurry, self._forced, self._word = True, None, False, None

    def _follow(self) -> None:
        self.holds = self.by_hand = False
        self._word = self._renewed = None

    # --- what the other machine says -----------------------------------------------------------------------

    def asked(self, now: int) -> Word:
        """The other machine asks. The answer binds."""
        word = Word(self.holds or self.by_hand or self._open(now), self.majority(now), self.revision or 0)
        if not word.leads and not word.majority:
            self._promised = now
        return word

    def answered(self, number: int, word: Word, now: int) -> None:
        """The other machine's answer to a question."""
        at = self._asks.pop(number, None)
        if at is None:
            return
        if word.leads:
            self._word, self._heard = None, at
            if self.by_hand or word.revision > (self.revision or 0):
                self._follow()
        elif word.majority:
            self._word = None
        elif self._word is None or at > self._word:
            self._word = at

    # --- what a person says --------------------------------------------------------------------------------

    def take(self, now: int) -> str:
        """A person wants this machine to lead: it takes the key at once if a majority is there, and sends alone if
        not. Returns why not; empty: it does."""
        if self.may_send(now):
            return "this machine leads"
        if not self.ready:
            return "its plan is not the leader's"
        if self.majority(now) and not self.holds:
            self._hurry = now + HURRY_NS
        elif not self.majority(now):
            if self._heard is not None and now - self._heard <= TAKE_AFTER_NS:
                return "there is no majority of the servers, and the other machine leads"
            self.by_hand = True
        return ""

    def leave(self) -> None:
        """This machine ends: it sends nothing more and gives the key back."""
        self._leaving = True
        self.holds = self.by_hand = False
