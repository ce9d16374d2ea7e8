"""Every path of the API, a row each. The server's handlers and the OpenAPI document are both made from it. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cuelang.sheets.drafts import MAX_DRAFT_CHARS
from cuelang.web.orders import MAX_TEXT_CHARS, Wish
from cuelang.web.schemas import CUE, KEY, TEXT, WHO, Schema, body

Needs = Literal["nothing", "view", "operate"]

TAIL, MOST_TAIL = 100, 1000
"""Records of the log that are handed out."""


class Route(Struct, frozen=True):
    """`name` is the handler's, `gives` a schema of `schemas.SCHEMAS` or a media type, `takes` the body's schema,
    `troubles` the statuses beside those that every route has. `wish`: it asks something of the show."""

    method: Literal["GET", "POST"]
    path: str
    name: str
    about: str
    gives: str
    needs: Needs = "view"
    takes: Schema | None = None
    query: tuple[tuple[str, Schema], ...] = ()
    troubles: tuple[int, ...] = ()
    wish: Wish | None = None
    takes_something: bool = False
    """Whether the body may not be left out."""

    @property
    def names(self) -> tuple[str, ...]:
        """The parts of the path in braces."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


def _order(wish: Wish, about: str, takes: Schema, needs_body: bool = False, under: str = "") -> Route:
    """At `/api/off-air`, where the wish has several words."""
    path, name = f"/api/{under}{wish.replace(' ', '-')}", wish.replace(" ", "_")
    return Route(
        "POST",
        path,
        name,
        about,
        "Answer",
        "operate",
        takes,
        troubles=(404, 409),
        wish=wish,
        takes_something=needs_body,
    )


def _framing(wish: Wish, path: str, about: str, takes: Schema, needs_body: bool = False) -> Route:
    return Route(
        "POST",
        f"/api/cameras/{{camera}}/presets{path}",
        wish.replace(" ", "_"),
        about,
        "Answer",
        "operate",
        takes,
        troubles=(404, 409),
        wish=wish,
        takes_something=needs_body,
    )


def _trace(wish: Wish, about: str, takes: Schema) -> Route:
    return Route(
        "POST",
        f"/api/cameras/{{camera}}/{wish.replace(' ', '/')}",
        wish.replace(" ", "_"),
        about,
        "Answer",
        "operate",
        takes,
        troubles=(404, 409),
        wish=wish,
    )


