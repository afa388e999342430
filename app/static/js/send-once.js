// A second tap on a slow network sends nothing more. The server holds that as well: this only spares the waiting.
export function sendOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.getAttribute("data-sent")) event.preventDefault();
    form.setAttribute("data-sent", "1");
  });
  window.addEventListener("pageshow", () => {
    root.querySelectorAll("form[data-sent]").forEach((form) => form.removeAttribute("data-sent"));
  });
}
