// The page: shows the server's state and sends the writer's actions.

import * as api from "./api.js";
import { makeCandidates } from "./candidates.js";
import { makeComposer } from "./composer.js";
import { byId, message, words } from "./dom.js";
import { keyName } from "./keys.js";
import { makeManuscript } from "./manuscript.js";
import { makePanels } from "./panels.js";

const CHANGES = ["write", "take", "edit", "insert", "delete", "back", "undo", "redo", "switch"];

/** @type {Page.State | null} */
let state = null;
let asking = false; // this window has asked the model, which is at work
let nextPending = false; // it will ask as soon as a candidate is taken
let shortAccepted = false; // the writer was told that the opening is short, and may ask again
/** @type {Promise<Page.Event[] | null>} */
let queue = Promise.resolve(null); // one action after the other
let pendingResponses = 0; // each will bring a new state
/** @type {Page.Update | null} */
let latest = null;

/** @param {string} text */
const status = (text) => {
  byId("status").textContent = text;
};

// Showing the state

/**
 * Shows a state; returns what to announce about it.
 * @param {Page.State} next
 */
function show(next) {
  const newer = !state || next.start !== state.start || next.version >= state.version;
  if (!newer) return "";
  const first = state === null;
  state = next;
  byId("title").textContent = next.title;
  document.title = next.title;
  byId("counts").textContent = counts(next.counts);
  enable("undo", next.can_undo, "redo");
  enable("redo", next.can_redo, "undo");
  byId("dial").value = String(next.dial);
  byId("dial").ariaValueText = message("dial_at", { value: next.dial });
  manuscript.show(next.paragraphs, next.place);
  panels.show(next);
  const fresh = candidates.show(next.candidates);
  progress(next.progress);
  return fresh && candidates.count && !first ? message("ready", { count: candidates.count }) : "";
}

/**
 * Enables or disables a button; a disabled one passes the focus on to its opposite.
 * @param {"undo" | "redo"} id
 * @param {boolean} can
 * @param {"undo" | "redo"} opposite
 */
function enable(id, can, opposite) {
  if (!can && document.activeElement === byId(id)) {
    byId(opposite).disabled = false;
    byId(opposite).focus();
  }
  byId(id).disabled = !can;
}

/**
 * The announcement of a change; none for a candidate taken, after which the next ones are announced.
 * @param {Page.Event[]} events
 */
function changeMessage(events) {
  if (events.some(({ event }) => event === "problem")) return "";
  const change = events.findLast((one) => one.event === "changed" && one.how !== "take");
  return change?.event === "changed" ? words[`changed_${change.how}`] : "";
}

/** @param {Page.Counts} counts */
function counts({ sentences, characters, letters, share }) {
  const counted = message("counts", { sentences, characters, letters });
  if (!letters) return counted;
  /** @param {number} part */
  const percent = (part) => Math.round(100 * part);
  const shares = { writer: percent(share.writer), model: percent(share.model), edited: percent(share.edited) };
  return `${counted} · ${message("shares", shares)}`;
}

/** @param {string} text */
function progress(text) {
  const busy = asking || nextPending || text !== "";
  byId("progress").textContent = text || words.asking;
  byId("progress").hidden = !busy;
  byId("stop").hidden = !busy;
  byId("again").disabled = byId("differently").disabled = !state?.counts.sentences;
  candidates.busy(busy, asking || nextPending);
}

/** @param {unknown} error */
function failed(error) {
  if (!(error instanceof api.ServerError)) throw error;
  status(words[`http_${error.status}`] ?? words.http_500);
  return null;
}

// Actions of the writer

/**
 * Performs an action after those before it; returns its events, null if it was not done.
 * @type {Page.Act}
 */
function act(action, expected) {
  queue = queue.then(() => perform(action, expected));
  return queue;
}

/** @type {Page.Act} */
async function perform(action, expected) {
  if (CHANGES.includes(action.command) || action.command === "ask") status("");
  pendingResponses += 1;
  try {
    const { events, state: next } = await api.act(action, manuscript.place, expected);
    const ready = show(next);
    const messages = [changeMessage(events), ready, ...events.map((event) => event.message)].filter(Boolean);
    if (messages.length) status(messages.join(" "));
    const refused = events.some(({ event, key }) => event === "problem" || key === "stale" || key === "busy");
    return refused && !events.some(({ event }) => event === "changed") ? null : events;
  } catch (error) {
    return failed(error);
  } finally {
    pendingResponses -= 1;
    if (isOutdated()) refresh();
  }
}

