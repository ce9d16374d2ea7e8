"""A line as people write prose or a programming language, turned into the same line in the words of a sheet.

Each habit is taken off alone, and all of them together: an article, a quoted name, parentheses and commas between the
parts, an adverb, a verb of another language, a word for a time of day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cuelang.lang.words import STATEMENTS

_FILLERS = r"the|an?(?!\s+(?:second|minute|hour))|cameras?|please|now|immediately|then|just"
_AXES = r"pan|tilt|zoom|speed|over|ease|from|by"
_VERBS = {
    "move": "fahre fahr bewege schwenke mueve mover muovi sposta bouge bouger aller beweeg verplaats",
    "wait": "warte warten attendre attends attente espera esperar aspetta wacht",
    "stop": "stopp halte anhalten arrête arreter arrêter detener para ferma",
    "zoom": "zoome zoomer",
    "note": "notiz nota",
    "repeat": "wiederhole répète répéter repite ripeti herhaal",
}
_OURS = {word: verb for verb, words in _VERBS.items() for word in words.split()}
_LINKS = {"nach": "to", "auf": "to", "zu": "to", "à": "to", "vers": "to", "hacia": "to", "naar": "to", "und": "and"}

_QUOTED = (re.compile(r'"([^\W\d]\w*|\d[\d:;]*)"'), r"\1")
_WITH_TEXTS = ("note", "standby", "send", "show", "rig", "section", "cue", "camera", "input", "output")

_HABITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(?<=\s)(?:{_FILLERS})\s+(?=[^\W\d])|\s+(?:{_FILLERS})$"), ""),
    _QUOTED,
    (re.compile(r"[“”„‟«»‘’]"), ""),
    (re.compile(rf"\b({_AXES})\s*[=:]\s*"), r"\1 "),
    (re.compile(rf"(?:\s*,\s*|\s+and\s+)(?=(?:{_AXES})\b)"), " "),
    (re.compile(r"\s*,\s+(?=(?:to|program|preview|off|on|home|up)\b)"), " "),
    (re.compile(r"\b(?:with\s+)?eas(?:e|ing)[-_\s]?(in|out)[-_]?(out)?\b"), r"ease \1\2"),
    (re.compile(r"\bease inout\b"), "ease in_out"),
    (re.compile(r"\bspeed\s*[=:]\s*"), "speed "),
    (re.compile(r"\bat\s+(?=speed\b)"), ""),
    (re.compile(r"\b(?:preset\s+(?:no\.?|nr\.?|number)|preset\s*#)\s*(?=\d)"), "preset "),
    (re.compile(r"\bx(\d+(?:\.\d+)?)\b"), r"\1x"),
    (re.compile(r"\bnoon\b"), "12:00"),
    (re.compile(r"\bmidnight\b"), "00:00"),
    (re.compile(r"(?<=\d)\s+and\s+(?=\d)"), ", "),
)
_CALLED = re.compile(r"([^\W\d]\w*)\s*\(\s*(.*?)\s*\)?")
_ON_A_NAME = re.compile(r"([^\W\d]\w*)\s*(?:\.|:)\s*([^\W\d]\w*)\s*(?:\((.*)\))?(.*)")


def plain(text: str) -> Iterator[str]:
    """The line without each of these habits, then without all of them."""
    together = text
    habits = [each for each in _HABITS if each is not _QUOTED or text.split(" ", maxsplit=1)[0] not in _WITH_TEXTS]
    for habit, better in habits:
        once = re.sub(r" {2,}", " ", habit.sub(better, text)).strip()
        if once != text:
            if " ease " not in once or " over " in once or " arriving " in once:
                yield once
            together = re.sub(r" {2,}", " ", habit.sub(better, together)).strip()
    if together != text:
        if " ease " in together and " over " not in together and " arriving " not in together:
            together = together.replace(" ease ", " over 3s ease ", 1)
        yield together
    words = [_LINKS.get(word, word) for word in text.split(" ")]
    if words[0].lower() in _OURS:
        yield " ".join([_OURS[words[0].lower()], *words[1:]])
    called = _CALLED.fullmatch(text)
    if called is not None and called[1] in STATEMENTS:
        yield " ".join([called[1], *called[2].replace(",", " ").split()])
    part = _ON_A_NAME.fullmatch(text)
    if part is not None and part[1] not in STATEMENTS:
        verb, rest = part[2], " ".join(each for each in (part[3] or "", part[4].strip()) if each)
        yield f"{verb} {part[1]} {rest}".strip() if verb in STATEMENTS else f"move {part[1]} to {verb} {rest}".strip()
