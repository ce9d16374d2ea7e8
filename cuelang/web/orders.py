"""What people ask for by page and API, judged once.

An order becomes one `Request` of the show, with its one verdict. The key that comes with it makes it safe to send
it again: what was asked with it before is not done twice, and the answer is the same.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, cast, get_args

from msgspec import Struct
from msgspec.structs import replace

from cuelang.aside import loop_first
from cuelang.clock import Clock
from cuelang.diagnostics import nearest
from cuelang.lang.values import FPS
from cuelang.plan import CameraAction, NextCue, Plan, Swap, cue_number, named_cue
from cuelang.playback.effects import LocateMoment, Request, Verb, Verdict
from cuelang.playback.hands import KINDS, Framed
from cuelang.playback.rules import RULES
from cuelang.runtime.board import who
from cuelang.runtime.running_show import DoneOrWhy
from cuelang.runtime.view import Mistake
from cuelang.technician import statement
from cuelang.technician.session import CameraError
from cuelang.triggers import desk, keys
from cuelang.triggers.jump import time_of
from cuelang.web.driving import framed
from cuelang.web.errors import HttpError
from cuelang.web.show import ShowApi

Wish = Literal[
    Verb,
    "key",
    "lock",
    "unlock",
    "cut",
    "preview",
    "dissolve",
    "take",
    "auto",
    "stream start",
    "stream stop",
    "record start",
    "record stop",
    "note",
    "flag",
    "update",
    "new preset",
    "undo",
    "store again",
    "trace start",
    "trace stop",
    "mute",
    "unmute",
    "takeover",
]
WISHES: tuple[Wish, ...] = get_args(Wish)
NEEDS_CUE = frozenset(("start", "standby", "locate"))
BUTTONS: frozenset[Wish] = frozenset(desk.BUTTONS)
"""Those of a switcher."""
MAY_HAVE_CUE = frozenset(("go", "start", "standby", "stop", "pause", "resume", "locate", "note", "flag"))
OF_NEXT = frozenset(verb for verb, rule in RULES.items() if rule.next)

KEY = re.compile(r"[A-Za-z0-9._-]{8,80}\Z")
KEYS = 4096
"""Keys that are remembered: at twenty a second, the last three minutes; in a show, the whole evening."""
MAX_TEXT_CHARS = 500
"""Characters of a statement."""


class Jump(Struct, frozen=True):
    """What a `locate` says besides its cue; `at` as it was written. `asks`: it asks first, as a button does."""

    at: str | None = None
    live: bool = False
    go: bool = False
    asks: bool = False


class WebOrder(Struct, frozen=True):
    """`cue` as it was written. `expect`: the cue that has to stand by for a GO; `releases`: the one that it has to
    release, or `nothing`."""

    wish: Wish
    cue: str | None = None
    expect: str | None = None
    releases: str | None = None
    camera: str = ""
    text: str = ""
    key: str = ""
    session: str | None = None
    press: desk.Press | None = None
    """Of a switcher's button."""
    jump: Jump | None = None
    """Of a `locate`."""
    on: bool = True
    """Of a `flag`: false takes it away."""
    framed: Framed | None = None
    """Of a preset."""
    swap: Swap | None = None
    input: str = ""
    """Of `mute` and `unmute`."""

    @property
    def said(self) -> str:
        """As the log shows it: `go 2`."""
        return f"{self.wish} {self.cue}" if self.cue else self.wish


class OrderAnswer(Struct, frozen=True):
    """`did`: what a fired request has done, in words. `mistakes`: why a reload was refused."""

    request: str
    verdict: str
    reason: str = ""
    did: str = ""
    mistakes: tuple[Mistake, ...] = ()

    def json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "request": self.request, "verdict": self.verdict, "reason": self.reason, "did": self.did,
        }  # fmt: skip
        if self.mistakes:
            shown["mistakes"] = [{"place": one.place, "text": one.text, "hint": one.hint} for one in self.mistakes]
        return shown


