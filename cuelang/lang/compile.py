"""Sheets in, plan and diagnostics out.

    parse -> load what is used -> declare names -> lower each cue -> predict the list in order -> plan

A `Compiler` is kept by callers that compile again (a reload, an editor): cues whose text, names and state at
the start are what they were are not worked out again. What a cue came to is kept on its block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang import plan as p
from cuelang.diagnostics import Diagnostic, in_order, nearest
from cuelang.lang import check
from cuelang.lang import syntax as s
from cuelang.lang.circles import circles
from cuelang.lang.collector import collector_paused
from cuelang.lang.declare import Declarer
from cuelang.lang.draft import CueRefs, Draft
from cuelang.lang.env import Env
from cuelang.lang.files import Library, load
from cuelang.lang.findings import Finding
from cuelang.lang.lower import MAX_MISTAKES, Effort, Lowering
from cuelang.lang.parse import ParseCache, parse
from cuelang.lang.predict import Predicted, predict
from cuelang.lang.refs import cue_text
from cuelang.lang.scope import Files, Scope
from cuelang.lang.triggers import lower_trigger
from cuelang.models import BadModel, Model, read_model
from cuelang.models.measured import SUFFIX
from cuelang.plan.state import ANYWHERE, BusState, CameraState, untouched
from cuelang.playback.played import Budget
from cuelang.source import Block, Loc, Origin, Source

MAX_CUES = 20_000
MAX_SHOW = 2_200_000
"""What all cues together may cost, as `MAX_WORK` counts it."""


class Compiled(Struct):
    """`plan` is None when there are errors: a sheet that fails is never half run.

    `sources` holds the text of every sheet that was read, by its name in spans.
    """

    plan: p.Plan | None
    diagnostics: list[Diagnostic]
    sources: dict[str, Source]
    empty: bool = False
    """There is nothing in the sheet yet: no cue, and nothing that another sheet could use."""

    @property
    def ok(self) -> bool:
        return self.plan is not None


class _Lowered(NamedTuple):
    """What a cue's text came to, wherever its cameras are."""

    draft: Draft
    refs: CueRefs
    findings: list[Finding]
    used: frozenset[str]
    triggers: list[p.Trigger]
    facts: dict[str, Any]
    work: int
    full: bool
    read: Mapping[tuple[str, str], Source | str]
    """What the files that its statements name held, by the sheet and the path in it."""


class _Listed(NamedTuple):
    """A cue of the show. `aside`: it says so, or its section does."""

    key: Any
    number: str
    heading: str
    aside: bool
    section: s.Section
    lowered: _Lowered


class CueMemo(Struct):
    """What a cue's text came to, kept on its block, each with what it was worked out from."""

    number: str | None = None
    lowered: tuple[Env, _Lowered] | None = None
    firing: tuple[_Lowered, list[p.Trigger]] | None = None
    predicted: tuple[list[tuple[str, CameraState | BusState]], list[tuple[str, Draft | None]], Predicted] | None = None
    cue: tuple[Predicted, _Lowered, p.Cue] | None = None


def _memo(block: Block) -> CueMemo:
    memo = block.memo
    if not isinstance(memo, CueMemo):
        memo = block.memo = CueMemo()
    return memo


class Compiler(Struct):
    """Compiles sheets, and again after an edit. One thread at a time."""

    library: Library
    cache: ParseCache = field(default_factory=ParseCache)
    known: tuple[object, Env] | None = None

    def compile(
        self, main: Source, *, rig: Source | None = None, settings: Mapping[str, str] | None = None,
        without: frozenset[str] = frozenset(),
    ) -> Compiled:  # fmt: skip
        """`rig` replaces every used file that holds a `rig` line. `settings`: lets by name, as `--set` gives them."""
        with collector_paused(keep=True):
            return _Job(self, main, rig, settings or {}, without).run()


