"""The records of a rehearsal read as a score: cues, what every camera does, what is on air, and what to look at.

Times are milliseconds since the show began, as in the records.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, assert_never

from msgspec import Struct

from cuelang.commands import TROUBLE, Outcome, TallyMode
from cuelang.commands.switching import action_of
from cuelang.diagnostics import Diagnostic
from cuelang.output.plan import asked_of
from cuelang.plan import CameraAct, Choose, Cue, FireCue, Forever, Plan, SendOsc, ShowNote, Step, SwitcherAct, walk
from cuelang.runtime.command_records import CommandRecord, SendRecord
from cuelang.runtime.records import AirRecord, CueRecord, NoteRecord, Record, TriggerRecord, WarningRecord
from cuelang.units import MS

Colour = Literal["move", "zoom", "other"]

MIN_DRAWN_MS = 40.0
"""What takes less is drawn as an instant."""


class ScorePlace(NamedTuple):
    """A line of a sheet."""

    file: str
    line: int


class Bar(Struct, frozen=True):
    """A command: when it began and ended, and when the plan had it `arrive` (None: the plan does not say). `device`:
    the camera or the switcher."""

    device: str
    cue: str
    start: float
    end: float
    arrives: float | None
    text: str
    colour: Colour
    outcome: Outcome
    reason: str
    place: ScorePlace | None
    """The line to look at: that of the call if the command is in a macro."""
    source: ScorePlace | None


class Band(Struct, frozen=True):
    """A camera on program or preview."""

    camera: str
    mode: str
    start: float
    end: float


class ScoreBlock(Struct, frozen=True):
    """One firing of a cue."""

    cue: str
    title: str
    section: str
    start: float
    end: float
    state: str
    place: ScorePlace | None


class Sign(Struct, frozen=True):
    """An instant with words: a note, a message sent, a request with its verdict."""

    at: float
    text: str
    kind: Literal["note", "send", "request"]
    good: bool
    place: ScorePlace | None


class ScoreFinding(Struct, frozen=True):
    """A warning of the check, or of the rehearsal. `at` and `device`: its place in the score, if anywhere."""

    number: int
    head: str
    text: str
    hint: str
    cue: str
    place: ScorePlace | None
    at: float | None
    device: str | None


class Score(Struct, frozen=True):
    switchers: tuple[str, ...]
    cameras: tuple[str, ...]
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    blocks: tuple[ScoreBlock, ...]
    signs: tuple[Sign, ...]
    findings: tuple[ScoreFinding, ...]
    length: float


def score(plan: Plan, records: Iterable[Record], length: int, diagnostics: Sequence[Diagnostic]) -> Score:
    """`length` of the rehearsal in ns; of `diagnostics` only the warnings count: with errors there is no plan."""
    kept = sorted(records, key=lambda record: (_when(record), record.seq))
    end = length / MS
    bars = tuple(_bars(plan, [one for one in kept if isinstance(one, CommandRecord) and one.device], end))
    blocks = tuple(_blocks(plan, [one for one in kept if isinstance(one, CueRecord)], end))
    air = [one for one in kept if isinstance(one, AirRecord)]
    warnings = [one for one in kept if isinstance(one, WarningRecord)]
    return Score(
        switchers=tuple(switcher.name for switcher in plan.switchers),
        cameras=tuple(camera.name for camera in plan.cameras if not camera.disabled),
        bars=bars,
        bands=tuple(_bands(air, end)),
        blocks=blocks,
        signs=tuple(_signs(kept)),
        findings=tuple(_findings(plan, diagnostics, warnings, bars, blocks)),
        length=end,
    )


def _when(record: Record) -> float:
    return record.due_ms if isinstance(record, CommandRecord | SendRecord) else record.t_ms


# --- what cameras and switchers do ---------------------------------------------------------------------------

_Key = tuple[str, str, str, str, int, int]


def _bars(plan: Plan, commands: Iterable[CommandRecord], end: float) -> Iterable[Bar]:
    steps = _steps(plan)
    for record in commands:
        device, action, due, cue, source = record.device, record.action, record.due_ms, record.cue, _place(record)
        found = steps.get((cue, device, action, *(source or ScorePlace("", 0)), record.column or 0))
        step = None if found is None else found[0] if len(found) == 1 else found.popleft()
        text, arrives, place = action, None, source
        if step is not None:
            _, text = asked_of(plan, step.act)
            if step.until is not None and step.until > step.predicted:
                arrives = due + (step.until - step.predicted) / MS
            if step.call is not None:
                place = ScorePlace(step.call.span.file, step.call.span.line)
        yield Bar(
            device=device,
            cue=cue,
            start=due,
            end=min(end, max(due, due if record.done_ms is None else record.done_ms)),
            arrives=arrives,
            text=text,
            colour="move" if action in ("move", "drive") else "zoom" if action in ("zoom", "focus") else "other",
            outcome=record.outcome,
            reason=record.reason or "",
            place=place,
            source=source,
        )


def _steps(plan: Plan) -> dict[_Key, deque[Step]]:
    """The steps of the plan by what a command's record says of them, those of one line in the order of time."""
    found: dict[_Key, deque[Step]] = defaultdict(deque)
    for cue in plan.cues:
        for step in walk(cue.program):
            match step.act:
                case CameraAct(camera=device, command=command):
                    action = command.action
                case SwitcherAct(switcher=device, order=order):
                    action = action_of(order)
                case SendOsc() | ShowNote() | FireCue() | Forever() | Choose():
                    continue
                case _ as never:
                    assert_never(never)
            if not step.idle:
                span = step.origin.span
                found[cue.number, device, action, span.file, span.line, span.column].append(step)
    return found


