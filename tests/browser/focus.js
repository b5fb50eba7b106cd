// Given to a page by a test: what can be pressed or filled in, and how the focus shows on each of them.
() => {
  const withoutPseudo = [null, "::before", "::after"];
  const lineOf = (style) => [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor, style.strokeWidth];
  const partsOf = (element) => [element, element.parentElement, ...element.querySelectorAll(":scope > rect")];
  const lookOf = (element) =>
    partsOf(element)
      .flatMap((part) => withoutPseudo.flatMap((pseudo) => lineOf(getComputedStyle(part, pseudo))))
      .join();

  const canBeReached = (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    !element.disabled &&
    element.tabIndex >= 0 &&
    !element.closest("[inert]");

  // Radio buttons of one group share one stop.
  const groupOf = (element) => (element.type === "radio" ? `${element.name} ${element.form?.id}` : null);
  const isFirst = (element, place, all) =>
    groupOf(element) === null || all.findIndex((other) => groupOf(other) === groupOf(element)) === place;

  const controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter(canBeReached)
    .filter(isFirst);
  const plain = controls.map(lookOf);

  // A mark on a document's page is pressed on its rectangle: its box has the tag's height too, and nothing beside the tag.
  const pressedPartOf = (element) => element.querySelector(":scope > rect") ?? element;

  const isOnTop = (element) => {
    const box = pressedPartOf(element).getBoundingClientRect();
    const hit = document.elementFromPoint(box.x + Math.min(box.width / 2, 60), box.y + Math.min(box.height / 2, 20));
    return Boolean(hit) && (element.contains(hit) || hit.contains(element) || hit.closest("label")?.control === element);
  };

  // The number of the control that has the focus, and what is wrong with how it shows.
  window.lookAtFocus = () => {
    const element = document.activeElement;
    const number = controls.findIndex((control) => control === element || (groupOf(element) && groupOf(control) === groupOf(element)));
    if (number < 0) return [number, ""];
    if (controls[number] === element && lookOf(element) === plain[number]) return [number, "does not show the focus"];
    return [number, isOnTop(element) ? "" : "is covered or out of sight"];
  };
  return controls.map((control) => control.outerHTML.slice(0, 140));
};
