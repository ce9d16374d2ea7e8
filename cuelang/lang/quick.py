"""Lark's tables, run by a tighter loop.

Lark makes the lexer and the LALR tables from the grammar, and explains what does not fit. Its own loop spends most
of its time on calls: eight for each token. This one runs the same tables without them, which halves the time that a
long sheet takes, and knows nothing of mistakes but the row: Lark is asked for more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cuelang.lang.tables import Reduction, Tables

END = "$END"


class Token(str):
    """A word of the text and its place, counted as Lark counts: from 1, the end one past the last character."""

    __slots__ = ("column", "end_column", "end_line", "line", "type")
    type: str
    line: int
    column: int
    end_line: int
    end_column: int


class Stuck(Exception):
    """The text does not fit the grammar; `row` is where (from 1)."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


Build = Callable[[list[Any]], Any]


def _action(rule: Reduction, builder: object) -> tuple[int, Build, str]:
    """How many values the rule takes off, what makes a value of them, and the rule's name."""
    passed_on = rule.name.startswith("_") or (rule.single and rule.size == 1)
    build: Build = _inlined if passed_on else getattr(builder, rule.name)
    if rule.single:
        build = _single(build)
    if rule.kept is not None:
        build = _filtered(build, rule.kept)
    return rule.size, build, rule.origin


def _inlined(children: list[Any]) -> list[Any]:
    return children


def _single(build: Build) -> Build:
    return lambda children: children[0] if len(children) == 1 else build(children)


def _filtered(build: Build, kept: tuple[tuple[int, bool], ...]) -> Build:
    def filtered(children: list[Any]) -> Any:
        found: list[Any] = []
        for index, inlined in kept:
            if not inlined:
                found.append(children[index])
            elif found:
                found += children[index]
            else:
                found = children[index]  # it is private, and may be long
        return build(found)

    return filtered


class QuickParser:
    """Parses by the tables; `builder` has a method for each rule, which is given the rule's values."""

    def __init__(self, tables: Tables, builder: object) -> None:
        self._rows, self._starts, self._ends = tables.rows, tables.starts, tables.ends
        self._actions = [_action(rule, builder) for rule in tables.rules]
        self._scanners = [re.compile(pattern, flags) for pattern, flags in tables.scanners]
        self._ignored, self._tall = frozenset(tables.ignored), frozenset(tables.tall)
        self._keywords = tables.keywords

    def parse(self, text: str, start: str) -> Any:  # noqa: C901 - one loop, for its speed
        """What the builder makes of the text. Raises Stuck, and what the builder raises."""
        rows, actions, keywords = self._rows, self._actions, self._keywords
        ignored, tall, scanners = self._ignored, self._tall, self._scanners
        make: Callable[[type[Token], str], Token] = str.__new__
        scan, others = scanners[0].match, scanners[1:]
        states, values = [self._starts[start]], []
        row, at, line, line_at, end = rows[states[0]], 0, 1, 0, len(text)
        while True:
            token: Token | None = None
            if at < end:
                match = scan(text, at)
                if match is None:
                    match = next((found for other in others if (found := other.match(text, at))), None)
                    if match is None:
                        raise Stuck(line)
                first, first_at, kind, past = line, at - line_at + 1, match.lastgroup or "", match.end()
                value = match.group()
                at = past
                if kind in tall and "\n" in value:
                    line += value.count("\n")
                    line_at = past - len(value) + value.rindex("\n") + 1
                if kind in ignored:
                    continue
                if kind in keywords:
                    kind = keywords[kind].get(value, kind)
                token = make(Token, value)
                token.type, token.line, token.column = kind, first, first_at
                token.end_line, token.end_column = line, past - line_at + 1
            else:
                kind = END
            while True:
                action = row.get(kind)
                if action is None:
                    raise Stuck(line if token is None else token.line or line)
                if action >= 0:
                    states.append(action)
                    values.append(token)
                    row = rows[action]
                    break
                size, build, rule = actions[~action]
                if size:
                    children = values[-size:]
                    del states[-size:], values[-size:]
                else:
                    children = []
                values.append(build(children))
                state = rows[states[-1]][rule]
                states.append(state)
                if token is None and state == self._ends[start]:
                    return values[-1]
                row = rows[state]
