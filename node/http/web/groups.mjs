// Groups of branches, for windows: who is in which, chosen from those that there are.

import * as api from "./api.mjs";
import { ask, h } from "./dom.mjs";
import { t } from "./words.mjs";

const CODES_AT_ONCE = 200; // a command takes 256 words
const SHOWN_MAX = 40;

/** A box for each branch, those that are in the group first, and a field to find them. */
function choice(codes, members) {
  const order = [...codes].sort((a, b) => members.has(b.code) - members.has(a.code) || a.code.localeCompare(b.code));
  const lines = order.map(({ code, name }) => h("li", {}, h("label.check", {},
    h("input", { type: "checkbox", name: "member", value: code, checked: members.has(code) }),
    h("span", {}, code, name && name !== code ? h("span.under", {}, name) : null))));
  const narrow = (event) => {
    const words = event.target.value.trim().toLowerCase();
    for (const line of lines) line.hidden = !line.textContent.toLowerCase().includes(words);
  };
  return [
    h("label.field", {}, h("span", {}, t("search")), h("input", {
      type: "search", name: "find", oninput: narrow, onkeydown: (event) => { if (event.key === "Enter") event.preventDefault(); } })),
    h("ul.members", { "aria-label": t("members"), tabindex: "0" }, lines)];
}

async function tell(context, name, codes, ...options) {
  for (let at = 0; at < codes.length; at += CODES_AT_ONCE) {
    if (!await context.change(t("done"), "window", "group", ...options, name, ...codes.slice(at, at + CODES_AT_ONCE))) return false;
  }
  return true;
}

async function edit(context, group) {
  const { peers } = await api.overview();
  const members = new Set(group?.members ?? []);
  const codes = peers.filter((peer) => peer.role === "child" || members.has(peer.code));
  // Members may have been named before they came.
  for (const code of members) if (!codes.some((peer) => peer.code === code)) codes.push({ code, name: "" });
  const form = await ask({
    title: group ? group.group : t("addGroup"), ok: t("save"), cancel: t("cancel"),
    body: [group ? null : h("label.field", {}, h("span", {}, t("groupName")), h("input", { name: "name", required: true })), choice(codes, members)],
  });
  if (!form) return;
  const name = group ? group.group : form.get("name").trim();
  const chosen = new Set(form.getAll("member"));
  if (!await tell(context, name, [...chosen].filter((code) => !members.has(code)))) return;
  await tell(context, name, [...members].filter((code) => !chosen.has(code)), "--remove");
}

/** The part of the screen of windows that shows them. */
export function draw(context, groups) {
  if (groups.length === 0 && !context.mayWrite) return null;
  return h("section", {},
    h("div.headline", {}, h("h2", {}, t("groups")), context.mayWrite
      ? h("button.plain", { type: "button", id: "add-group", onclick: () => edit(context, null) }, t("addGroup")) : null),
    h("dl.facts", {}, groups.map((group) => [
      h("dt", {}, context.mayWrite
        ? h("button.link", { type: "button", id: `group-${group.group}`, onclick: () => edit(context, group) }, `${group.group} (${group.count})`)
        : `${group.group} (${group.count})`),
      h("dd", {}, group.members.slice(0, SHOWN_MAX).join(", "), group.members.length > SHOWN_MAX ? " …" : "")])));
}
