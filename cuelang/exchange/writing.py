"""The list of a show for other programs: CSV for spreadsheets, Ontime's JSON, Eos' CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from cuelang.plain import cell, defused, harmless
from cuelang.plan import Cue, OnOsc, Plan
from cuelang.units import MS, NS

COLUMNS = ("number", "title", "section", "standby", "duration_s", "follow_s", "disabled", "triggers", "file", "line")


def seconds(ns: int | None) -> str:
    return "" if ns is None else f"{ns / NS:.3f}".rstrip("0").rstrip(".")


def triggers_of(plan: Plan) -> dict[str, list[str]]:
    """By cue: the OSC addresses that fire it, as the sheet writes them."""
    found: dict[str, list[str]] = {}
    for trigger in plan.triggers:
        number = getattr(trigger.action, "cue", None)
        if isinstance(trigger.when, OnOsc) and isinstance(number, str):
            found.setdefault(number, []).append(trigger.when.address)
    return found


def to_csv(plan: Plan) -> str:
    """One row a cue, with headings; it opens in a spreadsheet as it is, and nothing in it is a formula there."""
    fired = triggers_of(plan)
    rows = [
        (
            cue.number,
            _words(cue.title),
            _words(cue.section),
            _words(cue.standby),
            seconds(cue.duration),
            seconds(cue.follow),
            "yes" if cue.disabled else "",
            _words(" ".join(fired.get(cue.number, ()))),
            _words(cue.block.file),
            cue.line,
        )
        for cue in plan.cues
    ]
    return "\ufeff" + _lines((COLUMNS, *rows))


def _words(text: str) -> str:
    return defused(harmless(text))


_PARTS = re.compile(r"[,;|\t\n\"]")
"""What spreadsheets part cells at, in one country or another."""


def _lines(rows: Iterable[Iterable[object]]) -> str:
    return "".join(",".join(map(_cell, row)) + "\r\n" for row in rows)


def _cell(value: object) -> str:
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if _PARTS.search(text) else text


def to_ontime(plan: Plan) -> str:
    """A project that Ontime can open: an event for each cue, one after the other."""
    entries: dict[str, dict[str, object]] = {}
    order: list[str] = []
    start = 0
    section = ""
    for at, cue in enumerate(plan.cues):
        if cue.section and cue.section != section:
            section = cue.section
            name = f"block{at}"
            entries[name] = {"id": name, "type": "milestone", "title": section, "cue": "", "note": ""}
            order.append(name)
        length = round((cue.duration or 0) / MS)
        name = f"cue{at}"
        entries[name] = {
            "id": name, "type": "event", "cue": cue.number, "title": cue.title, "note": cue.standby,
            "timeStart": start, "timeEnd": start + length, "duration": length, "skip": cue.disabled, "custom": {},
        }  # fmt: skip
        order.append(name)
        start += length
    rundown = {"id": "default", "title": plan.settings.title, "order": order, "flatOrder": order, "entries": entries}
    data = {"project": {"title": plan.settings.title}, "rundowns": {"default": rundown}}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


EOS_COLUMNS = ("TARGET_TYPE", "TARGET_TYPE_AS_TEXT", "TARGET_LIST_NUMBER", "TARGET_ID", "PART_NUMBER", "LABEL")


def to_eos(plan: Plan) -> str:
    """Cues as Eos imports them: only numbers and labels, in list 1."""
    rows = [("1", "Cue", "1", cue.number, "", cell(cue.title)) for cue in plan.cues]
    return _lines((("START_TARGETS",), EOS_COLUMNS, *rows, ("END_TARGETS",)))


WRITERS = {"csv": to_csv, "ontime": to_ontime, "eos": to_eos}

_EOS = re.compile(r"/eos/out/event/cue/(?P<list>[^/]+)/(?P<number>[^/]+)/fire")


def against(plan: Plan, theirs: list[tuple[str, str]]) -> list[str]:
    """What does not fit between a show and a console's list of (number, label): a sentence each."""
    ours: dict[str, Cue | None] = {}
    all_of_them = False
    for trigger in plan.triggers:
        found = _EOS.fullmatch(trigger.when.address) if isinstance(trigger.when, OnOsc) else None
        if found is None:
            continue
        if found["number"].startswith("{"):
            all_of_them = True
        else:
            ours[found["number"]] = None
    known = {number for number, _ in theirs}
    numbers = {cue.number for cue in plan.cues if not cue.disabled}
    said = [
        f"Console cue {number}{f' “{label}”' if label else ''} fires nothing."
        for number, label in theirs
        if number not in ours and not (all_of_them and number in numbers)
    ]
    said += [
        f"Nothing on the console fires the trigger for its cue {number}." for number in ours if number not in known
    ]
    if all_of_them:
        said += [
            f"Cue {cue.number} is fired by no console cue."
            for cue in plan.cues
            if cue.number not in known and not cue.disabled
        ]
    return said
