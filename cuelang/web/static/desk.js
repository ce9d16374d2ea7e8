// What the operator presses: the row of buttons, and the keys, which do the same.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { ask, show } from "./link.js";
import { KEYS } from "./words.js";

const LOCKABLE = new Set(["back", "standby", "reload", "start"]);

export const may = (verb) => show.up && show.role === "operate" && !(show.state.show_mode && LOCKABLE.has(verb));

export function go(cue) {
  const standby = show.state?.standby ?? null;
  if (cue) ask("go", { cue });
  else ask("go", standby === null ? {} : { expect: standby });
}

export const paused = () => Object.values(show.state?.running ?? {}).some((run) => run.paused);

const going = () => Object.values(show.state?.running ?? {}).some((run) => !run.paused);

export function pauseOrResume() {
  ask(paused() && !going() ? "resume" : "pause");
}

/** A button that gives the focus back after a mouse or a finger, so that no key means anything else afterwards. */
export function Press({ onPress, children, ...rest }) {
  const press = (event) => {
    if (event.detail > 0) event.currentTarget.blur();
    onPress();
  };
  return html`<button type="button" ...${rest} onClick=${press}>${children}</button>`;
}

export function Buttons() {
  const asking = [...show.pending.values()].some((order) => order.verb === "go");
  const { state } = show;
  const end = state.standby === null;
  const label = asking ? "GO …" : end ? "GO" : `GO ${state.standby}`;
  const held = paused() && !going();
  const spent = end && !Object.values(state.running).some((run) => run.waiting.includes("go"));
  return html`<div class="buttons" role="group" aria-label="Controls">
    <${Press} class=${spent ? "go spent" : "go"} id="go" onPress=${() => go()} disabled=${!may("go") || show.locked || asking}
      aria-keyshortcuts="Space">${label}<kbd>space</kbd><//>
    <${Press} class="panic" onPress=${() => ask("panic")} disabled=${!may("panic")} aria-keyshortcuts="Escape">PANIC<kbd>esc</kbd><//>
    <${Press} class="back" onPress=${() => ask("back")} disabled=${!may("back")} aria-keyshortcuts="ArrowUp">Back<kbd>↑</kbd><//>
    <${Press} class="pause" onPress=${pauseOrResume} disabled=${!may("pause")} aria-keyshortcuts="P">${held ? "Resume" : "Pause"}<kbd>P</kbd><//>
    <${Press} class="stop" onPress=${() => ask("stop")} disabled=${!may("stop")} aria-keyshortcuts="S">Stop<kbd>S</kbd><//>
  </div>`;
}

export function Verdict() {
  const said = show.verdict;
  const last = show.state.last_fired;
  return html`<div class="verdict">
    <p role="status" aria-live="polite" class=${`mine ${said?.kind ?? ""}`}>
      ${said && html`<span aria-hidden="true">${said.kind === "good" ? "✓" : "✗"} </span>${said.text}`}</p>
    <p class="last">${last ? html`Last fired: <b>${last.request}</b> at ${last.time} by ${last.source}` : "Nothing has been fired yet."}</p>
  </div>`;
}

export function Help({ close }) {
  return html`<section class="help panel" aria-label="Keys">
    <h2>Keys</h2><${Press} class="small" onPress=${close}>Close<//>
    <dl>${KEYS.map(([name, what]) => html`<div><dt><kbd>${name}</kbd></dt><dd>${what}</dd></div>`)}</dl>
  </section>`;
}

// --- keys ------------------------------------------------------------------------------------------------------

const ACTIONS = {
  " ": () => go(),
  arrowup: () => ask("back"),
  b: () => ask("back"),
  arrowdown: () => ask("standby", { cue: "next" }),
  p: pauseOrResume,
  s: () => ask("stop"),
  r: () => ask("reload"),
};
const REPEATS = new Set(["arrowup", "arrowdown"]);

/** The keys of the whole page; gives the number that is being typed, for all to see. */
export function useKeys(toggleHelp) {
  const [shown, setShown] = useState("");
  useEffect(() => {
    let typed = "";
    const type = (text) => setShown((typed = text.slice(0, 10)));
    const press = (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        if (!event.repeat) ask("panic");
        return type("");
      }
      const writing = event.target instanceof HTMLInputElement;
      if (writing || event.ctrlKey || event.altKey || event.metaKey || show.state === null) return;
      const name = event.key.toLowerCase();
      if (/^[0-9.]$/.test(name)) type(typed + name);
      else if (name === "backspace") type(typed.slice(0, -1));
      else if (name === "enter" && typed) {
        if (!event.repeat) go(typed.replace(/\.$/, ""));
        type("");
      } else if (name === "?") toggleHelp();
      else if (ACTIONS[name]) {
        if (!event.repeat || REPEATS.has(name)) ACTIONS[name]();
        type("");
      } else return;
      event.preventDefault();
    };
    // A button is pressed by the space bar when the key comes up again.
    const release = (event) => {
      if (event.key === " " && !(event.target instanceof HTMLInputElement)) event.preventDefault();
    };
    addEventListener("keydown", press, true);
    addEventListener("keyup", release, true);
    return () => {
      removeEventListener("keydown", press, true);
      removeEventListener("keyup", release, true);
    };
  }, [toggleHelp]);
  return shown;
}
