// What the desk does in the browser: choices, drawer, menus, dialogs, counters, toasts, trouble, focus after a boosted
// link. All of it listens on the document, because a boosted link replaces the body and runs no script again.
// Every page works without it.
"use strict";

(() => {
  const root = document.documentElement;
  const page = () => document.getElementById("page");
  const isBoosted = (event) => Boolean(event.detail?.boosted ?? event.detail?.requestConfig?.boosted);

  // --- The token that every change carries -----------------------------------------------------------------------------------

  // Read at the moment of sending: a log-in in another tab changes it, and the one that this page came with is refused.
  globalThis.deskToken = () => {
    const { csrf, csrfCookie } = page()?.dataset ?? {};
    const cookie = document.cookie.split("; ").find((part) => part.startsWith(`${csrfCookie}=`));
    return cookie?.slice(csrfCookie.length + 1) ?? csrf;
  };

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.headers["X-CSRFToken"] = globalThis.deskToken();
    if (detail.formData.has("csrfmiddlewaretoken")) detail.formData.set("csrfmiddlewaretoken", globalThis.deskToken());
  });

  // A form that the browser sends by itself.
  document.addEventListener(
    "submit",
    (event) => {
      const field = event.target.elements.namedItem("csrfmiddlewaretoken");
      if (field) field.value = globalThis.deskToken();
    },
    true,
  );

  // --- Choices: a cookie for this browser, so that the server renders them; the account too, where it keeps them ----

  function choose(name, value) {
    const age = value ? 31536000 : 0;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `desk_${name}=${value}; path=/; max-age=${age}; samesite=lax${secure}`;
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
    const url = page()?.dataset.preferences;
    if (!url) return;
    const headers = { "X-CSRFToken": globalThis.deskToken() };
    fetch(url, { method: "POST", headers, body: new URLSearchParams({ [name]: value }) }).catch(() => {});
  }

  function showChoices(scope) {
    for (const control of scope.querySelectorAll("[data-preference]")) {
      const now = root.dataset[control.dataset.preference] ?? "";
      if (control.type === "checkbox") control.checked = now !== control.dataset.unchecked;
      else control.setAttribute("aria-pressed", String(control.value === now));
    }
  }

  document.addEventListener("click", (event) => {
    const control = event.target.closest("button[data-preference]");
    if (!control) return;
    choose(control.dataset.preference, control.value);
    const shown = control.closest("details")?.querySelector("[data-theme-now]");
    if (shown) shown.textContent = control.textContent.trim();
    showChoices(document);
    closeMenu(control.closest("details[open]"));
  });

  document.addEventListener("change", (event) => {
    const control = event.target.closest("input[data-preference]");
    if (control) choose(control.dataset.preference, control.checked ? "" : control.dataset.unchecked);
  });

  // --- Drawer ----------------------------------------------------------------------------------------------------------

  function setDrawer(isOpen) {
    const drawer = document.getElementById("sidebar");
    if (!drawer || isOpen === drawer.hasAttribute("data-open")) return;
    drawer.toggleAttribute("data-open", isOpen);
    document.getElementById("main").inert = isOpen;
    if (isOpen) drawer.querySelector("a, summary, button").focus();
    else document.querySelector("[data-drawer]")?.focus();
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-drawer]");
    const closer = event.target.closest("[data-drawer-close]");
    if (!opener && !closer) return;
    event.preventDefault();
    setDrawer(Boolean(opener));
  });

  // --- Sheets: a region that covers the lower half of a phone -----------------------------------------------------------

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-sheet]");
    const closer = event.target.closest("[data-sheet-close]");
    if (!opener && !closer) return;
    event.preventDefault();
    const sheet = opener ? document.getElementById(opener.dataset.sheet) : closer.closest("[data-open]");
    sheet?.toggleAttribute("data-open", Boolean(opener));
    if (opener) sheet?.querySelector("[data-sheet-close]")?.focus();
  });

  // --- Menus: <details data-menu> --------------------------------------------------------------------------------------

  function closeMenu(menu) {
    if (!menu) return;
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary").focus();
  }

  function closeOtherMenus(kept) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(kept)) menu.open = false;
    }
  }

  function moveInMenu(menu, step) {
    const items = [...menu.querySelectorAll(".menu-item, .menu-panel input")].filter((item) => item.checkVisibility());
    const at = items.indexOf(document.activeElement);
    items.at((at + step + items.length) % items.length)?.focus();
  }

  document.addEventListener("click", (event) => closeOtherMenus(event.target), true);
  // What is done within the page closes its menu. Heard before anything else is done, so that the focus goes on from there.
  document.addEventListener("click", (event) => {
    const item = event.target.closest(".menu-item[type=button]");
    if (item) closeMenu(item.closest("details[data-menu]"));
  });
  document.addEventListener("focusin", (event) => closeOtherMenus(event.target));
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details[data-menu]");
    if (event.key === "Escape") {
      const drawer = document.querySelector(".sidebar[data-open]");
      if (!menu?.open && !drawer) return;
      event.preventDefault();
      if (menu?.open) closeMenu(menu);
      else setDrawer(false);
    } else if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      menu.open = true;
      moveInMenu(menu, event.key === "ArrowDown" ? 1 : -1);
    }
  });

  // --- Dialogs: data-dialog opens one, data-confirm asks before a button acts --------------------------------------------

  function openDialog(dialog) {
    if (!dialog || dialog.open) return;
    showChoices(dialog);
    dialog.dispatchEvent(new CustomEvent("desk:dialog", { bubbles: true }));
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const closer = event.target.closest("[data-dialog-close]");
    if (opener) openDialog(document.getElementById(opener.dataset.dialog));
    if (closer) closer.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement && isOutside(event, event.target)) event.target.close("cancel");
  });

  function isOutside(event, dialog) {
    const box = dialog.getBoundingClientRect();
    return (
      event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom
    );
  }

  let confirmed = null;

  // In the capture phase, so that neither htmx nor the form hears of a press that was not confirmed.
  document.addEventListener(
    "click",
    (event) => {
      const control = event.target.closest("[data-confirm]");
      if (!control || control === confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(control);
    },
    true,
  );

  function ask(control) {
    const dialog = document.getElementById("confirm");
    document.getElementById("confirm-question").textContent = control.dataset.confirm;
    document.getElementById("confirm-detail").textContent = control.dataset.confirmDetail ?? "";
    document.getElementById("confirm-verb").textContent = control.dataset.confirmVerb ?? control.textContent.trim();
    dialog.returnValue = "cancel";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "confirm") return;
        confirmed = control;
        control.click();
        confirmed = null;
      },
      { once: true },
    );
    openDialog(dialog);
  }

  // --- Counters of fields ------------------------------------------------------------------------------------------------

  document.addEventListener("input", (event) => {
    const counter = document.getElementById(event.target.dataset?.counter);
    if (!counter) return;
    const length = [...event.target.value].length;
    counter.textContent = `${length}/${counter.dataset.most}`;
    counter.toggleAttribute("data-over", length > Number(counter.dataset.most));
  });

  // --- Toasts: ten seconds, longer while the pointer or the focus is on them ------------------------------------------------

  const STAYS = 10_000;

  function watchToast(toast) {
    let timer;
    const stop = () => clearTimeout(timer);
    const start = () => {
      stop();
      timer = setTimeout(() => toast.remove(), STAYS);
    };
    for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, stop);
    for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, start);
    start();
  }

  document.addEventListener("click", (event) =>
    event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove(),
  );

  // --- Trouble: a banner where the person is; what was typed stays ----------------------------------------------------------

  function showTrouble(kind) {
    const place = document.getElementById("trouble");
    const words = document.getElementById(`trouble-${kind}`);
    if (place && words) place.replaceChildren(words.content.cloneNode(true));
  }

  const clearTrouble = () => document.getElementById("trouble")?.replaceChildren();

  // A fragment was asked for and a whole document came: the session ended and the login page answered.
  const isWholePage = (text) => /^\s*<!doctype/i.test(text ?? "");

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    const { status } = detail.xhr;
    if (isBoosted(event)) {
      // "Not found" and the like are pages of the desk. 400 and 500 are drawn without it: the tray would go with them.
      const isPage = status < 500 && status !== 204 && status !== 400 && isWholePage(detail.serverResponse);
      detail.shouldSwap = isPage;
      detail.isError = !isPage && status >= 400;
    } else if (isWholePage(detail.serverResponse) && detail.target !== document.body) {
      detail.shouldSwap = false;
      showTrouble("session");
    } else if (status < 400) {
      clearTrouble();
    }
  });

  document.addEventListener("htmx:sendError", () => showTrouble("offline"));
  document.addEventListener("htmx:timeout", () => showTrouble("offline"));
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401) showTrouble("session");
    else showTrouble(status === 403 || status === 404 ? "forbidden" : "server");
  });
  window.addEventListener("offline", () => showTrouble("offline"));
  window.addEventListener("online", clearTrouble);

  // --- Boosted links: a line while waiting, then the focus on the new page ---------------------------------------------------

  document.addEventListener("htmx:beforeRequest", (event) => isBoosted(event) && root.setAttribute("data-loading", ""));
  document.addEventListener("htmx:afterRequest", (event) => isBoosted(event) && root.removeAttribute("data-loading"));
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!isBoosted(event) || event.detail.target !== document.body) return;
    const asked = document.querySelector("#main [autofocus]");
    if (asked) asked.focus();
    else if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
  });

  // --- Actions on a phone: the primary and "More" --------------------------------------------------------------------------------

  const phone = matchMedia("(width < 600px)");

  const isPrimary = (item) => item.matches(".button--primary, form:has(> .button--primary)");
  const stays = (item) => isPrimary(item) || item.matches(".actions-more, [data-stays]");

  function foldActions(actions) {
    // A fragment of its own may hold them, so that a poll can replace it.
    const bar = actions.querySelector(":scope > .actions-group") ?? actions;
    const others = [...bar.children].filter((item) => !stays(item));
    const isWorthIt = others.length > 1 || (others.length === 1 && [...bar.children].some(isPrimary));
    if (!isWorthIt || bar.querySelector(".actions-more")) return;
    const more = document.getElementById("more-actions").content.firstElementChild.cloneNode(true);
    const panel = more.querySelector("div");
    panel.append(...others);
    // A menu of the same name within it gives up its items: one press to reach them, not two.
    for (const menu of panel.querySelectorAll(":scope > [data-merges]")) menu.after(menu.querySelector(".menu-panel"));
    bar.prepend(more);
  }

  function unfoldActions(actions) {
    const more = actions.querySelector(".actions-more");
    for (const menu of more?.querySelectorAll("[data-merges]") ?? []) menu.append(menu.nextElementSibling);
    if (more) more.replaceWith(...more.querySelector("div").children);
  }

  const fitActions = () => {
    for (const actions of document.querySelectorAll("[data-collapse]"))
      (phone.matches ? foldActions : unfoldActions)(actions);
  };

  // --- Regions that scroll but hold nothing to focus are reached by Tab ------------------------------------------------------------

  const scrolls = (region) => region.scrollHeight > region.clientHeight + 1;

  function fitRegions() {
    const regions = [
      ...document.querySelectorAll(".column, .scroll, .rail, .filters, .thumbs, .viewer-ground, .decision-body, .body"),
    ];
    // First those that no longer scroll: the region around one of them has to do its part now.
    for (const region of regions) if (region.tabIndex === 0 && !scrolls(region)) region.removeAttribute("tabindex");
    for (const region of regions) {
      const holds = region.querySelector("a[href], button, input, select, textarea, summary, [tabindex]");
      if (scrolls(region) && !holds) region.tabIndex = 0;
      else if (region.tabIndex === 0) region.removeAttribute("tabindex");
    }
  }

  const narrow = matchMedia("(width < 900px)");

  // Filters stand beside the table where there is room, and fold into one line where there is not.
  const fitFolds = () => {
    for (const fold of document.querySelectorAll("details[data-fold]")) fold.open = !narrow.matches;
  };

  function prepare() {
    showChoices(document);
    fitActions();
    fitRegions();
    for (const toast of document.querySelectorAll("[data-toast]:not([data-watched])")) {
      toast.dataset.watched = "";
      watchToast(toast);
    }
  }

  phone.addEventListener("change", fitActions);
  narrow.addEventListener("change", fitFolds);
  document.addEventListener("DOMContentLoaded", fitFolds);
  window.addEventListener("resize", fitRegions);
  document.addEventListener("load", (event) => event.target.tagName === "IMG" && fitRegions(), true);
  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:load", (event) => {
    prepare();
    if (event.target.id === "page") fitFolds();
  });
})();
