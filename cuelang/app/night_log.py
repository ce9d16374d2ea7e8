"""The log of a show: the file, and the record with which it begins."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from msgspec import to_builtins

from cuelang import __version__
from cuelang.app.loading import LoadedSheet, RunOptions
from cuelang.app.setting import Beginning
from cuelang.clock import Clock
from cuelang.runtime.asrun import AsRun, Sinks, default_path
from cuelang.runtime.logfile import FileSink, InUse
from cuelang.runtime.night_before import title_of
from cuelang.runtime.told import words_of
from cuelang.units import MS


def open_log(
    options: RunOptions,
    loaded: LoadedSheet,
    beginning: Beginning,
    clock: Clock,
    zone: tzinfo,
    say: Callable[[str], None],
) -> FileSink | None:
    """None: it cannot be written, and the operator was told. Raises InUse."""
    after = beginning.after
    try:
        named = Path(options.log) if options.log else None
        if after is not None and after.playback is not None:
            named = after.crash.path
        return FileSink(named or default_path(title_of(loaded.plan), clock.wall(zone)), clock, say)
    except InUse:
        raise
    except OSError as error:
        say(f"The log cannot be written: {error}. The show continues without one.")
        return None


def begin_log(
    options: RunOptions, loaded: LoadedSheet, beginning: Beginning, sinks: Sinks, clock: Clock, zone: tzinfo
) -> AsRun:
    """The log of a show which goes on does so too, from the moment of the crash."""
    after, follows = beginning.after, beginning.follows
    if follows is not None:
        return AsRun(sinks, clock, zone, zero=follows.zero)
    if after is not None and after.playback is not None:
        crash = after.crash
        zero = after.now - round(crash.at_ms * 1000) * 1000
        log = AsRun(sinks, clock, zone, zero=zero, seq=crash.records[-1].seq)
        log.show("resumed", after.now, away_ms=after.away / MS)
        return log
    log, before = AsRun(sinks, clock, zone), beginning.before
    log.show(
        "started",
        show=title_of(loaded.plan),
        simulated=options.simulate,
        sheet=os.path.realpath(options.sheet),
        files=loaded.files,
        plan=loaded.digest,
        options=to_builtins(options),
        program=__version__,
        start=options.start,
        air=dict(before.air) or None,
        words=words_of(before.words),
        asked=dict(before.asked) or None,
    )
    return log
