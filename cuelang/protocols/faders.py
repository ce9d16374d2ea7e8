"""Where a fader brings a camera: the whole way of the fader is the whole range of the camera. Pure."""

from __future__ import annotations

from fractions import Fraction

from cuelang import commands as c
from cuelang.models import Model
from cuelang.protocols.visca.capability import properties_of
from cuelang.protocols.visca.lists import rows_of


def command_for(model: Model, what: str, share: Fraction) -> c.Command | None:
    """What brings a camera to this share of its range; None if the camera has no such range."""
    if what == "zoom":
        return c.ZoomTo(round(share * model.zoom_max))
    if what == "focus":
        (focus,) = rows_of(model)["focus.direct"].params
        return c.FocusTo(focus.low + round(share * (focus.high - focus.low)))
    prop = properties_of(model).get(what)
    if prop is None or len(prop.numbers) != 1:
        return None
    limits = prop.numbers[0]
    steps = int(Fraction(limits.high - limits.low) / Fraction(limits.step))
    wanted = limits.low + round(share * steps) * Fraction(limits.step)
    near = sorted((limits.low + n * Fraction(limits.step) for n in range(steps + 1)), key=lambda one: abs(one - wanted))
    return next((command for one in near if (command := prop.value([one])) is not None), None)
