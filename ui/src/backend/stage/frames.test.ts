import { describe, expect, it } from "vitest";
import { evenFrames, rateOf, readFrameIndex } from "./frames";

function index(numerator: number, denominator: number, pts: number[]): ArrayBuffer {
  const bytes = new ArrayBuffer(8 + pts.length * 8);
  const view = new DataView(bytes);
  view.setUint32(0, numerator, true);
  view.setUint32(4, denominator, true);
  pts.forEach((value, n) => view.setBigInt64(8 + n * 8, BigInt(value), true));
  return bytes;
}

describe("frame times", () => {
  it("keeps variable steps exact and counts from the first frame", () => {
    const times = readFrameIndex(index(1, 1000, [500, 540, 640, 660]));
    expect(times.length).toBe(4);
    expect([0, 1, 2, 3].map(times.secondsOf)).toEqual([0, 0.04, 0.14, 0.16]);
    expect(times.frameAt(0.139)).toBe(1);
    expect(times.frameAt(0.14)).toBe(2);
    expect(times.frameAt(9)).toBe(3);
    expect(times.frameAt(-1)).toBe(0);
  });

  it("finds every frame at its own start", () => {
    const times = readFrameIndex(
      index(
        1001,
        30_000,
        Array.from({ length: 5000 }, (_, n) => n),
      ),
    );
    for (let n = 0; n < 5000; n += 1) expect(times.frameAt(times.secondsOf(n))).toBe(n);
    const even = evenFrames(5000, 30_000 / 1001);
    for (let n = 0; n < 5000; n += 1) expect(even.frameAt(even.secondsOf(n))).toBe(n);
  });

  it("reads rates and refuses what is none", () => {
    expect(rateOf("25/1")).toBe(25);
    expect(rateOf("30000/1001")).toBeCloseTo(29.97, 3);
    expect(rateOf(null)).toBeNull();
    expect(rateOf("0/0")).toBeNull();
  });
});
