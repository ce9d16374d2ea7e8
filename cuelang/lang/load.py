"""What a cue would load a camera and the machine with, in commands a second."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from fractions import Fraction

from cuelang.lang.env import CameraInfo
from cuelang.lang.findings import Finding
from cuelang.plan import CameraAct, Forever, Program, SendOsc, Step
from cuelang.units import NS

MAX_COMMANDS_EACH_S = 2000
"""Commands a second to all cameras and outputs together that any machine carries."""

HINT = "Allow more time. A machine that cannot keep up skips passes, and reports it."


def judge(program: Program, cameras: Mapping[str, CameraInfo]) -> Iterator[Finding]:
    """W604: endless loops together, camera by camera and all in all; and what is due within one second."""
    whole = Fraction(0)
    each: dict[str, Fraction] = {}
    told: set[str] = set()
    for step, forever in _loops(program):
        sent = [name for inner in forever.body.steps if (name := _goes_to(inner)) is not None]
        period = forever.takes
        if not sent or not period:
            continue
        for name, count in Counter(sent).items():
            each[name] = each.get(name, Fraction(0)) + count * Fraction(NS, period)
            info = cameras.get(name)
            if info is not None and each[name] > info.model.ramp_rate_max and "one" not in told:
                told.add("one")
                yield _finding(
                    step,
                    f"This sends “{name}” {_shown(each[name])} commands a second; {info.model.title} accepts"
                    f" {info.model.ramp_rate_max}.",
                )
        whole += len(sent) * Fraction(NS, period)
        if whole > MAX_COMMANDS_EACH_S and "all" not in told:
            told.add("all")
            yield _finding(step, f"This cue sends {_shown(whole)} commands a second, more than {MAX_COMMANDS_EACH_S}.")
    within: deque[int] = deque()
    for step in sorted((one for one in program.steps if _goes_to(one) is not None), key=lambda one: one.predicted):
        within.append(step.predicted)
        while within[0] <= step.predicted - NS:
            within.popleft()
        if len(within) > MAX_COMMANDS_EACH_S:
            yield _finding(step, f"More than {MAX_COMMANDS_EACH_S} commands are due within one second here.")
            return


def _loops(program: Program) -> Iterator[tuple[Step, Forever]]:
    for step in program.steps:
        if isinstance(step.act, Forever):
            yield step, step.act
            yield from _loops(step.act.body)


def _goes_to(step: Step) -> str | None:
    if step.idle:
        return None
    if isinstance(step.act, CameraAct):
        return step.act.camera
    return f"output {step.act.output}" if isinstance(step.act, SendOsc) else None


def _finding(step: Step, message: str) -> Finding:
    called = ((step.call, "called here"),) if step.call else ()
    return Finding("W604", step.origin, message, HINT, called)


def _shown(rate: Fraction) -> str:
    return f"{float(rate):,.0f}".replace(",", " ")
