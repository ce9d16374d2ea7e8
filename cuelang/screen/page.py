"""The page of a show: a View in, lines of styled text out. Pure; no terminal, no clock.

From top to bottom: the show and the clock, the standby cue, the cue list, the cameras, the last triggers and notes, the
keys. A wide terminal has the cue list on the left and the rest on the right; a small one has everything under one
another, and what does not fit is the older part of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from cuelang.plain import plain as harmless
from cuelang.playback.sight import FollowView
from cuelang.runtime.view import CameraRow, CueRow, LinkMark, NoteRow, RunRow, TriggerRow, View
from cuelang.screen.pieces import Piece, ScreenLine, age, countdown, fit, flowed, seconds_of, span
from cuelang.screen.top import KeyboardState, errors, foot, head, inputs, keys, standby

SMALLEST = (20, 4)
SMALL = (40, 10)
"""A smaller terminal has what GO does, a few cues, and the last happening."""
WAITING = 34
"""Columns that say what a cue waits for."""
WHEN = 10
"""Columns of the time before a trigger or note."""
TWO_SIDES_COLUMNS = 104
"""Columns from which on the page has two sides."""


_STATES = {
    "": (" ", ""), "running": ("●", "bold green"), "paused": ("‖", "bold yellow"), "done": ("✓", "dim"),
    "stopped": ("■", "dim"), "disabled": ("–", "dim"),
}  # fmt: skip
_TALLY = {
    "program": (" PGM ", "bold white on red"), "preview": (" PVW ", "bold black on green"), "off": (" off ", "dim"),
    None: ("  ?  ", "yellow"),
}  # fmt: skip
_LINKS: dict[LinkMark, tuple[str, str]] = {
    "connected": ("ok", "green"), "silent": ("silent", "bold yellow"), "lost": ("LOST", "bold white on red"),
    "disabled": ("left out", "dim"), "none": ("no link", "bold red"),
}  # fmt: skip
_VERDICTS = {
    "fired": "green", "duplicate": "yellow", "window": "yellow", "no_cue": "dim", "refused": "bold red",
    "late": "bold yellow",
}  # fmt: skip
_NOTES = {"note": ("·", "cyan"), "warning": ("!", "bold yellow"), "trouble": ("✗", "bold red")}


def page(view: View, width: int, height: int, desk: KeyboardState) -> list[ScreenLine]:
    """Exactly `height` lines, each exactly `width` columns wide."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        lines = [standby(view, width, 1)[0], ((Piece("The terminal is too small."),))]
    elif (width < SMALL[0] or height < SMALL[1]) and not desk.help and not desk.inputs:
        lines = _small(view, width, height - 1)
    elif desk.inputs:
        lines = [head(view), *standby(view, width, 2)]
        lines += inputs(view, height - len(lines) - 1)
    elif desk.help or (desk.reading is not None and view.mistakes):
        lines = [head(view), *standby(view, width, 2)]
        room = height - len(lines) - 1
        lines += keys(width, room) if desk.reading is None else errors(view, desk.reading, width, room)
    else:
        top = [head(view), *standby(view, width, max(3, height // 4))]
        if desk.reading is not None:
            top.append((Piece(" No reload errors.", "dim"),))
        body = _wide if width >= TWO_SIDES_COLUMNS else _narrow
        lines = top + body(view, width, height - len(top) - 1)
    lines = [*lines, *[()] * height][: height - 1]
    return [fit(line, width) for line in (*lines, foot(view, desk, width))]


# --- the two shapes ------------------------------------------------------------------------------------------


def _narrow(view: View, width: int, height: int) -> list[ScreenLine]:
    """Under one another: the list gets half the page, and what cameras and happenings leave of the other half."""
    room = height // 2
    cameras = _cameras(view, width, max(3, room - 4))
    shown = [_title("Cameras", width), *cameras] if cameras else []
    left = room - len(shown) - 1
    doings = _newest(_happenings(view), width, left if left > 0 else 1, 2)
    if doings and left > 0:
        doings = [_title("Triggers and notes", width), *doings]
    return _list(view, width, height - len(shown) - len(doings)) + shown + doings


def _small(view: View, width: int, height: int) -> list[ScreenLine]:
    """What GO does, as much of the list as fits, and the last happening."""
    top = [line for line in standby(view, width, max(1, height // 2)) if line]
    last = _newest(_happenings(view), width, 1, 1) if height - len(top) > 1 else []
    return top + _list(view, width, height - len(top) - len(last)) + last


def _happenings(view: View) -> list[ScreenLine]:
    """Triggers and notes, in the order in which they came."""
    found = [(row.at, line) for row, line in zip(view.triggers, _triggers(view.triggers), strict=True)]
    found += [(row.at, line) for row, line in zip(view.notes, _notes(view.notes), strict=True)]
    lines = [line for _, line in sorted(found, key=lambda happening: happening[0])]
    return [*_untaken(view), *lines]


def _untaken(view: View) -> list[ScreenLine]:
    """The last message of an input that no trigger took."""
    row = view.untaken
    if row is None:
        return []
    what = harmless(f"{row.input}  {row.line}")
    return [(Piece(f" {row.wall:%H:%M:%S} ", "dim"), Piece("no trigger ", "bold yellow"), Piece(what, "dim"))]


def _newest(lines: Sequence[ScreenLine], width: int, room: int, most: int) -> list[ScreenLine]:
    """The last of these in `room` lines; a long one has at most `most`."""
    rows: list[ScreenLine] = []
    for line in reversed(lines):
        left = room - len(rows)
        if left <= 0:
            break
        rows = flowed(line, width, WHEN, min(most, left)) + rows
    return rows


def _wide(view: View, width: int, height: int) -> list[ScreenLine]:
    """Side by side: the list on the left; cameras, triggers and notes on the right."""
    left = width * 9 // 20
    right = width - left - 1
    cameras = _cameras(view, right, max(2, height // 2))
    room = height - len(cameras) - 3
    for_notes = room // 2
    for_triggers = room - for_notes
    beside = [_title("Cameras", right), *cameras, _title("Triggers", right)]
    beside += [*_untaken(view), *_newest(_triggers(view.triggers), right, for_triggers - len(_untaken(view)), 3)]
    beside += [()] * (height - for_notes - 1 - len(beside))
    beside += [_title("Notes", right), *_newest(_notes(view.notes), right, for_notes, 3)]
    beside = [*beside, *[()] * height][:height]
    rows = zip(_list(view, left, height), beside, strict=True)
    return [(*fit(a, left), Piece("│", "dim"), *fit(b, right)) for a, b in rows]


def _title(text: str, width: int) -> ScreenLine:
    return (Piece(f"─ {text} {'─' * width}"[:width], "dim"),)


# --- the cue list --------------------------------------------------------------------------------------------


def _list(view: View, width: int, height: int) -> list[ScreenLine]:
    """As much of the list as fits, around the standby cue; what is running above it stays in sight."""
    if not view.cues:
        return [(Piece(" There are no cues.", "dim"),), *[()] * height][: max(0, height)]
    runs = {run.cue: run for run in view.running}
    follows = {follow.cue: follow for follow in view.follows}
    shown: dict[int, str] = {}
    focus = next((index for index, cue in enumerate(view.cues) if cue.is_standby), len(view.cues) - 1)
    busy = [index for index, cue in enumerate(view.cues) if cue.number in runs and index < focus]
    first = max(0, focus - height // 3)
    if busy and first > busy[-1] > focus - height + 2:
        first = busy[-1]
    first = max(0, min(first, len(view.cues) - height // 2))
    numbers = max([4, *(len(cue.number) for cue in view.cues[first : first + height])])
    rows: list[ScreenLine] = []
    place = 0
    section = view.cues[first - 1].section if first else ""
    if first and section:
        section = ""
    for index in range(first, min(len(view.cues), first + height)):
        cue = view.cues[index]
        if cue.section != section:
            section = cue.section
            rows.append((Piece(f" {harmless(section)}", "bold cyan"),) if section else ())
        if index == focus:
            place = len(rows)
        shown[len(rows)] = cue.number
        rows.append(_cue(cue, runs.get(cue.number), follows.get(cue.number), numbers, width))
    start = max(0, min(place - height // 2, len(rows) - height)) if place >= height else 0
    rows = rows[start : start + height]
    seen = {number for row, number in shown.items() if start <= row < start + height}
    unseen = [run for run in view.running if run.cue not in seen]
    rows += [()] * (height - len(rows))
    return [*rows[:-1], _elsewhere(unseen)] if unseen and height > 2 else rows


def _elsewhere(runs: Sequence[RunRow]) -> ScreenLine:
    """What runs and has no row in this part of the list: cues far away, and statements."""
    said = []
    for run in runs:
        name = run.cue or "a statement"
        said.append(f"{name} {waits}" if (waits := _waiting(run)) else f"{name} paused" if run.paused else name)
    return (Piece(" also running: ", "bold green"), Piece(harmless(", ".join(said)), "green"))


def _cue(cue: CueRow, run: RunRow | None, follow: FollowView | None, numbers: int, width: int) -> ScreenLine:
    mark, style = _STATES[cue.state]
    if cue.is_standby:
        style = "bold yellow"
    right = _progress(cue, run, follow, width)
    if run is not None and run.then:
        right = (*right, Piece(f" →{run.then}", "cyan"))
    if cue.aside:
        right = (Piece("aside ", "dim"), *right)
    if cue.warnings:
        right = (Piece(f"!{len(cue.warnings)} ", "yellow"), *right)
    size = sum(cell_len(piece.text) for piece in right)
    left = fit(
        (
            Piece("▶" if cue.is_standby else " ", "bold yellow"),
            Piece(f"{mark} ", _STATES[cue.state][1]),
            Piece(f"{cue.number:<{numbers}} ", style),
            Piece(harmless(cue.title), style),
        ),
        max(0, width - size - 1),
    )
    return (*left, Piece(" "), *right)


def _waiting(run: RunRow) -> str:
    """`waits for go`, `waits for 19:30:00 in 0:17`, `waits for osc /ready 0:20`; empty if it does not."""
    said = []
    for wait in run.waits:
        if wait.left is not None:
            said.append(f"{wait.what} in {countdown(wait.left)}")
        else:
            said.append(f"{wait.what} {countdown(wait.limit)} at most" if wait.limit is not None else wait.what)
    what = ", ".join(said or run.waiting)
    return f"{'paused, ' if run.paused else ''}waits for {what}" if what else ""


def _progress(cue: CueRow, run: RunRow | None, follow: FollowView | None, width: int) -> ScreenLine:
    if run is None and follow is not None:
        mark, style = ("‖", "bold yellow") if follow.paused else ("→", "bold cyan")
        return (Piece(f"{mark} {follow.next} in {countdown(follow.left)}", style),)
    if run is None:
        shown = seconds_of(cue.duration) if cue.duration else "∞" if cue.duration is None else ""
        return (Piece(f"{shown:>7}", "dim"),)
    style = "yellow" if run.paused else "green"
    if text := harmless(_waiting(run).removeprefix("paused, ")):
        return fit((Piece(text, "bold magenta"),), min(WAITING, width * 3 // 5, cell_len(text)))
    if cue.progress is None or run.remaining is None:
        return (Piece(f"{span(run.elapsed)} ∞", style),)
    if run.remaining == 0:
        return (Piece(f"{seconds_of(run.elapsed):>7}", style),)
    full = round(cue.progress * 10)
    return (
        Piece("█" * full, style),
        Piece("░" * (10 - full), "dim"),
        Piece(f"{f'-{seconds_of(run.remaining)}':>7}", style),
    )


# --- cameras, triggers, notes --------------------------------------------------------------------------------


def _cameras(view: View, width: int, most: int) -> list[ScreenLine]:
    """A line for each camera, two where one is too short for it and there is room; `most` lines. When there are more
    cameras, those with something to say come first."""
    name = min(14, max([4, *(cell_len(camera.name) for camera in view.cameras)]))
    cameras = list(view.cameras)
    if len(cameras) > most:
        cameras.sort(key=_calm)
    said = sum(1 for camera in cameras if _what(camera))
    double = width < 76 and len(cameras) + said <= most
    lines: list[ScreenLine] = []
    for camera in cameras if len(cameras) <= most else cameras[: most - 1]:
        what = _what(camera)
        first = _camera(camera, name, posed=double or width >= 76 or not what)
        if double:
            lines.append(first)
            if what:
                lines.append((Piece(" " * (name + 8)), *what))
        else:
            lines.append((*first, Piece("  "), *what))
    if len(cameras) > most:
        lines.append((Piece(f" and {len(cameras) - most + 1} more cameras", "dim"),))
    return lines


def _calm(camera: CameraRow) -> int:
    """Trouble first, then what is on air or at work."""
    if camera.link in ("lost", "silent", "none") or camera.error:
        return 0
    return 1 if camera.tally == "program" else 2 if camera.doing else 3


def _camera(camera: CameraRow, name: int, posed: bool) -> ScreenLine:
    tally, tally_style = _TALLY[camera.tally]
    link, link_style = _LINKS[camera.link]
    heard = "" if camera.age is None or camera.link == "disabled" else f" {age(camera.age)}"
    shown = set_cell_size(f"{link}{heard}", 11)
    return (
        Piece(f" {set_cell_size(camera.name, name)} ", "bold"),
        Piece(tally, tally_style),
        Piece(" "),
        Piece(shown, link_style),
        Piece(f" {_pose(camera)}" if posed else ""),
    )


def _pose(camera: CameraRow) -> str:
    if camera.link == "disabled" or (camera.pan is None and camera.tilt is None and camera.zoom is None):
        return f"{'':25}"
    pan = "?" if camera.pan is None else f"{camera.pan:+.1f}°"
    tilt = "?" if camera.tilt is None else f"{camera.tilt:+.1f}°"
    zoom = "?" if camera.zoom is None else f"{camera.zoom:.0f}%"
    return f"{pan:>7} {tilt:>7} zoom {zoom:>4}"


def _what(camera: CameraRow) -> ScreenLine:
    pieces: list[Piece] = []
    if camera.power is False:
        pieces.append(Piece("power off ", "bold yellow"))
    if camera.doing:
        pieces.append(Piece(f"{harmless(camera.doing)} ", "green"))
    if camera.driven_by:
        pieces.append(Piece(f"driven by {harmless(camera.driven_by)} ", "magenta"))
    if camera.tracing:
        pieces.append(Piece(f"● {harmless(camera.tracing)} ", "bold red"))
    if camera.cast:
        pieces.append(Piece(f"{harmless(camera.cast)} ", "magenta"))
    if camera.offer:
        pieces.append(Piece("V: recover ", "bold yellow"))
    if camera.error:
        pieces.append(Piece(harmless(camera.error), "red"))
    return tuple(pieces)


def _triggers(rows: Sequence[TriggerRow]) -> list[ScreenLine]:
    return [
        (
            Piece(f" {row.wall:%H:%M:%S} ", "dim"),
            Piece(f"{row.verdict:<9} ", _VERDICTS[row.verdict]),
            Piece(harmless(row.did or row.request)),
            Piece(f"  {harmless(row.source)}", "dim"),
            Piece(f"  {harmless(row.reason)}" if row.reason not in row.did else "", "dim"),
        )
        for row in rows
    ]


def _notes(rows: Sequence[NoteRow]) -> list[ScreenLine]:
    return [
        (
            Piece(f" {row.wall:%H:%M:%S} ", "dim"),
            Piece(f"{_NOTES[row.kind][0]} ", _NOTES[row.kind][1]),
            Piece(f"{row.cue}  " if row.cue else "", "dim"),
            Piece(harmless(row.text), "" if row.kind == "note" else _NOTES[row.kind][1]),
        )
        for row in rows
    ]
