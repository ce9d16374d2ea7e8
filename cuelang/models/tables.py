"""The figures of each camera model, as published.

Sony's are from its command lists (speeds "for reference": slow mode off, speed step normal), one list for
several models. PTZOptics publishes the ends of its speed range but no steps; the curve used for it was measured
on an AVKans E20, a camera of the same make-up (yatesdr/avkans-visca-control). It publishes no zoom curve
either: each of its lenses borrows the nearest one of Sony's.

A step without a figure takes the last one known. No manufacturer publishes the time that the zoom takes; 4 s from end
to end is assumed for all.
"""

from __future__ import annotations

from fractions import Fraction

from cuelang.models.model import Model, Speeds
from cuelang.models.web_heads import WEB_HEADS

TILT_STEPS = 20

PTZOPTICS_PRESETS = (range(90), range(100, 255))
"""90–99 call functions of the camera (90 home, 95 its menu), and 255 would end the frame: PTZOptics HTTP sheet."""

SONY_PRESETS = (range(1, 101),)
SONY_OLD_PRESETS = (range(1, 17),)
"""As the camera's menu numbers them: the lists count from 0 (“pp: preset No. −1”)."""


def _measured(per_step: str, base: str, steps: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(per_step) * step + Fraction(base) for step in range(1, steps + 1))


def _speeds(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(figure) for figure in text.split())


def _curve(text: str) -> tuple[int, ...]:
    return tuple(int(position) for position in text.split())


PTZOPTICS_PAN = _measured("3.7937", "6.4944", 24)
PTZOPTICS_TILT = _measured("2.2228", "3.4522", TILT_STEPS)

SONY_X400 = _speeds("1.1 1.3 1.6 2.2 2.9 6.7 11 23 24 27 41 43 47 49 54 57 62 64 69 72 80 84 91 101")
"""BRC-X400, SRG-A40 and SRG-X40UH, both axes; the pan of SRG-300H and 300SE."""
SONY_300_TILT = _speeds("1.1 1.3 1.6 2.2 2.9 6.7 11 16 26 29 31 34 50 52 54 57 62 64 69 72 80 84 91")
SONY_120DH_PAN = _speeds("1.1 1.3 1.7 2.2 2.8 3.6 4.6 5.9 7.6 9 10 20 23 37 42 47 61 73 88 126 145 185 251 302")
SONY_120DH_TILT = _speeds("1.1 1.3 1.7 2.2 2.8 3.6 5 6 8 10 12 14 16 23 33 54 61 73 88 126")
SONY_360_PAN = _speeds("0.3 0.4 0.5 0.6 0.7 0.9 1.2 1.5 1.9 2.4 3 3.6 4.2 6.6 7.8 8.9 13 16 20 24 30 38 47 60")
SONY_360_TILT = _speeds("0.3 0.4 0.5 0.6 0.7 0.9 1.2 1.5 1.9 2.4 3 3.8 4.7 5.9 7.5 8.9 12 15 19 24 30 38 47 60")
SONY_FR7 = _speeds("0.05 0.1 0.2 0.4 0.5 0.8 1.1 1.4 1.9 2.5 3.2 4 5.1 6.4 8 10 12.5 15.5 19.6 24.2 30.1 37.8 47.1 60")
"""ILME-FR7 and BRC-AM7, both axes, speed mode normal."""

