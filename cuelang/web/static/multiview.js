// All cameras at once, for a wall or a tablet: the picture, what is on air, and what each is doing.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { show } from "./link.js";
import { Link, Picture, Tally } from "./cameras.js";

const GAP = 6;
const FOOT = 34; // the line under a picture
const LEAST = 150; // px; narrower than that no picture is worth it, and the wall scrolls

/** In how many columns the pictures are largest. */
function columns(count, { width, height }) {
  let best = [0, 1];
  for (let across = 1; across <= count; across++) {
    const down = Math.ceil(count / across);
    const wide = Math.min((width - GAP * (across - 1)) / across, ((height - GAP * (down - 1)) / down - FOOT) * (16 / 9));
    if (wide > best[0]) best = [wide, across];
  }
  return best[0] < LEAST ? Math.max(1, Math.min(count, Math.floor((width + GAP) / (LEAST + GAP)))) : best[1];
}

export function Multiview() {
  const box = useRef();
  const [size, setSize] = useState({ width: 800, height: 500 });
  useEffect(() => {
    const seen = new ResizeObserver(([one]) => setSize({ width: one.contentRect.width, height: one.contentRect.height }));
    seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  const { order, cameras, switchers } = show.state;
  const count = Math.max(1, order.cameras.length);
  const across = columns(count, size);
  const down = Math.ceil(count / across);
  const wide = Math.floor(Math.min((size.width - GAP * (across - 1)) / across, Math.max(LEAST, ((size.height - GAP * (down - 1)) / down - FOOT) * (16 / 9))));
  const buses = order.switchers.map((name) => switchers[name]);
  return html`<main class="wall">
    ${buses.length > 0 && html`<p class="buses">${buses.map((one) => html`<span key=${one.name}>${one.name} <b class="on-pgm">${one.program ?? "–"}</b> <b class="on-pvw">${one.preview ?? "–"}</b></span>`)}</p>`}
    <section class="tiles" ref=${box} aria-label="Cameras" tabindex="0">
      <ul style=${{ gridTemplateColumns: `repeat(${across}, ${wide}px)`, gap: `${GAP}px` }}>${order.cameras.map((name) => html`<${Tile} key=${name} camera=${cameras[name]} />`)}</ul>
      ${order.cameras.length === 0 && html`<p class="quiet">The rig has no cameras.</p>`}
    </section>
  </main>`;
}

function Tile({ camera }) {
  return html`<li class=${`tile ${camera.tally ?? "unknown"} ${camera.link}`} data-camera=${camera.name}>
    <div class="frame">
      ${camera.picture ? html`<${Picture} url=${camera.picture} alt=${`What ${camera.name} sees`} />` : html`<span class="none">no picture</span>`}
      <${Tally} camera=${camera} />
    </div>
    <p class="foot"><b>${camera.name}</b> <span class=${camera.doing || camera.error ? "doing" : "doing idle"}>${camera.error || `${camera.power === false ? "power off " : ""}${camera.doing || "idle"}`}</span> <${Link} camera=${camera} /></p>
  </li>`;
}
