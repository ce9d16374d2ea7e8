"""A system as SVG: the time, requests, cues, then a lane for each switcher, and for each camera
with what is on air behind its moves.

Every colour is a class of the style sheet, every text is escaped, and what represents a line of the sheet links there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import pairwise

from cuelang.output.html.rows import ScoreSystem
from cuelang.output.html.score import MIN_DRAWN_MS, Band, Bar, Score, ScoreBlock, ScoreFinding, ScorePlace, Sign
from cuelang.units import clock_parts

GUTTER, WIDTH = 92.0, 1020.0
ROW, LANE = 19.0, 17.0
LETTER = 5.9
"""Units that a letter takes, about, in the drawing's own size of type."""
BOLD = 6.9
MAX_CAMERAS = 12
"""With more cameras than this, a system shows only those that do something in it or are on air."""

Anchor = Callable[[ScorePlace | None], str]
"""The href of a line of a sheet, or nothing."""


def draw(score: Score, system: ScoreSystem, anchor: Anchor) -> str:
    """One `<svg>`, `GUTTER + WIDTH` units wide."""
    start, end = system.start, system.end

    def seen(since: float, until: float) -> bool:
        return (since < end and until > start) or start <= since < end or (since == until == end == score.length)

    bars = [bar for bar in score.bars if seen(bar.start, bar.end)]
    bands = [band for band in score.bands if seen(band.start, band.end)]
    blocks = [block for block in score.blocks if seen(block.start, block.end)]
    signs = [sign for sign in score.signs if seen(sign.at, sign.at)]
    findings = [one for one in score.findings if one.at is not None and seen(one.at, one.at)]
    parts: list[str] = []
    y = 16.0
    parts.append(_requests(system, [sign for sign in signs if sign.kind == "request"], y))
    y += 10
    drawn, y = _blocks(system, blocks, y, anchor)
    cue_starts = [system.x(block.start) for block in blocks if start <= block.start < end]
    shown = [drawn]
    lanes_top = y + (18 if any(one.device is None for one in findings) else 4)
    y = lanes_top
    marks: dict[str, float] = {}
    busy = {bar.device for bar in bars} | {band.camera for band in bands}
    cameras = [name for name in score.cameras if len(score.cameras) <= MAX_CAMERAS or name in busy]
    for name in (*score.switchers, *cameras):
        drawn, bottom = _lane(
            system,
            name,
            [bar for bar in bars if bar.device == name],
            [one for one in bands if one.camera == name],
            y,
            anchor,
        )
        marks[name] = bottom - 15
        shown.append(drawn)
        y = bottom
    if len(cameras) < len(score.cameras):
        left = len(score.cameras) - len(cameras)
        said = f"{left} more {'camera' if left == 1 else 'cameras'} idle"
        shown.append(f'<text class="faint" x="0" y="{y + 12:g}">{said}</text>')
        y += ROW
    for kind, title in (("note", "notes"), ("send", "messages")):
        some = [sign for sign in signs if sign.kind == kind]
        if some:
            shown.append(_words(system, title, some, y, anchor))
            y += ROW
    shown.append(_findings(system, findings, marks, lanes_top))
    height = y + 4
    parts.append(_grid(system, cue_starts, lanes_top, height))
    parts += shown
    label = f"From {clock(start)} to {clock(end)}: {len(blocks)} cues on {len(cameras)} cameras"
    return (
        f'<svg viewBox="0 0 {GUTTER + WIDTH:g} {height:g}" role="group" aria-label="{escape(label)}">'
        + "".join(parts)
        + "</svg>"
    )


def clock(ms: float, column: bool = False) -> str:
    """`1:02:03.4`, without what is nothing. In a `column` the tenths are always there."""
    tenths = round(ms / 100)
    seconds, tenth = divmod(tenths, 10)
    hours, minutes, rest = clock_parts(seconds)
    head = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{head}.{tenth}" if tenth or column else head


