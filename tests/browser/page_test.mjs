// Opens every screen as a person would: by pointer, by keyboard, on a desk and a telephone,
// in both languages; looks for faults of accessibility and takes photographs.

import { createRequire } from "node:module";
import path from "node:path";
import fs from "node:fs";

const require = createRequire(`${path.resolve(process.argv[2])}/`);
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { URL: centre, TOKEN, READER, FINGERPRINT, MANY_URL, MANY_TOKEN, PHOTOGRAPHS } = process.env;

let failures = 0;
const fail = (words) => { failures += 1; console.log(`FAILED: ${words}`); };
const must = (truth, words) => { if (!truth) fail(words); };

// What does not come at all fails; what is slow, on a machine with other work, does not.
const PATIENCE_MS = 60000;
const COMES_BY_ITSELF_MS = 150000; // a branch that was refused tries again each minute

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

async function open(url, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.expected = "401"; // or what else the node refuses on purpose
  page.on("console", (message) => {
    // A question without a token is answered 401, what only looks may not ask all: 403.
    if (message.type() === "error" && !/40[13]/.test(message.text()) && !message.text().includes(page.expected)) fail(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => fail(`script: ${error.message}`));
  page.on("request", (request) => {
    const { hostname } = new globalThis.URL(request.url());
    if (hostname !== "127.0.0.1") fail(`asked ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/** The page forbids scripts made of strings, waitForFunction() among them. */
async function until(page, holds, argument) {
  await untilTrue(page, PATIENCE_MS, () => page.evaluate(holds, argument), `it never came: ${holds}`);
}

async function untilTrue(page, within, holds, words) {
  const end = Date.now() + within;
  while (!await holds()) {
    if (Date.now() > end) throw new Error(words);
    await page.waitForTimeout(100);
  }
}

async function signIn(page, token) {
  await page.fill("#token", token);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#nav a[aria-current]");
}

async function check(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] }));
  for (const violation of found.violations) {
    fail(`${name}: ${violation.id}: ${violation.help} (${violation.nodes[0].html.slice(0, 120)})`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
  must(!wide, `${name} is wider than the screen`);
  await page.screenshot({ path: path.join(PHOTOGRAPHS, `${name}.png`) });
}

async function screen(page, name) {
  await page.click(`#nav-${name}`);
  await page.waitForSelector(`#nav-${name}[aria-current]`);
  await page.waitForSelector("main h1");
}

/** What the store says, past the page: the result of a command. */
function told(page, ...words) {
  return page.evaluate(async (list) => {
    const answer = await fetch("api/command", {
      method: "POST", headers: { "Content-Type": "application/json", "X-Filial": "1" },
      body: JSON.stringify({ arguments: list }),
    });
    return (await answer.json()).result;
  }, words);
}

const SCREENS = ["branches", "windows", "collisions", "quarantine", "waiting", "audit"];

async function test(name, run) {
  try { await run(); } catch (error) { fail(`${name}: ${error.message.split("\n")[0]}`); }
}

await test("a wrong token", async () => {
  const page = await open(centre);
  await page.waitForSelector("#token");
  await check(page, "sign-in");
  await page.fill("#token", "wrong");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[role=alert]");
  await page.context().close();
});

await test("an operator at a desk", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await page.waitForSelector("text=Ф03");
  for (const name of SCREENS) {
    await screen(page, name);
    await check(page, `desk-${name}`);
  }
  // One branch, by keyboard.
  await screen(page, "branches");
  await page.fill("#search", "Ф02");
  await until(page, () => document.querySelectorAll("tbody tr").length === 1);
  must(await page.evaluate(() => document.activeElement.id) === "search", "the search lost the focus while typing");
  await page.focus("tbody a");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#do-suspend");
  await check(page, "desk-branch");
  must(!(await page.innerText("main")).includes("null"), "what never was is shown as null");
  await page.click("#do-suspend");
  await page.waitForSelector("#do-resume");
  await page.click("#do-resume");
  await page.waitForSelector("#do-suspend");
  // Both versions of a collision, and a second decision.
  await screen(page, "collisions");
  const box = page.locator("#only-open");
  if (await box.isChecked()) await box.click();
  await page.waitForSelector("tbody th a");
  const before = await page.locator("tbody tr").count();
  must(before >= 3, `${before} collisions are shown, 3 were made`);
  await page.locator("tbody th a").first().click();
  await page.waitForSelector("table.versions");
  await check(page, "desk-collision");
  await page.click("#take-theirs");
  await page.waitForSelector(".toast.shown.done");
  await screen(page, "collisions");
  await page.context().close();
});

await test("all collisions that are chosen, at once", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await screen(page, "collisions");
  if (await page.locator("#only-open").isChecked()) await page.click("#only-open");
  const rows = page.locator("tbody tr:has-text('Покупатель')");
  await until(page, () => document.querySelectorAll("tbody tr").length >= 4);
  must(await rows.count() === 3, `${await rows.count()} collisions of customers are shown, 3 were made`);
  for (const side of ["theirs", "ours"]) {
    const ids = await rows.evaluateAll((list) => list.map((row) => row.querySelector("th a").hash.split("/").pop()));
    for (let i = 0; i < ids.length; i++) await rows.nth(i).locator("input[type=checkbox]").check();
    if (side === "theirs") await check(page, "desk-collisions-chosen");
    await page.click(`#all-${side}`);
    await page.waitForSelector(".toast.shown.done");
    await until(page, () => !document.querySelector("#all-ours")); // nothing is chosen any more
    for (const id of ids) {
      const one = await told(page, "collision", "show", id);
      must(one.kept === side, `collision ${id} kept ${one.kept}, not ${side}`);
      const words = JSON.stringify(await told(page, "object", "get", one.object));
      must(words.includes(side === "ours" ? "изменён в центре" : "изменён в филиале"), `${side} was chosen, and the object is ${words}`);
    }
  }
  await page.context().close();
});

await test("a collision attribute by attribute", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await screen(page, "collisions");
  if (await page.locator("#only-open").isChecked()) await page.click("#only-open");
  await page.click("tbody th a:has-text('Ромашка')");
  await page.waitForSelector("tr.group");
  // What the object was, folded away under it.
  await page.click("#history");
  must(await page.locator("details[open] .badge:text-is('now')").count() === 1 ||
    await page.locator("details[open] .badge:text-is('сейчас')").count() === 1, "the live version is not among the versions");
  await check(page, "desk-collision-history");
  await page.click("#history");
  const side = (place) => page.evaluate((text) => {
    const line = [...document.querySelectorAll("tbody tr")].find((row) => row.querySelector("th")?.textContent === text);
    return line.querySelector("input:checked").id.split("-")[2];
  }, place);
  must(await side("КПП") === "ours", "what was kept is not what is chosen at first");
  // By the keyboard: an arrow goes to the other version.
  await page.locator("tr:has(th:text-is('КПП')) input:checked").focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector("#take-picked");
  must(await side("КПП") === "theirs", "the arrow did not choose the other version");
  must(await page.evaluate(() => document.activeElement.type) === "radio", "the focus was lost while choosing");
  // A row that only they have.
  await page.locator("tr:has-text('shop@example.com') input[type=radio]").nth(1).check();
  await check(page, "desk-collision-choice");
  await page.click("#take-picked");
  await page.waitForSelector(".toast.shown.done");
  const set = await page.evaluate(async () => {
    const answer = await fetch("api/command", {
      method: "POST", headers: { "Content-Type": "application/json", "X-Filial": "1" },
      body: JSON.stringify({ arguments: ["object", "get", "Catalog.Контрагенты:11111111-2222-4333-8444-000000000004"] }),
    });
    return JSON.stringify(await answer.json());
  });
  for (const part of ["770101001", "проверить договор", "shop@example.com", "100-00-55"]) must(set.includes(part), `${part} was not written: ${set}`);
  for (const part of ["платит вовремя", "100-00-77", "100-00-01"]) must(!set.includes(part), `${part} was written: ${set}`);
  await page.context().close();
});

await test("a window lies where it is by the clock of who looks", async () => {
  const page = await open(centre, { timezoneId: "Asia/Vladivostok" });
  await signIn(page, TOKEN);
  await screen(page, "windows");
  // From 21:00 in Moscow.
  const words = await page.locator("#bar-night .when").textContent();
  must(words === "04:00–08:00", `the bar says ${words} in Vladivostok`);
  const left = await page.evaluate(() => parseFloat(document.getElementById("bar-night").style.left));
  must(Math.abs(left - (100 * 4) / 24) < 0.1, `the bar lies at ${left} %`);
  const title = await page.locator("#bar-night").getAttribute("title");
  must(title.includes("21:00 Europe/Moscow"), `its own clock is not told: ${title}`);
  await page.context().close();
});

await test("windows by pointer and by keyboard", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await screen(page, "windows");
  if (await page.locator("#bar-night").count() === 0) throw new Error("the window is not on the time line");
  // Drag two hours to the left.
  const bar = page.locator("#bar-night");
  const track = await page.locator(".track").first().boundingBox();
  const from = await bar.boundingBox();
  const hour = track.width / 24;
  await page.mouse.move(from.x + 20, from.y + 15);
  await page.mouse.down();
  await page.mouse.move(from.x + 20 - 2 * hour, from.y + 15, { steps: 8 });
  await page.screenshot({ path: path.join(PHOTOGRAPHS, "desk-windows-dragged.png") });
  await page.mouse.up();
  await page.waitForSelector("dialog");
  await check(page, "desk-windows-move");
  await page.click("dialog .primary");
  await until(page, () => document.querySelector("tbody")?.textContent.includes("19:00"));
  // A quarter of an hour later, by the keyboard.
  await page.focus("#bar-night");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog");
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelector("tbody")?.textContent.includes("19:15"));
  // Edited in the form.
  await page.focus("#bar-night");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog [name=rate]");
  await page.fill("dialog [name=rate]", "128k");
  await check(page, "desk-windows-edit");
  await page.click("dialog .primary");
  await until(page, () => document.querySelector("tbody")?.textContent.includes("128k"));
  // A new one, and one that cannot be.
  await page.click("#add-blackout");
  await page.fill("dialog [name=name]", "stocktaking");
  await page.click("dialog .primary");
  await page.waitForSelector("#edit-stocktaking");
  await page.click("#add-window");
  await page.fill("dialog [name=name]", "wrong");
  await page.fill("dialog [name=zone]", "Moon/Crater");
  page.expected = "400";
  await page.click("dialog .primary");
  await page.waitForSelector(".toast.shown.bad");
  await page.click("#edit-stocktaking");
  await page.click("dialog .danger");
  await until(page, () => !document.querySelector("#edit-stocktaking"));
  await page.context().close();
});

