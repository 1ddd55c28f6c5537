import { describe, expect, it } from "vitest";
import { arrange, fitted } from "./arrange";

describe("the viewer's rooms", () => {
  it("are one when nothing stands beside the picture", () => {
    const whole = { x: 0, y: 0, width: 1000, height: 500 };
    expect(arrange(1000, 500, null, "off")).toEqual({ live: whole, still: whole, scopes: null });
    expect(arrange(1000, 500, "wipe", "off").still).toEqual(whole);
  });

  it("never overlap", () => {
    for (const [width, height] of [
      [1000, 500],
      [500, 1000],
    ] as const) {
      const { live, still, scopes } = arrange(width, height, "side-by-side", "all");
      expect(still.x + still.width).toBeLessThan(live.x);
      if (!scopes) throw new Error("no scopes");
      expect(live.x + live.width <= scopes.x || live.y + live.height <= scopes.y).toBe(true);
    }
  });

  it("hold pictures in their shape", () => {
    expect(fitted(2, { x: 10, y: 0, width: 100, height: 100 })).toEqual({ x: 10, y: 25, width: 100, height: 50 });
  });
});
