// Who changed what: the journal whose entries are chained by hashes.

import * as api from "./api.mjs";
import { h, say } from "./dom.mjs";
import { moment, number, t } from "./words.mjs";

const view = { entries: [], head: "", before: null };

export async function load() {
  const words = ["audit", "list", "--limit", "100"];
  if (view.before) words.push("--before", String(view.before));
  const answer = await api.commandOrNull(...words);
  view.entries = answer?.entries ?? [];
  view.head = answer?.head ?? "";
}

async function verify() {
  try {
    const answer = await api.command("audit", "verify");
    say(t("verified", number(answer.entries), answer.head));
  } catch (refused) {
    say(refused.message, "bad");
  }
}

/** Another page of it, from its top on: the button was at the bottom. */
async function turn(context, before) {
  view.before = before;
  await context.refresh();
  document.getElementById("main").focus({ preventScroll: true });
  scrollTo(0, 0);
}

export function draw(context) {
  const last = view.entries.at(-1)?.number;
  return [
    h("div.headline", {}, h("h1", {}, t("audit")), h("button.plain", { type: "button", id: "verify", onclick: verify }, t("verify"))),
    view.entries.length === 0 ? h("p.empty", {}, t("nothing")) : h("div.scroll", {}, h("table.cards", {},
      h("caption.hidden", {}, t("audit")),
      h("thead", {}, h("tr", {}, ["time", "who", "via", "what", "outcome"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, view.entries.map((entry) => h("tr", {},
        h("th", { scope: "row" }, moment(entry.at), h("span.under", {}, `№ ${entry.number}`)),
        h("td", { "data-label": t("who") }, entry.who), h("td", { "data-label": t("via") }, entry.via),
        h("td", { "data-label": t("what") }, h("code", {}, `${entry.command} ${entry.what}`.trim())),
        h("td", { "data-label": t("outcome") }, h(`span.dot.${entry.outcome === "failed" ? "bad" : "good"}`, {}, entry.outcome), entry.error ? h("span.under", {}, entry.error) : null)))))),
    h("div.foot", {},
      view.before ? h("button.plain", { type: "button", id: "newest", onclick: () => turn(context, null) }, t("back")) : null,
      last > 1 && view.entries.length === 100 ? h("button.plain", { type: "button", id: "older", onclick: () => turn(context, last) }, t("older")) : null),
  ];
}
