/** The exact times of an asset's frames, in its own time base. */
export interface FrameTimes {
  readonly length: number;
  secondsOf(frame: number): number;
  frameAt(seconds: number): number;
}

/** Reads the binary index: time base numerator and denominator (u32 each), then one i64 per frame, little endian. */
export function readFrameIndex(bytes: ArrayBuffer): FrameTimes {
  const view = new DataView(bytes);
  const numerator = view.getUint32(0, true);
  const denominator = view.getUint32(4, true);
  const length = Math.floor((bytes.byteLength - 8) / 8);
  const first = length > 0 ? Number(view.getBigInt64(8, true)) : 0;
  const starts = new Float64Array(length);
  for (let n = 0; n < length; n += 1) {
    starts[n] = ((Number(view.getBigInt64(8 + n * 8, true)) - first) * numerator) / denominator;
  }
  return {
    length,
    secondsOf: (frame) => starts[clamp(frame, 0, length - 1)] ?? 0,
    frameAt: (seconds) => lastAtOrBefore(starts, seconds),
  };
}

/** Evenly spaced frames, for when there is no index to read. */
export function evenFrames(length: number, framesPerSecond: number): FrameTimes {
  return {
    length,
    secondsOf: (frame) => clamp(frame, 0, Math.max(0, length - 1)) / framesPerSecond,
    // The small push keeps a frame's own start time from rounding into the frame before it.
    frameAt: (seconds) => clamp(Math.floor(seconds * framesPerSecond + 1e-6), 0, Math.max(0, length - 1)),
  };
}

function lastAtOrBefore(starts: Float64Array, seconds: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= seconds + 1e-6) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

/** Frames per second of a rational such as `30000/1001`; null when there is none. */
export function rateOf(text: string | null): number | null {
  if (!text) return null;
  const [numerator, denominator = "1"] = text.split("/");
  const rate = Number(numerator) / Number(denominator);
  return Number.isFinite(rate) && rate > 0 ? rate : null;
}
