// What an object was: its versions, folded away under whatever shows the object.

import * as api from "./api.mjs";
import { h } from "./dom.mjs";
import { moment, number, t } from "./words.mjs";

/** The newest versions of an object; null where they cannot be had. */
export async function load(ref) {
  const answer = await api.commandOrNull("object", "history", ref).catch(() => null);
  return answer?.versions ?? null;
}

function row(version) {
  return h("tr", {},
    h("th", { scope: "row" }, version.version, version.live ? h("span.badge", {}, t("liveVersion")) : null),
    h("td", { "data-label": t("time") }, moment(version.time)),
    h("td", { "data-label": t("state") }, t(`state_${version.state.replace(" ", "_")}`)),
    h("td", { "data-label": t("enteredAt") }, version.origin),
    h("td", { "data-label": t("cameBy") }, version.arrival.words,
      version.signature === "verified" ? h("span.under", {}, t("verified")) : null),
    h("td.break", { "data-label": t("whatChanged") }, version.changed.join(", "), version.note ? h("span.under", {}, version.note) : null));
}

export function draw(versions) {
  if (!versions || versions.length === 0) return null;
  return h("details.same", {}, h("summary", { id: "history" }, t("versionsOf", number(versions.length))),
    h("div.scroll", {}, h("table.cards", {},
      h("caption.hidden", {}, t("versionsOf", number(versions.length))),
      h("thead", {}, h("tr", {}, ["version", "time", "state", "enteredAt", "cameBy", "whatChanged"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, versions.map(row)))));
}
