"""The timed plan: what each cue will do, when, and what that waits for.

Two kinds of edge are kept apart. A **timed** edge is an offset in integer nanoseconds from an anchor. A
**caused** edge is an anchor that only the run can place: the end of a `wait for`, the join of branches,
the next free beat of a loop. A `Moment` is an anchor and an offset; anchor 0 of a program is its start
(GO for a cue, the start of the pass for an endless loop). Anchors only look back, so a program is a
directed graph without circles, and the one rule that places them serves both the prediction
(`cuelang/lang/`) and the show (`cuelang/playback/machine.py`):

    Go                 when the cue was fired (the pass started)
    Wait(at, …)        from `at` on the condition is looked at; the anchor is where it was met or given up
    Otherwise(wait)    when that wait was given up; nothing happens at the wait's own anchor then
    Either(moments)    the one of these moments that comes; only one of them ever does
    Join(moments)      the latest of these moments
    Beat(base, every, after)   the first multiple of `every` after `base` that is neither before `after`
                       nor on or before an earlier beat of the same loop
"""

from __future__ import annotations

from cuelang.plan.moments import (
    Anchor,
    Arrived,
    Beat,
    Condition,
    Either,
    Go,
    GoGiven,
    Join,
    Moment,
    OffAir,
    OnProgram,
    OscHeard,
    Otherwise,
    Settled,
    Streaming,
    TimeOfDay,
    Wait,
)
from cuelang.plan.show import (
    Camera,
    Cue,
    Lamp,
    Plan,
    Port,
    Preset,
    Settings,
    Switcher,
    SwitcherSource,
    cue_key,
    cue_number,
)
from cuelang.plan.steps import (
    Act,
    CameraAct,
    FireCue,
    Forever,
    Program,
    SendOsc,
    ShowNote,
    Step,
    SwitcherAct,
    waits,
    walk,
)
from cuelang.plan.triggers import (
    CameraAction,
    ControlAction,
    CueAction,
    OnBus,
    OnCron,
    OnDays,
    OnDmx,
    OnHttp,
    OnInterval,
    OnKey,
    OnLink,
    OnMidi,
    OnMqtt,
    OnMsc,
    OnOnce,
    OnOsc,
    OnOutputLost,
    OnTimecode,
    OscOp,
    OscTest,
    Schedule,
    Trigger,
    When,
    moment_text,
)

__all__ = [
    "MS", "NS", "Act", "Anchor", "Arrived", "Beat", "Camera", "CameraAct", "CameraAction", "Condition",
    "ControlAction", "Cue", "CueAction", "Either", "FireCue", "Forever", "Go", "GoGiven", "Join", "Lamp", "Moment",
    "OffAir", "OnBus", "OnCron", "OnDays", "OnDmx", "OnHttp", "OnInterval", "OnKey", "OnLink", "OnMidi", "OnMqtt",
    "OnMsc", "OnOnce", "OnOsc", "OnOutputLost", "OnProgram", "OnTimecode", "OscHeard", "OscOp", "OscTest", "Otherwise",
    "Plan", "Port", "Preset", "Program", "Schedule", "SendOsc", "Settings", "Settled", "ShowNote", "Step",
    "Streaming", "Switcher", "SwitcherAct", "SwitcherSource", "TimeOfDay", "Trigger", "Wait", "When", "cue_key",
    "cue_number", "moment_text", "waits", "walk",
]  # fmt: skip
