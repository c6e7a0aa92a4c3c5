// The collapsible panels beside the story: branches, notes and pinned text, export.

import { button, byId, element, message, words } from "./dom.js";

/** @param {Page.Act} act */
export function makePanels(act) {
  const branches = byId("branches");
  const notes = byId("notes");
  const pin = byId("pin");
  /** @type {number | null} */
  let listed = null; // the version of the state whose branches are listed
  /** @type {Page.State | null} */
  let state = null;

  async function listBranches() {
    if (!branches.open || !state || listed === state.version) return;
    listed = state.version;
    const list = (await act({ command: "list_branches" }))?.find((e) => e.event === "branches");
    if (list?.event === "branches") byId("branch-list").replaceChildren(...list.branches.map(branch));
  }

  /** @param {Page.Branch} one */
  function branch(one) {
    const about = message("branch", one);
    const name = message("branch_number", one);
    const last = element("span", { className: "last", lang: "ko" }, one.last ? `…${one.last}` : "");
    const item = element("li", {}, element("p", {}, about, " ", last));
    if (one.here) {
      item.ariaCurrent = "true";
      item.append(element("p", { className: "here" }, words.here));
    } else {
      item.append(element("p", { className: "buttons" },
        button(words.switch_branch, () => actAndLeave(branches, { command: "switch", branch: one.number }), name),
        button(words.compare_branch, () => compare(one.number), name)));
    }
    return item;
  }

  /**
   * Performs an action that removes the pressed button; the focus moves to the panel's summary.
   * @param {HTMLElement} panel
   * @param {Page.Action} action
   * @param {string} [expected]
   */
  async function actAndLeave(panel, action, expected) {
    if (await act(action, expected)) panel.querySelector("summary")?.focus();
  }

  /** @param {number} number */
  async function compare(number) {
    const compared = (await act({ command: "compare", branch: number }))?.find((e) => e.event === "compared");
    if (compared?.event !== "compared") return;
    byId("comparison-heading").textContent = message("compared_at", compared);
    byId("left-head").textContent = words.here;
    byId("right-head").textContent = message("branch_number", { number });
    byId("rows").replaceChildren(...compared.rows.map(({ left, right }) =>
      element("tr", left === right ? { className: "same" } : {},
        element("td", {}, left ?? ""), element("td", {}, right ?? ""))));
    byId("comparison").showModal();
  }

  /**
   * @param {Page.Note} one
   * @param {number} index
   */
  function note(one, index) {
    return element("li", {},
      element("p", {}, element("span", { className: "when" }, message("note_when", one)), " ", one.text),
      element("p", { className: "buttons" },
        button(words.drop_note, () => actAndLeave(notes, { command: "drop_note", number: index + 1 }, one.text), one.text)));
  }

  branches.addEventListener("toggle", listBranches);
  byId("close").addEventListener("click", () => byId("comparison").close());
  byId("pin-form").addEventListener("submit", (event) => {
    event.preventDefault();
    act({ command: "pin", text: pin.value });
  });
  byId("note-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = byId("note");
    if (field.value.trim() && (await act({ command: "add_note", text: field.value }))) field.value = "";
  });
  byId("provenance").addEventListener("change", () => {
    const query = byId("provenance").checked ? "?provenance=1" : "";
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#export a"))) {
      link.href = `export/${link.dataset.kind}${query}`;
    }
  });

  return {
    /** @param {Page.State} next */
    show(next) {
      const before = state;
      state = next;
      byId("branch-count").textContent = `(${state.branches})`;
      byId("note-count").textContent = `(${state.notes.length})`;
      // A list that is rebuilt takes away the button that is being pressed.
      if (JSON.stringify(before?.notes) !== JSON.stringify(state.notes)) {
        byId("note-list").replaceChildren(...state.notes.map(note));
      }
      if (before?.pinned !== state.pinned && document.activeElement !== pin) pin.value = state.pinned;
      listBranches();
    },
  };
}
