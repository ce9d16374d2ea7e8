"""Which time zone a show lives in, and when its clocks show a time."""

from __future__ import annotations

import contextlib
import os
import warnings
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal


def show_zone(name: str | None) -> tzinfo:
    """The zone a sheet names, or the machine's. An unknown name was already an error of the sheet."""
    return ZoneInfo(name) if name else machine_zone()


def machine_zone() -> tzinfo:
    """The machine's zone with its rules, not only its offset of today; UTC where the machine does not say.

    `TZ`, then what `/etc/localtime` links to, then whatever else tzlocal knows of this system: `/etc/timezone`, or
    Windows' registry.
    """
    names = [os.environ.get("TZ", "").lstrip(":")]
    with contextlib.suppress(OSError):
        names.append(os.readlink("/etc/localtime").partition("zoneinfo/")[2])
    return next(filter(None, map(_zone, names)), None) or _of_the_system() or UTC


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _of_the_system() -> tzinfo | None:
    with warnings.catch_warnings(), contextlib.suppress(ZoneInfoNotFoundError, OSError, ValueError, LookupError):
        warnings.simplefilter("ignore")
        return tzlocal.get_localzone()
    return None


def instant_of(local: datetime, zone: tzinfo) -> datetime:
    """The instant of a wall time (its first one, or its second if `fold` is 1), or the end of the gap it is in."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) == local.replace(fold=0):
        return instant
    # PEP 495: in a gap, fold 1 reads the time by the offset after it and so lands before the change, fold 0 after it.
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    new = late.astimezone(zone).utcoffset()
    seconds, low = int((late - early).total_seconds()), 0
    while seconds - low > 1:
        middle = (low + seconds) // 2
        if (early + timedelta(seconds=middle)).astimezone(zone).utcoffset() == new:
            seconds = middle
        else:
            low = middle
    return (early + timedelta(seconds=seconds)).replace(microsecond=0)
