// a[data-panel]: opens a record beside the list instead of leaving it. Without this script the link leads to its page.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-panel]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const panel = document.getElementById("panel");
  const content = panel?.firstElementChild;
  if (!panel?.showModal || typeof htmx === "undefined") return;
  event.preventDefault();
  try {
    const answer = await fetch(link.dataset.panel, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    content.innerHTML = await answer.text();
    htmx.process(content);
    panel.showModal();
  } catch {
    location.href = link.href;
  }
});
document.addEventListener("click", (event) => {
  if (event.target.id === "panel") event.target.close(); // a press beside it
});
