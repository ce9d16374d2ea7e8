"""Who leads a show: this machine, or one that follows it over HTTP.

**Leading.** A machine that follows reads `/api/journal`, and says where its own page is. From then on this machine may
have been taken over whenever it stood still: the gate of its lines lets nothing through while the last beat of the loop
is more than a second old. After such a gap the other machine is asked (`/api/leads`) before the gate opens again; if it
leads, this one leaves the lead to it.

**Following.** `Follower` reads the journal and feeds the executor. When a person takes over, `/api/leads` says so from
that moment on, then this machine tells the other one, and only then does this one begin to send.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from cuelang.app.loading import LoadedSheet, RunOptions, load, load_kept
from cuelang.app.own_files import overtaken
from cuelang.clock import Clock, Handle
from cuelang.commands import LinkState, Pose
from cuelang.output.triggers import length
from cuelang.plain import UserError
from cuelang.plan import Plan
from cuelang.runtime.executor import Executor
from cuelang.runtime.feed import Feed
from cuelang.runtime.journal import Journal, NoPlan
from cuelang.runtime.record_json import from_json
from cuelang.runtime.records import Record, ShowRecord
from cuelang.runtime.running_show import DoneOrWhy
from cuelang.runtime.view import BehindView
from cuelang.transports.gate import GATE
from cuelang.units import MS, NS
from cuelang.web import leader
from cuelang.web.leader import Leader
from cuelang.web.remote import Unanswered

STOOD_NS = NS
"""A loop that has not come round for so long may have been taken over."""
BEAT_NS = 100 * MS
SILENT_NS = 2 * NS
"""A machine that has not answered for so long can be taken over at once."""
CONFIRM_WITHIN_NS = 10 * NS
"""For so long a takeover that was requested once waits to be requested again."""
GONE_NS = 10 * NS
"""A machine that has not asked for so long no longer follows."""
TELLING_S = 0.3
"""Seconds that a takeover waits for the other machine to hear of it."""
PAUSE_NS = 100 * MS
"""Between two questions to a machine that does not answer."""
LOOKS_NS = 500 * MS
"""Between two reports of where the cameras are."""
DRIFT_NS = 20 * MS
"""By so much the clocks may differ before they are put right, while nothing runs."""


class Guard:
    """For the gate of all lines: closed for good once another machine leads, and whenever this one has stood still,
    until that was cleared up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.peer = ""
        """The page of the machine that may take over; empty: there is none."""
        self.beat = clock.now()
        self.lost = self.asking = False

    def passes(self) -> bool:
        if not self.peer:
            return True
        return not (self.lost or self.asking) and self._clock.now() - self.beat <= STOOD_NS


