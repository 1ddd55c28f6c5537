/** The whole screen for the page, by the browser's own means. */

/** Asks for the whole screen or gives it back. A browser may refuse; the page then fills its own window. */
export async function fillScreen(whole: boolean): Promise<void> {
  try {
    if (whole) await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    else if (document.fullscreenElement) await document.exitFullscreen();
  } catch {
    // Refused, as in a frame or without a gesture: the viewer fills the page all the same.
  }
}

/** Hears when the person left full screen by the browser's own key. */
export function onScreenLeft(hear: () => void): () => void {
  const changed = (): void => {
    if (!document.fullscreenElement) hear();
  };
  document.addEventListener("fullscreenchange", changed);
  return () => document.removeEventListener("fullscreenchange", changed);
}
