"""A cue list by hand, a playback over it, and cameras that do what the test says."""

from cuelang.commands import Drive, MoveTo, Pose, Power, Ramp, Recall, SetProperty, Stop, Tally, Track
from cuelang.plan import (
    Arrived,
    Camera,
    CameraAct,
    CameraAction,
    Cue,
    FireCue,
    Forever,
    Go,
    GoGiven,
    Join,
    Moment,
    OscHeard,
    Plan,
    Port,
    Program,
    SendOsc,
    Settings,
    ShowNote,
    Step,
    TimeOfDay,
    Wait,
    cue_key,
    named_cue,
)
from cuelang.playback.effects import Begin, CueChanged, End, ReloadAsked, Request, SkipAsked, StandbyMoved, Verdict
from cuelang.playback.machine import Playback
from cuelang.source import NOWHERE, Block
from cuelang.units import NS

S = NS
RECALL = Recall(4)
DRIVE = Drive("left", 12, 12)
PUSH = Ramp("zoom", 0, 1000, 4 * S, 10)
MOVE = MoveTo(Pose(pan=10, tilt=20, zoom=30), 12, 12)
FREEZE = SetProperty("freeze", "on")
POWER_ON = Power(True, 45 * S)


def act(camera, command, at=0, anchor=0, *, live=False, watched=None, only=False):
    seen = not isinstance(command, Tally | SetProperty | Stop) if watched is None else watched
    return Step(Moment(anchor, at), CameraAct(camera, command, live, command.axes, seen, only), NOWHERE)


def note(text, at=0, anchor=0):
    return Step(Moment(anchor, at), ShowNote(text), NOWHERE)


def send(address, at=0):
    return Step(Moment(0, at), SendOsc("eos", address, (1,)), NOWHERE)


def fire(verb, number, at=0, anchor=0):
    return Step(Moment(anchor, at), FireCue(verb, number), NOWHERE)


def forever(*steps, every, length=0):
    return Step(Moment(0, 0), Forever(every, Program((Go(),), steps, Moment(0, length))), NOWHERE)


def wait(condition, at=0, anchor=0, up_to=None):
    return Wait(Moment(anchor, at), condition, up_to, NOWHERE)


def arrived(*cameras, at=0, up_to=60 * S):
    return wait(Arrived(cameras), at, up_to=up_to)


def cue(number, *steps, waits=(), length=None, end=None, **more):
    """`waits` become the anchors 1, 2 …; it ends with the last of them, or `length` after GO."""
    last = end or (Moment(len(waits), 0) if length is None else Moment(0, length))
    endless = any(isinstance(step.act, Forever) for step in steps)
    program = Program((Go(), *waits), steps, None if endless else last)
    return Cue(number, f"Cue {number}", "", Block("night.cues", 1), program, length, **more)


def plan(*cues, cameras=("foh", "left", "right"), inputs=(), **settings):
    made = tuple(
        camera if isinstance(camera, Camera) else Camera(camera, f"visca+udp://{camera}:1259", None, NOWHERE)
        for camera in cameras
    )
    ordered = tuple(sorted(cues, key=lambda one: cue_key(one.number)))
    return Plan(Settings(**settings), made, ordered, (), tuple(inputs), ())


class Desk:
    """Presses buttons and keeps what comes out. The wall starts at midnight with loop time 0."""

    def __init__(self, *cues, at_midnight=0, air=None, start=None, **of_plan):
        self.plan = plan(*cues, **of_plan)
        self.playback = Playback(
            self.plan, time_of_day=lambda seconds, _now: seconds * S - at_midnight, air=air, start=start
        )
        self.now = 0
        self.log = []

    def hear(self, effects):
        self.log.extend(effects)
        return effects

    def ask(self, verb, number=None, source="key", **more):
        """The word of the verdict; of a reload and a skip, whose verdicts are given elsewhere, `asked`."""
        effects = self.hear(self.playback.request(Request(verb, named_cue(number), source, self.now, **more)))
        if any(isinstance(effect, ReloadAsked | SkipAsked) for effect in effects):
            return "asked"
        mine = [effect for effect in effects if isinstance(effect, Verdict) and not effect.request.automatic]
        assert len(mine) == 1 or more.get("automatic")
        return next(effect for effect in effects if isinstance(effect, Verdict)).verdict

    def until(self, now):
        """Let time go by, waking it exactly when it is due."""
        while (due := self.playback.due) is not None and due <= now:
            self.now = max(self.now, due)
            self.hear(self.playback.wake(self.now))
        self.now = now
        return self

    def done(self, camera, outcome="completed"):
        """This camera completes everything that it has to do."""
        ended = {effect.job for effect in self.log if isinstance(effect, End)}
        for begin in [effect for effect in self.log if isinstance(effect, Begin) and effect.camera == camera]:
            if begin.job not in ended:
                self.hear(self.playback.finished(begin.job, outcome, self.now))
        return self

    def of(self, kind):
        return [effect for effect in self.log if isinstance(effect, kind)]

    @property
    def cues(self):
        return [(change.cue, change.state) for change in self.of(CueChanged)]

    @property
    def begun(self):
        return [(begin.due, begin.camera, begin.command.action) for begin in self.of(Begin)]

    @property
    def verdicts(self):
        return [(verdict.request.text, verdict.verdict) for verdict in self.of(Verdict)]

    @property
    def standbys(self):
        return [moved.cue for moved in self.of(StandbyMoved)]


__all__ = [
    "DRIVE",
    "FREEZE",
    "MOVE",
    "POWER_ON",
    "PUSH",
    "RECALL",
    "Arrived",
    "Camera",
    "CameraAction",
    "Desk",
    "Go",
    "GoGiven",
    "Join",
    "Moment",
    "OscHeard",
    "Port",
    "Program",
    "S",
    "Stop",
    "Tally",
    "TimeOfDay",
    "Track",
    "act",
    "arrived",
    "cue",
    "fire",
    "forever",
    "note",
    "plan",
    "send",
    "wait",
]
