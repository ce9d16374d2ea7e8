"""When a datagram came in, as the system noted it."""

from __future__ import annotations

import socket
import struct
import sys
from typing import NamedTuple

from cuelang.units import NS


class Stamps(NamedTuple):
    """`option` is set on a socket, `message` is the kind of what then comes with each datagram, in `shape` and in
    parts of `part` ns."""

    option: int
    message: int
    shape: struct.Struct
    part: int

    def read(self, beside: list[tuple[int, int, bytes]]) -> int | None:
        """Nanoseconds of the wall clock since 1970."""
        for level, kind, data in beside:
            if level == socket.SOL_SOCKET and kind == self.message and len(data) >= self.shape.size:
                seconds, parts = self.shape.unpack_from(data)
                return int(seconds * NS + parts * self.part)
        return None


def _stamps() -> Stamps | None:
    if sys.platform == "linux":
        return Stamps(35, 35, struct.Struct("@ll"), 1)  # SO_TIMESTAMPNS, asm-generic/socket.h
    if sys.platform == "darwin":
        return Stamps(0x0400, 0x02, struct.Struct("@li"), 1000)  # SO_TIMESTAMP and SCM_TIMESTAMP, sys/socket.h
    return None


STAMPS = _stamps()
"""None where the system has none that are known here."""
