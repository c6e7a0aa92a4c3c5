// Makes elements; what is shown is always text, never markup.

export const byId = (id) => document.getElementById(id);

/** The page's words in the writer's language, filled in: say("ready", {count: 3}). */
export const words = JSON.parse(byId("words").textContent);

export function say(key, fields = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => fields[name]);
}

/** An element with properties and children; a string becomes text. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A button; one of several that are called the same is read out with what it is `about`. */
export const button = (label, onclick, about = "") =>
  element("button", { type: "button", onclick, ariaLabel: about ? `${label}: ${about}` : null }, label);
