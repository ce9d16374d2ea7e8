// A bus for each switcher: what is on program and on preview, and the buttons to cut and mix.

import { html, useState } from "./vendor/htm-preact.js";
import { ask, elapsed, show } from "./link.js";
import { may, Press } from "./desk.js";
import { Picture } from "./cameras.js";
import { useTick } from "./cues.js";
import { age, clock } from "./words.js";

const LENGTHS = [0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 8, 10, 15, 20]; // seconds

export function Switchers() {
  const { order, switchers, air } = show.state;
  if (!order.switchers.length) return null;
  const several = order.switchers.length > 1;
  return html`<section class="switchers panel" aria-label="Switchers">
    <div class="scroll" tabindex="0" role="group" aria-label="Buses">
      ${order.switchers.map((name) => html`<${Bus} key=${name} switcher=${switchers[name]} on=${several ? { switcher: name } : {}} />`)}
      <div class="modes" role="group" aria-label="Air">
        <${Mode} on=${air.off_air} label="Off air" start="off air" end="on air" />
        <${Mode} on=${air.cutting === "hand"} label="Cut by hand" start="cutting by hand" end="cutting by sheet" />
        <${Mode} on=${air.lamps_off} label="Lamps off" start="lamps off" end="lamps on" />
      </div>
    </div>
  </section>`;
}

function Mode({ on, label, start, end }) {
  const verb = on ? end : start;
  return html`<${Press} class="small" aria-pressed=${on ? "true" : "false"} disabled=${!may(verb)} onPress=${() => ask(verb)}>${label}<//>`;
}

/** The words that every screen shows while they are so, and what somebody who cuts by hand is to do. */
export function Air() {
  const { off_air, cutting, lamps_off } = show.state.air;
  const words = [off_air && "OFF AIR", cutting === "hand" && "CUTTING BY HAND", lamps_off && "LAMPS OFF"].filter(Boolean);
  return words.map((word) => html` <strong class=${word === "OFF AIR" ? "air big" : "air"}>${word}</strong>`);
}

export function Asked() {
  useTick(500);
  const { air, alarms } = show.state;
  return html`${alarms.map((one) => html`<p class="alarm" role="status" key=${`${one.at_ms} ${one.text}`}><span class="told" tabindex="0">${one.time} ${one.text}</span>
      <${Press} class="small seen" disabled=${!may("seen")} onPress=${() => ask("seen")}>Seen<//></p>`)}
    ${air.prompts.length > 0 && html`<${Prompts} prompts=${air.prompts} />`}`;
}

/** What somebody who cuts by hand is to do: the first thing large, then the others in their order. */
function Prompts({ prompts: [first, ...more] }) {
  const several = show.state.order.switchers.length > 1;
  const named = ({ text, switcher }) => (several ? `${text} on ${switcher}` : text);
  return html`<div class="prompt" role="status"><b>${named(first)}</b>
    <span>${first.cue && `cue ${first.cue}, `}${clock(elapsed() - first.since_ms)} ago</span>
    ${more.length > 0 && html`<span class="then">then ${more.map(named).join(", ")}</span>`}
    <${Press} class="small" disabled=${!may("done")} onPress=${() => ask("done")}>Done<//></div>`;
}

/** A line for each, for a small page on which the buses are behind a tab. */
export function Brief() {
  const { order, switchers } = show.state;
  return order.switchers.map((name) => html`<p class="brief" key=${name}>
    ${order.switchers.length > 1 && html`<b>${name}</b>`}
    ${switchers[name].link !== "connected" && html`<${SwitcherLink} switcher=${switchers[name]} />`}
    <${Says} switcher=${switchers[name]} cuts=${coming(name)} /><${Outputs} switcher=${switchers[name]} brief /></p>`);
}

const coming = (name) => show.state.go.cuts.filter((cut) => cut.switcher === name);

