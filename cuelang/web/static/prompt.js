// For a second screen or a phone on a tripod: what stands by, in large type, and what comes then. Nothing to press.

import { html } from "./vendor/htm-preact.js";
import { show } from "./link.js";
import { Verdict } from "./desk.js";
import { Alarms, Coming, Timing, Warnings } from "./cues.js";
import { Left } from "./rows.js";
import { Air } from "./switchers.js";

const NEXT = 3;
const NOTES = 6;

export function Prompt({ typed }) {
  const { cues, standby, go: will, follows, running, notes } = show.state;
  const cue = standby === null ? null : cues[standby];
  const releases = will.does === "releases";
  const next = comingNext(standby, NEXT);
  return html`<main class="prompting">
    <section class="now-standby panel" aria-label="Standby" tabindex="0">
      <${Alarms} />
      <h2>${releases ? "Waits for GO" : "Standby"}<${Air} /></h2>
      <div aria-live="polite" aria-atomic="true">
        <p class=${`will ${will.does}`}>${will.does === "nothing" ? will.after || "GO fires nothing." : will.label}</p>
        ${releases && html`<p class="then">${will.after} ${will.then === null ? "" : cues[will.then]?.title ?? ""}</p>`}
        ${cue ? html`<p class="cue"><span class="number">${cue.number}</span> ${cue.title}</p>` : html`<p class="cue">End of the list</p>`}
        ${cue?.standby_text && html`<p class="text">${cue.standby_text}</p>`}
      </div>
      ${Object.values(follows).map((one) => !one.paused && html`<${Coming} key=${one.run} follow=${one} />`)}
      <${Timing} />
      ${cue && html`<${Warnings} cue=${cue} />`}
    </section>
    <section class="next-three panel" aria-label="Next cues">
      <h2>Then</h2>
      <ol>${next.map((one) => html`<li key=${one.number}><p class="cue"><span class="number">${one.number}</span> ${one.title}</p>
        ${one.standby_text && html`<p class="text">${one.standby_text}</p>`}</li>`)}</ol>
      ${next.length === 0 && html`<p class="quiet">Nothing after it.</p>`}
    </section>
    <section class="under-way panel" aria-label="Running" tabindex="0">
      <h2>Running</h2>
      <ul>${Object.values(running).map((run) => html`<li key=${run.run}><b>${run.cue}</b> ${run.title} <span class="left"><${Left} run=${run} /></span></li>`)}</ul>
      ${Object.keys(running).length === 0 && html`<p class="quiet">Nothing is running.</p>`}
    </section>
    <section class="last-notes panel" aria-label="Notes" tabindex="0">
      <h2>Notes</h2>
      <div role="log" aria-label="Notes to the operator"><ul>${[...notes].reverse().slice(0, NOTES).map((one) => html`<li class=${one.kind} key=${`${one.at_ms} ${one.text}`}>
        <time>${one.time}</time> ${one.cue && html`<b>${one.cue} </b>`}${one.text}</li>`)}</ul></div>
    </section>
    <div class="said-here"><${Verdict} typed=${typed} /></div>
  </main>`;
}

/** The cues that stand by after this one, as GO would reach them. */
export function comingNext(number, count) {
  const { order, cues } = show.state;
  const from = number === null ? order.cues.length : order.cues.indexOf(number) + 1;
  const found = [];
  for (let index = from; index < order.cues.length && found.length < count; index++) {
    const cue = cues[order.cues[index]];
    if (!cue.aside && cue.state !== "disabled") found.push(cue);
  }
  return found;
}
