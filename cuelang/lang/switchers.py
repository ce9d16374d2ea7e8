"""Switchers: their declarations, the statements that cut and mix, and what may be waited for.

A source is what a switcher's button selects: a camera of the show, or anything else. What it shows besides is
declared, so that it is known who is seen: `cameras` of a source are all cameras that are on air when it is.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from cuelang.address import BadAddress, SwitcherAddress, SwitcherKind, parse_switcher
from cuelang.commands.switching import Cut, Dissolve, Order, Preview, SetOutput, Take
from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.findings import Finding
from cuelang.lang.ports import meant_url
from cuelang.lang.scope import Scope, called
from cuelang.lang.values import KIND_NAMES
from cuelang.plan import OffAir, OnProgram, Settled, Streaming, Switcher, SwitcherAct, SwitcherSource
from cuelang.playback.orders import native
from cuelang.source import Loc
from cuelang.units import NS

if TYPE_CHECKING:
    from cuelang.lang.declare import Declarer

MIX_NS = NS
"""How long a dissolve takes by default."""

MAX_SEEN = 1_000_000
"""Names that are looked at to find which cameras all the sources show."""


class SwitcherDeclarations:
    """The declarations of switchers."""

    def __init__(self, declarer: Declarer) -> None:
        self.reader = declarer
        self.env = declarer.env

    def declare(self, section: s.Section, node: s.Switcher) -> None:
        reader, env = self.reader, self.env
        name = node.name.id
        if name in env.switchers:
            reader.report(
                "E206",
                node.name.loc,
                f"The switcher “{name}” is declared twice.",
                "Rename one of them.",
                (env.switchers[name].origin, "first declared here"),
            )
            return
        try:
            at = parse_switcher(node.url.value)
        except BadAddress as bad:
            problem, better = str(bad), meant_url("switcher", node.url.value)
            example = "atem://10.0.0.5?me=2" if problem.startswith("me=") else "obs://10.0.0.5:4455"
            hint = f'Write "{better}".' if better else f'For example: "{example}".'
            reader.report("E303", node.url.loc, problem, hint)
            at = SwitcherAddress("sim://unknown", "sim", "unknown")
        password, no_air = None, False
        for setting in reader.settings(section, ("password", "no_air")):
            if setting.word.id == "no_air":
                if setting.values:
                    reader.report("E208", setting.loc, "`no_air` takes no value.", "Remove the rest of the line.")
                no_air = True
            elif len(setting.values) == 1 and isinstance(setting.values[0], s.Text):
                password = setting.values[0].value
            else:
                reader.report(
                    "E208",
                    setting.loc,
                    "A password comes from an environment variable.",
                    'Write `password from "OBS_PASSWORD"`.',
                )
        found: dict[str, SwitcherSource] = {}
        for line in section.line.children:
            reader.line = line
            if isinstance(line.node, s.SourceLine):
                self.source(section, line, line.node, at.kind, found)
        reader.line = section.line
        origin = section.origin(section.line, node.name.loc)
        env.switchers[name] = Switcher(name, at, origin, tuple(found.values()), password, no_air)

    def source(
        self, section: s.Section, line: s.Line, node: s.SourceLine, kind: SwitcherKind, found: dict[str, SwitcherSource]
    ) -> None:
        reader, name = self.reader, node.name.id
        if name in found:
            reader.report(
                "E206",
                node.name.loc,
                f"The source “{name}” is declared twice.",
                "Remove one.",
                (found[name].origin, "first declared here"),
            )
            return
        if name in reader.group_lines or name == "all":
            reader.report("E301", node.name.loc, f"“{name}” is a group; a source is one picture.", "Name one camera.")
            return
        label = node.label.value if isinstance(node.label, s.Text) else _number(node.label)
        wrong = _label_problem(kind, label, isinstance(node.label, s.Text))
        if wrong:
            reader.report("E302", node.label.loc, *wrong)
            label = "0"  # the source is there all the same: lines that name it are right
        if node.input is not None and kind not in ("obs", "sim"):
            reader.report("E208", node.input.loc, "Only OBS has inputs inside scenes.", "Remove `input`.")
        shows = tuple(cam.id for cam in node.shows)
        origin = section.origin(line, node.name.loc)
        self.env.used.add(name)
        found[name] = SwitcherSource(name, label, origin, node.input.value if node.input else None, shows)

    def finish(self, *, interlock: bool) -> None:
        """What hangs on all declarations: who is seen in what, and whether the interlock withholds by itself."""
        env = self.env
        left = MAX_SEEN
        for name, switcher in env.switchers.items():
            known = {source.name: source for source in switcher.sources}
            sources = []
            for source in switcher.sources:
                cameras, unknown, looked = _seen(source.name, known, env.cameras, env.groups, left)
                left -= looked
                if left <= 0:
                    hint = "Name in `shows` what is seen, and not sources that show others."
                    too_many = f"The sources of “{name}” show too much of one another."
                    env.findings.append(Finding("E302", source.origin, too_many, hint))
                    break
                for shown in unknown:
                    near = nearest(shown, (*known, *env.cameras))
                    env.findings.append(Finding("E201", source.origin, f"Unknown camera or source “{shown}”.{near}"))
                env.used.update(cameras)
                sources.append(replace(source, cameras=cameras))
            if left <= 0:
                break
            env.switchers[name] = replace(switcher, sources=tuple(sources))
        tally = any(port.kind == "tsl" for port in env.inputs.values())
        if not interlock and (env.switchers or tally):
            env.settings = replace(env.settings, interlock="block")
        self.near_misses()

    def near_misses(self) -> None:
        """W616: a source that is nearly a camera's name, and cameras that no switcher shows."""
        env = self.env
        if not env.switchers:
            return
        seen = frozenset().union(*(switcher.cameras for switcher in env.switchers.values()))
        for switcher in env.switchers.values():
            for source in switcher.sources:
                if source.name not in env.cameras and (near := _a_letter_off(source.name, env.cameras)):
                    env.findings.append(
                        Finding(
                            "W616",
                            source.origin,
                            f"“{source.name}” is not a camera, but “{near}” is.",
                            f"Write `source {near} = …` if this is that camera's picture.",
                        )
                    )
        for name, info in env.cameras.items():
            if name not in seen and not info.camera.no_source and not info.camera.disabled:
                env.findings.append(
                    Finding(
                        "W616",
                        info.camera.origin,
                        f"No switcher shows “{name}”.",
                        "Add a `source` line to a switcher, or `no_source` under the camera.",
                    )
                )


