// Review: the filter over the types, the comment field, and holding on to the document while somebody works on it.
(() => {
  "use strict";

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
      // The list and not its first type: digits choose from it, while a second Enter must not decide.
      document.getElementById("options")?.focus();
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

  // What was decided, and what came in its place: a page that is put in the place of another says nothing by itself.
  function announce() {
    const parts = panel() ? [document.querySelector(".toast > span")?.innerText, panel().dataset.announce] : [];
    const words = parts.map((part) => part?.trim().replace(/\s+/g, " ")).filter(Boolean).join(". ");
    document.getElementById("said").textContent = words;
  }

  document.addEventListener("htmx:load", (event) => event.target.id === "page" && announce());

  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    document.addEventListener(kind, () => { lastActive = Date.now(); }, { passive: true });
  }

  async function hold() {
    const lease = document.getElementById("lease");
    if (!lease) return;
    try {
      const answer = await fetch(lease.dataset.hold, { method: "POST", headers: { "X-CSRFToken": globalThis.deskToken() } });
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
