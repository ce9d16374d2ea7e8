"""From the options of the command line to a sheet that is compiled for tonight."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from cuelang import __version__
from cuelang.diagnostics import Diagnostic
from cuelang.lang.compile import Compiled, Compiler
from cuelang.library import Unreadable
from cuelang.output.outline import outlines
from cuelang.plain import UserError
from cuelang.plan import Plan
from cuelang.runtime import timing
from cuelang.runtime.given import Edition
from cuelang.runtime.outline import Outline
from cuelang.runtime.records import ShowRecord
from cuelang.runtime.timing import Rehearsed
from cuelang.runtime.view import Mistake
from cuelang.sheets import NO_CASTING, Casting, Usage, compile_sheet, lacking, override_inputs
from cuelang.source import Source


class RunOptions(Struct, frozen=True):
    """`cuelang run`. Paths are as the user gave them; `settings` are `NAME=VALUE`; `start` is the first standby.

    `simulate`: simulated cameras, nothing is sent to outputs unless `live_outputs`, and the sheet's inputs hear this
    machine alone.

    `script`: requests at times, as for `rehearse`; the show ends by itself after the last of them. `http`: where the
    operator's page is, `auto` for a free port of this machine, None for no page."""

    sheet: str
    rig: str | None = None
    simulate: bool = False
    live_outputs: bool = False
    start: str | None = None
    settings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    http: str | None = None
    certificate: str | None = None
    key: str | None = None
    """PEM files for the page."""
    log: str | None = None
    show_mode: bool = False
    script: str | None = None
    timing: str | None = None
    """The log of a rehearsal, to be late or early against."""
    off_air: bool = False
    swaps: tuple[str, ...] = ()
    """`CAMERA=CAMERA`: the second one stands in for the first."""
    by_hand: bool = False
    """An operator cuts by hand from the start."""
    precedence: bool = False
    """Ask the system for precedence over other programs."""
    beside: bool = False
    """Start though a show of this sheet runs on this machine."""
    resume: bool = False
    """Go on where a crash has ended the last show, held."""
    behind: str | None = None
    """The page of the machine that this one follows."""
    awake: bool = False
    """Keep the machine from sleeping."""
    twin: str | None = None
    """NATS servers, parted by commas: with a second machine."""
    twin_peer: str | None = None
    """Where the second machine is, and where (`twin_listen`) this one hears it: HOST:PORT."""
    twin_listen: str | None = None


class LoadedSheet(Struct, frozen=True):
    """A sheet, compiled for tonight. `warnings` and `outlines` are by cue."""

    plan: Plan
    warnings: Mapping[str, tuple[str, ...]]
    outlines: Mapping[str, Outline]
    sources: Mapping[str, Source]
    """Every sheet that was read, by its name in spans."""
    casting: Casting = NO_CASTING
    changed: tuple[tuple[str, ...], ...] = ()
    """What the command line changes: `--set` and `--without`."""
    rehearsed: Rehearsed | None = None
    """The evening to be late or early against."""

    @property
    def files(self) -> dict[str, str]:
        """The SHA-256 of each file, by its name."""
        return {name: sha256(source.text) for name, source in self.sources.items()}

    @property
    def texts(self) -> dict[str, str]:
        """The text of each file, by its SHA-256."""
        return {sha256(source.text): source.text for source in self.sources.values()}

    @property
    def digest(self) -> str:
        """Equal for two shows of the same files, with the same options and swaps, and of one version of cuelang."""
        files = sorted((Path(name).name, digest) for name, digest in self.files.items())
        return sha256(json.dumps([__version__, files, self.changed, self.casting.swaps, self.casting.anyway]))

    @property
    def edition(self) -> Edition:
        """What there is to say of the plan."""
        return Edition(self.warnings, self.outlines, self.files, self.digest, self.casting.swaps, self.casting.anyway)


