"""What MQTT's topics and payloads mean to a show. Pure; the protocol itself is aiomqtt's."""

from __future__ import annotations

import math

import msgspec

MAX_PAYLOAD_BYTES = 65_536
"""Bytes of a payload that is looked at."""
MqttValue = int | float | str
_decode = msgspec.json.Decoder().decode


def topic_problem(topic: str, *, wild: bool = False) -> str:
    """What is wrong with a topic, or nothing. `wild`: `+` may stand for one level, and `#` at the end for all."""
    parts = topic.split("/")
    if not topic or len(topic.encode("utf-8", "replace")) > 65_535 or "\0" in topic:
        return "This is not an MQTT topic: it needs one character at least."
    if not wild and ("+" in topic or "#" in topic):
        return f"“{topic}” is not one topic: `+` and `#` stand for many."
    if any(("+" in part and part != "+") or ("#" in part and part != "#") for part in parts) or "#" in parts[:-1]:
        return f"“{topic}” is not an MQTT topic: `+` stands for a whole level, `#` for all levels at the end."
    return ""


def matches(wanted: str, topic: str) -> bool:
    """Whether a message of this topic is meant."""
    want, have = wanted.split("/"), topic.split("/")
    if have[0].startswith("$") and want[0] in ("+", "#"):
        return False
    if want[-1] == "#":
        want.pop()
        have = have[: len(want)]
    return len(want) == len(have) and all(part in ("+", own) for part, own in zip(want, have, strict=True))


def rank(wanted: str) -> tuple[int, ...]:
    """The lowest is the most literal."""
    return tuple(2 if part == "#" else 1 if part == "+" else 0 for part in wanted.split("/"))


def values(payload: bytes) -> tuple[MqttValue, ...] | None:
    """A number, a text, or the fields of a JSON list; nothing in an empty payload. None: it cannot be read."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        return None
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return None
    try:
        found = _decode(payload)
    except (msgspec.DecodeError, RecursionError):
        found = text
    if isinstance(found, list):
        fields = [_value(one) for one in found]
        return None if None in fields else tuple(one for one in fields if one is not None)
    value = _value(found)
    if value is None:
        value = text
    return (value,) if text.strip() else ()


def _value(found: object) -> MqttValue | None:
    """A field; None for what is neither number nor text. Yes and no are texts, as they are without JSON."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float) and not math.isfinite(found):
        return None
    return found.strip() if isinstance(found, str) else found if isinstance(found, int | float) else None


def payload(arguments: tuple[MqttValue, ...]) -> bytes:
    """What a `send` line sends: one argument as it stands, several as a JSON list."""
    if len(arguments) == 1:
        one = arguments[0]
        return one.encode("utf-8", "replace") if isinstance(one, str) else msgspec.json.encode(one)
    return msgspec.json.encode(arguments) if arguments else b""
