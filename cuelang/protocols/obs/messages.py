"""Messages to OBS and its answers: requests, replies, transitions."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from msgspec import Struct

from cuelang.units import MS


class Op(IntEnum):
    """What a message is."""

    HELLO = 0
    IDENTIFY = 1
    IDENTIFIED = 2
    EVENT = 5
    REQUEST = 6
    RESPONSE = 7


EVENTS = 0x7FF | 1 << 17 | 1 << 18
"""Everything that OBS says of its own accord, and the activity of inputs, which is not part of "all"."""
SHORTEST_MS, LONGEST_MS = 50, 20_000
WORDS = {
    501: "it is not running",
    500: "it is already running",
    506: "studio mode is off",
    600: "OBS has no resource of that name",
    602: "that is not the name of a scene",
    604: "OBS cannot do that here",
}


def authentication(password: str, salt: str, challenge: str) -> str:
    """The sum of a password that OBS asks for."""
    secret = base64.b64encode(hashlib.sha256(f"{password}{salt}".encode()).digest()).decode()
    return base64.b64encode(hashlib.sha256(f"{secret}{challenge}".encode()).digest()).decode()


def milliseconds(over: int) -> int:
    """`over` ns as OBS takes it: 50 ms to 20 s."""
    return max(SHORTEST_MS, min(LONGEST_MS, round(over / MS)))


def native(text: str) -> str | None:
    """What is wrong with a request in OBS's own words; None: nothing."""
    try:
        split_native(text)
    except ValueError as error:
        return str(error)
    return None


def split_native(text: str) -> tuple[str, dict[str, Any]]:
    """`SetInputMute {…}`: the request and its data. ValueError says what is wrong."""
    name, _, rest = text.strip().partition(" ")
    if not (name.isascii() and name.isalnum()):
        raise ValueError('OBS needs a request and its data, for example "SetInputMute {\\"inputName\\": \\"Mic\\"}"')
    if not rest.strip():
        return name, {}
    try:
        data = json.loads(rest)
    except (ValueError, RecursionError):
        raise ValueError(f"the data after {name} is not JSON") from None
    if not isinstance(data, dict):
        raise ValueError(f"the data after {name} is not a JSON object")
    return name, data


class ObsReply(Struct, frozen=True):
    """The answer to a request."""

    code: int
    comment: str
    data: Mapping[str, Any]

    @property
    def good(self) -> bool:
        return self.code == 100

    @property
    def words(self) -> str:
        return self.comment.rstrip(".") or WORDS.get(self.code) or f"OBS rejected it (code {self.code})"


class Transition(Struct, frozen=True):
    """A scene transition: by kind, for its name is in the language of the person at OBS."""

    name: str
    kind: str
    fixed: bool = False
    """Its length cannot be chosen."""


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def objects(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def transition_of(row: Mapping[str, Any]) -> Transition:
    return Transition(
        string(row.get("transitionName")), string(row.get("transitionKind")), bool(row.get("transitionFixed"))
    )


def packed(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))
