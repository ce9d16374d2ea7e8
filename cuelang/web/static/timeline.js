// The running cue, else the one that stands by, as a score: a lane for each camera, time from left to right.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { ask, show } from "./link.js";
import { ran, useTick } from "./cues.js";
import { may, Press } from "./desk.js";
import { short } from "./words.js";

const GUTTER = 74;
const LANE = 22;
const TOP = 18;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const LETTER = 6.4;
const BOLD = 7.2;

export function Timeline() {
  const box = useRef();
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const size = new ResizeObserver(([one]) => setWidth(Math.max(260, Math.floor(one.contentRect.width))));
    size.observe(box.current);
    return () => size.disconnect();
  }, []);
  const { running, standby, timelines, cues } = show.state;
  const runs = Object.values(running).filter((run) => timelines[run.cue]).sort((a, b) => b.run - a.run);
  const run = runs[0] ?? null;
  const number = run ? run.cue : standby;
  const score = number === null ? null : timelines[number];
  return html`<section class="timeline panel" aria-label="Timeline">
    <h2>${number === null ? "Timeline" : html`${run ? "Running" : "Standby"}: <b>${number}</b> ${cues[number]?.title}`}</h2>
    <div class="drawing" ref=${box} tabindex="0" role="group" aria-label="Drawing">
      ${score && html`<${Score} key=${number} score=${score} run=${run} width=${width} />`}
      ${score && score.lanes.length === 0 && html`<p class="quiet">${score.duration_ms === 0 ? "Empty cue." : "It only waits."}</p>`}
      ${score?.more > 0 && html`<p class="quiet">and ${score.more} more</p>`}
    </div>
    ${score && score.duration_ms !== 0 && html`<${Into} key=${`into ${number}`} score=${score} />`}
  </section>`;
}

const ENDLESS_MS = 600_000; // how far into a cue without an end the slider goes

/** So long into the cue the rig can be set up: a place on its timeline. */
function Into({ score }) {
  const [at, setAt] = useState(0);
  const most = Math.floor((score.duration_ms ?? ENDLESS_MS) / 100) * 100;
  if (most < 100) return null;
  return html`<div class="into">
    <input type="range" min="0" max=${most} step="100" value=${at} disabled=${!may("locate")} aria-label=${`Moment of cue ${score.cue}`}
      aria-valuetext=${short(at)} onInput=${(event) => setAt(Number(event.currentTarget.value))} />
    <${Press} class="small" disabled=${!may("locate")} onPress=${() => ask("locate", { cue: score.cue, at: `${at}ms` })}>Set up at ${short(at)}<//>
  </div>`;
}

function Score({ score, run, width }) {
  const lanes = score.lanes.map(place);
  let last = score.duration_ms ?? 0;
  for (const { events } of score.lanes) {
    for (const one of events) last = Math.max(last, one.until_ms ?? one.at_ms, one.at_ms + (one.repeat_ms ?? 0));
  }
  last = Math.max(1000, last * 1.02);
  const scale = (width - GUTTER - 8) / last;
  const x = (ms) => GUTTER + ms * scale;
  const step = (STEPS.find((one) => one * 1000 * scale >= 48) ?? STEPS[STEPS.length - 1]) * 1000;
  const ticks = [];
  for (let at = 0; at <= last; at += step) ticks.push(at);
  let y = TOP;
  const drawn = lanes.map(({ name, rows }) => {
    const top = y;
    y += rows.length * LANE + 4;
    return html`<g>
      <rect class="lane" x=${GUTTER} y=${top} width=${width - GUTTER} height=${rows.length * LANE + 1} />
      <text class="camera" x="0" y=${top + 15}>${fitted(name, GUTTER - 6, BOLD)}</text>
      ${rows.map((events, level) => events.map((one, index) => event(one, events[index + 1], top + level * LANE, x, width)))}
    </g>`;
  });
  const label = `Cue ${score.cue}: ${score.lanes.map((lane) => `${laneName(lane)}: ${lane.events.map((one) => `${one.label} at ${short(one.at_ms)}`).join(", ")}`).join("; ")}`;
  return html`<svg width=${width} height=${y} viewBox=${`0 0 ${width} ${y}`} role="img" aria-label=${label}>
    ${ticks.map((at) => html`<g class="tick"><line x1=${x(at)} x2=${x(at)} y1=${TOP - 4} y2=${y} />
      ${x(at) < width - 26 && html`<text x=${x(at)} y="11">${at % 1000 ? (at / 1000).toFixed(1) : clockish(at)}</text>`}</g>`)}
    ${drawn}
    ${run && html`<${Head} run=${run} x=${x} last=${last} height=${y} />`}
  </svg>`;
}

