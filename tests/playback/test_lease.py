"""The lease of two machines: never two that may send, whatever is lost, late or paused, in virtual time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from cuelang.playback.lease import STOP_AFTER_NS, TAKE_AFTER_NS, Lease, LeaseQuestion, Word, Write
from cuelang.units import MS

LOOK_NS = 5 * MS


class Machine:
    """One of the two, with a clock of its own: another beginning and another rate."""

    def __init__(self, name: str, rate: float, offset: int, now: int) -> None:
        self.name, self.rate, self.offset, self.starts = name, rate, offset, 0
        self.up = self.awake = self.servers = True
        self.delay = MS, 3 * MS
        self.start(now)

    def start(self, now: int) -> None:
        self.starts += 1
        self.lease = Lease(f"{self.name}{self.starts}", self.time(now))

    def time(self, now: int) -> int:
        return int(now * self.rate) + self.offset

    def may_send(self, now: int) -> bool:
        """A paused machine counts as well: it may have looked a moment before."""
        return self.up and self.lease.may_send(self.time(now))


class World:
    """Two machines, the servers' key, and the ways between them."""

    def __init__(self, seed: int, rates: tuple[float, float] = (1.0, 1.0)) -> None:
        self.now, self.luck = 0, random.Random(seed)
        self.loss = 0.0
        self.revision, self.owner, self.servers, self.peers = 0, "", True, True
        self.queue: list[tuple[int, int, Callable[[], None]]] = []
        self.count = 0
        self.machines = [
            Machine(name, rate, self.luck.randrange(10**12), 0) for name, rate in zip("ab", rates, strict=True)
        ]
        self.a, self.b = self.machines
        self.sent: list[tuple[int, str]] = []
        for machine in self.machines:
            self.tell(machine, machine.lease)
            self.look(machine)

    # --- the ways ---

    def later(self, at: int, call: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.queue, (at, self.count, call))

    def carry(self, machine: Machine, call: Callable[[], None]) -> None:
        if self.luck.random() >= self.loss:
            self.later(self.now + self.luck.randint(*machine.delay), call)

    def start(self, machine: Machine) -> None:
        machine.up = machine.awake = True
        machine.start(self.now)
        self.tell(machine, machine.lease)

    def heal(self) -> None:
        self.servers, self.peers, self.loss = True, True, 0.0
        for machine in self.machines:
            machine.servers, machine.delay = True, (MS, 3 * MS)
            if not machine.up:
                self.start(machine)
            machine.awake = True

    def hear(self, machine: Machine, lease: Lease, call: Callable[[], None]) -> None:
        """What comes to a paused machine is read when it is awake."""
        if not machine.up or machine.lease is not lease:
            return
        if not machine.awake:
            self.later(self.now + LOOK_NS, partial(self.hear, machine, lease, call))
            return
        call()

    # --- the machines ---

    def look(self, machine: Machine) -> None:
        """It looks when its lease wants it to, as in a show, and a little later."""
        if not (machine.up and machine.awake):
            self.later(self.now + LOOK_NS, partial(self.look, machine))
            return
        lease, now = machine.lease, machine.time(self.now)
        asked = lease.wake(now)
        ahead = max(round((lease.due(now) - now) / machine.rate), MS) + self.luck.randint(0, 2 * MS)
        self.later(self.now + ahead, partial(self.look, machine))
        for what in asked:
            if isinstance(what, Write):
                if machine.servers and self.servers:
                    self.carry(machine, partial(self.written, machine, lease, what))
            elif self.peers:
                other = self.b if machine is self.a else self.a
                self.carry(machine, partial(self.question, machine, lease, other, what))

    def question(self, machine: Machine, lease: Lease, other: Machine, ask: LeaseQuestion) -> None:
        if not other.up:
            return
        asked = other.lease

        def answer() -> None:
            word = asked.asked(other.time(self.now))
            if self.peers:
                self.carry(machine, partial(self.hear, machine, lease, partial(self.answer, machine, lease, ask, word)))

        self.hear(other, asked, answer)

    def answer(self, machine: Machine, lease: Lease, ask: LeaseQuestion, word: Word) -> None:
        lease.answered(ask.number, word, machine.time(self.now))

    # --- the servers ---

    def tell(self, machine: Machine, lease: Lease) -> None:
        if machine.servers and self.servers:
            revision, owner = self.revision, self.owner
            say = lambda: lease.seen(revision, owner, machine.time(self.now))  # noqa: E731
            self.carry(machine, partial(self.hear, machine, lease, say))

    def written(self, machine: Machine, lease: Lease, write: Write) -> None:
        if not self.servers:
            return
        said: Callable[[], None]
        if write.kind == "sign":
            said = lambda: lease.confirmed(write.number, 0, machine.time(self.now))  # noqa: E731
        elif write.revision == self.revision:
            self.revision += 1
            self.owner = "" if write.kind == "release" else lease.me
            revision = self.revision
            said = lambda: lease.confirmed(write.number, revision, machine.time(self.now))  # noqa: E731
            for one in self.machines:
                self.tell(one, one.lease)
        else:
            said = lambda: lease.refused(write.number)  # noqa: E731
            self.tell(machine, lease)
        if machine.servers:
            self.carry(machine, partial(self.hear, machine, lease, said))

    # --- time ---

    def run(self, ms: int) -> None:
        until = self.now + ms * MS
        while self.queue and self.queue[0][0] <= until:
            at, _, call = heapq.heappop(self.queue)
            self.advance(at)
            call()
            self.check()
        self.advance(until)

    def advance(self, at: int) -> None:
        """What may be sent changes with time alone too."""
        while self.now < at:
            self.now = min(at, self.now + MS)
            self.check()

    def check(self) -> None:
        senders = [machine.name for machine in self.machines if machine.may_send(self.now)]
        assert len(senders) < 2, f"two may send at {self.now / MS} ms"
        if senders and (not self.sent or self.sent[-1][1] != senders[0]):
            self.sent.append((self.now, senders[0]))

    def leader(self) -> Machine | None:
        return next((machine for machine in self.machines if machine.may_send(self.now)), None)

    def follower(self) -> Machine:
        return self.b if self.leader() is self.a else self.a

    def gap(self, ms: int) -> int:
        """The longest time in these milliseconds in which neither may send, in ms."""
        longest = silent = 0
        for _ in range(ms):
            self.run(1)
            silent = 0 if self.leader() else silent + 1
            longest = max(longest, silent)
        return longest


