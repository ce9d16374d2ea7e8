"""One cue of a sheet: what its text comes to, kept on its block until the text or the show's names change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple, assert_never

from msgspec import Struct

from cuelang import plan as p
from cuelang.lang import syntax as s
from cuelang.lang.draft import CueRefs, Draft
from cuelang.lang.effort import Effort
from cuelang.lang.env import Env
from cuelang.lang.findings import Findings
from cuelang.lang.lower import Lowering
from cuelang.lang.predict import Predicted
from cuelang.lang.scope import Files, Scope
from cuelang.lang.slips import standby_request
from cuelang.lang.triggers import lower_trigger
from cuelang.plan.state import BusState, CameraState, RigState, untouched
from cuelang.source import Block, Origin, Source


class CueFacts(Struct):
    """What a cue's text says of the cue as a whole. `follow` in ns."""

    title: str = ""
    standby: str = ""
    follow: int | None = None
    restart: bool = False
    disabled: bool = False
    aside: bool = False


class Lowered(NamedTuple):
    """What a cue's text came to, wherever its cameras are."""

    draft: Draft
    refs: CueRefs
    findings: Findings
    used: frozenset[str]
    triggers: list[p.Trigger]
    facts: CueFacts
    work: int
    full: bool
    looked_at: frozenset[str]
    """The cameras that it looked at, and which of their presets (`looked_up`)."""
    read: Mapping[tuple[str, str], Source | str]
    """What the files that its statements name held, by the sheet and the path in it."""


class CueTriggers(NamedTuple):
    """The triggers inside a cue, which fire it. `heard`: what each listens for, and where that is written; nothing if
    the cue is disabled."""

    lowered: Lowered
    triggers: list[p.Trigger]
    heard: list[tuple[p.When, Origin]]


class Before(NamedTuple):
    """From where a cue was predicted: cameras and switchers, and what it fires."""

    state: list[tuple[str, CameraState | BusState]]
    fired: list[tuple[str, Draft | None]]
    predicted: Predicted

    def holds(self, state: RigState, drafts: Mapping[str, Draft]) -> bool:
        """Whether it is from there that the cue begins."""
        for name, was in self.state:
            now = state.get(name)
            if now is not was and (untouched(name) if now is None else now) != was:
                return False
        return all(drafts.get(number) is was for number, was in self.fired) if self.fired else True


class CueMemo(Struct):
    """What a cue's text came to, kept on its block, each with what it was worked out from."""

    head: tuple[str, Decimal, Origin] | None = None
    """Its number, as text and to be ordered by, and where that is written."""
    lowered: tuple[Env, Lowered] | None = None
    firing: CueTriggers | None = None
    predicted: Before | None = None
    cue: tuple[Predicted, Lowered, p.Cue, bool] | None = None
    """The cue, and whether it may fire another one at once."""


def memo_of(block: Block) -> CueMemo:
    """What is kept on a cue's block."""
    memo = block.memo
    if not isinstance(memo, CueMemo):
        memo = block.memo = CueMemo()
    return memo


def lower_cue(section: s.Section, memo: CueMemo, env: Env, work: int, files: Callable[[], Files]) -> Lowered:
    """What the cue's text came to, kept on its block as long as the show's names stay. `memo` is that of its block,
    `files` gives those that its statements name."""
    kept = memo.lowered
    if kept is not None:
        names, found = kept
        if names is not env and not found.findings:
            changed = env.changed_since(names)
            if changed is not None and found.looked_at.isdisjoint(changed):
                names, memo.lowered = env, (env, found)
        usable = names is env and found.work <= work and not found.full
        if usable and not (found.read and files().changed(found.read)):
            return found
    return _lowered(section, memo, env, work, files())


def _lowered(section: s.Section, memo: CueMemo, env: Env, work: int, files: Files) -> Lowered:
    findings = Findings()
    scope = Scope(env, section, None, findings, files)
    refs = CueRefs()
    effort = Effort()
    before = effort.work = min(effort.work, work)
    lowering = Lowering(refs, effort)
    facts = CueFacts()
    given: set[str] = set()
    triggers: list[p.Trigger] = []
    body: list[s.Line] = []
    if isinstance(head := section.line.node, s.Cue) and head.title is not None:
        facts.title = scope.text(head.title, "A title") or ""
    for line in section.line.children:
        scope.line = line
        node = line.node
        if isinstance(node, s.Follow | s.Restart | s.Disabled | s.Aside | s.Standby):
            _fact(node, scope, facts, given)
        elif isinstance(node, s.Trigger):
            trigger = lower_trigger(node, scope, refs, "")
            if trigger is not None:
                triggers.append(trigger)
        else:
            body.append(line)
    clock = lowering.block(tuple(body), scope, p.Moment(0, 0))
    lowering.draft.end = None if clock.endless else clock.now
    lowering.draft.restart = facts.restart
    spent = before - effort.work
    lowered = Lowered(
        lowering.draft,
        refs,
        findings,
        frozenset(scope.used),
        triggers,
        facts,
        spent,
        effort.full,
        frozenset(scope.looked_at),
        files.read,
    )
    memo.lowered, memo.predicted = (env, lowered), None
    return lowered


def _fact(
    node: s.Follow | s.Restart | s.Disabled | s.Aside | s.Standby, scope: Scope, facts: CueFacts, given: set[str]
) -> None:
    """What a line says of the cue as a whole; `given`: the words of such lines before it."""
    match node:
        case s.Follow(after=after, loc=loc):
            name, facts.follow = "follow", (scope.time(after, "`after`") if after is not None else 0) or 0
            if after is not None:
                scope.time_of_day(after, "follow after", facts.follow)
        case s.Standby(text=text, loc=loc):
            if isinstance(text, s.Name) and text.id in ("next", "back") and scope.env.value_of(text.id) is None:
                scope.report(
                    "E301",
                    loc,
                    "In a cue, `standby` is a text, shown while that cue is next.",
                    standby_request(f"standby {text.id}" if text.id == "next" else "back"),
                )
                return
            name, facts.standby = "standby", scope.text(text, "A standby text") or ""
        case s.Restart(loc=loc):
            name, facts.restart = "restart", True
        case s.Disabled(loc=loc):
            name, facts.disabled = "disabled", True
        case s.Aside(loc=loc):
            name, facts.aside = "aside", True
        case _:
            assert_never(node)
    if name in given:
        scope.report("E208", loc, f"`{name}` is given twice.", "Remove one.")
    given.add(name)
