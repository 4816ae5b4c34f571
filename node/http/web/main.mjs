// The page: who is signed in, which screen is shown, and when it looks again.

import * as api from "./api.mjs";
import { byId, h, say, show } from "./dom.mjs";
import { choose, language, t } from "./words.mjs";
import * as audit from "./audit.mjs";
import * as branches from "./branches.mjs";
import * as collisions from "./collisions.mjs";
import * as quarantine from "./quarantine.mjs";
import * as waiting from "./waiting.mjs";
import * as windows from "./windows.mjs";

const SCREENS = { branches, windows, collisions, quarantine, waiting, audit };

const page = {
  me: null, // {role, code, name}
  overview: null,
  screen: null,
  name: "",
  argument: "",
  follow: null,
  looking: false,
  again: false,
};

/** What screens need of the page. */
const context = {
  get me() { return page.me; },
  get overview() { return page.overview; },
  get mayWrite() { return page.me?.role === "operator"; },
  refresh: () => look(),
  /** Runs a change, tells how it ended, and looks again. */
  async change(words, ...commandWords) {
    try {
      const result = await api.command(...commandWords);
      say(typeof words === "function" ? words(result) : words);
      await look();
      return result;
    } catch (refused) {
      say(refused.message || t("noLine"), "bad");
      await look();
      return null;
    }
  },
};

function navigation() {
  const counts = {
    collisions: page.overview?.collisions_open,
    quarantine: page.overview?.quarantine,
    waiting: page.overview?.peers.filter((peer) => peer.state === "waiting").length,
  };
  show(byId("nav"), Object.keys(SCREENS).map((name) => h("a", {
    href: `#/${name}`, id: `nav-${name}`, "aria-current": name === page.name ? "page" : null,
  }, t(name), counts[name] ? h("span.count", {}, String(counts[name])) : null)));
  byId("skip").textContent = t("skip");
  byId("language").textContent = language() === "ru" ? "English" : "Русский";
  byId("language").lang = language() === "ru" ? "en" : "ru";
  byId("leave").textContent = t("signOut");
  byId("leave").hidden = !page.me;
  byId("nav").hidden = !page.me;
}

function askForToken(words = "") {
  page.me = null;
  navigation();
  const field = h("input", { id: "token", name: "token", type: "password", autocomplete: "current-password", required: true, "aria-describedby": "token-help" });
  show(byId("main"), h("form.sign", {
    onsubmit: async (event) => {
      event.preventDefault();
      try {
        await api.signIn(field.value.trim());
        await begin();
      } catch (refused) {
        askForToken(refused.message || t("noLine"));
      }
    },
  },
  h("h1", {}, t("signIn")),
  words ? h("p.bad", { role: "alert" }, words) : null,
  h("label", { for: "token" }, t("token")), field,
  h("p.hint", { id: "token-help" }, t("tokenHelp")),
  h("button.primary", { type: "submit" }, t("signIn"))));
  field.focus();
}

/** Asks for everything that the screen shows; one question at a time. */
async function look() {
  if (page.looking) { page.again = true; return; }
  page.looking = true;
  try {
    do {
      page.again = false;
      page.overview = await api.overview();
      const name = page.name;
      navigation();
      await page.screen.load(context, page.argument);
      if (name === page.name) show(byId("main"), page.screen.draw(context, page.argument));
    } while (page.again);
  } catch (refused) {
    if (refused.status === 401) askForToken();
    else say(refused.message || t("noLine"), "bad");
  } finally {
    page.looking = false;
  }
}

async function go() {
  const [, name, argument = ""] = location.hash.split("/");
  const known = SCREENS[name] ? name : "branches";
  const isNew = known !== page.name || decodeURIComponent(argument) !== page.argument;
  page.name = known;
  page.screen = SCREENS[known];
  page.argument = decodeURIComponent(argument);
  if (!page.me) return;
  document.title = `${t(page.name)} · ${page.me.code} · Filial`;
  await look();
  if (isNew) {
    byId("main").focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

let due = 0;
/** Many things happen at once: the page looks at them together. */
function changed() {
  if (!due) due = setTimeout(() => { due = 0; if (!document.querySelector("dialog, .dragging")) look(); }, 400);
}

function line(isUp, refused) {
  const pill = byId("line");
  if (isUp && !pill.hidden) changed(); // what was missed, and what was asked in vain
  pill.hidden = isUp;
  pill.textContent = isUp ? "" : t("noLine");
  if (refused?.status === 401) askForToken();
}

async function begin() {
  page.me = await api.session();
  byId("node").textContent = page.me.name && page.me.name !== page.me.code ? `${page.me.code} · ${page.me.name}` : page.me.code;
  page.follow?.abort();
  page.follow = new AbortController();
  api.follow(changed, line, page.follow.signal);
  await go();
}

byId("language").addEventListener("click", () => {
  choose(language() === "ru" ? "en" : "ru");
  if (page.me) go(); else askForToken();
});
byId("leave").addEventListener("click", async () => {
  page.follow?.abort();
  await api.signOut().catch(() => {});
  askForToken();
});
addEventListener("hashchange", go);
setInterval(() => { if (page.me && !document.hidden) changed(); }, 15000);
choose(language());
navigation();
begin().catch((refused) => (refused.status === 401 ? askForToken() : askForToken(refused.message || t("noLine"))));
