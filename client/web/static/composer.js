// The field for the next sentence: the writer's own, a begun one for the model, or a candidate that
// is changed before it is taken.

import { byId, say, words } from "./dom.js";
import { onKeys } from "./keys.js";

const DRAFT = "draft"; // kept for this window, so that a reload loses no half sentence

/**
 * @param write called with the writer's words; answers whether they are in the story
 * @param take called with a candidate's number, its text and the words that go in its place; the same
 * @param goOn called after that
 * @param ask called with how the next sentence begins
 */
export function makeComposer({ write, take, goOn, ask }) {
  const field = byId("line");
  const form = byId("composer");
  let candidate = null; // {number, text} of the one that is changed
  let draft = "";
  let edits = 0;

  const keep = () => {
    edits += 1;
    if (!candidate) sessionStorage.setItem(DRAFT, field.value);
  };
  const set = (text) => {
    field.value = text;
    keep();
  };

  async function submit() {
    const text = field.value.trim();
    if (!text) return;
    const { number, text: original } = candidate ?? {};
    set(""); // at once: a second Enter must not find it again
    if (candidate) {
      if (await take(number, original, text)) {
        leave();
        goOn();
      } else field.value = text;
    } else if (!(await write(text))) set(field.value ? `${text}\n${field.value}` : text);
  }

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
    byId("line-label").textContent = candidate ? say("revising", { number: candidate.number }) : words.next_sentence;
    byId("leave").hidden = !candidate;
    byId("ask").hidden = candidate !== null;
  }

  // A space at the end stays: it says that the last word is complete.
  const begun = () => ask(candidate ? "" : field.value.trimStart());
  onKeys(field, { Enter: submit, "Ctrl+Enter": begun, Tab: begun });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !candidate) return;
    leave();
    event.stopPropagation();
  });
  field.addEventListener("input", keep);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    field.focus();
  });
  byId("ask").addEventListener("click", begun);
  byId("leave").addEventListener("click", () => {
    leave();
    field.focus();
  });
  field.value = sessionStorage.getItem(DRAFT) ?? "";

  return {
    revise,
    focus: () => field.focus(),
    /** Grows with whatever happens to the words in the field. */
    get edits() {
      return edits;
    },
    /** Forgets a beginning that the model has finished. */
    finished(prefix) {
      if (!prefix) return;
      if (candidate && draft.trim() === prefix.trim()) draft = "";
      else if (field.value.trim() === prefix.trim()) set("");
    },
  };
}
