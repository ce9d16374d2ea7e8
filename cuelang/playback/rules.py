"""What holds for each kind of request, wherever it comes from."""

from __future__ import annotations

from typing import NamedTuple

from cuelang.playback.effects import Verb
from cuelang.units import NS


class Rule(NamedTuple):
    """`next`: it may ask for the next cue. `always`: nothing limits it: no `debounce`, no rate, no want of rights, not
    even that a button was let go. `expires`: not carried out more than `LATE_NS` after it was received, for what it
    sets going would come as a surprise; never for what only stops something. `locked`: in show mode neither keys nor
    remote controls may ask for it; the sheet's own triggers are part of the show."""

    next: bool = False
    always: bool = False
    expires: bool = False
    locked: bool = False


RULES: dict[Verb, Rule] = {
    "go": Rule(next=True, expires=True),
    "start": Rule(next=True, expires=True, locked=True),
    "statement": Rule(expires=True, locked=True),
    "resume": Rule(expires=True),
    "standby": Rule(next=True, locked=True),
    "back": Rule(locked=True),
    "pause": Rule(),
    "reload": Rule(locked=True),
    "stop": Rule(always=True),
    "panic": Rule(always=True),
    "off air": Rule(locked=True),
    "on air": Rule(),
    "cutting by hand": Rule(),
    "cutting by sheet": Rule(),
    "lamps off": Rule(),
    "lamps on": Rule(),
    "seen": Rule(),
    "done": Rule(),
    "locate": Rule(expires=True, locked=True),
    "skip": Rule(expires=True, locked=True),
    "swap": Rule(expires=True, locked=True),
}

ALWAYS = frozenset(verb for verb, rule in RULES.items() if rule.always)
UNLOCKED = frozenset(verb for verb, rule in RULES.items() if not rule.locked)

OPPOSITE: dict[Verb, Verb] = {
    "off air": "on air", "on air": "off air", "cutting by hand": "cutting by sheet",
    "cutting by sheet": "cutting by hand", "lamps off": "lamps on", "lamps on": "lamps off",
}  # fmt: skip
"""What was done makes its opposite something new, however soon it is asked again."""

LATE_NS = 1 * NS
"""A command not accepted within 1 s of its due time is never sent; a request of that age cannot be kept either."""
