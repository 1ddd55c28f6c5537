/**
 * Gives the focus back after a choice made by pointer: a list of choices takes keys for itself, and the hand that goes back
 * to the keyboard means the desk. Who chooses by keyboard stays where they are.
 */
export function keepsKeys(choice: HTMLSelectElement): () => void {
  let byPointer = false;
  const pointed = (): void => void (byPointer = true);
  const typed = (): void => void (byPointer = false);
  const chosen = (): void => {
    if (byPointer) choice.blur();
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
