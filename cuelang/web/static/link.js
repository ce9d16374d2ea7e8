// The link to the show: one WebSocket, the state as the server tells it, and orders with their answers.
//
// The server numbers what it says. A number that is not the next one, a silence of three seconds or a closed socket
// all mean the same: this page no longer knows the show, says so, takes no GO, and asks again from the start.

import { kept } from "./kept.js";
import { VERBS, VERDICTS } from "./words.js";

const SILENCE = 3000;
const PATIENCE = 3000; // until an order counts as unanswered
const TRAVEL = 60_000; // the same where a camera goes somewhere first
const LOCK = 600; // GO stays locked for at least this long: so a double click is one GO
const TWICE = ". Second press ignored (too soon).";
const RESEND = 1500; // an order older than this is not sent again after a break: it would come as a surprise

export const show = {
  role: undefined, // undefined: not asked yet; null: a PIN is needed
  state: null,
  session: null,
  watching, // of early.js
  lockable: new Set(), // the verbs that show mode locks
  always: new Set(), // those that are sent each time
  up: false,
  ended: false,
  since: null, // Date of the last word heard, while the link is down
  pending: new Map(), // by verb and cue: the order that waits for its verdict
  locked: false, // GO was just pressed
  verdict: null, // {kind, text} of the last order of this page
  reading: false, // the errors of the last reload are open
  hands: {}, // by camera: what has become of the hands of this page
  question: null, // {fields, text, at}: what a locate will do if it is asked for once more
};

let socket = null;
let seq = 0;
let heard = 0;
let heardAt = null;
let showClock = { elapsed: 0, day: 0, at: 0 };
let retry = 0;
let timer = 0;

// --- whoever wants to know -------------------------------------------------------------------------------------

const watchers = new Set();
let drawing = false;

export function watch(callback) {
  watchers.add(callback);
  return () => watchers.delete(callback);
}

/** Draw with the next frame; `atOnce`: the first list is waited for. */
export function changed(atOnce = false) {
  if (drawing && !atOnce) return;
  drawing = true;
  const draw = () => {
    drawing = false;
    for (const callback of watchers) callback();
  };
  if (atOnce) draw();
  else if (document.hidden) setTimeout(draw, 200);
  else requestAnimationFrame(draw);
}

// --- the show's clock ------------------------------------------------------------------------------------------

const passed = () => (show.up ? performance.now() - showClock.at : 0);

export const elapsed = () => showClock.elapsed + passed();

export function wall() {
  const s = Math.floor((showClock.day + passed()) / 1000) % 86_400;
  return [s / 3600, (s / 60) % 60, s % 60].map((n) => String(Math.floor(n)).padStart(2, "0")).join(":");
}

/** The show's day, as in 2026-11-29; or the one after it. */
export const today = (more = 0) => new Date(Date.parse(showClock.date) + more * 86_400_000).toISOString().slice(0, 10);

/** How long it is until an instant of the show's clock, in ms. */
export const until = (at) => Date.parse(at) - showClock.instant - passed();

function setClock({ wall, elapsed_ms }) {
  const [hours, minutes, seconds] = wall.slice(11, 23).split(":").map(Number);
  showClock = { elapsed: elapsed_ms, instant: Date.parse(wall), date: wall.slice(0, 10), day: ((hours * 60 + minutes) * 60 + seconds) * 1000, at: performance.now() };
}

// --- connection ------------------------------------------------------------------------------------------------

export function connect() {
  clearTimeout(timer);
  open();
}

/** The socket was not opened: is the show away, or does it want to know first who is there? */
async function whoami() {
  try {
    const answer = await fetch("/api/me", { cache: "no-store", signal: AbortSignal.timeout(2000) });
    show.role = (await answer.json()).role ?? null;
  } catch {
    return lost();
  }
  if (show.role !== null) return lost();
  show.up = false;
  changed();
}

function open() {
  const was = early; // of early.js, for the first time
  early = null;
  const mine = was?.socket ?? new WebSocket(linkAddress());
  let opened = was?.opened ?? false;
  socket = mine;
  heard = performance.now();
  mine.onopen = () => (opened = true);
  mine.onmessage = ({ data }) => {
    if (mine !== socket) return;
    heard = performance.now();
    heardAt = new Date();
    hear(JSON.parse(data));
  };
  mine.onclose = ({ code }) => {
    if (mine !== socket) return;
    if (code === 1012) show.ended = true;
    socket = null;
    if (opened) lost();
    else whoami();
  };
  was?.heard.forEach(mine.onmessage);
  if (was?.closed) mine.onclose(was.closed);
}

function hear(message) {
  const first = show.state === null && message.type === "snapshot";
  switch (message.type) {
    case "hello":
      show.role = message.role;
      show.lockable = new Set(message.locked);
      show.always = new Set(message.always);
      if (show.session !== null && show.session !== message.session) giveUp("The show was restarted");
      show.session = message.session;
      break;
    case "snapshot":
      show.state = message.state;
      seq = message.seq;
      setClock(message.clock);
      arrived();
      break;
    case "delta":
      if (message.seq !== seq + 1) return socket.close();
      seq = message.seq;
      apply(message);
      setClock(message.clock);
      break;
    case "answer":
      answered(message);
      break;
    case "drive":
      show.hands = { ...show.hands, [message.camera]: message };
  }
  changed(first);
}

function apply({ set, rows }) {
  const state = { ...show.state, ...set };
  for (const [name, some] of Object.entries(rows)) {
    const table = (state[name] = { ...state[name] });
    for (const [id, row] of Object.entries(some)) {
      if (row === null) delete table[id];
      else table[id] = row;
    }
  }
  show.state = state;
}

