"""What the tables of the language must have a row for, so that nothing that is parsed is silently left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from lark import Transformer

from cuelang import plan
from cuelang.address import SWITCHER_PORTS
from cuelang.lang.build import Builder
from cuelang.lang.explain import FORMS
from cuelang.lang.ports import _PORTS as SCHEMES
from cuelang.lang.words import DECLARATIONS, OF_CAMERAS, STATEMENTS

PACKAGE = Path(__file__).parents[2] / "cuelang"
TESTS = Path(__file__).parents[1]


def test_every_method_of_the_builder_is_a_rule_of_the_grammar() -> None:
    """Or else another method calls it."""
    grammar = (PACKAGE / "lang/grammar.lark").read_text(encoding="utf-8")
    rules = set(re.findall(r"^[!?_]*(\w+):", grammar, re.MULTILINE)) | set(re.findall(r"-> (\w+)", grammar))
    sources = "".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "lang").glob("build*.py"))
    called = set(re.findall(r"self\.(\w+)\(", sources))
    made = {name for name in dir(Builder) if name[0] != "_" and callable(getattr(Builder, name))}
    assert {name for name in made - called - set(dir(Transformer)) if name.rstrip("_") not in rules} == set()


def test_every_trigger_has_a_door() -> None:
    """A module of a door names the trigger's type."""
    doors = [path for folder in ("triggers", "screen") for path in (PACKAGE / folder).glob("*.py")]
    named = {
        node.id
        for path in doors
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name)
    }
    scheduled = {one.__name__ for one in get_args(plan.Schedule)} if "Schedule" in named else set()
    assert {one.__name__ for one in get_args(plan.When)} <= named | scheduled


@pytest.mark.parametrize("word", [*DECLARATIONS, *STATEMENTS])
def test_every_first_word_has_a_form(word: str) -> None:
    assert FORMS[word].startswith(word)


def test_what_a_camera_is_asked_begins_with_a_known_word() -> None:
    grammar = (PACKAGE / "lang/grammar.lark").read_text(encoding="utf-8")
    rules = dict(re.findall(r"^[!?]*(\w+): (.*(?:\n +\|.*)*)", grammar, re.MULTILINE))
    names = re.findall(r"\w+", f"{rules['_own_camera_statement']} {rules['_camera_statement']}")
    heads = [rules[name].split("cams")[0] for name in names if name != "_own_camera_statement"]
    assert {word for head in heads for word in re.findall(r'"(\w+)"', head)} == set(OF_CAMERAS)


@pytest.mark.parametrize("scheme", sorted({*SCHEMES["input"], *SCHEMES["output"]}))
def test_the_guide_shows_every_scheme_of_an_input_and_an_output(scheme: str) -> None:
    assert f"{scheme}:" in (PACKAGE / "guide/triggers.md").read_text(encoding="utf-8")


def test_every_switcher_is_tried_in_whole_shows() -> None:
    text = (TESTS / "running/vision_night.py").read_text(encoding="utf-8")
    (labels,) = (
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LABELS"
    )
    assert ast.literal_eval(labels).keys() == {*SWITCHER_PORTS, "sim"}
