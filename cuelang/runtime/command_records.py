"""Records of what left for a device, and what came of it: commands, orders, messages and stops. The rest is in
`records.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, NamedTuple

from cuelang.commands import Job, Outcome, SetProperty
from cuelang.commands.switching import action_of
from cuelang.playback.effects import Begin, Halt, SendOut, Switch, Withhold, WithholdOrder
from cuelang.runtime.stamp import Stamp, Stamped, place
from cuelang.units import MS


class OrderTimes(NamedTuple):
    """When an order was sent, taken and done, in loop ns."""

    sent: int | None = None
    acked: int | None = None
    done: int | None = None


class CommandRecord(Stamped, frozen=True, kw_only=True):
    """A command to a camera or an order to a switcher, written when its outcome is known. The times are milliseconds
    since the show began.

    `preset` is what the sheet calls the preset that it is about, `setting` what a `set` sets: `iris 9`. `hex` has its
    frames, `url` what went by HTTP, `text` what was said to a switcher. `frames`, `skipped` and `late_max_ms` are those
    of a ramp. `held_ms`: how much later it began, because its camera had to be off program. `ended`: the cue list has
    ended it, for something newer or a stop.
    """

    kind: ClassVar = "command"
    cue: str
    camera: str | None
    switcher: str | None = None
    action: str
    preset: str | None = None
    setting: str | None = None
    source: str | None = None
    due_ms: float
    sent_ms: float | None = None
    acked_ms: float | None = None
    done_ms: float | None = None
    outcome: Outcome
    reason: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hex: str | None = None
    url: str | None = None
    frames: int | None = None
    skipped: int | None = None
    late_max_ms: float | None = None
    replanned: bool = False
    held_ms: float | None = None
    text: str | None = None
    run: int = 0
    job: int | None = None
    ended: bool = False

    @classmethod
    def of(
        cls,
        what: Begin | Withhold,
        job: Job | None,
        outcome: Outcome,
        reason: str,
        ms: Callable[[int], float],
        stamp: Stamp,
        called: str = "",
        *,
        ended: bool = False,
    ) -> CommandRecord:
        """`ms` turns loop ns into the show's milliseconds; without a job nothing was sent. `called`: its preset or its
        setting."""
        sets = isinstance(what.command, SetProperty)
        file, line, column = place(what.step.origin)

        def at(time: int | None) -> float | None:
            return None if time is None else ms(time)

        ramp = job is not None and job.frames is not None
        return cls(
            *stamp,
            run=what.run,
            job=what.job if isinstance(what, Begin) else None,
            cue=what.cue,
            camera=what.camera,
            action=what.command.action,
            preset=None if sets else called or None,
            setting=called or None if sets else None,
            due_ms=ms(what.due),
            sent_ms=at(job.sent) if job else None,
            acked_ms=at(job.acked) if job else None,
            done_ms=at(job.done) if job else None,
            outcome=outcome,
            reason=reason or None,
            file=file,
            line=line,
            column=column,
            hex=" ".join(frame.hex(" ") for frame in job.wire) if job and job.wire else None,
            url=" ".join(job.urls) if job and job.urls else None,
            frames=job.frames if job and ramp else None,
            skipped=job.skipped if job and ramp else None,
            late_max_ms=round(job.late_max / MS, 3) if job and ramp else None,
            replanned=job is not None and job.replanned,
            held_ms=round(what.held / MS, 3) if isinstance(what, Begin) and what.held else None,
            ended=ended,
        )

    @classmethod
    def of_order(
        cls,
        what: Switch | WithholdOrder,
        outcome: Outcome,
        reason: str,
        times: OrderTimes,
        wire: Mapping[str, str],
        ms: Callable[[int], float],
        stamp: Stamp,
    ) -> CommandRecord:
        """`wire` is its `hex` or its `text`."""
        file, line, column = place(what.step.origin)

        def at(time: int | None) -> float | None:
            return None if time is None else ms(time)

        return cls(
            *stamp,
            run=what.run,
            job=what.job if isinstance(what, Switch) else None,
            cue=what.cue,
            camera=None,
            switcher=what.switcher,
            action=action_of(what.order),
            source=what.source,
            due_ms=ms(what.due),
            sent_ms=at(times.sent),
            acked_ms=at(times.acked),
            done_ms=at(times.done),
            outcome=outcome,
            reason=reason or None,
            file=file,
            line=line,
            column=column,
            hex=wire.get("hex"),
            text=wire.get("text"),
        )

    @property
    def device(self) -> str:
        """The camera, or the switcher."""
        return self.camera or self.switcher or ""


class SentRecord(Stamped, frozen=True, kw_only=True):
    """A command was handed to its line; of a ramp, its first frame. What became of it is in the record of kind
    `command` with the same `run` and `job`."""

    kind: ClassVar = "sent"
    run: int
    job: int
    cue: str
    camera: str | None
    switcher: str | None = None
    action: str
    source: str | None = None
    hex: str | None = None
    url: str | None = None
    text: str | None = None

    @classmethod
    def of(cls, what: Begin, job: Job, stamp: Stamp) -> SentRecord:
        return cls(
            *stamp,
            run=what.run,
            job=what.job,
            cue=what.cue,
            camera=what.camera,
            action=what.command.action,
            hex=" ".join(frame.hex(" ") for frame in job.wire) or None,
            url=" ".join(job.urls) or None,
        )

    @classmethod
    def of_order(cls, what: Switch, wire: Callable[[], Mapping[str, str]], stamp: Stamp) -> SentRecord:
        """`wire` tells its `hex` or its `text`."""
        words = wire()
        return cls(
            *stamp,
            run=what.run,
            job=what.job,
            cue=what.cue,
            camera=None,
            switcher=what.switcher,
            action=action_of(what.order),
            source=what.source,
            hex=words.get("hex"),
            text=words.get("text"),
        )


class PlaceRecord(Stamped, frozen=True, kw_only=True):
    """Where a camera was, in counts, when a ramp or a move was planned, or what a pause had left of it."""

    kind: ClassVar = "place"
    run: int
    job: int
    camera: str
    pan: int | None = None
    tilt: int | None = None
    zoom: int | None = None


class SendRecord(Stamped, frozen=True, kw_only=True):
    """A message to an output. `simulated`: it would have been sent."""

    kind: ClassVar = "send"
    cue: str
    output: str
    action: Literal["send"]
    address: str
    arguments: tuple[int | float | str, ...]
    due_ms: float
    sent_ms: float | None = None
    outcome: Outcome
    reason: str | None = None
    simulated: bool = False
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @classmethod
    def of(
        cls,
        what: SendOut,
        reason: str,
        due_ms: float,
        sent_ms: float,
        simulated: bool,
        stamp: Stamp,
        outcome: Outcome = "refused",
    ) -> SendRecord:
        """`reason`: why it was not sent, `outcome` what it is then."""
        file, line, column = place(what.step.origin)
        return cls(
            *stamp,
            cue=what.cue,
            output=what.output,
            action="send",
            address=what.address,
            arguments=what.arguments,
            due_ms=due_ms,
            sent_ms=None if reason else sent_ms,
            outcome=outcome if reason else "sent",
            reason=reason or None,
            simulated=simulated,
            file=file,
            line=line,
            column=column,
        )


class HaltRecord(Stamped, frozen=True, kw_only=True):
    """These axes of a camera were stopped outside any command; `reason`: why they may not be."""

    kind: ClassVar = "halt"
    camera: str
    axes: tuple[str, ...]
    tracking: bool
    reason: str | None = None

    @classmethod
    def of(cls, halt: Halt, reason: str, stamp: Stamp) -> HaltRecord:
        axes = tuple(sorted(halt.axes))
        return cls(*stamp, camera=halt.camera, axes=axes, tracking=halt.tracking, reason=reason or None)
