// What lies beside the story: branches, notes and what is pinned, files to take away.

import { button, byId, element, say, words } from "./dom.js";

/** @param act does an action and answers with its events, null if it was not done */
export function makePanels(act) {
  const branches = byId("branches");
  const notes = byId("notes");
  const pin = byId("pin");
  let listed = null; // version that the list of branches shows
  let state = null;

  async function listBranches() {
    if (!branches.open || !state || listed === state.version) return;
    listed = state.version;
    const found = (await act({ command: "list_branches" }))?.find((e) => e.event === "branches");
    if (found) byId("branch-list").replaceChildren(...found.branches.map(branch));
  }

  function branch(one) {
    const about = say("branch", one);
    const name = say("branch_number", one);
    const last = element("span", { className: "last", lang: "ko" }, one.last ? `…${one.last}` : "");
    const item = element("li", {}, element("p", {}, about, " ", last));
    if (one.here) {
      item.ariaCurrent = "true";
      item.append(element("p", { className: "here" }, words.here));
    } else {
      item.append(element("p", { className: "buttons" },
        button(words.switch_branch, () => leave(branches, { command: "switch", branch: one.number }), name),
        button(words.compare_branch, () => compare(one.number), name)));
    }
    return item;
  }

  /** Does what takes the pressed button away; the focus goes to what its list is called. */
  async function leave(drawer, ...action) {
    if (await act(...action)) drawer.querySelector("summary").focus();
  }

  async function compare(number) {
    const found = (await act({ command: "compare", branch: number }))?.find((e) => e.event === "compared");
    if (!found) return;
    byId("comparison-heading").textContent = say("compared_at", found);
    byId("left-head").textContent = words.here;
    byId("right-head").textContent = say("branch_number", { number });
    byId("rows").replaceChildren(...found.rows.map(({ left, right }) =>
      element("tr", left === right ? { className: "same" } : {},
        element("td", {}, left ?? ""), element("td", {}, right ?? ""))));
    byId("comparison").showModal();
  }

  function note(one, index) {
    return element("li", {},
      element("p", {}, element("span", { className: "when" }, say("note_when", one)), " ", one.text),
      element("p", { className: "buttons" },
        button(words.drop_note, () => leave(notes, { command: "drop_note", number: index + 1 }, one.text), one.text)));
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
  byId("provenance").addEventListener("change", (event) => {
    for (const link of document.querySelectorAll("#export a")) {
      link.href = `export/${link.dataset.kind}${event.target.checked ? "?provenance=1" : ""}`;
    }
  });

  return {
    show(next) {
      const before = state;
      state = next;
      byId("branch-count").textContent = `(${state.branches})`;
      byId("note-count").textContent = `(${state.notes.length})`;
      byId("note-list").replaceChildren(...state.notes.map(note));
      if (before?.pinned !== state.pinned && document.activeElement !== pin) pin.value = state.pinned;
      listBranches();
    },
  };
}
