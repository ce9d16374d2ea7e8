"""When things happen: moments, and the anchors that they count from. `cuelang/plan` has the rules."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from cuelang.source import Origin


class Moment(NamedTuple):
    anchor: int
    offset: int


class Go(Struct, frozen=True):
    pass


class Arrived(Struct, frozen=True):
    """Until what these cameras are doing is complete."""

    cameras: tuple[str, ...]


class OscHeard(Struct, frozen=True):
    address: str


class GoGiven(Struct, frozen=True):
    pass


class TimeOfDay(Struct, frozen=True):
    """Seconds since local midnight in the show's zone; met at once when it passed less than 12 h ago."""

    seconds: int


class OnProgram(Struct, frozen=True):
    """Until this source is on program, by whomever. `switcher` names whose, None: any."""

    source: str
    switcher: str | None


class OffAir(Struct, frozen=True):
    """Until none of these cameras is on program."""

    cameras: tuple[str, ...]


class Settled(Struct, frozen=True):
    """Until no transition of this switcher runs."""

    switcher: str


class Streaming(Struct, frozen=True):
    """Until the stream of this switcher runs; None: of any."""

    switcher: str | None


Condition = Arrived | OscHeard | GoGiven | TimeOfDay | OnProgram | OffAir | Settled | Streaming


class Wait(Struct, frozen=True):
    """`spent`: what of its time had passed before it is opened, for a move that had not begun. `otherwise`: there is an
    `else`. When the wait is given up, or a camera that it waits for was refused or is
    unreachable, its `Otherwise` is placed and the anchor of the wait itself never is."""

    at: Moment
    condition: Condition
    up_to: int | None
    origin: Origin
    otherwise: bool = False
    spent: int = 0


class Otherwise(Struct, frozen=True):
    """`wait` is the number of the anchor that was given up."""

    wait: int


class Chosen(Struct, frozen=True):
    """At `at`, if the `Choose` step there takes the way that begins here; it never comes if that takes another one."""

    at: Moment


class Either(Struct, frozen=True):
    moments: tuple[Moment, ...]


class Join(Struct, frozen=True):
    moments: tuple[Moment, ...]


class Beat(Struct, frozen=True):
    """`loop` names the loop inside its program: beats of one loop are strictly increasing multiples."""

    base: Moment
    every: int
    after: Moment
    loop: int
    origin: Origin


Anchor = Go | Wait | Otherwise | Chosen | Either | Join | Beat
