import type { StageAsset } from "./host";

const LARGEST_PICTURE_WIDTH = 1920;

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

/** Frames of an asset as evenly spaced as its row says, until its index is read. */
export function evenTimesOf(asset: StageAsset): FrameTimes {
  const measured = asset.duration_secs > 0 ? asset.frame_count / asset.duration_secs : 0;
  const rate = rateOf(asset.frame_rate) ?? (measured > 0 ? measured : 25);
  const length = asset.frame_count > 0 ? asset.frame_count : Math.ceil(asset.duration_secs * rate);
  return evenFrames(length, rate);
}

/** Device pixels that a picture of this asset is asked for in, to fill this box. */
export function pictureSize(asset: StageAsset, box: HTMLElement): { width: number; height: number } {
  const ratio = asset.width > 0 && asset.height > 0 ? asset.width / asset.height : 16 / 9;
  const wide = Math.min(box.clientWidth, box.clientHeight * ratio) * window.devicePixelRatio;
  const width = clamp(Math.ceil(wide / 16) * 16, 64, Math.min(LARGEST_PICTURE_WIDTH, Math.max(64, asset.width)));
  return { width, height: Math.round(width / ratio) };
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
