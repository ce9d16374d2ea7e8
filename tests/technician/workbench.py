"""Simulated cameras in a technician's hands, in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from cuelang import clock
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT, Model
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.serve import attach
from cuelang.technician.session import Session, camera_at, opened
from cuelang.transports.memory import pair
from cuelang.units import MS

T = TypeVar("T")
S = 1000 * MS


class Bench:
    """One simulated camera, what it heard, and the session on it."""

    def __init__(self, faults: Faults, model: Model) -> None:
        near, far = pair()
        self.body = Body(model, "foh")
        self.heard: list[tuple[int, str]] = []
        attach(far, self.body, faults, on_frame=self._frame)
        self.driver = ViscaCamera("foh", near, model, keepalive=None)
        self.session: Session
        self.model = model

    def _frame(self, way: str, frame: bytes, now: int) -> None:
        if way == "in":
            self.heard.append((now, frame.hex(" ").upper()))

    def commands(self) -> list[str]:
        return [frame for _, frame in self.heard if not frame.startswith("81 09") and not frame.startswith("81 2A")]


def on_bench(
    act: Callable[[Bench], Awaitable[T]], faults: Faults = NO_FAULTS, model: Model = DEFAULT
) -> tuple[T, Bench]:
    """Run `act` with an open session on one camera; its line is closed afterwards."""

    async def main() -> tuple[T, Bench]:
        bench = Bench(faults, model)
        camera = camera_at("sim://foh", None if model is DEFAULT else model.id, model)
        async with opened(camera, bench.driver) as session:
            bench.session = session
            result = await act(bench)
        return result, bench

    return clock.run(main(), kind="virtual")
