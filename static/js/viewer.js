// The document pane: zoom, and walking from quote to box and back. Everything else on it is links.
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
    document.querySelector(`.thumb[href="?page=${quote.dataset.page}"]`)?.click();
  }

  function nextEvidence() {
    const all = quotes();
    const list = all.length ? all : marks();
    if (!list.length) return;
    const at = list.findIndex((element) => element.hasAttribute("data-current"));
    goTo(list[(at + 1) % list.length]);
  }

  document.addEventListener("click", (event) => {
    const zoomButton = event.target.closest("[data-zoom]");
    if (zoomButton) return setZoom(zoomButton.dataset.zoom);
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

  document.addEventListener("htmx:load", (event) => {
    applyZoom();
    // The text comes whole: what was asked for is one page of it.
    if (event.target.matches?.(".paper--text")) event.target.querySelector("[data-shown-page]")?.scrollIntoView();
    for (const image of document.querySelectorAll(".paper > img, img.thumb-page")) {
      if (isMissing(image) && image.currentSrc) replaceMissing(image);
    }
    if (awaited && select(awaited)) awaited = null;
  });
})();
