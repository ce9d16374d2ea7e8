"""Which trigger an OSC message fires. No I/O and no clock: address and arguments in, a request or a verdict out.

One message fires one trigger, the most literal: first by its address, then by what its `with` asks for, then the one
that names its input, then the sheet's before the built-in one, then the earlier in the sheet. The built-in addresses
are triggers like the sheet's own, in the table below.

A button sends 1.0 or true when it is pressed and 0.0 or false when it is let go. Letting go is not a request,
and 1.0 is not a cue: the number of a cue is in the address, a text or a whole number. A sheet that means the 0 asks for
it with `with 0`. Only `stop` and `panic` are never held back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

from msgspec import Struct

from cuelang.plan import NEXT, CameraAction, Captured, CueAction, NextCue, OnOsc, OscTest, Plan, Trigger, cue_number
from cuelang.playback.effects import Request, Verb, Verdict
from cuelang.playback.rules import ALWAYS
from cuelang.protocols.osc import Argument, Incoming, SheetAddress, is_pattern
from cuelang.source import NOWHERE, Origin
from cuelang.triggers import desk, jump
from cuelang.triggers.arguments import Crossings, is_button, rank_of

_NUMBER = (OscTest("capture", "n"),)


class SwitcherButton(Struct, frozen=True):
    """A button of a switcher: its source and length are in the message."""

    button: desk.Button


class OscJump(Struct, frozen=True):
    """`/locate/12`: the rest is in the message."""

    @property
    def text(self) -> str:
        return "locate {n}"


class StandIn(Struct, frozen=True):
    """`/swap/foh/spare`: the cameras are in the address."""

    @property
    def text(self) -> str:
        return "swap {camera} for {other}"


Action = CueAction | CameraAction | SwitcherButton | OscJump | StandIn

_N = Captured("n")
BUILT_IN: tuple[tuple[str, tuple[OscTest, ...], CueAction | SwitcherButton | OscJump | StandIn], ...] = (
    ("/go", (), CueAction("go")),
    ("/go", _NUMBER, CueAction("go", _N)),
    ("/go/{n}", (), CueAction("go", _N)),
    ("/cue/{n}/start", (), CueAction("start", _N)),
    ("/stop", (), CueAction("stop")),
    ("/pause", (), CueAction("pause")),
    ("/resume", (), CueAction("resume")),
    ("/panic", (), CueAction("panic")),
    ("/playhead/{n}", (), CueAction("standby", _N)),
    ("/locate/{n}", (), OscJump()),
    ("/swap/{camera}/{other}", (), StandIn()),
    *((f"/switcher/{button.replace(' ', '/')}", (), SwitcherButton(button)) for button in desk.BUTTONS),
    *((f"/switcher/{button}/{{source}}", (), SwitcherButton(button)) for button in ("cut", "dissolve", "preview")),
)

MAX_LISTED = 100
"""More actions than this, and the reason says only that they are more."""


def is_release(arguments: tuple[object, ...]) -> bool:
    """Whether a button sends this when it is let go: nothing but false or 0."""
    return len(arguments) == 1 and isinstance(arguments[0], int | float) and not arguments[0]


class OscRule(Struct, frozen=True, eq=False):
    address: SheetAddress
    text: str
    tests: tuple[OscTest, ...]
    source: str | None
    action: Action
    origin: Origin
    built_in: bool
    rank: tuple[object, ...]

    @property
    def identity(self) -> tuple[object, ...]:
        """What stays the same over a reload."""
        cue = self.action.cue if isinstance(self.action, CueAction) else None
        return (self.text, self.tests, self.source, cue)


class OscMatch(Struct, frozen=True):
    rule: OscRule
    captures: dict[str, str]


class OscTable:
    """The triggers of a plan. `find` remembers crossings unless it only peeks."""

    def __init__(self, plan: Plan, problem: Callable[[str], None]) -> None:
        self._problem = problem
        self._crossings = Crossings()
        self.load(plan)

    def load(self, plan: Plan) -> None:
        """Another plan; what was crossed stays crossed."""
        self._plan = plan
        self._literal: dict[str, list[OscRule]] = {}
        self._split: dict[int, list[tuple[tuple[str, ...], str]]] = {}
        self._open: dict[tuple[int, str | None, str | None], list[OscRule]] = {}
        """Those with captures or patterns: by their slashes, their first part and their last (None: not a literal)."""
        self._cues = {cue.number for cue in plan.cues}
        for order, trigger in enumerate(plan.triggers):
            self._add_sheets(trigger, order)
        for order, (text, tests, action) in enumerate(BUILT_IN):
            self._add(SheetAddress(text), text, tests, None, action, NOWHERE, order, built_in=True)

    def _add_sheets(self, trigger: Trigger, order: int) -> None:
        when, action = trigger.when, trigger.action
        if not isinstance(when, OnOsc) or not isinstance(action, CueAction | CameraAction):
            return
        try:
            address = SheetAddress(when.address)
        except ValueError as error:
            place = trigger.origin.span
            self._problem(f"{place.file}:{place.line}: nothing can fire this trigger: {error}")
            return
        self._add(address, when.address, when.tests, when.source, action, trigger.origin, order)

    def _add(
        self,
        address: SheetAddress,
        text: str,
        tests: tuple[OscTest, ...],
        source: str | None,
        action: Action,
        origin: Origin,
        order: int,
        built_in: bool = False,
    ) -> None:
        rule = OscRule(
            address,
            text,
            tests,
            source,
            action,
            origin,
            built_in,
            (address.rank, rank_of(tests), source is None, built_in, order),
        )
        for literal in dict.fromkeys(address.literals):
            if literal not in self._literal:
                parts = tuple(literal.split("/"))
                self._split.setdefault(len(parts), []).append((parts, literal))
            self._literal.setdefault(literal, []).append(rule)
        if not address.literals:
            self._open.setdefault((text.count("/"), *address.ends), []).append(rule)

    # --- finding -------------------------------------------------------------------------------------------

    def find(
        self,
        address: str,
        arguments: tuple[Argument, ...],
        heard_on: str,
        source: str,
        received: int,
        *,
        peek: bool = False,
    ) -> Request | Verdict | None:
        """What this message asks for; None if no trigger wants it. `heard_on` is the input's name."""
        pattern = is_pattern(address)
        hits: list[OscMatch] = []
        meant: dict[object, Action] = {}
        for rule, captures, literal in self._patterned(address) if pattern else self._literally(address):
            if rule.source is not None and rule.source != heard_on:
                continue
            if rule.tests:
                tested = self._crossings.met(
                    rule.tests, arguments, captures, (*rule.identity, literal), buttons=rule.built_in, peek=peek
                )
                if tested is None:
                    continue
                captures = tested
            hits.append(OscMatch(rule, captures))
            if pattern:
                action = rule.action
                meant[action if isinstance(action, CueAction) else id(action)] = action
                if len(meant) > MAX_LISTED:
                    break
        if not hits:
            return None
        if len(meant) > 1:
            return _too_many(list(meant.values()), address, source, received)
        best = min(hits, key=lambda hit: hit.rule.rank) if len(hits) > 1 else hits[0]
        if is_release(arguments) and self._is_no_request(best, arguments[0]):
            return None
        return self._asked(best, arguments, source, received)

    def _asked(
        self, hit: OscMatch, arguments: tuple[Argument, ...], source: str, received: int
    ) -> Request | Verdict | None:
        action, captures = hit.rule.action, hit.captures
        if isinstance(action, SwitcherButton):
            return desk.from_osc(self._plan, action.button, captures.get("source"), arguments, source, received)
        if isinstance(action, StandIn):
            return jump.swap(captures, arguments, source, received)
        if isinstance(action, OscJump):
            return jump.from_osc(captures.get("n", ""), arguments, source, received)
        return asked(action, hit.rule.origin, captures, source, received)

    def _is_no_request(self, hit: OscMatch, value: Argument) -> bool:
        """Whether this trigger does not fire on a button that is let go."""
        action, tests = hit.rule.action, hit.rule.tests
        if isinstance(action, CueAction) and action.verb in ALWAYS:
            return False
        if not tests:
            return True
        return tests[0].op == "capture" and is_button(value) and "0" not in self._cues

    def knows(self, address: str) -> bool:
        """Whether some trigger has this literal address, whatever else it asks for."""
        return next(self._literally(address), None) is not None

    def _literally(self, address: str) -> Iterator[tuple[OscRule, dict[str, str], str]]:
        for rule in self._literal.get(address, ()):
            yield rule, {}, address
        slashes, first, last = address.count("/"), address[1:].partition("/")[0], address[address.rfind("/") + 1 :]
        for key in (slashes, first, last), (slashes, first, None), (slashes, None, last), (slashes, None, None):
            for rule in self._open.get(key, ()):
                captures = rule.address.match(address)
                if captures is not None:
                    yield rule, captures, address

    def _patterned(self, address: str) -> Iterator[tuple[OscRule, dict[str, str], str]]:
        try:
            incoming = Incoming(address)
        except ValueError:
            return
        for parts, literal in self._split.get(address.count("/") + 1, ()):
            if incoming.matches(parts):
                for rule in self._literal[literal]:
                    yield rule, {}, literal


