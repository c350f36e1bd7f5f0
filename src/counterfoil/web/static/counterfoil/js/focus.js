// A part of the page that is exchanged gives the focus back to what had it: the same link, field or button.
const nameOf = (element) => [element.tagName, element.href || `${element.name} ${element.value}`, element.ariaLabel];
let held = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const focused = document.activeElement;
  // What has an id is found by htmx itself.
  held = event.detail.target.contains(focused) && !focused.id ? String(nameOf(focused)) : null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (!held || document.activeElement !== document.body) return;
  const found = [...document.querySelectorAll("a, button, input, select, summary")].find(
    (element) => String(nameOf(element)) === held,
  );
  found?.focus({ preventScroll: true });
  held = null;
});
