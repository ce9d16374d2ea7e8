"""What can be written at a place: the words that the grammar accepts there, and the show's names of the right kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from cuelang import models
from cuelang.address import SCHEMES, SWITCHER_PORTS
from cuelang.lang.env import Env
from cuelang.lang.explain import FORMS
from cuelang.lang.files import SheetFinder
from cuelang.lang.synonyms import WEEKDAYS
from cuelang.lang.values import FPS
from cuelang.lang.words import DECLARATIONS, OF_CAMERAS, SETTINGS, STATEMENTS
from cuelang.output import wording
from cuelang.plan import Plan, Preset
from cuelang.protocols.visca.capability import properties_of
from cuelang.protocols.visca.properties import PROPERTIES, Property
from cuelang.sheets.editor.names import expanded
from cuelang.sheets.editor.prefix import Prefix, accepts, clause, free, keywords, tokens

if TYPE_CHECKING:
    from lark import Token

MAX_ENTRIES = 300
"""Entries of one list; the editor asks again when more is typed."""

Kind = Literal[
    "keyword",
    "camera",
    "group",
    "preset",
    "macro",
    "let",
    "local",
    "cue",
    "port",
    "property",
    "value",
    "module",
    "file",
    "source",
]


class CompletionItem(NamedTuple):
    label: str
    kind: Kind
    detail: str = ""
    snippet: str = ""
    """With places to fill in, for editors that have them."""


class CompletionPlace(NamedTuple):
    """Where something is to be written: the show's names, the line's beginning, and the folder of the sheet."""

    at: Prefix
    env: Env | None
    plan: Plan | None
    library: SheetFinder
    folder: str


DIRECTIONS = ("up", "down", "left", "right", "up_left", "up_right", "down_left", "down_right")
MODES = {
    "drive": DIRECTIONS,
    "focus": ("auto", "manual", "snap", "lock", "unlock", "near", "far", "to"),
    "tally": ("program", "preview", "off"),
    "track": ("on", "off"),
    "power": ("on", "off"),
    "booth": ("photos", "videos"),
    "zoom": ("in", "out", "to", "from"),
}
"""The words after the cameras of a statement."""
ALSO = {
    "wait": ("for", "until"), "repeat": ("forever",), "take": ("over", "with", "on"),
}  # fmt: skip
"""Words that may follow where a name may be as well."""
EASES = ("linear", "in", "out", "in_out")
OF_SETTINGS = {
    "fps": tuple(FPS), "interlock": ("off", "warn", "block"), "lamp": ("on", "program", "off"),
    "ramp_by": ("position", "speed"),
}  # fmt: skip
PORTS = ("osc+udp://", "osc+tcp://", "midi:", "http://", "mqtt://", "tsl+udp://", "tsl+tcp://", "sacn://", "artnet://")
_IN_TEXTS = ("send", "note", "standby", "save", "profile", "cue")


def complete(place: CompletionPlace) -> tuple[list[CompletionItem], bool]:
    """The entries that begin as the word at the place, and whether these are all."""
    at = place.at
    if at.comment:
        return [], True
    found = _inside_text(place) if at.quoted is not None else _outside(place)
    word = (at.quoted.rpartition("{")[2] if "{" in at.quoted else at.quoted) if at.quoted is not None else at.word
    if at.quoted is not None and "/" in at.quoted and "{" not in at.quoted:
        word = ""
    chosen: dict[str, CompletionItem] = {}
    for entry in found:
        if entry.label.lower().startswith(word.lower()) or at.quoted is not None:
            chosen.setdefault(entry.label, entry)
            if len(chosen) > MAX_ENTRIES:
                return list(chosen.values())[:MAX_ENTRIES], False
    return list(chosen.values()), True


# --- outside of strings ---


def _outside(place: CompletionPlace) -> Iterator[CompletionItem]:
    at = place.at
    parts = tokens(at.text)
    if parts is None:
        return
    if not parts:
        yield from _first_words(place)
        return
    accepted = accepts(at.context, parts)
    inner = clause(parts)
    named = list(_names(place, inner, accepted))
    yield from named
    if parts[0].type == "AT" and len(parts) > 1 and "MOVE" in accepted:
        yield from _first_words(place)
    words = keywords()
    hidden = free() if "NAME" in accepted else frozenset()
    for terminal in sorted(accepted - hidden):
        if terminal in words:
            yield CompletionItem(words[terminal], "keyword")


def _first_words(place: CompletionPlace) -> Iterator[CompletionItem]:
    context = place.at.context
    if context == "top":
        yield from (_first(word) for word in DECLARATIONS)
    elif context == "body":
        yield from (_first(word) for word in STATEMENTS)
        yield from _macros(place)
    else:
        yield from (_first(word) for word in SETTINGS.get(context, ()))


def _first(word: str) -> CompletionItem:
    return CompletionItem(word, "keyword", FORMS.get(word, ""))


def _keyword(word: str) -> CompletionItem:
    return CompletionItem(word, "keyword")


def _names(place: CompletionPlace, inner: Sequence[Token], accepted: frozenset[str]) -> Iterator[CompletionItem]:
    """The names and words of the place where the grammar says only: a name."""
    words = [str(token) for token in inner]
    verb = words[0]
    context = place.at.context
    if context in SETTINGS and verb in OF_SETTINGS and len(words) == 1:
        yield from (CompletionItem(word, "value") for word in OF_SETTINGS[verb])
        return
    if _expects_cameras(words):
        yield from _cameras(place)
        if words[:2] == ["wait", "for"] and len(words) == 2:
            yield from (_keyword(word) for word in ("go", "osc", "program", "off"))
        if words == ["stop"]:
            yield _keyword("cue")
        return
    if _expects_cue(words):
        yield _keyword("next")
        yield from _cues(place)
        return
    if " ".join(words) in ALSO:
        yield from (_keyword(word) for word in ALSO[" ".join(words)])
    of_cameras = _of_cameras(place, words) if verb in OF_CAMERAS else None
    if of_cameras is not None:
        yield from of_cameras
    else:
        yield from _elsewhere(place, inner, accepted)


def _of_cameras(place: CompletionPlace, words: Sequence[str]) -> Iterable[CompletionItem] | None:
    """What may follow in a statement of cameras; None: what may follow in others, too."""
    verb, last = words[0], words[-1]
    cams, after = _cams(words)
    if not after and last != ",":
        modes = [CompletionItem(word, "value") for word in MODES.get(verb, ())]
        return [*_properties(place, cams), *modes] if verb == "set" else modes
    if verb == "set" and len(after) == 1:
        return _values(place, cams, after[0])
    if last == "to" and verb == "move":
        return [*_presets(place, cams), *(_keyword(word) for word in ("preset", "pan", "tilt", "zoom"))]
    if last == "preset":
        return _presets(place, cams)
    if last == "ease":
        return [CompletionItem(word, "value") for word in EASES]
    return None


def _elsewhere(place: CompletionPlace, inner: Sequence[Token], accepted: frozenset[str]) -> Iterator[CompletionItem]:
    """The names of switchers and their sources, of inputs and outputs, and what a value may be."""
    words = [str(token) for token in inner]
    verb, last = words[0], words[-1]
    if (verb in ("cut", "dissolve") and last == "to") or words == ["preview"] or words == ["take"]:
        yield from _sources(place)
    elif verb in ("cut", "dissolve", "preview", "take", "stream", "record") and last == "on":
        yield from _ports(place, "switchers")
    elif words in (["wait", "for", "program"], ["wait", "for", "off"]) or words in (
        ["on", "program"],
        ["on", "preview"],
        ["on", "off"],
        ["on", "lost"],
        ["on", "back"],
    ):
        yield from _sources(place)
        yield from _cameras(place)
    elif words == ["send"]:
        yield from _ports(place, "outputs")
        yield from _ports(place, "switchers")
    elif last == "from" and ("on" in words or verb == "on"):
        yield from _ports(place, "inputs")
    elif words == ["use"]:
        yield from (CompletionItem(name, "module", "module") for name in place.library.modules())
    elif words == ["on", "every"]:
        yield from (CompletionItem(day, "value") for day in WEEKDAYS)
    elif words == ["on", "midi"]:
        yield from (_keyword(word) for word in ("note", "control", "program", "bend"))
    elif "NAME" in accepted and _in_amount(inner):
        yield from _amounts(place)
        if "(" in words:
            yield from _arguments(place, words)
            yield from _cameras(place)


def _expects_cameras(words: Sequence[str]) -> bool:
    """Whether a list of cameras begins or goes on here."""
    verb = words[0]
    rest = list(words[1:])
    if verb in OF_CAMERAS:
        pass
    elif words[:2] == ["wait", "for"] or (verb == "group" and words[2:3] == ["="]):
        rest = list(words[2:] if verb == "wait" else words[3:])
    elif verb == "for" and words[2:3] == ["in"]:
        rest = list(words[3:])
    elif verb == "source" and "shows" in words:
        rest = list(words[words.index("shows") + 1 :])
    else:
        return False
    if not rest:
        return True
    return rest[-1] == "," and all((word == ",") == bool(index % 2) for index, word in enumerate(rest))


CUE_VERBS = ("go", "start", "locate", "standby", "pause", "resume")


def _expects_cue(words: Sequence[str]) -> bool:
    return (len(words) == 1 and words[0] in CUE_VERBS) or list(words[-2:]) == ["stop", "cue"]


def _cams(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The cameras of a statement, and the words after them."""
    cams = list(words[1:2])
    index = 2
    while index + 1 < len(words) and words[index] == ",":
        cams.append(words[index + 1])
        index += 2
    return cams, list(words[index:])


