// The rows of the list, in parts of so many. Only what is in sight, stands by, runs or was found has to be drawn at once.

import { Component, html } from "./vendor/htm-preact.js";
import { ask, elapsed } from "./link.js";
import { go, Press } from "./desk.js";
import { flag } from "./notes.js";
import { left, ran, useTick, Warnings } from "./cues.js";
import { countdown, CUE_STATES, ofDay, short, span } from "./words.js";

export const PART = 20; // rows

/** Rows of one section that follow each other. `rows` has the properties of each; `later`: only their room; `now`: one
    of them has to be found where it is, and that is known only of what the browser really lays out. */
export class Part extends Component {
  shouldComponentUpdate(next) {
    const { rows, now, later } = this.props;
    return next.later !== later || next.now !== now || next.rows.length !== rows.length || next.rows.some((row, n) => differ(row, rows[n]));
  }

  render({ rows, now, later }) {
    const seen = rows.reduce((sum, row) => sum + !row.hidden, 0);
    return html`<div class=${later ? "part later" : now ? "part now" : "part"} hidden=${!seen} style=${{ "--rows": seen }}>
      ${!later && rows.map((row) => html`<${Row} key=${row.cue.number} ...${row} />`)}</div>`;
  }
}

function differ(one, other) {
  for (const name in one) if (one[name] !== other[name]) return true;
  return false;
}

class Row extends Component {
  componentDidMount() {
    this.base.hidden = this.props.hidden;
  }

  /** A search and a fold hide rows by the hundred: that needs no drawing. */
  shouldComponentUpdate(next) {
    if (next.hidden !== this.props.hidden) this.base.hidden = next.hidden;
    return Object.keys(next).some((name) => name !== "hidden" && next[name] !== this.props[name]);
  }

  render({ cue, run, coming, time, standby, write, edit, chosen, choose, usable }) {
    const [mark, state] = CUE_STATES[cue.state];
    const said = [cue.aside && "aside", state, cue.troubles > 0 && `${cue.troubles} problem${cue.troubles === 1 ? "" : "s"}`].filter(Boolean).join(", ");
    const length = cue.duration_ms === null ? "∞" : cue.duration_ms ? short(cue.duration_ms) : "";
    const fires = [time && `next ${ofDay(time)}`, ...cue.triggers].filter(Boolean).join(", ");
    return html`<div role="listitem" class=${`row ${cue.state} ${standby ? "stands" : ""}`} data-cue=${cue.number} aria-current=${standby ? "step" : null}>
      <button type="button" class="line" tabindex="-1" aria-expanded=${chosen ? "true" : "false"}
        onClick=${(event) => (event.currentTarget.blur(), choose(chosen ? null : cue.number))}>
        <span class="mark" aria-hidden="true">${standby && !run ? "▷" : mark}</span>
        <span class="number">${cue.number}</span>
        <span class="title">${cue.flag && html`<span class="flagged"><span aria-hidden="true">⚑</span><span class="sr">flagged by ${cue.flag} </span></span> `}${cue.title}${cue.warnings.length > 0 && html` <span class="warned"><span aria-hidden="true">⚠</span>${cue.warnings.length}<span class="sr"> warnings</span></span>`}</span>
        <span class="state dim">${standby && html`<span class="sr">on standby</span>`}${said}</span>
        ${(cue.does || fires) && html`<span class="does">${fires && html`<span class="fires"><span aria-hidden="true">⚡</span><span class="sr">fired by </span>${fires}</span> `}<span class="what">${cue.does}</span></span>`}
        <span class="length">${run ? html`<${Left} run=${run} />` : coming ? html`<${Soon} follow=${coming} />` : length}</span>
      </button>
      ${run && html`<${Bar} run=${run} />`}
      ${chosen && html`<div class="more">
        ${fires && html`<p>Fired by ${fires}</p>`}
        ${cue.does && html`<p>${cue.does}</p>`}
        ${cue.standby_text && html`<p>${cue.standby_text}</p>`}
        <${Press} disabled=${usable < 2} onPress=${() => (ask("standby", { cue: cue.number }), choose(null))}>Stand by<//>
        <${Press} disabled=${usable < 1} onPress=${() => (go(cue.number), choose(null))}>GO ${cue.number}<//>
        <${Press} disabled=${usable < 2} onPress=${() => (ask("locate", { cue: cue.number }), choose(null))}>Set up for cue ${cue.number}<//>
        <${Press} disabled=${usable < 2} aria-label=${`Set up for cue ${cue.number} and GO`}
          onPress=${() => (ask("locate", { cue: cue.number, go: true }), choose(null))}>and GO<//>
        <${Press} aria-label=${`Lines of cue ${cue.number} in the sheet`} onPress=${() => edit(cue.number)}>≡ Lines<//>
        <${Press} disabled=${usable < 1} aria-pressed=${cue.flag ? "true" : "false"} onPress=${() => flag(cue.number)}>⚑ Flag<//>
        <${Press} disabled=${usable < 1} aria-label=${`Write a note about cue ${cue.number}`} onPress=${() => write(cue.number)}>✎ Note<//>
      </div>`}
      ${cue.warnings.length > 0 && html`<${Warnings} cue=${cue} />`}
    </div>`;
  }
}

/** How long a cue that runs still takes. */
export function Left({ run }) {
  useTick();
  if (run.waits.length) return "waits";
  const rest = left(run);
  return rest === null ? span(ran(run)) : rest > 0 ? `−${short(rest)}` : `+${short(-rest)}`;
}

function Soon({ follow }) {
  useTick(200);
  return html`<span class="soon">${follow.paused ? "‖" : "→"}${follow.next} ${countdown(follow.paused ? follow.left_ms : follow.due_ms - elapsed())}</span>`;
}

function Bar({ run }) {
  useTick();
  const part = run.duration_ms ? Math.max(0, Math.min(1, (ran(run) - (run.waited_ms ?? 0)) / run.duration_ms)) : run.duration_ms === 0 ? 1 : 0;
  return html`<span class="bar" aria-hidden="true"><span style=${{ transform: `scaleX(${part})` }}></span></span>`;
}
