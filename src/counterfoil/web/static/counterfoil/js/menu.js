// A menu that is longer than the window shows where one is.
for (const entry of document.querySelectorAll(".side > .menu [aria-current]")) {
  const menu = entry.closest(".menu");
  const below = entry.getBoundingClientRect().bottom - menu.getBoundingClientRect().bottom;
  if (below > 0) menu.scrollTop += below + menu.clientHeight / 3;
}
