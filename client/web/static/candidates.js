// The candidates: a listbox with one active option, in which digits choose.

import { byId, element, words } from "./dom.js";

/** @type {Page.Reason[]} */
const REASONS = ["fitting", "new", "natural"];

/**
 * @param {object} callbacks
 * @param {(number: number, text: string) => void} callbacks.take when a candidate (from 1) is chosen
 * @param {(number: number, text: string) => void} callbacks.revise when it is to be edited first
 * @param {(how: "again" | "differently") => void} callbacks.ask when others are wanted
 * @param {() => void} callbacks.leave on Escape
 */
export function makeCandidates({ take, revise, ask, leave }) {
  const list = byId("candidates");
  const toggle = byId("revise");
  /** @type {Page.Candidate[]} */
  let shown = [];
  let active = 0;
  let generation = 0; // part of an option's id: a new one is announced where the old one stood

  /** @param {number} index */
  function choose(index) {
    const text = shown[index]?.text;
    if (text === undefined || list.ariaBusy === "true") return;
    const edited = toggle.ariaPressed === "true";
    toggle.ariaPressed = "false";
    (edited ? revise : take)(index + 1, text);
  }

  /** @param {number} index */
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

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => activate(active + 1),
    ArrowUp: () => activate(active - 1),
    Home: () => activate(0),
    End: () => activate(shown.length - 1),
    Enter: () => choose(active),
    Space: () => choose(active),
    KeyE: () => shown.length && revise(active + 1, shown[active].text),
    KeyR: () => ask("again"),
    KeyD: () => ask("differently"),
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
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
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
    /**
     * Shows candidates; returns whether they differ from those shown before.
     * @param {Page.Candidate[]} candidates
     */
    show(candidates) {
      const same = JSON.stringify(candidates) === JSON.stringify(shown);
      if (!same) {
        shown = candidates;
        generation += 1;
        list.replaceChildren(...shown.map((one, index) => option(one, index, generation)));
        activate(0);
      }
      return !same;
    },
    /**
     * While the model is at work, the candidates stay visible but cannot be chosen.
     * @param {boolean} on
     * @param {boolean} keep whether to show the list even if it is empty, so that it keeps the focus
     */
    busy(on, keep) {
      list.ariaBusy = on ? "true" : "false";
      list.hidden = !shown.length && !(on && keep);
      byId("candidates-hint").hidden = !shown.length;
      toggle.hidden = !shown.length;
      byId("none").hidden = on || shown.length > 0;
    },
  };
}

/**
 * @param {Page.Candidate} candidate
 * @param {number} index
 * @param {number} generation
 */
function option(candidate, index, generation) {
  return element(
    "div",
    { role: "option", id: `candidate-${generation}-${index + 1}`, className: "candidate", lang: "ko" },
    element("span", { className: "number", ariaHidden: "true" }, String((index + 1) % 10)),
    element("span", { className: "text" }, candidate.text),
    element("span", { className: "visually-hidden" }, ` (${words[candidate.strongest]})`),
    element("span", { className: "reasons", ariaHidden: "true" },
      ...REASONS.map((name) => bar(words[name], candidate.reasons[name], name === candidate.strongest))),
  );
}

/**
 * @param {string} name
 * @param {number} value from 0 to 1
 * @param {boolean} strongest
 */
function bar(name, value, strongest) {
  const filled = element("span", { className: "filled" });
  filled.style.width = `${Math.round(100 * value)}%`;
  return element("span", { className: strongest ? "reason strongest" : "reason" }, name,
    element("span", { className: "bar" }, filled));
}
