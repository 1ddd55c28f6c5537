/** Whether a drag scrolls begins this far inside the edge: where the view ends at the screen's edge, no hand gets further. */
const ZONE_PX = 28;
/** Where the zone begins it creeps, so that a frame can still be hit. */
const LEAST_PX_PER_SEC = 60;
/** How the speed grows with each pixel further, and with its square. */
const GROWTH = [16, 0.8] as const;
/** No hand reads more than this goes past, views of time a second. */
const MOST_VIEWS_PER_SEC = 3;
/** A step after the page was busy is no leap. */
const LONGEST_STEP_SECS = 0.1;

/** What part of the page is scrolled, in the coordinates of the pointer. */
export interface Pane {
  left: number;
  right: number;
  top: number;
  foot: number;
}

/** How fast a view of this length goes for a pointer this deep in the zone: CSS pixels a second. */
export function speedAt(depth: number, length: number): number {
  if (depth <= 0) return 0;
  return Math.min(LEAST_PX_PER_SEC + GROWTH[0] * depth + GROWTH[1] * depth * depth, MOST_VIEWS_PER_SEC * length);
}

/** How deep a pointer is in the zone at either end: negative at the low end, positive at the high one. */
function depthOf(at: number, low: number, high: number): number {
  // Of a view that is hardly larger than its zones the middle still rests.
  const zone = Math.min(ZONE_PX, (high - low) / 4);
  if (at < low + zone) return at - low - zone;
  return at > high - zone ? at - high + zone : 0;
}

/** Scrolls for as long as something is held at the edge of the view, the faster the further out the hand is. */
export class EdgeScroll {
  /** Scrolls by so many pixels to the right and down; answers whether there was anywhere to go. */
  readonly #scroll: (right: number, down: number) => boolean;
  readonly #pane: () => Pane;
  #pressed = { x: 0, y: 0 };
  #depth = { x: 0, y: 0 };
  #frame = 0;

  constructor(pane: () => Pane, scroll: (right: number, down: number) => boolean) {
    this.#pane = pane;
    this.#scroll = scroll;
  }

  /** A button went down here: what is taken up inside the zone does not run away before the hand moves on. */
  begin(at: { x: number; y: number }): void {
    this.end();
    this.#pressed = this.#depthsOf(at);
  }

  /** The hand is here now. */
  follow(at: { x: number; y: number }): void {
    const depth = this.#depthsOf(at);
    for (const axis of ["x", "y"] as const) {
      const pressed = this.#pressed[axis];
      // Once back from where it was pressed, that place counts like any other.
      const nearer = Math.sign(depth[axis]) !== Math.sign(pressed) || Math.abs(depth[axis]) < Math.abs(pressed);
      if (nearer) this.#pressed[axis] = Math.sign(depth[axis]) === Math.sign(pressed) ? depth[axis] : 0;
      this.#depth[axis] = depth[axis] - this.#pressed[axis];
    }
    if (this.#frame === 0 && (this.#depth.x !== 0 || this.#depth.y !== 0)) this.#run();
  }

  end(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#depth = { x: 0, y: 0 };
  }

  #run(): void {
    let before = performance.now();
    const step = (now: number): void => {
      const secs = Math.min(LONGEST_STEP_SECS, Math.max(0, (now - before) / 1000));
      before = now;
      const { left, right, top, foot } = this.#pane();
      const { x, y } = this.#depth;
      const far = Math.sign(x) * speedAt(Math.abs(x), right - left) * secs;
      const down = Math.sign(y) * speedAt(Math.abs(y), foot - top) * secs;
      const rests = x === 0 && y === 0;
      // At the end of the film nothing is left to do until the hand moves again.
      const goesOn = !rests && (this.#scroll(far, down) || secs === 0);
      // What was scrolled may have ended the drag.
      if (this.#frame !== 0) this.#frame = goesOn ? requestAnimationFrame(step) : 0;
    };
    this.#frame = requestAnimationFrame(step);
  }

  #depthsOf(at: { x: number; y: number }): { x: number; y: number } {
    const { left, right, top, foot } = this.#pane();
    return { x: depthOf(at.x, left, right), y: depthOf(at.y, top, foot) };
  }
}
