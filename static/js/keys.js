// Single keys: an element that carries data-key is pressed by that key while it can be seen.
// They never act while somebody types, and a switch turns them off (WCAG 2.1.4). Written for boosted pages: everything
// listens on the document and looks for its elements when a key comes.
"use strict";

(() => {
  const NAMED = { Enter: "Enter", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
  const TYPING =
    "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";

  const areOff = () => document.documentElement.dataset.keys === "off";
  const isTyping = (element) => Boolean(element?.closest?.(TYPING));
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]");
  const isBlocked = (element) => element.disabled || element.getAttribute("aria-disabled") === "true";

  // Letters count without Shift; signs such as "?" need it on most keyboards.
  function nameOf(event) {
    const isLetter = /^\p{L}$/u.test(event.key);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || (isLetter && event.shiftKey))
      return null;
    return isLetter ? event.key.toLowerCase() : event.key;
  }

  // An open dialog or an open menu takes all keys for itself.
  function scopeOf() {
    const dialogs = document.querySelectorAll("dialog[open]");
    return dialogs.length ? dialogs[dialogs.length - 1] : document;
  }

  function findTarget(key) {
    const marked = scopeOf().querySelectorAll(`[data-key="${CSS.escape(key)}"]`);
    return [...marked].find((element) => isSeen(element) && !isBlocked(element));
  }

  // Enter and Space already mean "press this" on a control that has the focus.
  function belongsToFocus(key) {
    return (
      (key === "Enter" || key === " ") && document.activeElement?.closest?.("a[href], button, summary, [role=button]")
    );
  }

  function press(target) {
    if (target.matches("input:not([type=checkbox], [type=radio]), textarea, select")) {
      target.focus();
      target.select?.();
    } else {
      target.click();
    }
  }

  function pressKey(key) {
    const target = findTarget(key);
    if (target) press(target);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat) return;
    const key = nameOf(event);
    if (!key) return;
    if (isTyping(event.target)) {
      if (key === "Escape" && !event.target.closest("dialog")) event.target.blur();
      return;
    }
    if ((areOff() && key.length === 1) || belongsToFocus(key)) return;
    if (!findTarget(key)) return;
    event.preventDefault();
    const asked = new CustomEvent("desk:key", { cancelable: true, detail: { key } });
    if (document.dispatchEvent(asked)) pressKey(key);
  });

  // For a key that was held back, see pace.js.
  globalThis.deskKeys = { press: pressKey };

  // The key sheet lists what works on the page as it is now, so it cannot go out of date.
  function labelOf(element) {
    const label = element.dataset.keyLabel || element.getAttribute("aria-label") || element.labels?.[0]?.innerText;
    if (label) return label;
    const copy = element.cloneNode(true);
    copy.querySelectorAll(".keycap, [hidden], .confidence, .option-note, .monogram").forEach((part) => part.remove());
    return copy.textContent.trim().replace(/\s+/g, " ");
  }

  function listKeys() {
    const rows = new Map();
    for (const element of document.querySelectorAll("[data-key]")) {
      const key = element.dataset.key;
      if (!rows.has(key) && !isBlocked(element) && !element.closest("dialog") && isSeen(element))
        rows.set(key, labelOf(element));
    }
    return rows;
  }

  function drawRow(key, label) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    const cap = document.createElement("kbd");
    term.textContent = label;
    cap.className = "keycap keycap--always";
    cap.textContent = NAMED[key] ?? (key.length === 1 ? key.toUpperCase() : key);
    value.append(cap);
    row.append(term, value);
    return row;
  }

  document.addEventListener("desk:dialog", (event) => {
    if (event.target.id !== "key-sheet") return;
    const rows = [...listKeys()].map(([key, label]) => drawRow(key, label));
    document.getElementById("key-list").replaceChildren(...rows);
  });

  function announceKeys(root) {
    for (const element of root.querySelectorAll("[data-key]:not([aria-keyshortcuts])")) {
      element.setAttribute("aria-keyshortcuts", element.dataset.key);
    }
  }

  document.addEventListener("DOMContentLoaded", () => announceKeys(document));
  document.addEventListener("htmx:load", (event) => announceKeys(event.target.parentElement ?? document));
})();
