// Elements and messages. What is shown is always text, never markup.

/**
 * The element of the page with an id.
 * @template {keyof Page.Elements} Id
 * @param {Id} id
 * @returns {Page.Elements[Id]}
 */
export const byId = (id) => /** @type {any} */ (document.getElementById(id));

/** @type {Record<string, string>} The page's messages in the writer's language. */
export const words = JSON.parse(byId("words").textContent);

/**
 * A message with its placeholders filled in: message("ready", {count: 3}).
 * @param {string} key
 * @param {Record<string, any>} fields
 */
export function message(key, fields) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => String(fields[name]));
}

/**
 * Creates an element with properties or attributes, and children; a string becomes text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in created) Object.assign(created, { [name]: value });
    else created.setAttribute(name, String(value));
  }
  created.append(...children);
  return created;
}

/**
 * Creates a button. Where several have the same label, `about` tells a screen reader which is which.
 * @param {string} label
 * @param {() => void} onclick
 * @param {string} about
 */
export const button = (label, onclick, about = "") =>
  element("button", { type: "button", onclick, ariaLabel: about ? `${label}: ${about}` : null }, label);
