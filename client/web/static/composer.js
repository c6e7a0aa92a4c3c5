// The field for the next sentence: the writer's own, the beginning of one for the model to finish,
// or a candidate that is edited before it is taken.

import { byId, message, words } from "./dom.js";
import { onKeys } from "./keys.js";

const DRAFT = "draft"; // key in this window's storage, so that a reload keeps a half-written sentence

/**
 * @param {object} callbacks
 * @param {(text: string) => Promise<boolean>} callbacks.write adds a sentence; whether it was added
 * @param {(number: number, text: string, edited: string) => Promise<boolean>} callbacks.take takes a
 *   candidate with other words; whether it was taken
 * @param {() => void} callbacks.askNext called after that
 * @param {(prefix: string) => void} callbacks.ask asks for candidates that begin with `prefix`
 */
export function makeComposer({ write, take, askNext, ask }) {
  const field = byId("line");
  const form = byId("composer");
  /** @type {{number: number, text: string} | null} */
  let candidate = null; // being edited
  let draft = ""; // what was in the field before
  let edits = 0;

  const saveDraft = () => {
    edits += 1;
    if (!candidate) sessionStorage.setItem(DRAFT, field.value);
  };
  /** @param {string} text */
  const set = (text) => {
    field.value = text;
    saveDraft();
  };

  async function submit() {
    const text = field.value.trim();
    if (!text) return;
    const editing = candidate;
    set(""); // at once, so that a second Enter does not submit the text again
    if (editing) {
      if (await take(editing.number, editing.text, text)) {
        leave();
        askNext();
      } else field.value = text;
    } else if (!(await write(text))) set(field.value ? `${text}\n${field.value}` : text);
  }

  /**
   * @param {number} number
   * @param {string} text
   */
  function revise(number, text) {
    if (!candidate) draft = field.value;
    candidate = { number, text };
    field.value = text;
    label();
    field.focus();
  }

  function leave() {
    if (!candidate) return;
    candidate = null;
    set(draft);
    draft = "";
    label();
  }

  function label() {
    byId("line-label").textContent = candidate ? message("revising", { number: candidate.number }) : words.next_sentence;
    byId("leave").hidden = !candidate;
    byId("ask").hidden = candidate !== null;
  }

  // A trailing space is kept: it means that the last word is complete.
  const askWithPrefix = () => ask(candidate ? "" : field.value.trimStart());
  onKeys(field, { Enter: submit, "Ctrl+Enter": askWithPrefix, Tab: askWithPrefix });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !candidate) return;
    leave();
    event.stopPropagation();
  });
  field.addEventListener("input", saveDraft);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    field.focus();
  });
  byId("ask").addEventListener("click", askWithPrefix);
  byId("leave").addEventListener("click", () => {
    leave();
    field.focus();
  });
  field.value = sessionStorage.getItem(DRAFT) ?? "";

  return {
    revise,
    focus: () => field.focus(),
    /** Counts the changes to the text in the field. */
    get edits() {
      return edits;
    },
    /**
     * Removes the beginning of a sentence that the model has finished.
     * @param {string} prefix
     */
    clearPrefix(prefix) {
      if (!prefix) return;
      if (candidate && draft.trim() === prefix.trim()) draft = "";
      else if (field.value.trim() === prefix.trim()) set("");
    },
  };
}
