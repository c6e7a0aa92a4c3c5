// Keys of a text field, with an input method between keyboard and field.
//
// A Hangul syllable that is being composed is not yet in the field's value. Enter at that moment
// commits it, and means Enter too; but browsers disagree on what they say, and when:
//   Chrome, Edge   keydown (229, composing) · compositionend · on some systems keydown (13) again
//   Firefox        keydown (229, composing) · compositionend
//   Safari         compositionend · keydown (229, not composing)
// Whichever comes, the key is taken once the syllable is in the value; that a second report finds
// nothing more to do is up to `handlers`, which empty the field.

const HANGUL = /[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff]$/;

/** The name of a key with its modifiers: "Enter", "Ctrl+Enter", "Alt+KeyR", "Shift+Tab". */
export function keyName(event) {
  const code = event.code === "NumpadEnter" || event.key === "Enter" ? "Enter" : event.code || event.key;
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  return `${control}${event.altKey ? "Alt+" : ""}${event.shiftKey ? "Shift+" : ""}${code}`;
}

/** Calls `handlers[keyName]()` for keys pressed in `field`, when its value is complete. */
export function onKeys(field, handlers) {
  let composing = false;
  let composed = ""; // what the last composition made
  let wanted = null; // a key pressed while composing
  let shifted = false;

  const take = (name) => {
    wanted = null;
    handlers[name]();
  };

  field.addEventListener("compositionstart", () => {
    composing = true;
  });
  field.addEventListener("compositionend", (event) => {
    composing = false;
    composed = event.data;
    if (!HANGUL.test(composed)) wanted = null; // elsewhere Enter chooses among characters
    // The value is complete when the input event that belongs to this one is over. By then a fast
    // writer may be composing again, and have pressed the key for that one.
    setTimeout(() => wanted && !composing && take(wanted));
  });
  field.addEventListener("keydown", (event) => {
    shifted = event.shiftKey;
    const name = keyName(event);
    if (wanted && !composing) {
      // The timer above is late. The key may be the same one, reported again.
      const again = wanted === name;
      take(wanted);
      if (again) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
    }
    if (!(name in handlers)) {
      if (event.keyCode !== 229) wanted = null;
      return;
    }
    if (composing || event.isComposing) {
      if (name !== "Enter") event.preventDefault(); // Tab stays here until the syllable is there
      wanted = name;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const others = event.keyCode === 229 && !HANGUL.test(composed);
    if (!event.repeat && !others) take(name);
  });
  // Keyboards on a screen say what they do, not which key was pressed.
  field.addEventListener("beforeinput", (event) => {
    const enter = event.inputType === "insertLineBreak" || event.inputType === "insertParagraph";
    if (!enter || shifted || !("Enter" in handlers)) return;
    event.preventDefault();
    if (composing) wanted = "Enter";
    else take("Enter");
  });
}
