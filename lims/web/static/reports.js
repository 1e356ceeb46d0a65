// Reports: boxes of a queue are ticked together, and a PDF that was dropped is sent at once.

for (const form of document.querySelectorAll("form.queue")) {
  const whole = form.querySelector("[data-all]");
  const boxes = [...form.querySelectorAll('input[name="chosen"]')];
  if (!whole) continue;
  whole.hidden = false;
  const told = () => {
    const count = boxes.filter((box) => box.checked).length;
    whole.checked = count === boxes.length;
    whole.indeterminate = count > 0 && count < boxes.length;
  };
  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
  });
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last) {
        const [from, until] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, until + 1)) between.checked = box.checked;
      }
      last = box;
      told();
    });
  }
  told();
}

// After app.js, which has given the dropped file to the field by now.
document.addEventListener("drop", (event) => {
  const form = event.target.closest?.(".drop-zone") && event.target.closest("form[data-send-on-drop]");
  if (form?.querySelector("input[type=file]").files.length) form.requestSubmit();
});
