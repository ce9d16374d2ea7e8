// The operator's page, put together. Everything that it shows comes out of link.js.

import { Component, html, render, useCallback, useState } from "./vendor/htm-preact.js";
import { changed, connect, login, show, watch } from "./link.js";
import { Buttons, Help, Mistakes, Press, useKeys, Verdict } from "./desk.js";
import { at, Header, Lost } from "./head.js";
import { Running, Standby } from "./cues.js";
import { Cameras } from "./cameras.js";
import { Menu } from "./device.js";
import { Inputs, Untaken, untaken } from "./inputs.js";
import { Framing } from "./framing.js";
import { List } from "./list.js";
import { Lines } from "./lines.js";
import { Writing } from "./notes.js";
import { Multiview } from "./multiview.js";
import { Prompt } from "./prompt.js";
import { Switchers } from "./switchers.js";
import { Timeline } from "./timeline.js";
import { SHORT_VERDICTS } from "./words.js";

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

/** What the address shows: the desk, or a view to look at. */
const PAGES = { "/prompt": Prompt, "/cameras": Multiview, "/framing": Framing };

function Page() {
  const [open, setOpen] = useState(""); // "keys" or "menu": what lies over the page
  const toggle = useCallback(() => setOpen((one) => (one === "keys" ? "" : "keys")), []);
  const menu = useCallback(() => setOpen((one) => (one === "menu" ? "" : "menu")), []);
  const [about, setAbout] = useState("");
  const write = useCallback((cue) => (setAbout(typeof cue === "string" ? cue : ""), setOpen("notes")), []);
  const edit = useCallback((cue) => (setAbout(cue), setOpen("lines")), []);
  const inputs = useCallback(() => setOpen((one) => (one === "inputs" ? "" : "inputs")), []);
  const close = useCallback(() => setOpen(""), []);
  const closeMistakes = useCallback(() => ((show.reading = false), changed()), []);
  const closeAll = useCallback(() => (close(), closeMistakes()), []);
  const typed = useKeys(toggle, menu, write, closeAll, inputs);
  if (show.role === null) return html`<${Login} />`;
  if (!show.state) return html`<main class="waiting"><h1>cuelang</h1><p role="status">${show.since ? `No connection since ${at(show.since)}. Reconnecting …` : "Opening the show …"}</p></main>`;
  const View = PAGES[location.pathname] ?? Desk;
  return html`<div class=${`page ${show.up ? "" : "down"}`}>
    <${Header} toggle=${toggle} menu=${menu} />
    <${Lost} />
    <${View} typed=${typed} write=${write} edit=${edit} inputs=${inputs} />
    ${open === "inputs" && html`<${Inputs} close=${close} />`}
    ${open === "keys" && html`<${Help} close=${close} />`}
    ${open === "menu" && html`<${Menu} close=${close} keys=${toggle} />`}
    ${open === "lines" && html`<${Lines} cue=${about} close=${close} />`}
    ${open === "notes" && html`<${Writing} about=${about} close=${close} />`}
    ${show.reading && !open && html`<${Mistakes} close=${closeMistakes} />`}
  </div>`;
}

function Desk({ typed, write, edit, inputs }) {
  const [tab, setTab] = useState("cues");
  return html`<main class=${`tab-${tab}`}>
    <div class="left">
      <${Standby} />
      <div class="desk">
        <${Buttons} />
        <${Verdict} typed=${typed} />
      </div>
      <${Running} />
      <${Triggers} inputs=${inputs} />
    </div>
    <${List} write=${write} edit=${edit} />
    <div class="right">
      <${Timeline} />
      <${Switchers} />
      <${Cameras} />
      <${Notes} write=${write} />
    </div>
    <nav class="tabs" aria-label="What is shown">
      ${TABS.filter(([name]) => name !== "switchers" || show.state.order.switchers.length).map(([name, label]) => html`<${Press} class=${`small of-${name}`} aria-pressed=${tab === name ? "true" : "false"} onPress=${() => setTab(name)}>${label}<//>`)}
      <${Press} class="small seek" aria-label="Search the list" onPress=${() => (setTab("cues"), dispatchEvent(new Event("cuelang.search")))}><span aria-hidden="true">⌕</span><//>
    </nav>
  </main>`;
}

// --- what was asked and said -----------------------------------------------------------------------------------

const GOOD = { fired: "✓", duplicate: "=", window: "=", late: "!", refused: "✗", no_cue: "✗" };
const SIGNS = { note: "·", warning: "!", trouble: "✗" };

function Triggers({ inputs }) {
  const rows = [...show.state.triggers].reverse();
  const strange = untaken();
  return html`<section class="triggers panel" aria-label="Triggers">
    <h2>Triggers <${Press} class="write" aria-keyshortcuts="I" onPress=${inputs}>Inputs<//></h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Last triggers"><ul class="said-rows">${strange && html`<${Untaken} one=${strange} />`}${rows.map((one) => html`<li class=${one.verdict} key=${`${one.at_ms} ${one.source} ${one.request}`}>
      <time>${one.time}</time> <span class="sign"><span aria-hidden="true">${GOOD[one.verdict]} </span>${SHORT_VERDICTS[one.verdict]}</span>
      <b> ${one.request}</b> <span class="dim">${one.source}${(one.did || one.reason) && `: ${one.did || one.reason}`}</span></li>`)}</ul>
      ${rows.length === 0 && html`<p class="quiet">No requests yet.</p>`}</div>
  </section>`;
}

export function Notes({ write }) {
  const rows = [...show.state.notes].reverse();
  return html`<section class="notes panel" aria-label="Notes">
    <h2>Notes <${Press} class="write" aria-keyshortcuts="N" onPress=${write}>✎ Write<//></h2>
    <div class="scroll" tabindex="0" role="log" aria-label="Notes to the operator"><ul class="said-rows">${rows.map((one) => html`<li class=${one.kind} key=${`${one.at_ms} ${one.text}`}>
      <time>${one.time}</time> <span class="sign"><span aria-hidden="true">${SIGNS[one.kind]}</span><span class="sr">${one.kind}</span></span> ${one.cue && html`<b>${one.cue} </b>`}${one.text}</li>`)}</ul>
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
