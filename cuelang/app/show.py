"""The one place that joins the rooms: files, compiler, cameras, doors, executor and log become a running show.

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
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from cuelang import clock as clocks
from cuelang import rig
from cuelang.app.console import Console
from cuelang.app.entry import Entry
from cuelang.app.framing import Framing
from cuelang.app.framing_copies import preset_record
from cuelang.app.night_log import NightLog
from cuelang.app.pairing import Pairing
from cuelang.app.reloading import Reloads
from cuelang.app.scripted import perform
from cuelang.app.setting import Beginning, FollowedMachine, ShowSetting
from cuelang.app.show_words import simulated, slept
from cuelang.app.succession import Follower, Guard, Succession
from cuelang.app.switches import Switches
from cuelang.clock.awake import Awake
from cuelang.clock.signals import ENDING, hang_up, on_signals
from cuelang.clock.zones import show_zone
from cuelang.plain import failure, plain_lines
from cuelang.playback import script
from cuelang.playback.effects import Effect, Request, Say, Verb
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, Lines, Outset
from cuelang.runtime.occurrences import SwitcherOccurrence
from cuelang.runtime.records import Record
from cuelang.runtime.running_show import Beside, RunningShow
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
        options, loaded, web, after = setting.options, setting.loaded, setting.web, beginning.after
        plan, clock, behind, pair = loaded.plan, clocks.current(), beginning.behind, beginning.pair
        self._setting, self._beginning, self._options, self._plan = setting, beginning, options, plan
        self._web, self._doors = web, doors
        self.superseded = False
        """The other machine of two leads, or has begun another show."""
        self._leads_now = ""
        self._clock, self._zone = clock, show_zone(plan.settings.timezone)
        self._beats: clocks.Handle | None = None
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = False
        self._early: list[tuple[str, Literal["note", "warning"]]] = []
        self._night = NightLog(setting, beginning, clock, self._zone, self.say)
        self._log = self._night.records
        self._rig = rig.Rig(
            simulate=options.simulate,
            live_outputs=options.live_outputs,
            zone=self._zone,
            note=lambda text: self.say(text, "note"),
            problem=self.say,
        )
        self._rig.take(plan)
        self._executor = Executor(
            plan,
            Lines(self._rig.drivers, self._rig.outputs, self._rig.switchers.take(plan)),
            log=self._log,
            clock=clock,
            zone=self._zone,
            outset=Outset(
                air=beginning.before.air,
                words=beginning.before.words,
                asked=beginning.before.asked,
                start=options.start,
                playback=after.playback if after is not None else None,
                follows=beginning.follows,
                rehearsed=loaded.rehearsed,
                simulated=options.simulate,
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
        self._awake = Awake(lambda text: self.say(text, "note"))
        keep = self._keep
        keep(loaded.texts)
        self._reloads = Reloads(
            options, loaded, self._executor, self._rig, doors, self._spawn, keep, clock, setting.own
        )
        self._reloads.listening = beginning.follows is None
        self._succession = Succession(
            self._executor,
            self._night.feed,
            clock,
            Guard(clock),
            lambda: self._reloads.loaded.digest,
            self._spawn,
            self._leave,
        )
        if behind is not None:
            behind.plans.keep = keep
            self._succession.leading = False
            self._succession.follower = Follower(
                options,
                behind.link,
                self._executor,
                clock,
                behind.plans,
                self._succession,
                behind.by,
                self._reloads.follow,
                self._lead,
            )
        self._pair: Pairing | None = None
        if pair is not None:
            self._pair = Pairing(
                pair.twin,
                options,
                loaded,
                pair.known,
                self._executor,
                self._reloads,
                clock,
                self._succession,
                say=self.say,
                tell=self._tell,
                over=self._supersede,
                spawn=self._spawn,
            )
        self._beside: Beside = self._succession if self._pair is None else self._pair
        self._switches = Switches(
            self._executor,
            doors,
            self._log,
            clock,
            self._beside,
            locked=options.show_mode,
            on_lock=self._locked,
        )
        self._framing = Framing(
            options,
            self._executor,
            self._reloads,
            clock,
            self._night.folder,
            lambda: clock.wall(self._zone).isoformat(timespec="seconds"),
            lambda text: self.say(text, "note"),
            lambda change: self._log.write(clock.now(), partial(preset_record, change)),
        )
        self.entry = Entry(
            self._executor,
            doors.gestures,
            self._switches,
            self._framing,
            self._pair.carrier if self._pair is not None else None,
            say=self.say,
            running=lambda: self._running,
        )
        """Where all that is asked of this show comes in."""
        self._console = Console(
            self._executor,
            clock,
            self._framing,
            self._beside,
            request=self.entry.request,
            frame=self.entry.frame,
            mute=self._switches.mute,
            end=self.quit,
            spawn=self._spawn,
        )
        screens = self._executor.screens
        screens.driven = lambda: doors.gestures.driven
        screens.inputs, screens.heard = lambda: doors.ears.rows, lambda: doors.ears.messages(SHOWN_MESSAGES)
        if after is not None and options.resume:
            self._executor.notebook.restore(after.crash.records, logged=after.playback is not None)
            self._switches.restore(after.crash.records, logged=after.playback is not None)
        self._night.hand_to(self._copied)
        doors.connect(self.entry, self._rig.answering)
        if self._pair is not None:
            self._pair.carrier.serve(self.entry)

    # --- the operator --------------------------------------------------------------------------------------

    def quit(self) -> None:
        """The stops leave at once; what has to be closed is closed afterwards."""
        if self._running and not self._ended.is_set() and not self._leads_now:
            self._executor.stop_all()
        self._ended.set()

    def _tell(self, text: str, matters: bool) -> None:
        """What has changed between the two machines; into the log if it `matters`."""
        if matters and self._executor.following is None:  # the log of a machine that follows is the leader's
            self.say(text)
            return
        self._executor.tell(text)
        self._night.print(text)

    def _supersede(self) -> None:
        """The other machine leads, or has begun another show."""
        self.superseded = True
        self._ended.set()

    # --- what the operator is to know ------------------------------------------------------------------------

    def _copied(self, record: Record) -> None:
        """A record, of which the doors have to know if another machine has written it."""
        if self._executor.following is not None:
            self._switches.told(record)
            self._framing.copies.told(record)

    def _locked(self, source: str) -> None:
        """Show mode has begun."""
        if self._executor.view().air.off_air:
            self._ask("on air", f"show mode ({source})")

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None:
        """What the operator must know; once the show has begun, because the screen is not up before then."""
        if self._running:
            self._executor.say(text, kind)
        else:
            self._early.append((text, kind))

    def say_soon(self, *texts: str) -> None:
        """What was to be said before there was a show."""
        self._early = [*((text, "warning") for text in texts), *self._early]

    def _occurred(self, what: SwitcherOccurrence) -> None:
        if self._running:
            self._doors.happened(what)

    def _ask(self, verb: Verb, source: str) -> None:
        """Something that the show itself asks for."""
        self._executor.request(Request(verb, None, source, self._clock.now(), automatic=True))

    # --- the show ------------------------------------------------------------------------------------------

    async def run(self) -> str:
        """Returns the address of the machine that leads the show now, empty if it has ended."""
        with self._signals():
            try:
                await (self._begin() if self._beginning.behind is None else self._begin_behind(self._beginning.behind))
                await self._ended.wait()
            finally:
                await self._close()
        return self._leads_now

    def _effect(self, effect: Effect) -> None:
        """Of a show that followed another machine."""
        self._doors.effect(effect)
        if isinstance(effect, Say) and self._executor.following is not None:
            self._night.print(effect.text)

    # --- two machines --------------------------------------------------------------------------------------

    async def _begin_behind(self, behind: FollowedMachine) -> None:
        """Nothing is opened and nothing is sent until this machine leads."""
        self._spawn(self._framing.begin())
        self._running = True
        for text, kind in self._early:
            self._executor.say(text, kind)
        self._executor.say(f"This machine follows {behind.link.name} and sends nothing.", "note")
        if self._options.awake:
            self._awake.ask()
        if self._web is not None and self._web.url:
            self._spawn(self._serve(self._web))
        self._succession.start()
        assert self._succession.follower is not None
        self._spawn(self._succession.follower.run())
        if self._setting.screen is not None:
            self._spawn(self._draw(self._setting.screen))

    def _lead(self, of: str) -> None:
        """From now on this machine leads: stops that are owed go out with the first line that is open."""
        cameras = tuple(self._executor.drivers)
        self._executor.takeover.lead(of, cameras)
        self._executor.stands(None)
        for camera in cameras:
            self._spawn(self._catch_up(camera))
        self._spawn(self._executor.open())
        for output in self._rig.outputs.values():
            self._spawn(output.open())
        self._listen()
        self._beat()
        if self._succession.follower is not None:
            self._spawn(self._succession.follower.keep_telling())

    async def _catch_up(self, camera: str) -> None:
        await asyncio.wait([self._spawn(self._executor.open_one(camera))], timeout=OPENING_S)
        self._executor.takeover.catch_up(camera)

    def _leave(self, peer: str) -> None:
        """Another machine leads this show: nothing more is sent, and this one follows it."""
        self._executor.say(f"{peer} has taken over this show. This machine sends nothing more and follows it.")
        self._leads_now = peer
        self._log.show("left", peer=peer)
        self._executor.abandon()
        self._ended.set()

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
        plan, outputs = self._plan, self._rig.outputs.values()
        await self._framing.begin()
        follows = self._pair is not None and self._pair.follows
        opens = self._pair.begin() if self._pair is not None and follows else self._executor.open()
        opening = [self._spawn(work) for work in (opens, *(output.open() for output in outputs))]
        await asyncio.wait(opening, timeout=OPENING_S)
        self._running = True
        after, before = self._beginning.after, self._beginning.before
        if after is not None:
            self._executor.halt(after.stop, after.said)
        for text, kind in self._early:
            self._executor.say(text, kind)
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
        self._clock.watch_sleep(lambda ns: self.say(slept(ns)))
        self._succession.start()
        if self._web is not None and self._web.url:
            self._spawn(self._serve(self._web))
        self._listen()
        self._beat()
        if self._setting.screen is not None:
            self._spawn(self._draw(self._setting.screen))
        if self._setting.asks is not None and not follows:
            self._spawn(self._perform(self._setting.asks))

    def _set_out(self) -> None:
        """What the command line asks of a show that begins here."""
        if self._options.off_air and not self._switches.locked:
            self._ask("off air", "--off-air")
        if self._options.by_hand:
            self._ask("cutting by hand", "--cutting hand")

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
        self._succession.stop()
        adrift: tuple[str, ...] = ()
        if self._leads_now or self.superseded:
            await self._executor.close_lines()
        else:
            adrift = await self._executor.stop_show()
        self._executor.takeover.close()
        if self._beginning.behind is not None:
            await self._beginning.behind.link.close()
        await self._framing.close()
        await self._awake.close()
        if self._web is not None:
            await self._web.close()
        await clocks.end_tasks(self._tasks)
        for text in (*adrift, *self._executor.notebook.told):
            print(plain_lines(text), file=sys.stderr)  # noqa: T201 - the screen is gone
        lacks = await self._night.close()
        if lacks:
            print(lacks, file=self._setting.err)

    def _mishap(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.say(f"Internal error; the show continues: {context['message']} {error or ''}".rstrip())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _draw(self, screen: Screen) -> None:
        """A screen that breaks is not the end of the show: it goes on with lines. A terminal that is gone is the end,
        whether its signal comes or not: make, for one, keeps it to itself."""
        try:
            await screen(self._console)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EIO and hang_up():
                self.quit()
                return
            self._night.print_to(self._setting.err)
            self._executor.say(f"The screen failed ({failure(error)}); the show continues, Ctrl-C ends it.")
            return
        self.quit()

    async def _serve(self, door: WebDoor) -> None:
        """Whatever goes wrong with the page, the show goes on."""
        floor = RunningShow(
            self._executor,
            zone=self._zone,
            records=door.records,
            decide=self.entry.decide,
            switches=self._switches,
            switchers=self._rig.switchers,
            skipped=self._doors.skipped,
            drive=self.entry.drive,
            gone=self._doors.gestures.gone,
            framing=self._framing,
            frame=self.entry.frame,
            drafts=Drafts(self._options.sheet, self._options.rig, self._options.settings, self._options.without),
            beside=self._beside,
        )
        try:
            await door.open(floor, self._clock, self.say)
        except (OSError, ImportError) as error:
            self.say(f"The operator's page cannot be opened: {error}. The show continues without it.")
            return
        self._executor.hooks.on_change = door.changed
        self._doors.ears.on_heard = door.changed
        print_of = f", certificate (SHA-256) {door.fingerprint}" if door.fingerprint else ""
        self._executor.tell(f"The operator's page: {door.url}{print_of}")
        self._night.print(f"The operator's page: {door.url}{print_of}")

    async def _perform(self, asks: Sequence[script.ScriptAsk]) -> None:
        await perform(asks, self._executor, self._clock, self._rig.switchers.by_hand)
        self.quit()

    def _keep(self, files: Mapping[str, str]) -> None:
        """The texts of a plan's files, by their SHA-256."""
        self._night.keep(files)
        if self._beginning.pair is not None:
            self._beginning.pair.twin.keep(files)
