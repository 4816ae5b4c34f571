// Nodes that have come with an invitation and wait for somebody to compare fingerprints.

import * as api from "./api.mjs";
import { ask, h } from "./dom.mjs";
import { ago, t } from "./words.mjs";

const view = { list: [], known: true };

export async function load() {
  const answer = await api.commandOrNull("node", "waiting");
  view.known = answer !== null;
  view.list = answer?.waiting ?? [];
}

const groups = (fingerprint) => h("code.fingerprint", {}, fingerprint.split(" ").map((group) => h("span", {}, group)));

async function approve(context, node) {
  const answer = await ask({
    title: t("approveAsk", node.code), ok: t("approve"), cancel: t("cancel"),
    body: [h("p", {}, t("approveWarn")), groups(node.fingerprint),
      h("label.check", {}, h("input", { type: "checkbox", name: "compared", required: true }), t("approveCheck"))],
  });
  if (answer) await context.change(t("done"), "node", "approve", node.code, node.fingerprint);
}

async function reject(context, node) {
  const answer = await ask({ title: t("rejectAsk", node.code), body: h("p", {}, t("rejectWarn")), ok: t("reject"), cancel: t("cancel"), danger: true });
  if (answer) await context.change(t("done"), "node", "reject", node.code);
}

export function draw(context) {
  return [
    h("div.headline", {}, h("h1", {}, t("waiting"))),
    view.list.length === 0 ? h("p.empty", {}, t("nobodyWaits")) : h("ul.plates", {}, view.list.map((node) => h("li.plate", {},
      h("h2", {}, node.code, node.name && node.name !== node.code ? h("span.under", {}, node.name) : null),
      h("p", {}, t("since"), " ", ago(node.since)),
      h("p", {}, t("fingerprint")), groups(node.fingerprint),
      context.mayWrite ? h("div.actions", {},
        h("button.primary", { type: "button", id: `approve-${node.code}`, onclick: () => approve(context, node) }, t("approve")),
        h("button.danger", { type: "button", id: `reject-${node.code}`, onclick: () => reject(context, node) }, t("reject"))) : null))),
  ];
}
