import { describe, expect, it } from "vitest";
import type { TimelineItem } from "../../backend";
import { neighbour } from "./items";

function item(proposal: string, lane: string, x: number, y: number): TimelineItem {
  return { proposal, kind: lane, lane, x, y, width: 50, height: 20, label: "", state: "open", count: 1 };
}

const items = [
  item("a", "shots", 0, 10),
  item("b", "shots", 60, 10),
  item("c", "faces", 200, 40),
  item("d", "faces", 70, 40),
];
const at = (proposal: string): TimelineItem => items.find((each) => each.proposal === proposal) ?? item("", "", 0, 0);

describe("arrows among the items of the timeline", () => {
  it.each([
    ["a", "ArrowRight", "b"],
    ["b", "ArrowLeft", "a"],
    ["a", "ArrowLeft", undefined],
    ["b", "ArrowDown", "d"],
    ["c", "ArrowUp", "b"],
    ["a", "ArrowUp", undefined],
  ])("lead from %s by %s", (from, key, to) => {
    expect(neighbour(items, at(from), key)?.proposal).toBe(to);
  });
});
