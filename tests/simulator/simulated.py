"""A conversation with a simulated camera: hex in, hex out, time in seconds."""

from __future__ import annotations

from cuelang.models import DEFAULT, Model
from cuelang.simulator.body import Body
from cuelang.simulator.faults import Faults
from cuelang.simulator.visca import ViscaEnd
from cuelang.units import NS


def nibbles(value: int) -> str:
    return " ".join(f"0{digit}" for digit in f"{value & 0xFFFF:04X}")


class Talk:
    """`say` returns what the camera answers at once; `at` moves time on and returns what comes meanwhile."""

    def __init__(self, model: Model = DEFAULT, faults: str = "", boot: float = 0) -> None:
        self.now = 0
        self.body = Body(model, "foh", boot=int(boot * NS))
        self.end = ViscaEnd(self.body, Faults.parse(faults))
        self.arrivals: list[int] = []

    def say(self, text: str, peer: object = None) -> list[str]:
        return self._shown(self.end.receive(bytes.fromhex(text), self.now, peer))

    def after(self, seconds: float) -> list[str]:
        return self.until(self.now + round(seconds * NS))

    def until(self, when: int) -> list[str]:
        heard: list[str] = []
        while (due := self.end.due) is not None and due <= when:
            self.now = max(due, self.now)
            shown = self._shown(self.end.wake(self.now))
            self.arrivals += [self.now] * len(shown)
            heard += shown
        self.now = when
        return heard

    def position(self) -> tuple[int, int]:
        (answer,) = self.say("81 09 06 12 FF")
        digits = bytes.fromhex(answer)[2:-1]
        pan, tilt = (int("".join(f"{n:X}" for n in half), 16) for half in (digits[:4], digits[4:]))
        return tuple(n - 0x10000 if n & 0x8000 else n for n in (pan, tilt))  # type: ignore[return-value]

    def zoom(self) -> int:
        (answer,) = self.say("81 09 04 47 FF")
        return int("".join(f"{n:X}" for n in bytes.fromhex(answer)[2:-1]), 16)

    @staticmethod
    def _shown(mail: list[tuple[object, bytes]]) -> list[str]:
        return [frame.hex(" ").upper() for _, frame in mail]


DONE = ["90 41 FF", "90 51 FF"]
EXECUTED = [["90 41 FF", "90 51 FF"], ["90 42 FF", "90 52 FF"], ["90 43 FF", "90 53 FF"]]
