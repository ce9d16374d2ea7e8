"""What has to be so in every night, whatever is done to it. Each rule looks at a night from outside: at the driver's
calls, at the bytes that leave it, at the records, and at where the simulated cameras are."""

from __future__ import annotations

import json
from collections import Counter
from itertools import cycle
from typing import TYPE_CHECKING, Any

from cuelang.commands import (
    DRIVES,
    PAN_TILT,
    POWER,
    ZOOM,
    Axes,
    Drive,
    Focus,
    Home,
    Job,
    MoveTo,
    Power,
    Ramp,
    Recall,
    SetProperty,
    Stop,
    Tally,
    Track,
    ZoomDrive,
    ZoomTo,
    overlap,
)
from cuelang.output.state import state_json
from cuelang.plan import cue_word
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    Effect,
    Request,
    SendOut,
    Switch,
    Verdict,
    Withhold,
    WithholdOrder,
)
from cuelang.playback.located import state_before
from cuelang.runtime.asrun import line
from cuelang.runtime.command_records import CommandRecord, SendRecord
from cuelang.runtime.journal import Journal
from cuelang.runtime.record_json import as_json, from_json
from cuelang.runtime.records import Record, TriggerRecord, WarningRecord
from cuelang.units import MS, NS
from tests.running.state_of import differences, state_of
from tests.simulation.dice import compiled
from tests.simulation.ramps import Ramps
from tests.simulation.wire import sets_going, stops

if TYPE_CHECKING:
    from tests.simulation.theatre import Far, Night
from tests.simulation.watched import Broken, Work

OVER = ("done", "stopped")
NEXT = {None: ("started",), "started": ("paused", "done", "stopped"), "paused": ("resumed", "stopped"),
        "resumed": ("paused", "done", "stopped"), "done": (), "stopped": ()}  # fmt: skip
LASTING = (SetProperty, Focus, Track, Stop, Power, Tally)
"""What moves nothing from one instant to another: two of these may have an axis."""
QUIET = 500 * MS
"""After a panic a camera on a whole line stands within this."""
IN_THE_END = 14 * NS
"""And one whose line loses frames within this: stops are repeated for ten seconds."""


FOLLOWING = NS // 2
"""A zoom over time just gets no more frames when it is stopped, if the lens keeps up with it: it goes on to the last
one."""
TAKEN_OVER = 5 * NS
"""`power on` and `track off` take the axes, and have nothing to stop when they are over: the move that they took over
goes on to its place."""


ROUNDED = 1000
"""Times that enter the machine are rounded to whole microseconds, and may be as much later than the clock (ns)."""
APART = ("._stage[1].now:", "._repeats[1]._seen")
"""When the list was woken last; and what would be a repetition, in which requests that a door decides are missing."""
NEARLY = 320
"""Counts of zoom (2 %) within which a lens on a line that loses frames may be reported complete."""
SHORT_OF = 3
"""Counts of pan and tilt within which a head does, whose last move may have been lost because it is there."""


SOON = MS
"""A camera may be reported at its target this long before it rests: in between, it answers twice alike."""


