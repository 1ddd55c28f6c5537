import type { Answer, KeymapPreset, Request } from "../backend";
import { ACTS, keysOf, type Act } from "./acts";
import { clashes, holders } from "./keymap";

/** Keys that move about the desk, so that they can be no act's. */
const KEPT = new Set(["Tab", "Shift+Tab", "Enter", "Escape", "Shift+Enter"]);

/** A keymap while it is being changed: nothing of it holds before it is saved. */
export class Rebinding {
  preset = $state<KeymapPreset>("circletake");
  /** What differs from the preset. */
  own = $state.raw<Record<string, string[]>>({});

  readonly #saved: Answer<"keymap">;
  readonly bindings = $derived({ ...this.#usual(), ...this.own });
  readonly clashes = $derived(clashes(this.bindings));
  /** Acts whose keys are not the saved ones. */
  readonly changed = $derived(
    ACTS.filter((act) => !same(keysOf(act, this.bindings), keysOf(act, this.#saved.bindings))),
  );
  readonly dirty = $derived.by(() => this.changed.length > 0 || this.preset !== this.#saved.preset);

  constructor(saved: Answer<"keymap">) {
    this.#saved = saved;
    this.discard();
  }

  keys(act: Act): string[] {
    return keysOf(act, this.bindings);
  }

  /** What the preset binds the act to. */
  usualKeys(act: Act): string[] {
    return keysOf(act, this.#usual());
  }

  isOwn(act: Act): boolean {
    return !same(this.keys(act), this.usualKeys(act));
  }

  /** Acts that would be in the way of `chord` here. */
  inTheWay(act: Act, chord: string): Act[] {
    return holders(act, chord, this.bindings);
  }

  /** Why this chord can be bound to nothing; null when it can. */
  refusal(chord: string): string | null {
    return KEPT.has(chord) ? `${chord} moves about the desk, so no act can have it.` : null;
  }

  /** Gives the act another key; acts in the way lose it. */
  add(act: Act, chord: string): void {
    for (const other of this.inTheWay(act, chord)) this.remove(other, chord);
    if (!this.keys(act).includes(chord)) this.#bind(act, [...this.keys(act), chord]);
  }

  remove(act: Act, chord: string): void {
    this.#bind(
      act,
      this.keys(act).filter((key) => key !== chord),
    );
  }

  /** Back to what the preset says. */
  reset(act: Act): void {
    this.#bind(act, this.usualKeys(act));
  }

  resetAll(): void {
    this.own = {};
  }

  /** Another preset underneath; what the person bound differently stays. */
  choose(preset: KeymapPreset): void {
    this.preset = preset;
    for (const [id, keys] of Object.entries(this.own)) {
      const act = ACTS.find((each) => each.id === id);
      if (act) this.#bind(act, keys);
    }
  }

  discard(): void {
    const { preset, bindings } = this.#saved;
    this.preset = preset;
    const own = ACTS.filter((act) => !same(keysOf(act, bindings), this.usualKeys(act)));
    this.own = Object.fromEntries(own.map((act) => [act.id, keysOf(act, bindings)]));
  }

  request(): Request<"set_keymap"> {
    return { preset: this.preset, bindings: this.own };
  }

  #usual(): Record<string, string[]> {
    return this.#saved.presets[this.preset];
  }

  #bind(act: Act, keys: string[]): void {
    const others = Object.entries(this.own).filter(([id]) => id !== act.id);
    const own: [string, string[]][] = same(keys, this.usualKeys(act)) ? [] : [[act.id, keys]];
    this.own = Object.fromEntries([...others, ...own]);
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}
