"""The show as a QLab workspace: one cue list, every cue of the sheet in it, ids that stay the same from night to night.

What is asked becomes requests, like those of any other door, and replies. Nothing of a sheet can be changed from
outside: what would set something is answered with an error. What is selected is the standby cue.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import PurePath
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from cuelang.plan import NEXT, Cue, NamedCue, Plan, cue_number
from cuelang.playback.effects import Request, Verb, Verdict
from cuelang.playback.rules import ALWAYS
from cuelang.protocols import qlab
from cuelang.protocols.osc import Argument, is_pattern, matches
from cuelang.protocols.qlab import QLabMethod, Status
from cuelang.runtime.view import CueRow, RunRow, View
from cuelang.triggers.arguments import is_button, number_text
from cuelang.triggers.osc_client import REPLY_PORT
from cuelang.triggers.osc_table import is_release
from cuelang.units import NS

_SPACE = UUID("6d3c1f5e-0a55-5c0e-9d2c-2f1b7a8c4e10")

PORT = 53000
CHANGED_IN_ITS_FILE = "a sheet is changed in its file"
MAX_KEYS = 200
MAX_MATCHES = 200
"""Cues that one reading by a pattern may answer for."""


class QLabAnswer(NamedTuple):
    """`asks`: requests, and verdicts that are given here. `replies`: JSON of each reply's data, None: no data.
    `quiet`: an action, that is answered only by `/alwaysReply`. `about`: for each reply the address in it,
    if it is not the one that was asked."""

    asks: tuple[Request | Verdict, ...] = ()
    replies: tuple[str | None, ...] = (None,)
    status: Status = "ok"
    quiet: bool = False
    about: tuple[str, ...] = ()


def done(*asks: Request | Verdict) -> QLabAnswer:
    return QLabAnswer(asks, quiet=True)


def found(value: object) -> QLabAnswer:
    return QLabAnswer((), (qlab.data(value),))


def error(reason: str, *asks: Request | Verdict) -> QLabAnswer:
    return QLabAnswer(asks, (qlab.data(reason),), "error")


def unique_id(*parts: str) -> str:
    return str(uuid5(_SPACE, "\0".join(parts))).upper()


class Workspace:
    """A plan in QLab's words."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.name = plan.settings.title or PurePath(plan.file).stem or "cuelang"
        self.id = unique_id(NAMESPACE_URL.hex, self.name)
        self.list_id = unique_id(self.id, "list")
        self.order = {cue.number: index for index, cue in enumerate(plan.cues)}
        self._fragments: dict[str, str] = {}

    @cached_property
    def ids(self) -> dict[str, str]:
        """Made when the first client asks: of ten thousand cues they take 30 ms, which a reload has not got."""
        return {number: unique_id(self.id, "cue", number) for number in self.order}

    @cached_property
    def numbers(self) -> dict[str, str]:
        return {text: number for number, text in self.ids.items()}

    def answers_to(self, name: str) -> bool:
        """Whether `/workspace/{name}/…` means this one. An OSC address contains no spaces: `_` replaces each."""
        return name.upper() == self.id or name in (self.name, self.name.replace(" ", "_"))

    def cue(self, number: str) -> Cue:
        return self.plan.cues[self.order[number]]

    def label(self, number: str) -> tuple[str, str, str, str]:
        """Number, name, id and type of a cue: what an event tells. All empty for a cue that there is not."""
        if number not in self.order:
            return "", "", "", ""
        return number, name_of(self.cue(number)), self.ids[number], TYPE

    def briefly(self, numbers: Iterable[str], form: str) -> list[dict[str, object]]:
        """Cues as lists of them are answered; `form`: ``, `shallow`, `uniqueIDs` or `uniqueIDs/shallow`."""
        return [self._brief(number, form) for number in numbers if number in self.order]

    def _brief(self, number: str, form: str) -> dict[str, object]:
        if form.startswith("uniqueIDs"):
            return {"uniqueID": self.ids[number], "cues": []}
        cue = self.cue(number)
        name = name_of(cue)
        return {
            "uniqueID": self.ids[number], "number": number, "name": name, "listName": name, "type": TYPE,
            "colorName": "none", "flagged": False, "armed": not cue.disabled, "cues": [],
        }  # fmt: skip

    def list_itself(self) -> dict[str, object]:
        return {
            "uniqueID": self.list_id, "number": "", "name": self.name, "listName": self.name, "type": "Cue List",
            "colorName": "none", "flagged": False, "armed": True,
        }  # fmt: skip

    def lists(self, form: str) -> str:
        """JSON of the cue lists. Made once: a list of ten thousand cues takes a while."""
        if form not in self._fragments:
            only = {"uniqueID": self.list_id} if form.startswith("uniqueIDs") else self.list_itself()
            shallow = form.endswith("shallow")
            self._fragments[form] = qlab.data([only if shallow else only | {"cues": self.briefly(self.order, form)}])
        return self._fragments[form]

    def children(self, form: str) -> str:
        name = f"children/{form}"
        if name not in self._fragments:
            self._fragments[name] = qlab.data(self.briefly(self.order, form))
        return self._fragments[name]