WAYS = [(1, 3), (1, 20), (1, 80), (1, 300), (100, 1000)]
"""From and to how many ms a message takes."""

WHILES = st.sampled_from([20, 100, 200, 400, 800])
WHO = st.sampled_from(["leader", "leader", "follower"])


class LeaseLaw(RuleBasedStateMachine):
    """Faults at random, each for a while; the world checks at every step."""

    @initialize(
        seed=st.integers(0, 2**32),
        rates=st.sampled_from([(1.0, 1.0), (0.9, 1.1), (1.1, 0.9), (1.0, 1.15), (0.85, 1.0)]),
    )
    def begin(self, seed: int, rates: tuple[float, float]) -> None:
        self.world = World(seed, rates)
        self.world.run(600)

    def one(self, who: str) -> Machine:
        leader = self.world.leader() or self.world.a
        return leader if who == "leader" else next(one for one in self.world.machines if one is not leader)

    @rule(who=WHO, ways=st.sampled_from(WAYS), loss=st.sampled_from([0.0, 0.0, 0.1, 0.5]), ms=WHILES)
    def its_ways_change(self, who: str, ways: tuple[int, int], loss: float, ms: int) -> None:
        self.one(who).delay = ways[0] * MS, ways[1] * MS
        self.world.loss = loss
        self.world.run(ms)

    @rule(who=WHO, ms=WHILES)
    def its_cable_to_the_servers(self, who: str, ms: int) -> None:
        one = self.one(who)
        one.servers = not one.servers
        self.world.run(ms)

    @rule(ms=WHILES)
    def the_servers(self, ms: int) -> None:
        self.world.servers = not self.world.servers
        self.world.run(ms)

    @rule(ms=WHILES)
    def the_cable_between_them(self, ms: int) -> None:
        self.world.peers = not self.world.peers
        self.world.run(ms)

    @rule(who=WHO, ms=WHILES)
    def it_is_paused_or_woken(self, who: str, ms: int) -> None:
        one = self.one(who)
        one.awake = not one.awake
        self.world.run(ms)

    @rule(who=WHO, ms=WHILES)
    def it_is_killed(self, who: str, ms: int) -> None:
        self.one(who).up = False
        self.world.run(ms)

    @rule(who=WHO, ms=WHILES)
    def it_starts(self, who: str, ms: int) -> None:
        self.world.start(self.one(who))
        self.world.run(ms)

    @rule(who=WHO, ms=WHILES)
    def it_ends_in_order(self, who: str, ms: int) -> None:
        self.one(who).lease.leave()
        self.world.run(ms)

    @rule(ms=WHILES)
    def all_is_well_again(self, ms: int) -> None:
        self.world.heal()
        self.world.run(ms)

    @rule(who=WHO, ms=WHILES)
    def taken_by_hand(self, who: str, ms: int) -> None:
        """With a majority: without one, it is a person who decides that there are no two."""
        one = self.one(who)
        if one.up and one.lease.majority(one.time(self.world.now)):
            one.lease.take(one.time(self.world.now))
        self.world.run(ms)


