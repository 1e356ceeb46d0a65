// Pages of results: print, and tick everything in a list. Without this the buttons are not there.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...button.closest("form").querySelectorAll('input[type="checkbox"][name="chosen"]')];
  button.hidden = boxes.length < 2;
  button.addEventListener("click", () => {
    const every = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !every;
  });
}