CURVE_12X = _curve("0 4020 7152 9413 11038 12260 13225 14025 14723 15351 15900 16384")
"""SRG-X120, SRG-HD1M2 and SRG-A12."""
CURVE_12X_DH = _curve("0 6512 9372 11103 12320 13252 14007 14639 15181 15646 16045 16384")
CURVE_12X_X1000 = _curve("0 6144 9024 10816 12032 13056 13824 14464 15040 15552 16000 16384")
CURVE_20X = _curve(
    "0 6016 8640 10176 11264 12032 12672 13184 13632 14016 14400 14720 14976 15232 15488 15744 15936 16064 16256 16384"
)
"""SRG-201SE."""
CURVE_20X_X400 = _curve(
    "0 3521 6252 8213 9620 10679 11515 12208 12812 13357 13832 14250 14620 14950 15248 15516 15761 15986 16192 16384"
)
CURVE_26X = _curve(
    "0 5853 8377 9869 10893 11659 12267 12772 13205 13586 13926 14235 14517 14776 15012 15226 15419 15590 15742 15875"
    " 15992 16095 16182 16259 16326 16384"
)
"""SRG-280SHE."""
CURVE_30X = _curve(
    "0 5793 8291 9768 10781 11539 12141 12641 13069 13446 13783 14089 14368 14624 14858 15069 15260 15430 15580 15712"
    " 15828 15929 16016 16092 16158 16215 16266 16310 16348 16384"
)
"""SRG-300SE, SRG-301SE and SRG-360SHE."""


def _ptzoptics(name: str, title: str, curve: tuple[int, ...], source: str, estimate: bool = False) -> Model:
    return Model(
        id=name,
        title=title,
        family="ptzoptics",
        units_per_degree=Fraction(72, 5),
        pan_range=(-2448, 2448),
        tilt_range=(-432, 1296),
        pan_speeds=PTZOPTICS_PAN,
        tilt_speeds=PTZOPTICS_TILT,
        zoom_curve=curve,
        presets=PTZOPTICS_PRESETS,
        ramp_rate=10,
        ramp_rate_max=20,
        estimate=estimate,
        source=source,
    )


def _sony(  # noqa: PLR0913 - the columns of a table
    name: str,
    units: str,
    pan: tuple[int, int],
    tilt: tuple[int, int],
    speeds: tuple[tuple[Fraction, ...], tuple[Fraction, ...]],
    curve: tuple[int, ...],
    source: str,
    nibbles: tuple[int, int] = (4, 4),
    left_positive: bool = False,
    *,
    commands: str,
    moves: Speeds = "one",
    presets: tuple[range, ...] = SONY_PRESETS,
) -> Model:
    return Model(
        id=f"sony-{name.lower()}",
        title=f"Sony {name}",
        family="sony",
        units_per_degree=Fraction(units),
        pan_range=pan,
        tilt_range=tilt,
        pan_speeds=speeds[0],
        tilt_speeds=speeds[1],
        zoom_curve=curve,
        presets=presets,
        ramp_rate=30,
        ramp_rate_max=60,
        pan_left_positive=left_positive,
        pan_nibbles=nibbles[0],
        tilt_nibbles=nibbles[1],
        list=commands,
        speeds=moves,
        preset_base=1,
        source=source,
    )


BORROWED = {
    12: (CURVE_12X, "SRG-X120"),
    20: (CURVE_20X, "SRG-201SE"),
    30: (CURVE_30X, "SRG-300SE"),
}
"""The zoom curves that PTZOptics' lenses borrow, and from whom."""

DEFAULT = _ptzoptics(
    "",
    "a camera without a model",
    CURVE_20X,
    "PTZOptics' range, AVKans E20 speeds, zoom curve of the Sony SRG-201SE",
    estimate=True,
)

_WIDE = ((-8704, 8704), (-1024, 4608))
_X400 = (SONY_X400, SONY_X400[:23])
_300 = (SONY_X400, SONY_300_TILT)
_FR7 = (SONY_FR7, SONY_FR7)
_360 = (SONY_360_PAN, SONY_360_TILT)

