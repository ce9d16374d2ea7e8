"""Every path of the API, a row each. The server's handlers and the OpenAPI document are both made from it. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cuelang.web.orders import LONGEST, Wish
from cuelang.web.schemas import CUE, KEY, TEXT, Schema, body

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
        "POST", path, name, about, "Answer", "operate", takes, troubles=(404, 409), wish=wish,
        takes_something=needs_body,
    )  # fmt: skip


_NOTHING = body(id=KEY)
_ONE = body(id=KEY, cue=CUE)
_CUE = body(("cue",), id=KEY, cue=CUE)
_AT: Schema = {
    "description": "How long into the cue: a time as in a sheet, or seconds.",
    "oneOf": [{"type": "string", "minLength": 1, "maxLength": 20}, {"type": "number", "minimum": 0}],
}  # fmt: skip
_FLAG: Schema = {"type": "boolean"}
_LOCATE = body(("cue",), id=KEY, cue=CUE, at=_AT, live=_FLAG, go=_FLAG)
_NAME: Schema = {**TEXT, "minLength": 1, "maxLength": 100}
_SOURCE = body(("source",), id=KEY, source=_NAME, switcher=_NAME)
_TAKE = body(id=KEY, source=_NAME, switcher=_NAME)
_MIX: Schema = {
    "id": KEY, "source": _NAME, "switcher": _NAME, "with": {**_NAME, "description": "a transition of the switcher"},
    "over": {"type": "number", "description": "seconds; 1 if not given"},
}  # fmt: skip
_AUTO = body(**_MIX)
_DISSOLVE = body(("source",), **_MIX)
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
    _order("seen", "Acknowledge the alarms.", _NOTHING),
    _order("done", "The first of the `prompts` is done.", _NOTHING),
    _order("skip", "Leave out the next firing of the schedules (`next_firing`); asked again, it fires after all.",
           _NOTHING),
    Route(
        "POST", "/api/cameras/{camera}/statement", "statement", "Send one statement to one camera.",
        "Answer", "operate", body(("text",), id=KEY, text={**TEXT, "minLength": 1, "maxLength": LONGEST}),
        troubles=(404, 409, 422), wish="statement", takes_something=True,
    ),
)  # fmt: skip
