"""Which trigger an OSC message fires. No I/O and no clock: address and arguments in, a request or a verdict out.

One message fires one trigger, the most literal: first by its address, then by what its `with` asks for, then the one
that names its input, then the sheet's before the built-in one, then the earlier in the sheet. The built-in addresses
are triggers like the sheet's own, in the table below.

`> N` and `< N` fire when the argument crosses over, not on every message beyond: what each trigger saw last is kept
for each address and capture. A first message that is above has crossed, for that is what a button sends; to be on the
way down, the argument has to have been at N or above before.

A button sends 1.0 or true when it is pressed and 0.0 or false when it is let go. Letting go is not a request,
and 1.0 is not a cue: the number of a cue is in the address, a text or a whole number. A sheet that means the 0 asks for
it with `with 0`. Only `stop` and `panic` are never held back.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from cuelang.plan import CameraAction, CueAction, OnOsc, OscTest, Plan, Trigger, cue_number
from cuelang.playback.effects import Request, Verb, Verdict
from cuelang.protocols.osc import Argument, Incoming, SheetAddress, is_pattern
from cuelang.source import NOWHERE, Origin
from cuelang.triggers import desk

_NUMBER = (OscTest("capture", "n"),)


class SwitcherButton(Struct, frozen=True):
    """A button of a switcher: its source and length are in the message."""

    button: desk.Button


Action = CueAction | CameraAction | SwitcherButton

BUILT_IN: tuple[tuple[str, tuple[OscTest, ...], CueAction | SwitcherButton], ...] = (
    ("/go", (), CueAction("go")),
    ("/go", _NUMBER, CueAction("go", "{n}")),
    ("/go/{n}", (), CueAction("go", "{n}")),
    ("/cue/{n}/start", (), CueAction("start", "{n}")),
    ("/stop", (), CueAction("stop")),
    ("/pause", (), CueAction("pause")),
    ("/resume", (), CueAction("resume")),
    ("/panic", (), CueAction("panic")),
    ("/playhead/{n}", (), CueAction("standby", "{n}")),
    *((f"/switcher/{button}", (), SwitcherButton(button)) for button in desk.BUTTONS),
    ("/switcher/cut/{source}", (), SwitcherButton("cut")),
    ("/switcher/preview/{source}", (), SwitcherButton("preview")),
)

ALWAYS: frozenset[Verb] = frozenset(("stop", "panic"))
"""Nothing holds these back, not even that a button was let go."""

MAX_LISTED = 100
"""More actions than this, and the reason says only that they are more."""
_MEMORY = 4096


def let_go(arguments: tuple[object, ...]) -> bool:
    """Whether a button sends this when it is let go: nothing but false or 0."""
    return len(arguments) == 1 and isinstance(arguments[0], int | float) and not arguments[0]


def is_button(value: object) -> bool:
    """Whether an argument is a button's value rather than a number: true, false, 1.0, 0.0."""
    return isinstance(value, bool) or (isinstance(value, float) and value in (0.0, 1.0))


