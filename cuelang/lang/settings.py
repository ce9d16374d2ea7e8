"""The settings under a declaration: each word once, each value of the kind that its word takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from fractions import Fraction

from cuelang.address import PASSWORD_HINT, may_hold_a_password
from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.env import Env
from cuelang.lang.findings import Finding
from cuelang.lang.values import EXAMPLES, KIND_NAMES, Amount, AmountKind, Value
from cuelang.source import Loc, Origin

LAMPS = ("on", "program", "off")


class DeclarationReader(ABC):
    """Reads one declaration after another. What is wrong in the one that was entered last goes into `env.findings`."""

    def __init__(self, env: Env, section: s.Section) -> None:
        self.env = env
        self.section = section
        self.line = section.line

    @abstractmethod
    def evaluate(self, expr: s.Expr) -> Value:
        """The value of an expression with the names that are declared."""

    def report(self, code: str, loc: Loc, message: str, hint: str = "", *labels: tuple[Origin, str]) -> None:
        self.env.findings.append(Finding(code, self.section.origin(self.line, loc), message, hint, labels))

    def enter(self, sections: list[s.Section]) -> Iterator[s.Section]:
        for section in sections:
            self.section, self.line = section, section.line
            yield section

    def settings(self, section: s.Section, known: tuple[str, ...]) -> Iterator[s.Setting]:
        """The settings under a declaration, each word once; unknown words are reported."""
        seen: dict[str, Origin] = {}
        for line in section.line.children:
            self.line = line
            node = line.node
            if not isinstance(node, s.Setting):
                continue
            word = node.word.id
            if word not in known:
                near = nearest(word, known)
                self.report(
                    "E209", node.word.loc, f"Unknown setting “{word}”.{near}", f"Settings here: {', '.join(known)}."
                )
            elif word in seen:
                self.report(
                    "E206", node.word.loc, f"`{word}` is set twice.", "Remove one.", (seen[word], "first set here")
                )
            else:
                seen[word] = section.origin(line, node.word.loc)
                if node.screen is not None and word != "tally_index":
                    self.report("E208", node.loc, f"`{word}` has no screen.", "`screen` goes with `tally_index`.")
                yield node
        self.line = section.line

    def amount(self, setting: s.Setting, kind: AmountKind) -> Fraction | None:
        """The one amount of a setting, in its kind's base unit; None after a report."""
        value = self.only(setting, f"`{setting.word.id}` takes {KIND_NAMES[kind]}, such as {EXAMPLES[kind]}.")
        if value is None or value.kind == "unknown":
            return None
        if not isinstance(value, Amount) or value.kind != kind:
            self.report(
                "E301",
                setting.values[0].loc,
                f"`{setting.word.id}` takes {KIND_NAMES[kind]}, not {KIND_NAMES[value.kind]}.",
                f"For example: `{setting.word.id} {EXAMPLES[kind]}`.",
            )
            return None
        return value.amount

    def integer(self, setting: s.Setting, low: int, high: int) -> int | None:
        amount = self.amount(setting, "number")
        return None if amount is None else self._whole(amount, setting.word.id, setting.values[0].loc, low, high)

    def screen(self, setting: s.Setting) -> int | None:
        """The screen of `tally_index 3 screen 1`; 0 when none is named."""
        if setting.screen is None:
            return 0
        value = self.evaluate(setting.screen)
        if value.kind == "unknown":
            return None
        if value.kind != "number":
            self.report("E301", setting.loc, "A screen is a plain number.", "For example: `tally_index 3 screen 1`.")
            return None
        return self._whole(value.amount, "screen", setting.loc, 0, 65534)

    def _whole(self, amount: Fraction, word: str, loc: Loc, low: int, high: int) -> int | None:
        if amount.denominator != 1 or not low <= amount <= high:
            self.report(
                "E302", loc, f"`{word}` cannot be {float(amount):g}.", f"Expected a whole number from {low} to {high}."
            )
            return None
        return int(amount)

    def text(self, setting: s.Setting) -> str | None:
        value = self.only(setting, f"`{setting.word.id}` takes one quoted string.")
        if value is None or value.kind == "unknown":
            return None
        if value.kind != "text":
            self.report(
                "E301",
                setting.values[0].loc,
                f"`{setting.word.id}` takes a quoted string.",
                f'Write `{setting.word.id} "…"`.',
            )
            return None
        return str(value.amount)

    def word(self, setting: s.Setting, known: tuple[str, ...]) -> str | None:
        values = setting.values
        if len(values) == 1 and isinstance(values[0], s.Name):
            if values[0].id in known:
                return values[0].id
            value = self.evaluate(values[0])
            word = next((word for word in value.meant if word in known), None)
            if word is not None or value.kind == "unknown":
                return word
        near = nearest(values[0].id, known) if values and isinstance(values[0], s.Name) else ""
        loc = values[0].loc if values else setting.loc
        self.report("E209", loc, f"Invalid value for `{setting.word.id}`.{near}", f"Expected {either(known)}.")
        return None

    def only(self, setting: s.Setting, usage: str) -> Value | None:
        if len(setting.values) != 1:
            self.report("E208", setting.loc, f"`{setting.word.id}` takes one value.", usage)
            return None
        return self.evaluate(setting.values[0])

    def login(self, setting: s.Setting) -> tuple[str, str] | None:
        """A user name, and the variable that holds the password."""
        values = setting.values
        if len(values) == 2 and isinstance(values[0], s.Text) and isinstance(values[1], s.Text):
            self.password(values[1])
            return values[0].value, values[1].value
        self.report(
            "E208",
            setting.loc,
            "`login` needs a user name and the environment variable that holds the password.",
            'Write `login "admin" from "FOH_PASSWORD"`.',
        )
        return None

    def password(self, node: s.Text) -> None:
        """The variable that holds a password, for everything that has one."""
        if not may_hold_a_password(node.value):
            self.report(
                "E302", node.loc, f"A sheet may not use the variable “{node.value}” as a password.", PASSWORD_HINT
            )


def either(words: Mapping[str, object] | tuple[str, ...]) -> str:
    if not words:
        return "nothing"
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
