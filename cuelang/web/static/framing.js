// One camera in hand: its picture, a pad, rockers, and the sheet's presets, which can be brought to where it is.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { ask, show } from "./link.js";
import { may, Press, taken, Verdict } from "./desk.js";
import { Picture } from "./cameras.js";
import { keep, kept } from "./kept.js";
import { degrees, TALLIES } from "./words.js";
import { deflect, hold, isLive, DRIVE_KEYS, keyDown, keyUp, setLive, SPEEDS, takeOver, watchGamepads } from "./hands.js";

const [LIVE_BUTTON, BEFORE, AFTER] = [9, 4, 5]; // of a gamepad: start, and the shoulders

const sendText = (camera, text) => ask("statement", { camera, text: isLive() ? `${text} live` : text });

export function Framing({ typed }) {
  const { order, cameras } = show.state;
  const names = order.cameras;
  const [chosen, choose] = useState(kept("framed"));
  const [preset, pick] = useState("");
  const [live, setHeld] = useState(false);
  const name = names.includes(chosen) ? chosen : names[0];
  const presets = usePresets(name);
  const turn = (by) => use(names[(names.indexOf(name) + by + names.length) % names.length]);
  const use = (one) => (keep("framed", one), choose(one), pick(""));
  const holdLive = (on) => (setLive(on), setHeld(on));
  const recall = (one) => (pick(one), sendText(name, `move to ${one}`));
  const now = useRef();
  now.current = { turn, recall, presets, holdLive };
  useEffect(() => {
    if (name) hold(name);
    return () => hold(null);
  }, [name]);
  useEffect(() => {
    const down = (event) => {
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.code === "KeyL" && !event.repeat) now.current.holdLive(true);
      else if (!keyDown(event)) return;
      event.preventDefault();
    };
    const up = (event) => {
      if (event.code === "KeyL") now.current.holdLive(false);
      keyUp(event);
    };
    for (const key of [...Object.keys(DRIVE_KEYS), "l", "L"]) taken.add(key);
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    const forget = watchGamepads((number, on) => {
      const { presets: some, ...can } = now.current;
      if (number === LIVE_BUTTON) can.holdLive(on);
      else if (on && number === BEFORE) can.turn(-1);
      else if (on && number === AFTER) can.turn(1);
      else if (on && number < 4 && some[number]) can.recall(some[number].name);
    });
    return () => (taken.clear(), removeEventListener("keydown", down), removeEventListener("keyup", up), forget());
  }, []);
  const camera = cameras[name];
  if (!camera) return html`<main class="framing"><p class="quiet">The rig has no cameras.</p></main>`;
  const mine = show.hands[name];
  const lost = mine?.state === "lost" && mine.reason;
  const own = mine?.state === "driving" || (mine?.state === "rest" && camera.driven_by === kept("name")); // or was until now
  const other = camera.driven_by && !own; // another person's hand
  const [word, tally] = TALLIES[camera.tally] ?? ["?", "tally unknown"];
  return html`<main class=${`framing ${live ? "live" : ""}`}>
    <nav class="framed" aria-label="Cameras">${names.map((one) => html`<${Press} key=${one} class=${`small ${cameras[one].tally ?? "unknown"}`} aria-pressed=${one === name ? "true" : "false"} onPress=${() => use(one)}>
      ${one}${cameras[one].tally === "program" && html` <b class="on">PGM</b>`}${cameras[one].driven_by && html` <span class="by">${cameras[one].driven_by}</span>`}<//>`)}</nav>
    <section class=${`seen ${camera.tally ?? "unknown"}`} data-camera=${name} aria-label=${name}>
      <div class="frame"><span class="none">no picture</span>${camera.picture && html`<${Picture} key=${name} url=${camera.picture} often=${true} alt=${`What ${name} sees`} />`}
        <span class=${`tally ${camera.tally ?? "unknown"}`}><span aria-hidden="true">${word}</span><span class="sr">${tally}</span></span></div>
      <p class="place">${degrees(camera.pan)} ${degrees(camera.tilt)} zoom ${camera.zoom === null ? "?" : `${Math.round(camera.zoom)}%`}
        ${camera.tracing && html`<span class="tracing" role="status">● ${camera.tracing}</span>`}
        <span class="drives" role="status">${camera.driven_by ? `driven by ${camera.driven_by}` : ""}</span></p>
      <p class="why" role="alert">${lost || ""} ${other && html`<${Press} class="small" onPress=${takeOver}>Take over<//>`}</p>
    </section>
    <section class="controls" aria-label="Drive">
      <${Stick} name="pad" label="Pan and tilt" axes=${(x, y) => ({ pan: x, tilt: -y })} />
      <${Stick} name="zoom" label="Zoom" ends=${["in", "out"]} axes=${(x, y) => ({ zoom: -y })} />
      <${Stick} name="focus" label="Focus" ends=${["far", "near"]} axes=${(x, y) => ({ focus: -y })} />
      <div class="ways">
        <${Speeds} />
        <div class="row" role="group" aria-label="Focus and home">
          <${Press} class="small" disabled=${!drives()} onPress=${() => ask("statement", { camera: name, text: "focus auto" })}>AF<//>
          <${Press} class="small" disabled=${!drives()} onPress=${() => ask("statement", { camera: name, text: "focus manual" })}>MF<//>
          <${Press} class="small" disabled=${!drives()} onPress=${() => sendText(name, "move home")}>Home<//>
          <${Hold} live=${live} onHold=${holdLive} />
        </div>
        <${Trace} key=${name} name=${name} file=${camera.tracing} />
      </div>
    </section>
    <${Presets} name=${name} presets=${presets} chosen=${preset} recall=${recall} />
    <div class="said-here"><${Verdict} typed=${typed} /></div>
  </main>`;
}

const drives = () => show.up && show.role === "operate";

/** A field whose middle is rest: from where a finger is put on it, how far it is from there. */
function Stick({ name, label, axes, ends }) {
  const [at, setAt] = useState(null);
  const field = useRef();
  const move = (event) => {
    const box = field.current.getBoundingClientRect();
    const part = (value, from, size) => Math.max(-1, Math.min(1, (value - from - size / 2) / (size / 2)));
    const [x, y] = [part(event.clientX, box.left, box.width), part(event.clientY, box.top, box.height)];
    setAt([x, y]);
    const slow = (value) => (Math.abs(value) < 0.08 ? 0 : Math.sign(value) * Math.abs(value) ** 1.6);
    deflect(name, axes(slow(x), slow(y)));
  };
  const start = (event) => {
    if (!drives() || event.button > 0) return;
    field.current.setPointerCapture(event.pointerId);
    move(event);
  };
  const end = () => (setAt(null), deflect(name, null));
  return html`<div class=${`stick ${name} ${at ? "held" : ""}`} ref=${field} role="application" aria-label=${label}
    onPointerDown=${start} onPointerMove=${(event) => at && move(event)} onPointerUp=${end} onPointerCancel=${end} onLostPointerCapture=${end}>
    ${ends && html`<span class="end">${ends[0]}</span>`}<span class="name">${label}</span>${ends && html`<span class="end">${ends[1]}</span>`}
    ${at && html`<i class="finger" style=${{ left: `${50 + at[0] * 50}%`, top: `${50 + at[1] * 50}%` }}></i>`}
  </div>`;
}

function Speeds() {
  const [speed, setSpeed] = useState(kept("speed"));
  return html`<div class="row" role="group" aria-label="Speed">${SPEEDS.map(([value, label]) => html`<${Press} key=${value} class="small" aria-pressed=${value === speed ? "true" : "false"}
    onPress=${() => (keep("speed", value), setSpeed(value))}>${label}<//>`)}</div>`;
}

function Hold({ live, onHold }) {
  const down = (event) => (event.currentTarget.setPointerCapture(event.pointerId), onHold(true));
  return html`<button type="button" class="small hold" aria-pressed=${live ? "true" : "false"} aria-keyshortcuts="L" disabled=${!drives()}
    onPointerDown=${down} onPointerUp=${() => onHold(false)} onPointerCancel=${() => onHold(false)} onContextMenu=${(event) => event.preventDefault()}>LIVE<kbd>L</kbd></button>`;
}

/** Where the hand goes is recorded, for `replay`; the field is the name of the file. */
function Trace({ name, file }) {
  const record = (event) => {
    event.preventDefault();
    const called = event.target.elements.trace.value.trim();
    ask("trace start", { camera: name, ...(called ? { name: called } : {}) });
  };
  if (file) return html`<div class="row trace" role="group" aria-label="Path"><${Press} class="small stop" disabled=${!drives()} onPress=${() => ask("trace stop", { camera: name })}>■ End the path<//></div>`;
  return html`<form class="row trace naming" onSubmit=${record}><label><span class="sr">Name of the path </span><input name="trace" maxlength="80" pattern="[A-Za-z0-9_][A-Za-z0-9_.-]*" placeholder="name of the path" /></label>
    <button class="small" disabled=${!may("trace start") || show.role !== "operate"}>● Record path</button></form>`;
}

