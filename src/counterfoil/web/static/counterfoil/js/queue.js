// A queue by keys: j and k move, u takes back; the others press what carries the letter in the row.
(() => {
  const rows = () => [...document.querySelectorAll("[data-queue-row]")];
  const current = () => document.activeElement.closest?.("[data-queue-row]");

  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const next = all[Math.min(Math.max(all.indexOf(current()) + step, 0), all.length - 1)];
    all.forEach((row) => { row.tabIndex = row === next ? 0 : -1; });
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const act = (key) => {
    const row = current() ?? rows()[0];
    const target = row?.querySelector(`[data-act="${key}"]`);
    if (!target) return false;
    target.click();
    row.querySelector("details[open] [data-first]")?.focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "u") document.querySelector('[data-key="u"]')?.click();
    else if (!/^[a-z]$/.test(event.key) || !act(event.key)) return;
    event.preventDefault();
  });

  // After a decision the page comes back; the next contact that waits is where one goes on.
  if (rows().length && document.activeElement === document.body) rows()[0].focus({ preventScroll: true });
})();
