// Makes a table to type and paste into of every [data-grid] (lims/web/grids.py). What it holds travels as JSON in one
// text area, which is hidden but a text area, so that drafts keep it like any other field.

const folded = (text) => text.normalize("NFKC").replace(/\s+/g, "").toLowerCase().replace(/\*+$/, "");
const fill = (sentence, gaps) => sentence.replace(/\{(\w+)\}/g, (gap, name) => gaps[name] ?? gap);
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// Cells apart by tabs, as spreadsheet programs copy them: a cell with line breaks stands in quotation marks.
export function linesOf(text) {
  const lines = [[]];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (isQuoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else isQuoted = false;
    } else if (sign === '"' && cell === "") isQuoted = true;
    else if (sign === "\t") {
      lines.at(-1).push(cell);
      cell = "";
    } else if (sign === "\n") {
      lines.at(-1).push(cell);
      cell = "";
      lines.push([]);
    } else if (sign !== "\r") cell += sign;
  }
  lines.at(-1).push(cell);
  while (lines.length > 1 && lines.at(-1).every((one) => one.trim() === "")) lines.pop();
  return lines;
}

class Grid {
  constructor(root) {
    this.root = root;
    this.say = root.dataset;
    this.name = root.dataset.grid;
    this.spec = JSON.parse(root.querySelector("script").textContent);
    this.columns = this.spec.columns.filter((column) => !column.hidden);
    this.faults = new Map();
    for (const { id, text } of this.spec.faults) this.faults.set(id, [this.faults.get(id), text].filter(Boolean).join(" "));
    this.sent = root.querySelector("[data-grid-sent]");
    this.before = []; // what to go back to, newest last
    this.build();
    const plain = root.querySelector("[data-grid-plain]");
    plain.hidden = true;
    plain.querySelector("textarea").value = "";
    this.begin();
    this.listen();
  }

  begin() {
    this.said.textContent = "";
    this.show(this.sent.value ? this.kept() : this.first());
  }

  // The rows of the page as it came, and those of a draft.
  first() {
    return this.spec.rows.map((values, place) => ({ values, origin: place + 1 }));
  }

  kept() {
    try {
      const rows = JSON.parse(this.sent.value);
      return this.spec.fixed ? this.merged(rows) : rows.map((values) => ({ values, origin: 0 }));
    } catch {
      return this.first();
    }
  }

  // Rows that are given may have come, gone or changed places since a draft was typed: what was typed follows its row.
  merged(rows) {
    const typed = this.columns.filter((column) => !column.readonly).map((column) => column.key);
    const rowOf = (values) => JSON.stringify(this.spec.identity.map((key) => values[key] ?? ""));
    const draft = new Map(rows.map((values) => [rowOf(values), values]));
    const records = this.first();
    for (const record of records) {
      const own = draft.get(rowOf(record.values));
      if (own) record.values = { ...record.values, ...Object.fromEntries(typed.map((key) => [key, own[key] ?? ""])) };
      draft.delete(rowOf(record.values));
    }
    const astray = [...draft.values()].filter((values) => typed.some((key) => values[key]));
    const told = astray.map((values) => this.columns.map(({ key }) => values[key]).filter(Boolean).slice(0, 3).join(" "));
    if (told.length) this.said.textContent = this.noRow(told);
    return records;
  }

  noRow(texts) {
    return fill(this.say.noRow, { rows: texts.slice(0, 10).join("；") + (texts.length > 10 ? " …" : "") });
  }

