// What the operator presses: the row of buttons, and the keys, which do the same.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { useTick } from "./cues.js";
import { answer, ask, changed, question, show } from "./link.js";
import { KEYS } from "./words.js";

const OLD = 8000; // ms; a verdict older than this is dimmed

export const may = (verb) => show.up && show.role === "operate" && !(show.state.show_mode && show.lockable.has(verb));

export function go(cue) {
  if (cue) return ask("go", { cue });
  const { standby, go: will } = show.state ?? { standby: null };
  const fields = will?.does === "releases" ? { releases: will.cue } : {};
  ask("go", standby === null ? fields : { expect: standby, ...fields });
}

export function pauseOrResume() {
  ask(show.state?.pause_does ?? "pause");
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
  const { go: will, pause_does, panic } = show.state;
  const releases = will.does === "releases";
  const [big, small] = asking ? ["GO …", ""] : releases ? ["GO →", will.label.slice(5)] : [will.label, ""];
  return html`<div class="buttons" role="group" aria-label="Controls">
    <${Press} class=${["go", releases ? "releases" : will.does === "nothing" ? "spent" : ""].join(" ").trim()} id="go" onPress=${() => go()} disabled=${!may("go") || show.locked || asking}
      aria-keyshortcuts="Space"><span class="big">${big}</span>${small && html` <span class="small-print">${small}</span>`}<kbd>space</kbd><//>
    <${Press} class=${panic ? "panic pressed" : "panic"} onPress=${() => ask("panic")} disabled=${!may("panic")} aria-keyshortcuts="Escape">PANIC<kbd>esc</kbd><//>
    <${Press} class="back" onPress=${() => ask("back")} disabled=${!may("back")} aria-keyshortcuts="ArrowUp">Back<kbd>↑</kbd><//>
    <${Press} class="pause" onPress=${pauseOrResume} disabled=${!may("pause")} aria-keyshortcuts="P">${pause_does === "resume" ? "Resume" : "Pause"}<kbd>P</kbd><//>
    <${Press} class="stop" onPress=${() => ask("stop")} disabled=${!may("stop")} aria-keyshortcuts="S">Stop<kbd>S</kbd><//>
  </div>`;
}

export function Verdict({ typed }) {
  useTick(1000);
  const said = show.verdict;
  const old = said && performance.now() - said.at > OLD ? "old" : "";
  const last = show.state.last_fired;
  return html`<div class="verdict">
    <p role="status" aria-live="polite" class=${`mine ${said?.kind ?? ""} ${said?.kind === "good" ? old : ""}`.trim()}>
      ${said && html`<span aria-hidden="true">${{ good: "✓", asks: "?" }[said.kind] ?? "✗"} </span>${said.text}`}</p>
    <p class="last">${last ? html`Last fired: <b>${last.request}</b> at ${last.time} by ${last.source}` : "Nothing fired yet."}</p>
    ${typed && html`<p class="typed" role="status">cue ${typed}▏ <span>Enter: GO · L: set up · N: note</span></p>`}
  </div>`;
}

/** Something over the right side of the page. A press beside it closes it, and does what it does besides. */
export function Sheet({ name, close, wide, children }) {
  const box = useRef();
  useEffect(() => {
    const press = (event) => box.current?.contains(event.target) || event.target.closest?.("nav") || close();
    addEventListener("pointerdown", press, true);
    return () => removeEventListener("pointerdown", press, true);
  }, [close]);
  return html`<section class=${wide ? "help wide panel" : "help panel"} aria-label=${name} ref=${box}>${children}</section>`;
}

export function Help({ close }) {
  const own = show.state?.keys ?? [];
  return html`<${Sheet} name="Keys" close=${close}>
    <h2>Keys <span class="hint">Esc is PANIC, and closes this; ? closes it, too · <a href="/guide" target="_blank" rel="noopener">Guide</a></span></h2><${Press} class="small" onPress=${close}>Close<//>
    <dl tabindex="0">${own.map(({ key, does }) => html`<div><dt><kbd>${key}</kbd></dt><dd>from the sheet: ${does}</dd></div>`)}
      ${KEYS.map(([name, what]) => html`<div><dt><kbd>${name}</kbd></dt><dd>${what}</dd></div>`)}</dl>
  <//>`;
}

