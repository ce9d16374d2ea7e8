"""Lark's tables, run by a tighter loop.

Lark makes the lexer and the LALR tables from the grammar, and explains what does not fit. Its own loop spends most
of its time on calls: eight for each token. This one reads the same tables without them, which halves the time that a
long sheet takes, and knows nothing of mistakes but the row: who wants to know more asks Lark.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from lark import Lark, Token
from lark.lexer import UnlessCallback
from lark.parsers.lalr_analysis import Shift

END = "$END"


class Stuck(Exception):
    """The text does not fit the grammar; `row` is where (from 1)."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


class _Reduce(NamedTuple):
    """Take `size` values off, put what `build` makes of them there, under the name of the rule."""

    size: int
    build: Callable[[list[Any]], Any]
    rule: str


class _Rows(dict[int, dict[str, "int | _Reduce"]]):
    """What to do in each state on each token or rule: go to a state, or reduce. Worked out when first asked for."""

    def __init__(self, states: Any, callbacks: Any) -> None:
        self._states, self._callbacks = states, callbacks

    def __missing__(self, state: int) -> dict[str, int | _Reduce]:
        row: dict[str, int | _Reduce] = {}
        for name, (action, what) in self._states[state].items():
            if action is Shift:
                row[name] = what
            else:
                row[name] = _Reduce(len(what.expansion), self._callbacks[what], what.origin.name)
        self[state] = row
        return row


class QuickParser:
    """Parses as the given parser does (LALR, basic lexer, inline transformer without callbacks for terminals)."""

    def __init__(self, lark: Lark) -> None:
        frontend: Any = lark.parser
        machine = frontend.parser.parser
        table, lexer = machine.parse_table, frontend.lexer
        self._rows = _Rows(table.states, machine.callbacks)
        self._starts, self._ends = table.start_states, table.end_states
        self._scanners: list[re.Pattern[str]] = lexer.scanner._mres
        self._ignored: frozenset[str] = lexer.ignore_types
        self._tall: frozenset[str] = lexer.newline_types
        self._keywords: dict[str, UnlessCallback] = lexer.callback
        self._known: dict[tuple[str, str], str] = {}

    def parse(self, text: str, start: str) -> Any:
        """What the transformer makes of the text. Raises Stuck, and what the transformer raises."""
        rows, known, keywords = self._rows, self._known, self._keywords
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
                    word = known.get((kind, value))
                    if word is None:
                        word = known[kind, value] = keywords[kind].scanner.fullmatch(value) or kind
                    kind = word
                token = make(Token, value)
                token.type, token.line, token.column = kind, first, first_at
                token.end_line, token.end_column = line, past - line_at + 1
            else:
                kind = END
            while True:
                action = row.get(kind)
                if action is None:
                    raise Stuck(line if token is None else token.line or line)
                if isinstance(action, int):
                    states.append(action)
                    values.append(token)
                    row = rows[action]
                    break
                size, build, rule = action
                if size:
                    children = values[-size:]
                    del states[-size:], values[-size:]
                else:
                    children = []
                values.append(build(children))
                state = rows[states[-1]][rule]
                assert isinstance(state, int)
                states.append(state)
                if token is None and state == self._ends[start]:
                    return values[-1]
                row = rows[state]