await test("a group by pointer and by keyboard", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await screen(page, "windows");
  await page.click("#group-night");
  await page.waitForSelector("dialog .members");
  must(await page.locator("dialog [name=member]:checked").count() === 2, "not the two of the group are ticked");
  // Found by its name, by the keyboard; another one goes.
  await page.fill("dialog [name=find]", "восток");
  must(await page.locator("dialog .members li:visible").count() === 1, "the search does not narrow");
  await page.focus("dialog .members li:visible input");
  await page.keyboard.press("Space");
  await page.fill("dialog [name=find]", "");
  await page.uncheck("dialog [name=member][value='Ф02']");
  await check(page, "desk-group");
  await page.click("dialog #ok");
  await until(page, () => document.querySelector("#group-night")?.closest("dl").textContent.includes("Ф01, Ф03"));
  // A new one, and nobody in it any more: it is gone.
  await page.click("#add-group");
  await page.fill("dialog [name=name]", "day");
  await page.check("dialog [name=member][value='Ф02']");
  await page.click("dialog #ok");
  await page.waitForSelector("#group-day");
  await page.click("#group-day");
  await page.uncheck("dialog [name=member][value='Ф02']");
  await page.click("dialog #ok");
  await until(page, () => !document.querySelector("#group-day"));
  await page.context().close();
});