def parsed(data: Mapping[str, Any], *, pressed: bool = False) -> WebOrder:
    """The order in a message or a body; `pressed`: of a page, where what moves the whole rig is asked for twice. Raises
    HttpError."""
    wish = data.get("verb")
    if wish not in WISHES:
        hint = nearest(wish, WISHES).strip() if isinstance(wish, str) and len(wish) < 40 else ""
        raise HttpError(400, "no_such_verb", f"Unknown verb “{_short(wish)}”.", hint or f"One of {', '.join(WISHES)}.")
    words = {
        name: _word(data, name) for name in ("cue", "expect", "releases", "camera", "text", "key", "session", "input")
    }
    cue = words["cue"]
    if cue is not None and wish not in MAY_HAVE_CUE:
        raise HttpError(400, "no_cue_here", f"`{wish}` takes no cue.", "Remove `cue`.")
    if cue is None and wish in NEEDS_CUE:
        raise HttpError(400, "cue_missing", f"{wish} needs a cue.", 'Give its number, as in {"cue": "12.5"}.')
    if wish == "statement" and not (words["camera"] and words["text"]):
        raise HttpError(
            400, "statement_missing", "A camera and a statement are needed.", 'As in {"text": "zoom to 50% over 2s"}.'
        )
    if wish == "note" and not words["text"]:
        raise HttpError(400, "text_missing", "A note needs a text.", 'As in {"text": "the band was loud"}.')
    if (wish in ("mute", "unmute")) != (words["input"] is not None):
        raise HttpError(
            400,
            "input_missing",
            "`input` is the name of an input, and goes with `mute` and `unmute`.",
            'As in {"input": "keys"}.',
        )
    on = data.get("on", True)
    if not isinstance(on, bool):
        raise HttpError(400, "bad_value", "`on` is true or false.", 'As in {"cue": "12", "on": false}.')
    if (wish == "key") != (words["key"] is not None):
        raise HttpError(
            400, "key_missing", "`key` is the name of a key, and goes with nothing else.", 'As in {"key": "F8"}.'
        )
    return WebOrder(
        cast(Wish, wish),
        cue,
        words["expect"],
        words["releases"],
        words["camera"] or "",
        words["text"] or "",
        words["key"] or "",
        words["session"],
        _press(wish, data) if wish in BUTTONS else None,
        _jump(data, pressed) if wish == "locate" else None,
        on,
        framed(wish, data) if wish in KINDS else None,
        _swap(data) if wish == "swap" else None,
        words["input"] or "",
    )


def _jump(data: Mapping[str, Any], pressed: bool) -> Jump:
    at, live, go = data.get("at"), data.get("live", False), data.get("go", False)
    if isinstance(at, int | float) and not isinstance(at, bool):
        at = f"{at}"
    if at is not None and not (isinstance(at, str) and 0 < len(at) <= 20):
        raise HttpError(400, "bad_value", "`at` is a time: how long into the cue.", 'As in {"at": "2.5s"}.')
    if not isinstance(live, bool) or not isinstance(go, bool):
        raise HttpError(400, "bad_value", "`live` and `go` are true or false.", 'As in {"live": true}.')
    if go and at is not None:
        raise HttpError(400, "bad_value", "`go` fires a cue from its start.", "Remove `at` or `go`.")
    return Jump(at, live, go, pressed)


def _swap(data: Mapping[str, Any]) -> Swap:
    camera, other, anyway = _word(data, "camera"), _word(data, "for"), data.get("anyway", False)
    if camera is None or other is None:
        example = 'As in {"camera": "foh", "for": "spare"}.'
        raise HttpError(400, "camera_missing", "`swap` needs a camera, and `for`: the one that replaces it.", example)
    if not isinstance(anyway, bool):
        raise HttpError(400, "bad_value", "`anyway` is true or false.", 'As in {"anyway": true}.')
    return Swap(camera, other, anyway)


def _press(button: desk.Button, data: Mapping[str, Any]) -> desk.Press:
    source, switcher, seconds = _word(data, "source"), _word(data, "switcher"), data.get("over")
    transition = _word(data, "with")
    if button in desk.NAMES_SOURCE and source is None:
        raise HttpError(400, "source_missing", f"`{button}` needs a source.", 'As in {"source": "left"}.')
    if transition is not None and button not in desk.MIXES:
        raise HttpError(
            400, "bad_value", "`with` is the transition of `auto` or `dissolve`.", 'As in {"with": "Fade"}.'
        )
    over = None
    if seconds is not None:
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and button in desk.MIXES:
            over = desk.nanoseconds(seconds)
        if over is None:
            raise HttpError(
                400, "bad_value", "`over` is the length of `auto` or `dissolve` in seconds.", 'As in {"over": 1.5}.'
            )
    return desk.Press(button, None if button in desk.OUTPUTS else source, switcher, over, transition)