class Succession:
    """Of one show. `digest` is the hash of its plan; `left` is called with the address of a machine that has taken
    over."""

    def __init__(
        self,
        executor: Executor,
        feed: Feed,
        clock: Clock,
        guard: Guard,
        digest: Callable[[], str],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        left: Callable[[str], None],
    ) -> None:
        self._executor, self._feed, self._clock, self._digest = executor, feed, clock, digest
        self._spawn, self._left = spawn, left
        self.guard = guard
        self.follower: Follower | None = None
        self.leading = True
        self._heard: dict[str, int] = {}
        """By address of a machine that follows, when it asked last."""
        self._looked = 0
        self._timer: Handle | None = None

    def start(self) -> None:
        self.guard.beat = self._clock.now()
        self._beat()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self.guard.peer and not self.guard.lost:
            GATE.guard(None)

    def _beat(self) -> None:
        now, guard = self._clock.now(), self.guard
        stood = now - guard.beat
        guard.beat = now
        if guard.peer and stood > STOOD_NS and not guard.lost:
            self._ask(stood)
        gone = [peer for peer, at in self._heard.items() if now - at > GONE_NS]
        for peer in gone:
            del self._heard[peer]
            self._executor.say(f"{_host(peer)} no longer follows this show.")
        if gone:
            self._followers()
        self._timer = self._clock.at(now + BEAT_NS, self._beat)

    def _followers(self) -> None:
        self._executor.followed = bool(self._heard)
        if self.leading:
            self._executor.takeover.stands(None, tuple(map(_host, self._heard)))

    def _ask(self, stood: int = 0) -> None:
        """Find out whether the other machine leads; nothing is sent before that is known."""
        if not self.guard.asking:
            self.guard.asking = True
            self._spawn(self._find_out(stood))

    async def _find_out(self, stood: int) -> None:
        peer = self.guard.peer
        found = await leader.leads(peer, self._feed.night)
        if found:
            self.guard.lost = True
            self._left(peer)
            return
        self.guard.beat, self.guard.asking = self._clock.now(), False
        if found is None:
            self._executor.say(
                f"This machine stood still for {length(stood)}, and {_host(peer)}, which may have taken over, does not"
                " answer. This show continues."
            )

    # --- what other machines ask ---------------------------------------------------------------------------------

    def leads(self) -> dict[str, object]:
        return {"leads": self.leading and not self.guard.lost, "night": self._feed.night}

    async def journal(self, after: int, by: str | None, leads: bool) -> dict[str, object]:
        if by is not None:
            self._asked_by(by, leads)
        records = await self._feed.after(after)
        now = self._clock.now()
        answer: dict[str, object] = {
            **self.leads(), "seq": self._feed.seq, "elapsed_ms": self._executor.elapsed_ms, "plan": self._digest(),
            "cameras": {}, "records": records,
        }  # fmt: skip
        if now - self._looked >= LOOKS_NS or len(self._heard) > 1:
            self._looked = now
            answer["cameras"] = {name: look_of(driver.state, now) for name, driver in self._executor.drivers.items()}
        return answer

    def _asked_by(self, peer: str, leads: bool) -> None:
        new, self._heard[peer] = peer not in self._heard, self._clock.now()
        if new and self.leading:
            if peer != self.guard.peer:
                self.guard.peer = peer
                GATE.guard(self.guard.passes, quiet=True)
                self._executor.record("followed", peer=peer)
            self._executor.say(f"{_host(peer)} follows this show, and can take over.", "note")
        if new:
            self._followers()
        if leads and self.leading:
            self._ask()

    async def file(self, digest: str) -> str | None:
        return await asyncio.get_running_loop().run_in_executor(None, self._feed.text, digest)

    async def carry(self, what: dict[str, Any]) -> DoneOrWhy:
        return False, self._executor.follows_another

    async def take_over(self, source: str) -> DoneOrWhy:
        if self.follower is None or self.leading:
            return False, "this machine leads already"
        return await self.follower.take_over(source)