function arrived() {
  show.up = true;
  show.ended = false;
  show.since = null;
  retry = 0;
  for (const order of show.pending.values()) {
    if (performance.now() - order.pressed < RESEND) send(order);
  }
}

function lost() {
  if (socket) {
    socket.onclose = null;
    socket.close();
    socket = null;
  }
  if (show.up || show.since === null) {
    const { elapsed_ms, day } = { elapsed_ms: elapsed(), day: showClock.day + passed() };
    showClock = { ...showClock, elapsed: elapsed_ms, instant: showClock.instant + passed(), day, at: performance.now() };
    show.since = heardAt ?? new Date();
    show.up = false;
  }
  clearTimeout(timer);
  timer = setTimeout(connect, Math.min(2000, 250 * 1.6 ** retry++));
  changed();
}

setInterval(() => {
  if (socket && performance.now() - heard > SILENCE) lost();
  for (const order of show.pending.values()) {
    if (performance.now() - order.pressed > (order.verb === "store again" ? TRAVEL : PATIENCE)) {
      settle(order, "bad", `No answer to ${order.said}: check the list before pressing again.`);
    }
  }
  if (!show.up) changed();
}, 250);

export async function login(pin) {
  const answer = await fetch("/api/login", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ pin }),
  });
  const said = await answer.json();
  if (answer.ok) return connect(), "";
  return said.error ? [said.error.message, said.error.hint].filter(Boolean).join(" ") : "Request failed.";
}

// --- orders ----------------------------------------------------------------------------------------------------

const ONCE_MORE = "; ask once more within 5 s";
const OPEN = 5000; // ms; for so long the show takes the second request
const SOON = 600; // ms; a second request before that is the second half of a double click

/** What is asked before the whole rig moves, while it can be answered. */
export function question() {
  const one = show.question;
  const age = one ? performance.now() - one.at : OPEN;
  return age < OPEN ? { ...one, early: age < SOON } : null;
}

/** The answer yes, or with `null` that nothing is to be done. */
export function answer(one) {
  if (one?.early) return;
  show.question = null;
  if (one) ask("locate", one.fields);
  changed();
}

export function ask(verb, fields = {}) {
  const said = [VERBS[verb] ?? verb, fields.cue ?? fields.key ?? fields.source ?? fields.preset ?? fields.text ?? (fields.releases ? null : fields.expect)].filter(Boolean).join(" ");
  if (!show.up) return refuse(`${said} refused: no connection to the show.`);
  if (show.role !== "operate") return refuse(`${said} refused: this page may only watch.`);
  const name = [verb, fields.cue ?? fields.key ?? fields.source ?? "", fields.switcher ?? fields.camera ?? "", fields.preset ?? fields.text ?? ""].join(" ");
  if (!show.always.has(verb)) {
    if (verb === "go" && !fields.cue && show.locked) return pressedTwice();
    if (show.pending.has(name)) return;
  }
  const who = kept("name");
  if (who) fields = { ...fields, who };
  const order = { verb, fields, said, name, id: key(), pressed: performance.now() };
  if (verb === "go") {
    show.locked = true;
    setTimeout(unlock, LOCK);
  }
  show.pending.set(name, order);
  send(order);
  changed();
}

const key = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

function send({ verb, fields, id }) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ type: "do", id, verb, session: show.session, ...fields }));
}

/** A hand on a camera. It is not an order: it is repeated, and has no verdict. */
export function drive(fields) {
  if (socket?.readyState !== WebSocket.OPEN || show.role !== "operate") return;
  const who = kept("name");
  socket.send(JSON.stringify({ type: "drive", ...(who ? { who } : {}), ...fields }));
}

const GOES = (order) => order.verb === "go";

/** A second press is not sent, and not swallowed without a word either. */
function pressedTwice() {
  const order = [...show.pending.values()].find(GOES);
  if (order) order.twice = true;
  else if (!show.verdict?.text.endsWith(TWICE)) show.verdict.text += TWICE;
  changed();
}

function unlock() {
  if ([...show.pending.values()].some(GOES)) return setTimeout(unlock, 50);
  show.locked = false;
  changed();
}

function answered({ id, verdict, reason, did, mistakes, error }) {
  const order = [...show.pending.values()].find((one) => one.id === id);
  if (!order) return;
  if (error) return settle(order, "bad", `${order.said} refused: ${[error.message, error.hint].filter(Boolean).join(" ")}`);
  if (mistakes?.length) show.reading = true;
  if (order.verb === "locate" && reason?.endsWith(ONCE_MORE)) {
    const text = reason.slice(0, -ONCE_MORE.length);
    show.question = { fields: order.fields, text, at: performance.now() };
    return settle(order, "asks", text);
  }
  if (verdict === "fired") settle(order, did?.startsWith("not sent") ? "bad" : "good", did ? did[0].toUpperCase() + did.slice(1) : `${order.said}: done`);
  else settle(order, "bad", `${order.said} ${VERDICTS[verdict] ?? verdict}${reason ? `: ${reason}` : ""}`);
}

function settle(order, kind, text) {
  show.pending.delete(order.name);
  show.verdict = { kind, text: order.twice ? text + TWICE : text, at: performance.now() };
  changed();
}

function refuse(text) {
  show.verdict = { kind: "bad", text, at: performance.now() };
  changed();
}

function giveUp(why) {
  for (const order of show.pending.values()) settle(order, "bad", `${order.said}: no verdict. ${why}.`);
}