await test("quarantine: once more, and not at all", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await screen(page, "quarantine");
  await page.waitForSelector("tbody th a");
  const held = await page.locator("tbody tr").count();
  must(held === 3, `${held} objects are in quarantine, 3 were made`);
  await page.click("#retry-all");
  await page.waitForSelector(".toast.shown.done");
  must(await page.locator("tbody tr").count() === 3, "what is not allowed was taken");
  await page.locator("tbody th a").first().click();
  await page.waitForSelector("#retry");
  await check(page, "desk-quarantine-one");
  await page.click("#retry");
  await page.waitForSelector(".toast.shown.done");
  // Given up, by a dialog that Enter does not answer.
  await page.click("#drop");
  await page.waitForSelector("dialog .danger");
  await check(page, "desk-quarantine-drop");
  await page.click("dialog .danger");
  await until(page, () => location.hash === "#/quarantine" && document.querySelectorAll("tbody tr").length === 2);
  await page.context().close();
});

await test("a branch is held until somebody decides", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await page.fill("#search", "Ф03");
  await page.waitForSelector("tbody .dot.bad");
  await page.click("tbody th a");
  await page.waitForSelector("#do-release");
  await check(page, "desk-held");
  must(await page.locator(".headline .dot:text-is('held')").count() === 1, "its page does not say that it is held");
  await page.click("#do-release");
  await until(page, () => !document.querySelector("#do-release"));
  // It comes again by itself, and what it deleted is taken.
  await untilTrue(page, COMES_BY_ITSELF_MS, () => page.evaluate(async () => {
    const answer = await fetch("api/command", {
      method: "POST", headers: { "Content-Type": "application/json", "X-Filial": "1" },
      body: JSON.stringify({ arguments: ["object", "list", "Catalog.Контрагенты"] }),
    });
    const words = JSON.stringify(await answer.json());
    return words.includes("Ромашка") && !words.includes("Поставщик 16");
  }), "what was released was never taken");
  await page.context().close();
});