TYPE = "Camera"


def name_of(cue: Cue) -> str:
    return cue.title or f"Cue {cue.number}"


def seconds(ns: int | None) -> float:
    return 0.0 if ns is None else round(ns / NS, 3)


class QLab:
    """Answers what QLab would. `view` is the show as it is now; `remaining` how long, in ns, the GO window still is."""

    def __init__(self, plan: Plan, view: Callable[[], View], remaining: Callable[[int], int]) -> None:
        self._view, self._remaining = view, remaining
        self.load(plan)
        self.space.lists("")  # before the show there is time for it

    def load(self, plan: Plan) -> None:
        self.space = Workspace(plan)

    # --- before a passcode ---------------------------------------------------------------------------------

    def workspaces(self, port: int, guarded: bool) -> object:
        return [{
            "uniqueID": self.space.id, "displayName": self.space.name, "port": port, "udpReplyPort": REPLY_PORT,
            "version": qlab.VERSION, "hasPasscode": guarded,
        }]  # fmt: skip

    # --- everything else -----------------------------------------------------------------------------------

    def ask(self, asked: QLabMethod, arguments: tuple[Argument, ...], source: str, received: int) -> QLabAnswer | None:
        """What an address means; None: QLab does not know it either."""
        if asked.scope == "cue_id" and asked.name.upper() == self.space.list_id and asked.method.startswith("cue"):
            asked = qlab.asked(f"/{asked.method}", arguments) or asked
        if not is_known(asked):
            return None
        ask = _Ask(self.space, self._view, source, received, arguments)
        if asked.scope == "workspace":
            return self._of_the_show(ask, asked.method)
        if asked.scope == "cue_id" and asked.name.upper() == self.space.list_id:
            return self._of_the_list(ask, asked.method)
        if asked.scope == "cue_id" and asked.name == qlab.ROOT_LIST:
            return self._of_the_root(ask, asked.method)
        return self._of_cues(ask, asked)

    # --- the workspace -------------------------------------------------------------------------------------

    def _of_the_show(self, ask: _Ask, method: str) -> QLabAnswer | None:
        acted = self._act(ask, method)
        if acted is not None:
            return acted
        head, _, form = method.partition("/")
        numbers: dict[str, Callable[[], Sequence[str]]] = {
            "selectedCues": lambda: ask.standby,
            "runningCues": lambda: [run.cue for run in ask.view.running if not run.paused],
            "runningOrPausedCues": lambda: [run.cue for run in ask.view.running],
        }
        if form in ("", "shallow", "uniqueIDs", "uniqueIDs/shallow"):
            if head == "cueLists":
                return QLabAnswer((), (self.space.lists(form),))
            if head in numbers:
                return found(self.space.briefly(dict.fromkeys(numbers[head]()), form))
        if head == "overrides":
            return found(True) if not ask.arguments else error(CHANGED_IN_ITS_FILE)
        value = self._reading(ask, method)
        if value is None:
            return None
        return error(CHANGED_IN_ITS_FILE) if ask.arguments else found(value)

    def _reading(self, ask: _Ask, method: str) -> object:
        """A reading of the workspace; None: there is no such reading."""
        match method:
            case "playhead":
                return ask.standby[0] if ask.standby else "none"
            case "playheadID" | "playheadId":
                return self.space.ids[ask.standby[0]] if ask.standby else "none"
            case "doubleGoWindowRemaining":
                return seconds(self._remaining(ask.received))
            case "settings/general/minGoTime":
                return seconds(self.space.plan.settings.go_window)
            case "showMode":
                return ask.view.show_mode
            case "currentCueList":
                return self.space.name
            case "currentCueListID":
                return self.space.list_id
            case _:
                return qlab.SHOW_NEUTRAL.get(method)

    def _of_the_list(self, ask: _Ask, method: str) -> QLabAnswer | None:
        acted = self._act(ask, method)
        if acted is not None:
            return acted
        head, _, form = method.partition("/")
        if head == "children":
            return QLabAnswer((), (self.space.children(form),))
        standby = ask.standby[0] if ask.standby else None
        values: dict[str, object] = {
            **qlab.NEUTRAL, **self.space.list_itself(), "displayName": self.space.name, "defaultName": "Cue List",
            "parent": qlab.ROOT_LIST, "isRunning": bool(ask.view.running),
            "playbackPosition": standby or "none", "playbackPositionID": self.space.ids[standby] if standby else "none",
        }  # fmt: skip
        values["playbackPositionId"] = values["playheadID"] = values["playheadId"] = values["playbackPositionID"]
        values["playhead"] = values["playbackPosition"]
        if method == "valuesForKeys" and "children" in str(ask.arguments[:1]):
            values["children"] = self.space.briefly(self.space.order, "")
        return self._named(_read(method, ask.arguments, [values]), [self.space.list_id], method)

    def _of_the_root(self, ask: _Ask, method: str) -> QLabAnswer | None:
        """The group in which the cue lists are."""
        values: dict[str, object] = {
            **qlab.NEUTRAL, **self.space.list_itself(), "uniqueID": qlab.ROOT_LIST, "name": "", "listName": "",
            "type": "Group", "displayName": "", "parent": qlab.ROOT_LIST, "children": [self.space.list_itself()],
        }  # fmt: skip
        return self._named(_read(method, ask.arguments, [values]), [qlab.ROOT_LIST], method)

    def _named(self, answer: QLabAnswer | None, ids: Sequence[str], method: str) -> QLabAnswer | None:
        """The same answer, with the cue that each reply is about in its address."""
        if answer is None or answer.status != "ok":
            return answer
        return answer._replace(about=tuple(f"/workspace/{self.space.id}/cue_id/{one}/{method}" for one in ids))

    def _act(self, ask: _Ask, method: str) -> QLabAnswer | None:
        """What sets something going; None if this method does not."""
        if method in qlab.NOT_FOR_CAMERAS:
            return ask.not_for_cameras(method)
        head, _, rest = method.partition("/")
        if head in ("playheadID", "playheadId", "select_id") and (rest or ask.arguments):
            number = self.space.numbers.get((rest or str(ask.arguments[0])).upper())
            return done(ask.request("standby", number) if number else ask.no_cue("standby", "there is no such id"))
        act = qlab.WORKSPACE_ACTIONS.get(method)
        if ask.is_release and (act or head in ("playhead", "select", "go")) and act not in ALWAYS:
            return done()
        if act is None and head in ("playhead", "select", "go") and (rest or ask.arguments):
            return self._numbered(ask, "go" if head == "go" else "standby", rest or number_text(ask.arguments[0]) or "")
        if act is None:
            return None
        match act:
            case "go" if (text := ask.number) is not None:
                return self._numbered(ask, "go", text)
            case "go" | "stop" | "panic" | "pause" | "resume" | "back":
                return done(ask.request(act, None))
            case "next":
                return done(ask.request("standby", NEXT))
            case "toggle":
                return done(ask.request("pause" if any(not run.paused for run in ask.view.running) else "resume", None))
            case _:
                first = next((cue.number for cue in self.space.plan.cues if not cue.disabled), None)
                return done(ask.request("stop", None), *([ask.request("standby", first)] if first else []))

    def _numbered(self, ask: _Ask, verb: Verb, text: str) -> QLabAnswer:
        if text == str(NEXT):
            return done(ask.request(verb, NEXT))
        try:
            return done(ask.request(verb, cue_number(text)))
        except ValueError:
            return done(ask.no_cue(verb, f"“{text[:40]}” is not a cue number"))

    # --- cues ----------------------------------------------------------------------------------------------

    def _of_cues(self, ask: _Ask, asked: QLabMethod) -> QLabAnswer | None:
        method = asked.method
        numbers = self._meant(ask, asked)
        act = qlab.CUE_ACTIONS.get(method)
        if method in qlab.NOT_FOR_CAMERAS:
            return ask.not_for_cameras(method)
        if act is not None:
            return self._act_on(ask, asked, act, numbers)
        if method not in READINGS:
            return None
        numbers = [number for number in numbers if number in self.space.order][:MAX_MATCHES]
        if not numbers and asked.scope == "cue_id" and asked.name in WORDS:
            # A client that asks ten times a second what is active takes an error for the end.
            return QLabAnswer(replies=())
        if not numbers:
            return error("there is no such cue")
        read = _read(method, ask.arguments, [self._values(ask, number) for number in numbers])
        return self._named(read, [self.space.ids[number] for number in numbers], method)

    def _meant(self, ask: _Ask, asked: QLabMethod) -> list[str]:
        """The numbers of the cues that are meant. A number that the sheet does not have is left to the cue list."""
        name = asked.name
        if asked.scope == "cue_id" and name not in WORDS:
            if is_pattern(name):
                return [number for number, text in self.space.ids.items() if matches(name.upper(), text)]
            number = self.space.numbers.get(name.upper())
            return [number] if number else []
        if name in ("selected", "playhead"):
            return list(ask.standby)
        if name == "active":
            return list(dict.fromkeys(run.cue for run in ask.view.running if run.cue))
        if is_pattern(name):
            return [number for number in self.space.order if matches(name, number)]
        try:
            return [cue_number(name)]
        except ValueError:
            return []

    def _act_on(self, ask: _Ask, asked: QLabMethod, act: str, numbers: list[str]) -> QLabAnswer:
        verb = _VERBS.get(act, "start")
        if ask.is_release and verb not in ALWAYS:
            return done()
        if not numbers:
            what = asked.name[:40]
            return error(f"there is no cue {what}", ask.no_cue(verb, f"there is no cue {what}"))
        if len(numbers) > 1 and is_pattern(asked.name) and verb not in ALWAYS:
            reason = f"/{asked.scope}/{asked.name}/{asked.method} matches {len(numbers)} cues"
            return error(reason, Verdict(ask.request(verb, None), "refused", reason))
        asks: list[Request | Verdict] = []
        running = {run.cue: run for run in ask.view.running} if act in ("toggle", "solo") else {}
        for number in numbers:
            if act == "toggle":
                paused = number in running and running[number].paused
                asks.append(ask.request("resume" if paused else "pause", number))
            elif act != "nothing":
                asks.append(ask.request(verb, number))
        if act == "solo":
            asks = [*(ask.request("stop", cue) for cue in running if cue and cue not in numbers), *asks]
        return done(*asks)

    def _values(self, ask: _Ask, number: str) -> dict[str, object]:
        space, cue = self.space, self.space.cue(number)
        row, run = ask.row(number), next((run for run in ask.view.running if run.cue == number), None)
        name, length = name_of(cue), seconds(cue.duration)
        elapsed = 0.0 if run is None else seconds(run.elapsed)
        return {
            **qlab.NEUTRAL,
            "actionElapsed": elapsed, "armed": not cue.disabled, "continueMode": 0 if cue.follow is None else 2,
            "currentDuration": length, "defaultName": f"Cue {number}", "displayName": name, "duration": length,
            "infiniteLoop": cue.duration is None, "isActionRunning": run is not None and not run.paused,
            "isLoaded": number in ask.standby, "isPaused": run is not None and run.paused,
            "isRunning": run is not None and not run.paused, "isWarning": bool(row and row.warnings),
            "listName": name, "name": name, "notes": cue.standby, "number": number, "parent": space.list_id,
            "percentActionElapsed": _progress(row, run), "postWait": seconds(cue.follow),
            "section": cue.section, "type": TYPE, "uniqueID": space.ids[number],
        }  # fmt: skip