class _Job:
    def __init__(
        self, compiler: Compiler, main: Source, rig: Source | None, settings: Mapping[str, str], without: frozenset[str]
    ) -> None:
        self.compiler = compiler
        self.main = main
        self.settings = settings
        self.without = without
        self.loaded = load(main, rig, compiler.library, compiler.cache)
        self.findings = self.loaded.findings
        self.read: dict[tuple[str, str], Source | str] = {}
        """The files that statements name, each read once."""

    def files(self) -> Files:
        return Files(self.compiler.library, self.read)

    def run(self) -> Compiled:
        files = list(self.loaded.files.values())
        sections = [section for file in files for section in file.sections]
        overrides = self.overrides(sections)
        env = self.declare(sections, overrides, frozenset().union(*(file.lost for file in files)))
        cues, triggers = self.cues(sections, env)
        plan = p.Plan(
            settings=env.settings, cameras=tuple(info.camera for info in env.cameras.values()), cues=cues,
            triggers=triggers, inputs=tuple(env.inputs.values()), outputs=tuple(env.outputs.values()),
            file=self.main.name, switchers=tuple(env.switchers.values()),
        )  # fmt: skip
        known = {stranger: check.recognised(stranger, words, env) for stranger, words in self.loaded.strangers}
        found = in_order([*(known.get(one, one) for one in self.loaded.diagnostics), *_once(self.findings)])
        if any(one.is_error for one in found):
            found = [one for one in found if one.code != "W605"]  # what is mistaken may have used it
        sources = {file.source.name: file.source for file in files}
        main = self.loaded.files[self.main.name].sections
        empty = not any(isinstance(one.line.node, s.Cue | s.Camera | s.Define | s.Rig | s.Port) for one in main)
        return Compiled(None if any(d.is_error for d in found) else plan, found, sources, empty)

    def overrides(self, sections: list[s.Section]) -> dict[str, s.Expr]:
        """The values of `--set`, parsed as the right side of a `let`; for lets that there are."""
        lets = {node.name.id for section in sections if isinstance(node := section.line.node, s.Let)}
        found: dict[str, s.Expr] = {}
        for name, text in self.settings.items():
            file = parse(Source("--set", f"let {name} = {text}"))
            parsed: s.Node | None = file.sections[0].line.node if len(file.sections) == 1 else None
            place = Origin(Block("--set", 1), 0, Loc(0, 1, 0, 1))
            if file.diagnostics or not isinstance(parsed, s.Let):
                self.findings.append(
                    Finding("E301", place, f"“{name}={text}” is not a valid value.", "For example: --set storm=15s.")
                )
            elif name not in lets:
                self.findings.append(Finding("E209", place, f"There is no `let` named “{name}”.{nearest(name, lets)}"))
            else:
                found[name] = parsed.value
        return found

    # --- names -----------------------------------------------------------------------------------------------

    def declare(self, sections: list[s.Section], overrides: dict[str, s.Expr], lost: frozenset[str]) -> Env:
        """The show's names, from the time before if no declaration changed."""
        names = [section for section in sections if not isinstance(section.line.node, s.Cue | s.Heading | s.Trigger)]
        blocks = [section.block for section in names]
        measured = self.measured(names)
        key = (blocks, tuple(self.settings.items()), self.without, lost, self.loaded.partial, measured)
        known = self.compiler.known
        if known is not None and known[0] == key:
            env = known[1]
        else:
            env = Declarer(names, overrides, self.without, lost, self.loaded.partial, measured).run()
            self.compiler.known = (key, env)
        self.findings += env.findings
        missing = self.without - set(env.cameras)
        for name in sorted(missing):
            place = Origin(Block("--without", 1), 0, Loc(0, 1, 0, 1))
            self.findings.append(Finding("E201", place, f"Unknown camera “{name}”.{nearest(name, env.cameras)}"))
        return env

    def measured(self, sections: list[s.Section]) -> dict[tuple[str, str], Model | Finding]:
        """The model files that cameras name."""
        found: dict[tuple[str, str], Model | Finding] = {}
        for section in sections:
            if not isinstance(section.line.node, s.Camera):
                continue
            for line in section.line.children:
                node = line.node
                if not (isinstance(node, s.Setting) and node.word.id == "model" and len(node.values) == 1):
                    continue
                wanted = node.values[0]
                if isinstance(wanted, s.Text) and wanted.value.endswith(SUFFIX):
                    origin = section.origin(line, wanted.loc)
                    found[section.block.file, wanted.value] = self.model(wanted.value, origin)
        return found

    def model(self, path: str, origin: Origin) -> Model | Finding:
        source = self.compiler.library.file(path, origin.block.file)
        if isinstance(source, str):
            return Finding("E205", origin, source, "The path is relative to this sheet.")
        try:
            return read_model(source.text, path)
        except BadModel as bad:
            hint = "`cuelang camera calibrate` writes such a file."
            return Finding("E302", origin, f"The model file {path} {bad}.", hint)

    # --- cues ------------------------------------------------------------------------------------------------

    def cues(self, sections: list[s.Section], env: Env) -> tuple[tuple[p.Cue, ...], tuple[p.Trigger, ...]]:
        listed: list[_Listed] = []
        places: dict[str, Origin] = {}
        triggers: list[p.Trigger] = []
        asleep: list[p.Trigger] = []
        refs: list[tuple[str, Origin, Origin | None]] = []
        used: set[str] = set(env.used)
        heading, file, aside = "", "", False
        work, full = MAX_SHOW, False
        for section in sections:
            node = section.line.node
            if section.block.file != file:
                heading, file, aside = "", section.block.file, False
            if isinstance(node, s.Heading):
                heading, aside = node.title.value, node.aside
            elif isinstance(node, s.Trigger):
                scope = Scope(env, section, None, self.findings, self.files())
                one = CueRefs()
                trigger = lower_trigger(node, scope, one, None)
                refs += one.named
                used |= scope.used
                if trigger is not None:
                    triggers.append(trigger)
                    if isinstance(trigger.action, p.CameraAction):
                        work -= 10 * len(trigger.action.program.steps)
            elif isinstance(node, s.Cue):
                number = self.number(section, node, places)
                if full or len(places) > MAX_CUES or work <= 0 or _mistaken(self.findings):
                    if not full:
                        self.too_large(section, node, len(places) > MAX_CUES, work <= 0)
                    full = True
                    continue
                lowered = self.lower(section, env, work)
                work, full = work - lowered.work, full or lowered.full
                used |= lowered.used
                refs += lowered.refs.named
                self.findings += lowered.findings
                if number is not None:
                    apart = aside or bool(lowered.facts.get("aside"))
                    listed.append(_Listed(p.cue_key(number), number, heading, apart, section, lowered))
                    own = self.firing(section, lowered, number)
                    triggers += own
                    asleep += own if lowered.facts.get("disabled") else ()
        used |= check.macros(env, used, places, self.findings, max(work, 0), self.files())
        self.findings += check.refs(refs, places, env)
        self.findings += check.triggers([one for one in triggers if one not in asleep] if asleep else triggers)
        self.findings += check.tally_indexes(env)
        self.findings += check.used(env, used, self.loaded.files[self.main.name])
        listed.sort(key=lambda row: row.key)
        cues = tuple(self.predict(listed, env))
        self.findings += circles(cues)
        self.findings += check.after_the_stream(cues)
        return cues, tuple(triggers)

    def number(self, section: s.Section, node: s.Cue, places: dict[str, Origin]) -> str | None:
        """The cue's canonical number, None if another cue has it."""
        origin = section.origin(section.line, node.number.loc)
        memo = _memo(section.block)
        number = memo.number = memo.number or cue_text(node.number.value)
        assert number is not None, "a cue number is a decimal"
        if number in places:
            self.findings.append(
                Finding(
                    "E207",
                    origin,
                    f"Duplicate cue number {number}.",
                    "Use another number.",
                    ((places[number], "first here"),),
                )
            )
            return None
        places[number] = origin
        return number

    def firing(self, section: s.Section, lowered: _Lowered, number: str) -> list[p.Trigger]:
        """The triggers inside a cue: each fires it."""
        memo = _memo(section.block)
        kept = memo.firing
        if kept is None or kept[0] is not lowered:
            action = p.CueAction("go", number)
            kept = memo.firing = (lowered, [replace(trigger, action=action) for trigger in lowered.triggers])
        return kept[1]

    def too_large(self, section: s.Section, node: s.Cue, many: bool, much: bool) -> None:
        """E302, once; not if the sheet is left alone for its many mistakes."""
        origin = section.origin(section.line, node.number.loc)
        if many:
            self.findings.append(
                Finding("E302", origin, f"A show has at most {MAX_CUES} cues.", "Split the show in two.")
            )
        elif much:
            hint = "Repeat less often, or use `repeat forever`."
            self.findings.append(Finding("E302", origin, "With this cue the show is too large to compile.", hint))

    def lower(self, section: s.Section, env: Env, work: int) -> _Lowered:
        """What the cue's text came to, kept on its block as long as the show's names stay."""
        memo = _memo(section.block)
        kept = memo.lowered
        files = self.files()
        usable = kept is not None and kept[0] is env and kept[1].work <= work and not kept[1].full
        if kept is not None and usable and not files.changed(kept[1].read):
            return kept[1]
        findings: list[Finding] = []
        scope = Scope(env, section, None, findings, files)
        refs = CueRefs()
        effort = Effort()
        before = effort.work = min(effort.work, work)
        lowering = Lowering(refs, effort)
        facts: dict[str, Any] = {}
        triggers: list[p.Trigger] = []
        body: list[s.Line] = []
        assert isinstance(section.line.node, s.Cue)
        title = section.line.node.title
        facts["title"] = scope.text(title, "A title") or "" if title is not None else ""
        for line in section.line.children:
            scope.line = line
            node = line.node
            if isinstance(node, s.Follow | s.Restart | s.Disabled | s.Aside | s.Standby):
                self.fact(node, scope, facts)
            elif isinstance(node, s.Trigger):
                trigger = lower_trigger(node, scope, refs, "")
                if trigger is not None:
                    triggers.append(trigger)
            else:
                body.append(line)
        clock = lowering.block(tuple(body), scope, p.Moment(0, 0))
        lowering.draft.end = None if clock.endless else clock.now
        lowering.draft.restart = bool(facts.get("restart"))
        spent = before - effort.work
        lowered = _Lowered(
            lowering.draft, refs, findings, frozenset(scope.used), triggers, facts, spent, effort.full, files.read
        )  # fmt: skip
        memo.lowered, memo.predicted = (env, lowered), None
        return lowered

    def fact(
        self, node: s.Follow | s.Restart | s.Disabled | s.Aside | s.Standby, scope: Scope, facts: dict[str, Any]
    ) -> None:
        """What a line says of the cue as a whole."""
        name: str
        value: Any
        match node:
            case s.Follow(after=after, loc=loc):
                name, value = "follow", (scope.time(after, "`after`") if after is not None else 0) or 0
            case s.Standby(text=text, loc=loc):
                name, value = "standby", scope.text(text, "A standby text") or ""
            case s.Restart(loc=loc):
                name, value = "restart", True
            case s.Disabled(loc=loc):
                name, value = "disabled", True
            case s.Aside(loc=loc):
                name, value = "aside", True
        if name in facts:
            scope.report("E208", loc, f"`{name}` is given twice.", "Remove one.")
        facts[name] = value

    def predict(self, listed: list[_Listed], env: Env) -> Iterator[p.Cue]:
        """The cues in list order, each from where the one before leaves the cameras. A cue that is aside may be fired
        at any time: its cameras may be anywhere."""
        state: dict[str, CameraState | BusState] = {}
        anywhere: dict[str, CameraState | BusState] = dict.fromkeys(env.cameras, ANYWHERE)
        budget = Budget()
        drafts = {one.number: one.lowered.draft for one in listed if not one.lowered.facts.get("disabled")}
        for _, number, heading, aside, section, lowered in listed:
            disabled = bool(lowered.facts.get("disabled"))
            predicted = self.predicted(number, section, lowered, env, anywhere if aside else state, drafts, budget)
            if not disabled:
                if not aside:
                    state |= predicted.state
                self.findings += predicted.findings
            memo = _memo(section.block)
            kept = memo.cue
            if (
                kept is None
                or kept[0] is not predicted
                or kept[1] is not lowered
                or kept[2].section != heading
                or kept[2].aside != aside
            ):
                cue = p.Cue(
                    number=number, section=heading, block=section.block,
                    program=predicted.program, duration=predicted.duration, leaves=predicted.state,
                    **(lowered.facts | {"aside": aside}),
                )  # fmt: skip
                kept = memo.cue = (predicted, lowered, cue)
            yield kept[2]

    def predicted(
        self, number: str, section: s.Section, lowered: _Lowered, env: Env, state: dict[str, CameraState | BusState],
        drafts: Mapping[str, Draft], budget: Budget,
    ) -> Predicted:  # fmt: skip
        memo = _memo(section.block)
        kept = memo.predicted
        if (
            kept is not None
            and all(state.get(name, untouched(name)) == was for name, was in kept[0])
            and all(drafts.get(name) is was for name, was in kept[1])
        ):
            return kept[2]
        predicted = predict(
            lowered.draft,
            env.cameras,
            state,
            number=number,
            switchers=env.switchers,
            drafts=drafts,
            budget=budget,
        )
        before = [(name, state.get(name, untouched(name))) for name in predicted.state]
        memo.predicted = (before, [(name, drafts.get(name)) for name in predicted.fired], predicted)
        return predicted


def _mistaken(findings: list[Finding]) -> bool:
    """Whether there are more findings than are worth reporting."""
    return len(findings) > MAX_MISTAKES and sum(one.code[0] == "E" for one in findings) > MAX_MISTAKES


def _once(findings: list[Finding]) -> Iterator[Diagnostic]:
    """Each mistake once: one in the body of a macro is found again by every call, and names the first."""
    seen: set[tuple[object, ...]] = set()
    for finding in findings:
        key = (finding.code, finding.origin, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding.settled()
