// The cue that stands by, what is running, and the list.

import { Component, html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { answer, ask, elapsed, question, show } from "./link.js";
import { go, may, Press } from "./desk.js";
import { Air, Asked, Brief } from "./switchers.js";
import { countdown, CUE_STATES, short, span } from "./words.js";

/** Draws again ten times a second, or as often as said. */
export function useTick(every = 100) {
  const [, draw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || draw((n) => n + 1), every);
    return () => clearInterval(timer);
  }, [every]);
}

export const ran = (run) => Math.max(0, run.paused ? run.elapsed_ms : elapsed() - run.zero_ms);

export function Standby() {
  const { cues, standby, go: will, panic, follows } = show.state;
  const cue = standby === null ? null : cues[standby];
  const releases = will.does === "releases";
  const then = releases && will.then !== null ? cues[will.then]?.title : "";
  const long = (cue?.standby_text ?? "").length + (cue?.title ?? "").length > 150;
  return html`<section class=${`standby panel ${long ? "long" : ""}`} aria-label="Standby" tabindex="0">
    ${panic && html`<p class="alarm" role="status">PANIC at ${panic.time} by ${panic.source}: nothing fired since.</p>`}
    <${Asked} />
    <${Question} />
    <h2 class="tag">${releases ? "Waits for GO" : "Standby"}<${Air} /></h2>
    <${Brief} />
    <div aria-live="polite" aria-atomic="true">
      ${releases
        ? html`<p class="cue goes">${will.label.slice(5)}</p><p class="then">${will.after} ${then}</p>`
        : cue
          ? html`<p class="cue"><span class="number">${cue.number}</span> ${cue.title}</p>
              ${will.does === "nothing" && html`<p class="refused">${will.after}</p>`}`
          : html`<p class="cue">End of the list</p><p class="text">Nothing left to fire.</p>`}
    </div>
    ${Object.values(follows).map((one) => !one.paused && html`<${Coming} key=${one.run} follow=${one} />`)}
    ${cue?.standby_text && html`<p class="text">${cue.standby_text}</p>`}
    ${cue && html`<${Warnings} cue=${cue} />`}
  </section>`;
}

/** What a locate will do, before it does it. */
function Question() {
  useTick(100);
  const one = question();
  if (!one) return null;
  const { cue, go: fires } = one.fields;
  return html`<div class="prompt asks" role="status"><b>${one.text}</b>
    <${Press} class="small" disabled=${one.early || !may("locate")} onPress=${() => answer(one)}>Set up for cue ${cue}${fires && " and GO"}<//>
    <${Press} class="small" onPress=${() => answer(null)}>No<//></div>`;
}

function Coming({ follow }) {
  useTick(200);
  return html`<p class="coming"><b>${follow.next}</b> follows in <b>${countdown(follow.due_ms - elapsed())}</b></p>`;
}

export function Warnings({ cue }) {
  if (!cue.warnings.length) return null;
  return html`<ul class="warnings" aria-label=${`Warnings of cue ${cue.number}`}>
    ${cue.warnings.map((text) => html`<li><span aria-hidden="true">⚠ </span>${text}</li>`)}
  </ul>`;
}

// --- running ---------------------------------------------------------------------------------------------------

export function Running() {
  const { running, follows } = show.state;
  // Each stays where it is until it is over; one that is done and counts down to the next keeps its place.
  const rows = [...Object.values(running), ...Object.values(follows)].sort((a, b) => a.run - b.run);
  const held = rows.filter((one) => one.paused).length;
  const count = rows.length > 1 ? ` ${rows.length}${held ? `, ${held} paused` : ""}` : "";
  return html`<section class=${`runs panel ${count ? "several" : ""}`} aria-label="Running">
    <h2>Running${count}</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Running cues">
      ${rows.length
        ? html`<ul>${rows.map((one) => (one.next ? html`<${Follow} key=${one.run} follow=${one} />` : html`<${Run} key=${one.run} run=${one} />`))}</ul>`
        : html`<p class="quiet">Nothing is running.</p>`}
    </div>
  </section>`;
}

/** `waits for go`, `waits for 19:30:00 in 0:17`, `waits for osc /ready, 0:20 at most`. */
function waiting(run) {
  const said = run.waits.map((wait) => {
    const left = wait.left_ms ?? (wait.until_ms ?? wait.limit_ms ?? NaN) - elapsed();
    if (Number.isNaN(left)) return wait.what;
    return wait.for === "time" ? `${wait.what} in ${countdown(left)}` : `${wait.what}, ${countdown(left)} at most`;
  });
  return `waits for ${said.join(", ")}`;
}

const left = (run) => (run.duration_ms === null ? null : run.duration_ms + run.waited_ms - ran(run));

