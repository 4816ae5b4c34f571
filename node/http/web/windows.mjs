// The calendar of windows: a time line of the week that can be dragged, and an editor. The
// line is by the clocks of whoever looks, whatever zones windows have; what is changed and
// told is by the clock of the window.

import * as api from "./api.mjs";
import { ask, h, say } from "./dom.mjs";
import { lasts, number, t } from "./words.mjs";
import * as groups from "./groups.mjs";

const STEP_S = 900;
const DAY_S = 86400;
const LANE_PX = 38;

const view = { plan: [], windows: [], groups: [], known: true };

export async function load() {
  const [plan, list, groups] = await Promise.all([
    api.commandOrNull("window", "plan", "--days", "7"), api.commandOrNull("window", "list"), api.commandOrNull("window", "group")]);
  view.known = list !== null;
  view.plan = plan?.plan ?? [];
  view.windows = list?.windows ?? [];
  view.groups = groups?.groups ?? [];
}

const pad = (value) => String(value).padStart(2, "0");
const clock = (seconds) => `${pad(Math.floor(seconds / 3600) % 24)}:${pad(Math.floor(seconds / 60) % 60)}`;
const secondsOf = (local) => Number(local.slice(11, 13)) * 3600 + Number(local.slice(14, 16)) * 60;
const clockAt = (ms) => { const at = new Date(ms); return `${pad(at.getHours())}:${pad(at.getMinutes())}`; };
const option = (seconds) => (seconds % 3600 === 0 ? `${seconds / 3600}h` : `${Math.round(seconds / 60)}m`);
const windowOf = (name) => view.windows.find((window) => window.window === name);

const COLOURS = 6;
const colour = (name) => [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7) % COLOURS;

// -- the editor --

const RULES = {
  daily: "FREQ=DAILY", weekdays: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", weekends: "FREQ=WEEKLY;BYDAY=SA,SU", weekly: "FREQ=WEEKLY", once: "once",
};

