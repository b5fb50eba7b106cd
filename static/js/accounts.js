// Secrets are copied and shown, and a log-in tells the browser's time zone. Everything listens on the document, because
// a boosted link replaces the body and runs no script again.
"use strict";

(() => {
  // Browsers offer the clipboard to scripts only over https or on localhost; elsewhere the selection still copies.
  async function copy(field) {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      return document.execCommand("copy");
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || !(await copy(document.getElementById(button.dataset.copy)))) return;
    button.textContent = button.dataset.copied;
    document.getElementById("live").textContent = button.dataset.copied;
  });

  document.addEventListener("change", (event) => {
    const field = document.getElementById(event.target.dataset?.reveal);
    if (field) field.type = event.target.checked ? "text" : "password";
  });

  function tellZone() {
    for (const field of document.querySelectorAll("[data-browser-zone]")) {
      field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
    }
  }

  document.addEventListener("DOMContentLoaded", tellZone);
  document.addEventListener("htmx:load", tellZone);
})();
