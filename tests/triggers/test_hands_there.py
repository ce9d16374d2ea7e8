"""A hand at the machine that follows drives the camera of the one that leads, in the whole show: what it wants arrives
while it holds, who drives is one person on both, and it ends when the lead changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from cuelang.app.hands_there import HandsThere, carried_drive
from cuelang.plan import Step
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import Deflection, Driven
from cuelang.protocols.midi import Hit
from cuelang.triggers.joystick import Joysticks
from cuelang.units import MS
from tests.running.night import Night, perform
from tests.triggers.test_gestures import CUE, People
from tests.triggers.test_hands import RIG, STOP

WAY_NS = 5 * MS


def never(*what: object) -> Any:
    raise AssertionError(f"a machine that follows sends nothing: {what}")


class There(People):
    """Carla is at the page of the machine that follows, where sticks are too."""

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__(locked=locked)
        self.cut = False
        self.answers: list[Driven] = []
        self.here: Joysticks | None = None
        self.way: HandsThere | None = None
        self.night: Night | None = None
        self._tasks: list[Any] = []

    async def carry(self, what: dict[str, Any], received: int, within: float) -> Any:
        night = self.night
        assert night is not None
        await night.clock.sleep_until(night.clock.now() + WAY_NS)
        if self.cut:
            await night.clock.sleep_until(night.clock.now() + round(within * 1e9))
            return None
        driven = carried_drive(what["drive"], self.of(night), night.plan, "b", received, locked=self.locked)
        return {"verdict": "fired", "state": driven.state, "reason": driven.reason}

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    def follower(self, night: Night) -> Joysticks:
        if self.here is None:
            self.night = night
            steer = cast(Callable[[Request, Step, Step | None], str], never)
            self.here = Joysticks(night.plan, night.clock, steer, never, refused=self._refused, hindered=never)
            self.way = HandsThere(cast(Any, self), self.here.gestures, night.clock, self._spawn)
        return self.here

    def _refused(self, verdict: Verdict) -> None:
        raise AssertionError(verdict)

    def carla(self, **wanted: Any) -> Callable[[Night], None]:
        def do(night: Night) -> None:
            now, there = night.clock.now(), self.follower(night).gestures
            self.answers.append(there.drive("page 1", "Carla", Deflection("foh", **wanted), "page Carla", now))
            self.driven.append({"here": there.driven.get("foh", ""), "there": self.of(night).driven.get("foh", "")})

        return do

    def carla_keeps(self, start: float, end: float, **wanted: Any) -> list[Any]:
        return [(round(start + n / 10, 1), self.carla(**wanted)) for n in range(round((end - start) * 10))]

    def pushes(self, value: int) -> Callable[[Night], None]:
        hit = Hit("control", 1, value, 1)
        return lambda night: self.follower(night).moved(hit, "desk", night.clock.now())

    def takes_over(self, night: Night) -> None:
        assert self.way is not None
        self.way.end()

    def now_cut(self, night: Night) -> None:
        self.cut = True


def played(*doings: Any, interlock: str = "block") -> Night:
    return perform(CUE, *sorted(doings, key=lambda one: one[0]), rig=RIG.format(interlock=interlock), end=20)


def sent(night: Night) -> list[tuple[float, str]]:
    return [(round(at, 2), frame) for at, frame in night.wire("foh")]


def test_what_a_page_wants_is_done_there_and_ends_with_it() -> None:
    there = There()
    night = played(*there.carla_keeps(1, 2, pan=1, tilt=-0.5), (2, there.carla()))
    assert sent(night) == [(1.0, "81 01 06 01 18 0a 02 02 ff"), (2.0, STOP)]
    (trigger,) = night.of("trigger")
    assert (trigger["request"], trigger["verdict"], trigger["source"]) == ("drive foh by hand", "fired", "page Carla")
    assert there.driven[5] == {"here": "Carla", "there": "Carla"} and there.driven[-1]["here"] == ""
    assert [one.state for one in there.answers] == ["driving"] * 10 + ["rest"]


def test_a_page_that_falls_silent_and_a_machine_that_does_stop_the_camera() -> None:
    there = There()
    assert [at for at, _ in sent(played(*there.carla_keeps(1, 2, pan=1)))] == [1.0, 2.21]
    there = There()
    night = played(*there.carla_keeps(1, 3, pan=1), (1.45, there.now_cut))
    assert [frame for _, frame in sent(night)][1] == STOP and 1.7 <= sent(night)[1][0] <= 1.81
    assert there.answers[-1] == Driven("lost", "the machine that leads does not answer")


def test_two_people_at_two_machines_are_two_people() -> None:
    there = There()
    doings = [*there.keeps("Anna", 1, 2, pan=1), *there.carla_keeps(1.2, 1.5, pan=-1)]
    night = played(*doings, *there.carla_keeps(1.5, 1.8, pan=-1, take=True), (1.8, there.carla()))
    assert there.answers[2] == Driven("lost", "foh is driven by Anna")
    assert there.answers[-2].state == "driving" and there.told[-1][1].reason == "Carla has taken over"
    assert [frame[18:23] for _, frame in sent(night)] == ["02 03", "03 03", "01 03", "03 03"]


def test_a_stick_is_held_there_until_it_is_let_go_or_its_port_is_gone() -> None:
    there = There()
    night = played((1, there.pushes(127)), (3, there.pushes(64)))
    assert [at for at, _ in sent(night)] == [1.0, 3.0] and sent(night)[1][1] == STOP
    (trigger,) = night.of("trigger")
    assert trigger["source"].startswith("midi desk control 1") and trigger["line"] is not None
    there = There()
    gone = (2, lambda night: there.follower(night).gone("desk"))
    assert [at for at, _ in sent(played((1, there.pushes(127)), gone))] == [1.0, 2.0]


def test_what_is_on_air_is_for_the_interlock_there() -> None:
    there = There()
    night = played((0.5, "go 2"), *there.carla_keeps(1, 1.5, pan=1), *there.carla_keeps(1.5, 2, pan=1, live=True))
    assert sent(night) == [] or all(not frame.startswith("81 01 06 01") for _, frame in sent(night))
    assert there.answers[-1].state == "lost" and "foh is on program" in there.answers[-1].reason


def test_when_the_lead_changes_a_hand_has_to_be_at_rest_first() -> None:
    there = There()

    def leads(night: Night) -> None:
        there.takes_over(night)
        there.sticks(night)  # its own cameras from now on
        here = there.follower(night).gestures
        here._steer, here._release = night.executor.hands.steer, night.executor.hands.release
        here._hindered = night.executor.hands.hindered

    doings = [*there.carla_keeps(1, 3, pan=1), (1.55, there.now_cut), (1.65, leads), (3, there.carla())]
    night = played(*doings, *there.carla_keeps(3.1, 3.5, pan=1))
    lost = Driven("lost", "this machine leads now; let go, and drive again")
    assert set(there.answers[7:20]) == {lost}
    assert [one.state for one in there.answers[20:]] == ["rest"] + ["driving"] * 4
    assert [frame[18:23] for _, frame in sent(night)] == ["02 03", "03 03", "02 03", "03 03"]
