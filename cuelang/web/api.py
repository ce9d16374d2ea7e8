"""`/api/…`: what programs ask, and the page before it has its socket. A method for each row of the table of routes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from cuelang.clock import Clock
from cuelang.commands.switching import BusName
from cuelang.diagnostics import nearest
from cuelang.output.state import state_json
from cuelang.plan import cue_number
from cuelang.playback.located import TooLate, state_before, state_within
from cuelang.runtime.record_json import as_json
from cuelang.transports.stamps import received
from cuelang.web import openapi
from cuelang.web.access import Access
from cuelang.web.auth import Role
from cuelang.web.driving import DRIVE, camera_of, deflection, named, signed
from cuelang.web.errors import HttpError
from cuelang.web.hub import Hub
from cuelang.web.lines import Lines
from cuelang.web.orders import OrderAnswer, WebOrders, checked, on_thread, parsed
from cuelang.web.origin import origin_of
from cuelang.web.routes import MOST_TAIL, ROUTES, TAIL, Route
from cuelang.web.show import ShowApi
from cuelang.web.snapshots import SnapshotCache
from cuelang.web.timeline import timeline
from cuelang.web.wire import read, written

Handler = Callable[[web.Request], Awaitable[web.Response]]
Method = Callable[[web.Request], Awaitable[Mapping[str, Any] | web.Response]]
"""A handler gives JSON, or the whole response."""

PAGE = re.compile(r"https?:[1-9][0-9]{0,4}\Z")

BUSES: tuple[BusName, ...] = ("program", "preview")
STATUS = {"fired": 200, "no_cue": 404}
HINTS = {
    "duplicate": "Repeated request; nothing is lost.",
    "window": "Too soon after the last GO. Wait for go_window, then retry.",
    "no_cue": "`GET /api/cues` lists all cues.",
    "late": "The show was busy for too long; retry if still needed.",
}


class Api:
    """The handlers of `ROUTES`. Each answers JSON or a picture; what is refused is raised as HttpError, which the
    server answers."""

    def __init__(
        self, show: ShowApi, clock: Clock, gate: Access, hub: Hub, orders: WebOrders, looks: SnapshotCache
    ) -> None:
        self._show, self._clock, self._gate = show, clock, gate
        self._hub, self._orders, self._snapshots = hub, orders, looks
        self._lines = Lines(show, orders)
        self._document = openapi.document()
        self._warming: asyncio.Task[None] | None = None
        self._methods: dict[str, Method] = {
            "openapi": self.get_openapi,
            "me": self.get_me,
            "login": self.post_login,
            "logout": self.post_logout,
            "show": self.get_show,
            "state": self.get_state,
            "inputs": self.get_inputs,
            "leads": self.get_leads,
            "journal": self.get_journal,
            "journal_file": self.get_journal_file,
            "cues": self.get_cues,
            "cue": self.get_cue,
            "timeline": self.get_timeline,
            "state_at": self.get_state_at,
            "cameras": self.get_cameras,
            "camera": self.get_camera,
            "picture": self.get_picture,
            "bus_picture": self.get_bus_picture,
            "log": self.get_log,
            "presets": self.get_presets,
            "changes": self.get_changes,
            "preset_picture": self.get_preset_picture,
            "drive": self.post_drive,
            "lines": self.get_lines,
            "check": self.post_check,
            "save": self.post_save,
            "undo_lines": self.post_undo_lines,
        }
        """By the name of the route; those that ask something of the show are answered by `_order`."""

    def routes(self) -> list[web.RouteDef]:
        return [web.route(route.method, route.path, self._handler(route)) for route in ROUTES]

    def _handler(self, route: Route) -> Handler:
        method = None if route.wish else self._methods[route.name]

        async def handle(request: web.Request) -> web.Response:
            if route.needs != "nothing":
                self._gate.let_in(request, route.needs)
            _known(request.query, [name for name, _ in route.query], "parameter")
            if method is None:
                return await self._order(route, request)
            found = await method(request)
            return found if isinstance(found, web.Response) else answered(found)

        return handle

    # --- who -----------------------------------------------------------------------------------------------

    async def get_openapi(self, request: web.Request) -> dict[str, Any]:
        return self._document

    async def get_me(self, request: web.Request) -> dict[str, Any]:
        return self._me(self._gate.role(request))

    async def post_login(self, request: web.Request) -> web.Response:
        data = await _body(request, ("pin",))
        pin = data.get("pin")
        if not isinstance(pin, str) or not 1 <= len(pin) <= 200:
            raise HttpError(400, "pin_missing", "A PIN is needed.", 'As in {"pin": "4711"}.')
        self._gate.queue(request, pin)
        role = self._gate.log_in(request, pin)
        response = answered(self._me(role))
        self._gate.give_cookie(request, response, role)
        return response

    async def post_logout(self, request: web.Request) -> web.Response:
        response = answered(self._me(None))
        await self._gate.log_out(request, response)
        return response

    def _me(self, role: Role | None) -> dict[str, Any]:
        return {"role": role, "pin": self._gate.locked}

    # --- what there is -------------------------------------------------------------------------------------

    async def get_show(self, request: web.Request) -> dict[str, Any]:
        moment = self._hub.state()
        state = moment["state"]
        return {
            **state["show"],
            "session": self._orders.session,
            "clock": moment["clock"],
            "cues": len(state["order"]["cues"]),
            "cameras": len(state["order"]["cameras"]),
            **{name: state[name] for name in ("standby", "show_mode", "stopping", "counts")},
        }

    async def get_state(self, request: web.Request) -> dict[str, Any]:
        return self._hub.state()

    async def get_inputs(self, request: web.Request) -> dict[str, Any]:
        state = self._hub.state()["state"]
        return {"inputs": state["inputs"], "heard": state["heard"]}

    async def get_leads(self, request: web.Request) -> dict[str, Any]:
        return self._show.beside.leads()

    async def get_journal(self, request: web.Request) -> dict[str, Any]:
        query, by = request.query, request.query.get("by")
        after, leads = query.get("after", "0"), query.get("leads", "0")
        if not (after.isascii() and after.isdecimal() and len(after) <= 10 and int(after) <= 1 << 31):
            raise HttpError(400, "bad_value", "`after` is the number of a record.", "0 for all of them.")
        if leads not in ("0", "1"):
            raise HttpError(400, "bad_value", "`leads` is 0 or 1.", "0 if it is left out.")
        if by is not None:
            self._gate.let_in(request, "operate")
            by = _page_of(request, by)
        try:
            return await self._show.beside.journal(int(after), by, leads == "1")
        except OSError as error:
            raise HttpError(503, "no_journal", f"The journal cannot be read: {error}.") from None

    async def get_journal_file(self, request: web.Request) -> dict[str, Any]:
        found = await self._show.beside.file(request.match_info["digest"])
        if found is None:
            raise HttpError(404, "no_such_file", "The journal has no such file.")
        return {"text": found}

    async def get_cues(self, request: web.Request) -> dict[str, Any]:
        return {"cues": self._rows("cues")}

    async def get_cue(self, request: web.Request) -> dict[str, Any]:
        cue: dict[str, Any] = self._hub.state()["state"]["cues"][self._number(request)]
        return cue

    async def get_timeline(self, request: web.Request) -> dict[str, Any]:
        number, plan = self._number(request), self._show.plan
        return next(timeline(plan, cue) for cue in plan.cues if cue.number == number)

    async def get_state_at(self, request: web.Request) -> dict[str, Any]:
        plan, number, text = self._show.plan, self._cue(request.query.get("cue", "")), request.query.get("at")
        if text is None:
            return state_json(plan, state_before(plan, number), number, 0)
        at = self._orders.time(text)
        cue = next(cue for cue in plan.cues if cue.number == number)
        try:
            return state_json(plan, await on_thread(lambda: state_within(plan, cue, at)), number, at)
        except TooLate as late:
            raise HttpError(400, "too_late", str(late), "Give an earlier time.") from None

    async def get_cameras(self, request: web.Request) -> dict[str, Any]:
        return {"cameras": self._rows("cameras")}

    async def get_camera(self, request: web.Request) -> dict[str, Any]:
        camera: dict[str, Any] = self._hub.state()["state"]["cameras"][self._camera(request)]
        return camera

    async def get_picture(self, request: web.Request) -> web.Response:
        name = self._camera(request)
        if not self._show.has_picture(name):
            raise HttpError(404, "no_picture", f"{name} has no pictures.", "Give it an `http` address in the rig.")
        picture = await self._snapshots.picture(name)
        if picture is None:
            raise HttpError(503, "dark", f"{name} has no picture at the moment.", "Retry in a second.")
        return web.Response(body=picture, content_type="image/jpeg")

    async def get_bus_picture(self, request: web.Request) -> web.Response:
        name, word = request.match_info["switcher"], request.match_info["bus"]
        bus = next((one for one in BUSES if one == word), None)
        names = [switcher.name for switcher in self._show.plan.switchers]
        if name not in names:
            hint = nearest(name[:40], names).strip()
            raise HttpError(404, "no_such_switcher", f"Unknown switcher “{name[:40]}”.", hint)
        if bus is None:
            raise HttpError(404, "no_such_bus", f"Unknown bus “{word[:40]}”.", "Expected program or preview.")
        if not self._show.has_shot(name):
            raise HttpError(404, "no_picture", f"{name} has no pictures.", "Only a simulated switcher has them.")
        picture = await self._snapshots.bus(name, bus)
        if picture is None:
            raise HttpError(503, "dark", f"{name} has no {bus} picture at the moment.", "Retry in a second.")
        return web.Response(body=picture, content_type="image/jpeg")

    async def get_log(self, request: web.Request) -> dict[str, Any]:
        text = request.query.get("tail", str(TAIL))
        if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MOST_TAIL):
            raise HttpError(400, "bad_tail", f"tail is a number from 0 to {MOST_TAIL}.", f"The default is {TAIL}.")
        return {"records": [as_json(record) for record in self._show.records(int(text))]}

    def _rows(self, table: str) -> list[Any]:
        state = self._hub.state()["state"]
        return [state[table][name] for name in state["order"][table]]

    def _number(self, request: web.Request) -> str:
        return self._cue(request.match_info["cue"])

    def _cue(self, text: str) -> str:
        try:
            number = cue_number(text)
        except ValueError:
            raise HttpError(404, "no_cue", f"“{text[:40]}” is not a cue number.", "As in /api/cues/12.5") from None
        if not any(cue.number == number for cue in self._show.plan.cues):
            raise HttpError(404, "no_cue", f"There is no cue {number[:40]}.", "`GET /api/cues` lists all cues.")
        return number

    def _camera(self, request: web.Request) -> str:
        return camera_of(request.match_info, self._show.plan)

    async def get_presets(self, request: web.Request) -> dict[str, Any]:
        name = self._camera(request)
        self._warming = self._warming or asyncio.get_running_loop().create_task(self._show.warm())
        return {"presets": await on_thread(lambda: self._show.presets(name))}

    async def get_changes(self, request: web.Request) -> dict[str, Any]:
        changes = self._show.preset_changes(self._camera(request), self._preset(request))
        return {"changes": [
            {"kind": one.kind, "who": one.who, "wall": one.wall, "did": one.did} for one in changes
        ]}  # fmt: skip

    async def get_preset_picture(self, request: web.Request) -> web.Response:
        camera, preset = self._camera(request), self._preset(request)
        picture = await on_thread(lambda: self._show.preset_picture(camera, preset))
        if picture is None:
            raise HttpError(404, "no_picture", f"{preset} has no picture yet.", "It is taken when it is stored.")
        return web.Response(body=picture, content_type="image/jpeg")

    def _preset(self, request: web.Request) -> str:
        camera = self._show.plan.camera(request.match_info["camera"])
        name, names = request.match_info["preset"], [one.name for one in camera.presets]
        if name not in names:
            raise HttpError(404, "no_such_preset", f"Unknown preset “{name[:40]}”.", nearest(name[:40], names).strip())
        return name

    async def post_drive(self, request: web.Request) -> dict[str, Any]:
        name = self._camera(request)
        data = await _body(request, tuple(DRIVE))
        who, where = named(data), self._gate.address(request)
        source = signed(f"http {where}", data)
        person = f"{origin_of(request.remote or '')} {who}"
        done = self._show.drive(
            person,
            who or f"http {origin_of(where)}",
            deflection(data, name),
            source,
            received(request.transport, self._clock),
        )
        return {"state": done.state, "reason": done.reason}

    async def get_lines(self, request: web.Request) -> dict[str, Any]:
        return await self._lines.read(self._number(request))

    async def post_check(self, request: web.Request) -> dict[str, Any]:
        return await self._lines.check(self._number(request), await _body(request, ("tag", "text")))

    async def post_save(self, request: web.Request) -> dict[str, Any]:
        data = await _body(request, ("tag", "text", "who"))
        return await self._lines.save(self._number(request), data, *self._asker(request, data))

    async def post_undo_lines(self, request: web.Request) -> dict[str, Any]:
        return await self._lines.undo(*self._asker(request, await _body(request, ("who",))))

    def _asker(self, request: web.Request, data: Mapping[str, Any]) -> tuple[str, int]:
        """Who asks, and when it came in. Raises HttpError for one that asks too often."""
        self._gate.not_too_often(request, "reload")
        return signed(f"http {self._gate.address(request)}", data), received(request.transport, self._clock)

    # --- what is asked -------------------------------------------------------------------------------------

    async def _order(self, route: Route, request: web.Request) -> web.Response:
        assert route.wish is not None and route.takes is not None
        self._gate.not_too_often(request, route.wish)
        data = await _body(request, tuple(route.takes["properties"]))
        order = parsed({**data, "verb": route.wish, **request.match_info})
        keys = [key for key in (request.headers.get("Idempotency-Key"), data.get("id")) if key is not None]
        for key in keys:
            checked(key)
        answer, repeated = await self._orders.once(
            keys[0] if keys else None,
            order,
            signed(f"http {self._gate.address(request)}", data),
            received(request.transport, self._clock),
        )
        return _judged(answer, repeated)


def _judged(answer: OrderAnswer, repeated: bool) -> web.Response:
    shown = {**answer.json(), "repeated": repeated}
    if answer.verdict != "fired":
        fault = HttpError(409, answer.verdict, answer.reason or answer.verdict, HINTS.get(answer.verdict, ""))
        shown |= fault.json()
    return answered(shown, STATUS.get(answer.verdict, 409))


def answered(data: Any, status: int = 200) -> web.Response:
    return web.Response(text=written(data), status=status, content_type="application/json")


async def _body(request: web.Request, names: tuple[str, ...]) -> dict[str, Any]:
    """The JSON object in the body; none is an empty one. Raises HttpError."""
    raw = await request.read()
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise HttpError(415, "no_json", "The body must be JSON.", "Send it as Content-Type: application/json.")
    data = read(raw, "The body")
    _known(data, names, "field")
    return data


def _known(given: Any, names: Any, what: str) -> None:
    for name in given:
        if name not in names:
            hint = nearest(name[:40], names).strip() or (f"There is {', '.join(names)}." if names else "Leave it out.")
            raise HttpError(400, f"unknown_{what}", f"There is no {what} “{name[:40]}” here.", hint)


def _page_of(request: web.Request, by: str) -> str:
    """The address of the page of the machine that asks, from its scheme and port: `http:8000`."""
    if not PAGE.match(by):
        raise HttpError(400, "bad_value", "`by` is the scheme and the port of a page.", "As in “http:8000”.")
    scheme, _, port = by.partition(":")
    host = request.remote or ""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
