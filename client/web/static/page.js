// The page: what the server says is shown, what the writer does is sent.

import { makeCandidates } from "./candidates.js";
import { makeComposer } from "./composer.js";
import { byId, say, words } from "./dom.js";
import { makePanels } from "./panels.js";
import { keyName } from "./keys.js";
import { makeManuscript } from "./manuscript.js";
import * as api from "./api.js";

const CHANGES = ["write", "take", "edit", "insert", "delete", "back", "undo", "redo", "switch"];

let state = null;
let asking = false; // this window asked the model, and it is at work
let following = false; // it will, as soon as a candidate is taken
let beginning = false; // the writer was told that the opening is short, and may begin all the same
let turn = Promise.resolve(); // one action after the other
let underWay = 0; // actions whose answer, with all that there is to see, is still to come
let newest = null; // the last news

const status = (text) => {
  byId("status").textContent = text;
};

// What the server says

/** Shows it; answers with what is to be said of it. */
function show(next) {
  const newer = !state || next.start !== state.start || next.version >= state.version;
  if (!newer) return "";
  const first = state === null;
  state = next;
  byId("title").textContent = state.title;
  document.title = state.title;
  byId("counts").textContent = counts(state.counts);
  enable("undo", state.can_undo, "redo");
  enable("redo", state.can_redo, "undo");
  byId("dial").value = state.dial;
  byId("dial").ariaValueText = say("dial_at", { value: state.dial });
  manuscript.show(state.paragraphs, state.place);
  panels.show(state);
  const others = candidates.show(state.candidates);
  progress(state.progress);
  return others && candidates.count && !first ? say("ready", { count: candidates.count }) : "";
}

/** A button that can do no more hands the focus on to its opposite, which can. */
function enable(id, can, opposite) {
  if (!can && document.activeElement === byId(id)) {
    byId(opposite).disabled = false;
    byId(opposite).focus();
  }
  byId(id).disabled = !can;
}

/** What was done, for who does not see it; after a candidate that was taken the next ones speak. */
function done(events) {
  const change = events.findLast(({ event, how }) => event === "changed" && how !== "take");
  return change && !events.some(({ event }) => event === "problem") ? words[`changed_${change.how}`] : "";
}

function counts({ sentences, characters, letters, share }) {
  const counted = say("counts", { sentences, characters, letters });
  if (!letters) return counted;
  const percent = (author) => Math.round(100 * share[author]);
  const shares = { writer: percent("writer"), model: percent("model"), edited: percent("edited") };
  return `${counted} · ${say("shares", shares)}`;
}

function progress(text) {
  const busy = asking || following || text !== "";
  byId("progress").textContent = text || words.asking;
  byId("progress").hidden = !busy;
  byId("stop").hidden = !busy;
  byId("again").disabled = byId("differently").disabled = !state?.counts.sentences;
  candidates.busy(busy, asking || following);
}

function failed(error) {
  if (!(error instanceof api.ServerError)) throw error;
  status(words[`http_${error.status}`] ?? words.http_500);
  return null;
}

// What the writer does

/** Does an action; answers with its events, null if it was not done. */
function act(action, expected) {
  turn = turn.then(() => perform(action, expected));
  return turn;
}

async function perform(action, expected) {
  if (CHANGES.includes(action.command) || action.command === "ask") status("");
  underWay += 1;
  try {
    const { events, state: next } = await api.act(action, manuscript.place, expected);
    const ready = show(next);
    const told = events.filter((event) => event.message);
    const said = [done(events), ready, ...told.map((event) => event.message)].filter(Boolean);
    if (said.length) status(said.join(" "));
    const refused = told.some(({ event, key }) => event === "problem" || key === "stale" || key === "busy");
    return refused && !events.some((event) => event.event === "changed") ? null : events;
  } catch (error) {
    return failed(error);
  } finally {
    underWay -= 1;
    if (isNews()) look();
  }
}

const change = async (action, expected) => (await act(action, expected)) !== null;

