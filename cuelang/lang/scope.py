"""The context in which a statement is lowered: the names it sees, and where its findings go."""

from __future__ import annotations

from collections.abc import Container, Mapping
from fractions import Fraction
from typing import Literal, TypeVar

from cuelang.diagnostics import meant, nearest
from cuelang.lang import syntax as s
from cuelang.lang.env import CameraInfo, Env, looked_up
from cuelang.lang.files import SheetFinder
from cuelang.lang.findings import Finding, Findings
from cuelang.lang.places import report_unknown_camera
from cuelang.lang.synonyms import likely
from cuelang.lang.texts import fill
from cuelang.lang.values import (
    EXAMPLES,
    KIND_NAMES,
    UNKNOWN,
    Amount,
    AmountKind,
    Names,
    Value,
    WordValue,
    evaluate,
    to_ns,
)
from cuelang.plan import Preset
from cuelang.source import Loc, Origin, Source
from cuelang.units import DAY, MINUTE, MS, NS

T = TypeVar("T")
Dead = Literal["", "known", "blind"]
"""Whether a branch is only checked: with its amounts, or without."""

MAX_TIME_NS = 366 * DAY


class Files:
    """The files that statements name. `cache` is shared by all that are made while one show is compiled; `read` is what
    was found, or why not, by the sheet and the path in it."""

    def __init__(self, library: SheetFinder, cache: dict[tuple[str, str], Source | str]) -> None:
        self.library = library
        self.cache = cache
        self.read: dict[tuple[str, str], Source | str] = {}

    def file(self, path: str, user: str) -> Source | str:
        """The file at `path`, relative to the sheet `user`; or why it cannot be had."""
        key = user, path
        if key not in self.cache:
            self.cache[key] = self.library.file(path, user)
        self.read[key] = self.cache[key]
        return self.read[key]

    def changed(self, known: Mapping[tuple[str, str], Source | str]) -> bool:
        """Whether one of these files is not what it was."""
        return any(self.file(path, user) != was for (user, path), was in known.items())


