// What every page does in the browser. Pages work without it; it makes them quicker to use.

const body = document.body;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// A machine without a Chinese font is lent ours. Nobody else fetches even the list of its slices.
const CHINESE_FONTS = ["PingFang SC", "PingFangSC-Regular", "Microsoft YaHei", "Noto Sans CJK SC", "NotoSansCJKsc-Regular",
  "Source Han Sans SC", "SourceHanSansSC-Regular", "HarmonyOS Sans SC", "HarmonyOS_Sans_SC", "WenQuanYi Micro Hei"];
new FontFace("of this machine", CHINESE_FONTS.map((name) => `local("${name}")`).join(", ")).load().catch(() => {
  const list = Object.assign(document.createElement("link"), { rel: "stylesheet", href: document.documentElement.dataset.font });
  document.head.append(list);
});

// The menu on a phone.
for (const button of all("[data-menu]")) {
  button.addEventListener("click", () => {
    const open = document.getElementById("menu").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  });
}

// "/" jumps to the search; a scanner that types ends with Enter and so searches.
// The hint at that key is for who has keys.
const keyed = document.querySelector("[data-key-hint]");
if (keyed && window.matchMedia("(hover: hover) and (pointer: fine)").matches) keyed.placeholder = keyed.dataset.keyHint;
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.getElementById("search");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  if ((event.key === "j" || event.key === "k") && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    // From one thing to look at to the next; a chosen row is ticked with the space bar.
    const links = all("[data-step] tr, [data-step] li").map((row) => row.querySelector("a")).filter(Boolean);
    const at = links.findIndex((link) => link.closest("tr, li").contains(document.activeElement));
    links[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), links.length - 1)]?.focus();
  }
  if (event.key === "Escape") all("details.drop[open]").forEach((drop) => drop.removeAttribute("open"));
});
document.addEventListener("click", (event) => {
  for (const drop of all("details.drop[open]")) if (!drop.contains(event.target)) drop.removeAttribute("open");
});

// What was refused takes the focus, so that it is read first.
document.querySelector(".notice.bad[autofocus]")?.focus();

// Acts that cannot be undone are asked about.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
}, true);

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // A field named "method" stands in the way of `form.method`.
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  window.setTimeout(() => delete form.dataset.sent, 4000);
});
window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

// Drafts: what is typed into a form with data-draft is kept in this browser, for this person, until it is sent.
const DRAFT = "lims-draft:";
const person = body.dataset.person;
const ofPerson = `${DRAFT}${person}:`;
const draftKey = (form) => ofPerson + form.dataset.draft;
const kept = (form) => [...form.elements].filter((e) => e.name && e.name !== "csrf_token" && !["password", "file", "hidden", "submit", "button"].includes(e.type));
const valuesOf = (form) => kept(form).map((e) => [e.name, ["checkbox", "radio"].includes(e.type) ? [e.value, e.checked] : e.value]);

function restore(form) {
  let draft = null;
  try {
    draft = JSON.parse(localStorage.getItem(draftKey(form)));
  } catch {
    return;
  }
  // What came back from the server is newer.
  if (!draft || form.hasAttribute("data-fresh") || document.querySelector(".notice.bad[autofocus]")) return;
  if (JSON.stringify(draft.values) === JSON.stringify(valuesOf(form))) return;
  const before = valuesOf(form);
  form.restored = draft.values;
  put(form, draft.values);
  const notice = document.createElement("p");
  notice.className = "notice warn wide";
  notice.setAttribute("role", "status");
  notice.append(body.dataset.draftFound.replace("{when}", new Date(draft.at).toLocaleString()), " ");
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "link";
  drop.textContent = body.dataset.draftDrop;
  drop.addEventListener("click", () => {
    form.restored = null;
    put(form, before);
    localStorage.removeItem(draftKey(form));
    notice.remove();
  });
  notice.append(drop);
  form.prepend(notice);
}

// By name and, of boxes, by value: parts of a form may come later, and not every time the same.
function put(form, values, within = form) {
  const boxes = values.filter(([, value]) => Array.isArray(value));
  const texts = new Map();
  for (const [name, value] of values) if (!Array.isArray(value)) texts.set(name, [...(texts.get(name) ?? []), value]);
  for (const element of kept(form)) {
    let known;
    if (["checkbox", "radio"].includes(element.type)) {
      known = boxes.find(([name, [value]]) => name === element.name && value === element.value);
    } else {
      const value = texts.get(element.name)?.shift();
      known = value === undefined ? undefined : [element.name, value];
    }
    if (!known || !within.contains(element)) continue;
    if (Array.isArray(known[1])) element.checked = known[1][1];
    else element.value = known[1];
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function removeDrafts(isMeant) {
  try {
    Object.keys(localStorage).filter((key) => key.startsWith(DRAFT) && isMeant(key)).forEach((key) => localStorage.removeItem(key));
  } catch {
    // a browser that keeps nothing
  }
}

// A fortnight is longer than any holiday. An `at` ahead of the clock was written by a wrong one.
const KEPT_MS = 14 * 24 * 3600 * 1000;
function isOld(key) {
  try {
    return !(Math.abs(Date.now() - JSON.parse(localStorage.getItem(key)).at) < KEPT_MS);
  } catch {
    return true;
  }
}

// Whoever opens a page: who typed them may never sign in here again.
removeDrafts(isOld);
// The page that an act leads to says which draft has been sent (data-draft-done), so a lost answer loses nothing.
for (const done of all("[data-draft-done]")) localStorage.removeItem(ofPerson + done.dataset.draftDone);
for (const form of all("form[data-draft]")) {
  restore(form);
  let timer = 0;
  form.addEventListener("input", (event) => {
    if (event.isTrusted) form.restored = null;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const late = (form.restored ?? []).filter(([name]) => !form.elements.namedItem(name));
      localStorage.setItem(draftKey(form), JSON.stringify({ at: Date.now(), values: [...valuesOf(form), ...late] }));
    }, 400);
  });
  form.addEventListener("submit", () => window.clearTimeout(timer));
}
// A part of a form that comes later gets its share of the draft.
document.addEventListener("htmx:load", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  if (form?.restored) put(form, form.restored, event.target);
});
// Who signs out leaves nothing behind for the next person at this machine; what others left is theirs.
for (const button of all("[data-sign-out]")) {
  button.closest("form").addEventListener("submit", () => removeDrafts((key) => key.startsWith(ofPerson)));
}

// Leaving a form with something typed is asked about.
const touched = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-guard], [data-draft]")) touched.add(form);
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) touched.delete(event.target);
});
window.addEventListener("beforeunload", (event) => {
  if (touched.size) event.preventDefault();
});

// Dialogs are opened by a button that names them, and closed by one inside.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

// Files may be dropped on their field, also on one that came later.
const zoneOf = (event) => event.target.closest?.(".drop-zone");
document.addEventListener("dragover", (event) => {
  const zone = zoneOf(event);
  if (!zone) return;
  event.preventDefault();
  zone.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  const zone = zoneOf(event);
  // Over a part of the zone the file is still over the zone.
  if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  const zone = zoneOf(event);
  if (!zone) return;
  event.preventDefault();
  zone.classList.remove("over");
  const field = zone.querySelector("input[type=file]");
  field.files = event.dataTransfer.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
