import type { TimelineItem, TimelineLayout } from "../backend";
import type { LaneRows } from "./lanes";

/** A rectangle over the lanes, wherever the view is: seconds across, and down as if nothing were scrolled. */
export interface Area {
  from: number;
  to: number;
  top: number;
  foot: number;
}

/** A picture of the timeline, and which part of it all it shows. */
export interface Drawn {
  layout: TimelineLayout;
  scroll: number;
  height: number;
  from: number;
  to: number;
  /** The time at a place in this picture, which may be older than where the view is now. */
  secsAt: (x: number) => number;
}

/** Takes what a rectangle meets, also where the view has gone on from: there the rows are asked, not the picture. */
export class Marquee {
  readonly #lanes: ReadonlyMap<string, LaneRows>;
  /** Where what was in the picture stands in its lane. */
  readonly #seen = new Map<string, { top: number; foot: number }>();

  constructor(lanes: ReadonlyMap<string, LaneRows>) {
    this.#lanes = lanes;
  }

  /** The proposals that `area` meets. */
  met(area: Area, drawn: Drawn): Set<string> {
    const met = new Set<string>();
    const inPicture = { from: Math.max(area.from, drawn.from), to: Math.min(area.to, drawn.to) };
    for (const item of drawn.layout.items) {
      const [top, foot] = [item.y + drawn.scroll, item.y + drawn.scroll + item.height];
      const [from, to] = [drawn.secsAt(item.x), drawn.secsAt(item.x + item.width)];
      const ids = this.#inside(item, from, to);
      for (const id of ids) this.#seen.set(id, { top, foot });
      const inTime = from < inPicture.to && to > inPicture.from;
      if (inTime && top < area.foot && foot > area.top) for (const id of ids) met.add(id);
    }
    this.#beside(area, drawn, met);
    return met;
  }

  /** The proposal of an item, or all those of a bundle. */
  #inside(item: TimelineItem, from: number, to: number): string[] {
    if (item.count === 1) return [item.proposal];
    const rows = this.#lanes.get(item.kind)?.beginning(from - 1e-6, to) ?? [];
    return rows.map(({ id }) => id);
  }

  /** What lies in the rectangle and not in the picture. */
  #beside(area: Area, { layout, scroll, height, from, to }: Drawn, met: Set<string>): void {
    const above = layout.ruler_height + scroll;
    const below = height + scroll;
    for (const lane of layout.lanes) {
      const top = Math.max(lane.y + scroll, area.top);
      const foot = Math.min(lane.y + scroll + lane.height, area.foot);
      const rows = this.#lanes.get(lane.id);
      if (!rows || top >= foot) continue;
      // Of a lane that reaches out of the picture, everything that the picture does not show.
      const isOut = top < above || foot > below;
      const parts = isOut
        ? [[area.from, area.to]]
        : [
            [area.from, Math.min(from, area.to)],
            [Math.max(to, area.from), area.to],
          ];
      for (const [left = 0, right = 0] of parts) {
        if (left >= right) continue;
        for (const row of rows.within(left, right)) {
          const seen = this.#seen.get(row.id);
          if (!seen || (seen.top < area.foot && seen.foot > area.top)) met.add(row.id);
        }
      }
    }
  }
}