def rehearsed(log: str) -> Rehearsed:
    """The log of a rehearsal. Raises Usage."""
    try:
        return timing.read(log)
    except OSError as error:
        raise Usage(f"--timing {log}: it cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise Usage(f"--timing: {error}.") from None


class Refused(UserError):
    """The sheet has errors; the message says the first of them on one line."""

    code = 1

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.mistakes = [
            Mistake(f"{one.span.file}:{one.span.line}:{one.span.column}", f"{one.code} {one.message}", one.hint or "")
            for one in compiled.diagnostics
            if one.is_error
        ]
        self.lacking = lacking(compiled)
        """What a camera lacks that was to stand in for another; empty: the sheet itself has errors."""
        first, more = self.mistakes[0], len(self.mistakes) - 1
        super().__init__(f"{first.place}: {first.text}" + (f" (and {more} more)" if more else ""))


def load(
    options: RunOptions,
    compiler: Compiler | None = None,
    read: Callable[[str], Source] | None = None,
    casting: Casting | None = None,
    texts: Mapping[str, str] | None = None,
) -> LoadedSheet:
    """Read and compile the sheet, with what the command line changes. `casting`: the cameras that have been swapped
    since. `texts`: what its files said, which are not read again then. Raises Unreadable, Usage and Refused."""
    cast = Casting.of(options.swaps) if casting is None else casting
    compiled = compile_sheet(
        options.sheet,
        rig=options.rig,
        settings=options.settings,
        without=options.without,
        compiler=compiler,
        read=read,
        casting=cast,
        texts=texts,
    )
    if compiled.plan is None:
        raise Refused(compiled)
    plan = override_inputs(compiled.plan, options.inputs, at_home=options.simulate)
    changed = options.settings, options.without
    return LoadedSheet(plan, cue_warnings(plan, compiled.diagnostics), outlines(plan), compiled.sources, cast, changed)


def load_kept(options: RunOptions, first: ShowRecord, record: ShowRecord, texts: Mapping[str, str]) -> LoadedSheet:
    """The sheet of a record that brings one, from a log that begins with `first`: with what that show's command line
    changed. `texts` are its files by their SHA-256. Raises Unreadable, where they do not make that plan, and
    what `load` raises."""
    said = first.options or {}
    theirs = replace(
        options,
        sheet=str(said.get("sheet")),
        rig=said.get("rig"),
        settings=listed(said, "settings"),
        without=listed(said, "without"),
        swaps=listed(said, "swaps"),
    )
    casting = casting_of(record)
    try:
        found = {name: texts[digest] for name, digest in (record.files or {}).items()}
    except KeyError as missing:
        raise Unreadable(f"A file of the plan is missing: {missing}.") from None
    loaded = load(theirs, casting=casting or Casting.of(theirs.swaps), texts=found)
    if loaded.digest != record.plan:
        raise Unreadable("Its files make another plan here: is the program of the two machines the same?")
    return loaded


def listed(options: Mapping[str, object], name: str) -> tuple[str, ...]:
    """One of the options in a log that are lists of texts."""
    value = options.get(name)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def casting_of(record: ShowRecord) -> Casting | None:
    """The stand-ins of a sheet that was read again; None: those of the command line."""
    if record.state != "reloaded":
        return None
    return Casting(tuple((str(camera), str(other)) for camera, other in record.swaps), record.anyway)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def cue_warnings(plan: Plan, diagnostics: Iterable[Diagnostic]) -> dict[str, tuple[str, ...]]:
    """Of each cue, the warnings between its first line and the next declaration that is a cue."""
    starts = sorted((cue.block.file, cue.block.line, cue.number) for cue in plan.cues)
    found: dict[str, tuple[str, ...]] = {}
    for diagnostic in diagnostics:
        span = diagnostic.span
        index = bisect_right(starts, (span.file, span.line, "\uffff")) - 1
        if index >= 0 and starts[index][0] == span.file and not diagnostic.is_error:
            number = starts[index][2]
            found[number] = (*found.get(number, ()), f"{diagnostic.code} {diagnostic.message}")
    return {number: tuple(_counted(said)) for number, said in found.items()}


def _counted(said: Iterable[str]) -> Iterator[str]:
    """What several lines of a cue are warned of stands once."""
    for text, times in Counter(said).items():
        yield text if times == 1 else f"{text} ({times} times)"
