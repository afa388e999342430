// The summary of mistakes takes the focus, so that a screen reader reads it first; its links move into the fields.
export function focusSummary(summary) {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
    const label = document.querySelector("label[for='" + field.id + "']");
    (label || field).scrollIntoView();
  });
}