MODELS: tuple[Model, ...] = (
    *(
        _ptzoptics(
            f"ptzoptics-{line}-4k-{ratio}x",
            f"PTZOptics {line.title()} 4K {ratio}x",
            curve,
            f"PTZOptics' range, AVKans E20 speeds, zoom curve of the Sony {lender}",
        )
        for line in ("move", "link")
        for ratio, (curve, lender) in BORROWED.items()
    ),
    *(
        _sony(name, "51.2", *_WIDE, _X400, CURVE_20X_X400, "BRC-X400 command list", commands="brc-x400")
        for name in ("BRC-X400", "BRC-X401")
    ),
    *(
        _sony(name, "51.2", *_WIDE, _X400, CURVE_20X_X400, "BRC-X400 command list", commands="srg-x400")
        for name in ("SRG-X400", "SRG-X402", "SRG-201M2")
    ),
    *(
        _sony(
            name, "51.2", *_WIDE, _X400, CURVE_12X, "BRC-X400 command list; zoom of its 12x models",
            commands="srg-x400",
        )
        for name in ("SRG-X120", "SRG-HD1M2")
    ),
    _sony("SRG-A40", "51.2", *_WIDE, _X400, CURVE_20X_X400, "SRG-A40 command list", commands="srg-a40"),
    _sony(
        "SRG-A12", "51.2", *_WIDE, _X400, CURVE_12X, "SRG-A40 command list; zoom of the SRG-A12", commands="srg-a40"
    ),
    _sony("SRG-X40UH", "51.2", *_WIDE, _X400, CURVE_20X_X400, "SRG-X40UH command list", commands="srg-x40uh"),
    _sony(
        "SRG-300H", "51.2", *_WIDE, _300, CURVE_30X, "SRG-300H command list; zoom of the SRG-300SE",
        commands="srg-300h", moves="two", presets=SONY_OLD_PRESETS,
    ),
    *(
        _sony(
            name, "51.2", *_WIDE, _300, CURVE_30X, "SRG-300SE command list",
            commands="srg-300se", moves="two", presets=SONY_OLD_PRESETS,
        )
        for name in ("SRG-300SE", "SRG-301SE")
    ),
    _sony(
        "SRG-201SE", "51.2", *_WIDE, _300, CURVE_20X, "SRG-300SE command list; zoom of the SRG-201SE",
        commands="srg-300se", moves="two", presets=SONY_OLD_PRESETS,
    ),
    _sony(
        "SRG-120DH", "51.2", (-5120, 5120), (-1280, 1280), (SONY_120DH_PAN, SONY_120DH_TILT), CURVE_12X_DH,
        "SRG-120DH command list", commands="srg-120dh", moves="two", presets=SONY_OLD_PRESETS,
    ),
    _sony(
        "SRG-360SHE", "512", (-87040, 87040), (-15360, 46080), _360, CURVE_30X,
        "SRG-360SHE command list", nibbles=(5, 5), commands="srg-360she", presets=SONY_OLD_PRESETS,
    ),
    _sony(
        "SRG-280SHE", "512", (-87040, 87040), (-15360, 46080), _360, CURVE_26X,
        "SRG-360SHE command list; zoom of the SRG-280SHE", nibbles=(5, 5), commands="srg-360she",
        presets=SONY_OLD_PRESETS,
    ),
    _sony(
        "BRC-X1000", "235.9", (-40103, 40103), (-7077, 21231), _FR7, CURVE_12X_X1000,
        "BRC-X1000 command list, which gives no speeds: those of the ILME-FR7, another 60 degrees a second head",
        nibbles=(5, 4), left_positive=True, commands="brc-x1000", moves="sync",
    ),
    _sony(
        "ILME-FR7", "235.9", (-40103, 40103), (-7077, 46000), _FR7, (),
        "ILME-FR7 command list; its lenses change, so it has no zoom curve", nibbles=(5, 5),
        commands="ilme-fr7", moves="sync",
    ),
    _sony(
        "BRC-AM7", "1000", (-175000, 175000), (-30000, 210000), _FR7, (),
        "BRC-AM7 command list, which gives no zoom curve", nibbles=(5, 5), commands="brc-am7", moves="sync",
    ),
    *WEB_HEADS,
)  # fmt: skip
