import { SvelteMap } from "svelte/reactivity";
import type { Marker } from "../backend";
import type { Notices } from "./notices.svelte";
import type { Queries, Query } from "./queries.svelte";
import type { Transport } from "./transport.svelte";
import type { Writes } from "./writes";

/** The markers of the asset at hand: a person's own notes on frames. */
export class Markers {
  /** The one whose note is being written. */
  editing = $state<string | null>(null);
  /** Notes the program refused, by marker: they stay to be written again. */
  readonly unwritten = new SvelteMap<string, string>();

  readonly #queries: Queries;
  readonly #notices: Notices;
  readonly #writes: Writes;
  readonly #transport: Transport;
  readonly #asset: () => string | null;
  readonly #answer: Query<"markers">;
  /** The one being put, until the program has it. */
  #putting: Promise<void> | null = null;
  /** The note being written: leaving its field while the program writes it asks for nothing more. */
  #writing: string | null = null;

  /** In the order of time. */
  readonly list = $derived.by((): readonly Marker[] => this.#answer.data?.markers ?? []);
  readonly fault = $derived.by(() => this.#answer.fault);
  /** The one the playhead stands on. */
  readonly here = $derived.by(() => this.#on(this.#transport.now.frame));
  /** What the timeline's picture shows of them: the same text, the same flags. */
  readonly flags = $derived(JSON.stringify(this.list));

  constructor(queries: Queries, notices: Notices, writes: Writes, transport: Transport, asset: () => string | null) {
    this.#queries = queries;
    this.#notices = notices;
    this.#writes = writes;
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
    const { frame } = this.#transport.now;
    // Pressed again before the first one is written, the key means that one.
    while (this.#putting) await this.#putting;
    if (asset !== this.#asset()) return;
    const there = this.#on(frame);
    if (there) {
      this.editing = there.id;
      return;
    }
    this.#putting = this.#ask(async () => {
      const { marker } = await this.#queries.backend.call("put_marker", { asset, frame });
      const others = this.list.filter((each) => each.id !== marker.id);
      this.#show(asset, [...others, marker]);
    }).then(() => {
      this.#putting = null;
    });
    await this.#putting;
  }

  /** Writes a note; its field stays open until the program has it, so that a refused one is not lost. */
  async note(marker: Marker, note: string): Promise<void> {
    const wanted = `${marker.id} ${note}`;
    if (this.#writing === wanted) return;
    if (note !== marker.note) {
      this.#writing = wanted;
      const written = await this.#ask(async () => {
        const { marker: now } = await this.#queries.backend.call("edit_marker", { marker: marker.id, note });
        this.#show(
          now.asset,
          this.list.map((each) => (each.id === now.id ? now : each)),
        );
      });
      if (this.#writing === wanted) this.#writing = null;
      if (!written) {
        this.unwritten.set(marker.id, note);
        return;
      }
    }
    this.unwritten.delete(marker.id);
    if (this.editing === marker.id) this.editing = null;
  }

  /** Gives one other frames. */
  async retime(marker: Marker, to: { start: number; end: number } | undefined): Promise<boolean> {
    if (!to) return false;
    return this.#ask(async () => {
      const { marker: now } = await this.#queries.backend.call("edit_marker", {
        marker: marker.id,
        start_frame: to.start,
        end_frame: to.end,
      });
      this.#show(
        now.asset,
        this.list.map((each) => (each.id === now.id ? now : each)),
      );
    });
  }

  /** Leaves a note as it was. */
  drop(marker: Marker): void {
    this.unwritten.delete(marker.id);
    if (this.editing === marker.id) this.editing = null;
  }

  async remove(marker: Marker): Promise<void> {
    this.drop(marker);
    await this.#ask(() => this.#queries.backend.call("remove_marker", { marker: marker.id }));
  }

  /** To the nearest one that way. */
  go(way: 1 | -1): void {
    const { frame } = this.#transport.now;
    const starts = this.list.map((marker) => marker.start_frame);
    const beyond = starts.filter((start) => (way > 0 ? start > frame : start < frame));
    if (beyond.length > 0) this.#transport.seek(way > 0 ? Math.min(...beyond) : Math.max(...beyond));
  }

  /** The first that covers this frame. */
  #on(frame: number): Marker | null {
    return this.list.find((marker) => marker.start_frame <= frame && frame < marker.end_frame) ?? null;
  }

  /** Shows what the program answered at once, before the list is read again; not in the list of another asset. */
  #show(asset: string, markers: Marker[]): void {
    if (asset !== this.#asset() || this.#answer.data === undefined) return;
    this.#answer.put({ markers: markers.sort((a, b) => a.start_frame - b.start_frame) });
  }

  async #ask(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.#writes.inOrder(work);
      this.#queries.stale(["markers", "undo"]);
      return true;
    } catch (thrown) {
      this.#notices.fail(thrown);
      return false;
    }
  }
}
