import { untrack } from "svelte";
import type { Answer, AssetFilter, AssetRow, Request } from "../backend";
import type { Queries } from "./queries.svelte";
import { Windows } from "./windows.svelte";

/** As many assets named elsewhere have their rows kept. */
const MOST_NAMED = 1000;

/** The library: windows of it, however long it is, and what it holds altogether. */
export class Library {
  filter = $state<AssetFilter>("all");
  words = $state("");
  readonly rows: Windows<AssetRow>;
  readonly #queries: Queries;
  #said = $state.raw<Answer<"assets"> | null>(null);

  /** How many assets there are whatever is shown; null until that is known. */
  readonly total = $derived(this.#said?.total ?? null);
  /** Whether a search found more than it counts. */
  readonly more = $derived(this.#said?.more ?? false);
  /** What waits for a person in all of them. */
  readonly openCount = $derived((this.#said?.tally.open ?? 0) + this.conflicts);
  readonly fault = $derived.by(() => this.rows.fault);

  constructor(queries: Queries) {
    this.#queries = queries;
    this.rows = new Windows(async (offset, limit) => {
      const answer = await queries.backend.call("assets", { ...this.shown, offset, limit });
      this.#said = answer;
      return { rows: answer.assets, count: answer.count };
    });
    $effect.pre(() => {
      void this.shown;
      this.rows.other();
    });
    queries.join({
      dependsOnAny: (tags) => tags.includes("assets") || tags.includes("comments"),
      again: () => this.rows.again(),
      close: () => this.rows.close(),
    });
  }

  /** Disagreements in all films. */
  get conflicts(): number {
    return this.#said?.tally.conflict ?? 0;
  }

  /** Which assets are shown. */
  get shown(): Request<"assets"> {
    const words = this.words.trim();
    return { filter: this.filter, ...(words ? { words } : {}) };
  }

  /** The row of an asset, when it is among those that are here. */
  held(id: string): AssetRow | undefined {
    return this.rows.held.find((row) => row.id === id);
  }

  /** How many stand before an asset in what is shown now; null when that is not known. */
  async placeOf(id: string): Promise<number | null> {
    const here = this.rows.placeOf(id);
    if (here !== null) return here;
    if (this.words.trim() !== "") return null;
    const { place } = await this.#queries.backend.call("assets", { ...this.shown, place_of: id, limit: 0 });
    return place ?? null;
  }

  /** The rows of assets that a part of the desk names, by their ids, while it is shown. */
  named(ids: () => Iterable<string>): { readonly rows: ReadonlyMap<string, AssetRow> } {
    let rows = $state.raw<ReadonlyMap<string, AssetRow>>(new Map());
    const { backend } = this.#queries;
    const bring = async (missing: string[]): Promise<void> => {
      const answer = await backend.call("assets", { ids: missing });
      const all = [...rows, ...answer.assets.map((row): [string, AssetRow] => [row.id, row])];
      rows = new Map(all.slice(-MOST_NAMED));
    };
    $effect(() => {
      const wanted = new Set(ids());
      const missing = untrack(() => [...wanted].filter((id) => !rows.has(id)).slice(0, MOST_NAMED));
      // A name that does not come is shown as none; the list that it belongs to says what is wrong.
      if (missing.length > 0) bring(missing).catch(() => undefined);
    });
    return {
      get rows() {
        return rows;
      },
    };
  }
}
