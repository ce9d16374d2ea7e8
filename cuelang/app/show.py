"""The one place that joins the packages: files, compiler, cameras, doors, executor and log become a running show.

A screen is a coroutine that draws `LiveShow.view()` and turns keys into requests; it comes in from outside, so
that this module knows nothing of terminals. Without one, every happening is a line on standard output.

Everything here lives on one loop, but three things: the log is synced, lines are printed and a reload is compiled
on threads, so that no disk, no pipe and no long sheet delays a cue.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from cuelang import clock as clocks
from cuelang import rig
from cuelang.app.desk import ask, desk_of
from cuelang.app.loading import LoadedSheet
from cuelang.app.machines import Machines
from cuelang.app.night_log import NightLog
from cuelang.app.notices import ShowNotices
from cuelang.app.reloading import Reloads
from cuelang.app.scripted import perform
from cuelang.app.setting import Beginning, FollowedMachine, ShowSetting
from cuelang.app.show_words import simulated, slept
from cuelang.app.tonight import Tonight
from cuelang.clock.awake import Awake
from cuelang.clock.signals import ENDING, hang_up, on_signals
from cuelang.clock.zones import show_zone
from cuelang.plain import failure, plain_lines
from cuelang.playback import script
from cuelang.playback.effects import Effect, Say
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, Outset, ShowLines
from cuelang.runtime.occurrences import SwitcherOccurrence
from cuelang.runtime.records import Record
from cuelang.runtime.running_show import RunningShow
from cuelang.runtime.view import Screen
from cuelang.sheets.drafts import Drafts
from cuelang.triggers.doors import Doors
from cuelang.units import NS
from cuelang.web.listen import WebDoor

SHOWN_MESSAGES = 20
"""Messages of the inputs that screens get."""
OPENING_S = 1.0
"""Seconds that the start of a show waits for its cameras to answer and for the names of other hosts to be looked up;
both go on by themselves."""


class Show:
    """A show from the opening of its log to the closing of it."""

    def __init__(self, setting: ShowSetting, doors: Doors, beginning: Beginning) -> None:
        options, loaded, after = setting.options, setting.loaded, beginning.after
        clock, zone = clocks.current(), show_zone(loaded.plan.settings.timezone)
        self._setting, self._beginning, self._options, self._doors = setting, beginning, options, doors
        self._clock, self._ended = clock, asyncio.Event()
        self._beats: clocks.Handle | None = None
        self.notices = ShowNotices()
        log = NightLog(setting, beginning, clock, zone, self.notices.say)
        self._tonight = Tonight(clock, zone, log, self.notices, clocks.Tasks())
        self._spawn = self._tonight.tasks.spawn
        self._awake = Awake(self.notices.note)
        self._rig = rig.Rig(
            simulate=options.simulate,
            live_outputs=options.live_outputs,
            zone=zone,
            note=self.notices.note,
            problem=self.notices.say,
        )
        self._executor = self._executor_of(loaded, beginning)
        log.keep(loaded.texts)
        self._reloads = Reloads(
            options, loaded, self._executor, self._rig, doors, self._spawn, log.keep, clock, setting.own
        )
        self._reloads.listening = beginning.follows is None
        self._machines = Machines(self._executor, self._reloads, self._tonight, self._ended.set)
        if beginning.behind is not None:
            self._machines.follow(beginning.behind, options, self._lead)
        if beginning.pair is not None:
            self._machines.join(beginning.pair, options, loaded)
        self.desk = desk_of(options, self._executor, doors, self._reloads, self._machines, self._tonight, self.quit)
        screens = self._executor.screens
        screens.driven = lambda: doors.gestures.driven
        screens.inputs, screens.heard = lambda: doors.ears.rows, lambda: doors.ears.messages(SHOWN_MESSAGES)
        if after is not None and options.resume:
            self._executor.notebook.restore(after.crash.records, logged=after.playback is not None)
            self.desk.switches.restore(after.crash.records, logged=after.playback is not None)
        log.hand_to(self._copied)
        doors.connect(self.desk.entry, self._rig.answering)
        if self._machines.pair is not None:
            self._machines.pair.carrier.serve(self.desk.entry)

    def _executor_of(self, loaded: LoadedSheet, beginning: Beginning) -> Executor:
        plan, before, after, doors = loaded.plan, beginning.before, beginning.after, self._doors
        self._rig.take(plan)
        return Executor(
            plan,
            ShowLines(self._rig.drivers, self._rig.outputs, self._rig.switchers.take(plan)),
            log=self._tonight.log.records,
            clock=self._clock,
            zone=self._tonight.zone,
            outset=Outset(
                air=before.air,
                words=before.words,
                asked=before.asked,
                start=self._options.start,
                playback=after.playback if after is not None else None,
                follows=beginning.follows,
                rehearsed=loaded.rehearsed,
                simulated=self._options.simulate,
            ),
            edition=loaded.edition,
            hooks=Hooks(
                on_reload=lambda request: self._reloads.ask(request),
                on_effect=doors.effect if beginning.follows is None else self._effect,
                on_skip=doors.skip,
                on_swap=lambda request: self._reloads.swap(request),
                on_occurrence=self._occurred,
            ),
        )

    @property
    def superseded(self) -> bool:
        """The other machine of two leads, or has begun another show."""
        return self._machines.superseded

    # --- the operator --------------------------------------------------------------------------------------

    def quit(self) -> None:
        """The stops leave at once; what has to be closed is closed afterwards."""
        if self.notices.begun and not self._ended.is_set() and not self._machines.leads_now:
            self._executor.stop_all()
        self._ended.set()

    # --- what the operator is to know ------------------------------------------------------------------------

    def _copied(self, record: Record) -> None:
        """A record, of which the doors have to know if another machine has written it."""
        if self._executor.following is not None:
            self.desk.take(record)

    def _occurred(self, what: SwitcherOccurrence) -> None:
        if self.notices.begun:
            self._doors.happened(what)

    # --- the show ------------------------------------------------------------------------------------------

    async def run(self) -> str:
        """Returns the address of the machine that leads the show now, empty if it has ended."""
        with self._signals():
            try:
                await (self._begin() if self._beginning.behind is None else self._begin_behind(self._beginning.behind))
                await self._ended.wait()
            finally:
                await self._close()
        return self._machines.leads_now

    def _effect(self, effect: Effect) -> None:
        """Of a show that followed another machine."""
        self._doors.effect(effect)
        if isinstance(effect, Say) and self._executor.following is not None:
            self._tonight.log.print(effect.text)

    # --- two machines --------------------------------------------------------------------------------------

    async def _begin_behind(self, behind: FollowedMachine) -> None:
        """Nothing is opened and nothing is sent until this machine leads."""
        self._spawn(self.desk.framing.begin())
        self.notices.begin(self._executor.say)
        self._executor.say(f"This machine follows {behind.link.name} and sends nothing.", "note")
        if self._options.awake:
            self._awake.ask()
        if self._setting.web is not None and self._setting.web.url:
            self._spawn(self._serve(self._setting.web))
        self._machines.succession.start()
        assert self._machines.succession.follower is not None
        self._spawn(self._machines.succession.follower.run())
        if self._setting.screen is not None:
            self._spawn(self._draw(self._setting.screen))

    def _lead(self, of: str) -> None:
        """From now on this machine leads: stops that are owed go out with the first line that is open."""
        cameras = tuple(self._executor.drivers)
        self._executor.takeover.lead(of, cameras)
        self._executor.takeover.stands(None)
        for camera in cameras:
            self._spawn(self._catch_up(camera))
        self._spawn(self._executor.open())
        for output in self._rig.outputs.values():
            self._spawn(output.open())
        self._listen()
        self._beat()
        if self._machines.succession.follower is not None:
            self._spawn(self._machines.succession.follower.keep_telling())

    async def _catch_up(self, camera: str) -> None:
        await asyncio.wait([self._spawn(self._executor.devices.cameras.open_one(camera))], timeout=OPENING_S)
        self._executor.takeover.catch_up(camera)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C, SIGTERM and the end of the terminal end the show in order; `nohup` keeps it. Errors in callbacks
        are reported, not printed."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._mishap)
        try:
            with on_signals(self.quit, *ENDING, *hang_up()):
                yield
        finally:
            loop.set_exception_handler(None)

    async def _begin(self) -> None:
        plan, outputs, pair = self._setting.loaded.plan, self._rig.outputs.values(), self._machines.pair
        await self.desk.framing.begin()
        follows = pair is not None and pair.follows
        opens = pair.begin() if pair is not None and follows else self._executor.open()
        opening = [self._spawn(work) for work in (opens, *(output.open() for output in outputs))]
        await asyncio.wait(opening, timeout=OPENING_S)
        after, before = self._beginning.after, self._beginning.before
        if after is not None:
            self._executor.halt(after.stop, after.said)
        self.notices.begin(self._executor.say)
        for sentence in filter(None, map(rig.password_missing, () if self._options.simulate else plan.switchers)):
            self._executor.say(sentence)
        if not follows:
            self._set_out()
        if before.taken:
            self._executor.say(before.taken, "note")
        if self._options.simulate:
            self._executor.say(simulated(plan, self._options.live_outputs), "note")
        for sentence in rig.waits_for(plan):
            self._executor.say(sentence)
        if self._options.awake:
            self._awake.ask()
        self._clock.watch_sleep(lambda ns: self.notices.say(slept(ns)))
        self._machines.succession.start()
        if self._setting.web is not None and self._setting.web.url:
            self._spawn(self._serve(self._setting.web))
        self._listen()
        self._beat()
        if self._setting.screen is not None:
            self._spawn(self._draw(self._setting.screen))
        if self._setting.asks is not None and not follows:
            self._spawn(self._perform(self._setting.asks))

    def _set_out(self) -> None:
        """What the command line asks of a show that begins here."""
        if self._options.off_air and not self.desk.switches.locked:
            ask(self._executor, self._clock, "off air", "--off-air")
        if self._options.by_hand:
            ask(self._executor, self._clock, "cutting by hand", "--cutting hand")

    def _listen(self) -> None:
        """The inputs may fire from now on. A show that follows may have had another plan since they were opened."""
        self._doors.start()
        if not self._reloads.listening:
            self._reloads.listening = True
            self._doors.reload(self._executor.plan)

    def _beat(self) -> None:
        """Once a second."""
        self._executor.beat()
        self._beats = self._clock.at(self._clock.now() + NS, self._beat)

    async def _close(self) -> None:
        if self._beats is not None:
            self._beats.cancel()
        await self._doors.close()
        self._machines.succession.stop()
        adrift: tuple[str, ...] = ()
        if self._machines.left:
            await self._executor.close_lines()
        else:
            adrift = await self._executor.stop_show()
        self._executor.takeover.close()
        if self._beginning.behind is not None:
            await self._beginning.behind.link.close()
        await self.desk.framing.close()
        await self._awake.close()
        if self._setting.web is not None:
            await self._setting.web.close()
        await self._tonight.tasks.end()
        for text in (*adrift, *self._executor.notebook.told):
            print(plain_lines(text), file=sys.stderr)  # noqa: T201 - the screen is gone
        lacks = await self._tonight.log.close()
        if lacks:
            print(lacks, file=self._setting.err)

    def _mishap(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.notices.say(f"Internal error; the show continues: {context['message']} {error or ''}".rstrip())

    async def _draw(self, screen: Screen) -> None:
        """A screen that breaks is not the end of the show: it goes on with lines. A terminal that is gone is the end,
        whether its signal comes or not: make, for one, keeps it to itself."""
        try:
            await screen(self.desk.console)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EIO and hang_up():
                self.quit()
                return
            self._tonight.log.print_to(self._setting.err)
            self._executor.say(f"The screen failed ({failure(error)}); the show continues, Ctrl-C ends it.")
            return
        self.quit()

    async def _serve(self, door: WebDoor) -> None:
        """Whatever goes wrong with the page, the show goes on."""
        running = RunningShow(
            self._executor,
            zone=self._tonight.zone,
            records=door.records,
            entry=self.desk.entry,
            switches=self.desk.switches,
            switchers=self._rig.switchers,
            skipped=self._doors.skipped,
            framing=self.desk.framing,
            drafts=Drafts(self._options.sheet, self._options.rig, self._options.settings, self._options.without),
            beside=self._machines.beside,
        )
        try:
            await door.open(running, self._clock, self.notices.say)
        except (OSError, ImportError) as error:
            self.notices.say(f"The operator's page cannot be opened: {error}. The show continues without it.")
            return
        self._executor.hooks.on_change = door.changed
        self._doors.ears.on_heard = door.changed
        print_of = f", certificate (SHA-256) {door.fingerprint}" if door.fingerprint else ""
        self._executor.tell(f"The operator's page: {door.url}{print_of}")
        self._tonight.log.print(f"The operator's page: {door.url}{print_of}")

    async def _perform(self, asks: Sequence[script.ScriptAsk]) -> None:
        await perform(asks, self._executor, self._clock, self._rig.switchers.by_hand)
        self.quit()
