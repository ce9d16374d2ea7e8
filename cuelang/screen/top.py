"""The upper part of the terminal's page: what GO does, the standby cue, what follows, what is held. Pure.

With it what takes the place of everything below it: the keys, and the errors of a reload.
"""

from __future__ import annotations

from msgspec import Struct
from rich.cells import cell_len

from cuelang.plain import plain as harmless
from cuelang.playback.sight import listed
from cuelang.runtime.view import CueRow, HeardRow, View
from cuelang.screen import vision
from cuelang.screen.pieces import Piece, ScreenLine, countdown, span, wrapped
from cuelang.units import NS

MARGIN = 10
"""Columns before the text below the standby cue."""


class KeyboardState(Struct, frozen=True):
    """What the operator is at: the number being typed, whether the keys are shown, whether `q` asks to be sure, from
    which error of the last reload on they are being read; `dropped` frames were not taken by the terminal; `question`:
    what a `locate` will do when its key is pressed again."""

    typed: str = ""
    help: bool = False
    leaving: bool = False
    reading: int | None = None
    dropped: int = 0
    question: str = ""
    inputs: bool = False
    """Whether the inputs are shown, and what they hear."""


KEYS = (
    ("space", "GO: as shown in the top line", "GO, as shown in the top line"),
    ("escape", "PANIC: stop everything at once", "PANIC: stop everything"),
    ("12.5 enter", "fire cue 12.5", "fire cue 12.5"),
    ("up, b", "previous standby", "previous standby"),
    ("down", "next standby", "next standby"),
    ("p", "pause or resume; 3 p: cue 3", "pause, resume; 3 p: cue 3"),
    ("s", "stop everything running; 3 s: cue 3", "stop; 3 s: cue 3"),
    ("12 l, 12 L", "set the rig up for cue 12; L: and fire it", "set up for cue 12; L: and GO"),
    ("r", "reload the sheet; on errors the current one stays", "reload the sheet"),
    ("e", "errors of the last reload; press again for the next", "errors of the last reload"),
    ("a", "alarms seen: takes them off the screen", "alarms seen"),
    ("d", "done: the cut that the top line asks for", "the cut asked for is done"),
    ("k", "skip the next scheduled firing; again: unskip", "skip or unskip the next firing"),
    ("w foh=spare enter", "swap: spare stands in for foh; foh=foh ends it", "swap cameras"),
    ("i", "inputs: what they hear, live", "what the inputs hear"),
    ("m keys enter", "mute the input keys, or hear it again", "mute an input"),
    ("t foh=walk enter", "record the path of foh; t foh enter: end it", "record a path, end it"),
    ("v", "recover the cameras for which that is offered", "recover what is offered"),
    ("T", "take over from the machine that this one follows", "take over"),
    ("q q", "end the show and stop everything it started", "end the show"),
    ("?", "close this", "close this"),
)
"""Name, help, and help where there is less room. The page has a table of its own (KEYS of `static/words.js`): it binds
other keys, and speaks of buttons where this speaks of lines."""
FOOT = "space GO · esc PANIC · ↑↓ standby · 12 enter GO 12 · p {p} · s stop · r reload · q quit · ? keys"
FOOT_SHORT = "space GO · esc PANIC · ↑↓ standby · p {p} · s stop · q quit · ? keys"
FOOT_SMALL = "space GO · esc PANIC · p {p} · ? keys"


def head(view: View) -> ScreenLine:
    style = "bold white on blue"
    badges = [Piece(" SIMULATED ", "bold black on magenta")] if view.simulated else []
    if view.show_mode:
        badges.append(Piece(" SHOW MODE ", "bold black on cyan"))
    muted = [row.name for row in view.inputs if row.muted]
    if muted:
        badges.append(Piece(f" MUTED {harmless(', '.join(muted))} ", "bold black on yellow"))
    badges += vision.badges(view)
    if view.stopping:
        badges.append(Piece(" ENDING ", "bold white on red"))
    trouble = f"  {view.troubles} problem{'' if view.troubles == 1 else 's'}" if view.troubles else ""
    return (
        Piece(f" {view.wall:%H:%M:%S} ", style),
        Piece(f" {span(view.elapsed)} ", "white on blue"),
        *badges,
        Piece(f" {harmless(view.title)}", style),
        Piece(trouble, "bold yellow on blue"),
        Piece(" ", style),
    )


