// The document pane: zoom, and walking from quote to box and back. Everything else on it is links.
(() => {
  "use strict";

  const STEP = 1.25;
  const ZOOM = { least: 0.4, most: 4 };
  let zoom = 1; // kept from page to page, for people set it once a sitting

  const paper = () => document.getElementById("paper");

  function applyZoom() {
    const sheet = paper();
    if (!sheet) return;
    sheet.style.width = zoom === 1 ? "" : `${zoom * 100}%`;
    sheet.style.maxWidth = zoom === 1 ? "" : "none";
  }

  function setZoom(how) {
    const next = how === "fit" ? 1 : how === "in" ? zoom * STEP : zoom / STEP;
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

  // A quote on another page is fetched with that page, then shown.
  async function goTo(quote) {
    const number = quote.dataset.evidence;
    if (select(number)) return;
    const pane = document.getElementById("document-pane");
    if (!pane || !quote.dataset.page) return;
    const address = new URL(location.href);
    address.searchParams.set("page", quote.dataset.page);
    await htmx.ajax("GET", address.pathname + address.search, { target: "#document-pane", select: "#document-pane", swap: "outerHTML" });
    select(number);
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

  document.addEventListener("htmx:load", applyZoom);
})();
