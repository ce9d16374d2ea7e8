"""QLab's OSC dictionary, as far as a show of cameras can speak it. Pure: addresses to meanings, values to replies.

A reply goes to `/reply` and the invoked address, and holds one text, a JSON object:

    {"workspace_id": "…", "address": "/workspace/…/cue_id/…/name", "status": "ok", "data": "Viola"}

Any address may begin with `/workspace/{id or name}`. A cue is named by number (`/cue/2/…`), by id
(`/cue_id/{id}/…`), by what it is (`/cue/selected|playhead|active/…`, and the same after `/cue_id`), by a pattern
(`/cue/2*/…`), or in the argument (`/cue/start "2"`). Companion puts the chosen cue list before all of them
(`/cue_id/{list}/cue/2/…`). The address in a reading of a cue names the workspace and the cue's own id, as QLab 5 does:
Cue View and Companion learn from it which of several cues is meant.

What a camera cue does not have, a colour, a file, a pre-wait, reads as the value that a fresh cue of QLab has, so that
clients which ask for it work. Read in QLab 5's own dictionary and in the QLab module of Bitfocus Companion.
"""

from __future__ import annotations

import json
from typing import Literal, NamedTuple

from cuelang.protocols.osc import Argument

VERSION = "5.4"
"""Companion looks at the first number, and speaks QLab 5 to us then."""

NEVER_ANSWERED = ("/reply/", "/update/", "/qlab/event/", "/cuelang/")
"""What another server sends. An answer to it could be answered in turn, forever."""

ROOT_LIST = "[root group of cue lists]"

QLabScope = Literal["workspace", "cue", "cue_id"]


class QLabMethod(NamedTuple):
    """`name`: of `cue` a number or a word, of `cue_id` an id, otherwise empty. `method` without a slash in front."""

    scope: QLabScope
    name: str
    method: str


def plain(address: str) -> tuple[str, str]:
    """The workspace that an address names (or nothing), and the address without it."""
    if not address.startswith("/workspace/"):
        return "", address
    name, slash, rest = address[len("/workspace/") :].partition("/")
    return name, slash + rest


def asked(address: str, arguments: tuple[Argument, ...]) -> QLabMethod | None:
    """What an address without a workspace is about; None if it is not an address of QLab's form."""
    parts = address.split("/")
    if len(parts) < 2 or parts[0] or not parts[1]:
        return None
    if parts[1] not in ("cue", "cue_id"):
        return QLabMethod("workspace", "", "/".join(parts[1:]))
    scope: QLabScope = "cue" if parts[1] == "cue" else "cue_id"
    if len(parts) >= 4 and parts[2]:
        return QLabMethod(scope, parts[2], "/".join(parts[3:]))
    if len(parts) == 3 and parts[2] and arguments and isinstance(arguments[0], str | int | float):
        return QLabMethod(scope, str(arguments[0]), parts[2])
    return None


