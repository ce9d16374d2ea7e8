"""The rehearsal report: one HTML file that needs nothing else, for the screen and for paper.

On top what to look at, then the show as a score, the cue list, and the text of the sheets with an anchor at every line.
A sheet may hold anything: all that is shown of it is escaped, and the file runs no script.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from cuelang.diagnostics import Diagnostic
from cuelang.output.html.drawing import GUTTER, WIDTH, Anchor, clock, draw
from cuelang.output.html.rows import systems
from cuelang.output.html.score import Score, ScoreFinding, ScorePlace, score
from cuelang.output.html.style import CSS
from cuelang.plan import Plan
from cuelang.runtime.records import Record
from cuelang.source import Source
from cuelang.units import MS, NS


def report(
    plan: Plan,
    records: Sequence[Record],
    length: int,
    *,
    diagnostics: Sequence[Diagnostic] = (),
    sources: Mapping[str, Source],
    notes: Iterable[str] = (),
) -> str:
    """The whole file. `records` and `length` (ns) are those of the rehearsal, `diagnostics` the warnings of the check,
    `sources` the sheets by their names in spans, `notes` what the rehearsal could not do."""
    played = score(plan, records, length, diagnostics)
    linked = _linked(plan, played)
    files = {name: number for number, name in enumerate(sorted(sources, key=lambda name: (name != plan.file, name)))}

    def anchor(place: ScorePlace | None) -> str:
        if place is None or place.file not in files or place.file not in linked:
            return ""
        return f"#s{files[place.file]}-{place.line}"

    title = plan.settings.title or plan.file
    body = [
        f"<header><h1>{escape(title)}</h1><p class=sub>Rehearsal of {escape(plan.file)}</p></header><main>",
        _summary(plan, played, records, notes),
        _to_look_at(played.findings, anchor),
        "<section id=score><h2>The show</h2>",
        _legend(),
    ]
    section = None
    for system in systems(played, WIDTH):
        if system.section != section:
            section = system.section
            body.append(f"<h3>{escape(section)}</h3>" if section else "")
        body.append(
            f"<figure tabindex=0><figcaption>{clock(system.start)} – {clock(system.end)}</figcaption>"
            f"{draw(played, system, anchor)}</figure>"
        )
    body += ["</section>", _cue_list(plan, played, anchor)]
    body += ["<section id=sheets>"]
    for name, number in files.items():
        if name in linked:
            body.append(_sheet(sources[name], number, played.findings))
    body.append("</section></main>")
    return (
        '<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content="width=device-width">'
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)} – rehearsal</title><style>{CSS}</style></head><body>"
        + "\n".join(body)
        + "</body></html>\n"
    )


def _linked(plan: Plan, played: Score) -> set[str]:
    """The sheets that the report refers to; the show's own always."""
    places = [place for bar in played.bars for place in (bar.place, bar.source)]
    places += [one.place for one in played.findings] + [one.place for one in played.signs]
    places += [block.place for block in played.blocks]
    return {plan.file} | {place.file for place in places if place is not None}


def _legend() -> str:
    """The signs of the score with their meaning, one line."""

    def band(x: int, mode: str, word: str) -> str:
        return (
            f'<g class="{mode}"><rect x="{x}" y="2" width="34" height="14"/><path d="M{x} 15h34"/>'
            f'<text class="air" x="{x + 31}" y="12">{word}</text></g>'
        )

    signs = (
        ('<rect class="bar move" x="0" y="3" width="22" height="12" rx="2"/>', 27, "pan and tilt"),
        ('<rect class="bar zoom" x="110" y="3" width="22" height="12" rx="2"/>', 137, "zoom, focus"),
        ('<path class="instant" d="M226 4.5l4.5 4.5l-4.5 4.5l-4.5-4.5z"/>', 236, "at an instant"),
        ('<path class="arrival" d="M330 1v15m-3.5 0h7"/>', 339, "predicted to arrive"),
        (band(455, "program", "PGM"), 495, "on program"),
        (band(580, "preview", "PVW"), 620, "on preview"),
        ('<path class="ask" d="M705 5h8l-4 7z"/>', 718, "a request"),
        (
            '<path class="warn" d="M798 2l8 14h-16z"/><text class="number" x="798" y="14.5">1</text>',
            811,
            "a warning, by its number",
        ),
    )
    drawn = "".join(f'{sign}<text class="out" x="{x}" y="13">{text}</text>' for sign, x, text in signs)
    return f'<p class=legend><svg viewBox="0 0 {GUTTER + WIDTH:g} 18" aria-hidden=true>{drawn}</svg></p>'


# --- on top --------------------------------------------------------------------------------------------------


