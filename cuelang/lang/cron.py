"""Cron lines as operators know them, read into fields that mean the same everywhere.

The differences between crons are settled here: weekdays are 0–7 with Sunday 0 and 7 (APScheduler counts Monday as 0),
ranges may run over the end of the week or the year, a step is no longer than its field, and six fields begin with the
seconds. What comes out is plain: `*`, or a list of numbers, of months' numbers, of weekdays' names.
"""

from __future__ import annotations

from typing import NamedTuple

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Fields = tuple[str, str, str, str, str, str]


class Cron(NamedTuple):
    """A cron line that was read. `either`: day of the month and weekday are both restricted, so it fires when either
    matches; as crontab(5) has it, a field that begins with `*` (`*/2` too) does not count as restricted."""

    fields: Fields
    either: bool
    text: str


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    first: int = 0
    """The number of the first name."""
    next: str = ""
    """Where its numbers begin again."""

    @property
    def plural(self) -> str:
        return self.name.replace("day of", "days of", 1) if " " in self.name else f"{self.name}s"


FIELDS = (
    _Field("second", 0, 59, next="minute"),
    _Field("minute", 0, 59, next="hour"),
    _Field("hour", 0, 23, next="day"),
    _Field("day of the month", 1, 31, next="month"),
    _Field("month", 1, 12, MONTHS, 1, next="year"),
    _Field("weekday", 0, 7, ("sun", *WEEKDAYS), 0, next="week"),
)


def parse_cron(text: str) -> Cron:
    """Second, minute, hour, day of the month, month, weekday. Raises ValueError with what to write instead."""
    words = text.lower().split()
    if len(words) == 5:
        words = ["0", *words]
    if len(words) != 6:
        raise ValueError(
            f"A cron line has five fields (minute, hour, day, month, weekday) or six with the seconds first; "
            f"“{text}” has {len(words)}."
        )
    second, minute, hour, day, month, weekday = (
        _values(word, field) for word, field in zip(words, FIELDS, strict=True)
    )
    either = not words[3].startswith("*") and not words[5].startswith("*")
    longest = max(DAYS_IN_MONTH[number - 1] for number in month)
    if min(day) > longest and not either:
        raise ValueError(f"“{text}” never fires: none of its months has a day {min(day)}.")
    named = [WEEKDAYS[number - 1] for number in sorted({number or 7 for number in weekday})]
    fields = (
        _plain(second, FIELDS[0]),
        _plain(minute, FIELDS[1]),
        _plain(hour, FIELDS[2]),
        _plain(day, FIELDS[3]),
        _plain(month, FIELDS[4]),
        "*" if len(named) == 7 else ",".join(named),
    )
    return Cron(fields, either, " ".join(words))


def _plain(numbers: frozenset[int], field: _Field) -> str:
    if len(numbers) == field.high - field.low + 1:
        return "*"
    return ",".join(str(number) for number in sorted(numbers))


def _values(text: str, field: _Field) -> frozenset[int]:
    found: set[int] = set()
    for item in text.split(","):
        found |= _item(item, field)
    step = text.rpartition("/")[2] if "/" in text and "," not in text else ""
    size = len(set(field.names)) or field.high - field.low + 1
    if step and int(step) > size:
        other = (
            " For an interval write `on every 90m` instead of `on cron`." if field.next in ("minute", "hour") else ""
        )
        raise ValueError(
            f"“{text}”: there are only {size} {field.plural}, and a step never runs on into the next {field.next}."
            f"{other}"
        )
    return frozenset(found)


def _item(item: str, field: _Field) -> set[int]:
    span, slash, step_text = item.partition("/")
    step = 1
    if slash:
        if not (step_text.isascii() and step_text.isdigit() and 0 < len(step_text) < 4 and int(step_text) > 0):
            raise ValueError(f"“{item}”: after “/” a step of 1 or more is needed, as in “*/5”.")
        step = int(step_text)
    if span == "*":
        first, last = field.low, field.high - (field.names[:1] == ("sun",))
    else:
        low, dash, high = span.partition("-")
        first = _number(low, field)
        last = _number(high, field) if dash else field.high if slash else first
    if first <= last:
        return set(range(first, last + 1, step))
    if not field.names:
        raise ValueError(f"“{item}”: the {field.name} runs backwards; write the smaller number first.")
    size = len(set(field.names))
    return {(number - field.first) % size + field.first for number in range(first, last + size + 1, step)}


def _number(text: str, field: _Field) -> int:
    if text.isascii() and text.isdigit() and len(text) < 4:
        if field.low <= int(text) <= field.high:
            return int(text)
    elif text[:3] in field.names and text in _spellings(field):
        return field.names.index(text[:3]) + field.first
    if field.name == "weekday" and (text[-2:-1] == "#" or text[-1:] == "l"):
        raise ValueError(
            f"“{text}” is not a valid weekday; for the first Sunday of a month write the day as “*/100,1-7” and the"
            " weekday as "
            f"“sun”, for the second “*/100,8-14”: since the day begins with “*”, both must match."
        )
    names = f", or a name such as “{field.names[1]}”" if field.names else ""
    raise ValueError(f"“{text}” is not a valid {field.name} ({field.low} to {field.high}{names}).")


_LONG = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
    "april", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def _spellings(field: _Field) -> tuple[str, ...]:
    return (*field.names, *(name for name in _LONG if name[:3] in field.names))
