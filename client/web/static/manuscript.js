// The manuscript: paragraphs of sentences, each of which can be edited in place.

import { button, byId, element, message, words } from "./dom.js";
import { onKeys } from "./keys.js";

const WORD_JOINER = "\u2060"; // no line break between a mark and its sentence
const MARKS = { writer: "○", model: "◆", edited: "◇" };

/** @param {Page.Change} change */
export function makeManuscript(change) {
  const root = byId("manuscript");
  /** @type {string[][]} */
  let shown = []; // paragraphs, each a list of sentences as JSON
  /** @type {number | null} */
  let place = null; // the state of the story that is shown
  /** @type {[Page.Sentence[][], number] | null} */
  let deferred = null; // a newer state, while a sentence is being edited
  /** @type {{box: HTMLElement, field: HTMLTextAreaElement} | null} */
  let editor = null;
  let current = 0; // number of the sentence that Tab reaches

  /** @returns {HTMLElement[]} */
  const sentences = () => [...root.querySelectorAll(/** @type {"span"} */ (".sentence"))];

  /**
   * @param {Page.Sentence[][]} paragraphs
   * @param {number} newPlace
   */
  function show(paragraphs, newPlace) {
    if (editor) {
      deferred = [paragraphs, newPlace];
      return;
    }
    place = newPlace;
    const texts = paragraphs.map((one) => one.map((each) => JSON.stringify(each)));
    const whole = commonPrefix(texts, shown, (one, other) => one.length === other.length && commonPrefix(one, other) === one.length);
    if (whole === texts.length && whole === shown.length) return;
    // A long story may be a single paragraph, so the sentences that are unchanged stay too.
    const part = whole < texts.length && whole < shown.length ? commonPrefix(texts[whole], shown[whole]) : 0;
    while (root.children.length > whole + (part ? 1 : 0)) root.lastChild?.remove();
    const kept = part ? root.children[whole] : null;
    while (kept && kept.childNodes.length > 2 * part) kept.lastChild?.remove();
    let number = sentences().length;
    paragraphs.slice(whole).forEach((paragraph, i) => {
      const into = i === 0 ? kept : null;
      const created = paragraph.slice(into ? part : 0).flatMap((one) => [sentence(one, (number += 1)), " "]);
      if (into) into.append(...created);
      else root.append(element("p", {}, ...created));
    });
    const atEnd = whole >= shown.length - 1;
    shown = texts;
    move(number, false);
    const changed = root.children[whole];
    // In the next frame: layout of a long text takes a while, and the model can be asked before it.
    requestAnimationFrame(() => {
      if (atEnd) root.scrollTop = root.scrollHeight;
      else changed?.scrollIntoView({ block: "nearest" });
    });
  }

  /**
   * @param {number} number
   * @param {boolean} focus
   */
  function move(number, focus = true) {
    const all = sentences();
    all[current - 1]?.setAttribute("tabindex", "-1");
    current = Math.max(1, Math.min(number, all.length));
    const target = all[current - 1];
    target?.setAttribute("tabindex", "0");
    if (focus) target?.focus();
  }

  /** @param {number} number */
  function open(number) {
    close();
    move(number, false);
    const target = sentences()[number - 1];
    editor = makeEditor(number, target.querySelector(".words")?.textContent ?? "");
    target.after(editor.box);
    target.hidden = true;
    editor.field.focus();
  }

  function close(focus = false) {
    if (!editor) return;
    editor.box.remove();
    sentences().forEach((one) => {
      one.hidden = false;
    });
    editor = null;
    const newer = deferred;
    deferred = null;
    if (newer) show(...newer);
    if (focus) move(current);
  }

  /** @param {Page.Action} action */
  async function perform(action) {
    const number = current;
    if (!(await change(action))) return; // the text stays in its field
    close();
    move(number);
  }

  /**
   * @param {number} number
   * @param {string} text
   */
  function makeEditor(number, text) {
    const field = element("textarea", { value: text, rows: 3, lang: "ko", ariaLabel: message("edit_label", { number }) });
    /** @type {number | null} */
    let after = null; // insert after this sentence instead of editing
    const save = () => {
      const edited = field.value.trim();
      if (!edited) return;
      if (after !== null) perform({ command: "insert", after, text: edited });
      else if (edited === text) close(true);
      else perform({ command: "edit", number, text: edited });
    };
    /** @param {number} place */
    const insert = (place) => {
      after = place;
      field.value = "";
      field.ariaLabel = place ? message("insert_label", { number: place }) : words.insert_first;
      field.placeholder = field.ariaLabel;
      field.focus();
    };
    onKeys(field, { Enter: save, Escape: () => close(true) });
    const box = element("span", { className: "editor" }, field,
      element("span", { className: "buttons" },
        button(words.save, save),
        button(words.cancel, () => close(true)),
        button(words.insert_before, () => insert(number - 1)),
        button(words.insert_after, () => insert(number)),
        button(words.back_here, () => perform({ command: "back", number })),
        button(words.delete, () => perform({ command: "delete", number }))));
    return { box, field };
  }

  root.addEventListener("click", (event) => {
    /** @type {HTMLElement | null} */
    const target = /** @type {Element} */ (event.target).closest(".sentence");
    if (target && getSelection()?.isCollapsed) open(sentences().indexOf(target) + 1);
  });
  root.addEventListener("keydown", (event) => {
    if (!(/** @type {Element} */ (event.target).classList.contains("sentence"))) return;
    if (event.ctrlKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => move(current + 1),
      ArrowRight: () => move(current + 1),
      ArrowUp: () => move(current - 1),
      ArrowLeft: () => move(current - 1),
      Home: () => move(1),
      End: () => move(sentences().length),
      Enter: () => open(current),
      " ": () => open(current),
      F2: () => open(current),
    };
    if (!(event.key in keys)) return;
    keys[event.key]();
    event.preventDefault();
  });

  return {
    /** Shows paragraphs and remembers the state they belong to; waits while a sentence is edited. */
    show,
    get place() {
      return place;
    },
  };
}

/**
 * The number of equal items that two lists begin with.
 * @template T
 * @param {T[]} one
 * @param {T[]} other
 * @param {(a: T, b: T) => boolean} equal
 */
function commonPrefix(one, other, equal = Object.is) {
  let count = 0;
  while (count < one.length && count < other.length && equal(one[count], other[count])) count += 1;
  return count;
}

/**
 * @param {Page.Sentence} sentence
 * @param {number} number
 */
function sentence({ text, author }, number) {
  return element("span",
    { className: `sentence ${author}`, lang: "ko", role: "button", tabindex: "-1", ariaRoleDescription: words.sentence, "data-number": number },
    element("span", { className: "mark", ariaHidden: "true" }, `${MARKS[author]}${WORD_JOINER}`),
    element("span", { className: "words" }, text),
    element("span", { className: "visually-hidden author" }, ` (${words[`by_${author}`]})`));
}
