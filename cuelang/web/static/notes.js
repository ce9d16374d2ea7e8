// Notes that people write during the show: bound to a cue and the time, in the log, and listed here.

import { html, useLayoutEffect, useRef, useState } from "./vendor/htm-preact.js";
import { ask, show } from "./link.js";
import { may, Press, Sheet } from "./desk.js";

let draft = ""; // what was not finished stays

/** `about`: the number that was typed before N; else it is about the cue that was fired last. */
export function Writing({ about, close }) {
  const field = useRef();
  const [text, setText] = useState(draft);
  const { last_cue, cues, remarks } = show.state;
  const cue = about || last_cue || "";
  const flagged = show.state.order.cues.filter((number) => cues[number].flag);
  useLayoutEffect(() => field.current.focus(), []);
  const write = (said) => setText((draft = said));
  const submit = (event) => {
    event.preventDefault();
    const said = text.trim();
    if (!said) return close();
    ask("note", { text: said, ...(cue && { cue }) });
    write("");
    close();
  };
  return html`<${Sheet} name="Notes of this show" close=${close}>
    <h2>Notes of this show <span class="hint">Enter writes. Esc is PANIC, and closes this</span></h2><${Press} class="small" onPress=${close}>Close<//>
    <form class="writing" onSubmit=${submit}>
      <label>${cue ? html`About cue <b>${cue}</b> ${cues[cue]?.title}` : "About no cue"}
        <input ref=${field} value=${text} maxlength="300" autocomplete="off" onInput=${(event) => write(event.target.value)} /></label>
      <button class="small" disabled=${!may("note")}>Write</button>
      ${cue && html`<${Press} class="small" disabled=${!may("flag")} aria-pressed=${cues[cue]?.flag ? "true" : "false"} onPress=${() => flag(cue)}>⚑ Flag ${cue}<//>`}
    </form>
    <div class="written" tabindex="0" role="group" aria-label="What was written">
      ${flagged.length > 0 && html`<p class="flags">⚑ ${flagged.map((number) => html`<span key=${number}><b>${number}</b> ${cues[number].title} <span class="dim">${cues[number].flag}</span> </span>`)}</p>`}
      <ul>${[...remarks].reverse().map((one) => html`<li key=${`${one.at_ms} ${one.text}`}><time>${one.time}</time> ${one.cue && html`<b>${one.cue} </b>`}${one.text} <span class="dim">${one.by}</span></li>`)}</ul>
      ${remarks.length === 0 && html`<p class="quiet">No notes yet.</p>`}
    </div>
  <//>`;
}

export const flag = (cue) => ask("flag", { cue, on: !show.state.cues[cue]?.flag });