def _number(value: s.Quantity) -> str:
    return str(value.value.numerator) if value.value.denominator == 1 and not value.unit else "?"


def _seen(
    name: str,
    sources: dict[str, SwitcherSource],
    cameras: Container[str],
    groups: Mapping[str, Iterable[str]],
    most: int,
) -> tuple[tuple[str, ...], list[str], int]:
    """The cameras that are seen in a source, itself and what it shows; names that are neither; and how many names that
    took, `most` at most."""
    found: dict[str, None] = {}
    unknown: list[str] = []
    wanted, done = [name], set[str]()
    for looked, one in enumerate(wanted):  # it grows meanwhile
        if looked == most:
            break
        if one in done:
            continue
        done.add(one)
        if one in cameras:
            found[one] = None
        elif one in groups:
            wanted += groups[one]
        elif one not in sources:
            unknown.append(one)
        if one in sources:
            wanted += sources[one].shows
    return tuple(found), unknown, len(wanted)


def _a_letter_off(name: str, cameras: Iterable[str]) -> str | None:
    """A camera whose name is a letter or two away."""
    from difflib import SequenceMatcher

    for camera in cameras:
        if abs(len(camera) - len(name)) > 2 or min(len(camera), len(name)) < 3:
            continue
        same = sum(block.size for block in SequenceMatcher(None, name.lower(), camera.lower()).get_matching_blocks())
        if max(len(camera), len(name)) - same <= (1 if len(name) < 5 else 2):
            return camera
    return None


# --- statements ----------------------------------------------------------------------------------------------


def _order(node: s.CutTo | s.DissolveTo | s.PreviewOf | s.TakeOf, label: str, over: int | None) -> Order:
    match node:
        case s.CutTo():
            return Cut(label)
        case s.DissolveTo():
            return Dissolve(label, over or MIX_NS, _transition(node.options))
        case s.PreviewOf():
            return Preview(label)
        case s.TakeOf():
            return Take(label, _length(node.options, over), _transition(node.options))


