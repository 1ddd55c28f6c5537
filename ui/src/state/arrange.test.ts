import { describe, expect, it } from "vitest";
import { arrange, fitted } from "./arrange";

describe("the viewer's rooms", () => {
  it("are one when nothing stands beside the picture", () => {
    const whole = { x: 0, y: 0, width: 1000, height: 500 };
    expect(arrange(1000, 500, null, "off", false)).toEqual({ live: whole, still: whole, scopes: null, meters: null });
    expect(arrange(1000, 500, "wipe", "off", false).still).toEqual(whole);
  });

  it("never overlap", () => {
    for (const [width, height] of [
      [1000, 500],
      [500, 1000],
    ] as const) {
      const { live, still, scopes, meters } = arrange(width, height, "side-by-side", "all", true);
      expect(still.x + still.width).toBeLessThan(live.x);
      if (!scopes || !meters) throw new Error("nothing beside the picture");
      const before = (a: typeof live, b: typeof live): boolean => a.x + a.width <= b.x || a.y + a.height <= b.y;
      expect(before(live, meters)).toBe(true);
      expect(before(meters, scopes)).toBe(true);
    }
  });

  it("hold pictures in their shape", () => {
    expect(fitted(2, { x: 10, y: 0, width: 100, height: 100 })).toEqual({ x: 10, y: 25, width: 100, height: 50 });
  });
});