_FLAG: Schema = {"type": "boolean"}
_AXIS: Schema = {"type": "number", "minimum": -1, "maximum": 1}
_DRIVE = body(
    pan=_AXIS,
    tilt=_AXIS,
    zoom=_AXIS,
    focus=_AXIS,
    speed={"type": "number", "minimum": 0, "maximum": 1},
    live=_FLAG,
    take=_FLAG,
    who=WHO,
)
_NOTHING = body(id=KEY)
_ONE = body(id=KEY, cue=CUE)
_CUE = body(("cue",), id=KEY, cue=CUE)
_AT: Schema = {
    "description": "How long into the cue: a time as in a sheet, or seconds.",
    "oneOf": [{"type": "string", "minLength": 1, "maxLength": 20}, {"type": "number", "minimum": 0}],
}  # fmt: skip
_LOCATE = body(("cue",), id=KEY, cue=CUE, at=_AT, live=_FLAG, go=_FLAG)
_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 254}
_NAME: Schema = {**TEXT, "minLength": 1, "maxLength": 100}
_SWAP = body(("camera", "for"), **{"id": KEY, "camera": _NAME, "for": _NAME, "anyway": _FLAG})
_SOURCE = body(("source",), id=KEY, source=_NAME, switcher=_NAME)
_TAKE = body(id=KEY, source=_NAME, switcher=_NAME)
_MIX: Schema = {
    "id": KEY, "source": _NAME, "switcher": _NAME, "with": {**_NAME, "description": "a transition of the switcher"},
    "over": {"type": "number", "description": "seconds; 1 if not given"},
}  # fmt: skip
_AUTO = body(**_MIX)
_DISSOLVE = body(("source",), **_MIX)
_TAG: Schema = {**TEXT, "description": "`tag` of the lines as they were read"}
_DRAFT: Schema = {**TEXT, "minLength": 1, "maxLength": MAX_DRAFT_CHARS}
_LINES = body(("tag", "text"), tag=_TAG, text=_DRAFT)
_INPUT = body(("input",), id=KEY, input=_NAME)
_OUTPUT = body(id=KEY, switcher=_NAME)

ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/openapi.json", "openapi", "This document.", "application/json", "nothing"),
    Route("GET", "/api/me", "me", "Your role, and whether a PIN is required.", "Me", "nothing"),
    Route(
        "POST", "/api/login", "login", "Log in with a PIN; sets a cookie.", "Me", "nothing",
        body(("pin",), pin={**TEXT, "minLength": 1, "maxLength": 200}), takes_something=True,
    ),
    Route("POST", "/api/logout", "logout", "End the session of the cookie.", "Me", "nothing"),
    Route("GET", "/api/show", "show", "Show summary.", "Show"),
    Route("GET", "/api/cues", "cues", "The cue list, in order.", "Cues"),
    Route("GET", "/api/cues/{cue}", "cue", "One cue.", "Cue", troubles=(404,)),
    Route("GET", "/api/cues/{cue}/timeline", "timeline", "What a cue does, and when.", "Timeline", troubles=(404,)),
    Route(
        "GET", "/api/cues/{cue}/lines", "lines", "The lines of a cue in its sheet, and what the compiler says of them.",
        "Lines", troubles=(404, 409),
    ),
    Route(
        "POST", "/api/cues/{cue}/lines/check", "check", "What the compiler would say of other lines.", "Checked",
        "operate", _LINES, troubles=(404, 409), takes_something=True,
    ),
    Route(
        "POST", "/api/cues/{cue}/lines", "save", "Save other lines of a cue in the sheet, if they have no error and the"
        " file is the one that was read, and reload. Not in show mode.", "Saved", "operate",
        body(("tag", "text"), tag=_TAG, text=_DRAFT, who=WHO), troubles=(404, 409), takes_something=True,
    ),
    Route(
        "POST", "/api/lines/undo", "undo_lines", "Take back the last change that was saved so, and reload.", "Saved",
        "operate", body(who=WHO), troubles=(409,),
    ),
    Route(
        "GET", "/api/state-at", "state_at", "How the list has every camera just before a cue, or `at` so long into it.",
        "StateAt", troubles=(404,), query=(("cue", TEXT), ("at", TEXT)),
    ),
    Route("GET", "/api/cameras", "cameras", "Every camera.", "Cameras"),
    Route("GET", "/api/cameras/{camera}", "camera", "One camera.", "Camera", troubles=(404,)),
    Route(
        "GET", "/api/cameras/{camera}/picture.jpg", "picture", "What a camera sees; at most two new ones a second.",
        "image/jpeg", troubles=(404, 503),
    ),
    Route(
        "GET", "/api/switchers/{switcher}/{bus}/picture.jpg", "bus_picture",
        "What a simulated switcher has on `program` or `preview`.", "image/jpeg", troubles=(404, 503),
    ),
    Route("GET", "/api/inputs", "inputs", "Every input: whether it is muted, what it heard last, and what no trigger"
          " took. `heard`: the last messages of all.", "Inputs"),
    Route("GET", "/api/state", "state", "Everything that the page shows.", "Moment"),
    Route(
        "GET", "/api/log", "log", "The last records of the as-run log, oldest first.", "Log",
        query=(("tail", {"type": "integer", "minimum": 0, "maximum": MOST_TAIL, "default": TAIL}),),
    ),
    _order("go", "GO: release the cue that waits for it, else fire the standby cue, or `cue`. `expect`: the cue that"
        " must be on standby. `releases`: the cue that must be released, or “nothing”.",
           body(id=KEY, cue=CUE, expect=CUE, releases=CUE)),
    _order("start", "Start a cue without moving standby.", _CUE, True),
    _order("standby", "Put a cue, or “next”, on standby.", _CUE, True),
    _order("back", "Put the previous cue on standby.", _NOTHING),
    _order("locate", "Take the rig to where the list has it just before a cue, or `at` so long into it. `live`: cameras"
        " on program too. `go`: fire the cue when all have arrived; not with `at`.", _LOCATE, True),
    _order("stop", "Stop everything, or `cue`. Never refused.", _ONE),
    _order("pause", "Pause everything, or `cue`.", _ONE),
    _order("resume", "Resume everything, or `cue`.", _ONE),
    _order("panic", "End every cue and stop every camera. Never refused.", _NOTHING),
    _order("reload", "Reload the sheet; on errors the current one stays.", _NOTHING),
    _order("key", "Press a key that the sheet assigns with `on key`.",
           body(("key",), id=KEY, key=_NAME), True),
    _order("cut", "Cut to a source. `switcher`: where the show has several.", _SOURCE, True, under="switcher/"),
    _order("preview", "Put a source on preview.", _SOURCE, True, under="switcher/"),
    _order("take", "CUT: what is on preview goes to program. With `source`: only if it is there.", _TAKE,
           under="switcher/"),
    _order("auto", "AUTO: the same by a mix of `over` seconds, or by the transition `with`.", _AUTO, under="switcher/"),
    _order("dissolve", "Mix to a source.", _DISSOLVE, True, under="switcher/"),
    _order("stream start", "Start the stream.", _OUTPUT, under="switcher/"),
    _order("stream stop", "Stop the stream. Refused until it is asked a second time within 10 s.", _OUTPUT,
           under="switcher/"),
    _order("record start", "Start the recording.", _OUTPUT, under="switcher/"),
    _order("record stop", "Stop the recording.", _OUTPUT, under="switcher/"),
    _order("lock", "Enter show mode: only GO, stop, pause, resume, panic and requests to the switcher.", _NOTHING),
    _order("unlock", "Leave show mode.", _NOTHING),
    _order("off air", "Off air: nothing counts as on program, lamps are dark.", _NOTHING),
    _order("on air", "On air again.", _NOTHING),
    _order("cutting by hand", "Cues cut nothing; what they would cut is shown.", _NOTHING),
    _order("cutting by sheet", "Cues cut again.", _NOTHING),
    _order("lamps off", "Every tally lamp off.", _NOTHING),
    _order("lamps on", "Tally lamps on again.", _NOTHING),
    _order("note", "Note something down, about `cue`, else about the cue that was fired last.",
           body(("text",), id=KEY, cue=CUE, text={**TEXT, "minLength": 1, "maxLength": MAX_TEXT_CHARS}), True),
    _order("flag", "Mark a cue, else the one that was fired last, to come back to it; with `on` false no longer.",
           body(id=KEY, cue=CUE, on=_FLAG)),
    _order("mute", "Mute an input: what it hears fires nothing, but stop and panic.", _INPUT, True),
    _order("unmute", "Hear an input again.", _INPUT, True),
    _order("seen", "Acknowledge the alarms.", _NOTHING),
    _order("done", "The first of the `prompts` is done.", _NOTHING),
    _order("swap", "From now on the camera `for` stands in for `camera`; the same camera twice ends it. Refused with"
           " the list of what it lacks; `anyway` leaves those lines out.", _SWAP, True),
    Route(
        "GET", "/api/leads", "leads", "Whether this machine leads the show, or follows another one.", "Leads",
        "nothing",
    ),
    Route(
        "GET", "/api/journal", "journal", "The records of the night after the number `after`, oldest first, 500 at"
        " most; held for 0.4 s while there is none. `by`: scheme and port of the page of a machine that follows this"
        " one and may take over (operators only); `leads`: it has taken over.", "Journal", troubles=(503,),
        query=(
            ("after", {"type": "integer", "minimum": 0, "maximum": 2**31, "default": 0}),
            ("by", {**TEXT, "pattern": "^https?:[1-9][0-9]{0,4}$"}), ("leads", {**TEXT, "enum": ["0", "1"]}),
        ),
    ),
    Route(
        "GET", "/api/journal/files/{digest}", "journal_file",
        "A file of the plan, by the SHA-256 that the journal has.", "JournalFile", troubles=(404,),
    ),
    _order("takeover", "Take over from the machine that this one follows. Refused once while that one still answers.",
           _NOTHING),
    _order("skip", "Leave out the next firing of the schedules (`next_firing`); asked again, it fires after all.",
           _NOTHING),
    Route(
        "GET", "/api/cameras/{camera}/presets", "presets",
        "The presets of a camera; `locked` says why one cannot be changed.", "Presets", troubles=(404,),
    ),
    Route(
        "GET", "/api/cameras/{camera}/presets/{preset}/changes", "changes",
        "What can be undone, newest first.", "Changes", troubles=(404,),
    ),
    Route(
        "GET", "/api/cameras/{camera}/presets/{preset}/picture.jpg", "preset_picture",
        "What the camera saw when the preset was stored.", "image/jpeg", troubles=(404,),
    ),
    _framing("update", "/{preset}/update", "Write where the camera is into the sheet, as the place of a preset.",
             body(id=KEY, who=WHO, live=_FLAG)),
    _framing("new preset", "", "A new preset where the camera is. `number`: the camera stores it too.",
             body(("preset",), id=KEY, preset=_NAME, number=_NUMBER, who=WHO, live=_FLAG), True),
    _framing("undo", "/{preset}/undo", "Put the line of a preset back. `step`: which of its changes, 1 for the last.",
             body(id=KEY, who=WHO, step={"type": "integer", "minimum": 1, "maximum": 20})),
    _framing("store again", "/{preset}/store", "Take the camera there, and let it store the preset.",
             body(id=KEY, who=WHO, live=_FLAG)),
    _trace("trace start", "Record where the camera goes, ten times a second, until `trace/stop`. `name`: of the file in"
           " the folder `traces` beside the sheet.", body(id=KEY, who=WHO, name=_NAME)),
    _trace("trace stop", "End the recording and write the file, without what the camera stood still before and after.",
           body(id=KEY, who=WHO)),
    Route(
        "POST", "/api/cameras/{camera}/drive", "drive",
        "A hand on a camera, for the next 300 ms: repeat it while it is deflected. Right, up, in and far are positive;"
        " `speed`: the share of the fastest that a full deflection is; `live`: on program too; `take`: from the"
        " person who drives it now.",
        "Driven", "operate", _DRIVE, troubles=(404,),
    ),
    Route(
        "POST", "/api/cameras/{camera}/statement", "statement", "Send one statement to one camera.",
        "Answer", "operate", body(("text",), id=KEY, text={**TEXT, "minLength": 1, "maxLength": MAX_TEXT_CHARS}),
        troubles=(404, 409, 422), wish="statement", takes_something=True,
    ),
)  # fmt: skip
