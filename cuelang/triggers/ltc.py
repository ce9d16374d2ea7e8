"""The LTC door: time code as sound, from devices of this machine, WAV files and pipes.

A device's sound is read on the thread that the sound library calls from, a pipe's and a file's on the loop; only the
frames that were found come to the triggers. Devices are looked for every two seconds, as MIDI ports are. A file plays
once, from the start of the show, at its own speed; a pipe is read as fast as its writer writes, and opened again when
another writer comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from cuelang.clock import Clock
from cuelang.lang.ports import is_path
from cuelang.lang.values import FPS
from cuelang.plan import Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.label_chaser import LabelChaser
from cuelang.protocols.ltc import Frame, Ltc, Pace
from cuelang.protocols.pcm import Pcm, wav
from cuelang.transports import audio
from cuelang.triggers.access import subject
from cuelang.triggers.timecode_table import TimecodeTable
from cuelang.units import NS

SCAN = 2 * NS
PIECE = 5_000_000
"""How much of a file is read at once, ns."""
HEADER = 1 << 16
MOST = 1000
"""Pieces of sound of one device that wait for the loop."""


class _Input:
    """One input of the sheet, with its device while it is there."""

    def __init__(self, port: Port, folder: Path) -> None:
        self.port = port
        name, _, query = port.url.partition(":")[2].partition("?")
        options = {key: int(value) for key, value in parse_qsl(query)}
        self.wanted = name.strip()
        self.path = folder / self.wanted if is_path(self.wanted) else None
        self.channel = options.get("channel", 1)
        self.raw = Pcm(options["rate"], options.get("channels", 1)) if "rate" in options else None
        self.name = ""
        self.device: Any = None
        self.playing: asyncio.Task[None] | None = None
        self.waiting = 0
        self.said = ""


class _Tape:
    """What is read of a source since it was opened."""

    def __init__(self, pcm: Pcm, channel: int, fps: int | None) -> None:
        self.pcm = pcm
        self._channel, self._ltc, self._pace = channel, Ltc(pcm.rate), Pace(pcm.rate, fps)
        self._rest = b""
        self._heard = 0
        self.chaser = LabelChaser()

    def read(self, data: bytes, now: int) -> list[tuple[Frame, int]]:
        """The frames in more of its sound, the end of which was `now`, and when each began."""
        data = self._rest + data
        whole = len(data) - len(data) % self.pcm.frame
        data, self._rest = data[:whole], data[whole:]
        self._heard += whole // self.pcm.frame
        found = self._ltc.feed(self.pcm.channel(data, self._channel))
        return [(frame, now - round((self._heard - frame.begin) * NS / self.pcm.rate)) for frame in found]

    def follow(self, frame: Frame, at: int) -> Any:
        """The span that the tape has run through with this frame; None: none."""
        rate = self._pace.now(frame) if frame.early else self._pace.rate(frame)
        return None if frame.backwards else self.chaser.label(rate, frame.label, at)


class LtcDoor:
    """All LTC inputs of a show.

    `deliver` gets each request, `settled` each verdict that is given here, `problem` what the operator should know; all
    on the loop.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], object],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        *,
        every: int = SCAN,
    ) -> None:
        self._clock, self._every = clock, every
        self._deliver, self._settled, self._problem = deliver, settled, problem
        self._inputs: list[_Input] = []
        self._gone: list[_Input] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._declare(plan)

    @property
    def connected(self) -> dict[str, str]:
        """The inputs that are there, with the names of their devices or files."""
        return {one.port.name: one.name for one in self._inputs if one.name}

    def open(self) -> None:
        """Look for the sources from now on. It costs nothing in a show without LTC."""
        self._loop = asyncio.get_running_loop()
        if self._inputs and (self._keeping is None or self._keeping.done()):
            self._keeping = self._loop.create_task(self._keep())

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None
        for one in (*self._inputs, *self._gone):
            await self._close(one)

    def reload(self, plan: Plan) -> None:
        """Other triggers from now on; inputs that are new are looked for, those that have gone are closed."""
        self._declare(plan)
        self.open()

    def _declare(self, plan: Plan) -> None:
        self._timed = TimecodeTable(plan)
        fps = plan.settings.fps
        self._fps = -(-FPS[fps].numerator // FPS[fps].denominator) if fps else None
        wanted = {(port.name, port.url): port for port in plan.inputs if port.url.startswith("ltc:")}
        self._gone += [one for one in self._inputs if (one.port.name, one.port.url) not in wanted]
        kept = {(one.port.name, one.port.url): one for one in self._inputs}
        folder = Path(plan.file).parent
        self._inputs = [kept.get(key) or _Input(port, folder) for key, port in wanted.items()]

    # --- sources -------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            gone, self._gone = self._gone, []
            for one in gone:
                await self._close(one)
            for one in self._inputs:
                if one.path is not None:
                    if one.playing is None:
                        one.playing = asyncio.get_running_loop().create_task(self._play(one, one.path))
                else:
                    await self._look(one)
            await self._clock.sleep_until(self._clock.now() + self._every)

    async def _look(self, one: _Input) -> None:
        if one.device is not None:
            if one.device.active:
                return
            await self._close(one)
            self._say(one, f"{subject(one.port)} was unplugged; it is used again when it is plugged in.")
        busy = any(other.device is not None for other in self._inputs)
        try:
            names = await asyncio.to_thread(audio.input_names, again=not busy)
            name = audio.choose(one.wanted, names)
            tape: list[_Tape] = []
            one.device = await asyncio.to_thread(
                audio.open_input,
                name,
                one.channel,
                lambda data, pcm, past: self._called(one, tape, data, pcm, past),
            )
        except (audio.NoAudio, audio.NoDevice) as error:
            self._say(one, f"{subject(one.port)} is not there yet: {error}.")
        else:
            one.name = name
            if one.said:
                self._say(one, f"{subject(one.port)} is there: {one.name}.")
                one.said = ""

    async def _close(self, one: _Input) -> None:
        device, one.device, one.name = one.device, None, ""
        playing, one.playing = one.playing, None
        if playing is not None:
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing
        if device is not None:
            await asyncio.to_thread(device.close)

    def _say(self, one: _Input, text: str) -> None:
        if text != one.said:
            one.said = text
            self._problem(text)

    async def _play(self, one: _Input, path: Path) -> None:
        """A file once, a pipe for each of its writers."""
        while True:
            try:
                file = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_NONBLOCK)
            except OSError as error:
                self._say(one, f"{subject(one.port)} is not there yet: {error.strerror or error}.")
                await self._clock.sleep_until(self._clock.now() + self._every)
                continue
            try:
                one.name = str(path)
                pipe = not stat.S_ISREG(os.fstat(file).st_mode)
                await self._sound(one, file, pipe)
                if not pipe:
                    return
            except (OSError, ValueError) as error:
                self._say(one, f"{subject(one.port)} cannot be read: {error}.")
                return
            finally:
                one.name = ""
                os.close(file)

    async def _sound(self, one: _Input, file: int, pipe: bool) -> None:
        began, data, tape, heard = self._clock.now(), b"", None, 0
        if one.raw is not None:
            tape = _Tape(one.raw, one.channel, self._fps)
        while True:
            if pipe:
                await _readable(file)
            size = HEADER if tape is None or pipe else tape.pcm.rate * PIECE // NS * tape.pcm.frame
            try:
                more = os.read(file, size)
            except BlockingIOError:
                continue
            if not more:
                return
            data += more
            if tape is None:
                found = wav(data)
                if found is None:
                    if len(data) > HEADER:
                        raise ValueError("it is not a WAV")
                    continue
                tape, data = _Tape(found[0], one.channel, self._fps), data[found[1] :]
                if one.channel > tape.pcm.channels:
                    raise ValueError(f"it has no channel {one.channel}")
            piece = tape.pcm.rate * PIECE // NS * tape.pcm.frame
            while data:
                part, data = data[:piece], data[piece:]
                heard += len(part)
                if pipe:
                    await asyncio.sleep(0)
                else:
                    await self._clock.sleep_until(began + heard // tape.pcm.frame * NS // tape.pcm.rate)
                self._found(one, tape, tape.read(part, self._clock.received() if pipe else self._clock.now()))

    def _called(self, one: _Input, tapes: list[_Tape], data: bytes, pcm: Pcm, past: float) -> None:
        """On the library's thread."""
        if self._loop is None or one.waiting >= MOST:
            return
        if not tapes:
            tapes.append(_Tape(pcm, one.channel, self._fps))
        frames = tapes[0].read(data, self._clock.now() - round(past * NS))
        if frames:
            one.waiting += 1
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self._on_loop, one, tapes[0], frames)

    def _on_loop(self, one: _Input, tape: _Tape, frames: list[tuple[Frame, int]]) -> None:
        one.waiting -= 1
        if one in self._inputs:
            self._found(one, tape, frames)

    # --- what comes in -------------------------------------------------------------------------------------

    def _found(self, one: _Input, tape: _Tape, frames: list[tuple[Frame, int]]) -> None:
        for frame, at in frames:
            span = tape.follow(frame, at)
            if span is None:
                continue
            for asked in self._timed.ran(span, "ltc", (one.port.name,)):
                if isinstance(asked, Request):
                    self._deliver(asked)
                else:
                    self._settled(asked)


async def _readable(file: int) -> None:
    """Wait until a pipe has something to read, or has lost its last writer."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(file, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(file)
