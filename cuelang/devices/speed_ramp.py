"""A zoom ramp driven by speed: smoother on cameras that jerk when they are sent from position to position.

The lens has eight speeds. `rate` times a second the one is chosen that brings it nearest to where the ramp should be a
beat later, from where it is; it is sent when it is another one than before. Where it is, the camera is asked all along;
between two answers it has run on at the speed that was measured for it. At the ramp's end one frame with exactly the
target takes the drive over.
"""

from __future__ import annotations

from cuelang.clock import Handle
from cuelang.commands import ZOOM as ZOOM_AXIS
from cuelang.commands import Ramp
from cuelang.devices.link import ANSWER_WITHIN_NS, ZOOM
from cuelang.devices.ramp import FRAME_LIMIT_NS, LOOK_NS, PositionRamp
from cuelang.models import motion
from cuelang.protocols.visca import codec, encode
from cuelang.protocols.visca.exchange import Event, EventKind, Exchange
from cuelang.units import NS

UNSURE = motion.Glide(None, 2)
"""A speed was sent and not answered: it is unknown how the lens is driven, so the next beat sends it again."""


class SpeedRamp(PositionRamp):
    """Plays a ramp whose `by` is `speed`. A model without measured zoom speeds, and a lens that does not report
    its position, get what a `PositionRamp` would send them."""

    _ramp: Ramp | None = None
    _beat: Handle | None = None
    _going: motion.Glide = motion.STANDING
    _origin = 0
    _here = 0
    """Counts at `_when`."""
    _when = 0
    _turned = 0
    """When another speed was chosen last: an answer to an older question is out of date."""
    _asking = False

    @property
    def driving(self) -> bool:
        return self._going != motion.STANDING and self._last is None

    def run(self, ramp: Ramp, start: int | None) -> None:
        link = self._link
        if start is None or not link.model.zoom_speeds:
            super().run(ramp, start)
            return
        self._ramp, self._origin, self._here, self._when = ramp, start, start, link.clock.now()
        super().run(ramp, None)
        if ramp.start is not None:
            self._send(codec.encode("zoom.direct", link.address, zoom=ramp.start))
        self._next_beat()

    def hold(self) -> None:
        driving = self.driving
        super().hold()
        self._still()
        if driving:
            self._here, self._when = self._where(self._link.clock.now()), self._link.clock.now()
            self._going = motion.STANDING
            self._link.halt(frozenset((ZOOM_AXIS,)))

    def resume(self) -> None:
        super().resume()
        if self._ramp is not None and self._beat is None and self._last is None:
            self._when = self._link.clock.now()
            self._next_beat()

    def cancel(self) -> None:
        super().cancel()
        self._still()
        self._ramp = None

    def _still(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _where(self, now: int) -> int:
        return motion.glided(self._link.model, self._here, self._going, now - self._when)

    def _next_beat(self) -> None:
        """Choose the speed until the next beat, and wait for that."""
        self._beat = None
        ramp, link = self._ramp, self._link
        if ramp is None or self._last is not None:
            return
        now = link.clock.now()
        if self._kept(now):
            self._beat = link.clock.at(now + LOOK_NS, self._next_beat)
            return
        elapsed, beat = now - self._job.due, NS // ramp.rate
        if elapsed >= ramp.over:
            return
        if ramp.start is None or elapsed >= beat:
            here = self._where(now)
            chosen = motion.glide_on(link.model, here, self._origin, ramp, max(elapsed, 0), beat)
            if chosen != self._going:
                self._here, self._when, self._turned, self._going = here, now, now, chosen
                self._send(encode.glide_frame(chosen, link.address))
        if not self._asking:
            self._asking = True
            asked = now
            link.ask(ZOOM, lambda fields, heard: self._answered(fields, asked, heard), ANSWER_WITHIN_NS)
        self._beat = link.clock.at(self._job.due + (max(elapsed, 0) // beat + 1) * beat, self._next_beat)

    def handle(self, event: Event, now: int) -> None:
        lost = event.kind in (EventKind.UNREACHABLE, EventKind.TIMED_OUT)
        if lost and event.exchange is self._on_the_way and event.exchange is not self._last:
            self._here, self._when, self._going = self._where(now), now, UNSURE
        super().handle(event, now)

    def _answered(self, fields: dict[str, int] | None, asked: int, heard: int) -> None:
        self._asking = False
        if fields is not None and self._ramp is not None and asked >= self._turned:
            self._here, self._when = fields["zoom"], (asked + heard) // 2

    def _send(self, frame: bytes) -> None:
        self._supersede()
        exchange = Exchange(
            frame, self._link.clock.now(), self, limit=FRAME_LIMIT_NS, moves=self._axes, mover=self._job
        )
        self._on_the_way = exchange
        self._link.submit(exchange)