  build() {
    this.said = make("p", { className: "grid-said quiet", role: "status" });
    this.undoButton = make("button", { type: "button", textContent: this.say.undo, hidden: true });
    this.count = make("span", { className: "quiet nowrap" });
    const tools = make("div", { className: "grid-tools" }, this.said, this.undoButton, this.count);
    if (!this.spec.fixed) {
      this.addButton = make("button", { type: "button", textContent: this.say.add });
      tools.append(this.addButton);
    }
    const heads = make("tr", {}, this.head(this.say.rowName, "place"));
    const widths = make("colgroup", {}, this.col(6));
    for (const column of this.columns) {
      const head = this.head(column.heading, "");
      if (column.required) head.append("\u00a0", make("span", { className: "must", textContent: "*", title: this.say.must }));
      heads.append(head);
      widths.append(this.col(column.width + 3));
    }
    if (!this.spec.fixed) {
      heads.append(make("td", { className: "take" }));
      widths.append(this.col(4));
    }
    this.body = make("tbody");
    const table = make("table", { className: "grid-table" }, widths, make("thead", {}, heads), this.body);
    table.setAttribute("aria-label", this.say.label);
    const all = this.columns.reduce((sum, column) => sum + column.width + 3, this.spec.fixed ? 6 : 10);
    table.style.width = `${all}ch`;
    const scroll = make("div", { className: "grid-scroll", role: "region" }, table);
    scroll.setAttribute("aria-label", this.say.label);
    this.foot = make("p", { className: "grid-foot", textContent: this.say.keys });
    this.pattern = this.patternRow();
    this.root.append(tools, scroll, this.foot, ...this.suggestions());
  }

  head(text, className) {
    return make("th", { scope: "col", className, textContent: text });
  }

  col(width) {
    const col = make("col");
    col.style.width = `${width}ch`;
    return col;
  }

  suggestions() {
    return this.columns.filter((column) => column.suggestions.length).map((column) =>
      make("datalist", { id: `${this.name}-list-${column.key}` }, ...column.suggestions.map((value) => make("option", { value }))));
  }

  // A row to be copied: making ten thousand cells one by one is slow.
  patternRow() {
    const row = make("tr", {}, make("th", { scope: "row", className: "place" }));
    for (const column of this.columns) row.append(this.patternCell(column));
    if (!this.spec.fixed) {
      row.append(make("td", { className: "take" }, make("button", { type: "button", textContent: "×", tabIndex: -1 })));
    }
    return row;
  }

  patternCell(column) {
    if (column.readonly) return make("td", { className: "given" });
    const cell = make("td", { className: column.kind === "number" ? "number" : "" });
    if (column.kind === "choice") {
      const options = column.options.map(([value, textContent]) => make("option", { value, textContent }));
      cell.append(make("select", { autocomplete: "off" }, make("option", { value: "", textContent: "" }), ...options));
    } else {
      const input = make("input", { type: "text", autocomplete: "off", spellcheck: false });
      if (column.kind === "number") input.inputMode = "decimal";
      if (column.lookup) input.dataset.lookup = column.lookup; // lookup.js offers names
      if (column.suggestions.length) input.setAttribute("list", `${this.name}-list-${column.key}`);
      cell.append(input);
    }
    return cell;
  }

  // ── rows ──

  show(records) {
    const wanted = this.spec.fixed ? records.length : Math.max(records.length + 1, this.spec.spare);
    const rows = Array.from({ length: Math.min(wanted, this.spec.most) }, (_, place) => this.row(records[place]));
    this.body.replaceChildren(...rows);
    this.number();
    this.tell();
  }

  row(record = { values: {}, origin: 0 }) {
    const row = this.pattern.cloneNode(true);
    row.origin = record.origin; // its number when the page came: what faults speak of
    row.given = Object.fromEntries(this.spec.columns.filter((c) => c.readonly || c.hidden).map((c) => [c.key, record.values[c.key] ?? ""]));
    this.columns.forEach((column, place) => {
      if (column.readonly) row.cells[place + 1].textContent = row.given[column.key];
      else if (record.values[column.key]) this.put(this.control(row, place), column, record.values[column.key]);
      if (record.origin && !record.isMended?.has(column.key)) this.blame(row, place, column);
    });
    return row;
  }

  control(row, place) {
    const control = row.cells[place + 1]?.firstElementChild;
    return control?.matches("input, select, button") ? control : null;
  }

  put(control, column, text) {
    if (control.tagName !== "SELECT") {
      control.value = text.trim().replace(/\s*[\r\n]+\s*/g, column.kind === "list" ? "、" : " ");
      return;
    }
    const wanted = folded(text);
    const meant = column.options.find(([value, shown]) => folded(value) === wanted || folded(shown) === wanted)?.[0]
      ?? Object.entries(column.words).find(([word]) => folded(word) === wanted)?.[1];
    control.querySelector("[data-unknown]")?.remove();
    if (meant === undefined && wanted) {
      // Not one of the list: shown as it is, to be mended here or refused with its reason.
      const stray = make("option", { value: text.trim(), textContent: text.trim() });
      stray.dataset.unknown = "yes";
      control.append(stray);
      control.setAttribute("aria-invalid", "true");
    }
    control.value = meant ?? text.trim();
  }

