"""The figures of Panasonic's and Canon's cameras, which are driven by HTTP.

Panasonic's ranges and steps are those of its “HD/4K Integrated Camera Interface Specifications, Compatible model
Table” of March 2025: 65536 counts are 540 degrees, and the zoom goes from 555h to FFFh (here from 0). It publishes no
speed of a step. The fastest step is taken from product sheets and the others evenly below it, which is an assumption;
`cuelang camera calibrate` measures them.

Canon's specification is not public. Its scale and its speeds, both hundredths of a degree, are those that clients of
the CR-N cameras and of their ancestors use; the range is an ancestor's. What a camera says of its own limits at run
time is believed instead.
"""

from __future__ import annotations

from fractions import Fraction

from cuelang.models.model import Model, nearest

STEPS = 24
PANASONIC_STEPS = 30
"""Of a preset's recall and of a move to a position, where the sheet has 24."""
COUNTS = Fraction(65536, 540)
ZOOM_COUNTS = 0xFFF - 0x555

_CANON = "0.2 0.3 0.5 0.8 1.2 1.8 2.5 3.5 5 7 9 12 15 19 23 28 33 39 46 54 63 73 85 100"
CANON_SPEEDS = tuple(Fraction(figure) for figure in _CANON.split())
"""Degrees a second that the steps 1 to 24 ask for: the camera takes 0.1 to 100, and has no steps itself."""
CANON_ZOOM = 6040 - 320

_FAR, _HIGH = Fraction(210), Fraction(90)


def wire_step(step: int) -> int:
    """A step 1 to 24 of the sheet as one of Panasonic's 1 to 30."""
    return (step * PANASONIC_STEPS * 2 + STEPS) // (STEPS * 2)


def _panasonic(
    name: str, commands: str, up: Fraction, fastest: int, *, pan: int = 175, presets: int = 100, rate: int = 10
) -> Model:
    speeds = tuple(Fraction(fastest * wire_step(step), PANASONIC_STEPS) for step in range(1, STEPS + 1))
    return Model(
        id=f"panasonic-{name.lower()}" if name else "",
        title=f"Panasonic {name}" if name else "a Panasonic camera without a model",
        family="panasonic",
        units_per_degree=COUNTS,
        pan_range=(-nearest(pan * COUNTS), nearest(pan * COUNTS)),
        tilt_range=(-nearest(30 * COUNTS), nearest(up * COUNTS)),
        pan_speeds=speeds,
        tilt_speeds=speeds,
        zoom_curve=(),
        presets=(range(1, presets + 1),),
        ramp_rate=rate,
        ramp_rate_max=20 if rate == 10 else 7,
        zoom_max=ZOOM_COUNTS,
        list=commands,
        speeds="one",
        preset_base=1,
        estimate=True,
        source=f"Panasonic's interface specifications, 2025; {fastest} degrees a second at the fastest step, the others"
        " evenly below it (assumed)",
    )


def _canon(name: str) -> Model:
    return Model(
        id=f"canon-{name.lower()}" if name else "",
        title=f"Canon {name}" if name else "a Canon camera without a model",
        family="canon",
        units_per_degree=Fraction(100),
        pan_range=(-17000, 17000),
        tilt_range=(-3000, 9000),
        pan_speeds=CANON_SPEEDS,
        tilt_speeds=CANON_SPEEDS,
        zoom_curve=(),
        presets=(range(1, 101),),
        ramp_rate=5,
        ramp_rate_max=10,
        zoom_max=CANON_ZOOM,
        list="xc",
        speeds="one",
        preset_base=1,
        estimate=True,
        source="clients of Canon's XC protocol; ranges of its VB cameras (assumed)",
    )


UNNAMED: dict[str, Model] = {"panasonic": _panasonic("", "aw-he", _HIGH, 90, rate=5), "canon": _canon("")}
"""By scheme: what serves for a camera whose model is not given, with the least that its maker's cameras have."""

WEB_HEADS: tuple[Model, ...] = (
    *(_panasonic(name, "aw-ue", _FAR, 180) for name in ("AW-UE160", "AW-UE150", "AW-UE100", "AW-HE145")),
    _panasonic("AW-UE150A", "aw-ue-tracking", _FAR, 180),
    *(_panasonic(name, "aw-ue-tracking", _FAR, 90) for name in ("AW-UE80", "AW-UE50", "AW-UE40", "AW-UE30")),
    _panasonic("AW-UR100", "aw-ue", _FAR, 90),
    *(_panasonic(name, "aw-he", _HIGH, 90, rate=5) for name in ("AW-UE70", "AW-HE42", "AW-HE40")),
    *(_panasonic(name, "aw-he", _FAR, 60, rate=5) for name in ("AW-HE130", "AW-HR140")),
    _panasonic("AW-HE120", "aw-old", _FAR, 60, rate=5),
    *(_panasonic(name, "aw-old", _HIGH, 60, rate=5) for name in ("AW-HE60", "AW-HE50")),
    _panasonic("AW-UE20", "aw-old", _HIGH, 90, pan=170, rate=5),
    _panasonic("AW-UE4", "aw-ue4", _HIGH, 90, rate=5),
    _panasonic("AW-HE2", "aw-old", _HIGH, 90, presets=9, rate=5),
    *(_canon(name) for name in ("CR-N700", "CR-N500", "CR-N300", "CR-N100", "CR-X500", "CR-X300")),
)
