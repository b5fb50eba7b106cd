// The document pane: zoom, turning, and walking from quote to box and back. Everything else on it is links.
(() => {
  "use strict";

  // Steps of static/css/pages/jobs.css; a style attribute would be refused by the content security policy.
  const ZOOM = { least: -3, most: 6 };
  let zoom = 0; // kept from page to page, for people set it once a sitting

  function applyZoom() {
    const paper = document.getElementById("paper");
    if (!paper) return;
    if (zoom === 0) delete paper.dataset.zoomed;
    else paper.dataset.zoomed = String(zoom);
  }

  function setZoom(how) {
    const next = how === "fit" ? 0 : how === "in" ? zoom + 1 : zoom - 1;
    zoom = Math.min(Math.max(next, ZOOM.least), ZOOM.most);
    applyZoom();
  }

  // Quarters clockwise: kept for the pages of one document, since how the next one was scanned is another matter.
  let turned = { document: "", quarters: 0 };

  const documentOf = (image) => image.src.split("/pages/")[0];

  function applyTurn() {
    const image = document.querySelector("#paper > img");
    if (!image) return;
    const paper = image.parentElement;
    const quarters = turned.document === documentOf(image) ? turned.quarters : 0;
    if (!quarters || !image.naturalHeight) return delete paper.dataset.turned;
    // Not on the paper: it has an id, so htmx would copy its style to the next one, which the security policy forbids.
    paper.parentElement.style.setProperty("--ratio", image.naturalWidth / image.naturalHeight);
    paper.dataset.turned = String(quarters);
  }

  function turn() {
    const image = document.querySelector("#paper > img");
    if (!image) return;
    const before = turned.document === documentOf(image) ? turned.quarters : 0;
    turned = { document: documentOf(image), quarters: (before + 1) % 4 };
    applyTurn();
  }

  const marks = () => [...document.querySelectorAll(".evidence-mark")];
  const quotes = () => [...document.querySelectorAll(".quote[data-evidence]")];

  function select(number) {
    for (const element of [...marks(), ...quotes()]) {
      element.toggleAttribute("data-current", element.dataset.evidence === number);
    }
    const mark = marks().find((element) => element.dataset.evidence === number);
    mark?.scrollIntoView({ block: "center", behavior: "instant" });
    return Boolean(mark);
  }

  // An image that did not come. Its error may have been before this script ran, so images are looked at again on load.
  const isMissing = (image) => image.complete && !image.naturalWidth;

  function replaceMissing(image) {
    if (image.matches(".thumb-page")) {
      const blank = document.createElement("span");
      blank.className = "thumb-page";
      return image.replaceWith(blank);
    }
    image.hidden = true;
    image.parentElement.querySelector(".evidence")?.remove();
    image.parentElement.querySelector(".paper-missing")?.removeAttribute("hidden");
  }

  document.addEventListener(
    "error",
    (event) => {
      if (event.target.matches?.(".paper > img, img.thumb-page")) replaceMissing(event.target);
    },
    true, // errors of images do not bubble
  );

  // A quote on another page: that page's thumbnail is pressed, and the box shown when the page has come.
  let awaited = null;

  function goTo(quote) {
    const number = quote.dataset.evidence;
    if (select(number)) return;
    awaited = number;
    document.querySelector(`.thumb[data-page="${quote.dataset.page}"]`)?.click();
  }

  function nextEvidence() {
    const all = quotes();
    const list = all.length ? all : marks();
    if (!list.length) return;
    const at = list.findIndex((element) => element.hasAttribute("data-current"));
    goTo(list[(at + 1) % list.length]);
  }

  // The button that showed the text shows the page again. In the capture phase, so that htmx does not ask for the text once
  // more.
  document.addEventListener(
    "click",
    (event) => {
      if (!event.target.closest("[data-text-view]") || !document.querySelector("#paper.paper--text")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      document.querySelector(".thumb[aria-current]")?.click();
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const zoomButton = event.target.closest("[data-zoom]");
    if (zoomButton) return setZoom(zoomButton.dataset.zoom);
    if (event.target.closest("[data-turn]")) return turn();
    if (event.target.closest("[data-show-text]")) return document.querySelector("#viewer [data-text-view]")?.click();
    if (event.target.closest("[data-next-evidence]")) return nextEvidence();
    const quote = event.target.closest(".quote[data-evidence]");
    if (quote) {
      event.preventDefault();
      return goTo(quote);
    }
    const mark = event.target.closest(".evidence-mark");
    if (mark) {
      event.preventDefault();
      select(mark.dataset.evidence);
      document.querySelector(`.quote[data-evidence="${mark.dataset.evidence}"]`)?.focus();
    }
  });

  document.addEventListener("load", (event) => event.target.matches?.("#paper > img") && applyTurn(), true);

  document.addEventListener("htmx:load", (event) => {
    applyZoom();
    applyTurn();
    // The last page has no button for the next one: the focus that was on it would be nowhere.
    if (event.target.id === "viewer" && document.activeElement === document.body) event.target.focus({ preventScroll: true });
    // The text comes whole: what was asked for is one page of it.
    if (event.target.matches?.(".paper--text")) event.target.querySelector("[data-shown-page]")?.scrollIntoView();
    for (const image of document.querySelectorAll(".paper > img, img.thumb-page")) {
      if (isMissing(image) && image.currentSrc) replaceMissing(image);
    }
    if (awaited && select(awaited)) awaited = null;
  });
})();