  blame(row, place, column) {
    const id = `${this.name}-${row.origin}-${column.key}`;
    const control = this.control(row, place);
    if (!this.faults.has(id) || !control) return;
    const fault = make("span", { className: "hidden", id: `${id}-fault`, textContent: this.faults.get(id) });
    control.id = id;
    control.title = this.faults.get(id);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", fault.id);
    control.after(fault);
  }

  // What was changed may be right now.
  forgive(control) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
    control.removeAttribute("title");
    control.parentElement.querySelector("span")?.remove();
  }

  number() {
    [...this.body.rows].forEach((row, place) => {
      if (row.numbered === place + 1) return;
      row.numbered = place + 1;
      row.cells[0].textContent = place + 1;
      this.columns.forEach((column, at) => {
        this.control(row, at)?.setAttribute("aria-label", fill(this.say.cellName, { row: place + 1, column: column.heading }));
      });
      row.querySelector(".take button")?.setAttribute("aria-label", fill(this.say.delete, { row: place + 1 }));
    });
  }

  valuesOf(row) {
    const values = { ...row.given };
    this.columns.forEach((column, place) => {
      if (!column.readonly) values[column.key] = this.control(row, place).value.trim();
    });
    return values;
  }

  isFilled(row) {
    return this.columns.some((column, place) => !column.readonly && this.control(row, place).value.trim());
  }

  // Empty rows between others stay, so that their numbers do.
  records() {
    const rows = [...this.body.rows];
    if (!this.spec.fixed) while (rows.length && !this.isFilled(rows.at(-1))) rows.pop();
    return rows.map((row) => ({
      values: this.valuesOf(row),
      origin: row.origin,
      isMended: new Set(this.columns.filter((column, place) => !column.readonly && !this.control(row, place).hasAttribute("aria-describedby")).map((column) => column.key)),
    }));
  }

  asJson() {
    return JSON.stringify(this.records().map((record) => record.values));
  }

  // ── acts on many cells, each can be taken back ──

  remember() {
    this.before.push(this.records());
    if (this.before.length > 20) this.before.shift();
    this.isBulk = true;
    this.undoButton.hidden = false;
  }

  done(sentence) {
    this.said.textContent = sentence;
    this.tell();
    this.keep();
    this.sent.dispatchEvent(new Event("input", { bubbles: true }));
  }

  undo() {
    if (!this.before.length) return;
    const [row, place] = this.focused ?? [0, 0];
    this.show(this.before.pop());
    this.isBulk = this.before.length > 0;
    this.undoButton.hidden = !this.isBulk;
    this.go(Math.min(row, this.body.rows.length - 1), place);
    this.done(this.say.undone);
  }

  paste(text, fromRow, fromPlace) {
    const lines = linesOf(text);
    const order = this.headings(lines[0]);
    const said = [];
    if (order) {
      const strange = lines.shift().filter((heading, at) => heading.trim() && !order[at]);
      if (strange.length) said.push(fill(this.say.noColumn, { names: strange.join("、") }));
    }
    const places = order ?? lines[0].map((_, at) => this.columns[fromPlace + at] ?? null);
    const beyond = order ? 0 : lines.reduce((most, line) => Math.max(most, line.length), 0) - (this.columns.length - fromPlace);
    if (beyond > 0) said.push(fill(this.say.noPlace, { count: beyond }));
    if (!order) while (places.length < this.columns.length - fromPlace) places.push(this.columns[fromPlace + places.length]);
    if (!this.spec.fixed && fromRow + lines.length > this.spec.most) {
      this.said.textContent = fill(this.say.tooMany, { most: this.spec.most });
      return;
    }
    this.remember();
    const strays = [];
    const taken = new Set();
    let pasted = 0;
    lines.forEach((line, at) => {
      const row = this.rowFor(line, places, fromRow + at, taken);
      if (!row) {
        strays.push(line.slice(0, 3).join(" "));
        return;
      }
      pasted += 1;
      places.forEach((column, cell) => {
        if (!column || column.readonly || line[cell] === undefined) return;
        const control = this.control(row, this.columns.indexOf(column));
        this.forgive(control);
        this.put(control, column, line[cell]);
      });
    });
    if (strays.length) said.push(this.noRow(strays));
    if (!this.spec.fixed && this.isFilled(this.body.rows[this.body.rows.length - 1])) this.add(1);
    this.number();
    this.done([fill(this.say.pasted, { rows: pasted }), ...said].join(" "));
  }

  // The columns of a first line that holds headings: at least two of its cells, and half of them, are known.
  headings(line) {
    const order = line.map((cell) => {
      const wanted = folded(cell);
      return wanted ? this.columns.find((column) => column.names.includes(wanted)) ?? null : null;
    });
    order.forEach((column, at) => {
      if (order.indexOf(column) < at) order[at] = null;
    });
    const known = order.filter(Boolean).length;
    const given = line.filter((cell) => cell.trim()).length;
    return known && known >= Math.min(2, given) && known * 2 >= given ? order : null;
  }

  // A row that was given is found by what is given in it, and only when it is the only one; others follow each other
  // from the current one.
  rowFor(line, places, at, taken) {
    const given = places.map((column, cell) => [column, cell]).filter(([column, cell]) => column?.readonly && line[cell]?.trim());
    if (given.length) {
      const fitting = [...this.body.rows].filter((row) => given.every(([column, cell]) => folded(row.given[column.key]) === folded(line[cell])));
      const isOne = fitting.every((row) => this.looks(row) === this.looks(fitting[0])); // alike to the eye: in their order
      const row = isOne ? fitting.find((one) => !taken.has(one)) : undefined;
      taken.add(row);
      return row;
    }
    while (!this.spec.fixed && this.body.rows.length <= at) this.body.append(this.row());
    return this.body.rows[at];
  }

  looks(row) {
    return this.columns.filter((column) => column.readonly).map((column) => row.given[column.key]).join("\t");
  }

  fillDown(row, place) {
    const column = this.columns[place];
    const rows = [...this.body.rows];
    const at = row.sectionRowIndex;
    const own = this.control(row, place);
    const text = own.value.trim() || (at > 0 ? this.control(rows[at - 1], place).value.trim() : "");
    if (!text) return;
    const last = rows.findLastIndex((one) => this.isFilled(one));
    const below = rows.slice(own.value.trim() ? at + 1 : at, Math.max(last, at) + 1).map((one) => this.control(one, place));
    const empty = below.filter((control) => !control.value.trim());
    if (!empty.length) return;
    this.remember();
    empty.forEach((control) => {
      this.forgive(control);
      this.put(control, column, text);
    });
    this.done(fill(this.say.filled, { count: empty.length }));
  }

  add(count) {
    const room = Math.max(0, this.spec.most - this.body.rows.length);
    this.body.append(...Array.from({ length: Math.min(count, room) }, () => this.row()));
    this.number();
  }

  take(row) {
    const number = row.numbered;
    const at = row.sectionRowIndex;
    this.remember();
    row.remove();
    if (!this.body.rows.length) this.add(1);
    this.number();
    this.go(Math.min(at, this.body.rows.length - 1), 0);
    this.done(fill(this.say.deleted, { row: number }));
  }

  // ── what the keys and the mouse do ──

  listen() {
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("paste", (event) => this.onPaste(event));
    this.body.addEventListener("input", (event) => this.onInput(event));
    this.body.addEventListener("focusin", (event) => this.onFocus(event));
    this.body.addEventListener("click", (event) => {
      const button = event.target.closest(".take button");
      if (button) this.take(button.closest("tr"));
    });
    this.undoButton.addEventListener("click", () => this.undo());
    this.addButton?.addEventListener("click", () => {
      const at = this.body.rows.length;
      this.add(10);
      if (this.body.rows.length > at) this.go(at, 0);
    });
    // A draft that comes back, or is thrown away.
    this.sent.addEventListener("change", () => this.begin());
    this.sent.form?.addEventListener("formdata", (event) => event.formData.set(this.name, this.asJson()));
    for (const link of document.querySelectorAll(`.grid-problems a[href^="#${this.name}-"]`)) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        document.getElementById(link.hash.slice(1))?.focus();
      });
    }
  }

  onInput(event) {
    this.isBulk = false;
    this.forgive(event.target);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.keep();
      this.tell();
    }, 200);
    const row = event.target.closest("tr");
    if (!this.spec.fixed && row === this.body.lastElementChild) this.add(1);
  }

  keep() {
    this.sent.value = this.asJson();
  }

  tell() {
    this.count.textContent = fill(this.say.count, { count: [...this.body.rows].filter((row) => this.isFilled(row)).length });
  }

  onFocus(event) {
    const cell = event.target.closest("td");
    const column = this.columns[cell.cellIndex - 1];
    this.focused = [cell.parentElement.sectionRowIndex, cell.cellIndex - 1];
    const fault = cell.querySelector("span")?.textContent;
    this.foot.classList.toggle("bad", Boolean(fault));
    this.foot.textContent = fault ?? (column?.example ? `${column.heading}: ${column.example}` : this.say.keys);
  }

  onPaste(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const cell = event.target.closest("td");
    const isBlock = /[\t\n]/.test(text.replace(/\r?\n$/, ""));
    if (!text || (!isBlock && event.target.tagName === "INPUT" && !text.includes("\n"))) return; // as in any other field
    event.preventDefault();
    this.paste(text, cell.parentElement.sectionRowIndex, cell.cellIndex - 1);
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229 || event.altKey) return; // Chinese being typed
    const cell = event.target.closest("td");
    if (!cell) return;
    const [row, place] = [cell.parentElement.sectionRowIndex, cell.cellIndex - 1];
    const withCtrl = event.ctrlKey || event.metaKey;
    if (withCtrl && event.key.toLowerCase() === "z" && this.isBulk) this.undo();
    else if (withCtrl && event.key.toLowerCase() === "d" && this.columns[place]) this.fillDown(cell.parentElement, place);
    else if (event.key === "Enter" && event.target.tagName !== "BUTTON") this.down(row, place, event.shiftKey ? -1 : 1);
    else if (!this.arrow(event, row, place, withCtrl)) return;
    event.preventDefault();
  }

  down(row, place, step) {
    if (row + step >= this.body.rows.length && !this.spec.fixed) this.add(1);
    this.go(row + step, place);
  }

  arrow(event, row, place, withCtrl) {
    const target = event.target;
    const isText = target.tagName === "INPUT";
    const isWhole = isText && target.selectionStart === 0 && target.selectionEnd === target.value.length;
    const isFree = withCtrl || target.tagName === "BUTTON";
    switch (event.key) {
      case "ArrowUp":
      case "ArrowDown":
        if (!isFree && (!isText || target.hasAttribute("list"))) return false;
        return this.go(row + (event.key === "ArrowUp" ? -1 : 1), place);
      case "ArrowLeft":
        if (!isFree && !isWhole && !(isText && target.selectionEnd === 0)) return false;
        return this.beside(row, place, -1);
      case "ArrowRight":
        if (!isFree && !isWhole && !(isText && target.selectionStart === target.value.length)) return false;
        return this.beside(row, place, 1);
      default:
        return false;
    }
  }

  // The next cell in a row that can be typed into; after the last stands the button that deletes the row.
  beside(row, place, step) {
    for (let at = place + step; at >= 0 && at <= this.columns.length; at += step) if (this.go(row, at)) return true;
    return false;
  }

  go(row, place) {
    const line = this.body.rows[row];
    const control = line && this.control(line, place);
    if (!control) return false;
    control.focus();
    if (control.tagName === "INPUT") control.select();
    return true;
  }
}

const grids = new WeakSet();
function find(within) {
  for (const root of within.querySelectorAll("[data-grid]")) {
    if (grids.has(root)) continue;
    grids.add(root);
    new Grid(root);
  }
}

find(document);
document.addEventListener("htmx:load", (event) => find(event.target.parentElement ?? document));
