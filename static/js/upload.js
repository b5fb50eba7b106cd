// Files on their way to the server: at most four at once, sent again after a broken connection, never twice. They live
// here and not on a page, so boosted links leave them alone. How files get in is told by drop.js, how they are shown by
// tray.js; both hear "desk:uploads" whenever something changed.
"use strict";

(() => {
  const AT_ONCE = 4;
  const TRIES = 8; // with pauses of 1, 2, 4 ... 30 s: about two minutes without a connection
  const STORE = "desk-unsent"; // names and sizes for "choose them again" after a reload; gone with the tab
  const PATH_MOST = 600; // characters of a folder's path, so that the header stays within what servers take

  // Whose cause is the same for all files: one Retry sends all of them.
  const SHARED = new Set(["logged-out", "disk-full", "no-connection", "server"]);
  const CODES = { 401: "logged-out", 403: "forbidden", 404: "gone", 413: "too-large", 507: "disk-full" };

  const entries = new Map(); // by id, in the order they came: everything that is not sent yet
  const counts = new Map(); // by batch: how many of this tab were announced and sent
  let active = 0;

  const isUnderWay = (entry) => ["queued", "sending", "waits"].includes(entry.state);
  const changed = () => document.dispatchEvent(new CustomEvent("desk:uploads"));

  // crypto.randomUUID is there on https and localhost only; desks also run on plain http in an office.
  function makeId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  const encode = (text) => encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, "\ufffd"));
  const pause = (tries) => Math.min(1000 * 2 ** tries, 30_000) * (0.8 + Math.random() * 0.4);

  // --- What is not sent yet survives a reload by name --------------------------------------------------------------------

  let saving = null;

  function save() {
    saving ??= setTimeout(saveNow, 500);
  }

  function saveNow() {
    clearTimeout(saving);
    saving = null;
    const unsent = [...entries.values()].map(({ uid, drop, batch, place, name, path, size }) => ({ uid, drop, batch, place, name, path, size }));
    if (unsent.length) sessionStorage.setItem(STORE, JSON.stringify(unsent));
    else sessionStorage.removeItem(STORE);
  }

  function restore() {
    for (const entry of JSON.parse(sessionStorage.getItem(STORE) ?? "[]")) {
      entries.set(entry.uid, { ...entry, file: null, state: "lost", code: "", sent: 0, tries: 0 });
    }
    if (entries.size) changed();
  }

  // --- In: a drop is announced first, so that the server knows how many to expect --------------------------------------------

  function add(found, place) {
    const fresh = found.filter((item) => !revive(item));
    const drop = makeId();
    for (const { file, path } of fresh) {
      const uid = makeId();
      const shape = { uid, drop, place, path, name: file.name, size: file.size, file };
      entries.set(uid, { ...shape, batch: null, state: "queued", code: "", sent: 0, tries: 0 });
    }
    if (fresh.length) announce(drop);
    save();
    changed();
    pump();
  }

  // The same file chosen again after a reload keeps its id: the server has been told of it already.
  function revive({ file }) {
    const lost = [...entries.values()].find((entry) => entry.state === "lost" && entry.name === file.name && entry.size === file.size);
    if (!lost) return false;
    Object.assign(lost, { file, state: "queued" });
    if (!lost.batch) announce(lost.drop);
    return true;
  }

  async function announce(drop, tries = 0) {
    const waiting = [...entries.values()].filter((entry) => entry.drop === drop && !entry.batch);
    if (!waiting.length) return;
    const { place } = waiting[0];
    const body = new URLSearchParams({ drop, expected: waiting.length });
    try {
      const response = await fetch(place.intake, { method: "POST", body, headers: { "X-CSRFToken": globalThis.deskToken() }, redirect: "error" });
      if (response.ok) join(waiting, await response.json());
      else for (const entry of waiting) fail(entry, CODES[response.status] ?? "server");
    } catch {
      if (tries < TRIES) setTimeout(announce, pause(tries), drop, tries + 1);
      else for (const entry of waiting) fail(entry, "no-connection");
    }
  }

  function join(waiting, { batch, launches }) {
    for (const entry of waiting) entry.batch = batch;
    count(batch).announced += waiting.length;
    const { upload } = waiting[0].place;
    document.dispatchEvent(new CustomEvent("desk:batch", { detail: { batch, upload, launches } }));
    save();
    pump();
  }

  // The batch was launched or cleared while files were still on their way: those open another one.
  function reopen(entry) {
    const closed = entry.batch;
    const drop = makeId();
    for (const other of entries.values()) {
      if (other.batch === closed && other.state !== "sending") Object.assign(other, { batch: null, drop });
    }
    Object.assign(entry, { batch: null, drop, state: "queued" });
    announce(drop);
  }

  // --- Out: one request per file -------------------------------------------------------------------------------------------------

  function pump() {
    for (const entry of entries.values()) {
      if (active >= AT_ONCE) return;
      if (entry.state === "queued" && entry.batch) send(entry);
    }
  }

  function send(entry) {
    const request = new XMLHttpRequest();
    const isTooLarge = entry.size > entry.place.most;
    const address = `${entry.batch}files/${entry.uid}/`;
    active += 1;
    Object.assign(entry, { state: "sending", sent: 0, request });
    request.open(isTooLarge ? "POST" : "PUT", isTooLarge ? `${address}too-large/` : address);
    request.setRequestHeader("X-CSRFToken", globalThis.deskToken());
    request.upload.onprogress = (event) => {
      entry.sent = event.loaded;
      changed();
    };
    request.onloadend = () => {
      active -= 1;
      delete entry.request;
      if (entries.has(entry.uid)) end(entry, request.status);
      pump();
    };
    if (isTooLarge) {
      request.send(new URLSearchParams({ name: entry.name, path: entry.path, size: entry.size }));
      return;
    }
    request.setRequestHeader("X-File-Name", encode(entry.name));
    request.setRequestHeader("X-File-Path", encode(entry.path.slice(0, PATH_MOST)));
    request.send(entry.file);
  }

  function end(entry, status) {
    if (status === 200 || status === 201) {
      count(entry.batch).sent += 1;
      arrived(entry.uid);
    } else if (status === 409) reopen(entry);
    else if (status in CODES) fail(entry, CODES[status]);
    else again(entry, status);
    changed();
  }

  async function again(entry, status) {
    entry.tries += 1;
    if (!(await isReadable(entry.file))) fail(entry, "changed");
    else if (entry.tries > TRIES) fail(entry, status ? "server" : "no-connection");
    else {
      entry.state = "waits";
      setTimeout(wake, pause(entry.tries - 1), entry);
    }
    changed();
  }

  function wake(entry) {
    if (entry.state !== "waits" || !entries.has(entry.uid)) return;
    entry.state = "queued";
    changed();
    pump();
  }

  // A file that was edited, moved or unplugged since it was chosen cannot be read any more.
  async function isReadable(file) {
    try {
      await file.slice(0, 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }

  function fail(entry, code) {
    Object.assign(entry, { state: "failed", code });
    // What holds for one holds for all: the others wait instead of failing one by one.
    if (code === "logged-out" || code === "disk-full") {
      for (const other of entries.values()) if (["queued", "waits"].includes(other.state)) Object.assign(other, { state: "failed", code });
    }
    save();
    changed();
  }

  function arrived(uid) {
    if (entries.delete(uid)) save();
  }

  function count(batch) {
    if (!counts.has(batch)) counts.set(batch, { announced: 0, sent: 0 });
    return counts.get(batch);
  }

  function retry(uid) {
    const { code } = entries.get(uid);
    const alike = [...entries.values()].filter((entry) => entry.state === "failed" && (entry.uid === uid || (SHARED.has(code) && entry.code === code)));
    for (const entry of alike) Object.assign(entry, { state: "queued", code: "", tries: 0 });
    for (const drop of new Set(alike.filter((entry) => !entry.batch).map((entry) => entry.drop))) announce(drop);
    changed();
    pump();
  }

  // Forget what matches, and stop what of it is being sent.
  function abandon(matches) {
    for (const entry of [...entries.values()].filter(matches)) {
      entries.delete(entry.uid);
      entry.request?.abort();
    }
    save();
    changed();
  }

  window.addEventListener("online", () => {
    for (const entry of entries.values()) wake(entry);
    const stranded = [...entries.values()].find((entry) => entry.code === "no-connection");
    if (stranded) retry(stranded.uid);
  });

  window.addEventListener("beforeunload", (event) => {
    if ([...entries.values()].some(isUnderWay)) event.preventDefault();
  });

  window.addEventListener("pagehide", saveNow);
  document.addEventListener("DOMContentLoaded", restore);

  globalThis.deskUploads = { add, retry, abandon, arrived, count, all: () => [...entries.values()], isBusy: () => [...entries.values()].some(isUnderWay) };
})();
