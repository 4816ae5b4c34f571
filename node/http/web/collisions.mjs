// Collisions: what was decided, both versions side by side, and a second decision.

import * as api from "./api.mjs";
import { h, say, show } from "./dom.mjs";
import * as history from "./history.mjs";
import * as merge from "./merge.mjs";
import { moment, number, t } from "./words.mjs";

const PAGE = 200;

const view = { list: [], one: null, versions: null, onlyOpen: true, chosen: new Set(), failure: "", limit: PAGE, node: "" };

export async function load(context, id) {
  view.failure = "";
  if (id) {
    view.one = await api.command("collision", "show", id).catch((refused) => { view.failure = refused.message; return null; });
    view.versions = view.one && await history.load(view.one.object);
    return;
  }
  const words = ["collision", "list", "--limit", String(view.limit)];
  if (view.onlyOpen) words.push("--open");
  view.list = (await api.command(...words)).collisions ?? [];
  const ids = new Set(view.list.map((item) => item.id));
  for (const chosen of view.chosen) if (!ids.has(chosen)) view.chosen.delete(chosen);
}

/** The same decision for all that are chosen; what was refused stays chosen, and is told. */
async function resolveAll(context, side) {
  let done = 0;
  let words = "";
  for (const id of [...view.chosen]) {
    try {
      await api.command("collision", "resolve", String(id), side);
      view.chosen.delete(id);
      done += 1;
    } catch (refused) {
      words ||= refused.message || t("noLine");
    }
  }
  if (words) say(t("resolvedSome", number(done), number(view.chosen.size), words), "bad");
  else say(t("resolvedAll", number(done), t(side)));
  await context.refresh();
}

function row(context, item, again) {
  return h("tr", {},
    context.mayWrite ? h("td.tick", {}, h("input", {
      type: "checkbox", id: `pick-${item.id}`, checked: view.chosen.has(item.id), "aria-label": `${t("select")} ${item.name || item.object}`,
      onchange: (event) => { if (event.target.checked) view.chosen.add(item.id); else view.chosen.delete(item.id); again(); },
    })) : null,
    h("th", { scope: "row" }, h("a", { href: `#/collisions/${item.id}` }, item.name || item.object),
      item.name ? h("span.under.break", {}, item.object) : null),
    h("td", { "data-label": t("fromNode") }, item.peer),
    h("td", { "data-label": t("time") }, moment(item.time)),
    h("td", { "data-label": t("kept") }, t(item.kept), item.open ? h("span.badge", {}, t("open")) : null),
    h("td", { "data-label": t("ruleWord") }, t(item.rule)),
    h("td", { "data-label": t("decidedBy") }, item.by ?? ""));
}

function drawList(context) {
  const again = () => show(document.getElementById("main"), drawList(context));
  const nodes = [...new Set(view.list.map((item) => item.peer))].sort();
  const found = view.list.filter((item) => !view.node || item.peer === view.node);
  const all = found.length > 0 && found.every((item) => view.chosen.has(item.id));
  return [
    h("div.headline", {}, h("h1", {}, t("collisions")),
      h("div.actions", {},
        nodes.length > 1 || view.node ? h("label.check", {}, t("fromNode"), h("select", {
          id: "of-node", onchange: (event) => { view.node = event.target.value; view.chosen.clear(); again(); },
        }, h("option", { value: "" }, t("everybody")), nodes.map((code) => h("option", { value: code, selected: code === view.node }, code)))) : null,
        h("label.check", {}, h("input", {
          type: "checkbox", id: "only-open", checked: view.onlyOpen,
          onchange: (event) => { view.onlyOpen = event.target.checked; context.refresh(); } }), t("onlyOpen")))),
    context.mayWrite && view.chosen.size > 0 ? h("div.actions.sticky", {},
      h("span", {}, t("selected", view.chosen.size)),
      h("button.primary", { type: "button", id: "all-ours", onclick: () => resolveAll(context, "ours") }, t("acceptOurs")),
      h("button.primary", { type: "button", id: "all-theirs", onclick: () => resolveAll(context, "theirs") }, t("acceptTheirs"))) : null,
    found.length === 0 ? h("p.empty", {}, t(view.onlyOpen ? "noCollisionsOpen" : "nothing")) : h("div.scroll", {}, h("table.cards", {},
      h("caption.hidden", {}, t("collisions")),
      h("thead", {}, h("tr", {}, context.mayWrite ? h("td.tick", {}, h("input", {
        type: "checkbox", id: "pick-all", checked: all, "aria-label": t("selectAll"),
        onchange: (event) => { for (const item of found) if (event.target.checked) view.chosen.add(item.id); else view.chosen.delete(item.id); again(); },
      })) : null,
      ["object", "fromNode", "time", "kept", "ruleWord", "decidedBy"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, found.map((item) => row(context, item, again))))),
    view.list.length >= view.limit ? h("div.foot", {}, h("button.plain", {
      type: "button", id: "more", onclick: () => { view.limit += PAGE; context.refresh(); } }, t("more", number(PAGE)))) : null,
  ];
}

function drawOne(context, id) {
  const one = view.one;
  const back = h("p", {}, h("a", { href: "#/collisions" }, "← ", t("collisions")));
  if (!one) return [back, h("p.bad", { role: "alert" }, view.failure || t("nothing"))];
  return [
    back,
    h("div.headline", {}, h("h1.break", {}, merge.called(one)), one.open ? h("span.badge", {}, t("open")) : null),
    h("dl.facts", {},
      h("dt", {}, t("object")), h("dd", {}, h("code", {}, one.object)),
      h("dt", {}, t("fromNode")), h("dd", {}, one.peer), h("dt", {}, t("time")), h("dd", {}, moment(one.time)),
      h("dt", {}, t("ruleWord")), h("dd", {}, t(one.rule)), one.by ? [h("dt", {}, t("decidedBy")), h("dd", {}, one.by)] : null),
    merge.draw(context, one, () => show(document.getElementById("main"), drawOne(context, id))),
    history.draw(view.versions),
  ];
}

export const draw = (context, id) => (id ? drawOne(context, id) : drawList(context));
