import type { HistoryEntry, ProposalRow, Verdict } from "../backend";
import type { Notices } from "./notices.svelte";
import type { Queries, Query } from "./queries.svelte";
import type { Writes } from "./writes";

/** Where people disagree: all films at once, each settled with one key. */
export class Conflicts {
  readonly #rows: Query<"proposals">;
  readonly #why: Query<"provenance">;
  readonly #queries: Queries;
  readonly #notices: Notices;
  readonly #writes: Writes;
  #currentId = $state<string | null>(null);
  /** Settled here and not yet known to be: they leave the list at once. */
  #settled = $state.raw(new Set<string>());

  readonly rows = $derived.by((): ProposalRow[] =>
    (this.#rows.data?.proposals ?? []).filter((row) => !this.#settled.has(row.id)),
  );
  readonly fault = $derived.by(() => this.#rows.fault);
  readonly isKnown = $derived.by(() => this.#rows.data !== undefined);
  readonly current = $derived(this.rows.find((row) => row.id === this.#currentId) ?? this.rows[0] ?? null);
  /** What each of them said of it, oldest first. */
  readonly verdicts = $derived.by((): HistoryEntry[] => standingOf(this.#why.data?.history ?? []));

  constructor(queries: Queries, notices: Notices, writes: Writes, isShown: () => boolean) {
    this.#queries = queries;
    this.#notices = notices;
    this.#writes = writes;
    this.#rows = queries.read("proposals", () => (isShown() ? { state: "conflict", order: "time" } : null));
    this.#why = queries.read("provenance", () => (isShown() && this.current ? { proposal: this.current.id } : null));
  }

  pick(id: string): void {
    this.#currentId = id;
  }

  /** Goes so many rows down, or up. */
  move(by: number): void {
    const { rows, current } = this;
    const at = current ? rows.indexOf(current) : 0;
    this.#currentId = rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.id ?? null;
  }

  /** A verdict that has seen all that stand: it settles them, and the next disagreement is at hand. */
  async settle(verdict: Verdict): Promise<void> {
    const { current, rows } = this;
    if (!current) return;
    const next = rows[rows.indexOf(current) + 1] ?? rows[rows.indexOf(current) - 1];
    this.#settled = new Set(this.#settled).add(current.id);
    this.#currentId = next?.id ?? null;
    try {
      await this.#writes.inOrder(() => this.#queries.backend.call("decide", { ids: [current.id], verdict }));
    } catch (thrown) {
      this.#notices.fail(thrown);
    } finally {
      this.#queries.stale(["proposals", "assets", "undo"]);
      // What the program says holds from now on, also that somebody disagreed again.
      const left = new Set(this.#settled);
      left.delete(current.id);
      this.#settled = left;
    }
  }
}

/** Of all that was ever said, what stands. */
export function standingOf(history: readonly HistoryEntry[]): HistoryEntry[] {
  return history.filter((entry) => entry.standing && !entry.undone).sort((a, b) => a.millis - b.millis);
}