/** Asks for candidates; where the focus was when it began, it goes to the list with them. */
async function ask(how = "first", prefix = "") {
  if (asking) return;
  const { edits } = composer;
  asking = true;
  progress("");
  const from = document.activeElement;
  // Not one of a row: what is written meanwhile need not wait for the model.
  const events = await perform({ command: "ask", how, prefix, anyway: beginning || how !== "first" });
  asking = false;
  progress(state?.progress ?? "");
  const short = events?.find((event) => event.event === "opening_needed");
  beginning = Boolean(short?.written);
  if (short) status(words[beginning ? "opening_short" : "opening_empty"]);
  const idle = document.activeElement === from || document.activeElement === document.body;
  if (!idle || composer.edits !== edits) return;
  if (events?.some((event) => event.event === "proposed")) candidates.focus();
  else byId(short ? "ask" : "again").focus();
}

async function take(number, text, words = null) {
  const prefix = state.prefix;
  const action = { command: "take", number, ...(words === null ? {} : { text: words }) };
  following = true;
  const taken = await change(action, text);
  if (taken) composer.finished(prefix);
  else {
    following = false;
    progress(state.progress);
  }
  return taken;
}

/** Asks for what follows a candidate that was taken; the list keeps the focus. */
function goOn() {
  candidates.focus();
  ask();
  following = false;
}

const undo = () => change({ command: "undo" });
const redo = () => change({ command: "redo" });

const candidates = makeCandidates({
  take: async (number, text) => (await take(number, text)) && goOn(),
  revise: (number, text) => composer.revise(number, text),
  others: (how) => ask(how),
  leave: () => (byId("stop").hidden ? composer.focus() : api.stop().catch(failed)),
});
const manuscript = makeManuscript(change);
const panels = makePanels(act);
const composer = makeComposer({
  write: (text) => change({ command: "write", text }),
  take,
  goOn,
  ask: (prefix) => ask("first", prefix),
});

byId("undo").addEventListener("click", undo);
byId("redo").addEventListener("click", redo);
byId("again").addEventListener("click", () => ask("again"));
byId("differently").addEventListener("click", () => ask("differently"));
byId("stop").addEventListener("click", () => api.stop().catch(failed));
byId("marks").addEventListener("change", (event) => {
  document.body.classList.toggle("unmarked", !event.target.checked);
});
byId("dial").addEventListener("change", (event) => {
  act({ command: "dial", value: Number(event.target.value) });
});

const KEYS = {
  "Alt+KeyR": () => ask("again"),
  "Alt+KeyD": () => ask("differently"),
  "Ctrl+KeyZ": undo,
  "Ctrl+KeyY": redo,
  "Ctrl+Shift+KeyZ": redo,
  Escape: () => byId("stop").hidden || api.stop().catch(failed),
};

document.addEventListener("keydown", (event) => {
  const name = keyName(event);
  if (!(name in KEYS) || event.isComposing || byId("comparison").open) return;
  // In a field with words in it, Ctrl+Z is about those words.
  if (name.startsWith("Ctrl+") && event.target.matches("textarea") && event.target.value) return;
  if (name !== "Escape") event.preventDefault();
  KEYS[name]();
});

/** Whether there is something to see that no answer under way will show. */
const isNews = () => !underWay && newest && (!state || newest.start !== state.start || newest.version > state.version);

async function look() {
  try {
    const said = show(await api.look());
    if (said) status(said);
    return true;
  } catch (error) {
    return failed(error);
  }
}

let lost = false;
api.watch(
  (news) => {
    if (lost) status(words.found_again);
    lost = false;
    newest = news;
    if (isNews()) look();
    else if (state) progress((state.progress = news.progress));
  },
  () => {
    lost = true;
    status(words.http_0);
  },
);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
await look();
for (const event of JSON.parse(byId("notices").textContent)) status(event.message);
if (matchMedia("(pointer: fine)").matches) composer.focus(); // else a keyboard would cover the page
