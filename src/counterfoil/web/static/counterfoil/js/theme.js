// Loaded in the head, before anything is painted, so that a chosen theme never flashes.
(() => {
  const root = document.documentElement;
  const key = "counterfoil-theme";
  const read = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  const chosen = read();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-switch]");
    if (!button) return;
    const next = isDark() ? "light" : "dark";
    root.dataset.theme = next;
    try { localStorage.setItem(key, next); } catch { /* a private window: lasts for this page */ }
  });
})();
