// Lists in the browser: choosing rows, following them, keys, folded filters. Lists work without it.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const narrow = window.matchMedia("(max-width: 900px)");

for (const whole of all("[data-table]")) begin(whole);
new MutationObserver((changes) => {
  for (const change of changes) {
    for (const added of change.addedNodes) {
      if (added.nodeType !== Node.ELEMENT_NODE) continue;
      const wholes = added.matches("[data-table]") ? [added] : all("[data-table]", added);
      wholes.filter((whole) => !whole.dataset.ready).forEach(begin);
    }
  }
}).observe(document.body, { childList: true, subtree: true });

function begin(whole) {
  whole.dataset.ready = "yes";
  let last = null; // the box that was ticked last, where a range begins
  let turned = ""; // the link that the list is being changed by

  const boxes = () => all('input[name="chosen"]', whole);
  const told = whole.querySelector("[data-table-told]");

  function count() {
    const found = boxes();
    const ticked = found.filter((box) => box.checked).length;
    const every = whole.querySelector("[data-choose-all]");
    if (every) {
      every.hidden = false;
      every.checked = ticked > 0 && ticked === found.length;
      every.indeterminate = ticked > 0 && ticked < found.length;
    }
    const text = whole.querySelector("[data-chosen-count]");
    if (text) {
      text.textContent = text.dataset.text.replace("{count}", String(ticked));
      const form = text.closest("form");
      form.classList.toggle("idle", ticked === 0);
      all("button", form).forEach((button) => (button.disabled = ticked === 0));
    }
  }

  whole.addEventListener("click", (event) => {
    const box = event.target.closest('input[name="chosen"]');
    if (box) {
      if (event.shiftKey && last?.isConnected) {
        const found = boxes();
        const [from, to] = [found.indexOf(last), found.indexOf(box)].sort((a, b) => a - b);
        for (const between of found.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      count();
      return;
    }
    if (event.target.closest("[data-choose-all]")) {
      boxes().forEach((one) => (one.checked = event.target.checked));
      count();
      return;
    }
    const link = event.target.closest("a[hx-get]");
    if (link) turned = link.id;
    follow(event);
  });
  whole.addEventListener("auxclick", (event) => {
    if (event.button === 1) follow(event);
  });

  // The whole row leads to its page, except where something else in it does.
  function follow(event) {
    if (event.target.closest("a, button, input, label, select, summary, .tickbox")) return;
    const link = event.target.closest("tbody tr")?.querySelector(".row-link");
    if (!link || String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey || event.button === 1) window.open(link.href, "_blank", "noopener");
    else link.click();
  }

  // Among the rows: up and down, or k and j.
  whole.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || !event.target.matches(".row-link")) return;
    const links = all(".row-link", whole);
    const next = links[links.indexOf(event.target) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });

  // A button may ask before its act.
  whole.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm;
    if (question && !event.target.dataset.confirm && !window.confirm(question)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  // What several choices come to.
  whole.addEventListener("change", (event) => {
    const choices = event.target.closest(".table-choices");
    if (choices) sum(choices);
  });
  function sum(choices) {
    const ticked = all("input:checked", choices).map((box) => box.closest("label").textContent.trim());
    choices.querySelector("[data-choices]").textContent = ticked.join(whole.dataset.between) || whole.dataset.all;
  }

  // The fields stay when the list is replaced, so they are emptied when the filters are.
  whole.addEventListener("click", (event) => {
    if (!event.target.closest("[data-table-clear]")) return;
    const form = whole.querySelector(".table-filters");
    if (!form) return;
    for (const field of form.elements) {
      if (field.type === "checkbox") field.checked = false;
      else if (field.type !== "hidden" && "value" in field && field.tagName !== "BUTTON") field.value = "";
    }
    all(".table-choices", form).forEach(sum);
  });

  // On a phone filters are folded away until they are wanted.
  const more = whole.querySelector(".table-more");
  const fold = () => {
    if (more) more.open = !narrow.matches || more.dataset.fold === "no";
  };
  narrow.addEventListener("change", fold);
  fold();

  // A new part of the list: its number of rows is told, and the focus stays where it was.
  new MutationObserver((changes) => {
    if (!changes.some((change) => [...change.addedNodes].some((node) => node.matches?.(".table-part")))) return;
    last = null;
    count();
    if (told) told.textContent = whole.querySelector("[data-table-count]")?.textContent ?? "";
    const again = turned ? document.getElementById(turned) : null;
    if (turned && document.activeElement === document.body) (again || whole.querySelector(".table-scroll"))?.focus({ preventScroll: true });
    if (again?.matches("[data-turn]")) {
      const top = whole.querySelector(".table-part").getBoundingClientRect().top;
      if (top < 0) whole.querySelector(".table-part").scrollIntoView({ block: "start" });
      whole.querySelector(".table-scroll")?.scrollTo({ top: 0 });
    }
    turned = "";
  }).observe(whole, { childList: true });

  count();
}