class Watch:
    """The rules. `broken` is what did not hold, in its order."""

    def __init__(self, night: Night) -> None:
        self.night = night
        self.broken: list[Broken] = []
        self.unhandled: list[dict[str, Any]] = []
        self._asked: list[Request] = []
        self._verdicts: Counter[tuple[str, str]] = Counter()
        self._told = self._told_late = 0
        self._begun: Counter[tuple[Any, ...]] = Counter()
        self._recorded: Counter[tuple[Any, ...]] = Counter()
        self._sends = self._sent = 0
        self._states: dict[int, str] = {}
        self._over: dict[int, int] = {}
        self._labels: dict[int, str] = {}
        self._elapsed: dict[int, int] = {}
        self._works: dict[str, list[Work]] = {}
        self._latest: dict[str, int] = {}
        """By camera: when it was last asked for anything."""
        self._now = 0
        self._seq = 0
        self._located: tuple[int, Request] | None = None
        self._calm = False
        """Everything was stopped, and there was no request since."""
        self._kept: list[tuple[int, int, Any]] = []
        """At some instants: how many records there were, when, and the state of the cue list."""
        self.ramps = Ramps(self)
        self.clean = {
            head.name
            for head in night.case.heads
            if head.whole
            and head.scheme != "pelco-d"
            and not night.case.disturbed(head.name)
            and not night.case.powered(head.name)
        }

    def breaks(self, rule: str, what: str) -> None:
        if len(self.broken) < 20:
            self.broken.append(Broken(rule, self.night.clock.now(), what))

    # --- what is asked -------------------------------------------------------------------------------------

    def asks(self, request: Request) -> None:
        self._asked.append(request)
        self._located, self._calm = None, False

    def effect(self, effect: Effect) -> None:
        now = self._tick()
        match effect:
            case Verdict(request=request, verdict=verdict):
                self._told += 1
                self._verdicts[request.source, request.text] += not request.automatic
                if verdict == "fired" and request.verb in ("panic", "stop") and request.cue is None:
                    self._must_rest(request.verb, now)
                    self._calm = True
                elif not request.automatic:
                    self._calm = False
                elif verdict == "fired" and self._calm:
                    self.breaks("after a panic nothing begins by itself", f"{request.source}: {request.text}")
                if verdict == "fired" and request.verb == "locate" and request.moment.at is None:
                    self._located = (now, request) if not request.moment.go else None
            case CueChanged(run=run, cue=cue, state=state):
                before = self._states.get(run)
                if state not in NEXT[before]:
                    self.breaks("a firing has one beginning and one end", f"run {run}, cue {cue}: {before}, {state}")
                self._states[run], self._labels[run] = state, cue
                if state in OVER:
                    self._over[run] = now
                    self._elapsed.pop(run, None)
                if state == "started" and cue:
                    self._located = None
            case Begin(run=run, cue=cue, camera=camera, due=due, command=command):
                self._begins(run, f"{command.action} {camera}", now, due)
                self._begun[camera, None, command.action, cue, due] += 1
            case Withhold(cue=cue, camera=camera, command=command, due=due):
                self._begun[camera, None, command.action, cue, due] += 1
            case Switch(run=run, switcher=switcher, cue=cue, due=due):
                self._begins(run, f"an order to {switcher}", now, due)
                self._begun[None, switcher, "", cue, due] += 1
            case WithholdOrder(switcher=switcher, cue=cue, due=due):
                self._begun[None, switcher, "", cue, due] += 1
            case SendOut(run=run, due=due):
                self._begins(run, "a message", now, due)
                self._sends += 1

    def _begins(self, run: int, what: str, now: int, due: int) -> None:
        if run and self._over.get(run, now) < now:
            self.breaks("nothing of a cue that is over is sent", f"{what} of run {run}, cue {self._labels[run]}")
        if due > now + ROUNDED:
            self.breaks("nothing is sent before its time", f"{what} is due at {due / NS:.6f} s")

    def _tick(self) -> int:
        now = self.night.clock.now()
        if now < self._now:
            self.breaks("a clock never goes back", f"it was {self._now / NS:.6f} s")
        self._now = now
        return now

    # --- what is written -----------------------------------------------------------------------------------

    def record(self, record: Record) -> None:
        self._seq += 1
        if record.seq != self._seq:
            self.breaks("records are numbered", f"{record.seq} after {self._seq - 1}")
        match record:
            case CommandRecord(camera=camera, switcher=switcher, action=action, cue=cue):
                due = round(record.due_ms * MS)
                self._recorded[camera, switcher, action if camera else "", cue, due] += 1
                self._times(record)
            case TriggerRecord():
                self._told_late += 1
            case SendRecord():
                self._sent += 1
        text = getattr(record, "reason", None) or getattr(record, "text", None) or ""
        if "internal error" in text:
            self.breaks("nothing is raised", text)

    def _times(self, record: CommandRecord) -> None:
        times = [at for at in (record.sent_ms, record.acked_ms, record.done_ms) if at is not None]
        if times != sorted(times) or (times and times[-1] * MS > self.night.clock.now() + MS):
            self.breaks("a command is sent, taken and done in this order", f"{record}")

    # --- drivers and their cameras ---------------------------------------------------------------------------

    def starts(self, camera: str, job: Job) -> None:
        now = self._tick()
        work = Work(job, now)
        self._works.setdefault(camera, []).append(work)
        self._latest[camera] = now
        reported = job.finished

        def finished(job: Job) -> None:
            if work.ended is None:
                work.ended = self.night.clock.now()
            self.ramps.finished(camera, work)
            self._arrived(camera, work)
            reported(job)

        job.finished = finished

    def _work(self, camera: str, job: Job) -> Work:
        return next(work for work in reversed(self._works[camera]) if work.job is job)

    def ends(self, camera: str, job: Job) -> None:
        work = self._work(camera, job)
        if work.ended is None:
            work.ended = self._tick()

    def loses(self, camera: str, job: Job, axes: Axes) -> None:
        work = self._work(camera, job)
        for axis in axes:
            work.lost.setdefault(axis, self._tick())

    def holds(self, camera: str, job: Job) -> None:
        work = self._work(camera, job)
        work.held, work.idle = self._tick(), frozenset(job.command.axes)

    def resumes(self, camera: str, job: Job) -> None:
        work = self._work(camera, job)
        work.held = None
        self.ramps.shifted(work)

    def sent(self, camera: str, data: bytes, now: int) -> None:
        """Bytes leave for a camera."""
        scheme = self.night.far[camera].head.scheme
        axes = sets_going(scheme, data)
        works = self._works.get(camera, [])
        if axes:
            own = [work for work in works if overlap(work.owns(now), axes) or POWER in work.owns(now)]
            if not own:
                self.breaks(
                    "what moves is sent for a command that is under way",
                    f"{camera} got {data.hex(' ')}; {self._last(camera)}",
                )
            for work in own:
                work.idle -= axes
            self.ramps.frame(camera, works, scheme, data, now)
        stopped = stops(scheme, data)
        if stopped:
            self._spares(camera, stopped, now)
        if len(works) > 64:
            self._works[camera] = [work for work in works if work.ended is None or work.ended > now - NS]

    def _spares(self, camera: str, axes: Axes, now: int) -> None:
        """A stop leaves: no newer motion of its axes may be cut off by it."""
        for work in self._works.get(camera, []):
            job, command = work.job, work.job.command
            own = isinstance(command, DRIVES) and command.duration is not None
            cut = work.owns(now) & axes - work.idle
            if own or isinstance(command, LASTING) or not cut or work.held is not None:
                continue
            if job.sent is not None and job.sent < now and work.ended is None:
                self.night.clock.at(now + 1, self._cut_off, camera, work, axes)

    def _cut_off(self, camera: str, work: Work, axes: Axes) -> None:
        if work.ended is None and work.held is None and work.owns(self.night.clock.now()) & axes:
            self.breaks("no newer motion is ended by an older stop", f"{camera}: {work.job.command}")

    def _last(self, camera: str) -> str:
        works = self._works.get(camera, [])[-3:]
        return "; ".join(
            f"{work.job.command} from {work.at / NS:.6f}, over {work.ended and work.ended / NS}, {work.job.outcome}"
            for work in works
        )

    def turned(self) -> None:
        """A turn of the machine is over: no axis has two drives."""
        for camera, works in self._works.items():
            open_works = [work for work in works if work.ended is None and not isinstance(work.job.command, LASTING)]
            if len(open_works) > 1:
                self._apart(camera, open_works)

    def _apart(self, camera: str, works: list[Work]) -> None:
        for number, one in enumerate(works):
            for other in works[:number]:
                both = (one.job.command.axes - set(one.lost)) & (other.job.command.axes - set(other.lost))
                if both:
                    self.breaks(
                        "no two commands drive one axis",
                        f"{camera} {set(both)}: {other.job.command}, {one.job.command}",
                    )

    def _arrived(self, camera: str, work: Work) -> None:
        """What is reported complete is where the camera is."""
        job, far = work.job, self.night.far[camera]
        blind = far.head.loss > 0 and "no_positions" in far.head.quirks
        if job.outcome != "completed" or far.head.scheme in ("pelco-d", "cgi") or blind:
            return  # these do not say where they are, or that they are there
        if far.head.reorder and self._stopped_just_before(camera, work):
            return  # the network may have turned the two round
        now, body, model = self.night.clock.now(), far.body, far.body.model
        wanted: dict[str, int | None] = {}
        match job.command:
            case MoveTo(pose=pose):
                wanted = {"pan": pose.pan, "tilt": pose.tilt, "zoom": pose.zoom}
            case Home():
                wanted = {"pan": 0, "tilt": 0}
            case ZoomTo(position=position):
                wanted = {"zoom": position}
            case Ramp(axis="zoom", target=target):
                wanted = {"zoom": target}
            case Recall(preset=number) if number in body.presets:
                preset = body.presets[number]
                wanted = {"pan": preset.pan, "tilt": preset.tilt, "zoom": preset.zoom}
            case (Drive() | ZoomDrive()) as drive if drive.duration is not None and camera in self.clean:
                moving = body.moving(now) & drive.axes
                if moving and not any(
                    work.owns(now) & drive.axes for work in self._works[camera] if work.job is not job
                ):
                    self.breaks("what is reported complete is so", f"{camera} moves on: {drive}")
            case Tally(mode=mode):
                newest = next(w for w in reversed(self._works[camera]) if isinstance(w.job.command, Tally)) is work
                if body.tally != mode and newest and camera in self.clean:
                    self.breaks("what is reported complete is so", f"{camera}: {job.command}, and it is {body.tally}")
        lost = {"pan": PAN_TILT, "tilt": PAN_TILT, "zoom": ZOOM}
        bounds = {"pan": model.pan_range, "tilt": model.tilt_range, "zoom": (0, model.zoom_max)}
        for axis, place in wanted.items():
            if place is None or lost[axis] in work.lost or lost[axis] in job.lost:
                continue
            low, high = bounds[axis]
            place = min(max(place, low), high)
            is_at = getattr(body, axis).at(now + SOON)
            near = 0 if far.head.whole else SHORT_OF
            if isinstance(job.command, Ramp) and not far.head.whole:
                # The lens is slower than its ramp, and an earlier frame's completion came late.
                is_at, near = getattr(body, axis).target, NEARLY
            elif axis == "zoom" and not far.head.whole:
                near = NEARLY  # the frame for the lens was lost, and another command's answer taken for its own
            if abs(is_at - place) > near:
                self.breaks(
                    "what is reported complete is where the camera is",
                    f"{camera} {axis} is at {is_at}: {job.command}, due {job.due / NS:.6f} s",
                )

    def _stopped_just_before(self, camera: str, work: Work) -> bool:
        """Or an older command was ended, with a stop."""
        return any(
            other is not work and 0 <= work.at - (other.at if other.ended is None else other.ended) <= QUIET
            for other in self._works[camera]
        )

    # --- at rest -------------------------------------------------------------------------------------------

    def _must_rest(self, verb: str, at: int) -> None:
        case, clock = self.night.case, self.night.clock
        for name, far in self.night.far.items():
            if far.head.scheme == "pelco-d" and not far.head.whole:
                continue
            if case.disturbed(name) or (verb == "stop" and far.head.scheme == "cgi"):
                continue  # a camera by HTTP cannot be asked whether it has arrived: what it has taken is over
            after = QUIET if far.head.whole else IN_THE_END
            if verb == "stop":
                after += TAKEN_OVER if case.powered(name) or case.tracked() else FOLLOWING
            clock.at(at + after, self._rests, name, far, at, verb)

    def _rests(self, name: str, far: Far, since: int, verb: str) -> None:
        now = self.night.clock.now()
        if self._latest.get(name, -1) >= since or self.night.ended:
            return
        if not far.stands(now) and not self._adrift(name, since):
            self.breaks(f"after a {verb} nothing moves", f"{name} moves {(now - since) / NS:g} s after it")
        if verb == "panic":
            if far.body.tracking and far.head.whole:
                self.breaks("after a panic nothing moves", f"{name} still tracks")
            claims = [claim for claim in self.night.executor._playback.claims() if claim.camera == name]
            if claims:
                self.breaks("after a panic nothing is claimed", f"{name}: {claims[0].command}")

    def _adrift(self, camera: str, since: int) -> bool:
        """Whether the show has said that it may still be moving."""
        said = (one for one in self.night.log.records if isinstance(one, WarningRecord) and one.t_ms >= since / MS)
        return any(f"{camera} may still be moving" in one.text for one in said)

    # --- the end -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """At any time: the clocks of the cues that run."""
        for view in self.night.executor._playback.runs(self.night.clock.now()):
            if view.elapsed < self._elapsed.get(view.run, 0) - ROUNDED:
                self.breaks("a clock never goes back", f"cue {view.cue}: {view.elapsed} ns")
            self._elapsed[view.run] = view.elapsed

    def at_end(self) -> None:
        """Just before the show is ended."""
        self.look()
        self._claims()
        self.keep()
        located = self._located
        if located is None or self.night.clock.now() - located[0] < 45 * NS:
            return
        asked, request = located
        number = cue_word(request.cue) or ""
        said = state_json(self.night.plan, state_before(self.night.plan, number), number, 0)["cameras"]
        for name, camera in said.items():
            far = self.night.far[name]
            if name not in self.clean or camera["estimated"] or not request.moment.live:
                continue
            seen = far.body.snapshot(self.night.clock.now())
            found = {"pan": seen.pan_degrees, "tilt": seen.tilt_degrees, "zoom": seen.zoom_percent}
            for axis, place in found.items():
                if camera[axis] is not None and abs(camera[axis] - place) > 0.1:
                    self.breaks(
                        "locate goes to where the list has the camera",
                        f"{name} {axis} is {place:.2f}, planned {camera[axis]}, after {request.text} at {asked / NS} s",
                    )

    def keep(self) -> None:
        """The state of the cue list now, to be compared with what the log says. Only when nothing is due any more."""
        night, now = self.night, self.night.executor._told.now()
        due, playback = night.executor.due, night.executor._playback
        if (due is None or due > now) and not night.executor._turns.effects and not night.executor._turns.reports:
            count = len(night.log.records) + len(night.executor._records._records)
            self._kept.append((count, now, state_of(playback)))

    def _journal(self) -> None:
        """The log builds the cue list again, as it was."""
        night = self.night
        other = compiled(night.case.sheet(night.case.other)).plan if night.case.other else None
        loaded = cycle((other or night.first, night.first))
        kept = iter(self._kept)
        journal = Journal(night.first, plan_of=lambda _record: next(loaded))
        count, at, state = next(kept, (None, 0, None))
        for number, record in enumerate(night.log.records):
            while count == number:
                journal.settle(at)
                found = differences(state_of(journal.playback), state)
                for difference in [one for one in found if not any(apart in one for apart in APART)][:3]:
                    self.breaks("the log builds the cue list again", f"at {at / NS:.6f} s: {difference}")
                count, at, state = next(kept, (None, 0, None))
            if count is None:
                return
            journal.take(from_json(json.loads(line(as_json(record)))))

    def _claims(self) -> None:
        """What has ended owns nothing any more."""
        for claim in self.night.executor._playback.claims():
            if claim.live:
                works = self._works.get(claim.camera, [])
                if not any(work.job.command == claim.command and work.ended is None for work in works):
                    self.breaks("what has ended owns nothing", f"{claim.camera}: {claim.command}, outcome open")
            elif not claim.endless and self._states.get(claim.run) in OVER:
                self.breaks("what has ended owns nothing", f"{claim.camera}: {claim.command}")

    def afterwards(self) -> None:
        """The show has ended."""
        night, now = self.night, self.night.clock.now()
        for name, far in night.far.items():
            named = any(text.startswith(f"{name} may still be moving") for text in night.left)
            if not far.stands(now) and not named and (far.head.scheme != "pelco-d" or far.head.whole):
                self.breaks("after the end nothing moves", f"{name}; {self._last(name)}")
            if named and name in self.clean:
                self.breaks("nobody is alarmed for nothing", f"{name} is said to be moving")
        self._journal()
        for context in self.unhandled:
            self.breaks("nothing is raised", f"{context.get('message')}: {context.get('exception')!r}")
        asked = Counter((request.source, request.text) for request in self._asked)
        for what, count in asked.items():
            if self._verdicts[what] != count:
                self.breaks("each request gets one verdict", f"{what}: {count} asked, {self._verdicts[what]} verdicts")
        if self._told != self._told_late:
            self.breaks("each verdict has one record", f"{self._told} verdicts, {self._told_late} records")
        if self._sends != self._sent:
            self.breaks("each message has one record", f"{self._sends} messages, {self._sent} records")
        begun = Counter({(*key[:4], round(key[4] / 1000)): count for key, count in self._begun.items()})
        written = Counter({(*key[:4], round(key[4] / 1000)): count for key, count in self._recorded.items()})
        for key in begun.keys() | written.keys():
            if begun[key] != written[key]:
                self.breaks("each command has one record", f"{key}: {begun[key]} asked, {written[key]} written")
        for run, state in self._states.items():
            if state not in OVER:
                self.breaks("a firing has one beginning and one end", f"run {run} is {state} at the end")
