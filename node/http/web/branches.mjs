// Who is late and why: all branches, and one of them.

import * as api from "./api.mjs";
import { ask, h, show } from "./dom.mjs";
import { ago, lasts, minute, moment, number, speed, t } from "./words.mjs";

const PAGE = 100;
const LATE_S = 24 * 3600;

const view = { search: "", order: "sortLate", only: "showAll", shown: PAGE, windows: null, peer: null, missing: false };

const silence = (peer) => (peer.last_success ? (Date.now() - Date.parse(peer.last_success)) / 1000 : 0);
/** Its last window went by without it, or nothing was exchanged for a day. */
export const isLate = (peer) => peer.state === "active"
  && (peer.window_late || peer.lag_seconds > LATE_S || silence(peer) > LATE_S);
/** That a window is closed is no trouble. */
const trouble = (peer) => (peer.last_error === "the window is closed" ? "" : peer.last_error ?? "");
const isTroubled = (peer) => Boolean(trouble(peer)) || peer.state === "held" || peer.state === "away";

/** Why it is late or in trouble, in words. */
function why(peer) {
  if (trouble(peer)) return trouble(peer);
  if (peer.state === "held") return t("whyHeld");
  if (peer.state === "away") return t("whyAway");
  if (!isLate(peer)) return "";
  return peer.window_late ? t("whyWindow") : t("whySilent", lasts(Math.max(silence(peer), peer.lag_seconds ?? 0)));
}

function badness(peer) {
  if (peer.state === "held") return 6;
  if (trouble(peer)) return 5;
  if (peer.state === "away") return 4;
  if (isLate(peer)) return 3;
  if (peer.state === "active" && !peer.connected) return 2;
  return peer.state === "active" ? 1 : 0;
}

const seen = (peer) => (peer.last_success ? Date.parse(peer.last_success) : 0);
const collator = new Intl.Collator(undefined, { numeric: true });
const byCode = (a, b) => collator.compare(a.code, b.code);
const ORDERS = {
  sortLate: (a, b) => badness(b) - badness(a) || (b.lag_seconds ?? 0) - (a.lag_seconds ?? 0) || byCode(a, b),
  sortCode: (a, b) => byCode(a, b),
  sortLag: (a, b) => (b.lag_changes ?? 0) - (a.lag_changes ?? 0),
  sortSeen: (a, b) => seen(a) - seen(b),
};
const FILTERS = {
  showAll: () => true,
  showLate: isLate,
  showOn: (peer) => peer.connected,
  showOff: (peer) => !peer.connected,
  showTrouble: isTroubled,
};

const FIGURES = new Set(["queue", "lag", "speed"]);

function tone(peer) {
  if (badness(peer) >= 4) return "bad";
  if (badness(peer) >= 2) return "warn";
  return peer.state === "active" ? "good" : "dim";
}

function stateWord(peer) {
  if (peer.state !== "active") return t(peer.state);
  if (peer.in_round) return t("working");
  return peer.connected ? t("connected") : t("offline");
}

/** The next window of a node: as the node itself knows it, or from the plan of the week. */
function nextWindow(peer) {
  if (peer.window_open !== undefined) {
    if (!peer.window_open) return peer.window_opens ? minute(peer.window_opens) : "–";
    return peer.window_closes ? t("openTill", minute(peer.window_closes)) : t("now");
  }
  const found = view.windows?.byCode.get(peer.code) ?? view.windows?.everybody;
  if (!found) return "–";
  const time = (ms) => minute(new Date(ms).toISOString());
  return found.begin_ms <= Date.now() ? t("openTill", time(found.end_ms)) : time(found.begin_ms);
}

async function loadWindows(peers) {
  if (peers.length > 0 && peers.every((peer) => peer.window_open !== undefined)) return;
  const [plan, groups] = await Promise.all([
    api.commandOrNull("window", "plan", "--days", "7"), api.commandOrNull("window", "group")]);
  if (!plan) { view.windows = null; return; }
  const members = new Map((groups?.groups ?? []).map((group) => [group.group, group.members]));
  const byCode = new Map();
  let everybody = null;
  for (const item of plan.plan ?? []) {
    if (item.blackout) continue;
    if (item.group === "all") everybody ??= item;
    else for (const code of members.get(item.group) ?? []) if (!byCode.has(code)) byCode.set(code, item);
  }
  view.windows = { byCode, everybody };
}