WORDS = ("selected", "playhead", "active")
"""What a cue may be called for what it is."""

_VERBS: dict[str, Verb] = {
    "start": "start", "go": "go", "stop": "stop", "pause": "pause", "resume": "resume", "toggle": "pause",
    "standby": "standby", "solo": "start", "nothing": "standby",
}  # fmt: skip

READINGS = frozenset(qlab.NEUTRAL) | {
    "valuesForKeys", "defaultName", "displayName", "listName", "name", "number", "parent", "section", "type",
    "uniqueID", "children/shallow", "children/uniqueIDs", "children/uniqueIDs/shallow",
}  # fmt: skip


_SHOW_HEADS = frozenset(
    name.partition("/")[0] for name in (*qlab.WORKSPACE_ACTIONS, *qlab.NOT_FOR_CAMERAS, *qlab.SHOW_NEUTRAL)
) | {
    "playheadID", "playheadId", "select_id", "cueLists", "selectedCues", "runningCues", "runningOrPausedCues",
    "overrides", "doubleGoWindowRemaining", "settings", "showMode", "currentCueList", "currentCueListID",
}  # fmt: skip
_LIST_METHODS = frozenset(("playbackPosition", "playbackPositionID", "playbackPositionId"))


def is_known(asked: QLabMethod) -> bool:
    """Whether QLab has a word for it, by its first part: most of what a network carries is not meant for us."""
    method = asked.method
    head = method.partition("/")[0]
    if asked.scope == "workspace":
        return head in _SHOW_HEADS
    known = method in qlab.CUE_ACTIONS or method in qlab.NOT_FOR_CAMERAS or method in READINGS
    return known or head in _SHOW_HEADS or method in _LIST_METHODS


