// How files get in: dropped anywhere on a page of the project, files and folders alike, pasted there, or chosen by a
// button.
"use strict";

(() => {
  // What systems leave in folders for themselves.
  const JUNK = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*)$/i;

  // Where files dropped on this page go; null on pages outside a project, and for people who may not upload.
  function findPlace() {
    const { intake, upload, maxUpload } = document.getElementById("page")?.dataset ?? {};
    return intake ? { intake, upload, most: Number(maxUpload) } : null;
  }

  function hand(found) {
    const wanted = found.filter(({ file }) => !JUNK.test(file.name));
    const place = findPlace();
    if (wanted.length && place) globalThis.deskUploads.add(wanted, place);
  }

  // --- Dropping ----------------------------------------------------------------------------------------------------------------

  const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  function showTarget(isOver) {
    const zone = document.getElementById("drop-zone");
    zone?.toggleAttribute("data-over", isOver);
    document.getElementById("drop-veil").hidden = !isOver || Boolean(zone) || !findPlace();
  }

  document.addEventListener("dragover", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault(); // else the browser opens the file in place of the desk
    event.dataTransfer.dropEffect = findPlace() ? "copy" : "none";
    showTarget(true);
  });

  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) showTarget(false);
  });

  document.addEventListener("drop", async (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    showTarget(false);
    hand(await readTransfer(event.dataTransfer));
  });

  // What is copied from a text editor brings pictures of itself along: in a field it is text that is meant.
  document.addEventListener("paste", async (event) => {
    if (!event.clipboardData?.files.length || event.target.closest?.("input, textarea")) return;
    event.preventDefault();
    hand(await readTransfer(event.clipboardData));
  });

  // The list of items is emptied as soon as the event is over, so everything is taken from it before the first wait.
  async function readTransfer(transfer) {
    const taken = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
    const found = await Promise.all(taken.map(({ entry, file }) => (entry?.isDirectory ? readFolder(entry) : [{ file, path: "" }])));
    return found.flat().filter(({ file }) => file);
  }

  async function readFolder(folder) {
    const path = folder.fullPath.replace(/^\//, "");
    const children = await listFolder(folder.createReader());
    const found = await Promise.all(children.map(async (child) => (child.isDirectory ? readFolder(child) : [{ file: await openFile(child), path }])));
    return found.flat();
  }

  // A reader gives a hundred entries at a time, and none when it is done.
  async function listFolder(reader) {
    const all = [];
    for (;;) {
      const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
      if (!some.length) return all;
      all.push(...some);
    }
  }

  const openFile = (entry) => new Promise((resolve) => entry.file(resolve, () => resolve(null)));

  // --- Choosing --------------------------------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    const input = document.createElement("input");
    Object.assign(input, { type: "file", multiple: true, hidden: true, webkitdirectory: button.dataset.choose === "folder" });
    input.addEventListener("change", () => {
      hand([...input.files].map((file) => ({ file, path: file.webkitRelativePath.split("/").slice(0, -1).join("/") })));
      input.remove();
      // Enter is meant for the launch now, and no longer for the button that was pressed.
      document.getElementById("main")?.focus({ preventScroll: true });
    });
    input.addEventListener("cancel", () => input.remove());
    document.body.append(input);
    input.click();
  });
})();
