// The invoice editor by keys: Alt+N adds lines, Ctrl+Enter goes to the preview. New lines are where one goes on writing.
(() => {
  const editor = document.querySelector("[data-editor]");
  if (!editor) return;
  editor.addEventListener("keydown", (event) => {
    if (event.altKey && event.key.toLowerCase() === "n") editor.querySelector("[data-add]")?.click();
    else if ((event.ctrlKey || event.metaKey) && event.key === "Enter") editor.querySelector("[data-preview]")?.click();
    else return;
    event.preventDefault();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "lines") document.querySelector("#lines [data-blank] textarea")?.focus();
  });
})();
