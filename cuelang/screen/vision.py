"""The switchers on the terminal's page: a line each, what an operator who cuts by hand is to do, and alarms. Pure."""

from __future__ import annotations

from cuelang.plain import plain as harmless
from cuelang.runtime.switcher_view import ShownPrompt, SwitcherRow
from cuelang.runtime.view import View
from cuelang.screen.pieces import Piece, ScreenLine, span
from cuelang.units import NS


def badges(view: View) -> list[Piece]:
    """What has been asked for beside the list, in the head of the page."""
    air = view.air
    asked = (
        (air.off_air, " OFF AIR ", "bold black on yellow"),
        (air.by_hand, " CUTTING BY HAND ", "bold white on magenta"),
        (air.lamps_off, " LAMPS OFF ", "bold black on white"),
    )
    return [Piece(text, style) for on, text, style in asked if on]


def alarms(view: View) -> list[ScreenLine]:
    """They stay until they are acknowledged."""
    return [
        (
            Piece(" ALARM ", "bold white on red"),
            Piece(f" {one.wall:%H:%M:%S} {harmless(one.text)} · a: seen ", "bold red"),
        )
        for one in view.alarms[-2:]
    ]


def prompt(view: View) -> list[ScreenLine]:
    """What to do by hand now, and what after that."""
    if not view.air.prompts:
        return []
    first, *more = view.air.prompts
    cue = f"  cue {first.cue}, {span(first.ago)} ago" if first.cue else ""
    several = len(view.switchers) > 1
    then = ", ".join(_named(one, several) for one in more)
    return [
        (Piece(f" {harmless(_named(first, several))} ", "bold white on magenta"),
         Piece(f"{cue} · d: done", "magenta"), *([Piece(f" · then {harmless(then)}", "magenta")] if then else []))
    ]  # fmt: skip


def _named(asked: ShownPrompt, several: bool) -> str:
    return f"{asked.text} on {asked.switcher}" if several else asked.text


def switchers(view: View) -> list[ScreenLine]:
    """One line for each: program, preview, stream and recording, what GO will cut."""
    return [_switcher(row, view) for row in view.switchers]


def _switcher(row: SwitcherRow, view: View) -> ScreenLine:
    pieces = [Piece(f" {harmless(row.name):>8} ", "bold")]
    if row.link != "connected":
        since = f" {span(row.age)} ago" if row.age is not None else ""
        why = f": {harmless(row.error)}" if row.error else ""
        kept = ", last known:" if row.age is not None else ""
        pieces.append(Piece(f" LOST{since}{why}{kept} ", "bold red"))
    by = f" {row.cut_by}, {span(row.cut_ago)} ago" if row.cut_by and row.cut_ago is not None else ""
    pieces.append(Piece(f" PGM {harmless(row.program or '–')} ", "bold white on red"))
    pieces.append(Piece(f"{by} " if by else " ", "red"))
    if row.preview is not None:
        pieces.append(Piece(f" PVW {harmless(row.preview)} ", "bold black on green"))
        pieces.append(Piece(_there(row), "green"))
    for output in row.outputs:
        if output.on:
            name = "STREAM" if output.name == "stream" else "REC"
            length = f" {span(output.length)}" if output.length is not None else ""
            pieces.append(Piece(f" {name}{length} ", "bold white on red"))
    cut = next((cut for cut in view.go.cuts if cut.switcher == row.name), None)
    if cut is not None:
        # By hand, GO cuts nothing: it asks for the cut.
        asks = "GO asks" if view.air.by_hand else "GO"
        pieces.append(Piece(f" {asks}: {cut.action} {harmless(cut.source or 'what is on preview')}", "yellow"))
    return tuple(pieces)


def _there(row: SwitcherRow) -> str:
    source = next((one for one in row.sources if one.name == row.preview), None)
    if source is None or not source.cameras:
        return " "
    if source.there is None:
        return " not there "
    return " there " if not source.there else f" there in {source.there / NS:.1f} s "
