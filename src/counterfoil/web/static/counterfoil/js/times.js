// How long ago, or exactly when: a press on any time turns all of them, and so does "w". It is remembered, and holds
// for what arrives later, too.
(() => {
  const key = "counterfoil-times";
  const read = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const toggle = document.querySelector("[data-times-switch]");
  let exact = read() === "exact";

  const turn = () => {
    for (const time of document.querySelectorAll("time[title]")) {
      if ((time.dataset.exact === "yes") === exact) continue;
      time.dataset.exact = exact ? "yes" : "no";
      [time.textContent, time.title] = [time.title, time.textContent];
    }
    toggle?.setAttribute("aria-checked", String(exact));
  };
  const change = () => {
    exact = !exact;
    try { localStorage.setItem(key, exact ? "exact" : "ago"); } catch { /* a private window: lasts for this page */ }
    turn();
  };

  turn();
  toggle?.addEventListener("click", change);
  document.addEventListener("htmx:afterSettle", turn);
  document.addEventListener("click", (event) => {
    if (event.target.closest("time[title]") && !event.target.closest("a, button, summary")) change();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "w" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    change();
  });
})();
