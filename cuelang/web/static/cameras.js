// A card for each camera. Pictures are asked for one after another, and only of cards that are in sight.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { elapsed, show } from "./link.js";
import { useTick } from "./cues.js";
import { age, degrees, LINKS, TALLIES } from "./words.js";

const MANY = 9; // cards are smaller then

export function Cameras() {
  const { order, cameras } = show.state;
  return html`<section class="cameras panel" aria-label="Cameras">
    <h2>Cameras</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Camera cards">
      <ul class=${order.cameras.length > MANY ? "many" : ""}>${order.cameras.map((name) => html`<${Card} key=${name} camera=${cameras[name]} />`)}</ul>
    </div>
    ${order.cameras.length === 0 && html`<p class="quiet">The rig has no cameras.</p>`}
  </section>`;
}

function Card({ camera }) {
  const [word, said] = TALLIES[camera.tally] ?? ["?", "tally unknown"];
  const tally = TALLIES[camera.tally] ? camera.tally : "unknown";
  const place = camera.pan === null && camera.tilt === null && camera.zoom === null
    ? "position unknown"
    : html`<span class="sr">pan </span>${degrees(camera.pan)} <span class="sr">tilt </span>${degrees(camera.tilt)} <span class="whole">zoom ${camera.zoom === null ? "?" : `${Math.round(camera.zoom)}%`}</span>`;
  return html`<li class=${`card ${tally} ${camera.link}`} data-camera=${camera.name}>
    <div class="frame">
      ${camera.picture ? html`<${Picture} url=${camera.picture} alt=${`What ${camera.name} sees`} />` : html`<span class="none">no picture</span>`}
      <span class=${`tally ${tally}`}><span aria-hidden="true">${word}</span><span class="sr">${said}</span></span>
    </div>
    <div class="facts">
      <h3>${camera.name} <${Link} camera=${camera} /></h3>
      <p class="place">${place}</p>
      <p class="doing">${camera.power === false ? "power off " : ""}${camera.doing || html`<span class="quiet">idle</span>`}</p>
      ${camera.error && html`<p class="error"><span aria-hidden="true">✗ </span>${camera.error}</p>`}
    </div>
  </li>`;
}

function Link({ camera }) {
  useTick(1000);
  const quiet = camera.link === "connected" || camera.link === "disabled" || camera.heard_ms === null;
  return html`<span class=${`link ${camera.link}`}>${LINKS[camera.link]}${quiet ? "" : ` ${age(elapsed() - camera.heard_ms)}`}</span>`;
}

// --- pictures --------------------------------------------------------------------------------------------------

const EVERY = 600;
const OFTEN = 150; // while the picture is a mix
const BETWEEN = 25; // however many cameras there are, the network is not all theirs

const inSight = new Map(); // by image: how to get its next picture, and when it is due
const eye = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    const one = inSight.get(target);
    if (one) one.seen = isIntersecting;
  }
});

async function turn() {
  const now = performance.now();
  let next = null;
  for (const one of inSight.values()) {
    if (one.seen && one.due <= now && (next === null || one.due < next.due)) next = one;
  }
  if (next && !document.hidden && show.up) {
    next.due = now + (next.often ? OFTEN : EVERY);
    await next.take();
  }
  setTimeout(turn, BETWEEN);
}
turn();

/** What is at `url`, asked for again and again; at once when `of` changes, which says what is to be seen there. */
export function Picture({ url, alt, of, often = false }) {
  const image = useRef();
  const [, wasGot] = useState(false);
  useEffect(() => {
    const mine = image.current;
    let held = "";
    const gone = () => held || inSight.get(mine) !== one || mine.removeAttribute("src");
    const one = {
      due: 0,
      often,
      seen: false,
      take: async () => {
        try {
          const answer = await fetch(url, { signal: AbortSignal.timeout(3000) });
          if (inSight.get(mine) !== one) return;
          if (!answer.ok) return gone();
          const found = URL.createObjectURL(await answer.blob());
          if (held) URL.revokeObjectURL(held);
          mine.src = held = found;
          wasGot(true);
        } catch {
          // the next one may come; that the link is lost is said elsewhere
          gone();
        }
      },
    };
    inSight.set(mine, one);
    eye.observe(mine);
    return () => {
      eye.unobserve(mine);
      inSight.delete(mine);
      if (held) URL.revokeObjectURL(held);
    };
  }, [url, of, often]);
  return html`<img ref=${image} alt=${alt} width="320" height="180" />`;
}