function fields(window) {
  const known = Object.entries(RULES).find(([, rule]) => rule === window.rule)?.[0] ?? "custom";
  const own = h("input", { name: "custom", value: known === "custom" ? window.rule : "", hidden: known !== "custom", "aria-label": t("custom") });
  const field = (name, label, value, attributes = {}, hint = "") => h("label.field", {}, h("span", {}, label),
    h("input", { name, value: value ?? "", ...attributes }), hint ? h("small.hint", {}, hint) : null);
  return h("div.form", {},
    window.window ? null : field("name", t("windowName"), ""),
    h("label.field", {}, h("span", {}, t("group")), h("select", { name: "group" },
      h("option", { value: "all", selected: window.group === "all" }, t("everybody")),
      view.groups.map((group) => h("option", { value: group.group, selected: group.group === window.group }, `${group.group} (${group.count})`)))),
    h("label.field", {}, h("span", {}, t("rule")), h("select", {
      name: "rule", onchange: (event) => { own.hidden = event.target.value !== "custom"; },
    }, [...Object.keys(RULES), "custom"].map((key) => h("option", { value: key, selected: key === known }, t(key)))), own),
    field("from", t("from"), window.start.slice(0, 10), { type: "date", required: true }),
    field("at", t("at"), window.start.slice(11, 16), { type: "time", required: true }),
    field("for", t("for"), window.for, { required: true, pattern: "[0-9]+[mhd]" }, t("durationHelp")),
    field("zone", t("zone"), window.zone, { required: true, list: "zones" }),
    h("datalist", { id: "zones" }, ["Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk", "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "UTC"]
      .map((zone) => h("option", { value: zone }))),
    field("rate", t("rate"), window.rate, { required: true }, t("rateHelp")),
    field("spread", t("spread"), window.spread, { required: true }, t("durationHelp")),
    field("catch-up", t("catchUp"), window.catch_up, { required: true }, t("durationHelp")),
    field("priority", t("priority"), String(window.priority), { type: "number", min: "0", max: "9", required: true }));
}

function wordsOf(form) {
  const words = [];
  for (const key of ["group", "from", "at", "for", "zone", "rate", "spread", "catch-up", "priority"]) words.push(`--${key}`, form.get(key));
  words.push("--rule", form.get("rule") === "custom" ? form.get("custom") : RULES[form.get("rule")]);
  return words;
}

async function edit(context, window) {
  const remove = window.window ? h("button.danger", { type: "submit", name: "do", value: "remove", formnovalidate: true }, t("remove")) : null;
  const form = await ask({
    title: window.window || (window.blackout ? t("addBlackout") : t("addWindow")), body: fields(window), ok: t("save"), cancel: t("cancel"), extra: remove,
  });
  if (!form) return;
  if (form.get("do") === "remove") await context.change(t("done"), "window", "remove", window.window);
  else if (window.window) await context.change(t("done"), "window", "change", window.window, ...wordsOf(form));
  else {
    const name = form.get("name").trim();
    await context.change(t("done"), "window", "add", ...wordsOf(form), ...(name ? ["--name", name] : []), ...(window.blackout ? ["--blackout"] : []));
  }
}

function fresh(blackout) {
  const today = new Date();
  return {
    group: "all", rule: blackout ? "once" : RULES.daily, for: blackout ? "1d" : "4h", zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
    start: `${today.getFullYear()}-${pad(today.getMonth() + 1)}-${pad(today.getDate())}T${blackout ? "00:00" : "22:00"}`,
    rate: "none", spread: blackout ? "none" : "20m", catch_up: "none", priority: 0, blackout,
  };
}

/** By so many seconds, which are the same by the clock of the window. */
async function moved(context, item, shift, length) {
  const wrapped = (((secondsOf(item.begin) + shift) % DAY_S) + DAY_S) % DAY_S;
  const answer = await ask({
    title: t("moveAsk", item.window), body: h("p", {}, t("moveWords", item.window, `${clock(wrapped)} (${item.zone})`, lasts(length))), ok: t("save"), cancel: t("cancel"),
  });
  if (answer) await context.change(t("done"), "window", "change", item.window, "--at", clock(wrapped), "--for", option(length));
  else await context.refresh();
}

// -- the time line --

function place(bar, begin, length) {
  bar.style.left = `${(begin / DAY_S) * 100}%`;
  bar.style.width = `${(Math.min(length, DAY_S - begin) / DAY_S) * 100}%`;
}

/** Moves or stretches a bar under the pointer, in quarters of an hour. */
function drag(context, bar, item, begin, length, event) {
  if (!context.mayWrite || event.button !== 0) return;
  const track = bar.parentElement.getBoundingClientRect();
  const stretches = event.clientX > bar.getBoundingClientRect().right - 10;
  const from = event.clientX;
  let now = { begin, length };
  event.preventDefault();
  bar.focus();
  bar.setPointerCapture(event.pointerId);
  bar.classList.add("dragging");
  const move = (next) => {
    const shift = Math.round((((next.clientX - from) / track.width) * DAY_S) / STEP_S) * STEP_S;
    now = stretches
      ? { begin, length: Math.max(STEP_S, length + shift) }
      : { begin: Math.min(Math.max(0, begin + shift), DAY_S - STEP_S), length };
    place(bar, now.begin, now.length);
    bar.querySelector(".when").textContent = `${clock(now.begin)}–${clock(now.begin + now.length)}`;
  };
  const end = (last) => {
    bar.removeEventListener("pointermove", move);
    bar.classList.remove("dragging");
    if (last.type === "pointercancel") { context.refresh(); return; }
    if (now.begin === begin && now.length === length) edit(context, windowOf(item.window));
    else moved(context, item, now.begin - begin, now.length);
  };
  bar.addEventListener("pointermove", move);
  bar.addEventListener("pointerup", end, { once: true });
  bar.addEventListener("pointercancel", end, { once: true });
}

/** Arrows move or stretch a bar where it lies; Enter then asks and saves, Escape takes it back. */
function keys(context, bar, item, begin, length, event) {
  const step = { ArrowLeft: -STEP_S, ArrowRight: STEP_S }[event.key];
  const now = bar.pending ?? { begin, length };
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    const isMoved = bar.pending && (now.begin !== begin || now.length !== length);
    settle(bar);
    if (isMoved) moved(context, item, now.begin - begin, now.length);
    else edit(context, windowOf(item.window));
  } else if (step && context.mayWrite) {
    event.preventDefault();
    bar.pending = event.shiftKey
      ? { begin: now.begin, length: Math.max(STEP_S, now.length + step) }
      : { begin: Math.min(Math.max(0, now.begin + step), DAY_S - STEP_S), length: now.length };
    bar.classList.add("dragging");
    place(bar, bar.pending.begin, bar.pending.length);
    const words = `${clock(bar.pending.begin)}–${clock(bar.pending.begin + bar.pending.length)}`;
    bar.querySelector(".when").textContent = words;
    say(t("movedTo", item.window, words));
  } else if (event.key === "Escape" && bar.pending) {
    settle(bar);
    context.refresh();
  }
}

function settle(bar) {
  bar.pending = null;
  bar.classList.remove("dragging");
}

/** The part of a window that lies on one day, as a bar; the first part can be dragged. */
function bar(context, item, day, first) {
  const begin = (item.begin_ms - new Date(`${day}T00:00`).getTime()) / 1000;
  const length = (item.end_ms - item.begin_ms) / 1000;
  const from = Math.max(0, begin);
  const visible = Math.min(begin + length, DAY_S) - from;
  if (visible <= 0) return null;
  const label = `${item.window}, ${item.begin.replace("T", " ")} ${item.zone}, ${lasts(length)}, ${t("nodesCount", number(item.nodes))}${item.overload ? `, ${t("overload")}` : ""}${item.blackout ? `, ${t("blackout")}` : ""}`;
  const element = h(`button.bar.colour${colour(item.window)}`, {
    type: "button", id: first && begin >= 0 ? `bar-${item.window}` : `bar-${item.window}-${item.begin}-${day}`, title: label, "aria-label": label,
    class: `${item.blackout ? "blackout" : ""} ${item.overload ? "overload" : ""}`,
    onpointerdown: begin >= 0 ? (event) => drag(context, element, item, begin, length, event) : null,
    onkeydown: begin >= 0 ? (event) => keys(context, element, item, begin, length, event) : null,
    onclick: (event) => { if (begin < 0 || event.detail === 0) edit(context, windowOf(item.window)); }, // a screen reader sends no pointer
    onblur: () => { if (element.pending && !document.querySelector("dialog")) { settle(element); context.refresh(); } },
  }, h("span.what", {}, item.window), h("span.when", {}, `${clockAt(item.begin_ms)}–${clockAt(item.end_ms)}`));
  place(element, from, visible);
  return element;
}