function Run({ run }) {
  useTick();
  const rest = left(run);
  const name = run.cue ? `cue ${run.cue}` : "a statement";
  const waits = run.waits.length > 0;
  const time = waits ? short(ran(run)) : rest === null ? `${short(ran(run))}${run.cue ? ", no end" : ""}` : rest > 0 ? `−${short(rest)}` : `+${short(-rest)}`;
  const doing = waits ? waiting(run) : run.doing ? `${run.doing} under way` : "";
  const then = run.then && `then ${run.then} follows`;
  const part = run.duration_ms ? Math.max(0, Math.min(1, (ran(run) - (run.waited_ms ?? 0)) / run.duration_ms)) : 1;
  return html`<li class=${run.paused ? "run held" : "run"}>
    <p class="what"><span aria-hidden="true">${run.paused ? "‖" : "▶"}</span> <b>${run.cue}</b> ${run.title || (run.cue ? "" : "Statement")}</p>
    <p class="time">${time}</p>
    <progress max="1" value=${waits || run.duration_ms === null ? null : part} aria-label=${`Progress of ${name}`}></progress>
    <p class=${waits ? "doing waits" : "doing"}>${[run.paused && "paused", doing, then].filter(Boolean).join(", ")}</p>
    <${Holds} cue=${run.cue} paused=${run.paused} name=${name} />
  </li>`;
}

function Follow({ follow }) {
  useTick(200);
  const rest = follow.paused ? follow.left_ms : follow.due_ms - elapsed();
  return html`<li class=${follow.paused ? "run held follow" : "run follow"}>
    <p class="what"><span aria-hidden="true">${follow.paused ? "‖" : "→"}</span> <b>${follow.next}</b> ${follow.next_title}</p>
    <p class="time">${countdown(rest)}</p>
    <progress max="1" value="1" aria-hidden="true"></progress>
    <p class="doing waits">${follow.paused ? "paused: follows" : "follows"} in ${countdown(rest)} after cue ${follow.cue}</p>
    <${Holds} cue=${follow.cue} paused=${follow.paused} name=${`the follow of cue ${follow.cue}`} />
  </li>`;
}

function Holds({ cue, paused, name }) {
  const which = cue ? { cue } : {};
  return html`<div class="presses">
    <${Press} class="small" disabled=${!may("pause")} aria-label=${`${paused ? "Resume" : "Pause"} ${name}`}
      onPress=${() => ask(paused ? "resume" : "pause", which)}><span aria-hidden="true">${paused ? "▶" : "‖"}</span><//>
    <${Press} class="small" disabled=${!may("stop")} aria-label=${`Stop ${name}`} onPress=${() => ask("stop", which)}><span aria-hidden="true">■</span><//>
  </div>`;
}

// --- the list --------------------------------------------------------------------------------------------------

export function List() {
  const box = useRef();
  const [chosen, choose] = useState(null);
  const { state } = show;
  const runs = {};
  for (const run of Object.values(state.running)) runs[run.cue] = run;
  const coming = {};
  for (const one of Object.values(state.follows)) coming[one.cue] = one;
  useEffect(() => follow(box.current), [state.standby, state.order]);
  useEffect(() => {
    const size = new ResizeObserver(() => follow(box.current));
    size.observe(box.current);
    return () => size.disconnect();
  }, []);
  const asides = state.order.cues.map((number) => state.cues[number]).filter((cue) => cue.aside && cue.state !== "disabled");
  return html`<section class="list panel" aria-label="Cue list">
    ${asides.length > 0 && html`<${Pad} cues=${asides} runs=${runs} />`}
    <div class="scroll" ref=${box} tabindex="0" role="group" aria-label="Cues" onWheel=${letGo} onTouchStart=${letGo} onPointerDown=${letGo}>
      ${sections(state).map(
        ([name, numbers]) => html`<div key=${name + numbers[0]}>
          ${name && html`<h3>${name}</h3>`}
          <ol>${numbers.map(
            (number) => html`<${Row} key=${number} cue=${state.cues[number]} run=${runs[number]} coming=${coming[number]}
              standby=${number === state.standby} chosen=${number === chosen} choose=${choose}
              usable=${may("go") ? (may("standby") ? 2 : 1) : 0} />`,
          )}</ol>
        </div>`,
      )}
      ${state.order.cues.length === 0 && html`<p class="quiet">The sheet has no cues.</p>`}
    </div>
  </section>`;
}

/** Cues that only a number, a trigger or this button fires. */
function Pad({ cues, runs }) {
  return html`<div class="pad" role="group" aria-label="Asides">${cues.map((cue) => html`<${Press} key=${cue.number}
    class=${runs[cue.number] ? "small aside on" : "small aside"} disabled=${!may("start")}
    aria-label=${`Start ${cue.number} ${cue.title}`} onPress=${() => ask("start", { cue: cue.number })}><b>${cue.number}</b> ${cue.title}<//>`)}</div>`;
}

