// The inputs: what they hear, which trigger takes it, and which of them are muted.

import { html } from "./vendor/htm-preact.js";
import { ask, show } from "./link.js";
import { may, Press, Sheet } from "./desk.js";

/** The last message of all inputs that no trigger took. */
export const untaken = () =>
  show.state.inputs.map((one) => one.untaken).filter(Boolean).sort((a, b) => b.seq - a.seq)[0];

const Line = ({ one }) => html`<time>${one.time}</time> <b>${one.input}</b> <code>${one.line}</code> ${one.note && html`<span class="dim">${one.note}</span>`}
  ${one.taken ? html` → ${one.taken}` : html` <span class="none">no trigger</span>`}`;

export const Untaken = ({ one }) => html`<li class="untaken" key="untaken"><${Line} one=${one} /></li>`;

export function Inputs({ close }) {
  const { inputs, heard } = show.state;
  return html`<${Sheet} name="Inputs" close=${close} wide=${true}>
    <h2>Inputs <span class="hint">What a muted one hears fires nothing but stop and panic</span></h2><${Press} class="small" onPress=${close}>Close<//>
    <div class="heard" tabindex="0" role="group" aria-label="What the inputs hear">
      <ul class="inputs">${inputs.map((one) => html`<li key=${one.name}><b>${one.name}</b> <span class="dim">${one.url}</span> ${one.muted && html`<span class="badge bad">muted by ${one.muted}</span>`}
        ${!one.url.startsWith("tsl+") && html`<${Press} class="small" disabled=${!may(one.muted ? "unmute" : "mute")} onPress=${() => ask(one.muted ? "unmute" : "mute", { input: one.name })}>${one.muted ? "Unmute" : "Mute"}<//>`}
        <p>${one.last ? html`<${Line} one=${one.last} />` : html`<span class="quiet">nothing heard yet</span>`}</p></li>`)}</ul>
      <h3>Heard</h3>
      <ul class="said-rows">${[...heard].reverse().map((one) => html`<li key=${one.seq} class=${one.taken ? "" : "untaken"}><${Line} one=${one} /></li>`)}</ul>
      ${heard.length === 0 && html`<p class="quiet">Nothing was heard yet.</p>`}
    </div>
  <//>`;
}
