import type { TimelineItem } from "../../backend";

/** The item that an arrow key leads to: along the lane, or to the nearest one of the lane above or below. */
export function neighbour(items: readonly TimelineItem[], from: TimelineItem, key: string): TimelineItem | null {
  const along = key === "ArrowLeft" || key === "ArrowRight";
  const forward = key === "ArrowRight" || key === "ArrowDown";
  if (along) {
    const lane = items.filter((item) => item.lane === from.lane).sort((a, b) => a.x - b.x);
    const here = lane.findIndex((item) => item.proposal === from.proposal);
    return lane[here + (forward ? 1 : -1)] ?? null;
  }
  const others = items.filter((item) => item.lane !== from.lane && (forward ? item.y > from.y : item.y < from.y));
  const lanes = others.map((item) => item.y);
  if (lanes.length === 0) return null;
  const y = forward ? Math.min(...lanes) : Math.max(...lanes);
  const middle = from.x + from.width / 2;
  const distance = (item: TimelineItem): number => Math.abs(item.x + item.width / 2 - middle);
  return others.filter((item) => item.y === y).reduce((best, item) => (distance(item) < distance(best) ? item : best));
}
