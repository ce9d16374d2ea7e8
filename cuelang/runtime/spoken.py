"""What a show says by itself, as records of the log."""

from __future__ import annotations

from cuelang.playback.effects import (
    Say,
    Spoken,
)
from cuelang.runtime.records import NoteRecord, TallyRecord, WarningRecord
from cuelang.runtime.stamp import Stamp, place
from cuelang.units import MS

SAID_LATE_NS = 10 * MS
"""A note that is later than this has `late_ms` in its record: a turn of the executor may take as long."""


def said(say: Say, late: int, stamp: Stamp) -> NoteRecord:
    """`late`: ns after its time."""
    file, line, column = place(say.origin)
    kind = WarningRecord if say.kind == "warning" else NoteRecord
    late_ms = round(late / MS, 3) if late >= SAID_LATE_NS else None
    return kind(
        *stamp,
        cue=say.cue,
        text=say.text,
        late_ms=late_ms,
        file=file,
        line=line,
        column=column,
        by=say.by or None,
        flag=say.flag,
    )


def spoken(word: Spoken, stamp: Stamp) -> TallyRecord:
    return TallyRecord(*stamp, camera=word.camera, mode=word.mode, speaker=word.speaker.name, by=word.speaker.kind)
