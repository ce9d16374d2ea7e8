"""The switchers of a show as pages and other clients get them; `web/state.py` says what each key means."""

from __future__ import annotations

from typing import Any

from cuelang.output.plan import milliseconds
from cuelang.runtime.switcher_view import SwitcherRow
from cuelang.runtime.view import View
from cuelang.units import MS

JsonRow = dict[str, Any]


def switcher(row: SwitcherRow, view: View, *, pictures: bool) -> JsonRow:
    heard = None if row.age is None else max(0, view.elapsed - row.age) // (1000 * MS) * 1000
    return {
        "name": row.name, "url": row.url, "link": row.link, "heard_ms": heard, "error": row.error, "model": row.model,
        "no_air": row.no_air, "program": row.program, "preview": row.preview, "cut_by": row.cut_by,
        "cut_ms": _ago(row.cut_ago, view), "transition": row.transition,
        "outputs": {one.name: {"on": one.on, "since_ms": _ago(one.length, view)} for one in row.outputs},
        "sources": [
            {
                "name": one.name, "label": one.label, "bus": one.bus, "cameras": list(one.cameras),
                "there_ms": one.there and milliseconds(view.elapsed + one.there),
            }
            for one in row.sources
        ],
        "transitions": list(row.transitions),
        "pictures": {bus: picture_path(row.name, bus) for bus in ("program", "preview")} if pictures else None,
    }  # fmt: skip


def picture_path(switcher: str, bus: str) -> str:
    return f"/api/switchers/{switcher}/{bus}/picture.jpg"


def air(view: View) -> JsonRow:
    return {
        "off_air": view.air.off_air,
        "cutting": "hand" if view.air.by_hand else "sheet",
        "lamps_off": view.air.lamps_off,
        "prompts": [
            {
                "text": one.text, "switcher": one.switcher, "source": one.source, "cue": one.cue,
                "since_ms": _ago(one.ago, view),
            }
            for one in view.air.prompts
        ],
    }  # fmt: skip


def alarms(view: View) -> list[JsonRow]:
    return [{"at_ms": milliseconds(one.at), "time": f"{one.wall:%H:%M:%S}", "text": one.text} for one in view.alarms]


def cuts(view: View) -> list[JsonRow]:
    return [
        {"switcher": cut.switcher, "action": cut.action, "source": cut.source, "at_ms": milliseconds(cut.at)}
        for cut in view.go.cuts
    ]


def _ago(time: int | None, view: View) -> int | float | None:
    """When that was, on the scale of the show's clock."""
    return None if time is None else milliseconds(view.elapsed - time)
