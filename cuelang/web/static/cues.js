// The cue that stands by, what is running, and the list.

import { Component, html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { ask, elapsed, show } from "./link.js";
import { go, may, Press } from "./desk.js";
import { CUE_STATES, short, span } from "./words.js";

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
  const { cues, standby } = show.state;
  const cue = standby === null ? null : cues[standby];
  return html`<section class="standby panel" aria-label="Standby" aria-live="polite" aria-atomic="true">
    <h2 class="tag">Standby</h2>
    ${cue
      ? html`<p class="cue"><span class="number">${cue.number}</span> ${cue.title}</p>
          ${cue.standby_text && html`<p class="text">${cue.standby_text}</p>`}
          <${Warnings} cue=${cue} />`
      : html`<p class="cue">End of the list</p><p class="text">GO fires nothing.</p>`}
  </section>`;
}

export function Warnings({ cue }) {
  if (!cue.warnings.length) return null;
  return html`<ul class="warnings" aria-label=${`Warnings of cue ${cue.number}`}>
    ${cue.warnings.map((text) => html`<li><span aria-hidden="true">⚠ </span>${text}</li>`)}
  </ul>`;
}

// --- running ---------------------------------------------------------------------------------------------------

export function Running() {
  const runs = Object.values(show.state.running).sort((a, b) => b.run - a.run);
  return html`<section class="runs panel" aria-label="Running">
    <h2>Running</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Running cues">
      ${runs.length ? html`<ul>${runs.map((run) => html`<${Run} key=${run.run} run=${run} />`)}</ul>` : html`<p class="quiet">Nothing is running.</p>`}
    </div>
  </section>`;
}

function Run({ run }) {
  useTick();
  const done = ran(run);
  const left = run.duration_ms === null ? null : run.duration_ms - done;
  const name = run.cue ? `cue ${run.cue}` : "a statement";
  const time = left === null ? `${short(done)}, no end` : left > 0 ? `−${short(left)}` : `+${short(-left)}`;
  const doing = run.waiting.length ? `waits for ${run.waiting.join(", ")}` : run.doing ? `${run.doing} under way` : "";
  const cue = run.cue ? { cue: run.cue } : {};
  return html`<li class=${run.paused ? "run held" : "run"}>
    <p class="what"><span aria-hidden="true">${run.paused ? "‖" : "▶"}</span> <b>${run.cue}</b> ${run.title || (run.cue ? "" : "Statement")}</p>
    <p class="time">${run.paused ? "paused " : ""}${time}</p>
    <progress max="1" value=${run.duration_ms ? Math.min(1, done / run.duration_ms) : left === null ? null : 1} aria-label=${`Progress of ${name}`}></progress>
    <p class=${run.waiting.length ? "doing waits" : "doing"}>${doing}</p>
    <div class="presses">
      <${Press} class="small" disabled=${!may("pause")} aria-label=${`${run.paused ? "Resume" : "Pause"} ${name}`}
        onPress=${() => ask(run.paused ? "resume" : "pause", cue)}><span aria-hidden="true">${run.paused ? "▶" : "‖"}</span><//>
      <${Press} class="small" disabled=${!may("stop")} aria-label=${`Stop ${name}`} onPress=${() => ask("stop", cue)}><span aria-hidden="true">■</span><//>
    </div>
  </li>`;
}

// --- the list --------------------------------------------------------------------------------------------------

