// The menu: what this device keeps (the name of the person, light or dark, the size of type), and the other views.

import { html, useState } from "./vendor/htm-preact.js";
import { ask, show } from "./link.js";
import { may, Press, Sheet } from "./desk.js";
import { keep, kept } from "./kept.js";

const THEMES = [["dark", "Dark"], ["light", "Light"], ["auto", "As the device"]];
const TYPES = [["0", "Normal"], ["1", "Large"], ["2", "Larger"], ["3", "Largest"]];
const VIEWS = [["/", "Desk"], ["/prompt", "Prompt: the standby cue in large type"], ["/cameras", "Cameras: all pictures"], ["/framing", "Framing: a hand on a camera"]];

export function Menu({ close, keys }) {
  return html`<${Sheet} name="Menu" close=${close}>
    <h2>Menu <span class="hint">Esc is PANIC, and closes this; M closes it, too</span></h2><${Press} class="small" onPress=${close}>Close<//>
    <div class="choices" tabindex="0">
      ${show.role === "operate" && html`<${Name} />`}
      <${Choice} name="theme" label="Light" options=${THEMES} otherwise="dark" />
      <${Choice} name="type" label="Size of type" options=${TYPES} otherwise="0" />
      <h3>Views</h3>
      <ul class="views">${VIEWS.map(([path, label]) => html`<li>
        <a href=${path + (show.watching ? "?role=view" : "")} aria-current=${location.pathname === path ? "page" : null}>${label}</a>
        ${show.role === "operate" && html` <a class="only" href=${`${path}?role=view`} target="_blank" rel="noopener" aria-label=${`${label.split(":")[0]}, to look only`}>to look only</a>`}</li>`)}
        <li><a href="/print" target="_blank" rel="noopener">Cue sheet to print</a></li>
        <li><a href="/guide" target="_blank" rel="noopener">Guide</a></li></ul>
      <div class="choice"><${Press} class="small" onPress=${keys}>Keys<//>
        <${Press} class="small" disabled=${!may("reload")} onPress=${() => (ask("reload"), close())}>Reload the sheet<//></div>
    </div>
  <//>`;
}

/** Who presses here: for triggers, notes and the log. */
function Name() {
  const [name, setName] = useState(kept("name"));
  const save = (event) => {
    event.preventDefault();
    keep("name", name.trim());
    keep("asked", "yes");
    event.target.querySelector("input").blur();
  };
  return html`<form class="choice naming" onSubmit=${save}><label><h3>Your name</h3>
    <input value=${name} maxlength="40" autocomplete="nickname" onInput=${(event) => setName(event.target.value)} /></label>
    <button class="small" disabled=${name.trim() === kept("name")}>Keep</button></form>`;
}

function Choice({ name, label, options, otherwise }) {
  const [chosen, choose] = useState(kept(name, otherwise));
  return html`<div class="choice" role="group" aria-label=${label}><h3>${label}</h3>
    ${options.map(([value, text]) => html`<${Press} class="small" aria-pressed=${chosen === value ? "true" : "false"}
      onPress=${() => (keep(name, value), choose(value))}>${text}<//>`)}</div>`;
}
