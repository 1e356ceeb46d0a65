// The score sheet of a judge: steppers, a timer, and the points at once. Everything works without this, by typing.
const form = document.querySelector("[data-sheet]");
const sheet = JSON.parse(form.dataset.sheet);
const total = form.querySelector("[data-total]");
const time = form.elements.time;

const seconds = () => {
  const [whole, rest] = time.value.split(/[:：]/);
  return rest === undefined ? Number(whole || 0) : Number(whole) * 60 + Number(rest);
};

const penalty = () => {
  const limit = sheet.time;
  if (!limit || !time.value) return 0;
  const over = seconds() - limit.limit_s;
  return over > 0 ? Math.min(Math.ceil(over / limit.every_s) * Number(limit.points), Number(limit.most)) : 0;
};

// The server calculates exactly and has the last word; this is what the judge sees meanwhile.
const show = () => {
  let [marks, full, whole] = [0, 0, true];
  for (const one of sheet.items) {
    const field = form.elements[`m-${one.key}`];
    whole &&= field.value !== "";
    marks += Number(field.value) * Number(one.weight);
    full += Number(one.full) * Number(one.weight);
  }
  for (const one of sheet.deductions) marks -= Number(form.elements[`d-${one.key}`].value) * Number(one.points);
  const points = (Math.max(marks - penalty(), 0) / full) * 100;
  total.value = whole && Number.isFinite(points) ? points.toFixed(2) : "—";
};

const set = (field, value) => {
  field.value = String(Math.min(Math.max(value, 0), Number(field.dataset.most)));
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step], [data-whole]");
  if (!button) return;
  const field = button.closest(".stepper").querySelector("input");
  if (button.dataset.step) set(field, Number(field.value || 0) + Number(button.dataset.step));
  else set(field, Number(field.dataset.most));
});
form.addEventListener("input", show);

const timer = form.querySelector("[data-timer]");
let started = null;
timer.addEventListener("click", () => {
  [timer.textContent, timer.dataset.stop] = [timer.dataset.stop, timer.textContent];
  started = started === null ? Date.now() - seconds() * 1000 : null;
});
setInterval(() => {
  if (started === null) return;
  const now = Math.floor((Date.now() - started) / 1000);
  time.value = `${Math.floor(now / 60)}:${String(now % 60).padStart(2, "0")}`;
  time.dispatchEvent(new Event("input", { bubbles: true }));
}, 500);
show();