function Bus({ switcher, on }) {
  const [over, setOver] = useState(1);
  const cuts = coming(switcher.name);
  const lost = switcher.link !== "connected";
  const [style, setStyle] = useState("");
  const mixes = (verb) => ask(verb, verb === "auto" ? { ...on, over, ...(style && { with: style }) } : on);
  const chosen = (set) => (event) => (set(event.target.value), event.target.blur());
  return html`<article class=${`bus ${lost ? "away" : ""}`} data-switcher=${switcher.name} aria-label=${`Switcher ${switcher.name}`}>
    <header>
      <h3 title=${[switcher.name, switcher.model, switcher.url].filter(Boolean).join(" · ")}>${switcher.name}</h3>
      <${SwitcherLink} switcher=${switcher} />
      <${Outputs} switcher=${switcher} on=${on} />
    </header>
    <p class="says"><${Says} switcher=${switcher} cuts=${cuts} /></p>
    <${Screen} switcher=${switcher} bus="program" />
    <${Screen} switcher=${switcher} bus="preview" />
    <div class="rows" tabindex="0" role="group" aria-label=${`Buttons of ${switcher.name}`}>
      <div class="names" aria-hidden="true"><span class="pgm">PGM</span><span class="pvw">PVW</span></div>
      ${switcher.sources.map((source) => html`<div class="column" key=${source.name}>
        <${Source} switcher=${switcher} source=${source} bus="program" on=${on} coming=${cuts.some((cut) => cut.source === source.name)} />
        <${Source} switcher=${switcher} source=${source} bus="preview" on=${on} />
      </div>`)}
      ${switcher.sources.length === 0 && html`<p class="quiet">The sheet names no sources.</p>`}
    </div>
    <div class="mix">
      <${Press} class="cut" disabled=${!may("take")} aria-label=${`CUT ${switcher.name}`} onPress=${() => mixes("take")}>CUT<//>
      <${Press} class="auto" disabled=${!may("auto")} aria-label=${`AUTO ${switcher.name}`} onPress=${() => mixes("auto")}>AUTO<//>
      <label><span class="sr">Length of AUTO</span><select class="length" value=${over} onChange=${chosen((length) => setOver(Number(length)))}>
        ${LENGTHS.map((length) => html`<option value=${length}>${length} s</option>`)}</select></label>
      <label><span class="sr">Transition of AUTO</span><select class="style" value=${style} onChange=${chosen(setStyle)}>
        <option value="">mix</option>${switcher.transitions.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
    </div>
  </article>`;
}

function Source({ switcher, source, bus, on, coming }) {
  const named = switcher[bus] === source.name;
  // During a transition both are on program; what is only seen inside another source is marked less.
  const lit = named || (bus === "program" && source.bus === "program" && switcher.transition);
  const inside = (one) => one !== source && one.bus === bus && source.cameras.every((name) => one.cameras.includes(name));
  const seen = !lit && (source.bus === bus || (source.cameras.length > 0 && switcher.sources.some(inside)));
  const said = bus === "program" ? `Cut to ${source.name}` : `Preview ${source.name}`;
  const state = lit ? `, on ${bus}` : seen ? `, seen on ${bus}` : "";
  return html`<${Press} class=${`source ${bus} ${lit ? "lit" : seen ? "seen" : ""} ${coming ? "coming" : ""}`} aria-pressed=${lit ? "true" : "false"}
    aria-label=${`${said}${state}`} title=${`${source.name}: ${source.label}${source.cameras.length ? ` (${source.cameras.join(", ")})` : ""}`}
    disabled=${!may("cut")} onPress=${() => ask(bus === "program" ? "cut" : "preview", { source: source.name, ...on })}>
    <b>${source.name}</b>${source.label !== source.name && html`<small>${source.label}</small>`}<//>`;
}

function SwitcherLink({ switcher }) {
  useTick(1000);
  if (switcher.link === "connected") return html`<span class="link">ok</span>`;
  const since = switcher.heard_ms === null ? "" : ` ${age(elapsed() - switcher.heard_ms)}`;
  return html`<span class="link lost">LOST${since}${switcher.error && `: ${switcher.error}`}</span>`;
}

