// What the page asks the node: one function for each kind of question.

import { language } from "./words.mjs";

export class Refused extends Error {
  constructor(words, status) {
    super(words);
    this.status = status;
  }
}

// A line that died without a word would never end a question by itself. The node answers
// within a minute, and ends a command within ten.
const PATIENCE_MS = 90000;
const COMMAND_PATIENCE_MS = 630000;

async function request(path, { signal, patience = PATIENCE_MS, ...options } = {}) {
  const end = new AbortController();
  const stop = () => end.abort();
  const timer = setTimeout(stop, patience);
  signal?.addEventListener("abort", stop);
  let answer;
  let text;
  try {
    answer = await fetch(path, {
      credentials: "same-origin",
      ...options,
      signal: end.signal,
      headers: { "X-Filial": "1", "Accept-Language": language(), ...options.headers },
    });
    text = await answer.text();
  } catch {
    throw new Refused("", 0); // the node does not answer
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
  let body = null;
  try { body = text ? JSON.parse(text) : null; } catch { /* not JSON */ }
  if (!answer.ok) {
    throw new Refused(body?.["odata.error"]?.message?.value ?? `HTTP ${answer.status}`, answer.status);
  }
  return body;
}

const post = (path, body, patience) => request(path, {
  patience,
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

export const session = () => request("api/session");
export const signIn = (token) => post("api/session", { token });
export const signOut = () => request("api/session", { method: "DELETE" });
export const overview = () => request("api/overview");

/** A command of `filial`; throws its complaint. */
export async function command(...words) {
  const answer = await post("api/command", { arguments: words }, COMMAND_PATIENCE_MS);
  if (answer.exit !== 0) {
    const refused = new Refused(answer.complaint.replace(/^filial: /, "").trim(), 200);
    refused.code = answer.status ?? ""; // "not_found", "refused", ...
    throw refused;
  }
  return answer.result ?? {};
}

/** The same where a node may be too old to know it, or who asks may only look: null then. */
export async function commandOrNull(...words) {
  try {
    return await command(...words);
  } catch (refused) {
    if ([400, 403, 404].includes(refused.status)) return null;
    throw refused;
  }
}

/** Calls `changed(events)` whenever something happened, until `signal` is aborted. */
export async function follow(changed, line, signal) {
  let from;
  let position;
  while (!signal.aborted) {
    try {
      const query = from === undefined ? "" : `?from=${from}&position=${position}&wait=30`;
      const answer = await request(`api/events${query}`, { signal });
      line(true);
      if (from !== undefined && (answer.events.length > 0 || answer.position !== position || answer.lost)) {
        changed(answer.events);
      }
      from = answer.next;
      position = answer.position;
    } catch (refused) {
      if (signal.aborted) return;
      line(false, refused);
      if (refused.status === 401) return;
      await new Promise((resolve) => { setTimeout(resolve, 3000); });
    }
  }
}
