/** Where an edge came to lie, and how many frames it was moved for that. */
export interface Snapped {
  by: number;
  frame: number;
}

/** Frames to snap to, ascending, each once. */
export function snapFrames(frames: Iterable<number>): number[] {
  return [...new Set(frames)].sort((a, b) => a - b);
}

/**
 * The smallest move that brings one of `edges` onto one of `targets` (ascending), or null when none is within `reachSecs`. Frames
 * are compared, and answered; only how near is near is a matter of time, because where the rate varies frames differ in length.
 */
export function snap(
  edges: readonly number[],
  targets: readonly number[],
  reachSecs: number,
  secsOf: (frame: number) => number,
): Snapped | null {
  let best: (Snapped & { away: number }) | null = null;
  for (const edge of edges) {
    const here = secsOf(edge);
    const at = firstFrom(targets, edge);
    for (const frame of [targets[at - 1], targets[at]]) {
      if (frame === undefined) continue;
      const away = Math.abs(secsOf(frame) - here);
      if (away <= reachSecs && (best === null || away < best.away)) best = { by: frame - edge, frame, away };
    }
  }
  return best && { by: best.by, frame: best.frame };
}

/** Index of the first of `ascending` that is not below `value`. */
function firstFrom(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