def number_text(value: object) -> str | None:
    """An argument as a cue's number would be written: 2.0 -> `2`, `"2.50"` -> `2.50`, the 32-bit float 2.1 -> `2.1`.

    None for what can be no number: blobs, true and false, infinity.
    """
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return None
    text = format(Decimal(_shortest(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shortest(value: float) -> str:
    """The shortest decimal that is sent as these 32 bits; of a 64-bit float, Python's own."""
    single = _single(value)
    if single is None or single != value:
        return repr(value)
    return next(
        (text for text in (f"{value:.{n}g}" for n in range(1, 10)) if _single(float(text)) == value), repr(value)
    )


def _single(value: float) -> float | None:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return None


def _equal(value: object, wanted: float | str | None) -> bool:
    if isinstance(wanted, str) or isinstance(value, str):
        return value == wanted
    if wanted is None or not isinstance(value, int | float):
        return False
    return value == wanted or (isinstance(value, float) and value == _single(float(wanted)))


_COMPARE: dict[str, Callable[[float, float], bool]] = {">": lambda a, b: a > b, "<": lambda a, b: a < b}
_TEST_RANK = {"==": 0, ">": 1, "<": 1, "capture": 2, "_": 3}
_NO_TEST = 4


class Rule(Struct, frozen=True, eq=False):
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


class Hit(Struct, frozen=True):
    rule: Rule
    captures: dict[str, str]


class OscTable:
    """The triggers of a plan. `find` remembers crossings unless it only peeks."""

    def __init__(self, plan: Plan, problem: Callable[[str], None]) -> None:
        self._problem = problem
        self._beyond: dict[tuple[object, ...], bool] = {}
        self.load(plan)

    def load(self, plan: Plan) -> None:
        """Another plan; what was crossed stays crossed."""
        self._plan = plan
        self._literal: dict[str, list[Rule]] = {}
        self._split: dict[int, list[tuple[tuple[str, ...], str]]] = {}
        self._open: dict[int, list[Rule]] = {}
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
        asked = (*(_TEST_RANK[test.op] for test in tests), _NO_TEST)
        rule = Rule(
            address,
            text,
            tests,
            source,
            action,
            origin,
            built_in,
            (address.rank, asked, source is None, built_in, order),
        )
        for literal in dict.fromkeys(address.literals):
            if literal not in self._literal:
                parts = tuple(literal.split("/"))
                self._split.setdefault(len(parts), []).append((parts, literal))
            self._literal.setdefault(literal, []).append(rule)
        if not address.literals:
            self._open.setdefault(text.count("/"), []).append(rule)

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
        hits: list[Hit] = []
        meant: dict[object, Action] = {}
        for rule, captures, literal in self._patterned(address) if pattern else self._literally(address):
            if rule.source is not None and rule.source != heard_on:
                continue
            tested = self._tested(rule, arguments, captures, literal, peek)
            if tested is None:
                continue
            hits.append(Hit(rule, tested))
            if pattern:
                action = rule.action
                meant[(action.verb, action.cue) if isinstance(action, CueAction) else id(action)] = action
                if len(meant) > MAX_LISTED:
                    break
        if not hits:
            return None
        if len(meant) > 1:
            return _too_many(list(meant.values()), address, source, received)
        best = min(hits, key=lambda hit: hit.rule.rank)
        if let_go(arguments) and self._is_no_request(best, arguments[0]):
            return None
        action = best.rule.action
        if isinstance(action, SwitcherButton):
            return desk.from_osc(self._plan, action.button, best.captures.get("source"), arguments, source, received)
        return asked(action, best.rule.origin, best.captures, source, received)

    def _is_no_request(self, hit: Hit, value: Argument) -> bool:
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

    def _literally(self, address: str) -> Iterator[tuple[Rule, dict[str, str], str]]:
        for rule in self._literal.get(address, ()):
            yield rule, {}, address
        for rule in self._open.get(address.count("/"), ()):
            captures = rule.address.match(address)
            if captures is not None:
                yield rule, captures, address

    def _patterned(self, address: str) -> Iterator[tuple[Rule, dict[str, str], str]]:
        try:
            incoming = Incoming(address)
        except ValueError:
            return
        for parts, literal in self._split.get(address.count("/") + 1, ()):
            if incoming.matches(parts):
                for rule in self._literal[literal]:
                    yield rule, {}, literal

    def _tested(
        self, rule: Rule, arguments: tuple[Argument, ...], captures: dict[str, str], literal: str, peek: bool
    ) -> dict[str, str] | None:
        tests = rule.tests
        if not tests:
            return captures
        if len(arguments) < len(tests):
            return None
        found, beyond, crosses = dict(captures), True, False
        for test, value in zip(tests, arguments, strict=False):
            if test.op == "==":
                if not _equal(value, test.value):
                    return None
            elif test.op == "capture":
                text = number_text(value)
                if text is None or (rule.built_in and is_button(value)):
                    return None
                found[str(test.value)] = text
            elif test.op in _COMPARE:
                if not isinstance(value, int | float) or not isinstance(test.value, int | float):
                    return None
                crosses = True
                beyond = beyond and _COMPARE[test.op](value, test.value)
        if not crosses:
            return found
        key = (*rule.identity, literal, *sorted(found.items()))
        before = self._beyond.get(key, all(test.op != ">" for test in tests))
        if not peek:
            self._beyond[key] = beyond
            if len(self._beyond) > _MEMORY:
                del self._beyond[next(iter(self._beyond))]
        return found if beyond and not before else None


def _too_many(actions: list[Action], address: str, source: str, received: int) -> Verdict:
    """The refusal of a pattern that means more than one thing."""
    cues = all(isinstance(action, CueAction) and action.cue not in (None, "next") for action in actions)
    count = str(len(actions)) if len(actions) <= MAX_LISTED else f"more than {MAX_LISTED}"
    verb: Verb = actions[0].verb if isinstance(actions[0], CueAction) else "statement"
    reason = f"{address} matches {count} {'cues' if cues else 'actions'}"
    return Verdict(Request(verb, None, source, received), "refused", reason)


def asked(
    action: CueAction | CameraAction, origin: Origin, captures: Mapping[str, str], source: str, received: int
) -> Request | Verdict:
    """What a trigger asks for, now that its captures are known; a verdict when they name no cue."""
    if isinstance(action, CameraAction):
        return Request("statement", None, source, received, statement=action, origin=origin)
    verb: Verb = action.verb
    cue = action.cue
    if cue is None or not cue.startswith("{"):
        return Request(verb, cue, source, received, origin=origin)
    text = captures.get(cue[1:-1], "")
    if text == "next" and verb in ("go", "standby"):
        return Request(verb, "next", source, received, origin=origin)
    if text == "previous" and verb == "standby":
        return Request("back", None, source, received, origin=origin)
    try:
        return Request(verb, cue_number(text), source, received, origin=origin)
    except ValueError:
        return Verdict(
            Request(verb, None, source, received, origin=origin), "no_cue", f"“{text[:40]}” is not a cue number"
        )