def _bands(air: Iterable[AirRecord], end: float) -> Iterable[Band]:
    modes: dict[str, tuple[TallyMode, float]] = {}
    for record in air:
        camera, at = record.camera, record.t_ms
        before, since = modes.get(camera, ("off", 0.0))
        if before != "off" and at > since:
            yield Band(camera, before, since, at)
        modes[camera] = (record.mode, at)
    for camera, (mode, since) in modes.items():
        if mode != "off" and end > since:
            yield Band(camera, mode, since, end)


# --- cues, notes and requests --------------------------------------------------------------------------------


def _blocks(plan: Plan, changes: Iterable[CueRecord], end: float) -> list[ScoreBlock]:
    cues = {cue.number: cue for cue in plan.cues}
    started: dict[int, CueRecord] = {}
    blocks = []
    for change in changes:
        if change.state == "started":
            started[change.run] = change
        elif change.state in ("done", "stopped") and change.run in started:
            begun = started.pop(change.run)
            blocks.append(_block(cues.get(begun.cue), begun, change.t_ms, change.state))
    blocks += [_block(cues.get(one.cue), one, end, "running") for one in started.values()]
    return sorted(blocks, key=lambda block: (block.start, block.end))


def _block(cue: Cue | None, begun: CueRecord, end: float, state: str) -> ScoreBlock:
    start = begun.t_ms
    if cue is None:
        return ScoreBlock(begun.cue, "a trigger's statement", "", start, end, state, None)
    return ScoreBlock(cue.number, cue.title, cue.section, start, end, state, ScorePlace(cue.block.file, cue.line))


def _signs(records: Sequence[Record]) -> Iterable[Sign]:
    for note in records:
        if isinstance(note, NoteRecord) and not isinstance(note, WarningRecord):
            yield Sign(note.t_ms, note.text, "note", True, _place(note))
    for sent in records:
        if isinstance(sent, SendRecord):
            words = [sent.output, sent.address, *map(str, sent.arguments)]
            yield Sign(sent.due_ms, " ".join(words), "send", sent.outcome == "sent", _place(sent))
    for asked in records:
        if isinstance(asked, TriggerRecord):
            good = asked.verdict == "fired"
            said = f"{asked.request}, {asked.source}" + ("" if good else f": {asked.verdict}, {asked.reason}")
            yield Sign(asked.t_ms, said, "request", good, _place(asked))


# --- what to look at -----------------------------------------------------------------------------------------


def _findings(
    plan: Plan,
    diagnostics: Iterable[Diagnostic],
    warnings: Iterable[WarningRecord],
    bars: Sequence[Bar],
    blocks: Sequence[ScoreBlock],
) -> list[ScoreFinding]:
    """Those of the check in the order of the sheet, then those of the rehearsal in the order of time. What the check
    foretold and the rehearsal warns of again is one finding."""
    at_line: dict[ScorePlace, list[Bar]] = defaultdict(list)
    for bar in bars:
        for place in {bar.place, bar.source} - {None}:
            assert place is not None
            at_line[place].append(bar)
    foretold: set[tuple[ScorePlace | None, str, str]] = set()
    starts = sorted((cue.block.file, cue.block.line, cue.number) for cue in plan.cues)
    fired = {block.cue: block.start for block in reversed(blocks)}
    found: list[ScoreFinding] = []
    for diagnostic in diagnostics:
        if diagnostic.is_error:
            continue
        place = ScorePlace(diagnostic.span.file, diagnostic.span.line)
        hit = _hit(diagnostic, at_line[place])
        index = bisect_right(starts, (*place, "\uffff")) - 1
        cue = hit.cue if hit else starts[index][2] if index >= 0 and starts[index][0] == place.file else ""
        at = hit.start if hit else fired.get(cue)
        head = f"check, {diagnostic.code}"
        where = hit.device if hit else None
        if hit and diagnostic.code == "W601":
            foretold.add((hit.source, hit.cue, hit.device))
        found.append(ScoreFinding(len(found) + 1, head, diagnostic.message, diagnostic.hint, cue, place, at, where))
    happened: list[tuple[float, str, str, ScorePlace | None, str | None]] = [
        (one.t_ms, one.text, one.cue, _place(one), None)
        for one in warnings
        if (_place(one), one.cue, one.text.partition(" is on program")[0]) not in foretold
    ]
    for bar in bars:
        if bar.outcome in TROUBLE:
            said = f"{bar.device}: {bar.text} – {bar.outcome.replace('_', ' ')}" + (bar.reason and f": {bar.reason}")
            happened.append((bar.start, said, bar.cue, bar.place, bar.device))
    for at, text, cue, where_written, device in sorted(happened, key=lambda one: one[0]):
        found.append(ScoreFinding(len(found) + 1, "rehearsal", text, "", cue, where_written, at, device))
    return found


def _hit(diagnostic: Diagnostic, bars: Sequence[Bar]) -> Bar | None:
    """The command that a warning is about: of those on its line the one that came from the same call of a macro, and
    of the camera that the message names."""
    calls = [ScorePlace(label.span.file, label.span.line) for label in diagnostic.labels if label.text == "called here"]
    called = [bar for bar in bars if not calls or bar.place in calls]
    named = [bar for bar in called if f"“{bar.device}”" in diagnostic.message]
    return next(iter(named or called or bars), None)


def _place(record: TriggerRecord | CommandRecord | SendRecord | NoteRecord) -> ScorePlace | None:
    return ScorePlace(record.file, record.line) if record.file and record.line is not None else None
