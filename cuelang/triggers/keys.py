"""Keys that a sheet names: `on key "F12" panic`. The terminal and every page hear the same ones."""

from __future__ import annotations

from cuelang.plan import CameraAction, CueAction, OnKey, Plan
from cuelang.playback.effects import Request
from cuelang.triggers.osc_table import literal


def asked(plan: Plan, key: str, source: str, now: int) -> Request | None:
    """What the sheet says that this key asks for, if it names it; capitals do not matter. `source` is the hand."""
    for trigger in plan.triggers:
        if isinstance(trigger.when, OnKey) and trigger.when.key.lower() == key.lower():
            action, heard = trigger.action, f"{source} {trigger.when.key}"
            if isinstance(action, CueAction | CameraAction):
                return literal(action, trigger.origin, heard, now, pressed=True)
    return None


def named(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Each key of the sheet, and what it does in words."""
    return tuple(
        (trigger.when.key, trigger.action.text if isinstance(trigger.action, CueAction) else "a camera statement")
        for trigger in plan.triggers
        if isinstance(trigger.when, OnKey)
    )
