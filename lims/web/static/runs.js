// Worksheets and runs: ticking samples, stepping from analyte to analyte, printing.

// Buttons that only pages without scripts need.
const withoutScript = (within) => within.querySelectorAll?.("[data-no-script]").forEach((button) => { button.hidden = true; });

// All samples at once, and how many are ticked.
function count(within) {
  for (const all of within.querySelectorAll("[data-tick-all]")) {
    const form = all.closest("form");
    const boxes = [...form.querySelectorAll(`input[name="${all.dataset.tickAll}"]`)];
    const ticked = boxes.filter((box) => box.checked).length;
    all.hidden = false;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    const told = form.querySelector("[data-ticked]");
    if (told) told.textContent = told.dataset.text.replace("{count}", ticked);
  }
}

function ready(within) {
  withoutScript(within);
  count(within);
}

ready(document);
document.addEventListener("htmx:load", (event) => ready(event.target));
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-tick-all]");
  const form = event.target.form;
  if (all) for (const box of form.querySelectorAll(`input[name="${all.dataset.tickAll}"]`)) box.checked = all.checked;
  if (form) count(form);
  // What is made from a sample needs the sample.
  const made = event.target.matches?.('input[name="duplicated"], input[name="spiked"]') && event.target.checked;
  if (made) {
    const sample = event.target.closest("tr").querySelector('input[name="sample"]');
    if (!sample.checked) sample.click();
  }
});

// The arrow keys lead to the analyte before and after, unless somebody types or scrolls.
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const step = { ArrowLeft: "[data-before]", ArrowRight: "[data-after]" }[event.key];
  if (!step || event.target.closest?.("input, select, textarea, [tabindex='0'], [contenteditable], .scroll")) return;
  const link = document.querySelector(`a${step}`);
  if (link) {
    event.preventDefault();
    link.click();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// The cell or row that was asked for is brought into sight.
(document.querySelector("td.wanted") ?? document.querySelector(".wanted-row"))?.scrollIntoView({ block: "nearest", inline: "center" });

// A chosen file is handed in at once: there is nothing else to fill in. One that is too large is not sent in vain.
document.addEventListener("change", (event) => {
  const field = event.target.closest?.("input[type=file][data-at-once]");
  if (!field?.files.length) return;
  const isTooLarge = field.files[0].size > Number(field.dataset.mostBytes);
  field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : "");
  if (isTooLarge) field.reportValidity();
  else field.form.requestSubmit();
});

// What becomes of a file on its way: how much of it is sent, then that it is being read.
function told(form, words, share) {
  const bar = form.querySelector("progress");
  const status = form.querySelector("[data-sending]");
  if (!bar || !status) return;
  bar.hidden = words === "" || words === "lost";
  if (share === undefined) bar.removeAttribute("value");
  else bar.value = share;
  const text = status.dataset[words] ?? "";
  if (status.textContent !== text) status.textContent = text;
}
document.addEventListener("htmx:beforeRequest", (event) => told(event.target, "sending", 0));
document.addEventListener("htmx:xhr:progress", (event) => {
  const { loaded, total, lengthComputable } = event.detail;
  if (lengthComputable && event.target.matches?.(".hand-in")) told(event.target, loaded < total ? "sending" : "reading", loaded < total ? loaded / total : undefined);
});
for (const fault of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(fault, (event) => told(event.target, "lost"));
// A refusal without a page of its own leaves the form where it is.
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.detail.requestConfig.elt;
  if (!form.matches(".hand-in") || event.detail.xhr.responseText.includes("<main")) return;
  event.detail.shouldSwap = false;
  told(form, "lost");
});
window.addEventListener("pageshow", () => document.querySelectorAll(".hand-in").forEach((form) => told(form, "")));

// A long act by a plain form says that it has begun.
document.addEventListener("submit", (event) => {
  const status = event.target.querySelector("[data-busy]");
  if (status && !event.defaultPrevented) status.textContent = status.dataset.busy;
});

// What comes out of a mapping is shown while it is made. An answer that is older than the last choice would undo it,
// so it is passed over: the answer to that choice is on its way.
const mappingForm = (event) => event.target.closest?.("#mapping-form");
for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => {
  const form = mappingForm(event);
  if (form) form.isTouched = true;
}, true);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "mapping-form") event.target.isTouched = false;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.detail.requestConfig.elt;
  if (form.id === "mapping-form" && form.isTouched) event.detail.shouldSwap = false;
});
