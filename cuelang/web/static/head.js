// The top line of every view: the show, what is scheduled next, the clock; and the word that the show cannot be heard.

import { html } from "./vendor/htm-preact.js";
import { ask, changed, elapsed, show, today, until, wall } from "./link.js";
import { may, Press } from "./desk.js";
import { keep, kept } from "./kept.js";
import { useTick } from "./cues.js";
import { age, countdown, ofDay, span } from "./words.js";

export const at = (date) => date.toTimeString().slice(0, 8);

export function Header({ toggle, menu }) {
  const { state } = show;
  const wrong = state.mistakes.length;
  return html`<header>
    <div class="name">
      <h1>${state.show.title}</h1>
      ${state.stopping && html`<span class="badge bad">Ending…</span>`}
      ${wrong > 0 && html`<${Press} class="badge bad" onPress=${() => ((show.reading = !show.reading), changed())}>Reload: ${wrong} error${wrong === 1 ? "" : "s"}<//>`}
      ${state.show_mode && html`<span class="badge">Show mode</span>`}
      ${state.inputs.some((one) => one.muted) && html`<span class="badge bad">Muted: ${state.inputs.filter((one) => one.muted).map((one) => one.name).join(", ")}</span>`}
      ${state.simulated && html`<span class="badge">Simulated</span>`}
      ${show.role === "view" && html`<span class="badge">Watching only</span>`}
      ${show.role === "operate" && !kept("name") && !kept("asked") && html`<${Press} class="badge who" onPress=${() => (keep("asked", "yes"), menu())}>Your name?<//>`}
      ${state.counts.troubles > 0 && html`<span class="badge bad">${state.counts.troubles} problem${state.counts.troubles === 1 ? "" : "s"}</span>`}
    </div>
    <${Next} />
    <${Clock} />
    <nav aria-label="Page">
      <${Press} class="small lock" disabled=${!show.up || show.role !== "operate"} onPress=${() => ask(state.show_mode ? "unlock" : "lock")}>${state.show_mode ? "Unlock" : "Lock"}<//>
      <${Press} class="small reload" disabled=${!may("reload")} aria-keyshortcuts="R" onPress=${() => ask("reload")}>Reload<//>
      <${Press} class="small keys" aria-keyshortcuts="?" aria-label="Keys" onPress=${toggle}>?<//>
      <${Press} class="small menu" aria-keyshortcuts="M" aria-label="Menu" onPress=${menu}><span aria-hidden="true">☰</span><//>
    </nav>
  </header>`;
}

export function Clock() {
  useTick(200);
  return html`<p class="clock"><span class="sr">Time of day </span><time>${wall()}</time> <span class="elapsed"><span class="sr">since the start </span>${span(elapsed())}</span></p>`;
}

const DAY = 86_400_000;

export function Next() {
  useTick(1000);
  const next = show.state.next_firing;
  const skip = html`<${Press} class="small skip" disabled=${!next || !may("skip")} aria-keyshortcuts="K" onPress=${() => ask("skip")}>${next?.skipped ? "Unskip" : "Skip"}<//>`;
  if (!next) return html`<div class="upcoming"><p class="next">Nothing is scheduled</p>${skip}</div>`;
  const [day, time] = [next.at.slice(0, 10), ofDay(next.at)];
  const title = (next.cue && show.state.cues[next.cue]?.title) ?? "";
  const left = until(next.at);
  const when = left < DAY ? html` in <b>${countdown(left)}</b>` : html` <b>${time}</b> <span class="day">${day === today(1) ? "tomorrow" : day}</span>`;
  return html`<div class="upcoming"><p class=${next.skipped ? "next skipped" : "next"} title=${next.at.slice(0, 19).replace("T", " ")}>${next.skipped ? "Skipped" : "Next"}${when} <span class="what">${left < DAY && title ? html`${title} <span class="by">(${next.action}, ${time})</span>` : html`${next.action} ${title}`}</span></p>${skip}</div>`;
}

export function Lost() {
  if (show.up) return null;
  const since = show.since ?? new Date();
  const why = show.ended ? "The show has ended, or is restarting." : "No connection to the show";
  return html`<div class="lost" role="alert"><strong>${why}</strong> since ${at(since)} <span aria-hidden="true">(${age(Date.now() - since)})</span>.
    Last known state shown. GO is refused. Reconnecting…</div>`;
}

