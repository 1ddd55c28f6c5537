import type { Answer, Order, ProposalRow } from "../backend";

type Proposals = Answer<"proposals">;

/**
 * Puts the rows that changed in place of the old ones. Nothing else moves, so that a long list is neither sent nor sorted
 * again for one verdict; rows that are new are sorted in as the program would have.
 */
export function withChanges(held: Proposals, changed: Proposals, order: Order): Proposals {
  if (changed.whole) return changed;
  const { tally, version } = changed;
  const kept = { tally, version, whole: true, gone: [] };
  if (changed.proposals.length === 0 && changed.gone.length === 0) return { ...kept, proposals: held.proposals };
  const fresh = new Map(changed.proposals.map((row) => [row.id, row]));
  const gone = new Set(changed.gone);
  const rows: ProposalRow[] = [];
  for (const row of held.proposals) {
    const now = fresh.get(row.id);
    fresh.delete(row.id);
    if (now) rows.push(now);
    else if (!gone.has(row.id)) rows.push(row);
  }
  if (fresh.size > 0) rows.push(...fresh.values());
  return { ...kept, proposals: fresh.size > 0 ? rows.sort(order === "time" ? byTime : byWorth) : rows };
}

function byTime(a: ProposalRow, b: ProposalRow): number {
  return compared(a.asset, b.asset) || a.start_frame - b.start_frame || compared(a.id, b.id);
}

function byWorth(a: ProposalRow, b: ProposalRow): number {
  return decided(a) - decided(b) || b.worth - a.worth || byTime(a, b);
}

function decided(row: ProposalRow): number {
  return row.state === "circled" || row.state === "rejected" ? 1 : 0;
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
