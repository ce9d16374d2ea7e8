"""The buttons of a switcher as people press them from outside: page, HTTP and OSC. Pure.

`cut` and `preview` name a source; `take` and `auto` put what is on preview to program, as the CUT and AUTO of a
switcher's own panel do, `auto` by a mix. Each is one request with one verdict.
"""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

from cuelang.plan import Plan
from cuelang.playback import orders
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.osc import Argument
from cuelang.units import NS, written

Button = Literal[
    "cut", "dissolve", "preview", "take", "auto", "stream start", "stream stop", "record start", "record stop"
]
BUTTONS: tuple[Button, ...] = get_args(Button)
NAMES_SOURCE: frozenset[Button] = frozenset(("cut", "dissolve", "preview"))
MIXES: frozenset[Button] = frozenset(("auto", "dissolve"))
"""They take a length, and the name of a transition."""
OUTPUTS: frozenset[Button] = frozenset(("stream start", "stream stop", "record start", "record stop"))
AUTO_NS = NS
"""How long a mix takes by default."""


class Press(Struct, frozen=True):
    """`switcher` None: the only one that can be meant. `over`: the length of a mix in ns. `transition`: another
    than a mix, by its name at the switcher."""

    button: Button
    source: str | None = None
    switcher: str | None = None
    over: int | None = None
    transition: str | None = None

    @property
    def said(self) -> str:
        """In the words of a sheet: `cut to left`, `take over 1s`."""
        words: list[str] = ["take" if self.button == "auto" else self.button]
        if self.source is not None:
            words += ["to", self.source] if self.button in ("cut", "dissolve") else [self.source]
        if self.button in MIXES:
            words.append(f"over {written(AUTO_NS if self.over is None else self.over)}")
        if self.transition is not None:
            words.append(f'with "{self.transition}"')
        return " ".join(words if self.switcher is None else [*words, "on", self.switcher])


def asked(plan: Plan, press: Press, source: str, received: int) -> Request | Verdict:
    """What a press asks for; a verdict when the show has no such source or switcher. `source` says who pressed."""
    about = Request("statement", None, source, received, said=press.said)
    over = None
    if press.button in MIXES:
        over = AUTO_NS if press.over is None else press.over
    try:
        what = "take" if press.button == "auto" else press.button
        act = orders.asked(plan, what, press.source, on=press.switcher, over=over, transition=press.transition)
    except ValueError as error:
        return Verdict(about, "refused", str(error).removesuffix("."))
    if over is not None:
        from cuelang.protocols.orders import length_trouble, transition_trouble

        kind, name = plan.switcher(act.switcher).kind, press.transition
        wrong = length_trouble(kind, over, plan.settings.fps)
        wrong = wrong or (transition_trouble(kind, name) if name is not None else None)
        if wrong is not None:
            return Verdict(about, "refused", f"{wrong[0]} {wrong[1]}".removesuffix("."))
    action = orders.statement(act)
    return Request("statement", None, source, received, statement=action, said=press.said, pressed=True)


def refusal(button: Button, reason: str, source: str, received: int) -> Verdict:
    """For a press that cannot be understood."""
    return Verdict(Request("statement", None, source, received, said=Press(button).said), "refused", reason)


def from_osc(
    plan: Plan, button: Button, named: str | None, arguments: tuple[Argument, ...], source: str, received: int
) -> Request | Verdict:
    """What `/switcher/cut "left"`, `/switcher/cut/left` (`named`), `/switcher/auto 1.5 "vision"`, `/switcher/dissolve
    "left" 2.0 "vision" "Swipe"` … ask for. A button's 1.0 or true says nothing but that it was pressed."""
    path = f"/switcher/{button.replace(' ', '/')}"
    names = [one for one in arguments if isinstance(one, str)]
    numbers = [one for one in arguments if isinstance(one, int | float) and not isinstance(one, bool)]
    if button not in MIXES:
        numbers = [one for one in numbers if isinstance(one, int) or one != 1]
    if named is not None:
        names.insert(0, named)
    needs_source = button in NAMES_SOURCE
    if needs_source and not names:
        return refusal(button, f"{path} needs the name of a source", source, received)
    transition = names.pop() if button in MIXES and len(names) == 3 else None
    if len(names) > (1 if button in OUTPUTS else 2) or len(numbers) > (button in MIXES):
        takes = {"auto": "one length in seconds", "dissolve": "a source and one length in seconds"}
        otherwise = "names, not numbers" if needs_source else "no number"
        return refusal(button, f"{path} takes {takes.get(button, otherwise)}", source, received)
    target = names[0] if names else None
    switcher = names[1] if len(names) > 1 else None
    if not needs_source and switcher is None and (button in OUTPUTS or any(s.name == target for s in plan.switchers)):
        target, switcher = None, target
    over = nanoseconds(numbers[0]) if numbers else None
    if numbers and over is None:
        return refusal(button, f"{numbers[0]} is not a length in seconds", source, received)
    return asked(plan, Press(button, target, switcher, over, transition), source, received)


def nanoseconds(seconds: float) -> int | None:
    """None for what is not a length."""
    return round(seconds * NS) if 0 <= seconds < 3600 else None