/** @type {Page.Change} */
const change = async (action, expected) => (await act(action, expected)) !== null;

/**
 * Asks for candidates; if the writer does nothing meanwhile, the focus moves to the list.
 * @param {Page.How} how
 * @param {string} prefix
 */
async function ask(how = "first", prefix = "") {
  if (asking) return;
  const { edits } = composer;
  asking = true;
  progress("");
  const from = document.activeElement;
  // Not in the queue: what is written meanwhile need not wait for the model.
  const events = await perform({ command: "ask", how, prefix, anyway: shortAccepted || how !== "first" });
  asking = false;
  progress(state?.progress ?? "");
  const short = events?.find((event) => event.event === "opening_needed");
  shortAccepted = short?.event === "opening_needed" && short.written > 0;
  if (short) status(words[shortAccepted ? "opening_short" : "opening_empty"]);
  const idle = document.activeElement === from || document.activeElement === document.body;
  if (!idle || composer.edits !== edits) return;
  if (events?.some((event) => event.event === "proposed")) candidates.focus();
  else byId(short ? "ask" : "again").focus();
}

/**
 * Takes a candidate, edited if `edited` is given; returns whether it was taken.
 * @param {number} number
 * @param {string} text
 * @param {string} [edited]
 */
async function take(number, text, edited) {
  const prefix = state?.prefix ?? "";
  /** @type {Page.Action} */
  const action = { command: "take", number, ...(edited === undefined ? {} : { text: edited }) };
  nextPending = true;
  const taken = await change(action, text);
  if (taken) composer.clearPrefix(prefix);
  else {
    nextPending = false;
    progress(state?.progress ?? "");
  }
  return taken;
}

/** Asks for the sentence after a candidate that was taken; the list keeps the focus. */
function askNext() {
  candidates.focus();
  ask();
  nextPending = false;
}

const stop = () => api.stop().catch(failed);
const undo = () => change({ command: "undo" });
const redo = () => change({ command: "redo" });

const candidates = makeCandidates({
  take: async (number, text) => (await take(number, text)) && askNext(),
  revise: (number, text) => composer.revise(number, text),
  ask: (how) => ask(how),
  leave: () => (byId("stop").hidden ? composer.focus() : stop()),
});
const manuscript = makeManuscript(change);
const panels = makePanels(act);
const composer = makeComposer({
  write: (text) => change({ command: "write", text }),
  take,
  askNext,
  ask: (prefix) => ask("first", prefix),
});

byId("undo").addEventListener("click", undo);
byId("redo").addEventListener("click", redo);
byId("again").addEventListener("click", () => ask("again"));
byId("differently").addEventListener("click", () => ask("differently"));
byId("stop").addEventListener("click", stop);
byId("marks").addEventListener("change", () => {
  document.body.classList.toggle("unmarked", !byId("marks").checked);
});
byId("dial").addEventListener("change", () => {
  act({ command: "dial", value: Number(byId("dial").value) });
});

/** @type {Record<string, () => void>} */
const KEYS = {
  "Alt+KeyR": () => ask("again"),
  "Alt+KeyD": () => ask("differently"),
  "Ctrl+KeyZ": undo,
  "Ctrl+KeyY": redo,
  "Ctrl+Shift+KeyZ": redo,
  Escape: () => byId("stop").hidden || stop(),
};

document.addEventListener("keydown", (event) => {
  const name = keyName(event);
  if (!(name in KEYS) || event.isComposing || byId("comparison").open) return;
  // In a field that is not empty, Ctrl+Z undoes typing.
  if (name.startsWith("Ctrl+") && event.target instanceof HTMLTextAreaElement && event.target.value) return;
  if (name !== "Escape") event.preventDefault();
  KEYS[name]();
});

// Changes by other windows and programs

/** Whether there is a newer state that no pending response will bring. */
const isOutdated = () =>
  !pendingResponses && latest && (!state || latest.start !== state.start || latest.version > state.version);

async function refresh() {
  try {
    const announcement = show(await api.fetchState());
    if (announcement) status(announcement);
  } catch (error) {
    failed(error);
  }
}

let disconnected = false;
api.subscribe(
  (update) => {
    if (disconnected) status(words.found_again);
    disconnected = false;
    latest = update;
    if (isOutdated()) refresh();
    else if (state) progress((state.progress = update.progress));
  },
  () => {
    disconnected = true;
    status(words.http_0);
  },
);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
await refresh();
for (const event of JSON.parse(byId("notices").textContent)) status(event.message);
if (matchMedia("(pointer: fine)").matches) composer.focus(); // on a phone a keyboard would cover the page