function sections({ order, cues }) {
  const found = [];
  for (const number of order.cues) {
    if (cues[number].aside) continue;
    const name = cues[number].section;
    if (!found.length || found[found.length - 1][0] !== name) found.push([name, []]);
    found[found.length - 1][1].push(number);
  }
  return found;
}

const STILL = 500; // ms
let following = 0;

/** Whoever scrolls by hand is not fought. */
const letGo = () => following++;

/** What stands by, or at the end the last cue, stays in sight, a third from the top. Rows out of sight have heights that
    the browser only guesses, so it is looked at again until it has stood still for a while. */
function follow(box) {
  const mine = ++following;
  let moved = performance.now();
  const look = () => {
    if (mine !== following || !box?.isConnected) return;
    const row = box.querySelector(".stands") ?? [...box.querySelectorAll(".row")].at(show.state.standby === null ? -1 : 0);
    if (!row || box.scrollHeight <= box.clientHeight) return;
    const before = box.scrollTop;
    const { top, height } = row.getBoundingClientRect();
    const at = top - box.getBoundingClientRect().top;
    const room = Math.max(0, box.clientHeight - height);
    if (at < Math.min(room, box.clientHeight * 0.12) || at > Math.min(room, box.clientHeight * 0.6)) box.scrollTop += at - Math.min(room, box.clientHeight / 3);
    if (box.scrollTop !== before) moved = performance.now();
    if (performance.now() - moved < STILL) requestAnimationFrame(look);
  };
  look();
}

class Row extends Component {
  shouldComponentUpdate(next) {
    return Object.keys(next).some((name) => next[name] !== this.props[name]);
  }

  render({ cue, run, coming, standby, chosen, choose, usable }) {
    const [mark, state] = CUE_STATES[cue.state];
    const said = [standby && "on standby", state, cue.troubles > 0 && `${cue.troubles} problem${cue.troubles === 1 ? "" : "s"}`].filter(Boolean).join(", ");
    const length = cue.duration_ms === null ? "∞" : cue.duration_ms ? short(cue.duration_ms) : "";
    return html`<li class=${`row ${cue.state} ${standby ? "stands" : ""}`} aria-current=${standby ? "step" : null}>
      <button type="button" class="line" tabindex="-1" aria-expanded=${chosen ? "true" : "false"}
        onClick=${(event) => (event.currentTarget.blur(), choose(chosen ? null : cue.number))}>
        <span class="mark" aria-hidden="true">${standby && !run ? "▷" : mark}</span>
        <span class="number">${cue.number}</span>
        <span class="title">${cue.title}${cue.warnings.length > 0 && html` <span class="warned"><span aria-hidden="true">⚠</span>${cue.warnings.length}<span class="sr"> warnings</span></span>`}</span>
        ${said && html`<span class=${`state ${standby ? "" : "dim"}`}>${said}</span>`}
        <span class="length">${run ? html`<${Left} run=${run} />` : coming ? html`<${Soon} follow=${coming} />` : length}</span>
      </button>
      ${run && html`<${Bar} run=${run} />`}
      ${chosen && html`<div class="more">
        ${cue.standby_text && html`<p>${cue.standby_text}</p>`}
        <${Press} disabled=${usable < 2} onPress=${() => (ask("standby", { cue: cue.number }), choose(null))}>Stand by<//>
        <${Press} disabled=${usable < 1} onPress=${() => (go(cue.number), choose(null))}>GO ${cue.number}<//>
        <${Press} disabled=${usable < 2} onPress=${() => (ask("locate", { cue: cue.number }), choose(null))}>Set up for cue ${cue.number}<//>
        <${Press} disabled=${usable < 2} aria-label=${`Set up for cue ${cue.number} and GO`}
          onPress=${() => (ask("locate", { cue: cue.number, go: true }), choose(null))}>and GO<//>
      </div>`}
      <${Warnings} cue=${cue} />
    </li>`;
  }
}

function Left({ run }) {
  useTick();
  if (run.waits.length) return "waits";
  const rest = left(run);
  return rest === null ? span(ran(run)) : rest > 0 ? `−${short(rest)}` : `+${short(-rest)}`;
}

function Soon({ follow }) {
  useTick(200);
  return html`<span class="soon">${follow.paused ? "‖" : "→"}${follow.next} ${countdown(follow.paused ? follow.left_ms : follow.due_ms - elapsed())}</span>`;
}

function Bar({ run }) {
  useTick();
  const part = run.duration_ms ? Math.max(0, Math.min(1, (ran(run) - (run.waited_ms ?? 0)) / run.duration_ms)) : run.duration_ms === 0 ? 1 : 0;
  return html`<span class="bar" aria-hidden="true"><span style=${{ transform: `scaleX(${part})` }}></span></span>`;
}
