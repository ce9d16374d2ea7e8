"""A simulated camera's VISCA end: frames in, frames out, at an instant that is passed in.

What it answers, as the manual and the field have it:

    inquiry      y0 50 …             takes no socket
    command      y0 4s, y0 5s        ACK at once; completion when it is done
    nonsense     y0 60 02            a Sony body says 60 01 to a message of the wrong length
    third move   y0 60 03            both sockets are held
    not now      y0 6s 41            in standby, or a direct focus while autofocus is on
    cancel       y0 6s 04, y0 6s 05  stopped; there is nothing in that socket

Only what has to arrive holds a socket (recall, absolute, relative, home, re-initialisation, direct zoom and focus).
A drive or a setting is done as soon as it is taken, so it finds both sockets held only while two moves run; then it
is answered in a third number, for no client could tell its completion from that of a move. A newer action on an
axis takes it over, and the move that had it completes at once.

While the camera boots only the power inquiry is answered. In standby settings and tally are taken, but nothing moves.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from cuelang.commands import Axes
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.reading import read
from cuelang.simulator import actions
from cuelang.simulator.actions import (
    ARROW_SPEED,
    BUFFER_FULL,
    HOME_PRESET,
    NOT_EXECUTABLE,
    SYNTAX,
    ParameterValues,
    SimulatedDrive,
    SimulatedMove,
)
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults, Reply, ReplyQueue

CANCELLED, NO_SOCKET = 0x04, 0x05
SOCKETS = (1, 2)
SPARE_SOCKET = 3
ODD_SOCKET = 2
UNUSED_SOCKET = 5
OTHER_FORMS = (b"\x01\x04\x4c", b"\x01\x04\x4d")
"""Gain and bright direct, as Sony's lists have them."""
PRESET_SPEED, PRESET_SPEEDS = b"\x01\x06\x01", range(1, 25)
BROADCAST = 8

OnFrame = Callable[[str, bytes, int], object]
"""Called with `in` or `out`, the frame, and the instant."""


class HeldSocket(Struct, eq=False):
    """A move that holds a socket until `due`. `ack_too`: its ACK was withheld until then."""

    socket: int
    axes: Axes
    due: int
    peer: object
    ack_too: bool


