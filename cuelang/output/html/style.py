"""The look of the report: light and dark by preference, black on white on paper. Program is red with a solid edge,
preview green with a broken one, so that the colours are not needed."""

CSS = """
:root{color-scheme:light dark;--bg:#fff;--text:#1b1d21;--dim:#5a606b;--line:#d5d9e0;--lane:#f4f5f7;--cue:#dfe4ec;
  --move:#2f6fd0;--zoom:#8a4bc4;--other:#59616e;--on:#fff;--pgm:#fbdcd9;--pgm-edge:#c4281c;--pvw:#dcefdf;
  --pvw-edge:#1f7a39;--warn:#f0b400;--link:#1d5cc0;--bad:#b3261e;--hit:#fff3c4}
@media (prefers-color-scheme:dark){
:root{--bg:#14161a;--text:#e4e6ea;--dim:#9aa1ad;--line:#2d323b;--lane:#1b1e24;--cue:#343b47;--move:#5d97ee;
  --zoom:#b585ea;--other:#98a1b0;--on:#10131a;--pgm:#4a1a18;--pgm-edge:#ff6b5e;--pvw:#163a21;--pvw-edge:#5cc97b;
  --warn:#f3bf2f;--link:#8ab4ff;--bad:#ff8a80;--hit:#4a4020}
}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1.25rem 4rem;max-width:86rem;background:var(--bg);color:var(--text);
  font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
h1{font-size:1.9rem;line-height:1.15;margin:0}
h2{font-size:1.2rem;margin:2.25rem 0 .5rem}
h3{font-size:1rem;margin:1.5rem 0 .25rem}
p{margin:.15rem 0}
a{color:var(--link)}
.sub{color:var(--dim);font-size:.875rem}
.note{border-left:3px solid var(--warn);padding-left:.6rem;margin-top:.5rem}
#summary dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem;margin:1.25rem 0}
#summary div{border:1px solid var(--line);border-radius:6px;padding:.5rem .75rem}
#summary .bad{border-color:var(--warn);border-width:2px}
dt{color:var(--dim);font-size:.8rem}
dd{margin:0;font-size:1.5rem;font-variant-numeric:tabular-nums}
dd.sub{font-size:.8rem}
#findings ol{padding-left:2rem}
#findings li{margin:.5rem 0}
#findings li::marker{font-weight:700}
figure{margin:.25rem 0 1rem;overflow-x:auto;border-radius:4px;break-inside:avoid}
figcaption{color:var(--dim);font-size:.8rem;font-variant-numeric:tabular-nums}
figure svg,.legend svg{display:block;width:100%;min-width:58rem;height:auto}
.legend{overflow-x:auto;break-inside:avoid;break-after:avoid}
svg text{font:10.5px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;fill:var(--text);
  white-space:pre}
svg .time,svg .faint{fill:var(--dim);font-size:9.5px}
svg .camera{font-weight:600;font-size:11.5px}
svg .name{font-weight:600}
svg .in{fill:var(--on)}
.lane{fill:var(--lane);fill-opacity:.6}
.tick{stroke:var(--line);stroke-width:.7}
.go{stroke:var(--dim);stroke-width:1;stroke-dasharray:2 3}
.gap path{stroke:var(--dim);stroke-dasharray:5 3;fill:none}
.cue{fill:var(--cue);stroke:var(--dim);stroke-width:.6}
.cue.stopped{stroke:var(--bad);stroke-dasharray:3 2}
.bar{fill:var(--other)}
.bar.move{fill:var(--move)}
.bar.zoom{fill:var(--zoom)}
.bar.superseded,.bar.stopped{fill-opacity:.55}
.bar.superseded~.in,.bar.stopped~.in{fill:var(--text)}
.bar.refused,.bar.timed_out,.bar.unreachable{fill:none;stroke:var(--bad);stroke-width:1.5;stroke-dasharray:4 2}
.bar.refused~.in,.bar.timed_out~.in,.bar.unreachable~.in{fill:var(--bad)}
.instant{fill:var(--other)}
.instant.refused{fill:none;stroke:var(--bad);stroke-width:1.5}
.arrival{stroke:var(--text);stroke-width:1.4;fill:none}
.ask{fill:var(--text)}
.ask.not{fill:none;stroke:var(--bad)}
.dot{fill:var(--dim)}
.program rect{fill:var(--pgm)}
.program path{stroke:var(--pgm-edge);stroke-width:3}
.program .air{fill:var(--pgm-edge)}
.preview rect{fill:var(--pvw)}
.preview path{stroke:var(--pvw-edge);stroke-width:3;stroke-dasharray:7 4}
.preview .air{fill:var(--pvw-edge)}
svg .air{font-size:9px;font-weight:700;text-anchor:end;letter-spacing:.04em}
.warn{fill:var(--warn);stroke:var(--bg);stroke-width:.8}
svg .number{fill:#1b1d21;font-size:8.5px;font-weight:700;text-anchor:middle}
svg a:hover rect,svg a:focus rect,svg a:focus path{stroke:var(--link);stroke-width:2}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;min-width:40rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line)}
thead th{color:var(--dim);font-size:.8rem;font-weight:500}
.figure{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.section th{padding-top:1rem;color:var(--dim)}
tr{break-inside:avoid}
.section{break-after:avoid}
.mark{display:inline-block;min-width:1.35em;padding:0 .25em;border-radius:3px;background:var(--warn);color:#1b1d21;
  font-size:.75rem;font-weight:700;text-align:center;text-decoration:none}
.sheet{list-style:none;counter-reset:line;margin:0;padding:0;font-size:.84rem;min-width:max-content}
.sheet li{counter-increment:line;padding-left:3.5rem;position:relative;break-inside:avoid}
.sheet li::before{content:counter(line);position:absolute;left:0;width:2.75rem;text-align:right;color:var(--dim);
  font-variant-numeric:tabular-nums}
.sheet code{white-space:pre;tab-size:4;font-family:ui-monospace,"DejaVu Sans Mono",Consolas,monospace}
.sheet code:empty::after{content:"\\200b"}
.sheet p{font-size:.85rem;margin:.1rem 0 .35rem}
.sheet li:target,#findings li:target{background:var(--hit);outline:2px solid var(--warn)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media print{
@page{size:A4 landscape;margin:12mm}
:root{color-scheme:light;--bg:#fff;--text:#000;--dim:#444;--line:#ccc;--lane:#f5f5f5;--cue:#e2e6ec;--move:#2f6fd0;
  --zoom:#8a4bc4;--other:#59616e;--on:#fff;--pgm:#fbdcd9;--pgm-edge:#b3211a;--pvw:#dcefdf;--pvw-edge:#1f7a39;
  --warn:#f0b400;--link:#000;--bad:#b3261e}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{padding:0;max-width:none;font-size:10pt}
a{text-decoration:none}
figure,.legend,.wide{overflow:visible}
figure svg,.legend svg,table{min-width:0}
h2,h3{break-after:avoid}
.legend,.legend~h3{break-after:avoid}
#sheets{break-before:page}
.sheet{columns:2;column-gap:8mm;font-size:7.5pt;min-width:0}
.sheet code{white-space:pre-wrap}
.sheet li{padding-left:2.75rem}
.sheet li::before{width:2.2rem}
}
"""