const OUTPUTS = { stream: ["STREAM", "stream"], record: ["REC", "recording"] };
const REPEAT = 10_000; // the show takes a second request to stop a stream for so long

/** Stream and recording: whether they run and for how long. With `on` they are buttons, which start and stop them. */
function Outputs({ switcher, brief, on }) {
  useTick(1000);
  const [asked, setAsked] = useState(0);
  return html`<span class="outputs">${Object.entries(OUTPUTS).map(([name, [word, what]]) => {
    const output = switcher.outputs[name];
    if (!output) return null;
    const since = output.since_ms === null ? "" : ` ${clock(elapsed() - output.since_ms)}`;
    if (brief) return output.on && html`<span class="runs-on" key=${name}>● ${word}${since}</span>`;
    const verb = `${name} ${output.on ? "stop" : "start"}`;
    const twice = verb === "stream stop";
    const again = twice && performance.now() - asked < REPEAT && asked > 0;
    const press = () => (twice && setAsked(again ? 0 : performance.now()), ask(verb, on));
    const label = `${output.on ? "Stop" : "Start"} ${what} of ${switcher.name}`;
    return html`<${Press} key=${name} class=${`small ${output.on ? "runs-on" : ""}`} aria-label=${again ? `${label}: press again` : label}
      disabled=${!may("take")} onPress=${press}>${again ? "Stop stream?" : output.on ? `● ${word}${since}` : `Start ${what}`}<//>`;
  })}</span>`;
}

function Says({ switcher, cuts }) {
  useTick(100);
  const { program, preview, cut_by, cut_ms, no_air, transition } = switcher;
  const by = cut_by && cut_ms !== null ? `, ${cut_by} ${clock(elapsed() - cut_ms)} ago` : "";
  return html`<span class="on-pgm"><b>${program ?? "–"}</b><span>${by}${transition ? ", in transition" : ""}</span></span>
    ${preview !== null && html`<span class="on-pvw"><b>${preview}</b><span>${there(switcher)}</span></span>`}
    ${cuts.map((cut) => html`<span class="will">${going()}: ${words(cut)}</span>`)}
    ${no_air && html`<span class="quiet">not on air</span>`}`;
}

/** By hand, GO cuts nothing: it asks for the cut. */
const going = () => (show.state.air.cutting === "hand" ? "GO asks" : "GO");

/** `, there` or `, there in 2.1 s`: when the cameras of what is on preview stand. */
function there({ preview, sources }) {
  const source = sources.find((one) => one.name === preview);
  if (!source?.cameras.length) return "";
  if (source.there_ms === null) return ", arrival unknown";
  const left = source.there_ms === 0 ? 0 : source.there_ms - elapsed();
  return left > 0 ? `, there in ${(Math.ceil(left / 100) / 10).toFixed(1)} s` : ", there";
}

const words = ({ action, source, at_ms }) => {
  const what = { cut: "cut to", dissolve: "dissolve to" }[action] ?? action;
  return `${what} ${source ?? "what is on preview"}${at_ms ? ` after ${(at_ms / 1000).toFixed(1)} s` : ""}`;
};

function Screen({ switcher, bus }) {
  const name = switcher[bus];
  const source = switcher.sources.find((one) => one.name === name);
  // A simulated switcher has pictures. Of another one, only what is a camera alone can be shown.
  const mixed = bus === "program" && switcher.transition;
  const alone = source?.cameras.length === 1 && source.cameras[0] === source.name;
  const url = switcher.pictures ? (mixed || source?.cameras.length) && switcher.pictures[bus]
    : alone && show.state.cameras[name]?.picture;
  return html`<figure class=${`screen ${bus}`}>
    ${url ? html`<${Picture} key=${url} url=${url} alt=${`What ${name} sees`} of=${name} often=${mixed} />`
      : html`<span class=${source ? "none card" : "none"}>${name ?? "–"}</span>`}
    <figcaption><span aria-hidden="true">${bus === "program" ? "PGM" : "PVW"}</span><span class="sr">on ${bus}: ${name ?? "unknown"}</span></figcaption>
  </figure>`;
}
