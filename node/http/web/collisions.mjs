// Collisions: what was decided, both versions side by side, and a second decision.

import * as api from "./api.mjs";
import { h, show } from "./dom.mjs";
import { moment, t } from "./words.mjs";

const view = { list: [], one: null, onlyOpen: true, chosen: new Set(), failure: "" };

export async function load(context, id) {
  view.failure = "";
  if (id) {
    view.one = await api.command("collision", "show", id).catch((refused) => { view.failure = refused.message; return null; });
    return;
  }
  const words = ["collision", "list", "--limit", "200"];
  if (view.onlyOpen) words.push("--open");
  view.list = (await api.command(...words)).collisions ?? [];
  const ids = new Set(view.list.map((item) => item.id));
  for (const chosen of view.chosen) if (!ids.has(chosen)) view.chosen.delete(chosen);
}

async function resolveAll(context, side) {
  for (const id of [...view.chosen]) {
    const result = await context.change(t("resolved", t(side)), "collision", "resolve", String(id), side);
    if (!result) return;
    view.chosen.delete(id);
  }
  await context.refresh();
}

function row(context, item, again) {
  return h("tr", {},
    context.mayWrite ? h("td.tick", {}, h("input", {
      type: "checkbox", id: `pick-${item.id}`, checked: view.chosen.has(item.id), "aria-label": `${t("select")} ${item.object}`,
      onchange: (event) => { if (event.target.checked) view.chosen.add(item.id); else view.chosen.delete(item.id); again(); },
    })) : null,
    h("th", { scope: "row" }, h("a", { href: `#/collisions/${item.id}` }, item.object)),
    h("td", { "data-label": t("fromNode") }, item.peer),
    h("td", { "data-label": t("time") }, moment(item.time)),
    h("td", { "data-label": t("kept") }, t(item.kept), item.open ? h("span.badge", {}, t("open")) : null),
    h("td", { "data-label": t("ruleWord") }, item.rule),
    h("td", { "data-label": t("decidedBy") }, item.by ?? ""));
}

function drawList(context) {
  const again = () => show(document.getElementById("main"), drawList(context));
  return [
    h("div.headline", {}, h("h1", {}, t("collisions")),
      h("label.check", {}, h("input", {
        type: "checkbox", id: "only-open", checked: view.onlyOpen,
        onchange: (event) => { view.onlyOpen = event.target.checked; context.refresh(); } }), t("onlyOpen"))),
    context.mayWrite && view.chosen.size > 0 ? h("div.actions.sticky", {},
      h("span", {}, t("selected", view.chosen.size)),
      h("button.primary", { type: "button", id: "all-ours", onclick: () => resolveAll(context, "ours") }, t("acceptOurs")),
      h("button.primary", { type: "button", id: "all-theirs", onclick: () => resolveAll(context, "theirs") }, t("acceptTheirs"))) : null,
    view.list.length === 0 ? h("p.empty", {}, t("nothing")) : h("div.scroll", {}, h("table.cards", {},
      h("caption.hidden", {}, t("collisions")),
      h("thead", {}, h("tr", {}, context.mayWrite ? h("td.tick", {}) : null,
        ["object", "fromNode", "time", "kept", "ruleWord", "decidedBy"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, view.list.map((item) => row(context, item, again))))),
  ];
}

/** A value of either version, as a person reads it. */
function value(content) {
  if (content === null || content === undefined) return h("span.dim", {}, t("missing"));
  if (typeof content !== "object") return String(content);
  return h("dl.row", {}, Object.entries(content).map(([key, inner]) => [h("dt", {}, key), h("dd", {}, value(inner))]));
}

function drawOne(context, id) {
  const one = view.one;
  const back = h("p", {}, h("a", { href: "#/collisions" }, "← ", t("collisions")));
  if (!one) return [back, h("p.bad", { role: "alert" }, view.failure || t("nothing"))];
  const decide = (side) => context.change(t("resolved", t(side)), "collision", "resolve", id, side);
  const head = (side) => h("th", { scope: "col", class: one.kept === side ? "kept" : "" }, t(side), one.kept === side ? h("span.badge", {}, t("kept")) : null);
  return [
    back,
    h("div.headline", {}, h("h1.break", {}, one.object), one.open ? h("span.badge", {}, t("open")) : null),
    h("dl.facts", {},
      h("dt", {}, t("fromNode")), h("dd", {}, one.peer), h("dt", {}, t("time")), h("dd", {}, moment(one.time)),
      h("dt", {}, t("ruleWord")), h("dd", {}, one.rule), one.by ? [h("dt", {}, t("decidedBy")), h("dd", {}, one.by)] : null),
    (one.differences ?? []).length === 0 ? h("p.empty", {}, t("sameContent")) : h("div.scroll", {}, h("table.versions", {},
      h("caption.hidden", {}, one.object),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("attribute")), head("ours"), head("theirs"))),
      h("tbody", {}, one.differences.map((difference) => h("tr", {},
        h("th", { scope: "row" }, difference.attribute),
        h("td", { "data-label": t("ours") }, value(difference.ours)),
        h("td", { "data-label": t("theirs") }, value(difference.theirs))))))),
    context.mayWrite ? h("div.actions", {},
      h("button.primary", { type: "button", id: "take-ours", onclick: () => decide("ours") }, t("acceptOurs")),
      h("button.primary", { type: "button", id: "take-theirs", onclick: () => decide("theirs") }, t("acceptTheirs"))) : h("p.hint", {}, t("readOnly")),
  ];
}

export const draw = (context, id) => (id ? drawOne(context, id) : drawList(context));
