import type { Marker } from "../backend";
import type { Notices } from "./notices.svelte";
import type { Queries, Query } from "./queries.svelte";
import type { Transport } from "./transport.svelte";

/** The markers of the asset at hand: a person's own notes on frames. */
export class Markers {
  /** The one whose note is being written. */
  editing = $state<string | null>(null);

  readonly #queries: Queries;
  readonly #notices: Notices;
  readonly #transport: Transport;
  readonly #asset: () => string | null;
  readonly #answer: Query<"markers">;

  /** In the order of time. */
  readonly list = $derived.by((): readonly Marker[] => this.#answer.data?.markers ?? []);
  readonly fault = $derived.by(() => this.#answer.fault);
  /** The one the playhead stands on. */
  readonly here = $derived.by(() => {
    const { frame } = this.#transport.now;
    return this.list.find((marker) => marker.start_frame <= frame && frame < marker.end_frame) ?? null;
  });

  constructor(queries: Queries, notices: Notices, transport: Transport, asset: () => string | null) {
    this.#queries = queries;
    this.#notices = notices;
    this.#transport = transport;
    this.#asset = asset;
    this.#answer = queries.read("markers", () => {
      const id = asset();
      return id ? { asset: id } : null;
    });
    $effect.pre(() => {
      asset();
      this.editing = null;
    });
  }

  /** Puts one under the playhead; where there is one already its note is written. */
  async put(): Promise<void> {
    const asset = this.#asset();
    if (asset === null) return;
    if (this.here) {
      this.editing = this.here.id;
      return;
    }
    const { frame } = this.#transport.now;
    await this.#ask(this.#queries.backend.call("put_marker", { asset, frame }));
  }

  async note(marker: Marker, note: string): Promise<void> {
    this.editing = null;
    if (note !== marker.note) await this.#ask(this.#queries.backend.call("edit_marker", { marker: marker.id, note }));
  }

  async remove(marker: Marker): Promise<void> {
    this.editing = null;
    await this.#ask(this.#queries.backend.call("remove_marker", { marker: marker.id }));
  }

  /** To the nearest one that way. */
  go(way: 1 | -1): void {
    const { frame } = this.#transport.now;
    const starts = this.list.map((marker) => marker.start_frame);
    const beyond = starts.filter((start) => (way > 0 ? start > frame : start < frame));
    if (beyond.length > 0) this.#transport.seek(way > 0 ? Math.min(...beyond) : Math.max(...beyond));
  }

  async #ask(work: Promise<unknown>): Promise<void> {
    try {
      await work;
      this.#queries.stale(["markers", "undo"]);
    } catch (thrown) {
      this.#notices.fail(thrown);
    }
  }
}
