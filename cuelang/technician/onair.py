"""Which cameras are on program, as far as a technician can know: what the last log and `--on-air` say.

A camera cannot be asked for its tally. The show's own rule holds here too: what a log said more than twelve hours ago
says nothing any more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from cuelang.commands import TallyMode
from cuelang.runtime.asrun import is_of_kind, latest, one_by_one, still_on_air


class OnAirReport(Struct, frozen=True):
    """`modes` are what is known; `source` says from where, empty if nothing is."""

    modes: Mapping[str, TallyMode]
    source: str = ""

    def program(self, camera: str) -> bool:
        return self.modes.get(camera) == "program"

    def before(self, camera: str) -> TallyMode:
        """How its tally light was, as far as that is known."""
        return self.modes.get(camera, "off")


def on_air(show: str | None, told: Iterable[str], now: datetime, folder: Path = Path("logs")) -> OnAirReport:
    """What the newest log of this show says (None: of any show), and `told`: the cameras that the technician names.
    Nights with simulated cameras say nothing."""
    path = latest(show, folder, simulated=False) if show is not None else _newest(folder)
    modes: dict[str, TallyMode] = {}
    source = ""
    if path is not None:
        try:
            modes, _, _ = still_on_air(one_by_one(path), simulated=False, now=now)
        except OSError:
            modes = {}
        if modes:
            source = str(path)
    for name in told:
        modes[name] = "program"
    return OnAirReport(modes, source)


def _newest(folder: Path) -> Path | None:
    try:
        found = [
            (entry.stat().st_mtime_ns, entry.path) for entry in os.scandir(folder) if entry.name.endswith(".jsonl")
        ]
    except OSError:
        return None
    paths = (Path(path) for _, path in sorted(found, reverse=True))
    return next((path for path in paths if is_of_kind(path, simulated=False)), None)
