/** Keys that move in a list of choices or open it; any other one after a pointer means the desk. */
const ITS_OWN: ReadonlySet<string> = new Set([
  ...["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown", "Enter", " ", "Tab"],
  ...["Shift", "Control", "Alt", "Meta"],
]);

/**
 * Gives the focus back after a list of choices was opened by pointer, whether something was chosen or it was left with Escape: it
 * takes keys for itself, and the hand that goes back to the keyboard means the desk. Who chooses by keyboard stays where they are.
 */
export function keepsKeys(choice: HTMLSelectElement): () => void {
  let byPointer = false;
  const pointed = (): void => void (byPointer = true);
  const typed = (event: KeyboardEvent): void => {
    if (!byPointer || isOpen(choice)) return;
    if (ITS_OWN.has(event.key)) {
      byPointer = false;
      return;
    }
    leave();
    if (event.key === "Escape") return;
    // It is heard as if the list had never had the focus.
    event.preventDefault();
    event.stopPropagation();
    document.body.dispatchEvent(new KeyboardEvent("keydown", event));
  };
  const leave = (): void => {
    byPointer = false;
    choice.blur();
  };
  const chosen = (): void => {
    if (byPointer) leave();
  };
  choice.addEventListener("pointerdown", pointed);
  choice.addEventListener("keydown", typed);
  choice.addEventListener("change", chosen);
  return () => {
    choice.removeEventListener("pointerdown", pointed);
    choice.removeEventListener("keydown", typed);
    choice.removeEventListener("change", chosen);
  };
}

/** Whether its list is open. Where that cannot be asked the list is a menu of the window system's, which takes all keys while it is. */
function isOpen(choice: HTMLSelectElement): boolean {
  try {
    return choice.matches(":open");
  } catch {
    return false;
  }
}