TestLeaseLaw = LeaseLaw.TestCase
TestLeaseLaw.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def begun(seed: int = 1, rates: tuple[float, float] = (1.0, 1.0)) -> World:
    """One leads."""
    world = World(seed, rates)
    world.run(1000)
    assert world.leader() is not None
    return world


@pytest.mark.parametrize("seed", range(20))
def test_of_two_that_start_at_once_one_leads(seed: int) -> None:
    world = World(seed)
    world.run(600)
    leader = world.leader()
    assert leader is not None
    assert world.gap(5000) == 0 and world.leader() is leader


@pytest.mark.parametrize("seed", range(20))
def test_a_leader_that_dies_is_followed_within_half_a_second(seed: int) -> None:
    world = begun(seed)
    world.run(seed * 7)
    dead, heir = world.leader(), world.follower()
    dead.up = False
    assert 300 <= world.gap(1000) <= 400
    assert world.leader() is heir


def test_a_leader_that_slept_follows_when_it_wakes() -> None:
    world = begun()
    sleeper, heir = world.leader(), world.follower()
    sleeper.awake = False
    world.run(200)
    assert world.leader() is sleeper  # it may still wake in time
    world.run(60)
    assert world.leader() is None
    world.run(300)
    assert world.leader() is heir
    sleeper.awake = True
    world.run(500)
    assert world.leader() is heir and not sleeper.lease.holds


def test_a_leader_cut_off_from_the_servers_stops_and_the_other_takes_over() -> None:
    world = begun()
    cut, heir = world.leader(), world.follower()
    cut.servers = False
    gap = world.gap(1000)
    assert gap <= 150 and world.leader() is heir
    assert not cut.lease.stuck(cut.time(world.now)), "the other one has told it"
    cut.servers = True
    world.run(300)
    assert world.leader() is heir


def test_without_servers_the_leader_goes_on_by_the_others_word() -> None:
    world = begun()
    leader = world.leader()
    world.servers = False
    assert world.gap(5000) == 0
    assert world.leader() is leader and leader.lease.alone(leader.time(world.now))
    world.servers = True
    assert world.gap(2000) == 0
    assert world.leader() is leader and not leader.lease.alone(leader.time(world.now))


