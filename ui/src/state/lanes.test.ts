import { describe, expect, it } from "vitest";
import type { ProposalRow } from "../backend";
import { LaneRows, lanesOf } from "./lanes";

function row(id: string, start: number, end: number, kind = "cues"): ProposalRow {
  const times = { start_frame: start, end_frame: end, start_secs: start, end_secs: end };
  return { id, kind, ...times } as unknown as ProposalRow;
}

const ids = (rows: readonly ProposalRow[]): string => rows.map(({ id }) => id).join("");

describe("a lane", () => {
  it("finds what reaches into a part, however long before it began", () => {
    const lane = new LaneRows([row("d", 50, 60), row("a", 0, 100), row("c", 20, 30), row("b", 10, 20)]);
    expect(ids(lane.rows)).toBe("abcd");
    expect(ids(lane.within(20, 50))).toBe("ac");
    expect(ids(lane.within(55, 56))).toBe("ad");
    expect(ids(lane.within(100, 200))).toBe("");
    expect(ids(lane.beginning(10, 50))).toBe("bc");
  });

  it("agrees with looking at every row", () => {
    let seed = 11;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 100; round += 1) {
      const rows = Array.from({ length: random(40) }, (_, i) => {
        const start = random(100);
        return row(String(i), start, start + 1 + random(30));
      });
      const lane = new LaneRows([...rows]);
      const from = random(120);
      const to = from + random(40);
      const all = rows.filter((each) => each.end_secs > from && each.start_secs < to);
      expect(new Set(lane.within(from, to))).toEqual(new Set(all));
    }
  });

  it("is one for each kind", () => {
    const lanes = lanesOf([row("y", 5, 6), row("x", 1, 2), row("s", 0, 9, "shots")]);
    expect([...lanes].map(([kind, lane]) => `${kind} ${ids(lane.rows)}`)).toEqual(["cues xy", "shots s"]);
  });
});