def truth(value: Argument, before: bool = False) -> bool | None:
    """A boolean as QLab takes it: numbers, N/F/0 or Y/T/1-9 as first letter, `toggle`. None: it is not a boolean."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    if isinstance(value, str):
        if value.lower() == "toggle":
            return not before
        if value[:1] in tuple("NnFf0"):
            return False
        if value[:1] in tuple("YyTt123456789"):
            return True
    return None


# --- what is asked for -------------------------------------------------------------------------------------

CUE_ACTIONS: dict[str, str] = {
    "start": "start", "startAndAutoloadNext": "start", "preview": "start", "go": "go",
    "stop": "stop", "hardStop": "stop", "panic": "stop", "panicInTime": "stop", "reset": "stop",
    "pause": "pause", "hardPause": "pause", "resume": "resume", "togglePause": "toggle",
    "load": "nothing", "loadAndSetPlayhead": "standby", "soloCueInTime": "solo",
}  # fmt: skip
"""Of one cue. It has no fades: `panic` and `hardStop` are a stop. It is always loaded: `load` has nothing to do."""

WORKSPACE_ACTIONS: dict[str, str] = {
    "go": "go", "stop": "stop", "hardStop": "stop", "panic": "panic", "panicInTime": "panic", "pause": "pause",
    "hardPause": "pause", "resume": "resume", "togglePause": "toggle", "reset": "reset",
    "playhead/next": "next", "playhead/nextSequence": "next", "select/next": "next",
    "playhead/previous": "back", "playhead/previousSequence": "back", "select/previous": "back",
}  # fmt: skip
"""Of the whole show, and of its one cue list."""

_BEGINNING = ("start", "a camera cue can only start at its beginning; /locate sets the rig up inside one")
_AUDITION = ("start", "a camera cannot be auditioned; `cuelang rehearse` can")
NOT_FOR_CAMERAS: dict[str, tuple[str, str]] = {
    "loadAt": _BEGINNING, "loadActionAt": _BEGINNING, "auditionGo": _AUDITION, "auditionPreview": _AUDITION,
    "audition": _AUDITION, "playhead/none": ("standby", "one cue always stands by until the list is at its end"),
}  # fmt: skip
"""What it would be, and why it is refused."""

EVENTS = frozenset(
    ("go", "auditionGo", "cue/start", "cue/stop", "playhead", "pauseAll", "resumeAll", "stopAll", "hardStopAll",
     "panicAll", "resetAll")
)  # fmt: skip
"""What `/listen/…` may name; also with `/number`, `/name`, `/uniqueID` or `/type` behind it."""
EVENT_FORMS = ("number", "name", "uniqueID", "type")


def event(text: str) -> str | None:
    """What `/listen/{text}` asks for: `` (everything), an event, or an event and a form. None: no such event."""
    if text in ("", *EVENTS):
        return text
    name, _, form = text.rpartition("/")
    return text if name in EVENTS and form in EVENT_FORMS else None


NEUTRAL: dict[str, object] = {
    "actionElapsed": 0.0, "armed": True, "autoLoad": False, "cartColumns": 0, "cartPosition": [0, 0], "cartRows": 0,
    "children": [], "cues": [],
    "colorName": "none", "colorName/live": "none", "continueMode": 0, "cueTargetNumber": "", "cueTargetID": "",
    "currentCueTarget": "", "currentDuration": 0.0, "duration": 0.0, "endTime": 0.0, "fileTarget": "", "flagged": False,
    "hasCueTargets": False, "hasFileTargets": False, "holdLastFrame": False, "infiniteLoop": False,
    "isActionRunning": False, "isAuditioning": False, "isBroken": False, "isFlagged": False, "isCrossfadingOut": False,
    "isLoaded": False,
    "isOverridden": False, "isPanicking": False, "isPaused": False, "isRunning": False, "isTailingOut": False,
    "isWarning": False, "mode": 0, "notes": "", "percentActionElapsed": 0.0, "percentPostWaitElapsed": 0.0,
    "percentPreWaitElapsed": 0.0, "playCount": 1, "postWait": 0.0, "postWaitElapsed": 0.0, "preWait": 0.0,
    "preWaitElapsed": 0.0, "rate": 1.0, "secondColorName": "none", "skip": False, "startTime": 0.0, "tempDuration": 0.0,
    "useSecondColor": False,
}  # fmt: skip
"""Readings of a cue, and what they are where nothing else is known."""

SHOW_NEUTRAL: dict[str, object] = {
    "alwaysAudition": False, "auditionMonitors": False, "auditionWindow": False, "basePath": "",
    "liveFadePreview": False, "overrideWindow": False, "selectionIsPlayhead": True, "timecodeWindow": False,
}  # fmt: skip
"""Readings of a workspace that cameras give no meaning to. An override (`/overrides/…`) reads as true: nothing is
held back."""


# --- replies -----------------------------------------------------------------------------------------------

Status = Literal["ok", "error", "denied"]


def data(value: object) -> str:
    """As JSON on one line, as QLab writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def reply(workspace: str, address: str, status: Status, value: str | None, form: str = "") -> str:
    """The one argument of a reply. `value` is JSON already, None: there is none. `form` is a client's own
    `/replyFormat`, with `#address#`, `#status#`, `#data#` and `#workspace_id#` to be filled in."""
    if form:
        filled = {"address": address, "status": status, "data": value or "", "workspace_id": workspace}
        for name, text in filled.items():
            form = form.replace(f"#{name}#", text)
        return form
    head = f'{{"workspace_id":{data(workspace)},"address":{data(address)},"status":"{status}"'
    return f"{head}}}" if value is None else f'{head},"data":{value}}}'
