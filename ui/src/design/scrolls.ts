/**
 * Attachment for everything that may scroll: while its content is larger than it, it can be reached with Tab and moved with
 * the keyboard. It is then a region of this name, unless it has a role and a name of its own (`null`). Without an overflow it
 * is no stop on the way.
 */
export function scrolls(label: string | null = null): (element: HTMLElement) => () => void {
  return (element) => {
    const look = (): void => {
      const over = element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1;
      if (over === (element.dataset["scrolls"] === "yes")) return;
      // Whoever stands in it is not thrown out because the content became shorter.
      if (!over && document.activeElement === element) return;
      mark(element, over, label);
    };
    const sizes = new ResizeObserver(look);
    const watched = new Set<Element>();
    const watch = (): void => {
      for (const child of watched) {
        if (child === element || child.parentElement === element) continue;
        watched.delete(child);
        sizes.unobserve(child);
      }
      for (const child of [element, ...element.children]) {
        if (watched.has(child)) continue;
        watched.add(child);
        sizes.observe(child);
      }
      look();
    };
    const contents = new MutationObserver(watch);
    contents.observe(element, { childList: true, subtree: true, characterData: true });
    element.addEventListener("blur", look);
    watch();
    return () => {
      sizes.disconnect();
      contents.disconnect();
      element.removeEventListener("blur", look);
      mark(element, false, label);
    };
  };
}

function mark(element: HTMLElement, over: boolean, label: string | null): void {
  if (over) {
    element.dataset["scrolls"] = "yes";
    element.tabIndex = 0;
  } else {
    delete element.dataset["scrolls"];
    element.removeAttribute("tabindex");
  }
  if (label === null) return;
  for (const [name, value] of [
    ["role", "region"],
    ["aria-label", label],
  ] as const) {
    if (over) element.setAttribute(name, value);
    else element.removeAttribute(name);
  }
}

/** Keys that move a region which has the focus, so that they are no keys of the desk there. */
const MOVES = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", "Space"]);

/** Whether this press scrolls what has the focus. */
export function isScrolling(target: EventTarget | null, chord: string): boolean {
  return target instanceof HTMLElement && target.dataset["scrolls"] === "yes" && MOVES.has(chord);
}
