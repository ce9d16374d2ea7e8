"""A running show, from another terminal: the API's other end, with nothing but the standard library."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib import error, parse, request

from cuelang.output import wording
from cuelang.plain import UserError
from cuelang.units import MS
from cuelang.web.pinning import distrusted, is_certificate_trouble, pinned

if TYPE_CHECKING:
    from cuelang.playback.hands import Framed
    from cuelang.web.orders import Wish

URL = "http://127.0.0.1:8000"
SAID = 3
"""The last warnings and troubles, as many as `status` has."""
PATIENCE_S = 8.0
"""Seconds for an answer: while PINs are guessed from this machine, it comes five seconds late."""
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class Unanswered(UserError):
    """Nothing was done as far as is known; the message says why and what to do."""

    code = 1


class Silent(Unanswered):
    """There was a connection and no answer: what was asked may be done."""


class Remote:
    """`url` is the page's; `pin` is sent with every request, empty if there is none. `fingerprint` is that of the one
    certificate that is trusted, empty for those that the system trusts."""

    def __init__(self, url: str = URL, pin: str = "", fingerprint: str = "") -> None:
        """Raises Unanswered and BadFingerprint."""
        self._url = url.rstrip("/") if "://" in url else f"http://{url.rstrip('/')}"
        if not self._url.startswith(("http://", "https://")):
            raise Unanswered(f"{url} is not a show address; for example {URL}.")
        self._pin = pin
        # A proxy of the environment is for the internet; a show is next door.
        beside = [pinned(fingerprint)] if self._url.startswith("https://") and fingerprint else []
        self._open = request.build_opener(request.ProxyHandler({}), *beside).open

    def state(self) -> dict[str, Any]:
        return self._ask("GET", "/api/state")

    def inputs(self) -> dict[str, Any]:
        """The inputs, and what they have heard last."""
        return self._ask("GET", "/api/inputs")

    def log(self, tail: int) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self._ask("GET", f"/api/log?tail={tail}")["records"]
        return records

    def state_at(self, cue: str, at: str | None) -> dict[str, Any]:
        """How the list has the cameras just before a cue, or so long into it."""
        asked = parse.urlencode({"cue": cue} if at is None else {"cue": cue, "at": at})
        return self._ask("GET", f"/api/state-at?{asked}")

    def order(self, wish: Wish, cue: str | None = None, **rest: object) -> dict[str, Any]:
        """Ask for it, with a key: an answer that was lost is asked for once more and nothing is done twice. `rest` goes
        into the body as it is."""
        return self._order(f"/api/{wish.replace(' ', '-')}", {"cue": cue, **rest} if cue is not None else rest)

    def frame(self, wanted: Framed) -> dict[str, Any]:
        """Keep what a hand has found, or record its path."""
        under = f"/api/cameras/{parse.quote(wanted.camera, safe='')}"
        body: dict[str, Any] = {"who": wanted.who} if wanted.who else {}
        preset = parse.quote(wanted.preset, safe="")
        match wanted.kind:
            case "trace start":
                return self._order(f"{under}/trace/start", body | ({"name": wanted.preset} if preset else {}))
            case "trace stop":
                return self._order(f"{under}/trace/stop", body)
            case "new preset":
                number = {} if wanted.number is None else {"number": wanted.number}
                path, body = f"{under}/presets", body | {"preset": wanted.preset} | number
            case "undo":
                path, body = f"{under}/presets/{preset}/undo", body | {"step": wanted.step}
            case "update":
                path = f"{under}/presets/{preset}/update"
            case "store again":
                path = f"{under}/presets/{preset}/store"
        return self._order(path, body | ({"live": True} if wanted.live else {}))

    def statement(self, camera: str, text: str) -> dict[str, Any]:
        return self._order(f"/api/cameras/{parse.quote(camera, safe='')}/statement", {"text": text})

    def _order(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        body = data | {"id": secrets.token_hex(12)}
        try:
            return self._ask("POST", path, body)
        except Silent:
            return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        if self._pin:
            headers["Authorization"] = f"Bearer {self._pin}"
        body = json.dumps(data).encode() if data is not None else None
        try:
            asked = request.Request(self._url + path, body, headers, method=method)
            with self._open(asked, timeout=PATIENCE_S) as answer:
                return self._read(answer.read(MAX_ANSWER_BYTES))
        except error.HTTPError as refused:
            found = self._read(refused.read(MAX_ANSWER_BYTES))
            if "verdict" in found:
                return found
            said = found.get("error", {})
            raise Unanswered(f"{said.get('message', refused.reason)} {said.get('hint', '')}".rstrip()) from None
        except error.URLError as problem:
            if is_certificate_trouble(problem.reason):
                raise Unanswered(distrusted(self._url, problem.reason)) from None
            why = getattr(problem.reason, "strerror", None) or problem.reason
            raise Unanswered(f"No show at {self._url}: {why}. Is it running with --http?") from None
        except TimeoutError:
            raise Silent(
                f"{self._url} did not answer within {PATIENCE_S:g} s. The request may have been carried out."
            ) from None
        except (OSError, ValueError) as problem:
            raise Unanswered(f"{self._url} cannot be reached: {problem}.") from None

    def _read(self, raw: bytes) -> dict[str, Any]:
        try:
            found = json.loads(raw)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unanswered(f"The server at {self._url} is not cuelang.")
        return found


def told(answer: dict[str, Any]) -> str:
    """`go 2: fired (GO 2 fired)`, or why not."""
    reason = answer.get("did") or answer.get("reason")
    return f"{answer['request']}: {answer['verdict']}" + (f" ({reason})" if reason else "")


def mistakes(shown: list[dict[str, str]]) -> Iterator[str]:
    """Why a reload was refused, with what to write instead."""
    for one in shown:
        yield ": ".join(filter(None, (one["place"], one["text"])))
        if one["hint"]:
            yield f"    {one['hint']}"


def state_lines(found: dict[str, Any]) -> Iterator[str]:
    """A line for each camera and each switcher."""
    for name, one in found["cameras"].items():
        place = [f"{axis} {'?' if one[axis] is None else one[axis]}{unit}" for axis, unit in _AXES]
        rest = [one["preset"] or "", f"focus {one['focus']}" if one["focus"] else "", one["air"]]
        settings = [f"{prop} {'?' if value is None else value}" for prop, value in one["settings"].items()]
        yield f"{name}: {', '.join([*place, *filter(None, rest), *settings])}"
    for name, bus in found["switchers"].items():
        yield f"{name}: program {bus['program'] or '–'}, preview {bus['preview'] or '–'}"


_AXES = (("pan", "°"), ("tilt", "°"), ("zoom", " %"))


def _beside(behind: dict[str, Any]) -> str:
    if behind["stuck"]:
        return (
            f"leads      SENDS NOTHING: no majority of the servers, no word of {behind['of']}. Take over to go on alone"
        )
    if behind["silent_s"] is not None:
        return f"behind     {behind['of']}, which has been SILENT for {behind['silent_s']} s: take over?"
    return f"behind     {behind['of']}, which leads; this machine sends nothing"


def status(moment: dict[str, Any]) -> Iterator[str]:
    """The show in a few lines."""
    state, now = moment["state"], moment["clock"]["elapsed_ms"]
    marks = [mark for mark, on in (("show mode", state["show_mode"]), ("simulated", state["simulated"])) if on]
    yield ", ".join([f"{state['show']['title']}: {moment['clock']['wall'][11:19]}", f"{_clock(now)} of show", *marks])
    behind = state["behind"]
    if behind:
        yield _beside(behind)
    if state["followers"]:
        yield f"leads      followed by {', '.join(state['followers'])}"
    if state["panic"]:
        yield f"PANIC      {state['panic']['time']}  {state['panic']['source']}; nothing fired since"
    cue = state["cues"].get(state["standby"])
    yield f"stands by  {cue['number']}  {cue['title']}".rstrip() if cue else "stands by  nothing"
    go = state["go"]
    yield f"next GO    {go['label']}, {go['after']}" if go["does"] != "nothing" else f"next GO    {go['after']}"
    for run in state["running"].values():
        yield _run(run, now)
    for follow in state["follows"].values():
        word = "paused" if follow["paused"] else "follows"
        left = follow["left_ms"] if follow["paused"] else follow["due_ms"] - now
        title = f"{follow['next_title']}  " if follow["next_title"] else ""
        yield f"{word:<9}  {follow['next']}  {title}follows cue {follow['cue']} in {_clock(left)}"
    for name in state["order"]["cameras"]:
        camera = state["cameras"][name]
        tracing = f"records {camera['tracing']}" if camera["tracing"] else ""
        said = [tracing, camera["tally"] or "tally unknown", camera["link"], camera["doing"], camera["error"]]
        yield f"camera     {name}  {', '.join(part for part in said if part)}"
    yield from _switchers(state, now)
    fired = state["last_fired"]
    if fired:
        yield f"last       {fired['time']}  {fired['request']}  {fired['source']}"
    coming = state["next_firing"]
    if coming:
        today = coming["at"][:10] == moment["clock"]["wall"][:10]
        when = coming["at"][11:19] if today else coming["at"][:19].replace("T", " ")
        yield f"next       {when}  {coming['action']}{'  SKIPPED' if coming['skipped'] else ''}"
    yield from _inputs(state["inputs"])
    if state["counts"]["troubles"]:
        yield f"problems   {state['counts']['troubles']}"
    for note in [one for one in state["notes"] if one["kind"] != "note"][-SAID:]:
        cue = f"cue {note['cue']}: " if note["cue"] else ""
        yield f"{note['kind']:<9}  {note['time']}  {cue}{note['text']}"
    if state["mistakes"]:
        yield "The last reload failed; the current sheet stays:"
        yield from mistakes(state["mistakes"])


def _inputs(inputs: list[dict[str, Any]]) -> Iterator[str]:
    """What is muted, and the last message that no trigger took."""
    for one in inputs:
        if one["muted"]:
            yield f"muted      {one['name']}  by {one['muted']}"
    untaken = [one["untaken"] for one in inputs if one["untaken"]]
    if untaken:
        last = max(untaken, key=lambda one: one["seq"])
        yield f"no trigger {last['time']}  {last['input']}  {message(last)}"


def message(one: dict[str, Any]) -> str:
    """`on midi control 7 channel 1  # value 64`."""
    return f"{one['line']}  # {one['note']}" if one["note"] else str(one["line"])


def listened(moment: dict[str, Any], after: int) -> tuple[list[str], int]:
    """A line for each message that came after the one of this number, and the number of the last."""
    rows = [one for one in moment["heard"] if one["seq"] > after]
    missed = rows[0]["seq"] - after - 1 if rows and after else 0
    lines = [f"… and {missed} more"] if missed else []
    lines += [f"{one['time']}  {one['input']}  {message(one)}  → {one['taken'] or 'no trigger'}" for one in rows]
    return lines, rows[-1]["seq"] if rows else after


def _switchers(state: dict[str, Any], now: float) -> Iterator[str]:
    """What is on the buses, what has been asked for beside the list, and what the operator is to cut or to look at."""
    air = state["air"]
    words = (
        ("OFF AIR", air["off_air"]),
        ("CUTTING BY HAND", air["cutting"] == "hand"),
        ("LAMPS OFF", air["lamps_off"]),
    )
    asked = [word for word, on in words if on]
    if asked:
        yield f"air        {', '.join(asked)}"
    for name in state["order"]["switchers"]:
        row = state["switchers"][name]
        by = (
            f" ({row['cut_by']} {_clock(now - row['cut_ms'])} ago)"
            if row["cut_by"] and row["cut_ms"] is not None
            else ""
        )
        said = [f"program {row['program'] or 'unknown'}{by}"]
        if row["preview"] is not None:
            said.append(f"preview {row['preview']}")
        for output, one in row["outputs"].items():
            if one["on"]:
                since = "" if one["since_ms"] is None else f" for {_clock(now - one['since_ms'])}"
                said.append(f"{output} runs{since}")
        if row["link"] != "connected":
            said.append(f"lost: {row['error']}" if row["error"] else "lost")
        yield f"switcher   {name}  {', '.join(said)}"
    for number, one in enumerate(air["prompts"]):
        cue = f"  cue {one['cue']}" if one["cue"] else ""
        yield f"{'by hand' if not number else 'then':<9}  {one['text']} on {one['switcher']}{cue}"
    for alarm in state["alarms"]:
        yield f"ALARM      {alarm['time']}  {alarm['text']}"


def _run(run: dict[str, Any], now: float) -> str:
    elapsed = run["elapsed_ms"] if run["paused"] else now - run["zero_ms"]
    planned = run["duration_ms"] is not None and run["waited_ms"] is not None
    length = f" of {_clock(run['duration_ms'] + run['waited_ms'])}" if planned else ""
    waits = ", ".join(_wait(wait, now) for wait in run["waits"])
    word = "paused" if run["paused"] else "running"
    title = run["title"] or ("" if run["cue"] else "a statement")
    head = "  ".join(filter(None, (f"{word:<9}", run["cue"], title, f"{_clock(elapsed)}{length}")))
    parts = [head, f"waits for {waits}" if waits else "", f"then {run['then']} follows" if run["then"] else ""]
    return ", ".join(filter(None, parts))


def _wait(wait: dict[str, Any], now: float) -> str:
    """`go`, `19:30:00, in 0:17`, `osc /ready, 0:20 at most`."""
    at = wait["until_ms"] if wait["until_ms"] is not None else wait["limit_ms"]
    left = wait["left_ms"] if at is None else at - now
    if left is None:
        return str(wait["what"])
    return f"{wait['what']}, in {_clock(left)}" if wait["for"] == "time" else f"{wait['what']}, {_clock(left)} at most"


def _clock(ms: float) -> str:
    return wording.clock(round(ms * MS)).partition(".")[0]
