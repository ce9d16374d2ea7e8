"""The ways to start a show: alone, behind another machine, or as one of two.

The sheet is compiled and every option is checked before anything is opened. Errors until then go to standard error
and into the exit status; after that the running show reports them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from functools import partial
from typing import TextIO

from msgspec.structs import replace

from cuelang import clock as clocks
from cuelang.app.aftermath import aftermath, away_of
from cuelang.app.loading import Refused, RunOptions, load, rehearsed
from cuelang.app.own_files import overtaken
from cuelang.app.pairing import journal_of
from cuelang.app.setting import Beginning, FollowedMachine, Paired, ShowSetting
from cuelang.app.show import Show
from cuelang.app.succession import join, peers_of
from cuelang.app.twin import Twin
from cuelang.aside import loop_first
from cuelang.clock.precedence import precedence
from cuelang.clock.signals import ENDING, hang_up, on_signals
from cuelang.clock.zones import show_zone
from cuelang.output import diagnostics as report
from cuelang.plain import UserError, plain_lines
from cuelang.runtime.collector import calm_collector
from cuelang.runtime.crash import Crash
from cuelang.runtime.feed import night_of
from cuelang.runtime.logfile import InUse
from cuelang.runtime.night_before import NightBefore, asked_in, look_back
from cuelang.runtime.view import Screen
from cuelang.sheets import cue_of, read_script
from cuelang.triggers.doors import Doors
from cuelang.web.auth import OPERATE_PIN
from cuelang.web.leader import Leader, leads
from cuelang.web.listen import WebDoor

BEHIND_PIN = "CUELANG_BEHIND_PIN"
"""Environment variable: the operator's PIN of the machine that is followed, if it is not that of this one."""