def standby(view: View, width: int, rows: int) -> list[ScreenLine]:
    """At most `rows` lines, the most urgent first: what GO does now, what happens by itself, what is held. What room
    is left goes to the text of the standby cue."""
    cue = next((cue for cue in view.cues if cue.is_standby), None)
    lines = [
        *_behind(view, width),
        *_panic(view),
        *vision.alarms(view),
        *vision.prompt(view),
        *_go(view, cue, width),
        *vision.switchers(view),
    ]
    lines += [*_follows(view), *_held(view), *_reload(view)]
    left = rows - len(lines)
    if cue is not None and left > 0:
        said = wrapped(cue.standby_text, max(1, width - MARGIN), left) if cue.standby_text else []
        lines += [(Piece(" " * MARGIN), Piece(text, "italic")) for text in said]
        if cue.warnings and rows - len(lines) > 1:
            more = f" (and {len(cue.warnings) - 1} more)" if len(cue.warnings) > 1 else ""
            lines.append((Piece(f" {'!':>8} ", "bold yellow"), Piece(f"{harmless(cue.warnings[0])}{more}", "yellow")))
    if len(lines) < rows:
        lines.append(())
    return lines[:rows]


def _behind(view: View, width: int) -> list[ScreenLine]:
    """That another machine decides; in three full lines when that one is silent."""
    behind, red = view.behind, "bold white on red"
    if behind is None:
        return [(Piece(f" LEADS, followed by {', '.join(view.followers)} ", "green"),)] if view.followers else []
    if behind.stuck:
        said = "NOTHING IS SENT: no majority of the servers. Press T to CONTINUE ALONE."
        return [(Piece(text.center(width), red),) for text in ("", said, "")]
    again = "  Press T again to take over." if behind.asked else ""
    if behind.silent is None:
        said = f" BEHIND {behind.of}: this machine sends nothing.{again} "
        return [(Piece(said, "bold white on blue"),)]
    said = f"{behind.of} IS SILENT for {behind.silent // NS} s. Press T to TAKE OVER."
    return [(Piece(text.center(width), red),) for text in ("", said, "")]


def _panic(view: View) -> list[ScreenLine]:
    if view.panic is None:
        return []
    said = f" at {view.panic.wall:%H:%M:%S} by {harmless(view.panic.source)}: nothing fired since. "
    return [(Piece(" PANIC ", "bold white on red"), Piece(said, "bold white on red"))]


def _go(view: View, cue: CueRow | None, width: int) -> list[ScreenLine]:
    go, yellow = view.go, "bold yellow on black"
    if go.does == "releases":
        title = f"  {harmless(go.then_title)}" if go.then_title else ""
        label = harmless(go.label.removeprefix("GO → "))
        if cell_len(label) + 8 > width:
            label = f"cue {go.cue} goes on"
        return [
            (Piece(" GO → ", "bold black on green"), Piece(f" {label} ", "bold green on black")),
            (Piece(f"{'':6}"), Piece(f" {go.after}", "bold yellow"), Piece(title, "yellow")),
        ]
    if cue is None:
        return [(Piece(" END OF THE LIST ", "bold black on white"), Piece("  nothing left to fire"))]
    lines: list[ScreenLine] = [
        (
            Piece(" STANDBY ", "bold black on yellow"),
            Piece(f" {cue.number}  ", yellow),
            Piece(harmless(cue.title), yellow),
            Piece(" ", yellow),
        ),
    ]
    if go.does == "nothing" and go.reason:
        lines.append((Piece(" " * MARGIN), Piece(go.after, "bold red")))
    return lines


def _follows(view: View) -> list[ScreenLine]:
    lines: list[ScreenLine] = []
    for follow in view.follows:
        if not follow.paused:
            title = f"  {harmless(follow.next_title)}" if follow.next_title else ""
            lines.append(
                (
                    Piece(" FOLLOWS ", "bold black on cyan"),
                    Piece(f" {follow.next} follows in {countdown(follow.left)}", "bold cyan"),
                    Piece(f" after cue {follow.cue}{title}", "cyan"),
                )
            )
    lines += [
        (
            Piece(" FOLLOWS ", "bold black on cyan"),
            Piece(f" {run.then} follows", "bold cyan"),
            Piece(f" when cue {run.cue} is done", "cyan"),
        )
        for run in view.running
        if run.then and not run.paused
    ]
    return lines[:2]