await test("a node that waits, approved and rejected", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await screen(page, "waiting");
  await page.waitForSelector("[id='approve-Ф04']");
  await check(page, "desk-waiting-two");
  const plate = page.locator("li.plate:has([id='approve-Ф04'])");
  const shown = (await plate.locator(".fingerprint").innerText()).replace(/\s+/g, "");
  must(shown === FINGERPRINT.replace(/\s+/g, ""), `the page shows ${shown}, the branch ${FINGERPRINT}`);
  await page.click("[id='approve-Ф04']");
  await page.waitForSelector("dialog [name=compared]");
  await check(page, "desk-approve");
  await page.click("dialog #ok"); // not before the box is ticked
  must(await page.locator("dialog").count() === 1, "approved without comparing");
  await page.check("dialog [name=compared]");
  await page.click("dialog #ok");
  await until(page, () => !document.getElementById("approve-Ф04"));
  await page.click("[id='reject-Ф05']");
  await page.waitForSelector("dialog .danger");
  await page.click("dialog .danger");
  await until(page, () => !document.getElementById("reject-Ф05"));
  // The one that was approved comes by itself and synchronises.
  await page.goto(`${centre}/#/branches/${encodeURIComponent("Ф04")}`);
  await page.waitForSelector("#do-suspend");
  await untilTrue(page, COMES_BY_ITSELF_MS, () => page.evaluate(async () => {
    const answer = await fetch("api/overview", { headers: { "X-Filial": "1" } });
    return (await answer.json()).peers.find((peer) => peer.code === "Ф04").last_success;
  }), "the approved node never synchronised");
  await page.context().close();
});

await test("a branch is shut out for good, and the audit says by whom", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await page.goto(`${centre}/#/branches/${encodeURIComponent("Ф04")}`);
  await page.waitForSelector("#do-revoke");
  await page.click("#do-revoke");
  await page.waitForSelector("dialog .danger");
  await check(page, "desk-revoke");
  await page.keyboard.press("Escape"); // thought better of it
  await until(page, () => !document.querySelector("dialog") && document.querySelector("#do-suspend"));
  await page.click("#do-revoke");
  await page.click("dialog .danger");
  await until(page, () => !document.querySelector("#do-revoke"));
  must(await page.locator("#do-suspend").count() === 0, "who is shut out for good is offered to be suspended");
  await screen(page, "audit");
  await until(page, () => document.querySelector("tbody tr")?.textContent.includes("node revoke Ф04"));
  await page.click("#verify");
  await page.waitForSelector(".toast.shown.done");
  // Page by page to the first entry, and back.
  const numbers = () => page.$$eval("tbody th .under", (list) => list.map((place) => Number(place.textContent.replace(/\D/g, ""))));
  const first = await numbers();
  must(first.length === 100, `${first.length} entries are shown at first`);
  await page.click("#older");
  await page.waitForSelector("#newest");
  await until(page, () => scrollY === 0); // one reads on from the top
  const older = await numbers();
  must(older[0] < first.at(-1), `behind ${first.at(-1)} comes ${older[0]}`);
  const { entries } = await told(page, "audit", "list", "--limit", "100", "--before", String(first.at(-1)));
  must(JSON.stringify(entries.map((entry) => entry.number)) === JSON.stringify(older), "older entries are not those of the store");
  await check(page, "desk-audit-older");
  for (let i = 0; i < 20 && await page.locator("#older").count() > 0; i++) {
    const last = (await numbers()).at(-1);
    await page.click("#older");
    await until(page, (text) => !document.querySelector("tbody").textContent.includes(text), `№ ${last}`);
  }
  must((await numbers()).at(-1) === 1, "the first entry is not reached");
  await page.click("#newest");
  await until(page, () => !document.querySelector("#newest"));
  must((await numbers()).length === 100, "the newest entries do not come back");
  await page.context().close();
});

