"""Packets of the ATEM protocol and how they are kept from getting lost. Pure; both ends use it.

    | flags 5 bits, length 11 bits | session | number that is acknowledged | number that is asked for again |
    | 0 | number of this packet | blocks ... |

All are big-endian 16-bit words. Packets that carry blocks have a number and must be acknowledged; numbers wrap at
32768. A packet that was not acknowledged is sent again under its number, so the other end does not do it twice.
"""

from __future__ import annotations

from msgspec import Struct

from cuelang.units import MS

ACK_ME, HELLO, AGAIN, ASK_AGAIN, ACK = 1, 2, 4, 8, 16
NUMBERS = 1 << 15
HEADER = 12
MAX_PACKET_BYTES = 0x7FF
MAX_PAYLOAD_BYTES = 1400 - HEADER

RESEND_NS = 60 * MS
RESENDS = 10
ACK_AFTER_NS = 5 * MS
ACK_EACH = 16
SILENT_NS = 5_000 * MS
"""A switcher that says nothing for so long is gone: it sends at least a packet every half second."""

HELLO_PACKET = bytes.fromhex("101453ab00000000003a00000100000000000000")


class AtemPacket(Struct, frozen=True):
    """One datagram. `acked` and `wanted` are numbers of packets of the other end."""

    flags: int
    session: int
    acked: int = 0
    wanted: int = 0
    number: int = 0
    payload: bytes = b""

    def encode(self) -> bytes:
        words = (self.flags << 11 | HEADER + len(self.payload), self.session, self.acked, self.wanted, 0, self.number)
        return b"".join(word.to_bytes(2, "big") for word in words) + self.payload


def decode(data: bytes) -> AtemPacket | None:
    """The packet in a datagram, None if it is not one."""
    if len(data) < HEADER:
        return None
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, HEADER, 2)]
    if words[0] & MAX_PACKET_BYTES != len(data):
        return None
    return AtemPacket(words[0] >> 11, words[1], words[2], words[3], words[5], data[HEADER:])


def covered(acked: int, number: int) -> bool:
    """Whether an acknowledgement of `acked` is one of `number` too: every packet up to it has come."""
    return (acked - number) % NUMBERS < NUMBERS // 2


class _Flying(Struct, eq=False):
    number: int
    payload: bytes
    sent: int
    sends: int = 1


class AtemExchange:
    """One end of a session: numbers what goes out, acknowledges what comes in, repeats what was not acknowledged.

    `lost` says that the other end is gone: it was silent, or a packet was repeated without an answer.
    """

    def __init__(self, now: int, session: int = 0, *, last: int = 0, mark: int = 0) -> None:
        """`last` is the number that the other end has reached, as its hello says. `mark` is the flag of a packet that
        is sent again: a switcher sets AGAIN, controllers set none."""
        self.session = session
        self._mark = mark
        self.lost = False
        self._next = 1
        self._last = last
        self._unacked = 0
        self._ack_at: int | None = None
        self._flying: list[_Flying] = []
        self._heard = now

    def send(self, payload: bytes, now: int) -> tuple[int, bytes]:
        """The number of a packet with this payload, and its bytes."""
        number, self._next = self._next, (self._next + 1) % NUMBERS
        self._flying.append(_Flying(number, payload, now))
        return number, AtemPacket(ACK_ME, self.session, number=number, payload=payload).encode()

    def acknowledged(self, number: int) -> bool:
        return all(each.number != number for each in self._flying)

    def receive(self, packet: AtemPacket, now: int) -> tuple[bytes | None, list[bytes]]:
        """The blocks that a packet brings (None: none, or it came before or too early), and what to send for it."""
        self._heard = now
        self.session = packet.session
        out: list[bytes] = []
        payload = None
        if packet.flags & ACK:
            self._flying = [each for each in self._flying if not covered(packet.acked, each.number)]
        if packet.flags & ASK_AGAIN:
            out += self._again(packet.wanted % NUMBERS, now)
        if packet.flags & ACK_ME:
            if packet.number == (self._last + 1) % NUMBERS:
                self._last = packet.number
                payload = packet.payload or None
                self._unacked += 1
                if self._unacked >= ACK_EACH:
                    out.append(self._ack())
                elif self._ack_at is None:
                    self._ack_at = now + ACK_AFTER_NS
            elif covered(self._last, packet.number):
                out.append(self._ack())
        return payload, out

    def wake(self, now: int) -> list[bytes]:
        out: list[bytes] = []
        if now - self._heard >= SILENT_NS:
            self.lost = True
        if self._ack_at is not None and now >= self._ack_at:
            out.append(self._ack())
        late = next((each for each in self._flying if now - each.sent >= RESEND_NS), None)
        if late is not None:
            if late.sends > RESENDS:
                self.lost = True
            else:
                out += self._again(late.number, now)
        return out

    @property
    def deadline(self) -> int:
        times = [self._heard + SILENT_NS, *(each.sent + RESEND_NS for each in self._flying)]
        if self._ack_at is not None:
            times.append(self._ack_at)
        return min(times)

    def _ack(self) -> bytes:
        self._unacked, self._ack_at = 0, None
        return AtemPacket(ACK, self.session, acked=self._last).encode()

    def _again(self, number: int, now: int) -> list[bytes]:
        """This packet and those after it, under their numbers."""
        start = next((at for at, each in enumerate(self._flying) if each.number == number), None)
        if start is None:
            return []
        out = []
        for each in self._flying[start:]:
            each.sent, each.sends = now, each.sends + 1
            out.append(AtemPacket(ACK_ME | self._mark, self.session, number=each.number, payload=each.payload).encode())
        return out
