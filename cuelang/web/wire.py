"""JSON in and out: one place where bytes become data and data bytes, and neither can fail unforeseen."""

from __future__ import annotations

import json
from typing import Any

from cuelang.plain import is_whole, whole
from cuelang.web.errors import HttpError


def written(data: Any) -> str:
    """The text of what is sent; it can always be encoded."""
    return whole(json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str))


def read(raw: str | bytes, what: str) -> dict[str, Any]:
    """The object that a client has sent; `what` names it, as in `The body`. Raises HttpError."""
    try:
        data = json.loads(raw)
        text = json.dumps(data, ensure_ascii=False)
    except (ValueError, RecursionError):
        raise HttpError(400, "bad_json", f"{what} is not valid JSON.", 'As in {"cue": "12.5"}.') from None
    if not isinstance(data, dict):
        raise HttpError(400, "bad_json", f"{what} must be an object.", 'As in {"cue": "12.5"}.')
    if not is_whole(text):
        raise half(what)
    return data


def half(what: str) -> HttpError:
    return HttpError(
        400,
        "half_character",
        f"{what} contains an unpaired surrogate.",
        "A surrogate needs the other one of its pair.",
    )
