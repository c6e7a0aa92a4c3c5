// The manuscript: paragraphs of sentences, each of which can be changed in its place.

import { button, byId, element, say, words } from "./dom.js";
import { onKeys } from "./keys.js";

const JOINED = "\u2060"; // no line ends between a mark and its sentence
const MARKS = { writer: "○", model: "◆", edited: "◇" };

/** @param change called with an action; answers whether it was done */
export function makeManuscript(change) {
  const root = byId("manuscript");
  let shown = []; // paragraphs, each a list of sentences as JSON
  let place = null; // of the story, that is shown
  let waiting = null; // what came while a sentence was being changed
  let editor = null;
  let current = 0; // number of the sentence that Tab leads to

  const sentences = () => [...root.querySelectorAll(".sentence")];

  function show(paragraphs, now) {
    if (editor) {
      waiting = [paragraphs, now];
      return;
    }
    place = now;
    const texts = paragraphs.map((one) => one.map((each) => JSON.stringify(each)));
    const whole = common(texts, shown, (one, other) => one.length === other.length && common(one, other) === one.length);
    if (whole === texts.length && whole === shown.length) return;
    // A long story may be a single paragraph: what it begins with stays as it is.
    const part = whole < texts.length && whole < shown.length ? common(texts[whole], shown[whole]) : 0;
    while (root.children.length > whole + (part ? 1 : 0)) root.lastChild.remove();
    const cut = part ? root.children[whole] : null;
    while (cut && cut.childNodes.length > 2 * part) cut.lastChild.remove();
    let number = sentences().length;
    paragraphs.slice(whole).forEach((paragraph, i) => {
      const begun = i === 0 && cut;
      const made = paragraph.slice(begun ? part : 0).flatMap((one) => [sentence(one, (number += 1)), " "]);
      if (begun) cut.append(...made);
      else root.append(element("p", {}, ...made));
    });
    const atEnd = whole >= shown.length - 1;
    shown = texts;
    move(number, false);
    const changed = root.children[whole];
    // With the next frame: a long text takes a while to lay out, and the model can be asked before.
    requestAnimationFrame(() => {
      if (atEnd) root.scrollTop = root.scrollHeight;
      else changed?.scrollIntoView({ block: "nearest" });
    });
  }

  function move(number, focus = true) {
    const all = sentences();
    all[current - 1]?.setAttribute("tabindex", "-1");
    current = Math.max(1, Math.min(number, all.length));
    const there = all[current - 1];
    there?.setAttribute("tabindex", "0");
    if (focus) there?.focus();
  }

  function open(number) {
    close();
    move(number, false);
    const there = sentences()[number - 1];
    editor = makeEditor(number, there.querySelector(".words").textContent);
    there.after(editor.box);
    there.hidden = true;
    editor.field.focus();
  }

  function close(focus = false) {
    if (!editor) return;
    editor.box.remove();
    sentences().forEach((one) => {
      one.hidden = false;
    });
    editor = null;
    const came = waiting;
    waiting = null;
    if (came) show(...came);
    if (focus) move(current);
  }

  async function done(action) {
    const number = current;
    if (!(await change(action))) return; // what was written stays in its field
    close();
    move(number);
  }

  function makeEditor(number, text) {
    const field = element("textarea", { value: text, rows: 3, lang: "ko", ariaLabel: say("edit_label", { number }) });
    let after = null; // where the field's words are put instead
    const save = () => {
      const words = field.value.trim();
      if (!words) return;
      if (after !== null) done({ command: "insert", after, text: words });
      else if (words === text) close(true);
      else done({ command: "edit", number, text: words });
    };
    const insert = (place) => {
      after = place;
      field.value = "";
      field.ariaLabel = place ? say("insert_label", { number: place }) : words.insert_first;
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
        button(words.back_here, () => done({ command: "back", number })),
        button(words.delete, () => done({ command: "delete", number }))));
    return { box, field };
  }

  root.addEventListener("click", (event) => {
    const there = event.target.closest(".sentence");
    if (there && getSelection().isCollapsed) open(sentences().indexOf(there) + 1);
  });
  root.addEventListener("keydown", (event) => {
    if (!event.target.classList.contains("sentence") || event.ctrlKey || event.altKey) return;
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
    /** Shows paragraphs, and which state of the story they are of; not over an open field. */
    show,
    get place() {
      return place;
    },
  };
}

/** How many items two lists begin with that are equal. */
function common(one, other, equal = Object.is) {
  let count = 0;
  while (count < one.length && count < other.length && equal(one[count], other[count])) count += 1;
  return count;
}

function sentence({ text, author }, number) {
  return element("span",
    { className: `sentence ${author}`, lang: "ko", role: "button", tabindex: "-1", ariaRoleDescription: words.sentence, "data-number": number },
    element("span", { className: "mark", ariaHidden: "true" }, `${MARKS[author]}${JOINED}`),
    element("span", { className: "words" }, text),
    element("span", { className: "unseen author" }, ` (${words[`by_${author}`]})`));
}
