// The cue that stands by, and what is running.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { answer, ask, elapsed, question, show } from "./link.js";
import { may, Press } from "./desk.js";
import { Air, Asked, Brief } from "./switchers.js";
import { clock, countdown, short } from "./words.js";

/** Draws again ten times a second, or as often as said. */
export function useTick(every = 100) {
  const [, draw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || draw((n) => n + 1), every);
    return () => clearInterval(timer);
  }, [every]);
}

export const ran = (run) => Math.max(0, run.paused ? run.elapsed_ms : elapsed() - run.zero_ms);

/** Which of two machines leads; large, when that one is silent or may send nothing. */
function Behind() {
  const { behind, followers } = show.state;
  if (!behind) return followers.length ? html`<p class="behind" role="status"><span>Leads, followed by ${followers.join(", ")}</span></p>` : null;
  const loud = behind.stuck || behind.silent_s !== null;
  return html`<p class=${loud ? "alarm behind silent" : "behind"} role=${loud ? "alert" : "status"}>
    <span>${stands(behind)}</span>
    <${Press} class="small takeover" disabled=${!may("takeover")} onPress=${() => ask("takeover")}>${offer(behind)}<//>
  </p>`;
}

function stands(behind) {
  if (behind.stuck) return `Nothing is sent: no majority of the servers, no word of ${behind.of}`;
  return behind.silent_s === null ? `Behind ${behind.of}: this machine sends nothing` : `${behind.of} is silent (${behind.silent_s} s)`;
}

function offer(behind) {
  if (behind.stuck) return "Continue alone";
  return behind.asked && behind.silent_s === null ? "Take over: press again" : "Take over";
}

export function Standby() {
  const { cues, standby, go: will, follows } = show.state;
  const cue = standby === null ? null : cues[standby];
  const releases = will.does === "releases";
  const then = releases && will.then !== null ? cues[will.then]?.title : "";
  const long = (cue?.standby_text ?? "").length + (cue?.title ?? "").length > 150;
  return html`<section class=${`standby panel ${long ? "long" : ""}`} aria-label="Standby" tabindex="0">
    <${Alarms} />
    <${Question} />
    <h2 class="tag">${releases ? "Waits for GO" : "Standby"}<${Air} /></h2>
    <${Brief} />
    <div aria-live="polite" aria-atomic="true">
      ${releases
        ? html`<p class="cue goes">${will.label.slice(5)}</p><p class="then">${will.after} ${then}</p>`
        : cue
          ? html`<p class="cue"><span class="number">${cue.number}</span> ${cue.title}</p>
              ${will.does === "nothing" && html`<p class="refused">${will.after}</p>`}`
          : html`<p class="cue">End of the list</p><p class="text">Nothing left to fire.</p>`}
    </div>
    ${Object.values(follows).map((one) => !one.paused && html`<${Coming} key=${one.run} follow=${one} />`)}
    <${Timing} />
    ${cue?.standby_text && html`<p class="text">${cue.standby_text}</p>`}
    ${cue && html`<${Warnings} cue=${cue} />`}
  </section>`;
}

/** What nobody may overlook: a PANIC, alarms, the cut that is asked for. */
export function Alarms() {
  const { panic } = show.state;
  return html`${panic && html`<p class="alarm" role="status">PANIC at ${panic.time} by ${panic.source}: nothing fired since.</p>`}<${Asked} /><${Behind} />`;
}

/** What a locate will do, before it does it. */
function Question() {
  useTick(100);
  const one = question();
  if (!one) return null;
  const { cue, at, go: fires } = one.fields;
  return html`<div class="prompt asks" role="status"><b>${one.text}</b>
    <${Press} class="small" disabled=${one.early || !may("locate")} onPress=${() => answer(one)}>Set up for cue ${cue}${at && ` at ${short(Number.parseFloat(at))}`}${fires && " and GO"}<//>
    <${Press} class="small" onPress=${() => answer(null)}>No<//></div>`;
}

/** Late or early against the rehearsal, and when this cue came there. */
export function Timing() {
  useTick(500);
  const { timing } = show.state;
  if (!timing || (timing.late_ms === null && timing.due_ms === null)) return null;
  const { name, late_ms, due_ms } = timing;
  const due = due_ms === null ? null : due_ms - elapsed();
  const late = Math.abs(late_ms ?? 0) < 1000 ? "as rehearsed" : `${clock(Math.abs(late_ms))} ${late_ms > 0 ? "late" : "early"}`;
  return html`<p class="timing" title=${`against ${name}`}>${late_ms !== null && html`<b>${late}</b>`}${due !== null && html` · this cue ${due > 0 ? html`in <b>${countdown(due)}</b> as rehearsed` : html`was due <b>${clock(-due)}</b> ago`}`}</p>`;
}

