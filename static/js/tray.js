// The tray: every file of the current batch from the queue to its answer. It stands outside the part of the page that
// boosted links replace. What is not sent yet comes from upload.js, everything else from one request for all files.
"use strict";

(() => {
  const STORE = "desk-tray";
  const POLL = 1500;
  const POLL_HIDDEN = 6000;
  const ROWS = 300; // drawn; the totals are of all
  const TAIL = 10; // characters of a long name that are never cut
  const SHORT = 20;
  const SPEAKS = 10_000; // the live region at most so often
  // Worst first, then what moves, then what has come to rest.
  const ORDER = ["failed", "lost", "sending", "running", "checking", "look", "waits", "unsent", "queued", "waiting", "ready", "done", "duplicate", "left", "cancelled"];

  const rows = new Map(); // by key: the list item and what it shows
  let current = JSON.parse(sessionStorage.getItem(STORE) ?? "null"); // addresses of the batch and of its upload page
  let snapshot = null;
  let polling = null;
  let drawing = null;
  let heard = "";
  let spokenAt = 0;

  const panel = () => document.getElementById("tray-panel");
  const part = (name) => document.getElementById(`tray-${name}`);
  const words = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), panel().dataset[name] ?? "");
  const camel = (code) => code.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

  function follow(batch) {
    current = batch;
    snapshot = null;
    if (batch) sessionStorage.setItem(STORE, JSON.stringify(batch));
    else sessionStorage.removeItem(STORE);
  }

  // --- Asking: one request for all files, while something moves --------------------------------------------------------------

  function pollSoon(delay = POLL) {
    polling ??= setTimeout(poll, document.hidden ? Math.max(delay, POLL_HIDDEN) : delay);
  }

  async function poll() {
    const asked = current;
    if (!asked) {
      polling = null;
      return;
    }
    const response = await fetch(asked.batch, { headers: { Accept: "application/json" } }).catch(() => null);
    polling = null;
    if (asked !== current) pollSoon(0);
    else if (response?.ok) take(await response.json());
    else if (response?.status === 404) follow(null);
    else if (response?.status !== 401) pollSoon(4 * POLL);
    drawSoon();
  }

  function take(answer) {
    snapshot = answer;
    for (const [key] of answer.rows) globalThis.deskUploads.arrived(asId(key));
    if (answer.is_moving) pollSoon();
    tellPage();
  }

  const asId = (key) => key.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

  // The upload page refreshes its table when the batch has changed.
  function tellPage() {
    const told = `${snapshot.arrived} ${snapshot.expected} ${snapshot.is_open} ${snapshot.totals}`;
    if (told === heard) return;
    heard = told;
    if (document.getElementById("staged")) document.body.dispatchEvent(new CustomEvent("desk:intake"));
  }

  // --- Drawing -------------------------------------------------------------------------------------------------------------------

  function drawSoon() {
    drawing ??= setTimeout(() => {
      drawing = null;
      draw();
    }, 150);
  }

  function draw() {
    const unsent = globalThis.deskUploads.all();
    const lines = collect(unsent);
    panel().hidden = !lines.length || isOnPage(unsent);
    document.documentElement.toggleAttribute("data-sending", globalThis.deskUploads.isBusy());
    if (!lines.length) return;
    drawHead(unsent);
    drawRows(lines);
    drawTotals(unsent);
  }

  // The upload page lists the same files itself once they are all there, and later the run's own page does.
  function isOnPage(unsent) {
    const isStaged = snapshot?.is_open && !snapshot.is_moving && location.pathname === current?.upload;
    return !unsent.length && (isStaged || location.pathname === snapshot?.run);
  }

  function collect(unsent) {
    const own = unsent.map(showOwn);
    const keys = new Set(own.map((line) => line.key));
    const theirs = (snapshot?.rows ?? []).map(([key, phase, text, name, url, retry]) => ({ key, phase, text, name, url, retry }));
    const lines = [...own, ...theirs.filter((line) => !keys.has(line.key))];
    return lines.sort((one, other) => ORDER.indexOf(one.phase) - ORDER.indexOf(other.phase));
  }

  function showOwn({ uid, name, size, sent, state, code, place }) {
    const line = { key: uid.replaceAll("-", ""), uid, name, phase: state === "queued" ? "unsent" : state };
    const texts = {
      queued: () => words("queued"),
      waits: () => words("waits"),
      lost: () => words("lost"),
      sending: () => words("bytes", { sent: inUnit(sent, size), size: withUnit(size) }),
      failed: () => words(camel(code), { most: withUnit(place.most) }),
    };
    return { ...line, text: texts[state](), sent, size };
  }

  const UNITS = ["B", "kB", "MB", "GB"];
  const unitOf = (size) => Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), 3);
  const inUnit = (amount, whole) => (amount / 1000 ** unitOf(whole)).toFixed(unitOf(whole) > 1 ? 1 : 0);
  const withUnit = (size) => `${inUnit(size, size)} ${UNITS[unitOf(size)]}`;

  function drawHead(unsent) {
    const isAtRest = !snapshot?.is_moving && !globalThis.deskUploads.isBusy();
    const name = part("name");
    name.textContent = snapshot?.name ?? words("untitled");
    name.href = snapshot?.run || current?.upload || unsent[0]?.place.upload || "#";
    const here = globalThis.deskUploads.count(current?.batch);
    const arrived = Math.max(snapshot?.arrived ?? 0, here.sent);
    const expected = Math.max(snapshot?.expected ?? 0, here.announced || unsent.length, arrived);
    part("count").textContent = words("sent", { arrived, expected });
    part("close").hidden = !isAtRest;
    part("again").hidden = !unsent.some((entry) => entry.state === "lost");
  }

  function drawRows(lines) {
    const list = part("rows");
    const shown = lines.slice(0, ROWS);
    const keys = new Set(shown.map((line) => line.key));
    for (const [key, row] of rows) if (!keys.has(key)) row.item.remove(), rows.delete(key);
    shown.forEach((line, index) => {
      const row = rows.get(line.key) ?? makeRow(line.key);
      drawRow(row, line);
      if (list.children[index] !== row.item) list.insertBefore(row.item, list.children[index] ?? null);
    });
    drawMore(list, lines.length - shown.length);
  }

  function makeRow(key) {
    const row = { item: part("row").content.firstElementChild.cloneNode(true), drawn: "" };
    rows.set(key, row);
    return row;
  }

  function drawRow(row, line) {
    const drawn = [line.phase, line.name, line.url, line.retry, line.phase === "sending" ? "" : line.text].join("\n");
    if (row.drawn !== drawn) buildRow(row, line);
    row.drawn = drawn;
    if (line.phase !== "sending") return;
    row.item.querySelector(".tray-phase").textContent = line.text;
    row.item.querySelector("progress").value = line.size ? line.sent / line.size : 1;
  }

  function buildRow({ item }, line) {
    item.querySelector("progress")?.remove();
    item.querySelector(".tray-name").replaceWith(makeName(line));
    item.querySelector(".tray-phase").replaceChildren(...makePhase(line));
    if (line.url) globalThis.htmx.process(item);
    if (line.phase !== "sending") return;
    const progress = document.createElement("progress");
    progress.setAttribute("aria-label", line.name);
    item.append(progress);
  }

  function makeName({ name, url }) {
    const element = document.createElement(url ? "a" : "span");
    element.className = "tray-name whole-name";
    element.title = name;
    const halves = [name.slice(0, -TAIL), name.slice(-TAIL)].map((text) => makeText(text));
    element.append(...(name.length > SHORT ? [makeText(name, "visually-hidden"), ...halves] : [name]));
    if (url) element.href = url;
    return element;
  }

  // Cut on screen between its two parts; read out whole.
  function makeText(text, className = "") {
    const span = Object.assign(document.createElement("span"), { textContent: text, className });
    if (!className) span.setAttribute("aria-hidden", "true");
    return span;
  }

  function makePhase({ phase, text, uid, retry }) {
    const template = part(`phase-${phase === "lost" ? "failed" : phase}`);
    if (!template) return [text];
    const state = template.content.firstElementChild.cloneNode(true);
    state.querySelector(".state-words").textContent = text;
    if (phase !== "failed" || !(uid || retry)) return [state];
    const button = part("retry").content.firstElementChild.cloneNode(true);
    button.dataset.retry = retry || uid;
    return [state, button];
  }

  function drawMore(list, hidden) {
    list.querySelector(".tray-more")?.remove();
    if (hidden <= 0) return;
    const more = document.createElement("li");
    more.className = "tray-row tray-more";
    more.textContent = words("more", { n: hidden });
    list.append(more);
  }

  function drawTotals(unsent) {
    const stuck = unsent.filter((entry) => ["failed", "lost"].includes(entry.state)).length;
    const text = [snapshot?.totals, stuck && words("unsent", { n: stuck })].filter(Boolean).join(" ");
    part("totals").textContent = text;
    const isAtRest = !snapshot?.is_moving && !globalThis.deskUploads.isBusy();
    if (text === part("live").textContent || (!isAtRest && Date.now() - spokenAt < SPEAKS)) return;
    part("live").textContent = text;
    spokenAt = Date.now();
  }

  // --- Hearing -------------------------------------------------------------------------------------------------------------------

  let unsentBefore = 0;

  document.addEventListener("desk:uploads", () => {
    const unsent = globalThis.deskUploads.all().length;
    if (unsent < unsentBefore) pollSoon();
    unsentBefore = unsent;
    drawSoon();
  });

  document.addEventListener("desk:batch", ({ detail }) => {
    if (current?.batch !== detail.batch) follow({ batch: detail.batch, upload: detail.upload });
    pollSoon(300);
    if (detail.launches || location.pathname === detail.upload) return;
    drawHead(globalThis.deskUploads.all());
    part("name").click();
  });

  document.addEventListener("click", (event) => {
    const retry = event.target.closest("[data-retry]")?.dataset.retry;
    if (retry?.startsWith("/")) retryJob(retry);
    else if (retry) globalThis.deskUploads.retry(retry);
    if (event.target.closest("#tray-fold")) fold(!panel().hasAttribute("data-folded"));
    if (event.target.closest("#tray-close")) close();
  });

  async function retryJob(address) {
    const headers = { "X-CSRFToken": globalThis.deskToken(), "HX-Request": "true" };
    await fetch(address, { method: "POST", headers }).catch(() => null);
    pollSoon(300);
  }

  function fold(isFolded) {
    panel().toggleAttribute("data-folded", isFolded);
    part("fold").setAttribute("aria-expanded", String(!isFolded));
  }

  function close() {
    follow(null);
    globalThis.deskUploads.abandon((entry) => ["failed", "lost"].includes(entry.state));
    draw();
  }

  // Clear stops what is still on its way; going on without the rest forgets it.
  document.addEventListener("submit", (event) => {
    const here = (entry) => entry.place.upload === location.pathname;
    if (event.submitter?.matches("[data-clear]")) {
      globalThis.deskUploads.abandon(here);
      follow(null);
    } else if (event.submitter?.matches("[data-settle]")) {
      globalThis.deskUploads.abandon((entry) => here(entry) && ["failed", "lost"].includes(entry.state));
    }
    drawSoon();
  });

  // An open menu is not swapped away under the pointer: the next poll brings what changed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const isPoll = event.detail.requestConfig.verb === "get" && event.detail.target.id === "staged";
    if (isPoll && event.detail.target.querySelector("details[open]")) event.detail.shouldSwap = false;
  });

  // What moves on the upload page without having been sent from this tab: documents that are fetched from addresses.
  function adopt() {
    const batch = document.getElementById("staged")?.dataset.batch;
    if (batch && batch !== current?.batch) follow({ batch, upload: document.getElementById("page").dataset.upload });
  }

  // After a launch, here or in another tab, the batch moves on.
  document.addEventListener("htmx:afterSettle", (event) => {
    adopt();
    if (event.detail.target === document.body && current) pollSoon(300);
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (matchMedia("(width < 600px)").matches) fold(true);
    adopt();
    if (current) pollSoon(0);
    drawSoon();
  });
})();