# --- time ----------------------------------------------------------------------------------------------------

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def _grid(system: ScoreSystem, cues: Iterable[float], top: float, bottom: float) -> str:
    step = next((one for one in STEPS if one * 1000 * system.scale >= 62), STEPS[-1]) * 1000
    parts = []
    for one in system.stretches:
        at = -(-one.start // step) * step
        while at <= one.end:
            x = GUTTER + system.x(at)
            parts.append(f'<line class="tick" x1="{x:g}" x2="{x:g}" y1="12" y2="{bottom:g}"/>')
            if x < GUTTER + WIDTH - 8:
                parts.append(f'<text class="time" x="{x + 2:g}" y="9">{clock(at)}</text>')
            at += step
    for before, after in pairwise(system.stretches):
        if after.start - before.end > 1:
            x = GUTTER + after.x - 7
            said = f"{clock(after.start - before.end)} in which nothing happens"
            parts.append(
                f'<g class="gap"><title>{said}</title><path d="M{x - 4:g} 12V{bottom:g}M{x + 4:g} 12V{bottom:g}"/></g>'
            )
    parts += [
        f'<line class="go" x1="{GUTTER + x:g}" x2="{GUTTER + x:g}" y1="{top - 4:g}" y2="{bottom:g}"/>' for x in cues
    ]
    return "".join(parts)


def _requests(system: ScoreSystem, signs: Iterable[Sign], y: float) -> str:
    parts = []
    for sign in signs:
        x = GUTTER + system.x(sign.at)
        style = "ask" if sign.good else "ask not"
        said = f"<title>{clock(sign.at)} {escape(sign.text)}</title>"
        parts.append(f'<path class="{style}" d="M{x - 4:g} {y - 3:g}h8l-4 7z">{said}</path>')
    return "".join(parts)


# --- cues ----------------------------------------------------------------------------------------------------


def _blocks(system: ScoreSystem, blocks: Sequence[ScoreBlock], y: float, anchor: Anchor) -> tuple[str, float]:
    """Cues that run at the same time are drawn under one another."""
    ends: list[float] = []
    parts = []
    for block in blocks:
        left = GUTTER + system.x(block.start)
        width = max(3.0, GUTTER + system.x(block.end) - left)
        level = next((number for number, taken in enumerate(ends) if taken <= left + 0.5), len(ends))
        ends[level:] = [left + width, *ends[level + 1 :]]
        top = y + level * ROW
        name = f"{block.cue}  {block.title}".strip() if block.cue else block.title
        end = "" if block.state == "done" else f", {block.state}"
        said = f"cue {name}, from {clock(block.start)} to {clock(block.end)}{end}"
        text = fitted(name, width - 8, BOLD) or fitted(block.cue, width, BOLD)
        parts.append(
            link(
                anchor(block.place),
                f'<title>{escape(said)}</title><rect class="cue {block.state}" x="{left:g}" y="{top:g}" '
                f'width="{width:g}" height="{ROW - 3:g}" rx="2"/>'
                f'<text class="name" x="{left + 4:g}" y="{top + 12:g}">{escape(text)}</text>',
            )
        )
    return "".join(parts), y + max(1, len(ends)) * ROW


# --- cameras -------------------------------------------------------------------------------------------------


def _lane(
    system: ScoreSystem, name: str, bars: Sequence[Bar], bands: Sequence[Band], y: float, anchor: Anchor
) -> tuple[str, float]:
    lasting = [bar for bar in bars if bar.end - bar.start > MIN_DRAWN_MS]
    brief = [bar for bar in bars if bar.end - bar.start <= MIN_DRAWN_MS and not bar.text.startswith("tally ")]
    ends: list[float] = []
    placed: list[tuple[Bar, int, float, float]] = []
    for bar in lasting:
        left = GUTTER + system.x(bar.start)
        width = max(2.5, GUTTER + system.x(bar.end) - left)
        level = next((number for number, taken in enumerate(ends) if taken <= left + 0.5), len(ends))
        ends[level:] = [left + width, *ends[level + 1 :]]
        placed.append((bar, level, left, width))
    levels = max(1, len(ends)) + (1 if brief and ends else 0)
    height = levels * LANE + 13
    parts = [
        f'<rect class="lane" x="{GUTTER:g}" y="{y:g}" width="{system.width:g}" height="{height - 2:g}"/>',
        f'<text class="camera" x="0" y="{y + 14:g}">{escape(fitted(name, GUTTER - 8, BOLD))}</text>',
    ]
    parts += [_band(system, band, y, height - 2) for band in bands]
    for index, (bar, level, left, width) in enumerate(placed):
        after = [one[2] for one in placed[index + 1 :] if one[1] == level]
        room = (min(after) if after else GUTTER + WIDTH) - left
        parts.append(_bar(system, bar, y + 2 + level * LANE, left, width, room, anchor))
    top = y + 2 + (levels - 1) * LANE
    parts += _instants(system, brief, top, anchor)
    return "".join(parts), y + height


def _band(system: ScoreSystem, band: Band, y: float, height: float) -> str:
    left = GUTTER + system.x(band.start)
    width = max(1.5, GUTTER + system.x(band.end) - left)
    word = {"program": "PGM", "preview": "PVW"}.get(band.mode, band.mode)
    said = f"{band.camera} on {band.mode} from {clock(band.start)} to {clock(band.end)}"
    text = f'<text class="air" x="{left + width - 3:g}" y="{y + height - 5:g}">{word}</text>' if width > 30 else ""
    return (
        f'<g class="{escape(band.mode)}"><title>{escape(said)}</title><rect x="{left:g}" y="{y:g}" width="{width:g}" '
        f'height="{height:g}"/><path d="M{left:g} {y + height - 1.5:g}h{width:g}"/>{text}</g>'
    )


def _bar(system: ScoreSystem, bar: Bar, y: float, left: float, width: float, room: float, anchor: Anchor) -> str:
    said = f"{bar.device}: {bar.text}, from {clock(bar.start)} to {clock(bar.end)}"
    mark = ""
    if bar.arrives is not None:
        said += f", predicted to arrive at {clock(bar.arrives)}"
        if system.start <= bar.arrives <= system.end:
            x = GUTTER + system.x(bar.arrives)
            mark = f'<path class="arrival" d="M{x:g} {y - 1:g}v{LANE - 1:g}m-3.5 0h7"/>'
    if bar.outcome not in ("completed", "sent"):
        said += f"; {bar.outcome.replace('_', ' ')}" + (f": {bar.reason}" if bar.reason else "")
    text = fitted(bar.text, width - 6)
    x, style = left + 3, "in"
    if not text or (text != bar.text and room > width + 12):
        outside = fitted(bar.text, room - width - 12)
        if len(outside) > len(text):
            x, style, text = left + width + 5, "out", outside
    return link(
        anchor(bar.place),
        f"<title>{escape(_with_lines(said, bar))}</title>"
        f'<rect class="bar {bar.colour} {escape(bar.outcome)}" x="{left:g}" y="{y:g}" '
        f'width="{width:g}" height="{LANE - 3:g}" rx="2"/>{mark}'
        f'<text class="{style}" x="{x:g}" y="{y + 10.5:g}">{escape(text)}</text>',
    )


def _instants(system: ScoreSystem, bars: Sequence[Bar], y: float, anchor: Anchor) -> Iterable[str]:
    """What takes no time: marks, those too near to tell apart as one."""
    groups: list[tuple[float, list[Bar]]] = []
    for bar in bars:
        x = GUTTER + system.x(bar.start)
        if groups and x - groups[-1][0] < 9:
            groups[-1][1].append(bar)
        else:
            groups.append((x, [bar]))
    for index, (x, some) in enumerate(groups):
        room = (groups[index + 1][0] if index + 1 < len(groups) else GUTTER + WIDTH) - x - 14
        text = fitted("; ".join(bar.text for bar in some), min(room, 210))
        said = "\n".join(
            f"{clock(bar.start)} {bar.device}: {_with_lines(bar.text, bar)} – {bar.outcome}" for bar in some
        )
        bad = "" if all(bar.outcome in ("completed", "sent") for bar in some) else " refused"
        yield link(
            anchor(some[0].place),
            f'<title>{escape(said)}</title><path class="instant{bad}" d="M{x:g} {y + 2:g}l4.5 4.5l-4.5 4.5l-4.5-4.5z"/>'
            f'<text class="out" x="{x + 7:g}" y="{y + 10.5:g}">{escape(text)}</text>',
        )


def _with_lines(said: str, bar: Bar) -> str:
    if bar.place is None or bar.source is None:
        return said
    macro = f", in {bar.source.file}:{bar.source.line}" if bar.source != bar.place else ""
    return f"{said} (line {bar.place.line}{macro})"


# --- words and warnings --------------------------------------------------------------------------------------


def _words(system: ScoreSystem, title: str, signs: Sequence[Sign], y: float, anchor: Anchor) -> str:
    parts = [f'<text class="faint" x="0" y="{y + 13:g}">{title}</text>']
    for index, sign in enumerate(signs):
        x = GUTTER + system.x(sign.at)
        after = GUTTER + system.x(signs[index + 1].at) if index + 1 < len(signs) else GUTTER + WIDTH
        text = fitted(sign.text, after - x - 12)
        parts.append(
            link(
                anchor(sign.place),
                f"<title>{clock(sign.at)} {escape(sign.text)}</title>"
                f'<circle class="dot" cx="{x + 2:g}" cy="{y + 9:g}" r="2.5"/>'
                f'<text class="out" x="{x + 8:g}" y="{y + 13:g}">{escape(text)}</text>',
            )
        )
    return "".join(parts)


def _findings(system: ScoreSystem, findings: Sequence[ScoreFinding], lanes: dict[str, float], top: float) -> str:
    """Each at its time and its camera's lane, or above the lanes; those at one place side by side."""
    parts = []
    taken: dict[tuple[int, float], int] = {}
    for one in findings:
        assert one.at is not None
        x, y = GUTTER + system.x(one.at), lanes.get(one.device or "", top - 15)
        nth = taken[round(x), y] = taken.get((round(x), y), -1) + 1
        x = min(x + nth * 15, GUTTER + WIDTH - 16)
        parts.append(
            link(
                f"#finding-{one.number}",
                f'<title>{escape(one.text)}</title><path class="warn" d="M{x + 7:g} {y - 1:g}l8 14h-16z"/>'
                f'<text class="number" x="{x + 7:g}" y="{y + 11.5:g}">{one.number}</text>',
            )
        )
    return "".join(parts)


def link(href: str, inside: str) -> str:
    return f'<a href="{escape(href)}">{inside}</a>' if href else f"<g>{inside}</g>"


def fitted(text: str, width: float, letter: float = LETTER) -> str:
    """As much of a text as fits; nothing where that would be less than three letters of a longer one."""
    most = int(width / letter)
    if len(text) <= most:
        return text
    return f"{text[: most - 1].rstrip()}…" if most > 3 else ""
