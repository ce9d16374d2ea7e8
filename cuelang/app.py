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
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from cuelang import clock as clocks
from cuelang import rig
from cuelang.clock.zones import show_zone
from cuelang.commands import Driver, TallyMode
from cuelang.devices.picture_store import FolderStore
from cuelang.diagnostics import Diagnostic
from cuelang.lang.compile import Compiled
from cuelang.library import Unreadable
from cuelang.output import diagnostics as report
from cuelang.plain import failure, plain_lines
from cuelang.plan import MS, Camera, Plan, cue_number
from cuelang.playback import script
from cuelang.playback.effects import Request, Verb, Verdict
from cuelang.protocols.osc import Argument
from cuelang.rehearsal.rehearse import OscLines, read_out
from cuelang.runtime.asrun import AsRun, as_text, default_path, last_air, latest, of_kind, read
from cuelang.runtime.executor import Executor, calm_collector
from cuelang.runtime.logfile import FileSink
from cuelang.runtime.records import Record
from cuelang.runtime.running_show import RunningShow
from cuelang.runtime.view import Mistake, Screen, View
from cuelang.screen.printer import LinePrinter
from cuelang.sheets import Usage, compile_sheet, first_cue, override_inputs, read_script
from cuelang.source import NOWHERE
from cuelang.triggers import keys
from cuelang.triggers.access import InputError
from cuelang.triggers.consoles import Consoles
from cuelang.triggers.http import HttpDoor
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.osc import OscDoor
from cuelang.triggers.osc_table import let_go
from cuelang.triggers.schedule import ScheduleDoor
from cuelang.triggers.tsl import TallyDoor
from cuelang.web.listen import BadAddress, CannotOpen, WebDoor


@dataclass(frozen=True, slots=True)
class Options:
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


UNLOCKED: frozenset[Verb] = frozenset(("go", "stop", "pause", "resume", "panic"))
"""What keys and remote controls may ask for in show mode. The sheet's own triggers are part of the show."""

STILL_TRUE = timedelta(hours=12)
"""How old a log may be that says what is on air; after that nobody knows, and unknown counts as on program."""

OPENING = 1.0
"""Seconds that the start of a show waits for its cameras to answer and for the names of other hosts to be looked up;
both go on by themselves."""

LOOKING = 3.0
"""Seconds that the start of a show waits for the log of the night before."""

STILL, GIVE_UP = 2.0, 58.0
"""Seconds after which a reload says that it is still at work, and after which more it is given up."""

SWITCH = 0.0005
"""Seconds after which a compiling thread gives way to the show's loop."""


@dataclass(frozen=True, slots=True)
class Loaded:
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
    """Of each cue, the warnings that stand between its first line and the next declaration that is a cue."""
    starts = sorted((cue.block.file, cue.block.line, cue.number) for cue in plan.cues)
    found: dict[str, tuple[str, ...]] = {}
    for diagnostic in diagnostics:
        span = diagnostic.span
        index = bisect_right(starts, (span.file, span.line, "\uffff")) - 1
        if index >= 0 and starts[index][0] == span.file and not diagnostic.is_error:
            number = starts[index][2]
            found[number] = (*found.get(number, ()), f"{diagnostic.code} {diagnostic.message}")
    return found