def run_show(
    options: RunOptions, *, screen: Screen | None = None, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Run the show until it is ended. Returns 0 when it ended in order (Ctrl-C and SIGTERM do that), 1 when the
    sheet has errors or an input cannot be opened (its port is in use, say), 2 for a file that cannot be read and
    for an option that names nothing."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        loaded = load(options)
        start = cue_of(loaded.plan, options.start, "--from")
        if options.timing is not None:
            loaded = replace(loaded, rehearsed=rehearsed(options.timing))
        asks = read_script(options.script, loaded.plan) if options.script is not None else None
        web = _page(options)
    except Refused as error:
        found = error.compiled
        err.write(report.as_text(found.diagnostics, found.sources, colour=report.wants_colour(err)))
        return error.code
    except UserError as error:
        _print(err, str(error))
        return error.code
    with calm_collector(), loop_first(), precedence() if options.precedence else contextlib.nullcontext("") as granted:
        setting = ShowSetting(replace(options, start=start), loaded, out, err, asks, web, screen, granted)
        ended = clocks.run(_run(setting), early=clocks.EARLY_NS)
    if isinstance(ended, int):
        return ended
    behind = replace(options, behind=ended, start=None, resume=False, script=None, beside=False)
    return run_show(behind, screen=screen, out=out, err=err)


def _page(options: RunOptions) -> WebDoor | None:
    if options.http is None:
        return None
    return WebDoor(options.http, certificate=options.certificate, key=options.key)


def _print(err: TextIO, text: str) -> None:
    print(plain_lines(text), file=err, flush=True)


async def _run(setting: ShowSetting) -> int | str:
    """Returns how the program ends, or the address of the machine that leads this show now."""
    clocks.current().watch_stalls()
    if setting.options.twin is not None:
        return await _one_of_two(setting, setting.options.twin)
    if setting.options.behind is not None:
        return await _behind(setting, setting.options.behind)
    return await _begin(setting) or 0


# --- alone, or leading --------------------------------------------------------------------------------------


def _led_elsewhere(before: NightBefore, *, alone: bool) -> str:
    """Why this show may not begin: it runs, or another machine may lead it."""
    if before.running is not None:
        text = f"A show of this sheet is running: {before.running}. Nothing was sent. Start with --beside to run"
        return f"{text} another."
    if alone and before.crash is not None and (before.crash.first.options or {}).get("twin"):
        text = "The last show of this sheet had a second machine, which may lead it now. Nothing was sent."
        return f"{text} Start with --twin as before, or with --beside to run it alone."
    return ""


async def _open(doors: Doors, web: WebDoor | None, err: TextIO) -> str | None:
    """Open what a show hears by. What is wrong with the page alone; None: it cannot begin, which was said."""
    try:
        no_page = web.listen() if web is not None else ""
        await doors.listen()
    except UserError as error:
        _print(err, str(error))
        if web is not None:
            await web.close()
        return None
    return no_page


async def _begin(setting: ShowSetting, pair: Paired | None = None) -> int | str | None:
    """None: the show here is over. As one of two, it has one more end: the other machine leads, or has begun another
    show; `Twin.role` knows."""
    options, loaded, err, web = setting.options, setting.loaded, setting.err, setting.web
    plan, clock, zone = loaded.plan, clocks.current(), show_zone(loaded.plan.settings.timezone)
    wall = clock.wall(zone)
    look = partial(look_back, plan, options.log, options.simulate, wall, options.sheet, loaded.digest)
    before = await look(resumes=options.resume)
    if pair is not None and pair.follows is not None:
        before = NightBefore(until=before.until)
    refused = "" if options.beside else _led_elsewhere(before, alone=pair is None)
    if refused:
        print(refused, file=err)
        return 1
    after, asked = None, ""
    if before.crash is not None:
        found, asked = await _who_leads(before.crash)
        if found:
            _print(err, asked)
            return found
    if before.crash is not None:
        away = (clock.wall(zone) - before.crash.at).total_seconds()
        after = aftermath(before.crash, loaded, options, clock.now(), away_of(away))
        if before.later:
            before = await look() if after.playback is None else asked_in(before, plan, after.playback)
        setting = replace(setting, options=replace(options, start=after.start))
    elif options.resume:
        nothing = "There is nothing to resume: the last show of this sheet was ended, or is more than 12 h ago."
        before = replace(before, trouble=before.trouble or nothing)
    doors = Doors(plan, clock, zone, before.until)
    no_page = await _open(doors, web, err)
    if no_page is None:
        return 1
    # Nothing is awaited between the opening of the doors and the show's being there to hear them.
    try:
        show = Show(setting, doors, Beginning(before, after, pair=pair))
    except InUse:
        print(f"Another show writes the log {options.log}. Nothing was sent.", file=err)
        await doors.close()
        if web is not None:
            await web.close()
        return 1
    if setting.granted:
        show.notices.note(f"This show has {setting.granted}.")
    show.notices.say_soon(*filter(None, (asked, before.trouble, *doors.early, no_page)))
    return await show.run() or (None if show.superseded else 0)


async def _who_leads(crash: Crash) -> tuple[str, str]:
    """Another machine that leads this show now, empty if none says so; and what the operator has to know."""
    peers = peers_of(crash.records)
    for peer in peers:
        if await leads(peer, night_of(crash.first)):
            return peer, f"{peer} leads this show. This machine follows it; nothing was sent."
    return "", f"{' and '.join(peers)} did not say to lead this show; this machine leads." if peers else ""


# --- behind another machine ---------------------------------------------------------------------------------


async def _behind(setting: ShowSetting, url: str) -> int | str:
    options, loaded, err, web = setting.options, setting.loaded, setting.err, setting.web
    clock, zone = clocks.current(), show_zone(loaded.plan.settings.timezone)
    doors = Doors(loaded.plan, clock, zone, None)
    link: Leader | None = None
    try:
        pin = os.environ.get(BEHIND_PIN) or os.environ.get(OPERATE_PIN, "")
        link = Leader(url, pin, os.environ.get("CUELANG_FINGERPRINT", ""))
        no_page = web.listen() if web is not None else ""
        await doors.listen()
        by = web.by if web is not None else None
        begun, own, journal, plans = await join(options, loaded, link, clock, by, lambda text: _print(err, text))
        behind = FollowedMachine(link, journal, plans, by)
        show = Show(replace(setting, loaded=begun, own=own, asks=None), doors, Beginning(behind=behind))
    except (UserError, OSError, ValueError) as error:
        _print(err, str(error))
        await doors.close()
        if web is not None:
            await web.close()
        if link is not None:
            await link.close()
        return 1
    show.notices.say_soon(*doors.early, *([no_page] if no_page else []))
    if by is None:
        show.notices.say_soon(
            "This machine has no page that the other one can ask: one that wakes after a takeover sends on."
        )
    return await show.run() or 0


# --- one of two ---------------------------------------------------------------------------------------------


async def _one_of_two(setting: ShowSetting, servers: str) -> int | str:
    """Leads or follows, one show after another, until the show is ended here."""
    options, loaded, err = setting.options, setting.loaded, setting.err
    known = {loaded.digest: loaded}
    try:
        twin = Twin(
            servers,
            options.twin_peer or "",
            options.twin_listen,
            options.sheet,
            loaded.digest,
            lambda text, _matters: _print(err, text),
        )
        await twin.open()
        if sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, twin.by_hand)
    except (UserError, OSError) as error:
        _print(err, str(error))
        return error.code if isinstance(error, UserError) else 1
    begun, said = False, list[str]()
    try:
        while True:
            loop, role = asyncio.get_running_loop(), asyncio.ensure_future(twin.role())
            with on_signals(role.cancel, *ENDING, *hang_up()), contextlib.suppress(asyncio.CancelledError):
                await role
            if role.cancelled():
                return 0
            follows = journal_of(twin, options, known, clocks.current()) if role.result() == "follow" else None
            if role.result() is None or (role.result() == "follow" and follows is None):
                bring = partial(overtaken, loaded.sources, tuple(twin.records), dict(twin.files))
                before, said = said, [text for text, _ in await loop.run_in_executor(None, bring)]
                for text in said:
                    if text not in before:
                        _print(err, text)
                with contextlib.suppress(UserError):
                    loaded = await loop.run_in_executor(None, partial(load, options, casting=twin.casting))
                    known[loaded.digest] = loaded
                    twin.digest = loaded.digest
                continue
            with contextlib.suppress(UserError):
                if begun and loaded.digest != twin.digest:
                    loaded = await loop.run_in_executor(None, partial(load, options, casting=twin.casting))
            begun = True
            show = await _begin(replace(setting, loaded=loaded), Paired(twin, known, follows))
            if show is not None:
                return show
            setting = replace(setting, asks=None, web=_page(options))
    finally:
        await twin.close()
