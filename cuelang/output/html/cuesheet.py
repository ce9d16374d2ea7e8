"""The cue sheet on paper: numbers, titles, stand-by texts, what each camera does, triggers, and room to write.

One HTML file that needs nothing else and runs no script. All text of the sheet is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from cuelang.output import wording
from cuelang.output.outline import grouped, outlines, wait_text
from cuelang.output.triggers import length
from cuelang.plan import Cue, Plan, Program, Wait
from cuelang.units import NS

PAPER_CSS = """
:root{color-scheme:light;--line:#b9bec7;--dim:#4a515c}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.2rem;max-width:80rem;background:#fff;color:#000;
  font:14px/1.35 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
h1{font-size:1.5rem;margin:0}
p{margin:0}
.sub,.no{color:var(--dim);font-size:.85rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;table-layout:fixed;width:100%;min-width:46rem;margin-top:.8rem}
td{overflow-wrap:anywhere}
td p.does{padding-left:4.4em;text-indent:-4.4em}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
thead th{font-size:.8rem;color:var(--dim);font-weight:500;border-bottom:2px solid #000}
.section th{padding-top:.9rem;font-size:1.05rem;border-bottom:2px solid #000}
.number{font-size:1.25rem;font-weight:700;white-space:nowrap;font-variant-numeric:tabular-nums}
.title{font-weight:700;font-size:1.05rem}
.standby{white-space:pre-line;font-style:italic}
.time{display:inline-block;width:4.4em;white-space:nowrap;text-indent:0;color:var(--dim);font-variant-numeric:tabular-nums}
.figure{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.out{color:var(--dim);text-decoration:line-through}

.w0{width:4.2rem}.w1{width:31%}.w3{width:4.2rem}.w4{width:17%}
tr{break-inside:avoid}
.section{break-after:avoid}
thead{display:table-header-group}
:focus-visible{outline:2px solid #0b3fa8}
@media print{
@page{size:A4;margin:12mm}
body{padding:0;max-width:none;font-size:9.5pt}
.wide{overflow:visible}
table{min-width:0}
.w0{width:3rem}.w1{width:29%}.w3{width:3.4rem}
}
"""

WIDTHS = "<colgroup>" + "".join(f'<col class="w{n}">' for n in range(5)) + "</colgroup>"


def cue_sheet(plan: Plan, *, style: str | None = None, notes: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """The whole file. `style`: the address of `PAPER_CSS`; None: it is inside. `notes`: by cue, what was written during
    the show."""
    title = plan.settings.title or plan.file
    fired = outlines(plan)
    rows, section = [], ""
    for cue in plan.cues:
        if cue.section != section:
            section = cue.section
            rows.append(f"<tr class=section><th colspan=5 scope=rowgroup>{escape(section)}</th></tr>")
        rows.append(_row(plan, cue, fired[cue.number].triggers, (notes or {}).get(cue.number, ())))
    look = f"<style>{PAPER_CSS}</style>" if style is None else f'<link rel=stylesheet href="{escape(style)}">'
    policy = "default-src 'none'; style-src 'unsafe-inline' 'self'"
    heads = "".join(f"<th scope=col>{name}</th>" for name in ("cue", "what", "what happens", "length", "notes"))
    return (
        '<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f'<meta http-equiv=Content-Security-Policy content="{policy}"><title>{escape(title)} – cue sheet</title>{look}'
        f"</head><body><header><h1>{escape(title)}</h1><p class=sub>Cue sheet of {escape(plan.file)}: "
        f"{len(plan.cues)} cue{'' if len(plan.cues) == 1 else 's'}, {', '.join(_cameras(plan)) or 'no cameras'}</p>"
        f"</header><main><div class=wide tabindex=0><table>{WIDTHS}<thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></main></body></html>\n"
    )


def _cameras(plan: Plan) -> Iterator[str]:
    for camera in plan.cameras:
        yield escape(camera.name) + (" (disabled)" if camera.disabled else "")


def _row(plan: Plan, cue: Cue, fired: tuple[str, ...], notes: tuple[str, ...]) -> str:
    out = " class=out" if cue.disabled else ""
    marks = [mark for mark, on in (("disabled", cue.disabled), ("aside", cue.aside)) if on]
    what = f"<p class=title><span{out}>{escape(cue.title)}</span> <span class=no>{', '.join(marks)}</span></p>"
    what += f"<p class=standby>{escape(cue.standby)}</p>" if cue.standby else ""
    what += "".join(f"<p class=sub>fired by {escape(one)}</p>" for one in fired)
    happens = "".join(
        f"<p class=does><span class=time>{at}</span>{escape(said)}</p>" for at, said in _happens(plan, cue)
    )
    took = "no end" if cue.duration is None else lasts(cue.duration) if cue.duration else ""
    written = "".join(f"<p>{escape(one)}</p>" for one in notes)
    return (
        f"<tr><th scope=row class=number>{escape(cue.number)}</th><td>{what}</td><td>{happens}</td>"
        f"<td class=figure>{took}</td><td>{written}</td></tr>"
    )


def _happens(plan: Plan, cue: Cue) -> Iterator[tuple[str, str]]:
    """When (from GO, or `+` from the wait above it), and what; cameras that do the same are on one line."""
    yield from _steps(plan, cue.program, "")
    if cue.follow is not None:
        yield "then", "the next cue follows" + (f" after {length(cue.follow)}" if cue.follow else "")


def _steps(plan: Plan, program: Program, mark: str) -> Iterator[tuple[str, str]]:
    rows, bodies = grouped(plan, program)
    opened = 0
    for key, whose in rows.items():
        anchor, offset, said = key
        yield from (("", f"{mark}{wait_text(one)}") for one in _waits(program, opened, anchor))
        opened = max(opened, anchor)
        names = ", ".join(name for name in whose if name)
        yield f"{'+' if anchor else ''}{clock(offset)}", mark + (f"{names}: {said}" if names else said)
        if key in bodies:
            yield from _steps(plan, bodies[key], f"{mark}↻ ")
    yield from (("", f"{mark}{wait_text(one)}") for one in _waits(program, opened, len(program.anchors)))


def _waits(program: Program, after: int, to: int) -> Iterator[Wait]:
    """Those that are opened between two moments, the second included."""
    yield from (one for one in program.anchors[after + 1 : to + 1] if isinstance(one, Wait))


def clock(ns: int) -> str:
    """`0:02.5`, of whole seconds `0:02`."""
    whole, tenths = divmod(round(ns * 10 / NS), 10)
    return wording.clock(whole * NS).partition(".")[0] + (f".{tenths}" if tenths else "")


def lasts(ns: int) -> str:
    """`8s`, `47.2s`, `2:05`."""
    seconds = round(ns / NS, 1)
    return f"{seconds:g}s" if seconds < 60 else clock(ns)