def lower(node: s.SwitcherStatement, scope: Scope) -> SwitcherAct | None:
    """One statement; None after a report, or when a name is not known yet."""
    if not _allowed(node, scope):
        return None
    options = node.options
    if isinstance(node, s.OutputSwitch):
        switcher = _switcher(options.switcher, node.loc, scope, None)
        return None if switcher is None else SwitcherAct(switcher.name, SetOutput(node.output, node.on))
    named = node.source
    over = scope.time(options.over, "The duration", low=1) if options.over is not None else None
    if options.over is not None and over is None:
        return None
    if named is None:  # a take of what is on preview
        switcher = _switcher(options.switcher, node.loc, scope, None)
        if switcher is None:
            return None
        if not _mix_ok(switcher, options, over, scope):
            return None
        return SwitcherAct(
            switcher.name, Take(None, _length(options, over), _transition(options)), None, bool(options.live)
        )
    found = _source(named, options.switcher, scope)
    if found is None:
        return None
    switcher, source = found
    if not _mix_ok(switcher, options, over, scope):
        return None
    order = _order(node, source.label, over)
    return SwitcherAct(switcher.name, order, source.name, bool(options.live), scope.env.idle(_said(named, scope)))


def _said(named: s.Name, scope: Scope) -> str:
    """The name that the line has for its source."""
    return called(scope.pick(named, scope.env.sources), named)


def _length(options: s.MixOptions, over: int | None) -> int | None:
    return MIX_NS if over is None and options.transition is not None else over


def _transition(options: s.MixOptions) -> str | None:
    return None if options.transition is None else options.transition.value


def _options(node: s.SwitcherStatement) -> tuple[str, ...]:
    match node:
        case s.CutTo():
            return "on", "live"
        case s.DissolveTo() | s.TakeOf():
            return "over", "with", "on", "live"
        case s.PreviewOf() | s.OutputSwitch():
            return ("on",)
        case _:
            assert_never(node)


def _allowed(node: s.SwitcherStatement, scope: Scope) -> bool:
    allowed = _options(node)
    seen: set[str] = set()
    good = True
    for name in node.options.given:
        if name.id not in allowed:
            instead = "Use `dissolve to` for a transition that takes time." if isinstance(node, s.CutTo) else ""
            scope.report(
                "E209",
                name.loc,
                f"`{name.id}` cannot be used with this statement.",
                instead or f"Allowed options: {', '.join(f'`{one}`' for one in allowed)}.",
            )
            good = False
        elif name.id in seen:
            scope.report("E208", name.loc, f"`{name.id}` is given twice.", "Remove one.")
            good = False
        seen.add(name.id)
    return good


def _mix_ok(switcher: Switcher, options: s.MixOptions, over: int | None, scope: Scope) -> bool:
    """Whether this switcher can make a transition of that length and name."""
    from cuelang.protocols.orders import length_trouble, transition_trouble

    if over is not None and options.over is not None:
        wrong = length_trouble(switcher.kind, over, scope.env.fps)
        if wrong is not None:
            scope.report("E302", options.over.loc, *wrong)
            return False
    if options.transition is not None:
        wrong = transition_trouble(switcher.kind, options.transition.value)
        if wrong is not None:
            scope.report("E209", options.transition.loc, *wrong)
            return False
    return True


def _switcher(named: s.Name | None, loc: Loc, scope: Scope, among: list[Switcher] | None) -> Switcher | None:
    """The switcher of a line: the one that it names, or the only one that can be meant."""
    switchers = scope.env.switchers
    if named is not None:
        value = scope.pick(named, switchers)
        if value.kind == "unknown":
            return None
        name = called(value, named)
        if name in switchers:
            return switchers[name]
        if not scope.env.excuses(name, switchers):
            known = f"Switchers: {', '.join(switchers)}." if switchers else NO_SWITCHER
            scope.report("E212", named.loc, f"Unknown switcher “{name}”.{nearest(name, switchers)}", known)
        return None
    candidates = list(switchers.values()) if among is None else among
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        if not scope.env.excuses("", switchers):
            scope.report("E212", loc, "This show has no switcher.", NO_SWITCHER)
        return None
    names = " or ".join(f"`on {one.name}`" for one in candidates)
    scope.report("E208", loc, "This could be meant for more than one switcher.", f"Add {names}.")
    return None


NO_SWITCHER = (
    'Declare one: `switcher vision "obs://10.0.0.5"`, with a `source` line for each picture. Without one, '
    "`tally CAMERA program` says what is on air."
)


