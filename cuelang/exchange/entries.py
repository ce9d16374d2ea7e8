"""What a cue list of another program comes to: entries in its order, and what could not be taken.

Nothing is invented: a cue has the number and the title that it had. One whose number is not a decimal, or is used
twice, is kept as a comment, so that nothing is lost and the user can decide.
"""

from __future__ import annotations

import re

from msgspec import Struct, field

from cuelang import plain
from cuelang.plain import UserError
from cuelang.plan import cue_key, cue_number

MAX_ENTRIES = 20_000
MAX_TEXT_CHARS = 2_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class ImportProblem(UserError):
    """A file that is not a cue list of that format; the message says why and what to do."""

    code = 1


class ExchangeEntry(Struct, frozen=True):
    """One cue. `trigger` is a line that fires it, `notes` are what its program says besides."""

    number: str
    title: str = ""
    section: str = ""
    standby: str = ""
    trigger: str = ""
    follow: str = ""
    """`after 3s`, as in a sheet; `now` for at once, "" for none."""
    disabled: bool = False
    notes: tuple[str, ...] = ()
    line: int = 0
    """Where it is in its file."""


class ExchangeList(Struct):
    """`origin` says in words where it came from."""

    origin: str
    title: str = ""
    entries: list[ExchangeEntry] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What was not taken, a sentence each."""
    guessed: str = ""
    """The encoding of its file, where the file does not say it and another one is as likely."""

    def add(self, entry: ExchangeEntry) -> None:
        if len(self.entries) + len(self.left_out) >= MAX_ENTRIES:
            raise ImportProblem(f"This list has more than {MAX_ENTRIES} cues. Split it first.")
        self.entries.append(entry)


MOST_DIGITS = 15
"""Before and after the point of a cue's number: longer ones are not read in a sheet."""


def decimal(text: str) -> str | None:
    """The canonical number of a cue, None where it is not a decimal (`1A`, `Preset`, `-3`)."""
    try:
        number = cue_number(text.strip())
    except ValueError:
        return None
    whole, _, part = number.partition(".")
    return number if len(whole) <= MOST_DIGITS and len(part) <= MOST_DIGITS else None


# --- the sheet -----------------------------------------------------------------------------------------------


def sorted_out(cues: ExchangeList) -> tuple[dict[str, ExchangeEntry], list[tuple[ExchangeEntry, str]]]:
    """The entries that are cues, by their number, and the others with why they are not."""
    taken: dict[str, ExchangeEntry] = {}
    aside: list[tuple[ExchangeEntry, str]] = []
    for entry in cues.entries:
        number = decimal(entry.number)
        if number is None:
            aside.append((entry, "its number is not a decimal" if entry.number.strip() else "it has no number"))
        elif number in taken:
            aside.append((entry, f"cue {number} is in the list already"))
        else:
            taken[number] = entry
    return taken, aside


def sheet_text(cues: ExchangeList) -> str:
    """A sheet with these cues, in numeric order, ready to be changed by hand."""
    lines = [f"# Imported from {_one_line(cues.origin)}. Add cameras, and what they do in each cue.", ""]
    if cues.title:
        lines += [f"show {quoted(cues.title)}", ""]
    taken, aside = sorted_out(cues)
    section = ""
    for number in sorted(taken, key=cue_key):
        entry = taken[number]
        if entry.section != section and entry.section:
            section = entry.section
            lines += [f"section {quoted(section)}", ""]
        lines += [*_cue(number, entry), ""]
    if aside:
        lines.append("# Not imported as cues. Give each one its own number:")
        for entry, why in aside:
            words = (_one_line(entry.number) or "no number", _one_line(entry.title), f"({why})")
            lines.append("#   " + "  ".join(filter(None, words)))
            said = (("section", entry.section), ("standby", entry.standby), ("follow", entry.follow))
            notes = [*(f"{field}: {text}" for field, text in said if text), *entry.notes]
            lines += [f"#       {_one_line(note)}" for note in notes]
        lines.append("")
    if cues.left_out:
        lines.append("# Also skipped:")
        lines += [f"#   {_one_line(text)}" for text in cues.left_out]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _cue(number: str, entry: ExchangeEntry) -> list[str]:
    title = f" {quoted(_double_braces(entry.title))}" if entry.title else ""
    lines = [f"cue {number}{title}"]
    if entry.trigger:
        lines.append(f"    {entry.trigger}")
    if entry.standby:
        lines.append(f"    standby {quoted(_double_braces(entry.standby))}")
    if entry.disabled:
        lines.append("    disabled")
    if entry.follow:
        lines.append("    follow" if entry.follow == "now" else f"    follow {entry.follow}")
    lines += [f"    # {_one_line(note)}" for note in entry.notes if note.strip()]
    return lines


def quoted(text: str) -> str:
    """A text as a sheet writes it, control characters as blanks."""
    return plain.quoted(_CONTROL.sub(" ", text[:MAX_TEXT_CHARS]))


def _double_braces(text: str) -> str:
    """For the texts that may have values in them: nothing in braces is one."""
    return re.sub(r"\{([^\W\d]\w*)\}", r"{{\1}}", text)


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text[:MAX_TEXT_CHARS]).split())
