// Speaks with the page's server.

/** What went wrong on the way; `status` is HTTP's, 0 without an answer. */
export class ServerError extends Error {
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

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

/** What there is to see. */
export const look = () => call("state");

/** Does an action; answers with what came of it (`events`) and what there is to see (`state`). */
export const act = (action, place, expected = null) => call("act", { action, place, expected });

/** Gives up what the model is asked. */
export const stop = () => call("stop", {});

/** Calls `news` with version and progress whenever they change, `lost` while nobody answers. */
export function watch(news, lost) {
  let source = null;
  let timer = 0;

  const open = () => {
    clearTimeout(timer);
    source = new EventSource("events");
    source.onmessage = (event) => news(JSON.parse(event.data));
    source.onerror = () => {
      lost();
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      source = null;
      timer = setTimeout(open, 3000);
    };
  };
  // A browser keeps only six connections to a server; windows that nobody sees need none.
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