def test_without_servers_and_without_the_other_nothing_is_sent_until_a_person_says_so() -> None:
    world = begun()
    leader, other = world.leader(), world.follower()
    world.servers = world.peers = False
    world.run(2000)
    assert world.leader() is None
    assert leader.lease.stuck(leader.time(world.now)) and not other.lease.stuck(other.time(world.now))
    assert leader.lease.take(leader.time(world.now)) == ""
    world.run(1)
    assert world.leader() is leader and leader.lease.alone(leader.time(world.now))
    world.servers = world.peers = True
    world.run(1000)
    assert world.leader() is leader and not leader.lease.by_hand


def test_a_follower_without_a_majority_never_takes_over() -> None:
    world = begun()
    leader, other = world.leader(), world.follower()
    world.servers, leader.up = False, False
    world.run(60_000)
    assert world.leader() is None and other.lease.leaderless(other.time(world.now))


def test_a_person_is_not_given_a_second_leader() -> None:
    world = begun()
    other = world.follower()
    other.servers = False
    world.run(1000)
    assert "the other machine leads" in other.lease.take(other.time(world.now))
    assert world.gap(1000) == 0


def test_a_takeover_by_hand_needs_no_help_from_the_leader() -> None:
    world = begun()
    leader, other = world.leader(), world.follower()
    assert other.lease.take(other.time(world.now)) == ""
    gap = world.gap(1000)
    assert abs(gap - TAKE_AFTER_NS // MS) <= 20
    assert world.leader() is other
    assert leader.lease.take(leader.time(world.now)) == ""
    world.run(1000)
    assert world.leader() is leader


def test_a_machine_with_another_plan_does_not_take_over() -> None:
    world = begun()
    leader, other = world.leader(), world.follower()
    other.lease.ready = False
    leader.up = False
    world.run(5000)
    assert world.leader() is None
    assert other.lease.take(other.time(world.now)) == "its plan is not the leader's"
    other.lease.ready = True
    world.run(100)
    assert world.leader() is other


def test_a_leader_that_ends_in_order_is_followed_at_once() -> None:
    world = begun()
    leader, other = world.leader(), world.follower()
    leader.lease.leave()
    assert not leader.may_send(world.now)
    assert world.gap(500) <= 60
    assert world.leader() is other


def test_an_answer_that_was_lost_costs_no_lease() -> None:
    world = begun()
    leader = world.leader()
    world.loss = 0.1
    world.run(5000)
    assert {name for _, name in world.sent} == {leader.name}


def test_a_lease_lasts_as_long_as_it_says_from_when_the_renewal_was_sent() -> None:
    lease = Lease("a", 0)
    lease.seen(0, "", 0)
    now, sent = 0, []
    while not lease.holds:
        now += 10 * MS
        for what in (one for one in lease.wake(now) if isinstance(one, Write)):
            sent.append(what)
            lease.confirmed(what.number, 1 if what.kind == "take" else 0, now + 8 * MS)
    taken = sent[-1]
    assert taken.kind == "take" and taken.sent == now
    assert lease.may_send(taken.sent + STOP_AFTER_NS)
    assert not lease.may_send(taken.sent + STOP_AFTER_NS + 1)
    (renewal,) = (one for one in lease.wake(now + 60 * MS) if isinstance(one, Write))
    lease.confirmed(renewal.number, 2, now + 200 * MS)
    assert lease.may_send(now + 60 * MS + STOP_AFTER_NS)
    assert not lease.may_send(now + 60 * MS + STOP_AFTER_NS + 1)


@pytest.mark.parametrize("late_ms", [20, 49, 51, 60, 80, 95])
@pytest.mark.parametrize("ask_after_ms", [100, 400])
def test_servers_that_are_slow_cost_no_lease(late_ms: int, ask_after_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is not there yet when the key is to be renewed again."""
    monkeypatch.setattr("cuelang.playback.lease.ASK_AFTER_NS", ask_after_ms * MS)
    world = begun()
    leads = world.leader()
    for machine in world.machines:
        machine.delay = late_ms * MS // 2, late_ms * MS // 2
    for _ in range(1_000):
        world.run(5)
        assert leads.may_send(world.now), world.now
    assert leads.lease.holds
