// The print button shows only where there is a script to answer it.
export function printButton(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
