// The operator's page, put together. Everything that it shows comes out of link.js.

import { Component, html, render, useCallback, useState } from "./vendor/htm-preact.js";
import { ask, changed, connect, elapsed, login, show, today, wall, watch } from "./link.js";
import { Buttons, Help, may, Mistakes, Press, useKeys, Verdict } from "./desk.js";
import { List, Running, Standby, useTick } from "./cues.js";
import { Cameras } from "./cameras.js";
import { Switchers } from "./switchers.js";
import { Timeline } from "./timeline.js";
import { age, span } from "./words.js";

class App extends Component {
  componentDidMount() {
    watch(() => this.setState({}));
    connect();
  }

  render() {
    document.title = title();
    return html`<${Page} />`;
  }
}

function title() {
  if (!show.state) return "cuelang";
  if (!show.up) return "✗ NO CONNECTION";
  return `${show.state.standby ?? "–"} · ${show.state.show.title}`;
}

const TABS = [["cues", "Cues"], ["cameras", "Cameras"], ["switchers", "Switcher"], ["said", "Notes"], ["timeline", "Timeline"]];

function Page() {
  const [help, setHelp] = useState(false);
  const [tab, setTab] = useState("cues");
  const toggle = useCallback(() => setHelp((on) => !on), []);
  const closeHelp = useCallback(() => setHelp(false), []);
  const closeMistakes = useCallback(() => ((show.reading = false), changed()), []);
  const closeAll = useCallback(() => (closeHelp(), closeMistakes()), []);
  const typed = useKeys(toggle, closeAll);
  if (show.role === null) return html`<${Login} />`;
  if (!show.state) return html`<main class="waiting"><h1>cuelang</h1><p role="status">${show.since ? `No connection since ${at(show.since)}. Reconnecting …` : "Opening the show …"}</p></main>`;
  return html`<div class=${`page ${show.up ? "" : "down"}`}>
    <${Header} toggle=${toggle} />
    <${Lost} />
    <main class=${`tab-${tab}`}>
      <div class="left">
        <${Standby} />
        <div class="desk">
          <${Buttons} />
          <${Verdict} typed=${typed} />
        </div>
        <${List} />
      </div>
      <div class="right">
        <div class="now"><${Running} /><${Timeline} /></div>
        <${Switchers} />
        <${Cameras} />
        <div class="said"><${Triggers} /><${Notes} /></div>
      </div>
      <nav class="tabs" aria-label="What is shown">
        ${TABS.filter(([name]) => name !== "switchers" || show.state.order.switchers.length).map(([name, label]) => html`<${Press} class=${`small of-${name}`} aria-pressed=${tab === name ? "true" : "false"} onPress=${() => setTab(name)}>${label}<//>`)}
      </nav>
    </main>
    ${help && html`<${Help} close=${closeHelp} />`}
    ${show.reading && !help && html`<${Mistakes} close=${closeMistakes} />`}
  </div>`;
}

const at = (date) => date.toTimeString().slice(0, 8);

// --- above -----------------------------------------------------------------------------------------------------

function Header({ toggle }) {
  const { state } = show;
  const wrong = state.mistakes.length;
  return html`<header>
    <div class="name">
      <h1>${state.show.title}</h1>
      ${state.stopping && html`<span class="badge bad">Ending…</span>`}
      ${wrong > 0 && html`<${Press} class="badge bad" onPress=${() => ((show.reading = !show.reading), changed())}>Reload: ${wrong} error${wrong === 1 ? "" : "s"}<//>`}
      ${state.show_mode && html`<span class="badge">Show mode</span>`}
      ${state.simulated && html`<span class="badge">Simulated</span>`}
      ${show.role === "view" && html`<span class="badge">Watching only</span>`}
      ${state.counts.troubles > 0 && html`<span class="badge bad">${state.counts.troubles} problem${state.counts.troubles === 1 ? "" : "s"}</span>`}
    </div>
    <${Next} />
    <${Clock} />
    <nav aria-label="Page">
      <${Press} class="small lock" disabled=${!show.up || show.role !== "operate"} onPress=${() => ask(state.show_mode ? "unlock" : "lock")}>${state.show_mode ? "Unlock" : "Lock"}<//>
      <${Press} class="small" disabled=${!may("reload")} aria-keyshortcuts="R" onPress=${() => ask("reload")}>Reload<//>
      <${Press} class="small" aria-keyshortcuts="?" aria-label="Keys" onPress=${toggle}>?<//>
    </nav>
  </header>`;
}

function Clock() {
  useTick(200);
  return html`<p class="clock"><span class="sr">Time of day </span><time>${wall()}</time> <span class="elapsed"><span class="sr">since the start </span>${span(elapsed())}</span></p>`;
}

function Next() {
  const next = show.state.next_firing;
  const skip = html`<${Press} class="small skip" disabled=${!next || !may("skip")} aria-keyshortcuts="K" onPress=${() => ask("skip")}>${next?.skipped ? "Unskip" : "Skip"}<//>`;
  if (!next) return html`<div class="upcoming"><p class="next">Nothing is scheduled</p>${skip}</div>`;
  const [day, time] = next.at.slice(0, 19).split("T");
  const title = next.cue && show.state.cues[next.cue]?.title;
  return html`<div class="upcoming"><p class=${next.skipped ? "next skipped" : "next"}>${next.skipped ? "Skipped" : "Next"} <b>${time}</b> ${day !== today() && html`<span class="day">${day === today(1) ? "tomorrow" : day}</span> `}<span class="what">${next.action} ${title}</span></p>${skip}</div>`;
}