def checked(key: object) -> None:
    """Raises HttpError for what is not an idempotency key."""
    if not isinstance(key, str) or not KEY.match(key):
        raise HttpError(400, "bad_key", "Not a valid idempotency key.", "8 to 80 of A-Z a-z 0-9 . _ and -")


def _word(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and name in ("cue", "expect", "releases"):
        value = f"{value}"
    most = MAX_TEXT_CHARS if name == "text" else 100
    if not isinstance(value, str) or not value or len(value) > most:
        raise HttpError(400, "bad_value", f"`{name}` is a text of 1 to {most} characters.", "Cue numbers too: “12.5”.")
    return value


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


class WebOrders:
    """Puts orders to the show. `session` names this run of the program."""

    def __init__(self, show: ShowApi, clock: Clock, session: str) -> None:
        self._show = show
        self._clock = clock
        self.session = session
        self._known: OrderedDict[str, tuple[WebOrder, asyncio.Task[OrderAnswer]]] = OrderedDict()
        self._compiling = asyncio.Lock()

    async def once(self, key: str | None, order: WebOrder, source: str, received: int) -> tuple[OrderAnswer, bool]:
        """The answer, and whether it is that of an earlier sending. Without a key every sending counts. `received` is
        when (loop ns) it came in. Raises HttpError; what has raised has not been done, and is not remembered."""
        if key is None:
            return await self._ask(order, source, received, ""), False
        checked(key)
        if key in self._known:
            before, asked = self._known[key]
            if before != order:
                raise HttpError(
                    409, "key_reused", "This key was used for a different request.", "Make a new key each time."
                )
            return await asyncio.shield(asked), True
        # A task of its own: the client may be gone before the verdict, and what was asked stays asked.
        asked = asyncio.get_running_loop().create_task(self._ask(order, source, received, key))
        self._known[key] = (order, asked)
        if len(self._known) > KEYS:
            self._known.popitem(last=False)
        asked.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(asked), False

    def _forget(self, key: str, done: asyncio.Task[OrderAnswer]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._known.pop(key, None)

    async def _ask(self, order: WebOrder, source: str, received: int, key: str) -> OrderAnswer:
        show = self._show
        if order.session not in (None, self.session):
            raise HttpError(409, "other_session", "The show has restarted.", "Check and retry.")
        if order.wish in ("lock", "unlock"):
            return _done(order.wish, await show.lock(order.wish == "lock", source))
        if order.wish in ("mute", "unmute"):
            return _done(f"{order.wish} {order.input}", await show.mute(order.input, order.wish == "mute", source))
        if order.wish == "takeover":
            return _done("takeover", await show.beside.take_over(source))
        if order.wish in ("note", "flag"):
            return await self._written(order, source)
        if order.wish == "statement":
            return await self._statement(order, source, received, key)
        if order.framed is not None:
            wanted = order.framed
            return _told(await show.frame(replace(wanted, who=wanted.who or who(source)), source, received))
        if order.press is not None:
            return await self._pressed(order.press, source, received, key)
        if order.wish == "key":
            return await self._decided(replace(self._key(order.key, source, received), key=key))
        return await self._requested(order, source, received, key)

    def _key(self, name: str, source: str, received: int) -> Request:
        """What a key of the sheet asks for. Raises HttpError."""
        plan = self._show.plan
        pressed = keys.asked(plan, name, f"{source} key", received)
        if pressed is None:
            named = ", ".join(key for key, _ in keys.named(plan)) or "none"
            raise HttpError(404, "no_such_key", f"The sheet does not assign the key {_short(name)}.", f"Keys: {named}.")
        return pressed

    async def _requested(self, order: WebOrder, source: str, received: int, key: str) -> OrderAnswer:
        """What is asked of the cue list. It is refused if the list is not as the page showed it."""
        show = self._show
        cue = named_cue(order.cue)
        request = Request(cast(Verb, order.wish), cue, source, received)
        if cue is not None and not (isinstance(cue, NextCue) and order.wish in OF_NEXT):
            try:
                number = cue_number(str(cue))
            except ValueError as error:
                return self._refused(request, "no_cue", str(error))
            request = Request(request.verb, number, source, received)
        if order.swap is not None:
            request = replace(request, swap=order.swap)
        if order.jump is not None:
            request = replace(request, moment=self._moment(order.jump), pressed=order.jump.asks)
        standby = show.view().standby if order.expect is not None else None
        if order.expect is not None and order.expect != standby:
            now = f"cue {standby} stands by now" if standby else "nothing stands by now"
            return self._refused(request, "refused", f"{now}, not cue {order.expect}")
        go = show.view().go if order.releases is not None else None
        releases = go.cue if go is not None and go.does == "releases" else "nothing"
        if go is not None and order.releases != releases:
            other = (
                f"cue {order.releases} no longer waits" if releases == "nothing" else f"cue {releases} waits for GO now"
            )
            return self._refused(request, "refused", other)
        return await self._decided(replace(request, key=key))

    async def _written(self, order: WebOrder, source: str) -> OrderAnswer:
        """A note or a flag: about the cue that is named, else the one that was fired last."""
        view, by = self._show.view(), who(source)
        try:
            cue = view.last_cue or "" if order.cue is None else cue_number(order.cue)
        except ValueError as error:
            return OrderAnswer(order.said, "no_cue", str(error))
        if (cue or order.wish == "flag") and not any(one.number == cue for one in self._show.plan.cues):
            return OrderAnswer(order.said, "no_cue", f"there is no cue {cue}" if cue else "nothing was fired yet")
        if order.wish == "note":
            done, said = await self._show.remark(cue, order.text, by)
            did = f"noted on cue {cue}" if cue else "noted"
        else:
            done, said = await self._show.flag(cue, order.on, by)
            did = f"cue {cue} is {'flagged' if order.on else 'no longer flagged'}"
        return _done(order.said, (done, did if done else said))

    def _moment(self, jump: Jump) -> LocateMoment:
        return LocateMoment(None if jump.at is None else self.time(jump.at), jump.live, jump.go)

    def time(self, text: str) -> int:
        """`2.5s` in ns; frames are those of the show. Raises HttpError."""
        fps = self._show.plan.settings.fps
        try:
            return time_of(text, FPS[fps] if fps else None)
        except ValueError as error:
            raise HttpError(400, "bad_value", str(error), "As in “2.5s”.") from None

    async def _pressed(self, press: desk.Press, source: str, received: int, key: str) -> OrderAnswer:
        asked = desk.asked(self._show.plan, press, source, received)
        if isinstance(asked, Verdict):
            self._show.settled(asked)
            return _told(asked)
        told = await self._decided(replace(asked, key=key))
        return replace(told, did=f"{press.said}: sent") if told.verdict == "fired" and not told.did else told

    async def _decided(self, request: Request) -> OrderAnswer:
        told = _told(await self._show.decide(request))
        failed = request.verb in ("reload", "swap") and told.verdict == "refused"
        return replace(told, mistakes=self._show.view().mistakes) if failed else told

    def _refused(self, request: Request, word: Literal["no_cue", "refused"], reason: str) -> OrderAnswer:
        verdict = Verdict(request, word, reason)
        self._show.settled(verdict)
        return _told(verdict)

    async def _statement(self, order: WebOrder, source: str, received: int, key: str) -> OrderAnswer:
        plan = self._show.plan
        action = await self._compiled(plan, order)
        return await self._decided(
            Request("statement", None, f"{source} ({order.camera}: {order.text})", received, statement=action, key=key)
        )

    async def _compiled(self, plan: Plan, order: WebOrder) -> CameraAction:
        """On a thread that lets the loop through."""
        names = [camera.name for camera in plan.cameras]
        if order.camera not in names:
            raise HttpError(
                404, "no_such_camera", f"Unknown camera “{order.camera}”.", nearest(order.camera, names).strip()
            )
        async with self._compiling:
            return await on_thread(lambda: _action(order.text, plan, order.camera))


T = TypeVar("T")


async def on_thread(work: Callable[[], T]) -> T:
    """Work that takes long, on a thread that lets the show's loop through."""
    with loop_first():
        return await asyncio.to_thread(work)


def _action(text: str, plan: Plan, name: str) -> CameraAction:
    try:
        return statement.action(text, plan.camera(name), os.path.dirname(plan.file))
    except CameraError as error:
        raise HttpError(422, "no_statement", str(error)) from None
    except statement.StatementMistake as error:
        first = error.diagnostics[0]
        raise HttpError(422, first.code, first.message, first.hint or "") from None


def _done(asked: str, done: DoneOrWhy) -> OrderAnswer:
    return OrderAnswer(asked, "fired", did=done[1]) if done[0] else OrderAnswer(asked, "refused", done[1])


def _told(verdict: Verdict) -> OrderAnswer:
    return OrderAnswer(verdict.request.text, verdict.verdict, verdict.reason, verdict.did)
