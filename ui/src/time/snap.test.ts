import { describe, expect, it } from "vitest";
import { evenFrames, readFrameIndex } from "../backend/stage/frames";
import { snap, snapFrames } from "./snap";

describe("snapping", () => {
  const even = evenFrames(1000, 25).secondsOf;

  it("takes the nearest of both sides, on the frame, and nothing beyond its reach", () => {
    const targets = snapFrames([120, 100, 100, 140]);
    expect(targets).toEqual([100, 120, 140]);
    expect(snap([104], targets, 0.2, even)).toEqual({ by: -4, frame: 100 });
    expect(snap([117], targets, 0.2, even)).toEqual({ by: 3, frame: 120 });
    expect(snap([120], targets, 0, even)).toEqual({ by: 0, frame: 120 });
    expect(snap([110], targets, 0.2, even)).toBeNull();
    expect(snap([110], [], 99, even)).toBeNull();
  });

  it("moves a range by whichever of its edges is nearer to something", () => {
    expect(snap([90, 138], [100, 140], 1, even)).toEqual({ by: 2, frame: 140 });
    expect(snap([98, 130], [100, 140], 1, even)).toEqual({ by: 2, frame: 100 });
  });

  it("is exact to the frame where frames differ in length", () => {
    const pts = [0, 40, 140, 150, 160, 400, 440];
    const bytes = new ArrayBuffer(8 + pts.length * 8);
    const view = new DataView(bytes);
    view.setUint32(0, 1, true);
    view.setUint32(4, 1000, true);
    pts.forEach((at, n) => view.setBigInt64(8 + n * 8, BigInt(at), true));
    const { secondsOf } = readFrameIndex(bytes);
    // Three frames away and near in time, against one frame away and far.
    expect(snap([4], [2, 5], 0.1, secondsOf)).toEqual({ by: -2, frame: 2 });
    expect(snap([4], [5], 0.1, secondsOf)).toBeNull();
  });

  it("finds what looking at every target finds", () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 300; round += 1) {
      const targets = snapFrames(Array.from({ length: random(12) }, () => random(200)));
      const edge = random(200);
      const reach = random(20) / 25;
      const near = targets.filter((frame) => Math.abs(frame - edge) / 25 <= reach + 1e-9);
      const least = Math.min(...near.map((frame) => Math.abs(frame - edge)));
      const found = snap([edge], targets, reach + 1e-9, even);
      if (near.length === 0) expect(found).toBeNull();
      else {
        expect(Math.abs(found?.by ?? Infinity)).toBe(least);
        expect(edge + (found?.by ?? 0)).toBe(found?.frame);
        expect(targets).toContain(found?.frame);
      }
    }
  });
});
