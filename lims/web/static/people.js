// Secrets that are shown once: copying and printing them.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const before = button.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    const lines = [...source.querySelectorAll("li")].map((line) => line.textContent);
    try {
      await navigator.clipboard.writeText(lines.length ? lines.join("\n") : source.textContent);
    } catch {
      window.getSelection().selectAllChildren(source);
      return;
    }
    button.textContent = button.dataset.copied;
    window.setTimeout(() => {
      button.textContent = before;
    }, 2000);
  });
}