def _too_many(actions: list[Action], address: str, source: str, received: int) -> Verdict:
    """The refusal of a pattern that means more than one thing."""
    cues = all(isinstance(action, CueAction) and action.cue not in (None, NEXT) for action in actions)
    count = str(len(actions)) if len(actions) <= MAX_LISTED else f"more than {MAX_LISTED}"
    verb: Verb = actions[0].verb if isinstance(actions[0], CueAction) else "statement"
    reason = f"{address} matches {count} {'cues' if cues else 'actions'}"
    return Verdict(Request(verb, None, source, received), "refused", reason)


def asked(
    action: CueAction | CameraAction, origin: Origin, captures: Mapping[str, str], source: str, received: int
) -> Request | Verdict:
    """What a trigger asks for, now that its captures are known; a verdict when they name no cue or no time."""
    if isinstance(action, CameraAction):
        return literal(action, origin, source, received)
    verb: Verb = action.verb
    cue = action.cue
    try:
        moment = jump.of_action(action, captures)
    except ValueError as error:
        return Verdict(Request(verb, None, source, received, origin=origin), "refused", str(error).removesuffix("."))
    match cue:
        case None | NextCue() | str():
            return Request(verb, cue, source, received, origin=origin, moment=moment, swap=action.swap)
        case Captured(name=name):
            text = captures.get(name, "")
        case _:
            assert_never(cue)
    if text == str(NEXT) and verb in ("go", "standby"):
        return Request(verb, NEXT, source, received, origin=origin)
    if text == "previous" and verb == "standby":
        return Request("back", None, source, received, origin=origin)
    try:
        return Request(verb, cue_number(text), source, received, origin=origin, moment=moment)
    except ValueError:
        return Verdict(
            Request(verb, None, source, received, origin=origin), "no_cue", f"“{text[:40]}” is not a cue number"
        )


def literal(
    action: CueAction | CameraAction,
    origin: Origin,
    source: str,
    received: int,
    *,
    schedule: bool = False,
    pressed: bool = False,
) -> Request:
    """What a trigger that captures nothing asks for."""
    if isinstance(action, CameraAction):
        return Request(
            "statement", None, source, received, schedule=schedule, statement=action, origin=origin, pressed=pressed
        )
    moment = jump.of_action(action, {})
    cue = action.cue
    assert not isinstance(cue, Captured), "only a message brings what is captured"
    return Request(
        action.verb,
        cue,
        source,
        received,
        schedule=schedule,
        origin=origin,
        pressed=pressed,
        moment=moment,
        swap=action.swap,
    )
