"""One OSC message as bytes, each part by python-osc's writer for its type. Pure.

Not by its builder, which reads every message that it has made again, a text byte by byte: a list of cues of 300 KB
would hold the show for 15 ms. It would also send -2147483648 as 64 bits.
"""

from __future__ import annotations

from pythonosc.parsing.osc_types import BuildError, write_float, write_int, write_int64, write_string

_INT = range(-(1 << 31), 1 << 31)


def encode(address: str, arguments: tuple[int | float | str, ...] = ()) -> bytes:
    """A whole number that 32 bits cannot hold goes as 64, true and false as `T` and `F`, other numbers as 32-bit
    floats. Raises ValueError, with what is wrong, for what OSC cannot say."""
    tags, values = ",", []
    for argument in arguments:
        tag, value = _argument(argument)
        tags += tag
        values.append(value)
    return b"".join((_text(address), write_string(tags), *values))


def _argument(value: int | float | str) -> tuple[str, bytes]:
    """Its type tag and its bytes."""
    try:
        if isinstance(value, bool):
            return "T" if value else "F", b""
        if isinstance(value, str):
            return "s", _text(value)
        if isinstance(value, int):
            return ("i", write_int(value)) if value in _INT else ("h", write_int64(value))
        return "f", write_float(value)
    except (BuildError, OverflowError):
        raise ValueError(f"the number {value} is too large for OSC") from None


def _text(text: str) -> bytes:
    """A zero inside would end it early, and half a surrogate pair has no bytes."""
    return write_string(text.replace("\0", "").encode("utf-8", "replace").decode())
