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
import signal
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, TextIO

from msgspec import Struct
from msgspec.structs import replace

from cuelang import clock as clocks
from cuelang import rig
from cuelang.aside import loop_first
from cuelang.clock.signals import on_signals
from cuelang.clock.zones import show_zone
from cuelang.commands import Driver
from cuelang.diagnostics import Diagnostic
from cuelang.lang.compile import Compiled
from cuelang.library import Unreadable
from cuelang.output import diagnostics as report
from cuelang.plain import failure, plain_lines
from cuelang.plan import Plan, cue_number
from cuelang.playback import script
from cuelang.playback.effects import Moment, Request, Verb, Verdict
from cuelang.playback.orders import cuts_only
from cuelang.playback.rules import UNLOCKED
from cuelang.rehearsal.rehearse import OscLines, read_out
from cuelang.runtime.asrun import AsRun, Sinks, as_text, default_path
from cuelang.runtime.collector import calm_collector
from cuelang.runtime.executor import Executor
from cuelang.runtime.logfile import FileSink
from cuelang.runtime.night_before import NightBefore, look_back, title_of
from cuelang.runtime.records import Record
from cuelang.runtime.running_show import RunningShow
from cuelang.runtime.switchers import Occurrence
from cuelang.runtime.view import Mistake, Screen, View
from cuelang.screen.printer import LinePrinter
from cuelang.sheets import Usage, compile_sheet, cue_of, override_inputs, read_script
from cuelang.source import NOWHERE
from cuelang.triggers import keys
from cuelang.triggers.access import InputError
from cuelang.triggers.doors import Doors
from cuelang.units import MS
from cuelang.web.listen import BadAddress, CannotOpen, WebDoor


class Options(Struct, frozen=True):
    """`cuelang run`. Paths are as the user gave them; `settings` are `NAME=VALUE`; `start` is the first standby.

    `simulate`: simulated cameras, nothing is sent to outputs unless `live_outputs`, and the sheet's inputs hear this
    machine alone.

    `script`: requests at times, as for `rehearse`; the show ends by itself after the last of them. `http`: where the
    operator's page is, `auto` for a free port of this machine, None for no page."""

    sheet: str
    rig: str | None = None
    simulate: bool = False
    live_outputs: bool = False
    start: str | None = None
    settings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    http: str | None = None
    log: str | None = None
    show_mode: bool = False
    script: str | None = None
    off_air: bool = False
    by_hand: bool = False
    """An operator cuts by hand from the start."""


OPENING = 1.0
"""Seconds that the start of a show waits for its cameras to answer and for the names of other hosts to be looked up;
both go on by themselves."""

STILL, GIVE_UP = 2.0, 58.0
"""Seconds after which a reload says that it is still at work, and after which more it is given up."""


class Loaded(Struct, frozen=True):
    """A sheet, compiled for tonight. `warnings` are by cue."""

    plan: Plan
    warnings: Mapping[str, tuple[str, ...]]


