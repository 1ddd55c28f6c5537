import { chordOf } from "./chords";

const MODIFIERS = new Set(["CONTROL", "SHIFT", "ALT", "META", "ALTGRAPH", "CAPSLOCK", "DEAD", "PROCESS"]);

/** Listens for one chord. `K+J` is J pressed while K is held; the chord counts when a key is let go. */
export class Capture {
  readonly #held = new Set<string>();
  #chord: string | null = null;

  /** A key went down; answers the chord as it stands. */
  down(event: KeyboardEvent): string | null {
    const key = event.key.toUpperCase();
    if (MODIFIERS.has(key) || event.repeat) return this.#chord;
    const [held] = this.#held;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const both = plain && held !== undefined && held !== key && held.length === 1 && key.length === 1;
    this.#chord = both ? `${held}+${key}` : chordOf(event);
    this.#held.add(key);
    return this.#chord;
  }

  /** A key was let go; answers the finished chord, if there is one. */
  up(): string | null {
    const chord = this.#chord;
    this.#chord = null;
    this.#held.clear();
    return chord;
  }
}