def _in_amount(inner: Sequence[Token]) -> bool:
    """Whether an amount, a value of a macro or a condition is expected."""
    last = inner[-1]
    return last.type not in ("NAME", "NUMBER", "STRING", "CLOCK", "RPAR")


# --- the show's names ---


def _cameras(place: CompletionPlace) -> Iterator[CompletionItem]:
    yield from (CompletionItem(name, "local", "of this block") for name in place.at.locals)
    if place.env is not None:
        for name, info in place.env.cameras.items():
            yield CompletionItem(name, "camera", f"{info.camera.url} · {info.model.title}")
        for name, cams in place.env.groups.items():
            yield CompletionItem(name, "group", ", ".join(cams))
    yield CompletionItem("all", "keyword", "every camera")


def _infos(place: CompletionPlace, cams: Iterable[str]) -> list[str]:
    """The cameras that some names of a line stand for; all if a parameter is among them."""
    if place.env is None:
        return []
    found: list[str] = []
    for name in cams:
        own = place.at.locals.get(name)
        if own == ():
            return list(place.env.cameras)
        found += own or (name,)
    return list(dict.fromkeys(expanded(tuple(found), place.env)))


def _presets(place: CompletionPlace, cams: Iterable[str]) -> Iterator[CompletionItem]:
    """Those that every camera of the line has first, then those that some have."""
    if place.env is None:
        return
    names = _infos(place, cams)
    infos = [place.env.cameras[name] for name in names]
    found: dict[str, list[str]] = {}
    for info in infos:
        for name in info.presets:
            found.setdefault(name, []).append(info.camera.name)
    for name, who in sorted(found.items(), key=lambda item: -len(item[1])):
        info = place.env.cameras[who[0]]
        text = preset_text(info.presets[name], info.model)
        yield CompletionItem(name, "preset", text if len(who) == len(infos) == 1 else f"{', '.join(who)} · {text}")


