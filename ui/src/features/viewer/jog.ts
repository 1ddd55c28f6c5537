/** How far two fingers move for one frame, CSS pixels. */
const PX_PER_FRAME = 40;
/** A single turn of at least so much is a notch of a wheel, and a notch is a frame. */
const NOTCH_PX = 100;
/** With Shift a frame is as many. */
const COARSE = 10;
const PX_PER_LINE = 16;

/** What turning a wheel over the picture moves the playhead by; what is less than a frame is kept for the next turn. */
export class Jog {
  #left = 0;

  /** Frames for one turn: away from the hand and to the left is back. */
  turn({
    deltaX,
    deltaY,
    deltaMode,
    shiftKey,
  }: Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode" | "shiftKey">): number {
    const unit = deltaMode === WheelEvent.DOM_DELTA_LINE ? PX_PER_LINE : 1;
    // With Shift most systems turn down into across.
    const moved = (Math.abs(deltaX) > Math.abs(deltaY) ? deltaX : deltaY) * unit;
    const coarse = shiftKey ? COARSE : 1;
    if (deltaMode === WheelEvent.DOM_DELTA_LINE || Math.abs(moved) >= NOTCH_PX) {
      this.#left = 0;
      return Math.sign(moved) * coarse;
    }
    // A change of direction begins anew, so that it is felt at once.
    if (Math.sign(moved) !== Math.sign(this.#left)) this.#left = 0;
    this.#left += moved;
    const frames = Math.trunc(this.#left / PX_PER_FRAME);
    this.#left -= frames * PX_PER_FRAME;
    return frames === 0 ? 0 : frames * coarse;
  }
}

/** The notches of a shuttle from its middle outwards. */
const NOTCHES = [0, 1, 2, 4, 8] as const;

/** The speed of a shuttle that is held at `share` of its half width from the middle: -1 to 1. */
export function shuttleSpeed(share: number): number {
  const notch = Math.min(NOTCHES.length - 1, Math.floor(Math.abs(share) * NOTCHES.length));
  const speed = NOTCHES[notch] ?? 0;
  return speed === 0 ? 0 : Math.sign(share) * speed;
}

/** The next notch from a speed, to the right or the left. */
export function nextNotch(speed: number, way: 1 | -1): number {
  const all = [...NOTCHES.slice(1).map((notch) => -notch), ...NOTCHES].sort((a, b) => a - b);
  const at = all.indexOf(
    all.reduce((near, each) => (Math.abs(each - speed) < Math.abs(near - speed) ? each : near), 0),
  );
  return all[Math.min(all.length - 1, Math.max(0, at + way))] ?? 0;
}