def _summary(plan: Plan, played: Score, records: Sequence[Record], notes: Iterable[str]) -> str:
    outcomes = Counter(bar.outcome for bar in played.bars)
    good = {"completed", "sent"}
    fired = {block.cue for block in played.blocks if block.cue}
    all_cues = [cue for cue in plan.cues if not cue.disabled]
    missed = [cue.number for cue in all_cues if cue.number not in fired]
    wall = records[0].wall if records else ""
    rest = [f"{count} {outcome.replace('_', ' ')}" for outcome, count in outcomes.most_common() if outcome not in good]
    rest = rest or ["all completed"]
    if refused := sum(sign.kind == "request" and not sign.good for sign in played.signs):
        rest.append(f"{refused} request{'' if refused == 1 else 's'} refused")
    facts = [
        ("length", clock(played.length), f"from {wall[:19].replace('T', ' ')}" if wall else ""),
        (
            "cues fired",
            f"{len(played.blocks)}",
            _some("not fired", missed) if missed else f"all {len(all_cues)} of the list",
        ),
        (
            "cameras",
            str(len(played.cameras)),
            ", ".join(played.cameras[:6]) + (" …" if len(played.cameras) > 6 else ""),
        ),
        ("commands", f"{len(played.bars)}", ", ".join(rest)),
        ("warnings", str(len(played.findings)), "each at its place below" if played.findings else "nothing to look at"),
    ]
    boxes = "".join(
        f"<div{' class=bad' if name == 'warnings' and played.findings else ''}><dt>{name}</dt><dd>{escape(figure)}</dd>"
        f"<dd class=sub>{escape(more)}</dd></div>"
        for name, figure, more in facts
    )
    said = "".join(f"<p class=note>{escape(note)}</p>" for note in notes)
    return f"<section id=summary aria-label=Summary><dl>{boxes}</dl>{said}</section>"


def _some(what: str, numbers: Sequence[str]) -> str:
    return f"{what}: {', '.join(numbers[:8])}" + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")


def _to_look_at(findings: Sequence[ScoreFinding], anchor: Anchor) -> str:
    if not findings:
        return ""
    rows = "".join(
        f"<li id=finding-{one.number} value={one.number}><p>{escape(one.text)}"
        f"{f' <span class=sub>{escape(one.hint)}</span>' if one.hint else ''}</p>"
        f"<p class=sub>{escape(one.head)}{f', cue {escape(one.cue)}' if one.cue else ''}"
        f"{f', at {clock(one.at)}' if one.at is not None else ''}{_where(one.place, anchor(one.place))}</p></li>"
        for one in findings
    )
    return f"<section id=findings><h2>To look at</h2><ol>{rows}</ol></section>"


def _where(place: ScorePlace | None, href: str) -> str:
    if place is None:
        return ""
    shown = escape(f"{place.file}:{place.line}")
    return f', <a href="{href}">{shown}</a>' if href else f", {shown}"


# --- the list and the sheets ---------------------------------------------------------------------------------


def _cue_list(plan: Plan, played: Score, anchor: Anchor) -> str:
    fired = defaultdict(list)
    for block in played.blocks:
        fired[block.cue].append(block)
    commands = Counter(bar.cue for bar in played.bars)
    warned = defaultdict(list)
    for one in played.findings:
        warned[one.cue].append(one.number)
    rows = []
    section = ""
    for cue in plan.cues:
        if cue.section != section:
            section = cue.section
            rows.append(f"<tr class=section><th colspan=7 scope=rowgroup>{escape(section)}</th></tr>")
        runs = fired[cue.number]
        when = ", ".join(clock(run.start, column=True) for run in runs[:3]) + (" …" if len(runs) > 3 else "")
        took = _tenths((runs[0].end - runs[0].start) * MS) if runs else ""
        planned = "no end" if cue.duration is None else _tenths(cue.duration)
        marks = " ".join(f'<a class=mark href="#finding-{number}">{number}</a>' for number in warned[cue.number])
        stand_by = f"<br><span class=sub>{escape(cue.standby)}</span>" if cue.standby else ""
        left_out = " <span class=sub>(disabled)</span>" if cue.disabled else ""
        href = anchor(ScorePlace(cue.block.file, cue.line))
        line = f'<a href="{href}">{cue.line}</a>' if href else f"{escape(cue.block.file)}:{cue.line}"
        rows.append(
            f"<tr><th scope=row>{escape(cue.number)}</th><td>{escape(cue.title)}{left_out} {marks}{stand_by}</td>"
            f"<td class=figure>{when or '–'}</td><td class=figure>{planned}</td><td class=figure>{took}</td>"
            f"<td class=figure>{commands[cue.number] or ''}</td><td class=figure>{line}</td></tr>"
        )
    figures = "".join(
        f"<th scope=col class=figure>{name}</th>" for name in ("fired at", "planned", "took", "commands", "line")
    )
    return (
        "<section id=cues><h2>Cues</h2><div class=wide tabindex=0><table><thead><tr><th scope=col>cue</th>"
        f"<th scope=col>what</th>{figures}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _tenths(ns: float) -> str:
    """A duration in a column, its points one under another."""
    return f"{ns / NS:.1f}s"


def _sheet(source: Source, number: int, findings: Sequence[ScoreFinding]) -> str:
    at: dict[int, list[ScoreFinding]] = defaultdict(list)
    for one in findings:
        if one.place is not None and one.place.file == source.name:
            at[one.place.line].append(one)
    lines = "".join(_lines(source, number, at))
    return f"<h2>{escape(source.name)}</h2><div class=wide tabindex=0><ol class=sheet>{lines}</ol></div>"


def _lines(source: Source, number: int, at: Mapping[int, Sequence[ScoreFinding]]) -> Iterator[str]:
    lines = source.lines
    for index, text in enumerate(lines[:-1] if lines and not lines[-1] else lines, 1):
        said = "".join(
            f'<p><a class=mark href="#finding-{one.number}">{one.number}</a> {escape(one.text)}</p>'
            for one in at.get(index, ())
        )
        yield f"<li id=s{number}-{index}><code>{escape(text)}</code>{said}</li>"
