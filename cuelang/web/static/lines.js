// The lines of a cue, as the sheet has them: read by anyone, changed by who operates, outside show mode.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { changed, show } from "./link.js";
import { may, Press, Sheet } from "./desk.js";
import { kept } from "./kept.js";

const TYPED = 250; // ms without a key until it is checked
const drafts = new Map(); // by cue: {tag, text} that was not saved

async function request(path, body) {
  const how = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(30_000), ...how });
    const found = await answer.json();
    return answer.ok ? found : { trouble: [found.error?.message, found.error?.hint].filter(Boolean).join(" ") || "Request failed." };
  } catch {
    return { trouble: "The show does not respond." };
  }
}

export function Lines({ cue, close }) {
  const [part, setPart] = useState(null);
  const [text, setText] = useState("");
  const [found, setFound] = useState({ findings: [], elsewhere: [] });
  const [said, say] = useState(null); // {kind, text}
  const [busy, setBusy] = useState(false);
  const latest = useRef(0);
  const path = `/api/cues/${encodeURIComponent(cue)}/lines`;

  const read = async () => {
    const got = await request(path);
    if (got.trouble) return say({ kind: "bad", text: got.trouble });
    const draft = drafts.get(cue);
    setPart(got);
    if (draft && draft.tag === got.tag) return setText(draft.text), check(draft.text, got.tag);
    drafts.delete(cue);
    setText(got.text);
    setFound({ findings: got.findings, elsewhere: [] });
  };
  useEffect(() => {
    read();
    return () => latest.current++;
  }, [cue]);

  const check = async (now, tag) => {
    const mine = ++latest.current;
    await new Promise((done) => setTimeout(done, TYPED));
    if (mine !== latest.current) return;
    const got = await request(`${path}/check`, { tag, text: now });
    if (mine !== latest.current) return;
    if (got.trouble) return say({ kind: "bad", text: got.trouble });
    setFound(got);
  };
  const type = (event) => {
    const now = event.target.value;
    setText(now);
    say(null);
    drafts.set(cue, { tag: part.tag, text: now });
    check(now, part.tag);
  };
  const done = async (got) => {
    setBusy(false);
    if (got.trouble) return say({ kind: "bad", text: got.trouble });
    const { verdict, did, reason } = got.reload;
    drafts.delete(cue);
    show.verdict = { kind: verdict === "fired" ? "good" : "bad", text: `Reload: ${did || reason}`, at: performance.now() };
    changed();
    say({ kind: verdict === "fired" ? "good" : "bad", text: `Saved ${got.saved}. Reload: ${did || `${verdict}, ${reason}`}` });
    await read();
  };
  const who = kept("name") ? { who: kept("name") } : {};
  const save = async () => (setBusy(true), done(await request(path, { tag: part.tag, text, ...who })));
  const undo = async () => (setBusy(true), done(await request("/api/lines/undo", who)));
  const revert = () => (drafts.delete(cue), say(null), read());

  const mayEdit = part && !part.why && may("reload");
  const errors = found.findings.filter((one) => one.severity === "error").length + found.elsewhere.length;
  const why = part?.why || (show.state.show_mode ? "Show mode: the sheet is locked." : show.role !== "operate" ? "This page may only watch." : "");
  const lines = text.split("\n");
  const worst = (number) => {
    const here = found.findings.filter((one) => one.line <= number && number <= Math.max(one.line, one.end_line));
    return here.some((one) => one.severity === "error") ? "✗" : here.length ? "⚠" : "";
  };
  return html`<${Sheet} name=${`Lines of cue ${cue}`} close=${close} wide>
    <h2>Cue ${cue} <span class="hint">${part ? `${part.file}:${part.line}` : ""} ${why}</span></h2><${Press} class="small" onPress=${close}>Close<//>
    ${part && html`<div class="sheet-lines" tabindex="-1">
      <div class="code"><ol aria-hidden="true">${lines.map((_, index) => html`<li class=${worst(index + 1) === "✗" ? "wrong" : worst(index + 1) ? "warned" : ""}>${worst(index + 1)} ${part.line + index}</li>`)}</ol>
        <textarea aria-label=${`Lines of cue ${cue}`} spellcheck=${false} autocapitalize="off" autocomplete="off" wrap="off" rows=${lines.length + 1}
          readonly=${!mayEdit} value=${text} onInput=${type}></textarea></div>
      <ul class="found" aria-live="polite">${found.findings.map((one) => html`<li class=${one.severity === "error" ? "wrong" : "warned"}>
          <b>${part.line + one.line - 1}:${one.column} ${one.code}</b> ${one.message} <span class="dim">${one.hint}</span></li>`)}
        ${found.elsewhere.map((one) => html`<li class="wrong">${one}</li>`)}
        ${!found.findings.length && !found.elsewhere.length && html`<li class="fine">✓ no errors, no warnings</li>`}</ul>
    </div>`}
    <div class="deeds">
      <${Press} class="small save" disabled=${!mayEdit || busy || errors > 0 || text === part.text} onPress=${save}>${errors ? `${errors} error${errors === 1 ? "" : "s"}` : "Save and reload"}<//>
      <${Press} class="small" disabled=${!part || text === part.text} onPress=${revert}>As in the file<//>
      <${Press} class="small" disabled=${!part?.undo || !may("reload") || busy} onPress=${undo}>${part?.undo ? `Undo cue ${part.undo}` : "Undo"}<//>
      <p role="status" class=${`mine ${said?.kind ?? ""}`}>${busy ? "…" : said?.text}</p>
    </div>
  <//>`;
}
