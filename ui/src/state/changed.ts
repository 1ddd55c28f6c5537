import type { Answer, ProposalRow } from "../backend";

type Proposals = Answer<"proposals">;

/**
 * Puts the rows that changed in place of the old ones. Nothing else moves, so that a long list is neither sent nor sorted
 * again for one verdict. Null when there are rows that are new: where they stand only the program knows, which orders by
 * what was proposed.
 */
export function withChanges(held: Proposals, changed: Proposals): Proposals | null {
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
  return fresh.size > 0 ? null : { ...kept, proposals: rows };
}
