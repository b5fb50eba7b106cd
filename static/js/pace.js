// Review at the pace of fingers: no key is lost, and none decides a document that nobody has seen.
// What is pressed while an answer is on its way waits for it; after U it means the document that came back. What comes on
// the heels of a decision was meant for the document before, unless it is U, S or Escape: it does nothing, and is told so.
(() => {
  "use strict";

  // Nobody reads a document in a third of a second.
  const TOO_SOON = 350;
  const ALWAYS_MEANT = new Set(["u", "s", "Escape"]);

  let awaited = null; // the request that will bring the next document
  let held = []; // keys pressed meanwhile
  let owesWord = false; // a button was pressed meanwhile
  let lastKey = "";
  let shown = ""; // the claim of the document that is shown
  let bringer = { decides: false, key: "" }; // what brought it
  let restsUntil = 0;

  const isReview = () => Boolean(document.querySelector("[data-review]"));

  const say = () => document.querySelector("[data-too-soon]")?.removeAttribute("hidden");

  function noteDocument() {
    const claim = document.querySelector(".decision [name=token]")?.value ?? "";
    if (claim !== shown) restsUntil = performance.now() + TOO_SOON;
    shown = claim;
  }

  // After a decision any key may belong to the document before; else only an Enter that is pressed twice.
  function isTooSoon(button) {
    if (performance.now() >= restsUntil) return false;
    return bringer.decides || (bringer.key === "Enter" && button?.dataset.key === "Enter");
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (awaited) owesWord = true;
    else say();
  }

  // In the capture phase, so that neither htmx nor the browser sends what is stopped here. A skip decides nothing.
  function guardSubmit(event) {
    if (!isReview() || !event.target.matches("form[method=post]")) return;
    const decides = event.target.matches(".decision") && event.submitter?.value !== "skip";
    if (awaited || (decides && isTooSoon(event.submitter))) stop(event);
  }

  function awaitAnswer({ detail }) {
    if (!detail.boosted) return;
    const { elt, xhr } = detail;
    awaited = xhr;
    bringer = { decides: isReview() && elt.matches("form:not([data-takes-back])"), key: lastKey };
  }

  function takeAnswer({ detail }) {
    if (detail.xhr !== awaited) return;
    awaited = null;
    const keys = held;
    held = [];
    if (owesWord) say();
    owesWord = false;
    if (detail.successful && isReview()) keys.forEach(replay);
  }

  function replay(key) {
    if (awaited) held.push(key);
    else if (bringer.decides && !ALWAYS_MEANT.has(key)) say();
    else globalThis.deskKeys.press(key);
  }

  document.addEventListener("desk:key", (event) => {
    if (!awaited || !isReview()) return;
    event.preventDefault();
    held.push(event.detail.key);
  });

  document.addEventListener("keydown", (event) => { lastKey = event.key; }, true);
  document.addEventListener("pointerdown", () => { lastKey = ""; }, true);
  document.addEventListener("submit", guardSubmit, true);
  document.addEventListener("htmx:beforeRequest", awaitAnswer);
  document.addEventListener("htmx:afterRequest", takeAnswer);
  document.addEventListener("DOMContentLoaded", noteDocument);
  document.addEventListener("htmx:load", noteDocument);
})();
