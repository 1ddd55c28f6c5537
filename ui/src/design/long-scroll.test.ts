import { describe, expect, it } from "vitest";
import { LongScroll, MOST_PX } from "./long-scroll";

function scroll(total: number): LongScroll {
  const scroll = new LongScroll();
  scroll.total = total;
  scroll.view = 800;
  return scroll;
}

describe("a list that a box can hold", () => {
  it("stands where the box stands", () => {
    const short = scroll(70_000);
    expect(short.heard(123)).toEqual({ list: 123, box: 123 });
    expect(short.heard(69_200)).toEqual({ list: 69_200, box: 69_200 });
    expect(short.shift).toBe(0);
  });
});

describe("a list that is longer", () => {
  const TOTAL = 60_000_000;

  it("is moved by a wheel as far as any list, wherever it stands", () => {
    for (const start of [0, 999_900, 30_000_000, 59_000_000]) {
      const long = scroll(TOTAL);
      let { list, box } = long.to(start);
      for (let turn = 0; turn < 20_000; turn += 1) {
        const before = list;
        ({ list, box } = long.heard(Math.min(box + 100, MOST_PX - 800)));
        expect(list - before).toBeCloseTo(Math.min(100, TOTAL - 800 - before), 0);
        expect(box).toBeGreaterThanOrEqual(0);
        expect(box).toBeLessThanOrEqual(MOST_PX - 800);
      }
    }
  });

  it("is moved back to its beginning in the same steps", () => {
    const long = scroll(TOTAL);
    let { list, box } = long.to(1_500_000);
    for (let turn = 0; list > 0; turn += 1) {
      expect(turn).toBeLessThan(15_001);
      ({ list, box } = long.heard(Math.max(0, box - 100)));
    }
    expect(box).toBe(0);
  });

  it("goes with the bar to the same part of it, and to both ends", () => {
    const long = scroll(TOTAL);
    expect(long.heard(MOST_PX - 800).list).toBe(TOTAL - 800);
    expect(long.heard(0).list).toBe(0);
    const half = long.heard((MOST_PX - 800) / 2).list;
    expect(half / (TOTAL - 800)).toBeCloseTo(0.5, 3);
  });

  it("stands where it is put", () => {
    const long = scroll(TOTAL);
    for (const place of [0, 5, 1_000_001, 31_234_567, TOTAL - 800, TOTAL]) {
      const { list, box } = long.to(place);
      expect(list).toBe(Math.min(place, TOTAL - 800));
      expect(box + long.shift).toBe(list);
    }
  });
});
