"""The sheet compiled again while the show runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from cuelang import rig
from cuelang.app.loading import LoadedSheet, Refused, RunOptions, load
from cuelang.app.own_files import OwnFiles
from cuelang.aside import loop_first
from cuelang.clock import Clock
from cuelang.commands import Driver
from cuelang.library import Unreadable
from cuelang.plain import UserError
from cuelang.playback.effects import Request, Verdict
from cuelang.rehearsal.swapping import LACKS, swapped
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import ShowLines
from cuelang.runtime.view import Mistake
from cuelang.source import Source
from cuelang.triggers.doors import Doors
from cuelang.units import NS

SETTLED_NS = NS // 2
"""How long a sheet is in force before a machine that follows writes it into its own files."""
STILL_S, GIVE_UP_S = 2.0, 58.0
"""Seconds after which a reload says that it is still at work, and after which more it is given up."""


class Reloads:
    """One at a time. With errors the current sheet stays, and the verdict says so. `keep` has the files of a new one
    copied, by their SHA-256. `own`: what this machine has read itself, where another one leads with `loaded`."""

    def __init__(
        self,
        options: RunOptions,
        loaded: LoadedSheet,
        executor: Executor,
        rig: rig.Rig,
        doors: Doors,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        keep: Callable[[Mapping[str, str]], object],
        clock: Clock,
        own: LoadedSheet | None = None,
    ) -> None:
        self._keep, self._clock = keep, clock
        self._options, self._executor, self._rig, self._doors, self._spawn = options, executor, rig, doors, spawn
        self._busy = False
        self.listening = True
        """Whether the inputs were begun."""
        self.loaded = loaded
        """The sheet that is in force."""
        self.own = OwnFiles((own or loaded).sources)
        """The files of this machine, whichever leads."""
        self._former: list[Mapping[str, Source]] = []
        """What the files of the machine that leads have said."""
        self.agreed: Callable[[LoadedSheet], Awaitable[str]] | None = None
        """Asked before a sheet is taken: why it is not; empty: it is."""

    @property
    def busy(self) -> bool:
        return self._busy

    def ask(self, request: Request) -> None:
        """Its verdict comes later, unless one is under way."""
        if self._busy:
            self._executor.settled(Verdict(request, "refused", "a reload is already in progress"))
            return
        self._busy = True
        self._spawn(self._load_again(request, partial(load, self._options, casting=self.loaded.casting)))

    def swap(self, request: Request) -> None:
        """Another camera for one, in the sheet as it was read last. Its verdict comes later."""
        if self._busy:
            self._executor.settled(Verdict(request, "refused", "the sheet is just being compiled"))
            return
        assert request.swap is not None
        self._busy = True
        casting = self.loaded.casting.then(request.swap)
        texts = {name: source.text for name, source in self.loaded.sources.items()}
        self._spawn(self._load_again(request, partial(load, self._options, casting=casting, texts=texts)))

    async def _compiled(self, work: Callable[[], LoadedSheet]) -> LoadedSheet:
        """On a background thread: a share that hangs keeps no reload after it from its turn. Raises what
        `load` raises, and Unreadable when it takes too long."""
        task = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(None, work))
        done, _ = await asyncio.wait({task}, timeout=STILL_S)
        if not done:
            self._executor.say("Reload: still reading the files. The current sheet stays until then.", "note")
            done, _ = await asyncio.wait({task}, timeout=GIVE_UP_S)
        if not done:
            raise Unreadable(f"The files could not be read and compiled in {STILL_S + GIVE_UP_S:g} s.")
        return task.result()

    async def _load_again(self, request: Request, work: Callable[[], LoadedSheet]) -> None:
        """Compile on a thread that lets the loop through; on errors the current sheet stays, and the verdict says
        so."""
        try:
            with loop_first():
                loaded = await self._compiled(work)
            if self.agreed is not None and (why := await self.agreed(loaded)):
                raise Unreadable(why)
        except UserError as error:
            self._executor.screens.mistaken(error.mistakes if isinstance(error, Refused) else [Mistake("", str(error))])
            if request.swap is not None:
                told = error.lacking if isinstance(error, Refused) and error.lacking else str(error)
                self._executor.settled(Verdict(request, "refused", f"{LACKS.format(request.swap.other)} {told}"))
                return
            self._executor.settled(Verdict(request, "refused", f"the current sheet stays. {error}"))
            self._executor.say(f"Reload failed; the current sheet stays. {error}")
            return
        finally:
            self._busy = False
        drivers = await self.take(loaded)
        if request.swap is not None:
            self._executor.settled(Verdict(request, "fired", did=swapped(request.swap)))
        else:
            self._executor.settled(Verdict(request, "fired", did="sheet reloaded"))
            self._executor.say("Sheet reloaded.", "note")
        await asyncio.gather(self._executor.devices.switchers.open(), *(driver.open() for driver in drivers))

    async def follow(self, loaded: LoadedSheet) -> None:
        """The machine that leads has this sheet in force, and so has this one; its own files say the same soon."""
        self._former.append(self.loaded.sources)
        await self.take(loaded)
        self._spawn(self._write(loaded))

    async def _write(self, after: LoadedSheet) -> None:
        """When nothing has followed: a machine that comes back reads all that was in force, one after the other."""
        await self._clock.sleep_until(self._clock.now() + SETTLED_NS)
        if self.loaded is not after:
            return

        def write() -> tuple[list[tuple[str, bool]], LoadedSheet | None]:
            told = list(self.own.bring(self._former, after.sources))
            try:
                return told, load(self._options, casting=after.casting)
            except UserError:
                return told, None

        told, own = await asyncio.to_thread(write)
        for text, written in told:
            self._executor.say(text, "note" if written else "warning")
        if own is not None and own.digest == after.digest and self.loaded is after:
            self.loaded = own

    async def take(self, loaded: LoadedSheet) -> list[Driver]:
        """From now on this sheet is in force. Returns the new drivers, which are to be opened."""
        plan = loaded.plan
        self._keep(loaded.texts)
        drivers, outputs = self._rig.take(plan)
        self._doors.outputs(plan, self._rig.answering)
        await asyncio.gather(*(output.open() for output in outputs))
        self._executor.load(
            plan,
            ShowLines(self._rig.drivers, self._rig.outputs, self._rig.switchers.take(plan)),
            loaded.edition,
        )
        if self.listening:
            self._doors.reload(plan)
        self._executor.screens.mistaken(())
        self.loaded = loaded
        return drivers
