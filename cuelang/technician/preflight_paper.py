"""What a preflight found, on paper and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from cuelang.plain import plain
from cuelang.technician import vision
from cuelang.technician.onair import OnAirReport
from cuelang.technician.preflight import Checked
from cuelang.technician.table import milliseconds, plural, table
from cuelang.technician.vision import CheckedSwitcher

HEAD = ("camera", "answers", "link", "model", "power", "tally", "web", "presets", "")
LINE_CELLS = 76
"""Cells of a line of a finding: the table fits a terminal of 80, and paper."""


def as_text(
    checked: Sequence[Checked],
    show: str,
    when: str,
    air: OnAirReport,
    left_out: Sequence[str] = (),
    switchers: Sequence[CheckedSwitcher] = (),
) -> str:
    """The table, what is wrong, what else is to be known, and the lines to sign."""
    rows = [
        (
            one.camera,
            one.answers,
            "–" if one.latency is None else milliseconds(one.latency),
            one.model,
            one.power,
            one.tally,
            one.web,
            one.presets,
            "ready" if not one.wrong else "CHECK",
        )
        for one in checked
    ]
    lines = [f"Preflight  {show}".rstrip(), when]
    lines += ["", *table(HEAD, rows, rule=True)] if rows else []
    lines += ["", *vision.as_rows(switchers)] if switchers else []
    wrong = [(one.camera, text) for one in checked for text in one.wrong]
    wrong += [(one.switcher, text) for one in switchers for text in one.wrong]
    everything = "everything" if switchers else "every camera"
    lines += ["", f"{plural(len(wrong), 'finding')}:" if wrong else f"No findings: {everything} is ready."]
    lines += _listed(wrong)
    notes = [(one.camera, text) for one in checked for text in one.notes]
    notes += [(one.switcher, text) for one in switchers for text in one.notes]
    notes += [(name, "It is disabled and was skipped.") for name in left_out]
    if notes:
        lines += ["", "Notes:", *_listed(notes)]
    places = [(f"  {one.camera}", one.url) for one in checked] + [(f"  {one.switcher}", one.url) for one in switchers]
    lines += ["", "Addresses:", *table(("", ""), places)[1:]]
    if air.source:
        lines += ["", f"On air according to {air.source}."]
    lines += ["", f"Name {'_' * 30}  Signature {'_' * 30}"]
    return "\n".join(lines)


def _listed(sentences: Sequence[tuple[str, str]]) -> list[str]:
    """`  foh: It does not answer.`, over as many lines as it takes."""
    lines: list[str] = []
    for camera, text in sentences:
        lines += textwrap.wrap(
            f"{camera}: {plain(text)}",
            LINE_CELLS,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def as_json(
    checked: Sequence[Checked], show: str, when: str, switchers: Sequence[CheckedSwitcher] = ()
) -> dict[str, Any]:
    """As `camera preflight --json` prints it. `when` is date and time, as text."""
    ready = not (any(one.wrong for one in checked) or any(one.wrong for one in switchers))
    return {
        "show": show, "at": when, "ready": ready,
        "cameras": [one.json for one in checked], "switchers": [one.json for one in switchers],
    }  # fmt: skip
