"""`cuelang guide` and `cuelang explain`: the guide in the terminal, a page or one diagnostic code."""

from __future__ import annotations

import argparse
import os
import sys

from cuelang.cli.arguments import Add
from cuelang.cli.common import DONE, CliStop
from cuelang.output import guide


def add_words(add: Add) -> None:
    """Add `guide` and `explain` to the commands."""
    show = add("guide", guide_command, "read the guide", f"Topics: {', '.join(guide.TOPICS)}.")
    show.add_argument("topic", nargs="?", metavar="TOPIC", help="a page of it (default: the list)")
    explain = add("explain", explain_command, "explain a diagnostic code", "For example: cuelang explain E202")
    explain.add_argument("code", nargs="?", metavar="CODE", help="as in E202 (default: the list)")


def guide_command(options: argparse.Namespace) -> int:
    """`guide`: a page, the entry of a diagnostic code, or the topics. Raises CliStop for an unknown topic."""
    if options.topic is None:
        width = max(map(len, guide.TOPICS))
        rows = (f"    cuelang guide {topic:<{width}}    {guide.title(topic)}" for topic in guide.TOPICS)
        print("\n".join(("The guide:", "", *rows)))
        return DONE
    topic = options.topic.lower().removesuffix(".md")
    if topic.upper() in guide.entries():
        return _explain(topic.upper())
    if topic not in guide.TOPICS:
        begun = [name for name in guide.TOPICS if topic and name.startswith(topic)]
        if len(begun) != 1:
            raise CliStop(
                f"The guide has no topic “{options.topic}”.{guide.closest(topic)}\nTopics: {', '.join(guide.TOPICS)}."
            )
        topic = begun[0]
    _show(guide.page(topic))
    return DONE


def explain_command(options: argparse.Namespace) -> int:
    """`explain`: the entry of a diagnostic code, or all codes in short. Raises CliStop for an unknown one."""
    if options.code is None:
        print("\n".join(f"{code}  {guide.in_short(code)}" for code in guide.entries()))
        return DONE
    return _explain(options.code.strip("[]").upper())


def _explain(code: str) -> int:
    from cuelang.diagnostics import nearest

    entries = guide.entries()
    if code not in entries:
        raise CliStop(
            f"Unknown diagnostic code “{code}”.{nearest(code, tuple(entries))} "
            "`cuelang explain` without a code lists all."
        )
    text = entries[code]
    if "with=rig.cues" in text:
        text += "\n\nThe rig of the examples is at the top of `cuelang guide diagnostics`."
    _show(f"## {code}\n\n{text}")
    return DONE


def _show(text: str) -> None:
    """On a terminal with colours and through its pager, elsewhere as plain text."""
    from cuelang.output.guide import terminal

    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        print(terminal.plain(text))
        return
    from rich.console import Console

    screen = Console(highlight=False)
    screen.width = min(screen.width, terminal.MAX_COLUMNS)
    os.environ.setdefault("LESS", "-FRX")
    with screen.pager(styles=True):
        screen.print(terminal.page(text))
