// Requests to the page's server.

/** A request that failed; `status` is HTTP's, 0 if there was no response. */
export class ServerError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {unknown} [body] sent with POST; a GET request without it
 * @returns {Promise<any>}
 */
async function call(path, body) {
  const request = body === undefined
    ? {}
    : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new ServerError(0);
  }
  if (!response.ok) throw new ServerError(response.status);
  return response.json();
}

/** @returns {Promise<Page.State>} what to show */
export const fetchState = () => call("state");

/**
 * Performs an action.
 * @param {Page.Action} action
 * @param {number | null} place the state of the story that the window shows
 * @param {string | null} expected the candidate or note shown under the action's number
 * @returns {Promise<{events: Page.Event[], state: Page.State}>}
 */
export const act = (action, place, expected = null) => call("act", { action, place, expected });

/** Cancels the request to the model. */
export const stop = () => call("stop", {});

/**
 * Calls `onUpdate` with version and progress whenever they change, `onDisconnect` while the server
 * does not respond.
 * @param {(update: Page.Update) => void} onUpdate
 * @param {() => void} onDisconnect
 */
export function subscribe(onUpdate, onDisconnect) {
  /** @type {EventSource | null} */
  let source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const open = () => {
    clearTimeout(timer);
    const opened = new EventSource("events");
    source = opened;
    opened.onmessage = (event) => onUpdate(JSON.parse(event.data));
    opened.onerror = () => {
      onDisconnect();
      if (opened.readyState !== EventSource.CLOSED) return; // it reconnects by itself
      source = null;
      timer = setTimeout(open, 3000);
    };
  };
  // A browser keeps only six connections to a server, so windows in the background close theirs.
  const follow = () => {
    if (document.visibilityState === "visible") {
      if (!source) open();
    } else {
      clearTimeout(timer);
      source?.close();
      source = null;
    }
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
