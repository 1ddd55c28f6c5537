import type { Marker, ProposalRow, ProposalState, Thread, TimelineItem, TimelineLayout } from "../backend";
import type { Part } from "../time/trims";

/** How near to an edge the pointer holds it. */
const EDGE_PX = 6;
/** Of an item narrower than this each third is one part. */
const NARROW_PX = 3 * EDGE_PX;
/** A marker's flag is held within this. */
const FLAG_PX = 7;
/** A comment's bubble stands this far to the left of its first frame. */
export const BUBBLE_PX = 9;
/** Where flags stand: from the foot of the ruler. */
export const FLAG_HEIGHT_PX = 12;

/** What is measured or picked in the picture stays where it was found; its form can still change it. */
const FOUND: ReadonlySet<string> = new Set(["qc", "faces", "posters"]);

/** Whether a hand may change the edges of this proposal. What was rejected is not in the film any more. */
export function mayTrim(row: ProposalRow, state: ProposalState): boolean {
  return !FOUND.has(row.kind) && state !== "rejected" && state !== "conflict";
}

/** Whether a hand may move it as a whole: a shot is where it is, only its edges can be wrong. */
export function mayMove(row: ProposalRow, state: ProposalState): boolean {
  return mayTrim(row, state) && row.kind !== "shots";
}

/** The item under the pointer: of several the selected one, then the one drawn last. */
export function itemAt(
  layout: TimelineLayout | null,
  x: number,
  y: number,
  current: string | null,
): TimelineItem | null {
  if (!layout || x < layout.gutter_width || y < layout.ruler_height) return null;
  const here = layout.items.filter(
    (item) => x >= item.x && x < item.x + item.width && y >= item.y && y < item.y + item.height,
  );
  return here.find((item) => item.proposal === current) ?? here.at(-1) ?? null;
}

/** Which part of something from `left` to `right` is held at `x`. */
export function partAt(left: number, right: number, x: number): Part {
  const edge = right - left < NARROW_PX ? (right - left) / 3 : EDGE_PX;
  if (x < left + edge) return "start";
  return x >= right - edge ? "end" : "body";
}

/** The marker whose flag or end is under the pointer. */
export function markerAt(
  markers: readonly Marker[],
  layout: TimelineLayout | null,
  xOf: (secs: number) => number,
  x: number,
  y: number,
): { marker: Marker; part: Part } | null {
  if (!layout || y >= layout.ruler_height || y < layout.ruler_height - FLAG_HEIGHT_PX) return null;
  for (const marker of markers.toReversed()) {
    const [from, to] = [xOf(marker.start_secs), xOf(marker.end_secs)];
    if (x >= from - FLAG_PX / 2 && x < from + FLAG_PX) return { marker, part: "body" };
    if (to - from > 2 * FLAG_PX && Math.abs(x - to) < EDGE_PX) return { marker, part: "end" };
  }
  return null;
}

/** The comment whose bubble is under the pointer; a marker's flag flies to the other side. */
export function threadAt(
  threads: readonly Thread[],
  layout: TimelineLayout | null,
  xOf: (secs: number) => number,
  x: number,
  y: number,
): Thread | null {
  if (!layout || y >= layout.ruler_height || y < layout.ruler_height - FLAG_HEIGHT_PX) return null;
  const holds = ({ start_secs }: Thread): boolean => {
    const right = Math.max(xOf(start_secs), layout.gutter_width + BUBBLE_PX);
    return xOf(start_secs) >= layout.gutter_width && x >= right - BUBBLE_PX && x < right;
  };
  return threads.findLast(holds) ?? null;
}
