"""What was probably meant by an amount, a time, a date or a cue number that could not be parsed."""

from __future__ import annotations

import re

from cuelang.lang.slips import Slip, UnparsedLine, next_line, shortened
from cuelang.lang.synonyms import UNITS
from cuelang.lang.words import STATEMENTS

_UNIT = re.compile(r"[^\W\d_]+|[°º×]")
_APART = re.compile(r"(-?\d+(?:\.\d+)?)\s+$")
_GLUED = re.compile(r"(\d+(?:[.,]\d+)?)([^\W\d_]+|[°º×])\.?(?![\w%])")
_DAYTIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)\b\.?", re.IGNORECASE)
_DATES = (
    (re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"), ""),
    (re.compile(r"(?P<y>\d{4})[/.](?P<m>\d{1,2})[/.](?P<d>\d{1,2})"), ""),
    (re.compile(r"(?P<d>\d{1,2})[-/](?P<m>\d{1,2})[-/](?P<y>\d{4})"), ""),
)
_ODD = re.compile(r"[\d.][\w.:;%,/-]*")
_OWN_UNITS = "ms|s|m|h|f|%|x|deg|K|Hz"
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_CUE = ("cue", "go", "start", "standby", "resume", "pause", "locate")


def apart(line: UnparsedLine) -> Slip | None:
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


def _clock_before(line: UnparsedLine, end: int) -> int:
    """Where the time begins that ends before `end`."""
    found = re.search(r"[\d:.]+\s*$", line.shown[:end])
    return found.start() if found else end


def comma(line: UnparsedLine) -> Slip | None:
    """A decimal comma."""
    digits = re.search(r"(?<![\w.])(\d+)$", line.before)
    after = re.match(r",(\d+)(\w*|%)", line.rest)
    if digits is None or after is None:
        return None
    unit = UNITS.get(after[2].lower(), after[2])
    return Slip(
        line.loc(digits.start(), len(digits[0]) + len(after[0])),
        "Use a decimal point, not a comma.",
        f"Write `{digits[1]}.{after[1]}{unit}`.",
    )


def amount(line: UnparsedLine) -> Slip | None:  # noqa: C901 - one mistake after another, and the first that fits
    """What begins with a digit and is not an amount, depending on its context."""
    odd = _ODD.match(line.rest)
    if odd is None or (line.wrong and not line.wrong[0].isdigit()):
        return None
    shown = odd[0].rstrip(":;,")
    if not shown.isascii() and shown[:1].isdigit() and not shown[0].isascii():
        return None  # digits of another script
    if not line.wrong and odd[0].endswith(":"):
        return Slip(line.loc(line.at + len(shown), 1), "`:` has no meaning here.", "Remove it.")
    here = line.loc(line.at, len(shown))
    message = f"`{shortened(shown)}` is not a valid amount."
    words = line.before.split()
    last = words[-1] if words else ""
    if odd[0] != shown and re.fullmatch(rf"\d+(?:\.\d+)?(?:{_OWN_UNITS})", shown):
        second = re.match(r"\s*([^\W\d]\w*)", line.rest[len(odd[0]) :])
        mark = line.loc(line.at + len(shown), 1)
        if second and second[1] in STATEMENTS and odd[0][len(shown)] != ":":
            return next_line(mark, second[1])
        return Slip(mark, f"`{odd[0][len(shown)]}` has no meaning here.", "Remove it.")
    if re.fullmatch(r"\d+\.{2,}\d+", shown):
        return None
    if "timecode" in words and (parts := re.findall(r"\d+", shown)) and len(parts) == 4:
        frames = ":".join(f"{int(part):02}" for part in parts)
        return None if frames == shown else Slip(here, f"`{shortened(shown)}` is not a timecode.", f"Write `{frames}`.")
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
            here,
            f"`{shortened(shown)}` is not a cue number: a cue number is a decimal, such as 2 or 2.5.",
            f'For example `cue {free} "{shortened(shown)}"`; put the label of another console into the title.'
            if last == "cue"
            else f"For example `{last} {number}`.",
        )
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


def label(line: UnparsedLine) -> Slip | None:
    """What is called a cue elsewhere: `S5`, `one`."""
    if line.before.split()[-1:] != ["cue"] or not re.match(r"[^\W\d]|#", line.rest):
        return None
    shown = line.rest.split()[0].rstrip(":")
    if re.match(r"(?:no|nr|num|number|#)\.?\s*\d", line.rest, re.IGNORECASE):
        return None
    digits = re.search(r"\d+(?:\.\d+)?", shown)
    number = digits[0] if digits else str(_NUMBERS.index(shown.lower()) + 1) if shown.lower() in _NUMBERS else "1"
    if shown.lower() in _NUMBERS:
        rest = line.rest[len(shown) :].rstrip(":")
        return Slip(line.loc(line.at, len(shown)), "A cue number is written in digits.", f"Write `cue {number}{rest}`.")
    return Slip(
        line.loc(line.at, len(shown)),
        f"`{shortened(shown)}` is not a cue number: a cue number is a decimal, such as 2 or 2.5.",
        f'For example `cue {number} "{shortened(shown)}"`; put the label of another console into the title.',
    )


def _time_of_day(line: UnparsedLine, shown: str) -> Slip | None:
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
    return (
        parts.get("h", 0),
        parts.get("m", parts.get("", 0) if smaller == "m" else 0),
        parts.get("s", parts.get("", 0) if smaller == "s" else 0),
    )


def _sum(shown: str) -> str:
    last = {"h": "m", "m": "s"}
    found = re.findall(r"(\d+)([hms]?)", shown)
    return " + ".join(f"{n}{unit or last.get(found[i - 1][1], 's')}" for i, (n, unit) in enumerate(found))


def sign(line: UnparsedLine) -> Slip | None:
    found = re.match(r"\+(\d\S*)", line.rest)
    if found is None or line.context not in ("body", "camera") or line.wrong not in ("+", ""):
        return None
    return Slip(line.loc(line.at, 1), "A number cannot start with `+`.", f"Write `{found[1]}`.")
