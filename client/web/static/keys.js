// Keys of a text field where an input method stands between keyboard and field.
//
// A Hangul syllable that is being composed is not yet in the field's value. Enter at that moment
// commits it and also means Enter, but browsers report this in different ways and orders:
//   Chrome, Edge   keydown (229, composing) · compositionend · on some systems keydown (13) again
//   Firefox        keydown (229, composing) · compositionend
//   Safari         compositionend · keydown (229, not composing)
// In every case the key is handled once the syllable is in the value. Handlers empty the field, so
// that a second report of the same key finds nothing to do.

const HANGUL = /[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff]$/;

/**
 * The name of a key with its modifiers: "Enter", "Ctrl+Enter", "Alt+KeyR", "Shift+Tab".
 * @param {KeyboardEvent} event
 */
export function keyName(event) {
  const code = event.code === "NumpadEnter" || event.key === "Enter" ? "Enter" : event.code || event.key;
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  return `${control}${event.altKey ? "Alt+" : ""}${event.shiftKey ? "Shift+" : ""}${code}`;
}

/**
 * Calls `handlers[keyName(event)]()` for keys pressed in `field`, once its value is complete.
 * @param {HTMLTextAreaElement} field
 * @param {Record<string, () => void>} handlers
 */
export function onKeys(field, handlers) {
  let composing = false;
  let composed = ""; // the result of the last composition
  /** @type {string | null} */
  let pending = null; // a key pressed while composing
  let shifted = false;

  /** @param {string} name */
  const handle = (name) => {
    pending = null;
    handlers[name]();
  };

  field.addEventListener("compositionstart", () => {
    composing = true;
  });
  field.addEventListener("compositionend", (event) => {
    composing = false;
    composed = event.data;
    if (!HANGUL.test(composed)) pending = null; // in other scripts Enter chooses among characters
    // The value is complete after this event's own input event. By then a fast writer may already be
    // composing the next syllable, and have pressed a key for that one.
    setTimeout(() => pending && !composing && handle(pending));
  });
  field.addEventListener("keydown", (event) => {
    shifted = event.shiftKey;
    const name = keyName(event);
    if (pending && !composing) {
      // The timer above has not run yet. This may be the same key, reported again.
      const repeated = pending === name;
      handle(pending);
      if (repeated) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
    }
    if (!(name in handlers)) {
      if (event.keyCode !== 229) pending = null;
      return;
    }
    if (composing || event.isComposing) {
      if (name !== "Enter") event.preventDefault(); // or Tab would leave the field too early
      pending = name;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const choosing = event.keyCode === 229 && !HANGUL.test(composed);
    if (!event.repeat && !choosing) handle(name);
  });
  // On-screen keyboards report what they do, not which key was pressed.
  field.addEventListener("beforeinput", (event) => {
    const enter = event.inputType === "insertLineBreak" || event.inputType === "insertParagraph";
    if (!enter || shifted || !("Enter" in handlers)) return;
    event.preventDefault();
    if (composing) pending = "Enter";
    else handle("Enter");
  });
}
