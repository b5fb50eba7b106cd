// Review: the filter over the types, the comment field, and holding on to the document while somebody works on it.
(() => {
  "use strict";

  // Nobody reads a document in a third of a second: a press so soon was meant for the one before it.
  const TOO_SOON = 350;
  const RENEW_EVERY = 60_000; // a claim lasts ten minutes
  const IDLE_AFTER = 7 * 60_000; // then the claim is left to run out, with a warning
  let lastActive = Date.now();

  const panel = () => document.querySelector("[data-review]");

  function filterOptions(field) {
    const wanted = field.value.trim().toLocaleLowerCase();
    for (const option of document.querySelectorAll(".option")) {
      option.hidden = Boolean(wanted) && !option.textContent.toLocaleLowerCase().includes(wanted);
    }
  }

  let shown = ""; // the claim of the document that is shown
  let restsUntil = 0;

  const rest = () => {
    restsUntil = performance.now() + TOO_SOON;
  };

  function noteDocument() {
    const claim = document.querySelector(".decision [name=token]")?.value ?? "";
    if (claim !== shown) rest();
    shown = claim;
  }

  // In the capture phase, so that neither htmx nor the browser sends what is stopped here. A skip decides nothing.
  function stopTooSoon(event) {
    if (!event.target.matches(".decision") || event.submitter?.value === "skip") return;
    if (performance.now() < restsUntil) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else rest();
  }

  document.addEventListener("DOMContentLoaded", noteDocument);
  document.addEventListener("htmx:load", noteDocument);
  document.addEventListener("submit", stopTooSoon, true);

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-filter-options]")) filterOptions(event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-filter-options]")) return;
    if (event.key === "Escape") {
      event.target.value = "";
      filterOptions(event.target);
      event.target.blur();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      const shown = [...document.querySelectorAll(".option:not([hidden])")];
      if (shown.length === 1) shown[0].click();
      else shown[0]?.focus();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-comment]")) {
      const row = document.getElementById("comment-row");
      row.hidden = false;
      row.querySelector("input").focus();
    }
    if (event.target.closest("[data-choose-type]")) {
      event.preventDefault();
      document.querySelector(".option")?.focus();
      rest(); // the second half of a double Enter would press it
    }
    if (event.target.closest("[data-hold-on]")) hold();
    if (event.target.closest("[data-swap-sides]")) swapSides();
  });

  function swapSides() {
    const root = document.documentElement;
    const swapped = root.dataset.sides === "swapped";
    if (swapped) delete root.dataset.sides;
    else root.dataset.sides = "swapped";
    document.cookie = `desk_sides=${swapped ? "" : "swapped"}; path=/; max-age=31536000; samesite=lax`;
  }

  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    document.addEventListener(kind, () => { lastActive = Date.now(); }, { passive: true });
  }

  async function hold() {
    const lease = document.getElementById("lease");
    const csrf = document.getElementById("page")?.dataset.csrf;
    if (!lease || !csrf) return;
    try {
      const answer = await fetch(lease.dataset.hold, { method: "POST", headers: { "X-CSRFToken": csrf } });
      lease.hidden = answer.ok;
    } catch {
      lease.hidden = false;
    }
  }

  setInterval(() => {
    const lease = document.getElementById("lease");
    if (!panel() || !lease) return;
    if (Date.now() - lastActive < IDLE_AFTER) hold();
    else lease.hidden = false;
  }, RENEW_EVERY);
})();
