import { isScrolling } from "../design/scrolls";
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
  /** Acts that end when their key is let go, by that key. */
  readonly #lasting = new Map<string, Act>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Listens on the page until the returned function is called. */
  listen(target: Window): () => void {
    const down = (event: KeyboardEvent): void => this.press(event);
    const up = (event: KeyboardEvent): void => this.#letGo(event.key.toUpperCase());
    const forget = (): void => {
      for (const key of this.#lasting.keys()) this.#letGo(key);
      this.#held.clear();
    };
    target.addEventListener("keydown", down);
    target.addEventListener("keyup", up);
    target.addEventListener("blur", forget);
    return () => {
      target.removeEventListener("keydown", down);
      target.removeEventListener("keyup", up);
      target.removeEventListener("blur", forget);
    };
  }

  #letGo(key: string): void {
    this.#held.delete(key);
    this.#lasting.get(key)?.release?.(this.#desk);
    this.#lasting.delete(key);
  }

  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const key = event.key.toUpperCase();
    const chord = this.#chord(event, key);
    this.#held.add(key);
    const found = this.find(chord, scopeOf(event.target));
    if (isMuted(event, chord) || this.#desk.popup !== null) {
      // Another desk and the palette are always one chord away, whatever is being typed.
      const away = found && (found.id === "app.palette" || found.id.startsWith("desk.")) && chord.startsWith("Ctrl+");
      if (!away || (this.#desk.popup !== null && found.id !== "app.palette")) return;
    } else if (this.#leaveFull(event) || this.#timecodeByKeypad(event)) return;
    if (!found) return;
    event.preventDefault();
    // A held verdict key must not run through the list, and a held M must not put a row of markers.
    if (event.repeat && !found.repeats) return;
    this.#desk.pressedAt = event.timeStamp;
    found.run(this.#desk);
    if (found.release) this.#lasting.set(key, found);
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

  #leaveFull(event: KeyboardEvent): boolean {
    if (event.key !== "Escape" || !this.#desk.full) return false;
    event.preventDefault();
    this.#desk.showFull(false);
    return true;
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
  if (isScrolling(target, chord)) return true;
  const typing =
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["button", "checkbox", "radio", "range"].includes(target.type));
  if (typing) return true;
  const presses = chord === "Enter" || chord === "Space";
  return presses && target.closest("button, a[href], summary, input, [role=option]") !== null;
}

function scopeOf(target: EventTarget | null): "list" | "stage" {
  return target instanceof Element && target.closest("[data-scope=list]") ? "list" : "stage";
}

/** Two acts that one key cannot serve. */
export interface Clash {
  chord: string;
  acts: [Act, Act];
}

/** A list and the stage have the focus in turn, so they may share a key; review keys win over either. */
function meet(a: Scope, b: Scope): boolean {
  const besideReview = (one: Scope, other: Scope): boolean =>
    one === "review" && (other === "stage" || other === "list");
  return a === b || besideReview(a, b) || besideReview(b, a);
}

/** The acts that hold `chord` where `wanted` needs it. */
export function holders(wanted: Act, chord: string, bindings: Record<string, string[]>): Act[] {
  return ACTS.filter(
    (other) => other !== wanted && meet(wanted.scope, other.scope) && keysOf(other, bindings).includes(chord),
  );
}

/** Every pair of acts that are in each other's way. */
export function clashes(bindings: Record<string, string[]>): Clash[] {
  const found: Clash[] = [];
  for (const [i, one] of ACTS.entries()) {
    for (const chord of keysOf(one, bindings)) {
      for (const other of holders(one, chord, bindings)) {
        if (ACTS.indexOf(other) > i) found.push({ chord, acts: [one, other] });
      }
    }
  }
  return found;
}
