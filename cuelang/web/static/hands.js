// What hands on this page do to a camera: pointers, keys and gamepads become one deflection, said 20 times a second at
// most, and every 100 ms while it holds. The server stops a camera after 300 ms without a word.

import { drive, show } from "./link.js";
import { kept } from "./kept.js";

export const TELL = 50;
const AGAIN = 100;
const AXES = ["pan", "tilt", "zoom", "focus"];
const DEAD = 0.12; // of a stick, around its centre
const CURVE = 2.2; // a slow start

export const SPEEDS = [["0.15", "Slow"], ["", "Normal"], ["1", "Fast"]];

const sources = new Map(); // "pad", "keys", "gamepad" …: its deflection, while it is not at rest
let camera = null;
let live = false;
let take = false;
let said = "";
let saidAt = 0;
let moving = false;

/** From now on hands are on this camera. The one before is let go. */
export function hold(name) {
  if (name === camera) return;
  sources.clear();
  say();
  camera = name;
  said = "";
}

export function deflect(source, axes) {
  if (axes === null || AXES.every((axis) => !axes[axis])) sources.delete(source);
  else sources.set(source, axes);
  say();
}

export const isLive = () => live;

export function setLive(on) {
  live = on;
  say();
}

/** Take the camera from the person who drives it: the next deflection does it. */
export function takeOver() {
  take = true;
  drive({ camera, take: true, ...(live ? { live } : {}) });
}

function wanted() {
  const sum = {};
  for (const axes of sources.values()) {
    for (const axis of AXES) if (axes[axis]) sum[axis] = Math.max(-1, Math.min(1, (sum[axis] ?? 0) + axes[axis]));
  }
  return sum;
}

function say() {
  if (camera === null || !show.up) return;
  const axes = wanted();
  const moves = Object.keys(axes).length > 0;
  if (!moves && !moving) return;
  const now = performance.now();
  const speed = [...sources.values()].find((one) => one.speed)?.speed ?? kept("speed");
  const message = { camera, ...axes, ...(speed ? { speed: Number(speed) } : {}), ...(live ? { live } : {}), ...(take ? { take } : {}) };
  const text = JSON.stringify(message);
  if (moves && (now - saidAt < TELL || (text === said && now - saidAt < AGAIN))) return;
  drive(message); // rest is sent at once
  [said, saidAt, moving, take] = [text, now, moves, false];
}

setInterval(say, TELL);
addEventListener("blur", () => (sources.clear(), setLive(false)));
document.addEventListener("visibilitychange", () => document.hidden && (sources.clear(), say()));

// --- keys ------------------------------------------------------------------------------------------------------

export const DRIVE_KEYS = {
  ArrowLeft: ["pan", -1], ArrowRight: ["pan", 1], ArrowUp: ["tilt", 1], ArrowDown: ["tilt", -1],
  PageUp: ["zoom", 1], PageDown: ["zoom", -1], "+": ["zoom", 1], "-": ["zoom", -1], ",": ["focus", -1], ".": ["focus", 1],
};
const held = new Map();

function keyed(shift) {
  const axes = {};
  for (const [axis, way] of held.values()) axes[axis] = (axes[axis] ?? 0) + way * 0.6;
  deflect("keys", held.size ? { ...axes, ...(shift ? { speed: "0.15" } : {}) } : null);
}

export function keyDown(event) {
  if (!DRIVE_KEYS[event.key]) return false;
  held.set(event.code, DRIVE_KEYS[event.key]);
  keyed(event.shiftKey);
  return true;
}

export function keyUp(event) {
  if (event.key === "Shift" && held.size) keyed(false);
  if (held.delete(event.code)) keyed(event.shiftKey);
}

addEventListener("blur", () => held.clear());

// --- gamepads --------------------------------------------------------------------------------------------------

const curved = (value) => {
  const size = Math.abs(value ?? 0);
  return size < DEAD ? 0 : Math.sign(value) * ((size - DEAD) / (1 - DEAD)) ** CURVE;
};

let pressed = new Set();

/** Left stick: pan and tilt; right stick: zoom; triggers: focus. `onButton` gets the number of one that was pressed. */
export function watchGamepads(onButton) {
  let next = 0;
  const look = () => {
    next = requestAnimationFrame(look);
    const pads = [...(navigator.getGamepads?.() ?? [])].filter(Boolean);
    const axes = { pan: 0, tilt: 0, zoom: 0, focus: 0 };
    const down = new Set();
    for (const pad of pads) {
      axes.pan += curved(pad.axes[0]);
      axes.tilt -= curved(pad.axes[1]);
      axes.zoom -= curved(pad.axes[3]);
      axes.focus += curved(pad.buttons[7]?.value) - curved(pad.buttons[6]?.value);
      pad.buttons.forEach((button, number) => button.pressed && down.add(number));
    }
    for (const number of down) if (!pressed.has(number)) onButton(number, true);
    for (const number of pressed) if (!down.has(number)) onButton(number, false);
    pressed = down;
    deflect("gamepad", axes);
  };
  look();
  return () => (cancelAnimationFrame(next), deflect("gamepad", null));
}