function Lost() {
  if (show.up) return null;
  const since = show.since ?? new Date();
  const why = show.ended ? "The show has ended, or is restarting." : "No connection to the show";
  return html`<div class="lost" role="alert"><strong>${why}</strong> since ${at(since)} <span aria-hidden="true">(${age(Date.now() - since)})</span>.
    Last known state shown. GO is refused. Reconnecting…</div>`;
}

// --- what was asked and said -----------------------------------------------------------------------------------

const VERDICT_WORDS = { fired: "fired", duplicate: "duplicate", window: "too soon", late: "late", refused: "refused", no_cue: "no cue" };
const GOOD = { fired: "✓", duplicate: "=", window: "=", late: "!", refused: "✗", no_cue: "✗" };
const KINDS = { note: "·", warning: "!", trouble: "✗" };

function Triggers() {
  const rows = [...show.state.triggers].reverse();
  return html`<section class="triggers panel" aria-label="Triggers">
    <h2>Triggers</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Last triggers"><ul>${rows.map((one) => html`<li class=${one.verdict} key=${`${one.at_ms} ${one.source} ${one.request}`}>
      <time>${one.time}</time> <span class="sign"><span aria-hidden="true">${GOOD[one.verdict]} </span>${VERDICT_WORDS[one.verdict]}</span>
      <b> ${one.request}</b> <span class="dim">${one.source}${(one.did || one.reason) && `: ${one.did || one.reason}`}</span></li>`)}</ul>
      ${rows.length === 0 && html`<p class="quiet">No requests yet.</p>`}</div>
  </section>`;
}

function Notes() {
  const rows = [...show.state.notes].reverse();
  return html`<section class="notes panel" aria-label="Notes">
    <h2>Notes</h2>
    <div class="scroll" tabindex="0" role="log" aria-label="Notes to the operator"><ul>${rows.map((one) => html`<li class=${one.kind} key=${`${one.at_ms} ${one.text}`}>
      <time>${one.time}</time> <span class="sign"><span aria-hidden="true">${KINDS[one.kind]}</span><span class="sr">${one.kind}</span></span> ${one.cue && html`<b>${one.cue} </b>`}${one.text}</li>`)}</ul>
      ${rows.length === 0 && html`<p class="quiet">No notes yet.</p>`}</div>
  </section>`;
}

// --- coming in -------------------------------------------------------------------------------------------------

function Login() {
  const [said, say] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    const field = event.target.elements.pin;
    say("…");
    try {
      say(await login(field.value));
    } catch {
      say("The show does not respond. Try again.");
    }
    field.value = "";
    changed();
  };
  return html`<main class="waiting"><h1>cuelang</h1>
    <form onSubmit=${submit}><label>PIN <input name="pin" type="password" autocomplete="current-password" required autofocus /></label>
      <button>Sign in</button></form><p role="alert">${said}</p></main>`;
}

// Three hours without a touch are no reason for a tablet to go dark. Browsers allow it on loopback and over HTTPS only.
const stayAwake = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", stayAwake);
stayAwake();

const page = document.getElementById("page");
page.textContent = "";
render(html`<${App} />`, page);