export function Coming({ follow }) {
  useTick(200);
  return html`<p class="coming"><b>${follow.next}</b> follows in <b>${countdown(follow.due_ms - elapsed())}</b></p>`;
}

export function Warnings({ cue }) {
  if (!cue.warnings.length) return null;
  return html`<ul class="warnings" aria-label=${`Warnings of cue ${cue.number}`}>
    ${cue.warnings.map((text) => html`<li><span aria-hidden="true">⚠ </span>${text}</li>`)}
  </ul>`;
}

// --- running ---------------------------------------------------------------------------------------------------

export function Running() {
  const { running, follows } = show.state;
  // Each stays where it is until it is over; one that is done and counts down to the next keeps its place.
  const rows = [...Object.values(running), ...Object.values(follows)].sort((a, b) => a.run - b.run);
  const held = rows.filter((one) => one.paused).length;
  const count = rows.length > 1 ? ` ${rows.length}${held ? `, ${held} paused` : ""}` : "";
  return html`<section class=${`runs panel ${count ? "several" : ""}`} aria-label="Running">
    <h2>Running${count}</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Running cues">
      ${rows.length
        ? html`<ul>${rows.map((one) => (one.next ? html`<${Follow} key=${one.run} follow=${one} />` : html`<${Run} key=${one.run} run=${one} />`))}</ul>`
        : html`<p class="quiet">Nothing is running.</p>`}
    </div>
  </section>`;
}

/** `waits for go`, `waits for 19:30:00 in 0:17`, `waits for osc /ready, 0:20 at most`. */
function waiting(run) {
  const said = run.waits.map((wait) => {
    const left = wait.left_ms ?? (wait.until_ms ?? wait.limit_ms ?? NaN) - elapsed();
    if (Number.isNaN(left)) return wait.what;
    return wait.for === "time" ? `${wait.what} in ${countdown(left)}` : `${wait.what}, ${countdown(left)} at most`;
  });
  return `waits for ${said.join(", ")}`;
}

export const left = (run) => (run.duration_ms === null ? null : run.duration_ms + run.waited_ms - ran(run));

function Run({ run }) {
  useTick();
  const rest = left(run);
  const name = run.cue ? `cue ${run.cue}` : "a statement";
  const waits = run.waits.length > 0;
  const time = waits ? short(ran(run)) : rest === null ? `${short(ran(run))}${run.cue ? ", no end" : ""}` : rest > 0 ? `−${short(rest)}` : `+${short(-rest)}`;
  const doing = waits ? waiting(run) : run.doing ? `${run.doing} under way` : "";
  const then = run.then && `then ${run.then} follows`;
  const part = run.duration_ms ? Math.max(0, Math.min(1, (ran(run) - (run.waited_ms ?? 0)) / run.duration_ms)) : 1;
  return html`<li class=${run.paused ? "run held" : "run"}>
    <p class="what"><span aria-hidden="true">${run.paused ? "‖" : "▶"}</span> <b>${run.cue}</b> ${run.title || (run.cue ? "" : "Statement")}</p>
    <p class="time">${time}</p>
    <progress max="1" value=${waits || run.duration_ms === null ? null : part} aria-label=${`Progress of ${name}`}></progress>
    <p class=${waits ? "doing waits" : "doing"}>${[run.paused && "paused", doing, then].filter(Boolean).join(", ")}</p>
    <${Holds} cue=${run.cue} paused=${run.paused} name=${name} />
  </li>`;
}

function Follow({ follow }) {
  useTick(200);
  const rest = follow.paused ? follow.left_ms : follow.due_ms - elapsed();
  return html`<li class=${follow.paused ? "run held follow" : "run follow"}>
    <p class="what"><span aria-hidden="true">${follow.paused ? "‖" : "→"}</span> <b>${follow.next}</b> ${follow.next_title}</p>
    <p class="time">${countdown(rest)}</p>
    <progress max="1" value="1" aria-hidden="true"></progress>
    <p class="doing waits">${follow.paused ? "paused: follows" : "follows"} in ${countdown(rest)} after cue ${follow.cue}</p>
    <${Holds} cue=${follow.cue} paused=${follow.paused} name=${`the follow of cue ${follow.cue}`} />
  </li>`;
}

function Holds({ cue, paused, name }) {
  const which = cue ? { cue } : {};
  return html`<div class="presses">
    <${Press} class="small" disabled=${!may("pause")} aria-label=${`${paused ? "Resume" : "Pause"} ${name}`}
      onPress=${() => ask(paused ? "resume" : "pause", which)}><span aria-hidden="true">${paused ? "▶" : "‖"}</span><//>
    <${Press} class="small" disabled=${!may("stop")} aria-label=${`Stop ${name}`} onPress=${() => ask("stop", which)}><span aria-hidden="true">■</span><//>
  </div>`;
}
