// The sheet of a sample and the counter in the browser. Both work without it.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// ── what is tested ──

const sheet = document.querySelector(".sample-sheet");
if (sheet) {
  let ticked = []; // kept while the list is replaced by that of another food

  const boxes = () => all('.sample-tests-list input[name="parameters"]', sheet);
  const isListed = (box) => !box.closest("tr").hidden;

  const begin = () => {
    const tools = sheet.querySelector("[data-tests-tools]");
    if (!tools || tools.dataset.ready) return;
    tools.dataset.ready = "yes";
    tools.hidden = false;
    tools.querySelector("[data-tests-filter]").addEventListener("input", (event) => {
      const wanted = event.target.value.trim().toLowerCase();
      for (const box of boxes()) box.closest("tr").hidden = !box.closest("tr").dataset.find.includes(wanted);
    });
    // Enter in the filter ticks nothing and sends nothing.
    tools.querySelector("[data-tests-filter]").addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    tools.querySelector("[data-tests-all]").addEventListener("click", () => tick((box) => box.checked || isListed(box)));
    tools.querySelector("[data-tests-none]").addEventListener("click", () => tick(() => false));
    count();
  };
  const tick = (wanted) => {
    for (const box of boxes()) box.checked = wanted(box);
    boxes()[0]?.dispatchEvent(new Event("input", { bubbles: true }));
    count();
  };
  const count = () => {
    const told = sheet.querySelector("[data-tests-count]");
    if (told) told.textContent = told.dataset.testsCount.replace("{count}", String(boxes().filter((box) => box.checked).length));
  };
  sheet.addEventListener("change", (event) => {
    if (event.target.name === "parameters") count();
  });

  // The choice made and what was written stay when the food changes.
  let written = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "food-part") return;
    ticked = boxes().filter((box) => box.checked).map((box) => box.value);
    written = {
      scope: sheet.querySelector('[name="scope"]:checked')?.value,
      others: sheet.querySelector('[name="others"]').value,
    };
  });
  document.addEventListener("htmx:load", (event) => {
    if (event.target.id === "tests-part" && written) {
      for (const box of boxes()) box.checked ||= ticked.includes(box.value);
      for (const radio of all('[name="scope"]', sheet)) radio.checked = radio.value === written.scope;
      sheet.querySelector('[name="others"]').value = written.others;
      written = null;
    }
    if (event.target === document.body) lookUp();
    begin();
  });
  begin();

  // A draft that came back has a food that nobody has looked up yet.
  const lookUp = () => {
    const fields = document.getElementById("food-fields");
    const typed = fields.querySelector('[name="food"]').value.trim() || fields.querySelector('[name="product_name"]').value.trim();
    if (typed && typed !== document.getElementById("food-part").dataset.asked) fields.dispatchEvent(new Event("change"));
  };

  // A name that was written before brings its address; one that somebody wrote is left alone.
  const { fields, known } = JSON.parse(sheet.querySelector("[data-addresses]").textContent);
  for (const [name, addressName] of Object.entries(fields)) {
    const address = sheet.elements.namedItem(addressName);
    let filled = null;
    sheet.elements.namedItem(name).addEventListener("change", (event) => {
      const found = known[name][event.target.value.trim()];
      if (!found || (address.value && address.value !== filled)) return;
      address.value = filled = found;
      address.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

// ── lists with boxes ──

for (const whole of all("[data-all]")) {
  const boxes = all('input[name="chosen"]', whole.form);
  whole.hidden = false;
  const told = () => {
    const count = boxes.filter((box) => box.checked).length;
    whole.checked = count > 0 && count === boxes.length;
    whole.indeterminate = count > 0 && count < boxes.length;
    for (const button of all("button", whole.form)) button.disabled = count === 0;
  };
  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
    told();
  });
  for (const box of boxes) box.addEventListener("change", told);
  told();
}
