// Keyboard: "/" goes to the search over everything, "f" to the list's own, "." to the page's actions, "g" and a
// letter to a page, "?" tells them all. Escape closes hints, the menu sheet and the switcher. Whoever wants the
// letters for something else switches them off.
(() => {
  const key = "counterfoil-keys";
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const inSight = (selector) => [...document.querySelectorAll(selector)].find((one) => one.checkVisibility());
  const keys = document.getElementById("keys");
  const toggle = document.querySelector("[data-keys-switch]");
  let going = 0; // until when the letter after "g" is waited for

  const show = () => {
    if (root.dataset.keys === "off") toggle?.setAttribute("aria-checked", "false");
    else toggle?.setAttribute("aria-checked", "true");
  };
  if (read() === "off") root.dataset.keys = "off";
  show();
  toggle?.addEventListener("click", () => {
    const next = root.dataset.keys === "off" ? "on" : "off";
    root.dataset.keys = next;
    try { localStorage.setItem(key, next); } catch { /* a private window: lasts for this page */ }
    show();
  });

  const goTo = (letter) => document.querySelector(`[data-goes="${CSS.escape(letter)}"]`)?.click();
  const find = () => {
    const box = inSight("[data-find]");
    if (box) box.focus();
    else document.querySelector("[data-find-page]")?.click();
  };
  const does = {
    "/": find,
    "?": () => keys?.showModal(),
    f: () => document.querySelector("[data-search]")?.focus(),
    ".": () => inSight(".head-actions :is(a, button, summary)")?.focus(),
    g: () => { going = Date.now() + 1500; },
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details[data-closes][open]").forEach((open) => {
        open.open = false;
        open.querySelector("summary").focus();
      });
      document.querySelectorAll(".hinted:hover, .hinted:focus-within").forEach((hinted) => {
        hinted.dataset.dismissed = "";
      });
      return;
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (root.dataset.keys === "off" || document.querySelector("dialog[open]")) {
      if (event.key.length === 1) event.stopImmediatePropagation(); // nor does any other script take a letter
      return;
    }
    if (going > Date.now()) {
      going = 0;
      event.stopImmediatePropagation(); // the letter means a page, not what it does in a queue
      goTo(event.key);
    } else if (!Object.hasOwn(does, event.key)) return;
    else does[event.key]();
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    if (event.target.matches("dialog.keys")) event.target.close(); // a press beside it
    document.querySelectorAll("details[data-closes][open]").forEach((open) => {
      if (!open.contains(event.target)) open.open = false;
    });
  });
})();

for (const leaving of ["mouseout", "focusout"]) {
  document.addEventListener(leaving, (event) => {
    event.target.closest?.(".hinted")?.removeAttribute("data-dismissed");
  });
}
