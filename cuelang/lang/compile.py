"""Sheets in, plan and diagnostics out.

    parse -> load what is used -> declare names -> lower each cue -> predict the list in order -> plan

A `Compiler` is kept by callers that compile again (a reload, an editor): cues whose text, names and state at
the start are what they were are not worked out again. What a cue came to is kept on its block.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang import plan as p
from cuelang.diagnostics import Diagnostic, in_order, nearest
from cuelang.lang import check
from cuelang.lang import syntax as s
from cuelang.lang.circles import circles, may_fire
from cuelang.lang.collector import collector_paused
from cuelang.lang.cue import Before, CueMemo, CueTriggers, Lowered, lower_cue, memo_of
from cuelang.lang.declare import Declarer
from cuelang.lang.draft import CueRefs, Draft
from cuelang.lang.env import Env
from cuelang.lang.files import Loaded, SheetFinder
from cuelang.lang.findings import Finding, Findings
from cuelang.lang.parse import File, ParseCache, parse
from cuelang.lang.predict import UNPREDICTED, predict
from cuelang.lang.refs import cue_text
from cuelang.lang.scope import Files, Scope
from cuelang.lang.triggers import lower_trigger
from cuelang.models import BadModel, Model, read_model
from cuelang.models.measured import SUFFIX
from cuelang.plan.state import ANYWHERE, BusState, CameraState, untouched
from cuelang.playback.played import Budget
from cuelang.source import Block, Loc, Origin, Source

SLICE = 200
"""Cues between two pauses."""
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
    lacking: tuple[Diagnostic, ...] = ()
    """What a camera lacks that stands in for another: these lines mean nothing to it."""

    @property
    def ok(self) -> bool:
        return self.plan is not None


class _Listed(Struct):
    """A cue of the show. `aside`: it says so, or its section does."""

    key: Decimal
    number: str
    heading: str
    aside: bool
    section: s.Section
    memo: CueMemo
    lowered: Lowered


class Compiler(Struct):
    """Compiles sheets, and again after an edit. One thread at a time."""

    library: SheetFinder
    cache: ParseCache = field(default_factory=ParseCache)
    known: tuple[object, Env] | None = None

    def compile(
        self,
        main: Source,
        *,
        rig: Source | None = None,
        settings: Mapping[str, str] | None = None,
        without: frozenset[str] = frozenset(),
        swaps: Mapping[str, str] | None = None,
        anyway: bool = False,
    ) -> Compiled:
        """Compile a show. What has not changed since the last time is not compiled again.

        Args:
            main: the sheet; files that it uses are read by the compiler's loader.
            rig: replaces every used file that holds a `rig` line.
            settings: values of `let` lines by name, as texts, as `--set` gives them.
            without: cameras, by name, that are left out as by `--without`.
            swaps: by camera, which one stands in for it.
            anyway: with `swaps`, lines for which that one lacks something are left out instead of being errors.

        Returns:
            The plan, or None beside at least one error, and every diagnostic, in the order of the sheet. No sheet makes
            this raise.
        """
        work = Compilation(self, main, rig, settings or {}, without, swaps or {}, anyway)
        with collector_paused(keep=True):
            for _ in work.slices():
                pass
        return work.compiled

    def begin(
        self,
        main: Source,
        *,
        rig: Source | None = None,
        settings: Mapping[str, str] | None = None,
        without: frozenset[str] = frozenset(),
    ) -> Compilation:
        """As `compile`, to be done slice by slice. One that is dropped on the way costs nothing: what it has worked
        out so far is there for the next one."""
        return Compilation(self, main, rig, settings or {}, without)


class Compilation:
    """One pass over a show. When `slices` has ended, `compiled` is the result; `env`, `plan` and `files` are what the
    show's names mean, what its cues do and what its sheets say, with errors too: as far as they could be made out."""

    env: Env
    plan: p.Plan
    compiled: Compiled

    def __init__(
        self,
        compiler: Compiler,
        main: Source,
        rig: Source | None,
        settings: Mapping[str, str],
        without: frozenset[str],
        swaps: Mapping[str, str] | None = None,
        anyway: bool = False,
    ) -> None:
        self.swaps = {name: other for name, other in (swaps or {}).items() if name != other}
        self.anyway = anyway
        self.compiler = compiler
        self.main = main
        self.settings = settings
        self.without = without
        self.loaded = Loaded(main, rig, compiler.library, compiler.cache)
        self.findings = self.loaded.findings
        self.read: dict[tuple[str, str], Source | str] = {}
        """The files that statements name, each read once."""

    def asked(self) -> Files:
        return Files(self.compiler.library, self.read)

    @property
    def files(self) -> dict[str, File]:
        """The show's sheets by name, each before the one that uses it."""
        return self.loaded.files

    def slices(self) -> Iterator[None]:
        """Do the work; it pauses wherever something else may be done first."""
        yield from self.loaded.loading()
        yield
        files = list(self.files.values())
        others = [section for file in files for section in file.others]
        overrides = self.overrides(others) if self.settings else {}
        yield
        env = self.env = self.declare(others, overrides, frozenset().union(*(file.lost for file in files)))
        yield
        sections = [section for file in files for section in file.sections]
        cues, triggers = yield from self.cues(sections, env)
        self.plan = p.Plan(
            settings=env.settings,
            cameras=tuple(info.camera for info in env.cameras.values()),
            cues=cues,
            triggers=triggers,
            inputs=tuple(env.inputs.values()),
            outputs=tuple(env.outputs.values()),
            file=self.main.name,
            switchers=tuple(env.switchers.values()),
            swaps=tuple(self.swaps.items()),
            groups=tuple(env.groups.items()),
        )
        yield
        self.compiled = self.settled(files)

    def settled(self, files: list[File]) -> Compiled:
        """What was found, as diagnostics; no plan if one of them is an error."""
        known = {stranger: check.recognised(stranger, words, self.env) for stranger, words in self.loaded.strangers}
        found = in_order([*(known.get(one, one) for one in self.loaded.diagnostics), *_once(self.findings)])
        lacking = tuple(one for one in found if one.is_error and one.span.file != "--swap") if self.swaps else ()
        if self.anyway:
            found = [one for one in found if one not in lacking]
        failed = any(one.is_error for one in found)
        if failed:
            found = [one for one in found if one.code != "W605"]  # what is mistaken may have used it
        sources = {file.source.name: file.source for file in files}
        main = self.files[self.main.name].sections
        empty = not any(isinstance(one.line.node, s.Cue | s.Camera | s.Define | s.Rig | s.Port) for one in main)
        return Compiled(None if failed else self.plan, found, sources, empty, lacking)

    def overrides(self, others: list[s.Section]) -> dict[str, s.Expr]:
        """The values of `--set`, parsed as the right side of a `let`; for lets that there are."""
        lets = {node.name.id for section in others if isinstance(node := section.line.node, s.Let)}
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

    def declare(self, others: list[s.Section], overrides: dict[str, s.Expr], lost: frozenset[str]) -> Env:
        """The show's names, from the time before if no declaration changed. `others`: what is not a cue."""
        names = [section for section in others if not isinstance(section.line.node, s.Heading | s.Trigger)]
        blocks = [section.block for section in names]
        measured = self.measured(names)
        swaps = tuple(self.swaps.items())
        key = (blocks, tuple(self.settings.items()), self.without, lost, self.loaded.partial, measured, swaps)
        known = self.compiler.known
        if known is not None and known[0] == key:
            env = known[1]
        else:
            env = Declarer(names, overrides, self.without, lost, self.loaded.partial, measured).run()
            env.swaps = self.swaps
            if known is not None:
                known[1].compared.clear()  # else each would keep all that were before it
            self.compiler.known = (key, env)
        self.findings += env.findings
        for name in dict.fromkeys(name for pair in swaps for name in pair):
            if name not in env.cameras:
                place = Origin(Block("--swap", 1), 0, Loc(0, 1, 0, 1))
                self.findings.append(Finding("E201", place, f"Unknown camera “{name}”.{nearest(name, env.cameras)}"))
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

    def cues(  # noqa: C901 - one pass over the sections, then what needs all of them
        self, sections: list[s.Section], env: Env
    ) -> Generator[None, None, tuple[tuple[p.Cue, ...], tuple[p.Trigger, ...]]]:
        listed: list[_Listed] = []
        places: dict[str, Origin] = {}
        triggers: list[p.Trigger] = []
        heard: list[tuple[p.When, Origin]] = []
        refs: list[tuple[str, Origin, Origin | None]] = []
        used: set[str] = set(env.used)
        heading, file, aside = "", "", False
        work, full = MAX_SHOW, False
        for index, section in enumerate(sections):
            if index % SLICE == 0:
                yield
            node = section.line.node
            if section.block.file != file:
                heading, file, aside = "", section.block.file, False
            if isinstance(node, s.Cue):
                memo = memo_of(section.block)
                number, key, origin = memo.head or self.head(section, node, memo)
                first = places.setdefault(number, origin)
                if first is not origin:
                    self.duplicate(number, first, origin)
                if full or len(places) > MAX_CUES or work <= 0 or self.findings.too_many:
                    if not full:
                        self.too_large(origin, len(places) > MAX_CUES, work <= 0)
                    full = True
                    continue
                lowered = lower_cue(section, memo, env, work, self.asked)
                work, full = work - lowered.work, full or lowered.full
                used |= lowered.used
                refs += lowered.refs.named
                self.findings += lowered.findings
                if first is origin:
                    apart = aside or lowered.facts.aside
                    listed.append(_Listed(key, number, heading, apart, section, memo, lowered))
                    firing = memo.firing
                    if firing is None or firing.lowered is not lowered:
                        firing = memo.firing = self.firing(lowered, number)
                    triggers += firing.triggers
                    heard += firing.heard
            elif isinstance(node, s.Heading):
                heading, aside = node.title.value, node.aside
            elif isinstance(node, s.Trigger):
                if full or work <= 0 or self.findings.too_many:
                    if not full:
                        self.too_large(section.origin(section.line, node.loc), False, work <= 0)
                    full = True
                    continue
                trigger = self.trigger(section, node, env, refs, used)
                if trigger is not None:
                    triggers.append(trigger)
                    heard.append(check.heard(trigger))
                    if isinstance(trigger.action, p.CameraAction):
                        work -= 20 * len(trigger.action.program.steps)
        yield
        names, called = check.macros(env, used, self.findings, max(work, 0), self.asked())
        used |= names
        yield
        self.findings += check.refs([*refs, *called.named], places, env)
        yield
        self.findings += yield from check.triggers(heard)
        yield
        self.findings += check.tally_indexes(env)
        self.findings += check.used(env, used, self.loaded.files[self.main.name])
        self.findings += check.empty_rigs(env, self.loaded.files.values())
        yield
        listed.sort(key=lambda row: row.key)
        cues, firing_at_once = yield from self.predict(listed, env, max(work, 0), full)
        yield
        self.findings += yield from circles(cues, firing_at_once)
        yield
        if env.switchers:
            self.findings += yield from check.after_the_stream(cues)
        return cues, tuple(triggers)

    def head(self, section: s.Section, node: s.Cue, memo: CueMemo) -> tuple[str, Decimal, Origin]:
        """The cue's canonical number, as text and to be ordered by, and its place."""
        number = cue_text(node.number.value)
        assert number is not None, "a cue number is a decimal"
        memo.head = found = number, p.cue_key(number), section.origin(section.line, node.number.loc)
        return found

    def duplicate(self, number: str, first: Origin, origin: Origin) -> None:
        self.findings.append(
            Finding("E207", origin, f"Duplicate cue number {number}.", "Use another number.", ((first, "first here"),))
        )

    def trigger(
        self,
        section: s.Section,
        node: s.Trigger,
        env: Env,
        refs: list[tuple[str, Origin, Origin | None]],
        used: set[str],
    ) -> p.Trigger | None:
        """One that is beside the cues. The cues that it names are added to `refs`, its other names to `used`."""
        scope = Scope(env, section, None, self.findings, self.asked())
        named = CueRefs()
        trigger = lower_trigger(node, scope, named, None)
        refs += named.named
        used |= scope.used
        return trigger

    def firing(self, lowered: Lowered, number: str) -> CueTriggers:
        """The triggers inside a cue: each fires it."""
        action = p.CueAction("go", number)
        own = [replace(trigger, action=action) for trigger in lowered.triggers]
        return CueTriggers(lowered, own, [] if lowered.facts.disabled else [check.heard(one) for one in own])

    def too_large(self, origin: Origin, many: bool, much: bool) -> None:
        """E302, once; not if the sheet is left alone for its many mistakes."""
        if many:
            self.findings.append(
                Finding("E302", origin, f"A show has at most {MAX_CUES} cues.", "Split the show in two.")
            )
        elif much:
            hint = "Repeat less often, or use `repeat forever`."
            self.findings.append(Finding("E302", origin, "From here on the show is too large to compile.", hint))

    def predict(
        self, listed: list[_Listed], env: Env, work: int, full: bool
    ) -> Generator[None, None, tuple[tuple[p.Cue, ...], list[p.Cue]]]:
        """The cues in list order, each from where the one before leaves the cameras; and those of them that may fire
        others at once. A cue that is aside may be fired at any time: its cameras may be anywhere. `work`: what playing
        cues more than once may cost; a show that is too large is not predicted further. `full`: it has been said that
        it is. It pauses on the way."""
        state: dict[str, CameraState | BusState] = {}
        anywhere: dict[str, CameraState | BusState] = dict.fromkeys(env.cameras, ANYWHERE)
        budget = Budget()
        drafts = {one.number: one.lowered.draft for one in listed if not one.lowered.facts.disabled}
        made: list[p.Cue] = []
        firing: list[p.Cue] = []
        for index, one in enumerate(listed):
            if index % SLICE == 0:
                yield
            lowered, memo = one.lowered, one.memo
            before = memo.predicted
            if lowered.full or work < 0:
                predicted = UNPREDICTED
            else:
                begins = anywhere if one.aside else state
                if before is None or before.predicted.again > work or not before.holds(begins, drafts):
                    before = self.predicted(one, env, begins, drafts, budget, work)
                predicted = before.predicted
                work -= predicted.again
                if work < 0 and not full:
                    line = one.section.line
                    self.too_large(one.section.origin(line, line.node.loc), False, True)
            if one.number in drafts:
                if not one.aside:
                    state |= predicted.state
                self.findings += predicted.findings
            kept = memo.cue
            if (
                kept is None
                or kept[0] is not predicted
                or kept[1] is not lowered
                or kept[2].section != one.heading
                or kept[2].aside != one.aside
            ):
                facts = lowered.facts
                cue = p.Cue(
                    number=one.number,
                    title=facts.title,
                    section=one.heading,
                    block=one.section.block,
                    program=predicted.program,
                    duration=predicted.duration,
                    leaves=predicted.state,
                    standby=facts.standby,
                    follow=facts.follow,
                    restart=facts.restart,
                    disabled=facts.disabled,
                    aside=one.aside,
                )
                kept = memo.cue = (predicted, lowered, cue, may_fire(cue))
            made.append(kept[2])
            if kept[3]:
                firing.append(kept[2])
        return tuple(made), firing

    def predicted(
        self,
        one: _Listed,
        env: Env,
        state: dict[str, CameraState | BusState],
        drafts: Mapping[str, Draft],
        budget: Budget,
        work: int,
    ) -> Before:
        predicted = predict(
            one.lowered.draft,
            env.cameras,
            state,
            number=one.number,
            switchers=env.switchers,
            drafts=drafts,
            budget=budget,
            work=work,
        )
        before = [(name, state.get(name, untouched(name))) for name in predicted.state]
        one.memo.predicted = found = Before(before, [(name, drafts.get(name)) for name in predicted.fired], predicted)
        return found


def _once(findings: Findings) -> Iterator[Diagnostic]:
    """Each mistake once: one in the body of a macro is found again by every call, and names the first."""
    seen: set[tuple[object, ...]] = set()
    for finding in findings:
        key = (finding.code, finding.origin, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding.settled()
