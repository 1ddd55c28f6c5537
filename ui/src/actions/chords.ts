/** A key press as text: `Ctrl+Shift+Z`, `ArrowLeft`, `?`, `=`. `Ctrl` stands for Ctrl and Cmd alike. */
export function chordOf(event: KeyboardEvent): string {
  const key = nameOf(event);
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  // Shift is part of a sign such as "?", and counts only for letters, arrows and the like.
  if (event.shiftKey && (key.length > 1 || /[\p{L}0-9]/u.test(key))) parts.push("Shift");
  parts.push(key);
  return parts.join("+");
}

function nameOf(event: KeyboardEvent): string {
  if (event.key === " ") return "Space";
  return event.key.length === 1 ? event.key.toUpperCase() : event.key;
}

const SHOWN: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Backspace: "⌫",
  Escape: "Esc",
  PageUp: "PgUp",
  PageDown: "PgDn",
};
const ON_MAC: Record<string, string> = { Ctrl: "⌘", Shift: "⇧", Alt: "⌥" };

/** A chord as a person reads it on their keyboard. */
export function shownChord(chord: string, mac = isMac()): string {
  if (chord === "+") return "+";
  const parts = chord.split("+").map((part) => (mac ? ON_MAC[part] : undefined) ?? SHOWN[part] ?? part);
  return parts.join(mac ? "" : " ");
}

function isMac(): boolean {
  return typeof navigator !== "undefined" && /Mac/.test(navigator.platform);
}

/** A digit of the number block, which opens the timecode field. */
export function keypadDigit(event: KeyboardEvent): string | null {
  return /^Numpad[0-9]$/.test(event.code) && !event.ctrlKey && !event.metaKey && !event.altKey ? event.key : null;
}
