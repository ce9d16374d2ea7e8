"""The executor's turns: what it does with effects, in which order, and what becomes of what goes wrong.

A scripted playback replaces the real machine here, so that each test says itself which effects come; the two
together are tried in test_rehearsal.py.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from cuelang import clock as clocks
from cuelang.commands import Axes, Job, LinkState, Outcome, Pose, Tally
from cuelang.plan import Camera, CameraAct, Cue, Go, Moment, Plan, Program, SendOsc, Settings, Step
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    Effect,
    End,
    Halt,
    OnAir,
    ReloadAsked,
    Request,
    Say,
    SendOut,
    StandbyMoved,
    Verdict,
    Withhold,
)
from cuelang.playback.machine import Playback
from cuelang.playback.sight import NO_GO, NO_VISION, FollowView, GoView, RunView
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.collector import calm_collector
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Edition, Hooks, Outset, ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import Record
from cuelang.source import NOWHERE, Block, Loc, Origin
from cuelang.units import MS, NS

ORIGIN = Origin(Block("night.cues", 10), 2, Loc(0, 5, 0, 20))
ON = Tally("program")
STEP = Step(Moment(0, 0), CameraAct("foh", ON), ORIGIN)
CAMERAS = tuple(Camera(name, f"visca+udp://10.0.0.{n}:1259", None, NOWHERE) for n, name in enumerate("abc", 1))
CUES = tuple(
    Cue(n, f"Cue {n}", "Act I", Block("night.cues", 1), Program((Go(),), (), Moment(0, 0)), 4 * NS) for n in "12"
)
PLAN = Plan(Settings("Night"), CAMERAS, CUES, (), (), ())


def go(at: int = 0) -> Request:
    return Request("go", None, "key space", at)


def begin(job: int, camera: str, due: int = 0, run: int = 1) -> Begin:
    return Begin(job, run, "1", camera, ON, due, STEP)


@dataclass
class Scripted:
    """A playback whose answers the test has written down."""

    answers: dict[str, list[list[Effect]]] = field(default_factory=dict)
    asked: list[tuple[str, object]] = field(default_factory=list)
    dues: list[int] = field(default_factory=list)
    standby: str | None = "1"
    air: dict[str, Any] = field(default_factory=dict)
    now_running: list[RunView] = field(default_factory=list)

    vision = NO_VISION
    at_once: int | None = None
    hurried = heard = False
    offers = lit = MappingProxyType[str, Any]({})

    def runs(self, now: int) -> tuple[RunView, ...]:
        return tuple(self.now_running)

    def follows(self, now: int) -> tuple[FollowView, ...]:
        return ()

    def go(self) -> GoView:
        return NO_GO

    def connect(self, *answers: object) -> None:
        """What it may ask of the show: it asks nothing."""

    def _answer(self, name: str, what: object) -> list[Effect]:
        self.asked.append((name, what))
        left = self.answers.get(name, [])
        return left.pop(0) if left else []

    @property
    def due(self) -> int | None:
        return self.dues[0] if self.dues else None

    def request(self, request: Request, now: int | None = None) -> list[Effect]:
        return self._answer("request", request.verb)

    def finished(self, job: int, outcome: Outcome, now: int) -> list[Effect]:
        return self._answer("finished", (job, outcome))

    def osc(self, address: str, now: int) -> list[Effect]:
        return self._answer("osc", address)

    def wake(self, now: int) -> list[Effect]:
        self.dues = [due for due in self.dues if due > now]
        return self._answer("wake", now)


@dataclass
class FakeDriver:
    name: str
    trace: list[str]
    behave: Callable[[Job], None] = lambda _job: None
    state: LinkState = field(default_factory=LinkState)
    jobs: list[Job] = field(default_factory=list)
    closed: bool = False

    def start(self, job: Job) -> None:
        self.trace.append(f"start {self.name}")
        self.jobs.append(job)
        self.behave(job)

    def end(self, job: Job, outcome: Outcome) -> None:
        finish(job, outcome)

    def lose_axes(self, job: Job, axes: Axes) -> None: ...

    def hold(self, job: Job) -> None: ...

    def resume(self, job: Job, shift: int) -> None: ...

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        self.trace.append(f"halt {self.name}")

    def ask_pose(self) -> None: ...

    async def open(self) -> None: ...

    async def close(self) -> None:
        self.closed = True


def finish(job: Job, outcome: Outcome = "completed", reason: str = "") -> None:
    job.finish(outcome, reason, clocks.current().now())


class Sink:
    def __init__(self, trace: list[str]) -> None:
        self.records: list[dict[str, Any]] = []
        self.trace = trace

    def write(self, record: Record) -> None:
        self.trace.append(f"record {record.kind}")
        self.records.append(as_json(record))


class Rig:
    """An executor with a scripted playback and fake cameras a, b, c."""

    def __init__(
        self,
        playback: Scripted,
        names: str = "abc",
        outputs: Any = None,
        **options: Any,
    ) -> None:
        self.trace: list[str] = []
        self.sink = Sink(self.trace)
        self.playback = playback
        self.cameras = {name: FakeDriver(name, self.trace) for name in names}
        clock = clocks.current()
        self.executor = Executor(
            PLAN,
            ShowLines(self.cameras, outputs or {}),
            log=AsRun(self.sink, clock),
            clock=clock,
            outset=Outset(playback=cast(Playback, playback)),
            **options,
        )

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.sink.records if record["kind"] == kind]


Test = Callable[[Scripted], Coroutine[Any, Any, None]]


def virtual(test: Test) -> Callable[[], None]:
    def run() -> None:
        clocks.run(test(Scripted()), kind="virtual")

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@virtual
async def test_all_cameras_start_before_anything_is_written(playback: Scripted) -> None:
    rig = Rig(playback)
    playback.answers["request"] = [
        [
            Verdict(go(), "fired"), CueChanged(1, "1", "started", 0), begin(1, "a"), begin(2, "b"),
            StandbyMoved("2"), begin(3, "c"),
        ]
    ]  # fmt: skip
    rig.executor.request(go())
    assert rig.trace == [
        "start a", "start b", "start c", "record trigger", "record cue", "record standby",
    ]  # fmt: skip
    assert [record["seq"] for record in rig.sink.records] == [1, 2, 3]


@virtual
async def test_a_report_during_a_turn_waits_for_its_end(playback: Scripted) -> None:
    rig = Rig(playback)
    rig.cameras["a"].behave = lambda job: finish(job, "sent")
    playback.answers["request"] = [[begin(1, "a"), begin(2, "b")]]
    playback.answers["finished"] = [[begin(3, "c")]]
    rig.executor.request(go())
    assert playback.asked == [("request", "go"), ("finished", (1, "sent"))]
    assert rig.trace == ["start a", "start b", "start c", "record turn", "record command"]


@virtual
async def test_a_driver_that_raises_costs_its_own_command_only(playback: Scripted) -> None:
    def broken(_job: Job) -> None:
        raise RuntimeError("no such row")

    rig = Rig(playback)
    rig.cameras["a"].behave = broken
    playback.answers["request"] = [[begin(1, "a"), begin(2, "b")]]
    rig.executor.request(go())
    assert "start b" in rig.trace
    (record,) = rig.records("command")
    assert record["outcome"] == "refused" and "no such row" in record["reason"]
    assert ("finished", (1, "refused")) in playback.asked
    assert "no such row" in rig.executor.view().notes[-1].text


@virtual
async def test_a_camera_without_a_link_refuses(playback: Scripted) -> None:
    rig = Rig(playback, "bc")
    playback.answers["request"] = [[begin(1, "a"), begin(2, "b")]]
    rig.executor.request(go())
    (record,) = rig.records("command")
    assert (record["camera"], record["outcome"]) == ("a", "refused")
    assert record["reason"] == "this camera has no link"


@virtual
async def test_a_command_has_one_record_with_its_place_and_times(playback: Scripted) -> None:
    rig = Rig(playback)
    playback.answers["request"] = [[begin(1, "a", due=2 * MS)]]
    rig.executor.request(go())
    (job,) = rig.cameras["a"].jobs
    job.sent, job.acked, job.wire = 3 * MS, 5_500_000, [bytes.fromhex("8101040702ff")]
    job.frames, job.skipped, job.late_max = 5, 1, 1_234_567
    await clocks.current().sleep_until(8 * MS)
    finish(job)
    finish(job)
    (record,) = rig.records("command")
    assert {key: record[key] for key in record if key not in ("seq", "wall")} == {
        "t_ms": 8.0, "kind": "command", "run": 1, "job": 1,
        "cue": "1", "camera": "a", "action": "tally", "due_ms": 2.0, "sent_ms": 3.0,
        "acked_ms": 5.5, "done_ms": 8.0, "outcome": "completed", "file": "night.cues", "line": 12, "column": 5,
        "hex": "81 01 04 07 02 ff", "frames": 5, "skipped": 1, "late_max_ms": 1.235,
    }  # fmt: skip


@virtual
async def test_what_is_withheld_gets_its_record(playback: Scripted) -> None:
    rig = Rig(playback)
    playback.answers["request"] = [
        [
            Withhold(1, "1", "a", ON, 0, STEP, "refused", "foh is on program"),
            Withhold(1, "1", "b", ON, 0, STEP, "disabled", ""),
        ]
    ]  # fmt: skip
    rig.executor.request(go())
    assert [(r["camera"], r["outcome"], r.get("reason")) for r in rig.records("command")] == [
        ("a", "refused", "foh is on program"), ("b", "disabled", None),
    ]  # fmt: skip
    assert rig.trace == ["record command", "record command"]


@virtual
async def test_it_wakes_playback_when_it_is_due_and_only_then(playback: Scripted) -> None:
    rig = Rig(playback)
    playback.dues = [2 * NS, 5 * NS]
    playback.answers["wake"] = [[begin(1, "a", due=2 * NS)], []]
    rig.executor.request(go())
    clock = clocks.current()
    assert clock.pending == 1
    await clock.sleep_until(10 * NS)
    assert [what for what in playback.asked if what[0] == "wake"] == [("wake", 2 * NS), ("wake", 5 * NS)]


@virtual
async def test_an_earlier_due_time_moves_the_one_deadline(playback: Scripted) -> None:
    rig = Rig(playback)
    playback.dues = [9 * NS]
    rig.executor.request(go())
    playback.dues = [1 * NS, 9 * NS]
    rig.executor.request(go())
    assert clocks.current().pending == 1
    await clocks.current().sleep_until(3 * NS)
    assert playback.asked[-1] == ("wake", 1 * NS)


@virtual
async def test_a_circle_without_time_leaves_the_loop_alive(playback: Scripted) -> None:
    class Circle(list[int]):
        def __getitem__(self, index: Any) -> Any:
            return clocks.current().now()

        def __bool__(self) -> bool:
            return len(playback.asked) < 5000

    rig = Rig(playback)
    playback.dues = Circle([0])
    playback.wake = lambda now: playback._answer("wake", now)  # type: ignore[method-assign]
    seen = 0
    rig.executor.request(go())
    while len(playback.asked) < 5000:
        await clocks.current().sleep_until(clocks.current().now())
        seen += 1
    assert 2 <= seen <= 10


@virtual
async def test_messages_go_out_with_the_cameras_and_leave_a_record(playback: Scripted) -> None:
    class Desk:
        def __init__(self) -> None:
            self.sent: list[tuple[Any, ...]] = []

        def send(self, address: str, arguments: tuple[Any, ...]) -> str:
            rig.trace.append("send desk")
            self.sent.append((address, *arguments))
            return "" if address == "/go" else "the network is unreachable"

        def close(self) -> None:
            self.sent.append(("closed",))

    desk = Desk()
    rig = Rig(playback, outputs={"desk": desk})
    step = Step(Moment(0, 0), SendOsc("desk", "/go", ()), ORIGIN)
    playback.answers["request"] = [
        [
            SendOut(1, "1", "desk", "/go", (1, "x"), 0, step), SendOut(1, "1", "desk", "/no", (), 0, step),
            SendOut(1, "1", "eos", "/go", (), 0, step), begin(1, "a"),
        ]
    ]  # fmt: skip
    rig.executor.request(go())
    assert rig.trace[:3] == ["send desk", "send desk", "start a"]
    sent = rig.records("send")
    assert [(r["output"], r["address"], r["outcome"], r.get("reason", "")) for r in sent] == [
        ("desk", "/go", "sent", ""), ("desk", "/no", "refused", "the network is unreachable"),
        ("eos", "/go", "refused", "there is no output “eos”"),
    ]  # fmt: skip
    assert sent[0]["arguments"] == [1, "x"] and sent[0]["line"] == 12
    await rig.executor.stop_show()
    assert desk.sent[-1] == ("closed",)


@virtual
async def test_a_panic_reaches_every_camera_though_one_driver_fails(playback: Scripted) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("gone")

    rig = Rig(playback)
    rig.cameras["a"].halt = broken  # type: ignore[method-assign]
    axes = frozenset(("pan_tilt", "zoom"))
    playback.answers["request"] = [[Halt(name, axes, True) for name in "abc"]]
    rig.executor.request(Request("panic", None, "key escape", 0))
    assert rig.trace[:2] == ["halt b", "halt c"]
    records = rig.records("halt")
    assert [(r["camera"], r["axes"], r["tracking"]) for r in records] == [
        (name, ["pan_tilt", "zoom"], True) for name in "abc"
    ]
    assert "gone" in records[0]["reason"]


@virtual
async def test_the_end_of_a_show_waits_for_cameras_but_not_for_ever(playback: Scripted) -> None:
    rig = Rig(playback)
    playback.answers["request"] = [[begin(1, "a"), begin(2, "b")], [End(1, "stopped"), End(2, "stopped")]]
    rig.cameras["b"].end = lambda *_: None  # type: ignore[method-assign]
    rig.executor.request(go())
    await rig.executor.stop_show()
    assert clocks.current().now() == NS
    assert [(r["camera"], r["outcome"]) for r in rig.records("command")] == [("a", "stopped")]
    assert all(camera.closed for camera in rig.cameras.values())


@virtual
async def test_callbacks(playback: Scripted) -> None:
    heard: list[str] = []
    rig = Rig(
        playback,
        hooks=Hooks(
            on_change=lambda: heard.append("changed"),
            on_reload=lambda _request: heard.append("reload"),
            on_effect=lambda effect: heard.append(type(effect).__name__),
        ),
    )
    playback.answers["request"] = [[ReloadAsked(Request("reload", None, "key", 0))]]
    rig.executor.request(Request("reload", None, "key r", 0))
    assert heard == ["reload", "ReloadAsked", "changed"]


@virtual
async def test_a_view_shows_the_show(playback: Scripted) -> None:
    rig = Rig(playback, "ab", edition=Edition({"1": ("moves while on program",)}))
    rig.cameras["a"].state = LinkState(True, 0, "", True, Pose(144, -72, 0x2000))
    rig.cameras["b"].state = LinkState(False, None, "nobody listens there")
    playback.answers["request"] = [
        [
            Verdict(go(), "fired"), CueChanged(1, "1", "started", 0), begin(1, "a"), StandbyMoved("2"),
            OnAir("a", "program"), Say("note", "1", "House to half", ORIGIN, 0),
        ],
        [Verdict(go(NS), "window", "0.1 s after the last GO"), CueChanged(1, "1", "paused", NS)],
        [CueChanged(1, "1", "resumed", 3 * NS)],
        [CueChanged(1, "1", "done", 4 * NS)],
    ]  # fmt: skip
    playback.air = {"a": "program", "b": None}
    playback.now_running = [RunView(1, "1", "Cue 1", "running", NS, 0.25, 1, ())]
    rig.executor.request(go())
    await clocks.current().sleep_until(NS)
    view = rig.executor.view()
    first, second = view.cues
    assert (first.state, first.progress, first.is_standby, first.warnings) == (
        "running", 0.25, False, ("moves while on program",),
    )  # fmt: skip
    assert (second.state, second.progress, second.is_standby, second.section) == ("", None, True, "Act I")
    (run,) = view.running
    assert (run.cue, run.elapsed, run.remaining, run.doing, run.paused) == ("1", NS, 3 * NS, 1, False)
    a, b, c = view.cameras
    assert (a.link, a.age, a.tally, a.pan, a.tilt, a.zoom) == ("connected", NS, "program", 10.0, -5.0, 50.0)
    assert a.doing == "cue 1: tally"
    assert (b.link, b.age, b.error, c.link) == ("lost", None, "nobody listens there", "none")
    assert [(t.source, t.request, t.verdict) for t in view.triggers] == [("key space", "go", "fired")]
    assert [(n.kind, n.text) for n in view.notes] == [("note", "House to half")]
    assert (view.title, view.elapsed) == ("Night", NS)

    playback.now_running = [RunView(1, "1", "Cue 1", "paused", NS, 0.25, 0, ("go",))]
    rig.executor.request(go())
    view = rig.executor.view()
    assert view.running[0].paused and view.running[0].waiting == ("go",) and view.cues[0].state == "paused"
    assert view.triggers[-1].reason == "0.1 s after the last GO"
    rig.executor.request(go())
    assert rig.executor.view().cues[0].state == "running"
    rig.executor.request(go())
    assert rig.executor.view().cues[0].state == "done" and rig.executor.running == {}


def test_the_collector_is_given_back_as_it_was() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with calm_collector():
        assert gc.get_threshold()[0] >= 10_000 and gc.get_freeze_count() > 0
    assert gc.get_threshold() == before and gc.get_freeze_count() <= frozen
