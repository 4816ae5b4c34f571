// What came and could not be applied: why, what it is, once more or not at all.

import * as api from "./api.mjs";
import { ask, h } from "./dom.mjs";
import { moment, number, t } from "./words.mjs";

const view = { list: [], one: null, failure: "" };

export async function load(context, id) {
  view.failure = "";
  if (id) {
    view.one = await api.command("quarantine", "show", id).catch((refused) => { view.failure = refused.message; return null; });
    return;
  }
  const answer = await api.command("quarantine", "list");
  view.list = Object.values(answer).find(Array.isArray) ?? [];
}

const retried = (result) => t("retried", number(result.applied), number(result.left));

async function drop(context, item) {
  const answer = await ask({ title: t("dropAsk", item.object), body: h("p", {}, t("dropWarn")), ok: t("drop"), cancel: t("cancel"), danger: true });
  if (!answer) return;
  if (await context.change(t("done"), "quarantine", "drop", String(item.id), "--yes")) location.hash = "#/quarantine";
}

function drawList(context) {
  return [
    h("div.headline", {}, h("h1", {}, t("quarantine")),
      context.mayWrite && view.list.length > 0 ? h("button.primary", {
        type: "button", id: "retry-all", onclick: () => context.change(retried, "quarantine", "retry") }, t("retryAll")) : null),
    view.list.length === 0 ? h("p.empty", {}, t("nothing")) : h("div.scroll", {}, h("table.cards", {},
      h("caption.hidden", {}, t("quarantine")),
      h("thead", {}, h("tr", {}, ["object", "fromNode", "time", "reason", "attempts"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, view.list.map((item) => h("tr", {},
        h("th", { scope: "row" }, h("a", { href: `#/quarantine/${item.id}` }, item.object)),
        h("td", { "data-label": t("fromNode") }, item.peer),
        h("td", { "data-label": t("time") }, moment(item.time)),
        h("td", { "data-label": t("reason") }, String(item.reason ?? "")),
        h("td.figure", { "data-label": t("attempts") }, number(item.attempts))))))),
  ];
}

function drawOne(context, id) {
  const one = view.one;
  const back = h("p", {}, h("a", { href: "#/quarantine" }, "← ", t("quarantine")));
  if (!one) return [back, h("p.bad", { role: "alert" }, view.failure || t("nothing"))];
  return [
    back, h("div.headline", {}, h("h1.break", {}, one.object)),
    h("p.bad", {}, String(one.reason ?? "")),
    h("dl.facts", {},
      h("dt", {}, t("fromNode")), h("dd", {}, one.peer), h("dt", {}, t("time")), h("dd", {}, moment(one.time)),
      h("dt", {}, t("attempts")), h("dd", {}, number(one.attempts))),
    context.mayWrite ? h("div.actions", {},
      h("button.primary", { type: "button", id: "retry", onclick: () => context.change(retried, "quarantine", "retry", id) }, t("retry")),
      h("button.danger", { type: "button", id: "drop", onclick: () => drop(context, one) }, t("drop"))) : h("p.hint", {}, t("readOnly")),
    h("section", {}, h("h2", {}, t("content")), h("pre", { tabindex: "0" }, JSON.stringify(one.content ?? null, null, 2))),
  ];
}

export const draw = (context, id) => (id ? drawOne(context, id) : drawList(context));