def preset_text(preset: Preset, model: models.Model) -> str:
    """`preset 4 · pan -30° tilt 5° zoom 60%`."""
    from cuelang.commands import Pose

    place = wording.pose(Pose(preset.pan, preset.tilt, preset.zoom), model)
    number = f"preset {preset.number}" if preset.number is not None else "held in the sheet"
    return f"{number} · {place or 'position unknown'}"


def _macros(place: CompletionPlace) -> Iterator[CompletionItem]:
    if place.env is not None:
        for name, macro in place.env.macros.items():
            names = [parameter.name.id for parameter in macro.node.parameters]
            needed = [one.name.id for one in macro.node.parameters if one.default is None]
            filled = ", ".join(f"${{{index}:{one}}}" for index, one in enumerate(needed, 1))
            yield CompletionItem(name, "macro", f"{name}({', '.join(names)})", f"{name}({filled})")


def _arguments(place: CompletionPlace, words: Sequence[str]) -> Iterator[CompletionItem]:
    macro = place.env.macros.get(words[0]) if place.env is not None else None
    for parameter in macro.node.parameters if macro is not None else ():
        yield CompletionItem(f"{parameter.name.id} = ", "local", f"parameter of {words[0]}")


def _amounts(place: CompletionPlace) -> Iterator[CompletionItem]:
    yield from (CompletionItem(name, "local", "of this block") for name in place.at.locals)
    if place.env is not None:
        for name, value in place.env.lets.items():
            yield CompletionItem(name, "let", value.written)


