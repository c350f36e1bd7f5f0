// The search over everything: the arrows choose among what was found, Enter opens it, Escape closes the list.
for (const box of document.querySelectorAll("[data-find-box]")) {
  const input = box.querySelector("[data-find]");
  const found = box.querySelector("[data-found]");
  const said = box.querySelector("[data-found-said]");
  const stays = !found.classList.contains("find-found");
  let chosen = null;
  const list = () => found.querySelector("[role=listbox]");
  const hits = () => [...found.querySelectorAll("[role=option]")];
  const open = (is) => {
    if (stays) return;
    found.hidden = !is;
    input.setAttribute("aria-expanded", String(is));
    if (!is) choose(null);
  };
  const choose = (hit) => {
    chosen?.setAttribute("aria-selected", "false");
    chosen = hit;
    if (!hit) { input.removeAttribute("aria-activedescendant"); return; }
    hit.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", hit.id);
    hit.scrollIntoView({ block: "nearest" });
  };
  const move = (step) => {
    const all = hits();
    if (!all.length) return;
    open(true);
    const next = all.indexOf(chosen) + step;
    choose(next < 0 ? (chosen ? null : all.at(-1)) : all[Math.min(next, all.length - 1)]);
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && chosen) chosen.click();
    else if (event.key === "Escape" && !stays && !found.hidden) open(false);
    else return;
    event.preventDefault();
  });
  input.addEventListener("focus", () => { if (input.value.trim() && hits().length) open(true); });
  input.addEventListener("input", () => { if (!input.value.trim()) open(false); });
  found.addEventListener("htmx:afterSwap", () => {
    chosen = null;
    input.removeAttribute("aria-activedescendant");
    said.textContent = list()?.dataset.said ?? "";
    open(Boolean(input.value.trim()));
  });
  document.addEventListener("click", (event) => { if (!box.contains(event.target)) open(false); });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) open(false);
  });
}
