import { SvelteSet } from "svelte/reactivity";
import type { Changed, Order, ProposalRow, ProposalState, Tally, Verdict } from "../backend";
import type { Span } from "../time/trims";
import { withChanges } from "./changed";
import { lanesOf } from "./lanes";
import { fromListing, plain } from "./listing";
import type { Notices } from "./notices.svelte";
import type { Queries, Query } from "./queries.svelte";
import type { Writes } from "./writes";

/** Which proposals the list shows. */
export type Shown = "undecided" | "all" | "circled" | "rejected";

const AFTER: Record<Verdict, ProposalState> = { circle: "circled", reject: "rejected", retract: "open" };

/** Between two verdicts of somebody who goes through a list. */
const PACE_MILLIS = 900;
/** How soon somebody else's verdicts show. */
const OTHERS_MILLIS = 150;
/** A painted verdict older than this gives way to what a fresh answer says. */
const OVERTAKEN_MILLIS = 1500;

/** Words about the act that undo takes back; a later act makes them untrue. */
const LAST_ACT = "the last act";

/** What replaces fields of a proposal. */
type Edit = Record<string, unknown>;
/** The same for several, by their ids. */
type Edits = Record<string, Edit>;

interface Painted {
  state: ProposalState;
  at: number;
  /** What the hand gave it; without one the answer's holds. */
  edit: Edit | undefined;
}

/** What a verdict may carry. */
export interface VerdictOptions {
  /** Stay on this proposal rather than moving on to the next undecided. */
  stay?: boolean;
  edit?: Edit;
  note?: string;
}

export function isUndecided(state: ProposalState): boolean {
  return state === "open" || state === "conflict";
}

function isAmong(shown: Shown, state: ProposalState): boolean {
  if (shown === "all") return true;
  return shown === "undecided" ? isUndecided(state) : state === shown;
}

/** The proposals of one asset: what is shown, what is selected, and the verdicts, painted before they are written. */
export class Review {
  order = $state<Order>("worth");
  shown = $state<Shown>("all");
  readonly kinds = new SvelteSet<string>();
  cursor = $state<string | null>(null);
  /** Replaced as a whole: of a hundred thousand each on its own would be felt. */
  selected = $state.raw<ReadonlySet<string>>(new Set());
  lastVerdict = $state<Verdict | null>(null);
  editing = $state(false);

  /** Verdicts painted but not yet confirmed by a fresh answer. */
  #painted = $state.raw<ReadonlyMap<string, Painted>>(new Map());
  readonly #queries: Queries;
  readonly #notices: Notices;
  readonly #writes: Writes;
  readonly #answer: Query<"proposals">;
  #anchor: string | null = null;
  #deciding = 0;
  #decidedAt = Number.NEGATIVE_INFINITY;
  #places = new Map<string, number>();
  #placesOf = "";

