import type { ProposalRow } from "../backend";

/** The proposals of one kind in the order of the film, so that what lies in a part of it is found without reading them all. */
export class LaneRows {
  /** By first frame. */
  readonly rows: readonly ProposalRow[];
  /** The latest end among the rows up to each: whether anything before may still reach into a part. */
  readonly #reach: Float64Array;

  constructor(rows: ProposalRow[]) {
    this.rows = rows.sort(byStart);
    this.#reach = new Float64Array(rows.length);
    let reach = Number.NEGATIVE_INFINITY;
    for (const [i, row] of this.rows.entries()) this.#reach[i] = reach = Math.max(reach, row.end_secs);
  }

  /** What lies in the time from `from` to `to`, or reaches into it; what only touches it does not. */
  within(from: number, to: number): ProposalRow[] {
    const found: ProposalRow[] = [];
    for (let i = first(this.rows.length, (at) => (this.#reach[at] ?? 0) > from); i < this.rows.length; i += 1) {
      const row = this.rows[i];
      if (!row || row.start_secs >= to) break;
      if (row.end_secs > from) found.push(row);
    }
    return found;
  }

  /** What begins from `from` up to, not including, `to`. */
  beginning(from: number, to: number): ProposalRow[] {
    const at = (secs: number): number => first(this.rows.length, (i) => (this.rows[i]?.start_secs ?? 0) >= secs);
    return this.rows.slice(at(from), at(to));
  }
}

/** One lane for each kind. */
export function lanesOf(rows: readonly ProposalRow[]): ReadonlyMap<string, LaneRows> {
  const kinds = new Map<string, ProposalRow[]>();
  for (const row of rows) {
    const lane = kinds.get(row.kind);
    if (lane) lane.push(row);
    else kinds.set(row.kind, [row]);
  }
  return new Map([...kinds].map(([kind, lane]) => [kind, new LaneRows(lane)]));
}

export function byStart(a: ProposalRow, b: ProposalRow): number {
  return a.start_frame - b.start_frame || a.end_frame - b.end_frame;
}

/** The first index of which `holds` is true; from there on it stays so. */
function first(length: number, holds: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