def _cues(place: CompletionPlace) -> Iterator[CompletionItem]:
    if place.plan is not None:
        for cue in place.plan.cues:
            yield CompletionItem(cue.number, "cue", cue.title)


def _ports(place: CompletionPlace, which: Literal["inputs", "outputs", "switchers"]) -> Iterator[CompletionItem]:
    if place.env is not None:
        table: dict[str, object] = dict(getattr(place.env, which))
        for name, port in table.items():
            yield CompletionItem(name, "port", str(getattr(port, "url", "")))


def _sources(place: CompletionPlace) -> Iterator[CompletionItem]:
    if place.env is not None:
        for name, switchers in place.env.sources.items():
            yield CompletionItem(name, "source", ", ".join(one.name for one in switchers))


def _properties(place: CompletionPlace, cams: Iterable[str]) -> Iterator[CompletionItem]:
    names = _infos(place, cams)
    table = {name: prop for cam in names for name, prop in _table(place, cam).items()} if names else PROPERTIES
    for name, prop in table.items():
        yield CompletionItem(name, "property", prop.allowed.replace("`", ""))


def _table(place: CompletionPlace, cam: str) -> dict[str, Property]:
    assert place.env is not None
    return dict(properties_of(place.env.cameras[cam].model))


def _values(place: CompletionPlace, cams: Iterable[str], name: str) -> Iterator[CompletionItem]:
    names = _infos(place, cams)
    for prop in [_table(place, cam).get(name) for cam in names] if names else [PROPERTIES.get(name)]:
        for word in prop.words if prop is not None else ():
            yield CompletionItem(word, "value", name)
        if prop is not None and prop.pose:
            yield CompletionItem("pan", "keyword")
        if prop is not None and prop.numbers:
            yield from _amounts(place)


# --- inside of strings ---


def _inside_text(place: CompletionPlace) -> Iterator[CompletionItem]:
    at = place.at
    quoted = at.quoted or ""
    parts = tokens(at.text)
    words = [str(token) for token in clause(parts)] if parts else []
    if not words:
        return
    choose: dict[str, Callable[[], Iterable[CompletionItem]]] = {
        "model": lambda: (_model(name) for name in models.names()),
        "use": lambda: _sheets(place.folder, quoted),
        "timezone": lambda: (CompletionItem(zone, "value") for zone in _zones()),
        "camera": lambda: (CompletionItem(f"{name}://", "value", one.family) for name, one in SCHEMES.items()),
        "switcher": lambda: (CompletionItem(f"{name}://", "value") for name in SWITCHER_PORTS),
        "input": lambda: (CompletionItem(name, "value") for name in PORTS),
        "output": lambda: (CompletionItem(name, "value") for name in PORTS),
    }
    if words[0] in choose:
        yield from choose[words[0]]()
    elif "{" in quoted and "}" not in quoted.rpartition("{")[2] and any(word in _IN_TEXTS for word in words):
        yield from _amounts(place)
        yield from _cameras(place)


def _model(name: str) -> CompletionItem:
    found = models.find(name)
    return CompletionItem(name, "value", found.title if found is not None else "")


def _zones() -> list[str]:
    from zoneinfo import available_timezones

    return sorted(available_timezones())


def _sheets(folder: str, begun: str) -> Iterator[CompletionItem]:
    here = os.path.join(folder, os.path.dirname(begun))
    try:
        names = sorted(os.listdir(here))[:MAX_ENTRIES]
    except (OSError, ValueError):
        return
    lead = begun[: begun.rfind("/") + 1]
    for name in names:
        if name.endswith(".cues"):
            yield CompletionItem(f"{lead}{name}", "file", "cue sheet")
        elif not name.startswith(".") and os.path.isdir(os.path.join(here, name)):
            yield CompletionItem(f"{lead}{name}/", "file", "folder")