await test("it follows by itself", async () => {
  const one = await open(centre);
  const other = await open(centre);
  await signIn(one, TOKEN);
  await signIn(other, TOKEN);
  await one.goto(`${centre}/#/branches/${encodeURIComponent("Ф03")}`);
  await other.goto(`${centre}/#/branches/${encodeURIComponent("Ф03")}`);
  await one.waitForSelector("#do-suspend");
  await other.waitForSelector("#do-suspend");
  await one.click("#do-suspend");
  await other.waitForSelector("#do-resume");
  await one.click("#do-resume");
  await one.context().close();
  await other.context().close();
});

await test("a node that says nothing any more", async () => {
  const page = await open(centre);
  await signIn(page, TOKEN);
  await page.clock.install();
  for (const path of ["events", "overview"]) await page.route(`**/api/${path}*`, () => {}); // never answered
  await page.reload();
  await page.waitForSelector("#node:has-text('ЦО')");
  must(await page.locator("#line").isHidden(), "the line is called dead before anything was waited for");
  page.expected = "ERR_"; // the browser tells of questions that were given up
  await page.clock.fastForward(100000);
  await page.waitForSelector("#line:not([hidden])");
  await page.waitForSelector(".toast.shown.bad");
  // It comes back by itself, and so does what was asked in vain.
  await page.unroute("**/api/events*");
  await page.unroute("**/api/overview*");
  await page.clock.fastForward(10000);
  await page.waitForSelector("#line", { state: "hidden" });
  await page.clock.fastForward(1000);
  await page.waitForSelector("#nav a[aria-current]");
  await page.context().close();
});

await test("who only looks", async () => {
  const page = await open(centre);
  await signIn(page, READER);
  await page.goto(`${centre}/#/branches/${encodeURIComponent("Ф01")}`);
  await page.waitForSelector("dl.facts");
  must(await page.locator("#do-suspend").count() === 0, "a reader is offered to suspend");
  await page.context().close();
});

await test("a telephone, in Russian, by night", async () => {
  const page = await open(centre, {
    locale: "ru-RU", colorScheme: "dark", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true,
  });
  await signIn(page, TOKEN);
  await page.waitForSelector("h1:text-is('Филиалы')");
  for (const name of SCREENS) {
    await screen(page, name);
    await check(page, `phone-${name}`);
  }
  await page.click("#language");
  await page.waitForSelector("h1:has-text('Audit')");
  await page.context().close();
});

await test("a thousand branches", async () => {
  const page = await open(MANY_URL);
  await signIn(page, MANY_TOKEN);
  await page.waitForSelector("tbody tr");
  must(await page.locator("tbody tr").count() === 100, "a hundred of them are shown at first");
  await check(page, "many-branches");
  await page.fill("#search", "F00777");
  await until(page, () => document.querySelectorAll("tbody tr").length === 1);
  await page.fill("#search", "");
  await page.click("#more");
  await until(page, () => document.querySelectorAll("tbody tr").length === 200);
  await page.selectOption("#order", "sortCode");
  await until(page, () => document.querySelector("tbody a").textContent === "F00000");
  await page.context().close();
  const phone = await open(MANY_URL, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await signIn(phone, MANY_TOKEN);
  await phone.waitForSelector("tbody tr");
  await check(phone, "many-phone");
  await phone.context().close();
});

await browser.close();
console.log(failures === 0 ? "every screen was opened and used" : `${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
