"""What was probably meant by a line that could not be parsed: habits of other programs, of word processors, of prose.

Two kinds of findings. `lexical` is sure of what is wrong at one place: a unit apart from its number, a curly quotation
mark, a comment of another language. `suggestion` takes a whole statement apart and gives the line that was meant; it
is offered only if it really is a line of the language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from cuelang.lang import amounts
from cuelang.lang.layout import JOINT
from cuelang.lang.prose import plain
from cuelang.lang.slips import Slip, UnparsedLine, next_line, shortened, standby_request
from cuelang.lang.synonyms import BLOCK_ENDS, COMMENT_WORDS, PROPERTY_WORDS, rewritings
from cuelang.lang.words import DECLARATIONS, DESTRUCTIVE, RESERVED, SETTINGS, STATEMENTS

Fits = Callable[[str, str], bool]
"""Whether a text is a line of this context."""


def lexical(line: UnparsedLine) -> Slip | None:
    """What is certainly wrong at the place where the parser gave up."""
    for rule in _RULES:
        found = rule(line)
        if found is not None:
            return found
    return None


_REQUEST = re.compile(
    r"(?:(?:goto|jump(?:\s+to)?)\s+cue|(?:load|locate)(?:\s+cue)?|jump(?:\s+to)?)\s*(?P<n>\d+(?:\.\d+)?)"
    r"|(?P<w>back|panic|reload|resume|off\s+air|on\s+air|cutting\s+by\s+\w+|lamps\s+\w+|swap\s+\w+\s+for\s+\w+)(?:\s+(?:cue\s+)?(?P<m>\d+(?:\.\d+)?))?"
    r"|standby\s+(?:cue\s+)?(?P<s>\d+(?:\.\d+)?|(?<=cue )next)"
)


def request(line: UnparsedLine) -> Slip | None:
    """A request of people and triggers where a statement belongs."""
    text = line.shown.strip().rstrip(".;")
    timed = re.match(r"at\s+\S+\s+(?=standby\b)", text)
    text = text[timed.end() :] if timed is not None else text
    found = _REQUEST.fullmatch(text) if line.context == "body" else None
    if found is None:
        return None
    start = len(line.shown) - len(line.shown.lstrip())
    if timed is not None:
        start += timed.end()
    if wanted := found["s"]:
        return Slip(
            line.loc(start, len(text)),
            "In a cue, `standby` is a text, shown while that cue is next.",
            f"{standby_request(f'standby {wanted}')} A cue fires another with `go {wanted}`.",
        )
    asked = f"locate {found['n']}" if found["n"] else " ".join(filter(None, (found["w"], found["m"])))
    fires = f" To fire the cue, write `go {found['n']}`." if found["n"] else ""
    hint = f'`{asked}` is a request: a person makes it, or a trigger at the top level, such as `on key "F8" {asked}`.'
    return Slip(line.loc(start, len(text)), f"Unknown statement `{text.split()[0]}`.", hint + fires)


def suggestion(line: UnparsedLine, fits: Fits) -> str | None:
    """The whole line that was probably meant."""
    if JOINT in line.text:
        return None
    text = line.text.strip()
    lead = ""
    if line.context == "body" and (timed := re.match(r"at\s+\S+\s+(?=[^\W\d])", text)):
        lead, text = timed[0], text[timed.end() :]
    for each in _rewritten(line.context, text):
        better = re.sub(r"^(move\b.* over \S+) speed \S+", r"\1", each)
        if better == text or _dangerous(text, better) or len(better) > 90 or (lead and better.startswith("at ")):
            continue
        if fits(line.context, lead + better):
            return lead + better
    return None


def _dangerous(text: str, better: str) -> bool:
    """Whether a suggestion has a word in it that destroys something, and that was not in the line."""
    return bool(DESTRUCTIVE & set(re.sub(r'save (?=")', "", better).split()) - set(text.lower().split()))


def _rewritten(context: str, text: str) -> Iterator[str]:
    words = text.split()
    if context == "body" and len(words) > 2 and words[0] in ("set", *(names[0] for names in PROPERTY_WORDS)):
        for names, name in PROPERTY_WORDS.items():
            spelt = " ".join(names)
            if f" {spelt} " in f" {text} ":
                yield f" {text} ".replace(f" {spelt} ", f" {name} ").strip()
                yield re.sub(rf"^{spelt}\s+(\w+)\s+", rf"set \1 {name} ", text)
    simpler = list(plain(text))
    if re.search(r"\d\s*[°º]", text):
        simpler += [re.sub(r"(?<=\d)\s*[°º]", "deg", each) for each in (text, *simpler)]
    yield from simpler
    for each in (text, *simpler):
        for pattern, template in rewritings(context):
            found = pattern.fullmatch(each)
            if found is not None:
                yield _filled(template, found)
    if context in ("body", "camera", "show", "port", "top") and text.endswith((":", ";", ".", ",")):
        yield text.rstrip(":;., ")
    if "“" in text or "'" in text:
        yield re.sub(r"[“”„‟«»]", '"', text)


def _filled(template: str, found: re.Match[str]) -> str:
    def part(place: re.Match[str]) -> str:
        text = found[place[1]] or ""
        match place[2]:
            case "*":
                return re.sub(r"\s*[,;+&]\s*|\s+and\s+|\s+", ", ", text.strip())
            case "_":
                return re.sub(r"\W+", "_", text.strip())
            case "!":
                return text[:1]
            case _:
                return text.rstrip(";:")

    return re.sub(r" {2,}", " ", re.sub(r"\{(\w)([*_!]?)\}", part, template)).strip()


# --- characters ----------------------------------------------------------------------------------------------

_COMMENT = re.compile(r"//|--+(?!>)|;|/\*|\*/|<!--|'|([*=_~])\1{2,}")
_NUMBER = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?)$")


def _comment(line: UnparsedLine) -> Slip | None:
    start = len(line.shown) - len(line.shown.lstrip())
    first = line.shown.strip().split(None, 1)[0].lower() if line.shown.strip() else ""
    mark = _COMMENT.match(line.shown, start)
    at = start if mark or first in COMMENT_WORDS else line.at
    if line.before.endswith("/") and line.rest.startswith("/"):
        at = line.at - 1
    found = _COMMENT.match(line.shown, at)
    text = found[0] if found else first if at == start and first in COMMENT_WORDS else ""
    if not text:
        return None
    rest = line.shown[at + len(text) :]
    if text == ";" and line.before.count("(") > line.before.count(")"):
        return Slip(line.loc(at, 1), "`;` has no meaning here.", "Write a comma.")
    if text == ";" and (second := re.match(r"\s*([^\W\d]\w*)", rest)) and second[1] in STATEMENTS and at > start:
        return next_line(line.loc(at, 1), second[1])
    if text == ";" and not rest.strip():
        return Slip(line.loc(at, 1), "A line does not end with `;`.", "Remove it.")
    if text == "'" and line.before[-1:].isalnum():
        return Slip(line.loc(at, 1), "`'` has no meaning here.", "Use double quotation marks for a string.")
    if text == "'" and "'" in rest:
        inside = rest[: rest.index("'")]
        if at > start:
            return Slip(
                line.loc(at, len(inside) + 2),
                "Use double quotation marks for a string.",
                f'Write "{shortened(inside)}".',
            )
    return Slip(line.loc(at, len(text)), f"`{text}` does not start a comment.", "Comments start with `#`.")


def _bullet(line: UnparsedLine) -> Slip | None:
    found = re.match(r"\s*([-*•·–—+]|>+|\d+[.)])\s+(?=[^\W\d])", line.shown)
    if found is None or line.at > found.end() or line.row:
        return None
    mark = found[1]
    place = found.start(1)
    return Slip(line.loc(place, len(mark)), f"A line does not start with `{mark}`.", "Remove it.")


def _space(line: UnparsedLine) -> Slip | None:
    sign = line.rest[:1]
    for index, char in enumerate(line.shown):
        if char not in " \t\f" and unicodedata.category(char) == "Zs" and (index <= line.at or not sign):
            name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
            return Slip(
                line.loc(index, 1),
                f"Special space character: {name}, U+{ord(char):04X}.",
                "Replace it, and all others in this file, with an ordinary space.",
                "space",
            )
    return None


_DIGITS = re.compile(r"\d+")


def _strange(line: UnparsedLine) -> Slip | None:  # noqa: C901 - one mistake after another, and the first that fits
    sign, rest = line.rest[:1], line.rest
    if not sign:
        return None
    here = line.loc(line.at, 1)
    if sign in "“”„‟«»‹›‘’`´‚":
        return Slip(
            here,
            f"`{sign}` is a word processor's quotation mark.",
            'Use a straight quotation mark here and everywhere else: "',
            "quotation marks",
        )
    if sign in "−–—‐‑":
        if re.match(r".\s*[\d.]", rest) and not re.match(r".\s", rest):
            return Slip(here, f"`{sign}` is a dash.", "Use the hyphen of the keyboard: -")
        return Slip(here, f"`{sign}` is a dash and has no meaning here.", "Remove it.")
    if sign in "→⇒➔":
        return None
    if sign in "°º":
        number = _NUMBER.search(line.before.rstrip())
        return Slip(here, f"`{sign}` is not a unit.", f"Write `{number[1] if number else '30'}deg`.")
    if sign == "%":
        number = _NUMBER.search(line.before.rstrip())
        return Slip(here, "There is a space before `%`.", f"Join them: {number[1] if number else '60'}%")
    if unicodedata.combining(sign) and line.before:
        whole = unicodedata.normalize("NFC", line.before[-1] + sign)
        return Slip(
            line.loc(line.at - 1, 2),
            f"`{whole}` is written as two characters here, a letter and its accent.",
            f"Type `{whole}` again, or save the file in the normal form NFC.",
            "accent",
        )
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and plain.isascii() and plain.isprintable() and len(plain) == 1:
        return Slip(here, f"`{sign}` is a wide character.", f"Use the ordinary `{plain}`.", "wide")
    if sign.isdigit() and not sign.isascii() and unicodedata.decimal(sign, -1) >= 0:
        number = _DIGITS.match(rest)
        digits = "".join(str(unicodedata.decimal(one)) for one in number[0]) if number else ""
        return Slip(line.loc(line.at, len(digits)), "These digits are of another script.", f"Write `{digits}`.", "wide")
    if sign in "′″" and (number := _NUMBER.search(line.before.rstrip())):
        unit = "m` for minutes" if sign == "′" else "s` for seconds"
        return Slip(here, f"`{sign}` is not a unit.", f"Write `{number[1]}{unit}.")
    if not sign.isprintable():
        return Slip(here, f"Invisible character: U+{ord(sign):04X}.", "Delete it.")
    if sign == "{" and line.shown.split()[0] != "group":
        return Slip(here, "`{` starts a capture, but this is not one.", "Write it like {number}.")
    if sign == "&" and (second := re.match(r"&\s*([^\W\d]\w*)", rest)) and second[1] in STATEMENTS:
        return next_line(here, second[1])
    if sign == "&" and line.context == "body":
        return Slip(here, "`&` has no meaning here.", "Separate cameras with commas: `foh, left`.")
    if sign in "}[]{" and line.shown.split()[0] == "group":
        return None
    if sign in "}[]{":
        return Slip(here, f"`{sign}` has no meaning here.", "Remove it; blocks are made by indentation.")
    if sign == "@":
        return None
    if sign == "$":
        return Slip(here, "`$` has no meaning here.", "Write only the name.")
    return None


def _colon(line: UnparsedLine) -> Slip | None:
    if not line.rest.startswith(":"):
        return None
    after = line.rest[1:].strip()
    here = line.loc(line.at, 1)
    words = line.shown.split()
    if words[0].endswith(":") and line.context == "body" and words[0][:-1] not in STATEMENTS and after:
        return None
    if after and (words[0] in ("group", "let") or line.before.count("(") > line.before.count(")")):
        return Slip(here, "`:` has no meaning here.", "Write `=` instead.")
    if not after or line.context in ("top", "body"):
        return Slip(here, "`:` has no meaning here.", "Remove it.")
    assigns = line.context == "camera" and line.shown.split()[:1] == ["preset"]
    return Slip(here, "`:` has no meaning here.", "Write `=` instead." if assigns else "Remove it.")


def _case(line: UnparsedLine) -> Slip | None:
    word = line.wrong
    if word and word != word.lower() and word.lower() in _KEYWORDS and word.lower() not in DESTRUCTIVE:
        return Slip(
            line.loc(line.at, len(word)),
            f"`{word}` must be lowercase: `{word.lower()}`.",
            "Keywords are lowercase; names are written as they are declared.",
            "case",
        )
    return None


_KEYWORDS = RESERVED | {word for words in SETTINGS.values() for word in words} | {
    "by", "home", "to", "from", "over", "arriving", "ease", "live", "speed", "in", "out", "preset", "pan", "tilt",
    "every", "length", "times", "forever", "after", "only", "until", "up", "osc", "midi", "msc", "timecode", "key",
    "cron", "once", "missed", "within", "with", "above", "channel", "program", "preview", "off",
}  # fmt: skip


# --- texts ---------------------------------------------------------------------------------------------------


def _quotes(line: UnparsedLine) -> Slip | None:
    """A quotation mark inside a text: the text ended there."""
    if not re.search(r'"[^"]*"$', line.before) or not re.match(r"[^\s,)\"]", line.rest):
        return None
    inner = re.match(r'([^"]*)"', line.rest)
    if inner is None:
        return None
    return Slip(
        line.loc(line.at, len(inner[1])),
        "A quotation mark inside a string ends the string.",
        f'Write a backslash before it: \\"{shortened(inner[1])}\\"',
    )


def _block_end(line: UnparsedLine) -> Slip | None:
    words = line.shown.strip().lower().rstrip(";").split()
    if line.context not in ("body", "top") or not words or len(words) > 2:
        return None
    if words[0] in BLOCK_ENDS or words[0] in ("}", "{"):
        start = len(line.shown) - len(line.shown.lstrip())
        shown = line.shown.strip()
        return Slip(
            line.loc(start, len(shown)),
            f"`{shortened(shown)}` does not end anything.",
            "Remove it: a block ends with its indentation.",
        )
    return None


def _misplaced(line: UnparsedLine) -> Slip | None:
    """A setting or a declaration at the wrong level."""
    if line.row:
        return None
    start = len(line.shown) - len(line.shown.lstrip())
    word = re.match(r"[^\W\d]\w*", line.shown[start:])
    if (
        word is None
        or line.context not in ("top", "body")
        or (line.at > start + len(word[0]) + 1 and line.wrong != "=")
    ):
        return None
    name = word[0]
    if name in STATEMENTS or name in DECLARATIONS or line.shown[start + len(name) :].lstrip()[:1] in ("(", ""):
        return None
    for context, owner in (("camera", "camera"), ("show", "show"), ("port", "input")):
        if name in SETTINGS[context]:
            article = "its" if owner != "show" else "the"
            return Slip(
                line.loc(start, len(name)),
                f"`{name}` is only allowed under {article} `{owner}` line.",
                f"Indent it under {article} `{owner}` line.",
            )
    return None


def another(line: UnparsedLine) -> Slip | None:
    """A second statement on the line."""
    found = re.match(r"(?P<j>(?:(?:,|and|then|&|;|\|)\s*)*)(?P<w>[^\W\d]\w*)\b(?!\s*\()", line.rest)
    if found is None or line.context != "body" or found["w"] not in STATEMENTS:
        return None
    words = line.before.split()
    if (
        not words
        or words[0] not in STATEMENTS
        or words[0] == "on"
        or len(words) < 2
        or (found["w"] in ("on", "at", "for", "stop", "if") and not found["j"])
    ):
        return None
    if words[-1] in ("at", "to", "by", "from", "over", "in") or (words[0] == "at" and len(words) == 2):
        return None
    return next_line(line.loc(line.at, len(found[0])), found["w"])


_RULES: tuple[Callable[[UnparsedLine], Slip | None], ...] = (
    _space, _comment, _block_end, _misplaced, _bullet, _case, _quotes, amounts.apart, amounts.comma, _strange,
    amounts.label, amounts.amount, amounts.sign, _colon,
)  # fmt: skip
