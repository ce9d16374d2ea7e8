"""What can be wrong with a camera or its line, each a switch. All were seen in the field (see each line's source).

As text, for `--fault` and `--latency`: `loss=5%, latency=30ms, ack_at_end`.
"""

from __future__ import annotations

import difflib
import heapq
import random
import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from cuelang.plain import UserError
from cuelang.units import MS, NS_IN

Reply = tuple[object, bytes]
"""To whom (as the shell knows him), and what."""

REORDER_BY_NS = 20 * MS


class BadFault(UserError, ValueError):
    """What was asked for is not a fault; the message says what can be written."""


class Faults(Struct, frozen=True):
    """A profile. Times are nanoseconds, chances 0…1. The line's faults strike each packet by itself, in an order
    that `seed` settles; requests and answers are lost alike, while delays are all put on the answer."""

    latency: int = 0
    jitter: int = 0
    """Up to so much more than `latency`; the order is kept."""
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    """The chance that an answer is overtaken by those behind it, as on UDP."""
    seed: int = 0

    ack_at_end: bool = False
    """ACK and completion of a recall both come at its end: PTZOptics G3, ptzoptics-visca#32."""
    same_socket: bool = False
    """Every command is acknowledged in socket 1: Move SE and G3, ptzoptics-visca PR 42."""
    stray_completion: bool = False
    """After a command comes a completion for a socket never used: same source."""
    error_socket: bool = False
    """Errors carry the number of a socket that has nothing to do with the command: same source."""
    late_superseded: bool = False
    """A displaced move completes when it would have arrived, although it never does: ptzoptics-visca#41."""
    buffer_full: int = 0
    """Every so-manyth command is answered with “buffer full”, and not carried out."""
    silent: bool = False
    """Takes everything, does nothing, says nothing: hung, or unplugged behind a switch."""
    rubbish: float = 0.0
    """The chance that an answer is a handful of random bytes."""
    reply_from: int = 1
    """The camera number in answers; 2 is the `A0` of a G3 with SOC 9.1.35, ptzoptics-visca#57."""
    reply_port: int = 0
    """Datagrams are answered to this port of the sender, whatever port it sent from: Sony's cameras answer to
    52381, libvisca-ip."""
    half_open: int = 0
    """So long after it was made, a connection still takes bytes but nothing comes back: ptzoptics-visca#87."""
    drop_after: int = 0
    """So long after it was made, a connection is closed: ptzoptics-visca#75."""
    no_positions: bool = False
    """Position inquiries are not answered."""
    no_blocks: bool = False
    """Block inquiries are not answered: older PTZOptics over IP, SKAARHOJ sheet."""
    manual_forms: bool = False
    """Gain and bright are set by 04 0C and 04 0D alone, as PTZOptics' own lists print them; by 04 4C and 04 4D, as
    everybody else has it, is a syntax error."""
    preset_speeds: bool = False
    """`81 01 06 01 pp ss FF` sets the speed of preset pp alone, which others do not know: companion's `speedPreset`."""

    @property
    def on_line(self) -> bool:
        """Whether packets may be anything but delivered once, at once."""
        return bool(self.latency or self.jitter or self.loss or self.duplicate or self.reorder or self.rubbish)

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read `name` and `name=value`, with commas. BadFault says what is wrong and what can be written."""
        found: dict[str, Any] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, equals, value = (side.strip() for side in part.partition("="))
            name = name.replace("-", "_")
            reader = _READERS.get(name)
            if reader is None:
                near = difflib.get_close_matches(name, _READERS, 1)
                hint = f" Did you mean “{near[0]}”?" if near else ""
                raise BadFault(f"Unknown fault “{name}”.{hint} Known: {', '.join(_READERS)}.")
            if name in found:
                raise BadFault(f"The fault “{name}” is given twice.")
            found[name] = reader(name, value if equals else None)
        return cls(**found)

    def __str__(self) -> str:
        shown = []
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value == getattr(NO_FAULTS, name):
                continue
            if _READERS[name] is _switch:
                shown.append(name)
            elif _READERS[name] is _time:
                shown.append(f"{name}={value / MS:g}ms")
            elif _READERS[name] is _chance:
                shown.append(f"{name}={value * 100:g}%")
            else:
                shown.append(f"{name}={value}")
        return ", ".join(shown)


NO_FAULTS = Faults()


def _switch(name: str, value: str | None) -> bool:
    if value in (None, "on", "yes"):
        return True
    if value in ("off", "no"):
        return False
    raise BadFault(f"{name}={value}: “{name}” must be on or off.")


def _time(name: str, value: str | None) -> int:
    if value == "0":
        return 0
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m)", value or "", re.ASCII)
    if match is None and re.fullmatch(r"\d+(\.\d+)?", value or "", re.ASCII):
        raise BadFault(f"{name}={value}: which unit? Write {value}ms or {value}s.")
    if match is None or len(match[1]) > 12:
        raise BadFault(f"{name}={value or ''}: a time is needed, such as {name}=30ms or {name}=2s.")
    return round(float(match[1]) * NS_IN[match[2]])


def _chance(name: str, value: str | None) -> float:
    if value is None and name == "rubbish":
        return 1.0
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", value or "", re.ASCII)
    chance = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= chance <= 1:
        raise BadFault(f"{name}={value or ''}: a chance is needed, such as {name}=5% or {name}=0.05.")
    return chance


def _number(low: int, high: int) -> Callable[[str, str | None], int]:
    def read(name: str, value: str | None) -> int:
        if value is None or not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
            raise BadFault(f"{name}={value or ''}: a whole number from {low} to {high} is needed.")
        return int(value)

    return read


_READERS: dict[str, Callable[[str, str | None], int | float | bool]] = {
    "latency": _time, "jitter": _time, "loss": _chance, "duplicate": _chance, "reorder": _chance,
    "seed": _number(0, 999_999_999), "ack_at_end": _switch, "same_socket": _switch, "stray_completion": _switch,
    "error_socket": _switch, "late_superseded": _switch, "buffer_full": _number(1, 1_000_000), "silent": _switch,
    "rubbish": _chance, "reply_from": _number(1, 7), "reply_port": _number(1, 65535), "half_open": _time,
    "drop_after": _time, "no_positions": _switch, "no_blocks": _switch,
    "manual_forms": _switch, "preset_speeds": _switch,
}  # fmt: skip


class ReplyQueue:
    """The way of a camera's answers to its clients, with the line's faults. Pure: the shell asks `due` and `take`.

    Cameras of other names have other random faults with the same seed.
    """

    def __init__(self, faults: Faults, name: str) -> None:
        self.faults = faults
        self._random = random.Random(f"{faults.seed} {name}")
        self._queue: list[tuple[int, int, Reply]] = []
        self._count = 0
        self._last = 0

    @property
    def due(self) -> int | None:
        return self._queue[0][0] if self._queue else None

    def arrives(self) -> bool:
        """Whether the next request gets through."""
        return not (self.faults.loss and self._random.random() < self.faults.loss)

    def put(self, now: int, peer: object, frame: bytes) -> None:
        faults, chance = self.faults, self._random.random
        if faults.loss and chance() < faults.loss:
            return
        if faults.rubbish and chance() < faults.rubbish:
            frame = self._random.randbytes(self._random.randint(1, 24))
        at = now + faults.latency
        if faults.jitter:
            at += self._random.randint(0, faults.jitter)
        if faults.reorder and chance() < faults.reorder:
            at += max(faults.latency, REORDER_BY_NS)
        else:
            at = self._last = max(at, self._last)
        for _ in range(2 if faults.duplicate and chance() < faults.duplicate else 1):
            self._count += 1
            heapq.heappush(self._queue, (at, self._count, (peer, frame)))

    def take(self, now: int) -> list[Reply]:
        """What has come through by now, in order."""
        out = []
        while self._queue and self._queue[0][0] <= now:
            out.append(heapq.heappop(self._queue)[2])
        return out
