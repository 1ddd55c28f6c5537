import { describe, expect, it } from "vitest";
import { moved, type Move, type Part, type Span, type Way } from "./trims";

const LANE: Span[] = [
  { id: "a", start: 10, end: 20 },
  { id: "b", start: 20, end: 40 },
  { id: "c", start: 40, end: 41 },
  { id: "d", start: 60, end: 90 },
];

function move(id: string, part: Part, way: Way, by: number, frames = 100): Record<string, [number, number]> {
  const held = LANE.filter((span) => id.includes(span.id));
  const asked: Move = { part, way, by, held, neighbours: LANE, followers: LANE, frames };
  return Object.fromEntries(moved(asked).changed.map((span) => [span.id, [span.start, span.end]]));
}

describe("a trim", () => {
  it("moves one edge, never past the other or out of the film", () => {
    expect(move("b", "start", "plain", 5)).toEqual({ b: [25, 40] });
    expect(move("b", "start", "plain", 500)).toEqual({ b: [39, 40] });
    expect(move("b", "start", "plain", -500)).toEqual({ b: [0, 40] });
    expect(move("d", "end", "plain", 500)).toEqual({ d: [60, 100] });
    expect(move("d", "end", "plain", -500)).toEqual({ d: [60, 61] });
    expect(move("c", "end", "plain", -1)).toEqual({});
  });

  it("rolls the common edge, and keeps what both last together", () => {
    expect(move("b", "start", "roll", 4)).toEqual({ a: [10, 24], b: [24, 40] });
    expect(move("a", "end", "roll", -30)).toEqual({ a: [10, 11], b: [11, 40] });
    expect(move("b", "end", "roll", 4), "a neighbour of one frame gives none").toEqual({});
    expect(move("d", "start", "roll", -5), "nobody on the other side").toEqual({ d: [55, 90] });
  });

  it("ripples what comes before, of a start edge", () => {
    expect(move("b", "start", "ripple", 4)).toEqual({ a: [14, 24], b: [24, 40] });
    expect(move("d", "start", "ripple", -50), "as far as the first one can go").toEqual({
      a: [0, 10],
      b: [10, 30],
      c: [30, 31],
      d: [50, 90],
    });
    expect(move("a", "start", "ripple", -3), "the first has nothing before it").toEqual({ a: [7, 20] });
  });

  it("ripples what follows", () => {
    expect(move("b", "end", "ripple", 4)).toEqual({ b: [20, 44], c: [44, 45], d: [64, 94] });
    expect(move("b", "end", "ripple", 50), "as far as the last one can go").toEqual({
      b: [20, 50],
      c: [50, 51],
      d: [70, 100],
    });
    expect(move("b", "end", "ripple", -50)).toEqual({ b: [20, 21], c: [21, 22], d: [41, 71] });
  });
});

describe("a move", () => {
  it("takes all that is held along, as far as the film goes", () => {
    expect(move("ac", "body", "plain", 3)).toEqual({ a: [13, 23], c: [43, 44] });
    expect(move("ac", "body", "plain", -30)).toEqual({ a: [0, 10], c: [30, 31] });
  });

  it("slides between its neighbours, which give and take", () => {
    expect(move("b", "body", "roll", -4)).toEqual({ b: [16, 36], a: [10, 16], c: [36, 41] });
    expect(move("b", "body", "roll", 4)).toEqual({});
  });

  it("ripples from here on", () => {
    expect(move("b", "body", "ripple", 2)).toEqual({ b: [22, 42], c: [42, 43], d: [62, 92] });
  });
});

describe("any move", () => {
  it("keeps every range inside the film and a frame long, and the invariants of its way", () => {
    let seed = 3;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const pick = <T>(among: readonly T[]): T => among[random(among.length)] as T;
    for (let round = 0; round < 500; round += 1) {
      const lane: Span[] = [];
      let at = 0;
      while (at < 180) {
        const start = at + (random(3) === 0 ? random(10) : 0);
        const end = Math.min(200, start + 1 + random(30));
        lane.push({ id: `s${lane.length}`, start, end });
        at = end;
      }
      const held = [pick(lane)];
      const [part, way] = [pick(["start", "end", "body"] as const), pick(["plain", "ripple", "roll"] as const)];
      const by = random(120) - 60;
      const { changed, by: went } = moved({ part, way, by, held, neighbours: lane, followers: lane, frames: 200 });
      expect(Math.abs(went)).toBeLessThanOrEqual(Math.abs(by));
      expect(went * by).toBeGreaterThanOrEqual(0);
      const now = lane.map((span) => changed.find(({ id }) => id === span.id) ?? span);
      for (const span of now) {
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeGreaterThan(span.start);
        expect(span.end).toBeLessThanOrEqual(200);
      }
      const touched = (spans: Span[]): number[] => spans.slice(1).map((span, i) => span.start - (spans[i]?.end ?? 0));
      if (way === "roll" && changed.length > 1) {
        // Gaps stay as they were wherever something was on both sides.
        touched(lane).forEach((gap, i) => gap === 0 && part !== "body" && expect(touched(now)[i]).toBe(0));
      }
      if (way === "ripple" && part === "start") {
        const to = lane.findIndex(({ id }) => id === held[0]?.id);
        now.slice(0, to).forEach((span, i) => expect(span.start - (lane[i]?.start ?? 0)).toBe(went + 0));
      }
      if (way === "ripple" && part === "end") {
        const from = lane.findIndex(({ id }) => id === held[0]?.id);
        now.slice(from + 1).forEach((span, i) => expect(span.start - (lane[from + 1 + i]?.start ?? 0)).toBe(went));
      }
    }
  });
});
