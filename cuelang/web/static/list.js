// The list: what stands by stays in sight, sections fold, and a search finds by number, title, camera, preset and text.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { ask, show } from "./link.js";
import { may, Press } from "./desk.js";
import { PART, Part } from "./rows.js";

const texts = new WeakMap(); // by row: all that a search looks at

function textOf(cue) {
  let text = texts.get(cue);
  if (text === undefined) {
    text = [cue.title, cue.does, cue.standby_text, cue.section, cue.flag && `flag flagged ${cue.flag}`, ...cue.triggers, ...cue.warnings].join("\n").toLowerCase();
    texts.set(cue, text);
  }
  return text;
}

/** Whether every word is found: a number as the beginning of the cue's, anything else anywhere. */
function fits(cue, words, everyone) {
  return words.every((word) => (/^[\d.]+$/.test(word) && cue.number.startsWith(word)) || textOf(cue).includes(word)
    || (everyone.has(word) && /(^| · )all /.test(cue.does)));
}

const idle = globalThis.requestIdleCallback ?? ((work) => setTimeout(() => work({ timeRemaining: () => 8 }), 20)); // Safari has none
const TAKES = 6; // ms; to draw a part
const AT_ONCE = 60; // rows; a list that is not longer is drawn whole

/** The first cues of the parts that are drawn. At first those that are needed; the others come one after the other
    while the browser has nothing else to do, those around the standby cue first. */
function useDrawn({ order, standby }) {
  const [, draw] = useState(0);
  const drawn = useRef(null);
  drawn.current ??= new Set(order.cues.length <= AT_ONCE ? order.cues : near(order, standby, 2));
  useEffect(() => {
    const rest = near(order, standby, order.cues.length).filter((number) => !drawn.current.has(number));
    let here = true;
    const some = (time) => {
      if (!here) return;
      const parts = Math.max(2, Math.min(6, Math.floor(time.timeRemaining() / TAKES)));
      for (const number of rest.splice(0, parts * PART)) drawn.current.add(number);
      draw((n) => n + 1);
      if (rest.length) idle(some, { timeout: 100 });
    };
    if (rest.length) idle(some, { timeout: 100 });
    return () => (here = false);
  }, [order]);
  return drawn.current;
}

/** The cues so many parts around the standby one, the nearest first. */
function near({ cues }, standby, parts) {
  const middle = Math.max(0, cues.indexOf(standby));
  return cues.map((number, n) => [Math.abs(n - middle), number]).filter(([far]) => far < parts * PART).sort((one, other) => one[0] - other[0]).map(([, number]) => number);
}