export function List() {
  const box = useRef();
  const [chosen, choose] = useState(null);
  const { state } = show;
  const runs = {};
  for (const run of Object.values(state.running)) runs[run.cue] = run;
  useEffect(() => follow(box.current), [state.standby, state.order]);
  return html`<section class="list panel" aria-label="Cue list">
    <div class="scroll" ref=${box} tabindex="0" role="group" aria-label="Cues">
      ${sections(state).map(
        ([name, numbers]) => html`<div key=${name + numbers[0]}>
          ${name && html`<h3>${name}</h3>`}
          <ol>${numbers.map(
            (number) => html`<${Row} key=${number} cue=${state.cues[number]} run=${runs[number]}
              standby=${number === state.standby} chosen=${number === chosen} choose=${choose}
              usable=${may("go") ? (may("standby") ? 2 : 1) : 0} />`,
          )}</ol>
        </div>`,
      )}
      ${state.order.cues.length === 0 && html`<p class="quiet">The sheet has no cues.</p>`}
    </div>
  </section>`;
}

function sections({ order, cues }) {
  const found = [];
  for (const number of order.cues) {
    const name = cues[number].section;
    if (!found.length || found[found.length - 1][0] !== name) found.push([name, []]);
    found[found.length - 1][1].push(number);
  }
  return found;
}

/** What stands by, or at the end the last cue, stays in sight, a third from the top, where the list scrolls by itself. */
function follow(box) {
  const row = box?.querySelector(".stands") ?? [...(box?.querySelectorAll(".row") ?? [])].at(show.state.standby === null ? -1 : 0);
  if (!row || box.scrollHeight <= box.clientHeight) return;
  const top = row.getBoundingClientRect().top - box.getBoundingClientRect().top;
  if (top < box.clientHeight * 0.12 || top > box.clientHeight * 0.6) box.scrollTop += top - box.clientHeight / 3;
}

class Row extends Component {
  shouldComponentUpdate(next) {
    return Object.keys(next).some((name) => next[name] !== this.props[name]);
  }

  render({ cue, run, standby, chosen, choose, usable }) {
    const [mark, state] = CUE_STATES[cue.state];
    const said = [standby && "stands by", state, cue.troubles > 0 && `${cue.troubles} in trouble`].filter(Boolean).join(", ");
    const length = cue.duration_ms === null ? "∞" : cue.duration_ms ? short(cue.duration_ms) : "";
    return html`<li class=${`row ${cue.state} ${standby ? "stands" : ""}`} aria-current=${standby ? "step" : null}>
      <button type="button" class="line" tabindex="-1" aria-expanded=${chosen ? "true" : "false"}
        onClick=${(event) => (event.currentTarget.blur(), choose(chosen ? null : cue.number))}>
        <span class="mark" aria-hidden="true">${standby && !run ? "▷" : mark}</span>
        <span class="number">${cue.number}</span>
        <span class="title">${cue.title}${cue.warnings.length > 0 && html` <span class="warned"><span aria-hidden="true">⚠</span>${cue.warnings.length}<span class="sr"> warnings</span></span>`}</span>
        ${said && html`<span class=${`state ${standby ? "" : "dim"}`}>${said}</span>`}
        <span class="length">${run ? html`<${Left} run=${run} />` : length}</span>
      </button>
      ${run && html`<${Bar} run=${run} />`}
      ${chosen && html`<div class="more">
        ${cue.standby_text && html`<p>${cue.standby_text}</p>`}
        <${Press} disabled=${usable < 2} onPress=${() => (ask("standby", { cue: cue.number }), choose(null))}>Stand by<//>
        <${Press} disabled=${usable < 1} onPress=${() => (go(cue.number), choose(null))}>GO ${cue.number}<//>
      </div>`}
      <${Warnings} cue=${cue} />
    </li>`;
  }
}

function Left({ run }) {
  useTick();
  if (run.waiting.length) return "waits";
  const left = run.duration_ms === null ? null : run.duration_ms - ran(run);
  return left === null ? span(ran(run)) : left > 0 ? `−${short(left)}` : `+${short(-left)}`;
}

function Bar({ run }) {
  useTick();
  const part = run.duration_ms ? Math.min(1, ran(run) / run.duration_ms) : run.duration_ms === 0 ? 1 : 0;
  return html`<span class="bar" aria-hidden="true"><span style=${{ transform: `scaleX(${part})` }}></span></span>`;
}
