// Offers the foods or substances that a text may mean, under every field with data-lookup="food" or "substance": by
// any name, English, CAS number, pinyin or its initials. The field stays a text field; whatever is typed may stand.

const LIST = "lookup-list";
const isMeant = (target) => target instanceof HTMLInputElement && Boolean(target.dataset.lookup);

class Offers {
  constructor() {
    this.list = Object.assign(document.createElement("ul"), { id: LIST, className: "lookup-list", hidden: true });
    this.list.setAttribute("role", "listbox");
    (document.getElementById("main") ?? document.body).append(this.list);
    this.field = null;
    this.at = -1;
    this.asked = 0; // answers that were overtaken are dropped
  }

  get isOpen() {
    return !this.list.hidden;
  }

  enter(field) {
    this.close();
    this.field = field;
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", LIST);
    field.setAttribute("aria-expanded", "false");
  }

  later() {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.ask(), 150);
  }

  async ask() {
    const { field } = this;
    const typed = field?.value.trim();
    const asked = (this.asked += 1);
    if (!typed) return this.close();
    try {
      const answer = await fetch(`/library/lookup?${new URLSearchParams({ kind: field.dataset.lookup, q: typed })}`, {
        headers: { "HX-Request": "true" },
      });
      const text = answer.ok ? await answer.text() : "";
      if (asked === this.asked && field === document.activeElement) this.show(text, typed);
    } catch {
      this.close(); // without the server nothing is offered
    }
  }

  show(text, typed) {
    const found = [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("option")];
    if (!found.length || (found.length === 1 && found[0].value === typed)) return this.close();
    this.list.replaceChildren(...found.map((one, place) => this.option(one, place)));
    this.list.setAttribute("aria-label", this.field.labels?.[0]?.textContent.trim() || this.field.getAttribute("aria-label") || "");
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.field.setAttribute("aria-expanded", "true");
    this.mark(-1);
    this.place();
  }

  option(one, place) {
    const line = Object.assign(document.createElement("li"), { id: `${LIST}-${place}` });
    line.setAttribute("role", "option");
    line.dataset.value = one.value;
    line.append(one.value);
    if (one.textContent && one.textContent !== one.value) {
      line.append(" ", Object.assign(document.createElement("span"), { className: "quiet small", textContent: one.textContent }));
    }
    return line;
  }

  // Under the field, or above it where there is no room; a table that scrolls would cut it off if it stood in there.
  place() {
    const box = this.field.getBoundingClientRect();
    const room = window.innerHeight - box.bottom;
    const isAbove = room < 180 && box.top > room;
    this.list.style.left = `${Math.max(4, Math.min(box.left, window.innerWidth - Math.max(box.width, 260) - 4))}px`;
    this.list.style.minWidth = `${Math.max(box.width, Math.min(260, window.innerWidth - 8))}px`;
    this.list.style.top = isAbove ? "auto" : `${box.bottom + 2}px`;
    this.list.style.bottom = isAbove ? `${window.innerHeight - box.top + 2}px` : "auto";
    this.list.style.maxHeight = `${Math.max(120, Math.min(300, (isAbove ? box.top : room) - 10))}px`;
  }

  mark(at) {
    this.at = at;
    [...this.list.children].forEach((line, place) => line.setAttribute("aria-selected", String(place === at)));
    const line = this.list.children[at];
    if (line) {
      this.field.setAttribute("aria-activedescendant", line.id);
      line.scrollIntoView({ block: "nearest" });
    } else this.field.removeAttribute("aria-activedescendant");
  }

  choose(line) {
    const { field } = this;
    field.value = line.dataset.value;
    this.close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  close() {
    window.clearTimeout(this.timer);
    this.asked += 1;
    this.list.hidden = true;
    this.at = -1;
    this.field?.setAttribute("aria-expanded", "false");
    this.field?.removeAttribute("aria-activedescendant");
  }

  // Whether the key was taken. Down opens a closed list; in a table, where it leads to the next row, Alt+Down does.
  key(event) {
    if (event.isComposing || event.keyCode === 229) return false; // Chinese being typed
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!this.isOpen) {
      const opens = event.key === "ArrowDown" && (event.altKey || !event.target.closest("[data-grid]"));
      if (opens) this.ask();
      return opens;
    }
    const count = this.list.children.length;
    if (step) this.mark(this.at < 0 && step < 0 ? count - 1 : ((this.at + step + 1 + count + 1) % (count + 1)) - 1);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.at >= 0) this.choose(this.list.children[this.at]);
    else {
      if (["Enter", "Tab"].includes(event.key)) this.close();
      return false;
    }
    return true;
  }
}

const offers = new Offers();
document.addEventListener("focusin", (event) => {
  if (isMeant(event.target)) offers.enter(event.target);
  else offers.close();
});
document.addEventListener("focusout", () => offers.close());
document.addEventListener("input", (event) => {
  // A draft that comes back is nobody typing.
  if (isMeant(event.target) && event.isTrusted && !event.isComposing) offers.later();
});
document.addEventListener("compositionend", (event) => {
  if (isMeant(event.target)) offers.later();
});
// Before the table that the field may stand in sees the key.
document.addEventListener("keydown", (event) => {
  if (!isMeant(event.target) || !offers.key(event)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);
offers.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
offers.list.addEventListener("mousedown", (event) => event.preventDefault());
offers.list.addEventListener("click", (event) => {
  const line = event.target.closest("li");
  if (line) offers.choose(line);
});
for (const moved of ["scroll", "resize"]) {
  window.addEventListener(moved, (event) => {
    if (offers.isOpen && event.target !== offers.list) offers.place();
  }, true);
}