export async function load(context, code) {
  if (!code) {
    await loadWindows(context.overview.peers);
    return;
  }
  view.peer = await api.command("node", "explain", code).catch((refused) => {
    view.missing = refused.message;
    return null;
  });
}

function row(peer) {
  return h("tr", {},
    h("th", { scope: "row" }, h("a", { href: `#/branches/${encodeURIComponent(peer.code)}` }, peer.code),
      peer.name && peer.name !== peer.code ? h("span.under", {}, peer.name) : null),
    h("td", { "data-label": t("state") }, h(`span.dot.${tone(peer)}`, {}, stateWord(peer))),
    h("td.figure", { "data-label": t("queue") }, number(peer.lag_changes), peer.lag_is_estimate ? "+" : ""),
    h("td.figure", { "data-label": t("lag") }, peer.lag_changes ? lasts(peer.lag_seconds) : "–"),
    h("td", { "data-label": t("lastSuccess"), title: peer.last_success ? moment(peer.last_success) : "" }, ago(peer.last_success)),
    h("td", { "data-label": t("nextWindow") }, nextWindow(peer)),
    h("td.figure", { "data-label": t("speed") }, speed(Math.max(peer.in_bytes_per_second ?? 0, peer.out_bytes_per_second ?? 0))),
    h("td.trouble", { "data-label": t("trouble") }, why(peer)));
}

function drawAll(context) {
  const peers = context.overview.peers.filter((peer) => peer.state !== "waiting");
  const wanted = view.search.trim().toLocaleLowerCase();
  const found = peers.filter((peer) => FILTERS[view.only](peer)
    && (!wanted || peer.code.toLocaleLowerCase().includes(wanted) || (peer.name ?? "").toLocaleLowerCase().includes(wanted)))
    .sort(ORDERS[view.order]);
  const again = () => show(document.getElementById("main"), draw(context, ""));
  const choice = (id, label, options, value, set) => h("label.field", {}, h("span", {}, label),
    h("select", { id, onchange: (event) => { set(event.target.value); view.shown = PAGE; again(); } },
      Object.keys(options).map((key) => h("option", { value: key, selected: key === value }, t(key)))));
  const tile = (key, kind) => {
    const count = peers.filter(FILTERS[key]).length;
    return h("button.tile", {
      type: "button", id: `tile-${key}`, "aria-pressed": String(view.only === key), class: count > 0 ? kind : "",
      onclick: () => { view.only = view.only === key ? "showAll" : key; view.shown = PAGE; again(); },
    }, h("b", {}, number(count)), h("span", {}, t(key)));
  };
  return [
    h("div.headline", {}, h("h1", {}, t("branches"))),
    (context.overview.node.problems ?? []).map((problem) => h("p.bad", { role: "alert" }, t(`problem_${problem}`))),
    h("div.tiles", { role: "group", "aria-label": t("showOnly") },
      tile("showAll", ""), tile("showOn", "good"), tile("showLate", "warn"), tile("showTrouble", "bad"), tile("showOff", "warn")),
    h("div.filters", { role: "search" },
      h("label.field", {}, h("span", {}, t("search")), h("input", {
        id: "search", type: "search", value: view.search, placeholder: t("searchBranches"),
        oninput: (event) => { view.search = event.target.value; view.shown = PAGE; again(); } })),
      choice("order", t("sortBy"), ORDERS, view.order, (value) => { view.order = value; })),
    found.length === 0 ? h("p.empty", {}, t("nothing")) : h("div.scroll", {}, h("table.cards", {},
      h("caption.hidden", {}, t("branches")),
      h("thead", {}, h("tr", {}, ["code", "state", "queue", "lag", "lastSuccess", "nextWindow", "speed", "trouble"]
        .map((key) => h("th", { scope: "col", class: FIGURES.has(key) ? "figure" : "" }, t(key))))),
      h("tbody", {}, found.slice(0, view.shown).map(row)))),
    h("div.foot", {}, h("span", {}, t("shown", number(Math.min(view.shown, found.length)), number(found.length))),
      found.length > view.shown ? h("button.plain", {
        id: "more", type: "button", onclick: () => { view.shown += PAGE; again(); },
      }, t("more", Math.min(PAGE, found.length - view.shown))) : null),
  ];
}

