// The editor of a preset: text that is not saved yet survives the tab, Alt with an arrow moves a rule, an opened rule
// gets the focus. Saving itself is htmx's; without any of this the editor still works.
"use strict";

(() => {
  const form = () => document.getElementById("draft");
  const keyOf = (preset) => `draft:${preset}`;

  // --- Unsaved text: kept in this tab until the server has it -----------------------------------------------------------

  // What the person wrote; the revision, the fingerprint and the token are the page's own.
  const OURS = new Set(["csrfmiddlewaretoken", "revision", "base", "deleted", "do"]);
  const fieldsOf = (draft) => [...new FormData(draft)].filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "do");
  const writtenIn = (fields) => JSON.stringify(fields.filter(([name]) => !OURS.has(name)));

  function readKept(preset) {
    try {
      return JSON.parse(sessionStorage.getItem(keyOf(preset)));
    } catch {
      return null;
    }
  }

  function keep(preset, kept) {
    try {
      sessionStorage.setItem(keyOf(preset), JSON.stringify(kept));
    } catch {
      // Storage is full or forbidden: the autosave is the net that remains.
    }
  }

  const drop = (preset) => sessionStorage.removeItem(keyOf(preset));

  document.addEventListener("input", (event) => {
    const draft = event.target.closest("#draft");
    if (draft) keep(draft.dataset.draft, { fields: fieldsOf(draft), tries: 0 });
  });

  let sent = "";

  document.addEventListener("htmx:beforeRequest", (event) => {
    const draft = event.target.closest?.("#draft");
    if (draft && event.detail.requestConfig.verb === "post") sent = writtenIn(fieldsOf(draft));
  });

  document.addEventListener("draft-saved", () => {
    const draft = form();
    // What was typed while the answer was on its way goes with the next save, which is already due.
    if (draft && (sent === writtenIn(fieldsOf(draft)) || sent === "")) drop(draft.dataset.draft);
  });

  // Sent as the form would have sent it: saved, or compared with what somebody else saved meanwhile.
  function restore(preset, kept) {
    const draft = form();
    const again = document.createElement("form");
    again.method = "post";
    again.action = draft.action;
    again.hidden = true;
    const token = ["csrfmiddlewaretoken", globalThis.deskToken()];
    for (const [name, value] of [token, ...kept.fields]) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      again.append(field);
    }
    document.body.append(again);
    keep(preset, { ...kept, tries: kept.tries + 1 });
    again.submit();
  }

  function meetKept() {
    const draft = form();
    if (!draft || draft.dataset.met) return;
    draft.dataset.met = "true";
    const preset = draft.dataset.draft;
    const kept = readKept(preset);
    if (!kept) return;
    if (writtenIn(kept.fields) === writtenIn(fieldsOf(draft))) drop(preset);
    else if (kept.tries === 0) restore(preset, kept);
    else document.getElementById("kept-text")?.replaceChildren(document.getElementById("kept-text-banner").content.cloneNode(true));
  }

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-kept]");
    if (!choice) return;
    const preset = form().dataset.draft;
    if (choice.dataset.kept === "restore") restore(preset, readKept(preset));
    drop(preset);
    document.getElementById("kept-text").replaceChildren();
  });

  // On the page that compares two drafts the text is in the form: sent or dropped there, it is not ours to keep.
  document.addEventListener("submit", (event) => {
    const preset = event.target.dataset?.draftSettles;
    if (preset) drop(preset);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-draft-drops]");
    if (link) drop(link.dataset.draftDrops);
  });

  // --- Rules: one open at a time, moved by keys -----------------------------------------------------------------------------

  // Not by a shared name of the details: then a list drawn anew arrives with its open rule closed by the old one. And
  // at the press itself, not when the browser reports it: what is typed next belongs into the field.
  document.addEventListener("click", (event) => {
    const rule = event.target.closest?.(".rule-item > details > summary")?.parentElement;
    if (!rule || rule.open) return;
    event.preventDefault();
    for (const other of document.querySelectorAll(".rule-item > details[open]")) other.open = false;
    rule.open = true;
    rule.querySelector("input[id^='type-']").focus({ preventScroll: true });
    rule.scrollIntoView({ block: "nearest" });
  });

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const rule = step && event.target.closest?.(".rule-item");
    if (!rule) return;
    event.preventDefault();
    rule.querySelector(`[data-move="${step}"]:not(:disabled)`)?.click();
  });

  // A press that takes the focus from a field saves it first; what the answer would only draw again stays, so that the
  // button under the pointer is still there when it is let go.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.closest(".desk") && fragment.firstElementChild?.isEqualNode(target)) event.detail.shouldSwap = false;
  });

  // A field is marked for screen readers as long as something blocks under it.
  function markFields(scope) {
    for (const field of scope.querySelectorAll("#draft [aria-describedby]:is(input, select, textarea)")) {
      const places = field.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id));
      if (places.some((place) => place?.querySelector(".lint--bad"))) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }

  // Letters that nobody chose are proposed anew while the type is typed.
  function showLetters() {
    for (const field of document.querySelectorAll("#draft .monogram-field")) {
      field.placeholder = field.closest(".rule-item").querySelector("summary .monogram").textContent;
    }
  }

  document.addEventListener("htmx:afterSettle", () => {
    if (!form()) return;
    markFields(document);
    showLetters();
  });

  // --- Small things of these pages --------------------------------------------------------------------------------------------

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
    const most = Number(event.target.closest(".try-choices") && event.target.dataset.most);
    if (!most) return;
    const boxes = [...event.target.closest(".try-choices").querySelectorAll("input[type=checkbox]")];
    const isFull = boxes.filter((box) => box.checked).length >= most;
    for (const box of boxes) box.disabled = isFull && !box.checked;
  });

  function start() {
    if (!form()) return;
    markFields(document);
    meetKept();
  }

  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:load", start);
})();
