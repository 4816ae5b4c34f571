// Elements of the page, made without markup in strings: what comes from nodes is only text.

/** h("button.plain", {type: "button", onclick}, "text", child, ...) */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className += ` ${value}`;
    else if (key in element && typeof value !== "string") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Replaces what an element shows, and keeps the focus where it was, by id or name. */
export function show(element, ...children) {
  const held = document.activeElement;
  const key = element.contains(held) ? held.id || held.name : "";
  const caret = key && "selectionStart" in held ? [held.selectionStart, held.selectionEnd] : null;
  element.replaceChildren(...children.flat(9).filter(Boolean));
  if (key) {
    const again = document.getElementById(key) ?? element.querySelector(`[name="${CSS.escape(key)}"]`);
    again?.focus({ preventScroll: true });
    if (caret && again && again.setSelectionRange && again.type !== "checkbox") {
      try { again.setSelectionRange(...caret); } catch { /* not of this kind of field */ }
    }
  }
}

let sayTimer = 0;

/** A sentence for everybody, read aloud too. */
export function say(words, kind = "done") {
  const place = byId("say");
  place.className = `toast shown ${kind}`;
  place.textContent = words;
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => { place.className = "toast"; place.textContent = ""; }, kind === "bad" ? 15000 : 6000);
}

/** A dialog with a form; resolves with its FormData, or null when it was left. */
export function ask({ title, body, ok, cancel, danger = false, extra = null }) {
  return new Promise((resolve) => {
    let answer = null;
    const id = `dialog${Date.now()}`;
    const dialog = h("dialog", { "aria-labelledby": id },
      h("form", { method: "dialog", onsubmit: (event) => { answer = new FormData(event.target, event.submitter); } },
        h("h2", { id }, title),
        body,
        h("div.actions", {},
          extra,
          h("span.grow"),
          h("button.plain", { type: "button", onclick: () => dialog.close() }, cancel),
          h(danger ? "button.danger" : "button.primary", { type: "submit", name: "do", value: "ok", id: "ok" }, ok))));
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
    // What only asks is answered by Enter; what destroys is not.
    if (!danger && !dialog.querySelector("input, select")) dialog.querySelector("#ok").focus();
  });
}