def _source(named: s.Name, on: s.Name | None, scope: Scope) -> tuple[Switcher, SwitcherSource] | None:
    """The source that a name means, and its switcher."""
    env = scope.env
    sources = env.sources
    value = scope.pick(named, sources)
    if value.kind == "unknown":
        return None
    name = called(value, named)
    if value.kind == "cameras" and name not in sources and name in (*env.groups, "all"):
        scope.report("E301", named.loc, f"“{name}” is a group; a source is one picture.", "Name one camera.")
        return None
    scope.used.add(name)
    if value.kind not in ("word", "cameras"):
        scope.report(
            "E301", named.loc, f"A source is needed here, not {KIND_NAMES[value.kind]}.", "For example: cut to foh."
        )
        return None
    if not env.switchers:
        _switcher(on, named.loc, scope, None)
        return None
    name = env.source_meant(name)
    if name not in sources:
        if not env.excuses(name, sources):
            known = f"Sources: {', '.join(sources)}." if sources else "Add a `source` line under the switcher."
            for desk in env.switchers.values():
                for one in desk.sources:
                    if one.label.casefold() == name.casefold():
                        known = f"Write `{one.name}`: “{one.label}” is what {desk.name} calls it."
            scope.report("E201", named.loc, f"Unknown source “{name}”.{nearest(name, sources)}", known)
        return None
    switcher = _switcher(on, named.loc, scope, sources[name])
    if switcher is None:
        return None
    source = switcher.source(name)
    if source is None:
        scope.report(
            "E201",
            named.loc,
            f"“{switcher.name}” has no source “{name}”.",
            f"Its sources: {', '.join(one.name for one in switcher.sources) or 'none'}.",
        )
        return None
    return switcher, source


def send(name: str, node: s.Send, text: str | None, scope: Scope) -> SwitcherAct | None:
    """`send vision "…"`: a request in the switcher's own words."""
    switcher = scope.env.switchers[name]
    for expr in node.arguments:
        scope.report("E208", expr.loc, "A request to a switcher is one text.", "Write everything inside the quotes.")
    if text is None or node.arguments:
        return None
    try:
        order = native(switcher, text)
    except ValueError as error:
        scope.report("E302", node.address.loc, f"The switcher does not understand this: {error}.")
        return None
    if _changes_air(switcher.kind, order.text):
        scope.report(
            "W614",
            node.loc,
            "This may put something on air that the plan cannot know.",
            "What is on air is then known from the switcher's tally only.",
        )
    return SwitcherAct(name, order)


_AIR_WORDS = {
    "vmix": ("Cut", "Fade", "Overlay", "Active", "Transition", "QuickPlay", "Stinger", "Merge", "Wipe", "Zoom", "Slide",
             "Fly", "Cube", "Script", "Replay", "MultiView", "Layer"),
    "atem": ("macro", "key", "dsk", "black"),
    "obs": ("SetCurrent", "SetScene", "Trigger", "SetTBar", "SetInputSettings", "Vendor", "CallVendor", "CreateScene",
            "RemoveScene", "SetStudioMode"),
}  # fmt: skip


def _changes_air(kind: SwitcherKind, text: str) -> bool:
    return text.strip().startswith(_AIR_WORDS.get(kind, _AIR_WORDS["obs"]))


def _label_problem(kind: SwitcherKind, label: str, quoted: bool) -> tuple[str, str] | None:
    """What is wrong with what the switcher calls a source, and how to mend it."""
    if kind == "atem" and not (label.isascii() and label.isdigit() and int(label) < 65536):
        return f"An ATEM's source is an input number, not “{label}”.", "For example: 3."
    if kind == "obs" and not quoted:
        return "An OBS source is a scene's name.", 'For example: "Cam FOH".'
    if not label.strip():
        return "This source has no name.", "Write what the switcher calls it."
    return None


# --- waits ---------------------------------------------------------------------------------------------------


def wait_program(node: s.WaitProgram, scope: Scope) -> OnProgram | None:
    name = scope.env.source_meant(node.source.id)
    found = _source(node.source, None, scope) if len(scope.env.sources.get(name, [])) < 2 else None
    if found is not None:
        return OnProgram(found[1].name, None)
    if len(scope.env.sources.get(name, [])) > 1:
        return OnProgram(name, None)
    return None


def wait_off(node: s.WaitOff, scope: Scope) -> OffAir | None:
    infos = scope.cameras(node.cams)
    return OffAir(tuple(info.camera.name for info in infos if not info.idle)) if infos else None


def wait_name(cams: s.Cams, scope: Scope) -> Settled | Streaming | None:
    """`wait for vision`, `wait for stream`; None where cameras are meant."""
    if len(cams) != 1:
        return None
    name, env = cams[0].id, scope.env
    if name in scope.local or name in env.cameras or name in env.groups or name in env.lets or name == "all":
        return None
    if name in env.switchers:
        return Settled(name)
    return Streaming(None) if name == "stream" and env.switchers else None
