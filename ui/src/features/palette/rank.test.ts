import { describe, expect, it } from "vitest";
import { ranked } from "./rank";

const offer = (label: string, group = "Desk") => ({ id: label, label, group, keys: undefined, run: () => undefined });
const offers = [
  offer("Mark out"),
  offer("Export…"),
  offer("Undo"),
  offer("Circle", "Review"),
  offer("Circle and stay", "Review"),
];
const found = (typed: string): string[] => ranked(offers, typed, 10).map(({ label }) => label);

describe("the palette", () => {
  it("finds by every word, beginnings first", () => {
    expect(found("circ")).toEqual(["Circle", "Circle and stay"]);
    expect(found("stay circ")).toEqual(["Circle and stay"]);
    expect(found("review")).toEqual(["Circle", "Circle and stay"]);
    expect(found("o")[0]).toBe("Mark out");
    expect(found("nothing like it")).toEqual([]);
    expect(ranked(offers, "", 2)).toHaveLength(2);
  });
});
