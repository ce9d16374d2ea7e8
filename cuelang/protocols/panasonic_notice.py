"""What Panasonic's AW cameras say by themselves: update notifications, by TCP from the camera to us. Pure.

    GET /cgi-bin/event?connect=start&my_port=31004&uid=0   ->  204; from then on the camera connects to that port
    GET /cgi-bin/event?connect=stop&my_port=31004&uid=0        a camera has five places for receivers, and keeps them

One notification:

    22 bytes    reserve: the camera's address (4), its port (2), its clock (6) …
     2 bytes    size, big-endian: that of what follows, and 8 more
     4 bytes    reserve
     size - 8   CR LF, the text of a response, CR LF
    24 bytes    reserve

The reserve may hold CR and LF, so it is cut by its length. A segment of TCP may hold several and end in the middle of
one. `q05`: the recall of preset 05 has arrived. A camera says `QSV` about once a minute.

Source: AW-UE100 IP/Serial Control Interface Specifications, and frames of an AW-UE80.
"""

from __future__ import annotations

import re

HEAD, SIZE_AT, MIDDLE, TAIL = 22, 22, 4, 24
MAX_NOTICE_BYTES = 504
"""Bytes of information in one notification."""
REGISTERED = 204

_RECALLED = re.compile(r"q([0-9]{1,2})")


def start(port: int) -> str:
    """The path that makes the camera connect to `port` of the machine that asks."""
    return f"/cgi-bin/event?connect=start&my_port={port}&uid=0"


def stop(port: int) -> str:
    """The path after which the camera no longer connects to that port."""
    return f"/cgi-bin/event?connect=stop&my_port={port}&uid=0"


def recalled(text: str) -> int | None:
    """The preset, from 0, whose recall this text says to have arrived; None for another text."""
    found = _RECALLED.fullmatch(text)
    return int(found[1]) if found is not None else None


class Notices:
    """One connection of a camera. What is not a notification ends it: `broken`, and nothing more is made of it."""

    def __init__(self) -> None:
        self.broken = False
        self._rest = b""

    def receive(self, data: bytes) -> list[str]:
        """The texts that are complete with these bytes, in order. Never raises."""
        texts: list[str] = []
        rest = b"" if self.broken else self._rest + data
        while len(rest) >= HEAD + 2:
            size = int.from_bytes(rest[SIZE_AT : SIZE_AT + 2], "big") - 8
            if not 4 <= size <= MAX_NOTICE_BYTES:
                self.broken, rest = True, b""
                break
            begins = HEAD + 2 + MIDDLE
            if len(rest) < begins + size:
                break
            text = _text(rest[begins : begins + size])
            if text is None:
                self.broken, rest = True, b""
                break
            if len(rest) < begins + size + TAIL:
                break
            if text:
                texts.append(text)
            rest = rest[begins + size + TAIL :]
        self._rest = rest
        return texts


def _text(information: bytes) -> str | None:
    """None: it does not begin and end as information does."""
    if information[:2] != b"\r\n" or information[-2:] != b"\r\n":
        return None
    return information[2:-2].decode("ascii", "replace").strip()


def notice(text: str, host: bytes = bytes(4), port: int = 0) -> bytes:
    """A notification, as a camera at this address sends it."""
    information = b"\r\n" + text.encode("ascii", "replace") + b"\r\n"
    head = host + port.to_bytes(2, "big") + bytes(HEAD - 6)
    size = (len(information) + 8).to_bytes(2, "big")
    return head + size + b"\x01\x00\x00\x00" + information + bytes(TAIL)
