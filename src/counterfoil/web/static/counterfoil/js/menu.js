// Loaded behind the menu, before it is painted: what a person unfolded is unfolded on every page, beside the
// group of the page itself. A menu that is longer than the window shows where one is.
(() => {
  const key = "counterfoil-menu";
  const read = () => { try { return JSON.parse(localStorage.getItem(key)) ?? []; } catch { return []; } };
  const unfolded = new Set(read());
  for (const fold of document.querySelectorAll("[data-fold]")) {
    if (unfolded.has(fold.dataset.fold)) fold.open = true;
    fold.firstElementChild.addEventListener("click", () => {
      unfolded[fold.open ? "delete" : "add"](fold.dataset.fold); // a press comes before what it does
      try { localStorage.setItem(key, JSON.stringify([...unfolded])); } catch { /* a private window */ }
    });
  }
  for (const entry of document.querySelectorAll(".side > .menu [aria-current]")) {
    const menu = entry.closest(".menu");
    const below = entry.getBoundingClientRect().bottom - menu.getBoundingClientRect().bottom;
    if (below > 0) menu.scrollTop += below + menu.clientHeight / 3;
  }
})();
