// The candidates: a listbox, of which one is active; digits choose.

import { byId, element, words } from "./dom.js";

const REASONS = ["fitting", "new", "natural"];

/**
 * @param take called with a candidate's number (from 1) and text when one is chosen
 * @param revise the same, when it is to be changed first
 * @param others called with "again" or "differently"
 */
export function makeCandidates({ take, revise, others, leave }) {
  const list = byId("candidates");
  const toggle = byId("revise");
  let shown = [];
  let active = 0;
  let turns = 0; // an option of a new turn is another one, also for who follows aria-activedescendant

  function choose(index) {
    const text = shown[index]?.text;
    if (text === undefined || list.ariaBusy === "true") return;
    const changed = toggle.ariaPressed === "true";
    toggle.ariaPressed = "false";
    (changed ? revise : take)(index + 1, text);
  }

  function activate(index) {
    active = Math.max(0, Math.min(index, shown.length - 1));
    [...list.children].forEach((option, i) => {
      option.ariaSelected = i === active ? "true" : "false";
    });
    const option = list.children[active];
    if (option) {
      list.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else list.removeAttribute("aria-activedescendant");
  }

  const keys = {
    ArrowDown: () => activate(active + 1),
    ArrowUp: () => activate(active - 1),
    Home: () => activate(0),
    End: () => activate(shown.length - 1),
    Enter: () => choose(active),
    Space: () => choose(active),
    KeyE: () => shown.length && revise(active + 1, shown[active].text),
    KeyR: () => others("again"),
    KeyD: () => others("differently"),
    Escape: leave,
  };

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] ?? /^[0-9]$/.exec(event.key)?.[0];
    const name = event.code === "NumpadEnter" ? "Enter" : event.code || event.key;
    if (digit !== undefined) choose((Number(digit) + 9) % 10);
    else if (name in keys) keys[name]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose([...list.children].indexOf(option));
  });
  toggle.addEventListener("click", () => {
    toggle.ariaPressed = toggle.ariaPressed === "true" ? "false" : "true";
    list.focus();
  });

  return {
    focus: () => list.focus(),
    get count() {
      return shown.length;
    },
    /** Shows candidates; returns whether they are others than before. */
    show(candidates) {
      const same = JSON.stringify(candidates) === JSON.stringify(shown);
      if (!same) {
        shown = candidates;
        turns += 1;
        list.replaceChildren(...shown.map((one, index) => option(one, index, turns)));
        activate(0);
      }
      return !same;
    },
    /** While the model is at work, what is on the table stays, but cannot be chosen. */
    busy(on, keep) {
      list.ariaBusy = on ? "true" : "false";
      list.hidden = !shown.length && !(on && keep);
      byId("candidates-hint").hidden = !shown.length;
      toggle.hidden = !shown.length;
      byId("none").hidden = on || shown.length > 0;
    },
  };
}

function option(candidate, index, turn) {
  return element(
    "div",
    { role: "option", id: `candidate-${turn}-${index + 1}`, className: "candidate", lang: "ko" },
    element("span", { className: "number", ariaHidden: "true" }, String((index + 1) % 10)),
    element("span", { className: "text" }, candidate.text),
    element("span", { className: "unseen" }, ` (${words[candidate.strongest]})`),
    element("span", { className: "reasons", ariaHidden: "true" },
      ...REASONS.map((name) => bar(words[name], candidate.reasons[name], name === candidate.strongest))),
  );
}

function bar(name, value, strongest) {
  const filled = element("span", { className: "filled" });
  filled.style.width = `${Math.round(100 * value)}%`;
  return element("span", { className: strongest ? "reason strongest" : "reason" }, name,
    element("span", { className: "bar" }, filled));
}
