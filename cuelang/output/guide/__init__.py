"""The guide: a page of Markdown for each topic, the same text for the terminal, the operator's page and the source.

The pages are the files of `cuelang/guide/`. The tests run every sheet, command and session in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cuelang.diagnostics import nearest

FOLDER = Path(__file__).parents[2] / "guide"
TOPICS = (
    "start", "concepts", "language", "triggers", "cameras", "switchers", "running", "page", "framing", "rehearsal",
    "preflight", "editor", "diagnostics", "commands", "figures", "decisions", "changes",
)  # fmt: skip
"""In reading order; `TOPIC.md` is its file."""
PICTURES = ("editor.svg",)
"""Files beside the pages that they show."""

_COMMENT = re.compile(r"^<!-- .* -->\n", re.MULTILINE)
_ENTRY = re.compile(r"^### ([EW]\d{3})\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_SHORT = re.compile(r"\*\*(.+?)\*\*((?<!\.\*\*)[^.:]*)?", re.DOTALL)


@cache
def page(topic: str) -> str:
    """The Markdown of a topic. Raises KeyError."""
    if topic not in TOPICS:
        raise KeyError(topic)
    return _COMMENT.sub("", (FOLDER / f"{topic}.md").read_text(encoding="utf-8"))


def picture(name: str) -> bytes:
    """A picture of a page, by the name of its file. Raises KeyError."""
    if name not in PICTURES:
        raise KeyError(name)
    return (FOLDER / name).read_bytes()


def title(topic: str) -> str:
    """The heading of a page. Raises KeyError for an unknown topic."""
    return page(topic).partition("\n")[0].removeprefix("# ")


def closest(word: str) -> str:
    """` Did you mean “switchers”?`, or nothing."""
    return nearest(word.lower(), TOPICS)


@cache
def entries() -> Mapping[str, str]:
    """Diagnostic codes, in order -> the Markdown of their entries, without the heading."""
    return {found[1]: found[2].strip() for found in _ENTRY.finditer(page("diagnostics"))}


def in_short(code: str) -> str:
    """An entry's first sentence, for a list."""
    found = _SHORT.match(entries()[code])
    assert found is not None, code
    return " ".join(f"{found[1]}{found[2] or ''}".split()).rstrip(".,:")
