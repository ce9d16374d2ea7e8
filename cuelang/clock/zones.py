"""Which time zone a show lives in."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def show_zone(name: str | None) -> tzinfo:
    """The zone a sheet names, or the machine's. An unknown name was already an error of the sheet."""
    return ZoneInfo(name) if name else machine_zone()


def machine_zone() -> tzinfo:
    """The machine's zone with its rules, not only its offset of today; UTC where the machine does not say.

    `TZ`, then what `/etc/localtime` links to, then `/etc/timezone`, as Debian, Fedora and macOS keep it.
    """
    names = [os.environ.get("TZ", "").lstrip(":")]
    with contextlib.suppress(OSError):
        names.append(os.readlink("/etc/localtime").partition("zoneinfo/")[2])
    with contextlib.suppress(OSError, UnicodeError):
        names.append(Path("/etc/timezone").read_text(encoding="ascii").strip())
    for name in filter(None, names):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return UTC
