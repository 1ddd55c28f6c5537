import type { Desk } from "../state/desk.svelte";
import { ACTS, keysOf, type Act, type Scope } from "./acts";
import { chordOf, keypadDigit } from "./chords";

/** Keys of one scope win over those of the next. */
const PRECEDENCE: Record<"list" | "stage", readonly Scope[]> = {
  list: ["review", "list", "stage", "global"],
  stage: ["review", "stage", "global", "list"],
};

/** Turns key presses into acts: by scope of what has focus, with the person's own bindings. */
export class Keymap {
  readonly #desk: Desk;
  readonly #held = new Set<string>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Listens on the page until the returned function is called. */
  listen(target: Window): () => void {
    const down = (event: KeyboardEvent): void => this.press(event);
    const up = (event: KeyboardEvent): void => void this.#held.delete(event.key.toUpperCase());
    const forget = (): void => this.#held.clear();
    target.addEventListener("keydown", down);
    target.addEventListener("keyup", up);
    target.addEventListener("blur", forget);
    return () => {
      target.removeEventListener("keydown", down);
      target.removeEventListener("keyup", up);
      target.removeEventListener("blur", forget);
    };
  }

  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const key = event.key.toUpperCase();
    const chord = this.#chord(event, key);
    this.#held.add(key);
    if (isMuted(event, chord) || (this.#desk.popup !== null && chord !== "Ctrl+K")) return;
    if (this.#timecodeByKeypad(event)) return;
    const found = this.find(chord, scopeOf(event.target));
    if (!found) return;
    event.preventDefault();
    // A held verdict key must not run through the list.
    if (event.repeat && found.scope === "review") return;
    this.#desk.pressedAt = event.timeStamp;
    found.run(this.#desk);
    this.#desk.pressedAt = 0;
  }

  /** The act for a chord where focus is, if it can be done now. */
  find(chord: string, focus: "list" | "stage"): Act | undefined {
    for (const scope of PRECEDENCE[focus]) {
      if (scope === "list" && focus !== "list") continue;
      const found = ACTS.find(
        (act) => act.scope === scope && keysOf(act, this.#desk.bindings).includes(chord) && act.when(this.#desk),
      );
      if (found) return found;
    }
    return undefined;
  }

  /** `K+J` and its kind: a letter pressed while another is held. */
  #chord(event: KeyboardEvent, key: string): string {
    const plain = chordOf(event);
    if (event.ctrlKey || event.metaKey || event.altKey) return plain;
    for (const held of this.#held) {
      const both = `${held}+${key}`;
      if (held !== key && ACTS.some((act) => keysOf(act, this.#desk.bindings).includes(both))) return both;
    }
    return plain;
  }

  #timecodeByKeypad(event: KeyboardEvent): boolean {
    const digit = keypadDigit(event);
    const { transport } = this.#desk;
    if (digit === null || this.#desk.name !== "review" || transport.frames === 0) return false;
    event.preventDefault();
    transport.entry = digit;
    return true;
  }
}

/** Keys are mute while somebody types, and Enter and Space on a button press it. */
function isMuted(event: KeyboardEvent, chord: string): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  const typing =
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["button", "checkbox", "radio", "range"].includes(target.type));
  if (typing) return !["Ctrl+K", "Ctrl+1", "Ctrl+2", "Ctrl+3"].includes(chord);
  const presses = chord === "Enter" || chord === "Space";
  return presses && target.closest("button, a[href], summary, input, [role=option]") !== null;
}

function scopeOf(target: EventTarget | null): "list" | "stage" {
  return target instanceof Element && target.closest("[data-scope=list]") ? "list" : "stage";
}

/** Chords that two acts of one scope share, in words. */
export function clashes(bindings: Record<string, string[]>): string[] {
  const seen = new Map<string, Act>();
  const found: string[] = [];
  for (const act of ACTS) {
    for (const chord of keysOf(act, bindings)) {
      const other = seen.get(`${act.scope} ${chord}`);
      if (other) found.push(`${chord}: ${other.label} and ${act.label}`);
      else seen.set(`${act.scope} ${chord}`, act);
    }
  }
  return found;
}