class Follower:
    """This machine follows `link`. `lead` is called when it has to lead. `by`: scheme and port of its page."""

    def __init__(
        self,
        options: RunOptions,
        link: Leader,
        executor: Executor,
        clock: Clock,
        plans: Plans,
        succession: Succession,
        by: str | None,
        take: Callable[[LoadedSheet], Coroutine[Any, Any, object]],
        lead: Callable[[str], object],
    ) -> None:
        self._options, self.link, self._executor, self._clock, self._plans = options, link, executor, clock, plans
        self._succession, self._by, self._take, self._lead = succession, by, take, lead
        self._heard = clock.now()
        self._asked: int | None = None
        self._silent = False
        self._why = ""

    async def run(self) -> None:
        while not self._succession.leading:
            following = self._executor.following
            assert following is not None
            try:
                answer = await self.link.journal(following.took, self._by)
            except (OSError, Unanswered) as problem:
                self._why = str(problem)
                self._look()
                await self._clock.sleep_until(self._clock.now() + PAUSE_NS)
                continue
            self._heard = self._clock.now()
            try:
                await self._took(answer, self._heard)
            except (NoPlan, OSError, UserError) as problem:
                self._executor.say(f"The journal of {self.link.name} cannot be followed any further: {problem}")
                return
            self._look()

    def _look(self) -> None:
        """For the screens: whether the other machine answers."""
        now = self._clock.now()
        silent = now - self._heard if now - self._heard >= SILENT_NS else None
        if (silent is not None) != self._silent:
            self._silent = silent is not None
            why = f" ({self._why})" if self._why else ""
            what = f"IS SILENT{why}. Take over?" if self._silent else "answers again."
            self._executor.say(f"{self.link.name} {what}")
        asked = self._asked is not None and now - self._asked < CONFIRM_WITHIN_NS
        if not self._succession.leading:
            self._executor.takeover.stands(BehindView(self.link.name, silent, asked))

    async def _took(self, answer: Mapping[str, Any], now: int) -> None:
        following = self._executor.following
        for data in answer["records"]:
            record = from_json(data)
            if self._succession.leading or following is None:
                return
            if record.seq <= following.took:
                continue
            await self._plans.fetch(record)
            self._executor.takeover.follow(in_own_log(record, self._options, self.link.url))
            if isinstance(record, ShowRecord) and record.state == "reloaded":
                await self._reloaded(record)
        for name, look in answer.get("cameras", {}).items():
            self._executor.takeover.seen(name, *state_of(look))
        if following is not None and answer["seq"] == following.took and following.idle:
            off = now - following.journal.zero - round(float(answer["elapsed_ms"]) * MS)
            if abs(off) > DRIFT_NS:
                following.shift(off)

    async def _reloaded(self, record: ShowRecord) -> None:
        loaded = self._plans.known.get(record.plan or "")
        if loaded is not None:
            await self._take(loaded)
            self._executor.say(f"{self.link.name} has another sheet now.", "note")

    async def take_over(self, source: str) -> DoneOrWhy:
        now, name = self._clock.now(), self.link.name
        answers = now - self._heard < SILENT_NS
        if answers and (self._asked is None or now - self._asked >= CONFIRM_WITHIN_NS):
            self._asked = now
            self._look()
            return False, f"{name} still answers; request it again within {CONFIRM_WITHIN_NS // NS} s to take over"
        self._succession.leading = True
        try:
            assert self._executor.following is not None
            await self.link.journal(self._executor.following.took, self._by, leads=True, within=TELLING_S)
        except (OSError, Unanswered):
            pass  # it finds out when it wakes: it asks before it sends
        self._lead(name)
        self._executor.say(f"Takeover requested by {source}.", "note")
        return True, f"taken over from {name}"

    async def keep_telling(self) -> None:
        """The machine that led may wake at any time, and then has to learn that it leads no more."""
        while True:
            try:
                answer = await self.link.journal(1 << 30, self._by, leads=True)
                if answer["leads"] is False:
                    return
            except (OSError, Unanswered):
                pass
            await self._clock.sleep_until(self._clock.now() + 10 * PAUSE_NS)


class Plans:
    """The plans of a night, by their hash: this machine's own, and those that are compiled from the other's files."""

    def __init__(self, options: RunOptions, link: Leader, keep: Callable[[Mapping[str, str]], object]) -> None:
        self._options, self._link = options, link
        self.keep = keep
        self.known: dict[str, LoadedSheet] = {}
        self._texts: dict[str, str] = {}
        self._first: ShowRecord | None = None

    def plan_of(self, record: ShowRecord) -> Plan | None:
        found = self.known.get(record.plan or "")
        return None if found is None else found.plan

    async def fetch(self, record: Record) -> None:
        """Have the plan of this record at hand, if it brings one. Raises OSError, Unanswered and what `load` raises."""
        if not isinstance(record, ShowRecord) or record.files is None or not record.plan:
            return
        if record.state == "started":
            self._first = record
        for digest in record.files.values():
            if digest not in self._texts:
                self._texts[digest] = await self._link.file(digest)
        self.keep({digest: self._texts[digest] for digest in record.files.values()})
        if record.plan in self.known:
            return
        work = partial(load_kept, self._options, self._first or record, record, self._texts)
        self.known[record.plan] = await asyncio.get_running_loop().run_in_executor(None, work)


