"""The switcher's end of the ATEM protocol, over a simulated mixer. Pure: datagrams in, datagrams out."""

from __future__ import annotations

from collections.abc import Hashable

from cuelang.protocols.atem import blocks as b
from cuelang.protocols.atem.packet import ACK, AGAIN, HELLO, MAX_PAYLOAD_BYTES, AtemExchange, AtemPacket, decode
from cuelang.simulator.mixer import Mixer
from cuelang.units import MS

KEEPALIVE_NS = 500 * MS
MAX_CONTROLLERS = 8
"""Controllers that one switcher talks to."""
VERSION = (2, 30)
MODEL = "ATEM Mini Pro"
FRAMES = {12: 50.0}
MODE = 12


class _Client:
    def __init__(self, session: int, now: int) -> None:
        self.line = AtemExchange(now, session, mark=AGAIN)
        self.session = session
        self.beat = now


class AtemEnd:
    """A simulated ATEM with one mix effect. Sources are numbers; 0 is black."""

    def __init__(self, mixer: Mixer, model: str = MODEL) -> None:
        self.mixer = mixer
        self.mixer.sources.setdefault("0", "Black")
        self.model = model
        self._clients: dict[Hashable, _Client] = {}
        self._session = 0x8000
        self._style = 0
        self._frames = dict.fromkeys(range(4), 25)
        self._out: list[tuple[Hashable, bytes]] = []
        self._dirty: set[str] = set()
        mixer.changed = lambda what: self._dirty.add(what)

    def receive(self, peer: Hashable, data: bytes, now: int) -> list[tuple[Hashable, bytes]]:
        """A datagram of a controller; what is to be sent, and to whom."""
        packet = decode(data)
        if packet is not None:
            if packet.flags & HELLO:
                self._greet(peer, packet, now)
            elif (client := self._clients.get(peer)) is not None:
                self._heard(peer, client, packet, now)
        self._tell(now)
        return self._sent()

    def wake(self, now: int) -> list[tuple[Hashable, bytes]]:
        self.mixer.wake(now)
        for peer, client in list(self._clients.items()):
            if now - client.beat >= KEEPALIVE_NS:
                client.beat = now
                self._say(peer, client, b"", now)
            for data in client.line.wake(now):
                self._out.append((peer, data))
            if client.line.lost:
                del self._clients[peer]
        self._tell(now)
        return self._sent()

    @property
    def due(self) -> int | None:
        times = [min(client.line.deadline, client.beat + KEEPALIVE_NS) for client in self._clients.values()]
        if self.mixer.due is not None:
            times.append(self.mixer.due)
        return min(times, default=None)

    def _greet(self, peer: Hashable, packet: AtemPacket, now: int) -> None:
        full = peer not in self._clients and len(self._clients) >= MAX_CONTROLLERS
        answer = bytes([3 if full else 2, 0, 0, 1 if not full else 0, 0, 0, 0, 0])
        self._out.append((peer, AtemPacket(HELLO, packet.session, payload=answer).encode()))
        if full:
            return
        self._session = 0x8000 | (self._session + 1) & 0x7FFF
        client = self._clients[peer] = _Client(self._session, now)
        state = self._state()
        payload = b""
        for block in state:
            if len(payload) + len(block) > MAX_PAYLOAD_BYTES:
                self._say(peer, client, payload, now)
                payload = b""
            payload += block
        self._say(peer, client, payload + b.block("InCm", bytes([1, 0, 0, 0])), now)

    def _heard(self, peer: Hashable, client: _Client, packet: AtemPacket, now: int) -> None:
        payload, answers = client.line.receive(packet, now)
        client.line.session = client.session
        self._out += [(peer, answer) for answer in answers]
        if payload is not None:
            self._out.append((peer, AtemPacket(ACK, client.session, acked=packet.number).encode()))
            for block in b.split(payload):
                self._asked(block, now)

    def _asked(self, block: b.AtemBlock, now: int) -> None:
        name, body = block
        mixer = self.mixer
        source = str(b.word(body, 2))
        match name:
            case "CPgI" if source in mixer.sources:
                mixer.cut(source)
            case "CPvI" if source in mixer.sources:
                mixer.see(source)
            case "DCut":
                mixer.take()
            case "DAut" if mixer.running is None:
                frames = self._frames.get(self._style, 25)
                mixer.mix(
                    mixer.preview, round(frames * 1_000 * MS / FRAMES[MODE]), now, swap=True, kind=b.STYLES[self._style]
                )
            case "CTTp" if b.byte(body, 0) & 1 and b.byte(body, 2) < len(b.STYLES):
                self._style = b.byte(body, 2)
                self._dirty.add("style")
            case "CTMx":
                self._frames[0] = b.byte(body, 1)
                self._dirty.add("style")
            case "CTDp" if b.byte(body, 0) & 1:
                self._frames[1] = b.byte(body, 2)
                self._dirty.add("style")
            case "CTWp" | "CTDv" if b.byte(body, 1) & 1:
                self._frames[2 if name == "CTWp" else 3] = b.byte(body, 3)
                self._dirty.add("style")
            case "StrR":
                mixer.switch("stream", bool(b.byte(body, 0)), now)
            case "RcTM":
                mixer.switch("record", bool(b.byte(body, 0)), now)
            case _:
                pass

    # --- what it says ---

    def _tell(self, now: int) -> None:
        """Everyone connected gets what has changed."""
        if not self._dirty:
            return
        changed, self._dirty = self._dirty, set()
        told = b""
        if changed & {"program", "buses", "preview", "ended", "transition"}:
            told += self._transition(now) + self._buses() + self._tally()
        if "style" in changed:
            told += self._styles()
        if changed & {"stream", "record"}:
            told += self._outputs()
        for peer, client in self._clients.items():
            self._say(peer, client, told, now)

    def _say(self, peer: Hashable, client: _Client, payload: bytes, now: int) -> None:
        self._out.append((peer, client.line.send(payload, now)[1]))

    def _state(self) -> list[bytes]:
        version = b"".join(part.to_bytes(2, "big") for part in VERSION)
        rows = [
            b.block("_ver", version),
            b.block("_pin", self.model.encode()[:43].ljust(44, b"\0")),
            b.block("_top", bytes([1, len(self.mixer.sources), 1, 1, 0, 1, 0, 0, 0, 0, 0, 0]) + bytes(16)),
            b.block("_MeC", bytes([0, 1, 0, 0])),
            b.block("VidM", bytes([MODE, 0, 0, 0])),
        ]
        for source, title in self.mixer.sources.items():
            name = title.encode()[:20].decode("utf-8", "ignore").encode()
            short = name[:4].decode("utf-8", "ignore").encode()
            body = int(source).to_bytes(2, "big") + name.ljust(20, b"\0") + short.ljust(4, b"\0")
            rows.append(b.block("InPr", body + bytes([1, 0, 0, 2, 0, 2, 1 if source == "0" else 0, 0, 0x1F, 1])))
        return [*rows, self._buses(), self._styles(), self._transition(0), self._tally(), self._outputs()]

    def _buses(self) -> bytes:
        program, preview = (
            int(source or "0").to_bytes(2, "big") for source in (self.mixer.program, self.mixer.preview)
        )
        return b.block("PrgI", b"\0\0" + program) + b.block("PrvI", b"\0\0" + preview + bytes(4))

    def _styles(self) -> bytes:
        mix, dip, wipe, dve = (self._frames[number] for number in range(4))
        return (
            b.block("TrSS", bytes([0, self._style, 1, self._style, 1, 0, 0, 0]))
            + b.block("TMxP", bytes([0, mix, 0, 0]))
            + b.block("TDpP", bytes([0, dip, 0, 0]))
            + b.block("TWpP", bytes([0, wipe]) + bytes(18))
            + b.block("TDvP", bytes([0, dve]) + bytes(18))
        )

    def _transition(self, now: int) -> bytes:
        run = self.mixer.running
        if run is None:
            return b.block("TrPs", bytes(8))
        left = max(0, round((run.until - now) * FRAMES[MODE] / (1_000 * MS)))
        done = min(9999, max(1, round(10_000 * (now - run.begun) / max(1, run.until - run.begun))))
        return b.block("TrPs", bytes([0, 1, min(250, max(1, left)), 0]) + done.to_bytes(2, "big") + bytes(2))

    def _tally(self) -> bytes:
        lit = self.mixer.seen()
        bits = {"program": 1, "preview": 2}
        return b.block(
            "TlSr", b.tally_body({int(source): bits.get(lit.get(source, ""), 0) for source in self.mixer.sources})
        )

    def _outputs(self) -> bytes:
        stream, record = self.mixer.outputs["stream"], self.mixer.outputs["record"]
        starting = self.mixer.starting
        streams = 2 if "stream" in starting and starting["stream"][0] else 4 if stream else 1
        return b.block("StRS", streams.to_bytes(2, "big") + bytes(2)) + b.block(
            "RTMS", int(record).to_bytes(2, "big") + bytes(6)
        )

    def _sent(self) -> list[tuple[Hashable, bytes]]:
        out, self._out = self._out, []
        return out