class ViscaEnd:
    """One camera on a line. A peer is whatever the shell tells its clients apart by; replies go to the sender.

    `receive` and `wake` return what is to be sent now, in order; `due` is when `wake` must be called, if
    nothing comes before. `address` is the camera's number on a daisy chain, 1 over IP.
    """

    def __init__(
        self, body: Body, faults: Faults = NO_FAULTS, *, address: int = 1, on_frame: OnFrame | None = None
    ) -> None:
        self.body = body
        self.address = address
        self.on_frame = on_frame
        self._post = ReplyQueue(faults, body.name)
        self._held: list[HeldSocket] = []
        self._ghosts: list[HeldSocket] = []
        """Displaced moves that will yet say that they have completed."""
        self._cuts = body.cuts
        self._commands = 0
        self._out: list[Reply] = []
        self._reply_from(faults)

    def _reply_from(self, faults: Faults) -> None:
        self._from = faults.reply_from if faults.reply_from != 1 else self.address
        self._head = bytes((0x80 + 0x10 * self._from,))

    @property
    def faults(self) -> Faults:
        """May be replaced at any time; the random faults of the line go on."""
        return self._post.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._post.faults = faults
        self._reply_from(faults)

    @property
    def due(self) -> int | None:
        times = [move.due for move in self._held]
        if self._ghosts:
            times += [move.due for move in self._ghosts]
        post = self._post.due
        if post is not None:
            times.append(post)
        return min(times) if times else None

    def receive(self, data: bytes, now: int, peer: object = None) -> list[Reply]:
        """A datagram, or a piece of a stream up to an FF. Never raises, whatever the bytes."""
        self._arrivals(now)
        if data.find(0xFF) == len(data) - 1 or 0xFF not in data:
            self._frame(data, now, peer)
        else:
            *frames, rest = data.split(b"\xff")
            for frame in frames:
                self._frame(frame + b"\xff", now, peer)
            if rest:
                self._frame(rest, now, peer)
        return self._sent(now)

    def wake(self, now: int) -> list[Reply]:
        self._arrivals(now)
        return self._sent(now)

    # one frame

    def _frame(self, frame: bytes, now: int, peer: object) -> None:
        faults = self._post.faults
        if self.on_frame is not None:
            self.on_frame("in", frame, now)
        if not self.body.plugged:
            self._clear()
        if not self.body.plugged or faults.silent or (faults.loss and not self._post.arrives()):
            return
        addressed = frame[0] & 0x0F if frame and frame[0] & 0xF0 == 0x80 else None
        if addressed is not None and 1 <= addressed <= 7 and addressed != self.address:
            return
        if addressed == BROADCAST and self._broadcast(frame, now, peer):
            return
        power = self.body.power(now)
        reading = self._read(frame, addressed)
        if power == "booting" and (isinstance(reading, int) or reading[0] != "inq.power"):
            return
        if isinstance(reading, int):
            self._odd(frame, reading, now, peer)
            return
        row, values = reading
        inquiry = actions.INQUIRIES.get(row)
        if inquiry is None:
            self._command(row, values, now, peer)
            return
        if (faults.no_positions and row in actions.POSITIONS) or (faults.no_blocks and row in actions.BLOCKS):
            return
        model = self.body.model
        nibbles = (model.pan_nibbles, model.tilt_nibbles)
        self._out.append((peer, codec.answer(row, self._from, nibbles=nibbles, **inquiry(self.body, now))))

    def _broadcast(self, frame: bytes, now: int, peer: object) -> bool:
        match frame:
            case b"\x88\x30\x01\xff":
                self._out.append((peer, bytes((0x88, 0x30, self.address + 1, 0xFF))))
            case b"\x88\x01\x00\x01\xff":
                self._clear()
                self._out.append((peer, frame))
            case _:
                return False
        return True

    def _odd(self, frame: bytes, error: int, now: int, peer: object) -> None:
        """IF_Clear, a cancel, or what no camera knows."""
        body = frame[1:]
        if len(frame) == 3 and frame[0] & 0x80 and frame[1] & 0xF0 == 0x20 and frame[2] == 0xFF:
            self._cancel(frame[1] & 0x0F, now, peer)
        elif body == b"\x01\x00\x01\xff" and frame[0] & 0x80:
            self._clear()
            self._say(0x50, peer)
        else:
            sony = self.body.model.family == "sony"
            self._refuse(error if sony else SYNTAX, peer)

    def _cancel(self, socket: int, now: int, peer: object) -> None:
        for move in self._held:
            if move.socket == socket:
                self._held.remove(move)
                self._halt(move.axes, now)
                self._say(0x60 | socket, peer, CANCELLED)
                return
        self._say(0x60 | socket, peer, NO_SOCKET)

    def _clear(self) -> None:
        self._held.clear()
        self._ghosts.clear()

    # commands

    def _command(self, row: str, values: ParameterValues, now: int, peer: object) -> None:
        body, faults = self.body, self._post.faults
        self._commands += 1
        if faults.buffer_full and self._commands % faults.buffer_full == 0:
            self._refuse(BUFFER_FULL, peer)
            return
        row, values = self._function(row, values)
        standby = body.power(now) == "standby"
        move = actions.MOVES.get(row)
        if move is not None:
            error = NOT_EXECUTABLE if standby else move.refuse(body, values)
            if error:
                self._refuse(error, peer)
            else:
                self._move(row, move, values, now, peer)
            return
        drive = actions.DRIVES.get(row)
        if drive is not None:
            error = NOT_EXECUTABLE if standby else drive.refuse(body, values)
            if not error:
                self._drive(row, drive, values, now)
        elif standby and row in actions.NEEDS_POWER:
            error = NOT_EXECUTABLE
        else:
            effect = actions.REST.get(row)
            error = SYNTAX if effect is None else effect(body, now, values)
            if row == "power.off":
                self._displace(actions.EVERY_AXIS)
        if error:
            self._refuse(error, peer)
            return
        socket = self._free() or SPARE_SOCKET
        self._say(0x40 | socket, peer)
        self._say(0x50 | socket, peer)
        self._stray(peer)

    def _read(self, frame: bytes, addressed: int | None) -> int | tuple[str, ParameterValues]:
        faults = self._post.faults
        if faults.preset_speeds and frame[1:4] == PRESET_SPEED and len(frame) == 7 and frame[5] in PRESET_SPEEDS:
            return "sony.preset_speed", {"preset": frame[4], "speed": frame[5]}
        if faults.manual_forms and frame[1:4] in OTHER_FORMS:
            return SYNTAX
        return read(frame, self.body.model) if addressed else SYNTAX

    def _function(self, row: str, values: ParameterValues) -> tuple[str, ParameterValues]:
        """PTZOptics' recall 90 calls a function; where it is a preset (Sony) it is a preset."""
        if row == "preset.recall" and values["preset"] == HOME_PRESET and not self.body.model.preset_ok(HOME_PRESET):
            return "pt.home", values
        return row, values

    def _move(self, row: str, move: SimulatedMove, values: ParameterValues, now: int, peer: object) -> None:
        displaced = sum(1 for held in self._held if held.axes & move.axes)
        if len(self._held) - displaced >= len(SOCKETS):
            self._refuse(BUFFER_FULL, peer)
            return
        self._displace(move.axes)
        due = move.start(self.body, now, values)
        socket = self._free() or SPARE_SOCKET
        late_ack = self._post.faults.ack_at_end and row == "preset.recall"
        if not late_ack:
            self._say(0x40 | socket, peer)
        self._held.append(HeldSocket(socket, move.axes, due, peer, late_ack))
        self._stray(peer)
        self._arrivals(now)

    def _drive(self, row: str, drive: SimulatedDrive, values: ParameterValues, now: int) -> None:
        menu, vector = self.body.menu, actions.ARROWS.get(row)
        if menu is not None and vector and values["pan_speed"] == values["tilt_speed"] == ARROW_SPEED:
            actions.menu_arrow(menu, *vector)
            return
        self._displace(drive.axes)
        drive.start(self.body, now, values)

    def _displace(self, axes: Axes) -> None:
        """A newer action takes these axes: what held one completes, and what it held besides goes on."""
        for move in [held for held in self._held if held.axes & axes]:
            self._held.remove(move)
            if self._post.faults.late_superseded:
                self._ghosts.append(move)
            else:
                self._complete(move)

    def _halt(self, axes: Axes, now: int) -> None:
        for axis, stop in actions.STOPS.items():
            if axis in axes:
                stop(self.body, now)

    def _free(self) -> int | None:
        if self._post.faults.same_socket:
            return SOCKETS[0]
        taken = {held.socket for held in self._held}
        return next((socket for socket in SOCKETS if socket not in taken), None)

    def _arrivals(self, now: int) -> None:
        if self.body.cuts != self._cuts:
            self._cuts = self.body.cuts
            self._clear()
        if not self._held and not self._ghosts:
            return
        arrived = sorted((move for move in self._held + self._ghosts if move.due <= now), key=lambda move: move.due)
        for move in arrived:
            (self._held if move in self._held else self._ghosts).remove(move)
            self._complete(move)

    # answers

    def _complete(self, move: HeldSocket) -> None:
        if move.ack_too:
            self._say(0x40 | move.socket, move.peer)
        self._say(0x50 | move.socket, move.peer)

    def _stray(self, peer: object) -> None:
        if self._post.faults.stray_completion:
            self._say(0x50 | UNUSED_SOCKET, peer)

    def _refuse(self, error: int, peer: object) -> None:
        socket = 0
        if self._post.faults.error_socket:
            socket = ODD_SOCKET
        elif error == NOT_EXECUTABLE:
            socket = self._free() or SPARE_SOCKET
        self._say(0x60 | socket, peer, error)

    def _say(self, kind: int, peer: object, error: int | None = None) -> None:
        tail = (kind, 0xFF) if error is None else (kind, error, 0xFF)
        self._out.append((peer, self._head + bytes(tail)))

    def _sent(self, now: int) -> list[Reply]:
        out, self._out = self._out, []
        post = self._post
        if post.faults.silent or not self.body.plugged:
            post.take(now)  # what was on its way is not said either
            return []
        if post.faults.on_line or post.due is not None:
            for peer, frame in out:
                post.put(now, peer, frame)
            out = post.take(now)
        if self.on_frame is not None:
            for _, frame in out:
                self.on_frame("out", frame, now)
        return out
