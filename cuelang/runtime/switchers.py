"""The switchers of a running show: orders go to their links, what they say goes to playback.

A change was made by hand when no order of ours can have caused it. What an order of ours may cause is written down
when it is given: its target on program, what was there off it, its preview; requests in the switcher's own words may
cause anything. That holds until a second after the order is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang.clock import Clock
from cuelang.commands import Outcome, TallyMode
from cuelang.commands.switching import MIXES, OUTPUTS, Native, OutputName, Preview, SetOutput, SwitcherState
from cuelang.plain import short
from cuelang.plan import Plan, Switcher, SwitcherSource
from cuelang.playback.air import SILENT, SwitcherWord
from cuelang.playback.effects import Switch, WithholdOrder
from cuelang.playback.orders import length
from cuelang.protocols.orders import wire
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.board import Board, who
from cuelang.runtime.command_records import CommandRecord, OrderTimes, SentRecord
from cuelang.runtime.following import Mix
from cuelang.runtime.occurrences import HandCut, LinkChanged, OutputLost, SwitcherOccurrence
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.records import Record
from cuelang.runtime.stamp import Stamp
from cuelang.runtime.switcher_view import OutputRow, SourceRow, SwitcherRow
from cuelang.runtime.turns import Turns
from cuelang.switchers.link import SwitcherLink
from cuelang.switchers.words import word
from cuelang.units import MS, NS

AFTER_NS = NS
"""How long after an order is over what it causes is still ours."""
STEADY_NS = 120 * MS
"""How long preview and off have to last before they count as intended: on its way to program a source may be on
preview for an instant."""
LOOKING_NS, LOOK_NS = 3 * NS, 20 * MS
"""After a takeover: how long a switcher may take to say what it shows, and how often that is looked at."""
LOST_NS = 5 * NS
"""A switcher that has been silent for so long is lost."""


class Ours(Struct, eq=False):
    """What an order of ours may cause. `until` None: it is under way."""

    names: Mapping[str, frozenset[TallyMode]]
    by: str
    """Who asked for it."""
    anything: bool = False
    output: OutputName | None = None
    until: int | None = None


class Done(Struct):
    """How an order went. Times are loop ns."""

    effect: Switch
    sent: int | None = None
    acked: int | None = None
    done: int | None = None
    outcome: Outcome = "refused"
    reason: str = ""


class _Desk(Struct, eq=False):
    """What is known of one switcher beside its link."""

    switcher: Switcher
    link: SwitcherLink
    word: SwitcherWord = SILENT
    ours: list[Ours] = field(default_factory=list)
    by: str = ""
    """Who brought to program what is there: `by hand`, a cue, or the source of the request."""
    since: int | None = None
    output_since: dict[OutputName, int] = field(default_factory=dict)
    silent_since: int | None = None
    lost: bool = False
    opened: bool = False
    met: bool = False
    """It was connected once in this show."""


class Switchers:
    """`says` is called with what a switcher reports, `happened` with what was done by hand at one. What has become of
    each order is reported to the turns, with its record."""

    def __init__(
        self,
        clock: Clock,
        *,
        log: AsRun,
        records: RecordQueue,
        board: Board,
        turns: Turns,
        says: Callable[[str, SwitcherWord], None],
        happened: Callable[[SwitcherOccurrence], None],
    ) -> None:
        self._clock, self._log, self._records, self._board, self._turns = clock, log, records, board, turns
        self._says, self._happened = says, happened
        self._plan: Plan | None = None
        self._desks: dict[str, _Desk] = {}
        self._former: list[SwitcherLink] = []
        self._under: dict[int, tuple[str, Done, Ours]] = {}

    @property
    def busy(self) -> bool:
        """Whether the outcome of any order is still to come."""
        return bool(self._under)

    def load(self, plan: Plan, links: Mapping[str, SwitcherLink]) -> None:
        """The switchers of this plan, each with its link; a link that stays keeps what is known."""
        before, self._desks, self._plan = self._desks, {}, plan
        for switcher in plan.switchers:
            link = links.get(switcher.name)
            if link is None:
                continue
            desk = before.pop(switcher.name, None)
            if desk is None or desk.link is not link:
                if desk is not None:
                    self._former.append(desk.link)
                desk = _Desk(switcher, link)
            desk.switcher = switcher
            link.watcher = self
            self._desks[switcher.name] = desk
        self._former += [desk.link for desk in before.values()]
        for desk in self._desks.values():
            if desk.link.state.ready:
                self._speak(desk, quiet=True)

    async def open(self) -> None:
        """Open every link that is not open yet, all at the same time."""
        new = [desk for desk in self._desks.values() if not desk.opened]
        for desk in new:
            desk.opened = True
        await asyncio.gather(*(desk.link.open() for desk in new))

    async def meet(self) -> None:
        """Wait until all are connected, a second at most."""
        until = self._clock.now() + NS
        turns = 0
        while not all(desk.link.state.ready for desk in self._desks.values()) and self._clock.now() < until:
            turns += 1
            await (asyncio.sleep(0) if turns < 200 else self._clock.sleep_until(self._clock.now() + MS))

    async def close(self) -> None:
        for link in (*(desk.link for desk in self._desks.values()), *self._former):
            await link.close()

    # --- orders ----------------------------------------------------------------------------------------------

    def begin(self, effect: Switch) -> None:
        done = Done(effect)
        desk = self._desks.get(effect.switcher)
        if desk is None:
            done.reason, done.done = "this switcher has no link", self._clock.now()
            self._settle(done)
            return
        ours = self._causes(desk, effect)
        desk.ours.append(ours)
        self._under[effect.job] = (effect.switcher, done, ours)
        if desk.link.state.ready:
            done.sent = self._clock.now()
            self._records.add(done.sent, partial(SentRecord.of_order, effect, partial(self._frames, effect)))
        desk.link.do(
            effect.job,
            effect.order,
            accepted=partial(self._accepted, done),
            finished=partial(self._finished, effect.job),
        )

    def lost(self, effect: Switch, reason: str) -> tuple[int, Callable[[Stamp], Record]]:
        """It is not sent, for it may have been: the machine that had it to send is gone."""
        return self._record(effect, "unreachable", reason, OrderTimes(), {})

    def told(self, name: str, said: SwitcherWord) -> None:
        """What the machine that decides has been told by a switcher, for the screens."""
        desk = self._desks.get(name)
        if desk is not None and not desk.link.state.ready:
            desk.word = said

    def speak(self) -> None:
        """What each of them has said last."""
        for desk in self._desks.values():
            if desk.link.state.ready:
                self._says(desk.switcher.name, desk.word)

    def look(self, mix: Mix, reason: str, lost: Callable[[Switch], None], since: int | None = None) -> None:
        """A cut, dissolve or take that another machine may have sent: done, if the switcher shows it; waited for, while
        a transition runs; else sent, unless that machine's log says that it was."""
        effect, now = mix.effect, self._clock.now()
        since = now if since is None else since
        desk = self._desks.get(effect.switcher)
        ready = desk is not None and desk.link.state.ready
        if ready and desk is not None and not desk.word.transition:
            if mix.target is not None and desk.word.program == mix.target:
                record = self._record(effect, "completed", "the switcher shows it", OrderTimes(done=now), {})
                self._turns.report(effect.job, "completed", *record)
            elif mix.sent:
                lost(effect)
            else:
                self.begin(effect)
        elif now - since < (LOOKING_NS if not ready else length(effect.order) + LOOKING_NS):
            self._clock.at(now + LOOK_NS, self.look, mix, reason, lost, since)
        else:
            lost(effect)

    def withhold(self, effect: WithholdOrder) -> None:
        """An order that is not sent: it has its record all the same."""
        self._records.add(*self._record(effect, "refused", effect.reason, OrderTimes(), {}))

    def _frames(self, effect: Switch) -> dict[str, str]:
        return {} if self._plan is None else sent_words(self._plan, effect)

    def _settle(self, done: Done) -> None:
        times = OrderTimes(done.sent, done.acked, done.done)
        frames = {} if done.sent is None else self._frames(done.effect)
        record = self._record(done.effect, done.outcome, done.reason, times, frames)
        self._turns.report(done.effect.job, done.outcome, *record)

    def _record(
        self,
        what: Switch | WithholdOrder,
        outcome: Outcome,
        reason: str,
        times: OrderTimes,
        frames: Mapping[str, str],
    ) -> tuple[int, Callable[[Stamp], Record]]:
        now = self._log.whole(self._clock.now())
        self._board.order_ended(what, outcome, reason, now)
        ms = self._log.ms
        return now, lambda stamp: CommandRecord.of_order(what, outcome, reason, times, frames, ms, stamp)

    def _warn(self, text: str, warning: bool) -> None:
        self._turns.say(text, "warning" if warning else "note")

    def _accepted(self, done: Done, now: int) -> None:
        done.acked = now

    def _finished(self, job: int, outcome: Outcome, reason: str, now: int) -> None:
        _, done, ours = self._under.pop(job)
        done.outcome, done.reason, done.done = outcome, reason, now
        ours.until = now + AFTER_NS
        self._settle(done)

    def _causes(self, desk: _Desk, effect: Switch) -> Ours:
        """What this order may bring about."""
        order, word, switcher = effect.order, desk.word, desk.switcher
        if isinstance(order, Native):
            return Ours({}, effect.by, anything=True)
        if isinstance(order, SetOutput):
            return Ours({}, effect.by, output=order.output)
        target = effect.source or word.preview
        names: dict[str, frozenset[TallyMode]] = {}
        lit = _lit(switcher, word)
        for name, bus in lit.items():
            if bus == "preview" or (bus == "program" and isinstance(order, MIXES)):
                names[name] = frozenset(("off", "preview"))
        wanted: frozenset[TallyMode] = frozenset(("preview",) if isinstance(order, Preview) else ("preview", "program"))
        found = switcher.source(target) if target is not None else None
        for one in (target, *(found.cameras if found is not None else ())):
            if one is not None:
                names[one] = names.get(one, frozenset()) | wanted
        return Ours(names, effect.by)

    # --- what switchers say ----------------------------------------------------------------------------------

    def switcher_changed(
        self, link: SwitcherLink, before: SwitcherState, state: SwitcherState, by: tuple[object, ...]
    ) -> None:
        desk = self._desks.get(link.name)
        if desk is not None and desk.link is link:
            self._speak(desk, quiet=not (before.ready and state.ready))

    def switcher_link(self, link: SwitcherLink) -> None:
        desk = self._desks.get(link.name)
        if desk is None or desk.link is not link:
            return
        now = self._clock.now()
        if link.state.ready:
            desk.silent_since = None
            if not desk.met:
                desk.met = True
                self._missing(desk)
            elif desk.lost:
                self._warn(f"{link.name} answers again.", False)
            if desk.lost:
                desk.lost = False
                self._happened(LinkChanged(link.name, lost=False))
            return
        why = f": {link.error}" if link.error else ""
        if not desk.met:  # the state at the start of a show fires nothing
            self._warn(f"{link.name} cannot be reached{why}.", True)
        elif desk.silent_since is None:
            desk.silent_since = now
            self._warn(f"{link.name} does not answer{why}. Its last reported state is kept.", True)
            self._clock.at(now + LOST_NS, self._lost, desk, now)

    def switcher_note(self, link: SwitcherLink, text: str) -> None:
        self._warn(f"{link.name}: {text}.", False)

    def _lost(self, desk: _Desk, since: int) -> None:
        if desk.silent_since == since and not desk.lost and desk in self._desks.values():
            desk.lost = True
            self._happened(LinkChanged(desk.switcher.name, lost=True))

    def _missing(self, desk: _Desk) -> None:
        """Sources of the sheet that it does not have."""
        for source in desk.switcher.sources:
            if desk.link.machine.resolve(source.label) is None:
                self._warn(f"{desk.switcher.name} has no source “{source.label}” ({source.name} in the sheet).", True)

    def _speak(self, desk: _Desk, *, quiet: bool) -> None:
        """Pass on what it says. `quiet`: it was so already, and was not done just now."""
        before, state, now = desk.word, desk.link.state, self._clock.now()
        new = word(desk.switcher, desk.link.machine) if state.ready else replace(before, ready=False)
        if new == before:
            return
        desk.word = new
        desk.ours = [ours for ours in desk.ours if ours.until is None or now <= ours.until]
        self._outputs(desk, before, new, quiet)
        if new.program != before.program or (new.program is None and not quiet):
            self._cut(desk, before, new, quiet)
        self._says(desk.switcher.name, new)
        if not quiet and new.ready:
            self._hands(desk, before, new)

    def _cut(self, desk: _Desk, before: SwitcherWord, new: SwitcherWord, quiet: bool) -> None:
        if new.program == before.program:
            return
        desk.since = None if quiet else self._clock.now()
        desk.by = ""
        if quiet:
            return
        name = new.program
        named = [ours for ours in desk.ours if name is not None and "program" in ours.names.get(name, ())]
        mine = named or [ours for ours in desk.ours if ours.anything]
        desk.by = mine[-1].by if mine else "by hand"

    def _outputs(self, desk: _Desk, before: SwitcherWord, new: SwitcherWord, quiet: bool) -> None:
        now, name = self._clock.now(), desk.switcher.name
        for output in OUTPUTS:
            was, on = before.outputs.get(output), new.outputs.get(output)
            if on and not was:
                desk.output_since[output] = now
            elif was and on is False:
                desk.output_since.pop(output, None)
                if any(ours.output == output or ours.anything for ours in desk.ours):
                    continue
                what = "stream" if output == "stream" else "recording"
                if quiet:
                    self._warn(f"The {what} of {name} has ended while {name} was away.", True)
                    continue
                self._happened(OutputLost(name, output))

    def _hands(self, desk: _Desk, before: SwitcherWord, new: SwitcherWord) -> None:
        was, lit = _lit(desk.switcher, before), _lit(desk.switcher, new)
        for name, bus in lit.items():
            if was.get(name, "off") == bus:
                continue
            if any(ours.anything or bus in ours.names.get(name, ()) for ours in desk.ours):
                continue
            if bus == "program":
                self._happened(HandCut(desk.switcher.name, bus, name))
            else:
                self._clock.at(self._clock.now() + STEADY_NS, self._steady, desk, name, bus, was.get(name, "off"))

    def _steady(self, desk: _Desk, name: str, bus: TallyMode, was: TallyMode) -> None:
        if was != bus and desk.word.ready and _lit(desk.switcher, desk.word).get(name, "off") == bus:
            self._happened(HandCut(desk.switcher.name, bus, name))

    # --- what can be seen ------------------------------------------------------------------------------------

    def rows(self, now: int, there: Callable[[str], int | None]) -> tuple[SwitcherRow, ...]:
        """`there` says how long until a camera is at rest."""
        return tuple(self._row(desk, now, there) for desk in self._desks.values())

    def _row(self, desk: _Desk, now: int, there: Callable[[str], int | None]) -> SwitcherRow:
        switcher, link, said = desk.switcher, desk.link, desk.word
        state = link.state
        return SwitcherRow(
            switcher.name,
            switcher.url,
            "connected" if state.ready or (said.ready and not desk.opened) else "lost",
            None if link.heard is None else now - link.heard,
            short(link.error),
            said.program or (None if state.program is None else state.names.get(state.program) or state.program),
            said.preview or (None if state.preview is None else state.names.get(state.preview) or state.preview),
            who(desk.by),
            None if desk.since is None else now - desk.since,
            said.transition,
            tuple(
                OutputRow(output, on, now - desk.output_since[output] if on and output in desk.output_since else None)
                for output in OUTPUTS
                if (on := said.outputs.get(output)) is not None
            ),
            tuple(
                SourceRow(one.name, one.label, said.sources.get(one.name, "off"), one.cameras, _latest(one, there))
                for one in switcher.sources
            ),
            switcher.no_air,
            " ".join(filter(None, (state.model, state.version))),
            state.transitions,
        )


def sent_words(plan: Plan, effect: Switch) -> dict[str, str]:
    """What this order has sent, for the log: `hex` of an ATEM's commands, or `text`."""
    switcher = next((one for one in plan.switchers if one.name == effect.switcher), None)
    frames = [] if switcher is None else wire(switcher.at, effect.order, plan.settings.fps)
    found: dict[str, str] = {}
    for frame in frames:
        for key, text in frame.items():
            found[key] = f"{found[key]} {text}" if key in found else text
    return found


def _latest(source: SwitcherSource, there: Callable[[str], int | None]) -> int | None:
    times = [there(camera) for camera in source.cameras]
    known = [time for time in times if time is not None]
    return None if len(known) < len(times) else max(known, default=0)


def _lit(switcher: Switcher, said: SwitcherWord) -> dict[str, TallyMode]:
    """Each source and each camera of a switcher, and the bus that it is on."""
    lit: dict[str, TallyMode] = {source.name: said.sources.get(source.name, "off") for source in switcher.sources}
    for camera, mode in said.cameras.items():
        if lit.get(camera, "off") == "off":
            lit[camera] = mode
    return lit
