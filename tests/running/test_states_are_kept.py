"""What a camera forgets and the show does not: tally lamps that go out by themselves, what a power cut takes away."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from cuelang import clock as clocks
from cuelang.commands import Job, Recall, Tally, TallyMode
from cuelang.devices.bus import ViscaBus
from cuelang.devices.sony_line import SonyLine
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import Attached, attach
from cuelang.simulator.sony import SonyEnd
from cuelang.simulator.visca import ViscaEnd
from cuelang.transports import Line, Listener, memory
from cuelang.units import NS
from tests.models.known import known
from tests.running.night import Night, perform

SONY = 'camera foh "sony://10.0.0.21"\n    model "sony-brc-x400"\n    tally_index 1\n'
PTZ = 'camera foh "visca+udp://10.0.0.21"\n    recall_speed 3\n    preset wide = 1\n'
ON, OFF = "81 01 7e 01 0a 00 02 ff", "81 01 7e 01 0a 00 03 ff"
SPEED, RECALL = "81 01 06 01 03 ff", "81 01 04 3f 02 01 ff"
PROGRAM = "81 0a 02 02 02 ff"


def told(night: Night, *, since: float = 0, until: float = 1e9) -> list[str]:
    return [frame for _, frame in night.wire("foh", since=since, until=until)]


def lamp(night: Night) -> TallyMode:
    return night.far["foh"].body.lamp(night.clock.now())


class Seen:
    """What the lamp showed, at the times at which it was looked at."""

    def __init__(self) -> None:
        self.lamps: list[TallyMode] = []

    def __call__(self, night: Night) -> None:
        self.lamps.append(lamp(night))


def test_a_sony_lamp_is_lit_for_as_long_as_the_shot_lasts() -> None:
    look = Seen()
    night = perform(
        "cue 1\n    tally foh program\ncue 2\n    tally foh off\n",
        (0, "go"),
        *((float(at), look) for at in range(1, 61, 7)),
        (61, "go"),
        (62, look),
        (99, look),
        rig=SONY,
        end=100,
    )
    assert look.lamps == ["program"] * 9 + ["off", "off"]
    said = [at for at, frame in night.wire("foh") if frame == ON]
    assert max(after - before for before, after in pairwise(said)) <= 5
    assert told(night, since=60.5) == [OFF], "a lamp that is out stays out by itself"


def test_a_simulated_sony_that_is_told_once_goes_dark() -> None:
    body = Body(known("sony-brc-x400"), "foh")
    body.light("program", 0)
    assert body.lamp(14 * NS) == "program" and body.lamp(15 * NS) == "off"


def test_a_switchers_tally_keeps_a_sony_lamp_lit() -> None:
    look = Seen()

    def on_program(night: Night) -> None:
        night.executor.on_air("foh", "program")

    perform(
        'cue 1\n    note "x"\n',
        (1, on_program),
        (22, look),
        (60, look),
        rig=SONY + 'input switcher "tsl+udp://127.0.0.1:8900"\n',
        end=61,
    )
    assert look.lamps == ["program", "program"]


@pytest.mark.parametrize("silent", [2.0, 20.0, 90.0])
def test_a_camera_that_comes_back_gets_its_newest_lamp(silent: float) -> None:
    night = perform(
        "cue 1\n    tally foh program\n    wait 1s\n    tally foh off\n    wait 500ms\n    tally foh program\n",
        (0.5, lambda night: night.unplug("foh")),
        (1, "go"),
        (1 + silent, lambda night: night.plug_in("foh")),
        rig=PTZ,
        end=120,
    )
    assert set(told(night, since=3)) == {PROGRAM}
    assert lamp(night) == "program"


def reboot(attached: Attached, now: int) -> None:
    end = attached.end
    assert isinstance(end, ViscaEnd | SonyEnd)
    end.body.power_cut(now)


def test_a_camera_without_power_for_a_while_gets_its_preset_speed_and_its_lamp_and_nothing_that_moves() -> None:
    def cut(night: Night) -> None:
        night.unplug("foh")

    def power(night: Night) -> None:
        reboot(night.far["foh"].end, night.clock.now())
        night.plug_in("foh")

    night = perform(
        "cue 1\n    tally foh program\n    move foh to wide\ncue 2\n    move foh to wide\n",
        (1, "go"),
        (10, cut),
        (30, power),
        (80, "go"),
        rig=PTZ,
        end=100,
    )
    assert told(night, until=9) == [PROGRAM, SPEED, RECALL]
    again = told(night, since=10, until=79)
    assert set(again) == {SPEED, PROGRAM} and again[0] == SPEED
    assert told(night, since=79) == [RECALL], "it has its speed already"
    assert (lamp(night), night.far["foh"].body.preset_speed) == ("program", 3)


BEHIND = "    recall_speed 3\n    preset wide = 1\n"
LINKS = {
    "tcp": f'camera foh "visca+tcp://10.0.0.21"\n{BEHIND}',
    "cable": f'camera foh "visca+serial:///dev/ttyUSB0"\n{BEHIND}',
    "chain": f'camera left "visca+serial:///dev/ttyUSB0?address=2"\n'
             f'camera foh "visca+serial:///dev/ttyUSB0?address=1"\n{BEHIND}',
    "converter": f'camera left "visca+udp://10.0.0.21?address=2"\n'
                 f'camera foh "visca+udp://10.0.0.21?address=1"\n{BEHIND}',
}  # fmt: skip


@pytest.mark.parametrize("rig", LINKS.values(), ids=LINKS.keys())
def test_a_power_cut_is_made_good_on_every_link(rig: str) -> None:
    def power(night: Night) -> None:
        night.far["foh"].body.power_cut(night.clock.now())
        night.plug_in("foh")

    night = perform(
        "cue 1\n    tally foh program\n    move foh to wide\n",
        (1, "go"),
        (10, lambda night: night.unplug("foh")),
        (30, power),
        rig=rig,
        end=100,
    )
    assert (lamp(night), night.far["foh"].body.preset_speed) == ("program", 3)
    assert set(told(night, since=10)) == {SPEED, PROGRAM}, "and nothing that moves"


@pytest.mark.parametrize("url", ["visca+serial:///dev/ttyUSB0", "visca+tcp://10.0.0.21", "visca+udp://10.0.0.21"])
def test_a_sony_lamp_is_kept_lit_on_every_link(url: str) -> None:
    look = Seen()
    perform(
        "cue 1\n    tally foh program\n",
        (0, "go"),
        *((float(at), look) for at in range(1, 61, 7)),
        rig=f'camera foh "{url}"\n    model "sony-ilme-fr7"\n',
        end=60,
    )
    assert look.lamps == ["program"] * 9


def test_a_camera_that_was_switched_off_and_on_gets_them_too() -> None:
    night = perform(
        "cue 1\n    tally foh program\n    move foh to wide\n    wait 5s\n    power foh off\n    wait 5s\n"
        "    power foh on\n",
        (1, "go"),
        rig=PTZ,
        end=100,
    )
    assert (lamp(night), night.far["foh"].body.preset_speed) == ("program", 3)
    assert {PROGRAM, SPEED} <= set(told(night, since=12))


def test_a_camera_that_somebody_else_switched_off_and_on_gets_them_too() -> None:
    def off(night: Night) -> None:
        night.far["foh"].body.power_off(night.clock.now())

    def on(night: Night) -> None:
        night.far["foh"].body.power_on(night.clock.now())

    night = perform(
        "cue 1\n    tally foh program\n    move foh to wide\n", (1, "go"), (10, off), (30, on), rig=PTZ, end=100
    )
    assert (lamp(night), night.far["foh"].body.preset_speed) == ("program", 3)


def test_a_camera_without_a_lamp_is_asked_once() -> None:
    def refuses(night: Night) -> None:
        from cuelang.simulator import visca

        end = night.far["foh"].end.end
        assert isinstance(end, visca.ViscaEnd)
        real = end._command
        end._command = (  # type: ignore[method-assign]
            lambda row, values, now, peer: end._refuse(2, peer) if "tally" in row else real(row, values, now, peer)
        )

    night = perform("cue 1\n    tally foh program\n", (0, refuses), (1, "go"), rig=SONY, end=60)
    assert told(night) == [ON]
    assert night.outcomes("foh") == [("tally", "refused")]


def test_a_camera_that_cannot_light_its_lamp_just_now_is_told_again() -> None:
    def refuses(night: Night) -> None:
        end, left = night.far["foh"].end.end, [0x41, 0x41]
        assert isinstance(end, ViscaEnd)
        real = end._command
        end._command = (  # type: ignore[method-assign]
            lambda row, values, now, peer: (
                end._refuse(left.pop(), peer) if "tally" in row and left else real(row, values, now, peer)
            )
        )

    night = perform("cue 1\n    tally foh program\n", (0, refuses), (1, "go"), rig=PTZ, end=60)
    assert night.outcomes("foh") == [("tally", "refused")]
    assert told(night) == [PROGRAM] * 3 and lamp(night) == "program"


def test_another_line_to_the_camera_knows_what_is_wanted() -> None:
    """A reload gives a camera another address."""
    from cuelang import rig

    async def main() -> list[TallyMode]:
        clock, seen = clocks.current(), []
        drivers, bodies = [], []
        for _ in range(2):
            near, far = memory.pair()
            bodies.append(Body(DEFAULT, "foh"))
            attach(far, bodies[-1])
            drivers.append(ViscaCamera("foh", near, keepalive=5 * NS))
        await drivers[0].open()
        drivers[0].start(Job(Tally("program"), clock.now(), lambda _job: None))
        await clock.sleep_until(10 * NS)
        rig.hand_over(drivers[0], drivers[1])
        await drivers[1].open()
        await clock.sleep_until(20 * NS)
        seen += [body.lamp(clock.now()) for body in bodies]
        for driver in drivers:
            await driver.close()
        return seen

    assert clocks.run(main(), kind="virtual") == ["program", "program"]


def test_a_switchers_tally_of_a_model_without_a_lamp_is_refused_and_no_more() -> None:
    def on_program(night: Night) -> None:
        night.executor.on_air("foh", "program")

    night = perform(
        'cue 1\n    note "x"\n', (1, on_program), rig=SONY.replace("brc-x400", "srg-300h"), end=60, loud=True
    )
    assert told(night) == []
    (outcome,) = {outcome for _, outcome in night.outcomes("foh")}
    assert outcome == "refused" and "driver failed" not in str(night.commands("foh"))


@pytest.mark.parametrize("mode", ["program", "preview"])
def test_both_lamps_of_an_fr7_are_kept_lit(mode: TallyMode) -> None:
    look = Seen()
    perform(
        f"cue 1\n    tally foh {mode}\n",
        (0, "go"),
        (29, look),
        (59, look),
        rig='camera foh "sony://10.0.0.21"\n    model "sony-ilme-fr7"\n',
        end=60,
    )
    assert look.lamps == [mode, mode]


@pytest.mark.parametrize("fault", [Faults(rubbish=1.0, seed=3), Faults(rubbish=0.5, loss=0.3, seed=4)])
def test_a_camera_that_talks_rubbish_in_between_is_not_told_without_end(fault: Faults) -> None:
    night = perform(
        "cue 1\n    tally foh program\n    move foh to wide\n", (1, "go"), rig=PTZ, end=60, faults={"foh": fault}
    )
    assert len(told(night)) < 120


# --- on every kind of line -----------------------------------------------------------------------------------


class Port(Line):
    """A serial port whose far end is a memory line."""

    stream = True

    def __init__(self, near: memory.MemoryEnd) -> None:
        self._near = near

    @property
    def listener(self) -> Listener:
        return self._near.listener

    @listener.setter
    def listener(self, listener: Listener) -> None:
        self._near.listener = listener

    def send(self, data: bytes) -> None:
        self._near.send(data)

    async def open(self) -> None:
        await self._near.open()

    async def close(self) -> None:
        await self._near.close()

    def restart(self, error: str) -> None: ...


def _stream(near: memory.MemoryEnd) -> Line:
    near.stream = True
    return near


LINES: dict[str, Callable[[memory.MemoryEnd], Line]] = {
    "udp": lambda near: near, "tcp": _stream, "sony": SonyLine,
    "serial": lambda near: ViscaBus(Port(near), 9600).camera(1),
}  # fmt: skip


async def _a_night_of(
    kind: str, model: str, doing: Callable[[ViscaCamera, memory.MemoryEnd, Attached], object]
) -> Body:
    near, far = memory.pair()
    body = Body(known(model), "foh", boot=5 * NS)
    attached = attach(far, body, scheme="sony" if kind == "sony" else "visca+udp")
    camera = ViscaCamera("foh", LINES[kind](near), body.model, keepalive=5 * NS)
    await camera.open()
    clock = clocks.current()
    await clock.sleep_until(1 * NS)
    for command in (Tally("program"), Recall(1, 3)):
        camera.start(Job(command, clock.now(), lambda _job: None))
    await clock.sleep_until(5 * NS)
    doing(camera, near, attached)
    await clock.sleep_until(90 * NS)
    await camera.close()
    return body


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("model", ["ptzoptics-move-4k-20x", "sony-brc-x400"])
def test_a_power_cut_takes_no_lamp_away_on_any_line(kind: str, model: str) -> None:
    def cut(_camera: ViscaCamera, near: memory.MemoryEnd, attached: Attached) -> None:
        clock = clocks.current()
        near.plugged = False

        def back() -> None:
            near.plugged = True
            reboot(attached, clock.now())

        clock.at(clock.now() + 20 * NS, back)

    async def main() -> TallyMode:
        body = await _a_night_of(kind, model, cut)
        return body.lamp(clocks.current().now())

    assert clocks.run(main(), kind="virtual") == "program"


@pytest.mark.parametrize("kind", LINES)
def test_a_tally_that_was_late_is_sent_and_not_dropped(kind: str) -> None:
    """The machine was asleep for four seconds over it."""
    ended: list[Job] = []

    def late(camera: ViscaCamera, _near: memory.MemoryEnd, _attached: Attached) -> None:
        now = clocks.current().now()
        camera.start(Job(Tally("preview"), now - 4 * NS, ended.append))

    async def main() -> TallyMode:
        body = await _a_night_of(kind, "ptzoptics-move-4k-20x", late)
        return body.lamp(clocks.current().now())

    assert clocks.run(main(), kind="virtual") == "preview"
    assert [job.outcome for job in ended] == ["completed"]
