"""The API described by itself: OpenAPI 3.1, made from the table of routes. Pure."""

from __future__ import annotations

from typing import Any

from cuelang import __version__
from cuelang.web.routes import ROUTES, Route
from cuelang.web.schemas import SCHEMAS, ref

COOKIE = "cuelang"

ABOUT = """\
A running show, from outside. Without a PIN (the default, on this machine only) no authentication is needed; with one, \
send it as `Authorization: Bearer PIN`, or log in and keep the cookie. A request that controls the show may carry \
an idempotency key, as `Idempotency-Key` or as `id` in its body: sent twice, it is done once. A refusal has `error` \
with a code for programs, a message, and a hint."""

REASONS = {
    400: "Malformed request.",
    401: "A PIN is needed, or it is wrong.",
    403: "Forbidden for this role or origin.",
    404: "There is no such cue or camera.",
    409: "Refused: `verdict` and `reason` say why. Or the key was used for a different request.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    421: "Unknown Host header.",
    422: "The statement has an error.",
    429: "Too many requests, or too many wrong PINs.",
    503: "There is no picture.",
}
EVERYWHERE = (400, 421, 429)


def document() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "cuelang", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "pin": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def statuses(route: Route) -> tuple[int, ...]:
    """The troubles that this route may answer with."""
    found = {*EVERYWHERE, *route.troubles}
    if route.method == "POST":
        found |= {403, 413, 415}
    if route.needs != "nothing" or route.name == "login":
        found |= {401, 403} if route.needs == "operate" else {401}
    return tuple(sorted(found))


def _operation(route: Route) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.about,
        "responses": {"200": _response("Done.", route.gives)},
    }
    for status in statuses(route):
        fits = "Refused" if route.wish and status in (404, 409) else "Error"
        shown["responses"][str(status)] = _refusal(REASONS[status], fits)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in route.names]
    parameters += [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in route.query]
    if route.wish:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,80}$"},
            }
        )
    if parameters:
        shown["parameters"] = parameters
    if route.takes is not None:
        content = {"application/json": {"schema": route.takes}}
        shown["requestBody"] = {"required": route.takes_something, "content": content}
    if route.needs != "nothing":
        shown["security"] = [{}, {"pin": []}, {"session": []}]
    return shown


def _response(about: str, gives: str) -> dict[str, Any]:
    if gives in SCHEMAS:
        return {"description": about, "content": {"application/json": {"schema": ref(gives)}}}
    schema = {"type": "object"} if gives == "application/json" else {}
    return {"description": about, "content": {gives: {"schema": schema} if schema else {}}}


def _refusal(about: str, fits: str) -> dict[str, Any]:
    schema = ref("Error") if fits == "Error" else {"anyOf": [ref("Refused"), ref("Error")]}
    return {"description": about, "content": {"application/json": {"schema": schema}}}
