import type { Backend, LakeState, Transfer } from "../backend";
import { clock, count } from "../design/words";
import type { Queries, Query } from "./queries.svelte";

/** Something that happened so long ago is "now". */
const JUST_NOW_MILLIS = 5000;
/** How often words that hold a time are said anew. */
const SAY_EVERY_MILLIS = 5000;

/** Whether the lake can be reached, what waits, and what is on its way. */
export class Lake {
  readonly #state: Query<"lake_state">;
  readonly #backend: Backend;
  #now = $state(Date.now());

  readonly state = $derived.by((): LakeState | null => this.#state.data ?? null);
  readonly fault = $derived.by(() => this.#state.fault);
  /** A lake on this machine is always there: nothing is said of it. */
  readonly isFar = $derived(this.state !== null && this.state.standing !== "here");
  /** Anything a person should know of before they rely on it. */
  readonly isAway = $derived(this.state !== null && ["offline", "signed_out", "refused"].includes(this.state.standing));
  readonly words = $derived(this.state ? lakeWords(this.state, this.#now) : "");

  constructor(backend: Backend, queries: Queries) {
    this.#backend = backend;
    this.#state = queries.read("lake_state", () => ({}));
    $effect(() => {
      if (!this.isFar) return;
      const said = setInterval(() => (this.#now = Date.now()), SAY_EVERY_MILLIS);
      return () => clearInterval(said);
    });
  }

  /** What is on its way to this machine for an asset. */
  comingOf(asset: string): Transfer | null {
    const coming = (this.state?.fetching ?? []).filter((transfer) => transfer.asset === asset);
    return coming.find((transfer) => transfer.done_bytes !== undefined) ?? coming[0] ?? null;
  }

  /** Asks the lake at once, and sends what it did not take once more. */
  tryNow(): Promise<unknown> {
    return this.#backend.call("try_lake", {});
  }
}

/** What waits to be sent, in words; empty when nothing does. */
export function waitingWords(state: LakeState): string {
  const parts = [
    state.waiting_entries > 0 ? count(state.waiting_entries, "decision") : "",
    state.waiting_objects > 0 ? count(state.waiting_objects, "file") : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** How the lake stands, in the few words the top bar has room for. */
export function lakeWords(state: LakeState, now: number): string {
  const waiting = waitingWords(state);
  const waits = waiting ? ` · ${waiting} waiting` : "";
  switch (state.standing) {
    case "here":
      return "on this machine";
    case "unknown":
      return `not asked yet${waits}`;
    case "offline":
      return `offline since ${clock(state.since_millis)}${waits}`;
    case "signed_out":
      return `signed out${waits}`;
    case "refused":
      return `no way in${waits}`;
    case "reached": {
      const refused = state.refused_objects > 0 ? ` · ${count(state.refused_objects, "file")} not taken` : "";
      if (waiting)
        return `${state.paused && state.waiting_entries === 0 ? "paused" : "sending"} · ${waiting}${refused}`;
      const ago = now - (state.reached_millis ?? now);
      return `synced ${ago < JUST_NOW_MILLIS ? "now" : clock(state.reached_millis ?? now)}${refused}`;
    }
  }
}
