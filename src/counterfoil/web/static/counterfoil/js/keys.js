// Keyboard: "/" goes to the search over everything, "f" to the list's own; Escape closes hints, the menu sheet and the switcher.
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
  if (event.key === "/") {
    event.preventDefault();
    const box = [...document.querySelectorAll("[data-find]")].find((one) => one.offsetParent);
    if (box) box.focus();
    else document.querySelector("[data-find-page]")?.click();
  } else if (event.key === "f") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
});

for (const leaving of ["mouseout", "focusout"]) {
  document.addEventListener(leaving, (event) => {
    event.target.closest?.(".hinted")?.removeAttribute("data-dismissed");
  });
}

document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-closes][open]").forEach((open) => {
    if (!open.contains(event.target)) open.open = false;
  });
});