class Scope:
    """Names of a block over those of the blocks around it, over the show's.

    `local` is copied when a block opens, so a `let` ends with its block. `call` is the macro call that led here.
    `files` are those that statements name.
    """

    def __init__(self, env: Env, section: s.Section, call: Origin | None, findings: Findings, files: Files) -> None:
        self.env = env
        self.section = section
        self.line = section.line
        self.call = call
        self.findings = findings
        self.local: dict[str, Value] = {}
        self.used: set[str] = set()
        self.looked_at: set[str] = set()
        """The cameras of which more than their names was needed, and the presets of which more than name and number
        was."""
        self.dead: Dead = ""
        self.files = files
        self.one_of: tuple[str, ...] = ()
        """The cameras of the `with one of` around."""

    def nested(self) -> Scope:
        inner = Scope(self.env, self.section, self.call, self.findings, self.files)
        inner.line, inner.local, inner.used, inner.dead = self.line, dict(self.local), self.used, self.dead
        inner.one_of, inner.looked_at = self.one_of, self.looked_at
        return inner

    def in_dead(self, dead: Dead) -> Scope:
        """The scope of a branch that is not taken. With `blind`, amounts that have a name are not known in it: it
        may be just they that keep the branch from being taken."""
        inner = self.nested()
        inner.findings, inner.dead = Findings(), dead
        if dead == "blind":
            inner.local = dict.fromkeys(inner.local, UNKNOWN)
        return inner

    def within(self, section: s.Section, call: Origin) -> Scope:
        """The scope of a macro's body, called at `call`: it sees the show's names and its parameters."""
        inner = Scope(self.env, section, call, self.findings, self.files)
        inner.used, inner.dead, inner.one_of = self.used, self.dead, self.one_of
        inner.looked_at = self.looked_at
        return inner

    def origin(self, loc: Loc) -> Origin:
        return Origin(self.section.block, self.line.number, loc)

    def report(self, code: str, loc: Loc, message: str, hint: str = "") -> None:
        labels = ((self.call, "called here"),) if self.call else ()
        self.findings.append(Finding(code, self.origin(loc), message, hint, labels))

    # --- names -----------------------------------------------------------------------------------------------

    def look_up(self, name: s.Name) -> Value:
        """What a name stands for, with the words it may be meant as; an undeclared name is a bare word."""
        return self.declared(name) or WordValue("word", name.id, words=(name.id,))

    def declared(self, name: s.Name) -> Value | None:
        """What a name stands for; None if it is only a word."""
        value = self.local.get(name.id)
        if value is not None:
            return value
        value = self.env.value_of(name.id)
        if value is None:
            return None
        self.used.add(name.id)
        return UNKNOWN.named(name.id) if self.dead == "blind" and name.id in self.env.lets else value.named(name.id)

    def fill(self, text: s.Text) -> Value:
        """A text with the values of the names in it."""
        if "{" not in text.value:
            return WordValue("text", text.value)

        def known() -> list[str]:
            return [*self.local, *self.env.lets, *self.env.cameras, *self.env.groups]

        return fill(text, self.declared, known, self.env.fps, self.report)

    def evaluate(self, expr: s.Expr) -> Value:
        return evaluate(expr, Names(self.look_up, self.fill, self.env.fps, self.report))

    def clock_text(self, expr: s.Expr) -> str | None:
        """A time of day as it was written (`19:30`), here or where the name that is here was given it; empty: it is
        something else. None after a report, or for a value that is not known."""
        if isinstance(expr, s.Name):
            value = self.look_up(expr)
            return None if value.kind == "unknown" else value.clock
        return expr.text if isinstance(expr, s.Clock) else ""

    def pick(self, expr: s.Expr, known: Container[str]) -> Value:
        """What was found where one of some words may be: that word, if it is there or the name that is there brings it;
        otherwise whatever value it has, unknown perhaps.

        A word stays a word though something in the show has its name; but a parameter, a loop's camera or a `let` of
        the block shadows it.
        """
        if not isinstance(expr, s.Name):
            value = self.evaluate(expr)
        elif expr.id not in self.local and expr.id in known:
            return WordValue("word", expr.id, words=(expr.id,))
        else:
            value = self.look_up(expr)
        word = next((word for word in value.meant if word in known), None)
        return value if word is None else WordValue("word", word, words=(word,))

    def choice(self, name: s.Name, known: Mapping[str, T] | tuple[str, ...], what: str) -> str | None:
        """A word out of a table; E208 with the nearest otherwise. Parameters may bring it."""
        value = self.pick(name, known)
        if value.kind == "unknown":
            return None
        if value.kind == "word" and value.amount in known:
            return value.amount
        if name.id in known:
            return name.id  # a parameter that is called like a word, and holds nothing that could be used here
        word = called(value, name)
        near = likely(word, known)
        self.report("E208", name.loc, f"“{word}” is not a valid {what}.{near}", f"Expected one of {', '.join(known)}.")
        return None

    def cameras(self, cams: s.Cams) -> tuple[CameraInfo, ...]:
        """The cameras of a list, each once, in the order in which they are named."""
        found: dict[str, CameraInfo] = {}
        for cam in cams:
            value = self.local.get(cam.id)
            if value is None:
                value = self.env.value_of(cam.id)
                self.used.add(cam.id)
            if value is None:
                macro, source = cam.id in self.env.macros, cam.id in self.env.sources
                kind = "a macro" if macro else "a source of a switcher, not a camera" if source else None
                known = (*self.env.cameras, *self.env.groups)
                self.used |= set() if kind else meant(cam.id, known)
                if kind or not self.env.excuses(cam.id, known):
                    report_unknown_camera(cam, kind, known, self.report, self.env.rig)
            elif value.kind == "cameras":
                for name in value.amount:
                    info = self.env.meant(name)
                    if info is not None:
                        found[name] = info
                        self.looked_at.update((name, info.camera.name))
            elif value.kind == "word":
                known = (*self.env.cameras, *self.env.groups)
                self.used |= meant(value.amount, known)
                if not self.env.excuses(value.amount, known):
                    report_unknown_camera(s.Name(value.amount, cam.loc), None, known, self.report, self.env.rig)
            elif value.kind != "unknown":
                self.report(
                    "E201", cam.loc, f"“{cam.id}” is {KIND_NAMES[value.kind]}.", "Expected a camera or a group."
                )
        return tuple(found.values())

    def preset(self, info: CameraInfo, name: str) -> Preset | None:
        """A preset of a camera, which is noted as looked at."""
        self.looked_at.add(looked_up(info.camera.name, name))
        return info.presets.get(name)

    # --- amounts ---------------------------------------------------------------------------------------------

    def amount(self, expr: s.Expr, kind: AmountKind, what: str) -> Fraction | None:
        """An amount of this kind in its base unit; None after a report, or when it is not known."""
        value = self.evaluate(expr)
        if value.kind == "unknown":
            return None
        if not isinstance(value, Amount) or value.kind != kind:
            shown, near = KIND_NAMES[value.kind], ""
            if value.kind == "word":
                shown = f"“{value.amount}”"
                near = nearest(value.amount, [*self.env.lets, *self.local])
                self.used |= meant(value.amount, self.env.lets)
            hint = f"For example: {EXAMPLES[kind]}."
            if kind == "time" and isinstance(expr, s.Quantity):
                number = expr.written or _number(expr.value)
                hint = f"Write `{number}s` for seconds, `{number}m` for minutes."
            elif kind == "time" and value.kind == "word" and value.amount.lower() in _SPANS:
                hint = f"Write `{_SPANS[value.amount.lower()]}`."
            self.report("E301", expr.loc, f"{what} must be {KIND_NAMES[kind]}, not {shown}.{near}", hint)
            return None
        return value.amount

    def time(self, expr: s.Expr, what: str, low: int = 0) -> int | None:
        """Nanoseconds, not less than `low`."""
        seconds = self.amount(expr, "time", what)
        if seconds is None:
            return None
        span = to_ns(seconds)
        if span < low or span > MAX_TIME_NS:
            least = {0: "0s or more", 1: "more than 0s"}.get(low, f"{low // MS}ms or more")
            limit = "Write less than a year." if span > MAX_TIME_NS else f"Write {least}."
            wrong = "is too long" if span > MAX_TIME_NS else "is too short" if span > 0 else "is zero"
            self.report("E302", expr.loc, f"{what} {wrong if span >= 0 else 'is negative'}.", limit)
            return None
        return span

    def exact(self, expr: s.Expr) -> Fraction:
        """An amount of time that `time` has accepted, in ns that are not rounded."""
        value = self.evaluate(expr)
        return value.amount * NS if isinstance(value, Amount) else Fraction(0)

    def time_of_day(self, expr: s.Expr, word: str, leap: int) -> None:
        """W613 for a clock such as 19:30 where a duration is expected, if it looks like an hour of the day: from six
        o'clock on, and far after what comes before it."""
        text = self.evaluate(expr).clock
        hours, _, minutes = text.partition(":")
        if len(hours) != 2 or not minutes.isdigit() or not 6 <= int(hours) <= 23 or leap < 5 * MINUTE:
            return
        self.report(
            "W613",
            expr.loc,
            f"`{word} {text}` means {int(hours)} minutes{f' {int(minutes)} seconds' if int(minutes) else ''}, not a"
            " time of day.",
            f"For the time of day write `wait until {text}`; for the duration write `{word} 0:{text}`.",
        )

    def integer(self, expr: s.Expr, low: int, high: int, what: str) -> int | None:
        number = self.amount(expr, "number", what)
        if number is None:
            return None
        if number.denominator != 1 or not low <= number <= high:
            self.report(
                "E302",
                expr.loc,
                f"{what} cannot be {_number(number)}.",
                f"Expected a whole number from {low} to {high}.",
            )
            return None
        return int(number)

    def condition(self, expr: s.Expr) -> bool | None:
        value = self.evaluate(expr)
        if value.kind == "unknown":
            return None
        if value.kind != "truth":
            self.report(
                "E301",
                expr.loc,
                f"`if` needs a condition, not {KIND_NAMES[value.kind]}.",
                "For example: `if time > 5s`.",
            )
            return None
        return value.amount

    def text(self, node: s.Expr, what: str) -> str | None:
        """A text with the values of the names in it; None when it is not known, or after a report."""
        value = self.evaluate(node)
        if value.kind == "unknown":
            return None
        if value.kind != "text":
            self.report(
                "E301",
                node.loc,
                f"{what} must be a quoted string, not {KIND_NAMES[value.kind]}.",
                f'Write "{node.id}", in quotes.' if isinstance(node, s.Name) else 'Write "…".',
            )
            return None
        return value.amount


_SPANS = {"second": "1s", "minute": "1m", "hour": "1h", "half_hour": "30m", "quarter": "15m"}


def called(value: Value, expr: s.Expr) -> str:
    """How a message names what was found where a word was expected."""
    if isinstance(value, WordValue):
        return value.amount
    return value.words[0] if value.words else expr.id if isinstance(expr, s.Name) else "this"


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