function Head({ run, x, last, height }) {
  useTick();
  const at = x(Math.min(ran(run), last));
  return html`<g class="head"><line x1=${at} x2=${at} y1="14" y2=${height} /><path d=${`M${at - 5} 10h10l-5 7z`} /></g>`;
}

/** The events of a lane in rows, so that none lies upon another. */
function place(lane) {
  const { events } = lane;
  const rows = [];
  const ends = [];
  for (const one of events) {
    const lasts = one.until_ms === null || one.until_ms > one.at_ms;
    let level = ends.findIndex((end) => end <= one.at_ms);
    if (level < 0) level = rows.length;
    (rows[level] ??= []).push(one);
    ends[level] = lasts ? one.until_ms ?? Infinity : one.at_ms + 0.001;
  }
  return { name: laneName(lane), rows: rows.length ? rows : [[]] };
}

const laneName = ({ camera, switcher }) => camera ?? switcher ?? "show";

function event(one, next, y, x, width) {
  const left = x(one.at_ms);
  const open = one.until_ms === null;
  const right = open ? width - 2 : x(one.until_ms);
  const lasts = open || right - left > 4;
  const room = (next ? x(next.at_ms) : width) - (lasts ? right : left) - 14;
  const inside = lasts ? fitted(one.label, right - left - 8, BOLD) : "";
  const outside = inside === one.label ? "" : fitted(one.label, room);
  const outer = outside.length > inside.length;
  const said = `${one.label}: ${short(one.at_ms)}${open ? ", end unknown" : lasts ? ` to ${short(one.until_ms)}` : ""}${one.estimated ? ", estimated" : ""}${one.wait_line ? `, after the wait in line ${one.wait_line}` : ""}${one.repeat_ms ? `, again every ${short(one.repeat_ms)}` : ""} (line ${one.line})`;
  const kind = `${KINDS[one.action] ?? "other"} ${open ? "open" : ""} ${one.estimated ? "estimated" : ""}`;
  return html`<g class=${`event ${kind}`}><title>${said}</title>
    ${lasts
      ? html`<rect x=${left} y=${y + 3} width=${Math.max(4, right - left)} height=${LANE - 6} rx="3" />`
      : html`<path d=${`M${left} ${y + 6}l5 5l-5 5l-5-5z`} />`}
    ${(outer || inside) && html`<text class=${outer ? "out" : "in"} x=${outer ? (lasts ? right + 5 : left + 9) : left + 5} y=${y + 15}>${outer ? outside : inside}</text>`}
  </g>`;
}

const KINDS = { move: "move", drive: "move", home: "move", zoom: "zoom", focus: "zoom", tally: "air", cut: "air", dissolve: "air", preview: "air", take: "air" };

function fitted(text, room, letter = LETTER) {
  const most = Math.floor(room / letter);
  if (text.length <= most) return text;
  return most > 3 ? `${text.slice(0, most - 1).trimEnd()}…` : "";
}

function clockish(ms) {
  const s = Math.round(ms / 1000);
  return s < 60 ? `${s}s` : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}
