// Both versions of an object side by side, and a decision attribute by attribute.

import * as api from "./api.mjs";
import { ask, h, say } from "./dom.mjs";
import { number, t } from "./words.mjs";

const view = { id: "", picks: new Map() }; // place -> side, where it is not what was kept

/** "Товары[2].Цена" -> {section, row, attribute}; a plain attribute has no section. */
function placeOf(text) {
  const [, section, row, attribute] = /^(.+)\[(\d+)\](?:\.(.+))?$/.exec(text) ?? [];
  return section ? { section, row: Number(row), attribute: attribute ?? "" } : { section: "", row: 0, attribute: text };
}

const isBare = (content) => content === "" || content === null || content === undefined || (Array.isArray(content) && content.length === 0);

/** A value as a person reads it. */
export function value(content) {
  if (content === null || content === undefined) return h("span.dim", {}, t("missing"));
  if (content === "") return h("span.dim", {}, t("emptyValue"));
  if (typeof content === "boolean") return t(content ? "yes" : "no");
  if (typeof content === "number") return number(content);
  if (typeof content === "string") return content.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?$/, "$1 $2$3");
  const inner = Array.isArray(content) ? content.map((item, index) => [String(index + 1), item]) : Object.entries(content);
  return h("dl.row", {}, inner.filter(([, item]) => !isBare(item)).map(([key, item]) => [h("dt", {}, key), h("dd", {}, value(item))]));
}

/** What people call the object: its description, or its number and date. */
export function called(one) {
  const set = one.ours?.set ?? one.theirs?.set ?? {};
  if (set.Description) return set.Description;
  if (set.Number) return `№ ${set.Number} ${String(set.Date ?? "").slice(0, 10)}`.trim();
  return one.object;
}

async function resolve(context, one, side, takes) {
  const words = ["collision", "resolve", String(one.id), side, ...takes.flatMap((place) => ["--take", place])];
  try {
    await api.command(...words);
  } catch (refused) {
    if (refused.code !== "refused") throw refused;
    const answer = await ask({
      title: t("overwriteAsk"), body: [h("p", {}, refused.message), h("p", {}, t("overwriteWarn"))], ok: t("overwrite"), cancel: t("cancel"), danger: true,
    });
    if (!answer) return;
    await api.command(...words, "--force");
  }
  view.picks.clear();
  say(takes.length === 0 ? t("resolved", t(side)) : t("resolvedMixed", t(side), number(takes.length)));
}

async function decide(context, one, side, takes = []) {
  try {
    await resolve(context, one, side, takes);
  } catch (refused) {
    say(refused.message || t("noLine"), "bad");
  }
  await context.refresh();
}

const picked = (one, place) => view.picks.get(place) ?? one.kept;

function pick(one, place, side) {
  if (side === one.kept) view.picks.delete(place);
  else view.picks.set(place, side);
}

function cell(one, difference, index, side, mayPick, again) {
  const content = value(difference[side]);
  if (!mayPick) return h("td", { "data-label": t(side) }, content);
  const id = `pick-${index}-${side}`;
  const isPicked = picked(one, difference.attribute) === side;
  return h("td", { "data-label": t(side), class: isPicked ? "picked" : "" },
    h("label.pick", { for: id },
      h("input", {
        type: "radio", name: `pick-${index}`, id, checked: isPicked, "aria-describedby": `place-${index}`,
        onchange: () => { pick(one, difference.attribute, side); again(); },
      }), h("span", {}, content)));
}

/** The line above the attributes of one row: the whole row at once. */
function rowHead(one, place, inside, mayPick, again) {
  const take = (side) => h("button.plain.small", {
    type: "button", id: `row-${place.section}-${place.row}-${side}`,
    onclick: () => { inside.forEach((difference) => pick(one, difference.attribute, side)); again(); },
  }, t(side === "ours" ? "rowOurs" : "rowTheirs"));
  return h("tr.group", {},
    h("th", { scope: "rowgroup", colspan: "3" }, h("span.spread", {},
      h("span", {}, t("rowOf", place.section, place.row)), mayPick ? h("span.actions", {}, take("ours"), take("theirs")) : null)));
}

function table(one, mayPick, again) {
  const head = (side) => h("th", { scope: "col", class: one.kept === side ? "kept" : "" },
    t(side === "theirs" ? "versionTheirs" : "versionOurs", one.peer), one.kept === side ? h("span.badge", {}, t("kept")) : null);
  let last = "";
  const lines = one.differences.flatMap((difference, index) => {
    const place = placeOf(difference.attribute);
    const row = place.section && `${place.section}[${place.row}]`;
    const inside = row ? one.differences.filter((other) => other.attribute.startsWith(`${row}.`) || other.attribute === row) : [];
    const line = h("tr", {},
      h("th", { scope: "row", id: `place-${index}`, class: row ? "inner" : "" }, place.attribute || t("wholeRow")),
      cell(one, difference, index, "ours", mayPick, again), cell(one, difference, index, "theirs", mayPick, again));
    const isNew = row && row !== last;
    last = row;
    return isNew ? [rowHead(one, place, inside, mayPick && inside.length > 1, again), line] : [line];
  });
  return h("div.scroll", {}, h("table.versions", {},
    h("caption.hidden", {}, t("bothVersions", one.object)),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("attribute")), head("ours"), head("theirs"))),
    h("tbody", {}, lines)));
}

/** What both have, folded away: to see which object it is. */
function same(one) {
  const differing = new Set(one.differences.map((difference) => placeOf(difference.attribute).section || difference.attribute));
  const content = Object.entries(one.ours?.set ?? {}).filter(([key, item]) => !differing.has(key) && !isBare(item));
  if (content.length === 0) return null;
  return h("details.same", {}, h("summary", { id: "same" }, t("sameAttributes", number(content.length))),
    h("dl.facts", {}, content.map(([key, item]) => [h("dt", {}, key), h("dd", {}, value(item))])));
}

function buttons(context, one, mayPick) {
  const theirs = mayPick ? one.differences.map((difference) => difference.attribute).filter((place) => picked(one, place) === "theirs") : [];
  const isMixed = mayPick && view.picks.size > 0 && theirs.length > 0 && theirs.length < one.differences.length;
  const kind = isMixed ? "plain" : "primary";
  return h("div.actions.bottom", {},
    h(`button.${kind}`, { type: "button", id: "take-ours", onclick: () => decide(context, one, "ours") }, t("acceptOurs")),
    h(`button.${kind}`, { type: "button", id: "take-theirs", onclick: () => decide(context, one, "theirs") }, t("acceptTheirs")),
    isMixed ? h("button.primary", { type: "button", id: "take-picked", onclick: () => decide(context, one, "ours", theirs) },
      t("acceptPicked", number(one.differences.length - theirs.length), number(theirs.length))) : null,
    mayPick ? h("span.hint", {}, t("pickHelp")) : null);
}

/** The comparison and its buttons; `again` draws the screen anew. */
export function draw(context, one, again) {
  if (view.id !== String(one.id)) {
    view.id = String(one.id);
    view.picks.clear();
  }
  if ((one.differences ?? []).length === 0) {
    return [h("p.empty", {}, t("sameContent")), context.mayWrite ? buttons(context, { ...one, differences: [] }, false) : null];
  }
  const isWhole = Boolean(one.ours?.delete || one.theirs?.delete);
  const mayPick = context.mayWrite && !isWhole;
  return [table(one, mayPick, again), context.mayWrite ? buttons(context, one, mayPick) : h("p.hint", {}, t("readOnly")), same(one)];
}