class Refused(Exception):
    """The sheet has errors; the message says the first of them on one line."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.mistakes = [
            Mistake(f"{one.span.file}:{one.span.line}:{one.span.column}", f"{one.code} {one.message}", one.hint or "")
            for one in compiled.diagnostics
            if one.is_error
        ]
        first, more = self.mistakes[0], len(self.mistakes) - 1
        super().__init__(f"{first.place}: {first.text}" + (f" (and {more} more)" if more else ""))


def load(options: Options) -> Loaded:
    """Read and compile the sheet, with what the command line changes. Raises Unreadable, Usage and Refused."""
    compiled = compile_sheet(options.sheet, rig=options.rig, settings=options.settings, without=options.without)
    if compiled.plan is None:
        raise Refused(compiled)
    plan = override_inputs(compiled.plan, options.inputs, at_home=options.simulate)
    return Loaded(plan, cue_warnings(plan, compiled.diagnostics))


def cue_warnings(plan: Plan, diagnostics: Iterable[Diagnostic]) -> dict[str, tuple[str, ...]]:
    """Of each cue, the warnings between its first line and the next declaration that is a cue."""
    starts = sorted((cue.block.file, cue.block.line, cue.number) for cue in plan.cues)
    found: dict[str, tuple[str, ...]] = {}
    for diagnostic in diagnostics:
        span = diagnostic.span
        index = bisect_right(starts, (span.file, span.line, "\uffff")) - 1
        if index >= 0 and starts[index][0] == span.file and not diagnostic.is_error:
            number = starts[index][2]
            found[number] = (*found.get(number, ()), f"{diagnostic.code} {diagnostic.message}")
    return {number: tuple(_counted(said)) for number, said in found.items()}


def _counted(said: Iterable[str]) -> Iterator[str]:
    """What several lines of a cue are warned of stands once."""
    for text, times in Counter(said).items():
        yield text if times == 1 else f"{text} ({times} times)"


def run_show(
    options: Options, *, screen: Screen | None = None, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Run the show until it is ended. Returns 0 when it ended in order (Ctrl-C and SIGTERM do that), 1 when the
    sheet has errors or an input cannot be opened (its port is in use, say), 2 for a file that cannot be read and
    for an option that names nothing."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        loaded = load(options)
        start = cue_of(loaded.plan, options.start, "--from")
        asks = read_script(options.script, loaded.plan) if options.script is not None else None
        web = WebDoor(options.http) if options.http is not None else None
    except (Unreadable, Usage, BadAddress) as error:
        print(plain_lines(str(error)), file=err)
        return 2
    except CannotOpen as error:
        print(plain_lines(str(error)), file=err)
        return 1
    except Refused as error:
        found = error.compiled
        err.write(report.as_text(found.diagnostics, found.sources, colour=report.wants_colour(err)))
        return 1
    with calm_collector(), loop_first():
        return clocks.run(_run(replace(options, start=start), loaded, asks, web, screen, out, err), early=clocks.EARLY)


async def _run(
    options: Options,
    loaded: Loaded,
    asks: Sequence[script.Ask] | None,
    web: WebDoor | None,
    screen: Screen | None,
    out: TextIO,
    err: TextIO,
) -> int:
    plan, clock, zone = loaded.plan, clocks.current(), show_zone(loaded.plan.settings.timezone)
    clock.watch_stalls()
    before = await look_back(plan, options.log, options.simulate, clock.wall(zone))
    doors = Doors(plan, clock, zone, before.until)
    try:
        no_page = web.listen() if web is not None else ""
        await doors.listen()
    except (InputError, CannotOpen) as error:
        print(plain_lines(str(error)), file=err)
        if web is not None:
            await web.close()
        return 1
    # Nothing is awaited between the opening of the doors and the show's being there to hear them.
    show = Show(options, loaded, asks, web, doors, before, screen, out, err)
    show.say_soon(*([before.trouble] if before.trouble else []), *doors.early, *([no_page] if no_page else []))
    await show.run()
    return 0


class Show:
    """A show from the opening of its log to the closing of it."""

    def __init__(
        self,
        options: Options,
        loaded: Loaded,
        asks: Sequence[script.Ask] | None,
        web: WebDoor | None,
        doors: Doors,
        before: NightBefore,
        screen: Screen | None,
        out: TextIO,
        err: TextIO,
    ) -> None:
        plan, clock = loaded.plan, clocks.current()
        self._options, self._loaded, self._asks = options, loaded, asks
        self._web, self._doors, self._before, self._screen, self._err = web, doors, before, screen, err
        self._clock, self._zone = clock, show_zone(plan.settings.timezone)
        self._locked = options.show_mode
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reloading = self._running = False
        self._early: list[tuple[str, Literal["note", "warning"]]] = []
        self._printer = LinePrinter(out) if screen is None else None
        self._sinks = Sinks()
        self._file = self._open_log()
        if web is not None:
            self._sinks.add(web.records.append)
        if self._printer is not None:
            self._sinks.add(partial(_print, self._printer))
        self._log = AsRun(self._sinks, clock, self._zone)
        self._log.show("started", show=title_of(plan), simulated=options.simulate)
        self._rig = rig.Rig(
            simulate=options.simulate,
            live_outputs=options.live_outputs,
            zone=self._zone,
            note=lambda text: self.say(text, "note"),
            problem=self.say,
        )
        self._rig.take(plan)
        self._executor = Executor(
            plan, self._rig.drivers, log=self._log, clock=clock, zone=self._zone, outputs=self._rig.outputs,
            air=before.air, warnings=loaded.warnings, simulated=options.simulate,
            start=options.start, on_reload=self._reload, on_effect=doors.effect, on_skip=doors.skip,
            words=before.words, switchers=self._rig.switchers.take(plan), on_occurrence=self._occurred,
        )  # fmt: skip
        self.osc, self.on_air = self._executor.osc, self._executor.on_air
        self.steer, self.release, self.settled = self._executor.steer, self._executor.release, self._executor.settled
        self._executor.lock(self._locked)
        doors.connect(self, self._rig.answering)

    # --- for the screen ------------------------------------------------------------------------------------

    def view(self) -> View:
        return self._executor.view()

    def key(self, verb: Verb, cue: str | None = None, *, key: str, fires: bool = False) -> Verdict | None:
        received, moment = self._clock.received(), Moment(go=fires)
        request = Request(verb, cue, f"key {key}", received, pressed=True, moment=moment)
        if cue is not None and cue != "next":
            try:
                request = replace(request, cue=cue_number(cue))
            except ValueError as error:
                verdict = Verdict(request, "no_cue", str(error))
                self._executor.settled(verdict)
                return verdict
        return self.request(request)

    def press(self, key: str) -> bool:
        request = keys.asked(self._executor.plan, key, "key", self._clock.received())
        if request is not None:
            self.request(request)
        return request is not None

    def quit(self) -> None:
        """The stops leave at once; what has to be closed is closed afterwards."""
        if self._running and not self._ended.is_set():
            self._executor.stop_all()
        self._ended.set()

    # --- doors ---------------------------------------------------------------------------------------------

    def request(self, request: Request) -> Verdict | None:
        """From any door. The verdict is in the log and on the screens too; None: it comes later."""
        return self._keeps_out(request) or self._executor.request(request)

    async def decide(self, request: Request) -> Verdict:
        """From an input that answers its sender."""
        kept_out = self._keeps_out(request)
        return kept_out or await self._executor.decide(request)

    def _keeps_out(self, request: Request) -> Verdict | None:
        """Every request of this show comes by here."""
        free = request.verb in UNLOCKED or (request.statement is not None and cuts_only(request.statement))
        locked = self._locked and request.origin is NOWHERE and not free
        if not locked or request.schedule or request.automatic:
            return None
        verdict = Verdict(request, "refused", "the show is locked (show mode)")
        self._executor.settled(verdict)
        return verdict

    def _lock(self, on: bool, source: str) -> None:
        if on != self._locked:
            self._locked = on
            self._executor.lock(on)
            if on and self._executor.view().air.off_air:
                self._ask("on air", f"show mode ({source})")
            self._executor.say(f"Show mode {'on' if on else 'off'} ({source}).", "note")

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None:
        """What the operator must know; once the show has begun, because the screen is not up before then."""
        if self._running:
            self._executor.say(text, kind)
        else:
            self._early.append((text, kind))

    def say_soon(self, *texts: str) -> None:
        """What was to be said before there was a show."""
        self._early = [*((text, "warning") for text in texts), *self._early]

    def drivers(self) -> Mapping[str, Driver]:
        return self._executor.drivers

    def _occurred(self, what: Occurrence) -> None:
        if self._running:
            self._doors.happened(what)

    def _ask(self, verb: Verb, source: str) -> None:
        """Something that the show itself asks for."""
        self._executor.request(Request(verb, None, source, self._clock.now(), automatic=True))

    # --- the show ------------------------------------------------------------------------------------------

    async def run(self) -> None:
        with self._signals():
            try:
                await self._begin()
                await self._ended.wait()
            finally:
                await self._close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C, SIGTERM and the end of the terminal end the show in order; `nohup` keeps it. Errors in callbacks
        are reported, not printed."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._mishap)
        try:
            with on_signals(self.quit, signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hangs_up() else ())):
                yield
        finally:
            loop.set_exception_handler(None)

    async def _begin(self) -> None:
        plan, outputs = self._loaded.plan, self._rig.outputs.values()
        opening = [self._spawn(work) for work in (self._executor.open(), *(output.open() for output in outputs))]
        await asyncio.wait(opening, timeout=OPENING)
        self._running = True
        for text, kind in self._early:
            self._executor.say(text, kind)
        for sentence in filter(None, map(rig.password_missing, () if self._options.simulate else plan.switchers)):
            self._executor.say(sentence)
        if self._options.off_air and not self._locked:
            self._ask("off air", "--off-air")
        if self._options.by_hand:
            self._ask("cutting by hand", "--cutting hand")
        if self._before.taken:
            self._executor.say(self._before.taken, "note")
        if self._options.simulate:
            self._executor.say(_simulated(plan, self._options.live_outputs), "note")
        for sentence in rig.waits_for(plan):
            self._executor.say(sentence)
        if self._web is not None and self._web.url:
            self._spawn(self._serve(self._web))
        self._doors.start()
        if self._screen is not None:
            self._spawn(self._draw(self._screen))
        if self._asks is not None:
            self._spawn(self._perform(self._asks))

    async def _close(self) -> None:
        await self._doors.close()
        adrift = await self._executor.stop_show()
        if self._web is not None:
            await self._web.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for text in adrift:
            print(plain_lines(text), file=sys.stderr)
        self._log.show("stopped")
        self._log.end()
        if self._file is not None:
            await self._file.close()
            if self._file.lost:
                print(f"The last {self._file.lost} records are missing from the log {self._file.path}.", file=self._err)
        if self._printer is not None:
            self._printer.close()

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
            await screen(self)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EIO and hangs_up():
                self.quit()
                return
            self._printer = LinePrinter(self._err)
            self._sinks.add(partial(_print, self._printer))
            self._executor.say(f"The screen failed ({failure(error)}); the show continues, Ctrl-C ends it.")
            return
        self.quit()

    async def _serve(self, door: WebDoor) -> None:
        """Whatever goes wrong with the page, the show goes on."""
        floor = RunningShow(
            self._executor, self._zone, door.records, self.decide, self._lock, self._rig.switchers, self._doors.skipped
        )  # fmt: skip
        try:
            await door.open(floor, self._clock, self.say)
        except (OSError, ImportError) as error:
            self.say(f"The operator's page cannot be opened: {error}. The show continues without it.")
            return
        self._executor.on_change = door.changed
        self._executor.tell(f"The operator's page: {door.url}")
        if self._printer is not None:
            self._printer.say(f"The operator's page: {door.url}")

    async def _perform(self, asks: Sequence[script.Ask]) -> None:
        """Read a script out, and end the show when everything that it asked for is over."""
        zero, lines = self._clock.now(), OscLines(self._executor.plan)
        for ask in asks:
            await self._clock.sleep_until(zero + ask.at)
            read_out(ask, self._executor, lines, self._clock.now(), self._rig.switchers.by_hand)
        while self._executor.running or self._executor.busy or self._executor.due is not None:
            await self._clock.sleep_until(self._clock.now() + 100 * MS)
        self.quit()

    # --- the log -------------------------------------------------------------------------------------------

    def _open_log(self) -> FileSink | None:
        try:
            named = Path(self._options.log) if self._options.log else None
            path = named or default_path(title_of(self._loaded.plan), self._clock.wall(self._zone))
            file = FileSink(path, self._clock, self.say)
        except OSError as error:
            self.say(f"The log cannot be written: {error}. The show continues without one.")
            return None
        self._sinks.add(file.write)
        return file

    # --- reload --------------------------------------------------------------------------------------------

    def _reload(self, request: Request) -> None:
        if self._reloading:
            self.settled(Verdict(request, "refused", "a reload is already in progress"))
            return
        self._reloading = True
        self._spawn(self._load_again(request))

    async def _compiled(self) -> Loaded:
        """On a background thread: a share that hangs keeps no reload after it from its turn. Raises what
        `load` raises, and Unreadable when it takes too long."""
        work = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(None, load, self._options))
        done, _ = await asyncio.wait({work}, timeout=STILL)
        if not done:
            self._executor.say("Reload: still reading the files. The current sheet stays until then.", "note")
            done, _ = await asyncio.wait({work}, timeout=GIVE_UP)
        if not done:
            raise Unreadable(f"The files could not be read and compiled in {STILL + GIVE_UP:g} s.")
        return work.result()

    async def _load_again(self, request: Request) -> None:
        """Compile on a thread that lets the loop through; on errors the current sheet stays, and the verdict says
        so."""
        try:
            with loop_first():
                loaded = await self._compiled()
        except (Unreadable, Usage, Refused) as error:
            self._executor.mistaken(error.mistakes if isinstance(error, Refused) else [Mistake("", str(error))])
            self.settled(Verdict(request, "refused", f"the current sheet stays. {error}"))
            self._executor.say(f"Reload failed; the current sheet stays. {error}")
            return
        finally:
            self._reloading = False
        self._loaded, plan = loaded, loaded.plan
        drivers, outputs = self._rig.take(plan)
        self._doors.outputs(plan, self._rig.answering)
        await asyncio.gather(*(output.open() for output in outputs))
        self._executor.load(
            plan, self._rig.drivers, outputs=self._rig.outputs, warnings=loaded.warnings,
            switchers=self._rig.switchers.take(plan),
        )  # fmt: skip
        self._doors.reload(plan)
        self._executor.mistaken(())
        self.settled(Verdict(request, "fired", did="sheet reloaded"))
        self._executor.say("Sheet reloaded.", "note")
        await asyncio.gather(self._executor.open_switchers(), *(driver.open() for driver in drivers))


def _print(printer: LinePrinter, record: Record) -> None:
    printer.say(as_text([record]).rstrip())


def hangs_up() -> bool:
    """Whether the end of the terminal ends the show: not after `nohup`, nor where there is no such signal."""
    return hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN


def _simulated(plan: Plan, live_outputs: bool) -> str:
    said = "Simulated cameras"
    if plan.outputs and live_outputs:
        said += f"; outputs are live: {', '.join(port.name for port in plan.outputs)}"
    elif plan.outputs:
        said += f"; nothing is sent to {', '.join(port.name for port in plan.outputs)} (use --live-outputs to send)"
    return f"{said}."
