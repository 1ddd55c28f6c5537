import type { Flagged, OverAnswer } from "../backend";
import type { Notices } from "./notices.svelte";
import type { Queries } from "./queries.svelte";

/** What could lie over the picture at hand, and when it changes. */
export class Over {
  readonly #answer;

  readonly answer = $derived.by<OverAnswer | null>(() => this.#answer.data ?? null);
  readonly flagged = $derived<readonly Flagged[]>(this.answer?.flagged ?? []);

  constructor(queries: Queries, notices: Notices, asset: () => string | null) {
    this.#answer = queries.read("over", () => {
      const id = asset();
      return id ? { asset: id } : null;
    });
    const told = new Set<string>();
    $effect(() => {
      const missing = (this.answer?.missing_scripts ?? []).filter((script) => !told.has(script));
      if (missing.length === 0) return;
      for (const script of missing) told.add(script);
      notices.say(
        `This machine has no face for ${missing.join(", ")}: subtitles written in it show empty boxes. Their words are safe. ` +
          "Install a font such as Noto, then start Circle Take again.",
      );
    });
  }

  /** The first frame over which the same lies as over this one, and the first over which it no longer does. */
  span(frame: number): { start: number; end: number } {
    return spanOf(this.answer?.changes ?? [], frame);
  }

  /** What is flagged at a frame. */
  flagsAt(frame: number): readonly Flagged[] {
    return this.flagged.filter((flag) => flag.start <= frame && frame < flag.end);
  }
}

export function spanOf(changes: readonly number[], frame: number): { start: number; end: number } {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle] ?? Infinity) <= frame) low = middle + 1;
    else high = middle;
  }
  return { start: changes[low - 1] ?? 0, end: changes[low] ?? Infinity };
}
