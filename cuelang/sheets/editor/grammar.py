"""The language for editors that colour by patterns: a TextMate grammar, made from the compiler's own words.

Every word and sign of a sheet gets a scope, so that a colour theme can tell it from what is not understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from cuelang.lang.synonyms import WEEKDAYS
from cuelang.lang.words import BLOCK_WORDS, DECLARATIONS, SETTINGS, STATEMENTS
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.sheets.editor.completion import EASES, MODES, OF_SETTINGS
from cuelang.sheets.editor.prefix import keywords

SCOPE = "source.cuelang"
_NAME = r"[^\W\d]\w*"
_END = r"(?![\w])"


def words() -> dict[str, tuple[str, ...]]:
    """The words of the language by what they are; none is in two lists."""
    lists = {
        "control": (*DECLARATIONS, *STATEMENTS, *BLOCK_WORDS),
        "setting": tuple(word for table in SETTINGS.values() for word in table),
        "property": tuple(PROPERTIES),
        "constant": (
            *EASES, *WEEKDAYS, *(word for table in (*MODES.values(), *OF_SETTINGS.values()) for word in table),
            *(word for prop in PROPERTIES.values() for word in prop.words),
        ),
        "other": tuple(keywords().values()),
    }  # fmt: skip
    found: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for kind in ("control", "other", "setting", "property", "constant"):
        own = sorted({word for word in lists[kind] if word[:1].isalpha()} - taken)
        taken |= set(own)
        found[kind] = tuple(own)
    return found


def _any_of(texts: Iterable[str]) -> str:
    chosen = "|".join(re.escape(text) for text in sorted(texts, key=lambda text: (-len(text), text)))
    return rf"(?<![\w])(?:{chosen}){_END}"


def textmate() -> dict[str, Any]:
    """The grammar as data."""
    kinds = words()
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "cuelang",
        "scopeName": SCOPE,
        "fileTypes": ["cues"],
        "patterns": [{"include": f"#{part}"} for part in (
            "comment", "string", "capture", "cue", "declared", "number", "call", "control", "word", "setting",
            "property", "constant", "operator", "punctuation", "name",
        )],
        "repository": {
            "comment": {"match": "#.*$", "name": "comment.line.number-sign.cuelang"},
            "string": {
                "begin": '"', "end": '"|$', "name": "string.quoted.double.cuelang",
                "patterns": [
                    {"match": r"\\(?:u[0-9a-fA-F]{4}|.)", "name": "constant.character.escape.cuelang"},
                    {"match": r"\{\{|\}\}", "name": "constant.character.escape.cuelang"},
                    {"match": rf"\{{{_NAME}\}}", "name": "variable.other.interpolated.cuelang"},
                ],
            },
            "capture": {"match": rf"\{{{_NAME}\}}", "name": "variable.parameter.capture.cuelang"},
            "cue": {
                "match": r"^(cue)[ \t]+([0-9]+(?:\.[0-9]+)?)",
                "captures": _captures("keyword.control", "entity.name.section.cue"),
            },
            "declared": {"patterns": [
                {"match": rf"^(define)[ \t]+({_NAME})",
                 "captures": _captures("keyword.control", "entity.name.function")},
                {"match": rf"^(camera|group|switcher)[ \t]+({_NAME})",
                 "captures": _captures("keyword.control", "entity.name.type")},
                {"match": rf"^(input|output)[ \t]+({_NAME})",
                 "captures": _captures("keyword.control", "entity.name.namespace")},
                {"match": rf"^[ \t]*(let)[ \t]+({_NAME})",
                 "captures": _captures("keyword.control", "variable.other.constant")},
                {"match": rf"^[ \t]+(preset|source)[ \t]+({_NAME})(?=[ \t]*(?:=|at{_END}|focus{_END}|picture{_END}))",
                 "captures": _captures("keyword.other", "variable.other.enummember")},
            ]},
            "number": {
                "match": r"(?<![\w.])(?:\d{4}-\d\d-\d\d|\d+(?::\d\d){1,3}(?:;\d\d)?(?:\.\d+)?|0x[0-9a-fA-F]+"
                r"|(?:\d+(?:\.\d+)?|\.\d+)(?:ms|s|m|h|f|x|deg|K|Hz|%)?)(?![\w])",
                "name": "constant.numeric.cuelang",
            },
            "call": {"match": rf"(?<![\w]){_NAME}(?=\()", "name": "entity.name.function.call.cuelang"},
            "control": {"match": _any_of(kinds["control"]), "name": "keyword.control.cuelang"},
            "word": {"match": _any_of(kinds["other"]), "name": "keyword.other.cuelang"},
            "setting": {"match": _any_of(kinds["setting"]), "name": "support.type.property-name.cuelang"},
            "property": {"match": _any_of(kinds["property"]), "name": "support.type.property-name.cuelang"},
            "constant": {"match": _any_of(kinds["constant"]), "name": "constant.language.cuelang"},
            "operator": {"match": "==|!=|<=|>=|[-+*/=<>]", "name": "keyword.operator.cuelang"},
            "punctuation": {"match": "[(),.]", "name": "punctuation.separator.cuelang"},
            "name": {"match": rf"(?<![\w]){_NAME}", "name": "variable.other.cuelang"},
        },
    }  # fmt: skip


def _captures(*scopes: str) -> dict[str, dict[str, str]]:
    return {str(number): {"name": f"{scope}.cuelang"} for number, scope in enumerate(scopes, 1)}


def textmate_text() -> str:
    """The grammar as a file."""
    return json.dumps(textmate(), indent=4, ensure_ascii=False) + "\n"
