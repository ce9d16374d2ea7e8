"""What every page knows of the show: one state, a snapshot of it, and what changed since.

The protocol of `/ws`, version 1. Everything is JSON text, one object a message, told apart by `type`. All times
called `…_ms` are milliseconds; without a word about it they count from the start of the show (`clock.elapsed_ms` is
now on that scale), inside a timeline from its cue's GO. Numbers may have a fraction.

From the server
---------------
First, once: who you are. `session` names this run of the program; it is another one after a restart. `locked`: what
show mode locks; `always`: what nothing limits, so that a page sends it each time.

    {"type": "hello", "protocol": 1, "session": "k3Jd…", "role": "operate",          role: view | operate
     "locked": ["back", …], "always": ["panic", "stop"]}

Then the whole state, and after that what changed. Each has `seq`; a delta makes `seq` out of `seq - 1`. Never assume
that no second snapshot comes: a page that is too slow for the deltas gets one in their place, and so does everybody
when sheet reloaded. At least once a second something comes, so silence of 3 s is a lost connection.

    {"type": "snapshot", "seq": 17, "clock": {…}, "state": {…}}
    {"type": "delta", "seq": 18, "clock": {…}, "set": {"standby": "3"},
     "rows": {"cues": {"2": {…}}, "running": {"7": null}}}

    apply:  for (const [name, value] of Object.entries(delta.set)) state[name] = value
            for (const [name, rows] of Object.entries(delta.rows))
              for (const [id, row] of Object.entries(rows))
                if (row === null) delete state[name][id]; else state[name][id] = row

Rows are always whole. `set` and `rows` may both be empty: then only the clock goes on.

    clock   {"wall": "2026-11-23T19:30:05.120+00:00",   the show's time of day, in the show's zone
             "elapsed_ms": 65120.4}                     since the start of the show

The state
---------
    show         {"title", "file", "timezone": "Europe/London" | null}
    show_mode    true: locked, only go, stop, pause, resume, panic, cut, preview, take, auto (and `unlock`)
    stopping     true: the show is being ended
    standby      "2" | null
    order        {"cues": ["0.5", "1", …], "cameras": ["foh", …], "switchers": ["vision"]}
                 the order in which rows are shown
    cues         {NUMBER: {"number", "title", "section", "state", "standby_text", "duration_ms": 4200 | null,
                 "troubles": 0, "warnings": ["W601 …"], "aside": false, "does": "foh move to throne · …",
                 "triggers": ["key \"F8\""], "flag": "Anna" | ""}}
                 state: "" | running | paused | done | failed | stopped | disabled. failed: done or stopped, and a
                 command did not do what it should; `troubles` counts those of the last firing, also while it runs
    go           {"does": "fires" | "releases" | "nothing", "cue", "label": "GO 3", "after": "then 4",
                 "then": "4" | null, "reason", "cuts": [{"switcher", "action": "cut", "source" | null, "at_ms": 0}]}
                 what GO without a number does now, in words for the button and for the line below it.
                 releases: `cue` waits for it and goes on, as in "GO → Sermon goes on (cue 4 waits)"; `then`: the cue
                 of the GO after it. cuts: what it will put on program, at_ms after GO
    pause_does   "pause" | "resume"     what a pause button is for: to resume when all that goes on is held
    panic        {"at_ms", "time", "source"} | null     since the last PANIC no cue was fired
    simulated    true: the cameras are simulated
    behind       {"of": "10.0.0.7", "silent_s": 3 | null, "asked": false, "stuck": false} | null    this machine follows
                 that one and sends nothing; silent_s: it does not answer any more; asked: `takeover` has to be
                 requested again; stuck: this one leads, and sends nothing before `takeover` lets it continue alone
    followers    ["10.0.0.8"]     machines that follow this one
    mistakes     [{"place": "night.cues:7:17" | "", "text": "E202 …", "hint"}]    why the last reload was refused; []
                 when the sheet on the disk is the one that runs, as far as it was checked
    keys         [{"key": "F8", "does": "go 150"}]     the keys that the sheet names, for `key`
    running      {RUN: {"run": 7, "cue": "2", "title", "paused", "zero_ms", "elapsed_ms", "duration_ms" | null,
                 "waited_ms" | null, "doing": 2, "waiting": ["foh", "osc /ready", "go"], "waits": [{"for": "go" |
                 "osc" | "time" | "cameras", "what", "until_ms" | null, "limit_ms" | null, "left_ms" | null}],
                 "then": "3" | null}}
                 RUN is the number of the firing, as text
                 going on: its clock shows clock.elapsed_ms - zero_ms, and elapsed_ms is null
                 paused: it shows elapsed_ms, and zero_ms is null. duration_ms null: it never ends by itself
                 One number may run twice. Statements on their own have cue ""
                 waited_ms: what of its clock went by in waits that no plan can foresee: it ends at duration_ms +
                 waited_ms. null while it waits, for then it is unknown. until_ms: when the wait is over by itself,
                 limit_ms: when it gives up. Of a paused cue both are null, and left_ms is how long it would be
                 then: the cue that follows by itself when this one is done
    follows      {RUN: {"run": 7, "cue": "2", "title", "next": "3", "next_title", "due_ms" | null, "left_ms" | null,
                 "paused"}}     cue 2 is done, and cue 3 fires by itself at due_ms; paused: left_ms after a resume.
                 It is paused, resumed and stopped by the number of the cue that is done
    cameras      {NAME: {"name", "url", "link", "heard_ms" | null, "tally", "pan", "tilt", "zoom", "power", "doing",
                 "error", "driven_by": "Anna" | "", "cast": "stands in for foh" | "",
                 "offer": "is back" | "", "tracing": "walk.trace" | "", "picture"}}
                 offer: why `recover` is offered for this camera; tracing: the file into which its path is recorded
                 link: connected | silent | lost | disabled | none (no driver for it)
                 tally: program | preview | off | null (not known); pan, tilt in degrees, right and up positive,
                 zoom in percent, null: not known; power: true | false | null; doing: "cue 2: move" or "";
                 picture: "/api/cameras/foh/picture.jpg" | null; ask for it at most twice a second
    switchers    {NAME: {"name", "url", "link": "connected" | "lost", "heard_ms" | null, "error", "model", "no_air",
                 "program": "foh" | null, "preview": "left" | null, "cut_by": "by hand" | "cue 4" | "page …" | "",
                 "cut_ms" | null, "transition": false, "outputs": {"stream": {"on": true, "since_ms" | null}},
                 "sources": [{"name", "label", "bus": "program" | "preview" | "off", "cameras": ["foh"],
                 "there_ms": 0 | null}], "transitions": ["Fade"], "pictures": {"program": "/api/…", "preview"} | null}}
                 transitions: those that `with` may name, as far as the switcher tells
                 program, preview: what is there by the sheet's name, or else by the switcher's; cut_ms: when it came
                 there. sources: the buttons of a bus, in the sheet's order; there_ms: when its cameras will be in
                 place, 0: they are, null: unknown. An output that it does not have is missing. pictures: of a
                 simulated switcher, where to ask for what is on each bus
    air          {"off_air": false, "cutting": "sheet" | "hand", "lamps_off": false, "prompts": [{"text": "CUT TO
                 left", "switcher", "source" | null, "cue", "since_ms"}]}
                 prompts: what an operator who cuts by hand is to do, the first thing first
    alarms       [{"at_ms", "time", "text"}]      each is shown until `seen` is requested
    timelines    {NUMBER: {"cue", "duration_ms" | null, "more": 0,
                 "lanes": [{"camera": "foh" | null, "switcher": "vision" | null, "events": [
                 {"at_ms", "until_ms" | null (unknown), "action": "move", "label": "move to pan -30° …", "line",
                 "file", "estimated": false, "wait_line": 12 | null, "repeat_ms" | null}]}]}}
                 of every cue that runs and of the one that stands by. A lane has a camera or a switcher; the
                 one without holds notes, OSC and cues that are fired. wait_line: it counts from the wait in that
                 line, so this is where it is expected. repeat_ms: the first pass of an endless loop, and how long
                 one lasts. more: events left out
    triggers     [{"at_ms", "time": "19:30:05", "source": "page 10.0.0.9", "request": "go 2", "verdict",
                 "reason", "did"}]  the last 20, newest last; verdict: fired | duplicate | window | no_cue | refused |
                 late; did: what a fired one has done, as "GO 2 fired"
    last_fired   the newest of them that fired a cue (`go` or `start`), or null; stays when it is no longer in the list
    inputs       [{"name", "url", "muted": "Anna" | "", "last": {…} | null, "untaken": {…} | null}]    in the order of
                 the sheet. muted: by whom; what it hears fires nothing but stop and panic. last, untaken: a row of
                 `heard`, the last one and the last one that no trigger took
    heard        [{"seq", "time", "input", "sender", "line": "on midi note 62 channel 1", "note": "value 64", "taken":
                 "go 1 (night.cues:3)" | ""}]      what the inputs heard last, newest last; line: as a sheet would have
                 it
    notes        [{"at_ms", "time", "kind", "cue": "2" | "", "text"}]  the last 20; kind: note | warning | trouble
    remarks      [{"at_ms", "time", "cue": "2" | "", "text", "by": "Anna"}]    what people noted down, newest last
    last_cue     "2" | null     the cue that was fired last: a note without a cue is about it
    timing       {"name": "dress.jsonl", "late_ms": 1200 | null, "due_ms": 65120.4 | null} | null     how much later
                 than in that rehearsal the last cue came (negative: earlier); when the standby cue is due as there
    next_firing  {"at": "2026-11-23T20:00:00+00:00", "cue": "3" | null, "action": "start 3", "line": 41,
                 "skipped": false} | null      skipped: it will be left out
    next_times   {NUMBER: "2026-11-23T20:00:00+00:00"}     when a schedule fires each of these cues next
    counts       {"commands": 412, "troubles": 2}

From the page
-------------
One object for each thing the operator asks for. `id` is the idempotency key, new for each press (not for each
sending): sent twice it fires once, and both get the same answer. 8 to 80 of A-Z a-z 0-9 . _ -

    {"type": "do", "id": "c0ffee01-…", "verb": "go", "cue": "2", "expect": "2", "session": "k3Jd…"}

    go         fire the standby cue; with `cue`: that one    stop, pause, resume    everything; with `cue`: that one
    start      needs `cue`                                     back, panic, reload    nothing else
    standby    needs `cue`, a number or "next"                 lock, unlock           show mode on and off
    locate     needs `cue`; `at` ("2.5s", or seconds), `live` and `go` as in a sheet. Refused the first time, and says
               what it would do; with a new `id` within 5 s it is done
    note       needs `text`; about `cue`, else about the one that was fired last. flag: that cue is to be come back to;
               with "on": false no longer
    statement  needs `camera` and `text`, as in "zoom to 50% over 2s" or "recover"
    swap       needs `camera` and `for`, the one that stands in for it; `anyway`: leave out what that one lacks
    key        needs `key`, one of the sheet's: what `on key` says is done
    mute, unmute    need `input`, the name of an input
    off air, on air, cutting by hand, cutting by sheet, lamps off, lamps on, seen (the alarms), done (the first
               prompt), skip (leave out the next firing; again: do not)    nothing else
    cut, preview    need `source`, by the sheet's name; `switcher` where the show has several
    take, auto      what is on preview goes to program; auto by a mix of `over` seconds, 1 if not given, or by the
               transition `with`
    dissolve        needs `source`; `over` and `with` as auto
    stream start, record start, record stop    `switcher` where the show has several
    stream stop     the same; refused the first time; repeat it with a new `id` within 10 s

A hand on a camera has no `id`; the page repeats it every 100 ms while it is deflected, at most 20 times a second. After
300 ms without a word the camera stops. -1 to 1: right, up, in and far are positive, what is left out is at rest.
`speed`, `live`, `take` and `who` may be left out (`Deflection` in `cuelang/playback/hands.py`). It is answered when
the answer is another one than before only:

    {"type": "drive", "camera": "foh", "pan": -0.5, "tilt": 0.2, "zoom": 0, "focus": 0, "speed": 0.5, "live": true,
     "take": true, "who": "Anna"}
    {"type": "drive", "camera": "foh", "state": "driving" | "rest" | "lost", "reason": "foh is driven by Ben"}

`expect`, with go: the cue that the operator saw standing by; if another one stands by now it is refused and says so.
`releases`, with go: the cue that GO released as the operator saw it, or "nothing"; if that is otherwise now it is
refused. `session`: if it is not this run of the program, it is refused. `who`: the name of the person, for triggers,
notes and the log. All may be left out.

The answer goes to this page only, and always comes, as soon as the verdict is known (of `reload`: when the sheet has
been compiled; with errors it is refused, and has the `mistakes` of the state, too):

    {"type": "answer", "id": "c0ffee01-…", "request": "go 2", "verdict": "fired", "reason": "", "did": "GO 2 fired"}
    {"type": "answer", "id": "c0ffee01-…", "error": {"code": "not_allowed", "message": "…", "hint": "…"}}

`{"type": "ping", "id": …}` is answered by `{"type": "pong", "id": …}`, for measuring.

Coming in
---------
`GET /api/me` -> {"role": "operate" | "view" | null, "pin": true}. Role null: a PIN is needed: `POST /api/login` with
{"pin": "…"} -> {"role": …} and a cookie, or 401 `wrong_pin`, or 429 `slow_down` with `retry_after` in seconds beside
the error's code. `POST /api/logout`. `/ws?role=view` only looks, for an operator too. `/ws` without a role is refused
with 401, one page too many with 503. Close codes: 1012 the show has ended, 1008 this page asks too much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from operator import is_not
from typing import Any, NamedTuple

from cuelang.output.plan import milliseconds
from cuelang.plan import Plan
from cuelang.playback.sight import FollowView, WaitView
from cuelang.runtime.switcher_view import SwitcherRow
from cuelang.runtime.view import CameraRow, CueRow, HeardRow, NoteRow, RunRow, TriggerRow, View
from cuelang.triggers import keys
from cuelang.triggers.occurrences import Firing
from cuelang.units import MS, NS
from cuelang.web import vision
from cuelang.web.timeline import timeline

PROTOCOL = 1
MAX_SHOWN = 20
"""Triggers and notes that pages get."""

JsonRow = dict[str, Any]
JsonRows = dict[str, JsonRow | None]


class Changes(NamedTuple):
    """What became different: values of the state, and rows of its tables (None: gone)."""

    set: dict[str, Any]
    rows: dict[str, JsonRows]

    def __bool__(self) -> bool:
        return bool(self.set or self.rows)


TABLES = ("cues", "running", "follows", "cameras", "switchers", "timelines")


class Scene:
    """The state, brought up to date by each look at the show. `picture` says whether a camera has one, `shot` whether
    a switcher has them."""

    def __init__(self, picture: Callable[[str], bool], shot: Callable[[str], bool]) -> None:
        self.state: dict[str, Any] = {}
        self._picture, self._shot = picture, shot
        self._plan: Plan | None = None
        self._cue_rows: tuple[CueRow, ...] = ()
        self._drawn: dict[str, JsonRow] = {}
        self._triggers: dict[tuple[object, ...], JsonRow] = {}
        self._notes: dict[tuple[object, ...], JsonRow] = {}
        self._last_fired: JsonRow | None = None

    def look(self, plan: Plan, view: View, firings: Sequence[Firing], skipped: bool) -> Changes | None:
        """Bring the state up to date. None: so much is new that it should be sent whole. `firings`: the next one of
        each schedule, the soonest first; `skipped`: that one is to be left out."""
        whole = plan is not self._plan
        if whole:
            self._plan, self._cue_rows, self._drawn = plan, (), {}
            self.state = {name: {} for name in TABLES}
        rows = {
            "cues": self._cues(view.cues),
            "running": self._compared("running", {str(row.run): self._run(row, view) for row in view.running}),
            "follows": self._compared("follows", {str(row.run): _follow(row, view) for row in view.follows}),
            "cameras": self._compared("cameras", {row.name: self._camera(row, view) for row in view.cameras}),
            "switchers": self._compared("switchers", {row.name: self._switcher(row, view) for row in view.switchers}),
            "timelines": self._compared("timelines", self._timelines(plan, view)),
        }
        values = self._values(plan, view, firings, skipped)
        changes = Changes(values, {name: found for name, found in rows.items() if found})
        return None if whole else changes

    def _values(self, plan: Plan, view: View, firings: Sequence[Firing], skipped: bool) -> dict[str, Any]:
        firing = firings[0] if firings else None
        values: dict[str, Any] = {
            "show_mode": view.show_mode,
            "stopping": view.stopping,
            "simulated": view.simulated,
            "behind": None if view.behind is None else {
                "of": view.behind.of, "asked": view.behind.asked, "stuck": view.behind.stuck,
                "silent_s": None if view.behind.silent is None else view.behind.silent // NS,
            },
            "followers": list(view.followers),
            "standby": view.standby,
            "go": {
                "does": view.go.does, "cue": view.go.cue, "label": view.go.label, "after": view.go.after,
                "then": view.go.then, "reason": view.go.reason,
                "cuts": vision.cuts(view),
            },
            "air": vision.air(view),
            "alarms": self._alarmed(view),
            "pause_does": view.pause_does,
            "panic": self._panicked(view),
            "mistakes": [{"place": one.place, "text": one.text, "hint": one.hint} for one in view.mistakes],
            "triggers": self._said(view.triggers[-MAX_SHOWN:]),
            "notes": self._noted(view.notes[-MAX_SHOWN:]),
            "last_fired": self._last_fired,
            "remarks": [
                {"at_ms": milliseconds(one.at), "time": f"{one.wall:%H:%M:%S}", "cue": one.cue, "text": one.text,
                 "by": one.by}
                for one in view.remarks
            ],
            "last_cue": view.last_cue,
            "timing": None if view.timing is None else {
                "name": view.timing.name,
                "late_ms": None if view.timing.late is None else milliseconds(view.timing.late),
                "due_ms": None if view.timing.due is None else milliseconds(view.timing.due),
            },
            "next_firing": None if firing is None else {
                "at": firing.at.isoformat(), "cue": firing.cue, "action": firing.action, "line": firing.line,
                "skipped": skipped,
            },
            "next_times": {one.cue: one.at.isoformat() for one in reversed(firings) if one.cue is not None},
            "inputs": [
                {"name": one.name, "url": one.url, "muted": one.muted, "last": _heard(one.last),
                 "untaken": _heard(one.untaken)}
                for one in view.inputs
            ],
            "heard": [_heard(one) for one in view.heard],
            "counts": {"commands": view.commands, "troubles": view.troubles},
        }  # fmt: skip
        if "show" not in self.state:
            values["show"] = {"title": view.title, "file": plan.file, "timezone": plan.settings.timezone}
            values["order"] = {
                "cues": [row.number for row in view.cues],
                "cameras": [row.name for row in view.cameras],
                "switchers": [row.name for row in view.switchers],
            }
            values["keys"] = [{"key": key, "does": does} for key, does in keys.named(plan)]
        found = {name: value for name, value in values.items() if self.state.get(name, ...) != value}
        self.state |= found
        return found

    def _cues(self, rows: tuple[CueRow, ...]) -> JsonRows:
        """A list has thousands of rows, and those that stayed are the same objects."""
        found: JsonRows = {}
        before, table = self._cue_rows, self.state["cues"]
        new = compress(rows, map(is_not, rows, before)) if len(rows) == len(before) else rows
        for row in new:
            shown = _cue(row)
            if table.get(row.number) != shown:
                table[row.number] = found[row.number] = shown
        self._cue_rows = rows
        return found

    def _compared(self, name: str, rows: dict[str, JsonRow]) -> JsonRows:
        before = self.state[name]
        found: JsonRows = {key: row for key, row in rows.items() if before.get(key) != row}
        found |= dict.fromkeys(before.keys() - rows.keys())
        self.state[name] = rows
        return found

    def _timelines(self, plan: Plan, view: View) -> dict[str, JsonRow]:
        wanted = {run.cue for run in view.running} | {view.standby}
        if wanted - self._drawn.keys():
            self._drawn |= {
                cue.number: timeline(plan, cue)
                for cue in plan.cues
                if cue.number in wanted and cue.number not in self._drawn
            }
        self._drawn = {number: drawn for number, drawn in self._drawn.items() if number in wanted}
        return dict(self._drawn)

    def _run(self, row: RunRow, view: View) -> JsonRow:
        cue = self.state["cues"].get(row.cue)
        return _run(row, view, cue["duration_ms"] if cue else None)

    def _camera(self, row: CameraRow, view: View) -> JsonRow:
        heard = None if row.age is None else max(0, view.elapsed - row.age) // (1000 * MS) * 1000
        return {
            "name": row.name,
            "url": row.url,
            "link": row.link,
            "heard_ms": heard,
            "tally": row.tally,
            "pan": _tenths(row.pan),
            "tilt": _tenths(row.tilt),
            "zoom": _tenths(row.zoom),
            "power": row.power,
            "doing": row.doing,
            "error": row.error,
            "driven_by": row.driven_by,
            "cast": row.cast,
            "offer": row.offer,
            "tracing": row.tracing,
            "picture": picture_path(row.name) if self._picture(row.name) else None,
        }

    def _switcher(self, row: SwitcherRow, view: View) -> JsonRow:
        return vision.switcher(row, view, pictures=self._shot(row.name))

    def _said(self, rows: Sequence[TriggerRow]) -> list[JsonRow]:
        """Each is written once: its time of day is worked out from the present one, and would waver."""
        keys = [(row.at, row.source, row.request, row.verdict, row.reason) for row in rows]
        self._triggers = {key: self._triggers.get(key) or _trigger(row) for key, row in zip(keys, rows, strict=True)}
        shown = [self._triggers[key] for key in keys]
        for one in shown:
            if one["verdict"] == "fired" and one["request"].partition(" ")[0] in ("go", "start"):
                self._last_fired = one
        return shown

    def _panicked(self, view: View) -> JsonRow | None:
        """Written once, as its time of day would waver."""
        if view.panic is None:
            return None
        shown, at = self.state.get("panic"), milliseconds(view.panic.at)
        if shown is not None and shown["at_ms"] == at:
            return dict(shown)
        return {"at_ms": at, "time": f"{view.panic.wall:%H:%M:%S}", "source": view.panic.source}

    def _alarmed(self, view: View) -> list[JsonRow]:
        """Each is written once, as its time of day would waver."""
        shown = {one["at_ms"]: one for one in self.state.get("alarms", ())}
        return [shown.get(one["at_ms"], one) for one in vision.alarms(view)]

    def _noted(self, rows: Sequence[NoteRow]) -> list[JsonRow]:
        keys = [(row.at, row.kind, row.cue, row.text) for row in rows]
        self._notes = {key: self._notes.get(key) or _note(row) for key, row in zip(keys, rows, strict=True)}
        return [self._notes[key] for key in keys]


def picture_path(camera: str) -> str:
    return f"/api/cameras/{camera}/picture.jpg"


def clock(view: View) -> JsonRow:
    return {"wall": view.wall.isoformat(timespec="milliseconds"), "elapsed_ms": milliseconds(view.elapsed)}


def _cue(row: CueRow) -> JsonRow:
    failed = row.troubles and row.state in ("done", "stopped")
    return {
        "number": row.number,
        "title": row.title,
        "section": row.section,
        "state": "failed" if failed else row.state,
        "standby_text": row.standby_text,
        "duration_ms": None if row.duration is None else milliseconds(row.duration),
        "troubles": row.troubles,
        "warnings": list(row.warnings),
        "aside": row.aside,
        "does": row.outline.does,
        "triggers": list(row.outline.triggers),
        "flag": row.flag,
    }


def _trigger(row: TriggerRow) -> JsonRow:
    return {
        "at_ms": milliseconds(row.at),
        "time": f"{row.wall:%H:%M:%S}",
        "source": row.source,
        "request": row.request,
        "verdict": row.verdict,
        "reason": row.reason,
        "did": row.did,
    }


def _heard(row: HeardRow | None) -> JsonRow | None:
    if row is None:
        return None
    return {
        "seq": row.seq, "time": f"{row.wall:%H:%M:%S}", "input": row.input, "sender": row.sender, "line": row.line,
        "note": row.note, "taken": row.taken,
    }  # fmt: skip


def _note(row: NoteRow) -> JsonRow:
    return {
        "at_ms": milliseconds(row.at),
        "time": f"{row.wall:%H:%M:%S}",
        "kind": row.kind,
        "cue": row.cue,
        "text": row.text,
    }


def _run(row: RunRow, view: View, duration: int | float | None) -> JsonRow:
    return {
        "run": row.run,
        "cue": row.cue,
        "title": row.title,
        "paused": row.paused,
        "zero_ms": None if row.paused else milliseconds(view.elapsed - row.elapsed),
        "elapsed_ms": milliseconds(row.elapsed) if row.paused else None,
        "duration_ms": duration,
        "waited_ms": None if row.waits else milliseconds(row.waited),
        "doing": row.doing,
        "waiting": list(row.waiting),
        "waits": [_wait(wait, row.paused, view) for wait in row.waits],
        "then": row.then or None,
    }


def _wait(wait: WaitView, paused: bool, view: View) -> JsonRow:
    until, limit = (None if at is None or paused else milliseconds(view.elapsed + at) for at in (wait.left, wait.limit))
    left = wait.left if wait.left is not None else wait.limit
    return {
        "for": wait.kind, "what": wait.what, "until_ms": until, "limit_ms": limit,
        "left_ms": milliseconds(left) if paused and left is not None else None,
    }  # fmt: skip


def _follow(row: FollowView, view: View) -> JsonRow:
    return {
        "run": row.run, "cue": row.cue, "title": row.title, "next": row.next, "next_title": row.next_title,
        "due_ms": None if row.paused else milliseconds(view.elapsed + row.left),
        "left_ms": milliseconds(row.left) if row.paused else None, "paused": row.paused,
    }  # fmt: skip


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1) + 0.0