export function Mistakes({ close }) {
  const { mistakes } = show.state;
  return html`<${Sheet} name="Errors of the last reload" close=${close}>
    <h2>${mistakes.length ? `Reload refused: ${mistakes.length} error${mistakes.length === 1 ? "" : "s"}` : "No errors"}
      <span class="hint">${mistakes.length ? "The current sheet stays" : "No reload errors"}</span></h2>
    <${Press} class="small" onPress=${close}>Close<//>
    <ul class="mistakes" tabindex="0">${mistakes.map(({ place, text, hint }) => html`<li><b>${place}</b><p>${text}</p>${hint && html`<p class="dim">${hint}</p>`}</li>`)}</ul>
  <//>`;
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
  k: () => ask("skip"),
  "/": () => dispatchEvent(new Event("cuelang.search")),
  e: () => ((show.reading = !show.reading), changed()),
};
const REPEATS = new Set(["arrowup", "arrowdown"]);

const NAMES = { " ": "space", pageup: "page_up", pagedown: "page_down", arrowup: "up", arrowdown: "down", arrowleft: "left", arrowright: "right" };

/** A number and L; L alone answers the question, if it is about the same. */
function locate(cue, fires) {
  const asked = question();
  if (cue) ask("locate", fires ? { cue, go: true } : { cue });
  else if ((asked.fields.go ?? false) === fires) answer(asked);
}

/** Where letters are written: there only Esc is a key of the page. */
const isField = (one) => one instanceof HTMLTextAreaElement || (one instanceof HTMLInputElement && one.type !== "checkbox" && one.type !== "radio");

/** The sheet's own name of this key, if it has one. */
const named = (name) => show.state.keys.find(({ key }) => key.toLowerCase() === (NAMES[name] ?? name))?.key;

/** The keys of the whole page, as in the terminal: PANIC and GO, a number that is being typed, the sheet's own, the
    rest. Gives the number, for all to see. */
export const taken = new Set(); // keys of the view that is shown

export function useKeys(toggleHelp, toggleMenu, note, closeAll, inputs) {
  const [shown, setShown] = useState("");
  useEffect(() => {
    let typed = "";
    const type = (text) => setShown((typed = text.slice(0, 10)));
    const press = (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        if (!event.repeat) ask("panic");
        closeAll();
        return type("");
      }
      const writing = isField(event.target);
      if (writing || taken.has(event.key) || event.ctrlKey || event.altKey || event.metaKey || show.state === null) return;
      const name = event.key.toLowerCase();
      const own = name === " " ? undefined : named(name);
      if (typed && /^[0-9.]$/.test(name)) type(typed + name);
      else if (typed && name === "backspace") type(typed.slice(0, -1));
      else if (typed && name === "enter") {
        if (!event.repeat) go(typed.replace(/\.$/, ""));
        type("");
      } else if (name === "l" && (typed || question())) {
        if (!event.repeat) locate(typed.replace(/\.$/, ""), event.key === "L");
        type("");
      } else if (own === undefined && name === "n") {
        note(typed.replace(/\.$/, ""));
        type("");
      } else if (own === undefined && name === "f") {
        const cue = typed.replace(/\.$/, "") || show.state.last_cue;
        if (cue && !event.repeat) ask("flag", { cue, on: !show.state.cues[cue]?.flag });
        type("");
      } else if (own !== undefined) {
        if (!event.repeat) ask("key", { key: own });
        type("");
      } else if (/^[0-9]$/.test(name)) type(name);
      else if (name === "?") toggleHelp();
      else if (name === "m") toggleMenu();
      else if (name === "i") inputs();
      else if (ACTIONS[name]) {
        if (!event.repeat || REPEATS.has(name)) ACTIONS[name]();
        type("");
      } else return;
      event.preventDefault();
    };
    // A button is pressed by the space bar when the key comes up again.
    const release = (event) => {
      if (event.key === " " && !isField(event.target)) event.preventDefault();
    };
    addEventListener("keydown", press, true);
    addEventListener("keyup", release, true);
    return () => {
      removeEventListener("keydown", press, true);
      removeEventListener("keyup", release, true);
    };
  }, [toggleHelp, toggleMenu, note, closeAll, inputs]);
  return shown;
}
