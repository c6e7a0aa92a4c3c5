// What the page's script is checked against: the server's JSON, and the elements of the page.

declare namespace Page {
  type Author = "writer" | "model" | "edited";
  type Reason = "fitting" | "new" | "natural";
  type How = "first" | "again" | "differently";

  interface Sentence {
    text: string;
    author: Author;
  }

  interface Candidate {
    text: string;
    reasons: Record<Reason, number>;
    strongest: Reason;
  }

  interface Note {
    text: string;
    sentence: number;
  }

  interface Counts {
    sentences: number;
    characters: number;
    letters: number;
    share: Record<Author, number>;
  }

  /** What may change without an action of this window. */
  interface Update {
    start: string;
    version: number;
    progress: string;
  }

  /** Everything that a window shows: `client/web/page_state.py`. */
  interface State extends Update {
    title: string;
    place: number;
    paragraphs: Sentence[][];
    counts: Counts;
    prefix: string;
    candidates: Candidate[];
    can_undo: boolean;
    can_redo: boolean;
    branches: number;
    notes: Note[];
    pinned: string;
    dial: number;
  }

  interface Branch {
    number: number;
    here: boolean;
    sentences: number;
    common: number;
    last: string;
  }

  interface Row {
    left: string | null;
    right: string | null;
  }

  /** The events that the page reads more of than the message: `client/session/events.py`. */
  type Event =
    | { event: "changed"; how: string; message?: undefined; key?: undefined }
    | { event: "opening_needed"; written: number; message?: undefined; key?: undefined }
    | { event: "branches"; branches: Branch[]; message?: undefined; key?: undefined }
    | { event: "compared"; common: number; rows: Row[]; message?: undefined; key?: undefined }
    | { event: "notice" | "problem"; key: string; message: string }
    | { event: "asking" | "retrying" | "proposed" | "notes" | "dialled" | "whole_story";
        message?: undefined; key?: undefined };

  /** What a writer may do: `client/session/actions.py`. */
  type Action =
    | { command: "write"; text: string }
    | { command: "take"; number: number; text?: string }
    | { command: "ask"; how: How; prefix: string; anyway: boolean }
    | { command: "edit"; number: number; text: string }
    | { command: "insert"; after: number; text: string }
    | { command: "delete" | "back" | "drop_note"; number: number }
    | { command: "switch" | "compare"; branch: number }
    | { command: "add_note" | "pin"; text: string }
    | { command: "dial"; value: number }
    | { command: "undo" | "redo" | "list_branches" };

  /** Performs an action; its events, or null if it was not done. */
  type Act = (action: Action, expected?: string) => Promise<Event[] | null>;

  /** Performs a change; whether it was done. */
  type Change = (action: Action, expected?: string) => Promise<boolean>;

  /** The elements with an id in `page.html.jinja`. */
  interface Elements {
    again: HTMLButtonElement;
    ask: HTMLButtonElement;
    "branch-count": HTMLElement;
    "branch-list": HTMLOListElement;
    branches: HTMLDetailsElement;
    candidates: HTMLElement;
    "candidates-hint": HTMLElement;
    close: HTMLButtonElement;
    comparison: HTMLDialogElement;
    "comparison-heading": HTMLElement;
    composer: HTMLFormElement;
    counts: HTMLElement;
    dial: HTMLInputElement;
    differently: HTMLButtonElement;
    leave: HTMLButtonElement;
    "left-head": HTMLElement;
    line: HTMLTextAreaElement;
    "line-label": HTMLLabelElement;
    manuscript: HTMLElement;
    marks: HTMLInputElement;
    none: HTMLElement;
    note: HTMLTextAreaElement;
    "note-count": HTMLElement;
    "note-form": HTMLFormElement;
    "note-list": HTMLUListElement;
    notes: HTMLDetailsElement;
    notices: HTMLScriptElement & { textContent: string };
    pin: HTMLTextAreaElement;
    "pin-form": HTMLFormElement;
    progress: HTMLElement;
    provenance: HTMLInputElement;
    redo: HTMLButtonElement;
    revise: HTMLButtonElement;
    "right-head": HTMLElement;
    rows: HTMLTableSectionElement;
    status: HTMLElement;
    stop: HTMLButtonElement;
    title: HTMLElement;
    undo: HTMLButtonElement;
    words: HTMLScriptElement & { textContent: string };
  }
}
