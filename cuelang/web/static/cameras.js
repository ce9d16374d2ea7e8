// A card for each camera. Pictures are asked for one after another, and only of cards that are in sight.

import { Component, html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { ask, elapsed, show } from "./link.js";
import { useTick } from "./cues.js";
import { may, Press } from "./desk.js";
import { age, degrees, LINKS, TALLIES } from "./words.js";

const MANY = 9; // cards are smaller then

export function Cameras() {
  const { order, cameras } = show.state;
  const usable = may("statement");
  return html`<section class="cameras panel" aria-label="Cameras">
    <h2 class="sr">Cameras</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Camera cards">
      <ul class=${order.cameras.length > MANY ? "many" : ""}>${order.cameras.map((name) => html`<${Card} key=${name} camera=${cameras[name]} usable=${usable} />`)}</ul>
    </div>
    ${order.cameras.length === 0 && html`<p class="quiet">The rig has no cameras.</p>`}
  </section>`;
}

/** Drawn anew only when there is something new about the camera, or the role or the link of this page is another. */
class Card extends Component {
  shouldComponentUpdate({ camera, usable }) {
    return camera !== this.props.camera || usable !== this.props.usable;
  }

  render({ camera, usable }) {
    return card(camera, usable);
  }
}

function card(camera, usable) {
  const tally = TALLIES[camera.tally] ? camera.tally : "unknown";
  const place = camera.pan === null && camera.tilt === null && camera.zoom === null
    ? "position unknown"
    : html`<span class="sr">pan </span>${degrees(camera.pan)} <span class="sr">tilt </span>${degrees(camera.tilt)} <span class="whole"><span class="word">zoom </span>${camera.zoom === null ? "?" : `${Math.round(camera.zoom)}%`}</span>`;
  return html`<li class=${`card ${tally} ${camera.link}`} data-camera=${camera.name}>
    <div class="frame">
      ${camera.picture ? html`<${Picture} url=${camera.picture} alt=${`What ${camera.name} sees`} />` : html`<span class="none">no picture</span>`}
      <${Tally} camera=${camera} />
    </div>
    <div class="facts">
      <h3><span class="named">${camera.name}</span> <${Link} camera=${camera} /></h3>
      <p class="place">${place}</p>
      <p class="doing">${camera.power === false ? "power off " : ""}${camera.doing || html`<span class="quiet">idle</span>`}</p>
      ${camera.cast && html`<p class="driven">${camera.cast}</p>`}
      ${may("swap") && html`<${Swap} camera=${camera} />`}
      ${camera.offer && html`<p class="offer"><span>${camera.offer}</span> <${Press} class="small" disabled=${!usable} onPress=${() => ask("statement", { camera: camera.name, text: "recover" })}>Recover<//></p>`}
      ${camera.driven_by && html`<p class="driven">driven by ${camera.driven_by}</p>`}
      ${camera.error && html`<p class="error"><span aria-hidden="true">✗ </span>${camera.error}</p>`}
    </div>
  </li>`;
}

/** Another camera for this one; with the list of what that one lacks, all the same. */
function Swap({ camera }) {
  const { order } = show.state;
  const [open, setOpen] = useState(false);
  const [other, setOther] = useState("");
  const ends = camera.cast !== "";
  const others = order.cameras.filter((name) => name !== camera.name);
  if (!others.length) return null;
  const swap = (fields) => ask("swap", { camera: camera.name, ...fields });
  if (!open) return html`<p class="swap"><${Press} class="small opens" aria-label=${`Swap ${camera.name}`} title="Swap…" onPress=${() => setOpen(true)}><span aria-hidden="true">⇄</span><//></p>`;
  return html`<p class="swap">
    <select aria-label=${`What stands in for ${camera.name}`} value=${other} onChange=${(event) => setOther(event.currentTarget.value)}>
      <option value="">by…</option>${others.map((name) => html`<option value=${name}>${name}</option>`)}</select>
    <${Press} class="small" disabled=${!other} onPress=${() => swap({ for: other })}>Swap<//>
    <${Press} class="small" disabled=${!other} onPress=${() => swap({ for: other, anyway: true })}>Anyway<//>
    ${ends && html`<${Press} class="small" onPress=${() => (swap({ for: camera.name }), setOpen(false))}>Undo the swap<//>`}
    <${Press} class="small" aria-label="Close" onPress=${() => setOpen(false)}>✗<//></p>`;
}

/** What is on air, in the corner of a picture. */
export function Tally({ camera }) {
  const [word, said] = TALLIES[camera.tally] ?? ["?", "tally unknown"];
  return html`<span class=${`tally ${TALLIES[camera.tally] ? camera.tally : "unknown"}`}><span aria-hidden="true">${word}</span><span class="sr">${said}</span></span>`;
}

export function Link({ camera }) {
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
