"""What can be seen of the machine at an instant: what runs, waits and follows, and what GO would do. Pure data.

Every screen, page and client shows what is here, so that what the machine has is never left out by one of them.
Times are ns from the instant of the look on; of something paused, they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, assert_never

from cuelang.commands import TallyMode
from cuelang.commands.switching import MIXES, action_of
from cuelang.plan import (
    Arrived,
    Condition,
    Cue,
    GoGiven,
    OffAir,
    OnProgram,
    OscHeard,
    Settled,
    Streaming,
    SwitcherAct,
    TimeOfDay,
    walk,
)
from cuelang.playback.air import SwitcherWord
from cuelang.playback.prompts import Prompt
from cuelang.playback.run import Follow, Run
from cuelang.playback.timeline import words

TITLE = 28
"""The most of a title that a label takes."""

WaitKind = Literal["go", "osc", "time", "cameras", "program", "off", "switcher", "stream"]
GoDoes = Literal["fires", "releases", "nothing"]


def _kind(condition: Condition) -> WaitKind:
    match condition:
        case GoGiven():
            return "go"
        case OscHeard():
            return "osc"
        case TimeOfDay():
            return "time"
        case Arrived():
            return "cameras"
        case OnProgram():
            return "program"
        case OffAir():
            return "off"
        case Settled():
            return "switcher"
        case Streaming():
            return "stream"
        case _:
            assert_never(condition)


class WaitView(NamedTuple):
    """`what` is what the wait is for, in words: `go`, `osc /ready`, `19:30:00`, names of cameras. `left` is how long
    until it is over by itself (a time of day), `limit` how long until it gives up."""

    kind: WaitKind
    what: str
    left: int | None = None
    limit: int | None = None


class RunView(NamedTuple):
    """`elapsed` is what the cue's clock shows; `progress` 0…1, None when it never ends by itself; `waiting` says what
    for. `waited` is how much of `elapsed` went by in waits for people, messages and times of day, which no plan can
    foresee: it is not lateness."""

    run: int
    cue: str
    title: str
    state: Literal["running", "paused", "done", "stopped"]
    elapsed: int
    progress: float | None
    jobs: int
    waiting: tuple[str, ...]
    waits: tuple[WaitView, ...] = ()
    waited: int = 0
    then: str = ""
    """The cue that follows by itself when this one is done; empty: none."""


class FollowView(NamedTuple):
    """A cue that is done, after which `next` fires by itself in `left`. `run` is the firing that is done."""

    run: int
    cue: str
    title: str
    next: str
    next_title: str
    left: int
    paused: bool


class GoCut(NamedTuple):
    """A cut, dissolve or take of the cue that GO fires. `source` None: what is on preview. `at` is when it is expected
    after GO."""

    switcher: str
    action: str
    source: str | None
    at: int


class GoView(NamedTuple):
    """What a GO without a number would do now. releases: `cue` waits for it and goes on; `then` is what the GO after
    it does: the cue that it fires, or with `then_releases` the one that waits, too. nothing: `reason` says why."""

    does: GoDoes
    cue: str = ""
    title: str = ""
    then: str | None = None
    then_title: str = ""
    then_releases: bool = False
    reason: str = ""
    cuts: tuple[GoCut, ...] = ()
    """What it will put on program, in order."""

    @property
    def label(self) -> str:
        """For the button: `GO 3`, or what goes on."""
        match self.does:
            case "fires":
                return f"GO {self.cue}"
            case "releases" if self.title:
                return f"GO → {brief(self.title)} goes on (cue {self.cue} waits)"
            case "releases":
                return f"GO → cue {self.cue} goes on"
            case "nothing":
                return "GO"

    @property
    def after(self) -> str:
        """The line below it."""
        match self.does:
            case "nothing":
                return f"GO fires nothing: {self.reason}."
            case "releases" if self.then is None:
                return "then the list is at its end"
            case "releases" if self.then_releases:
                return f"then cue {self.then} goes on"
            case "fires" | "releases":
                return f"then {self.then}" if self.then is not None else "then the list is at its end"


class VisionView(NamedTuple):
    """What people have asked for beside the list, and what the switchers say. `prompts` is
    what an operator who cuts by hand is to do, the first thing first."""

    off_air: bool = False
    by_hand: bool = False
    lamps_off: bool = False
    prompts: tuple[Prompt, ...] = ()
    said: Mapping[str, SwitcherWord] = {}


NO_VISION = VisionView()


def brief(title: str) -> str:
    """A title for a label; a long one ends after a word, with an ellipsis."""
    if len(title) <= TITLE:
        return title
    return f"{title[: TITLE - 1].rsplit(maxsplit=1)[0][: TITLE - 1].rstrip()}…"


AT_END = "the cue list is at its end"
NO_GO = GoView("nothing", reason=AT_END)


class Sight(NamedTuple):
    """The whole list at an instant. By camera: `air`, None where it is unknown, and `offers`, why `recover` is
    offered."""

    runs: tuple[RunView, ...] = ()
    air: Mapping[str, TallyMode | None] = {}
    follows: tuple[FollowView, ...] = ()
    go: GoView = NO_GO
    vision: VisionView = NO_VISION
    offers: Mapping[str, str] = {}


NOTHING_RUNS = Sight()


def listed(cues: Iterable[str], follows: Iterable[str] = (), left: Iterable[str] = ()) -> str:
    """What a request has reached, in words: `cues 1, 2 and the follow of cue 3`; empty if nothing. `left` are cues
    that are done and had left something going."""
    numbers = list(dict.fromkeys(cues))
    named = [number for number in numbers if number]
    parts = [f"cue{'' if len(named) == 1 else 's'} {', '.join(named)}"] if named else []
    if len(named) < len(numbers):
        parts.append("a statement")
    parts += [f"the follow of cue {number}" for number in follows]
    parts += [f"what cue {number} left going" if number else "a statement" for number in dict.fromkeys(left)]
    parts = list(dict.fromkeys(parts))
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def cuts_of(cue: Cue) -> tuple[GoCut, ...]:
    """What a cue will put on program."""
    return tuple(
        GoCut(step.act.switcher, action_of(step.act.order), step.act.source, step.predicted)
        for step in walk(cue.program)
        if isinstance(step.act, SwitcherAct) and isinstance(step.act.order, MIXES)
    )


# --- from the machine ---------------------------------------------------------------------------------------


def run_view(run: Run, now: int, jobs: int, then: Cue | None = None) -> RunView:
    """`jobs` is how many of its commands are under way, `then` the cue that will follow it."""
    now = run.paused_at if run.state == "paused" else now
    open_waits = tuple(run.timeline.open)
    waited, elapsed = run.waited, now - run.timeline.start
    waits = []
    for wait in open_waits:
        waited = max(waited, run.has_waited(wait, now)[0])
        over, limit = run.daytimes.get(wait), wait.limit
        left, gives_up = (None if at is None else max(0, at - now) for at in (over, limit))
        waits.append(WaitView(_kind(wait.wait.condition), words(wait), left, gives_up))
    duration = None if run.cue is None else run.cue.duration
    spent = elapsed - waited
    return RunView(
        run.number,
        run.label,
        "" if run.cue is None else run.cue.title,
        run.state,
        elapsed,
        None if duration is None else min(1.0, spent / duration) if duration else 1.0,
        jobs,
        tuple(wait.what for wait in waits),
        tuple(waits),
        waited,
        "" if then is None else then.number,
    )


def follow_view(follow: Follow, after: Cue, now: int) -> FollowView:
    left = follow.due - (now if follow.paused_at is None else follow.paused_at)
    return FollowView(
        follow.run.number,
        follow.run.label,
        follow.cue.title,
        after.number,
        after.title,
        max(0, left),
        follow.paused_at is not None,
    )