def run_show(
    options: Options, *, screen: Screen | None = None, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Run the show until somebody ends it. Returns 0 when it ended in order (Ctrl-C and SIGTERM do that), 1 when the
    sheet has errors or an input cannot be opened (its port is in use, say), 2 for a file that cannot be read and
    for an option that names nothing."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        loaded = load(options)
        start = first_cue(loaded.plan, options.start)
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
    with calm_collector():
        return clocks.run(
            Show(replace(options, start=start), loaded, asks, web, out, err).run(screen), early=clocks.EARLY
        )


class Show:
    """A show from the opening of its log to the closing of it."""

    def __init__(
        self,
        options: Options,
        loaded: Loaded,
        asks: Sequence[script.Ask] | None,
        web: WebDoor | None,
        out: TextIO,
        err: TextIO,
    ) -> None:
        self._options = options
        self._loaded = loaded
        self._asks = asks
        self._web = web
        self._locked = options.show_mode
        self._err = err
        self._out = out
        self._printer: LinePrinter | None = None
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reloading = self._running = False
        self._early: list[str] = []
        self._outputs: dict[str, tuple[rig.AnyOutput, str]] = {}
        self._file: FileSink | None = None
        self._air: Mapping[str, TallyMode] = {}
        self._alive: datetime | None = None
        self._taken = ""

    # --- for the screen ------------------------------------------------------------------------------------

    def view(self) -> View:
        return self._executor.view()

    def key(self, verb: Verb, cue: str | None = None, *, key: str) -> None:
        request = Request(verb, cue, f"key {key}", self._clock.now() - self._clock.stall())
        if cue is not None and cue != "next":
            try:
                request = replace(request, cue=cue_number(cue))
            except ValueError as error:
                self._executor.settled(Verdict(request, "no_cue", str(error)))
                return
        self.request(request)

    def press(self, key: str) -> bool:
        request = keys.asked(self._executor.plan, key, "key", self._clock.now() - self._clock.stall())
        if request is not None:
            self.request(request)
        return request is not None

    def quit(self) -> None:
        self._ended.set()

    # --- doors ---------------------------------------------------------------------------------------------

    def request(self, request: Request) -> None:
        """From a door that need not hear the verdict; it is in the log and on the screens."""
        if not self._keeps_out(request):
            self._executor.request(request)

    async def decide(self, request: Request) -> Verdict:
        """From one that tells whoever asked."""
        kept_out = self._keeps_out(request)
        return kept_out or await self._executor.decide(request)

    def _keeps_out(self, request: Request) -> Verdict | None:
        """Every request of this show comes by here."""
        locked = self._locked and request.origin is NOWHERE and request.verb not in UNLOCKED
        if not locked or request.schedule or request.automatic:
            return None
        verdict = Verdict(request, "refused", "the show is locked (show mode)")
        self._executor.settled(verdict)
        return verdict

    def _lock(self, on: bool, source: str) -> None:
        if on != self._locked:
            self._locked = on
            self._executor.lock(on)
            self._executor.say(f"Show mode {'on' if on else 'off'} ({source}).", "note")

    def _settled(self, verdict: Verdict) -> None:
        self._executor.settled(verdict)

    def _hear(self, address: str, arguments: tuple[Argument, ...], source: str) -> None:
        if not let_go(arguments):
            self._executor.osc(address)
        self._consoles.heard(address, arguments, source)

    # --- the show ------------------------------------------------------------------------------------------

    async def run(self, screen: Screen | None) -> int:
        plan, clock = self._loaded.plan, clocks.current()
        self._clock, self._zone = clock, show_zone(plan.settings.timezone)
        clock.watch_stalls()
        self._osc = OscDoor(
            plan, clock, self.request, self._settled, self._hear, self._trouble, view=self.view,
            note=lambda text: self._executor.say(text, "note"),
        )  # fmt: skip
        self._tally = TallyDoor(plan, clock, self._trouble)
        self._http = HttpDoor(plan, clock, self.decide, self._settled, self._trouble)
        await self._look_back(plan)
        try:
            no_page = self._web.listen() if self._web is not None else ""
            await self._tally.open()
            await self._http.open()
            await self._osc.open()
        except (InputError, CannotOpen) as error:
            self._tally.close()
            await self._http.close()
            print(plain_lines(str(error)), file=self._err)
            if self._web is not None:
                await self._web.close()
            return 1
        # Nothing is awaited between the opening of the door and the executor's being there to hear it.
        if screen is None:
            self._printer = LinePrinter(self._out)
        self._open_log(plan)
        self._drivers = self._open_drivers(plan, {})
        outputs = self._open_outputs(plan)
        self._executor = Executor(
            plan, _only_drivers(self._drivers), log=self._log, clock=clock, zone=self._zone, outputs=outputs,
            air=self._air, warnings=self._loaded.warnings, simulated=self._options.simulate,
            start=self._options.start, on_reload=self._reload, on_effect=self._osc.effect,
        )  # fmt: skip
        self._consoles = Consoles(clock, self._console_says, self._osc.surface, self._osc.from_output)
        self._consoles.take(plan, _heard(outputs))
        hands = Joysticks(plan, clock, self._executor.steer, self._executor.release)
        self._midi = MidiDoor(plan, clock, self.request, self._settled, self._trouble, hands)
        self._schedule = ScheduleDoor(
            plan, clock, self._zone, self.request, self._settled, self._trouble, alive=self._alive
        )
        self._executor.lock(self._locked)
        with self._signals():
            try:
                if no_page:
                    self._early.append(no_page)
                await self._begin(plan, outputs.values(), screen)
                await self._ended.wait()
            finally:
                await self._close()
        return 0

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C, SIGTERM and the end of the terminal end the show in order; `nohup` keeps it. What goes wrong in a
        callback is said and not printed."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._mishap)
        numbers = [signal.SIGINT, signal.SIGTERM]
        if hangs_up():
            numbers.append(signal.SIGHUP)
        for number in numbers:
            with contextlib.suppress(NotImplementedError, RuntimeError):  # not on Windows, not beside a main thread
                loop.add_signal_handler(number, self.quit)
        try:
            yield
        finally:
            for number in numbers:
                with contextlib.suppress(NotImplementedError, RuntimeError):
                    loop.remove_signal_handler(number)
            loop.set_exception_handler(None)

    async def _begin(self, plan: Plan, outputs: Iterable[rig.AnyOutput], screen: Screen | None) -> None:
        opening = [self._spawn(work) for work in (self._executor.open(), *(output.open() for output in outputs))]
        await asyncio.wait(opening, timeout=OPENING)
        self._running = True
        for text in self._early:
            self._executor.say(text)
        if self._taken:
            self._executor.say(self._taken, "note")
        if self._options.simulate:
            self._executor.say(_simulated(plan, self._options.live_outputs), "note")
        for sentence in rig.waits_for(plan):
            self._executor.say(sentence)
        if self._web is not None and self._web.url:
            self._spawn(self._serve(self._web))
        self._tally.start(self._executor.on_air)
        self._http.start()
        self._midi.open()
        self._schedule.open()
        if screen is not None:
            self._spawn(self._draw(screen))
        if self._asks is not None:
            self._spawn(self._perform(self._asks))

    async def _close(self) -> None:
        self._osc.close()
        self._consoles.close()
        self._schedule.close()
        self._tally.close()
        await self._http.close()
        await self._midi.close()
        adrift = await self._executor.stop_show()
        if self._web is not None:
            await self._web.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for text in adrift:
            print(plain_lines(text), file=sys.stderr)
        self._log.show("stopped")
        if self._file is not None:
            await self._file.close()
            if self._file.lost:
                print(f"The last {self._file.lost} records are missing from the log {self._file.path}.", file=self._err)
        if self._printer is not None:
            self._printer.close()

    def _mishap(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._trouble(f"Internal error; the show continues: {context['message']} {error or ''}".rstrip())

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
            self._executor.say(f"The screen failed ({failure(error)}); the show continues, Ctrl-C ends it.")
            return
        self.quit()

    async def _serve(self, door: WebDoor) -> None:
        """Whatever goes wrong with the page, the show goes on."""
        floor = RunningShow(self._executor, self._zone, door.records, self.decide, self._lock)
        try:
            await door.open(floor, self._clock, self._trouble)
        except (OSError, ImportError) as error:
            self._trouble(f"The operator page cannot be opened: {error}. The show continues without it.")
            return
        self._executor.on_change = door.changed
        self._executor.tell(f"Operator page: {door.url}")
        if self._printer is not None:
            self._printer.say(f"Operator page: {door.url}")

    async def _perform(self, asks: Sequence[script.Ask]) -> None:
        """Read a script out, and end the show when everything that it asked for is over."""
        zero, lines = self._clock.now(), OscLines(self._executor.plan)
        for ask in asks:
            await self._clock.sleep_until(zero + ask.at)
            read_out(ask, self._executor, lines, self._clock.now())
        while self._executor.running or self._executor.busy or self._executor.due is not None:
            await self._clock.sleep_until(self._clock.now() + 100 * MS)
        self.quit()

    # --- the log -------------------------------------------------------------------------------------------

    async def _look_back(self, plan: Plan) -> None:
        """Look into the last log for what is on air and for when the show last ran; not for long."""
        kind, wall = self._options.simulate, self._clock.wall(self._zone)

        def look() -> tuple[Path, dict[str, TallyMode], datetime | None] | None:
            before = Path(self._options.log) if self._options.log else latest(self._title(plan), simulated=kind)
            if before is None or not before.is_file():
                return None
            return before, *last_air(of_kind(read(before), kind))

        try:
            found = await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, look), LOOKING)
        except TimeoutError:
            self._trouble(f"The last log was not read: its disk has not responded for {LOOKING:g} s.")
            return
        except OSError as error:
            self._trouble(f"The last log cannot be read: {error}.")
            return
        if found is not None:
            before, air, self._alive = found
            if self._alive is not None:
                if wall - self._alive < STILL_TRUE:
                    self._air = air
                self._taken = _taken(before, self._air, self._alive.astimezone(self._zone), plan)

    def _open_log(self, plan: Plan) -> None:
        title, named = self._title(plan), Path(self._options.log) if self._options.log else None
        try:
            path = named or default_path(title, self._clock.wall(self._zone))
            self._file = FileSink(path, self._clock, self._trouble)
        except OSError as error:
            self._trouble(f"The log cannot be written: {error}. The show continues without one.")
        self._log = AsRun(_Tee(self), self._clock, self._zone)
        self._log.show("started", show=title, simulated=self._options.simulate)

    @staticmethod
    def _title(plan: Plan) -> str:
        return plan.settings.title or Path(plan.file).stem

    def _trouble(self, text: str) -> None:
        """What the operator must know although it cannot stand in the log."""
        if self._running:
            self._executor.say(text)
        else:
            self._early.append(text)

    # --- the rig -------------------------------------------------------------------------------------------

    def _open_drivers(
        self, plan: Plan, before: Mapping[str, tuple[Camera, Driver]]
    ) -> dict[str, tuple[Camera, Driver]]:
        """A driver for each camera that plays tonight; those of cameras that did not change are kept."""
        drivers: dict[str, tuple[Camera, Driver]] = {}
        pictures = rig.PictureOptions(FolderStore(Path(plan.file).parent), self._zone, self._picture)
        for camera in plan.cameras:
            kept = before.get(camera.name)
            if kept is not None and _same_link(kept[0], camera):
                drivers[camera.name] = kept
                continue
            if camera.disabled:
                continue
            driver = (
                rig.simulated(camera, pictures=pictures, keepalive=rig.KEEPALIVE)
                if self._options.simulate
                else rig.open_driver(camera, pictures)
            )
            if kept is not None:
                rig.hand_over(kept[1], driver)
            drivers[camera.name] = (camera, driver)
        return drivers

    def _picture(self, text: str) -> None:
        self._executor.say(text, "note")

    def _open_outputs(self, plan: Plan) -> dict[str, rig.AnyOutput]:
        """An output for each of the plan's; those whose address did not change are kept."""
        before, self._outputs = self._outputs, {}
        for port in plan.outputs:
            kept = before.get(port.name)
            if kept is not None and kept[1] == port.url:
                output = kept[0]
            else:
                muted = self._options.simulate and not self._options.live_outputs
                output = rig.Muted() if muted else rig.open_output(port, self._trouble)
            self._outputs[port.name] = output, port.url
        return {name: output for name, (output, _) in self._outputs.items()}

    def _console_says(self, text: str, warning: bool) -> None:
        if self._running:
            self._executor.say(text, "warning" if warning else "note")
        else:
            self._early.append(text)

    # --- reload --------------------------------------------------------------------------------------------

    def _reload(self, request: Request) -> None:
        if self._reloading:
            self._settled(Verdict(request, "refused", "a reload is already in progress"))
            return
        self._reloading = True
        self._spawn(self._load_again(request))

    async def _compiled(self) -> Loaded:
        """On a thread that nobody waits for: a share that hangs keeps no reload after it from its turn. Raises what
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
        """Compile on a thread that lets the loop through; with errors the running sheet stays, and the verdict says
        so."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        try:
            loaded = await self._compiled()
        except (Unreadable, Usage, Refused) as error:
            self._executor.mistaken(error.mistakes if isinstance(error, Refused) else [Mistake("", str(error))])
            self._settled(Verdict(request, "refused", f"reload failed; the current sheet stays. {error}"))
            self._executor.say(f"Reload failed; the current sheet stays. {error}")
            return
        finally:
            sys.setswitchinterval(interval)
            self._reloading = False
        before, plan = self._drivers, loaded.plan
        self._loaded, self._drivers = loaded, self._open_drivers(plan, before)
        kept = [driver for _, driver in self._drivers.values()]
        known = [driver for _, driver in before.values()]
        running = [output for output, _ in self._outputs.values()]
        outputs = self._open_outputs(plan)
        self._consoles.take(plan, _heard(outputs))
        await asyncio.gather(*(output.open() for output in outputs.values() if output not in running))
        self._executor.load(
            plan, _only_drivers(self._drivers),
            outputs=outputs, warnings=loaded.warnings,
        )  # fmt: skip
        self._osc.reload(plan)
        self._tally.reload(plan)
        self._http.reload(plan)
        self._midi.reload(plan)
        self._schedule.reload(plan)
        self._executor.mistaken(())
        self._settled(Verdict(request, "fired", did="sheet reloaded"))
        self._executor.say("Sheet reloaded.", "note")
        await asyncio.gather(*(driver.open() for driver in kept if driver not in known))


