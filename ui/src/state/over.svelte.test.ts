import { describe, expect, it } from "vitest";
import { spanOf } from "./over.svelte";

describe("what lies over the picture", () => {
  it("stays the same from one change up to the next", () => {
    const changes = [10, 15, 20];
    expect(spanOf(changes, 0)).toEqual({ start: 0, end: 10 });
    expect(spanOf(changes, 10)).toEqual({ start: 10, end: 15 });
    expect(spanOf(changes, 19)).toEqual({ start: 15, end: 20 });
    expect(spanOf(changes, 99)).toEqual({ start: 20, end: Infinity });
    expect(spanOf([], 5)).toEqual({ start: 0, end: Infinity });
  });
});