function days() {
  const now = new Date();
  return Array.from({ length: 7 }, (_, index) => {
    const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + index);
    return `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`;
  });
}

/** Lines of bars on one day: what overlaps lies one under the other. */
function lanes(items) {
  const ends = [];
  return items.map((item) => {
    const found = ends.findIndex((end) => end <= item.begin_ms);
    const lane = found < 0 ? ends.length : found;
    ends[lane] = item.end_ms;
    return lane;
  });
}

function oneDay(context, day, seen) {
  const start = new Date(`${day}T00:00`);
  const end = new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1);
  const items = view.plan.filter((item) => item.begin_ms < end.getTime() && item.end_ms > start.getTime());
  const places = lanes(items);
  const format = new Intl.DateTimeFormat(document.documentElement.lang === "ru" ? "ru" : "en-GB", { weekday: "short", day: "numeric", month: "short" });
  const now = new Date();
  const isToday = now.getDate() === Number(day.slice(8)) && now.getMonth() + 1 === Number(day.slice(5, 7));
  const line = isToday ? h("span.now", { "aria-hidden": "true" }) : null;
  if (line) line.style.left = `${((now.getHours() * 60 + now.getMinutes()) / 1440) * 100}%`;
  const track = h("div.track", {}, line, items.map((item, index) => {
    const made = bar(context, item, day, !seen.has(item.window));
    if (!made) return null;
    if (!made.id.includes(item.begin)) seen.add(item.window);
    made.style.top = `${5 + places[index] * LANE_PX}px`;
    return made;
  }));
  track.style.height = `${10 + (Math.max(0, ...places) + 1) * LANE_PX}px`;
  return h("div.day", { class: isToday ? "today" : "" }, h("span.date", {}, format.format(new Date(`${day}T12:00`))), track);
}

function timeLine(context) {
  const seen = new Set();
  return h("div.week", { role: "group", "aria-label": t("week") },
    h("div.hours", { "aria-hidden": "true" }, [0, 3, 6, 9, 12, 15, 18, 21].map((hour) => h("span", {}, pad(hour)))),
    days().map((day) => oneDay(context, day, seen)));
}

const ruleWords = (rule) => {
  const known = Object.entries(RULES).find(([, text]) => text === rule)?.[0];
  return known ? t(known) : h("code", {}, rule);
};

const wish = (text) => (text === "none" ? "–" : text);

export function draw(context) {
  if (!view.known) return [h("h1", {}, t("windows")), h("p.empty", {}, t("oldNode"))];
  const overloaded = [...new Set(view.plan.filter((item) => item.overload).map((item) => item.window))];
  return [
    h("div.headline", {}, h("h1", {}, t("windows")), context.mayWrite ? h("div.actions", {},
      h("button.primary", { type: "button", id: "add-window", onclick: () => edit(context, fresh(false)) }, t("addWindow")),
      h("button.plain", { type: "button", id: "add-blackout", onclick: () => edit(context, fresh(true)) }, t("addBlackout"))) : h("p.hint", {}, t("readOnly"))),
    overloaded.length > 0 ? h("p.bad", {}, t("overloadWarn", overloaded.join(", "))) : null,
    view.windows.length === 0 ? h("p.empty", {}, t("noWindows")) : [timeLine(context), h("p.hint", {}, t("moveHelp"))],
    view.windows.length > 0 ? h("section", {}, h("h2", {}, t("windowList")), h("div.scroll", {}, h("table.cards", {},
      h("thead", {}, h("tr", {}, ["window", "group", "rule", "at", "for", "zone", "rate", "spread", "catchUp", "priority"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, view.windows.map((window) => h("tr", {},
        h("th", { scope: "row" }, context.mayWrite
          ? h("button.link", { type: "button", id: `edit-${window.window}`, onclick: () => edit(context, window) }, window.window) : window.window,
        window.blackout ? h("span.badge", {}, t("blackout")) : null),
        [["group", window.group === "all" ? t("everybody") : window.group], ["rule", ruleWords(window.rule)], ["at", window.start.replace("T", " ")],
          ["for", window.for], ["zone", window.zone], ["rate", wish(window.rate)], ["spread", wish(window.spread)], ["catchUp", wish(window.catch_up)], ["priority", String(window.priority)]]
          .map(([key, value]) => h("td", { "data-label": t(key) }, value)))))))) : null,
    groups.draw(context, view.groups),
  ];
}
