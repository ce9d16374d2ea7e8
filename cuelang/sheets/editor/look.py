"""One block of a sheet by itself, as its text is now: what the show's names made of it a moment ago still holds.

This is how an editor hears of the cue under the cursor within milliseconds, in a show of ten thousand.
"""

from __future__ import annotations

from bisect import bisect_left

from msgspec import Struct, field

from cuelang.diagnostics import Diagnostic, in_order
from cuelang.lang import check
from cuelang.lang import syntax as s
from cuelang.lang.compile import MAX_SHOW, Compilation
from cuelang.lang.cue import Lowered, lower_cue, memo_of
from cuelang.lang.files import SheetFinder
from cuelang.lang.findings import Finding
from cuelang.lang.parse import File, ParseCache, parse
from cuelang.lang.predict import Predicted, predict
from cuelang.lang.refs import cue_text
from cuelang.lang.scope import Files
from cuelang.plan import cue_key
from cuelang.plan.state import ANYWHERE, BusState, CameraState
from cuelang.sheets.editor.documents import Document
from cuelang.source import Source

MOST_LINES = 2000
"""A longer piece is left to the pass over the whole show."""


class SeenCue(Struct, frozen=True):
    section: s.Section
    number: str
    lowered: Lowered
    predicted: Predicted


class Seen(Struct):
    """What is in lines `first` to before `last` of a document."""

    first: int
    last: int
    file: File
    diagnostics: list[Diagnostic] = field(default_factory=list)
    cues: list[SeenCue] = field(default_factory=list)


def read(document: Document, first: int, last: int, cache: ParseCache | None = None) -> Seen:
    """The syntax of the blocks around some lines."""
    first, last = document.block(first)[0], document.block(max(last - 1, first))[1]
    lines = ParseCache(lines=cache.lines) if cache is not None else ParseCache()
    file = parse(Source(document.name, "".join(document.rows[first:last])), lines)
    for section in file.sections:
        section.block.line += first
    moved = [moved_by(one, first) for one in file.diagnostics]
    return Seen(first, last, file, moved)


def look(
    document: Document, first: int, last: int, whole: Compilation | None, library: SheetFinder, cache: ParseCache
) -> Seen:
    """The same with what the show's names, as they were last, make of the cues in it."""
    seen = read(document, first, last, cache)
    if whole is None:
        return seen
    findings: list[Finding] = []
    for section in seen.file.sections:
        if isinstance(section.line.node, s.Cue):
            findings += _cue(section, section.line.node, whole, library, seen)
    strangers = {moved_by(one, seen.first): words for one, words in seen.file.strangers}
    known = [check.recognised(one, strangers[one], whole.env) if one in strangers else one for one in seen.diagnostics]
    seen.diagnostics = in_order([*known, *(finding.settled() for finding in findings)])
    return seen


def _cue(section: s.Section, node: s.Cue, whole: Compilation, library: SheetFinder, seen: Seen) -> list[Finding]:
    lowered = lower_cue(section, memo_of(section.block), whole.env, MAX_SHOW, lambda: Files(library, {}))
    number = cue_text(node.number.value) or "0"
    findings = [*lowered.findings]
    if lowered.refs.named:
        here = section.origin(section.line, node.number.loc)
        numbers = dict.fromkeys((number, *(cue.number for cue in whole.plan.cues)), here)
        findings += check.refs(lowered.refs.named, numbers, whole.env)
    env = whole.env
    aside = lowered.facts.aside
    before = dict.fromkeys(env.cameras, ANYWHERE) if aside else state_before(whole, number)
    predicted = predict(lowered.draft, env.cameras, before, number=number, switchers=env.switchers)
    if not lowered.facts.disabled:
        findings += predicted.findings
    seen.cues.append(SeenCue(section, number, lowered, predicted))
    return findings


def state_before(whole: Compilation, number: str) -> dict[str, CameraState | BusState]:
    """How the list leaves everything before a cue of this number: by the last cue before it that says so."""
    state: dict[str, CameraState | BusState] = {}
    cues = whole.plan.cues
    everything = len(whole.env.cameras) + len(whole.env.switchers)
    for index in range(bisect_left(cues, cue_key(number), key=lambda cue: cue_key(cue.number)) - 1, -1, -1):
        if cues[index].in_list:
            for name, left in cues[index].leaves.items():
                state.setdefault(name, left)
            if len(state) >= everything:
                break
    return state


def moved_by(found: Diagnostic, lines: int) -> Diagnostic:
    """A finding that many lines further down."""
    if not lines:
        return found
    span = found.span._replace(line=found.span.line + lines, end_line=found.span.end_line + lines)
    labels = tuple(
        type(label)(label.span._replace(line=label.span.line + lines, end_line=label.span.end_line + lines), label.text)
        if label.span.file == found.span.file
        else label
        for label in found.labels
    )
    return Diagnostic(found.code, span, found.message, found.hint, labels)