async def join(
    options: RunOptions, loaded: LoadedSheet, link: Leader, clock: Clock, by: str | None, say: Callable[[str], object]
) -> tuple[LoadedSheet, LoadedSheet, Journal, Plans]:
    """Wait until the other machine has the same plan as this one, and begin to follow it: with the sheet with which its
    night began, and the one that this machine has. Raises Unanswered and OSError."""
    told = ""
    while True:
        answer = await link.journal(0, None, within=leader.JOINING_S)
        if not answer["leads"]:
            raise Unanswered(f"{link.name} follows another machine itself.")
        if answer["plan"] == loaded.digest and answer["records"]:
            break
        text = (
            f"{link.name} runs another version of this sheet, or with other options. Waiting until both are the same:"
            " copy the files, and reload there."
        )
        if text != told:
            for sentence in await _overtaken(loaded, link):
                say(sentence)
            say(text)
            told = text
        await clock.sleep_until(clock.now() + NS)
        try:
            loaded = await asyncio.get_running_loop().run_in_executor(None, lambda: load(options))
        except UserError as error:
            say(str(error))
    zero = clock.now() - round(float(answer["elapsed_ms"]) * MS)
    first = from_json(answer["records"][0])
    if not isinstance(first, ShowRecord) or first.state != "started":
        raise Unanswered(f"The journal of {link.name} has no beginning.")
    await link.journal(0, by, within=leader.JOINING_S)  # whether this PIN may take over
    plans = Plans(options, link, lambda _files: None)
    await plans.fetch(first)
    begun = plans.known[first.plan or ""]
    return begun, loaded, Journal(begun.plan, first, zero=zero, plan_of=plans.plan_of), plans


async def _overtaken(loaded: LoadedSheet, link: Leader) -> list[str]:
    """This machine's sheets were the other one's earlier in the night: write what those say now. Raises Unanswered and
    OSError."""
    night: list[Record] = []
    answer = await link.journal(0, None, within=leader.JOINING_S)
    while answer["records"]:
        night += [from_json(data) for data in answer["records"] if data.get("kind") == "show"]
        last = answer["records"][-1]["seq"]
        if last >= answer["seq"]:
            break
        answer = await link.journal(last, None, within=leader.JOINING_S)
    states = [record.files for record in night if isinstance(record, ShowRecord) and record.files]
    texts = {digest: await link.file(digest) for digest in (states[-1] if states else {}).values()}
    work = partial(overtaken, loaded.sources, night, texts)
    return [text for text, _ in await asyncio.get_running_loop().run_in_executor(None, work)]


def in_own_log(record: Record, options: RunOptions, peer: str | None = None) -> Record:
    """A record of the machine that leads, as the one that follows keeps it: a start names this one's main file, and the
    page of the one that leads (`peer`). A restart of this machine finds both."""
    if not isinstance(record, ShowRecord) or record.state != "started":
        return record
    return replace(record, sheet=os.path.realpath(options.sheet), peer=peer)


def peers_of(records: tuple[Record, ...]) -> tuple[str, ...]:
    """The machines that may lead a show of which these are the records, the likeliest first."""
    return tuple(dict.fromkeys(one.peer for one in reversed(records) if isinstance(one, ShowRecord) and one.peer))


def _host(url: str) -> str:
    host = url.partition("://")[2]
    return host if host.startswith(("127.", "localhost", "[::1]")) else host.rpartition(":")[0]


def look_of(state: LinkState, now: int) -> list[object]:
    pose = state.pose
    age = None if state.heard is None else max(0, now - state.heard) // MS
    return [state.connected, age, state.error, state.power, pose.pan, pose.tilt, pose.zoom]


def state_of(look: list[Any]) -> tuple[int | None, LinkState]:
    connected, age, error, power, pan, tilt, zoom = look
    state = LinkState(connected=bool(connected), error=str(error), power=power, pose=Pose(pan, tilt, zoom))
    return None if age is None else round(age * MS), state
