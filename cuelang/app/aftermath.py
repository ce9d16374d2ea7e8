"""What a crash has left: which cameras to stop, what to say, and the cue list as it was, held."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from cuelang.app.loading import LoadedSheet, RunOptions, casting_of, listed
from cuelang.lang.compile import Compiler
from cuelang.library import STDLIB, Library
from cuelang.output.triggers import length
from cuelang.plan import Plan
from cuelang.plan.state import BusState, bus_key
from cuelang.playback.located import state_before
from cuelang.playback.machine import Playback
from cuelang.playback.sight import RunView
from cuelang.runtime.asrun import kept_beside
from cuelang.runtime.crash import Crash
from cuelang.runtime.journal import Journal, NoPlan
from cuelang.runtime.records import ShowRecord
from cuelang.sheets import Casting, Usage, override_inputs
from cuelang.source import Source
from cuelang.units import MS, NS


class Aftermath(Struct):
    """`stop`: cameras that may be moving; `said`: what the operator has to know. `playback` is what goes on, held, from
    `now` (loop ns) after it was `away`; None: the show begins from `start`."""

    crash: Crash
    stop: tuple[str, ...]
    said: str
    playback: Playback | None
    start: str | None
    now: int
    away: int


def aftermath(crash: Crash, loaded: LoadedSheet, options: RunOptions, now: int, away: int) -> Aftermath:
    """`now` is loop ns, which is to be the moment of the crash for what goes on; `away` how long (ns) that is ago."""
    plan, first = loaded.plan, crash.first
    known = {loaded.digest: plan}
    whole = crash.plan == loaded.digest
    journal = _rebuilt(crash, known, now - round(crash.at_ms * 1000) * 1000)
    stop, running, standby = crash.restless(whole=journal is not None), crash.running, crash.standby
    unsure: tuple[str, ...] = tuple(f"{one.camera or one.switcher} {one.action}" for one in crash.unanswered)
    standby = standby if standby is not None or first.plan != loaded.digest else _first(plan)
    runs: tuple[RunView, ...] = ()
    if journal is not None:
        journal.settle()
        runs, standby = journal.playback.runs(now), journal.playback.standby
        held = journal.hold(now, away)
        stop = tuple(dict.fromkeys((*held.moving, *stop)))
        unsure = held.unsure
        running = tuple(dict.fromkeys(run.cue for run in runs if run.cue))
    stop = tuple(name for name in stop if any(camera.name == name for camera in plan.cameras))
    goes_on = options.resume and whole and journal is not None
    text = f"The last show ended without being closed at {crash.at:%H:%M:%S} ({crash.path}). "
    text += f"Running: {_running(running, runs)}. Standby: {f'cue {standby}' if standby else 'none'}."
    if stop:
        text += f" Stopped now: {', '.join(stop)}."
    if unsure:
        text += f" Not sent again: {', '.join(unsure)}."
        text += _shown(plan, standby)
    if goes_on:
        text += f" Everything is held: `resume` continues, GO fires {f'cue {standby}' if standby else 'nothing'}."
    elif options.resume and not whole:
        text += " The sheet has changed since: only standby is restored."
    elif options.resume:
        text += " Its log could not be read whole: only standby is restored."
    elif runs or standby:
        text += " Start with --resume to continue there."
    playback = journal.playback if goes_on and journal is not None else None
    start = standby if options.resume and standby is not None else options.start
    return Aftermath(crash, stop, text, playback, start, now, away)


def _rebuilt(crash: Crash, known: dict[str, Plan], zero: int) -> Journal | None:
    """The list at the crash; None if a plan of that night is not to be had."""
    folder, first = kept_beside(crash.path), crash.first

    def plan_of(record: ShowRecord) -> Plan | None:
        digest = record.plan or ""
        if digest not in known:
            plan = _compiled(folder, record, first.options or {})
            if plan is None:
                return None
            known[digest] = plan
        return known[digest]

    plan = plan_of(first)
    if plan is None:
        return None
    journal = Journal(plan, first, zero=zero, plan_of=plan_of)
    try:
        for record in crash.records:
            journal.take(record)
    except NoPlan:
        return None
    return journal


class _Kept(Library):
    """The files of a log."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__()
        self._texts = texts

    def file(self, path: str, user: str) -> Source | str:
        found = super().file(path, user)
        name = found.name if isinstance(found, Source) else str(Path(user).parent / path)
        return Source(name, self._texts[name]) if name in self._texts else f"{name} is not in the log"

    def module(self, name: str) -> Source | None:
        shown = f"{STDLIB}{'/'.join(name.split('.'))}.cues"
        return Source(shown, self._texts[shown]) if shown in self._texts else super().module(name)


def _compiled(folder: Path, record: ShowRecord, options: Mapping[str, object]) -> Plan | None:
    """The plan of a record, whose files are kept by their SHA-256; None if one is missing or says something else
    now."""
    try:
        texts = {name: (folder / digest).read_bytes().decode() for name, digest in (record.files or {}).items()}
    except (OSError, ValueError):
        return None
    try:
        casting = Casting.of(listed(options, "swaps"))
        casting = casting_of(record) or casting
        main, rig = str(options["sheet"]), options.get("rig")
        settings = dict(pair.split("=", 1) for pair in listed(options, "settings"))
        compiled = Compiler(_Kept(texts)).compile(
            Source(main, texts[main]),
            rig=Source(str(rig), texts[str(rig)]) if rig is not None else None,
            settings={name.strip(): value.strip() for name, value in settings.items()},
            without=frozenset(listed(options, "without")),
            swaps=dict(casting.swaps),
            anyway=casting.anyway,
        )
    except (OSError, ValueError, KeyError, Usage):
        return None
    if compiled.plan is None:
        return None
    return override_inputs(compiled.plan, (), at_home=bool(options.get("simulate")))


def _first(plan: Plan) -> str | None:
    return next((cue.number for cue in plan.cues if cue.in_list), None)


def _running(cues: tuple[str, ...], runs: tuple[RunView, ...]) -> str:
    at = {run.cue: run.elapsed for run in runs}
    return ", ".join(f"cue {cue} ({length(at[cue] // NS * NS)})" if at.get(cue) else f"cue {cue}" for cue in cues) or (
        "nothing"
    )


def _shown(plan: Plan, standby: str | None) -> str:
    """What the sheet has on program there."""
    if standby is None or not plan.switchers:
        return ""
    state = state_before(plan, standby)
    shown = []
    for switcher in plan.switchers:
        bus = state.get(bus_key(switcher.name))
        if isinstance(bus, BusState):
            shown.append(f"{bus.program or 'unknown'} on {switcher.name}")
    return f" The sheet has on program: {', '.join(shown)}."


def away_of(seconds: float) -> int:
    """Seconds as whole milliseconds, in ns: as the log has it."""
    return round(seconds * 1000) * MS
