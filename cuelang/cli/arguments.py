"""An argument parser that says what is wrong with a command line in plain words, and what was probably meant."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

_CHOICE = re.compile(r"argument (?P<what>[^:]+): invalid choice: '(?P<word>.*?)' \(choose from (?P<known>.*)\)")
_VALUE = re.compile(r"argument (?P<what>[^:]+): invalid (?P<kind>int|float)\w* value: '(?P<word>.*)'")
_LACKING = re.compile(r"argument (?P<what>[^:]+): expected (?:one|at least one) argument")
_MISSING = re.compile(r"the following arguments are required: (?P<what>.+)")
_STRANGE = re.compile(r"unrecognized arguments: (?P<words>.+)")
_KINDS = {"int": "a whole number", "float": "a number"}

Add = Callable[..., argparse.ArgumentParser]
"""`add(name, command, about, epilog)` makes a command; the epilog is printed below its help."""


def under(commands: argparse._SubParsersAction[Any]) -> Add:
    """Makes commands among these."""

    def add(
        name: str, command: Callable[[argparse.Namespace], int], about: str, epilog: str = ""
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(command=command)
        return made

    return add


class Arguments(argparse.ArgumentParser):
    """Its subparsers are of the same class. `deepest` is the one that took the words last."""

    deepest: Arguments | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        Arguments.deepest = self
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        known = list((Arguments.deepest or self)._option_string_actions)
        super().error(plain(message, known))


def plain(message: str, options: Sequence[str] = ()) -> str:
    """What argparse says, in plain words. `options` are those that the command has."""
    if found := _CHOICE.fullmatch(message):
        known = re.findall(r"'([^']*)'", found["known"]) or found["known"].split(", ")
        return f"unknown {_named(found['what'])} `{found['word']}`.{_near(found['word'], known)} One of {_list(known)}."
    if found := _VALUE.fullmatch(message):
        return f"{_named(found['what'])}: `{found['word']}` is not {_KINDS[found['kind']]}."
    if found := _LACKING.fullmatch(message):
        return f"{_named(found['what'])} needs a value after it."
    if found := _MISSING.fullmatch(message):
        return f"{found['what']} is missing." if "," not in found["what"] else f"{found['what']} are missing."
    if found := _STRANGE.fullmatch(message):
        word = found["words"].split()[0]
        if word.endswith(".cues"):
            return f"`{word}` is one sheet too many. Give the sheet of the show alone; it names its rig with `use`."
        kind = "option" if word.startswith("-") else "argument"
        return f"unknown {kind} `{word}`.{_near(word, options) if kind == 'option' else ''}"
    return message


def _named(what: str) -> str:
    """`COMMAND` and `ACTION` are words in the usage line; options keep their longest name."""
    return what.rsplit("/", maxsplit=1)[-1] if what.startswith("-") else what.lower()


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.partition("=")[0], list(known), n=1, cutoff=0.6)
    return f" Did you mean `{near[0]}`?" if near else ""


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