  /** Every proposal of the asset in the order of the list; rows keep their place while they are being decided. */
  readonly rows = $derived.by(() => this.#inPlace(this.#answer.data?.proposals ?? []));
  /** The same by kind and time. */
  readonly lanes = $derived(lanesOf(this.rows));
  readonly byId = $derived(new Map(this.rows.map((row) => [row.id, row])));
  readonly list = $derived.by(() => {
    const { rows, shown } = this;
    const painted = this.#painted;
    const kinds = new Set(this.kinds);
    if (shown === "all" && kinds.size === 0) return rows;
    return rows.filter(
      (row) => (kinds.size === 0 || kinds.has(row.kind)) && isAmong(shown, painted.get(row.id)?.state ?? row.state),
    );
  });
  /** Where each stands in the list. */
  readonly #listed = $derived(new Map(this.list.map((row, place) => [row.id, place])));
  /** How many stand where, and how many of each kind present are undecided. */
  readonly #counts = $derived.by(() => {
    const painted = this.#painted;
    const tally: Tally = { open: 0, circled: 0, rejected: 0, conflict: 0 };
    const kinds = new Map<string, number>();
    for (const row of this.rows) {
      const state = painted.get(row.id)?.state ?? row.state;
      tally[state] += 1;
      kinds.set(row.kind, (kinds.get(row.kind) ?? 0) + (isUndecided(state) ? 1 : 0));
    }
    return { tally, kinds };
  });
  readonly tally = $derived(this.#counts.tally);
  readonly undecided = $derived(this.tally.open + this.tally.conflict);
  readonly current = $derived(this.cursor === null ? null : (this.byId.get(this.cursor) ?? null));
  /** What a verdict acts on: the selection, or the current proposal. */
  readonly targets = $derived(
    this.selected.size > 1
      ? [...this.selected].filter((id) => this.byId.has(id))
      : this.current
        ? [this.current.id]
        : [],
  );
  /** Kinds present with how many are undecided. */
  readonly presentKinds = $derived(this.#counts.kinds);
  /** Counts verdicts that have been written, whether or not the list was read again. */
  written = $state(0);
  /** Changes with every fresh answer. */
  readonly answered = $derived.by(() => this.#answer.data);
  readonly loading = $derived.by(() => this.#answer.data === undefined && this.#answer.fault === null);
  readonly fault = $derived.by(() => this.#answer.fault);

  constructor(queries: Queries, notices: Notices, writes: Writes, asset: () => string | null) {
    this.#queries = queries;
    this.#notices = notices;
    this.#writes = writes;
    this.#answer = queries.read(
      "proposals",
      () => {
        const id = asset();
        return id ? { asset: id, order: this.order } : null;
      },
      // One's own verdicts are painted already: while they come one after the other, the long list is not read each time.
      () => (performance.now() - this.#decidedAt < PACE_MILLIS ? PACE_MILLIS : OTHERS_MILLIS),
      {
        since: (request, { version }) => ({ ...request, since: version }),
        whole: async (request) => fromListing(await queries.backend.call("listing", request)),
        merged: withChanges,
      },
    );
    let opened: string | null = null;
    $effect.pre(() => {
      const id = asset();
      if (id === opened) return;
      opened = id;
      this.cursor = null;
      this.editing = false;
      this.selected = new Set();
      this.kinds.clear();
      this.#painted = new Map();
    });
    $effect(() => {
      // The first undecided proposal is under the hands as soon as there is one.
      if (this.cursor === null && this.rows.length > 0) {
        const first = this.list.find((row) => isUndecided(this.stateOf(row))) ?? this.list[0];
        if (first) this.select(first.id);
      }
    });
  }

  /** Where a proposal stands in the list; -1 when it is not in it. */
  placeOf(id: string): number {
    return this.#listed.get(id) ?? -1;
  }

  stateOf(row: ProposalRow): ProposalState {
    return this.#painted.get(row.id)?.state ?? row.state;
  }

  /**
   * A row with the edit that the hand has given it, also while the list that will say so is still to be read: what is built on
   * an older one would take a trim back that was just made.
   */
  standing(row: ProposalRow): ProposalRow {
    const edit = this.#painted.get(row.id)?.edit;
    return edit ? { ...plain(row), edit } : row;
  }

  select(id: string): void {
    this.cursor = id;
    this.#anchor = id;
    this.editing = false;
    this.selected = new Set([id]);
  }

  toggle(id: string): void {
    const selected = new Set(this.selected);
    if (selected.size <= 1 || !selected.delete(id)) selected.add(id);
    this.selected = selected;
    this.cursor = id;
    this.#anchor = id;
  }

  /** Selects from where the selection began to `id`. */
  extendTo(id: string): void {
    const from = this.placeOf(this.#anchor ?? this.cursor ?? "");
    const to = this.placeOf(id);
    if (to < 0) return;
    const low = Math.min(from < 0 ? to : from, to);
    this.selected = new Set(this.list.slice(low, Math.max(from, to) + 1).map((row) => row.id));
    this.cursor = id;
  }

  /** Selects these; `cursor` is the one looked at. */
  selectMany(ids: Iterable<string>, cursor?: string): void {
    this.selected = new Set(ids);
    const [first] = this.selected;
    const looked = cursor !== undefined && this.selected.has(cursor) ? cursor : undefined;
    const stays = this.cursor !== null && this.selected.has(this.cursor) ? this.cursor : undefined;
    this.cursor = looked ?? stays ?? first ?? this.cursor;
    this.#anchor = this.cursor;
    this.editing = false;
  }

  selectAll(): void {
    this.selected = new Set(this.list.map((row) => row.id));
  }

  /** Moves by `steps` rows in the list. */
  move(steps: number, extend = false): void {
    if (this.list.length === 0) return;
    const here = this.placeOf(this.cursor ?? "");
    const to = Math.min(Math.max(0, here < 0 ? 0 : here + steps), this.list.length - 1);
    const row = this.list[to];
    if (!row) return;
    if (extend) this.extendTo(row.id);
    else this.select(row.id);
  }

  /** The next undecided proposal that way, going round at the end. */
  nextUndecided(way: 1 | -1): boolean {
    const count = this.list.length;
    const here = this.placeOf(this.cursor ?? "");
    for (let i = 1; i <= count; i += 1) {
      const row = this.list[(((here + way * i) % count) + count) % count];
      if (row && isUndecided(this.stateOf(row)) && row.id !== this.cursor) {
        this.select(row.id);
        return true;
      }
    }
    return false;
  }

  /** Gives the verdict on the targets: painted at once, written by the program, taken back visibly if it refuses. */
  async decide(verdict: Verdict, options: VerdictOptions = {}): Promise<boolean> {
    const ids = this.targets;
    if (ids.length === 0) return false;
    const many = ids.length > 1;
    this.#paint(
      ids.map((id) => ({ id, state: AFTER[verdict] })),
      () => options.edit,
    );
    this.lastVerdict = verdict;
    this.editing = false;
    if (!options.stay && verdict !== "retract") this.#moveOn(ids);
    return this.#write(ids, verdict, options, many);
  }

  /** A verdict on named proposals, as the bulk dialog gives it. */
  async decideAll(ids: string[], verdict: Verdict): Promise<boolean> {
    this.#paint(ids.map((id) => ({ id, state: AFTER[verdict] })));
    return this.#write(ids, verdict, {}, true);
  }

  /** Gives proposals other ranges: circled as edited, all in one step. What was edited before stays edited. */
  async retime(spans: readonly Span[]): Promise<boolean> {
    const rows = spans.flatMap(({ id }) => this.byId.get(id) ?? []);
    const fresh = rows.filter((row) => this.stateOf(row) !== "circled").length;
    const edits: Edits = {};
    for (const { id, start, end } of spans) {
      const row = this.byId.get(id);
      edits[id] = { ...(row && this.standing(row).edit), start_frame: start, end_frame: end };
    }
    const ids = Object.keys(edits);
    this.#paint(
      ids.map((id) => ({ id, state: "circled" })),
      (id) => edits[id],
    );
    const written = await this.#write(ids, "circle", { edits }, false);
    if (written && fresh > 0) {
      this.#notices.say(`${fresh > 1 ? `${fresh} circled` : "Circled"} as edited. Ctrl Z takes it back.`, LAST_ACT);
    }
    return written;
  }

  async undo(way: "undo" | "redo"): Promise<void> {
    try {
      const undone = await this.#writes.unlessRefused(() => this.#queries.backend.call(way, {}));
      // It was meant for a verdict that has been refused, which said so itself.
      if (undone === null) return;
      const { label, changed, words } = undone;
      this.#paint(changed);
      this.written += 1;
      const first = changed[0];
      const here = changed.some(({ id }) => this.byId.has(id));
      if (first && changed.length === 1 && here) {
        this.select(first.id);
        // A verdict done again moves on as it did the first time: the next key means the next proposal.
        if (way === "redo" && !isUndecided(first.state)) this.nextUndecided(1);
      }
      const where = changed.length > 0 && !here ? " (in another film)" : "";
      // When somebody decided since, what became of that belongs to the answer.
      this.#notices.say(
        [`${way === "undo" ? "Undone" : "Redone"}: ${label}${where}`, words].filter(Boolean).join(". "),
        LAST_ACT,
      );
      // What stands again only the answer knows, and the next key may build on it.
      this.#decidedAt = Number.NEGATIVE_INFINITY;
      this.#queries.stale(["proposals", "markers", "comments", "undo", "assets"]);
    } catch (thrown) {
      this.#notices.fail(thrown);
    }
  }

  async #write(
    ids: string[],
    verdict: Verdict,
    options: VerdictOptions & { edits?: Edits },
    many: boolean,
  ): Promise<boolean> {
    this.#deciding += 1;
    this.#decidedAt = performance.now();
    // What was said of the act before is no longer what undo takes back.
    this.#notices.drop(LAST_ACT);
    try {
      const { changed } = await this.#writes.inOrder(() =>
        this.#queries.backend.call("decide", {
          ids,
          verdict,
          ...(options.edit ? { edit: options.edit } : {}),
          ...(options.edits ? { edits: options.edits } : {}),
          ...(options.note ? { note: options.note } : {}),
        }),
      );
      this.#paint(changed, (id) => this.#painted.get(id)?.edit);
      this.written += 1;
      if (many)
        this.#notices.say(`${ids.length} proposals ${AFTER[verdict]}. Ctrl Z takes it back in one step.`, LAST_ACT);
      else this.#sayWordless(ids, verdict, options.edit);
      this.#queries.stale(["proposals", "undo", "assets"]);
      return true;
    } catch (thrown) {
      const refused = new Set(ids);
      this.#painted = new Map([...this.#painted].filter(([id]) => !refused.has(id)));
      this.#notices.fail(thrown, "Not decided");
      const first = ids[0];
      if (first !== undefined && !many) this.select(first);
      return false;
    } finally {
      this.#deciding -= 1;
    }
  }

  /** A slot in which somebody speaks is no cue yet: that it was circled without words should not pass unseen. */
  #sayWordless(ids: readonly string[], verdict: Verdict, edit: Edit | undefined): void {
    const row = ids[0] === undefined ? undefined : this.byId.get(ids[0]);
    if (verdict !== "circle" || row?.kind !== "cues") return;
    const text = edit?.["text"] ?? this.standing(row).edit?.["text"] ?? row.payload["text"];
    if (typeof text === "string" && text.trim() !== "") return;
    this.#notices.say("Circled a speech slot without words: its subtitle is empty. E writes them.", LAST_ACT);
  }

  /** A verdict moves on: past the decided rows to the next undecided, or stays on the last one. */
  #moveOn(decided: string[]): void {
    const last = decided[decided.length - 1];
    if (decided.length > 1 && last !== undefined) this.cursor = last;
    if (!this.nextUndecided(1) && decided.length > 1 && last !== undefined) this.select(last);
  }

  /**
   * A fresh answer replaces what was painted, unless verdicts are still being written. Rows keep the place they had when
   * the list was first read, so that nothing jumps from under the hands; a new order or a new asset sorts afresh.
   */
  #inPlace(rows: ProposalRow[]): ProposalRow[] {
    if (this.#deciding === 0 && rows.length > 0) queueMicrotask(() => this.#settle(rows));
    const key = `${rows[0]?.asset ?? ""} ${this.order}`;
    if (key !== this.#placesOf || rows.some((row) => !this.#places.has(row.id))) {
      this.#placesOf = key;
      const decidedLast = this.order === "worth" ? rows.toSorted(undecidedFirst) : rows;
      this.#places = new Map(decidedLast.map((row, place) => [row.id, place]));
      return decidedLast;
    }
    const placeOf = (row: ProposalRow): number => this.#places.get(row.id) ?? 0;
    // Rows that were only replaced stand as they stood: sorting a long list again would be felt.
    const inOrder = rows.every((row, i) => i === 0 || placeOf(rows[i - 1] ?? row) <= placeOf(row));
    return inOrder ? rows : rows.toSorted((a, b) => placeOf(a) - placeOf(b));
  }

  #paint(changed: Changed[], editOf: (id: string) => Edit | undefined = () => undefined): void {
    const at = performance.now();
    const painted = new Map(this.#painted);
    for (const { id, state } of changed) painted.set(id, { state, at, edit: editOf(id) });
    this.#painted = painted;
  }

  /** Forgets painted verdicts that the answer agrees with, and old ones that somebody else's verdict has overtaken. */
  #settle(rows: ProposalRow[]): void {
    if (this.#painted.size === 0 || this.#deciding > 0) return;
    const now = performance.now();
    const left = new Map(this.#painted);
    for (const row of rows) {
      const painted = left.get(row.id);
      if (painted && (agrees(row, painted) || now - painted.at > OVERTAKEN_MILLIS)) left.delete(row.id);
    }
    if (left.size < this.#painted.size) this.#painted = left;
  }
}

function agrees(row: ProposalRow, { state, edit }: Painted): boolean {
  const isSame = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(row.edit?.[name]) === JSON.stringify(value);
  return row.state === state && Object.entries(edit ?? {}).every(isSame);
}

function undecidedFirst(a: ProposalRow, b: ProposalRow): number {
  return (isUndecided(a.state) ? 0 : 1) - (isUndecided(b.state) ? 0 : 1);
}