// --- presets ---------------------------------------------------------------------------------------------------

/** The presets of a camera, asked for again when the sheet or a picture has changed. */
function usePresets(name) {
  const [found, setFound] = useState({ name: "", presets: [] });
  const order = show.state.order; // another one with each sheet
  const verdict = show.verdict;
  useEffect(() => {
    if (!name) return;
    const load = async () => {
      try {
        const answer = await fetch(`/api/cameras/${name}/presets`);
        if (answer.ok) setFound({ name, presets: (await answer.json()).presets });
      } catch {
        // that the link is lost is said elsewhere
      }
    };
    load();
    const later = setTimeout(load, 1200); // the picture of a preset comes a moment after it
    return () => clearTimeout(later);
  }, [name, order, verdict]);
  return found.name === name ? found.presets : [];
}

function Presets({ name, presets, chosen, recall }) {
  const [naming, setNaming] = useState(false);
  const one = presets.find((preset) => preset.name === chosen);
  const locked = presets.find((preset) => preset.locked)?.locked;
  const can = may("update") && show.role === "operate";
  const on = (verb) => ask(verb, { camera: name, preset: chosen, ...(isLive() && verb !== "undo" ? { live: true } : {}) });
  const add = (event) => {
    event.preventDefault();
    const { preset, number } = event.target.elements;
    ask("new preset", { camera: name, preset: preset.value.trim(), ...(number.value ? { number: Number(number.value) } : {}) });
    setNaming(false);
  };
  return html`<section class="presets panel" aria-label="Presets">
    <h2>Presets ${locked && html`<span class="locked" role="status">✗ ${locked}: nothing can be kept.</span>`}</h2>
    <div class="row acts" role="group" aria-label="Keep">
      <${Press} class="small" disabled=${!can || !one || one.locked} onPress=${() => on("update")}>Update${one ? ` ${one.name}` : ""}<//>
      <${Press} class="small" disabled=${!can || !one || one.locked} onPress=${() => on("undo")}>Undo<//>
      <${Press} class="small" disabled=${!can || !one || one.number === null} onPress=${() => on("store again")}>Store again<//>
      <${Press} class="small" disabled=${!can || locked} onPress=${() => setNaming(!naming)}>New …<//>
    </div>
    ${naming && html`<form class="row naming" onSubmit=${add}><label>Name <input name="preset" required maxlength="40" pattern="[A-Za-z_][A-Za-z0-9_]*" autofocus /></label>
      <label>Number in the camera <input name="number" type="number" min="0" max="254" placeholder="none" /></label><button class="small">Keep it</button></form>`}
    <ul>${presets.map((preset) => html`<li key=${preset.name}><${Press} class="preset" disabled=${!drives()} aria-pressed=${preset.name === chosen ? "true" : "false"} onPress=${() => recall(preset.name)}>
      ${preset.picture ? html`<img src=${`/api/cameras/${name}/presets/${preset.name}/picture.jpg?${preset.picture}`} alt="" width="160" height="90" />` : html`<span class="none">no picture yet</span>`}
      <span class="label">${preset.name}${preset.number === null ? "" : html` <span class="dim">${preset.number}</span>`}${preset.stale && html` <b class="stale">sheet only</b>`}</span><//></li>`)}</ul>
    ${presets.length === 0 && html`<p class="quiet">${name} has no presets.</p>`}
  </section>`;
}
