"""What was probably meant by a line that could not be parsed: habits of other programs, of word processors, of prose.

Two kinds of findings. `lexical` is sure of what is wrong at one place: a unit apart from its number, a curly quotation
mark, a comment of another language. `suggestion` takes a whole statement apart and gives the line that was meant; it
is offered only if it really is a line of the language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from msgspec import Struct

from cuelang.lang.layout import JOINT
from cuelang.lang.prose import plain
from cuelang.lang.synonyms import BLOCK_ENDS, COMMENT_WORDS, PROPERTY_WORDS, UNITS, rewritings
from cuelang.lang.words import DECLARATIONS, DESTRUCTIVE, RESERVED, SETTINGS, STATEMENTS
from cuelang.source import Loc

Fits = Callable[[str, str], bool]
"""Whether a text is a line of this context."""


class Line(Struct, frozen=True):
    """A line that could not be parsed. `row` and `at` (from 0) are where the parser gave up; `wrong` is its token, or
    empty at the end of the line and where no token could be made."""

    context: str
    text: str
    row: int
    at: int
    wrong: str = ""

    @property
    def shown(self) -> str:
        """The physical row of the mistake."""
        rows = self.text.split(JOINT)
        return rows[self.row] if self.row < len(rows) else ""

    @property
    def rest(self) -> str:
        return self.shown[self.at :]

    @property
    def before(self) -> str:
        return self.shown[: self.at]

    def loc(self, start: int, length: int) -> Loc:
        return Loc(self.row, start + 1, self.row, start + 1 + max(length, 1))


class Slip(Struct, frozen=True):
    """`kind`: one that a file has on many lines for one reason, and that is reported once."""

    loc: Loc
    message: str
    hint: str
    kind: str = ""


def lexical(line: Line) -> Slip | None:
    """What is certainly wrong at the place where the parser gave up."""
    for rule in _RULES:
        found = rule(line)
        if found is not None:
            return found
    return None


def suggestion(line: Line, fits: Fits) -> str | None:
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
        return text.rstrip(";:")

    return re.sub(r" {2,}", " ", re.sub(r"\{(\w)([*_!]?)\}", part, template)).strip()


# --- characters ----------------------------------------------------------------------------------------------

_COMMENT = re.compile(r"//|--+(?!>)|;|/\*|\*/|<!--|'|([*=_~])\1{2,}")
_NUMBER = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?)$")


def _comment(line: Line) -> Slip | None:
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
        return _next_line(line.loc(at, 1), second[1])
    if text == ";" and not rest.strip():
        return Slip(line.loc(at, 1), "A line does not end with `;`.", "Remove it.")
    if text == "'" and line.before[-1:].isalnum():
        return Slip(line.loc(at, 1), "`'` has no meaning here.", "Use double quotation marks for a string.")
    if text == "'" and "'" in rest:
        inside = rest[: rest.index("'")]
        if at > start:
            return Slip(
                line.loc(at, len(inside) + 2), "Use double quotation marks for a string.", f'Write "{_cut(inside)}".'
            )
    return Slip(line.loc(at, len(text)), f"`{text}` does not start a comment.", "Comments start with `#`.")


def _bullet(line: Line) -> Slip | None:
    found = re.match(r"\s*([-*•·–—+]|>+|\d+[.)])\s+(?=[^\W\d])", line.shown)
    if found is None or line.at > found.end() or line.row:
        return None
    mark = found[1]
    place = found.start(1)
    return Slip(line.loc(place, len(mark)), f"A line does not start with `{mark}`.", "Remove it.")


def _space(line: Line) -> Slip | None:
    sign = line.rest[:1]
    for index, char in enumerate(line.shown):
        if char not in " \t\f" and unicodedata.category(char) == "Zs" and (index <= line.at or not sign):
            name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
            return Slip(
                line.loc(index, 1), f"Special space character: {name}, U+{ord(char):04X}.",
                "Replace it, and all others in this file, with an ordinary space.", "space",
            )  # fmt: skip
    return None


def _strange(line: Line) -> Slip | None:
    sign, rest = line.rest[:1], line.rest
    if not sign:
        return None
    here = line.loc(line.at, 1)
    if sign in "“”„‟«»‹›‘’`´‚":
        return Slip(here, f"`{sign}` is a word processor's quotation mark.", 'Use a straight quotation mark: "')
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
            line.loc(line.at - 1, 2), f"`{whole}` is written as two characters here, a letter and its accent.",
            f"Type `{whole}` again, or save the file in the normal form NFC.", "accent",
        )  # fmt: skip
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and plain.isascii() and plain.isprintable() and len(plain) == 1:
        return Slip(here, f"`{sign}` is a wide character.", f"Use the ordinary `{plain}`.", "wide")
    if not sign.isprintable():
        return Slip(here, f"Invisible character: U+{ord(sign):04X}.", "Delete it.")
    if sign == "{" and line.shown.split()[0] != "group":
        return Slip(here, "`{` starts a capture, but this is not one.", "Write it like {number}.")
    if sign == "&" and (second := re.match(r"&\s*([^\W\d]\w*)", rest)) and second[1] in STATEMENTS:
        return _next_line(here, second[1])
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


def _colon(line: Line) -> Slip | None:
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


def _case(line: Line) -> Slip | None:
    word = line.wrong
    if word and word != word.lower() and word.lower() in _KEYWORDS and word.lower() not in DESTRUCTIVE:
        return Slip(
            line.loc(line.at, len(word)), f"`{word}` must be lowercase: `{word.lower()}`.",
            "Keywords are lowercase; names are written as they are declared.", "case",
        )  # fmt: skip
    return None


_KEYWORDS = RESERVED | {word for words in SETTINGS.values() for word in words} | {
    "by", "home", "to", "from", "over", "arriving", "ease", "live", "speed", "in", "out", "preset", "pan", "tilt",
    "every", "length", "times", "forever", "after", "only", "until", "up", "osc", "midi", "msc", "timecode", "key",
    "cron", "once", "missed", "within", "with", "above", "channel", "program", "preview", "off",
}  # fmt: skip


# --- amounts -------------------------------------------------------------------------------------------------

_UNIT = re.compile(r"[^\W\d_]+|[°º×]")
_APART = re.compile(r"(-?\d+(?:\.\d+)?)\s+$")
_GLUED = re.compile(r"(\d+(?:[.,]\d+)?)([^\W\d_]+|[°º×])\.?(?![\w%])")
_DAYTIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)\b\.?", re.I)
_DATES = (
    (re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"), ""),
    (re.compile(r"(?P<y>\d{4})[/.](?P<m>\d{1,2})[/.](?P<d>\d{1,2})"), ""),
    (re.compile(r"(?P<d>\d{1,2})[-/](?P<m>\d{1,2})[-/](?P<y>\d{4})"), ""),
)
_ODD = re.compile(r"[\d.][\w.:;%,/-]*")
_OWN_UNITS = "ms|s|m|h|f|%|x|deg|K|Hz"
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_CUE = ("cue", "go", "start", "standby", "resume", "pause", "locate")


def _apart(line: Line) -> Slip | None:
    """A space between a number and its unit."""
    start = line.at
    unit, number = _UNIT.match(line.rest), _APART.search(line.before)
    if number is None and (last := re.search(r"[^\W\d_]+\s+$", line.before)):  # `at 3 s move`: given up at `move`
        start = last.start()
        unit, number = _UNIT.match(last[0]), _APART.search(line.before[:start])
    if unit is None or number is None:
        return None
    if unit[0].lower() in ("am", "pm") and (hour := _DAYTIME.match(line.shown, _clock_before(line, start))):
        return Slip(line.loc(hour.start(), len(hour[0])), "Use the 24-hour clock.", f"Write `{_day(hour)}`.")
    if unit[0].lower() not in UNITS:
        return None
    if unit[0] in ("times", "x") and line.context == "body" and "repeat" in line.before:
        return None
    here = line.loc(number.start(1), start - number.start(1) + len(unit[0]))
    meant = f"{number[1]}{UNITS[unit[0].lower()]}"
    return Slip(here, "Write a unit directly after its number.", f"Write `{meant}`.")


def _clock_before(line: Line, end: int) -> int:
    """Where the time begins that ends before `end`."""
    found = re.search(r"[\d:.]+\s*$", line.shown[:end])
    return found.start() if found else end


def _comma(line: Line) -> Slip | None:
    """A decimal comma."""
    digits = re.search(r"(?<![\w.])(\d+)$", line.before)
    after = re.match(r",(\d+)(\w*|%)", line.rest)
    if digits is None or after is None:
        return None
    unit = UNITS.get(after[2].lower(), after[2])
    return Slip(
        line.loc(digits.start(), len(digits[0]) + len(after[0])), "Use a decimal point, not a comma.",
        f"Write `{digits[1]}.{after[1]}{unit}`.",
    )  # fmt: skip


def _amount(line: Line) -> Slip | None:
    """What begins with a digit and is not an amount, depending on its context."""
    odd = _ODD.match(line.rest)
    if odd is None or (line.wrong and not line.wrong[0].isdigit()):
        return None
    shown = odd[0].rstrip(":;,")
    if not line.wrong and odd[0].endswith(":"):
        return Slip(line.loc(line.at + len(shown), 1), "`:` has no meaning here.", "Remove it.")
    here = line.loc(line.at, len(shown))
    message = f"`{_cut(shown)}` is not a valid amount."
    words = line.before.split()
    last = words[-1] if words else ""
    if odd[0] != shown and re.fullmatch(rf"\d+(?:\.\d+)?(?:{_OWN_UNITS})", shown):
        second = re.match(r"\s*([^\W\d]\w*)", line.rest[len(odd[0]) :])
        mark = line.loc(line.at + len(shown), 1)
        if second and second[1] in STATEMENTS and odd[0][len(shown)] != ":":
            return _next_line(mark, second[1])
        return Slip(mark, f"`{odd[0][len(shown)]}` has no meaning here.", "Remove it.")
    if re.fullmatch(r"\d+\.{2,}\d+", shown):
        return None
    if "timecode" in words and (parts := re.findall(r"\d+", shown)) and len(parts) == 4:
        frames = ":".join(f"{int(part):02}" for part in parts)
        return None if frames == shown else Slip(here, f"`{_cut(shown)}` is not a timecode.", f"Write `{frames}`.")
    if (last in ("until", "from", "to") or (last == "at" and "on" in words)) and (
        hour := re.fullmatch(r"(\d{1,2})[:.hH](\d{1,2})", shown)
    ):
        clock = f"{int(hour[1]):02}:{int(hour[2]):02}"
        return None if clock == shown else Slip(here, f"`{shown}` is not a time of day.", f"Write `{clock}`.")
    if daytime := _DAYTIME.match(line.rest):
        return Slip(line.loc(line.at, len(daytime[0])), "Use the 24-hour clock.", f"Write `{_day(daytime)}`.")
    if code := re.fullmatch(r"(\d+(?::\d\d)+(?:\.\d+)?)[^\W\d]+", shown):
        return Slip(here, message, f"A time with colons has no unit: write `{code[1]}`.")
    for pattern, _ in _DATES:
        if (date := pattern.match(line.rest)) and int(date["m"]) <= 12:
            text = f"{date['y']}-{int(date['m']):02}-{int(date['d']):02}"
            return Slip(line.loc(line.at, len(date[0])), "Write a date with the year first.", f"Write `{text}`.")
    is_cue = (last in _CUE and last != "standby") or line.before.endswith("stop cue ")
    if re.fullmatch(r"\d+(?:\.\d+){3}(?:[:/]\d+)?", shown) and not is_cue:
        scheme = {"camera": "visca+udp://", "input": "osc+udp://", "output": "osc+udp://"}.get(line.text.split()[0], "")
        return Slip(here, "An address must be a quoted string.", f'Put it in quotation marks: "{scheme}{shown}".')
    if line.wrong:
        return _time_of_day(line, shown) if last in ("at", "until", "from", "to") or line.before.endswith(",") else None
    if is_cue:
        label = re.match(r"\d+(?:\.\d+)?", shown)
        number = label[0] if label else "2"
        if shown == f"{number}.":
            return Slip(here, f"`{shown}` is not a cue number: it ends in a point.", f"Write `{last} {number}`.")
        free = number if "." in number else f"{number}.1"
        return Slip(
            here, f"`{_cut(shown)}` is not a cue number: a cue number is a decimal, such as 2 or 2.5.",
            f'For example `cue {free} "{_cut(shown)}"`; put the label of another console into the title.'
            if last == "cue" else f"For example `{last} {number}`.",
        )  # fmt: skip
    if re.match(r"\d+[mh]\d+s?$|\d+h\d+m?(\d+s)?$", shown):
        hours, minutes, seconds = _mixed(shown)
        clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
        return Slip(here, message, f"Write `{clock}`, or `{_sum(shown)}`.")
    glued = _GLUED.match(line.rest)
    if glued and glued[2].lower() in UNITS:
        return Slip(here, message, f"Write `{glued[1].replace(',', '.')}{UNITS[glued[2].lower()]}`.")
    if re.fullmatch(r"\d+\.", shown):
        return Slip(here, message, f"Write `{shown[:-1]}`.")
    if re.fullmatch(r"\d+(?:\.\d+){2,}", shown):
        return Slip(here, message, f"A number has one point, such as `{'.'.join(shown.split('.')[:2])}`.")
    return Slip(
        here, message, "Examples: 1.5s, 300ms, 2m, 1h, 1:30, 12f, 60%, 4x, 30deg, 5600K, 50Hz, or a plain number."
    )


def _label(line: Line) -> Slip | None:
    """What is called a cue elsewhere: `S5`, `one`."""
    if line.before.split()[-1:] != ["cue"] or not re.match(r"[^\W\d]|#", line.rest):
        return None
    shown = line.rest.split()[0].rstrip(":")
    if re.match(r"(?:no|nr|num|number|#)\.?\s*\d", line.rest, re.I):
        return None
    digits = re.search(r"\d+(?:\.\d+)?", shown)
    number = digits[0] if digits else str(_NUMBERS.index(shown.lower()) + 1) if shown.lower() in _NUMBERS else "1"
    if shown.lower() in _NUMBERS:
        rest = line.rest[len(shown) :].rstrip(":")
        return Slip(line.loc(line.at, len(shown)), "A cue number is written in digits.", f"Write `cue {number}{rest}`.")
    return Slip(
        line.loc(line.at, len(shown)),
        f"`{_cut(shown)}` is not a cue number: a cue number is a decimal, such as 2 or 2.5.",
        f'For example `cue {number} "{_cut(shown)}"`; put the label of another console into the title.',
    )  # fmt: skip


def _time_of_day(line: Line, shown: str) -> Slip | None:
    found = re.fullmatch(r"(\d{1,2})(?:\.(\d\d)|(\d\d))?", shown)
    if found is None or int(found[1]) > 23:
        return None
    if not re.search(r"\b(on\s+every|until|once)\b", line.before):
        return None
    minutes = found[2] or found[3] or "00"
    here = line.loc(line.at, len(shown))
    return Slip(here, f"`{shown}` is not a time of day.", f"Write `{int(found[1]):02}:{minutes}`.")


def _day(found: re.Match[str]) -> str:
    hour, minute = int(found[1]), found[2] or "00"
    word = found[3].lower().replace(".", "")
    if word == "pm" and hour < 12:
        hour += 12
    elif word == "am" and hour == 12:
        hour = 0
    return f"{hour:02}:{minute}"


def _mixed(shown: str) -> tuple[int, int, int]:
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([hms]?)", shown) if number}
    smaller = "s" if "m" in parts else "m"
    return parts.get("h", 0), parts.get("m", parts.get("", 0) if smaller == "m" else 0), parts.get(
        "s", parts.get("", 0) if smaller == "s" else 0
    )  # fmt: skip


def _sum(shown: str) -> str:
    last = {"h": "m", "m": "s"}
    found = re.findall(r"(\d+)([hms]?)", shown)
    return " + ".join(f"{n}{unit or last.get(found[i - 1][1], 's')}" for i, (n, unit) in enumerate(found))


def _sign(line: Line) -> Slip | None:
    found = re.match(r"\+(\d\S*)", line.rest)
    if found is None or line.context not in ("body", "camera") or line.wrong not in ("+", ""):
        return None
    return Slip(line.loc(line.at, 1), "A number cannot start with `+`.", f"Write `{found[1]}`.")


# --- texts ---------------------------------------------------------------------------------------------------


def _quotes(line: Line) -> Slip | None:
    """A quotation mark inside a text: the text ended there."""
    if not re.search(r'"[^"]*"$', line.before) or not re.match(r"[^\s,)\"]", line.rest):
        return None
    inner = re.match(r'([^"]*)"', line.rest)
    if inner is None:
        return None
    return Slip(
        line.loc(line.at, len(inner[1])), "A quotation mark inside a string ends the string.",
        f'Write a backslash before it: \\"{_cut(inner[1])}\\"',
    )  # fmt: skip


def _block_end(line: Line) -> Slip | None:
    words = line.shown.strip().lower().rstrip(";").split()
    if line.context not in ("body", "top") or not words or len(words) > 2:
        return None
    if words[0] in BLOCK_ENDS or words[0] in ("}", "{"):
        start = len(line.shown) - len(line.shown.lstrip())
        shown = line.shown.strip()
        return Slip(
            line.loc(start, len(shown)),
            f"`{_cut(shown)}` does not end anything.",
            "Remove it: a block ends with its indentation.",
        )
    return None


def _misplaced(line: Line) -> Slip | None:
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
                line.loc(start, len(name)), f"`{name}` is only allowed under {article} `{owner}` line.",
                f"Indent it under {article} `{owner}` line.",
            )  # fmt: skip
    return None


def another(line: Line) -> Slip | None:
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
    return _next_line(line.loc(line.at, len(found[0])), found["w"])


def _next_line(loc: Loc, verb: str) -> Slip:
    return Slip(loc, "Each statement needs its own line.", f"Write `{verb} …` on the next line.")


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


_RULES: tuple[Callable[[Line], Slip | None], ...] = (
    _space, _comment, _block_end, _misplaced, _bullet, _case, _quotes, _apart, _comma, _strange, _label, _amount, _sign,
     _colon,
)  # fmt: skip
