"""What can only be seen when all cues are there: names that nothing declares, and names that nothing uses."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator

from msgspec.structs import replace

from cuelang import plan as p
from cuelang.commands.switching import SetOutput
from cuelang.diagnostics import Diagnostic
from cuelang.lang import syntax as s
from cuelang.lang.draft import CueRefs
from cuelang.lang.effort import MAX_BLOCKS, Effort
from cuelang.lang.env import Env
from cuelang.lang.findings import MAX_MISTAKES, Finding, Findings
from cuelang.lang.lower import Lowering
from cuelang.lang.parse import File
from cuelang.lang.scope import Files, Scope
from cuelang.lang.values import UNKNOWN
from cuelang.lang.words import DESTRUCTIVE, STATEMENTS
from cuelang.source import Origin

_CAPTURE = re.compile(r"\{[^{},]*\}")
SLICE = 1000
"""Cues, or triggers, between two pauses."""


def macros(env: Env, used: set[str], findings: Findings, work: int, files: Files) -> tuple[set[str], CueRefs]:
    """Look into macros that are never called, with parameters that fit everywhere, and add what is wrong to `findings`;
    the names and the cues that they use. `work`: what that may cost."""
    names: set[str] = set()
    called = CueRefs()
    effort = Effort(work=work)
    for name, macro in env.macros.items():
        if name in used or name in names:
            continue
        if findings.too_many:
            break
        scope = Scope(env, macro.section, None, findings, files)
        for parameter in macro.node.parameters:
            scope.local[parameter.name.id] = UNKNOWN
        for parameter in macro.node.parameters:
            if parameter.default is not None:
                scope.evaluate(parameter.default)
        effort.calls, effort.blocks = [name], MAX_BLOCKS
        lowering = Lowering(called, effort)
        lowering.block(macro.section.line.children, scope, p.Moment(0, 0))
        names |= scope.used
    return names, called


def refs(named: list[tuple[str, Origin, Origin | None]], places: dict[str, Origin], env: Env) -> list[Finding]:
    """E203 for cues that are named and that there are not; no more than are worth reporting."""
    found: list[Finding] = []
    ordered: list[str] = []
    lost = {number for name in env.broken if (number := _cue_number(name)) is not None}
    for number, origin, call in named:
        if number not in places and number not in lost:
            key = p.cue_key(number)
            ordered = ordered or sorted(places, key=p.cue_key)
            at = bisect_left(ordered, key, key=p.cue_key)
            beside = ordered[max(at - 1, 0) : at + 1]
            near = min(beside, key=lambda other: abs(p.cue_key(other) - key), default=None)
            hint = f"The nearest is cue {near}." if near is not None else "There are no cues."
            labels = ((call, "called here"),) if call else ()
            found.append(Finding("E203", origin, f"There is no cue {number}.", hint, labels))
            if len(found) > MAX_MISTAKES:
                break
    return found


def triggers(listed: list[tuple[p.When, Origin]]) -> Generator[None, None, list[Finding]]:
    """W606 for triggers that listen for the same, as `heard` has it. It pauses on the way."""
    found: list[Finding] = []
    seen: dict[p.When, Origin] = {}
    for index, (when, origin) in enumerate(listed):
        if index % SLICE == 0:
            yield
        first = seen.setdefault(when, origin)
        if first is not origin:
            found.append(
                Finding(
                    "W606",
                    origin,
                    "Duplicate trigger.",
                    "Only one of them can fire.",
                    ((first, "first here"),),
                )
            )
    return found


def tally_indexes(env: Env) -> list[Finding]:
    """W619: two cameras that would be lit by one lamp of the switcher. What is disabled does not count."""
    found: list[Finding] = []
    first: dict[tuple[int, int], str] = {}
    for name, info in env.cameras.items():
        camera = info.camera
        if camera.tally_index is None or camera.disabled:
            continue
        other = first.setdefault((camera.tally_screen, camera.tally_index), name)
        if other != name:
            found.append(
                Finding(
                    "W619",
                    camera.origin,
                    f"“{name}” has the tally index of “{other}”, {camera.tally_index}.",
                    "Both count as on air when either is. Write the number of its own input.",
                    ((env.cameras[other].camera.origin, "the other camera"),),
                )
            )
    return found


def used(env: Env, names: set[str], main: File) -> list[Finding]:
    """W605 for names of the main sheet; a sheet without cues only declares for others."""
    found: list[Finding] = []
    if not any(isinstance(section.line.node, s.Cue) for section in main.sections):
        return found
    for name, origin in env.places.items():
        if name not in names and origin.block.file == main.source.name and not ("all" in names and name in env.cameras):
            found.append(Finding("W605", origin, f"“{name}” is never used.", "Remove it, or use it."))
    for name, port in env.outputs.items():
        silent = f"output {name}" not in names and not port.at.works_by_itself
        if silent and port.origin.block.file == main.source.name:
            found.append(Finding("W605", port.origin, f"The output “{name}” is never used.", "Remove it, or use it."))
    return found


def empty_rigs(env: Env, files: Iterable[File]) -> list[Finding]:
    """W605 for the `rig` line of a sheet that brings no camera: the line names a venue and loads nothing."""
    found: list[Finding] = []
    for file in files:
        nodes = [section.line.node for section in file.others]
        uses = any(isinstance(node, s.Use) and isinstance(node.target, s.Text) for node in nodes)
        if any(isinstance(node, s.Camera | s.Switcher) for node in nodes) or (uses and env.cameras):
            continue
        for section in file.others:
            node = section.line.node
            if isinstance(node, s.Rig):
                name = node.title.value
                sheet = name if "." in name else f"{name}.cues"
                found.append(
                    Finding(
                        "W605",
                        section.origin(section.line, node.loc),
                        f"The rig “{name}” has no camera.",
                        "`rig` marks the sheet that declares the cameras of a venue, and loads nothing. Declare them"
                        f' here, or write `use "{sheet}"` to use the sheet that does.',
                    )
                )
    return found


def recognised(found: Diagnostic, statement: str, env: Env) -> Diagnostic:
    """The finding about a statement that begins with an unknown word, now that the names of the show are known."""
    head = re.match(r"(\w+)\s*(.*)", statement)
    if head is None:
        return found
    tally = re.fullmatch(r"Write `(?P<at>at \S+ )?tally (?P<cams>\w+) (?P<bus>program|preview)`\.", found.hint)
    if tally is not None:
        if not env.switchers:
            return found
        verb = "cut to" if tally["bus"] == "program" else "preview"
        return replace(found, hint=f"Write `{tally['at'] or ''}{verb} {tally['cams']}`.")
    name, rest = head[1], head[2].strip(":;.=>- ")
    words = re.split(r"[\s,]+", rest) if rest else []
    known = {each.lower(): each for each in (*env.cameras, *env.groups, "all", *env.macros)}
    name = known.get(name.lower(), name)
    if name in env.macros:
        call = f"`{name}({', '.join(words)})`"
        return replace(found, message=f"“{name}” is a macro.", hint=f"Call it with parentheses: {call}.")
    infos = [env.cameras[name]] if name in env.cameras else [env.cameras[each] for each in env.groups.get(name, ())]
    if not infos and name != "all":
        return found
    kind = "camera" if name in env.cameras else "group"
    if found.hint.startswith("Write `") and not found.hint.startswith("Write `let "):
        return replace(found, message=f"“{name}” is a {kind}, not a statement.")
    presets = {preset for info in infos for preset in info.presets}
    to = words[1] if words[:1] == ["to"] and len(words) > 1 else words[0] if words else ""
    if rest.lower() in ("on air", "on program"):
        to, words = "program", []
    if to.lower() in ("program", "preview", "off", "pgm", "live", "red"):
        meant = f"tally {name} {to.lower() if to.lower() in ('program', 'preview', 'off') else 'program'}"
    elif to in STATEMENTS and to not in DESTRUCTIVE:
        meant = " ".join([to, name, *words[1:]])
    elif to in presets or words[:1] == ["to"]:
        meant = " ".join(["move", name, "to", *words[1 if words[0] == "to" else 0 :]])
    else:
        meant = f"move {name} to {next(iter(sorted(presets)), 'PRESET')}"
    return replace(found, message=f"“{name}” is a {kind}, not a statement.", hint=f"For example `{meant}`.")


def _cue_number(text: str) -> str | None:
    try:
        return p.cue_number(text)
    except ValueError:
        return None


def heard(trigger: p.Trigger) -> tuple[p.When, Origin]:
    """What a trigger listens for, whatever its captures are called, and where it is."""
    return _without_names(trigger.when), trigger.origin


def _without_names(when: p.When) -> p.When:
    """What a trigger listens for, whatever its captures are called; a key is the same in capitals."""
    if isinstance(when, p.OnKey):
        return p.OnKey(when.key.lower())
    if not isinstance(when, p.OnOsc) or ("{" not in when.address and not when.tests):
        return when
    tests = tuple(replace(test, value=None) if test.op == "capture" else test for test in when.tests)
    return replace(when, address=_CAPTURE.sub("{}", when.address), tests=tests)


def after_the_stream(cues: tuple[p.Cue, ...]) -> Generator[None, None, list[Finding]]:
    """W615: a stream is stopped, and the list goes on without starting it again. It pauses on the way."""
    found: list[Finding] = []
    listed = [cue for cue in cues if cue.in_list]
    last = len(listed) - 1
    while last >= 0 and not any(_stream(listed[last], True)):
        if last % SLICE == 0:
            yield
        last -= 1
    for index, cue in enumerate(listed[:-1]):
        if index % SLICE == 0:
            yield
        if last > index:
            continue
        found += (
            Finding(
                "W615",
                step.origin,
                f"The stream is stopped here, and cue {listed[index + 1].number} follows in the list.",
                "Put the line into the last cue, or start the stream again.",
            )
            for step in _stream(cue, False)
        )
    return found


def _stream(cue: p.Cue, on: bool) -> Iterator[p.Step]:
    """The steps of a cue that start or stop the stream."""
    return (
        step
        for step in p.walk(cue.program)
        if isinstance(step.act, p.SwitcherAct) and step.act.order == SetOutput("stream", on)
    )
