"""Hands on cameras, as pages and other programs say them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from cuelang.diagnostics import nearest
from cuelang.plan import Plan
from cuelang.playback.hands import Deflection, Framed, FramingKind
from cuelang.runtime.board import who as short_name
from cuelang.triggers.gestures import checked
from cuelang.web.auth import Role
from cuelang.web.errors import HttpError
from cuelang.web.show import ShowApi
from cuelang.web.wire import read, written

DRIVE = ("pan", "tilt", "zoom", "focus", "speed", "live", "take", "who")
"""What a drive may say beside its camera."""


def deflection(data: Mapping[str, Any], camera: str) -> Deflection:
    """Raises HttpError."""
    try:
        return checked(data, camera)
    except ValueError as error:
        raise HttpError(400, "bad_value", str(error), 'As in {"pan": -0.5, "tilt": 0}.') from None


def signed(source: str, data: Mapping[str, Any]) -> str:
    """Where it comes from, and the person's name if there is one: `page 10.0.0.9:51230 (Anna)`. Raises HttpError."""
    who = named(data)
    return f"{source} ({who})" if who else source


def named(data: Mapping[str, Any]) -> str:
    """The person's name, empty if none is given. Raises HttpError."""
    who = data.get("who")
    if who is None:
        return ""
    if not isinstance(who, str) or not 1 <= len(who.strip()) <= 40 or not who.isprintable():
        raise HttpError(400, "bad_value", "`who` is a name of 1 to 40 characters.", 'As in {"who": "Anna"}.')
    return who.strip()


def camera_of(data: Mapping[str, Any], plan: Plan) -> str:
    """Raises HttpError."""
    name, names = data.get("camera"), [camera.name for camera in plan.cameras]
    if not isinstance(name, str) or name not in names:
        near = nearest(name[:40], names).strip() if isinstance(name, str) else ""
        raise HttpError(404, "no_such_camera", f"Unknown camera “{str(name)[:40]}”.", near)
    return name


class PageHands:
    """The hands of one page: `{"type": "drive", "camera": "foh", "pan": -0.5 …}`, without an `id`. It gets an
    answer only when that has changed."""

    def __init__(self, show: ShowApi, page: web.WebSocketResponse, role: Role, source: str) -> None:
        self._show, self._page, self._role, self._source = show, page, role, source
        self._person = f"page {id(page)}"
        self._told: dict[str, dict[str, Any]] = {}

    async def hear(self, text: str, came: int) -> bool:
        """Whether this was a drive. What is wrong with it is answered."""
        if '"drive"' not in text:
            return False
        try:
            data = read(text, "A message")
        except HttpError:
            return False
        if data.get("type") != "drive":
            return False
        answer = {"type": "drive", "camera": str(data.get("camera"))[:40], **self._driven(data, came)}
        if self._told.get(answer["camera"]) != answer:
            if len(self._told) >= 100:
                self._told.clear()
            self._told[answer["camera"]] = answer
            with contextlib.suppress(ConnectionError):
                await self._page.send_str(written(answer))
        return True

    def _driven(self, data: Mapping[str, Any], came: int) -> dict[str, Any]:
        try:
            if self._role != "operate":
                raise HttpError(403, "not_allowed", "You may look, but not operate.", "Log in with the operator's PIN.")
            who, camera = named(data), camera_of(data, self._show.plan)
            source = signed(self._source, data)
            done = self._show.drive(
                self._person, who or short_name(self._source), deflection(data, camera), source, came
            )
        except HttpError as fault:
            return {"state": "lost", "reason": fault.message, **fault.json()}
        return {"state": done.state, "reason": done.reason}

    def gone(self) -> None:
        """The page was closed: what it drives stops."""
        self._show.gone(self._person)


def framed(kind: FramingKind, data: Mapping[str, Any]) -> Framed:
    """A change of a preset. Raises HttpError."""
    words = {}
    wanted = ("camera", "name") if kind in ("trace start", "trace stop") else ("camera", "preset")
    for name in wanted:
        value = data.get(name)
        if name == "name" and value is None:
            words[name] = ""
            continue
        if not isinstance(value, str) or not 0 < len(value) <= 100:
            raise HttpError(400, f"{name}_missing", f"`{kind}` needs a {name}.", 'As in {"preset": "throne"}.')
        words[name] = value
    number, step, live = data.get("number"), data.get("step", 1), data.get("live", False)
    if number is not None and not (isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= 254):
        raise HttpError(400, "bad_value", "`number` is the camera's number of the preset.", 'As in {"number": 4}.')
    if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= 20:
        raise HttpError(400, "bad_value", "`step` is a number from 1 to 20.", "1 undoes the last change.")
    if not isinstance(live, bool):
        raise HttpError(400, "bad_value", "`live` is true or false.", 'As in {"live": true}.')
    return Framed(kind, words["camera"], words[wanted[1]], named(data), number, live, step)
