// Small comforts on top of pages that work without script. One behaviour, one file; the page names it by data-module.
import { focusSummary } from "./error-summary.js";
import { sendOnce } from "./send-once.js";
import { printButton } from "./print-button.js";

const behaviours = { "error-summary": focusSummary, "print-button": printButton };

document.querySelectorAll("[data-module]").forEach((element) => {
  const start = behaviours[element.getAttribute("data-module")];
  if (start) start(element);
});
sendOnce(document);
