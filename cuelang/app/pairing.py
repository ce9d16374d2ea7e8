"""A show with a second machine: while this one follows it reads the journal and carries its requests to the leader;
when it leads, it continues from there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from cuelang import address
from cuelang.app.carrying import Carrier
from cuelang.app.loading import LoadedSheet, RunOptions, load, load_kept
from cuelang.app.reloading import Reloads
from cuelang.app.succession import SILENT_NS, in_own_log, look_of, state_of
from cuelang.app.twin import Twin
from cuelang.clock import Clock
from cuelang.plain import UserError
from cuelang.plan import Plan
from cuelang.runtime.executor import Executor
from cuelang.runtime.journal import Journal, NoPlan
from cuelang.runtime.records import Record, ShowRecord, TriggerRecord
from cuelang.runtime.running_show import Beside, DoneOrWhy
from cuelang.runtime.view import BehindView
from cuelang.sheets import Casting
from cuelang.units import MS, NS

SEVERAL = frozenset(("visca+udp", "cgi", "panasonic", "canon", "sim"))
"""Schemes of cameras that several machines may be connected to."""
LATER = "its line is opened at a takeover"

AT_ONCE = 100
"""Records that are followed in one turn of the loop."""

RELOAD_S = 20.0
"""How long the other machine may take to read its sheet again."""

TAKING_NS = 3 * NS
"""How long a takeover by hand may take."""


def journal_of(twin: Twin, options: RunOptions, known: dict[str, LoadedSheet], clock: Clock) -> Journal | None:
    """The list of the machine that leads, told nothing yet; None: the plan with which its show began is not to be
    had. `known` are plans by their digest."""
    first = twin.records[0]
    if not isinstance(first, ShowRecord):
        return None
    plan_of = partial(_plan_of, twin, options, first, known)
    plan = plan_of(first)
    if plan is None:
        return None
    zero = twin.zero
    return Journal(plan, first, zero=clock.now() - _last_ms(twin) if zero is None else zero, plan_of=plan_of)


def _last_ms(twin: Twin) -> int:
    return round(max(record.t_ms for record in twin.records) * MS)


def _plan_of(
    twin: Twin, options: RunOptions, first: ShowRecord, known: dict[str, LoadedSheet], record: ShowRecord
) -> Plan | None:
    digest = record.plan or ""
    if digest not in known:
        try:
            known[digest] = load_kept(options, first, record, twin.files)
        except UserError:
            return None
    return known[digest].plan


class Pairing:
    """`say` informs the operator. `known` are the sheets of the night, by the digests of their plans. `journal` answers
    for the journal of this machine."""

    def __init__(
        self,
        twin: Twin,
        options: RunOptions,
        known: dict[str, LoadedSheet],
        executor: Executor,
        reloads: Reloads,
        clock: Clock,
        journal: Beside,
        *,
        say: Callable[[str], None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._twin, self._options, self._known = twin, options, known
        self._executor, self._reloads, self._clock, self._spawn = executor, reloads, clock, spawn
        self._say, self._journal = say, journal
        self._reloading = asyncio.Lock()
        self.carrier = Carrier(twin, executor, clock, spawn)
        self._unread: deque[Record] = deque(twin.records if self.follows else ())
        self._reads = False
        self._ahead: set[str] = set()
        executor.followed = not self.follows
        if not self.follows:
            self.carrier.lead()
        twin.lead = self._lead
        twin.heard, twin.asked, twin.time = self._hear, self._carried, self._time
        twin.looked = self._stand
        twin.looks, twin.seen = self._looks, self._seen
        reloads.agreed = self._agree

    @property
    def follows(self) -> bool:
        return self._executor.following is not None

    def _time(self) -> float | None:
        return None if self.follows else self._executor.ms(self._clock.now())

    # --- following -----------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Open what several may hold, which only asks, and read the journal."""
        self._twin.ask_cameras()
        self._open_ahead()
        while self._unread and self.follows:
            self._follow(AT_ONCE)
            await asyncio.sleep(0)
        self._twin.ready(True)

    def _open_ahead(self) -> None:
        """The cameras and switchers that more than one machine may be connected to, as far as they are not open yet.
        The others say when they will be."""
        executor = self._executor
        for camera in executor.plan.cameras:
            if camera.disabled or camera.name in self._ahead:
                continue
            if address.parse(camera.url).scheme in SEVERAL:
                self._ahead.add(camera.name)
                self._spawn(executor.devices.cameras.open_one(camera.name))
            elif camera.name in executor.drivers:
                executor.drivers[camera.name].state.error = LATER
        self._spawn(executor.devices.switchers.open())

    def _looks(self) -> dict[str, list[object]]:
        now = self._clock.now()
        return {name: look_of(driver.state, now) for name, driver in self._executor.drivers.items()}

    def _seen(self, looks: dict[str, list[Any]]) -> None:
        """What the leader knows of cameras whose lines are not open here."""
        for name, look in looks.items():
            with suppress(TypeError, ValueError):
                age, state = state_of(look)
                state.error = state.error or LATER
                self._executor.takeover.seen(name, age, state)

    def _hear(self, record: Record) -> None:
        """Who has led here reads nothing more: it ends, and begins again behind the other machine."""
        if self.follows:
            self._unread.append(record)
            self._read_soon()

    def _read_soon(self) -> None:
        if not self._reads:
            self._reads = True
            asyncio.get_running_loop().call_soon(self._read)

    def _read(self) -> None:
        self._reads = False
        self._follow(AT_ONCE)
        if self._unread and self.follows:
            self._read_soon()

    def _follow(self, most: int) -> None:
        following = self._executor.following
        while self._unread and following is not None and most:
            most -= 1
            record = self._unread.popleft()
            zero = self._twin.zero
            if zero is not None and following.idle:
                following.shift(zero - following.journal.zero)
            try:
                self._executor.takeover.follow(in_own_log(record, self._options))
            except NoPlan:
                self._twin.ready(False)
                self._say("The machine that leads has read another sheet. This one waits until the two are the same.")
                self._twin.restart()
                return
            if isinstance(record, TriggerRecord):
                self.carrier.took(record.source, record.request)
            elif isinstance(record, ShowRecord) and record.state == "reloaded":
                self._spawn(self._reloaded(self._known[record.plan or ""]))

    async def _reloaded(self, loaded: LoadedSheet) -> None:
        """The leader has another sheet or other stand-ins, and so has this machine."""
        self._twin.digest = loaded.digest
        async with self._reloading:
            known = dict(self._executor.drivers)
            await self._reloads.follow(loaded)
        if self.follows:
            self._ahead = {name for name in self._ahead if self._executor.drivers.get(name) is known.get(name)}
            self._open_ahead()

    # --- taking over ---------------------------------------------------------------------------------------

    def _lead(self) -> None:
        if self.follows:
            self._spawn(self._take_over())

    async def _take_over(self) -> None:
        twin, executor = self._twin, self._executor
        other = twin.other
        twin.begin(fresh=False)
        await twin.caught_up()
        self._follow(len(self._unread))
        if not self.follows:
            return
        later = [name for name in executor.drivers if name not in self._ahead]
        executor.followed = True
        executor.takeover.lead(other, later)
        self.carrier.lead()
        await asyncio.gather(self._executor.devices.switchers.open(), *map(self._open, later))

    async def _open(self, camera: str) -> None:
        self._executor.drivers[camera].state.error = ""
        await self._executor.devices.cameras.open_one(camera)
        self._executor.takeover.catch_up(camera)

    # --- who leads -----------------------------------------------------------------------------------------

    def _stand(self) -> None:
        """For the screens."""
        twin = self._twin
        behind = None
        if twin.stuck:
            behind = BehindView(twin.other, stuck=True)
        elif self.follows:
            silent = twin.silent
            behind = BehindView(twin.other, silent if silent is not None and silent >= SILENT_NS else None)
        self._executor.takeover.stands(behind, (twin.other,) if twin.followed else ())

    def leads(self) -> dict[str, object]:
        """Whether this machine leads, and which night."""
        return {**self._journal.leads(), "leads": self._twin.leads and not self.follows}

    async def journal(self, after: int, by: str | None, leads: bool) -> dict[str, object]:
        """As of any show, for those that only read it: a third machine cannot take over. Raises OSError."""
        if by is not None:
            raise OSError("this show has a second machine (--twin), which alone may take over")
        return {**await self._journal.journal(after, None, leads), **self.leads()}

    async def file(self, digest: str) -> str | None:
        """A file of the plan by its SHA-256."""
        return await self._journal.file(digest)

    async def take_over(self, source: str) -> DoneOrWhy:
        """A person wants this machine to lead, or to continue alone."""
        other, led = self._twin.other, not self.follows
        why = self._twin.take()
        if why:
            return False, why
        until = self._clock.now() + TAKING_NS
        while (self.follows or not self._twin.may_send()) and self._clock.now() < until:
            await self._clock.sleep_until(self._clock.now() + 10 * MS)
        if self.follows or not self._twin.may_send():
            return False, f"{other} leads on; the servers have not given this machine the lead"
        self._executor.say(f"Takeover requested by {source}.", "note")
        return True, "this machine continues alone" if led else f"taken over from {other}"

    # --- what is carried -----------------------------------------------------------------------------------

    async def carry(self, what: dict[str, Any]) -> DoneOrWhy:
        """Something that an operator sets, at this machine, which follows."""
        return await self.carrier.set(what)

    async def _carried(self, what: dict[str, Any], age: int) -> Any:
        """From the other machine."""
        if "reload" in what:
            casting = Casting(tuple((a, b) for a, b in what["swaps"]), bool(what["anyway"]))
            return {"why": await self._prepared(str(what["reload"]), casting, same=bool(what["same"]))}
        return await self.carrier.carried(what, age)

    # --- a reload ------------------------------------------------------------------------------------------

    async def _agree(self, loaded: LoadedSheet) -> str:
        """Whether the other machine has read the same. Why a reload is not taken; empty: it is."""
        self._known[loaded.digest] = loaded
        if not self.follows and self._twin.there:
            casting, same = loaded.casting, loaded.files == self._reloads.loaded.files
            what = {"reload": loaded.digest, "swaps": casting.swaps, "anyway": casting.anyway, "same": same}
            answer = await self._twin.carry(what, self._clock.now(), RELOAD_S)
            if isinstance(answer, dict) and answer.get("why"):
                return f"the other machine cannot take it: {answer['why']}"
        self._twin.digest, self._twin.casting = loaded.digest, loaded.casting
        return ""

    async def _prepared(self, digest: str, casting: Casting, *, same: bool) -> str:
        """Read the sheet of this machine, which is to have this digest; `same`: not again, only with other stand-ins.
        Why it has not; empty: it has."""
        texts = {name: source.text for name, source in self._reloads.loaded.sources.items()} if same else None
        try:
            loaded = await asyncio.get_running_loop().run_in_executor(
                None, partial(load, self._options, casting=casting, texts=texts)
            )
        except UserError as error:
            return str(error)
        if loaded.digest != digest:
            return "its sheet is another one"
        self._known[digest] = loaded
        return ""
