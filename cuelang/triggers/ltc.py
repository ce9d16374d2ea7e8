"""The LTC door: time code as sound, from devices of this machine, WAV files and pipes.

A device's sound is read on the thread that the sound library calls from, a pipe's and a file's on the loop; only the
frames that were found come to the triggers. A file plays once, from the start of the show, at its own speed; a pipe is
read as fast as its writer writes, and opened again when another writer comes.
"""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cuelang.clock import Clock, end_tasks
from cuelang.lang.ports import is_path
from cuelang.lang.values import FPS
from cuelang.library import READING
from cuelang.plan import Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.label_chaser import LabelChaser
from cuelang.protocols.ltc import Ltc, LtcFrame, TapeRate
from cuelang.protocols.pcm import Pcm, wav
from cuelang.transports import audio
from cuelang.triggers.access import subject
from cuelang.triggers.ears import Ears
from cuelang.triggers.plugged import SCAN_NS, PluggedDoor, PluggedInput
from cuelang.triggers.timecode_table import TimecodeTable
from cuelang.units import NS

PIECE_NS = 5_000_000
"""How much of a file is read at once, ns."""
HEADER = 1 << 16


class _Input(PluggedInput):
    def __init__(self, port: Port, folder: Path) -> None:
        super().__init__(port)
        options = {key: int(value) for key, value in port.at.options}
        self.wanted = port.at.name
        self.path = folder / self.wanted if is_path(self.wanted) else None
        self.channel = options.get("channel", 1)
        self.raw = Pcm(options["rate"], options.get("channels", 1)) if "rate" in options else None
        self.playing: asyncio.Task[None] | None = None


class _Tape:
    """What is read of a source since it was opened."""

    def __init__(self, pcm: Pcm, channel: int, fps: int | None) -> None:
        self.pcm = pcm
        self._channel, self._ltc, self._pace = channel, Ltc(pcm.rate), TapeRate(pcm.rate, fps)
        self._rest = b""
        self._heard = 0
        self.chaser = LabelChaser()

    def read(self, data: bytes, now: int) -> list[tuple[LtcFrame, int]]:
        """The frames in more of its sound, the end of which was `now`, and when each began."""
        data = self._rest + data
        whole = len(data) - len(data) % self.pcm.frame
        data, self._rest = data[:whole], data[whole:]
        self._heard += whole // self.pcm.frame
        found = self._ltc.feed(self.pcm.channel(data, self._channel))
        return [(frame, now - round((self._heard - frame.begin) * NS / self.pcm.rate)) for frame in found]

    def follow(self, frame: LtcFrame, at: int) -> Any:
        """The span that the tape has run through with this frame; None: none."""
        rate = self._pace.now(frame) if frame.early else self._pace.rate(frame)
        return None if frame.backwards else self.chaser.label(rate, frame.label, at)


class LtcDoor(PluggedDoor[_Input]):
    """All LTC inputs of a show."""

    kind = "ltc"

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], object],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        *,
        every: int = SCAN_NS,
        ears: Ears | None = None,
    ) -> None:
        self._ears = ears or Ears(clock)
        super().__init__(plan, clock, deliver, settled, problem, every)

    def _load(self, plan: Plan) -> None:
        self._timed = TimecodeTable(plan)
        fps = plan.settings.fps
        self._fps = -(-FPS[fps].numerator // FPS[fps].denominator) if fps else None

    def _made(self, port: Port, plan: Plan) -> _Input:
        return _Input(port, Path(plan.file).parent)

    # --- sources -------------------------------------------------------------------------------------------

    async def _look(self) -> bool:
        for one in self._inputs:
            if one.path is None:
                await self._find(one)
            elif one.playing is None:
                one.playing = asyncio.get_running_loop().create_task(self._play(one, one.path))
        return True

    async def _find(self, one: _Input) -> None:
        if one.device is not None:
            if one.device.active:
                return
            await self._unplugged(one)
        busy = any(other.device is not None for other in self._inputs)
        try:
            names = await asyncio.to_thread(audio.input_names, again=not busy)
            name = audio.choose(one.wanted, names)
            tape: list[_Tape] = []
            device = await asyncio.to_thread(
                audio.open_input,
                name,
                one.channel,
                lambda data, pcm, past: self._called(one, tape, data, pcm, past),
            )
        except (audio.NoAudio, audio.NoDevice) as error:
            self._say(one, f"{subject(one.port)} is not there yet: {error}.")
        else:
            self._plugged(one, name, device, "there")

    async def _close(self, one: _Input) -> None:
        playing, one.playing = one.playing, None
        if playing is not None:
            await end_tasks((playing,))
        await super()._close(one)

    async def _play(self, one: _Input, path: Path) -> None:
        """A file once, a pipe for each of its writers."""
        while True:
            try:
                file = await asyncio.to_thread(os.open, path, READING)
            except OSError as error:
                self._say(one, f"{subject(one.port)} is not there yet: {error.strerror or error}.")
                await self._clock.sleep_until(self._clock.now() + self._every)
                continue
            try:
                one.name = str(path)
                pipe = not stat.S_ISREG(os.fstat(file).st_mode)
                if pipe and sys.platform == "win32":
                    raise ValueError("on Windows it has to be a file or a sound device")
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
            size = HEADER if tape is None or pipe else tape.pcm.rate * PIECE_NS // NS * tape.pcm.frame
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
            piece = tape.pcm.rate * PIECE_NS // NS * tape.pcm.frame
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
        if not tapes:
            tapes.append(_Tape(pcm, one.channel, self._fps))
        frames = tapes[0].read(data, self._clock.now() - round(past * NS))
        if frames:
            self._hand_over(one, self._found, one, tapes[0], frames)

    # --- what comes in -------------------------------------------------------------------------------------

    def _found(self, one: _Input, tape: _Tape, frames: list[tuple[LtcFrame, int]]) -> None:
        for frame, at in frames:
            span = tape.follow(frame, at)
            if span is None:
                continue
            self._ears.runs(one.port.name, "ltc", span)
            for asked in self._timed.ran(span, "ltc", (one.port.name,)):
                self._tell(self._ears.let_in(one.port.name, asked))


async def _readable(file: int) -> None:
    """Wait until a pipe has something to read, or has lost its last writer."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(file, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(file)
