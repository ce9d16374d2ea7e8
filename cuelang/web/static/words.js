// Times, angles and states as an operator reads them. Milliseconds everywhere.

export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const rest = `${String(Math.floor(s / 60) % 60).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
  return `${Math.floor(s / 3600)}:${rest}`;
}

export function short(ms) {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const s = Math.round(ms / 1000);
  return s < 3600 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : span(ms);
}

/** What is left: 0:17; a part of a second counts as one, so that 0:00 is the instant itself. */
export function countdown(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return s < 3600 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : span(s * 1000);
}

/** What has passed: 0:12, 1:02:03. */
export function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  return s < 3600 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : span(s * 1000);
}

/** The time of day of a moment as the show writes it: 19:30, 19:30:05. */
export function ofDay(moment) {
  return moment.slice(11, 19).replace(/:00$/, "");
}

export function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  return s < 100 ? `${s} s` : s < 6000 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`;
}

export function degrees(value) {
  return value === null ? "?" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}°`;
}

export const CUE_STATES = {
  "": ["", ""],
  running: ["▶", "running"],
  paused: ["‖", "paused"],
  done: ["✓", "done"],
  failed: ["✗", "failed"],
  stopped: ["■", "stopped"],
  disabled: ["–", "disabled"],
};

export const TALLIES = {
  program: ["PGM", "on program"],
  preview: ["PVW", "on preview"],
  off: ["off", "off air"],
};

export const LINKS = { connected: "ok", silent: "silent", lost: "LOST", disabled: "disabled", none: "no link" };

export const VERBS = {
  go: "GO", back: "back", standby: "standby", pause: "pause", resume: "resume", stop: "stop", panic: "PANIC",
  reload: "reload", key: "key", lock: "show mode on", unlock: "show mode off", start: "start",
  cut: "cut to", preview: "preview", take: "CUT", auto: "AUTO", "stream start": "start stream", "stream stop": "stop stream",
  "record start": "start recording", "record stop": "stop recording", seen: "alarms seen", done: "done by hand", locate: "locate", skip: "skip", takeover: "take over", note: "note", flag: "flag", mute: "mute", unmute: "unmute", statement: "",
};

/** In the verdict line of the page that asked. The API and the log have the words on the left, and no sentences. */
export const VERDICTS = {
  fired: "fired",
  duplicate: "duplicate",
  window: "too soon after the last one",
  no_cue: "no such cue",
  refused: "refused",
  late: "too late",
};

/** In the list of all triggers, where there is less room. */
export const SHORT_VERDICTS = { ...VERDICTS, window: "too soon", no_cue: "no cue", late: "late" };

/** The terminal has its own table (KEYS of `screen/top.py`): it binds other keys, and speaks of lines, not of buttons. */
export const KEYS = [
  ["Space", "GO: as shown on the button"],
  ["Esc", "PANIC: stop everything at once"],
  ["↑ or B", "previous standby"],
  ["↓", "next standby"],
  ["1 2 . 5 Enter", "fire cue 12.5"],
  ["1 2 l", "set the rig up for cue 12; L: and GO; the same letter again does it"],
  ["P", "pause or resume"],
  ["S", "stop everything running"],
  ["R", "reload the sheet; on errors the current one stays"],
  ["K", "skip the next scheduled firing; again: unskip"],
  ["Tab, Enter", "move to a button, press it (Space is always GO)"],
  ["N", "write a note about the cue that was fired last; 1 2 N: about cue 12"],
  ["F", "flag the cue that was fired last, or no longer; 1 2 F: cue 12"],
  ["/", "search the list; there Space is a letter, Enter opens the first cue found, Esc is PANIC"],
  ["E", "errors of the last reload"],
  ["I", "inputs: what they hear, mute one"],
  ["M", "menu: views, light or dark, size of type"],
  ["?", "open or close this"],
];