async function revoke(context, code) {
  const answer = await ask({
    title: t("revokeAsk", code), body: h("p", {}, t("revokeWarn")), ok: t("revoke"), cancel: t("cancel"), danger: true,
  });
  if (answer) await context.change(t("done"), "node", "revoke", code);
}

function actions(context, peer) {
  if (!context.mayWrite) return h("p.hint", {}, t("readOnly"));
  if (peer.state === "revoked") return null; // for good
  const button = (key, kind, run) => h(`button.${kind}`, { type: "button", id: `do-${key}`, onclick: run }, t(key));
  return h("div.actions", {},
    peer.state === "suspended"
      ? button("resume", "primary", () => context.change(t("done"), "node", "resume", peer.code))
      : button("suspend", "plain", () => context.change(t("done"), "node", "suspend", peer.code)),
    peer.state === "held" ? button("release", "primary", () => context.change(t("done"), "node", "release", peer.code)) : null,
    button("revoke", "danger", () => revoke(context, peer.code)));
}

const FACTS = { role: 1, state: 1, node: 1, incarnation: 1, connected: 1, received: 1, last_received: 1, confirmed: 1, last_confirmed: 1, waiting: 1 };

function fact(key, value) {
  if (key === "role" || key === "state") return t(value);
  if (value === null || value === "") return "–";
  if (typeof value === "number") return number(value);
  return /^\d{4}-\d\d-\d\dT/.test(value) ? `${moment(value)} (${ago(value)})` : String(value);
}

const LABELS = { node: "UUID", waiting: "queue", connected: "connectedSince", last_received: "lastHeard", last_confirmed: "lastSuccess" };

function drawOne(context, code) {
  const peer = view.peer;
  const live = context.overview.peers.find((other) => other.code === code) ?? {};
  const back = h("p", {}, h("a", { href: "#/branches" }, "← ", t("branches")));
  const shown = { ...live, state: live.state ?? peer?.state };
  if (!peer) return [back, h("h1", {}, code), h("p.bad", { role: "alert" }, view.missing || t("nothing"))];
  const sentences = Object.values(peer).filter(Array.isArray).flat().filter((item) => item.text && !item.kind).map((item) => item.text);
  const events = peer.history ?? Object.values(peer).filter(Array.isArray).flat().filter((item) => item.kind);
  return [
    back,
    h("div.headline", {}, h("h1", {}, code, peer.name && peer.name !== code ? h("span.under", {}, peer.name) : null),
      h(`span.dot.${tone(shown)}`, {}, stateWord(shown))),
    actions(context, { ...peer, state: shown.state }),
    why(live) ? h("p.bad", {}, why(live)) : null,
    h("section", {}, h("h2", {}, t("explain")), sentences.length ? h("ul.words", {}, sentences.map((words) => h("li", {}, words))) : h("p", {}, t("nothing"))),
    h("section", {}, h("h2", {}, t("facts")), h("dl.facts", {},
      Object.entries(peer).filter(([key]) => FACTS[key]).map(([key, value]) => [h("dt", {}, t(LABELS[key] ?? key)), h("dd", {}, fact(key, value))]),
      h("dt", {}, t("speed")), h("dd", {}, "↓ ", speed(live.in_bytes_per_second), "  ↑ ", speed(live.out_bytes_per_second)),
      h("dt", {}, t("nextWindow")), h("dd", {}, nextWindow({ ...live, code })))),
    events.length ? h("section", {}, h("h2", {}, t("history")), h("div.scroll", {}, h("table.cards", {},
      h("thead", {}, h("tr", {}, ["event", "first", "last", "times", "text"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, events.map((event) => h("tr", {},
        h("th", { scope: "row" }, event.kind), h("td", { "data-label": t("first") }, moment(event.first)),
        h("td", { "data-label": t("last") }, moment(event.last)), h("td.figure", { "data-label": t("times") }, number(event.count)),
        h("td", { "data-label": t("text") }, event.text ?? ""))))))) : null,
  ];
}

export function draw(context, code) {
  return code ? drawOne(context, code) : drawAll(context);
}
