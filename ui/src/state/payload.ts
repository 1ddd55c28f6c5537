import type { Area, ProposalRow, Reason } from "../backend";

// Payloads of kinds that a later version makes may hold anything, so every field is looked at before it is believed.

function field(row: ProposalRow, name: string): unknown {
  return row.edit?.[name] ?? row.payload[name];
}

/** Boxes seen in the picture, in thousandths of it. */
export function areasOf(row: ProposalRow): Area[] {
  const many = field(row, "areas");
  const one = field(row, "area");
  return [...(Array.isArray(many) ? many : []), one].filter(isArea);
}

function isArea(value: unknown): value is Area {
  return (
    typeof value === "object" &&
    value !== null &&
    ["left_permille", "top_permille", "width_permille", "height_permille"].every(
      (name) => typeof (value as Record<string, unknown>)[name] === "number",
    )
  );
}

/** The words of a cue or of text in the picture; null when the kind has none. */
export function wordsOf(row: ProposalRow): string | null {
  const words = field(row, "text");
  return typeof words === "string" ? words : null;
}

/** What a score is made of, strongest first. */
export function reasonsOf(row: ProposalRow): Reason[] {
  const reasons = field(row, "reasons");
  if (!Array.isArray(reasons)) return [];
  return reasons.filter(
    (reason): reason is Reason =>
      typeof reason === "object" && reason !== null && "signal" in reason && "share_permille" in reason,
  );
}

/** The number shown quietly beside a proposal; null when the engine gives none. */
export function shownConfidence(row: ProposalRow): string | null {
  return row.confidence === null ? null : row.confidence.toFixed(2);
}

/** The range in force: as edited, else as proposed. */
export function rangeOf(row: ProposalRow): { start: number; end: number } {
  const start = row.edit?.["start_frame"];
  const end = row.edit?.["end_frame"];
  return {
    start: typeof start === "number" ? start : row.start_frame,
    end: typeof end === "number" ? end : row.end_frame,
  };
}