def _held(view: View) -> list[ScreenLine]:
    runs = [run.cue for run in view.running if run.paused]
    follows = [follow.cue for follow in view.follows if follow.paused]
    if not runs and not follows:
        return []
    left = [f" ({one.next} in {countdown(one.left)})" for one in view.follows if one.paused]
    how = "p resumes" if view.pause_does == "resume" else f"{(runs + follows)[0]} p resumes"
    held = f" {listed(runs, follows)}{left[0] if len(left) == 1 else ''} · {how} "
    return [(Piece(" PAUSED ", "bold black on yellow"), Piece(held, "bold yellow"))]


def _reload(view: View) -> list[ScreenLine]:
    count = len(view.mistakes)
    if not count:
        return []
    said = f" {count} error{'' if count == 1 else 's'}, the current sheet stays · e shows them"
    return [(Piece(" RELOAD REFUSED ", "bold white on red"), Piece(said, "bold red"))]


def foot(view: View, desk: KeyboardState, width: int) -> ScreenLine:
    if desk.leaving:
        return (Piece(" End the show? Press q again to end it, any other key to stay. ", "bold white on red"),)
    if desk.question:
        return (Piece(f" Once more: {harmless(desk.question)} ", "bold black on yellow"),)
    if desk.typed:
        does = view.pause_of(desk.typed)
        return (
            Piece(f" cue {desk.typed}▏", "bold black on cyan"),
            Piece(f"  enter GO · p {does} · s stop · l set up · backspace correct"),
        )
    texts = [text.format(p=view.pause_does) for text in (FOOT, FOOT_SHORT, FOOT_SMALL)]
    text = next((text for text in texts if cell_len(text) + 2 <= width), texts[-1])
    dropped = (Piece(f" · {desk.dropped} frames dropped", "yellow"),) if desk.dropped else ()
    return (Piece(f" {text}", "dim"), *dropped)


def keys(width: int, height: int) -> list[ScreenLine]:
    """The keys, in short words where there is no room for longer ones."""
    roomy = width >= 72
    rows: list[ScreenLine] = [(Piece("  Keys", "bold"), Piece("   Esc is PANIC; ? closes", "yellow"))]
    rows += [(Piece(f"  {key:<11}", "bold cyan"), Piece(long if roomy else short)) for key, long, short in KEYS]
    if roomy:
        rows.append((Piece("  Keys that the sheet assigns (`on key`) act as the sheet says.", "dim"),))
    return [(), *rows] if len(rows) < height else rows


def inputs(view: View, height: int) -> list[ScreenLine]:
    """Every input, and below them what they have heard last, newest first."""
    rows: list[ScreenLine] = [(Piece("  Inputs", "bold"), Piece("   i closes · m NAME enter mutes", "yellow"))]
    for row in view.inputs:
        state = f"muted by {row.muted}" if row.muted else "nothing heard yet" if row.last is None else "heard"
        when = f" {row.last.wall:%H:%M:%S} {row.last.line}" if row.last is not None else ""
        rows.append(
            (
                Piece(f"  {harmless(row.name)}  ", "bold cyan"),
                Piece(state, "bold yellow" if row.muted else "dim"),
                Piece(harmless(when)),
            )
        )
    rows.append((Piece("  Heard", "bold"), Piece("   newest first", "dim")))
    rows += [(Piece("  "), *heard(row)) for row in reversed(view.heard)]
    return rows[:height]


def heard(row: HeardRow) -> ScreenLine:
    """`19:30:05 keys  on midi note 62 channel 1  → no trigger`."""
    return (
        Piece(f"{row.wall:%H:%M:%S} ", "dim"),
        Piece(f"{harmless(row.input)}  ", "cyan"),
        Piece(harmless(f"{row.line}{f'  {row.note}' if row.note else ''}")),
        Piece(f"  → {harmless(row.taken)}" if row.taken else "  → no trigger", "green" if row.taken else "bold yellow"),
    )


def errors(view: View, first: int, width: int, height: int) -> list[ScreenLine]:
    """What the last reload found, from one of them on."""
    count = len(view.mistakes)
    if not count:
        return [(), (Piece("  No reload errors.", "dim"),)]
    rows: list[ScreenLine] = [
        (
            Piece(f"  Reload refused: {count} error{'' if count == 1 else 's'}", "bold red"),
            Piece(f"   {min(first, count - 1) + 1} of {count} · e: next", "yellow"),
        ),
    ]
    for one in view.mistakes[min(first, count - 1) :]:
        rows.append((Piece(f"  {harmless(one.place)}", "bold cyan"),))
        rows += [(Piece(f"    {text}"),) for text in wrapped(one.text, width - 5, 4)]
        rows += [(Piece(f"    {text}", "dim"),) for text in wrapped(one.hint, width - 5, 3) if text]
    return rows[:height]