def _progress(row: CueRow | None, run: RunRow | None) -> float:
    return 0.0 if row is None or run is None or row.progress is None else round(row.progress, 4)


def _read(method: str, arguments: tuple[Argument, ...], cues: list[dict[str, object]]) -> QLabAnswer | None:
    """One reading, or several by `valuesForKeys`, of each of these cues: a reply each."""
    if method.startswith("children/"):
        method = "children"
    if method != "valuesForKeys":
        if method not in cues[0]:
            return None
        return (
            error(CHANGED_IN_ITS_FILE) if arguments else QLabAnswer((), tuple(qlab.data(cue[method]) for cue in cues))
        )
    try:
        keys = json.loads(str(arguments[0])) if arguments else None
    except (ValueError, RecursionError):
        keys = None
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        return error('valuesForKeys needs a JSON list of keys, as in ["number", "name"]')
    known = [key for key in keys if isinstance(key, str)]
    return QLabAnswer((), tuple(qlab.data({key: cue[key] for key in known if key in cue}) for cue in cues))


class _Ask:
    """One question, with what is needed to answer it."""

    def __init__(
        self, space: Workspace, look: Callable[[], View], source: str, received: int, arguments: tuple[Argument, ...]
    ) -> None:
        self.received, self.arguments = received, arguments
        self._space, self._look, self._source = space, look, source

    @cached_property
    def view(self) -> View:
        """Made only when it is needed: a view of ten thousand cues costs more than a GO."""
        return self._look()

    @property
    def standby(self) -> list[str]:
        number = self.view.standby
        return [number] if number is not None and number in self._space.order else []

    @property
    def is_release(self) -> bool:
        """A button was let go: that is not a request."""
        return is_release(self.arguments)

    @property
    def number(self) -> str | None:
        """What may be the number of a cue in the first argument, and is not a button's value."""
        first = self.arguments[0] if self.arguments else None
        return None if is_button(first) else number_text(first)

    def row(self, number: str) -> CueRow | None:
        at = self._space.order[number]
        row = self.view.cues[at] if at < len(self.view.cues) else None
        return row if row is not None and row.number == number else None

    def request(self, verb: Verb, cue: NamedCue | None) -> Request:
        return Request(verb, cue, self._source, self.received)

    def no_cue(self, verb: Verb, reason: str) -> Verdict:
        return Verdict(self.request(verb, None), "no_cue", reason)

    def not_for_cameras(self, method: str) -> QLabAnswer:
        verb, reason = qlab.NOT_FOR_CAMERAS[method]
        return error(
            reason, Verdict(self.request("standby" if verb == "standby" else "start", None), "refused", reason)
        )
