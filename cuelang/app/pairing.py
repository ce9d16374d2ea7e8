"""A show with a second machine: while this one follows it reads the journal and carries its requests to the leader;
when it leads, it continues from there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from cuelang import address
from cuelang.app.loading import Loaded, Options, Refused, load, load_kept
from cuelang.app.reloading import Reloads
from cuelang.app.succession import SILENT_NS, in_own_log
from cuelang.app.twin import Twin
from cuelang.clock import Clock
from cuelang.library import Unreadable
from cuelang.plan import Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.runtime.carried import Twice, read, written
from cuelang.runtime.executor import Executor
from cuelang.runtime.journal import Journal, NoPlan
from cuelang.runtime.records import Record, ShowRecord, TriggerRecord
from cuelang.runtime.running_show import Beside
from cuelang.runtime.view import BehindView
from cuelang.sheets import Casting, Usage
from cuelang.units import MS, NS

AT_ONCE = 100
"""Records that are followed in one turn of the loop."""

REMEMBERED_NS = 3 * NS
"""How long a request of the journal is known again at a takeover."""

RELOAD_S = 20.0
"""How long the other machine may take to read its sheet again."""

CARRIED_NS = 2 * NS
"""How long a request waits for a machine that leads."""
AGAIN_S = 0.05

TAKING_NS = 3 * NS
"""How long a takeover by hand may take."""

NO_LEADER = "the machine that leads does not answer"


def journal_of(twin: Twin, options: Options, known: dict[str, Loaded], clock: Clock) -> Journal | None:
    """The list of the machine that leads, told nothing yet; None: the plan with which its show began is not to be
    had. `known` are plans by their digest."""
    first = twin.records[0]
    assert isinstance(first, ShowRecord)
    plan_of = partial(_plan_of, twin, options, first, known)
    plan = plan_of(first)
    if plan is None:
        return None
    zero = twin.zero
    return Journal(plan, first, zero=clock.now() - _last_ms(twin) if zero is None else zero, plan_of=plan_of)


def _last_ms(twin: Twin) -> int:
    return round(max(record.t_ms for record in twin.records) * MS)


def _plan_of(
    twin: Twin, options: Options, first: ShowRecord, known: dict[str, Loaded], record: ShowRecord
) -> Plan | None:
    digest = record.plan or ""
    if digest not in known:
        try:
            known[digest] = load_kept(options, first, record, twin.files)
        except (Unreadable, Usage, Refused):
            return None
    return known[digest].plan


class Pairing:
    """`say` and `tell` inform the operator; `over` ends the show here, because the other machine leads or has begun
    another one. `journal` answers for the journal of this machine."""

    def __init__(
        self,
        twin: Twin,
        options: Options,
        loaded: Loaded,
        known: dict[str, Loaded],
        executor: Executor,
        reloads: Reloads,
        clock: Clock,
        journal: Beside,
        *,
        say: Callable[[str], None],
        tell: Callable[[str, bool], None],
        over: Callable[[], None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._twin, self._options, self._known = twin, options, known
        self._executor, self._reloads, self._clock, self._spawn = executor, reloads, clock, spawn
        self._say, self._journal = say, journal
        self._reloading = asyncio.Lock()
        self._twice = Twice()
        self._unread: deque[Record] = deque(twin.records if self.follows else ())
        self._reads = False
        self._asked: deque[tuple[int, str, str]] = deque()
        """Requests of the journal, and when they came."""
        self._leads = asyncio.Event()
        known[loaded.digest] = loaded
        self._ahead: set[str] = set()
        executor.followed = not self.follows
        if not self.follows:
            self._leads.set()
        twin.lead, twin.follow, twin.restart = self._lead, over, over
        twin.heard, twin.asked, twin.time = self._hear, self._carried, self._time
        twin.looked = self._stand
        twin.attend(tell)
        reloads.agreed = self._agree

    @property
    def follows(self) -> bool:
        return self._executor.following is not None

    def _time(self) -> float | None:
        return None if self.follows else self._executor.ms(self._clock.now())

    # --- following -----------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Open what several may hold, and read the journal."""
        for camera in self._executor.plan.cameras:
            if not camera.disabled and address.parse(camera.url).scheme == "visca+udp":
                self._ahead.add(camera.name)
        await asyncio.gather(*map(self._executor.open_one, self._ahead))
        while self._unread:
            self._follow(AT_ONCE)
            await asyncio.sleep(0)
        self._twin.ready(True)

    def _hear(self, record: Record) -> None:
        self._unread.append(record)
        if not self._reads:
            self._reads = True
            asyncio.get_running_loop().call_soon(self._read)

    def _read(self) -> None:
        self._reads = False
        self._follow(AT_ONCE)
        if self._unread and not self._reads:
            self._reads = True
            asyncio.get_running_loop().call_soon(self._read)

    def _follow(self, most: int) -> None:
        following = self._executor.following
        while self._unread and following is not None and most:
            most -= 1
            record = self._unread.popleft()
            zero = self._twin.zero
            if zero is not None and following.idle:
                following.shift(zero - following.journal.zero)
            try:
                self._executor.follow(in_own_log(record, self._options))
            except NoPlan:
                self._twin.ready(False)
                self._say("The machine that leads has read another sheet. This one waits until the two are the same.")
                self._twin.restart()
                return
            if isinstance(record, TriggerRecord):
                self._asked.append((self._clock.now(), record.source, record.request))
            elif isinstance(record, ShowRecord) and record.state == "reloaded":
                self._spawn(self._reloaded(self._known[record.plan or ""]))

    async def _reloaded(self, loaded: Loaded) -> None:
        """The leader has another sheet or other stand-ins, and so has this machine."""
        self._twin.digest = loaded.digest
        async with self._reloading:
            await self._reloads.take(loaded)

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
        executor.lead(other, later)
        self._leads.set()
        await asyncio.gather(self._executor.open_switchers(), *map(self._open, later))

    async def _open(self, camera: str) -> None:
        await self._executor.open_one(camera)
        self._executor.catch_up(camera)

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
        self._executor.stands(behind, (twin.other,) if twin.followed else ())

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

    async def take_over(self, source: str) -> tuple[bool, str]:
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

    # --- requests ------------------------------------------------------------------------------------------

    def request(self, request: Request) -> Verdict | None:
        """From a door of this machine."""
        if not self.follows:
            return self._twofold(request, here=True) or self._executor.request(request)
        if not request.schedule and not request.automatic:
            self._spawn(self._settled(request))
        return None

    async def decide(self, request: Request) -> Verdict:
        """From a door of this machine that answers its sender."""
        if not self.follows:
            return self._twofold(request, here=True) or await self._executor.decide(request)
        return await self._carry(request)

    async def _settled(self, request: Request) -> None:
        verdict = await self._carry(request)
        if verdict.verdict != "fired":
            self._executor.settled(verdict)

    def _twofold(self, request: Request, *, here: bool) -> Verdict | None:
        if not self._twice.again(request, here=here):
            return None
        verdict = Verdict(request, "duplicate", "the other machine has had it too")
        self._executor.settled(verdict)
        return verdict

    async def _carry(self, request: Request) -> Verdict:
        """To the machine that leads; to this one, if that is this one by then. While the lead goes from one machine to
        the other neither has it: that is waited for."""
        until = self._clock.now() + CARRIED_NS
        while self.follows and self._clock.now() < until:
            ways = [
                asyncio.ensure_future(self._twin.carry({"request": written(request)}, request.received)),
                asyncio.ensure_future(self._leads.wait()),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                answer = ways[0].result() if ways[0].done() else None
                if isinstance(answer, dict) and answer.get("verdict"):
                    return Verdict(request, answer["verdict"], str(answer.get("reason")), did=str(answer.get("did")))
                await asyncio.wait(ways[1:], timeout=AGAIN_S)
            finally:
                for way in ways:
                    way.cancel()
        if self.follows:
            return Verdict(request, "refused", NO_LEADER)
        if self._was_asked(request):
            return Verdict(request, "duplicate", "the machine that led has had it")
        return self._twofold(request, here=True) or await self._executor.decide(request)

    def _was_asked(self, request: Request) -> bool:
        now = self._clock.now()
        known = [(source, text) for at, source, text in self._asked if now - at < REMEMBERED_NS]
        return (request.source, request.text) in known

    async def _carried(self, what: dict[str, Any], age: int) -> Any:
        """From the other machine."""
        if "request" in what:
            if self.follows:
                return {"follows": True}
            request = read(what["request"], self._executor.plan, self._clock.now() - age)
            if request is None:
                return {"verdict": "refused", "reason": "the two machines do not speak alike", "did": ""}
            verdict = self._twofold(request, here=False) or await self._executor.decide(request)
            return {"verdict": verdict.verdict, "reason": verdict.reason, "did": verdict.did}
        if "reload" in what:
            casting = Casting(tuple((a, b) for a, b in what["swaps"]), bool(what["anyway"]))
            return {"why": await self._prepared(str(what["reload"]), casting, same=bool(what["same"]))}
        return None

    # --- a reload ------------------------------------------------------------------------------------------

    async def _agree(self, loaded: Loaded) -> str:
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
        except (Unreadable, Usage, Refused) as error:
            return str(error)
        if loaded.digest != digest:
            return "its sheet is another one"
        self._known[digest] = loaded
        return ""
