"""What bytes do to a camera, read by eye from the reference and by none of the show's own code."""

from __future__ import annotations

from cuelang.commands import FOCUS, PAN_TILT, ZOOM, Axes

NOTHING: Axes = frozenset()
ALL: Axes = frozenset((PAN_TILT, ZOOM, FOCUS))


def visca(scheme: str, data: bytes) -> bytes | None:
    """The command in it, without Sony's header; None: there is no VISCA command in it."""
    if scheme == "sony":
        data = data[8:] if data[:2] == b"\x01\x00" else b""
    elif not scheme.startswith("visca"):
        return None
    return data if len(data) >= 6 and data[0] & 0xF0 == 0x80 and data[1] == 0x01 and data[-1] == 0xFF else None


def sets_going(scheme: str, data: bytes) -> Axes:
    """The axes that this frame moves."""
    frame = visca(scheme, data)
    if frame is None:
        return NOTHING
    match frame[2], frame[3]:
        case 0x06, 0x01 if len(frame) == 9:
            return NOTHING if frame[6:8] == b"\x03\x03" else frozenset((PAN_TILT,))
        case 0x06, 0x02 | 0x03 | 0x04:
            return frozenset((PAN_TILT,))
        case 0x04, 0x07:
            return frozenset((ZOOM,)) if frame[4] else NOTHING
        case 0x04, 0x47:
            return frozenset((ZOOM,))
        case 0x04, 0x08:
            return frozenset((FOCUS,)) if frame[4] else NOTHING
        case 0x04, 0x48:
            return frozenset((FOCUS,))
        case 0x04, 0x3F if frame[4] == 0x02:
            return ALL
    return NOTHING


def stops(scheme: str, data: bytes) -> Axes:
    """The axes that this frame stops."""
    frame = visca(scheme, data)
    if frame is None:
        return NOTHING
    match frame[2], frame[3]:
        case 0x06, 0x01 if frame[6:8] == b"\x03\x03":
            return frozenset((PAN_TILT,))
        case 0x04, 0x07 if not frame[4]:
            return frozenset((ZOOM,))
        case 0x04, 0x08 if not frame[4]:
            return frozenset((FOCUS,))
    return NOTHING


def zoom_position(scheme: str, data: bytes) -> int | None:
    """Where this frame sends the zoom."""
    frame = visca(scheme, data)
    if frame is None or frame[2:4] != b"\x04\x47" or len(frame) != 9:
        return None
    a, b, c, d = frame[4:8]
    return a << 12 | b << 8 | c << 4 | d
