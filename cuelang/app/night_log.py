"""The log of a show: where its records go, and the one with which it begins."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TextIO

from msgspec import to_builtins

from cuelang import __version__
from cuelang.app.loading import LoadedSheet, RunOptions
from cuelang.app.setting import Beginning, ShowSetting
from cuelang.app.show_words import print_record
from cuelang.clock import Clock
from cuelang.runtime.asrun import AsRun, Sinks, default_path
from cuelang.runtime.feed import Feed, night_of
from cuelang.runtime.logfile import FileSink, InUse
from cuelang.runtime.night_before import title_of
from cuelang.runtime.records import Record
from cuelang.runtime.told import words_of
from cuelang.screen.printer import LinePrinter
from cuelang.units import MS


class NightLog:
    """Where the records of a show go: its file, lines on standard output, its page, another machine. Raises InUse."""

    def __init__(
        self, setting: ShowSetting, beginning: Beginning, clock: Clock, zone: tzinfo, say: Callable[[str], None]
    ) -> None:
        options, loaded, after = setting.options, setting.loaded, beginning.after
        self._printer = LinePrinter(setting.out) if setting.screen is None else None
        self._sinks = Sinks()
        self._file = _open(options, loaded, beginning, clock, zone, say)
        if self._file is not None:
            self._sinks.add(self._file.write)
        self.feed = Feed(lambda: self._file.path if self._file is not None else None)
        if after is not None and after.playback is not None:
            self.feed.night = night_of(after.crash.first)
        self._sinks.add(self.feed.write)
        if setting.web is not None:
            self._sinks.add(setting.web.records.append)
        if self._printer is not None:
            self._sinks.add(partial(print_record, self._printer))
        if beginning.pair is not None:
            self._sinks.add(beginning.pair.twin.write)
        self._twin = beginning.pair.twin if beginning.pair is not None else None
        self.records = _begin(options, loaded, beginning, self._sinks, clock, zone)

    @property
    def folder(self) -> Path:
        return self._file.path.parent if self._file else Path("logs")

    def hand_to(self, hear: Callable[[Record], object]) -> None:
        """Each record from now on."""
        self._sinks.add(hear)

    def print(self, text: str) -> None:
        """A line beside the records, where there is no screen to show it."""
        if self._printer is not None:
            self._printer.say(text)

    def print_to(self, out: TextIO) -> None:
        """Lines from now on, for the screen has failed."""
        self._printer = LinePrinter(out)
        self._sinks.add(partial(print_record, self._printer))

    def keep(self, files: Mapping[str, str]) -> None:
        """The texts of a plan's files, by their SHA-256."""
        if self._file is not None:
            self._file.keep(files)
        if self._twin is not None:
            self._twin.keep(files)

    async def close(self) -> str:
        """What the file lacks, as a sentence."""
        self.records.show("stopped")
        self.records.end()
        lacks = ""
        if self._file is not None:
            await self._file.close()
            if self._file.lost:
                lacks = f"The last {self._file.lost} records are missing from the log {self._file.path}."
        if self._printer is not None:
            self._printer.close()
        return lacks


def _open(
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


def _begin(
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