export function List({ write, edit }) {
  const box = useRef();
  const field = useRef();
  const [chosen, choose] = useState(null);
  const [folded, setFolded] = useState(() => new Set());
  const [sought, seek] = useState("");
  const { state } = show;
  const drawn = useDrawn(state);
  const runs = {};
  for (const run of Object.values(state.running)) runs[run.cue] = run;
  const coming = {};
  for (const one of Object.values(state.follows)) coming[one.cue] = one;
  useEffect(() => follow(box.current), [state.standby, state.order, sought]);
  useEffect(() => goOn(box.current), [drawn.size]);
  useEffect(() => {
    const size = new ResizeObserver(() => follow(box.current));
    size.observe(box.current);
    const search = () => (field.current.focus(), field.current.select());
    addEventListener("cuelang.search", search);
    return () => (size.disconnect(), removeEventListener("cuelang.search", search));
  }, []);
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const everyone = new Set(state.order.cameras.map((name) => name.toLowerCase()));
  const found = words.length ? state.order.cues.filter((number) => fits(state.cues[number], words, everyone)) : null;
  const there = found && new Set(found);
  const usable = may("go") ? (may("standby") ? 2 : 1) : 0;
  const last = state.standby === null ? state.order.cues.at(-1) : null;
  const fold = (name) => {
    const next = new Set(folded);
    if (!next.delete(name)) next.add(name);
    setFolded(next);
  };
  const key = (event) => {
    if (event.key !== "Enter") return;
    if (found?.length) {
      choose(found[0]);
      requestAnimationFrame(() => {
        const more = box.current.querySelector(`[data-cue="${CSS.escape(found[0])}"] .more`);
        more?.scrollIntoView({ block: "nearest" });
        more?.querySelector("button:enabled")?.focus();
      });
    } else event.target.blur();
  };
  const asides = state.order.cues.map((number) => state.cues[number]).filter((cue) => cue.aside && cue.state !== "disabled");
  return html`<section class="list panel" aria-label="Cue list">
    <div class=${found ? "finder seeking" : "finder"} role="search">
      <input ref=${field} type="search" value=${sought} placeholder="Search  /" aria-label="Search cues: number, title, camera, preset, text" aria-keyshortcuts="/"
        autocomplete="off" spellcheck=${false} onInput=${(event) => seek(event.target.value)} onKeyDown=${key} />
      <span class="count" role="status">${found ? `${found.length} of ${state.order.cues.length}` : ""}</span>
      ${found ? html`<${Press} class="small" aria-label="End the search" onPress=${() => seek("")}><span aria-hidden="true">✕</span><//>`
        : html`<${Press} class="small" aria-label="Search" onPress=${() => field.current.focus()}><span aria-hidden="true">⌕</span><//>`}
      <p class="hint">Space is a letter here. Enter opens the first. Esc is PANIC.</p>
    </div>
    ${asides.length > 0 && html`<${Pad} cues=${asides} runs=${runs} />`}
    <div class=${found ? "scroll sought" : "scroll"} ref=${box} tabindex="0" role="group" aria-label="Cues" onWheel=${letGo} onTouchStart=${letGo} onPointerDown=${letGo}>
      ${sections(state, there).map(([name, numbers]) => {
        const shut = folded.has(name + numbers[0]) && !there;
        const rows = numbers.map((number) => ({
          cue: state.cues[number], run: runs[number], coming: coming[number], time: state.next_times[number], standby: number === state.standby,
          chosen: number === chosen, hidden: (shut || (there !== null && !there.has(number))) && number !== state.standby && !runs[number],
          write, edit, choose, usable,
        }));
        const parts = [];
        for (let from = 0; from < rows.length; from += PART) {
          const some = rows.slice(from, from + PART), first = some[0].cue.number;
          const now = some.some((row) => row.standby || row.chosen || row.cue.number === last);
          if (now || some.some((row) => row.run || (there && !row.hidden))) drawn.add(first);
          parts.push(html`<${Part} key=${first} rows=${some} now=${now} later=${!drawn.has(first)} />`);
        }
        return html`<div key=${name + numbers[0]} class=${rows.some((row) => !row.hidden) || numbers.includes(state.standby) ? "" : "none"}>
          ${name && html`<h3><button type="button" class="fold" aria-expanded=${shut ? "false" : "true"} tabindex="-1"
            onClick=${(event) => (event.currentTarget.blur(), fold(name + numbers[0]))}><span aria-hidden="true">${shut ? "▸" : "▾"}</span> ${name}
            <span class="dim">${shut ? `${numbers.length} cue${numbers.length === 1 ? "" : "s"}` : ""}</span></button></h3>`}
          <div role="list">${parts}</div>
        </div>`;
      })}
      ${state.order.cues.length === 0 && html`<p class="quiet">The sheet has no cues.</p>`}
      ${found?.length === 0 && html`<p class="quiet">No cue has “${sought.trim()}”.</p>`}
    </div>
  </section>`;
}

/** Cues that only a number, a trigger or this button fires. */
function Pad({ cues, runs }) {
  return html`<div class="pad" role="group" aria-label="Asides">${cues.map((cue) => html`<${Press} key=${cue.number}
    class=${runs[cue.number] ? "small aside on" : "small aside"} disabled=${!may("start")}
    aria-label=${`Start ${cue.number} ${cue.title}`} onPress=${() => ask("start", { cue: cue.number })}><b>${cue.number}</b> ${cue.title}<//>`)}</div>`;
}

/** By section. Asides have their pad; a search finds them too. */
function sections({ order, cues }, there) {
  const found = [];
  for (const number of order.cues) {
    if (cues[number].aside && !there?.has(number)) continue;
    const name = cues[number].section;
    if (!found.length || found[found.length - 1][0] !== name) found.push([name, []]);
    found[found.length - 1][1].push(number);
  }
  return found;
}

const STILL = 500; // ms
const LONGEST = 3000; // ms; for a browser whose guesses never come to rest
let following = 0;
let byHand = false;

/** Whoever scrolls by hand is not fought, until something else stands by. */
const letGo = () => (following++, (byHand = true));

/** More rows have got their heights. */
const goOn = (box) => byHand || follow(box);

/** What stands by, or at the end the last cue, stays in sight, a third from the top. Rows out of sight have heights that
    the browser only guesses, so it is looked at again until it has stood still for a while. */
function follow(box) {
  const mine = ++following;
  const begun = performance.now();
  let moved = begun;
  let frames = 0; // since then; a slow machine has few of them
  byHand = false;
  const look = () => {
    if (mine !== following || !box?.isConnected || performance.now() - begun > LONGEST) return;
    const row = box.querySelector(".stands") ?? [...box.querySelectorAll(".row")].at(show.state.standby === null ? -1 : 0);
    if (!row || box.scrollHeight <= box.clientHeight) return;
    const { top, height } = row.getBoundingClientRect();
    const at = top - box.getBoundingClientRect().top;
    const room = Math.max(0, box.clientHeight - height);
    const before = box.scrollTop;
    const way = Math.round(at - Math.min(room, box.clientHeight / 3)); // a browser rounds fractions away, and again and again
    if (way && (at < Math.min(room, box.clientHeight * 0.12) || at > Math.min(room, box.clientHeight * 0.6))) box.scrollTop = before + way;
    if (box.scrollTop !== before) (moved = performance.now()), (frames = 0);
    if (performance.now() - moved < STILL || ++frames < 10) requestAnimationFrame(look);
  };
  look();
}