class _Tee:
    """Records go to the log and, without a screen, to the lines."""

    def __init__(self, show: Show) -> None:
        self._show = show

    def write(self, record: Record) -> None:
        if self._show._file is not None:
            self._show._file.write(record)
        if self._show._web is not None:
            self._show._web.records.append(record)
        if self._show._printer is not None:
            self._show._printer.say(as_text([record]).rstrip())


def hangs_up() -> bool:
    """Whether the end of the terminal ends the show: not after `nohup`, nor where there is no such signal."""
    return hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN


def _heard(outputs: Mapping[str, rig.AnyOutput]) -> dict[str, rig.AnyOutput]:
    """Those that somebody is at the other end of."""
    return {name: output for name, output in outputs.items() if not isinstance(output, rig.Muted)}


def _taken(log: Path, air: Mapping[str, TallyMode], until: datetime, plan: Plan) -> str:
    """What the last night of this kind decides of tonight."""
    lit = [f"{camera} {mode}" for camera, mode in air.items() if mode != "off"]
    said = f"On air according to {log}, until {until:%Y-%m-%d %H:%M:%S}: {', '.join(lit) or 'nothing'}."
    if any(trigger.missed for trigger in plan.triggers):
        said += " Schedules in that log that fired do not fire again."
    return said


def _simulated(plan: Plan, live_outputs: bool) -> str:
    said = "Simulated cameras"
    if plan.outputs and live_outputs:
        said += f"; outputs are live: {', '.join(port.name for port in plan.outputs)}"
    elif plan.outputs:
        said += f"; nothing is sent to {', '.join(port.name for port in plan.outputs)} (use --live-outputs to send)"
    return f"{said}."


def _only_drivers(drivers: Mapping[str, tuple[Camera, Driver]]) -> dict[str, Driver]:
    return {name: driver for name, (_, driver) in drivers.items()}


def _same_link(a: Camera, b: Camera) -> bool:
    """Whether the driver of one serves the other: presets and places in the sheet do not matter to it."""
    return replace(a, presets=(), origin=NOWHERE) == replace(b, presets=(), origin=NOWHERE)
